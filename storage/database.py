"""The database: one SQLite connection, one writer at a time, every statement inside a named transaction."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import aiosqlite

from storage.asides import AsideTable
from storage.audits import AuditTable
from storage.backup import Copied, copy
from storage.blocks import BlockTable
from storage.callouts import CalloutTable
from storage.canned import CannedTable
from storage.cases import CaseTable
from storage.controls import ControlTable
from storage.desks import DeskTable
from storage.enclosures import EnclosureTable
from storage.figures import FigureTable
from storage.findings import FindingTable
from storage.floods import FloodTable
from storage.fsm import FormTable
from storage.handovers import HandoverTable
from storage.hands import HandTable
from storage.hours import HoursTable
from storage.inbox import Inbox
from storage.keeping import KeepingTable
from storage.ladders import LadderTable
from storage.looks import LookTable
from storage.media import MediaTable
from storage.messages import MessageTable
from storage.operators import OperatorTable
from storage.outbox import Outbox
from storage.pacing import PaceTable
from storage.people import PersonTable
from storage.plans import PlanTable
from storage.practice import PracticeTable
from storage.rescue import PlaceTable
from storage.sealing import BadKeys, KeyRing
from storage.shifts import ShiftTable
from storage.statements import ADDRESS, LOOKUP, Statements, StorageFault, Vault, faults
from storage.threads import ThreadTable
from storage.warnings import WarningTable
from storage.watch import WatchTable

log = logging.getLogger(__name__)

__all__ = ["Database", "StorageFault", "Transaction"]

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA busy_timeout = 5000",
)


class Transaction(Statements):
    """One transaction: its time, its statements, and the repositories over them.

    Whoever erases a person's data sets `erased`: after the commit the write-ahead log is emptied, because
    `secure_delete` does not clean it.
    """

    erased = False

    async def alone(self, what: str, work: Callable[[], Awaitable[object]]) -> None:
        """Does one of many things in a savepoint of its own: one that fails is logged as `what` and stops none of the
        others. Raises StorageFault."""
        try:
            async with self.savepoint():
                await work()
        except StorageFault:
            raise
        except Exception as broken:
            log.error("%s: %s", what, type(broken).__name__)

    @cached_property
    def people(self) -> PersonTable:
        return PersonTable(self)

    @cached_property
    def cases(self) -> CaseTable:
        return CaseTable(self)

    @cached_property
    def messages(self) -> MessageTable:
        return MessageTable(self)

    @cached_property
    def threads(self) -> ThreadTable:
        return ThreadTable(self)

    @cached_property
    def media(self) -> MediaTable:
        return MediaTable(self)

    @cached_property
    def enclosures(self) -> EnclosureTable:
        return EnclosureTable(self)

    @cached_property
    def findings(self) -> FindingTable:
        return FindingTable(self)

    @cached_property
    def desks(self) -> DeskTable:
        return DeskTable(self)

    @cached_property
    def operators(self) -> OperatorTable:
        return OperatorTable(self)

    @cached_property
    def forms(self) -> FormTable:
        return FormTable(self)

    @cached_property
    def inbox(self) -> Inbox:
        return Inbox(self)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self)

    @cached_property
    def pacing(self) -> PaceTable:
        return PaceTable(self)

    @cached_property
    def blocks(self) -> BlockTable:
        return BlockTable(self)

    @cached_property
    def floods(self) -> FloodTable:
        return FloodTable(self)

    @cached_property
    def hands(self) -> HandTable:
        return HandTable(self)

    @cached_property
    def hours(self) -> HoursTable:
        return HoursTable(self)

    @cached_property
    def keeping(self) -> KeepingTable:
        return KeepingTable(self)

    @cached_property
    def ladders(self) -> LadderTable:
        return LadderTable(self)

    @cached_property
    def callouts(self) -> CalloutTable:
        return CalloutTable(self)

    @cached_property
    def shifts(self) -> ShiftTable:
        return ShiftTable(self)

    @cached_property
    def places(self) -> PlaceTable:
        return PlaceTable(self)

    @cached_property
    def asides(self) -> AsideTable:
        return AsideTable(self)

    @cached_property
    def audits(self) -> AuditTable:
        return AuditTable(self)

    @cached_property
    def canned(self) -> CannedTable:
        return CannedTable(self)

    @cached_property
    def practice(self) -> PracticeTable:
        return PracticeTable(self)

    @cached_property
    def handovers(self) -> HandoverTable:
        return HandoverTable(self)

    @cached_property
    def controls(self) -> ControlTable:
        return ControlTable(self)

    @cached_property
    def looks(self) -> LookTable:
        return LookTable(self)

    @cached_property
    def warnings(self) -> WarningTable:
        return WarningTable(self)

    @cached_property
    def plans(self) -> PlanTable:
        return PlanTable(self)

    @cached_property
    def figures(self) -> FigureTable:
        return FigureTable(self)

    @cached_property
    def watch(self) -> WatchTable:
        return WatchTable(self)


class Database:
    """Opened once per process; `now` gives epoch milliseconds."""

    def __init__(self, connection: aiosqlite.Connection, vault: Vault, now: Callable[[], int]) -> None:
        self._connection = connection
        self._vault = vault
        self._now = now
        self._lock = asyncio.Lock()
        self._unclean = False
        self.failing_since: float | None = None
        """Since when (the event loop's time) nothing could be written because of the database or the disk."""

    @classmethod
    async def open(cls, path: Path, ring: KeyRing, now: Callable[[], int]) -> "Database":
        """Opens or creates the file (0600), migrates it, and checks that the ring opens it (else BadKeys)."""
        await asyncio.to_thread(path.touch, mode=0o600)
        connection = await aiosqlite.connect(path, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            database = cls(connection, Vault(ring), now)
            await database._prepare(ring)
        except BaseException as trouble:
            await connection.close()
            if isinstance(trouble, StorageFault):
                raise StorageFault(f"{path} cannot be used as a database: {trouble.plain}.") from trouble
            raise
        return database

    async def _prepare(self, ring: KeyRing) -> None:
        with faults():
            for pragma in PRAGMAS:
                await self._connection.execute_fetchall(pragma)
            await self._migrate()
        async with self.transaction("open.keys") as tx:
            for row in await tx.all("SELECT DISTINCT ring_id FROM data_key"):
                if row["ring_id"] not in ring:
                    raise BadKeys(ring.foreign())
            await tx.key(LOOKUP, make=True)
            await tx.key(ADDRESS, make=True)

    async def close(self) -> None:
        async with self._lock:
            await self._connection.close()

    async def save_copy(self, target: Path) -> Copied:
        """A consistent copy in a file that is not there yet; everybody else waits meanwhile (`backup.copy`)."""
        async with self._lock:
            return Copied(self._now(), await copy(self._connection, target))

    @asynccontextmanager
    async def transaction(self, name: str) -> AsyncIterator[Transaction]:
        """BEGIN IMMEDIATE to COMMIT under one lock. `name` says in crash tests and logs which commit it is.

        One connection shows its uncommitted rows to everybody on it, so reads go through here too.
        """
        async with self._lock:
            tx = Transaction(self._connection, self._vault, self._now())
            before = self._connection.total_changes
            try:
                # Inside the try: a task cancelled while BEGIN is on its way would leave the transaction open. It goes
                # to SQLite with the first statement that has an answer.
                await tx.run("BEGIN IMMEDIATE")
                yield tx
                await self._commit(tx, name)
            except BaseException as trouble:
                await self._roll_back()
                if isinstance(trouble, StorageFault) and self.failing_since is None:
                    self.failing_since = asyncio.get_running_loop().time()
                raise
            if self._connection.total_changes != before:  # reading works on a full disk too
                self.failing_since = None
            tx.publish_keys()
            self._unclean = self._unclean or tx.erased
            if self._unclean:
                await self._empty_log()

    async def _commit(self, tx: Statements, name: str) -> None:
        """The only place where anything becomes true. `name` is for crash tests, which end the process around it."""
        await tx.all("COMMIT")

    async def _empty_log(self) -> None:
        """Erased words must not stay in the write-ahead log. What was committed stays so when this fails; it is
        tried again after the next commit."""
        try:
            with faults():
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            self._unclean = False
        except StorageFault as fault:
            log.error("the write-ahead log could not be emptied: %s", fault)

    async def _roll_back(self) -> None:
        """Behind whatever is still on its way to SQLite's thread: a cancelled BEGIN arrives there all the same."""
        rolling = asyncio.ensure_future(self._connection.execute_fetchall("ROLLBACK"))
        rolling.add_done_callback(lambda done: done.cancelled() or done.exception())
        with contextlib.suppress(sqlite3.Error):  # no transaction: BEGIN failed, or COMMIT had arrived
            await asyncio.shield(rolling)

    async def _migrate(self) -> None:
        """Runs the numbered files that have not run yet, each in a transaction of its own."""
        steps = sorted(
            (file for file in files("storage").joinpath("migrations").iterdir() if file.name.endswith(".sql")),
            key=lambda file: file.name,
        )
        (row,) = await self._connection.execute_fetchall("PRAGMA user_version")
        for step in steps:
            number = int(step.name.split("_")[0])
            if number > row[0]:
                script = f"BEGIN IMMEDIATE;\n{step.read_text('utf-8')}\nPRAGMA user_version = {number};"
                cursor = await self._connection.executescript(script)
                await cursor.close()
                await self._commit(Statements(self._connection, self._vault, self._now()), "migrate")
