"""The intake: asks Telegram for updates and stores each as it came, before anything else is done with it."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from bot.domain.urgency import Level, is_sos
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.failures import back_off, origin
from bot.telegram.raw import ALLOWED_UPDATES, group_lane, number_of, private_id, readable, shallow, updates_in
from bot.telegram.reading import Reading
from bot.telegram.screening import persons_words, words_of
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
    """Long polling. What Telegram hears as received is on disk; what is no JSON as the text it came in."""

    def __init__(
        self, database: Database, api: Api, reading: Reading, stored: Callable[[], None], conflict: Conflict,
        monotonic: Callable[[], float],
    ) -> None:  # fmt: skip
        self._database = database
        self._reading = reading
        self._api = api
        self._stored = stored
        self._conflict = conflict
        self._offset: int | None = None
        self.heard_at: float | None = None
        """When getUpdates last had a good answer and all in it was stored, real monotonic seconds."""
        self._monotonic = monotonic
        self._since: float | None = None
        self._lost: float | None = None
        """Since when polls are answered, and since when they are not."""
        self._refused: set[int] = set()
        """Offsets that acknowledged nothing."""

    def online_for(self) -> float:
        """For how many seconds Telegram has answered; 0 while it does not. A hiccup is no absence."""
        return 0.0 if self._since is None or self._lost is not None else self._monotonic() - self._since

    def _answered(self) -> None:
        now = self._monotonic()
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
                if not isinstance(error, ApiError) or error.code >= 500:  # a refusal is an answer: others hear Telegram
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
        wait = POLL if self.online_for() else 0
        params: dict[str, Any] = {"timeout": wait, "limit": 100, "allowed_updates": ALLOWED_UPDATES}
        if self._offset is not None:
            params["offset"] = self._offset
        updates = updates_in(await self._api.updates(params, timeout=POLL + 15))
        self._answered()
        fresh = await self._keep(updates)
        self.heard_at = monotonic()
        self._acknowledge([number for number in map(number_of, updates) if number is not None])
        if updates and self._offset is None and not fresh:
            await asyncio.sleep(1)  # what cannot be acknowledged comes again at once: stored once, it must not spin

    def _acknowledge(self, numbers: list[int]) -> None:
        """What the next poll says to have received.

        After an empty answer the offset has done its work. Without it Telegram gives all that is not acknowledged,
        whatever its number: ids start anew at random after a quiet week.
        """
        if not numbers:
            self._refused.clear()
        elif self._offset is not None and min(numbers) < self._offset:
            self._refused.add(self._offset)  # it gave what lies before it, so it acknowledged nothing
        believed = [*reversed(growing(numbers)), *numbers]
        self._offset = next((number + 1 for number in believed if number + 1 not in self._refused), None)

    async def _keep(self, updates: list[Any]) -> bool:
        """Stores them, all or none; whether any of them was new."""
        if not updates:
            return False
        self._reading.undone()
        async with self._database.transaction("intake.store") as tx:
            before = await tx.inbox.newest()
            for update in updates:
                await self._stored_one(tx, update)
            fresh = await tx.inbox.newest() > before
        self._reading.kept()
        self._stored()
        return fresh

    async def _stored_one(self, tx: Transaction, update: Any) -> None:
        try:
            await self._store(tx, update)
        except RecursionError:
            await self._store(tx, shallow(update))

    async def _store(self, tx: Transaction, update: Any) -> None:
        """One raw update into its lane; one without a number gets a negative one that only the same update has."""
        number = number_of(update)
        if number is None:
            number = -int((await tx.digest(repr(update)))[:12], 16)
        said, lane = readable(update), await self._lane(tx, update, number)
        assessed = await self._reading.assess(tx, lane, number, persons_words(said))
        red = assessed.level is Level.RED or any(map(is_sos, words_of(said)))
        await tx.inbox.add(number, lane, red, update, assessed)

    async def _lane(self, tx: Transaction, update: Any, number: int) -> str:
        group = group_lane(update)
        if group:
            return group
        person = private_id(update)
        return f"p:{await tx.lookup(person)}" if person is not None else f"x:{number}"


def growing(numbers: list[int]) -> list[int]:
    """The longest rising sequence in them: inside one answer Telegram's numbers rise, so what does not fit is none."""
    if all(one < after for one, after in itertools.pairwise(numbers)):
        return numbers
    best: list[list[int]] = []
    for number in numbers:
        before = max((one for one in best if one[-1] < number), key=len, default=[])
        best.append([*before, number])
    return max(best, key=len, default=[])
