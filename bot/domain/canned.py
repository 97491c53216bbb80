"""Canned replies: texts that an operator may send after a look, each in both languages and both tones."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from bot.domain.people import Language

Voice = tuple[Language, bool]
"""A language, and whether it is said to an adult."""

VOICES: tuple[Voice, ...] = (("kk", False), ("kk", True), ("ru", False), ("ru", True))

SHOWN = 6
"""Replies on one list (DESK.md, Who is heard)."""

TITLE = 32
"""Characters of a title: a button on a phone."""

LONGEST = 600
"""Characters of a text. Nobody in trouble reads more at once; Telegram's button for copying holds 256."""

RED = "red"
"""In `about`: suits whatever is urgent."""


class BadReply(Exception):
    """A typed reply cannot be used: "title", "text", "long", or "missing" with the voices that have no text."""

    def __init__(self, flaw: str, missing: Collection[Voice] = ()) -> None:
        super().__init__(flaw)
        self.flaw = flaw
        self.missing = tuple(missing)


@dataclass(frozen=True)
class Reply:
    """One reply. `about` are the subjects and dangers that it suits, none: any; `own`: a desk has written it."""

    id: str
    titles: Mapping[Language, str]
    texts: Mapping[Voice, str]
    about: frozenset[str] = frozenset()
    own: bool = False
    off: bool = False


def digest(text: str) -> str:
    """Tells whether a text is still the one that was shown: eight hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def folded(text: str) -> str:
    """As it is compared: small letters, single spaces."""
    return " ".join(text.casefold().replace("\u0451", "\u0435").split())


def suited(replies: Iterable[Reply], about: Collection[str], *, red: bool) -> list[Reply]:
    """Those that are on, what suits the case first: its subjects, then what is urgent, then what suits any."""

    def rank(reply: Reply) -> int:
        if reply.about & set(about):
            return 0
        if red and RED in reply.about:
            return 1
        return 2 if not reply.about else 3

    return sorted((reply for reply in replies if not reply.off), key=rank)


def found(replies: Iterable[Reply], word: str) -> list[Reply]:
    """Those that are on and have the word, whichever language it is in; in a title first."""
    wanted = folded(word)
    on = [reply for reply in replies if not reply.off]
    named = [reply for reply in on if any(wanted in folded(title) for title in reply.titles.values())]
    said = [reply for reply in on if any(wanted in folded(text) for text in reply.texts.values())]
    return [*named, *(reply for reply in said if reply not in named)]


def named(replies: Iterable[Reply], title: str) -> Reply | None:
    """The reply with this title, in either language."""
    return next((one for one in replies if folded(title) in map(folded, one.titles.values())), None)


def parsed(typed: str, marks: Mapping[str, Voice]) -> tuple[str, dict[Voice, str]]:
    """A title on the first line, and then the texts, each behind the mark of its voice and a colon.

    Raises BadReply.
    """
    title, *lines = typed.strip().split("\n")
    title = " ".join(title.split())
    if not 0 < len(title) <= TITLE:
        raise BadReply("title")
    texts: dict[Voice, str] = {}
    voice: Voice | None = None
    for line in lines:
        mark, colon, rest = line.partition(":")
        begun = marks.get(folded(mark)) if colon else None
        voice, line = (begun, rest) if begun else (voice, line)
        if voice is None:
            if line.strip():
                raise BadReply("text")
            continue
        texts[voice] = f"{texts[voice]}\n{line.strip()}".strip() if voice in texts else line.strip()
    missing = [voice for voice in VOICES if not texts.get(voice)]
    if missing:
        raise BadReply("missing", missing)
    if max(map(len, texts.values())) > LONGEST:
        raise BadReply("long")
    return title, texts
