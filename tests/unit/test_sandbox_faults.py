"""The fault switch."""

import asyncio
import time

import aiohttp
import pytest

from bot.telegram.sandbox import Fault, Sandbox
from tests.unit.test_sandbox_http import Api, scene, started


@scene()
async def test_a_fault_waits_for_its_method_and_chat_and_wears_off(sandbox: Sandbox, api: Api) -> None:
    one, two = started(sandbox), started(sandbox)
    sandbox.faults.fail("sendMessage", one.id, times=2, code=403, description="Forbidden: no")
    await api("getMe")
    await api("sendMessage", chat_id=two.id, text="x")
    assert await api.refusal("sendMessage", chat_id=one.id, text="x") == "Forbidden: no"
    assert await api.refusal("sendMessage", chat_id=one.id, text="x") == "Forbidden: no"
    await api("sendMessage", chat_id=one.id, text="x")
    assert sandbox.faults.waiting == ()


@scene()
async def test_a_fault_without_times_stays_until_cleared(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.flood(7, times=None)
    for _ in range(3):
        status, body = await api.raw("getMe")
        assert (status, body["parameters"]) == (429, {"retry_after": 7})
    sandbox.faults.clear()
    await api("getMe")


@scene()
async def test_a_fault_for_any_method_leaves_the_poll_alone(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.flood(1)
    assert await api("getUpdates") == []
    sandbox.faults.clear()
    sandbox.faults.fail("getUpdates", code=500, description="Internal Server Error")
    assert await api.refusal("getUpdates") == "Internal Server Error"


@scene()
async def test_answers_can_be_spoiled(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    wanted = [(502, "Bad Gateway"), (200, "It works!"), (200, '{"ok":true}')]
    sandbox.faults.server_error()
    sandbox.faults.garbage()
    sandbox.faults.no_result()
    for status, part in wanted:
        async with api.http.post(url, json={"chat_id": phone.id, "text": "x"}) as response:
            assert response.status == status
            assert part in await response.text()
    assert len(phone.chat) == 1


@scene()
async def test_a_cut_before_has_no_effect_and_a_cut_after_has(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sandbox.faults.cut_before()
    with pytest.raises(aiohttp.ClientError):
        await api("sendMessage", chat_id=phone.id, text="lost")
    sandbox.faults.cut_after()
    with pytest.raises(aiohttp.ClientError):
        await api("sendMessage", chat_id=phone.id, text="kept")
    assert [shown.text for shown in phone.chat[1:]] == ["kept"]
    assert [(call.ok, call.answered) for call in sandbox.journal.calls] == [(False, False), (True, False)]


@scene()
async def test_a_hanging_call_takes_effect_even_when_the_caller_has_gone(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sandbox.faults.hang(0.2)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(api("sendMessage", chat_id=phone.id, text="late"), 0.05)
    assert len(phone.chat) == 1
    await phone.sees("late")


@scene()
async def test_while_down_everything_is_cut_open_polls_too(sandbox: Sandbox, api: Api) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    sandbox.faults.down(True)
    for attempt in (poll, asyncio.create_task(api("getMe"))):
        with pytest.raises(aiohttp.ClientError):
            await attempt
    assert time.monotonic() - begun < 1
    sandbox.faults.down(False)
    await api("getMe")


def test_an_unknown_fault_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Sandbox().faults.add(Fault("boredom"))  # type: ignore[arg-type]  # that is the point
