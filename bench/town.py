"""The town that is measured: the sandbox with its limits off, the national desk, and people whose cases are claimed."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.process import Running, running
from bot.domain.words import QUOTE
from bot.telegram.sandbox import Group, Phone, Sandbox
from locales import Catalog
from storage.sealing import new_key_line

T = TypeVar("T")

WITHIN = 60.0
"""Seconds in which what is waited for must happen, however slow the machine is."""
HELLO = "beginning"
ROUTE = 46.0
"""Seconds on the town's clock after which a case without a region is the national desk's."""


@dataclass
class Town:
    """Everybody in it; `settings` are those of `senim run`."""

    sandbox: Sandbox
    folder: Path
    settings: dict[str, str]
    people: list[Phone]

    @classmethod
    async def found(cls, sandbox: Sandbox, folder: Path, people: int) -> "Town":
        """Lets a first `senim run` open and hand over a case for each of so many people."""
        keys = folder / "senim.keys"
        keys.touch(mode=0o600)
        keys.write_text(new_key_line() + "\n", "ascii")
        operator = folder / "operator.toml"
        operator.write_text('name_kk = "x"\nname_ru = "x"\nbin = "991240000000"\ncontact = "x"\n', "ascii")
        settings = {
            "SENIM_TOKEN": sandbox.token,
            "SENIM_KEYS": str(keys),
            "SENIM_DATABASE": str(folder / "senim.db"),
            "SENIM_OPERATOR": str(operator),
            "SENIM_TELEGRAM_API": sandbox.url,
        }
        town = cls(
            sandbox, folder, settings, [sandbox.person(f"Person {n}", language_code="ru") for n in range(people)]
        )
        async with running(folder / "first.log", "bench.lifted", "run", settings=settings) as senim:
            await Settling(town, senim).run()
            await sandbox.idle(timeout=WITHIN)
        return town


class Settling:
    """From an empty database to claimed cases, all of it by way of Telegram."""

    def __init__(self, town: Town, senim: Running) -> None:
        self._town = town
        self._senim = senim
        self._catalog = Catalog.load()
        self._admin = town.sandbox.person("Admin", language_code="ru")
        self._operator = town.sandbox.person("Operator", language_code="ru")

    async def run(self) -> None:
        link = await self._until(lambda: self._senim.said().partition("start=")[2].partition("\n")[0])
        self._admin.start(link)
        await self._admin.sees("/desks", timeout=WITHIN)
        group = await self._desk()
        for person in self._town.people:
            person.write(HELLO)
        await self._until(lambda: all(any(not shown.mine for shown in phone.chat) for phone in self._town.people))
        self._town.sandbox.clock.move(ROUTE)
        await self._claim(group)

    async def _desk(self) -> Group:
        self._admin.write("/desks")
        await self._tap(self._admin, "national")
        await self._tap(self._admin, "button.language.ru")
        offered = await self._admin.sees("startgroup=", timeout=WITHIN)
        group = self._town.sandbox.forum("Desk", owner=self._admin)
        group.add_bot(self._admin, startgroup=offered.text.split("startgroup=")[1].split("&")[0])
        await self._until(lambda: len(group.topics) >= 4)
        group.add(self._operator)
        return group

    async def _claim(self, group: Group) -> None:
        """The operator takes each card, and each topic shows what was written so far."""
        take = self._catalog.text("button.take", "ru")

        def cards() -> list[int]:
            return [shown.message_id for shown in group.messages() if any(take in row for row in shown.buttons)]

        await self._until(lambda: len(cards()) == len(self._town.people))
        for number in cards():
            await self._operator.tap(take, chat=group, message_id=number, timeout=WITHIN)
        hello = QUOTE + HELLO
        await self._until(lambda: sum(hello in shown.text for shown in group.messages()) >= len(self._town.people))

    async def _tap(self, phone: Phone, key: str) -> None:
        """Presses a button as soon as it is there."""
        label = self._catalog.text(key, "ru")
        await self._until(lambda: any(label in row for shown in phone.chat for row in shown.buttons))
        await phone.tap(label, timeout=WITHIN)

    async def _until(self, look: Callable[[], T]) -> T:
        """What `look` finds at last; AssertionError when it finds nothing."""
        deadline = asyncio.get_running_loop().time() + WITHIN
        while not (found := look()):
            self._senim.check()
            assert asyncio.get_running_loop().time() < deadline, f"the town was not settled\n{self._senim.said()}"
            await asyncio.sleep(0.05)
        return found


def some_word() -> str:
    """A word that nobody has written before, so that a message is known by it."""
    return secrets.token_hex(6)
