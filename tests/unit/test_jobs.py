"""The sweeps: none is dropped because it comes late, and none is made up for twice."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

from bot.jobs import Sweep, schedule


async def test_sweeps_that_were_held_up_run_once_and_as_soon_as_they_can() -> None:
    """The loop stands still, as while a handler computes; APScheduler itself would drop what is a second late."""
    ran: Counter[str] = Counter()

    async def run(sweep: Sweep) -> None:
        ran[sweep.name] += 1

    scheduler = schedule(run)
    scheduler.start()
    try:
        for name in ("route", "release"):
            scheduler.get_job(name).modify(next_run_time=datetime.now(UTC))
        time.sleep(3.3)  # noqa: ASYNC251  # that is the point
        await asyncio.sleep(0.3)
        assert (ran["route"], ran["release"]) == (1, 1)  # every second, and every five
    finally:
        scheduler.shutdown(wait=False)
