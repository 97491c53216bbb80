"""A disk that fails: it is told apart from our own mistakes, loses nothing that was committed, and passes."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.messages import Post, To
from storage.database import Database, StorageFault
from storage.sealing import BadKeys, KeyRing
from storage.statements import FAULT_CODES, PLAIN
from tests.process import files_no_longer_than
from tests.storage.home import Home, home_in

WORDS = {"text": "сөз" * 2_000}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with home_in(tmp_path) as opened:
        yield opened


async def stored(home: Home) -> list[int]:
    return [row["update_id"] for row in await home.rows("SELECT update_id FROM inbox ORDER BY seq")]


async def store(home: Home, *numbers: int) -> None:
    async with home.tx() as tx:
        for number in numbers:
            await tx.inbox.add(number, "a", False, WORDS)


async def store_in_a_savepoint(home: Home, count: int) -> None:
    async with home.tx() as tx, tx.savepoint():
        for number in range(count):
            await tx.inbox.add(number, "a", False, WORDS)


async def test_a_database_that_somebody_else_holds_is_a_fault_and_passes(home: Home) -> None:
    async with home.tx() as tx:
        await tx.run("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(home.path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFault, match="SQLITE_BUSY"):
            await store(home, 1)
    finally:
        other.close()

    await store(home, 2)
    assert await stored(home) == [2]


async def test_a_full_database_is_a_fault_and_keeps_what_was_committed(home: Home) -> None:
    await store(home, 1)
    async with home.tx() as tx:
        pages = await tx.one("PRAGMA page_count")
        assert pages is not None
        await tx.run(f"PRAGMA max_page_count = {pages[0] + 1}")

    with pytest.raises(StorageFault, match="SQLITE_FULL"):
        await store(home, *range(2, 20))

    async with home.tx() as tx:
        await tx.run("PRAGMA max_page_count = 1000000")
    assert await stored(home) == [1]
    await store(home, 3)
    assert await stored(home) == [1, 3]


async def test_a_full_database_inside_a_savepoint_is_the_same_fault(home: Home) -> None:
    async with home.tx() as tx:
        pages = await tx.one("PRAGMA page_count")
        assert pages is not None
        await tx.run(f"PRAGMA max_page_count = {pages[0] + 1}")

    with pytest.raises(StorageFault, match="SQLITE_FULL"):
        await store_in_a_savepoint(home, 20)


async def test_a_read_only_database_is_a_fault_and_passes(home: Home) -> None:
    await store(home, 1)
    assert home.database is not None
    await home.database._connection.execute_fetchall("PRAGMA query_only = ON")

    with pytest.raises(StorageFault, match="SQLITE_READONLY"):
        await store(home, 2)

    await home.database._connection.execute_fetchall("PRAGMA query_only = OFF")
    await store(home, 3)
    assert await stored(home) == [1, 3]


async def test_a_disk_that_refuses_the_commit_is_a_fault_and_nothing_is_half_there(home: Home) -> None:
    await store(home, 1)
    async with home.tx() as tx:
        tx.erased = True  # the log is empty now

    with files_no_longer_than(8_192), pytest.raises(StorageFault, match="SQLITE_IOERR_WRITE"):
        await store(home, 2, 3)

    assert await stored(home) == [1]
    await store(home, 4)
    await home.reopen()
    assert await stored(home) == [1, 4]


async def test_a_key_of_a_failed_commit_seals_nothing_afterwards(home: Home) -> None:
    async with home.tx() as tx:
        tx.erased = True
    with files_no_longer_than(4_096), pytest.raises(StorageFault):
        await store(home, 1)

    await store(home, 2)
    await home.reopen()

    async with home.tx() as tx:
        assert [update.body for update in await tx.inbox.take()] == [WORDS]


async def test_a_disk_that_fails_inside_a_savepoint_is_a_fault_and_no_failed_try(home: Home) -> None:
    # Given: little cache, so that a transaction spills to the disk before its commit
    async with home.tx() as tx:
        tx.erased = True
    async with home.tx() as tx:
        await tx.run("PRAGMA cache_size = 10")

    # When: the disk fails in the middle
    with files_no_longer_than(60_000), pytest.raises(StorageFault, match="SQLITE_IOERR_WRITE"):
        await store_in_a_savepoint(home, 100)

    # Then: that is what everybody hears, and nothing is there
    assert await stored(home) == []


async def test_a_disk_that_refuses_the_checkpoint_does_not_undo_what_was_committed(home: Home) -> None:
    # Given: a log that is shorter than the database, and a database that would have to grow
    async with home.tx() as tx:
        tx.erased = True
    size = home.path.stat().st_size
    with files_no_longer_than(size):
        for number in range(4):
            await store(home, number)
        # When: the log is to be emptied
        async with home.tx() as tx:
            await tx.inbox.add(4, "a", False, {})
            tx.erased = True
        assert home.path.with_name("senim.db-wal").stat().st_size > 0

    # Then: the commit stands, nobody takes it for failed, and the log is emptied as soon as the disk allows it
    assert await stored(home) == [0, 1, 2, 3, 4]
    assert home.path.with_name("senim.db-wal").stat().st_size == 0


@pytest.mark.parametrize(
    "garbage", [b"not a database, but long enough to look like one" * 100, b"SQLite format 3\0" + b"\xff" * 5_000]
)
async def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path, garbage: bytes) -> None:
    home = Home(tmp_path)
    home.path.write_bytes(garbage)

    with pytest.raises(StorageFault):
        await home.open()


async def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.path.write_bytes(b"somebody's letters" * 500)

    with pytest.raises((StorageFault, sqlite3.DatabaseError)):
        await home.open()

    assert home.path.read_bytes() == b"somebody's letters" * 500


async def test_a_broken_page_is_a_fault_for_its_table_only(home: Home) -> None:
    await store(home, 1)
    async with home.tx() as tx:
        person = await tx.people.meet(7)
    (root,) = await home.rows("SELECT rootpage FROM sqlite_schema WHERE name = 'inbox'")
    (size,) = await home.rows("PRAGMA page_size")
    await home.close()
    raw = bytearray(home.path.read_bytes())
    page = size["page_size"]
    raw[(root["rootpage"] - 1) * page : root["rootpage"] * page] = b"\xa5" * page
    home.path.write_bytes(raw)
    await home.open()

    with pytest.raises(StorageFault, match="SQLITE_CORRUPT"):
        await stored(home)
    async with home.tx() as tx:
        assert await tx.people.address(person.key) == 7


async def test_a_wrong_ring_stops_the_start_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    await store(home, 1)
    await home.close()
    before = home.path.read_bytes()
    (tmp_path / "other").mkdir()
    stranger = Home(tmp_path / "other")

    with pytest.raises(
        BadKeys, match=rf"^{stranger.keys} is not the key ring .+ put the copy of that ring there, .+\.$"
    ):
        await Database.open(home.path, KeyRing.read(stranger.keys), lambda: 0)

    assert home.path.read_bytes() == before
    await home.open()
    assert await stored(home) == [1]


@pytest.mark.parametrize("jump", [1, -1])
async def test_a_clock_that_jumps_a_day_holds_nothing_that_waits(home: Home, jump: int) -> None:
    await store(home, 1)
    async with home.tx() as tx:
        await tx.outbox.add(Post(To.PERSON, "her", "screen", WORDS))

    home.now += jump * 24 * 3_600_000
    await store(home, 2)

    async with home.tx() as tx:
        assert [update.body for update in await tx.inbox.take()] == [WORDS] * 2
        assert [one.row.post.params for one in await tx.outbox.ready(5)] == [WORDS]


async def test_a_clock_that_is_set_back_does_not_hold_a_retry_for_as_long(home: Home) -> None:
    await store(home, 1)
    async with home.tx() as tx:
        await tx.inbox.failed((await tx.inbox.take())[0])

    home.now -= 24 * 3_600_000
    home.now += 60_000

    async with home.tx() as tx:
        assert [update.body for update in await tx.inbox.take()] == [WORDS]


def test_every_fault_has_words_for_an_administrator_also_when_sqlite_says_it_in_detail() -> None:
    assert {getattr(sqlite3, name) for name in PLAIN} == FAULT_CODES
    assert StorageFault("SQLITE_FULL").plain == "the disk is full (SQLITE_FULL)"
    assert StorageFault("SQLITE_IOERR_WRITE").plain.startswith("the disk does not read or write")


async def test_a_database_that_another_program_holds_is_one_sentence_at_the_start(home: Home) -> None:
    await home.close()
    with contextlib.closing(sqlite3.connect(home.path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFault) as fault:
            await home.open()

    said = f"{home.path} cannot be used as a database: another program holds it (SQLITE_BUSY)."
    assert str(fault.value) == fault.value.plain == said
