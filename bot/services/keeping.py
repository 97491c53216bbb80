"""What is over goes in time: topics, words, places. Never by one clock alone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from bot.domain.cases import Case, Status
from bot.domain.desks import Desk
from bot.domain.keeping import DAY, KEEP_PLACES, KEEP_WORDS, BadDays, days_in
from bot.domain.plan import MINUTE
from bot.services.cases import Cases
from bot.services.planning import NOTHING
from bot.services.tell import Tell
from storage.database import Transaction

TOPICS_AT_ONCE = 20
"""Topics of all desks together that go by one look: each costs a group a call."""

CASES_AT_ONCE = 200
"""Cases whose words or places go by one look: it holds up everybody else meanwhile."""


class Keeping:
    """How long a desk keeps what, and the look that throws away what is over."""

    def __init__(self, tx: Transaction, tell: Tell, cases: Cases) -> None:
        self._tx = tx
        self._tell = tell
        self._cases = cases

    async def days(self, desk: Desk, typed: str) -> None:
        """`/keep`: shows for how many days the desk keeps a closed case's topic, or changes it."""
        try:
            if typed:
                await self._tx.keeping.set_topic_days(desk.id, None if typed == NOTHING else days_in(typed))
            n = await self._tx.keeping.topic_days(desk.id)
            await self._tell.shift_line(desk.id, "keep.saved" if typed else "keep.shown", n=n)
        except BadDays:
            await self._tell.shift_line(desk.id, "keep.bad")

    async def sure(self, now: int) -> bool:
        """Whether anything may be thrown away by our clock: not while it and Telegram's differ, or Telegram's has not
        been heard lately, because a clock that was set would erase what is not old."""
        clocks = await self._tx.keeping.clocks()
        return clocks is not None and clocks.agree(now)

    async def throw_away(self, now: int) -> None:
        """Whatever has been kept long enough; administrators hear once a day of a clock that cannot be trusted."""
        clocks = await self._tx.keeping.clocks()
        if clocks is not None and clocks.differ and await self._tx.desks.ring("clock", DAY):
            key = "alarm.clock_ahead" if clocks.apart > 0 else "alarm.clock_behind"
            await self._tell.administrators(key, apart=abs(clocks.apart) // MINUTE)
        if not await self.sure(now):
            return
        await self._tx.keeping.note()
        await self._each(await self._tx.keeping.topics_over(TOPICS_AT_ONCE), "topic", self._topic)
        await self._each(await self._tx.keeping.places_over(now - KEEP_PLACES, CASES_AT_ONCE), "places", self._places)
        await self._each(await self._tx.keeping.words_over(now - KEEP_WORDS, CASES_AT_ONCE), "words", self._words)

    async def _each(self, names: list[str], what: str, throw: Callable[[Case], Awaitable[None]]) -> None:
        for name in names:
            await self._tx.alone("what is over cannot be thrown away", partial(self._one, name, what, throw))

    async def _one(self, name: str, what: str, throw: Callable[[Case], Awaitable[None]]) -> None:
        case = await self._tx.cases.get(name)
        if case is not None and case.status is Status.CLOSED:
            await throw(case)
            await self._tx.audits.add("thrown_away", case.id, detail=what)

    async def _topic(self, case: Case) -> None:
        await self._tx.cases.save(case.with_topic(None))
        if case.desk is not None and case.thread_id is not None:
            await self._tell.topic_over(case.desk, case.thread_id)

    async def _places(self, case: Case) -> None:
        await self._tx.places.erase(case.id)
        self._tx.erased = True

    async def _words(self, case: Case) -> None:
        """As when she has asked for it. Nobody is told: who read them has long forgotten, and the card is a line."""
        await self._cases.erase(replace(case.without_card(), aside=None), "erased")
        await self._tx.keeping.forget(case.id)
