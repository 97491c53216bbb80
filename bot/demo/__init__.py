"""`senim demo`: a Telegram of our own, the real bot beside it, and two conversations as each side sees them."""

import asyncio
import io
import os
import shutil
import signal
import sys
from typing import TextIO

from bot.demo.play import Desk, call_for_help, connect, converse, invite
from bot.demo.scene import Cast, Scene
from bot.demo.screen import DIVIDER, WIDTH, Screen
from bot.demo.stage import NotSeen, Stage, open_stage
from bot.demo.story import Story, operator_file
from bot.demo.summary import Summary
from bot.demo.watch import Watch
from locales import Catalog

NARROWEST = 72
INTERRUPTED = 130


def main() -> int:
    """Plays the demo. 0 when every step happened, 1 when one did not, 130 when it was stopped."""
    try:
        return asyncio.run(_demo())
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("\nsenim demo: stopped, nothing is left behind", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


async def _demo() -> int:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    catalog = Catalog.load()
    stories = [Story.load("kk", catalog), Story.load("ru", catalog)]
    screen = _screen()
    async with open_stage(operator_file(stories)) as on:
        watch = Watch(on.sandbox, screen)
        try:
            return 0 if await _play(on, screen, watch, stories) else 1
        except (NotSeen, AssertionError) as missing:
            _explain(on, screen, watch, missing)
            return 1


def _screen() -> Screen:
    """At most 100 columns; colours only for a person at a terminal who wants them."""
    out = sys.stdout
    if not _writable(out):
        print(
            f"senim demo: {out.encoding} lacks letters, shown as ?; `PYTHONIOENCODING=utf-8 senim demo` has all.",
            file=sys.stderr,
        )
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="replace")
    width = max(NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))
    return Screen(out, colour=out.isatty() and not os.environ.get("NO_COLOR"), width=width)


def _writable(out: TextIO) -> bool:
    """Whether it has the letters of both languages and the lines between the columns."""
    try:
        f"\N{CYRILLIC SMALL LETTER KA WITH DESCENDER}{DIVIDER}".encode(out.encoding)
    except UnicodeEncodeError:
        return False
    return True


async def _play(on: Stage, screen: Screen, watch: Watch, stories: list[Story]) -> bool:
    """Everything in order; whether what must be nought is."""
    begun = asyncio.get_running_loop().time()
    cast = Cast()
    desks: list[Desk] = []
    for story in stories:
        desks.append(await _conversation(on, Scene(on, screen, watch, story, cast), desks))
    last = Scene(on, screen, watch, stories[0].part("sos"), cast)
    screen.heading(last.story.data["heading"])
    await call_for_help(last, desks[0])
    summary = Summary.count(on.sandbox.journal, cast)
    seconds = asyncio.get_running_loop().time() - begun
    for story in stories:
        summary.show(screen, story, cast, seconds, on.sandbox.clock.offset)
    return summary.clean


async def _conversation(on: Stage, scene: Scene, desks: list[Desk]) -> Desk:
    """A desk is connected and a conversation held there. The first link stands at the shell, the next in Telegram."""
    story = scene.story
    scene.screen.heading(story.data["heading"])
    scene.screen.say(story.sign("legend"), "dim")
    scene.screen.step(story.data["say"]["setup_link"], scene.clock)
    if desks:
        link = await invite(scene, desks[0])
    else:
        link = await on.printed()
        scene.screen.say(f"  $ senim run\n  {link}", "dim")
    desk = await connect(scene, link)
    await scene.settle()
    await converse(scene, desk)
    return desk


def _explain(on: Stage, screen: Screen, watch: Watch, missing: Exception) -> None:
    """What was not seen, what both sides see now, and what the bot has logged."""
    watch.catch_up()
    screen.heading(f"NOT SEEN: {missing}")
    for side in watch.sides:
        screen.say(side.transcript())
    screen.say(f"--- the bot's log\n{on.log}")
