"""What an operator was shown in her private chat of a case that she answers there."""

from storage.statements import Statements


class AsideTable:
    """The `aside_message` table: numbers of messages, no words."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, message_id: int) -> None:
        """The claimer was shown this."""
        await self._tx.run(
            "INSERT INTO aside_message (case_id, message_id) VALUES (:case, :message) ON CONFLICT DO NOTHING",
            case=case, message=message_id,
        )  # fmt: skip

    async def take(self, case: str) -> list[int]:
        """All that she was shown, the newest first; forgotten by this call."""
        rows = await self._tx.all("DELETE FROM aside_message WHERE case_id = :case RETURNING message_id", case=case)
        return sorted((row["message_id"] for row in rows), reverse=True)
