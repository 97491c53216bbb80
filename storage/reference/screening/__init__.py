"""What operators may not write to a person, and what is covered of hers, as data.

README.md beside this says what stands in each file. A bad row stops the bot at its start and names file and line.
"""

from functools import cache

from bot.domain.masking import Masking
from bot.domain.screening import Ask, Screening, Tables
from bot.domain.urgency.cues import Cue, Rule
from storage.reference import Row, records, triage

ROLES = ("danger", "context", "void", "harmless", "told_before", "told_after")
KINDS = ("zone", "said_zone", "dot", "at", "sum", "allowed")
SECRETS = ("code", "door")
RULES = ("photo", "money", "code", "meeting", "messenger")
CASE_CODE = "case_code"
"""The one cue that no word is: the code of a case."""


@cache
def screening() -> Screening:
    """The screening with the tables that ship with the bot. Raises BadReference for a row that cannot be used."""
    return Screening(tables(), triage.spellings())


@cache
def masking() -> Masking:
    """What is covered of a person's words. Raises BadReference as `screening`."""
    words = records(
        __name__, "secrets.csv", lambda row: (row.one_of("kind", SECRETS), row.text("text")), lambda one: one
    )
    codes, doors = ([text for one, text in words if one == kind] for kind in SECRETS)
    return Masking(codes, doors)


@cache
def tables() -> Tables:
    """The words of the rules. Raises BadReference as `screening`."""
    cues = records(__name__, "cues.csv", _cue, lambda cue: cue.name)
    names = frozenset(cue.name for cue in cues) | {CASE_CODE}
    asks = records(__name__, "rules.csv", lambda row: _ask(row, names), lambda ask: ask.rule.name)
    numbers = records(__name__, "numbers.csv", lambda row: (row.text("word"), int(row.number("value"))), lambda n: n[0])
    signs = records(__name__, "signs.csv", lambda row: (row.one_of("kind", KINDS), row.text("text")), lambda sign: sign)

    def of(kind: str) -> tuple[str, ...]:
        return tuple(text for one, text in signs if one == kind)

    return Tables(
        cues, asks, dict(numbers), of("zone"), of("said_zone"), of("dot"), of("at"), frozenset(of("sum")),
        frozenset(of("allowed")),
    )  # fmt: skip


def _cue(row: Row) -> Cue:
    patterns = tuple(row.text("patterns").split())
    if len(set(patterns)) != len(patterns):
        raise row.wrong("a pattern is there twice")
    return Cue(row.text("cue"), row.one_of("role", ROLES), patterns)


def _ask(row: Row, cues: frozenset[str]) -> Ask:
    needs = tuple(frozenset(need.split("|")) for need in row.text("needs").split(" & "))
    unless = frozenset(row.fields["unless"].split("|")) - {""}
    for unknown in (unless | frozenset().union(*needs)) - cues:
        raise row.wrong(f"there is no cue {unknown}")
    rule = Rule(row.text("rule"), row.one_of("kind", RULES), len(needs) == 1, needs)
    clause, always = (row.one_of(column, ("yes", "no")) == "yes" for column in ("clause", "always"))
    return Ask(rule, int(row.number("reach")), clause, unless, always)
