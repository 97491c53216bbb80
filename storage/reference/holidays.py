"""Days off in the whole country: the holidays of holidays.csv, and the days to which those at a weekend move."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.domain.hours import date_of
from storage.reference import Row, records

SATURDAY = 5
LEAP = 2028
"""A year that has every day."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of each year from `since` to `until` (None: until the law changes). `moves`: when it falls on a Saturday or
    Sunday, the next working day is off, too (Labour Code; not of religious feasts)."""

    month: int
    day: int
    since: int
    until: int | None
    moves: bool


@cache
def holidays() -> tuple[Holiday, ...]:
    """Raises BadReference."""
    return records("storage.reference", "holidays.csv", _holiday, lambda one: one)


@cache
def days_off(year: int) -> frozenset[date]:
    """The days of this year on which the country does not work, beside its weekends."""
    those = [(one, date(year, one.month, one.day)) for one in holidays() if one.since <= year <= (one.until or year)]
    found = {day for _, day in those}
    for day in sorted(day for one, day in those if one.moves and day.weekday() >= SATURDAY):
        free = day
        while free.weekday() >= SATURDAY or free in found:
            free += timedelta(days=1)
        found.add(free)
    return frozenset(found)


def is_holiday(day: int) -> bool:
    """Whether the day of this number since 1970 at UTC+5 is one of them."""
    found = date_of(day)
    return found in days_off(found.year)


def _holiday(row: Row) -> Holiday:
    try:
        day = date.fromisoformat(f"{LEAP}-{row.text('date')}")
        until = int(row.text("until")) if row.fields["until"] else None
        since = int(row.text("since"))
    except ValueError:
        raise row.wrong("date is not MM-DD, or since or until is no year") from None
    return Holiday(day.month, day.day, since, until, row.one_of("moves", ("yes", "no")) == "yes")
