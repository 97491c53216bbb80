"""What systemd is told while the bot runs (sd_notify), and the unit that `senim unit` prints."""

import asyncio
import logging
import os
import shutil
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from bot.config import BadSetting, port
from bot.health import Health

log = logging.getLogger(__name__)

STATUS_EVERY = 30.0
"""Seconds, where no watchdog asks for more."""

STATE = Path("/var/lib/senim")
"""The data folder: systemd makes it for StateDirectory=senim."""
ETC = Path("/etc/senim")
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
    """A complete unit for this machine. Of `settings` it takes what is set and no secret: paths, name, port, server.

    Raises BadSetting when the `senim` command or a path cannot stand in a unit.
    """
    number = port(settings)
    environment = {
        "SENIM_DATABASE": _database(settings),
        "SENIM_OPERATOR": _path(settings, "SENIM_OPERATOR", "operator.toml"),
        "SENIM_HEALTH_PORT": str(number or 8710),
        **{name: settings[name] for name in ("SENIM_NAME", "SENIM_TELEGRAM_API") if settings.get(name)},
    }
    command, keys = _command(), _path(settings, "SENIM_KEYS", "keys")
    seen = (command, keys, environment["SENIM_OPERATOR"], sys.prefix, sys.base_prefix, __file__)
    at_home = any(Path(path).resolve().is_relative_to(home) for path in seen for home in HOMES)
    return UNIT.format(
        command=_quoted(command), keys=_plain(keys), operator=_quoted(environment["SENIM_OPERATOR"]),
        environment="\n".join(f"Environment={_quoted(f'{name}={value}')}" for name, value in environment.items()),
        home="read-only" if at_home else "yes", state=STATE, etc=ETC, port=environment["SENIM_HEALTH_PORT"],
    )  # fmt: skip


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
    return str(path)


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
# At the start it waits for Telegram as long as it takes; at the stop it needs less than 5 s.
TimeoutStartSec=infinity
TimeoutStopSec=15

# The token and the key ring stay root's (0600); the bot gets copies that only it can read.
LoadCredential=token:{etc}/token
LoadCredential=keys:{keys}
# The data folder. SENIM_DATABASE must be in it: nothing else can be written.
StateDirectory=senim
StateDirectoryMode=0700
WorkingDirectory={state}
UMask=0077
{environment}
# More settings, 0600 because one is secret: SENIM_HEARTBEAT_URL=https://... (see .env.example)
EnvironmentFile=-{etc}/environment

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

# What an administrator types, as root:
#   1. install -d {etc} && install -m 600 /dev/stdin {etc}/token     (paste the token, Enter, Ctrl-D)
#      The key ring ({keys}, 0600) and {operator} (0644)
#      must be there too: `senim keys new FILE`, docs/operator.example.toml.
#   2. senim unit > /etc/systemd/system/senim.service
#   3. systemctl daemon-reload && systemctl enable --now senim
#   4. journalctl -fu senim                    the first administrator's link; then: curl -i 127.0.0.1:{port}/health
"""
