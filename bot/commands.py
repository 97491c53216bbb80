"""What the `senim` commands do. `bot.app` takes seconds to load: only those that need it do so."""

import argparse
import asyncio
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bot import backup, config, systemd
from bot.backup import NoBackup
from bot.config import BadSetting
from bot.control import AlreadyRunning, NoAnswer, Refused
from bot.places import NoPlace, hand_over
from bot.telegram.api import ApiError, Unreachable
from bot.telegram.setup import WrongBotSettings
from bot.triage import NoTexts
from storage.sealing import BadKeys, KeyRing, new_key_line
from storage.statements import StorageFault

EXPECTED = (
    BadSetting, BadKeys, AlreadyRunning, NoAnswer, NoBackup, NoPlace, Refused, WrongBotSettings, ApiError, Unreachable,
    StorageFault, NoTexts,
)  # fmt: skip


def obey(arguments: argparse.Namespace) -> int:
    """Does what the command says; its exit code. What a person can mend is one sentence and 2."""
    _writes(errors="backslashreplace")  # a path with letters that the terminal lacks
    try:
        return COMMANDS[arguments.command](arguments) or 0
    except StorageFault as fault:
        print(f"senim: the database: {fault.plain}", file=sys.stderr)
    except EXPECTED as trouble:
        print(f"senim: {trouble}", file=sys.stderr)
    return 2


def _writes(encoding: str | None = None, errors: str | None = None) -> None:
    """How what is printed becomes bytes."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)


def _run(arguments: argparse.Namespace) -> None:
    logging.basicConfig(level=arguments.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # sweeps say themselves what broke
    logging.getLogger("aiogram.event").setLevel(logging.WARNING)  # a line for each update
    gc.freeze()  # what is loaded stays: a full collection would stop everything for a tenth of a second
    asyncio.run(_until_told(config.read(config.environment())))


async def _until_told(settings: config.Settings) -> None:
    from bot import app

    stop = asyncio.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(told, stop.set)
    await app.run(settings, stop, lambda line: print(line, flush=True))


def _admin(_: argparse.Namespace) -> None:
    from bot import app

    link = asyncio.run(app.print_administrator_link(config.read(config.environment())))
    print("Open it in Telegram within 10 minutes: whoever opens it first is an administrator.", file=sys.stderr)
    print(link)


def _new_key(arguments: argparse.Namespace) -> None:
    """A new key goes first, so that it wraps from now on; the older ones stay and open what they wrapped."""
    path: Path = arguments.file
    try:
        if path.exists() and not arguments.rotate:
            KeyRing.read(path)
            raise BadKeys(f"{path} is a key ring already and was left as it is. --rotate puts a fresh first key in it.")
        count, owner = _put_first(path, new_key_line())
    except OSError as trouble:
        raise BadKeys(f"{path} cannot be written: {trouble.strerror}") from trouble
    print(f"{path}: the new key is the first of {count}. Keep a copy apart from the database's.")
    if count > 1:
        print("Every copy made before lacks it: copy the ring again now, then start the bot anew, and keep older keys.")
    _say_owner(owner)


def _put_first(path: Path, line: str) -> tuple[int, str | None]:
    """Writes the ring beside the old one and puts it in its place; how many keys it has, and whom root gave it to."""
    older = ""
    if path.exists():
        KeyRing.read(path)  # what is no ring is not written over
        older = path.read_text("utf-8-sig")
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    with fresh.open("w", encoding="ascii") as file:
        file.write(f"{line}\n{older}")
        file.flush()
        os.fsync(file.fileno())
    owner = hand_over(fresh)
    fresh.replace(path)
    return len(older.split()) + 1, owner


def _say_owner(owner: str | None) -> None:
    if owner:
        print(f"It belongs to {owner} now, as its folder does.")


def _unit(_: argparse.Namespace) -> None:
    settings = config.environment()
    _writes(encoding="utf-8")  # which systemd reads, whatever a terminal shows
    print(systemd.unit(settings), end="")
    for warning in systemd.unread(settings):
        print(f"senim: {warning}", file=sys.stderr)


def _back_up(arguments: argparse.Namespace) -> None:
    from bot import app

    file: Path = arguments.file
    found = asyncio.run(backup.back_up(config.read(config.environment()), file, app.Clock().now))
    print(f"{file}: {found.size} bytes, checked. Open cases: {found.open_cases}, of them red: {found.red_cases}.")
    print("The key ring is not in it. Back SENIM_KEYS up apart: without it nobody can ever read this file.")


def _restore(arguments: argparse.Namespace) -> None:
    from bot import app

    settings = config.read(config.environment())
    done = asyncio.run(backup.restore(settings, arguments.file, app.Clock().now))
    made = datetime.fromtimestamp(done.found.made_at / 1000, UTC)
    print(f"{settings.database} is the backup of {made:%Y-%m-%d %H:%M} UTC, checked.")
    _say_owner(done.owner)
    print(f"Open cases: {done.found.open_cases}, of them red: {done.found.red_cases}; each red one rings again.")
    print(f"Messages that waited then and go again, marked as possible repeats: {done.again}.")
    print("What came after the backup is not in it: neither messages nor erasures.")
    print("Next: `senim run`, then repeat the erasures (/forget) since then: SECURITY.md, Keys and backups.")


def _triage(arguments: argparse.Namespace) -> None:
    from bot import triage

    _writes(encoding="utf-8")
    try:
        for line in triage.assess(arguments.csv, arguments.column):
            print(line, flush=arguments.csv is None)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has had enough: at its end Python would write what is left once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _demo(arguments: argparse.Namespace) -> int:
    from bot import demo
    from bot.demo.page import live

    if arguments.play:
        return demo.main()
    return live.main(port=arguments.port, browser=not arguments.no_browser)


COMMANDS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "run": _run, "admin": _admin, "keys new": _new_key, "backup": _back_up, "restore": _restore, "unit": _unit,
    "triage": _triage, "demo": _demo,
}  # fmt: skip
