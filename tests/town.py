"""A town for tests: the sandbox with its limits on, the real bot over HTTP, an administrator, desks and people."""

import asyncio
import contextlib
import itertools
import random
import re
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from bot import app
from bot.config import Settings
from bot.domain.people import Language
from bot.jobs import SWEEPS, Sweep
from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from bot.telegram.sandbox.world import Tap
from storage.database import Database, Transaction
from storage.sealing import KeyRing, new_key_line

T = TypeVar("T")

CODE = re.compile(r"[АВЕКМНОРСТХ]{2}-\d{5}")

BETRAYING = (
    "суицид", "самоуб", "өз-өзіне", "насил", "зорлық", "бьют", "ұрады", "психолог", "буллинг", "травл", "әлімжеттік",
    "полиц", "опек", "қорғаншы", "сексуал", "жыныс", "доверия", "кризис", "дағдарыс", "бала қорға",
)  # fmt: skip
"""What nobody may read on the locked screen of a child's phone."""

FILES = {
    "sendPhoto": "photo.jpg", "sendVoice": "voice.ogg", "sendVideoNote": "video.mp4", "sendDocument": "document.pdf",
}  # fmt: skip
"""How files are sent, and the one name that each of them has."""

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


def write_ring(path: Path, text: str | None = None) -> None:
    """A key ring as `senim keys new` leaves it: readable by its owner alone."""
    path.touch(mode=0o600)
    path.write_text(new_key_line() + "\n" if text is None else text)


class Town:
    """Everything a flow test needs. Nothing here knows the bot from inside: it is seen through Telegram."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        keys = folder / "keys"
        if not keys.exists():
            write_ring(keys)
        settings = Settings(
            sandbox.token, keys, folder / "senim.db", OPERATOR, telegram_api=sandbox.url,
            callout_url=sandbox.callout_url, callout_secret=sandbox.gateway.secret,
        )  # fmt: skip
        self.bot = Bot(settings)
        self.admin = sandbox.person("Admin")
        self.operator = sandbox.person("Operator")
        self.national: Group | None = None
        self.staff: set[int] = set()
        """Administrators beside the first."""
        self.both: set[int] = set()
        """Operators who have written to the bot in private too: what they get as persons is not protected."""
        self._copies = itertools.count()
        self._quiet = 0.7

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
        seen = len(self.admin.chat)

        async def fresh(part: str) -> Shown:
            """The answer to this very request: older ones have buttons of the same names."""
            return await until(lambda: next((s for s in self.admin.chat[seen:] if not s.mine and part in s.text), None))

        self.admin.write("/desks")
        asked = await fresh("регион")
        await press(self.admin, label, message_id=asked.message_id)
        asked = await fresh("На каком языке")
        await press(self.admin, language, message_id=asked.message_id)
        shown = await fresh("startgroup=")
        await self.sandbox.idle()
        return shown.text.split("startgroup=")[1].split("&")[0]

    async def move(self, seconds: float) -> None:
        """Moves everybody's clock; the bot has followed when this returns."""
        self.sandbox.clock.move(seconds)
        await asyncio.sleep(0.15)

    @contextlib.asynccontextmanager
    async def hurried(self) -> AsyncIterator[None]:
        """The clock runs about ten times as fast: for what waits only for the pace."""

        async def tick() -> None:
            while True:
                await asyncio.sleep(0.05)
                self.sandbox.clock.move(0.5)

        ticking = asyncio.create_task(tick())
        self._quiet = 0.3
        try:
            yield
        finally:
            self._quiet = 0.7
            ticking.cancel()
            await asyncio.sleep(0.1)  # the bot has followed

    async def forged(self, group: Group, message_id: int, user: dict[str, Any], data: str) -> Tap:
        """A tap with data and from a user of one's own, under a message that is there. Its answer comes later."""
        message = group.chat.messages[message_id]
        name = str(random.getrandbits(62))
        tap = Tap(self.sandbox.clock.time(), int(user["id"]), group.chat, message)
        self.sandbox.world.taps[name] = tap
        query = {"id": name, "from": user, "message": message.json(), "chat_instance": "1", "data": data}
        self.sandbox.push({"callback_query": query})
        await until(lambda: tap.answered)
        return tap

    def push_raw(self, update: str) -> None:
        """Queues bytes that no JSON library of ours would write; ID in them stands for the number of the update."""
        updates = self.sandbox.world.updates
        raw = update.replace("ID", str(updates.next_id)).encode()
        updates._put(updates._take_id(), "", raw, 86_400)

    async def settled(self) -> None:
        """Until nothing more is said at this moment of the clock."""
        await self.sandbox.idle(quiet=self._quiet, timeout=90)

    def teen(self, name: str = "Айша", language_code: str = "kk") -> Phone:
        """Somebody with a phone who has not written yet."""
        return self.sandbox.person(name, language_code=language_code)

    async def welcomed(self, name: str = "Айша", language: str = "Қазақша") -> Phone:
        """Somebody who has read the truth and may write."""
        teen = self.teen(name)
        teen.start()
        await press(teen, language)
        await press(teen, "Түсінікті" if language == "Қазақша" else "Понятно")
        await self.move(2)
        await until(lambda: any("Хат жазу" in label or "Написать" in label for row in teen.keyboard for label in row))
        await self.move(2)
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

    async def copied(self) -> Path:
        """Stops the bot and copies what it leaves on the disk; returns the database file of the copy."""
        if self.bot.task is not None and not self.bot.task.done():
            await self.bot.end()
        copy = self.folder / f"copy{next(self._copies)}"
        copy.mkdir()
        for file in self.folder.glob("senim.db*"):
            if file.suffix in (".db", ".db-wal"):
                shutil.copy(file, copy)
        return copy / "senim.db"

    async def rows(self, sql: str) -> list[sqlite3.Row]:
        """What stands in the database after a stop; read from a copy, for promises about the disk alone."""
        with contextlib.closing(sqlite3.connect(f"file:{await self.copied()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql).fetchall()

    @contextlib.asynccontextmanager
    async def written(self, path: Path | None = None) -> AsyncIterator[Transaction]:
        """A transaction in the stopped bot's database, or in a copy of it."""
        path = path or self.bot.settings.database
        database = await Database.open(path, KeyRing.read(self.bot.settings.keys), self.now)
        try:
            async with database.transaction("test") as tx:
                yield tx
        finally:
            await database.close()

    def now(self) -> int:
        """The town's time, epoch milliseconds."""
        return int(self.sandbox.clock.time() * 1000)

    async def key_of(self, phone: Phone) -> str:
        """Under which key the stopped bot would know this person; reading it makes no row."""
        async with self.written(await self.copied()) as tx:
            return await tx.lookup(phone.id)

    def kept_its_promises(self) -> None:
        """What holds for everything that the bot ever said in this town (DESIGN.md 3); asked when a town closes."""
        desk_side = {self.admin.id, *self.staff, *self.sandbox.world.migrated}
        for group in self.sandbox.world.groups.values():
            desk_side |= {group.id, *group.members}
        for call in self.sandbox.journal.calls:
            told = call.params.get("text") if call.method in ("sendMessage", "editMessageText") else None
            assert call.params.get("parse_mode") is None
            assert "forward" not in call.method
            assert "copy" not in call.method
            if call.method.startswith("send") and call.chat_id not in self.both:
                assert bool(call.params.get("protect_content")) == (call.chat_id in desk_side), call
            if call.method in FILES:
                assert [name for name, _ in call.files] == [FILES[call.method]], "bytes of its own, and a name of all"
                assert bool(call.params.get("has_spoiler")) == (call.method == "sendPhoto"), call
                if call.chat_id in self.sandbox.world.groups:
                    assert call.method != "sendDocument", "no document of a person's"
                    assert call.params.get("message_thread_id"), "files of a person go into a case's topic alone"
                else:
                    assert call.chat_id not in desk_side, "files of an operator go to the person alone"
                    assert call.method != "sendVideoNote", "and only of kinds that can be switched on"
            if told is not None:
                assert call.params.get("link_preview_options", {}).get("is_disabled") is True, call
            if told is not None and call.chat_id not in desk_side:
                first_line = told.split("\n")[0].casefold()
                assert not [word for word in BETRAYING if word in first_line], f"a notification betrays: {first_line}"

    async def take(self, code: str, operator: Phone | None = None, group: Group | None = None) -> int:
        """The operator takes a case; returns the topic that was made."""
        group = group or self.national
        assert group is not None
        topic = await self.take_wordless(code, operator, group)
        await until(lambda: any("▎" in shown.text for shown in group.messages(topic)))
        return topic

    async def take_wordless(self, code: str, operator: Phone | None = None, group: Group | None = None) -> int:
        """The same for a case in which there are no words yet."""
        group = group or self.national
        assert group is not None
        card = await group.sees(code)
        await press(operator or self.operator, "🙋", chat=group, message_id=card.message_id)
        await until(lambda: any(code in topic.name for topic in group.topics.values()))
        return group.topic_named(code)


def free_port() -> int:
    """A port that nobody listens on now, below those that outgoing connections of other tests get."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


async def code_of(teen: Phone) -> str:
    """The case code that her newest receipt names."""
    shown = await until(
        lambda: next((s for s in reversed(teen.chat) if "коды: " in s.text or "разговора: " in s.text), None)
    )
    return shown.text.split("коды: " if "коды: " in shown.text else "разговора: ")[1][:8]


async def until(look: Callable[[], T | None], timeout: float = 90) -> T:
    """Looks until there is something; AssertionError after `timeout` seconds."""
    deadline = asyncio.get_running_loop().time() + timeout
    while not (found := look()):
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.02)
    return found


async def press(phone: Phone, label: str, *, chat: Group | None = None, topic: int | None = None,
                message_id: int | None = None, timeout: float = 90) -> str | None:  # fmt: skip
    """Taps a button as soon as it is there; returns the toast."""
    deadline = asyncio.get_running_loop().time() + timeout
    while True:
        try:
            return await phone.tap(label, chat=chat, topic=topic, message_id=message_id)
        except AssertionError:
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.05)


def quick_sweeps() -> tuple[Sweep, ...]:
    """The sweeps, each twice a second: they follow real time, not the clock that tests move."""
    return tuple(replace(sweep, every=0.5) for sweep in SWEEPS)


def texts(shown: list[Shown]) -> list[str]:
    return [one.text for one in shown]


def heard(phone: Phone) -> list[str]:
    """What the bot has said to a person, as it stands on her screen now."""
    return [shown.text for shown in phone.chat if not shown.mine and shown.kind == "text"]


def code_in(text: str) -> str:
    """The case code in a text."""
    found = CODE.search(text)
    assert found, f"no code in {text!r}"
    return found[0]


async def told_code(phone: Phone, after: int = 0) -> str:
    """The first code in what she has been told since so many messages."""
    return code_in(await until(lambda: next((text for text in heard(phone)[after:] if CODE.search(text)), None)))


def labels(shown: Shown) -> list[str]:
    """The buttons under a message."""
    return [label for row in shown.buttons for label in row]


@contextlib.asynccontextmanager
async def town(folder: Path, *, national: bool = True, opened: bool = True) -> AsyncIterator[Town]:
    """A town for one test."""
    async with Sandbox() as sandbox:
        place = Town(sandbox, folder)
        if opened:
            async with place.hurried():
                await place.open(national=national)
        try:
            yield place
            place.kept_its_promises()
        finally:
            if place.bot.task is not None and not place.bot.task.done():
                await place.bot.end()
