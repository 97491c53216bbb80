"""What systemd is told while the bot runs (sd_notify), and the unit that `senim unit` prints."""

import asyncio
import logging
import os
import shlex
import shutil
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot.config import ETC, BadSetting, port
from bot.health import Health
from bot.places import closed

log = logging.getLogger(__name__)

STATUS_EVERY = 30.0
"""Seconds, where no watchdog asks for more."""

START_PATIENCE = 120
"""Seconds without a word after which systemd takes a start for dead (TimeoutStartSec)."""
START_EVERY = 20.0

STATE = Path("/var/lib/senim")
"""The data folder: systemd makes it for StateDirectory=senim."""
HOMES = (Path("/home"), Path("/root"), Path("/run/user"))


def notify(*lines: str) -> None:
    """Sends lines such as READY=1 to $NOTIFY_SOCKET; without one, or when nobody listens, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]  # Linux's abstract addresses have no file
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        try:
            channel.sendto("\n".join(lines).encode(), address)
        except OSError as trouble:
            log.warning("systemd does not listen: %s", type(trouble).__name__)


def watchdog() -> float | None:
    """Seconds after which systemd takes this very process for dead; None without a watchdog."""
    text, pid = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", str(os.getpid()))
    return int(text) / 1_000_000 if text.isdecimal() and int(text) > 0 and pid == str(os.getpid()) else None


@asynccontextmanager
async def starting() -> AsyncIterator[None]:
    """What the watchdog is after READY: a start that waits goes on for as long as it takes, one that hangs does not."""

    async def tell_on() -> None:
        while True:
            notify(f"EXTEND_TIMEOUT_USEC={START_PATIENCE * 1_000_000}")
            await asyncio.sleep(START_EVERY)

    telling = asyncio.create_task(tell_on())
    try:
        yield
    finally:
        telling.cancel()


async def tell(health: Health) -> None:
    """READY, then the state and, while our own side lives, WATCHDOG twice in its time; STOPPING when cancelled."""
    patience = watchdog()
    pause = patience / 2 if patience else STATUS_EVERY
    notify("READY=1", f"STATUS={health.status()}")
    try:
        while True:
            await asyncio.sleep(pause if health.lives() else min(pause, 1))
            alive = ["WATCHDOG=1"] if patience and health.lives() else []
            notify(f"STATUS={health.status()}", *alive)
    except asyncio.CancelledError:
        notify("STOPPING=1")
        raise


def unit(settings: Mapping[str, str]) -> str:
    """A complete unit for this machine. No setting stands in it: it loads them from one file, as the commands do.

    Of `settings` it takes where the key ring and the operator file lie, and the port. Raises BadSetting when the
    `senim` command or a path cannot stand in a unit.
    """
    number, database = port(settings), _database(settings)
    command, keys, operator = (
        _command(),
        _path(settings, "SENIM_KEYS", "keys"),
        _path(settings, "SENIM_OPERATOR", "operator.toml"),
    )
    seen = (command, keys, operator, sys.prefix, sys.base_prefix, __file__)
    at_home = any(Path(path).resolve().is_relative_to(home) for path in seen for home in HOMES)
    return UNIT.format(
        command=_quoted(command), typed=shlex.quote(command), keys=_plain(keys), database=database,
        home="read-only" if at_home else "yes", state=STATE, etc=ETC, port=number or 8710, patience=START_PATIENCE,
    )  # fmt: skip


def unread(settings: Mapping[str, str]) -> list[str]:
    """One sentence for each thing that the unit's user could not read, with what to do. Raises BadSetting.

    The bits for others are what it has: nothing belongs to it. LoadCredential reads the key ring as root.
    """
    ours = (_command(), sys.executable, sys.prefix, sys.base_prefix, __file__)
    barriers = {barrier: path for path in reversed(ours) if (barrier := closed(Path(path)))}
    said = [_unread(barrier, path) for barrier, path in barriers.items()]
    operator = Path(_path(settings, "SENIM_OPERATOR", "operator.toml"))
    if barrier := closed(operator):
        mend = f"`chmod 644 {operator}`" if barrier == operator else f"put it where everybody may enter, such as {ETC}"
        said.append(f"warning: the bot's user may not read {operator} ({barrier} is closed to others): {mend}.")
    return said


def _unread(barrier: Path, path: str) -> str:
    mend = f"`chmod -R go+rX {barrier}`"
    if any(barrier.is_relative_to(home) for home in HOMES):
        mend = "have Senim in /opt/senim with a Python that lies in no home (`make PYTHON=/usr/bin/python3 clean venv`)"
    return f"warning: with this unit the bot cannot start, its user may not enter {barrier} (for {path}): {mend}."


def _command() -> str:
    """The installed `senim`: the one that runs, or the one beside this Python."""
    called = Path(sys.argv[0]).absolute()
    beside = Path(sys.executable).with_name("senim")
    places = (str(called) if called.name == "senim" else None, str(beside), shutil.which("senim"))
    found = next((place for place in places if place and os.access(place, os.X_OK)), None)
    if found is None:
        raise BadSetting("The `senim` command is not installed beside this Python: run `make venv` first.")
    if any(sign in found for sign in "\"'\\"):
        raise BadSetting(f"systemd starts no command with quotes or backslashes in its path: {found}.")
    return str(Path(found).absolute())


def _database(settings: Mapping[str, str]) -> str:
    """Elsewhere than in the data folder it could not be written, and a fresh one in its place would know nobody."""
    path = Path(os.path.normpath(Path(settings.get("SENIM_DATABASE") or STATE / "senim.db").absolute()))
    if not path.is_relative_to(STATE):
        raise BadSetting(f"SENIM_DATABASE names {path}: under systemd it must be in {STATE}, so move it there first.")
    return _plain(str(path))


def _path(settings: Mapping[str, str], name: str, usual: str) -> str:
    return str(Path(settings.get(name) or ETC / usual).absolute())


def _plain(text: str) -> str:
    """For a value that systemd takes as it is, but for its % specifiers."""
    if not text.isprintable():
        raise BadSetting(f"A unit cannot name {text!r}: it has characters that are not printable.")
    return text.replace("%", "%%")


def _quoted(text: str) -> str:
    """For a value that systemd splits at spaces."""
    return '"' + _plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


UNIT = """\
# Made by `senim unit` for this machine; the paths below are right for it alone.

[Unit]
Description=Senim, a helpline bot for Telegram
Documentation=https://core.telegram.org/bots/api
Wants=network-online.target
After=network-online.target
# It is started again for ever: a bot that gave up would hear nobody.
StartLimitIntervalSec=0

[Service]
Type=notify
ExecStart={command} run
Restart=always
RestartSec=2
# Our own side (event loop, worker, sender, database) says that it lives every 30 s. Killed, not aborted: a core dump
# would hold keys and words. What was under way goes again after the restart.
WatchdogSec=60
WatchdogSignal=SIGKILL
LimitCORE=0
# At the start it waits for Telegram as long as it takes, and says every 20 s that it lives (EXTEND_TIMEOUT_USEC): a
# start that hangs is killed. At the stop it needs less than 5 s.
TimeoutStartSec={patience}
TimeoutStopSec=15

# Settings and key ring stay root's (0600); the bot gets copies that only it can read. When SENIM_KEYS names another
# file, print this unit anew.
LoadCredential=environment:{etc}/environment
LoadCredential=keys:{keys}
# The data folder. SENIM_DATABASE must be in it: nothing else can be written.
StateDirectory=senim
StateDirectoryMode=0700
WorkingDirectory={state}
UMask=0077

# A user of its own, and nothing of the machine that it does not need.
DynamicUser=yes
User=senim
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome={home}
PrivateTmp=yes
PrivateDevices=yes
PrivateUsers=yes
ProtectProc=invisible
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target

# What an administrator types, as root. For the first start:
#   1. install -d {etc}                      {etc}/environment is .env.example filled in (0600),
#      {typed} keys new {keys}
#      {etc}/operator.toml is docs/operator.example.toml filled in (0644)
#   2. {typed} unit > /etc/systemd/system/senim.service
#   3. systemctl daemon-reload && systemctl enable --now senim
#   4. journalctl -fu senim                    the first administrator's link; then: curl -i 127.0.0.1:{port}/health
#
# Later, in any folder that has no .env: a command without one takes {etc}/environment, as this unit does.
#   {typed} admin
#   {typed} backup {state}/DAY.backup && mv {state}/DAY.backup /SOMEWHERE/ELSE/
#      (the bot makes the copy, and may write nowhere else)
#   systemctl stop senim && install -d -m 700 /root/old && mv {database}* /root/old/
#   {typed} restore /SOMEWHERE/ELSE/DAY.backup && systemctl start senim
#      (what root restores is given to the user that {state} belongs to)
"""
