"""The corpus of urgent and ordinary messages: complete, no message twice, and its style tells nothing of the label."""

import csv
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable

import pytest

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
    assert Counter(row["label"] for row in ROWS)["normal"] * 2 >= len(ROWS)
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


@pytest.mark.parametrize("style", STYLE)
def test_style_does_not_tell_the_label(style: str) -> None:
    measured = {
        label: [STYLE[style](row["text"]) for row in ROWS if row["label"] == label] for label in ("urgent", "normal")
    }
    assert 0.4 < auc(measured["urgent"], measured["normal"]) < 0.6
    planted = [value + {"length": 40, "words": 5}.get(style, 1) for value in measured["urgent"]]
    assert auc(planted, measured["normal"]) > 0.6
