"""The record of what was done with what a person has entrusted to us. Rows are only added."""

from storage.statements import Statements


class AuditTable:
    """The `audit` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, what: str, case: str | None = None, operator: str | None = None, detail: str = "") -> None:
        """`what` and `detail` are codes: never a word, a place or a number of a person."""
        await self._tx.run(
            "INSERT INTO audit (at, what, case_id, operator, detail) VALUES (:now, :what, :case, :operator, :detail)",
            now=self._tx.now, what=what, case=case, operator=operator, detail=detail,
        )  # fmt: skip
