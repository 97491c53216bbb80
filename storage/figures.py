"""Figures of a desk: what the duty board shows, and what a day was like."""

from statistics import median

from bot.domain.board import MINUTE, Figures, Queue
from storage.keeping import KeepingTable
from storage.statements import Statements

WAITS = (
    "CASE WHEN c.urgency = 'red' THEN COALESCE(l.since, c.red_at, c.opened_at)"
    " WHEN c.taken_at IS NULL THEN c.opened_at ELSE COALESCE(c.words_at, c.opened_at) END"
)
"""Since when a case that nobody has waits: a red one since its ladder counts, another that somebody had had before
since her last words."""

DANGER = "COALESCE(c.red_at, l.since, c.opened_at)"
"""Since when a case was red; one that was red and is not any more has a ladder."""


class FigureTable:
    """Aggregates over `cases`, `ladder`, `press` and `incident`."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def queues(self, desk: str) -> dict[str, Queue]:
        """By level, what waits to be taken."""
        rows = await self._tx.all(
            f"SELECT c.urgency, COUNT(*) AS n, MIN({WAITS}) AS since"
            " FROM cases c LEFT JOIN ladder l ON l.case_id = c.id"
            " WHERE c.desk = :desk AND c.status = 'waiting' GROUP BY c.urgency",
            desk=desk,
        )
        return {
            row["urgency"]: Queue(row["n"], max(0, self._tx.now - row["since"]) // MINUTE) for row in rows
        }  # fmt: skip

    async def overdue(self, desk: str, red: int, other: int) -> int:
        """How many have waited longer to be taken than so many milliseconds."""
        row = await self._tx.one(
            "SELECT COUNT(*) AS n FROM cases c LEFT JOIN ladder l ON l.case_id = c.id"
            f" WHERE c.desk = :desk AND c.status = 'waiting' AND {WAITS} <="
            " :now - CASE WHEN c.urgency = 'red' THEN :red ELSE :other END",
            desk=desk, now=self._tx.now, red=red, other=other,
        )  # fmt: skip
        return int(row["n"]) if row else 0

    async def claimed(self, desk: str) -> tuple[int, int]:
        """How many somebody has, and of these how many wait for the person's answer."""
        row = await self._tx.one(
            "SELECT COUNT(*) AS n, COUNT(CASE WHEN release_at IS NULL THEN 1 END) AS answers FROM cases"
            " WHERE desk = :desk AND status = 'claimed'",
            desk=desk,
        )
        return (int(row["n"]), int(row["answers"])) if row else (0, 0)

    async def loads(self, desk: str) -> dict[str, int]:
        """Open cases by the key of whoever has them."""
        rows = await self._tx.all(
            "SELECT claimer, COUNT(*) AS n FROM cases WHERE desk = :desk AND status = 'claimed' AND claimer IS NOT NULL"
            " GROUP BY claimer",
            desk=desk,
        )
        return {row["claimer"]: row["n"] for row in rows}

    async def day(self, desk: str, since: int, until: int) -> Figures:
        """A desk's figures from one moment to another, epoch ms; the second is not in it."""
        waits = await self._waits(desk, since, until)
        sos, mistakes, incidents = await self._alarms(desk, since, until)
        return Figures(
            opened=await self._counted("urgency", "opened_at", desk, since, until),
            sos=sos,
            mistakes=mistakes,
            taken=await self._taken(desk, since, until),
            incidents=incidents,
            answered=len(waits),
            median=int(median(waits)) if waits else 0,
            ninetieth=waits[-(-9 * len(waits) // 10) - 1] if waits else 0,
            results=await self._counted("result", "closed_at", desk, since, until),
            thrown_away=await KeepingTable(self._tx).thrown_away(desk, since, until),
        )

    async def _counted(self, what: str, when: str, desk: str, since: int, until: int) -> dict[str, int]:
        rows = await self._tx.all(
            f"SELECT {what} AS what, COUNT(*) AS n FROM cases WHERE desk = :desk AND {when} >= :since"
            f" AND {when} < :until AND {what} IS NOT NULL GROUP BY {what}",
            desk=desk, since=since, until=until,
        )  # fmt: skip
        return {row["what"]: row["n"] for row in rows}

    async def _alarms(self, desk: str, since: int, until: int) -> tuple[int, int, int]:
        row = await self._tx.one(
            "SELECT COUNT(CASE WHEN what = 'sos' THEN 1 END) AS sos, COUNT(CASE WHEN what = 'mistake' THEN 1 END)"
            "  AS mistakes,"
            " (SELECT COUNT(*) FROM incident WHERE desk = :desk AND at >= :since AND at < :until) AS incidents"
            " FROM press WHERE desk = :desk AND at >= :since AND at < :until",
            desk=desk, since=since, until=until,
        )  # fmt: skip
        return (row["sos"], row["mistakes"], row["incidents"]) if row else (0, 0, 0)

    async def _taken(self, desk: str, since: int, until: int) -> tuple[int, ...]:
        """Of the cases that turned red then, how soon somebody took them; who had one already had it at once."""
        waited = f"(c.taken_at - {DANGER})"
        row = await self._tx.one(
            f"SELECT COUNT(CASE WHEN {waited} <= 60000 THEN 1 END) AS one,"
            f" COUNT(CASE WHEN {waited} > 60000 AND {waited} <= 180000 THEN 1 END) AS three,"
            f" COUNT(CASE WHEN {waited} > 180000 AND {waited} <= 300000 THEN 1 END) AS five,"
            f" COUNT(CASE WHEN {waited} > 300000 THEN 1 END) AS later,"
            " COUNT(CASE WHEN c.taken_at IS NULL THEN 1 END) AS never"
            " FROM cases c LEFT JOIN ladder l ON l.case_id = c.id"
            f" WHERE c.desk = :desk AND (c.urgency = 'red' OR l.case_id IS NOT NULL)"
            f" AND {DANGER} >= :since AND {DANGER} < :until",
            desk=desk, since=since, until=until,
        )  # fmt: skip
        return tuple(row) if row else (0, 0, 0, 0, 0)

    async def _waits(self, desk: str, since: int, until: int) -> list[int]:
        """Seconds to the first answer of the cases that were opened then, in order."""
        rows = await self._tx.all(
            "SELECT (answered_at - opened_at) / 1000 AS waited FROM cases WHERE desk = :desk AND opened_at >= :since"
            " AND opened_at < :until AND answered_at IS NOT NULL ORDER BY waited",
            desk=desk, since=since, until=until,
        )  # fmt: skip
        return [row["waited"] for row in rows]
