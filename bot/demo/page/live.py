"""`senim demo`: the page with telephones, the real bot behind it, until somebody stops it."""

import asyncio
import contextlib
import os
import signal
import sys
import webbrowser
from collections.abc import AsyncIterator

from bot.demo.page.cast import Show
from bot.demo.page.hands import Hands
from bot.demo.page.server import Page, PortTaken
from bot.demo.stage import Stage, open_stage
from bot.demo.story import Story, operator_file
from locales import Catalog

TAKEN = 1


def main(*, port: int, browser: bool) -> int:
    """Serves the page on this port (0: a free one), and opens it when `browser`. 0 when it was stopped."""
    return asyncio.run(_serve(port, browser))


@contextlib.asynccontextmanager
async def served(port: int = 0) -> AsyncIterator[tuple[Stage, Show, Page]]:
    """The bot, who is on the page, and the page at an address; `Show.prepare` connects the group. Raises PortTaken."""
    catalog = Catalog.load()
    stories = [Story.load("kk", catalog), Story.load("ru", catalog)]
    async with open_stage(operator_file(stories)) as stage:
        hands = Hands(stage.sandbox)
        show = Show(stage, stories, hands)
        page = Page(stage.sandbox, hands, show.parts, show.carry_out)
        try:
            await page.start(port)
            yield stage, show, page
        finally:
            await page.stop()


async def _serve(port: int, browser: bool) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        async with served(port) as (_, show, page):
            print(f"Three telephones and a bot: {page.address}\nCtrl-C ends it; nothing is left behind.", flush=True)
            if browser and _has_screen():
                await asyncio.to_thread(webbrowser.open, page.address)
            preparing = asyncio.create_task(show.prepare())
            await stop.wait()
            preparing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await preparing
    except PortTaken as taken:
        print(f"senim demo: {taken}", file=sys.stderr)
        return TAKEN
    return 0


def _has_screen() -> bool:
    """Without one `webbrowser` would start a browser for terminals in the middle of our output."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
