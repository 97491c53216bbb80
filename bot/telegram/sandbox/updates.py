"""The queue of updates that wait for the bot."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from aiogram.types import Update

from .clock import SandboxClock
from .errors import JSON
from .pulse import Pulse

KINDS = frozenset(name for name in Update.model_fields if name != "update_id")
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot gets only when it names them: https://core.telegram.org/bots/api#getupdates."""

DAY = 86_400.0
CALLBACK_LIFE = 150.0
"""Seconds that a button tap waits for the bot."""
AHEAD = 10
"""An offset further than this beyond the next id confirms nothing and reads from the head: tdlib, TQueue::get."""


@dataclass(slots=True)
class Waiting:
    """An update in the queue, already in the bytes that will be sent."""

    update_id: int
    kind: str
    raw: bytes
    until: float


class Updates:
    """Updates in order, from when they happened until the bot asks for a later offset."""

    def __init__(self, clock: SandboxClock, pulse: Pulse) -> None:
        self._clock = clock
        self._pulse = pulse
        self._queue: deque[Waiting] = deque()
        self.next_id = random.randint(100_000_000, 900_000_000)
        self.allowed = KINDS - ON_REQUEST
        self.dropped = 0
        """Updates that grew too old before the bot fetched them."""

    def emit(self, kind: str, payload: JSON) -> int | None:
        """Queue an event; None when the bot has not asked for its kind (the choice counts when it happens)."""
        if kind not in self.allowed:
            return None
        life = CALLBACK_LIFE if kind == "callback_query" else DAY
        return self._append(kind, {kind: payload}, life)

    def push(self, update: JSON) -> int:
        """Queue any JSON object whatever the bot asked for. Its own ``update_id`` is kept when it is an integer."""
        kind = next((key for key in update if key != "update_id"), "")
        own = update.get("update_id")
        if "update_id" in update and not isinstance(own, int):
            return self._put(self._take_id(), kind, orjson.dumps(update), DAY)
        if isinstance(own, int):
            self.next_id = max(self.next_id, own + 1)
            return self._put(own, kind, orjson.dumps(update), DAY)
        return self._append(kind, update, DAY)

    def restart(self, next_id: int) -> None:
        """Let the ids go on from anywhere, as Telegram does after a week without updates."""
        self.next_id = next_id

    def _take_id(self) -> int:
        self.next_id += 1
        return self.next_id - 1

    def _append(self, kind: str, update: JSON, life: float) -> int:
        update_id = self._take_id()
        return self._put(update_id, kind, orjson.dumps({"update_id": update_id, **update}), life)

    def _put(self, update_id: int, kind: str, raw: bytes, life: float) -> int:
        self._queue.append(Waiting(update_id, kind, raw, self._clock.time() + life))
        self._pulse.beat()
        return update_id

    @property
    def pending(self) -> int:
        """How many updates the bot has not acknowledged."""
        self._expire()
        return len(self._queue)

    def confirm(self, offset: int) -> None:
        """Forget what the bot has acknowledged by asking from ``offset``; negative counts from the end."""
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft()
        elif offset <= self.next_id + AHEAD:
            kept = deque(waiting for waiting in self._queue if waiting.update_id >= offset)
            if len(kept) == len(self._queue):
                return
            self._queue = kept
        self._pulse.beat()

    def drop(self) -> None:
        """Forget everything (``drop_pending_updates``)."""
        self._queue.clear()
        self._pulse.beat()

    def first(self, limit: int) -> list[Waiting]:
        """The oldest ``limit`` updates."""
        self._expire()
        return [self._queue[index] for index in range(min(limit, len(self._queue)))]

    def allow(self, kinds: Iterable[str]) -> None:
        """Remember the kinds wanted from now on; an empty list means the default."""
        wanted = frozenset(kinds) & KINDS
        self.allowed = wanted or KINDS - ON_REQUEST

    def _expire(self) -> None:
        now = self._clock.time()
        if any(waiting.until < now for waiting in self._queue):
            kept = deque(waiting for waiting in self._queue if waiting.until >= now)
            self.dropped += len(self._queue) - len(kept)
            self._queue = kept
