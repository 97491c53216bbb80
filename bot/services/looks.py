"""A second look at a red case that one operator has ended: a supervisor confirms the end, or opens the case again."""

from bot.domain.cases import Case, OldButton, SecondNeeded, Status
from bot.domain.desks import NATIONAL, Desk, Member, Operator
from bot.services.cases import Cases
from bot.services.tell import Tell
from storage.database import Transaction
from storage.looks import Look


class NotSupervisor(Exception):
    """Only an administrator of the group, as Telegram says now, may do this."""


class OpenElsewhere(Exception):
    """The person has another open case: this one cannot be opened again. `code` names it."""

    def __init__(self, code: str) -> None:
        super().__init__("another case is open")
        self.code = code


class Looks:
    """What supervisors of a case's desk, or of the national one, do about it."""

    def __init__(self, tx: Transaction, tell: Tell, cases: Cases) -> None:
        self._tx = tx
        self._tell = tell
        self._cases = cases

    async def confirm(self, desk: Desk, code: str, operator: Operator, member: Member) -> None:
        """The end was right. Raises NotSupervisor, SecondNeeded for who has ended it, OldButton."""
        case, look = await self._look(desk, code, operator, member)
        await self._done(case, look, operator, "confirmed")

    async def reopen(self, desk: Desk, code: str, operator: Operator, member: Member) -> None:
        """It goes back to the queue, red, and rings for all. Raises as `confirm`, and OpenElsewhere."""
        case, look = await self._look(desk, code, operator, member)
        if case.person is None:
            raise OldButton
        other = await self._tx.cases.open_of(case.person)
        if other is not None:
            raise OpenElsewhere(other.code)
        await self._done(case, look, operator, "reopened")
        reopened = await self._cases.again(case.reopened(self._tx.now, within=None))
        await self._tell.person(case.person, "screen", case=reopened, key="look.reopened", keyboard="menu",
                                values={"code": case.code})  # fmt: skip

    async def _look(self, desk: Desk, code: str, operator: Operator, member: Member) -> tuple[Case, Look]:
        case = await self._tx.cases.with_code(code)
        look = await self._tx.looks.of(case.id) if case else None
        if case is None or look is None or case.status is not Status.CLOSED or desk.id not in (look.desk, NATIONAL):
            raise OldButton
        if member is not Member.SUPERVISOR:
            raise NotSupervisor
        if look.ended_by == operator.key:
            raise SecondNeeded
        return case, look

    async def _done(self, case: Case, look: Look, operator: Operator, how: str) -> None:
        await self._tx.looks.take(case.id)
        await self._tx.audits.add(f"second_look.{how}", case.id, operator.key)
        await self._tell.looked(look, f"look.line.{how}", code=case.code, alias=operator.alias)
