"""How long what is over is kept: since when talks are over, what Telegram's clock showed, and what was thrown away."""

from bot.domain.keeping import DAY, KEEP_PLACES, TOPIC_DAYS, Clocks
from storage.statements import Statements

AGREED = (
    "EXISTS (SELECT 1 FROM control n WHERE n.case_id = k.case_id AND n.keeps = 1"
    " AND (n.told_at IS NULL OR n.told_at > :back))"
)
"""It was agreed to come back to the talk (decision 24): that date is to come, or the desk was reminded of it lately."""


class KeepingTable:
    """The `kept` and `telegram_clock` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def clocks(self) -> Clocks | None:
        """None before Telegram has ever been heard."""
        row = await self._tx.one("SELECT said_at, heard_at FROM telegram_clock")
        return Clocks(row["said_at"], row["heard_at"]) if row else None

    async def heard(self, said_at: int) -> None:
        """Telegram has just dated something, epoch milliseconds."""
        await self._tx.run(
            "INSERT INTO telegram_clock (id, said_at, heard_at) VALUES (1, :said, :now)"
            " ON CONFLICT (id) DO UPDATE SET said_at = :said, heard_at = :now",
            said=said_at, now=self._tx.now,
        )  # fmt: skip

    async def note(self) -> None:
        """Talks that have ended since the last look count from now on: when they did stands there by our clock alone,
        which may have been wrong."""
        await self._tx.run(
            "INSERT INTO kept (case_id, closed_at, since)"
            " SELECT c.id, c.closed_at, :now FROM cases c LEFT JOIN kept k ON k.case_id = c.id"
            " WHERE c.status = 'closed' AND c.closed_at IS NOT NULL AND c.closed_at IS NOT k.closed_at"
            " ON CONFLICT (case_id) DO UPDATE SET closed_at = excluded.closed_at, since = :now",
            now=self._tx.now,
        )  # fmt: skip

    async def forget(self, case: str) -> None:
        """There is nothing of it any more that could be thrown away."""
        await self._tx.run("DELETE FROM kept WHERE case_id = :case", case=case)

    async def topics_over(self, limit: int) -> list[str]:
        """Cases whose topic has stayed as long as its desk lets it, the oldest first. Not while somebody is to come
        back to the talk, or a supervisor to look at its end."""
        since = f"k.since <= :before - COALESCE(d.topic_days, {TOPIC_DAYS}) * {DAY}"
        looked = "NOT EXISTS (SELECT 1 FROM second_look l WHERE l.case_id = k.case_id)"
        when = f"c.thread_id IS NOT NULL AND {since} AND NOT {AGREED} AND {looked}"
        return await self._over(when, self._tx.now, limit)

    async def words_over(self, before: int, limit: int) -> list[str]:
        """Cases that were over before then and to which nobody is to come back, the oldest first."""
        return await self._over(f"k.since <= :before AND NOT {AGREED}", before, limit)

    async def places_over(self, before: int, limit: int) -> list[str]:
        """The same, of those in which a place or a number is still to be read."""
        kept = "EXISTS (SELECT 1 FROM place p WHERE p.case_id = k.case_id AND p.body IS NOT NULL)"
        return await self._over(f"{kept} AND NOT {AGREED} AND k.since <= :before", before, limit)

    async def _over(self, when: str, before: int, limit: int) -> list[str]:
        rows = await self._tx.all(
            "SELECT k.case_id FROM kept k JOIN cases c ON c.id = k.case_id LEFT JOIN desk d ON d.id = c.desk"
            f" WHERE c.status = 'closed' AND c.closed_at = k.closed_at AND {when} ORDER BY k.since LIMIT :limit",
            before=before, back=self._tx.now - KEEP_PLACES, limit=limit,
        )  # fmt: skip
        return [row["case_id"] for row in rows]

    async def thrown_away(self, desk: str, since: int, until: int) -> dict[str, int]:
        """How much of a desk's went from one moment to another, by what it was."""
        rows = await self._tx.all(
            "SELECT a.detail, COUNT(*) AS n FROM audit a JOIN cases c ON c.id = a.case_id"
            " WHERE a.what = 'thrown_away' AND a.at >= :since AND a.at < :until AND c.desk = :desk GROUP BY a.detail",
            desk=desk, since=since, until=until,
        )  # fmt: skip
        return {row["detail"]: row["n"] for row in rows}

    async def set_topic_days(self, desk: str, days: int | None) -> None:
        """None: as long as usual."""
        await self._tx.run("UPDATE desk SET topic_days = :days WHERE id = :desk", days=days, desk=desk)

    async def topic_days(self, desk: str) -> int:
        row = await self._tx.one("SELECT topic_days FROM desk WHERE id = :desk", desk=desk)
        return TOPIC_DAYS if row is None or row["topic_days"] is None else int(row["topic_days"])
