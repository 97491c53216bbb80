"""What an operator was shown in her private chat of a case that she answers there."""

from collections.abc import Collection

from storage.statements import Statements, listed


class AsideTable:
    """The `aside_message` table: numbers of messages, no words; and when the last talk of an operator ended."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx
        self._ahead: dict[str, int | None] = {}
        """Read ahead, by key; whatever is written here forgets it."""

    async def read_ahead(self, people: Collection[str]) -> None:
        """When the last talk of each of them ended: every message of a private chat asks for it."""
        them, values = listed("p", people)
        rows = await self._tx.all(f"SELECT key, aside_over_at FROM operator WHERE key IN ({them})", **values)
        self._ahead = dict.fromkeys(people) | {row["key"]: row["aside_over_at"] for row in rows}

    async def add(self, case: str, message_id: int) -> None:
        """The claimer was shown this."""
        await self._tx.run(
            "INSERT INTO aside_message (case_id, message_id) VALUES (:case, :message) ON CONFLICT DO NOTHING",
            case=case, message=message_id,
        )  # fmt: skip

    async def over(self, operator: str) -> None:
        """A talk of hers has just ended."""
        self._ahead.pop(operator, None)
        await self._tx.run(
            "UPDATE operator SET aside_over_at = :now WHERE key = :operator", now=self._tx.now, operator=operator
        )

    async def resume(self, operator: str) -> None:
        """She wants to write for herself."""
        if await self.over_at(operator) is None:
            return
        self._ahead.pop(operator, None)
        await self._tx.run("UPDATE operator SET aside_over_at = NULL WHERE key = :operator", operator=operator)

    async def over_at(self, operator: str) -> int | None:
        """When the last talk of hers ended, in epoch milliseconds; None: never, or she writes for herself since."""
        if operator in self._ahead:
            return self._ahead[operator]
        row = await self._tx.one("SELECT aside_over_at FROM operator WHERE key = :operator", operator=operator)
        return row["aside_over_at"] if row else None

    async def take(self, case: str) -> list[int]:
        """All that she was shown, the newest first; forgotten by this call."""
        rows = await self._tx.all("DELETE FROM aside_message WHERE case_id = :case RETURNING message_id", case=case)
        return sorted((row["message_id"] for row in rows), reverse=True)
