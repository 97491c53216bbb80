"""What may pass from a person to the operators: an allow-list, read from the raw update."""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

import regex

from bot.domain.messages import Incoming, Kind
from bot.domain.rescue import Number, Point, Shared
from bot.domain.urgency import SOS, is_sos
from bot.telegram.raw import is_id
from storage.reference import link_zones

KINDS = {
    "voice": Kind.VOICE, "video_note": Kind.VIDEO_NOTE, "photo": Kind.PHOTO, "video": Kind.VIDEO,
    "sticker": Kind.STICKER, "animation": Kind.ANIMATION, "document": Kind.DOCUMENT, "audio": Kind.AUDIO,
    "location": Kind.LOCATION, "venue": Kind.LOCATION, "contact": Kind.CONTACT, "poll": Kind.POLL,
}  # fmt: skip

PICTURE = "image/"
"""How the type of a picture begins that was sent as a file."""

# What Telegram's own apps make a link of (tdlib, is_common_tld): every Latin ending, and these zones in Cyrillic.
_LINK = regex.compile(rf"(?<=[\w-])\.(?=(?:[a-z]{{2,}}|{'|'.join(link_zones())})(?![\w]))", regex.IGNORECASE)
_NUMBERS = regex.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_SCHEME = regex.compile(r"(?<=[a-z])://", regex.IGNORECASE)
_MENTION = regex.compile(r"@(?=\w)")
_JOINS_EMOJI = frozenset("\u200d\ufe0e\ufe0f")
_IGNORABLE = regex.compile(r"\p{Default_Ignorable_Code_Point}")
LONGEST = 10_000
"""Characters. Telegram's longest text has 4,096 and a quotation 1,024; what is longer is no message of anybody's, and
would fill the operators' topic for hours: its head goes to them, and all of it is set aside with an alarm."""

HIDDEN_SHOWN = 3
"""Of a run of hidden characters; each is shown as eight, and four thousand would take half of a group's minute."""

QUOTED = 1024
"""Code points of a quotation: https://core.telegram.org/bots/api#replyparameters."""

EMOJI = 32
"""Code points; a family with skin colours has 11."""

DAY = 86_400

BOUNDS = {"latitude": 90, "longitude": 180}
"""Degrees."""

ACCURACY = 1500
"""Metres: https://core.telegram.org/bots/api#location."""

_NUMBER = re.compile(r"\+?[0-9]{5,15}")
"""E.164, with or without its plus: telephones give both."""

# A person's words in an update that is no JSON: up to the next quotation mark, so that nothing else comes with them.
_SAID = regex.compile(r'"(?:text|caption)"\s*:\s*"((?:[^"\\]|\\.)*+)', regex.DOTALL)
_EMPTY_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")

# Letters, digits, punctuation and spaces, as nearly every text is; the others are looked at one by one.
_NOTHING_HIDDEN = regex.compile(
    r"(?V1)[[\p{L}\p{M}\p{N}\p{P}\p{Zs}\n\t]--[\p{Default_Ignorable_Code_Point}\u115f\u1160\u3164\uffa0]]*+"
)


def plain(text: str) -> str:
    """A person's words as operators see them: links and mentions cannot be tapped, hidden characters are shown."""
    text = _SCHEME.sub("[:]//", text)
    text = _NUMBERS.sub(lambda address: address[0].replace(".", "[.]"), text)
    text = _LINK.sub("[.]", text)
    text = _MENTION.sub("[@]", text)
    if _NOTHING_HIDDEN.fullmatch(text):
        return text
    return "".join(_shortened_runs(_shown(character) for character in text))


def _shortened_runs(shown: Iterable[str]) -> Iterator[str]:
    """The characters as they are shown; of many hidden ones in a row the first, and how many follow."""
    for hidden, run in itertools.groupby(shown, lambda character: len(character) > 1):
        if not hidden:
            yield from run
            continue
        all_of_them = list(run)
        more = len(all_of_them) - HIDDEN_SHOWN
        yield from all_of_them if more < 2 else [*all_of_them[:HIDDEN_SHOWN], f"\u27e8+{more}\u27e9"]


def _shown(character: str) -> str:
    if character in _JOINS_EMOJI or character in "\n\t":
        return character
    hidden = unicodedata.category(character) in ("Cf", "Cc", "Co", "Cs") or _IGNORABLE.match(character)
    if hidden or character in _EMPTY_LETTERS:
        return character if character in "\r\x0b\x0c\x1c\x1d\x1e\x85" else f"\u27e8U+{ord(character):04X}\u27e9"
    return character


def admitted(message: dict[str, Any], *, edited: bool = False) -> Incoming:
    """What of a raw message may go on: typed words, or the name of its kind. Nothing else of it is looked at."""
    kind = kind_of(message)
    texts = [text for text in (message.get("text"), message.get("caption")) if isinstance(text, str) and text]
    if kind is None:
        kind = Kind.TEXT if isinstance(message.get("text"), str) else Kind.OTHER
    content = message.get(kind.value)
    content = content if isinstance(content, dict) else {}
    seconds, emoji = content.get("duration"), content.get("emoji")
    return Incoming(
        kind=kind,
        text="\n".join(texts),
        message_id=message["message_id"] if is_id(message.get("message_id")) else None,
        seconds=seconds if is_id(seconds) and 0 <= seconds <= DAY else None,
        emoji=emoji[:EMOJI] if isinstance(emoji, str) else None,
        edited=edited,
        reply_to=_replied(message),
        quote=_picked(message),
    )


def _replied(message: dict[str, Any]) -> int | None:
    """The number of the message in the same chat that it answers."""
    replied = message.get("reply_to_message")
    number = replied.get("message_id") if isinstance(replied, dict) else None
    return number if is_id(number) else None


def _picked(message: dict[str, Any]) -> str:
    """What she has picked out by hand of a message in her own chat, which holds only hers and the bot's."""
    quote, replied = message.get("quote"), message.get("reply_to_message")
    if not isinstance(quote, dict) or quote.get("is_manual") is not True or not isinstance(replied, dict):
        return ""
    picked, whole = quote.get("text"), replied.get("text") or replied.get("caption")
    inside = isinstance(picked, str) and isinstance(whole, str) and picked in whole
    return str(picked)[:QUOTED] if inside else ""


def kind_of(message: dict[str, Any]) -> Kind | None:
    """What a message holds beside words; a picture sent as a file is a photo."""
    kind = next((kind for field, kind in KINDS.items() if field in message), None)
    file = message.get("document")
    if kind is Kind.DOCUMENT and isinstance(file, dict) and str(file.get("mime_type")).startswith(PICTURE):
        return Kind.PHOTO
    return kind


def shared(message: dict[str, Any]) -> Shared | None:
    """The place on the map, or her own number, that a raw message holds; of a place never its name, of a contact never
    a name or somebody else's number. Held apart from what `admitted` lets pass: nobody is shown it before her yes."""
    kind = kind_of(message)
    if kind is Kind.LOCATION:
        return _point(message.get("location"))
    return _own_number(message) if kind is Kind.CONTACT else None


def _point(location: Any) -> Point | None:
    if not isinstance(location, dict):
        return None
    latitude, longitude = (_within(location.get(name), -most, most) for name, most in BOUNDS.items())
    if latitude is None or longitude is None:
        return None
    return Point(latitude, longitude, _within(location.get("horizontal_accuracy"), 0, ACCURACY))


def _within(value: Any, least: float, most: float) -> float | None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and least <= value <= most else None


def _own_number(message: dict[str, Any]) -> Number | None:
    contact, sender = message.get("contact"), message.get("from")
    if not isinstance(contact, dict) or not isinstance(sender, dict):
        return None
    number, whose = contact.get("phone_number"), contact.get("user_id")
    if not isinstance(number, str) or not is_id(whose) or whose != sender.get("id"):
        return None
    return Number(f"+{number.removeprefix('+')}") if _NUMBER.fullmatch(number) else None


def words_of(update: Any) -> list[str]:
    """Every text of a person in a raw update, quoted words too: what is assessed before any screen sees it.

    An update that is no JSON is its raw text here; what looks like words in it is found all the same.
    """
    if isinstance(update, str):
        return _words_in(update)
    found = []
    for field in ("message", "edited_message"):
        message = update.get(field) if isinstance(update, dict) else None
        if isinstance(message, dict):
            quote = message.get("quote")
            texts = (message.get("text"), message.get("caption"), quote.get("text") if isinstance(quote, dict) else "")
            found += [text for text in texts if isinstance(text, str) and text]
    return found


def persons_words(update: Any) -> list[str]:
    """The same without a quotation of what the bot has said: its own screens name dangers and the urgent sign."""
    if not isinstance(update, dict):
        return words_of(update)
    own = {field: update[field] for field in ("message", "edited_message") if isinstance(update.get(field), dict)}
    for field, message in own.items():
        quoted = message.get("reply_to_message")
        writer = quoted.get("from") if isinstance(quoted, dict) else None
        if isinstance(writer, dict) and writer.get("is_bot") is True:
            own[field] = {name: one for name, one in message.items() if name != "quote"}
    return words_of(own)


def _words_in(raw: str) -> list[str]:
    if '"callback_query"' in raw:  # what stands there are the words of the bot, and its buttons
        return []
    found = []
    for match in _SAID.finditer(raw):
        try:
            words = str(json.loads(f'"{match[1]}"', strict=False))
        except ValueError:
            words = match[1]
        found.append(words.encode("utf-8", "replace").decode())
    return [words for words in found if words]


def shortened(text: str) -> str:
    """At most LONGEST characters of it; that somebody calls for help is not lost with the rest."""
    if len(text) <= LONGEST:
        return text
    head = f"{text[:LONGEST]}\u2026"
    return f"{SOS} {head}" if is_sos(text) and not is_sos(head) else head
