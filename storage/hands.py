"""Topics that somebody has closed by hand."""

from storage.statements import Statements


class HandTable:
    """The `hand_closed` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def closed(self, case: str, reopen_at: int) -> None:
        await self._tx.run(
            "INSERT INTO hand_closed (case_id, reopen_at) VALUES (:case, :at)"
            " ON CONFLICT (case_id) DO UPDATE SET reopen_at = :at",
            case=case, at=reopen_at,
        )  # fmt: skip

    async def opened(self, case: str) -> None:
        """It is open again, or the case is over."""
        await self._tx.run("DELETE FROM hand_closed WHERE case_id = :case", case=case)

    async def due(self, now: int, longest: int) -> list[str]:
        """Cases whose topic is to be opened again; they are forgotten by this call. `longest`: a time further away was
        set before the clock was set back."""
        rows = await self._tx.all(
            "DELETE FROM hand_closed WHERE reopen_at <= :now OR reopen_at > :longest RETURNING case_id",
            now=now, longest=now + longest,
        )  # fmt: skip
        return [row["case_id"] for row in rows]
