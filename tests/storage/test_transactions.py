"""A transaction: all or nothing, alone, and nothing in memory that the file does not have."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from bot.domain.urgency import Level
from storage.database import StorageFault, Transaction
from storage.sealing import CannotOpen
from tests.storage.home import DAY, Home

PLACE = "message/1/body"
SLOW = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT COUNT(*) FROM n"
"""Keeps SQLite's thread busy for some tenths of a second."""
BROKEN = "INSERT INTO alarm (name, last_at) VALUES ('broken', NULL)"


async def reach(tx: Transaction) -> None:
    """Asks something, so that all that was written before has reached SQLite."""
    await tx.one("SELECT 1")


async def sealed(tx: Transaction, plain: bytes, key: str = "case:1") -> bytes:
    """Sealed under this key, which is made when it is not there."""
    await tx.key(key, make=True)
    return await tx.seal(key, PLACE, plain)


class TestTransaction:
    """What every repository relies on."""

    async def test_what_is_committed_is_there_after_a_restart(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(101)

        await home.reopen()

        async with home.tx() as tx:
            assert await tx.people.get(person.key) == person

    async def test_an_exception_rolls_back_everything(self, home: Home) -> None:
        with contextlib.suppress(LookupError):
            async with home.tx() as tx:
                person = await tx.people.meet(101)
                await tx.cases.open(person.key, "ru", Level.ORDINARY)
                await tx.inbox.add(1, "p:x", False, {})
                await reach(tx)
                raise LookupError

        assert await home.rows("SELECT 1 FROM person UNION SELECT 2 FROM cases UNION SELECT 3 FROM inbox") == []

    async def test_a_key_of_a_rolled_back_transaction_seals_nothing_afterwards(self, home: Home) -> None:
        with contextlib.suppress(LookupError):
            async with home.tx() as tx:
                await tx.key("case:1", make=True)
                raise LookupError

        async with home.tx() as tx:
            box = await sealed(tx, b"kept")
        await home.reopen()

        async with home.tx() as tx:
            assert await tx.unseal("case:1", PLACE, box) == b"kept"

    async def test_a_key_of_a_rolled_back_savepoint_seals_nothing_afterwards(self, home: Home) -> None:
        async with home.tx() as tx:
            with contextlib.suppress(LookupError):
                async with tx.savepoint():
                    await tx.key("case:1", make=True)
                    raise LookupError
            box = await sealed(tx, b"kept")
        await home.reopen()

        async with home.tx() as tx:
            assert await tx.unseal("case:1", PLACE, box) == b"kept"

    async def test_a_key_made_before_a_savepoint_outlives_its_rollback(self, home: Home) -> None:
        async with home.tx() as tx:
            before = await sealed(tx, b"before")
            with contextlib.suppress(LookupError):
                async with tx.savepoint():
                    raise LookupError
            assert await tx.unseal("case:1", PLACE, before) == b"before"
            after = await sealed(tx, b"after")
        await home.reopen()

        async with home.tx() as tx:
            assert await tx.unseal("case:1", PLACE, before) == b"before"
            assert await tx.unseal("case:1", PLACE, after) == b"after"

    async def test_a_key_dropped_in_a_rolled_back_savepoint_still_opens(self, home: Home) -> None:
        async with home.tx() as tx:
            box = await sealed(tx, b"words")
        async with home.tx() as tx:
            with contextlib.suppress(LookupError):
                async with tx.savepoint():
                    await tx.drop_key("case:1")
                    raise LookupError
            assert await tx.unseal("case:1", PLACE, box) == b"words"

    async def test_a_key_dropped_in_a_rolled_back_transaction_still_opens(self, home: Home) -> None:
        async with home.tx() as tx:
            box = await sealed(tx, b"words")
        with contextlib.suppress(LookupError):
            async with home.tx() as tx:
                await tx.drop_key("case:1")
                raise LookupError

        async with home.tx() as tx:
            assert await tx.unseal("case:1", PLACE, box) == b"words"

    async def test_a_key_made_anew_after_a_drop_is_the_one_that_is_kept(self, home: Home) -> None:
        async with home.tx() as tx:
            old = await sealed(tx, b"old")
        async with home.tx() as tx:
            await tx.drop_key("case:1")
            new = await sealed(tx, b"new")
        for _ in range(2):
            async with home.tx() as tx:
                assert await tx.unseal("case:1", PLACE, new) == b"new"
                with pytest.raises(CannotOpen):
                    await tx.unseal("case:1", PLACE, old)
            await home.reopen()

    async def test_sealing_never_brings_a_dropped_case_key_back(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.key("case:1", make=True)
        async with home.tx() as tx:
            await tx.drop_key("case:1")
            with pytest.raises(CannotOpen):
                await tx.seal("case:1", PLACE, b"words")
        async with home.tx() as tx:
            with pytest.raises(CannotOpen):
                await tx.seal("case:1", PLACE, b"words")

        assert await home.rows("SELECT 1 FROM data_key WHERE id = 'case:1'") == []

    @pytest.mark.parametrize("waits", [True, False])
    async def test_a_savepoint_loses_only_what_was_written_in_it(self, home: Home, waits: bool) -> None:
        async with home.tx() as tx:

            async def add(number: int) -> None:
                await tx.inbox.add(number, "l", False, {})
                if not waits:
                    await reach(tx)

            await add(1)
            with contextlib.suppress(LookupError):
                async with tx.savepoint():
                    await add(2)
                    async with tx.savepoint():
                        await add(3)
                    raise LookupError
            async with tx.savepoint():
                await add(4)
                with contextlib.suppress(LookupError):
                    async with tx.savepoint():
                        await add(5)
                        raise LookupError
            await add(6)

        found = await home.rows("SELECT update_id FROM inbox ORDER BY update_id")
        assert [row["update_id"] for row in found] == [1, 4, 6]

    async def test_what_waits_is_there_for_the_next_look(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.run("INSERT INTO alarm (name, last_at) VALUES ('a', 1)")
            await tx.many("UPDATE alarm SET last_at = :at WHERE name = 'a'", [{"at": 2}, {"at": 3}])
            row = await tx.one("SELECT last_at FROM alarm")

        assert row is not None
        assert row["last_at"] == 3

    async def test_what_waits_and_fails_undoes_its_savepoint_and_nothing_else(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.run("INSERT INTO alarm (name, last_at) VALUES ('before', 1)")
            with contextlib.suppress(sqlite3.IntegrityError):
                async with tx.savepoint():
                    await tx.run("INSERT INTO alarm (name, last_at) VALUES ('inside', 1)")
                    await tx.run(BROKEN)
            async with tx.savepoint():
                await tx.run("INSERT INTO alarm (name, last_at) VALUES ('after', 1)")

        assert {row["name"] for row in await home.rows("SELECT name FROM alarm")} == {"before", "after"}

    async def test_what_waited_before_a_savepoint_and_fails_undoes_the_whole(self, home: Home) -> None:
        entered = False
        with contextlib.suppress(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.run("INSERT INTO alarm (name, last_at) VALUES ('before', 1)")
                await tx.run(BROKEN)
                async with tx.savepoint():
                    entered = True

        assert not entered
        assert await home.rows("SELECT 1 FROM alarm") == []

    async def test_what_waits_to_the_end_and_fails_undoes_the_whole(self, home: Home) -> None:
        with contextlib.suppress(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.run("INSERT INTO alarm (name, last_at) VALUES ('before', 1)")
                await tx.run(BROKEN)

        assert await home.rows("SELECT 1 FROM alarm") == []

    async def test_a_thousand_keys_in_memory_do_not_push_out_what_is_on_disk(self, home: Home) -> None:
        async with home.tx() as tx:
            first = await sealed(tx, b"first", "case:0")
            for number in range(1, 1_010):
                await tx.key(f"case:{number}", make=True)
        async with home.tx() as tx:
            assert await tx.unseal("case:0", PLACE, first) == b"first"
            assert (await tx.people.meet(5)).key == await tx.lookup(5)

    async def test_no_task_sees_rows_that_are_not_committed(self, home: Home) -> None:
        wrote, seen = asyncio.Event(), []

        async def write() -> None:
            async with home.tx() as tx:
                await tx.inbox.add(1, "l", False, {})
                await reach(tx)
                wrote.set()
                await asyncio.sleep(0.05)
                raise LookupError

        async def look() -> None:
            await wrote.wait()
            seen.extend(await home.rows("SELECT 1 FROM inbox"))

        results = await asyncio.gather(write(), look(), return_exceptions=True)

        assert [type(result) for result in results] == [LookupError, type(None)]
        assert seen == []

    async def test_two_transactions_run_one_after_the_other(self, home: Home) -> None:
        order: list[str] = []

        async def count(name: str) -> None:
            async with home.tx() as tx:
                order.append(name)
                row = await tx.one("SELECT COUNT(*) AS n FROM inbox")
                await asyncio.sleep(0.005)
                assert row is not None
                await tx.inbox.add(row["n"], "l", False, {})
                order.append(name)

        await asyncio.gather(*(count(str(number)) for number in range(12)))

        assert order[::2] == order[1::2]
        assert [row["update_id"] for row in await home.rows("SELECT update_id FROM inbox ORDER BY 1")] == [*range(12)]

    async def test_the_time_of_a_transaction_is_that_of_its_beginning(self, home: Home) -> None:
        async with home.tx() as tx:
            begun = tx.now
            home.now += DAY
            assert tx.now == begun
        async with home.tx() as tx:
            assert tx.now == begun + DAY

    async def test_a_cancelled_transaction_leaves_nothing_behind(self, home: Home) -> None:
        inside = asyncio.Event()

        async def wait() -> None:
            async with home.tx() as tx:
                await tx.inbox.add(1, "l", False, {})
                await reach(tx)
                inside.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(wait())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await home.rows("SELECT 1 FROM inbox") == []

    async def test_a_cancelled_begin_leaves_nothing_open(self, home: Home) -> None:
        # Given: a second connection holds the file, so BEGIN waits in SQLite's thread
        other = sqlite3.connect(home.path, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            task = asyncio.create_task(home.rows("SELECT 1"))
            await asyncio.sleep(0.1)
            # When: the task is cancelled, and only then the file is free
            task.cancel()
            await asyncio.wait({task}, timeout=0.1)
            other.execute("ROLLBACK")
        finally:
            other.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        # Then: nothing is open, and the next transaction begins
        assert await home.rows("SELECT 1 AS one") == [{"one": 1}]

    async def test_a_cancelled_commit_is_a_cancellation_and_leaves_nothing_open(self, home: Home) -> None:
        # Given: COMMIT has to wait for SQLite's thread, which is busy with somebody's slow statement
        busy = asyncio.Event()
        crowd: list[asyncio.Task[object]] = []

        async def write() -> None:
            async with home.tx() as tx:
                await tx.inbox.add(1, "l", False, {})
                crowd.append(asyncio.create_task(tx.all(SLOW)))
                await asyncio.sleep(0)
                busy.set()

        task = asyncio.create_task(write())
        await busy.wait()
        await asyncio.sleep(0.02)
        # When: the task is cancelled while COMMIT is on its way
        task.cancel()
        # Then: that is what its owner hears, and the row is there whole or not at all
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.gather(*crowd)
        assert len(await home.rows("SELECT 1 FROM inbox")) in (0, 1)

    async def test_a_transaction_cancelled_in_a_statement_leaves_nothing_behind(self, home: Home) -> None:
        begun = asyncio.Event()

        async def write() -> None:
            async with home.tx() as tx:
                await tx.inbox.add(1, "l", False, {})
                begun.set()
                await tx.all(SLOW)

        task = asyncio.create_task(write())
        await begun.wait()
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert await home.rows("SELECT 1 FROM inbox") == []

    async def test_an_integrity_error_is_no_fault_of_the_storage(self, home: Home) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.run("INSERT INTO alarm (name, last_at) VALUES ('a', NULL)")
        with pytest.raises(sqlite3.OperationalError) as wrong:
            async with home.tx() as tx:
                await tx.run("SELECT nothing FROM nowhere")
        assert not isinstance(wrong.value, StorageFault)

    async def test_the_files_are_readable_by_their_owner_only(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.people.meet(7)

        assert {file.name: oct(file.stat().st_mode & 0o777) for file in home.files()} == {
            "senim.db": "0o600",
            "senim.db-wal": "0o600",
            "senim.db-shm": "0o600",
        }

    async def test_the_connection_is_set_up_as_the_design_says(self, home: Home) -> None:
        wanted = {
            "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "trusted_schema": 0,
        }  # fmt: skip
        found = {name: next(iter((await home.rows(f"PRAGMA {name}"))[0].values())) for name in wanted}

        assert found == wanted

    async def test_migrations_run_once(self, home: Home) -> None:
        before = await home.rows("SELECT name, sql FROM sqlite_schema ORDER BY name")
        version = await home.rows("PRAGMA user_version")
        await home.reopen()

        assert await home.rows("SELECT name, sql FROM sqlite_schema ORDER BY name") == before
        assert await home.rows("PRAGMA user_version") == version
        assert version[0]["user_version"] >= 1

    async def test_opening_in_a_folder_that_is_not_there_leaves_no_thread_behind(self, tmp_path: Path) -> None:
        home = Home(tmp_path)
        home.path = tmp_path / "nowhere" / "senim.db"
        with pytest.raises((OSError, StorageFault)):
            await home.open()
        assert home.database is None
