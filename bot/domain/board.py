"""What a desk sees of itself: the duty board, and the figures of a day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

MINUTE = 60_000

BOARD_GAP = 60_000
"""Milliseconds between two edits of a duty board (DESK.md, Duty board)."""

DIGEST_HOUR = 9
"""The hour of UTC+5 at which the figures of the day before are posted."""


class There(StrEnum):
    """How somebody stands on the board: on shift, on shift and cannot be reached, or off with cases in hand."""

    ON = "on"
    DEAF = "deaf"
    OFF = "off"


@dataclass(frozen=True)
class Queue:
    """Cases of one level that nobody has taken, and for how many whole minutes the longest has waited."""

    count: int = 0
    longest: int = 0


@dataclass(frozen=True)
class Place:
    """Somebody on the board: an alias's id, and how many open cases are hers."""

    alias: str
    cases: int
    there: There


@dataclass(frozen=True)
class Board:
    """The duty board. `start` and `end` of the planned hours that run, `next_at` of the next ones when nobody is there
    (epoch ms); `on` of `expected` people are on shift and can be reached."""

    places: tuple[Place, ...]
    on: int
    expected: int
    queues: Mapping[str, Queue]
    claimed: int
    answers: int
    """Of the claimed ones, how many wait for the person's answer."""
    overdue: int
    start: int | None = None
    end: int | None = None
    next_at: int | None = None
    control: int = 0
    """Cases to come back to today."""
    looks: tuple[str, ...] = ()
    """Codes of red cases that one operator has ended and that wait for a second look."""

    def kept(self) -> dict[str, Any]:
        """Its fields, as they are kept in a row of the outbox."""
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Board":
        places = tuple(Place(one["alias"], one["cases"], There(one["there"])) for one in kept["places"])
        queues = {level: Queue(**queue) for level, queue in kept["queues"].items()}
        return cls(**{**kept, "places": places, "queues": queues, "looks": tuple(kept.get("looks", ()))})


@dataclass(frozen=True)
class Figures:
    """A desk's day. `taken`: red cases by minutes from danger to the first take: at most 1, 3, 5, more, and not yet;
    `median` and `ninetieth`: seconds to the first answer."""

    opened: Mapping[str, int] = field(default_factory=dict)
    sos: int = 0
    mistakes: int = 0
    taken: tuple[int, ...] = (0, 0, 0, 0, 0)
    incidents: int = 0
    answered: int = 0
    median: int = 0
    ninetieth: int = 0
    results: Mapping[str, int] = field(default_factory=dict)
    thrown_away: Mapping[str, int] = field(default_factory=dict)
    """What went because it was kept long enough: topics, words of cases, places of cases."""

    @property
    def nothing(self) -> bool:
        counts = (*self.opened.values(), self.sos, *self.taken, self.incidents, *self.results.values())
        return not any(counts)

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Figures":
        return cls(**{**kept, "taken": tuple(kept["taken"])})
