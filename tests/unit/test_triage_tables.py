"""A bad row in a table of the recogniser stops the bot, with file and line."""

import pytest

from bot.domain.urgency.cues import Rule
from storage.reference import BadReference, parse, triage


def cue(row: str) -> object:
    return parse("cues.csv", f"cue,role,patterns\n{row}\n", triage._cue, lambda cue: cue.name)


def rule(row: str) -> object:
    known = frozenset({"hit", "father"})
    return parse(
        "rules.csv", f"rule,category,direct,needs\n{row}\n", lambda r: triage._rule(r, known), lambda r: r.name
    )


def spelling(row: str) -> object:
    return parse("folding.csv", f"kind,written,read\n{row}\n", triage._spelling, lambda row: row[:2])


def test_good_rows_are_read() -> None:
    assert cue("hit,danger,бьет ұрад")
    assert rule("home,violence,yes,hit & father")
    assert spelling("pair,sh,ш")


def test_a_red_rule_is_direct_and_a_direct_one_is_not_red() -> None:
    ways = {direct: triage_rule(direct) for direct in ("no", "yes", "red")}

    assert {name: (one.direct, one.grave) for name, one in ways.items()} == {
        "no": (False, False), "yes": (True, False), "red": (True, True),
    }  # fmt: skip


def triage_rule(direct: str) -> Rule:
    (one,) = parse(
        "rules.csv", f"rule,category,direct,needs\nhome,violence,{direct},hit\n",
        lambda r: triage._rule(r, frozenset({"hit"})), lambda r: r.name,
    )  # fmt: skip
    return one


@pytest.mark.parametrize("row", ["hit,danger,", "hit,dangerous,бьет", "hit,danger,бьет бьет", "hit,danger"])
def test_a_cue_that_cannot_be_used_is_refused(row: str) -> None:
    with pytest.raises(BadReference, match=r"cues\.csv, line 2"):
        cue(row)


@pytest.mark.parametrize("row", ["home,violence,yes,hit & mother", "home,war,yes,hit", "home,violence,perhaps,hit"])
def test_a_rule_that_cannot_be_used_is_refused(row: str) -> None:
    with pytest.raises(BadReference, match=r"rules\.csv, line 2"):
        rule(row)


@pytest.mark.parametrize("row", ["latin,sh,ш", "greek,a,а", "pair,,ш"])
def test_a_spelling_that_cannot_be_used_is_refused(row: str) -> None:
    with pytest.raises(BadReference, match=r"folding\.csv, line 2"):
        spelling(row)


def test_a_weight_that_is_no_number_is_refused() -> None:
    with pytest.raises(BadReference, match=r"weights\.csv, line 2: weight is no number"):
        parse("weights.csv", "feature,weight\n_a,much\n", triage._number("weight"), lambda pair: pair[0])


def test_the_shipped_tables_are_whole() -> None:
    tables, weights = triage.tables(), triage.weights()

    assert {rule.category for rule in tables.rules} == set(triage.CATEGORIES) == set(weights.categories)
    assert any(rule.direct for rule in tables.rules)
    assert weights.amber < weights.red
    assert all(value == round(value, 3) for value in weights.danger.values())
