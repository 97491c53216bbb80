"""What alone the bot says to a person while her case is red, and what no sentence of that may hold (docs/safety.md)."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from locales.catalog import ADULT, FOLDER, LANGUAGES, Forms, Language

FACES = re.compile("[\U0001f600-\U0001f609\U0001f60b\U0001f61b-\U0001f61d\U0001f923]")
"""Laughing and winking faces, in whatever language."""


@cache
def spoken() -> frozenset[str]:
    """The keys of danger.csv, without those of the polite wordings beside them; a page is `pages/<name>`."""
    with (FOLDER / "danger.csv").open(encoding="utf-8", newline="") as file:
        return frozenset(row["key"] for row in csv.DictReader(file))


@dataclass(frozen=True)
class Forbidden:
    """One row of forbidden.csv: the beginning of words that break a rule, `unless` the text says this, too."""

    language: Language
    rule: str
    word: str
    unless: str

    def found(self, text: str) -> bool:
        text = " ".join(text.lower().split())
        said = re.search(rf"(?<!\w){re.escape(self.word)}", text) is not None
        return said and not (self.unless and self.unless in text)


@cache
def forbidden() -> tuple[Forbidden, ...]:
    """The rows of forbidden.csv."""
    with (FOLDER / "forbidden.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return tuple(
        Forbidden(language, row["rule"], row["word"], row["unless"])
        for row in rows
        for language in LANGUAGES
        if row["language"] == language
    )


def broken(language: Language, text: str) -> Iterator[str]:
    """The rules that a text breaks, each with the words that do it."""
    yield from (f"{one.rule}: {one.word!r}" for one in forbidden() if one.language == language and one.found(text))
    if FACES.search(text):
        yield "joke: a face"
    if text.count("?") > 1:
        yield "questions: more than one"


def problems(texts: Mapping[Language, Mapping[str, Forms]]) -> Iterator[str]:
    """What is wrong with the texts that may be said in danger, one line a problem."""
    for language in LANGUAGES:
        for key in sorted(spoken()):
            if key not in texts[language]:
                yield f"{language}: {key} of danger.csv is no text"
            for form in (*texts[language].get(key, ()), *texts[language].get(key + ADULT, ())):
                yield from (f"{language}: {key} is said in danger ({rule})" for rule in broken(language, form))
