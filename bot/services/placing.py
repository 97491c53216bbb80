"""Where a case waits: a card in its desk's queue, or the national desk's when a red one's own cannot be reached."""

from bot.domain.cases import Case
from bot.domain.desks import NATIONAL
from bot.services.tell import Tell
from storage.database import Transaction


class Placing:
    """Puts cards into queues and takes cases away from desks."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def place(self, case: Case) -> Case:
        """A card for a case that waits or alarms; a red one never goes to a desk that is down."""
        if case.red and case.desk != NATIONAL:
            desk = await self._tx.desks.get(case.desk or "")
            if desk is None or desk.down:
                return await self.move(case, NATIONAL)
        await self._tell.queue_card(case)
        return case

    async def move(self, case: Case, desk: str) -> Case:
        """To another desk's queue, or afresh to the same one. What was shown of it where it was goes as soon as that
        group can be reached; what waits to be shown there is in the history that the next claimer gets."""
        await self._tx.outbox.drop_shown(case.id)
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        if case.desk is not None and case.thread_id is not None:
            await self._tell.delete_topic(case.desk, case.thread_id)
        moved = await self._tx.cases.save(case.moved(desk))
        await self._tell.queue_card(moved)
        return moved

    async def show_again(self, case: Case) -> None:
        """The card vanished: somebody deleted it or its topic."""
        await self._tell.queue_card(await self._tx.cases.save(case.without_card()))
