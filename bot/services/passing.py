"""Handing over: a claimed case goes to a colleague, the national desk or, with the person's yes, another region."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from bot.domain.cases import Case, NotYours, OldButton, Status, WrongMove
from bot.domain.desks import NATIONAL, Desk, Operator
from bot.domain.handover import ACCEPT_WITHIN, CONSENT_WITHIN, Handover, NotThere
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.people import Person
from bot.services.cases import NotOpen
from bot.services.desk import DeskWork
from bot.services.tell import Tell
from storage.database import Transaction


class Passing:
    """What a giver, a receiver and the person say of it. Until it is accepted the case is the giver's in every way: her
    words reach the person, and the clocks of her silence run."""

    def __init__(self, tx: Transaction, tell: Tell, work: DeskWork) -> None:
        self._tx = tx
        self._tell = tell
        self._work = work

    async def begin(self, desk: Desk, code: str, giver: Operator, to: str, alias: str) -> None:
        """She wants to give a case to the one with this alias, or to the desk `to`: the first of three lines is asked.

        Raises NotYours, WrongMove, NotThere.
        """
        case = await self._own(desk, code, giver)
        await self._receiver(case, giver, to, alias)
        await self._tell.topic_card_edit(case)
        await self._tell.line(case, "pass.happened")

    async def ask_next(self, desk: Desk, code: str, giver: Operator, question: str, message_id: int) -> None:
        """Her line is marked as a note, and the next one is asked. Raises NotYours, WrongMove."""
        case = await self._own(desk, code, giver)
        await self._work.noted(case, message_id)
        await self._tell.line(case, question)

    async def offer(
        self, desk: Desk, code: str, giver: Operator, to: str, alias: str, lines: Sequence[str], message_id: int
    ) -> None:  # fmt: skip
        """Her three lines stand in the topic, and the case is offered: at once, or when the person has said yes. When
        nobody can be asked any more, she reads that. Raises NotYours, WrongMove."""
        case = await self._own(desk, code, giver)
        await self._work.noted(case, message_id)
        summary = Incoming(Kind.TEXT, "\n".join(lines))
        message = await self._tx.messages.add(case.id, Direction.SUMMARY, summary, operator=giver.key)
        await self._tell.topic(case, "summary", message=message)
        await self._taken_back(case)
        try:
            heir = await self._receiver(case, giver, to, alias)
        except NotThere:
            await self._tell.line(case, "pass.receiver_gone")
            return
        number, asks = await self._tx.messages.last(case.id), to not in (NATIONAL, desk.id)
        due = self._tx.now + (CONSENT_WITHIN if asks else ACCEPT_WITHIN)
        offer = Handover(case.id, giver.key, heir.key if heir else None, to, number, asks, due)
        await self._tx.handovers.save(offer)
        if asks:
            await self._tell.line(case, "pass.person_asked")
            await self._tell.person(str(case.person), "pass_ask", case=case, code=case.code, desk=to)
        else:
            await self._show(case, giver, offer, heir)

    async def consent(self, person: Person, code: str, *, yes: bool) -> Case:
        """Her answer whether another region's desk may have it. Raises NotOpen when that is not asked any more."""
        case = await self._tx.cases.open_of(person.key)
        offer = await self._tx.handovers.of(case.id) if case else None
        giver = await self._tx.operators.get(offer.giver) if offer else None
        if case is None or case.code != code or offer is None or giver is None or not offer.asks:
            raise NotOpen
        if case.status is not Status.CLAIMED or case.claimer != giver.key:
            raise NotOpen
        if not yes:
            await self._tx.handovers.drop(case.id)
            await self._tell.line(case, "pass.person_no")
            return case
        offer = replace(offer, asks=False, due_at=self._tx.now + ACCEPT_WITHIN)
        await self._tx.handovers.save(offer)
        await self._tell.line(case, "pass.person_yes")
        await self._show(case, giver, offer, None)
        return case

    async def show_consent(self, person: Person, case: Case, message_id: int, *, yes: bool) -> None:
        """What follows from her answer, in the place of the question."""
        await self._tell.person(person.key, "pass_told", case=case, yes=yes, message_id=message_id)

    async def accept(self, desk: Desk, code: str, heir: Operator) -> None:
        """Who was asked, or anybody of the desk that was asked, takes the case over; the clock of her silence begins
        anew. Raises OldButton when that is over or was asked of somebody else."""
        case = await self._tx.cases.with_code(code)
        offer = await self._tx.handovers.of(case.id) if case else None
        giver = await self._tx.operators.get(offer.giver) if offer else None
        if case is None or offer is None or giver is None or offer.asks or offer.desk != desk.id:
            raise OldButton
        if offer.heir not in (None, heir.key) or heir.key == giver.key:
            raise OldButton
        if not await self._passed(case, offer, giver, heir):
            raise OldButton
        await self._over(case, offer, "pass.accepted", alias=heir.alias, code=case.code)

    async def unheard(self, desk: Desk, thread_id: int, operator: Operator, message_id: int) -> None:
        """A line that replies to one of the three questions when nobody asks any more: she must not believe that the
        case is on its way."""
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        hers = case is not None and case.status is Status.CLAIMED and case.claimer == operator.key
        if case is not None and hers and await self._tx.handovers.of(case.id) is None:
            await self._tell.topic(case, "reply", key="pass.unheard", values={}, message_id=message_id)

    async def return_due(self, now: int) -> None:
        """What nobody has accepted stays with the giver, who is told."""
        for offer in await self._tx.handovers.due(now):
            await self._tx.alone("a case cannot come back", partial(self._return, offer))

    async def _passed(self, case: Case, offer: Handover, giver: Operator, heir: Operator) -> bool:
        """Whether it was still hers to give. Another region gets the summary and what was said since."""
        if offer.desk == case.desk:
            return await self._work.hand_over(case, giver, heir) is not None
        since = None if offer.desk == NATIONAL else offer.summary
        passed = await self._work.hand_to(case, giver, heir, offer.desk, since)
        if passed is None:
            return False
        await self._tell.operator(giver.key, "pass.gone", code=case.code, desk=offer.desk)
        return True

    async def _return(self, offer: Handover) -> None:
        case, giver = await self._tx.cases.get(offer.case), await self._tx.operators.get(offer.giver)
        await self._tx.handovers.drop(offer.case)
        if case is None or giver is None:
            return
        await self._over(case, offer, "pass.expired", code=case.code)
        if case.status is Status.CLAIMED and case.claimer == giver.key:
            key = "pass.person_silent" if offer.asks else "pass.nobody"
            await self._tell.ping(case, key)
            await self._tell.operator(giver.key, "pass.back", code=case.code)

    async def _taken_back(self, case: Case) -> None:
        """An offer that she has replaced by another one."""
        offer = await self._tx.handovers.of(case.id)
        if offer is not None:
            await self._over(case, offer, "pass.taken_back", code=case.code)

    async def _over(self, case: Case, offer: Handover, key: str, **values: str) -> None:
        """The offer is no offer any more; its message becomes a line."""
        await self._tx.handovers.drop(case.id)
        if offer.message_id is not None:
            await self._tell.pass_over(offer.desk, case.id, offer.message_id, key, **values)

    async def _show(self, case: Case, giver: Operator, offer: Handover, heir: Operator | None) -> None:
        """In the case's own topic to a colleague, in the queue of another desk; and to one of them in private."""
        if heir is not None:
            await self._tell.topic(case, "pass_offer", alias=giver.alias, heir=heir.alias)
        else:
            await self._tell.pass_card(case, offer.desk, giver.alias)
        told = heir.key if heir else await self._tx.shifts.next(offer.desk)
        if told is not None:
            await self._tell.operator(told, "pass.offered", code=case.code, desk=offer.desk)

    async def _receiver(self, case: Case, giver: Operator, to: str, alias: str) -> Operator | None:
        """The colleague, or None for a whole desk. Raises NotThere."""
        if not alias:
            desk = await self._tx.desks.get(to)
            if desk is None or desk.down or desk.id == case.desk:
                raise NotThere
            return None
        heir = await self._tx.operators.with_alias(alias)
        on = {watch.operator for watch in await self._tx.shifts.on(to) if watch.reachable}
        if heir is None or heir.key not in on or heir.key == giver.key or to != case.desk:
            raise NotThere
        return heir

    async def _own(self, desk: Desk, code: str, operator: Operator) -> Case:
        case = await self._tx.cases.with_code(code)
        if case is None or case.desk != desk.id or not case.status.open or case.aside is not None:
            raise WrongMove
        if case.claimer != operator.key:
            raise NotYours
        return case
