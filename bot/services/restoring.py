"""What must be true when the bot starts from a backup: an old state meets a Telegram that has gone on without it."""

from dataclasses import dataclass

from bot.domain.cases import Case
from bot.services.placing import Placing
from bot.services.tell import Tell
from storage.database import Transaction


@dataclass(frozen=True)
class Prepared:
    """How many rows go again, and how many red cases ring again."""

    again: int
    red: int


class Restoring:
    """Once after a restore, before the database is in its place."""

    def __init__(self, tx: Transaction, tell: Tell, placing: Placing) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing

    async def prepare(self, made_at: int) -> Prepared:
        """`made_at`: when the backup was made, epoch milliseconds.

        Links that were open then are dead: whoever has used one since could use it twice.
        """
        again = await self._tx.outbox.from_backup()
        await self._tx.desks.forget_invitations()
        cases = await self._tx.cases.all_open()
        reds = [case for case in cases if case.red]
        for case in reds:
            await self._show_topic(await self._ring(case))
        for case in cases:
            if not case.red:
                await self._show_topic(await self._show_card(case))
        await self._tell.administrators("alarm.restored", made_at=made_at, red=len(reds))
        return Prepared(again, len(reds))

    async def _ring(self, case: Case) -> Case:
        """A fresh card in the urgent topic, unless one waits for it already."""
        case = await self._tx.cases.save(case.resumed(self._tx.now))
        if await self._tx.outbox.has_card(case.id, f"{case.desk}/{case.queue}"):
            return case
        return await self._placing.ring_again(case)

    async def _show_card(self, case: Case) -> Case:
        """Its card may have become a line without a button since, when it was taken: nobody could take it again."""
        case = await self._tx.cases.save(case.resumed(self._tx.now))
        if case.desk is not None:
            await self._tell.queue_edit(case)
        return case

    async def _show_topic(self, case: Case) -> None:
        """Its topic may have been closed since: operators could not write in it."""
        if case.thread_id is not None:
            await self._tell.topic(case, "reopen_topic")
            await self._tell.topic(case, "rename")
            await self._tell.topic_card_edit(case)
