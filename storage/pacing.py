"""What a restart must not forget of the pace: calls of the last minute, and for how long Telegram wants no more."""

from collections.abc import Mapping

from storage.statements import Statements, Value

MEMORY = 62_000
"""Milliseconds that a call counts: a group's minute and two seconds for the way there."""


class PaceTable:
    """The `spent` and `hold` tables. Receivers go by the names of the outbox ("desk:KZ-31"); calls to persons are
    counted together, so that nobody's name stands here longer than a hold does."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def spend(self, calls: Mapping[str, int]) -> None:
        """Counts calls that are about to be made, in the transaction that marks their rows."""
        await self._tx.run("DELETE FROM spent WHERE at <= :before", before=self._tx.now - MEMORY)
        rows: list[dict[str, Value]] = [
            {"pace": pace, "at": self._tx.now, "calls": count} for pace, count in calls.items()
        ]
        await self._tx.many("INSERT INTO spent (pace, at, calls) VALUES (:pace, :at, :calls)", rows)

    async def spent(self) -> list[tuple[str, float, int]]:
        """Receiver, seconds ago, calls. What lies ahead of a clock that was set back counts as just now."""
        rows = await self._tx.all(
            "SELECT pace, at, calls FROM spent WHERE at > :before ORDER BY at", before=self._tx.now - MEMORY
        )
        return [(row["pace"], max(0, self._tx.now - row["at"]) / 1000, row["calls"]) for row in rows]

    async def hold(self, pace: str, seconds: float) -> None:
        """Telegram has said 429: nothing goes there for so long."""
        await self._tx.run("DELETE FROM hold WHERE until <= :now OR since > :now", now=self._tx.now)
        await self._tx.run(
            "INSERT INTO hold (pace, since, until) VALUES (:pace, :now, :until)"
            " ON CONFLICT (pace) DO UPDATE SET since = :now, until = :until",
            pace=pace, now=self._tx.now, until=self._tx.now + int(seconds * 1000),
        )  # fmt: skip

    async def holds(self) -> dict[str, float]:
        """Receivers that wait, and the seconds they still do. One set in the future of a clock set back is void."""
        rows = await self._tx.all("SELECT pace, until FROM hold WHERE since <= :now AND until > :now", now=self._tx.now)
        return {row["pace"]: (row["until"] - self._tx.now) / 1000 for row in rows}

    async def forget(self, pace: str) -> None:
        """A person is erased."""
        await self._tx.run("DELETE FROM hold WHERE pace = :pace", pace=pace)
