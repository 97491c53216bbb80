"""When a desk answers, and what a person was told of it."""

from bot.domain.hours import Hours, Span
from storage.statements import Statements


class HoursTable:
    """The `open_week`, `open_day` and `opening_told` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def of(self, desk: str) -> Hours:
        """Without any row: always open."""
        week: dict[int, tuple[Span, ...]] = {}
        days: dict[int, tuple[Span, ...]] = {}
        for row in await self._tx.all(
            "SELECT weekday, from_minute, to_minute FROM open_week WHERE desk = :desk"
            " ORDER BY weekday, from_minute, to_minute",
            desk=desk,
        ):
            week[row["weekday"]] = (*week.get(row["weekday"], ()), (row["from_minute"], row["to_minute"]))
        for row in await self._tx.all(
            "SELECT day, from_minute, to_minute FROM open_day WHERE desk = :desk ORDER BY day, from_minute, to_minute",
            desk=desk,
        ):
            span = () if row["from_minute"] is None else ((row["from_minute"], row["to_minute"]),)
            days[row["day"]] = (*days.get(row["day"], ()), *span)
        return Hours(week, days)

    async def replace(self, desk: str, hours: Hours) -> None:
        """Another table in its place."""
        await self._tx.run("DELETE FROM open_week WHERE desk = :desk", desk=desk)
        await self._tx.run("DELETE FROM open_day WHERE desk = :desk", desk=desk)
        await self._tx.many(
            "INSERT INTO open_week (desk, weekday, from_minute, to_minute) VALUES (:desk, :weekday, :start, :end)",
            [
                {"desk": desk, "weekday": weekday, "start": start, "end": end}
                for weekday, spans in hours.week.items()
                for start, end in spans
            ],
        )
        await self._tx.many(
            "INSERT INTO open_day (desk, day, from_minute, to_minute) VALUES (:desk, :day, :start, :end)",
            [
                {"desk": desk, "day": day, "start": start, "end": end}
                for day, spans in hours.days.items()
                for start, end in (spans or ((None, None),))
            ],
        )

    async def tell(self, case: str, opens_at: int) -> bool:
        """Whether she is to be told of this opening: not when she was told of this very one already."""
        row = await self._tx.one(
            "INSERT INTO opening_told (case_id, opens_at) VALUES (:case, :at) ON CONFLICT (case_id)"
            " DO UPDATE SET opens_at = :at WHERE opening_told.opens_at <> :at RETURNING case_id",
            case=case, at=opens_at,
        )  # fmt: skip
        return row is not None
