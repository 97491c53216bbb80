"""What follows from danger in a person's words or taps: her case rises and never falls, and she gets what helps now."""

from dataclasses import replace

from bot.domain.cases import Case, Safe
from bot.domain.desks import NATIONAL
from bot.domain.urgency import Assessment, Level, Reason
from bot.services.ladders import Ladders
from bot.services.placing import Placing
from bot.services.tell import Tell
from storage.database import Transaction
from storage.reference import Subject

TOGETHER_WITHIN = 10 * 60_000
"""Milliseconds in which a person's messages are read together (`bot.telegram.lately`)."""


class Dangers:
    """Findings, urgency, the emergency card and the question whether she is safe."""

    def __init__(self, tx: Transaction, tell: Tell, placing: Placing, ladders: Ladders) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing
        self._ladders = ladders

    async def found(self, case: Case, assessed: Assessment, *, fresh: bool = False) -> None:
        """In words that are in the case already, less than red: the case rises, and once she is asked. `fresh`: this
        has just opened it, so its card shows all."""
        if assessed.level is Level.ORDINARY:
            return
        await self.noted(case, assessed)
        if not fresh:
            case = await self.raised(case, assessed.level)
        if not case.red:
            await self.ask_safe(case)

    async def alarm(self, case: Case, assessed: Assessment, *, fresh: bool = False) -> bool:
        """Red, by whatever but the button: the case rises and the numbers go out, for words that are red again at most
        once in ten minutes. `fresh`: this has just opened or reopened it, red. Whether it is red only now."""
        was = await self._current(case)
        first = fresh or not was.red
        await self.noted(was, assessed)
        if fresh:
            await self._tx.outbox.lift(was.id, was.person)
        else:
            case = await self.raised(was, Level.RED)
        await self._ladders.alarmed(case)
        if not was.red and case.thread_id is not None:
            await self._tell.line(case, "line.red")
        if first or case.numbers_due(self._tx.now):
            await self.numbers(case, first)
        return first

    async def chosen(self, case: Case, subject: Subject) -> None:
        """A subject by its button: some say by themselves how urgent it is."""
        category = None if subject.triage_category == "none" else subject.triage_category
        assessed = Assessment(subject.level, category, (Reason("subject"),))
        if subject.level is Level.RED:
            await self.alarm(case, assessed)
        else:
            await self.found(case, assessed)

    async def noted(self, case: Case, assessed: Assessment) -> None:
        """Stores what was found. The urgent sign alone is no finding: the case says when it was pressed. Words that
        were read together with what she has taken back since are not kept."""
        words = tuple(reason for reason in assessed.reasons if reason.code != "sos")
        before = any(reason.code == "before" for reason in words)
        if before and await self._tx.messages.taken_back_since(case.id, self._tx.now - TOGETHER_WITHIN):
            words = tuple(Reason(reason.code) for reason in words)
        if words:
            await self._tx.findings.add(case.id, replace(assessed, reasons=words))

    async def raised(self, case: Case, level: Level) -> Case:
        """Raises a case. A red one leaves the ordinary queue for the urgent topic at once, claimed or not, with all
        that waits; an amber one goes before ordinary ones and waits for no region."""
        before = await self._current(case)
        raised = before.raised(level, self._tx.now)
        if raised != before:
            raised = await self._tx.cases.save(raised)
        if raised.red:
            await self._tx.outbox.lift(raised.id, raised.person)
        elif raised.urgency is Level.AMBER:
            await self._tx.outbox.advance_card(raised.id)
        if raised.desk is None and raised.urgency is not Level.ORDINARY:
            return await self._placing.route(raised)
        if raised.red and not before.red:
            return await self._rung(raised)
        if raised.desk is not None and raised.status.open:
            await self._changed(before, raised)
        return raised

    async def _rung(self, case: Case) -> Case:
        """A card of its own in the urgent topic; the old one becomes a line."""
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        waits = await self._tx.cases.save(case.without_card())
        case = await self._placing.offer(waits)  # her region's desk, when she has named one meanwhile
        if case is waits:
            case = await self._placing.place(waits)
        if case.thread_id is not None:
            await self._tell.topic(case, "rename")
            await self._tell.topic_card_edit(case)
        return case

    async def _changed(self, before: Case, case: Case) -> None:
        """Cards that are out show it; who has the case reads a line when it turned amber."""
        await self._tell.card_changed(case)
        if case.urgency is not before.urgency and case.thread_id is not None:
            await self._tell.line(case, "line.amber")

    async def numbers(self, case: Case, first: bool) -> None:
        """The emergency card, ahead of all that waits for her."""
        if case.person is None:
            return
        case = await self._tx.cases.save((await self._current(case)).numbered(self._tx.now))
        await self._tell.emergency(str(case.person), await self._urgent_screen(case, first), case)

    async def ask_safe(self, case: Case) -> None:
        """The one tap question, once a case."""
        case = await self._current(case)
        if case.safe is None and case.person is not None:
            await self._tx.cases.save(case.asked_safe(Safe.ASKED))
            await self._tell.person(case.person, "safe", case=case, code=case.code)

    async def is_safe(self, case: Case) -> None:
        """She says that she is: whoever reads the case sees it. It lowers nothing."""
        if case.read:
            await self._tell.line(case, "line.safe")
        if case.desk is not None:
            await self._tell.card_changed(case)

    async def _urgent_screen(self, case: Case, first: bool) -> str:
        """Which emergency card is true now: nobody can be called in a group while neither the case's own nor the
        national one can be reached."""
        desks = [await self._tx.desks.get(desk) for desk in (case.desk or NATIONAL, NATIONAL)]
        if all(desk is None or desk.down for desk in desks):
            return "sos.unreachable"
        return "sos.screen" if first else "sos.again"

    async def _current(self, case: Case) -> Case:
        return await self._tx.cases.get(case.id) or case
