"""When a desk answers: its week, the country's holidays, and days of its own. Minutes of the day are at UTC+5."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.plan import (
    DASHES,
    DAY_MINUTES,
    FIRST_WEEKDAY,
    MINUTE,
    BadPlan,
    Flaw,
    day_of,
    midnight,
    minutes_in,
    weekdays_in,
)

AHEAD = 60
"""Days ahead in which the next opening is looked for: no desk is closed for longer and says so."""

LONGEST = 100
"""Lines of a table that somebody types."""

READING = ("breathing", "grounding", "telling")
"""Pages to read while one waits, in the order of their buttons."""

EPOCH = date(1970, 1, 1).toordinal()

TIMES = re.compile(r"(?P<days>.*?)\s*(?P<start>\d{1,2}[:.]\d{2})-(?P<end>\d{1,2}[:.]\d{2})")
DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")

Span = tuple[int, int]
"""Minutes of the day: from, to. An end at or before the beginning is on the next day."""

IsHoliday = Callable[[int], bool]
"""Whether the day of this number at UTC+5 is a day off in the whole country."""


@dataclass(frozen=True)
class Hours:
    """`week`: spans by weekday, Monday is 0. `days`: spans of single days by their number, which count instead; none:
    closed. Without anything at all the desk is always open."""

    week: Mapping[int, tuple[Span, ...]]
    days: Mapping[int, tuple[Span, ...]]

    @property
    def always(self) -> bool:
        return not self.week and not self.days

    def next_open(self, now: int, is_holiday: IsHoliday) -> int | None:
        """Epoch milliseconds: now when the desk is open, else when it opens next; None when that is too far away."""
        if self.always:
            return now
        today = day_of(now)
        for day in range(today - 1, today + AHEAD):
            for start, end in self._spans(day, is_holiday):
                if start <= now < end:
                    return now
        later = (start for day in range(today, today + AHEAD) for start, _ in self._spans(day, is_holiday))
        return min((start for start in later if start > now), default=None)

    def _spans(self, day: int, is_holiday: IsHoliday) -> Iterator[tuple[int, int]]:
        """Beginnings and ends of a day's spans, epoch milliseconds."""
        spans = self.days.get(day)
        if spans is None:
            spans = () if is_holiday(day) else self.week.get((day + FIRST_WEEKDAY) % 7, ())
        for first, last in spans:
            start = midnight(day) + first * MINUTE
            yield start, start + ((last - first - 1) % DAY_MINUTES + 1) * MINUTE


ALWAYS = Hours({}, {})


def day_number(of: date) -> int:
    """The number of a calendar day, as `plan.day_of` counts them."""
    return of.toordinal() - EPOCH


def date_of(day: int) -> date:
    return date.fromordinal(day + EPOCH)


def parsed(text: str, days: Mapping[str, tuple[int, ...]]) -> Hours:
    """The table that was typed, a line for each group of days: weekdays and hours, or dates, with hours or closed.

    `days`: numbers of weekdays by their folded names. Raises BadPlan.
    """
    week: dict[int, list[Span]] = {}
    single: dict[int, list[Span]] = {}
    for number, typed in enumerate(text.splitlines(), 1):
        line = DASHES.sub("-", typed.strip())
        if not line:
            continue
        if number > LONGEST:
            raise BadPlan(number, line, Flaw.SHAPE, line)
        times = TIMES.fullmatch(line)
        named = times["days"].strip(" ,;") if times else line
        span = minutes_in(number, line, times["start"], times["end"]) if times else None
        dates = _dates(number, line, named)
        if dates:
            for day in dates:
                single.setdefault(day, []).extend([span] if span else [])
        elif span is None or not named:
            raise BadPlan(number, line, Flaw.SHAPE, line)
        else:
            for weekday in weekdays_in(number, line, named, days):
                week.setdefault(weekday, []).append(span)
    return Hours({day: _in_order(spans) for day, spans in week.items()},
                 {day: _in_order(spans) for day, spans in single.items()})  # fmt: skip


def _dates(number: int, line: str, named: str) -> list[int]:
    """The days that are named by their dates; empty when the line names none. Raises BadPlan for one that is none."""
    words = [word for word in re.split(r"[,;\s]+", named) if word]
    if not words or not words[0][0].isdigit():
        return []
    found = []
    for word in words:
        shape = DATE.fullmatch(word)
        try:
            found.append(day_number(date(int(shape[3]), int(shape[2]), int(shape[1]))) if shape else -1)
        except ValueError:
            found.append(-1)
        if found[-1] < 0:
            raise BadPlan(number, line, Flaw.DAY, word)
    return found


def _in_order(spans: list[Span]) -> tuple[Span, ...]:
    return tuple(sorted(dict.fromkeys(spans)))
