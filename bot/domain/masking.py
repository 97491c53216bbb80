"""What of a person's words is covered on its way to the desk: telephone numbers, IIN, bank cards, codes.

A pure rule of patterns. Short numbers (112, an age, a class, a house, a flat), dates, times and sums stay as they are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from bot.domain.codes import find_codes
from bot.domain.digits import Run, plain_digits, runs


class SecretKind(StrEnum):
    """What is covered."""

    PHONE = "phone"
    IIN = "iin"
    CARD = "card"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Secret:
    """One of them in text[begin:end]."""

    kind: SecretKind
    begin: int
    end: int


IIN_DIGITS = 12
SHORTEST = 10
"""Digits of a telephone number without the country's."""

LONGEST_PHONE = 15
"""Digits of the longest one with it (E.164)."""

LONGEST = 19
"""Digits of the longest card."""

WEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)
"""Of the eleven digits before the check digit; the second row when the first leaves 10 (docs/facts.md)."""

DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Masking:
    """Finds them. `codes`: beginnings of the words beside which a short number is a code. `doors`: beginnings of those
    that say it opens a door, which who comes to help must read."""

    def __init__(self, codes: Sequence[str], doors: Sequence[str]) -> None:
        named = "|".join(map(re.escape, codes))
        digits = r"\d(?:[\s-]?\d){3,7}(?!\d)"
        self._after = re.compile(
            rf"\b(?:{named})\w*(?:[\s:=\u2013\u2014-]+\w+){{0,2}}?[\s:=\u2013\u2014-]+({digits})", re.I
        )
        self._before = re.compile(
            rf"(?<![\d-])(?!(?:19|20)\d\d\b)({digits})[\s,-]+(?:\w+\s+){{0,2}}?(?:{named})\w*", re.I
        )
        self._door = re.compile(rf"\b(?:{'|'.join(map(re.escape, doors))})", re.I)

    def secrets(self, text: str) -> list[Secret]:
        """All of them in their order; none overlaps another."""
        own = find_codes(text)
        found: list[Secret] = []
        for secret in (*_numbers(text), *self._codes(text)):
            inside = [*own, *((one.begin, one.end) for one in found)]
            if not any(begin < secret.end and secret.begin < end for begin, end in inside):
                found.append(secret)
        return sorted(found, key=lambda secret: secret.begin)

    def _codes(self, text: str) -> Iterator[Secret]:
        plain, places = plain_digits(text)
        for pattern in (self._after, self._before):
            for match in pattern.finditer(plain):
                if not self._door.search(plain, max(0, match.start() - 20), match.end() + 20):
                    begin, end = match.span(1)
                    yield Secret(SecretKind.CODE, places[begin], places[end - 1] + 1)


def masked(text: str, secrets: Sequence[Secret], shown: dict[SecretKind, str]) -> str:
    """The text with what is `shown` in the place of each secret."""
    places = [0, *(place for secret in secrets for place in (secret.begin, secret.end)), len(text)]
    pieces = [text[begin:end] for begin, end in list(pairwise(places))[::2]]
    covers = [*(shown[secret.kind] for secret in secrets), ""]
    return "".join(piece + cover for piece, cover in zip(pieces, covers, strict=True))


def _numbers(text: str) -> Iterator[Secret]:
    """Every number that tells of somebody; in a run of several groups the longest that is one."""
    for run in runs(text):
        first = 0
        while first < len(run.groups):
            size, kind = _longest(text, run, first)
            if kind is not None:
                begin = run.spans[first][0]
                begin -= text[begin - 1 : begin] == "+"
                yield Secret(kind, begin, run.spans[first + size - 1][1])
            first += size


def _longest(text: str, run: Run, first: int) -> tuple[int, SecretKind | None]:
    """How many groups from this one on are such a number, and which."""
    plus = text[run.spans[first][0] - 1 : run.spans[first][0]] == "+"
    found: tuple[int, SecretKind | None] = (1, None)
    digits = ""
    for size, group in enumerate(run.groups[first : first + LONGEST], 1):
        digits += group
        kind = _kind(digits, plus=plus) if SHORTEST <= len(digits) <= LONGEST else None
        found = (size, kind) if kind is not None else found
    return found


def _kind(digits: str, *, plus: bool) -> SecretKind | None:
    if plus and len(digits) <= LONGEST_PHONE:
        return SecretKind.PHONE
    if len(digits) == IIN_DIGITS and is_iin(digits):
        return SecretKind.IIN
    if 13 <= len(digits) <= LONGEST and is_card(digits):
        return SecretKind.CARD
    home = len(digits) == 11 and digits[0] in "78" and digits[1] in "34679"
    short = len(digits) == 10 and digits[0] == "7" and digits[1] in "0124567"
    return SecretKind.PHONE if home or short else None


def is_iin(digits: str) -> bool:
    """Whether twelve digits can be an IIN: they begin with a day that there is, or have its check digit. Since 2013 the
    rules tie the number to the day of birth no more, and a mistyped one is an IIN all the same."""
    month, day, century = int(digits[2:4]), int(digits[4:6]), int(digits[6])
    if 1 <= month <= 12 and 1 <= day <= DAYS[month - 1] and 1 <= century <= 6:
        return True
    rests = (sum(weight * int(digit) for weight, digit in zip(row, digits, strict=False)) % 11 for row in WEIGHTS)
    return int(digits[11]) == next((rest for rest in rests if rest < 10), -1)


def is_card(digits: str) -> bool:
    """Whether it can be the number of a bank card (Luhn's sum, ISO/IEC 7812)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return digits[0] in "2345689" and sum(one - 9 * (one > 9) for one in doubled) % 10 == 0
