"""What is no text and may still pass: of a person photos, and her voice after her yes; of an operator what her desk has
switched on."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.messages import Kind

MEGABYTE = 1024 * 1024

LARGEST = 20 * MEGABYTE
"""Bytes: no bot may download more (https://core.telegram.org/bots/api#getfile)."""

LARGEST_PHOTO = 10 * MEGABYTE
"""Bytes: Telegram's own photos are smaller; only a picture that was sent as a file can be larger."""

LARGEST_DOCUMENT = 10 * MEGABYTE
"""Bytes: a leaflet or a form of many pages; a telephone without Wi-Fi has to load it."""

MOST = 100
"""Files of one case. More do not help an operator, and nobody may fill the disk."""

SPOKEN = frozenset({Kind.VOICE, Kind.VIDEO_NOTE})
"""Kinds in which she can be recognised by her voice: they are not even fetched before she has said yes."""


@dataclass(frozen=True)
class Attached:
    """A file as Telegram names it. It is held apart from her words, which everybody in the group may see.

    `unique` tells whether two are the same; `size` in bytes, where Telegram says it; `album`: what several that were
    sent together have in common.
    """

    kind: Kind
    file_id: str
    unique: str
    size: int | None = None
    album: str | None = None

    @property
    def too_large(self) -> bool:
        return self.size is not None and self.size > largest(self.kind)


def largest(kind: Kind) -> int:
    """Bytes that are fetched of a kind at most."""
    return {Kind.PHOTO: LARGEST_PHOTO, Kind.DOCUMENT: LARGEST_DOCUMENT}.get(kind, LARGEST)


class FileState(StrEnum):
    """What became of a file of hers."""

    ASKED = "asked"
    """Waits for her yes; it has not been fetched."""
    DUE = "due"
    READY = "ready"
    """Clean, and kept under the case's key."""
    LOST = "lost"
    """It could not be fetched, made clean or shown; she was told."""
    REFUSED = "refused"


class Consent(StrEnum):
    """What she has said of her voice in this case."""

    ASKED = "asked"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class File:
    """A file of a case, without what is in it; `number` counts the files of the case, `at` is when she sent it, and
    `message` the id of the message that it came with."""

    id: str
    case: str
    number: int
    kind: Kind
    at: int
    state: FileState
    message: str = ""


@dataclass(frozen=True)
class Due:
    """A file that is to be fetched now; `attached` is None when what Telegram calls it is damaged."""

    file: File
    attached: Attached | None
    tries: int
    to_person: bool = False
    """An operator has sent it; `file.id` is the message that it is, and `file.number` means nothing."""
