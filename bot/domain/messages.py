"""What passes between a person and the desk, and what waits in the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any


class Kind(StrEnum):
    """What a person sent. What is not passed on appears by its name."""

    TEXT = "text"
    VOICE = "voice"
    VIDEO_NOTE = "video_note"
    PHOTO = "photo"
    VIDEO = "video"
    STICKER = "sticker"
    DOCUMENT = "document"
    AUDIO = "audio"
    ANIMATION = "animation"
    LOCATION = "location"
    CONTACT = "contact"
    POLL = "poll"
    OTHER = "other"


@dataclass(frozen=True)
class Incoming:
    """A person's message after the allow-list: her words, or only the name of what she sent.

    `seconds` is the length of a voice or video; `emoji` stands for a sticker; `number` is that of a file which is kept
    for the operator (`domain/media.py`); nothing else of the original is here.
    `reply_to` is the number of the message in the same chat that it answers, `quote` the part that was picked out.
    """

    kind: Kind
    text: str = ""
    message_id: int | None = None
    seconds: int | None = None
    emoji: str | None = None
    edited: bool = False
    reply_to: int | None = None
    quote: str = ""
    number: int | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Incoming":
        """From its fields as they were kept."""
        return cls(**{**kept, "kind": Kind(kept["kind"])})


class Direction(StrEnum):
    """Which way a stored message went."""

    FROM_PERSON = "in"
    TO_PERSON = "out"
    NOTE = "note"
    """Stays with the operators."""
    SUMMARY = "summary"
    """Three lines of whoever hands the case over: what happened, what was done, what the person waits for."""
    HELD = "held"
    """An operator's words that did not go to the person; only a supervisor reads them."""


@dataclass(frozen=True)
class Message:
    """A stored message of a case, as it was typed.

    `reply_to` and `edits` are ids: what it answers, and whose words it changes. `gone_at`: since when it is taken back.
    """

    id: str
    seq: int
    case: str
    direction: Direction
    incoming: Incoming
    at: int
    operator: str | None = None
    topic_message_id: int | None = None
    reply_to: str | None = None
    edits: str | None = None
    gone_at: int | None = None


CHANGEABLE = 48 * 3_600_000
"""Milliseconds for which a message can be taken back or changed (https://core.telegram.org/bots/api#deletemessage)."""

DELETABLE = CHANGEABLE - 10 * 60_000
"""For which a deletion is tried: it may wait, and the clocks are not the same."""


@dataclass(frozen=True)
class Standing:
    """A message that is out: its case, its place (see `storage.threads`), Telegram's number, and its lines, each with
    the id of the message of the case whose line it is, or ""."""

    case: str | None
    place: str
    message_id: int
    lines: Sequence[tuple[str, str]]
    again: bool = False
    """It went a second time, and may stand there twice."""


class Priority(IntEnum):
    """The sender's classes: none waits for a lower one (DESIGN.md 1.4)."""

    RED = 0
    TALK = 1
    CLAIM = 2
    QUEUE = 3
    EDIT = 4
    MANY = 5
    """Files of somebody who sends very many: nobody else waits for them."""


class To(StrEnum):
    """Whom an outbox row is for; the address is looked up when it is sent."""

    PERSON = "person"
    CASE = "case"
    DESK = "desk"
    OPERATOR = "operator"
    GROUP = "group"


@dataclass(frozen=True)
class Post:
    """A message for the outbox: what to say, not how it reads.

    `to` and `recipient` name the receiver (a person's key, a case id, "desk/topic", an operator's key, a chat id).
    Rows of one `lane` keep their order. Of rows with the same `coalesce` only one waits, and it shows the newest state.
    `case` names whose key seals the params; without it they lie under the key of the day.
    """

    to: To
    recipient: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    priority: Priority = Priority.TALK
    lane: str = ""
    case: str | None = None
    coalesce: str | None = None
    delay: int = 0


@dataclass(frozen=True)
class Row:
    """An outbox row on its way: the post, and what its earlier tries left behind."""

    seq: int
    id: str
    post: Post
    part: int = 0
    tries: int = 0
    again: bool = False
    alone: bool = False
    """What it replies to is not there: it goes without."""
