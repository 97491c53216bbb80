"""Telegram's limits on how often a bot may call, read strictly.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: 20 messages a minute in one group,
about one a second in one chat (short bursts pass), about 30 a second overall. Edits share the limit of sends and a new
topic is a send (https://github.com/tdlib/td/issues/2592), answers to taps are free
(https://github.com/tdlib/telegram-bot-api/issues/648); that reactions and pins count too is the strict reading.
"""

from __future__ import annotations

from collections import deque
from math import ceil

from .clock import SandboxClock
from .errors import flood

GROUP_CALLS = 20
GROUP_WINDOW = 60.0
PRIVATE_RATE = 1.0
PRIVATE_BURST = 3.0
OVERALL_RATE = 30.0
OVERALL_BURST = 30.0

COUNTED_PREFIXES = ("send", "edit", "copy", "forward", "pin", "unpin", "create", "close", "reopen", "setmessage")
UNCOUNTED = frozenset({"sendchataction"})


class Bucket:
    """A token bucket: ``rate`` tokens a second, at most ``burst`` of them."""

    __slots__ = ("at", "burst", "rate", "tokens")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.at = now

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0 when there is one."""
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.tokens >= 1 else (1 - self.tokens) / self.rate

    def take(self) -> None:
        self.tokens -= 1


class Limits:
    """Keeps count on the sandbox's clock, so that a moved clock frees the limits. ``on`` may be switched any time."""

    def __init__(self, clock: SandboxClock, on: bool) -> None:
        self.on = on
        self._clock = clock
        self._overall = Bucket(OVERALL_RATE, OVERALL_BURST, clock.time())
        self._private: dict[int, Bucket] = {}
        self._groups: dict[int, deque[float]] = {}

    def check(self, method: str, chat_id: int | None) -> None:
        """Count one call or refuse it with 429. ``method`` is in lower case; a refused call is not counted."""
        if not self.on or method.startswith("get") or method == "answercallbackquery":
            return
        now = self._clock.time()
        counted = method.startswith(COUNTED_PREFIXES) and method not in UNCOUNTED and chat_id is not None
        waits = [self._overall.wait(now)]
        if counted and chat_id is not None:
            waits.append(self._group_wait(chat_id, now) if chat_id < 0 else self._bucket(chat_id, now).wait(now))
        if max(waits) > 0:
            raise flood(max(1, ceil(max(waits))))
        self._overall.take()
        if counted and chat_id is not None:
            if chat_id < 0:
                self._groups[chat_id].append(now)
            else:
                self._bucket(chat_id, now).take()

    def _bucket(self, chat_id: int, now: float) -> Bucket:
        bucket = self._private.get(chat_id)
        if bucket is None:
            bucket = self._private[chat_id] = Bucket(PRIVATE_RATE, PRIVATE_BURST, now)
        return bucket

    def _group_wait(self, chat_id: int, now: float) -> float:
        calls = self._groups.setdefault(chat_id, deque())
        while calls and calls[0] <= now - GROUP_WINDOW:
            calls.popleft()
        return 0.0 if len(calls) < GROUP_CALLS else calls[0] + GROUP_WINDOW - now
