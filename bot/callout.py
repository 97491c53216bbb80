"""Calls somebody outside Telegram when nobody takes a red case: signed POSTs to a gateway for text messages or calls.

docs/callout.md is the contract with whoever listens there.
"""

import asyncio
import hashlib
import hmac
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import aiohttp
import orjson

from bot.services import Services
from storage.callouts import Callout
from storage.database import Database, StorageFault, Transaction

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Calls on their way at once: one that hangs is in nobody's way."""
PATIENCE = 5.0
"""Seconds that the gateway gets for its answer."""
LOOK = 1.0
"""Longest sleep in seconds before it is looked again for calls that are due."""

FAILING = 60_000
"""Milliseconds that a call may fail to arrive before administrators hear of it..."""
HOUR = 3_600_000
"""...and between two such alarms."""
ALARM = "alarm.callout"


@dataclass(frozen=True)
class Outcome:
    """What came of one POST."""

    callout: Callout
    arrived: bool


def body(callout: Callout) -> bytes:
    """What the gateway is told: no word of the person and no id of anybody. The same in every repeat."""
    at = datetime.fromtimestamp(callout.created_at // 1000, UTC)
    return orjson.dumps({
        "id": callout.id, "case": callout.code, "region": callout.region, "rung": callout.rung,
        "waiting_seconds": callout.waited // 1000, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
    })  # fmt: skip


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Senim-Signature for a body sent at `timestamp`, Unix seconds."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={signed.hexdigest()}"


class Caller:
    """Takes calls that are due in one transaction, makes them, and records in the next what came of them."""

    def __init__(self, database: Database, url: str, secret: str) -> None:
        self._database = database
        self._url = url
        self._secret = secret
        self._wake = asyncio.Event()
        self._flying: dict[str, asyncio.Task[None]] = {}
        """Calls that are on their way or not recorded yet, by their ids."""
        self._outcomes: list[Outcome] = []

    def wake(self) -> None:
        """A call may be due, or the clock moved."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. A failing database costs a pause, never a call; one cut off by a stop goes again after the
        next start, with the same id."""
        patience = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=patience, cookie_jar=aiohttp.DummyCookieJar()) as session:
            try:
                while True:
                    self._wake.clear()
                    try:
                        await self._turn(session)
                    except StorageFault as fault:
                        log.error("callout: database fault %s", fault)
                        await asyncio.sleep(LOOK)
                    except Exception as broken:
                        log.error("callout: %s", type(broken).__name__)
                        await asyncio.sleep(LOOK)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK):
                            await self._wake.wait()
            finally:
                await self._give_up()

    async def _give_up(self) -> None:
        tasks = list(self._flying.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _turn(self, session: aiohttp.ClientSession) -> None:
        """One transaction: what came of the last calls, and the next ones to be made."""
        known = list(self._outcomes)
        over = {outcome.callout.id for outcome in known}
        async with self._database.transaction("callout.turn") as tx:
            for outcome in known:
                await _record(tx, outcome)
            busy = self._flying.keys() - over
            found = await tx.callouts.due(tx.now, AT_ONCE + len(busy))
            now = tx.now
        del self._outcomes[: len(known)]
        for recorded in over:
            del self._flying[recorded]
        for callout in [callout for callout in found if callout.id not in busy][: AT_ONCE - len(busy)]:
            self._flying[callout.id] = asyncio.create_task(self._call(session, callout, now))

    async def _call(self, session: aiohttp.ClientSession, callout: Callout, now: int) -> None:
        """The gateway's address may hold a secret, so neither it nor an error that may quote it is logged."""
        arrived = False
        try:
            said, timestamp = body(callout), str(now // 1000)
            headers = {
                "Content-Type": "application/json", "Idempotency-Key": callout.id, "X-Senim-Timestamp": timestamp,
                "X-Senim-Signature": signature(self._secret, timestamp, said),
            }  # fmt: skip
            async with session.post(self._url, data=said, headers=headers, allow_redirects=False) as answered:
                arrived = 200 <= answered.status < 300
                if not arrived:
                    log.warning("callout: answered %d", answered.status)
        except Exception as broken:
            log.warning("callout: %s", type(broken).__name__)
        self._outcomes.append(Outcome(callout, arrived))
        self._wake.set()


async def _record(tx: Transaction, outcome: Outcome) -> None:
    await (tx.callouts.done(outcome.callout) if outcome.arrived else tx.callouts.later(outcome.callout))
    await tx.alone("callout: administrators", partial(_tell, tx, outcome))


async def _tell(tx: Transaction, outcome: Outcome) -> None:
    """Administrators hear that calls do not arrive, and once that they arrive again."""
    tell = Services(tx).tell
    if outcome.arrived:
        if await tx.desks.hush(ALARM):
            await tell.administrators("alarm.callout_up")
    elif not 0 <= tx.now - outcome.callout.created_at < FAILING and await tx.desks.ring(ALARM, HOUR):
        await tell.administrators(ALARM, code=outcome.callout.code)
