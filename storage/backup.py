"""A backup is one file: a copy of the database, with a label that says when it was made and what was in it."""

import asyncio
import contextlib
import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import aiosqlite

from storage.cases import OPEN
from storage.sealing import BadKeys, CannotOpen, KeyRing, unseal
from storage.statements import ADDRESS, LOOKUP, StorageFault, faults

STEP = 4096
"""Pages (of 4 KiB) that are copied before it is looked whether to go on: some milliseconds."""

SIDECARS = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database that is open, or was not closed."""

TIME_AND_DIGEST = "SELECT made_at, digest FROM backup"


class Damaged(Exception):
    """The file is not the backup that was made; the text says what is wrong with it."""


@dataclass(frozen=True)
class Copied:
    """What the database was when it was copied: epoch milliseconds, and the number of its last migration."""

    made_at: int
    version: int


@dataclass(frozen=True)
class Checked:
    """A backup that is whole and opens; `made_at` in epoch milliseconds, `size` in bytes."""

    made_at: int
    version: int
    size: int
    open_cases: int
    red_cases: int


async def copy(connection: aiosqlite.Connection, target: Path) -> int:
    """Copies the whole database into a file that is not there yet (0600). Nobody may use the connection meanwhile.
    Returns the number of its last migration.

    One go in SQLite's own thread: with 100 MB that is 0.2 s, 0.5 s when nothing of it is in memory (2 cores, SSD,
    2026-11), and VACUUM INTO takes as long. Steps with other transactions between them would need a second thread on
    the one connection. When cancelled it ends within one step. The copy is not synced yet.
    Raises OSError for the file, StorageFault for either database.
    """
    file = await asyncio.to_thread(_fresh, target)
    given_up = threading.Event()

    def look(status: int, remaining: int, total: int) -> None:
        if given_up.is_set():
            raise StorageFault("given up")
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StorageFault("SQLITE_BUSY")  # SQLite's own loop would wait for ever, and everybody with it

    try:
        with faults():
            (version,) = await connection.execute_fetchall("PRAGMA user_version")
            copying = asyncio.ensure_future(connection.backup(file, pages=STEP, progress=look))
            try:
                await asyncio.shield(copying)
            except asyncio.CancelledError:
                given_up.set()
                await asyncio.wait([copying])  # the file may not be closed under the thread that writes it
                copying.exception()
                raise
    finally:
        await asyncio.to_thread(file.close)
    return int(version[0])


def _fresh(target: Path) -> sqlite3.Connection:
    """A new file for the thread of another connection. It need not survive a crash: no journal, no syncs."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    file = sqlite3.connect(target, isolation_level=None, check_same_thread=False)
    file.execute("PRAGMA synchronous = OFF")
    file.execute("PRAGMA journal_mode = OFF")
    return file


def label(path: Path, made_at: int) -> None:
    """Makes a copy a backup: one file without a log beside it, which says when it was made and what it held.

    The digest is there because SQLite finds a broken page, but not a changed letter in a good one.
    Raises Damaged, StorageFault.
    """
    with _changed(path) as file:
        file.execute("PRAGMA journal_mode = DELETE")
        file.execute("CREATE TABLE backup (made_at INTEGER NOT NULL, digest BLOB NOT NULL) STRICT")
        file.execute("INSERT INTO backup (made_at, digest) VALUES (?, ?)", (made_at, _digest(file)))


def unlabel(path: Path) -> None:
    """Makes a backup a database again. Raises Damaged, StorageFault."""
    with _changed(path) as file:
        file.execute("DROP TABLE backup")


@contextlib.contextmanager
def _changed(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with faults(), contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
            yield file
    except sqlite3.Error as broken:
        raise Damaged("it cannot be read") from broken


def check(path: Path, ring: KeyRing) -> Checked:
    """Opens a backup for reading only, without a trace beside it, and looks at all of it.

    Raises Damaged, BadKeys, OSError.
    """
    size = path.stat().st_size
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as file:
            made_at = _unharmed(file)
            (version,) = file.execute("PRAGMA user_version").fetchone()
            if version > _newest_migration():
                raise Damaged("it was made by a newer senim than this one")
            _opens(file, ring)
            return Checked(made_at, version, size, *_open_cases(file))
    except sqlite3.Error as broken:
        raise Damaged(
            f"SQLite cannot read it ({getattr(broken, 'sqlite_errorname', type(broken).__name__)})"
        ) from broken


def _newest_migration() -> int:
    folder = files("storage").joinpath("migrations")
    return max(int(file.name.split("_")[0]) for file in folder.iterdir() if file.name.endswith(".sql"))


def _unharmed(file: sqlite3.Connection) -> int:
    """Epoch milliseconds of its making; raises Damaged."""
    file.execute("PRAGMA trusted_schema = OFF")
    if file.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise Damaged("its pages are broken")
    if file.execute("PRAGMA foreign_key_check").fetchall():
        raise Damaged("rows are missing in it")
    if not file.execute("SELECT 1 FROM sqlite_schema WHERE name = 'backup'").fetchone():
        raise Damaged("it was not made by `senim backup`")
    made_at, digest = file.execute(TIME_AND_DIGEST).fetchone() or (0, b"")
    if digest != _digest(file):
        raise Damaged("what it holds was changed after it was made")
    return int(made_at)


def _digest(file: sqlite3.Connection) -> bytes:
    """SHA-256 of every row but the label."""
    digest = hashlib.sha256()
    tables = file.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'backup' ORDER BY name"
    ).fetchall()
    for name, sql in tables:
        digest.update(ascii((name, sql)).encode())
        for row in file.execute(f'SELECT rowid, * FROM "{name}" ORDER BY rowid'):
            digest.update(ascii(row).encode())
    return digest.digest()


def _opens(file: sqlite3.Connection, ring: KeyRing) -> None:
    """Every data key unwraps, and an address that was sealed with one of them opens. Raises BadKeys."""
    keys = {
        name: ring.unwrap(name, ring_id, wrapped)
        for name, ring_id, wrapped in file.execute("SELECT id, ring_id, wrapped FROM data_key")
    }
    if not {LOOKUP, ADDRESS} <= keys.keys():
        raise Damaged("the keys of people's ids are not in it")
    sealed = file.execute(
        "SELECT 'operator/' || key || '/address', address FROM operator"
        " UNION ALL SELECT 'person/' || key || '/address', address FROM person LIMIT 1"
    ).fetchone()
    try:
        if sealed:
            unseal(keys[ADDRESS], *sealed)
    except CannotOpen as closed:
        raise BadKeys(ring.foreign()) from closed


def _open_cases(file: sqlite3.Connection) -> tuple[int, int]:
    """How many cases are open, and how many of them are red."""
    row = file.execute(f"SELECT COUNT(*), COUNT(*) FILTER (WHERE urgency = 'red') FROM cases WHERE {OPEN}").fetchone()
    return int(row[0]), int(row[1])


def leftovers(path: Path) -> list[Path]:
    """What stands beside a database, or where one would be. Nothing can stand beside a name that is too long."""
    return [beside for beside in (path.with_name(path.name + end) for end in SIDECARS) if os.path.lexists(beside)]


@contextlib.contextmanager
def unfinished(path: Path) -> Iterator[Path]:
    """A file that is gone afterwards, unless it has been put in its place; with it what SQLite kept beside it."""
    try:
        yield path
    finally:
        for file in (path, *leftovers(path)):
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)


def duplicate(source: Path, target: Path) -> None:
    """A copy of a file that nobody writes to, into a fresh one (0600). Raises OSError."""
    fresh = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(fresh, "wb") as new, source.open("rb") as old:
        while part := old.read(1 << 20):
            new.write(part)


def put(file: Path, target: Path) -> None:
    """Makes a finished file durable and gives it its name. Raises OSError, FileExistsError when the name is taken."""
    with file.open("rb") as finished:
        os.fsync(finished.fileno())
    if target.exists():
        raise FileExistsError(f"{target} is there already")
    file.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
