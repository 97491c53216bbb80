"""Time in the sandbox: real time plus an offset that tests and the demo move. No other module here reads a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


class SandboxClock:
    """Real UTC time plus ``offset`` seconds; Telegram's windows and limits in the sandbox follow it."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.moved: Callable[[], None] = lambda: None

    def time(self) -> float:
        """Unix seconds on the sandbox's clock."""
        return time.time() + self.offset

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def move(self, seconds: float) -> None:
        """Let ``seconds`` pass at once."""
        self.offset += seconds
        self.moved()


def monotonic() -> float:
    """Real seconds, never moved: for latencies and time-outs."""
    return time.monotonic()
