"""The corpus of urgent and ordinary messages: complete, no message twice, and its style tells nothing of the label."""

import csv
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from bench.triage.corpus import HELD_OUT, load, near
from bot.triage import urgency
from tests.unit.test_architecture import ROOT

ROWS = list(csv.DictReader((ROOT / "storage/reference/triage/corpus.csv").read_text("utf-8").splitlines(keepends=True)))
URGENT = {"suicide", "selfharm", "violence_now", "threat", "sexual", "runaway", "medical", "child_danger"}
NORMAL = {
    "question", "family", "hyperbole", "other", "sadness", "abuse_bot", "school", "prank", "homework", "relationship",
    "gaming", "bullying", "lyrics", "noise", "negation", "past", "news",
}  # fmt: skip
STYLE: dict[str, Callable[[str], float]] = {
    "length": len, "words": lambda text: len(text.split()), "!": lambda text: text.count("!"),
    "?": lambda text: text.count("?"), "...": lambda text: text.count(".."), ",": lambda text: text.count(","),
    "capitals": lambda text: sum(map(str.isupper, text)) / max(1, len(text)),
    "emoji": lambda text: sum(sign > "\u2600" for sign in text), "digits": lambda text: sum(map(str.isdigit, text)),
    "Latin": lambda text: len(re.findall("[a-z]", text.lower())) / max(1, len(text)),
    "Kazakh letters": lambda text: len(re.findall("[әғқңөұүһі]", text.lower())) / max(1, len(text)),
    "quotation marks": lambda text: sum(text.count(mark) for mark in '«»"“”'),
}  # fmt: skip


def auc(one: list[float], other: list[float]) -> float:
    """How often a value of the one is above one of the other; 0.5 when they cannot be told apart."""
    ordered = sorted(other)
    return sum((bisect_left(ordered, value) + bisect_right(ordered, value)) / 2 for value in one) / (
        len(one) * len(other)
    )


def test_there_is_enough_of_everything() -> None:
    assert len(ROWS) >= 3000
    plain = [row for row in ROWS if row["label"] == "normal" and row["difficulty"] != "hard"]
    assert len(plain) * 2 >= len(ROWS)
    for name, least in (("lang", 500), ("script", 500), ("difficulty", 500)):
        assert min(Counter(row[name] for row in ROWS).values()) >= least, name
    assert min(Counter(row["category"] for row in ROWS if row["label"] == "urgent").values()) >= 100
    assert len({row["theme"] for row in ROWS}) >= 1000


def test_every_row_is_whole_and_no_message_is_there_twice() -> None:
    for row in ROWS:
        assert row["label"] in ("urgent", "normal")
        assert row["category"] in (URGENT if row["label"] == "urgent" else NORMAL), row["id"]
        assert row["lang"] in ("kk", "ru", "mixed")
        assert row["script"] in ("cyr", "nokk", "lat")
        assert row["difficulty"] in ("easy", "medium", "hard")
        assert row["theme"]
        assert row["text"].strip()
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({" ".join(row["text"].casefold().split()) for row in ROWS}) == len(ROWS)


def styled(rows: list[dict[str, str]]) -> list[list[float]]:
    return [[measure(row["text"]) for measure in STYLE.values()] for row in rows]


def separation(measured: list[list[float]], urgent: list[bool]) -> float:
    """The AUC of a model of all marks of style, their squares and products, on what it has not learned from."""
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), PolynomialFeatures(2), LogisticRegression(max_iter=2000))
    guessed = cross_val_predict(model, measured, urgent, cv=folds, method="predict_proba")[:, 1]
    return auc(
        [guess for guess, is_urgent in zip(guessed, urgent, strict=True) if is_urgent],
        [guess for guess, is_urgent in zip(guessed, urgent, strict=True) if not is_urgent],
    )


def test_all_marks_of_style_together_do_not_tell_the_label() -> None:
    urgent = [row["label"] == "urgent" for row in ROWS]

    assert separation(styled(ROWS), urgent) < 0.6
    planted = [{**row, "text": row["text"] + "!" * is_urgent} for row, is_urgent in zip(ROWS, urgent, strict=True)]
    assert separation(styled(planted), urgent) > 0.6


def test_no_message_that_is_kept_back_stands_in_the_corpus_not_even_nearly() -> None:
    fold = urgency().fold
    kept = [fold(row.text) for row in load(HELD_OUT)]
    corpus = [fold(row["text"]) for row in ROWS]

    assert list(near(kept, corpus)) == []
    long = next(number for number, text in enumerate(kept) if len(text) > 60)
    planted = kept[long].replace("а", "о", 3) + " и ещё"
    assert list(near([kept[long]], [*corpus, planted])) == [(0, len(corpus))]


@pytest.mark.parametrize("style", STYLE)
def test_style_does_not_tell_the_label(style: str) -> None:
    measured = {
        label: [STYLE[style](row["text"]) for row in ROWS if row["label"] == label] for label in ("urgent", "normal")
    }
    assert 0.4 < auc(measured["urgent"], measured["normal"]) < 0.6
    planted = [value + {"length": 40, "words": 5}.get(style, 1) for value in measured["urgent"]]
    assert auc(planted, measured["normal"]) > 0.6
