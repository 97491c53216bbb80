"""Desks and the people who sit at them."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.people import Language

ANSWERS = "said"
"""How the name of a topic begins in which a supervisor reads what operators wrote in a case; its code follows."""

NATIONAL = "national"
"""The id of the national desk; every other desk has its region's ISO 3166-2:KZ code."""

FIXED_TOPICS = ("urgent", "queue", "booking", "shift")
"""The topics that the bot makes when a group is bound, in this order."""

LINK_LIFE = 10 * 60_000
"""Milliseconds that an administrator's link lives (DESIGN.md 4)."""

SECOND_WAY = 30_000
"""Milliseconds that a red may have to wait for its group before it goes another way (DESIGN.md 6)."""

ALERT_GAP = 60_000
"""Milliseconds between two private alerts of one kind: each names all that waits."""

JOIN_WITHIN = 600_000
"""Milliseconds in which somebody who answers in private can come into the new group of a desk that had lost its own."""

UNHEARD_GAP = 600_000
"""Milliseconds between two words to a claimer that her group does not take what an urgent person writes."""

SEEN_LATELY = 24 * 3_600_000
"""Milliseconds before a group was lost in which an operator was seen there who counts as one afterwards."""

BIND_LIFE = 15 * 60_000
"""Milliseconds that a desk's binding code lives, and an unbound group keeps the bot (DESK.md, Layout)."""


EXPOSED = frozenset({"another_bot", "public", "linked"})
"""Why a desk is down that only an administrator's word brings back: others may read along."""

CONFIRMED = "confirmed"
"""The same after that word, until Telegram has said that the group is safe."""


@dataclass(frozen=True)
class Desk:
    """A bound forum. Group ids are not personal, so `chat_id` is in clear."""

    id: str
    chat_id: int
    language: Language
    bound_at: int
    down_since: int | None = None
    down_why: str | None = None
    rungs: str | None = None
    board_message_id: int | None = None
    board_at: int | None = None
    board_shown: str | None = None
    ring_message_id: int | None = None

    @property
    def down(self) -> bool:
        return self.down_since is not None


@dataclass(frozen=True)
class Operator:
    """Somebody who answers. `alias` is an id of storage/reference/aliases.csv, the only name anybody sees."""

    key: str
    alias: str
    administrator: bool = False
    language: Language = "ru"
    coordinator: bool = False


@dataclass(frozen=True)
class Watch:
    """An operator on shift at a desk. Times are epoch milliseconds; `until` None: until she says that she goes.

    `heard_at`: when a test message reached her private chat; without it she cannot be called and does not count.
    `stays_until`: for how long she stays after `until`, because of red cases that she has. `leave_at`: when she is off
    who wanted to go with red cases and has not said what becomes of them; `heir`: who was asked to take them by then.
    """

    operator: str
    desk: str
    since: int
    until: int | None = None
    heard_at: int | None = None
    turn_at: int = 0
    stays_until: int | None = None
    leave_at: int | None = None
    heir: str | None = None

    @property
    def reachable(self) -> bool:
        return self.heard_at is not None


class Member(StrEnum):
    """What getChatMember says of somebody in a forum."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    STRANGER = "stranger"
    UNKNOWN = "unknown"
    """Telegram did not answer in time."""
    LOST = "lost"
    """Telegram knows no such group any more, or the bot was thrown out of it: nobody can say."""

    @property
    def sits(self) -> bool:
        return self in (Member.OPERATOR, Member.SUPERVISOR)


class Purpose(StrEnum):
    """What a one-time link is for."""

    ADMINISTRATOR = "administrator"
    COORDINATOR = "coordinator"
    DESK = "desk"


@dataclass(frozen=True)
class Invitation:
    """What a live one-time code gives."""

    purpose: Purpose
    desk: str | None = None
    language: Language | None = None


class DeadLink(Exception):
    """The one-time code is unknown, used or too old."""


class DeskTaken(Exception):
    """The desk has a group already, or the group a desk; `desk` names it."""

    def __init__(self, desk: str) -> None:
        super().__init__(desk)
        self.desk = desk
