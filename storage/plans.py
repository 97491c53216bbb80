"""Weekly plans: who is to be at which desk when."""

from collections.abc import Iterable

from bot.domain import plan
from bot.domain.plan import Span
from storage.statements import Statements


class PlanTable:
    """The `plan` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def of(self, desk: str) -> tuple[Span, ...]:
        """The desk's week, in order."""
        rows = await self._tx.all(
            "SELECT weekday, from_minute, to_minute, operator FROM plan WHERE desk = :desk"
            " ORDER BY weekday, from_minute, to_minute, operator",
            desk=desk,
        )
        return tuple(Span(*row) for row in rows)

    async def replace(self, desk: str, spans: Iterable[Span]) -> None:
        """Another week in its place. What began before now is not named as a start any more."""
        await self._tx.run("DELETE FROM plan WHERE desk = :desk", desk=desk)
        await self._tx.many(
            "INSERT INTO plan (desk, weekday, from_minute, to_minute, operator)"
            " VALUES (:desk, :weekday, :start, :end, :operator)",
            [
                {"desk": desk, "weekday": span.weekday, "start": span.from_minute, "end": span.to_minute,
                 "operator": span.operator}
                for span in spans
            ],
        )  # fmt: skip
        await self.named(desk)

    async def forget(self, operator: str, desk: str) -> None:
        """She is no member any more: nobody is promised that she will be there."""
        await self._tx.run("DELETE FROM plan WHERE desk = :desk AND operator = :operator", desk=desk, operator=operator)

    async def next_start(self, desk: str, now: int) -> int | None:
        """The next moment at which somebody is planned to be there, epoch ms; now, if somebody is."""
        return plan.next_start(await self.of(desk), now)

    async def named_at(self, desk: str) -> int:
        """Up to when planned starts were named. A time ahead of now was set before the clock was set back."""
        row = await self._tx.one("SELECT named_at FROM desk WHERE id = :desk", desk=desk)
        at = row["named_at"] if row else None
        return min(at, self._tx.now) if at is not None else 0

    async def named(self, desk: str) -> None:
        """Planned starts up to now were named."""
        await self._tx.run("UPDATE desk SET named_at = :now WHERE id = :desk", desk=desk, now=self._tx.now)
