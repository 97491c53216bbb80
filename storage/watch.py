"""What tells a watcher whether the bot does its work: a write that proves the disk, and what red waits since when."""

from storage.statements import Statements


class WatchTable:
    """Reads over `inbox`, `outbox` and `cases`; its write is a row of `alarm`. Times are epoch milliseconds."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def touch(self) -> None:
        """Writes, because a disk that is full still reads.

        Always another value: SQLite leaves a row alone that would stay as it is.
        """
        await self._tx.run(
            "INSERT INTO alarm (name, last_at) VALUES ('health.look', :now)"
            " ON CONFLICT (name) DO UPDATE SET last_at = :now + (alarm.last_at = :now)",
            now=self._tx.now,
        )

    async def red_on_the_way(self) -> dict[str, int]:
        """Red updates that are not done and red posts that Telegram does not have yet, with their times of arrival.

        A look whether a desk is back is nobody's word; what goes to operators in private comes beside the card.
        """
        rows = await self._tx.all(
            "SELECT 'in' || seq AS name, received_at AS since FROM inbox WHERE state = 'waiting' AND red = 1"
            " UNION ALL SELECT 'out' || seq, created_at FROM outbox"
            " WHERE state IN ('waiting', 'sending') AND priority = 0 AND kind <> 'probe'"
            " AND recipient_kind IN ('desk', 'case', 'person')"
        )
        return {row["name"]: row["since"] for row in rows}

    async def red_unclaimed(self) -> dict[str, int]:
        """Red cases that nobody has taken, with the times at which they were opened; but for those that the person has
        called a mistake: nobody outside is called about them."""
        rows = await self._tx.all(
            "SELECT c.id AS name, c.opened_at AS since FROM cases c LEFT JOIN ladder l ON l.case_id = c.id"
            " WHERE c.status = 'waiting' AND c.urgency = 'red' AND COALESCE(l.answer, '') <> 'mistake'"
        )
        return {row["name"]: row["since"] for row in rows}
