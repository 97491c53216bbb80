"""A dead or deaf bot calls a human: /health, the heartbeat and systemd's watchdog, with the real process over HTTP."""

import asyncio
import contextlib
import os
import resource
import secrets
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from tests.fault.test_process import STOP
from tests.process import Process, desk
from tests.town import free_port, press, until

LAUNCHER = """
import signal, sys, time
import bot.__main__ as command
from bot import health, systemd
from bot.telegram import intake
health.LIMITS = health.Limits(
    polling=4, database=3, turn=3, refused=4, red=3, look=0.3, heartbeat=0.2, patience=1,
)
intake.POLL = 1
systemd.START_EVERY = 0.5
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(4))
sys.argv[1:] = ["run"]
command.main()
"""
"""`senim run` with shorter limits: nobody can wait a minute for each fault. SIGUSR1 holds up its event loop for 4 s."""

SECRET = "token-nobody-may-read"


class Watched(Process):
    """A bot whose limits are short, with /health."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self.port = free_port()
        super().__init__(sandbox, folder, SENIM_HEALTH_PORT=str(self.port), **settings)

    async def start(self) -> asyncio.subprocess.Process:
        with self.output.open("ab") as output:
            self.running = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "error", "-c", LAUNCHER, cwd=self.folder,
                env={**os.environ, **self.settings}, stdout=output, stderr=output,
            )  # fmt: skip
        return self.running

    async def health(self) -> tuple[int, dict[str, Any]]:
        """Status and body of GET /health; status 0 while nobody listens."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{self.port}/health") as got:
                return got.status, await got.json()
        except aiohttp.ClientError:
            return 0, {}

    async def unwell(self) -> set[str]:
        """The parts that are not well; the status must agree."""
        status, body = await self.health()
        if not status:
            return {"nobody listens"}
        found = {name for name, part in body["parts"].items() if not part["well"]}
        assert (status, body["well"]) == ((503, False) if found else (200, True))
        return found

    async def becomes(self, *parts: str, timeout: float = 90) -> None:
        """Waits until just these parts are not well."""
        deadline = asyncio.get_running_loop().time() + timeout
        while (seen := await self.unwell()) != set(parts):
            assert self.running is not None
            assert self.running.returncode is None, self.text()
            assert asyncio.get_running_loop().time() < deadline, f"not well: {seen}"
            await asyncio.sleep(0.1)


@dataclass
class Monitor:
    """The heartbeat's server: counts what arrives, and answers what it is told to."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    beats: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.BaseRequest) -> web.Response:
        self.beats.append(f"{request.method} {request.path_qs}")
        if self.hangs:
            await asyncio.sleep(60)
        return web.Response(status=self.status, headers=self.headers)

    async def silent(self) -> None:
        """No beat comes for five times as long as between two."""
        await asyncio.sleep(0.3)  # one may be under way
        count = len(self.beats)
        await asyncio.sleep(1)
        assert len(self.beats) == count

    async def beating(self, timeout: float = 10) -> None:
        count = len(self.beats)
        await until(lambda: len(self.beats) >= count + 2, timeout=timeout)


@contextlib.asynccontextmanager
async def monitor() -> AsyncIterator[Monitor]:
    listening = Monitor()
    runner = web.ServerRunner(web.Server(listening.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", free_port())
    await site.start()
    listening.url = f"{site.name}/ping/{SECRET}?x=1"
    try:
        yield listening
    finally:
        await runner.cleanup()


@dataclass
class Place:
    """What a fault needs."""

    sandbox: Sandbox
    process: Watched

    async def needed(self) -> tuple[Group, Phone, Phone]:
        """Somebody in need, after a desk has been bound for her; returns group, operator and her phone."""
        group, operator = await desk(self.sandbox, self.process)
        await self.process.becomes()
        teen = self.sandbox.person("Teen", language_code="ru")
        return group, operator, teen


Fault = Callable[[Place], Awaitable[tuple[set[str], Callable[[], Awaitable[None]]]]]
"""Breaks something; returns the parts that cannot be well then, and what mends it."""


async def telegram_down(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    place.sandbox.faults.down(True)

    async def mend() -> None:
        place.sandbox.faults.clear()

    return {"polling"}, mend


async def token_refused(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    """In the middle of a talk: nothing can be heard or said."""
    place.sandbox.faults.fail("sendMessage", times=None, code=401, description="Unauthorized")
    teen = place.sandbox.person("Teen", language_code="ru")
    teen.write("/start")
    await until(lambda: any(call.error_code == 401 for call in place.sandbox.journal.calls))
    place.sandbox.faults.fail("getUpdates", times=None, code=401, description="Unauthorized")
    place.sandbox.faults.fail(times=None, code=401, description="Unauthorized")

    async def tries() -> None:
        while True:
            place.sandbox.clock.move(31)  # the row is tried again and again, every 30 s
            await asyncio.sleep(1)

    trying = asyncio.create_task(tries())

    async def mend() -> None:
        place.sandbox.faults.clear()
        await until(lambda: len(teen.chat) > 1, timeout=90)
        trying.cancel()

    return {"polling", "sender"}, mend


async def disk_full(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    """No file grows any more; reading works, so worker and sender turn as ever."""
    assert place.process.running is not None
    pid = place.process.running.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))

    async def mend() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    return {"database"}, mend


async def database_held(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    """Somebody else holds the write lock: nothing turns."""
    other = sqlite3.connect(place.process.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def mend() -> None:
        other.close()

    return {"database", "worker", "sender"}, mend


async def red_refused(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    group, _, teen = await place.needed()
    place.sandbox.faults.server_error("sendMessage", group.id, times=None)
    teen.write("🆘")
    await teen.sees("112 —")

    async def mend() -> None:
        place.sandbox.faults.clear()
        place.sandbox.clock.move(31)

    return {"red"}, mend


async def red_hangs(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    group, _, teen = await place.needed()
    place.sandbox.faults.hang(8, "sendMessage", group.id)
    teen.write("🆘")

    async def mend() -> None:
        """It arrives by itself."""

    return {"red"}, mend


async def red_unclaimed(place: Place) -> tuple[set[str], Callable[[], Awaitable[None]]]:
    """The card is there, nobody takes it for a quarter of an hour."""
    group, operator, teen = await place.needed()
    teen.write("🆘")
    card = await group.sees("нажата 🆘", topic=group.topic_named("Срочно"))
    await place.process.becomes()
    place.sandbox.clock.move(13 * 60)
    await asyncio.sleep(1)
    assert await place.process.unwell() == set()
    place.sandbox.clock.move(2 * 60 + 1)

    async def mend() -> None:
        await press(operator, "🙋", chat=group, message_id=card.message_id)

    return {"unclaimed"}, mend


FAULTS = {fault.__name__: fault for fault in (
    telegram_down, token_refused, disk_full, database_held, red_refused, red_hangs, red_unclaimed,
)}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
async def test_whatever_fails_is_named_and_stops_the_heartbeat_until_it_is_mended(tmp_path: Path, name: str) -> None:
    async with Sandbox() as sandbox, monitor() as heard:
        process = Watched(sandbox, tmp_path, SENIM_HEARTBEAT_URL=heard.url)
        try:
            await process.start()
            await process.becomes()
            await heard.beating()

            parts, mend = await FAULTS[name](Place(sandbox, process))
            await process.becomes(*parts)
            await heard.silent()
            assert await process.unwell() == parts

            await mend()
            await process.becomes()
            await heard.beating()
            assert {*heard.beats} == {f"GET /ping/{SECRET}?x=1"}
            assert SECRET not in process.text()
            assert "Traceback" not in process.text()
        finally:
            await process.end()


async def test_a_heartbeat_server_that_fails_disturbs_nothing_and_its_address_is_in_no_log(tmp_path: Path) -> None:
    async with Sandbox() as sandbox, monitor() as heard:
        process = Watched(sandbox, tmp_path, SENIM_HEARTBEAT_URL=heard.url)
        try:
            await process.start()
            await process.becomes()
            heard.headers = {"Location": heard.url.replace("/ping/", "/elsewhere/")}
            for heard.status, heard.hangs in ((500, False), (302, False), (200, True)):
                await heard.beating()
                assert await process.unwell() == set()
            teen = sandbox.person("Teen", language_code="ru")
            teen.write("/start")
            await until(lambda: len(teen.chat) > 1)
            assert {*heard.beats} == {f"GET /ping/{SECRET}?x=1"}  # no redirect is followed
            said = process.text()
            assert {"heartbeat: answered 500", "heartbeat: answered 302", "heartbeat: TimeoutError"} <= {
                line.partition("bot.health ")[2] for line in said.splitlines()
            }
            assert SECRET not in said
            assert heard.url.split("/")[2] not in said
        finally:
            await process.end()


async def test_a_port_in_use_is_one_sentence_at_the_start_and_a_client_that_reads_nothing_holds_up_no_stop(
    tmp_path: Path,
) -> None:
    async with Sandbox() as sandbox:
        process = Watched(sandbox, tmp_path)
        (tmp_path / "second").mkdir()
        try:
            await process.start()
            await process.becomes()
            second = Process(sandbox, tmp_path / "second", SENIM_HEALTH_PORT=str(process.port))
            code, output = await second.says("run")
            sentence = output.splitlines()[-1]
            assert code == 2
            assert sentence.startswith("senim: SENIM_HEALTH_PORT: ")
            assert str(process.port) in sentence
            assert "in use" in sentence
            assert "Traceback" not in output
            _, slow = await asyncio.open_connection("127.0.0.1", process.port)
            slow.write(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n" * 50_000)
            await asyncio.sleep(2)  # nobody reads the answers, so that the bot cannot write any more of them
            code, seconds = await process.told(signal.SIGTERM)
            slow.close()
            assert code == 0
            assert seconds < STOP
        finally:
            await process.end()


class Listener:
    """systemd's end of sd_notify."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        """The lines that have come since the last call."""
        lines: list[str] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                lines += self._socket.recv(4096).decode().split("\n")
        return lines

    async def next(self, line: str, timeout: float = 90) -> list[str]:
        """Waits for a line; returns what came up to it."""
        seen: list[str] = []
        async with asyncio.timeout(timeout):
            while line not in seen:
                await asyncio.sleep(0.02)
                seen += self.heard()
        return seen

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("abstract", [False, True], ids=["a file", "an abstract address"])
async def test_systemd_hears_ready_then_the_watchdog_again_and_again_but_not_while_the_event_loop_hangs(
    tmp_path: Path, abstract: bool
) -> None:
    if abstract and sys.platform != "linux":
        pytest.skip("abstract addresses are Linux's")
    address = f"@senim-{secrets.token_hex(8)}" if abstract else str(tmp_path / "n")
    systemd = Listener(address)
    async with Sandbox() as sandbox:
        process = Watched(sandbox, tmp_path, NOTIFY_SOCKET=address, WATCHDOG_USEC="1000000")
        try:
            await process.start()
            assert process.running is not None
            first = await systemd.next("READY=1")
            assert not {"WATCHDOG=1", "STOPPING=1"} & set(first)
            for _ in range(3):
                await systemd.next("WATCHDOG=1")

            process.running.send_signal(signal.SIGUSR1)
            await asyncio.sleep(0.5)
            systemd.heard()
            await asyncio.sleep(2)
            assert systemd.heard() == []
            await systemd.next("WATCHDOG=1")

            # A restart brings Telegram back no sooner.
            sandbox.faults.down(True)
            await process.becomes("polling")
            seen = [*await systemd.next("WATCHDOG=1"), *await systemd.next("WATCHDOG=1")]
            assert "STATUS=not well: polling; red on the way: 0; red and unclaimed: 0" in seen

            await process.told(signal.SIGTERM)
            assert systemd.heard()[-1] == "STOPPING=1"
        finally:
            systemd.close()
            await process.end()


async def test_while_telegram_is_away_at_the_start_health_says_so_and_systemd_hears_that_it_lives_but_not_ready(
    tmp_path: Path,
) -> None:
    """A start has no watchdog: what takes its place must fall silent with the event loop, and never mean READY."""
    address = str(tmp_path / "n")
    systemd = Listener(address)
    async with Sandbox() as sandbox, monitor() as heard:
        process = Watched(
            sandbox, tmp_path, NOTIFY_SOCKET=address, WATCHDOG_USEC="1000000", SENIM_HEARTBEAT_URL=heard.url
        )
        sandbox.faults.down(True)
        try:
            await process.start()
            assert process.running is not None
            await process.becomes("telegram", "database")
            _, body = await process.health()
            assert {*body["parts"]["telegram"]} == {"well", "age"}
            lives, waits = "EXTEND_TIMEOUT_USEC=120000000", f"STATUS=Telegram does not answer: {sandbox.url[7:]}: "
            seen: list[str] = []
            async with asyncio.timeout(90):
                while seen.count(lives) < 3 or not any(line.startswith(waits) for line in seen):
                    await asyncio.sleep(0.1)
                    seen += systemd.heard()
            assert [line for line in seen if line != lives and not line.startswith(waits)] == []

            process.running.send_signal(signal.SIGUSR1)
            await asyncio.sleep(1)
            systemd.heard()
            await asyncio.sleep(2)
            assert systemd.heard() == []
            await systemd.next(lives)
            assert heard.beats == []

            sandbox.faults.clear()
            before_ready = await systemd.next("READY=1")
            assert "WATCHDOG=1" not in before_ready
            await process.becomes()
            await heard.beating()
            systemd.heard()
            await asyncio.sleep(1.5)
            assert not [line for line in systemd.heard() if line.startswith("EXTEND")]
        finally:
            systemd.close()
            await process.end()
