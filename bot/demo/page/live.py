"""`senim demo`: the page with telephones, the real bot behind it, until somebody stops it."""

import asyncio
import contextlib
import os
import signal
import sys
import webbrowser

from bot.demo.page.cast import Show
from bot.demo.page.hands import Hands
from bot.demo.page.server import Page
from bot.demo.stage import open_stage
from bot.demo.story import Story, operator_file
from locales import Catalog

TAKEN = 1


def main(*, port: int, browser: bool) -> int:
    """Serves the page on this port (0: a free one), and opens it when `browser`. 0 when it was stopped."""
    return asyncio.run(_serve(port, browser))


async def _serve(port: int, browser: bool) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    catalog = Catalog.load()
    stories = [Story.load("kk", catalog), Story.load("ru", catalog)]
    async with open_stage(operator_file(stories)) as stage:
        hands = Hands(stage.sandbox)
        show = Show(stage, stories, hands)
        page = Page(stage.sandbox, hands, show.parts, show.carry_out)
        try:
            await page.start(port)
        except OSError as taken:
            print(f"senim demo: port {port} cannot be used: {taken.strerror}", file=sys.stderr)
            return TAKEN
        try:
            print(f"Three telephones and a bot: {page.address}\nCtrl-C ends it; nothing is left behind.", flush=True)
            if browser and _has_screen():
                await asyncio.to_thread(webbrowser.open, page.address)
            preparing = asyncio.create_task(show.prepare())
            await stop.wait()
            preparing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await preparing
        finally:
            await page.stop()
    return 0


def _has_screen() -> bool:
    """Without one `webbrowser` would start a browser for terminals in the middle of our output."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
