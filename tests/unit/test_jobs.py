"""The sweeps: none is dropped because it comes late, and none is made up for twice."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from bot.jobs import Every, Sweep, schedule


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


def test_a_clock_set_forth_by_years_asks_for_one_look_not_for_each_missed() -> None:
    every, then = Every(1), datetime(1970, 1, 1, tzinfo=UTC)
    now = datetime(2026, 6, 1, tzinfo=UTC)
    assert every.get_next_fire_time(then, now) == now + timedelta(seconds=1)
    assert every.get_next_fire_time(now, now) == now + timedelta(seconds=1)
    assert every.get_next_fire_time(now, now - timedelta(seconds=0.5)) == now + timedelta(seconds=1)
    assert every.get_next_fire_time(None, now) == now + timedelta(seconds=1)
