"""`/help` for operators: in a topic about that topic, in private about what she can type there."""

from bot.domain.desks import ANSWERS, Desk
from bot.services.tell import Tell
from storage.database import Transaction

CASE_PAGE = "topic"
"""The page about the topic of a case."""

PAGES = {ANSWERS: "shift"}
"""Topics of the bot's own whose page has another name: where supervisors read nobody is answered."""


class Guide:
    """Which page belongs where."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def topic(self, desk: Desk, thread_id: int | None) -> None:
        """Into the topic where it was asked. General and topics that the bot does not know are never written in: what
        was asked there is answered in the shift topic."""
        name = await self._tx.desks.topic_name(desk.id, thread_id) if thread_id else None
        case = await self._tx.cases.of_topic(desk.id, thread_id) if thread_id and name is None else None
        if case is not None:
            await self._tell.guide(desk.id, "", CASE_PAGE, case)
        elif name is not None:
            kind = name.partition(":")[0]
            await self._tell.guide(desk.id, name, PAGES.get(kind, kind))
        else:
            await self._tell.guide(desk.id, "shift", "queue")

    async def private(self, key: str) -> None:
        """What an operator can type in her private chat; nothing for anybody else."""
        operator = await self._tx.operators.get(key)
        if operator is None:
            return
        if await self._tx.operators.sits_anywhere(key):
            await self._tell.operator(key, "help.operator")
        if operator.administrator:
            await self._tell.operator(key, "help.administrator")
