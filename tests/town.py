"""A town for tests: the sandbox with its limits on, the real bot over HTTP, an administrator, desks and people."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot import app
from bot.config import Settings
from bot.domain.people import Language
from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from storage.sealing import new_key_line

T = TypeVar("T")

CODE = re.compile(r"[АВЕКМНОРСТХ]{2}-\d{5}")

NATIONAL_RU = "Национальный дежурный"
OPERATOR: dict[Language, str] = {"kk": "«Сынақ» ұйымы, БСН 000000000000", "ru": "Организация «Проба», БИН 000000000000"}


@dataclass
class Bot:
    """The bot as a task of this process; `lines` is what it printed for the person at the shell."""

    settings: Settings
    lines: list[str] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.stop.clear()
        self.task = asyncio.create_task(app.run(self.settings, self.stop, self.lines.append))

    async def end(self) -> None:
        """Stops it as SIGTERM does."""
        assert self.task is not None
        self.stop.set()
        await self.task


class Town:
    """Everything a flow test needs. Nothing here knows the bot from inside: it is seen through Telegram."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        keys = folder / "keys"
        if not keys.exists():
            keys.write_text(new_key_line() + "\n")
        settings = Settings(sandbox.token, keys, folder / "senim.db", OPERATOR, telegram_api=sandbox.url)
        self.bot = Bot(settings)
        self.admin = sandbox.person("Admin")
        self.operator = sandbox.person("Operator")
        self.national: Group | None = None

    async def open(self, *, national: bool = True) -> None:
        """Starts the bot; the first administrator comes by the printed link, and binds the national desk."""
        await self.bot.start()
        link = await until(lambda: next(iter(self.bot.lines), None))
        self.admin.start(link.split("start=")[1])
        await self.admin.sees("/desks")
        if national:
            self.national = await self.bind(NATIONAL_RU)
            self.national.add(self.operator)

    async def bind(self, label: str, language: str = "Русский", title: str = "Desk") -> Group:
        """A forum for the desk whose button reads `label`; the group's minute is fresh afterwards."""
        code = await self.desk_code(label, language)
        group = self.sandbox.forum(title, owner=self.admin)
        group.add_bot(self.admin, startgroup=code)
        await group.sees("✅")
        await until(lambda: len(group.topics) >= 4)
        await self.sandbox.idle()
        await self.move(61)
        return group

    async def desk_code(self, label: str, language: str = "Русский") -> str:
        """A fresh binding code, got as an administrator gets it."""
        self.admin.write("/desks")
        await press(self.admin, label)
        await press(self.admin, language)
        shown = await until(lambda: next((s for s in reversed(self.admin.chat) if "startgroup=" in s.text), None))
        await self.sandbox.idle()
        shown = next(s for s in reversed(self.admin.chat) if "startgroup=" in s.text)
        return shown.text.split("startgroup=")[1].split("&")[0]

    async def move(self, seconds: float) -> None:
        """Moves everybody's clock; the bot has followed when this returns."""
        self.sandbox.clock.move(seconds)
        await asyncio.sleep(0.15)

    async def settled(self) -> None:
        """Until nothing more is said at this moment of the clock."""
        await self.sandbox.idle(quiet=0.7, timeout=30)

    def teen(self, name: str = "Айша", language_code: str = "kk") -> Phone:
        """Somebody with a phone who has not written yet."""
        return self.sandbox.person(name, language_code=language_code)

    async def welcomed(self, name: str = "Айша", language: str = "Қазақша") -> Phone:
        """Somebody who has read the truth and may write."""
        teen = self.teen(name)
        teen.start()
        await press(teen, language)
        await press(teen, "Түсінікті" if language == "Қазақша" else "Понятно")
        await until(lambda: any("Хат жазу" in label or "Написать" in label for row in teen.keyboard for label in row))
        return teen

    async def case(self, words: str = "Мектепте мені мазақтайды", **who: str) -> tuple[Phone, str]:
        """Somebody with an open case; returns her phone and the case's code."""
        teen = await self.welcomed(**who)
        teen.write(words)
        return teen, await code_of(teen)

    async def claimed(self, words: str = "Мектепте мені мазақтайды", **who: str) -> tuple[Phone, str, int]:
        """Somebody whose case the operator has taken at the national desk; also the topic's id."""
        assert self.national is not None
        teen, code = await self.case(words, **who)
        await self.move(46)
        topic = await self.take(code)
        return teen, code, topic

    async def take(self, code: str, operator: Phone | None = None, group: Group | None = None) -> int:
        """The operator takes a case; returns the topic that was made."""
        group = group or self.national
        assert group is not None
        card = await group.sees(code)
        await press(operator or self.operator, "🙋", chat=group, message_id=card.message_id)
        await until(lambda: any(code in topic.name for topic in group.topics.values()))
        topic = group.topic_named(code)
        await until(lambda: any("▎" in shown.text for shown in group.messages(topic)))
        return topic


async def code_of(teen: Phone) -> str:
    """The case code that her newest receipt names."""
    shown = await until(
        lambda: next((s for s in reversed(teen.chat) if "коды: " in s.text or "разговора: " in s.text), None)
    )
    return shown.text.split("коды: " if "коды: " in shown.text else "разговора: ")[1][:8]


async def until(look: Callable[[], T | None], timeout: float = 10) -> T:
    """Looks until there is something; AssertionError after `timeout` seconds."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not (found := look()):
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.02)
    return found


async def press(phone: Phone, label: str, *, chat: Group | None = None, topic: int | None = None,
                message_id: int | None = None, timeout: float = 10) -> str | None:  # fmt: skip
    """Taps a button as soon as it is there; returns the toast."""
    deadline = asyncio.get_running_loop().time() + timeout
    while True:
        try:
            return await phone.tap(label, chat=chat, topic=topic, message_id=message_id)
        except AssertionError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.05)


def texts(shown: list[Shown]) -> list[str]:
    return [one.text for one in shown]


@contextlib.asynccontextmanager
async def town(folder: Path, *, national: bool = True, opened: bool = True) -> AsyncIterator[Town]:
    """A town for one test."""
    async with Sandbox() as sandbox:
        place = Town(sandbox, folder)
        if opened:
            await place.open(national=national)
        try:
            yield place
        finally:
            if place.bot.task is not None and not place.bot.task.done():
                await place.bot.end()
