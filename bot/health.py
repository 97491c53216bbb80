"""Whether the bot does its work, and what does not: asked by /health, the heartbeat and systemd's watchdog.

Ages of parts are real monotonic seconds: a clock that is set must raise no alarm. How long something red waits is told
by the database's clock, and is never less than what this process has seen with its own eyes.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from time import monotonic
from typing import Protocol

import aiohttp
from aiohttp import web

from bot.config import BadSetting
from storage.database import Database, StorageFault

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
LEAVE_WITHIN = 0.5
"""Seconds that whoever is asking gets at a stop."""


@dataclass(frozen=True)
class Limits:
    """Seconds. Up to these ages a part is well; then how often is looked and told."""

    polling: float = 60
    """Since the last good answer to getUpdates; one takes up to 25."""
    database: float = 45
    """Since the last look that could write. A write that fails tells at once, until one succeeds."""
    turn: float = 30
    """Since the worker or the sender finished a turn; idle they turn twice a second."""
    refused: float = 60
    """Since Telegram last refused the token; a refused row is tried every 30 at the least."""
    red: float = 60
    """That something red waits for its way in or out."""
    unclaimed: float = 15 * 60
    """That a red case waits for somebody to take it: the last rung of the ladder (DESIGN.md 6)."""
    look: float = 5
    heartbeat: float = 30
    patience: float = 10
    """What the heartbeat's server gets for its answer."""


LIMITS = Limits()
"""No setting: nobody who runs a helpline should wait longer for an alarm. Tests of a whole process replace it before
they call `bot.__main__.main()` (tests/fault/test_watch.py, LAUNCHER)."""


class Hearing(Protocol):
    """The intake: when getUpdates last had a good answer, monotonic seconds."""

    heard_at: float | None


class Turning(Protocol):
    """The worker: when it last finished a turn, monotonic seconds."""

    turned_at: float | None


class Speaking(Turning, Protocol):
    """The sender: also when Telegram last refused the token."""

    refused_at: float | None


@dataclass(frozen=True)
class Part:
    """How one part is: its age in seconds, None as long as it has done nothing; how many wait, or are refused."""

    well: bool
    age: float | None
    waiting: int | None = None
    refused: bool | None = None


class Waits:
    """How long things have waited, from look to look."""

    def __init__(self) -> None:
        self.age: float | None = None
        """Seconds that the one of longest standing waits; 0 without any, None before the first look."""
        self._since: dict[str, tuple[int, float]] = {}

    @property
    def count(self) -> int:
        return len(self._since)

    def seen(self, waiting: Mapping[str, int], now: int, moment: float) -> None:
        """What waits at this look, and since when; `now` and the times are the database's milliseconds."""
        self._since = {name: self._since.get(name, (since, moment)) for name, since in waiting.items()}
        ages = (max((now - since) / 1000, moment - first) for since, first in self._since.values())
        self.age = max(ages, default=0.0)


class Health:
    """Looks at the parts. `intake`, `worker` and `sender` say when they last did their work."""

    def __init__(
        self, database: Database, intake: Hearing, worker: Turning, sender: Speaking, limits: Limits | None = None
    ) -> None:
        self.limits = limits or LIMITS
        self._database = database
        self._intake = intake
        self._worker = worker
        self._sender = sender
        self._red = Waits()
        self._unclaimed = Waits()
        self._written_at: float | None = None
        self._answered_at: float | None = None
        self._looked_now: int | None = None

    async def run(self) -> None:
        """Looks into the database until cancelled."""
        while True:
            try:
                await self.look()
            except StorageFault as fault:
                log.error("health: database fault %s", fault)
                self._answered_at = monotonic()
            except Exception as broken:
                log.error("health: %s", type(broken).__name__)
            await asyncio.sleep(self.limits.look)

    async def look(self) -> None:
        """Writes, and reads what red waits. Raises StorageFault."""
        async with self._database.transaction("health.look") as tx:
            await tx.watch.touch()
            red, unclaimed, now = await tx.watch.red_on_the_way(), await tx.watch.red_unclaimed(), tx.now
        moment = monotonic()
        self._red.seen(red, now, moment)
        self._unclaimed.seen({case: self._came(opened, now) for case, opened in unclaimed.items()}, now, moment)
        self._written_at = self._answered_at = moment
        self._looked_now = now

    def _came(self, opened: int, now: int) -> int:
        """Since when a case seen for the first time waits: one opened before the last look was raised, released or
        reopened just now. At the first look nobody can know, and its opening is taken."""
        return opened if self._looked_now is None or opened >= self._looked_now else now

    def parts(self) -> dict[str, Part]:
        """Every part by its name."""
        limits, sender = self.limits, self._sender
        refused = _fresh(sender.refused_at, limits.refused)
        return {
            "polling": Part(_fresh(self._intake.heard_at, limits.polling), _age(self._intake.heard_at)),
            "database": Part(
                _fresh(self._written_at, limits.database) and self._database.failing_since is None,
                _age(self._written_at),
            ),
            "worker": Part(_fresh(self._worker.turned_at, limits.turn), _age(self._worker.turned_at)),
            "sender": Part(
                _fresh(sender.turned_at, limits.turn) and not refused, _age(sender.turned_at), refused=refused
            ),
            "red": _waiting(self._red, limits.red),
            "unclaimed": _waiting(self._unclaimed, limits.unclaimed),
        }

    def well(self) -> bool:
        return all(part.well for part in self.parts().values())

    def lives(self) -> bool:
        """Whether a restart would mend nothing: our own side goes round, or it is the disk that refuses."""
        if not _fresh(self._answered_at, self.limits.database):
            return False
        turned = (self._worker.turned_at, self._sender.turned_at)
        return self._answered_at != self._written_at or all(_fresh(at, self.limits.turn) for at in turned)

    def status(self) -> str:
        """One line of parts and counts."""
        unwell = [name for name, part in self.parts().items() if not part.well]
        state = f"not well: {', '.join(unwell)}" if unwell else "well"
        return f"{state}; red on the way: {self._red.count}; red and unclaimed: {self._unclaimed.count}"


class Front:
    """What /health shows from the first second on: whether Telegram has answered, then the parts."""

    def __init__(self) -> None:
        self.telegram = False
        self.behind: Health | None = None
        self._since = monotonic()

    def parts(self) -> dict[str, Part]:
        if self.behind:
            return self.behind.parts()
        return {"telegram": Part(self.telegram, _age(self._since)), "database": Part(False, None)}


def _fresh(at: float | None, limit: float) -> bool:
    age = _age(at)
    return age is not None and age <= limit


def _age(at: float | None) -> float | None:
    return None if at is None else round(monotonic() - at, 1)


def _waiting(waits: Waits, limit: float) -> Part:
    age = None if waits.age is None else round(waits.age, 1)
    return Part(age is not None and age <= limit, age, waits.count)


@asynccontextmanager
async def served(health: Health | Front, port: int | None) -> AsyncIterator[None]:
    """GET /health for this machine alone: 200 while all is well, else 503. Raises BadSetting for a port in use."""
    if port is None:
        yield
        return

    async def answer(_: web.Request) -> web.Response:
        parts = health.parts()
        well = all(part.well for part in parts.values())
        told = {
            name: {key: value for key, value in asdict(part).items() if value is not None or key == "age"}
            for name, part in parts.items()
        }
        return web.json_response(
            {"well": well, "parts": told}, status=200 if well else 503, headers={"Cache-Control": "no-store"}
        )

    application = web.Application()
    application.router.add_get("/health", answer, allow_head=False)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=LEAVE_WITHIN)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as taken:
            raise BadSetting(
                f"SENIM_HEALTH_PORT: nothing can be served on {HOST}:{port} ({taken.strerror}); choose another port."
            ) from taken
        yield
    finally:
        await runner.cleanup()


async def beat(health: Health, url: str | None) -> None:
    """A GET every 30 s while all is well, however long its answers take, until cancelled.

    The first one comes after the first pause: a bot that never lives so long must not look alive. The address holds a
    secret, so neither it nor an error that may quote it is logged.
    """
    if url is None:
        return
    patience = aiohttp.ClientTimeout(total=health.limits.patience)
    async with aiohttp.ClientSession(timeout=patience, cookie_jar=aiohttp.DummyCookieJar()) as session:
        await asyncio.sleep(health.limits.heartbeat)
        while True:
            begun = monotonic()
            if health.well():
                await _ask(session, url)
            await asyncio.sleep(max(0.0, health.limits.heartbeat - (monotonic() - begun)))


async def _ask(session: aiohttp.ClientSession, url: str) -> None:
    try:
        async with session.get(url, allow_redirects=False) as answered:
            if answered.status >= 300:
                log.warning("heartbeat: answered %d", answered.status)
    except Exception as broken:
        log.warning("heartbeat: %s", type(broken).__name__)
