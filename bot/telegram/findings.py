"""What was found in a person's words, as operators read it on a card: a rule's guess and the words that it is from."""

from typing import Any

from bot.domain.people import Language
from bot.domain.urgency import Assessment, Reason
from bot.domain.words import graphemes, head, split
from bot.telegram.masks import covered
from bot.telegram.screening import plain
from locales import Catalog

SHOWN = 3
"""How many reasons a card names."""

ROOM = 80
"""Graphemes of a person's words in them together."""

WORDED = frozenset({"cue", "words", "before", "discount"})
CODES = WORDED | {"error", "wordless", "subject", "unsafe"}
CATEGORIES = frozenset({"suicide", "selfharm", "violence", "sexual", "runaway", "medical", "child_danger"})


class Findings:
    """Makes the beginning of a card's line about danger, in the desk's language."""

    def __init__(self, catalog: Catalog, language: Language) -> None:
        self._catalog = catalog
        self._language: Language = language

    def told(self, found: Assessment) -> str:
        """Category and reasons; of a code that nobody knows here at least its words are shown."""
        room, told = ROOM, []
        for reason in [one for one in found.reasons if one.code != "sos"][:SHOWN]:
            hers = covered(reason.words, self._catalog, self._language)
            words = head(" ".join(plain(hers).split()), room) if room > 0 else ""
            words = split(words, 2 * ROOM)[0] if words else ""  # a grapheme may be of any length
            room -= graphemes(words)
            told.append(self._reason(reason, words))
        why = "; ".join(dict.fromkeys(told)) or self._text("finding.rule")
        if found.category in CATEGORIES:
            return self._text("card.risk.category", category=self._text(f"danger.{found.category}"), why=why)
        return self._text("card.risk.found", why=why)

    def _reason(self, reason: Reason, words: str) -> str:
        if reason.code in CODES - WORDED:
            return self._text(f"finding.{reason.code}")
        if not words:
            return self._text("finding.rule")
        return self._text(f"finding.{reason.code if reason.code in WORDED else 'cue'}", words=words)

    def _text(self, key: str, **values: Any) -> str:
        return self._catalog.text(key, self._language, **values)
