"""Entities in texts: what Telegram finds by itself, and what ``parse_mode=HTML`` says.

Offsets and lengths are in UTF-16 code units (https://core.telegram.org/bots/api#messageentity); the tags are those of
https://core.telegram.org/bots/api#html-style and the error texts those of tdlib's MessageEntity.cpp.
"""

from __future__ import annotations

import html
import re

from .errors import JSON, bad

FOUND = (
    ("url", re.compile(r"(?<![\w@.])(?:https?://[^\s<>\"']+|(?:[\w-]+\.)+(?:kz|ru|com|org|net|me|info)(?:/[^\s<>\"']*)?)(?![\w@])")),
    ("email", re.compile(r"(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")),
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")),
    ("mention", re.compile(r"(?<![\w@.])@[A-Za-z]\w{2,31}\b")),
    ("hashtag", re.compile(r"(?<![\w#])#\w*[^\W\d]\w*")),
    ("phone_number", re.compile(r"(?<![\w+])\+?\d[\d\s()-]{8,16}\d(?!\w)")),
)  # fmt: skip

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
TAG = re.compile(r"<(/?)([A-Za-z0-9-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)(>?)")
ATTRIBUTE = re.compile(r"([A-Za-z-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9A-Fa-f]+);")


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def detect(text: str) -> list[JSON]:
    """Entities that Telegram finds in plain text, in order; roughly, the first rule that matches a place wins."""
    found: list[tuple[int, int, str]] = []
    for kind, pattern in FOUND:
        for match in pattern.finditer(text):
            start, end = match.span()
            if all(end <= other_start or start >= other_end for other_start, other_end, _ in found):
                found.append((start, end, kind))
    return [
        {"type": kind, "offset": units(text[:start]), "length": units(text[start:end])}
        for start, end, kind in sorted(found)
    ]


def parse_html(source: str) -> tuple[str, list[JSON]]:
    """Plain text and entities of an HTML text, or the refusal that Telegram would give."""
    text = ""
    entities: list[JSON] = []
    opened: list[tuple[str, int, JSON]] = []
    at = 0
    while (bracket := source.find("<", at)) >= 0:
        text += unescape(source[at:bracket])
        offset = len(source[:bracket].encode())
        match = TAG.match(source, bracket)
        if match is None or not match[4]:
            raise bad(f"can't parse entities: Unclosed start tag at byte offset {offset}")
        name = match[2].lower()
        if match[1]:
            close(name, offset, opened, entities, text)
        else:
            opened.append((name, len(text), start(name, match[3], offset)))
        at = match.end()
    text += unescape(source[at:])
    if opened:
        raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\"")
    return text, sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def unescape(piece: str) -> str:
    """Only the references that Telegram knows are replaced."""
    return REFERENCE.sub(lambda match: html.unescape(match[0]), piece)


def start(name: str, attributes: str, offset: int) -> JSON:
    """The entity that a start tag opens, without its place."""
    if name not in TAGS:
        raise bad(f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {offset}')
    values = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in ATTRIBUTE.finditer(attributes)}
    if name == "span" and values.get("class") != "tg-spoiler":
        raise bad(f'can\'t parse entities: Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    entity: JSON = {"type": TAGS[name]}
    if name == "a":
        entity["url"] = values.get("href", "")
    elif name == "tg-emoji":
        entity["custom_emoji_id"] = values.get("emoji-id", "")
    elif name == "blockquote" and "expandable" in attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def close(name: str, offset: int, opened: list[tuple[str, int, JSON]], entities: list[JSON], text: str) -> None:
    """End the innermost open tag; an empty entity disappears."""
    if not opened:
        raise bad(f"can't parse entities: Unexpected end tag at byte offset {offset}")
    expected, begin, entity = opened.pop()
    if name and name != expected:
        raise bad(
            f'can\'t parse entities: Unmatched end tag at byte offset {offset}, expected "</{expected}>", '
            f'found "</{name}>"'
        )
    if len(text) > begin:
        entities.append({**entity, "offset": units(text[:begin]), "length": units(text[begin:])})


def check_bounds(text: str, entities: list[JSON]) -> None:
    """Explicit entities must lie inside the text."""
    size = units(text)
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > size:
            raise bad("ENTITY_BOUNDS_INVALID")


def strip(text: str, entities: list[JSON]) -> tuple[str, list[JSON]]:
    """Telegram cuts white space from both ends; entities move with the text."""
    kept = text.lstrip()
    lead = units(text) - units(kept)
    kept = kept.rstrip()
    size = units(kept)
    moved = []
    for entity in entities:
        begin = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] - lead + entity["length"])
        if end > begin:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return kept, moved
