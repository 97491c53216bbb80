"""Numbers in a text: runs of digits however they are parted, and numbers that are written in words."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.domain.urgency.folding import Word

_ALIKE = {"o": "0", "\u043e": "0", "l": "1", "i": "1", "|": "1", "\u0437": "3", "\u0431": "6"}
"""What may stand for a digit between two others: Latin o, l, i, Cyrillic o, ze and be."""

_ALIKE_BESIDE = frozenset("o\u043e\u0437")
"""Those that are no letter of a class, and may also begin or end the digits."""

_PARTING = frozenset(" \t\u00a0\u2009\u202f-\u2010\u2011\u2012\u2013\u2014\u2212().\u00b7/_\\+*\u2022~")
"""What may stand between two digits of one number."""

HUNDREDS = -100
"""The value of a word that makes hundreds of the number before it, as in Kazakh."""

AT_ONCE = 3
"""So many of these in a row."""

_DATES = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}|(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:(?:19|20)\d\d|\d\d)(?!\d)"
    r"|(?:19|20)\d\d\s?[-\u2013]\s?(?:19|20)\d\d|\d{1,2}[:.][0-5]\d\s?[-\u2013]\s?\d{1,2}[:.][0-5]\d|\d{1,2}:\d\d"
)
"""Dates, years and times; times with a full stop only as a span."""


@dataclass(frozen=True, slots=True)
class Run:
    """Digits that may be one number, as groups, and where each of them stands: text[begin:end]."""

    groups: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]

    @property
    def begin(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[-1][1]

    @property
    def digits(self) -> str:
        return "".join(self.groups)


def plain_digits(text: str) -> tuple[str, Sequence[int]]:
    """The text with ASCII digits for every script's, without what cannot be seen; the place of each character."""
    if text.isascii():
        return text, range(len(text))
    kept: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        digit = unicodedata.decimal(character, None)
        if digit is None and unicodedata.category(character) in ("Cf", "Mn", "Me"):
            continue
        kept.append(character if digit is None else str(digit))
        places.append(place)
    return "".join(kept), places


def runs(text: str) -> Iterator[Run]:
    """Every run of digits that no date and no time is, the longest that each can be."""
    plain, places = plain_digits(text)
    taken = _DATES.sub(lambda date: "\x00" * len(date[0]), plain)
    at = 0
    while at < len(taken):
        if not _digit(taken, at):
            at += 1
            continue
        groups, spans = _run(taken, at)
        at = spans[-1][1]
        yield Run(groups, tuple((places[begin], places[end - 1] + 1) for begin, end in spans))


def _run(text: str, begin: int) -> tuple[tuple[str, ...], list[tuple[int, int]]]:
    """The run of digits that begins here."""
    groups, spans, at = [""], [(begin, begin)], begin
    while at < len(text):
        digit = _digit(text, at)
        if digit:
            groups[-1] += digit
            at += 1
            spans[-1] = (spans[-1][0], at)
            continue
        after = at
        while after < len(text) and after - at < AT_ONCE and text[after] in _PARTING:
            after += 1
        comma = text[at] == "," and text[at + 1 : at + 2].isdecimal()
        after = at + 1 if comma else after
        if after == at or after >= len(text) or not _digit(text, after):
            break
        groups.append("")
        spans.append((after, after))
        at = after
    return tuple(groups), spans


def _digit(text: str, at: int) -> str:
    """The digit that stands or is meant here; empty when none is."""
    if text[at].isdecimal():
        return text[at]
    letter = text[at].lower()
    beside = (text[at - 1 : at].isdecimal(), text[at + 1 : at + 2].isdecimal())
    word = text[at - 1 : at].isalpha() or text[at + 1 : at + 2].isalpha()
    meant = all(beside) or (any(beside) and letter in _ALIKE_BESIDE and not word)
    return _ALIKE.get(letter, "") if meant else ""


def spoken(words: Sequence[Word], text: str, values: Mapping[str, int]) -> Iterator[Run]:
    """Runs of numbers of which one at least is written in words, unless somebody counts. `values`: by folded word."""
    run: list[tuple[int, Word, bool]] = []
    for word in words:
        value = values.get(word.fold)
        told = value is not None
        if value is None and word.fold.isdecimal():
            value = int(text[word.begin : word.end]) if text[word.begin : word.end].isdecimal() else None
        apart = bool(run) and any(letter in ".!?;\n" for letter in text[run[-1][1].end : word.begin])
        if run and (value is None or apart):
            yield from _told(run)
            run = []
        if value is not None:
            run.append((value, word, told))
    if run:
        yield from _told(run)


def _told(run: list[tuple[int, Word, bool]]) -> Iterator[Run]:
    if any(told for *_, told in run) and not counts([str(value) for value, *_ in run]):
        yield Run(tuple(_joined(run)), ((run[0][1].begin, run[-1][1].end),))


def _joined(run: list[tuple[int, Word, bool]]) -> list[str]:
    """The numbers as they are dictated: hundreds, tens and ones together, what was typed in digits by itself."""
    found: list[int | str] = []
    open_number = False
    for value, word, told in run:
        last = found[-1] if open_number else 0
        assert isinstance(last, int)
        if not told:
            found.append(str(value).zfill(word.end - word.begin))
        elif value == HUNDREDS and last % 10:
            found[-1:] = [*([last - last % 10] if last > 10 else []), last % 10 * 100]
        elif open_number and 0 < value < _room(last):
            found[-1] = last + value
        else:
            found.append(abs(value))
        open_number = told
    return [str(one) for one in found]


def _room(number: int) -> int:
    """Below what a number has to be to stand behind this one as a part of it."""
    if number == 0 or number % 10:
        return 0
    return 100 if number % 100 == 0 else 10


def counts(groups: Sequence[str]) -> bool:
    """Whether somebody is counting: each number is the one before and one more, or one less."""
    steps = {int(after) - int(before) for before, after in pairwise(groups)}
    return steps in ({1}, {-1})
