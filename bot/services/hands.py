"""What people do to topics by hand: close, open, rename. The bot's topics stay what their cases are."""

from dataclasses import replace
from functools import partial

from bot.domain.cases import Case, Status, WrongMove
from bot.domain.desks import Desk
from bot.domain.messages import Priority
from bot.services.placing import Placing
from bot.services.tell import Tell
from storage.database import Transaction

ANSWER_WITHIN = 15 * 60_000
"""Milliseconds after a topic was closed by hand in which its case can be closed (DESK.md, Unusual events)."""


class Hands:
    """Follows service messages about topics that the bot has made."""

    def __init__(self, tx: Transaction, tell: Tell, placing: Placing) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing

    async def closed(self, desk: Desk, thread_id: int) -> None:
        """Taken as a wish to close the case: what came of it is asked. A case that nobody has, and a topic of the
        desk's own, are opened again at once."""
        fixed = await self._tx.desks.topic_name(desk.id, thread_id)
        if fixed is not None:
            await self._tell.fixed_topic(desk.id, fixed, "fixed_open", thread_id)
            return
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        if case is None or not case.status.open:
            return
        if case.status is Status.WAITING:
            await self._open_again(case)
            return
        await self._tx.hands.closed(case.id, self._tx.now + ANSWER_WITHIN)
        await self._tell.line(case, "line.closed_by_hand")

    async def opened(self, desk: Desk, thread_id: int) -> None:
        """The case is open again, too, as long as its person could go on with it; else the topic is closed again."""
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        if case is None:
            return
        await self._tx.hands.opened(case.id)
        if case.status.open:
            return
        try:
            again = case.reopened(self._tx.now)
        except WrongMove:
            again = None
        if again is None or case.person is None or await self._tx.cases.open_of(case.person) is not None:
            await self._tell.line(case, "line.stays_closed")
            await self._tell.topic(case, "close_topic", priority=Priority.EDIT)
            return
        again = await self._tx.cases.save(replace(again, release_at=None))  # nobody waits for an answer
        await self._tell.looked(await self._tx.looks.take(case.id), "look.line.again", code=case.code)
        await self._tell.line(again, "line.opened_by_hand")
        await self._tell.topic(again, "rename", priority=Priority.EDIT)
        await self._tell.topic_card_edit(again)
        if again.status is Status.WAITING:
            await self._placing.place(await self._tx.cases.save(again.without_card()))
        else:
            await self._tell.queue_edit(again)

    async def renamed(self, desk: Desk, thread_id: int) -> None:
        """A topic's name is code and subject, never a name, a school or a village: it is put back."""
        fixed = await self._tx.desks.topic_name(desk.id, thread_id)
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        if fixed is not None:
            await self._tell.fixed_topic(desk.id, fixed, "fixed_name", thread_id)
        elif case is not None:
            await self._tell.topic(case, "rename", priority=Priority.EDIT)

    async def open_due(self, now: int) -> None:
        """Nobody has said what came of it: the talk goes on."""
        for name in await self._tx.hands.due(now, 2 * ANSWER_WITHIN):
            await self._tx.alone("a topic cannot be opened again", partial(self._due, name))

    async def _due(self, name: str) -> None:
        case = await self._tx.cases.get(name)
        if case is not None and case.status.open:
            await self._open_again(case)

    async def _open_again(self, case: Case) -> None:
        await self._tell.topic(case, "reopen_topic")
        await self._tell.line(case, "line.topic_opened_again")
