"""A person whose ordinary words go to nobody for a while. What is urgent is never blocked."""

from dataclasses import dataclass
from enum import StrEnum

HOUR = 3_600_000

DURATIONS = (24, 7 * 24, 30 * 24)
"""Hours for which somebody can be blocked."""

ALONE = 24
"""Hours that one person may decide; what is longer needs a second one (DESK.md, Not a request)."""

CASE_GAP = HOUR
"""Milliseconds between two urgent cases of somebody who is blocked."""

TOLD_GAP = 60_000
"""Milliseconds between two answers to words that are not passed on."""


class Why(StrEnum):
    """Why somebody is blocked; she reads it, too."""

    INSULTS = "insults"
    THREATS = "threats"
    INDECENT = "indecent"
    FLOOD = "flood"


@dataclass(frozen=True)
class Block:
    """Times are epoch milliseconds. `asked`: hours that were proposed and wait for a second person; `case_at`: when an
    urgent case was made all the same."""

    person: str
    code: str
    desk: str
    why: Why
    operator: str | None
    since: int
    until: int
    asked: int | None = None
    case_at: int | None = None

    def stands(self, now: int) -> bool:
        """Whether it counts now. An end further ahead than any block may last was set before the clock was set back."""
        return now < self.until <= now + DURATIONS[-1] * HOUR

    def lets_urgent(self, now: int) -> bool:
        """Whether something urgent makes a case now; a clock set back holds none."""
        return self.urgent_from(now) is None

    def urgent_from(self, now: int) -> int | None:
        """From when on something urgent makes a case again, because another did lately; None: it does now."""
        if self.case_at is None or not 0 <= now - self.case_at < CASE_GAP:
            return None
        return min(self.case_at + CASE_GAP, self.until)
