"""`python -m locales.check`: what is wrong with the texts, one line a problem, exit code 1 when there is any.

`--unused` also names the keys that no code asks for.
"""

import argparse
import ast
import csv
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from locales import danger
from locales.catalog import (
    ADULT,
    FIELD,
    FOLDER,
    LANGUAGES,
    Forms,
    Language,
    MalformedText,
    fields,
    read_catalogue,
    read_pages,
)

CODE = ("bot", "handlers", "storage")

DYNAMIC = (
    *("ask.", "kind.", "kindname.", "writer.", "who.", "want.", "status.", "language.", "button.language."),
    *("topic.", "card.line.", "result.", "reason.", "undelivered.", "bind.check.", "bind.howto.", "why.", "command."),
    *("finding.", "danger.", "verdict.", "card.safe.", "button.danger_", "safe."),
    *("unanswered.", "line.now_", "ring.", "card.list.", "card.now.", "button.now_", "now.told."),
    *("button.shift_", "plan.flaw.", "hours.flaw.", "button.page_", "button.block_", "blocked.why."),
    *("canned.flaw.", "canned.voice.", "help.", "practice.rule.", "practice.level.", "held.", "covered."),
    *("button.remind_", "button.look_", "look.line.", "before.", "files.", "button.files_"),
)
"""What a key that is put together at run time begins with."""

ELSEWHERE = ("bot", "desk")
"""First words of keys that also begin other dotted names (loggers, columns): a literal with them is no sure key."""

LIMITS = (
    (re.compile(r"button\.(urgent|write|centre|book)"), 24),
    (re.compile(r"(button|writer|want|region|result|reason)\..+"), 40),
    (re.compile(r"toast\..+"), 200),
    (re.compile(r"bot\.description"), 512),
    (re.compile(r"bot\.short_description"), 120),
    (re.compile(r"command\..+"), 100),
    (re.compile(r"topic\..+"), 128),
    (re.compile(r"pages/truth"), 1100),
)
"""Characters as a reader counts them. A key takes the first limit that fits."""

OPERATORS = (
    *("topic.", "card.", "status.", "who.", "close.", "result.", "not_request.", "reason.", "line.", "kind."),
    *(
        "undelivered.",
        "toast.",
        "bind.",
        "desk.",
        "why.",
        "admin.",
        "alarm.",
        "alert.",
        "rescue.",
        "command.",
        "button.",
        "finding.",
        "danger.",
        "verdict.",
        "ring.",
        "aside.",
    ),
    *("writer.", "want.", "board.", "shift.", "plan.", "ladder.", "digest.", "coordinator.", "del."),
    *("keep.", "block.", "member.", "check.", "held.", "covered.", "answers."),
    *("canned.", "practice.", "help.", "pages/help."),
    *("control.", "mine.", "search.", "files."),
)
"""Keys that never begin a message to a person, so their first words may name the trouble."""

CALLED_ADULT = frozenset({"writer.adult", "who.adult"})
"""Keys that end like a polite wording and are none: the answer "18 or older"."""

LATIN_WORDS = frozenset({"Telegram", "UTC", "mhGAP", "PDF"})

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
SHAPE = re.compile(r"[a-z][a-z0-9_.]*")
PREFIX = re.compile(r"[a-z][a-z0-9_]*\.([a-z0-9_]+\.)*[a-z0-9_]*")
GLUED = re.compile(r"\}[-\u2010\u2011\u2013'\u2019]?[^\W\d_]")
COMMAND = re.compile(r"(?<!\S)/[a-z]+\b")
WORD = re.compile(r"[^\W\d_]+")

Texts = Mapping[Language, Mapping[str, Forms]]
"""Keys and pages (as "pages/truth") of both languages."""


@dataclass(frozen=True)
class Rules:
    """words.csv: words of a tone (whole words), beginnings that betray the trouble, and phrases never to be said."""

    words: Mapping[tuple[Language, str], frozenset[str]]

    @classmethod
    def load(cls, path: Path = FOLDER / "words.csv") -> "Rules":
        words: dict[tuple[Language, str], set[str]] = {}
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for language in LANGUAGES:
                    if row["language"] == language:
                        words.setdefault((language, row["rule"]), set()).add(row["word"])
        return cls({name: frozenset(found) for name, found in words.items()})

    def of(self, language: Language, rule: str) -> frozenset[str]:
        return self.words.get((language, rule), frozenset())


@dataclass(frozen=True)
class Quoted:
    """A string in the code that may be a key, or the beginning of one."""

    place: str
    value: str
    beginning: bool


def completeness(texts: Texts) -> Iterator[str]:
    """Both languages have the same keys, none is empty, and a polite wording stands beside a child's."""
    for language, other in (("kk", "ru"), ("ru", "kk")):
        for key in sorted(texts[language].keys() - texts[other].keys()):  # type: ignore[index]  # the pairs above are languages
            yield f"{other}: {key} is missing, {language} has it"
    for language, key, form in every(texts):
        if not form.strip():
            yield f"{language}: {key} is empty"
    for key in sorted(set(texts["kk"]) & set(texts["ru"])):
        base = key.removesuffix(ADULT)
        if base == key or key in CALLED_ADULT:
            continue
        if any(base not in texts[language] for language in LANGUAGES):
            yield f"{key} has no {base} beside it"
        elif all(texts[language][key] == texts[language][base] for language in LANGUAGES):
            yield f"{key} says the same as {base} in both languages: leave it out"


def placeholders(texts: Texts) -> Iterator[str]:
    """Every form, tone and language of a text shows the same values."""
    shown: dict[str, dict[frozenset[str], str]] = {}
    for language, key, form in every(texts):
        try:
            names = fields(form)
        except MalformedText as error:
            yield f"{language}: {key}: {error}"
        else:
            shown.setdefault(key.removesuffix(ADULT), {}).setdefault(names, f"{language} {key}")
    for key, variants in shown.items():
        if len(variants) > 1:
            differing = "; ".join(f"{where}: {', '.join(sorted(names)) or 'none'}" for names, where in variants.items())
            yield f"{key}: placeholders differ ({differing})"


def lengths(texts: Texts) -> Iterator[str]:
    """Nothing is longer than its place in Telegram."""
    for language, key, form in every(texts):
        limit = next((limit for name, limit in LIMITS if name.fullmatch(key.removesuffix(ADULT))), None)
        if limit is not None and (long := length(form)) > limit:
            yield f"{language}: {key} has {long} characters, at most {limit} fit"


def letters(texts: Texts) -> Iterator[str]:
    """No Latin look-alikes, no case ending glued to a value."""
    for language, key, form in every(texts):
        if GLUED.search(form):
            yield f"{language}: {key}: an ending is glued to a value: {form!r}"
        for word in WORD.findall(COMMAND.sub("", FIELD.sub("", form))):
            latin = [letter for letter in word if unicodedata.name(letter, "").startswith("LATIN")]
            if latin and word not in LATIN_WORDS:
                yield f"{language}: {key}: Latin {''.join(latin)!r} in {word!r}"


def tone(texts: Texts, rules: Rules) -> Iterator[str]:
    """The polite form everywhere but in a child's wording, a quiet first line, and nothing that we cannot keep."""
    for language, key, form in every(texts):
        childs = not key.endswith(ADULT) and key + ADULT in texts[language]
        wrong = rules.of(language, "formal" if childs else "informal")
        for word in sorted(wrong & set(WORD.findall(form.lower()))):
            yield f"{language}: {key}: {word!r} is of the other tone"
        if not key.startswith(OPERATORS):
            first = form.lower().split("\n", 1)[0]
            for word in sorted(word for word in rules.of(language, "betrays") if word in first):
                yield f"{language}: {key}: {word!r} in the first line, which a notification shows"
        for phrase in sorted(rules.of(language, "never")):
            if re.search(rf"(?<!\w){re.escape(phrase)}(?!\w)", form.lower()):
                yield f"{language}: {key}: {phrase!r} is never said"


def usage(texts: Texts, literals: Iterable[Quoted], *, unused: bool = False) -> Iterator[str]:
    """Every key in the code exists; with `unused`, every key that exists is in the code."""
    keys = {key.removesuffix(ADULT) for key in texts["kk"] if not key.startswith("pages/")}
    first_words = {key.split(".")[0] for key in keys if "." in key} - set(ELSEWHERE)
    used = {key for key in keys if key.startswith(DYNAMIC)}
    for literal in literals:
        if literal.beginning:
            if literal.value.split(".")[0] in first_words and not literal.value.startswith(DYNAMIC):
                yield f"{literal.place}: keys that begin with {literal.value!r} are not in DYNAMIC of locales/check.py"
        elif literal.value in keys:
            used.add(literal.value)
        elif KEY.fullmatch(literal.value) and literal.value.split(".")[0] in first_words:
            yield f"{literal.place}: no text {literal.value!r}"
    if unused:
        yield from (f"{key} is not used" for key in sorted(keys - used))


def literals_of(source: str, path: str) -> Iterator[Quoted]:
    """Strings of a file that are shaped like a key; of an f-string and of `"kind." + x` the beginning."""
    tree = ast.parse(source, path)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            if isinstance(first, ast.Constant) and len(node.values) > 1 and PREFIX.fullmatch(str(first.value)):
                yield Quoted(f"{path}:{node.lineno}", str(first.value), True)
        elif isinstance(node, ast.Constant) and id(node) not in inside and SHAPE.fullmatch(str(node.value)):
            yield Quoted(f"{path}:{node.lineno}", str(node.value), str(node.value).endswith("."))


def code_literals(root: Path) -> Iterator[Quoted]:
    """The literals of the application's code."""
    for part in CODE:
        for file in sorted((root / part).rglob("*.py")):
            yield from literals_of(file.read_text(encoding="utf-8"), file.relative_to(root).as_posix())


def every(texts: Texts) -> Iterator[tuple[Language, str, str]]:
    for language in LANGUAGES:
        for key, forms in texts[language].items():
            yield from ((language, key, form) for form in forms)


def length(text: str) -> int:
    """Characters as a reader counts them: no combining marks, joiners and variation selectors."""
    return sum(not (unicodedata.combining(sign) or sign in "\u200d\ufe0e\ufe0f") for sign in text)


def read(folder: Path = FOLDER) -> tuple[Texts, list[str]]:
    """All texts, and what is wrong with the files themselves."""
    texts: dict[Language, dict[str, Forms]] = {}
    problems = []
    for language in LANGUAGES:
        file = read_catalogue(folder / language / "senim.po")
        pages = {f"pages/{name}": forms for name, forms in read_pages(folder / "pages", language).items()}
        texts[language] = {**file.texts, **pages}
        problems += [f"{language}: {key} is fuzzy or obsolete" for key in file.stale]
        problems += [f"{language}: {key} stands more than once" for key in file.repeated]
    return texts, problems


def problems(*, unused: bool = False) -> list[str]:
    """Everything that is wrong with the texts of the working tree."""
    texts, found = read()
    rules = Rules.load()
    return [
        *found,
        *completeness(texts),
        *placeholders(texts),
        *lengths(texts),
        *letters(texts),
        *tone(texts, rules),
        *danger.problems(texts),
        *usage(texts, code_literals(FOLDER.parent), unused=unused),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m locales.check", description="Checks every text that people read.")
    parser.add_argument("--unused", action="store_true", help="also name the keys that no code asks for")
    found = problems(unused=parser.parse_args().unused)
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
