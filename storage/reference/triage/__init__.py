"""What danger reads like, as data: spellings, cues, rules, and the weights that a training on the corpus has left.

README.md beside this says what stands in each file. A bad row stops the bot at its start and names file and line.
"""

from collections.abc import Callable
from functools import cache
from typing import get_args

from bot.domain.urgency import Tables, Weights
from bot.domain.urgency.cues import Cue, Rule
from bot.domain.urgency.folding import Spellings
from storage.reference import Row, TriageCategory, records

ROLES = ("danger", "denial", "frame", "harmless", "earnest", "who", "context")
KINDS = ("pair", "latin", "cyrillic", "alike", "digit", "sign")
CATEGORIES = tuple(category for category in get_args(TriageCategory) if category != "none")


@cache
def tables() -> Tables:
    """Spellings, cues and rules. Raises BadReference for a row that cannot be used."""
    cues = records(__name__, "cues.csv", _cue, lambda cue: cue.name)
    names = frozenset(cue.name for cue in cues)
    rules = records(__name__, "rules.csv", lambda row: _rule(row, names), lambda rule: rule.name)
    cries = records(__name__, "cries.csv", lambda row: row.text("text"), lambda text: text)
    return Tables(spellings(), cues, rules, frozenset(cries))


@cache
def weights() -> Weights:
    """The weights. Raises BadReference for a row that cannot be used."""
    levels = dict(records(__name__, "levels.csv", _number("value"), lambda pair: pair[0]))
    danger = records(__name__, "weights.csv", _number("weight"), lambda pair: pair[0])
    each = records(__name__, "categories.csv", _numbers, lambda pair: pair[0])
    categories = {
        name: {feature: values[place] for feature, values in each if values[place]}
        for place, name in enumerate(CATEGORIES)
    }
    return Weights(levels["bias"], levels["amber"], levels["red"], dict(danger), categories)


def spellings() -> Spellings:
    """How words are spelled. Raises BadReference for a row that cannot be used."""
    rows = records(__name__, "folding.csv", _spelling, lambda row: row[:2])
    of = {kind: {written: read for one, written, read in rows if one == kind} for kind in KINDS}
    return Spellings(tuple(of["pair"].items()), of["latin"], of["cyrillic"], of["alike"], of["digit"], of["sign"])


def _spelling(row: Row) -> tuple[str, str, str]:
    kind, written = row.one_of("kind", KINDS), row.text("written")
    if kind != "pair" and len(written) != 1:
        raise row.wrong("written is not one character")
    return kind, written, row.fields["read"]


def _cue(row: Row) -> Cue:
    patterns = tuple(row.text("patterns").split())
    if len(set(patterns)) != len(patterns):
        raise row.wrong("a pattern is there twice")
    return Cue(row.text("cue"), row.one_of("role", ROLES), patterns)


def _rule(row: Row, cues: frozenset[str]) -> Rule:
    needs = tuple(frozenset(need.split("|")) for need in row.text("needs").split(" & "))
    for unknown in frozenset().union(*needs) - cues:
        raise row.wrong(f"there is no cue {unknown}")
    category = row.one_of("category", CATEGORIES)
    direct = row.one_of("direct", ("no", "yes", "red"))
    return Rule(row.text("rule"), category, direct != "no", needs, direct == "red")


def _number(column: str) -> Callable[[Row], tuple[str, float]]:
    return lambda row: (row.fields["feature"], row.number(column))


def _numbers(row: Row) -> tuple[str, tuple[float, ...]]:
    return row.fields["feature"], tuple(row.number(name) if row.fields[name] else 0.0 for name in CATEGORIES)
