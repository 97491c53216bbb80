"""Text of any length: counted and split in graphemes, so that no letter or emoji is cut in two."""

from collections.abc import Iterable, Iterator

import regex

LIMIT = 4096
"""Code points of one Telegram message."""

QUOTE = "\u258e "
"""Stands before every line of a person's words in a group, so that nobody can fake a card's head."""

_GRAPHEME = regex.compile(r"\X")
_LINE_ENDS = regex.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def lines_of(text: str) -> list[str]:
    """The lines of a text, by every character that some client shows as a line's end."""
    return _LINE_ENDS.split(text)


def graphemes(text: str) -> int:
    """How many graphemes a text has: what a person would call letters."""
    return sum(1 for _ in _GRAPHEME.finditer(text))


def head(text: str, count: int) -> str:
    """The first `count` graphemes."""
    for number, match in enumerate(_GRAPHEME.finditer(text)):
        if number == count:
            return text[: match.start()]
    return text


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Pieces of at most `limit` code points that together are the whole text.

    Cut after white space when there is some in the second half of a piece, else between graphemes; a single
    grapheme longer than the limit is cut where it must be.
    """
    pieces = []
    while len(text) > limit:
        cut = _cut(text, limit)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text or not pieces else pieces


def _cut(text: str, limit: int) -> int:
    cut = space = 0
    for match in _GRAPHEME.finditer(text[: limit + 64]):
        if match.end() > limit:
            break
        cut = match.end()
        if match[0].isspace():
            space = cut
    return space if space > limit // 2 else cut or limit


def quoted(text: str) -> Iterator[str]:
    """The lines of a person's words, each behind its mark and short enough for a message of its own."""
    for line in lines_of(text):
        for piece in split(line, LIMIT - 100):
            yield QUOTE + piece


def pack(lines: Iterable[str], limit: int = LIMIT) -> list[str]:
    """Whole lines joined into as few messages as fit; no line may be longer than `limit`."""
    parts: list[str] = []
    for line in lines:
        if parts and len(parts[-1]) + 1 + len(line) <= limit:
            parts[-1] += "\n" + line
        else:
            parts.append(line)
    return parts
