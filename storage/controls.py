"""Cases that somebody wants to come back to, and what an operator has in hand."""

import sqlite3
from dataclasses import dataclass

from bot.domain.control import FURTHEST, Control
from bot.domain.messages import Direction
from bot.domain.urgency import Level
from storage.statements import Statements

COLUMNS = "n.case_id, n.at, n.set_at, n.told_at, n.keeps"

LIVE = "(c.status IN ('waiting', 'claimed') OR (c.status = 'closed' AND n.keeps = 1))"

SET_AHEAD = 3_600_000
"""Milliseconds: what was set so far ahead of now was set before the clock was set back; nobody knows how long ago."""


@dataclass(frozen=True)
class OnControl:
    """A case to come back to today: its code, when (epoch ms), who has it (an alias's id), and its topic."""

    code: str
    urgency: Level
    at: int
    alias: str | None
    thread_id: int | None


@dataclass(frozen=True)
class InHand:
    """A case that somebody has: who wrote last, since when (epoch ms), and where its topic is."""

    code: str
    urgency: Level
    desk: str
    thread_id: int | None
    last: Direction | None
    since: int


def _control(row: sqlite3.Row) -> Control:
    return Control(row["case_id"], row["at"], row["set_at"], row["told_at"], bool(row["keeps"]))


class ControlTable:
    """The `control` table: at most one date a case."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def of(self, case: str) -> Control | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM control n WHERE n.case_id = :case", case=case)
        return _control(row) if row else None

    async def set(self, case: str, at: int) -> None:
        """In the place of any date that it had."""
        await self._tx.run(
            "INSERT INTO control (case_id, at, set_at) VALUES (:case, :at, :now)"
            " ON CONFLICT (case_id) DO UPDATE SET at = :at, set_at = :now, told_at = NULL, keeps = 0",
            case=case, at=at, now=self._tx.now,
        )  # fmt: skip

    async def keep(self, case: str) -> bool:
        """It stays when the case is closed; whether there is one."""
        row = await self._tx.one("UPDATE control SET keeps = 1 WHERE case_id = :case RETURNING case_id", case=case)
        return row is not None

    async def told(self, case: str) -> None:
        """The desk was reminded."""
        await self._tx.run("UPDATE control SET told_at = :now WHERE case_id = :case", case=case, now=self._tx.now)

    async def drop(self, case: str) -> bool:
        """No date any more; whether there was one."""
        row = await self._tx.one("DELETE FROM control WHERE case_id = :case RETURNING case_id", case=case)
        return row is not None

    async def closed(self, case: str) -> None:
        """The case is closed: its date goes, unless it was to be kept."""
        await self._tx.run("DELETE FROM control WHERE case_id = :case AND keeps = 0", case=case)

    async def due(self, now: int) -> list[Control]:
        """Dates that have come, or that were set before the clock was set back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM control n WHERE n.told_at IS NULL"
            " AND (n.at <= :now OR n.set_at > :ahead OR n.at > :longest) ORDER BY n.at",
            now=now, ahead=now + SET_AHEAD, longest=now + 2 * FURTHEST,
        )  # fmt: skip
        return [_control(row) for row in rows]

    async def today(self, desk: str, start: int, end: int) -> list[OnControl]:
        """What this desk comes back to in this day, and what it was reminded of in it; the earliest first. Without
        damaged rows, of which administrators hear: one must not take the board from a desk."""
        rows = await self._tx.all(
            "SELECT c.code, c.urgency, n.at, o.alias, c.thread_id FROM control n JOIN cases c ON c.id = n.case_id"
            " LEFT JOIN operator o ON o.key = c.claimer"
            f" WHERE c.desk = :desk AND {LIVE} AND n.at < :end AND COALESCE(n.told_at, n.at) >= :start"
            " ORDER BY n.at, c.code",
            desk=desk, start=start, end=end,
        )  # fmt: skip
        return [
            OnControl(row["code"], Level(row["urgency"]), *row[2:]) for row in rows if row["urgency"] in tuple(Level)
        ]

    async def in_hand(self, operator: str, desk: str | None) -> list[InHand]:
        """What somebody has, at one desk or at all of hers: the urgent ones first, then who has waited longest."""
        rows = await self._tx.all(
            "SELECT c.code, c.urgency, c.desk, c.thread_id, m.direction,"
            " COALESCE(m.at, c.claimed_at, c.opened_at) AS since"
            " FROM cases c LEFT JOIN message m ON m.seq = (SELECT MAX(l.seq) FROM message l"
            "   WHERE l.case_id = c.id AND l.direction IN ('in', 'out'))"
            " WHERE c.status = 'claimed' AND c.claimer = :operator AND (:desk IS NULL OR c.desk = :desk)"
            " ORDER BY c.urgency <> 'red', m.direction = 'out', since",
            operator=operator, desk=desk,
        )  # fmt: skip
        return [
            InHand(row["code"], Level(row["urgency"]), row["desk"], row["thread_id"],
                   Direction(row["direction"]) if row["direction"] else None, row["since"])
            for row in rows
            if row["urgency"] in tuple(Level)
        ]  # fmt: skip
