"""Messages of somebody who writes very much, as long as they wait for each other."""

from storage.statements import Statements


def coalesce_key(case: str) -> str:
    """The key of the row with which they go."""
    return f"flood:{case}"


class FloodTable:
    """The `flood` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, message: str) -> list[str]:
        """All that go together with this one, in order. What waits no more is on its way with an earlier row."""
        await self._tx.run(
            "DELETE FROM flood WHERE case_id = :case"
            " AND NOT EXISTS (SELECT 1 FROM outbox WHERE coalesce_key = :key AND state = 'waiting')",
            case=case, key=coalesce_key(case),
        )  # fmt: skip
        await self._tx.run("INSERT INTO flood (case_id, message) VALUES (:case, :message)", case=case, message=message)
        rows = await self._tx.all(
            "SELECT f.message FROM flood f JOIN message m ON m.id = f.message WHERE f.case_id = :case ORDER BY m.seq",
            case=case,
        )
        return [row["message"] for row in rows]

    async def let_go(self, case: str) -> None:
        """What waits goes now, and nothing more goes with it: the next message stands behind it."""
        await self._tx.run(
            "UPDATE outbox SET coalesce_key = NULL, due_at = 0 WHERE coalesce_key = :key AND state = 'waiting'",
            key=coalesce_key(case),
        )  # fmt: skip
