"""Plausible contents of every kind of message, complete as the Bot API would send them."""

from __future__ import annotations

import random
from collections.abc import Callable

from . import samples
from .errors import JSON
from .files import Files, StoredFile, identifier

MESSAGE_FIELDS = frozenset(
    {
        "forward_origin", "quote", "via_bot", "media_group_id", "external_reply", "author_signature", "sender_chat",
        "sender_business_bot", "effect_id", "has_media_spoiler", "show_caption_above_media", "link_preview_options",
        "caption_entities", "entities", "is_automatic_forward", "reply_to_story", "has_protected_content",
        "paid_star_count", "reply_markup", "sender_boost_count", "is_from_offline",
    }
)  # fmt: skip
"""Fields of the message itself; all others that ``Phone.send`` is given belong to the content."""

EXTENSIONS = {
    "voice": "voice.oga", "photo": "photo.jpg", "sticker": "sticker.webp", "video": "video.mp4",
    "video_note": "note.mp4", "audio": "audio.mp3", "document": "document.pdf", "animation": "animation.mp4",
}  # fmt: skip
MIMES = {
    "voice": "audio/ogg", "video": "video/mp4", "audio": "audio/mpeg", "document": "application/pdf",
    "animation": "video/mp4",
}  # fmt: skip
SHAPES: dict[str, JSON] = {
    "voice": {"duration": 12},
    "sticker": {
        "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False,
        "emoji": "\N{CRYING FACE}", "set_name": "Sadness",
    },
    "video": {"width": 640, "height": 360, "duration": 8},
    "video_note": {"length": 240, "duration": 6},
    "audio": {"duration": 180, "performer": "Performer", "title": "Title"},
    "document": {},
    "animation": {"width": 320, "height": 240, "duration": 3},
}  # fmt: skip


def file_json(file: StoredFile) -> JSON:
    return {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.data)}


def content(
    files: Files,
    kind: str,
    values: JSON,
    *,
    data: bytes | None = None,
    name: str | None = None,
    stored: StoredFile | None = None,
) -> JSON:
    """The fields of a message of this kind; ``values`` override the defaults. An unknown kind is taken as it is.

    ``data`` is the file's content, ``stored`` a file sent before.
    """
    if kind == "photo" or kind in SHAPES:
        file = stored or files.add(
            kind,
            name or values.get("file_name") or EXTENSIONS[kind],
            data or made(kind),
            values.get("file_id"),
            values.get("file_unique_id"),
        )
        return photo(file, files, values) if kind == "photo" else media(kind, file, values)
    make = OTHERS.get(kind)
    if make is None:
        return {kind: values}
    return make(values)


def made(kind: str) -> bytes:
    """What a telephone sends when nobody says what."""
    if kind == "photo":
        return samples.picture()
    if kind == "voice":
        return samples.voice()
    return samples.video() if kind == "video_note" else random.randbytes(512)


def photo(file: StoredFile, files: Files, values: JSON) -> JSON:
    """Two sizes; the larger one is the file itself."""
    small = files.add("photo", file.name, samples.thumbnail(file.data))
    sizes = [(one, *(samples.sides(one.data) or (800, 600))) for one in (small, file)]
    shown: list[JSON] = [{**file_json(one), "width": width, "height": height} for one, width, height in sizes]
    shown[-1].update(values)
    return {"photo": shown}


def media(kind: str, file: StoredFile, values: JSON) -> JSON:
    made: JSON = {**file_json(file), **SHAPES[kind]}
    if kind in MIMES:
        made["mime_type"] = MIMES[kind]
    if kind in ("video", "audio", "document", "animation"):
        made["file_name"] = file.name
    made.update(values)
    fields: JSON = {kind: made}
    if kind == "animation":
        fields["document"] = {key: value for key, value in made.items() if key not in ("width", "height", "duration")}
    return fields


def location(values: JSON) -> JSON:
    return {"location": {"latitude": 43.238949, "longitude": 76.889709, **values}}


def venue(values: JSON) -> JSON:
    place = values.get("location") or location({})["location"]
    return {"location": place, "venue": {"title": "School 1", "address": "Abay Ave 1", **values, "location": place}}


def contact(values: JSON) -> JSON:
    return {"contact": {"phone_number": "+77010000000", "first_name": "Aisha", **values}}


def poll(values: JSON) -> JSON:
    options = [{"persistent_id": str(number), "text": text, "voter_count": 0} for number, text in enumerate(("A", "B"))]
    made: JSON = {
        "id": str(random.getrandbits(60)), "question": "Which?", "options": options, "total_voter_count": 0,
        "is_closed": False, "is_anonymous": True, "type": "regular", "allows_multiple_answers": False,
        "allows_revoting": True, "members_only": False,
    }  # fmt: skip
    return {"poll": {**made, **values}}


def dice(values: JSON) -> JSON:
    return {"dice": {"emoji": "\N{GAME DIE}", "value": random.randint(1, 6), **values}}


def game(values: JSON) -> JSON:
    size = {"file_id": identifier(54), "file_unique_id": identifier(11), "width": 320, "height": 180}
    return {"game": {"title": "Game", "description": "A game", "photo": [size], **values}}


def story(values: JSON) -> JSON:
    channel = {"id": -1001000000001, "type": "channel", "title": "Channel", "username": "channel"}
    return {"story": {"chat": channel, "id": 1, **values}}


OTHERS: dict[str, Callable[[JSON], JSON]] = {
    "location": location, "venue": venue, "contact": contact, "poll": poll, "dice": dice, "game": game, "story": story,
}  # fmt: skip
