"""Debian's Chromium, driven by Playwright, and the page of the demo with its telephones."""

import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Locator, Page, ViewportSize, async_playwright

from bot.demo.page.cast import Show
from bot.demo.page.live import served
from bot.demo.stage import Stage
from tests.town import CODE

MUST = "BROWSER_TESTS"
"""Set (by `.ci/run`) where a missing browser is a failure."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
DESK: ViewportSize = {"width": 1280, "height": 800}
POCKET: ViewportSize = {"width": 390, "height": 800}
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def chromium() -> str:
    """Where it is; skips the test, or fails it where it must run."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found:
        return found
    if os.environ.get(MUST):
        pytest.fail("no Chromium on this machine, and the page's tests must run here")
    pytest.skip("no Chromium on this machine: apt-get install chromium")


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    where = chromium()
    async with async_playwright() as driver:
        started = await driver.chromium.launch(executable_path=where, args=list(QUIET))
        yield started
        await started.close()


@dataclass
class Screen:
    """The page as somebody sees it. `wrong` is what must not be: errors, and requests to other hosts."""

    page: Page
    stage: Stage
    show: Show
    wrong: list[str] = field(default_factory=list)

    def phone(self, number: int) -> Locator:
        return self.page.locator(f"[data-phone='{number}']")

    def words(self, number: int, text: str) -> Locator:
        """A message with this text on a telephone."""
        return self.phone(number).locator(".message .bubble", has_text=text)

    async def says(self, number: int, text: str) -> None:
        """Somebody types and sends."""
        field = self.phone(number).locator("textarea")
        await field.fill(text)
        await field.press("Enter")

    async def taps(self, number: int, label: str) -> None:
        """The newest button of this name under a message, or a key of the keyboard below."""
        await self.phone(number).locator(".inline, .key", has_text=label).last.click()

    async def sees(self, number: int, text: str, timeout: float = 60_000) -> None:
        await self.words(number, text).last.wait_for(timeout=timeout)

    async def switches(self, name: str) -> None:
        """One of the switches for trouble; the panel is closed again."""
        panel = self.page.get_by_role("button", name="Trouble")
        await panel.click()
        switch = self.page.locator(f"[data-trouble='{name}']")
        await switch.click()
        await panel.click()
        await switch.wait_for(state="hidden")

    async def state(self, name: str, timeout: float = 60_000) -> None:
        await self.page.locator(f"[data-state='{name}']").wait_for(timeout=timeout)

    async def opens_case(self) -> None:
        """The operator opens the topic of a case."""
        await self.phone(2).locator(".topics button", has_text=CODE).first.click()

    async def opens(self, topic: str) -> None:
        """The operator opens a topic of the group."""
        await self.phone(2).locator(".topics button", has_text=topic).first.click()


@contextlib.asynccontextmanager
async def screen(size: ViewportSize = DESK, language: str = "en", *, strict: bool = True) -> AsyncIterator[Screen]:
    """The page, ready. Without `strict` its policy lets a test put things of its own on it."""
    async with served() as (stage, show, shown), browser() as chrome:
        await show.prepare()
        assert show.parts()["show"]["stage"] == "ready", show.parts()["show"]["why"]
        page = await chrome.new_page(viewport=size, locale=language, bypass_csp=not strict)
        seen = Screen(page, stage, show)
        page.on("pageerror", lambda error: seen.wrong.append(str(error)))
        page.on("console", lambda line: seen.wrong.append(line.text) if line.type in ("error", "warning") else None)
        here = shown.address.rpartition("/")[0].rsplit("/", 1)[0]
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((here, "data:", "blob:")) else seen.wrong.append(request.url)
            ),
        )
        await page.goto(shown.address)
        await page.locator("[data-phone='2'] .topics button").first.wait_for(state="attached", timeout=20_000)
        yield seen
        assert seen.wrong == []
