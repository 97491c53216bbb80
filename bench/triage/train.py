"""Learns the weights from the corpus: `python -m bench.triage.train` writes the files, `--check` compares with them."""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from bench.triage.corpus import CORPUS, Labelled, load, situations, weight
from bot.domain.urgency import Level, Tables, Urgency, Weights
from bot.domain.urgency.assessing import Reading
from bot.domain.urgency.weighing import CUE, SHORT, alone, doubt, for_category, pointing, with_last, with_last_but_one
from bot.triage import urgency
from storage.reference.triage import CATEGORIES, tables, weights

SEEN = 3
"""Messages in which a feature must stand to be learned."""

STRENGTH = 20.0
"""Inverse of the regularisation, chosen on folds by situation; the categories, with fewer features, have their own."""

CATEGORY_STRENGTH = 3.0

FOLDS = 10

CAUGHT = 0.91
"""Share of the urgent that AMBER must catch on folds by situation: it sets the threshold."""

ALARMED = 0.02
"""Share of plain normal messages that RED may alarm for on folds by situation: it sets the other one."""

EDGE = 0.1
"""By how much a score may differ between two machines: their arithmetic ends the search for weights a little apart."""

DIGITS = 3

NOTHING = Weights(0.0, 0.0, 0.0, {}, {})

Features = tuple[Counter[str], float]


def features(reading: Reading) -> Features:
    """How often each feature stands in a text, and the divisor of its score (see `weighing.Score`)."""
    folds = [word.fold for word in reading.words]
    found = Counter(feature for fold in folds for feature in alone(fold))
    for at in range(1, len(folds)):
        found.update(with_last(folds[at - 1], folds[at]))
        if at > 1:
            found[with_last_but_one(folds[at - 2], folds[at])] += 1
    length = max(sum(found.values()), SHORT) ** 0.5
    for feature, _, _ in pointing(reading.hits, reading.fired):
        found[feature] += CUE  # type: ignore[assignment]  # a Counter adds floats as well
    return found, length


def matrix(rows: Sequence[Features], columns: dict[str, int]) -> csr_matrix:
    """A row for each text, a column for each feature."""
    places = [(number, columns[one], count / length) for number, (found, length) in enumerate(rows)
              for one, count in found.items() if one in columns]  # fmt: skip
    line, column, value = zip(*places, strict=True)
    return csr_matrix((value, (line, column)), shape=(len(rows), len(columns)))


def numbered(rows: Iterable[Iterable[str]]) -> dict[str, int]:
    """The features that stand in enough texts, numbered."""
    counted = Counter(feature for row in rows for feature in set(row))
    return {one: number for number, one in enumerate(sorted(one for one, n in counted.items() if n >= SEEN))}


def danger(rows: Sequence[Features], urgent: Sequence[bool]) -> tuple[float, dict[str, float]]:
    """Bias and rounded weights of one fit."""
    columns = numbered(found for found, _ in rows)
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", solver="liblinear", max_iter=1000)
    model.fit(matrix(rows, columns), urgent)
    rounded = {one: round(float(model.coef_[0][number]), DIGITS) for one, number in columns.items()}
    return round(float(model.intercept_[0]), DIGITS), {one: value for one, value in rounded.items() if value}


def categories(rows: Sequence[set[str]], named: Sequence[str]) -> dict[str, dict[str, float]]:
    """For each category the rounded weights of its features, with a `bias`; nothing from nothing."""
    if not rows:
        return {}
    columns = numbered(rows)
    ones = [(Counter(row), 1.0) for row in rows]
    model = LogisticRegression(C=CATEGORY_STRENGTH, class_weight="balanced", max_iter=1000)
    model.fit(matrix(ones, columns), named)
    found = {}
    for place, name in enumerate(model.classes_):
        line = {one: round(float(model.coef_[place][number]), DIGITS) for one, number in columns.items()}
        line["bias"] = round(float(model.intercept_[place]), DIGITS)
        found[str(name)] = {one: value for one, value in line.items() if value}
    return found


@dataclass(frozen=True)
class Prepared:
    """Rows with what is read in them, so that it is read once however often it is learned from."""

    rows: Sequence[Labelled]
    features: Sequence[Features]
    pointers: Sequence[set[str]]
    doubts: Sequence[float]
    groups: Sequence[int]


def prepare(rows: Sequence[Labelled], tables: Tables) -> Prepared:
    """Reads all rows."""
    urgency = Urgency(tables, NOTHING)
    readings = [urgency.read(row.text) for row in rows]
    pointers = [for_category(one.words, one.hits, one.fired) for one in readings]
    doubts = [doubt(one.words, one.hits, one.fired) for one in readings]
    return Prepared(rows, [features(one) for one in readings], pointers, doubts, situations(rows, urgency))


def fit(
    known: Prepared, chosen: Sequence[int], levels: tuple[float, float] = (0.0, 0.0), *, named: bool = True
) -> Weights:
    """Weights from the chosen rows; `levels` are the thresholds of amber and red. Categories only where asked for."""
    bias, learned = danger([known.features[one] for one in chosen], [known.rows[one].urgent for one in chosen])
    urgent = [one for one in chosen if named and known.rows[one].urgent]
    learned_names = categories([known.pointers[one] for one in urgent], [known.rows[one].triage for one in urgent])
    return Weights(bias, *levels, learned, learned_names)


def scored(weights: Weights, one: Features) -> float:
    """What `Score.whole` says of a text, from its features."""
    found, length = one
    return sum(weights.danger.get(feature, 0.0) * count for feature, count in found.items()) / length + weights.bias


def unseen(known: Prepared, *, named: bool = False) -> list[tuple[float, Weights]]:
    """The score of every row, less its doubt, by weights that have seen nothing of its situation, and those weights."""
    found: dict[int, tuple[float, Weights]] = {}
    folds = GroupKFold(FOLDS, shuffle=True, random_state=0)
    for learned, asked in folds.split(known.rows, groups=known.groups):
        trained = fit(known, [int(one) for one in learned], named=named)
        found |= {int(one): (scored(trained, known.features[one]) - known.doubts[one], trained) for one in asked}
    return [found[one] for one in range(len(known.rows))]


def thresholds(rows: Sequence[Labelled], scores: Sequence[float]) -> tuple[float, float]:
    """Amber and red, from scores of messages whose situation the weights have not seen."""
    urgent = sorted((score, part) for score, part, row in zip(scores, weight(rows), rows, strict=True) if row.urgent)
    budget = (1 - CAUGHT) * sum(part for _, part in urgent)
    lost = accumulate(part for _, part in urgent)
    amber = next(score for (score, _), so_far in zip(urgent, lost, strict=True) if so_far > budget)
    plain = [score for score, row in zip(scores, rows, strict=True) if not row.urgent and row.difficulty != "hard"]
    return round(amber, DIGITS), round(float(np.quantile(plain, 1 - ALARMED)), DIGITS)


def trained(known: Prepared) -> Weights:
    """The weights of the bot: learned from all, with thresholds from what each fold had not seen."""
    levels = thresholds(known.rows, [score for score, _ in unseen(known)])
    return fit(known, range(len(known.rows)), levels)


def write(weights: Weights, folder: Path) -> None:
    """The files that the bot reads."""
    with (folder / "levels.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("feature", "value"))
        out.writerows([("bias", weights.bias), ("amber", weights.amber), ("red", weights.red)])
    with (folder / "weights.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("feature", "weight"))
        out.writerows(sorted(weights.danger.items()))
    every = sorted({one for each in weights.categories.values() for one in each})
    with (folder / "categories.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(("feature", *CATEGORIES))
        out.writerows([one, *(weights.categories[name].get(one, "") for name in CATEGORIES)] for one in every)


def changed(rows: Sequence[Labelled], kept: Weights, anew: Weights) -> list[tuple[str, Level, Level]]:
    """Messages whose level differs between the two, by more than another machine's arithmetic can explain."""
    low, here, high = (
        urgency().weighed(replace(kept, amber=kept.amber + by, red=kept.red + by)) for by in (EDGE, 0.0, -EDGE)
    )
    other = urgency().weighed(anew)
    found = []
    for row in rows:
        level = other.assess(row.text).level
        if not low.assess(row.text).level.rank <= level.rank <= high.assess(row.text).level.rank:
            found.append((row.id, here.assess(row.text).level, level))
    return found


def main() -> int:
    """Writes the weights, or says what the files differ in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="train anew and fail when a message changes its level otherwise than within EDGE of a threshold",
    )
    checks = parser.parse_args().check
    rows = load()
    anew = trained(prepare(rows, tables()))
    if not checks:
        write(anew, CORPUS.parent)
        print(f"{len(anew.danger)} weights from {len(rows)} messages; amber {anew.amber}, red {anew.red}")
        return 0
    found = changed(rows, weights(), anew)
    for name, was, now in found[:20]:
        print(f"{name}: {was} in the files, {now} when trained anew")
    if found:
        print(f"{len(found)} messages change their level: run `make weights` and commit the files", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
