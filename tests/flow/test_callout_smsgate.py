"""The gateway of docs/examples, as a process of its own between the bot and a stand-in for the telephone's app."""

import asyncio
import base64
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.callout import signature
from tests.flow.test_callout import call_out, red
from tests.shell import ROOT
from tests.town import Town, free_port, until

ADAPTER = ROOT / "docs" / "examples" / "callout_smsgate.py"
SECRET = "a secret of this test"
NUMBERS = ["+77010000001", "+77020000002"]
LOGIN = "Basic " + base64.b64encode(b"sms:p4ss").decode()
BODY = json.dumps(
    {"id": "4f0c9a1be2d35768", "case": "ВН-12345", "region": "KZ-31", "rung": "callout", "waiting_seconds": 330,
     "at": "2026-11-26T10:00:00Z", "new": "field"},
    ensure_ascii=False,
).encode()  # fmt: skip


@dataclass
class App:
    """SMSGate's Local Server as far as its documentation goes: POST /message, basic authentication, 202."""

    url: str = ""
    status: int = 202
    location: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the telephone sends, by id: a message that it knows is not sent again."""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/elsewhere":
            return web.Response()
        if (request.method, request.path) != ("POST", "/message"):
            return web.Response(status=404)
        if request.headers.get("Authorization") != LOGIN:
            return web.Response(status=401)
        message = json.loads(await request.read())
        self.asked.append(message)
        if self.status != 202:
            return web.Response(status=self.status, headers={"Location": self.location} if self.location else {})
        if not message["phoneNumbers"] or not message["textMessage"]["text"]:
            return web.Response(status=400)
        self.sent.setdefault(message["id"], message)
        return web.json_response({"id": message["id"], "state": "Pending"}, status=202)


@asynccontextmanager
async def app() -> AsyncIterator[App]:
    telephone = App()
    runner = web.ServerRunner(web.Server(telephone.answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    telephone.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield telephone
    finally:
        await runner.cleanup()


@dataclass
class Adapter:
    """The file as somebody starts it: no module of ours can be imported there."""

    folder: Path
    settings: dict[str, str]
    url: str
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with (self.folder / "output").open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-W", "error", str(ADAPTER), cwd=self.folder, env=self.settings,
                stdout=output, stderr=output,
            )  # fmt: skip
        for _ in range(200):
            with contextlib.suppress(aiohttp.ClientError):
                async with aiohttp.ClientSession() as http, http.get(self.url):
                    return
            await asyncio.sleep(0.05)
        raise AssertionError(self.output())

    async def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def post(self, body: bytes = BODY, **changed: str) -> int:
        timestamp = changed.get("timestamp", str(int(time.time())))
        signed = changed.get("signature", signature(changed.get("secret", SECRET), timestamp, body))
        headers = {"X-Senim-Timestamp": timestamp, "X-Senim-Signature": signed}
        async with aiohttp.ClientSession() as http, http.post(self.url, data=body, headers=headers) as answered:
            return answered.status

    def output(self) -> str:
        return (self.folder / "output").read_text()


def settings_for(telephone: App, folder: Path, port: int) -> dict[str, str]:
    return {
        "CALLOUT_SECRET": SECRET, "CALLOUT_NUMBERS": ", ".join(NUMBERS), "CALLOUT_STORE": str(folder / "calls.db"),
        "CALLOUT_PORT": str(port), "SMSGATE_URL": telephone.url, "SMSGATE_USER": "sms", "SMSGATE_PASSWORD": "p4ss",
    }  # fmt: skip


@pytest.fixture
async def telephone() -> AsyncIterator[App]:
    async with app() as started:
        yield started


@pytest.fixture
async def adapter(telephone: App, tmp_path: Path) -> AsyncIterator[Adapter]:
    folder, port = tmp_path / "adapter", free_port()
    folder.mkdir()
    adapter = Adapter(folder, settings_for(telephone, folder, port), f"http://127.0.0.1:{port}/")
    await adapter.start()
    try:
        yield adapter
    finally:
        await adapter.kill()
        assert "Traceback" not in adapter.output()


def messages(telephone: App) -> list[Mapping[str, Any]]:
    return list(telephone.sent.values())


async def test_the_bots_call_becomes_one_message_with_code_and_region(
    place: Town, telephone: App, adapter: Adapter
) -> None:
    place.bot.settings = replace(place.bot.settings, callout_url=adapter.url, callout_secret=SECRET)
    _, code = await red(place)
    offset = place.sandbox.clock.offset
    place.sandbox.clock.move(-offset)  # the adapter's clock is the machine's
    telephone.status = 503
    await call_out(place, code, "KZ-31")
    await until(lambda: telephone.asked)
    assert messages(telephone) == []
    telephone.status = 202
    (message,) = await until(lambda: messages(telephone))
    await asyncio.sleep(1.3)

    assert message["textMessage"]["text"].startswith(f"Senim: {code}, KZ-31, ")
    assert message["phoneNumbers"] == NUMBERS
    assert len(message["textMessage"]["text"]) <= 70
    assert len({asked["id"] for asked in telephone.asked}) == 1
    assert [row["state"] for row in await place.rows("SELECT state FROM callout")] == ["done"]


async def test_it_answers_200_only_when_the_telephone_has_the_message(telephone: App, adapter: Adapter) -> None:
    for status in (500, 401, 400, 302, 307):
        telephone.status, telephone.location = status, f"{telephone.url}/elsewhere"
        assert await adapter.post() == 502  # a redirect, which would take the password along, is not followed
    assert messages(telephone) == []
    telephone.status = 202
    assert await adapter.post() == 200
    assert messages(telephone) == [
        {"id": "4f0c9a1be2d35768", "textMessage": {"text": "Senim: ВН-12345, KZ-31, 5 min. Telegram!"},
         "phoneNumbers": NUMBERS, "priority": 100, "ttl": 3600}
    ]  # fmt: skip


async def test_a_repeat_sends_nothing_also_after_a_restart(telephone: App, adapter: Adapter) -> None:
    assert await asyncio.gather(*(adapter.post() for _ in range(4))) == [200] * 4
    await adapter.kill()
    await adapter.start()
    assert await adapter.post() == 200
    assert len(telephone.asked) == 1
    assert await adapter.post(BODY.replace(b"4f0c", b"4f0d")) == 200
    assert len(telephone.asked) == 2


async def test_what_is_not_signed_by_us_or_not_now_is_refused(telephone: App, adapter: Adapter) -> None:
    now = int(time.time())
    assert await adapter.post(secret="another secret, long") == 401
    assert await adapter.post(signature="") == 401
    assert await adapter.post(signature="sha256=ä") == 401
    assert await adapter.post(timestamp=str(now - 310)) == 401
    assert await adapter.post(timestamp=str(now + 310)) == 401
    assert await adapter.post(timestamp="soon") == 401
    assert await adapter.post(b"[]") == 400
    assert await adapter.post(b"no json") == 400
    assert await adapter.post(b"x" * 5000) == 400
    assert telephone.asked == []
    assert await adapter.post(timestamp=str(now - 290)) == 200


async def test_a_telephone_that_is_off_is_a_call_that_comes_again(telephone: App, tmp_path: Path) -> None:
    port = free_port()
    settings = {**settings_for(telephone, tmp_path, port), "SMSGATE_URL": "http://127.0.0.1:9"}
    adapter = Adapter(tmp_path, settings, f"http://127.0.0.1:{port}/")
    await adapter.start()
    try:
        assert await adapter.post() == 502
        await adapter.kill()
        adapter.settings["SMSGATE_URL"] = telephone.url
        await adapter.start()
        assert await adapter.post() == 200
        assert len(telephone.sent) == 1
        assert SECRET not in adapter.output()
        assert "p4ss" not in adapter.output()
    finally:
        await adapter.kill()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("SMSGATE_URL", "", "SMSGATE_URL is not set."), ("CALLOUT_NUMBERS", "87010000001", "CALLOUT_NUMBERS must be")],
)
async def test_what_is_missing_or_no_number_is_a_sentence(tmp_path: Path, name: str, value: str, said: str) -> None:
    settings = {**settings_for(App("http://127.0.0.1:9"), tmp_path, free_port()), name: value}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(ADAPTER), env=settings, stderr=asyncio.subprocess.PIPE
    )
    _, err = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert err.decode().startswith(said)
