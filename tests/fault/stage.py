"""A prepared town that can be played again and again: two desks, their operators and some people.

It is made once by the real bot, then copied for each play: a play has a sandbox of its own (its limits on), a database
file of its own, and the real bot over HTTP.
"""

import asyncio
import contextlib
import copy
import shutil
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot import app, jobs
from bot.telegram import intake, membership, worker
from bot.telegram.api import Api
from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.faults import Fault, Faults
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.updates import Updates
from storage import database
from tests.fault.clock import follow_the_shifted_clock
from tests.town import Bot, Town, press, quick_sweeps, town, until

DESKS = ("national", "regional")
REGION, REGION_LABEL = "KZ-31", "Жамбылская"
PEOPLE = 5
TALKING = {0: "national", 2: "regional"}
"""Whose cases operator 0 of a desk has taken when a play begins."""
WAITING = 1
"""Whose case waits at the national desk. The others have not written yet."""
FROM_REGION = (2, 3)
OPERATORS = 2
"""At each desk."""

PATIENCE = 0.5
"""Seconds that the bot waits for an answer or for a handler here; 20 and 5 in life."""
LONGER = 0.8
"""Seconds of a call that hangs for longer than the bot waits."""
BUSY = 100
"""Milliseconds that the bot waits for a database that somebody else has locked; 5000 in life."""
LOCKED = 0.4
"""Seconds for which somebody else locks it."""


@dataclass(frozen=True)
class Chat:
    """A chat that is bad: a desk's group, or a person's (`desk` None). `since`: calls in the journal before that."""

    id: int
    desk: str | None
    since: int


@dataclass(frozen=True)
class Seed:
    """What a prepared town leaves: the folder of the stopped bot, and Telegram's side of it."""

    folder: Path
    world: dict[str, Any]
    next_id: int
    allowed: frozenset[str]
    offset: float
    groups: dict[str, int]
    staff: dict[str, list[int]]
    people: list[int]
    admin: int
    codes: dict[str, int]
    """Whose case it is, by its code."""


async def prepare(folder: Path) -> Seed:
    """Two desks are bound and two cases taken as people do it; then the bot is stopped."""
    async with town(folder) as place:
        sandbox, national = place.sandbox, place.national
        assert national is not None
        async with place.hurried():
            regional = await place.bind(REGION_LABEL, title="Taraz")
            groups = {"national": national, "regional": regional}
            staff = {name: [sandbox.person(f"{name} {number}") for number in range(OPERATORS)] for name in DESKS}
            for name, group in groups.items():
                for phone in staff[name]:
                    group.add(phone)
            people, codes = await _talks(place, groups, staff)
            await place.settled()
        await place.bot.end()
        async with place.written() as tx:
            person = await tx.people.meet(people[3].id)
            await tx.people.set_language(person.key, "ru")
            await tx.people.set_region(person.key, REGION)
        world = sandbox.world
        kept = {"people": world.people, "groups": world.groups, "settings": world.settings}
        return Seed(
            folder, copy.deepcopy(kept), world.updates.next_id, world.updates.allowed, sandbox.clock.offset + 61,
            {name: group.id for name, group in groups.items()},
            {name: [phone.id for phone in phones] for name, phones in staff.items()},
            [phone.id for phone in people], place.admin.id, codes,
        )  # fmt: skip


async def _talks(
    place: Town, groups: dict[str, Group], staff: dict[str, list[Phone]]
) -> tuple[list[Phone], dict[str, int]]:
    """Somebody whose case was taken at each desk, somebody who waits, and two who have not written yet."""
    people: list[Phone] = []
    codes: dict[str, int] = {}
    for number in range(PEOPLE):
        if number not in (*TALKING, WAITING):
            people.append(place.sandbox.person(f"Person {number}", language_code="ru"))
            continue
        phone, code = await place.case("начало", name=f"Person {number}", language="Русский")
        people.append(phone)
        codes[code] = number
        if number in FROM_REGION:
            await press(phone, "Пропустить")
            await press(phone, REGION_LABEL)
        await place.move(46)
        if number in TALKING:
            desk = TALKING[number]
            await groups[desk].sees(code, timeout=90)
            await place.take(code, staff[desk][0], groups[desk])
    return people, codes


@contextlib.contextmanager
def hurried_waits() -> Iterator[None]:
    """What the bot waits for by real time is shorter: sweeps, the answer of a call, a handler, a database that is
    locked, the pause after a failed poll, the look at the clock. What it waits for by the clock stays as it is; the
    play moves the clock. The clock of the bot's machine may be set apart."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "SWEEPS", quick_sweeps())
        patch.setattr(Api.call, "__defaults__", (None, PATIENCE))
        patch.setattr(intake, "back_off", lambda tries: 0.05)
        patch.setattr(membership, "PATIENCE", PATIENCE)
        patch.setattr(worker, "PATIENCE", PATIENCE)
        patch.setattr(worker, "TOAST_PATIENCE", PATIENCE)
        patch.setattr(app, "CLOCK_POLL", 0.02)
        patch.setattr(database, "PRAGMAS", (*database.PRAGMAS, f"PRAGMA busy_timeout = {BUSY}"))
        follow_the_shifted_clock(patch)
        yield


class Stage:
    """One play of the prepared town."""

    def __init__(self, seed: Seed, folder: Path) -> None:
        self._seed = seed
        self._lives = 0
        self.folder = folder / "life0"
        self.folder.mkdir(parents=True)
        for name in ("senim.db", "keys"):
            shutil.copy(seed.folder / name, self.folder)
        self.sandbox = Sandbox()
        self._patch = pytest.MonkeyPatch()
        self.parts: app.Parts | None = None
        self.acknowledged: set[int] = set()
        """Numbers of the updates that Telegram was told to forget."""
        self.happened: Counter[str] = Counter()
        """What went wrong, and how often; of a fault of Telegram's the calls that met it."""
        self._faults: list[tuple[str, Fault]] = []

    async def open(self) -> None:
        """Telegram stands as it stood; nothing has been said in this play."""
        sandbox, seed = self.sandbox, self._seed
        await sandbox.start()
        world, kept = sandbox.world, copy.deepcopy(seed.world)
        world.people, world.groups, world.settings = kept["people"], kept["groups"], kept["settings"]
        world.updates.next_id, world.updates.allowed = seed.next_id, seed.allowed
        world.updates.confirm = self._confirmed  # type: ignore[method-assign]  # the witness of what was acknowledged
        sandbox.faults.take = self._taken  # type: ignore[method-assign]  # the witness of what was played
        sandbox.clock.move(seed.offset)
        self.admin = self._phone(seed.admin)
        self.people = [self._phone(number) for number in seed.people]
        self.codes = seed.codes
        self.staff = {name: [self._phone(number) for number in ids] for name, ids in seed.staff.items()}
        self.groups = {name: Group(world, world.groups[number], self.admin) for name, number in seed.groups.items()}
        self.bot = Bot(Town(sandbox, self.folder).bot.settings)
        wire = app._wire

        def watched(*args: Any) -> app.Parts:
            self.parts = wire(*args)
            return self.parts

        self._patch.setattr(app, "_wire", watched)

    def _phone(self, number: int) -> Phone:
        return Phone(self.sandbox.world, self.sandbox.world.people[number])

    def _confirmed(self, offset: int) -> None:
        updates = self.sandbox.world.updates
        before = {waiting.update_id for waiting in updates._queue}
        Updates.confirm(updates, offset)
        self.acknowledged |= before - {waiting.update_id for waiting in updates._queue}

    def _taken(self, method: str, chat_id: int | None) -> Fault | None:
        faults = self.sandbox.faults
        taken = Faults.take(faults, method, chat_id)
        self.happened.update(name for name, fault in self._faults if fault is taken)
        return taken

    def fault(self, name: str, fault: Fault) -> None:
        """Something goes wrong with the next calls that fit."""
        self._faults.append((name, fault))
        self.sandbox.faults.add(fault)

    def desk_of(self, chat_id: int) -> str | None:
        """Whose group this is or was before it was upgraded."""
        while chat_id in self.sandbox.world.migrated:
            chat_id = self.sandbox.world.migrated[chat_id]
        return next((name for name, group in self.groups.items() if group.id == chat_id), None)

    @property
    def running(self) -> bool:
        return self.bot.task is not None and not self.bot.task.done()

    def fell_over(self) -> BaseException | None:
        """What ended the bot by itself."""
        task = self.bot.task
        return task.exception() if task is not None and task.done() and not task.cancelled() else None

    async def start(self) -> None:
        """The bot runs, and has asked for updates unless Telegram is away."""
        before = self.sandbox.server._poll
        await self.bot.start()
        with contextlib.suppress(AssertionError):
            away = self.sandbox.faults.is_down or self.sandbox.faults.waiting
            await until(lambda: self.sandbox.server._poll > before or self.fell_over(), 0.5 if away else 10)

    async def stop(self) -> None:
        """As SIGTERM does."""
        await self.bot.end()
        self.parts = None

    async def kill(self) -> None:
        """The power goes between two transactions: the disk stays as it is at this moment, every call that is on its
        way gets no answer, nothing more is said. A transaction that is under way at a real kill is not on the disk,
        so that such a kill leaves what one just before it leaves.

        What the dying task still does with the database happens to files that nobody will read again."""
        parts = self.parts
        if parts is None:  # it has not come as far as its database
            await self._die()
            return
        async with parts.database.transaction("stage.kill"):
            self._lives += 1
            left, self.folder = self.folder, self.folder.with_name(f"life{self._lives}")
            self.folder.mkdir()
            for file in [left / "keys", *left.glob("senim.db*")]:
                if file.suffix in ("", ".db", ".db-wal"):
                    shutil.copy(file, self.folder)
            parts.api.server = ""
            parts.api._prefix = "http://127.0.0.1:9/"  # whatever it still says, nobody hears
            session, parts.api._session = parts.api._session, None
            if session is not None:
                await session.close()
        await self._die()

    async def _die(self) -> None:
        assert self.bot.task is not None
        self.bot.task.cancel()
        await asyncio.gather(self.bot.task, return_exceptions=True)
        self.parts = None
        self.bot.settings = replace(self.bot.settings, database=self.folder / "senim.db", keys=self.folder / "keys")

    async def move(self, seconds: float, bad: Chat | None = None) -> None:
        """Lets time pass while no call is on its way, but for those to a chat that is bad and never answers. A minute
        passes here in a moment; a call that the bot counts before and Telegram after it would be counted in two
        different minutes, which is not what happens in life."""
        if self.parts is None or not self.running:
            self.sandbox.clock.move(seconds)
            return
        for _ in range(200):
            async with self.parts.database.transaction("stage.move") as tx:
                flying, coming = set(self.parts.sender._flying.values()), self.sandbox.server.in_flight
                if bad is not None:
                    flying.discard(f"desk:{bad.desk}" if bad.desk else f"person:{await tx.lookup(bad.id)}")
                    coming -= self._hanging(bad)
                if not flying and not coming:
                    self.sandbox.clock.move(seconds)
                    # Before it takes the next rows, or it would count calls by a clock that is behind Telegram's.
                    await until(self._has_followed, 5)
                    break
            await asyncio.sleep(0.02)

    def _has_followed(self) -> bool:
        """Whether the bot's clock is where Telegram's is."""
        followed = self.parts is not None and self.parts.clock.offset == self.sandbox.clock.offset
        return followed or self.fell_over() is not None

    def _hanging(self, bad: Chat) -> int:
        """How many calls to this chat have no answer yet."""
        calls = self.sandbox.journal.calls[bad.since :]
        return sum(call.chat_id == bad.id and not call.ok and call.description is None for call in calls)

    async def undone(self) -> list[tuple[str, int]]:
        """What the bot itself still has to do. Only says how long to wait; what came of it is asked of Telegram."""
        if self.parts is None or not self.running:
            return [("not running", 1)]
        waiting = self.sandbox.world.updates.pending
        async with self.parts.database.transaction("stage.look") as tx:
            rows = await tx.all(
                "SELECT 'inbox' AS what, lane AS which, COUNT(*) AS n FROM inbox WHERE state = 'waiting' GROUP BY lane"
                " UNION ALL SELECT 'outbox', kind, COUNT(*) FROM outbox WHERE state IN ('waiting', 'sending')"
                " GROUP BY kind UNION ALL SELECT 'unreadable', '', COUNT(*) FROM outbox WHERE why = 'unreadable'"
                " UNION ALL SELECT 'route', '', COUNT(*) FROM cases WHERE route_at IS NOT NULL"
            )
        left = [(f"{row['what']} {row['which']}", row["n"]) for row in rows if row["n"]]
        return left + ([("not fetched", waiting)] if waiting else [])

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """What stands on the disk of the stopped bot; read from a copy."""
        assert not self.running
        look = self.folder / "look"
        look.mkdir(exist_ok=True)
        for file in look.iterdir():
            file.unlink()
        for file in self.folder.glob("senim.db*"):
            if file.suffix in (".db", ".db-wal"):
                shutil.copy(file, look)
        with contextlib.closing(sqlite3.connect(look / "senim.db")) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()

    async def keys(self) -> dict[str, int]:
        """Whom the stopped bot knows under which key: the number of the person."""
        async with Town(self.sandbox, self.folder).written() as tx:
            return {await tx.lookup(phone.id): who for who, phone in enumerate(self.people)}

    def overwrite(self, sql: str, *values: Any) -> None:
        """Damages the stopped bot's disk."""
        assert not self.running
        with contextlib.closing(sqlite3.connect(self.folder / "senim.db")) as connection, connection:
            connection.execute(sql, values)

    async def close(self) -> None:
        self.sandbox.faults.clear()
        if self.running:
            await self.stop()
        await self.sandbox.stop()
        self._patch.undo()


class Loop:
    """An event loop for somebody who is not asynchronous: it stands still between two calls."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            return await work()

        return self._runner.run(whole())

    def close(self) -> None:
        self._runner.close()
