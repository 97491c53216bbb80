"""Practice: a case that a script plays, so that an operator learns the desk before somebody real writes."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.domain.people import Language
from bot.domain.urgency import Level

WAIT = 5_000
"""Milliseconds after an operator's words until the script answers: time for a second message of hers."""

IDLE = 60 * 60_000
"""Milliseconds without a move after which a practice case ends by itself."""

KEPT = 24 * 3_600_000
"""Milliseconds after its end until its topic and its row go."""

BAD = "bad_"
"""Begins the names of rules about what is better not said."""


class Running(Exception):
    """This desk has a practice case already."""


class RedWaits(Exception):
    """Somebody real is in danger and nobody has taken her case; `code` is the case's."""

    def __init__(self, code: str) -> None:
        super().__init__("a red case waits")
        self.code = code


@dataclass(frozen=True)
class Line:
    """What the script says at this turn; with `needs`, only when the operator has met that rule by then."""

    turn: int
    needs: str
    texts: Mapping[Language, str]


@dataclass(frozen=True)
class Story:
    """A script. `rules` are what a good answer to it has; `subject` is one of the list of subjects."""

    id: str
    level: Level
    subject: str
    rules: tuple[str, ...]
    titles: Mapping[Language, str]
    lines: tuple[Line, ...]

    def line(self, turn: int, heard: Collection[str], language: Language) -> str | None:
        """What is said at this turn; None when the story is over."""
        fitting = (line for line in self.lines if line.turn == turn and (not line.needs or line.needs in heard))
        return next((line.texts[language] for line in fitting), None)


@dataclass(frozen=True)
class Practice:
    """One practice case. All times are epoch milliseconds; `id` is the number that people see."""

    id: int
    desk: str
    story: str
    language: Language
    begun_at: int
    touched_at: int
    operator: str | None = None
    claimed_at: int | None = None
    answered_at: int | None = None
    turn: int = 0
    turn_at: int | None = None
    heard: frozenset[str] = frozenset()
    paused: bool = False
    card_message_id: int | None = None
    card_chat: int | None = None
    over_at: int | None = None

    @property
    def topic(self) -> str:
        """The name of its own topic among the desk's."""
        return topic_of(self.id)

    def speaks(self, now: int) -> bool:
        """Whether the script's turn has come; one far ahead was set before the clock was set back."""
        return self.turn_at is not None and not now < self.turn_at <= now + WAIT

    def idle(self, now: int) -> bool:
        return not now - IDLE < self.touched_at <= now + IDLE


def topic_of(number: int) -> str:
    return f"practice:{number}"


def met(text: str, words: Mapping[str, Collection[str]]) -> set[str]:
    """The rules that a text meets; `words` by rule, each the beginning of a word or a sign."""
    text = " ".join(text.casefold().replace("\u0451", "\u0435").split())
    return {rule for rule, known in words.items() if any(_begins(text, word) for word in known)}


def _begins(text: str, word: str) -> bool:
    word = word.casefold().replace("\u0451", "\u0435")
    return re.search(rf"(?<!\w){re.escape(word)}" if word[0].isalnum() else re.escape(word), text) is not None
