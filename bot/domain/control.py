"""Coming back to a case on a date: what is offered, and how a date is typed. Days and hours are at UTC+5."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.domain.plan import DAY, MINUTE, day_of, midnight

EVENING = 19 * 60
MORNING = 10 * 60
"""Minutes of the day: this evening, and any other day for which no time is typed."""

FURTHEST = 366 * DAY
"""Milliseconds: no date further away can be kept."""

EPOCH = date(1970, 1, 1).toordinal()

TYPED = re.compile(r"(?:(\d{1,2})\.(\d{1,2})(?:\.(\d{4}))?)?\s*(?:(?:^|(?<=\s))(\d{1,2}):(\d{2}))?")


class When(StrEnum):
    """What a button offers."""

    EVENING = "evening"
    TOMORROW = "tomorrow"
    THREE = "three"
    SEVEN = "seven"


DAYS = {When.TOMORROW: 1, When.THREE: 3, When.SEVEN: 7}


class BadDate(Exception):
    """What was typed is no date, is over, or lies more than a year ahead."""


@dataclass(frozen=True)
class Control:
    """A case to come back to. Epoch milliseconds; `told_at`: the desk was reminded; `keeps`: also when it is closed."""

    case: str
    at: int
    set_at: int
    told_at: int | None = None
    keeps: bool = False


def offered(now: int) -> tuple[When, ...]:
    """What can be offered now: this evening only while it lies ahead."""
    return tuple(when for when in When if moment(when, now) > now)


def moment(when: When, now: int) -> int:
    """When that is, epoch milliseconds; this evening may be over."""
    if when is When.EVENING:
        return midnight(day_of(now)) + EVENING * MINUTE
    return midnight(day_of(now) + DAYS[when]) + MORNING * MINUTE


def typed(text: str, now: int) -> int:
    """The moment that somebody typed, epoch milliseconds: "12.03", "12.03.2027", "12.03 14:30" or "14:30"; without a
    year the next such day. Raises BadDate."""
    found = TYPED.fullmatch(" ".join(text.split()))
    if found is None or not found[0]:
        raise BadDate
    day, month, year, hour, minute = (int(part) if part else None for part in found.groups())
    clock = MORNING if hour is None or minute is None else _minute(hour, minute)
    number = day_of(now) if day is None or month is None else _day(day, month, year, day_of(now))
    at = midnight(number) + clock * MINUTE
    if not now < at <= now + FURTHEST:
        raise BadDate
    return at


def today(now: int) -> tuple[int, int]:
    """When this day begins and ends, epoch milliseconds; the end is not in it."""
    start = midnight(day_of(now))
    return start, start + DAY


def _minute(hour: int, minute: int) -> int:
    if hour > 23 or minute > 59:
        raise BadDate
    return hour * 60 + minute


def _day(day: int, month: int, year: int | None, present: int) -> int:
    """The number of a day since 1970."""
    this = date.fromordinal(EPOCH + present).year
    for one in (year,) if year is not None else (this, this + 1):
        try:
            number = date(one, month, day).toordinal() - EPOCH
        except ValueError:  # the 29th of February exists in one of four years
            continue
        if year is not None or number >= present:
            return number
    raise BadDate
