"""Coming back to a case on a date, and the lists of what is in hand."""

from functools import partial

from bot.domain import control
from bot.domain.cases import Case, NotYours, OldButton, Status, WrongMove
from bot.domain.control import Control, When
from bot.domain.desks import Desk, Operator
from bot.services.tell import Tell
from storage.database import Transaction


class Controls:
    """Dates of cases. A claimer sets them; when one comes, she is called in the topic, or her desk in its queue."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def remind(self, desk: Desk, code: str, operator: Operator, when: When) -> None:
        """Raises NotYours, WrongMove, or OldButton for an evening that is over."""
        case = await self._own(desk, code, operator)
        at = control.moment(when, self._tx.now)
        if at <= self._tx.now:
            raise OldButton
        await self._set(case, at)

    async def ask_date(self, desk: Desk, code: str, operator: Operator) -> None:
        """The next line that replies to the question is the date. Raises NotYours, WrongMove."""
        case = await self._own(desk, code, operator)
        await self._tell.topic_card_edit(case)
        await self._tell.line(case, "control.ask_date")

    async def remind_at(self, desk: Desk, code: str, operator: Operator, text: str) -> None:
        """At a date that was typed. Raises NotYours, WrongMove, BadDate."""
        case = await self._own(desk, code, operator)
        await self._set(case, control.typed(text, self._tx.now))

    async def bad_date(self, desk: Desk, code: str, operator: Operator) -> None:
        """What she typed is no date; the question again. Raises NotYours, WrongMove."""
        await self._tell.line(await self._own(desk, code, operator), "control.bad_date")

    async def keep(self, desk: Desk, code: str, operator: Operator) -> None:
        """The date stays when the case is closed. Raises NotYours, WrongMove, OldButton."""
        case = await self._own(desk, code, operator)
        if not await self._tx.controls.keep(case.id):
            raise OldButton
        await self._tell.line(case, "control.kept")

    async def drop(self, desk: Desk, code: str, operator: Operator) -> None:
        """No date any more; of a case that nobody has, anybody may say so. Raises NotYours, WrongMove, OldButton."""
        case = await self._here(desk, code)
        if case.status is Status.CLAIMED and case.claimer != operator.key:
            raise NotYours
        if not await self._tx.controls.drop(case.id):
            raise OldButton
        if case.thread_id is not None:
            await self._tell.line(case, "control.dropped")
        if case.status is Status.CLAIMED:
            await self._tell.topic_card_edit(case)

    async def remind_due(self, now: int) -> None:
        """Whatever date has come; one that cannot be told stops none of the others."""
        for one in await self._tx.controls.due(now):
            await self._tx.alone("a desk cannot be reminded", partial(self._due, one))

    async def listed(self, desk: Desk, operator: Operator) -> bool | None:
        """What is on control today goes to her private chat: whether she has one, None when there is nothing."""
        start, end = control.today(self._tx.now)
        if not await self._tx.controls.today(desk.id, start, end):
            return None
        return await self._privately(operator, "control_list", desk.id)

    async def codes(self, desk: Desk) -> list[str]:
        """What is on control today, for whoever has no private chat."""
        start, end = control.today(self._tx.now)
        return [one.code for one in await self._tx.controls.today(desk.id, start, end)]

    async def mine(self, desk: Desk | None, operator: Operator) -> bool | None:
        """What is hers, at one desk or at all, goes to her private chat: whether she has one, None when nothing is."""
        where = desk.id if desk is not None else None
        if not await self._tx.controls.in_hand(operator.key, where):
            return None
        return await self._privately(operator, "mine", where)

    async def _privately(self, operator: Operator, kind: str, desk: str | None) -> bool:
        person = await self._tx.people.get(operator.key)
        if person is None or person.blocked:
            return False
        await self._tell.worklist(operator.key, kind, desk)
        return True

    async def _due(self, one: Control) -> None:
        case = await self._tx.cases.get(one.case)
        await self._tx.controls.told(one.case)
        if case is None or not (case.status.open or (one.keeps and case.status is Status.CLOSED)):
            await self._tx.controls.drop(one.case)
        elif case.status is Status.CLAIMED:
            await self._tell.ping(case, "control.ping")
        elif case.desk is not None:
            await self._tell.queue_note(case, "control_note")

    async def _set(self, case: Case, at: int) -> None:
        await self._tx.controls.set(case.id, at)
        await self._tell.topic_card_edit(case)
        await self._tell.topic(case, "control_set", at=at)

    async def _here(self, desk: Desk, code: str) -> Case:
        case = await self._tx.cases.with_code(code)
        if case is None or case.desk != desk.id:
            raise WrongMove
        return case

    async def _own(self, desk: Desk, code: str, operator: Operator) -> Case:
        case = await self._here(desk, code)
        if not case.status.open:
            raise WrongMove(case.status)
        if case.claimer != operator.key:
            raise NotYours
        return case
