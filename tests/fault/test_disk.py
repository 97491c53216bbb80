"""While nothing can be written: nothing is acknowledged or lost, somebody is called, and nobody calls the bot well."""

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot import health, jobs
from bot.telegram import intake, lifeline
from bot.telegram.sandbox import Sandbox
from tests.fault.disk import connections, locked, read_only, said, talk
from tests.process import Nursery, Process, born, claimed, desk, files_no_longer_than
from tests.region import alarms, said_in
from tests.town import Town, free_port, heard, quick_sweeps, texts, town, until


@pytest.mark.parametrize("fault", ["locked", "read-only"])
async def test_while_nothing_can_be_written_nothing_is_acknowledged_and_administrators_are_called_past_the_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())
    monkeypatch.setattr(lifeline, "LOOK", 0.2)
    monkeypatch.setattr(lifeline, "PATIENCE", 2.0)  # 10 s in life
    monkeypatch.setattr(lifeline, "LEARN", 0.5)
    opened = connections(monkeypatch)
    async with town(tmp_path) as place, contextlib.AsyncExitStack() as faults:
        national = place.national
        assert national is not None
        teen, topic = await talk(place)
        await opened[-1]._connection.execute_fetchall("PRAGMA busy_timeout = 200")  # 5 s in life
        await asyncio.sleep(1)  # the lifeline knows whom to call
        if fault == "locked":
            await faults.enter_async_context(locked(place.bot.settings.database))
        else:
            await faults.enter_async_context(read_only(opened[-1]))
        teen.write("раз")
        place.operator.write("два", chat=national, topic=topic)
        await place.admin.sees("не может записывать на диск", timeout=90)
        assert place.sandbox.world.updates.pending >= 2
        teen.write("три")
        await asyncio.sleep(2)
        assert alarms(place, "не может записывать") == 1
        assert said(place, topic, "▎ раз") == []

        await faults.aclose()
        await said_in(national, topic, "▎ три")
        await teen.sees("два")
        await place.admin.sees("снова записывает")
        await place.settled()
        assert place.sandbox.world.updates.pending == 0
        assert said(place, topic, "▎ ") == ["▎ начало", "▎ раз", "▎ три"]
        assert sum(text.endswith("два") for text in heard(teen)) == 1
        assert alarms(place, "снова записывает") == 1
        assert alarms(place, "не обработано") == 0  # a fault of the disk is nobody's try


async def test_a_short_lock_passes_without_a_word_to_anybody(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, topic = await talk(place)
    before = len(place.admin.chat)
    async with locked(place.bot.settings.database):
        teen.write("раз")
        await asyncio.sleep(1.5)
        assert place.sandbox.world.updates.pending == 1
    await said_in(national, topic, "▎ раз")
    await place.settled()
    assert said(place, topic, "раз") == ["▎ раз"]
    assert len(place.admin.chat) == before


async def test_on_a_full_disk_nothing_is_acknowledged_and_everything_arrives_when_there_is_room(
    tmp_path: Path, nursery: Nursery
) -> None:
    """No file of the process may grow: SQLite sees what it sees on a full disk."""
    port = free_port()
    async with Sandbox() as sandbox:
        process = Process(sandbox, tmp_path, SENIM_HEALTH_PORT=str(port))
        async with born(nursery, process) as pid:
            group, operator = await desk(sandbox, process)
            admin = group.owner
            teen, topic = await claimed(sandbox, group, operator)
            sandbox.clock.move(61)
            await asyncio.sleep(2.5)  # the lifeline knows whom to call
            with files_no_longer_than(4096, pid):
                for words in ("раз", "два", "три"):
                    teen.write(words)
                operator.write("ответ", chat=group, topic=topic)
                await asyncio.sleep(3)
                assert (await looked_at(port))[1]["database"]["well"] is False
                await until(
                    lambda: any("не может записывать на диск" in text for text in texts(admin.chat)), timeout=60
                )
                assert sandbox.world.updates.pending >= 4
                assert not any("▎ раз" in text for text in texts(group.messages(topic)))
            await until(lambda: any("▎ три" in text for text in texts(group.messages(topic))), timeout=90)
            await until(lambda: any(text.endswith("ответ") for text in texts(teen.chat)), timeout=90)
            await until(lambda: any("снова записывает" in text for text in texts(admin.chat)), timeout=90)
            await sandbox.idle(quiet=1, timeout=90)
        lines = [line for text in texts(group.messages(topic)) for line in text.split("\n") if line.startswith("▎")]
        assert lines == ["▎ начало", "▎ раз", "▎ два", "▎ три"]
        assert sum("не может записывать" in text for text in texts(admin.chat)) == 1
        assert sum(text.endswith("ответ") for text in texts(teen.chat)) == 1


@pytest.fixture
def a_quick_lifeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifeline, "LOOK", 0.2)
    monkeypatch.setattr(lifeline, "PATIENCE", 1.0)  # 10 s in life
    monkeypatch.setattr(lifeline, "LEARN", 0.5)


@pytest.mark.usefixtures("a_quick_lifeline")
async def test_administrators_whom_the_first_call_did_not_reach_are_called_again_and_only_until_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = connections(monkeypatch)
    async with town(tmp_path) as place:
        await asyncio.sleep(1)  # the lifeline knows whom to call
        before = len(place.sandbox.journal.calls)
        place.sandbox.faults.cut_before("sendMessage", place.admin.id, times=2)
        async with read_only(opened[-1]):
            await place.admin.sees("не может записывать на диск", timeout=90)
            await asyncio.sleep(1)
            calls = [call for call in place.sandbox.journal.calls[before:] if call.chat_id == place.admin.id]
            assert [call.ok for call in calls] == [False, False, True]
        await place.admin.sees("снова записывает", timeout=90)


async def test_a_bot_that_starts_on_a_full_disk_calls_somebody_and_goes_on_when_there_is_room(
    tmp_path: Path, nursery: Nursery
) -> None:
    """It begins with rows in doubt, which it has to write down before it may send anything."""
    full = 33_000  # bytes: SQLite's index of the log goes into it, and the log is longer already
    async with Sandbox() as sandbox:
        process = Process(sandbox, tmp_path)
        async with born(nursery, process):
            group, operator = await desk(sandbox, process)
            admin = group.owner
            teen, topic = await claimed(sandbox, group, operator)
            sandbox.clock.move(61)
            waits = sandbox.person("Waits", language_code="ru")
            waits.write("жду")  # something is due when it starts again
            await waits.sees("Отправлено")
            sandbox.faults.hang(2, "sendMessage", teen.id)
            operator.write("ответ", chat=group, topic=topic)
            await until(lambda: any("ответ" in str(call.params) for call in sandbox.journal.calls))
            await asyncio.sleep(0.3)
        assert process.database.with_name("senim.db-wal").stat().st_size > full
        await until(lambda: any(text.endswith("ответ") for text in texts(teen.chat)))
        sandbox.clock.move(46)
        with files_no_longer_than(full, nursery.pid):
            async with born(nursery, process) as pid:
                teen.write("раз")
                await until(
                    lambda: any("не может записывать на диск" in text for text in texts(admin.chat)), timeout=60
                )
                assert not nursery.ended()
                assert sandbox.world.updates.pending == 1
                assert not [text for text in texts(teen.chat) if text.startswith("↻ ")]
                _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
                await until(lambda: any("▎ раз" in text for text in texts(group.messages(topic))), timeout=90)
                await until(lambda: any(text.startswith("↻ ") for text in texts(teen.chat)), timeout=90)
                await until(lambda: any("снова записывает" in text for text in texts(admin.chat)), timeout=90)
                await sandbox.idle(quiet=1, timeout=90)
        told = [text for text in texts(teen.chat) if text.endswith("ответ")]
        assert [text.startswith("↻ ") for text in told] == [False, True]
        assert sum("не может записывать" in text for text in texts(admin.chat)) == 1


async def test_a_bot_whose_database_does_not_take_what_telegram_gives_is_not_called_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else is wrong: Telegram answers, and every other row can be written."""
    limits = health.Limits(polling=4, heartbeat=0.2, look=0.2)
    monkeypatch.setattr(health, "LIMITS", limits)
    monkeypatch.setattr(intake, "POLL", 1)
    port = free_port()
    async with town(tmp_path) as place, watcher() as (url, beats):
        place.bot.settings = replace(place.bot.settings, health_port=port, heartbeat=url)
        await place.bot.end()
        async with place.written() as tx:
            await tx.run("CREATE TRIGGER full BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'full'); END")
        teen = place.teen("Айша", "ru")
        teen.write("раз")
        given = len(place.sandbox.journal.calls)
        await place.bot.start()
        await until(lambda: [call.method for call in place.sandbox.journal.calls[given:]].count("getUpdates") >= 4, 30)
        status, parts = await looked_at(port)
        assert status == 503
        assert [name for name, part in parts.items() if not part["well"]] == ["polling"]
        assert beats == []

        await place.bot.end()
        async with place.written() as tx:
            await tx.run("DROP TRIGGER full")
        await place.bot.start()
        await teen.sees("Отправлено", timeout=90)
        await until(lambda: beats)
        status, parts = await looked_at(port)
        assert (status, [name for name, part in parts.items() if not part["well"]]) == (200, [])


@contextlib.asynccontextmanager
async def watcher() -> AsyncIterator[tuple[str, list[str]]]:
    """Where a heartbeat may go, and what has come."""
    beats: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        beats.append(request.path)
        return web.Response()

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/beat", beats
    finally:
        await runner.cleanup()


async def looked_at(port: int) -> tuple[int, dict[str, Any]]:
    """Status and parts of GET /health."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/health") as answer:
        return answer.status, (await answer.json())["parts"]
