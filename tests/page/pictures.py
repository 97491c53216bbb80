"""`make pictures`: the page's states as they stand in README and docs, taken from the tour as Chromium shows it."""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

from tests.page.browser import DESK, POCKET, Screen, screen

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
TAKEN = {
    1: "start", 4: "card", 5: "topic", 7: "urgent", 9: "killed", 11: "erased", 13: "overtakes", 17: "ladder",
}  # fmt: skip
"""After which step of the tour a picture is taken, and its name."""
LOCK = 6
COLOURS = 160


async def pictures(language: str, folder: Path) -> None:
    """Plays the tour once; PNG files of 1280 × 800, and one of a telephone's screen."""
    async with screen(DESK, language) as on:
        tour = on.page.locator(".tour")
        steps = len(on.show.parts()["tour"]["steps"])
        for step in range(1, steps + 1):
            await tour.locator(".buttons button").nth(1).click()
            if step == LOCK:
                await on.phone(0).locator(".locked li:not(.none)").first.wait_for(timeout=20_000)
                await _shot(on, folder / "locked.png")
            await tour.locator("b", has_text="✓").wait_for(timeout=60_000)
            await on.page.locator(".tour .buttons button:nth-child(2):enabled").wait_for()
            if step in TAKEN:
                await _shot(on, folder / f"{TAKEN[step]}.png")
            if step < steps:
                await tour.locator(".buttons button").nth(2).click()
        await _trouble(on.page)
        await _shot(on, folder / "trouble.png")
        await on.page.set_viewport_size(POCKET)
        await _shot(on, folder / "pocket.png")


async def _trouble(page: Page) -> None:
    await page.locator(".doing button", has_text="⚡").click()


async def _shot(on: Screen, path: Path) -> None:
    await on.page.wait_for_timeout(400)
    taken = Image.open(io.BytesIO(await on.page.screenshot()))
    small = io.BytesIO()
    taken.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE).save(small, "PNG", optimize=True)
    await asyncio.to_thread(path.write_bytes, small.getvalue())
    print(f"{path.name}: {len(small.getvalue()) // 1024} KB")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    asyncio.run(pictures(sys.argv[1] if len(sys.argv) > 1 else "en", FOLDER))
