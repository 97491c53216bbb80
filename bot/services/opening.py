"""When a desk answers: the table that supervisors type, and what somebody is told who writes in closed hours."""

from bot.domain import hours
from bot.domain.cases import Case
from bot.domain.desks import NATIONAL, Desk
from bot.domain.hours import ALWAYS, READING
from bot.domain.people import Person
from bot.domain.plan import BadPlan
from bot.services.planning import NOTHING, day_names
from bot.services.tell import Tell
from storage.database import Transaction
from storage.reference.holidays import is_holiday


class Opening:
    """Working hours. They reject nobody and change nothing for what is red."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def set(self, desk: Desk, typed: str) -> None:
        """`/hours`: shows the table, or puts another in its place: whole, or not at all when a line cannot be used."""
        if typed:
            try:
                table = ALWAYS if typed == NOTHING else hours.parsed(typed, day_names())
            except BadPlan as bad:
                why = {"flaw": bad.flaw, "number": bad.number, "line": bad.line, "word": bad.word}
                await self._tell.shift_topic(desk.id, "bad_hours", **why)
                return
            await self._tx.hours.replace(desk.id, table)
        await self._tell.shift_topic(desk.id, "hours", saved=bool(typed))

    async def closed_until(self, case: Case) -> int | None:
        """When the desk of a case opens next, epoch milliseconds; None when it is open, when nobody knows, and for what
        is red. A case without a desk yet is the national one's until a region is named."""
        if case.red:
            return None
        now = self._tx.now
        opens = (await self._tx.hours.of(case.desk or NATIONAL)).next_open(now, is_holiday)
        return None if opens is None or opens <= now else opens

    async def read_meanwhile(self, case: Case, opens_at: int) -> None:
        """Behind the receipt that has named the time: what she may read while she waits."""
        if case.person is not None and await self._tx.hours.tell(case.id, opens_at):
            await self._tell.person(case.person, "closed_hours", case=case, code=case.code, opens=None)

    async def say(self, case: Case) -> None:
        """Her case waits for another time than she was told, or goes on in closed hours: when it opens."""
        opens = await self.closed_until(case)
        if opens is not None and case.person is not None and await self._tx.hours.tell(case.id, opens):
            await self._tell.person(case.person, "closed_hours", case=case, code=case.code, opens=opens)

    async def page(self, person: Person, name: str) -> bool:
        """Something to read; whether there is such a page."""
        if name not in READING:
            return False
        await self._tell.person(person.key, "page", once="page", name=name)
        return True
