"""The week as a desk plans it: who is to be there when, and how a plan is typed. Minutes of the day are at UTC+5."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
WEEK = 7 * DAY
DAY_MINUTES = 24 * 60

ZONE = 5 * 60 * MINUTE
"""Milliseconds ahead of UTC: one zone in all of Kazakhstan since 2024-03-01."""

FIRST_WEEKDAY = 3
"""1 January 1970 was a Thursday; Monday is 0."""

LINE = re.compile(r"(?P<days>\D+?)\s*(?P<start>\d{1,2}[:.]\d{2})-(?P<end>\d{1,2}[:.]\d{2})\s+(?P<names>.+)")
DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")


class Flaw(StrEnum):
    """Why a line is no line of a plan."""

    SHAPE = "shape"
    DAY = "day"
    TIME = "time"
    NAME = "name"
    TWICE = "twice"
    """The same operator starts there already."""


class BadPlan(Exception):
    """A line of a plan cannot be used: its number from 1, the line, why, and the word that is wrong."""

    def __init__(self, number: int, line: str, flaw: Flaw, word: str) -> None:
        super().__init__(f"line {number}: {flaw}")
        self.number, self.line, self.flaw, self.word = number, line, flaw, word


@dataclass(frozen=True, order=True)
class Span:
    """One operator's hours, each week. `to_minute` at or before `from_minute` is on the next day."""

    weekday: int
    from_minute: int
    to_minute: int
    operator: str

    @property
    def length(self) -> int:
        """Minutes; from a time to the same time is a whole day."""
        return (self.to_minute - self.from_minute - 1) % DAY_MINUTES + 1


@dataclass(frozen=True)
class Planned:
    """A span in a certain week. Epoch milliseconds; the end is not in it any more."""

    operator: str
    start: int
    end: int


def day_of(at: int) -> int:
    """The number of the day at UTC+5."""
    return (at + ZONE) // DAY


def midnight(day: int) -> int:
    """When a day of that number begins, epoch milliseconds."""
    return day * DAY - ZONE


def _near(spans: Iterable[Span], now: int) -> Iterator[Planned]:
    """The spans of last week, this week and the next."""
    day = day_of(now)
    monday = day - (day + FIRST_WEEKDAY) % 7
    for span in spans:
        for week in (-7, 0, 7):
            start = midnight(monday + week + span.weekday) + span.from_minute * MINUTE
            yield Planned(span.operator, start, start + span.length * MINUTE)


def running(spans: Iterable[Span], now: int) -> list[Planned]:
    """Who is planned to be there now."""
    return [planned for planned in _near(spans, now) if planned.start <= now < planned.end]


def next_start(spans: Iterable[Span], now: int) -> int | None:
    """The next moment at which somebody is planned to be there: now, if somebody is; None with an empty plan."""
    return min((max(planned.start, now) for planned in _near(spans, now) if planned.end > now), default=None)


def parsed(text: str, days: Mapping[str, tuple[int, ...]], people: Mapping[str, str]) -> tuple[Span, ...]:
    """The plan that was typed, a line for each group of hours: days, from-to, names.

    `days`: numbers of weekdays by their names; `people`: keys of operators by their aliases; both folded. Raises
    BadPlan.
    """
    found: dict[tuple[int, int, str], Span] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        for span in _spans(number, line.strip(), days, people):
            key = (span.weekday, span.from_minute, span.operator)
            if key in found:
                raise BadPlan(number, line.strip(), Flaw.TWICE, line.strip())
            found[key] = span
    return tuple(sorted(found.values()))


def _spans(
    number: int, line: str, days: Mapping[str, tuple[int, ...]], people: Mapping[str, str]
) -> Iterator[Span]:  # fmt: skip
    shape = LINE.fullmatch(DASHES.sub("-", line))
    if shape is None:
        raise BadPlan(number, line, Flaw.SHAPE, line)
    weekdays = weekdays_in(number, line, shape["days"], days)
    start, end = minutes_in(number, line, shape["start"], shape["end"])
    names = [name for name in re.split(r"[,;]", shape["names"]) if name.strip()]
    if not names:
        raise BadPlan(number, line, Flaw.SHAPE, line)
    for name in names:
        operator = people.get(folded(name)) or ""
        if not operator:
            raise BadPlan(number, line, Flaw.NAME, name.strip())
        for weekday in weekdays:
            yield Span(weekday, start, end, operator)


def weekdays_in(number: int, line: str, text: str, days: Mapping[str, tuple[int, ...]]) -> list[int]:
    """The weekdays that are named in a part of a line, each once. Raises BadPlan."""
    found: list[int] = []
    for word in _words(text, days):
        named = _days(word, days)
        if not named:
            raise BadPlan(number, line, Flaw.DAY, word)
        found += named
    return list(dict.fromkeys(found))


def minutes_in(number: int, line: str, start: str, end: str) -> tuple[int, int]:
    """The minutes of the day of two times. Raises BadPlan."""
    first, last = _minute(start), _minute(end)
    if first is None or last is None or first == DAY_MINUTES:
        raise BadPlan(number, line, Flaw.TIME, f"{start}-{end}")
    return first, last


def _words(text: str, days: Mapping[str, tuple[int, ...]]) -> list[str]:
    """The days of a line, apart: a name may have two words."""
    if folded(text) in days:
        return [text]
    return [word for word in re.split(r"[,;\s]+", text) if word]


def _days(word: str, days: Mapping[str, tuple[int, ...]]) -> list[int]:
    """The weekdays that a name, or a range of two, stands for; a range may go over Sunday. Empty when it is none."""
    first, dash, last = word.partition("-")
    if not dash:
        return list(days.get(folded(word), ()))
    start, end = days.get(folded(first), ()), days.get(folded(last), ())
    if len(start) != 1 or len(end) != 1:
        return []
    return [(start[0] + step) % 7 for step in range((end[0] - start[0]) % 7 + 1)]


def _minute(text: str) -> int | None:
    hours, minutes = (int(part) for part in re.split(r"[:.]", text))
    at = hours * 60 + minutes
    return at if minutes < 60 and at <= DAY_MINUTES else None


def folded(word: str) -> str:
    """As names are compared: small letters, single spaces, no full stop at the end."""
    return " ".join(word.casefold().split()).rstrip(".")
