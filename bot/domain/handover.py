"""Handing a case over: three lines about it, and whoever is asked has to accept."""

from dataclasses import dataclass

ACCEPT_WITHIN = 5 * 60_000
"""Milliseconds in which a case that is offered has to be accepted, or it stays with the giver (DESK.md, Hand over)."""

CONSENT_WITHIN = 60 * 60_000
"""Milliseconds in which the person may say whether another region's desk gets it."""


class NotThere(Exception):
    """Whoever should get the case is not on shift, cannot be called, or her desk's group is lost."""


@dataclass(frozen=True)
class Handover:
    """A claimed case that is offered: to `heir` (an operator's key), or to whoever of `desk` accepts.

    `summary` is the number of the message with the giver's lines; `asks`: the person has not answered yet whether
    another region may have it; `due_at` in epoch milliseconds; `message_id` is the offer in the group of `desk`.
    """

    case: str
    giver: str
    heir: str | None
    desk: str
    summary: int
    asks: bool
    due_at: int
    message_id: int | None = None


def one_line(text: str) -> str:
    """What somebody typed, on one line."""
    return " ".join(text.split())
