"""Shifts: who is there now at which desk, and whose turn it is."""

import sqlite3

from bot.domain.desks import Watch
from storage.statements import Statements

COLUMNS = "operator, desk, since, until, heard_at, turn_at, stays_until, leave_at, heir"

LONGEST = 24 * 3_600_000
"""Milliseconds that a planned span may have: an end further away was set before the clock was set back."""


def _watch(row: sqlite3.Row) -> Watch:
    return Watch(*row)


class ShiftTable:
    """The `shift` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def on(self, desk: str) -> list[Watch]:
        """Everybody on shift at a desk, whose turn comes first first."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM shift WHERE desk = :desk ORDER BY turn_at, since, operator", desk=desk
        )
        return [_watch(row) for row in rows]

    async def next(self, desk: str) -> str | None:
        """Whose turn it is: of those who can be called in private, the one who was called longest ago. The turn is
        hers by this call."""
        row = await self._tx.one(
            "UPDATE shift SET turn_at = :now WHERE desk = :desk AND operator = ("
            "  SELECT s.operator FROM shift s JOIN person p ON p.key = s.operator AND p.blocked_at IS NULL"
            "  WHERE s.desk = :desk AND s.heard_at IS NOT NULL ORDER BY s.turn_at, s.since, s.operator LIMIT 1)"
            " RETURNING operator",
            desk=desk, now=self._tx.now,
        )  # fmt: skip
        return row["operator"] if row else None

    async def begin(self, operator: str, desk: str, until: int | None = None) -> None:
        """She is there from now on; whether she can be called shows when a test message has reached her."""
        await self._tx.run(
            "INSERT INTO shift (operator, desk, since, until) VALUES (:operator, :desk, :now, :until)"
            " ON CONFLICT (operator, desk) DO UPDATE SET until = :until, stays_until = NULL, leave_at = NULL,"
            " heir = NULL",
            operator=operator, desk=desk, now=self._tx.now, until=until,
        )  # fmt: skip

    async def heard(self, operator: str, *, reached: bool) -> None:
        """A message reached her private chat, or could not."""
        await self._tx.run(
            "UPDATE shift SET heard_at = :at WHERE operator = :operator",
            at=self._tx.now if reached else None, operator=operator,
        )  # fmt: skip

    async def of(self, operator: str) -> list[Watch]:
        """Every desk at which she is on shift."""
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM shift WHERE operator = :operator", operator=operator)
        return [_watch(row) for row in rows]

    async def over(self, now: int) -> list[Watch]:
        """Shifts whose planned end has come."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM shift WHERE until <= :now OR until > :longest", now=now, longest=now + LONGEST
        )
        return [_watch(row) for row in rows]

    async def leaving(self, operator: str, desk: str, at: int | None, heir: str | None = None) -> None:
        """She is off then, unless somebody answers for her red cases; None: she stays."""
        await self._tx.run(
            "UPDATE shift SET leave_at = :at, heir = :heir WHERE operator = :operator AND desk = :desk",
            at=at, heir=heir, operator=operator, desk=desk,
        )  # fmt: skip

    async def left_unanswered(self, now: int, longest: int) -> list[Watch]:
        """Shifts of those who wanted to go and have not said more by now; `longest`: a time further away was set before
        the clock was set back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM shift WHERE leave_at <= :now OR leave_at > :longest", now=now, longest=now + longest
        )
        return [_watch(row) for row in rows]

    async def stay(self, watch: Watch, until: int) -> None:
        """She stays after her planned end, at most until then."""
        await self._tx.run(
            "UPDATE shift SET stays_until = :until WHERE operator = :operator AND desk = :desk",
            operator=watch.operator, desk=watch.desk, until=until,
        )  # fmt: skip

    async def end(self, operator: str, desk: str) -> bool:
        """She goes; whether she was there."""
        row = await self._tx.one(
            "DELETE FROM shift WHERE operator = :operator AND desk = :desk RETURNING operator",
            operator=operator, desk=desk,
        )  # fmt: skip
        return row is not None
