"""Where is the case with this code? An operator asks by its code, and reads its state, without a word of it."""

from bot.domain.cases import Case
from bot.domain.codes import read_code
from bot.domain.desks import NATIONAL, Desk
from bot.services.ladders import Ladders
from bot.services.tell import Tell
from storage.database import Transaction

QUEUES = ("queue", "urgent")
"""Fixed topics in which a code alone is a question."""


class Search:
    """Codes of a desk; at the national desk also those that it was called to, or that are offered to it."""

    def __init__(self, tx: Transaction, tell: Tell, ladders: Ladders) -> None:
        self._tx = tx
        self._tell = tell
        self._ladders = ladders

    async def in_queue(self, desk: Desk, thread_id: int) -> bool:
        """Whether this is a topic in which a code alone is a question."""
        return await self._tx.desks.topic_name(desk.id, thread_id) in QUEUES

    async def find(self, desk: Desk, typed: str, thread_id: int | None, message_id: int) -> None:
        """The answer stands under the question; in General, which is never written to, in the queue."""
        code = read_code(typed)
        case = await self._tx.cases.with_code(code) if code else None
        key = "search.bad" if code is None else "search.none"
        found = case.id if case is not None and await self._may_see(desk, case) else None
        own = await self._tx.cases.of_topic(desk.id, thread_id) if thread_id is not None else None
        if own is not None:
            await self._tell.topic(own, "found", found=found, key=key, message_id=message_id)
            return
        topic = await self._tx.desks.topic_name(desk.id, thread_id) if thread_id is not None else None
        await self._tell.found(desk.id, topic or QUEUES[0], found=found, key=key, message_id=message_id)

    async def _may_see(self, desk: Desk, case: Case) -> bool:
        """A desk never learns of another's case; what the national desk was called to it may ask for."""
        if case.desk == desk.id:
            return True
        if desk.id != NATIONAL or case.desk is None:
            return False
        offer = await self._tx.handovers.of(case.id)
        ladder = await self._tx.ladders.of(case.id)
        called = ladder is not None and ladder.call_message_id is not None
        offered = offer is not None and offer.desk == NATIONAL and not offer.asks
        look = await self._tx.looks.of(case.id)
        return called or offered or look is not None or await self._ladders.calls_national(case)
