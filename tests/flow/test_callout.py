"""Nobody takes a red case: somebody is called outside Telegram, once, whatever fails in between."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from bot import callout
from bot.domain.urgency import Level
from bot.telegram.sandbox import Callout, Phone
from storage.callouts import Callout as Row
from storage.callouts import CalloutTable
from storage.database import StorageFault, Transaction
from tests.danger import RED, SAID, numbers, red_card
from tests.storage.home import home_in
from tests.town import Town, heard, until

ALARM, AGAIN = SAID.text("alarm.callout", "ru", code="|").split("|")[0], SAID.text("alarm.callout_up", "ru")


async def red(place: Town) -> tuple[Phone, str]:
    """Somebody in danger whose card nobody takes, and its code."""
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write(RED["ru"])
    code = await numbers(teen, "ru")
    await red_card(place.national, code)
    await place.settled()
    await place.bot.end()
    async with place.written() as tx:  # the ladder's own calls stay away: these tests make theirs
        await tx.desks.set_rungs("national", "82000 83000 84000 85000 86000")
        case = await tx.cases.with_code(code)
        ladder = await tx.ladders.of(case.id) if case else None
        assert ladder is not None
        await tx.ladders.save(replace(ladder, due_at=ladder.since + 84_000_000))
    await place.bot.start()
    return teen, code


async def call_out(place: Town, code: str, region: str | None = None) -> None:
    """What the ladder does on its third rung, while the bot stands still; then the bot runs again."""
    if place.bot.task is not None and not place.bot.task.done():
        await place.bot.end()
    async with place.written() as tx:
        case = await tx.cases.with_code(code)
        assert case is not None
        if region:
            await tx.cases.save(replace(case, region=region))
        await tx.callouts.add(case.id, "callout")
    await place.bot.start()


def accepted(place: Town) -> list[Callout]:
    return [call for call in place.sandbox.callouts if call.accepted]


async def another_try(place: Town) -> None:
    """The longest pause goes by, and the next POST has come. What came of the last one is recorded before."""
    await asyncio.sleep(0.5)
    seen = len(place.sandbox.callouts)
    await place.move(31)
    await until(lambda: len(place.sandbox.callouts) > seen)


async def states(place: Town) -> list[str]:
    """How the calls stand after a stop."""
    return [row["state"] for row in await place.rows("SELECT state FROM callout ORDER BY created_at")]


def told(place: Town, words: str) -> int:
    """How often the administrator was told this."""
    return sum(text.startswith(words) for text in heard(place.admin))


async def test_a_call_arrives_once_signed_and_says_nothing_of_the_person(place: Town) -> None:
    teen, code = await red(place)
    await place.bot.end()
    place.sandbox.clock.move(300)
    await call_out(place, code, "KZ-31")
    (call,) = await until(lambda: accepted(place))
    await place.move(3600)
    await asyncio.sleep(1.2)

    assert len(place.sandbox.callouts) == 1  # and the sandbox accepts only what is signed
    told = json.loads(call.body)
    waited, at = told.pop("waiting_seconds"), told.pop("at")
    assert told == {"id": call.id, "case": code, "region": "KZ-31", "rung": "callout"}
    assert 300 <= waited < 420
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert re.fullmatch("[0-9a-f]{16}", call.id)
    assert call.headers["idempotency-key"] == call.id
    said = (call.body.decode() + json.dumps(dict(call.headers))).lower()
    assert not [word for word in RED["ru"].split() if word.lower() in said]
    key, rows = await place.key_of(teen), await place.rows("SELECT id, person FROM cases")
    for secret in (str(teen.id), key, *(row["id"] for row in rows), str(place.sandbox.token)):
        assert secret not in said
    assert await states(place) == ["done"]


TROUBLES = ("503", "cut before", "cut after", "hang")


def broken(place: Town, how: str) -> None:
    faults = place.sandbox.faults
    if how == "503":
        faults.fail("callout", times=None, code=503, description="down")
    elif how == "cut before":
        faults.cut_before("callout", times=None)
    elif how == "cut after":
        faults.cut_after("callout", times=None)
    else:
        faults.hang(0.8, "callout", times=None)


@pytest.mark.parametrize("how", TROUBLES)
async def test_while_the_gateway_is_down_it_goes_again_with_the_same_id_and_administrators_hear_once(
    place: Town, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callout, "PATIENCE", 0.3)
    _, code = await red(place)
    broken(place, how)
    await call_out(place, code)
    await until(lambda: place.sandbox.callouts)
    await place.move(20)
    await place.settled()
    assert told(place, ALARM) == 0  # a minute has not gone by
    for _ in range(4):
        await another_try(place)
    await until(lambda: told(place, ALARM))
    assert code in (await place.admin.sees(ALARM)).text
    for _ in range(3):
        await another_try(place)
    await asyncio.sleep(0.9)
    place.sandbox.faults.clear()
    await another_try(place)
    await until(lambda: told(place, AGAIN))
    await place.move(3700)
    await place.settled()

    assert (told(place, ALARM), told(place, AGAIN)) == (1, 1)
    calls = place.sandbox.callouts
    assert len({(call.id, call.body) for call in calls}) == 1
    assert [call.accepted and not call.repeat for call in calls].count(True) == 1
    assert calls[-1].accepted
    assert await states(place) == ["done"]


async def test_a_second_trouble_within_the_hour_is_told_too(place: Town) -> None:
    """They were told that it works: silence would be untrue."""
    _, first = await red(place)

    async def trouble(turn: int) -> None:
        broken(place, "503")
        await call_out(place, first)
        await until(lambda: place.sandbox.callouts)
        for _ in range(3):
            await another_try(place)
        await until(lambda: told(place, ALARM) == turn)
        place.sandbox.faults.clear()
        await another_try(place)
        await until(lambda: told(place, AGAIN) == turn)

    await trouble(1)
    await trouble(2)


async def test_nobody_is_called_about_a_case_that_somebody_has_taken_meanwhile(place: Town) -> None:
    _, code = await red(place)
    broken(place, "503")
    await call_out(place, code)
    await until(lambda: place.sandbox.callouts)
    await place.take(code)
    seen = len(place.sandbox.callouts)
    place.sandbox.faults.clear()
    await place.move(31)
    await asyncio.sleep(1.3)
    assert accepted(place) == []
    assert len(place.sandbox.callouts) <= seen + 1  # one may have been on its way
    assert await states(place) == ["dropped"]


@pytest.mark.parametrize("how", ["before it went out", "on its way", "arrived and not recorded"])
async def test_a_stop_loses_no_call(place: Town, how: str) -> None:
    _, code = await red(place)
    if how == "on its way":
        place.sandbox.faults.hang(1, "callout")
    elif how == "arrived and not recorded":
        place.sandbox.faults.cut_after("callout")
    await call_out(place, code)
    if how != "before it went out":
        await until(lambda: place.sandbox.callouts)
    await place.bot.end()
    await place.bot.start()
    await until(lambda: accepted(place))
    await place.move(31)
    await asyncio.sleep(1.3)
    assert len({call.id for call in place.sandbox.callouts}) == 1
    assert [call.accepted and not call.repeat for call in place.sandbox.callouts].count(True) == 1
    assert await states(place) == ["done"]


@pytest.mark.parametrize("steps", range(4))
async def test_a_stop_at_the_moment_when_a_call_falls_due_is_heard(tmp_path: Path, steps: int) -> None:
    """Whatever the event loop does between the two. Not heard once, it would be waited for until the kill."""
    async with home_in(tmp_path) as home:
        assert home.database is not None
        caller = callout.Caller(home.database, "http://127.0.0.1:9/", "secret")
        calling = asyncio.create_task(caller.run())
        await asyncio.sleep(0.3)
        caller.wake()
        for _ in range(steps):
            await asyncio.sleep(0)
        calling.cancel()
        done, _ = await asyncio.wait([calling], timeout=10)
        assert done
        assert calling.cancelled()


async def test_at_most_four_are_on_their_way_and_nobody_else_waits_for_them(place: Town) -> None:
    await place.bot.end()
    async with place.written() as tx:
        for number in range(7):
            person = await tx.people.meet(9_000_000 + number)
            case = await tx.cases.open(person.key, "ru", Level.RED, desk="national")
            await tx.callouts.add(case.id, "callout")
    place.sandbox.faults.hang(1.5, "callout", times=4)
    await place.bot.start()
    await until(lambda: len(place.sandbox.callouts) == 4)
    teen = place.teen()
    teen.start()
    await until(lambda: heard(teen))
    assert len(place.sandbox.callouts) == 4
    assert accepted(place) == []
    await until(lambda: len({call.id for call in accepted(place)}) == 7)
    assert len(place.sandbox.callouts) == 7


async def test_a_database_that_fails_costs_a_pause_and_no_call(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    done, due, failing = CalloutTable.done, CalloutTable.due, [3]

    async def fails(self: CalloutTable, call: Row) -> None:
        if failing[0]:
            failing[0] -= 1
            raise StorageFault("SQLITE_FULL")
        await done(self, call)

    async def breaks(self: CalloutTable, now: int, limit: int) -> list[Row]:
        monkeypatch.setattr(CalloutTable, "due", due)
        raise RuntimeError

    monkeypatch.setattr(CalloutTable, "done", fails)
    monkeypatch.setattr(CalloutTable, "due", breaks)
    _, code = await red(place)
    await call_out(place, code)
    await until(lambda: accepted(place))
    await until(lambda: not failing[0], timeout=90)
    await asyncio.sleep(2)
    assert len(place.sandbox.callouts) == 1
    assert await states(place) == ["done"]


async def test_what_administrators_are_told_holds_up_no_call(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(tx: Transaction, outcome: callout.Outcome) -> None:
        await tx.run("DELETE FROM callout")
        raise RuntimeError

    monkeypatch.setattr(callout, "_tell", breaks)
    _, code = await red(place)
    await call_out(place, code)
    await until(lambda: accepted(place))
    await asyncio.sleep(1.5)
    assert len(place.sandbox.callouts) == 1
    assert await states(place) == ["done"]


@asynccontextmanager
async def answering(status: int, location: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A gateway that sends callers somewhere else; its address, and what it was asked."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.path_qs)
        return web.Response(status=status, headers={"Location": location})

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hush?key=HIDDEN", asked
    finally:
        await runner.cleanup()


async def test_redirects_are_not_followed_and_neither_address_nor_secret_is_logged(
    place: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with answering(307, place.sandbox.callout_url) as (url, asked):
        place.bot.settings = replace(place.bot.settings, callout_url=url)
        _, code = await red(place)
        await call_out(place, code)
        await until(lambda: asked)
        await until(lambda: "callout: answered 307" in caplog.messages)
        place.bot.settings = replace(place.bot.settings, callout_url="http://127.0.0.1:9/HIDDEN")
        await place.bot.end()
        await place.bot.start()
        await until(lambda: "callout: ClientConnectorError" in caplog.messages)
    assert place.sandbox.callouts == []
    assert "HIDDEN" not in caplog.text
    assert place.sandbox.gateway.secret not in caplog.text


async def test_without_an_address_nobody_looks_for_calls(place: Town) -> None:
    place.bot.settings = replace(place.bot.settings, callout_url=None, callout_secret=None)
    _, code = await red(place)
    await call_out(place, code)
    await asyncio.sleep(1.5)
    assert place.sandbox.callouts == []
    assert await states(place) == ["waiting"]
