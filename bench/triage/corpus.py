"""Labelled messages, and groups of them that must not be parted between what is learned and what is asked."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.urgency import Urgency

CORPUS = Path(__file__).parents[2] / "storage/reference/triage/corpus.csv"

HELD_OUT = Path(__file__).with_name("held_out.csv")
"""300 messages of another making: a last test. Nothing is learned from them; README.md says where a look at their
figures has changed the corpus."""

SHARE = {
    ("urgent", "easy"): 0.067, ("urgent", "medium"): 0.223, ("urgent", "hard"): 0.18,
    ("normal", "easy"): 0.05, ("normal", "medium"): 0.273, ("normal", "hard"): 0.207,
}  # fmt: skip
"""Shares of labels and difficulties in the messages that decide (as in the published part of them); the corpus has more
plain ones, to learn from."""

ALIKE = 0.5
"""Share of groups of four letters in common, of all that are in either (Jaccard), at which two folded messages are
near-duplicates."""

TOO_SHORT = 8
"""Groups of letters up to which two texts may well be alike by chance."""


@dataclass(frozen=True)
class Labelled:
    """One row."""

    id: str
    text: str
    lang: str
    script: str
    label: str
    category: str
    difficulty: str
    theme: str

    @property
    def urgent(self) -> bool:
        return self.label == "urgent"

    @property
    def triage(self) -> str:
        """The category in the words of the assessment: threats are violence."""
        return "violence" if self.category in ("violence_now", "threat") else self.category


def load(path: Path = CORPUS) -> list[Labelled]:
    """All rows, empty texts and blanks kept. A file without themes has every message for its own."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Labelled(
                row["id"], row["text"], row["lang"], row["script"], row["label"], row["category"], row["difficulty"],
                row.get("theme") or row["id"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def weight(rows: Sequence[Labelled]) -> list[float]:
    """What each row counts for, so that labels and difficulties have the shares of what decides."""
    counted = Counter((row.label, row.difficulty) for row in rows)
    return [SHARE[row.label, row.difficulty] / counted[row.label, row.difficulty] for row in rows]


def shingles(folded: str) -> set[str]:
    """All groups of four letters of a folded text; the text itself when it is shorter."""
    return {folded[at : at + 4] for at in range(max(1, len(folded) - 3))}


def near(folded: Sequence[str], others: Sequence[str] | None = None) -> Iterator[tuple[int, int]]:
    """Pairs of near-duplicates: numbers in `folded`, and in `others` or (the smaller first) in `folded` again."""
    against = folded if others is None else others
    where: dict[str, list[int]] = defaultdict(list)
    sets = [shingles(one) for one in against]
    for number, one in enumerate(sets):
        for piece in one:
            where[piece].append(number)
    for number, text in enumerate(folded):
        mine = shingles(text)
        common = Counter(other for piece in mine for other in where.get(piece, ()))
        for other, count in common.items():
            long = min(len(mine), len(sets[other])) > TOO_SHORT
            every = len(mine) + len(sets[other]) - count
            if long and count >= ALIKE * every and (others is not None or number < other):
                yield number, other


def situations(rows: Sequence[Labelled], urgency: Urgency) -> list[int]:
    """The situation of each row: themes, joined where messages of two are near-duplicates."""
    of = {theme: number for number, theme in enumerate(dict.fromkeys(row.theme for row in rows))}
    joined = list(range(len(of)))

    def root(one: int) -> int:
        while joined[one] != one:
            one = joined[one]
        return one

    for one, other in near([urgency.fold(row.text) for row in rows]):
        first, second = sorted((root(of[rows[one].theme]), root(of[rows[other].theme])))
        joined[second] = first  # the smallest number, in whatever order the pairs come
    return [root(of[row.theme]) for row in rows]
