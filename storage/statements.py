"""Statements and sealed values inside one transaction: what every repository stands on."""

import asyncio
import hmac
import json
import os
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import Any

import aiosqlite
import orjson

from storage.sealing import KEY_BYTES, BadKeys, CannotOpen, KeyRing, seal, unseal

Value = int | str | bytes | float | None

Statement = tuple[str, dict[str, Value] | list[dict[str, Value]]]
"""SQL and its values; a list of values runs it once for each."""

SAVEPOINT: Statement = ("SAVEPOINT part", {})

LOOKUP = "lookup"
ADDRESS = "address"

ON_RECORD = 30 * 24 * 3_600_000
"""Milliseconds that what is over stays on record: failed posts, calls outside, presses of the urgent button."""

DEEPEST = 250
"""Levels of lists and objects in a sealed value."""


def new_id() -> str:
    """A row id: 16 random hex digits. Ids are chosen by us so that a sealed value can name its row."""
    return os.urandom(8).hex()


def case_key(case: str) -> str:
    """The name of a case's data key."""
    return f"case:{case}"


def day_key(now: int) -> str:
    """The name of the data key of the day (UTC) of `now`, epoch milliseconds."""
    return f"day:{datetime.fromtimestamp(now / 1000, UTC):%Y-%m-%d}"


PLAIN = {
    "SQLITE_BUSY": "another program holds it", "SQLITE_LOCKED": "another program holds it",
    "SQLITE_FULL": "the disk is full", "SQLITE_NOMEM": "there is too little memory",
    "SQLITE_READONLY": "it can only be read: whose are the file and its folder, and is the disk mounted for writing?",
    "SQLITE_CANTOPEN": "it cannot be opened: whose are the file and its folder?",
    "SQLITE_IOERR": "the disk does not read or write: is it full or broken?",
    "SQLITE_CORRUPT": "the file is damaged: keep it, and restore a backup beside it",
    "SQLITE_NOTADB": "it is no database, or damaged: keep it, and restore a backup beside it",
    "SQLITE_PROTOCOL": "its locks do not work: is it on a disk of this machine?",
}  # fmt: skip
"""What an administrator reads for SQLite's result codes; extended ones begin with the name of theirs."""


class StorageFault(Exception):
    """The database cannot read or write now (locked, full, read-only, broken): nothing that happens then is a try.

    Its text is SQLite's name of the error, which is logged.
    """

    @property
    def plain(self) -> str:
        """The same for an administrator who reads one sentence."""
        name = str(self)
        words = next((words for code, words in PLAIN.items() if name.startswith(code)), None)
        return f"{words} ({name})" if words else name


FAULT_CODES = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
})  # fmt: skip
"""SQLite's primary result codes that speak of the file or the disk, not of our statement."""


@contextmanager
def faults() -> Iterator[None]:
    """Raises StorageFault for errors of the file or the disk; a wrong statement stays what it is."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in FAULT_CODES:
            raise StorageFault(error.sqlite_errorname) from error
        raise


class Vault:
    """Unwrapped data keys of committed rows, the newest thousand."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._keys: OrderedDict[str, bytes] = OrderedDict()

    def get(self, name: str) -> bytes | None:
        return self._keys.get(name)

    def keep(self, keys: dict[str, bytes]) -> None:
        self._keys.update(keys)
        while len(self._keys) > 1000:
            self._keys.popitem(last=False)

    def drop(self, names: Iterable[str]) -> None:
        for name in names:
            self._keys.pop(name, None)


def listed(name: str, values: Iterable[Value]) -> tuple[str, dict[str, Value]]:
    """For `IN (...)`: the placeholders, and what stands for them."""
    named = {f"{name}{number}": value for number, value in enumerate(values)}
    return ", ".join(f":{one}" for one in named), named


def _in_turn(connection: sqlite3.Connection, statements: list[Statement]) -> list[sqlite3.Row]:
    """Runs one after the other, up to the first that fails; the rows of the last. In SQLite's thread."""
    rows: list[sqlite3.Row] = []
    for sql, values in statements:
        run = connection.executemany if isinstance(values, list) else connection.execute
        rows = run(sql, values).fetchall()
    return rows


class Statements:
    """SQL and sealing in one transaction. `now` is the time of its BEGIN, epoch milliseconds.

    The way to SQLite's thread and back costs more than most statements. One that has no answer therefore waits for the
    next one that has, or for the end of its savepoint or transaction, and goes there with it: the order is kept, and
    an error is raised there, which undoes the same.
    """

    def __init__(self, connection: aiosqlite.Connection, vault: Vault, now: int) -> None:
        self.now = now
        self._connection = connection
        self._vault = vault
        self._fresh: dict[str, bytes] = {}
        self._dropped: set[str] = set()
        self._waiting: list[Statement] = []

    async def all(self, sql: str, **values: Value) -> list[sqlite3.Row]:
        """Runs what waits and then this statement, in one hop to SQLite's thread; returns all its rows."""
        self._waiting.append((sql, values))
        return await self._go()

    async def one(self, sql: str, **values: Value) -> sqlite3.Row | None:
        rows = await self.all(sql, **values)
        return rows[0] if rows else None

    async def run(self, sql: str, **values: Value) -> None:
        """A statement without an answer."""
        self._waiting.append((sql, values))

    async def many(self, sql: str, rows: list[dict[str, Value]]) -> None:
        """One without an answer, for each of the rows."""
        self._waiting.append((sql, rows))

    async def _go(self) -> list[sqlite3.Row]:
        """Runs what waits; the rows of the last statement."""
        statements, self._waiting = self._waiting, []
        with faults():
            # aiosqlite has no public way to do several things in one hop.
            rows: list[sqlite3.Row] = await self._connection._execute(_in_turn, self._connection._conn, statements)  # type: ignore[no-untyped-call]  # it has none
        return rows

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What is written inside is kept whole or not at all."""
        fresh, dropped = dict(self._fresh), set(self._dropped)
        if self._waiting:  # an error of what came before is not the savepoint's
            await self._go()
        self._waiting.append(SAVEPOINT)
        try:
            yield
            await self.all("RELEASE part")
        except (asyncio.CancelledError, StorageFault):
            # The whole transaction goes. What was cancelled may still be on its way to SQLite's thread, and after a
            # fault SQLite may have rolled back all by itself: there may be no savepoint any more.
            raise
        except BaseException:
            self._fresh, self._dropped = fresh, dropped
            begun = SAVEPOINT not in self._waiting
            self._waiting.clear()
            if begun:
                await self.run("ROLLBACK TO part")
                await self.all("RELEASE part")
            raise

    def publish_keys(self) -> None:
        """After the commit: keys made or read here may be remembered. Never before, or a rollback would leave
        a key in memory that no row has, and what it sealed would be lost."""
        self._vault.keep(self._fresh)
        self._vault.drop(self._dropped)

    async def key(self, name: str, *, make: bool = False) -> bytes:
        """The data key of this name. Raises CannotOpen when there is none (dropped) and `make` is off."""
        known = self._fresh.get(name) or (None if name in self._dropped else self._vault.get(name))
        if known:
            return known
        row = await self.one("SELECT ring_id, wrapped FROM data_key WHERE id = :id", id=name)
        key = self._unwrapped(name, row) if row else None
        if key is None and make:
            key = os.urandom(KEY_BYTES)
            ring_id, wrapped = self._vault.ring.wrap(name, key)
            await self.run(
                "INSERT INTO data_key (id, ring_id, wrapped, created_at) VALUES (:id, :ring, :wrapped, :now)"
                " ON CONFLICT (id) DO UPDATE SET ring_id = :ring, wrapped = :wrapped, created_at = :now",
                id=name, ring=ring_id, wrapped=wrapped, now=self.now,
            )  # fmt: skip
        if key is None:
            raise CannotOpen(name.split(":")[0])
        self._fresh[name] = key
        self._dropped.discard(name)
        return key

    def _unwrapped(self, name: str, row: sqlite3.Row) -> bytes | None:
        """None for a damaged row: what that one key sealed is lost, and nothing else. Raises BadKeys for the two keys
        without which nobody can be found or written to."""
        try:
            return self._vault.ring.unwrap(name, row["ring_id"], row["wrapped"])
        except BadKeys:
            if name in (LOOKUP, ADDRESS):
                raise
            return None

    async def drop_key(self, name: str) -> None:
        """Erases a data key: whatever it sealed can never be read again."""
        await self.run("DELETE FROM data_key WHERE id = :id", id=name)
        self._fresh.pop(name, None)
        self._dropped.add(name)

    async def seal(self, key: str, place: str, plain: bytes) -> bytes:
        """Only the key of the day is made when it is missing: a case's key that was dropped must stay dropped."""
        return seal(await self.key(key, make=key.startswith("day:")), place, plain)

    async def unseal(self, key: str, place: str, sealed: bytes) -> bytes:
        return unseal(await self.key(key), place, sealed)

    async def seal_json(self, key: str, place: str, value: Any) -> bytes:
        return await self.seal(key, place, _dumps(value))

    async def unseal_json(self, key: str, place: str, sealed: bytes) -> Any:
        plain = await self.unseal(key, place, sealed)
        try:
            return orjson.loads(plain)
        except orjson.JSONDecodeError:
            return json.loads(plain)

    async def lookup(self, telegram_id: int) -> str:
        """The key of a Telegram user everywhere: HMAC-SHA256 under the lookup key, in hex."""
        return await self.digest(str(telegram_id))

    async def digest(self, text: str) -> str:
        """A keyed digest, in hex, of what must be found again and not be read."""
        return hmac.digest(await self.key(LOOKUP), text.encode("utf-8", "replace"), "sha256").hex()


def _dumps(value: Any) -> bytes:
    """JSON; integers beyond 64 bits, which orjson refuses, are written too.

    Raises RecursionError for what is nested so deeply that it might not be read again: orjson writes 254 levels, and
    how many `json` reads depends on who calls it.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        if _deeper(value, DEEPEST):
            raise RecursionError("nested too deeply to be stored") from None
        return json.dumps(value).encode()


def _deeper(value: Any, levels: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return levels < 0 or any(_deeper(one, levels - 1) for one in inside)
