"""`senim demo` as somebody types it: an address, a page there, and nothing left when it ends."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot.demo.page.hands import Impossible
from bot.demo.page.live import served
from tests.town import free_port
from tests.unit.test_architecture import ROOT

Demo = asyncio.subprocess.Process


def left(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def started(folder: Path, *arguments: str) -> Demo:
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    environment.pop("DISPLAY", None)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", *arguments, env=environment, cwd=folder,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    process = await started(tmp_path)
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_it_prints_the_address_of_its_page_and_leaves_nothing_behind(
    demo: Demo, told: signal.Signals, tmp_path: Path
) -> None:
    assert demo.stdout is not None
    line = (await asyncio.wait_for(demo.stdout.readline(), 60)).decode()
    address = line[line.index("http://127.0.0.1:") :].strip()
    async with aiohttp.ClientSession() as session:
        async with session.get(address) as answer:
            assert "<title>Senim</title>" in await answer.text()
        async with session.ws_connect(f"{address}live") as page, asyncio.timeout(60):
            while (await page.receive_json())["parts"].get("show", {}).get("stage") != "ready":
                pass
            demo.send_signal(told)  # with the page open
            assert await demo.wait() == 0
    assert left(tmp_path) == []


async def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    port = free_port()
    listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    async with listening:
        process = await started(tmp_path, "--port", str(port), "--no-browser")
        _, error = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 1
    assert error.decode().startswith(f"senim demo: port {port} cannot be used: ")
    assert left(tmp_path) == []


async def test_however_often_it_is_asked_there_is_one_bot() -> None:
    async with served() as (stage, show, _):
        await show.prepare()
        for order, running in (("kill", False), ("run", True)):
            orders = (show.carry_out({"do": order}) for _ in range(5))
            came = await asyncio.gather(*orders, return_exceptions=True)
            assert [type(one) for one in came if isinstance(one, Exception)] == [Impossible] * 4
            assert stage.running is running
