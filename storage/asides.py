"""What an operator was shown in her private chat of a case that she answers there."""

from storage.statements import Statements


class AsideTable:
    """The `aside_message` table: numbers of messages, no words; and when the last talk of an operator ended."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, message_id: int) -> None:
        """The claimer was shown this."""
        await self._tx.run(
            "INSERT INTO aside_message (case_id, message_id) VALUES (:case, :message) ON CONFLICT DO NOTHING",
            case=case, message=message_id,
        )  # fmt: skip

    async def over(self, operator: str) -> None:
        """A talk of hers has just ended."""
        await self._tx.run(
            "UPDATE operator SET aside_over_at = :now WHERE key = :operator", now=self._tx.now, operator=operator
        )

    async def resume(self, operator: str) -> None:
        """She wants to write for herself."""
        await self._tx.run(
            "UPDATE operator SET aside_over_at = NULL WHERE key = :operator AND aside_over_at IS NOT NULL",
            operator=operator,
        )

    async def over_since(self, operator: str, since: int) -> bool:
        """Whether a talk of hers has ended since then, in epoch milliseconds."""
        row = await self._tx.one(
            "SELECT 1 FROM operator WHERE key = :operator AND aside_over_at > :since AND aside_over_at <= :now",
            operator=operator, since=since, now=self._tx.now,
        )  # fmt: skip
        return row is not None

    async def take(self, case: str) -> list[int]:
        """All that she was shown, the newest first; forgotten by this call."""
        rows = await self._tx.all("DELETE FROM aside_message WHERE case_id = :case RETURNING message_id", case=case)
        return sorted((row["message_id"] for row in rows), reverse=True)
