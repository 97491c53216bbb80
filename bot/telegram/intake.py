"""The intake: asks Telegram for updates and stores each as it came, before anything else is done with it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from bot.domain.urgency import Urgency, assess
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.failures import back_off, origin
from bot.telegram.raw import ALLOWED_UPDATES, group_lane, is_id, private_id
from bot.telegram.screening import words_of
from storage.database import Database, StorageFault, Transaction

log = logging.getLogger(__name__)

CONFLICT = 409

POLL = 25
"""Seconds of a long poll."""

HICCUP = 10.0
"""Seconds without an answer that are not yet an absence."""

Conflict = Callable[[Transaction], Awaitable[None]]
"""Tells the administrators that somebody else fetches this bot's updates."""


class Intake:
    """Long polling. What Telegram hears as received is on disk."""

    def __init__(
        self, database: Database, api: Api, stored: Callable[[], None], conflict: Conflict,
        monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self._database = database
        self._api = api
        self._stored = stored
        self._conflict = conflict
        self._offset: int | None = None
        self.heard_at: float | None = None
        """When getUpdates last had a good answer, real monotonic seconds."""
        self._monotonic = monotonic
        self._since: float | None = None
        self._lost: float | None = None
        """Since when polls are answered, and since when they are not."""

    def online_for(self) -> float:
        """For how many seconds Telegram has answered; 0 while it does not. A hiccup is no absence."""
        return 0.0 if self._since is None or self._lost is not None else self._monotonic() - self._since

    def _answered(self) -> None:
        self.heard_at, now = monotonic(), self._monotonic()
        if self._since is None or (self._lost is not None and now - self._lost >= HICCUP):
            self._since = now
        self._lost = None

    async def run(self) -> None:
        """Until cancelled; troubles of the network or the disk cost a pause, never an update."""
        tries = 0
        while True:
            try:
                await self._poll()
                tries = 0
            except (ApiError, Unreachable) as error:
                self._lost = self._monotonic() if self._lost is None else self._lost
                log.warning("getUpdates: %s", error if isinstance(error, ApiError) else "unreachable")
                if isinstance(error, ApiError) and error.code == CONFLICT and tries:
                    await self._alarm()
                await asyncio.sleep(back_off(tries))
                tries += 1
            except StorageFault as fault:
                # Not stored, so not acknowledged: Telegram keeps the updates and gives them again.
                log.error("intake: database fault %s", fault)
                await asyncio.sleep(1)
            except Exception as broken:
                log.error("intake: %s", origin(broken))
                await asyncio.sleep(1)

    async def _alarm(self) -> None:
        """A second conflict in a row is no poll of our own that has not ended yet."""
        try:
            async with self._database.transaction("intake.conflict") as tx:
                await self._conflict(tx)
        except StorageFault as fault:
            log.error("intake: database fault %s", fault)

    async def _poll(self) -> None:
        # The first poll, and the first after a failure, does not wait: whether Telegram answers is known at once.
        params: dict[str, Any] = {
            "timeout": POLL if self.online_for() else 0,
            "limit": 100,
            "allowed_updates": ALLOWED_UPDATES,
        }
        if self._offset is not None:
            params["offset"] = self._offset
        updates = await self._api.call("getUpdates", params, timeout=POLL + 15)
        if not isinstance(updates, list):
            raise Unreachable("getUpdates", "not a list", doubtful=False)
        self._answered()
        if updates:
            async with self._database.transaction("intake.store") as tx:
                for update in updates:
                    await self._store(tx, update)
            self._stored()
        # After an empty answer the offset has done its work. Without it Telegram gives all that is not acknowledged,
        # whatever its number: ids start anew at random after a quiet week.
        ids = [update["update_id"] for update in updates if isinstance(update, dict) and is_id(update.get("update_id"))]
        self._offset = max(ids) + 1 if ids else None
        if updates and not ids:
            await asyncio.sleep(1)  # what cannot be acknowledged comes again at once: stored once, it must not spin

    async def _store(self, tx: Transaction, update: Any) -> None:
        """One raw update into its lane; one without a number gets a negative one that only the same update has."""
        number = update.get("update_id") if isinstance(update, dict) else None
        if not is_id(number):
            number = -int((await tx.digest(repr(update)))[:12], 16)
        content = update if isinstance(update, dict) else {}
        red = any(assess(words) is Urgency.RED for words in words_of(content))
        await tx.inbox.add(int(number), await self._lane(tx, content, int(number)), red, update)

    async def _lane(self, tx: Transaction, update: dict[str, Any], number: int) -> str:
        group = group_lane(update)
        if group:
            return group
        person = private_id(update)
        return f"p:{await tx.lookup(person)}" if person is not None else f"x:{number}"
