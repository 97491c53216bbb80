"""A database that takes nothing for a while, and a talk that goes on over it."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.telegram.sandbox.phone import Phone
from storage.database import Database
from tests.town import Town


def said(place: Town, topic: int, part: str) -> list[str]:
    """What the bot has said in a topic of the national desk, line by line."""
    assert place.national is not None
    lines = [line for shown in place.national.messages(topic) for line in shown.text.split("\n")]
    return [line for line in lines if part in line]


async def talk(place: Town) -> tuple[Phone, int]:
    """A claimed case; the group's minute is fresh."""
    async with place.hurried():
        teen, _, topic = await place.claimed("начало", language="Русский")
        await place.settled()
    await place.move(61)
    return teen, topic


@contextlib.asynccontextmanager
async def locked(database: Path) -> AsyncIterator[None]:
    """Somebody else writes in the database and does not come to an end."""
    other = sqlite3.connect(database, isolation_level=None, timeout=0)
    try:
        while not other.in_transaction:
            with contextlib.suppress(sqlite3.OperationalError):  # the bot writes just now, and needs this loop for it
                other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(0.01)
        yield
    finally:
        other.close()


def connections(monkeypatch: pytest.MonkeyPatch) -> list[Database]:
    """The databases that are opened from now on."""
    opened: list[Database] = []
    before = Database._prepare

    async def prepare(self: Database, ring: Any) -> None:
        opened.append(self)
        await before(self, ring)

    monkeypatch.setattr(Database, "_prepare", prepare)
    return opened


@contextlib.asynccontextmanager
async def read_only(database: Database) -> AsyncIterator[None]:
    await database._connection.execute_fetchall("PRAGMA query_only = ON")
    try:
        yield
    finally:
        await database._connection.execute_fetchall("PRAGMA query_only = OFF")
