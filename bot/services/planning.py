"""What supervisors settle for their desk: the weekly plan and the times of the ladder."""

from collections.abc import Mapping

from bot.domain import plan
from bot.domain.desks import Desk, Operator
from bot.domain.ladder import BadRungs, rungs_in
from bot.domain.plan import BadPlan
from bot.services.tell import Tell
from storage.database import Transaction
from storage.reference import aliases, weekdays

NOTHING = "-"
"""Typed in the place of a plan or of times: there is to be none of the desk's own."""

LATE = 12 * 3_600_000
"""Milliseconds after which a planned start that nobody was told of is none any more."""


class Planning:
    """Typed commands of supervisors; what follows is read in the shift topic."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def plan(self, desk: Desk, typed: str) -> None:
        """Shows the week, or puts another in its place: whole, or not at all when a line cannot be used."""
        if not typed:
            await self._tell.shift_topic(desk.id, "plan")
            return
        try:
            spans = () if typed == NOTHING else plan.parsed(typed, day_names(), await self._people(desk))
        except BadPlan as bad:
            why = {"flaw": bad.flaw, "number": bad.number, "line": bad.line, "word": bad.word}
            await self._tell.shift_topic(desk.id, "bad_plan", **why)
            return
        await self._tx.plans.replace(desk.id, spans)
        await self._tell.shift_topic(desk.id, "plan", saved=True)

    async def ladder(self, desk: Desk, typed: str) -> None:
        """Shows the five times of the ladder, or changes them."""
        if typed:
            try:
                await self._tx.desks.set_rungs(desk.id, None if typed == NOTHING else rungs_in(typed))
            except BadRungs:
                await self._tell.shift_line(desk.id, "ladder.bad")
                return
        await self._tell.shift_topic(desk.id, "ladder", saved=bool(typed))

    async def refused(self, desk: Desk, key: str) -> None:
        """Why the command of somebody is not followed."""
        await self._tell.shift_line(desk.id, key)

    async def name_starts(self, now: int) -> None:
        """At a planned start, who is planned: they are asked to say that they are there."""
        for desk in (await self._tx.desks.all()).values():
            spans = await self._tx.plans.of(desk.id)
            since = await self._tx.plans.named_at(desk.id) if spans else now
            begun = [one for one in plan.running(spans, now) if max(since, now - LATE) < one.start]
            if not begun:
                continue
            there = {watch.operator for watch in await self._tx.shifts.on(desk.id)}
            names = [operator.alias for operator in await self._named({one.operator for one in begun} - there)]
            await self._tx.plans.named(desk.id)
            if names:
                await self._tell.shift_line(desk.id, "shift.planned", names=names)

    async def _named(self, keys: set[str]) -> list[Operator]:
        found = [await self._tx.operators.get(key) for key in sorted(keys)]
        return [operator for operator in found if operator is not None]

    async def _people(self, desk: Desk) -> Mapping[str, str]:
        """Keys of the desk's operators by their aliases in both languages."""
        known = {alias.id: alias for alias in aliases()}
        people = {}
        for operator in await self._tx.operators.seated(desk.id):
            alias, _, number = operator.alias.partition(" ")
            for name in (known[alias].kk, known[alias].ru) if alias in known else ():
                people[plan.folded(f"{name} {number}")] = operator.key
        return people


def day_names() -> Mapping[str, tuple[int, ...]]:
    """Numbers of weekdays by their names in both languages."""
    return {name: found.days for found in weekdays() for name in (*found.kk, *found.ru)}
