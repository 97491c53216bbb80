"""Faults of our own side while the bot runs: the database, the disk, the keys, the clock, a handler that hangs."""

import asyncio
import contextlib
import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.messages import Incoming
from bot.domain.people import Person
from bot.services.cases import Cases
from bot.services.people import People
from bot.services.tell import Tell
from bot.telegram import worker
from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.phone import Phone
from bot.telegram.worker import Worker
from storage.inbox import Update
from storage.sealing import new_key_line
from tests.fault.clock import Shifted, follow_the_shifted_clock
from tests.fault.disk import locked, said, talk
from tests.process import Nursery, Process, born, claimed, desk
from tests.region import alarms, said_in
from tests.town import Town, texts, until, write_ring

AGAIN = "↻ "


async def test_a_row_of_the_inbox_that_does_not_open_holds_up_nobody(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, topic = await talk(place)
    other, other_topic = await _second(place)
    await place.bot.end()
    async with place.written() as tx:
        key, update = await tx.lookup(teen.id), teen.write("испорчено")
        await tx.inbox.add(1, f"p:{key}", False, {"update_id": 1, "message": {"message_id": update, "text": "слова"}})
        await tx.run("UPDATE inbox SET body = x'00112233445566778899aabbccddeeff00112233' WHERE update_id = 1")
    teen.write("дальше")
    other.write("и я")
    await place.bot.start()
    await said_in(national, topic, "▎ дальше")
    await said_in(national, other_topic, "▎ и я")
    await place.admin.sees("не прочитано")
    await place.settled()
    assert alarms(place, "не прочитано") == 1


async def _second(place: Town) -> tuple[Phone, int]:
    async with place.hurried():
        teen, _, topic = await place.claimed("и мне", name="Другая", language="Русский")
        await place.settled()
    await place.move(61)
    return teen, topic


async def test_a_row_of_the_outbox_that_does_not_open_holds_up_nobody_and_administrators_hear_of_it(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    teen, topic = await talk(place)
    place.sandbox.faults.cut_before("sendMessage", national.id, times=None)
    teen.write("испорчено")
    await until(lambda: any(not call.answered for call in place.sandbox.journal.calls))
    await place.bot.end()
    async with place.written() as tx:
        await tx.run("UPDATE outbox SET params = x'00112233445566778899aabbccddeeff00112233' WHERE kind = 'words'")
    place.sandbox.faults.clear()
    await place.bot.start()
    teen.write("дальше")
    await said_in(national, topic, "▎ дальше")
    await place.admin.sees("не доставлено")
    await place.settled()
    assert alarms(place, "не доставлено") == 1


async def test_killed_between_an_answered_call_and_its_record_it_says_it_again_with_the_mark(
    tmp_path: Path, nursery: Nursery
) -> None:
    """What came of the call was known in memory alone: somebody else held the database, so nothing was recorded."""
    async with Sandbox() as sandbox:
        process = Process(sandbox, tmp_path)
        async with contextlib.AsyncExitStack() as first:
            await first.enter_async_context(born(nursery, process))
            group, operator = await desk(sandbox, process)
            teen, topic = await claimed(sandbox, group, operator)
            calls = sandbox.journal.calls
            before = len(calls)
            sandbox.faults.hang(3, "sendMessage", teen.id)
            operator.write("ответ", chat=group, topic=topic)
            await until(lambda: any(call.chat_id == teen.id for call in calls[before:]))
            async with locked(process.database):
                await until(lambda: any(call.chat_id == teen.id and call.ok for call in calls[before:]))
                await asyncio.sleep(0.5)
                await first.aclose()
        async with born(nursery, process):
            await until(lambda: sum("ответ" in text for text in texts(teen.chat)) == 2, timeout=90)
            await sandbox.idle(quiet=1, timeout=90)
        assert [text.startswith(AGAIN) for text in texts(teen.chat) if "ответ" in text] == [False, True]


async def test_without_its_keys_it_does_not_start_and_changes_nothing(tmp_path: Path, nursery: Nursery) -> None:
    async with Sandbox() as sandbox:
        process = Process(sandbox, tmp_path)
        pid = nursery.bear(process)
        await desk(sandbox, process)
        os.kill(pid, signal.SIGTERM)
        assert await asyncio.to_thread(nursery.buried) == 0
        keys = tmp_path / "keys"
        kept, before = keys.read_text(), process.database.read_bytes()
        for ring in (None, "", new_key_line() + "\n", "no key at all\n"):
            keys.unlink() if ring is None else write_ring(keys, ring)
            process.output.unlink()
            nursery.bear(process)
            assert await asyncio.to_thread(nursery.buried) == 2
            *asking, sentence = process.text().splitlines()
            assert len(asking) <= 1  # another database's ring is found out after Telegram has said who the bot is
            assert str(keys) in sentence
            assert process.database.read_bytes() == before
            write_ring(keys, kept)
        async with born(nursery, process):
            teen = sandbox.person("Teen", language_code="ru")
            teen.write("я тут")
            await teen.sees("Отправлено", timeout=90)


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_that_jumps_by_a_day_while_it_runs_stops_nothing(
    place: Town, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    """Sandbox and people keep their time; only the machine on which the bot runs is set."""
    national = place.national
    assert national is not None
    follow_the_shifted_clock(monkeypatch)
    teen, topic = await talk(place)
    waits, code = await place.case("жду", name="Ждёт", language="Русский")
    place.sandbox.faults.fail("sendMessage", teen.id, code=502, description="Bad Gateway")
    place.operator.write("снова", chat=national, topic=topic)
    await until(lambda: any(call.error_code == 502 for call in place.sandbox.journal.calls))
    monkeypatch.setattr(Shifted, "by", timedelta(days=days))
    await teen.sees("снова", timeout=90)  # a retry that was due by the old clock
    await asyncio.sleep(1.5)  # APScheduler has been told
    await place.move(46)
    await national.sees(code, timeout=90)  # a sweep
    await place.settled()
    await place.move(61)
    waits.write("ещё слово")
    await place.move(16)
    await national.sees("▎ ещё слово", timeout=90)  # an edit that was put off
    teen.write("как дела")
    await said_in(national, topic, "▎ как дела")
    await place.settled()
    assert alarms(place, "не обработано") == 0


HANGS = "зависни"


def hanging(monkeypatch: pytest.MonkeyPatch, *, inside: bool = False) -> list[int]:
    """Words of a person make their service wait for ever; `inside` in a savepoint that has written. The tries."""
    monkeypatch.setattr(worker, "PATIENCE", 0.4)  # 5 s in life
    before, tries = Cases.words, []

    async def words(
        self: Cases, person: Person, incoming: Incoming, language_code: str | None = None, *read: Any, **more: Any
    ) -> None:
        if HANGS not in incoming.text:
            await before(self, person, incoming, language_code, *read, **more)
            return
        tries.append(1)
        if inside:
            async with self._tx.savepoint(), self._tx.savepoint():
                await before(self, person, incoming, language_code, *read, **more)
                await asyncio.Event().wait()
        await asyncio.Event().wait()

    monkeypatch.setattr(Cases, "words", words)
    return tries


@pytest.mark.parametrize("inside", [False, True])
async def test_a_handler_that_hangs_is_cancelled_and_nobody_else_waits_longer_than_that(
    place: Town, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    """Not even what gives its words to the operators comes to an end here, so they go there bare."""
    national = place.national
    assert national is not None
    teen, topic = await talk(place)
    other, other_topic = await _second(place)
    tries = hanging(monkeypatch, inside=inside)
    teen.write(f"{HANGS}, пожалуйста")
    teen.write("после")
    for number in range(2):
        other.write(f"слово {number}")
        await said_in(national, other_topic, f"▎ слово {number}")
        await place.settled()
        assert said(place, topic, "после") == []  # her own lane waits: order holds
        await place.move(11)
        await until(lambda number=number: len(tries) > number + 1)  # type: ignore[misc]  # as a default
    await place.admin.sees("не обработано")
    urgent = await national.sees(f"▎ {HANGS}, пожалуйста", topic=national.topic_named("Срочно"))
    assert urgent.text.count(HANGS) == 1
    await said_in(national, topic, "▎ после")
    await place.settled()
    assert len(tries) == 4  # three of the handler, one of the rescue
    assert alarms(place, "не обработано") == 1
    assert [f"▎ слово {number}" for number in range(2)] == said(place, other_topic, "слово")
    assert said(place, topic, HANGS) == []
    teen.write("и дальше")
    await said_in(national, topic, "▎ и дальше")


@pytest.mark.parametrize("first", ["сначала", "сломайся"])
async def test_what_was_said_before_words_that_hang_is_never_overtaken_by_their_rescue(
    place: Town, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """After each hang the worker comes to its next turn only when the retry is due, as when the database is locked
    meanwhile: then what came before is there beside it again, and must not be undone with it a second time."""
    teen, topic = await talk(place)
    hear, count = People.hear, Worker._count

    async def heard(
        self: People, person: Person, incoming: Incoming, language_code: str | None, *read: Any, **more: Any
    ) -> None:
        await hear(self, person, incoming, language_code, *read, **more)
        if "сломайся" in incoming.text:
            raise RuntimeError
        if HANGS in incoming.text:
            await asyncio.Event().wait()

    async def counted(self: Worker, update: Update) -> int:
        done = await count(self, update)
        await place.move(11)
        return done

    monkeypatch.setattr(People, "hear", heard)
    monkeypatch.setattr(Worker, "_count", counted)
    monkeypatch.setattr(worker, "PATIENCE", 0.3)
    words = [f"{first} слово", f"{HANGS} слово", "потом слово"]
    place.sandbox.faults.down(True)  # so that all of it comes at once
    for word in words:
        teen.write(word)
    place.sandbox.faults.down(False)
    assert place.national is not None
    async with place.hurried():
        await said_in(place.national, topic, f"▎ {words[-1]}")
    assert said(place, topic, "слово") == [f"▎ {word}" for word in words]


async def test_when_not_even_the_bare_rescue_comes_to_an_end_the_words_are_set_aside_and_everybody_else_goes_on(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    teen, _ = await talk(place)
    other, other_topic = await _second(place)
    hanging(monkeypatch, inside=False)
    national = Tell.national

    async def hung(self: Tell, kind: str, /, **params: Any) -> None:
        if kind == "rescue":
            await asyncio.Event().wait()
        await national(self, kind, **params)

    monkeypatch.setattr(Tell, "national", hung)
    teen.write(f"{HANGS}, пожалуйста")
    for _ in range(2):
        await place.settled()
        await place.move(11)
    await place.admin.sees("не обработано", timeout=90)
    other.write("слышно?")
    assert place.national is not None
    await said_in(place.national, other_topic, "▎ слышно?")
    await place.move(61)
    await place.settled()
    assert alarms(place, "не обработано") == 1
    assert [row["state"] for row in await place.rows("SELECT state FROM inbox WHERE state <> 'done'")] == [
        "quarantined"
    ]
