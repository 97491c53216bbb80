"""Waiting for a change without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from .clock import monotonic

T = TypeVar("T")


class Pulse:
    """Wakes everybody who waits, each time something in the sandbox changed."""

    def __init__(self) -> None:
        self._waiters: set[asyncio.Future[None]] = set()

    def beat(self) -> None:
        waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait(self, seconds: float) -> bool:
        """True when something changed, False when ``seconds`` passed first."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            done, _ = await asyncio.wait({waiter}, timeout=max(seconds, 0))
            return bool(done)
        finally:
            self._waiters.discard(waiter)

    async def until(self, look: Callable[[], T | None], seconds: float) -> T | None:
        """The first thing that ``look`` finds, asked anew at each change; None after ``seconds``."""
        deadline = monotonic() + seconds
        while (found := look()) is None:
            if monotonic() >= deadline:
                return None
            await self.wait(deadline - monotonic())
        return found
