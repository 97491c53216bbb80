"""Who writes: the person, what she told about herself by taps, the language and the tone she is spoken to in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Language = Literal["kk", "ru"]

# Letters that Kazakh has and Russian has not: a, g, q, n, o, u, u, h, i with their marks (KazSSR alphabet of 1940).
KAZAKH_LETTERS = frozenset("\u04d9\u0493\u049b\u04a3\u04e9\u04b1\u04af\u04bb\u0456")


class Writer(StrEnum):
    """Who is writing, as she says herself; it chooses the tone and the subjects that are offered."""

    CHILD = "child"
    ADULT = "adult"
    ABOUT_CHILD = "about_child"
    PROFESSIONAL = "professional"


class Want(StrEnum):
    """What she hopes for."""

    LISTEN = "listen"
    ADVISE = "advise"
    PLACE = "place"
    INFORMATION = "information"


ELSEWHERE = "elsewhere"
"""The 21st answer to "which region": somewhere else, or abroad. Such cases belong to the national desk."""


@dataclass(frozen=True)
class Person:
    """One private chat. `key` is an HMAC of the Telegram id; the id itself is only in the sealed address."""

    key: str
    language: Language | None = None
    writer: Writer | None = None
    region: str | None = None
    understood: bool = False
    blocked: bool = False

    @property
    def adult(self) -> bool:
        """Whether the polite form is used: always, until she says that she is under 18 (DESIGN.md 4, Tone)."""
        return self.writer is not Writer.CHILD


def guess_language(text: str, language_code: str | None) -> Language:
    """The language of somebody who writes before choosing one: her letters first, her phone's setting second."""
    if KAZAKH_LETTERS & set(text.lower()) or (language_code or "").split("-")[0] == "kk":
        return "kk"
    return "ru"
