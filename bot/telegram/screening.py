"""What may pass from a person to the operators: an allow-list, read from the raw update."""

import unicodedata
from typing import Any

import regex

from bot.domain.messages import Incoming, Kind
from storage.reference import link_zones

KINDS = {
    "voice": Kind.VOICE, "video_note": Kind.VIDEO_NOTE, "photo": Kind.PHOTO, "video": Kind.VIDEO,
    "sticker": Kind.STICKER, "animation": Kind.ANIMATION, "document": Kind.DOCUMENT, "audio": Kind.AUDIO,
    "location": Kind.LOCATION, "venue": Kind.LOCATION, "contact": Kind.CONTACT, "poll": Kind.POLL,
}  # fmt: skip

# What Telegram's own apps make a link of (tdlib, is_common_tld): every Latin ending, and these zones in Cyrillic.
_LINK = regex.compile(rf"(?<=[\w-])\.(?=(?:[a-z]{{2,}}|{'|'.join(link_zones())})(?![\w]))", regex.IGNORECASE)
_NUMBERS = regex.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_SCHEME = regex.compile(r"(?<=[a-z])://", regex.IGNORECASE)
_MENTION = regex.compile(r"@(?=\w)")
_JOINS_EMOJI = frozenset("\u200d\ufe0e\ufe0f")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
_EMPTY_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def plain(text: str) -> str:
    """A person's words as operators see them: links and mentions cannot be tapped, hidden characters are shown."""
    text = _SCHEME.sub("[:]//", text)
    text = _NUMBERS.sub(lambda address: address[0].replace(".", "[.]"), text)
    text = _LINK.sub("[.]", text)
    text = _MENTION.sub("[@]", text)
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _JOINS_EMOJI or character in "\n\t":
        return character
    hidden = unicodedata.category(character) in ("Cf", "Cc", "Co", "Cs") or _IGNORABLE.match(character)
    if hidden or character in _EMPTY_LETTERS:
        return character if character in "\r\x0b\x0c\x1c\x1d\x1e\x85" else f"\u27e8U+{ord(character):04X}\u27e9"
    return character


def admitted(message: dict[str, Any], *, edited: bool = False) -> Incoming:
    """What of a raw message may go on: typed words, or the name of its kind. Nothing else of it is looked at."""
    kind = next((kind for field, kind in KINDS.items() if field in message), None)
    text = message.get("text") if isinstance(message.get("text"), str) else message.get("caption")
    if kind is None:
        kind = Kind.TEXT if isinstance(message.get("text"), str) else Kind.OTHER
    content = message.get(kind.value)
    content = content if isinstance(content, dict) else {}
    seconds, emoji = content.get("duration"), content.get("emoji")
    return Incoming(
        kind=kind,
        text=text if isinstance(text, str) else "",
        message_id=message.get("message_id"),
        seconds=seconds if isinstance(seconds, int) else None,
        emoji=emoji if isinstance(emoji, str) else None,
        edited=edited,
    )


def words_of(update: dict[str, Any]) -> list[str]:
    """Every text of a person in a raw update, quoted words too: what is assessed before any screen sees it."""
    found = []
    for field in ("message", "edited_message"):
        message = update.get(field)
        if isinstance(message, dict):
            quote = message.get("quote")
            texts = (message.get("text"), message.get("caption"), quote.get("text") if isinstance(quote, dict) else "")
            found += [text for text in texts if isinstance(text, str) and text]
    return found
