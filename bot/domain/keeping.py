"""For how long what is over is kept, and when a clock may be trusted with throwing it away (decision 21)."""

from dataclasses import dataclass

HOUR = 3_600_000
DAY = 24 * HOUR

TOPIC_DAYS = 14
"""Days that the topic of a closed case stays, where the desk has not said otherwise (DESIGN.md 5)."""

LONGEST_TOPIC_DAYS = 90
"""A desk may say 1 to so many: afterwards the words are erased, and the topic would show what is gone."""

KEEP_WORDS = 90 * DAY
"""Milliseconds after the end of a talk at which its words are erased."""

KEEP_PLACES = 3 * DAY
"""The same for places and numbers that were given for a rescue: as long as she may come back to the same talk. So long
after a date to come back that was kept, topic, words and places stay, too (decision 24)."""

APART = HOUR
"""Milliseconds by which our clock and Telegram's may differ before nothing is thrown away any more."""

FRESH = HOUR
"""Milliseconds for which Telegram's clock counts after it was heard."""


class BadDays(Exception):
    """No number of days that a topic can be kept for."""


@dataclass(frozen=True)
class Clocks:
    """Telegram's clock when it was heard last, and ours at that moment; epoch milliseconds."""

    said_at: int
    heard_at: int

    @property
    def apart(self) -> int:
        """By how many milliseconds ours was ahead; negative when it was behind."""
        return self.heard_at - self.said_at

    @property
    def differ(self) -> bool:
        return abs(self.apart) > APART

    def agree(self, now: int) -> bool:
        """Whether ours can be believed now. A clock that was set since then makes what was heard look old, or as if it
        were still to come."""
        return not self.differ and 0 <= now - self.heard_at <= FRESH


def days_in(typed: str) -> int:
    """The days that somebody typed. Raises BadDays."""
    if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed[:4]) <= LONGEST_TOPIC_DAYS:
        raise BadDays
    return int(typed[:4])
