"""The sandbox's gateway outside of Telegram: it takes what is signed, lately and with its secret, and calls once."""

import json
from collections.abc import Mapping

import aiohttp
import pytest

from bot.callout import signature
from bot.telegram.sandbox import Sandbox

SECRET = "a secret of this test"
BODY = json.dumps({"id": "1f", "case": "ВН-12345", "region": "national", "rung": "callout"}).encode()


def headers(sandbox: Sandbox, **changed: str | None) -> Mapping[str, str]:
    now = str(int(sandbox.clock.time()))
    timestamp = changed.get("timestamp") or now
    made = {
        "Idempotency-Key": "1f", "X-Senim-Timestamp": timestamp,
        "X-Senim-Signature": changed.get("signature", signature(changed.get("secret") or SECRET, timestamp, BODY)),
    }  # fmt: skip
    return {name: value for name, value in made.items() if value is not None}


async def post(sandbox: Sandbox, headers: Mapping[str, str], body: bytes = BODY) -> int:
    async with aiohttp.ClientSession() as http, http.post(sandbox.callout_url, data=body, headers=headers) as answered:
        return answered.status


async def test_it_takes_a_call_once_and_says_of_the_next_that_it_is_a_repeat() -> None:
    async with Sandbox(callout_secret=SECRET) as sandbox:
        assert [await post(sandbox, headers(sandbox)) for _ in range(2)] == [200, 200]
        assert [(c.id, c.case, c.region, c.rung, c.accepted, c.repeat) for c in sandbox.callouts] == [
            ("1f", "ВН-12345", "national", "callout", True, False),
            ("1f", "ВН-12345", "national", "callout", True, True),
        ]
        assert abs((sandbox.callouts[0].at - sandbox.clock.now()).total_seconds()) < 5


@pytest.mark.parametrize("wrong", [{"secret": "another one"}, {"signature": None}, {"signature": "sha256=00"}])
async def test_a_wrong_signature_or_none_is_refused(wrong: dict[str, str | None]) -> None:
    async with Sandbox(callout_secret=SECRET) as sandbox:
        assert await post(sandbox, headers(sandbox, **wrong)) == 401
        assert await post(sandbox, headers(sandbox), BODY + b" ") == 401
        assert [(call.accepted, call.repeat) for call in sandbox.callouts] == [(False, False)] * 2


async def test_what_is_older_than_five_minutes_of_its_own_clock_is_refused() -> None:
    async with Sandbox(callout_secret=SECRET) as sandbox:
        made = headers(sandbox)
        sandbox.clock.move(290)
        assert await post(sandbox, made) == 200
        sandbox.clock.move(20)
        assert await post(sandbox, made) == 401
        assert await post(sandbox, headers(sandbox, timestamp="soon")) == 401


async def test_its_troubles_are_its_own_and_telegrams_are_not_its() -> None:
    async with Sandbox(callout_secret=SECRET) as sandbox:
        sandbox.faults.server_error(times=None)  # every method of Telegram's
        assert await post(sandbox, headers(sandbox)) == 200
        sandbox.faults.clear()
        sandbox.faults.fail("callout", code=503, description="down")
        assert await post(sandbox, headers(sandbox)) == 503
        sandbox.faults.cut_before("callout")
        with pytest.raises(aiohttp.ClientError):
            await post(sandbox, headers(sandbox))
        sandbox.faults.down(True)
        assert await post(sandbox, headers(sandbox)) == 200
        assert [call.accepted for call in sandbox.callouts] == [True, False, False, True]
