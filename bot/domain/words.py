"""Text of any length: counted and split in graphemes, so that no letter or emoji is cut in two."""

from collections.abc import Iterable, Iterator

import regex

LIMIT = 4096
"""UTF-16 units of one Telegram message. Whether Telegram counts these or code points is not known (docs/telegram.md);
there are never fewer of them, so what fits in this count fits in both."""

QUOTE = "\u258e "
"""Stands before every line of a person's words in a group, so that nobody can fake a card's head."""

# Pairs of flag letters are taken as pairs: by itself, \X counts back over all of them at every step, and four thousand
# flags would take seconds.
_GRAPHEME = regex.compile(r"\p{RI}\p{RI}[\p{GCB=Extend}\p{GCB=ZWJ}\p{GCB=SM}]*+|\X")
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


def units(text: str) -> int:
    """How many UTF-16 units a text has: one a letter, two where a letter or emoji lies beyond the first plane."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, limit: int = LIMIT) -> list[str]:
    """Pieces of at most `limit` UTF-16 units that together are the whole text.

    Cut after white space when there is some in the second half of a piece, else between graphemes; a single
    grapheme longer than the limit is cut where it must be.
    """
    pieces, begin, left = [], 0, units(text)
    while left > limit:
        piece = _piece(text[begin : begin + limit + 64], limit)
        pieces.append(piece)
        begin += len(piece)
        left -= units(piece)
    return [*pieces, text[begin:]] if begin < len(text) or not pieces else pieces


def _piece(text: str, limit: int) -> str:
    """The beginning of a text that is longer than the limit; at least one code point."""
    cut = space = size = wide = 0
    for match in _GRAPHEME.finditer(text):
        size += units(match[0])
        if size > limit:
            break
        cut = match.end()
        if match[0].isspace():
            space, wide = cut, size
    return text[: space if wide > limit // 2 else cut or _within(text, limit)]


def _within(text: str, limit: int) -> int:
    """How many code points of a single grapheme fit."""
    size = 0
    for at, letter in enumerate(text):
        size += units(letter)
        if size > limit:
            return max(1, at)
    return len(text)


def quoted(text: str) -> Iterator[str]:
    """The lines of a person's words, each behind its mark and short enough for a message of its own."""
    for line in lines_of(text):
        for piece in split(line, LIMIT - 100):
            yield QUOTE + piece


def pack(lines: Iterable[str], limit: int = LIMIT) -> list[str]:
    """Whole lines joined into as few messages as fit; no line may be longer than `limit`, in UTF-16 units."""
    return ["\n".join(line for _, line in part) for part in pack_named((("", line) for line in lines), limit)]


def pack_named(lines: Iterable[tuple[str, str]], limit: int = LIMIT) -> list[list[tuple[str, str]]]:
    """The same for lines that say whose they are: the lines of each message."""
    parts: list[list[tuple[str, str]]] = []
    size = 0
    for line in lines:
        longer = size + 1 + units(line[1])
        if parts and longer <= limit:
            parts[-1].append(line)
            size = longer
        else:
            parts.append([line])
            size = units(line[1])
    return parts
