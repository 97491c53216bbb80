"""Who was told that codes and numbers belong to nobody here, or that her number is covered: each once in a case."""

from storage.statements import Statements


class WarningTable:
    """The `secret_warning` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def first(self, case: str, what: str) -> bool:
        """Whether she has not been told this in this case; from now on she has."""
        row = await self._tx.one(
            "INSERT INTO secret_warning (case_id, what, at) VALUES (:case, :what, :now) ON CONFLICT DO NOTHING"
            " RETURNING case_id",
            case=case, what=what, now=self._tx.now,
        )  # fmt: skip
        return row is not None
