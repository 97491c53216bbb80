"""How long it takes until three telephones stand on the screen, and until one of them shows what another has sent.

make bench-page                both, with Chromium; the clone is made from this checkout's last commit
python -m bench.page --here    only the second
"""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Page

from tests.page.browser import Screen, browser, screen

ROOT = Path(__file__).resolve().parents[1]
TIMES = 40
TALK = 2.0
"""Seconds between two messages, as people type: Telegram lets a bot say one a second to a person."""


async def from_a_clean_clone() -> float:
    """Seconds from `git clone` to three telephones, with the group connected, in Chromium."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.monotonic()
        clone = ["git", "clone", "-q", "--no-hardlinks", str(ROOT), folder]
        await asyncio.to_thread(subprocess.run, clone, check=True)
        demo = await asyncio.create_subprocess_exec(
            "make",
            "-s",
            "demo",
            "DEMO=--no-browser",
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        assert demo.stdout is not None
        try:
            while "http://" not in (line := (await demo.stdout.readline()).decode()):
                assert line, "the demo has ended"
            async with browser() as chrome:
                page = await chrome.new_page()
                await page.goto(line[line.index("http://") :].strip())
                await _ready(page)
                return time.monotonic() - begun
        finally:
            os.killpg(demo.pid, signal.SIGTERM)  # make, and what it has started
            await demo.wait()


async def _ready(page: Page) -> None:
    await page.locator("[data-phone='2'] .topics button").nth(4).wait_for(timeout=120_000)
    await page.locator("[data-state='running']").wait_for(timeout=120_000)


async def effects() -> list[float]:
    """Milliseconds from Enter on one telephone to the words on the other, there and back in turn."""
    async with screen() as on:
        await _talking(on)
        found = []
        for turn in range(TIMES):
            writes, reads = ((0, 2), (2, 0))[turn % 2]
            text = f"хат {turn:03d}."
            begun = time.monotonic()
            await on.says(writes, text)
            await on.sees(reads, text)
            found.append(1000 * (time.monotonic() - begun))
            if turn % 12 == 11:
                await on.page.get_by_role("button", name="+1 min").click()  # a group takes twenty calls a minute
            await asyncio.sleep(TALK)
        return found


async def _talking(on: Screen) -> None:
    """A case that the operator has taken."""
    await on.phone(0).locator(".start").click()
    await on.taps(0, "Қазақша")
    await on.taps(0, "Түсінікті")
    await on.says(0, "бастау")
    await on.page.get_by_role("button", name="+1 min").click()
    await on.opens("Кезек")
    await on.taps(2, "🙋")
    await on.opens_case()
    await on.page.get_by_role("button", name="+1 min").click()
    await asyncio.sleep(TALK)


async def main() -> None:
    if "--here" not in sys.argv:
        print(f"from a clean clone to telephones on the screen: {await from_a_clean_clone():.0f} s")
    found = sorted(await effects())
    worst = found[-1]
    print(
        f"from one telephone to the other, {len(found)} messages: median {statistics.median(found):.0f} ms,"
        f" p95 {found[int(0.95 * len(found)) - 1]:.0f} ms, longest {worst:.0f} ms"
    )


if __name__ == "__main__":
    asyncio.run(main())
