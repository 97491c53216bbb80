"""Somebody who writes very much: her messages go into the topic together. Every word arrives, and red never waits."""

from bot.domain.cases import Case
from bot.services.tell import Tell
from storage.database import Transaction

WINDOW = 60_000
"""Milliseconds in which her messages are counted."""

FREE = 12
"""So many in a minute go one by one: who is upset sends half sentences, a message every five seconds. Ordinary traffic
has 16 calls of a group's minute (DESIGN.md 5); one person alone must not use them up."""

GATHER = 15_000
"""Milliseconds for which further ones are gathered: four calls a minute, and her operator reads what is no older."""

TOGETHER = 100
"""Messages that one row names: what Telegram does not take for an hour must not become one endless row."""


class Flood:
    """Puts her messages in the topic, one by one or together: her words, and the labels of whatever is no text."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def show(self, case: Case, message: str) -> None:
        """A message of hers, stored under this id, for whoever has the case. What is urgent, and what is read in a
        private chat, never waits for more of it."""
        if case.red or case.aside is not None or not await self.much(case):
            await self._tx.floods.let_go(case.id)
            await self._tell.topic(case, "words", message=message)
            return
        together = await self._tx.floods.add(case.id, message)
        await self._tell.flood(case, together, GATHER)
        if len(together) >= TOGETHER:
            await self._tx.floods.let_go(case.id)

    async def much(self, case: Case, message: str | None = None) -> bool:
        """Whether her newest message is more than what goes one by one in a minute, or whether the one of this id was
        when it came; a clock set back makes nothing wait."""
        this, before = await self._tx.messages.times_of(case.id, FREE, message)
        at = self._tx.now if message is None else this
        return at is not None and before is not None and 0 <= at - before < WINDOW
