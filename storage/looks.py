"""Red cases that one operator has ended and that wait for a supervisor's look."""

from dataclasses import dataclass

from storage.statements import Statements

COLUMNS = "case_id, desk, ended_by, message_id, national_message_id"


@dataclass(frozen=True)
class Look:
    """A look that is to be taken. `ended_by` is the key of who ended the case; the messages about it stand in the shift
    topic of its desk and of the national one."""

    case: str
    desk: str
    ended_by: str | None
    message_id: int | None = None
    national_message_id: int | None = None


class LookTable:
    """The `second_look` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def open(self, case: str, desk: str, ended_by: str) -> None:
        await self._tx.run(
            "INSERT INTO second_look (case_id, desk, ended_by, at) VALUES (:case, :desk, :by, :now)"
            " ON CONFLICT (case_id) DO UPDATE SET desk = :desk, ended_by = :by, at = :now, message_id = NULL,"
            " national_message_id = NULL",
            case=case, desk=desk, by=ended_by, now=self._tx.now,
        )  # fmt: skip

    async def of(self, case: str) -> Look | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM second_look WHERE case_id = :case", case=case)
        return Look(*row) if row else None

    async def take(self, case: str) -> Look | None:
        """It was looked at, or there is nothing to look at any more: given once."""
        row = await self._tx.one(f"DELETE FROM second_look WHERE case_id = :case RETURNING {COLUMNS}", case=case)
        return Look(*row) if row else None

    async def shown(self, case: str, desk: str, message_id: int) -> None:
        """The message about it is out, in this desk's shift topic."""
        await self._tx.run(
            "UPDATE second_look SET message_id = CASE WHEN desk = :at THEN :message ELSE message_id END,"
            " national_message_id = CASE WHEN desk = :at THEN national_message_id ELSE :message END"
            " WHERE case_id = :case",
            at=desk, message=message_id, case=case,
        )  # fmt: skip

    async def lose_messages(self, desk: str, *, national: bool) -> None:
        """The desk's group is another one: numbers of messages there would be those of others."""
        await self._tx.run(
            "UPDATE second_look SET message_id = CASE WHEN desk = :desk THEN NULL ELSE message_id END,"
            " national_message_id = CASE WHEN :national = 1 THEN NULL ELSE national_message_id END",
            desk=desk, national=int(national),
        )  # fmt: skip

    async def waiting(self, desk: str, *, national: bool) -> list[str]:
        """Codes that wait for a look at this desk, the oldest first; the national one looks after all."""
        rows = await self._tx.all(
            "SELECT c.code FROM second_look l JOIN cases c ON c.id = l.case_id"
            " WHERE l.desk = :desk OR :national = 1 ORDER BY l.at, c.code",
            desk=desk, national=int(national),
        )  # fmt: skip
        return [row["code"] for row in rows]
