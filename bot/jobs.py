"""What happens later: each sweep is a plain call with the time; APScheduler only says when to look."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from bot.domain.desks import SECOND_WAY
from bot.services import Services


@dataclass(frozen=True)
class Sweep:
    """A sweep; `every` in seconds. It finds its work by due times in the database, so a missed look loses nothing.

    `online` is for how many seconds Telegram must have answered before it runs: what it could not take while it was
    away as a whole gets the time to go out.
    """

    name: str
    every: float
    run: Callable[[Services, int], Awaitable[None]]
    online: float = 0


async def _route(services: Services, now: int) -> None:
    await services.cases.route_due(now)


async def _release(services: Services, now: int) -> None:
    await services.desk_work.ping_due(now)
    await services.desk_work.release_due(now)


async def _ladder(services: Services, now: int) -> None:
    await services.placing.gather(now)
    await services.ladders.climb(now)
    await services.ladders.ask_again(now)
    await services.ladders.prompt(now)


async def _late(services: Services, now: int) -> None:
    await services.placing.late(now)


async def _leave(services: Services, now: int) -> None:
    await services.binding.leave_due(now)


async def _look(services: Services, now: int) -> None:
    await services.binding.look_at_the_down()


async def _unreadable(services: Services, now: int) -> None:
    await services.delivery.tell_unreadable()


async def _damaged(services: Services, now: int) -> None:
    await services.delivery.tell_damaged()


async def _forget(services: Services, now: int) -> None:
    await services.upkeep.forget_left(now)
    await services.screened.forget(now)


async def _remind(services: Services, now: int) -> None:
    await services.binding.remind_of_national()


async def _ungiven(services: Services, now: int) -> None:
    await services.rescue.drop_ungiven(now)
    await services.media.drop_ungiven(now)


async def _shifts(services: Services, now: int) -> None:
    await services.shifts.end_due(now)
    await services.planning.name_starts(now)


async def _control(services: Services, now: int) -> None:
    await services.controls.remind_due(now)


async def _handovers(services: Services, now: int) -> None:
    await services.passing.return_due(now)


async def _board(services: Services, now: int) -> None:
    await services.boards.show_all()


async def _digest(services: Services, now: int) -> None:
    await services.boards.digests(now)


async def _supervisors(services: Services, now: int) -> None:
    await services.shifts.ask_supervisors()


async def _guard(services: Services, now: int) -> None:
    await services.guard.look()


async def _hands(services: Services, now: int) -> None:
    await services.hands.open_due(now)


async def _keeping(services: Services, now: int) -> None:
    await services.keeping.throw_away(now)


async def _practice(services: Services, now: int) -> None:
    await services.practice.play(now)
    await services.practice.forget(now)


async def _throw_away(services: Services, now: int) -> None:
    if await services.keeping.sure(now):
        await services.upkeep.sweep(now)


SWEEPS = (
    Sweep("route", 1, _route),
    Sweep("ladder", 1, _ladder),
    Sweep("late", 5, _late, online=SECOND_WAY / 1000),
    Sweep("release", 5, _release),
    Sweep("leave", 5, _leave),
    Sweep("look", 30, _look),
    Sweep("shifts", 5, _shifts),
    Sweep("handovers", 5, _handovers),
    Sweep("control", 5, _control),
    Sweep("board", 20, _board),
    Sweep("digest", 60, _digest),
    Sweep("supervisors", 600, _supervisors),
    Sweep("unreadable", 5, _unreadable),
    Sweep("damaged", 60, _damaged),
    Sweep("forget", 30, _forget),
    Sweep("remind", 600, _remind),
    Sweep("ungiven", 600, _ungiven),
    Sweep("guard", 30, _guard),
    Sweep("hands", 5, _hands),
    Sweep("keeping", 600, _keeping),
    Sweep("practice", 2, _practice),
    Sweep("throw_away", 3600, _throw_away),
)


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """Every so many seconds, and once for all that was missed. APScheduler's own interval counts each missed time by
    itself: a clock set forth by a day would hold up the whole bot for half a minute, one set forth by years for hours.
    """

    def __init__(self, seconds: float) -> None:
        self.interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The next look: an interval after the last one, or after `now` where that is over."""
        last = previous_fire_time or now
        return now + self.interval if last + self.interval <= now else last + self.interval


def schedule(run: Callable[[Sweep], Awaitable[None]]) -> AsyncIOScheduler:
    """A scheduler, not started yet, that calls `run` with each sweep. Its own default drops a job 1 s late."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for sweep in SWEEPS:
        scheduler.add_job(run, Every(sweep.every), args=[sweep], id=sweep.name)
    return scheduler


def begin_anew(scheduler: AsyncIOScheduler) -> None:
    """The clock was set back or forth: APScheduler would sleep until the old clock's time comes again."""
    for job in scheduler.get_jobs():
        job.reschedule(job.trigger)
