"""What is to be said, before it has an address; and the names of desks and operators as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.desks import NATIONAL
from bot.domain.messages import Kind
from bot.domain.people import Language
from bot.domain.rescue import Point
from locales import Catalog
from storage.reference import aliases, region


@dataclass(frozen=True)
class Upload:
    """A clean file and how it is sent: the method, its parameter for the file, a name that says nothing, its type."""

    method: str
    field: str
    name: str
    mime: str
    data: bytes


UPLOADS = {
    Kind.PHOTO: ("sendPhoto", "photo", "photo.jpg", "image/jpeg"),
    Kind.VOICE: ("sendVoice", "voice", "voice.ogg", "audio/ogg"),
    Kind.VIDEO_NOTE: ("sendVideoNote", "video_note", "video.mp4", "video/mp4"),
    Kind.DOCUMENT: ("sendDocument", "document", "document.pdf", "application/pdf"),
}
"""How a clean file is sent, under a name that all of its kind have."""


@dataclass(frozen=True)
class Said:
    """A message before it has an address: texts of its parts, a markup under the last one, or an edit.

    A `point` is shown in the place of the one text, an `upload` above the first.
    """

    parts: list[str]
    markup: Mapping[str, Any] | None = None
    edit: int | None = None
    reply_to: int | None = None
    quiet: bool = False
    mention: tuple[str, int] | None = None
    """A name that stands in the last part, and the Telegram id of the operator whom it calls."""

    point: Point | None = None
    upload: Upload | None = None
    lines: Sequence[Sequence[tuple[str, str]]] = ()
    """Of each part its lines, with whose they are (see `Standing`)."""

    gone: Sequence[int] = ()
    """Messages that are deleted, instead of one that is shown."""


def told(parts: list[list[tuple[str, str]]], markup: Mapping[str, Any] | None = None,
         reply_to: int | None = None) -> Said:  # fmt: skip
    """A message of lines that say whose they are."""
    return Said(["\n".join(line for _, line in part) for part in parts], markup, reply_to=reply_to, lines=parts)


@dataclass(frozen=True)
class Identity:
    """Who the bot is: its @username and id from getMe, its display name, and who runs it in both languages."""

    username: str
    bot_id: int
    name: str
    operator: Mapping[Language, str]


def desk_name(catalog: Catalog, desk: str, language: Language) -> str:
    """A desk's name as people read it."""
    return catalog.text("national", language) if desk == NATIONAL else region(desk).name(language)


def group_link(chat_id: int, *path: int | None) -> str:
    """The address of a topic, and of a message in it: a private group's number without its -100."""
    return "/".join(["https://t.me/c", str(chat_id).removeprefix("-100"), *(str(part) for part in path if part)])


def alias_name(alias: str, language: Language) -> str:
    """An operator's alias in a language; a second bearer of a name has a number."""
    name, _, number = alias.partition(" ")
    known = next((item.name(language) for item in aliases() if item.id == name), name)
    return f"{known} {number}" if number else known
