"""A database of its own for a test: a real file, a real key ring, and a clock that the test moves by hand."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from storage.database import Database, Transaction
from storage.sealing import KeyRing, new_key_line

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

START = 1_780_000_000_000
"""28 May 2026, 20:26:40 UTC, epoch milliseconds."""


class Home:
    """The folder with database and keys. `now` is what the database takes for the time."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "senim.db"
        self.keys = folder / "keys"
        self.now = START
        self.keys.write_text(new_key_line() + "\n", encoding="ascii")
        self.database: Database | None = None

    async def open(self) -> Database:
        self.database = await Database.open(self.path, KeyRing.read(self.keys), lambda: self.now)
        return self.database

    async def close(self) -> None:
        if self.database is not None:
            await self.database.close()
        self.database = None

    async def reopen(self) -> None:
        """As a restart does: nothing in memory survives."""
        await self.close()
        await self.open()

    def tx(self, name: str = "test") -> AbstractAsyncContextManager[Transaction]:
        assert self.database is not None
        return self.database.transaction(name)

    async def rows(self, sql: str, **values: Any) -> list[dict[str, Any]]:
        """What a statement finds, in a transaction of its own."""
        async with self.tx("look") as tx:
            return [dict(row) for row in await tx.all(sql, **values)]

    def files(self) -> list[Path]:
        """The database and what SQLite keeps beside it."""
        return [file for file in self.path.parent.iterdir() if file.name.startswith(self.path.name)]

    def bytes(self) -> bytes:
        """Every byte of the database and of what SQLite keeps beside it."""
        return b"\0".join(file.read_bytes() for file in self.files() if file.is_file())


@asynccontextmanager
async def home_in(folder: Path) -> AsyncIterator[Home]:
    """An opened home, closed at the end."""
    home = Home(folder)
    await home.open()
    try:
        yield home
    finally:
        await home.close()
