"""The town that is measured: the sandbox with its limits off, desks, and people whose cases are claimed there."""

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
from storage.reference import regions
from storage.sealing import new_key_line

T = TypeVar("T")

WITHIN = 60.0
"""Seconds in which what is waited for must happen, however slow the machine is."""
HELLO = "beginning"
DESKS = 10
"""Regions with a group of their own: people write from all of them, and one group has ten calls on the way at most."""


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
        await self._desk(self._text("national"))
        labels = [region.label("ru") for region in regions()[:DESKS]]
        groups = [await self._desk(label) for label in labels]
        people = self._town.people
        await asyncio.gather(*(self._writes(phone, labels[n % DESKS]) for n, phone in enumerate(people)))
        await asyncio.gather(*(self._claim(group, len(people[n::DESKS])) for n, group in enumerate(groups)))

    async def _writes(self, phone: Phone, label: str) -> None:
        """Somebody's first words, and where she is from."""
        phone.write(HELLO)
        await self._tap(phone, self._text("button.skip"))
        await self._tap(phone, label)

    async def _desk(self, label: str) -> Group:
        before = len(self._admin.chat)
        self._admin.write("/desks")
        await self._tap(self._admin, label, before)
        await self._tap(self._admin, self._text("button.language.ru"), before)

        def offered() -> str | None:
            links = (shown.text for shown in self._admin.chat[before:] if "startgroup=" in shown.text)
            return next(links, None)

        link = await self._until(offered)
        assert link is not None
        group = self._town.sandbox.forum(label, owner=self._admin)
        group.add_bot(self._admin, startgroup=link.split("startgroup=")[1].split("&")[0])
        await self._until(lambda: len(group.topics) >= 4)
        group.add(self._operator)
        return group

    async def _claim(self, group: Group, count: int) -> None:
        """The operator takes each of so many cards, and each topic shows what was written so far."""
        take = self._text("button.take")

        def cards() -> list[int]:
            return [shown.message_id for shown in group.messages() if any(take in row for row in shown.buttons)]

        await self._until(lambda: len(cards()) == count)
        for number in cards():
            await self._operator.tap(take, chat=group, message_id=number, timeout=WITHIN)
        hello = QUOTE + HELLO
        await self._until(lambda: sum(hello in shown.text for shown in group.messages()) >= count)

    def _text(self, key: str) -> str:
        return self._catalog.text(key, "ru")

    async def _tap(self, phone: Phone, label: str, since: int = 0) -> None:
        """Presses a button as soon as it is there, in what has been said since."""
        await self._until(lambda: any(label in row for shown in phone.chat[since:] for row in shown.buttons))
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
