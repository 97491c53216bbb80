"""The file that came with a message, read from the raw update without trusting its shape."""

from typing import Any

from bot.domain.media import LARGEST_PHOTO, Attached
from bot.domain.messages import Kind
from bot.telegram.raw import is_id
from bot.telegram.screening import kind_of

PIXELS = 40_000_000
"""Of a photo. The largest size of Telegram's own has 7 million."""

LONGEST_NAME = 512
"""Characters of what Telegram calls a file; its own names have about a hundred."""


PDF = "application/pdf"


def enclosed(message: dict[str, Any]) -> Attached | None:
    """Of an operator's message the same, and a PDF. Her file's own name is not looked at."""
    file = message.get("document")
    if kind_of(message) is Kind.DOCUMENT and isinstance(file, dict) and file.get("mime_type") == PDF:
        return _attached(Kind.DOCUMENT, file, None)
    return attached(message)


def attached(message: dict[str, Any]) -> Attached | None:
    """Its photo, picture sent as a file, voice or video note; None for everything else, and for what is no file of
    Telegram's. Held apart from what `admitted` lets pass, like `shared`."""
    kind = kind_of(message)
    album = message.get("media_group_id")
    album = album if isinstance(album, str) and len(album) < LONGEST_NAME else None
    if kind is Kind.PHOTO:
        photo = message.get("photo")
        file = _largest(photo) if "photo" in message else message.get("document")
    elif kind in (Kind.VOICE, Kind.VIDEO_NOTE):
        file = message.get(kind.value)
    else:
        return None
    return _attached(kind, file, album)


def _attached(kind: Kind, file: Any, album: str | None) -> Attached | None:
    if not isinstance(file, dict):
        return None
    name, unique, size = file.get("file_id"), file.get("file_unique_id"), file.get("file_size")
    if not all(isinstance(one, str) and 0 < len(one) < LONGEST_NAME for one in (name, unique)):
        return None
    return Attached(kind, str(name), str(unique), size if is_id(size) and size >= 0 else None, album)


def _largest(sizes: Any) -> dict[str, Any] | None:
    """The largest of a photo's sizes that is taken."""
    known = [one for one in sizes if isinstance(one, dict)] if isinstance(sizes, list) else []
    fitting = [one for one in known if _pixels(one) <= PIXELS and not _over(one.get("file_size"))]
    return max(fitting or known, key=_pixels, default=None)


def _pixels(size: dict[str, Any]) -> int:
    width, height = size.get("width"), size.get("height")
    return width * height if is_id(width) and is_id(height) else 0


def _over(size: Any) -> bool:
    return is_id(size) and size > LARGEST_PHOTO
