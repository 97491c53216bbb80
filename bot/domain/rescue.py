"""What a person may give to be rescued: a place, or her own number. It goes to nobody before she has said yes."""

from dataclasses import dataclass, field
from enum import StrEnum

KEEP_UNGIVEN = 24 * 3_600_000
"""Milliseconds that what she has not answered for stays after the end of the talk."""


@dataclass(frozen=True)
class Point:
    """A place on the map: degrees, and metres of accuracy when her phone told them. Never printed whole."""

    latitude: float = field(repr=False)
    longitude: float = field(repr=False)
    accuracy: float | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Number:
    """Her own telephone number, with its plus."""

    phone: str = field(repr=False)


Shared = Point | Number


class PlaceKind(StrEnum):
    """What was sent."""

    POINT = "point"
    NUMBER = "number"

    @classmethod
    def of(cls, shared: Shared) -> "PlaceKind":
        return cls.POINT if isinstance(shared, Point) else cls.NUMBER


class PlaceState(StrEnum):
    """What she has said of it. DROPPED: a newer one took its place, or the talk ended long ago without an answer."""

    ASKED = "asked"
    GIVEN = "given"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Place:
    """That there is a place, without it; `at` is when it came into its state, epoch milliseconds."""

    id: str
    case: str
    kind: PlaceKind
    at: int
    state: PlaceState


class AskedAlready(Exception):
    """An operator has asked where she is, and nobody asks twice."""


class CannotAsk(Exception):
    """She has blocked the bot."""
