"""`python -m bench.screening`: how well operators' sentences are screened, on those that the rules were tuned by and on
those that were kept back: precision and recall, by language and by rule; with `--misses`, every one that went wrong."""

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.reference.screening import screening

FOLDER = Path(__file__).parent
PASS = "pass"
RULES = ("name", "link", "number", "photo", "money", "code", "meeting", "messenger")


@dataclass(frozen=True)
class Sentence:
    """One row: what an operator writes, and the rule that must hold it back; `pass` when it may go."""

    id: str
    lang: str
    rule: str
    text: str

    @property
    def may_go(self) -> bool:
        return self.rule == PASS


def load(name: str) -> list[Sentence]:
    """A list of this package: `sentences` or `held_back`."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [Sentence(row["id"], row["lang"], row["rule"], row["text"]) for row in csv.DictReader(file)]


def screened(rows: Sequence[Sentence]) -> list[str]:
    """The rule that held each back, or `pass`."""
    found = [screening().held(row.text) for row in rows]
    return [held.rule if held else PASS for held in found]


def figures(rows: Sequence[Sentence], found: Sequence[str]) -> str:
    """Of what was held back, the share that had to be; of what had to be, the share that was; how many there are."""
    pairs = list(zip(rows, found, strict=True))
    right = sum(not row.may_go and one != PASS for row, one in pairs)
    held = sum(one != PASS for one in found)
    must = sum(not row.may_go for row in rows)
    shares = f"precision {right / max(held, 1):.2f}  recall {right / max(must, 1):.2f}"
    return f"{shares}  may go {len(rows) - must}, may not {must}"


def lines(rows: Sequence[Sentence], found: Sequence[str]) -> Iterator[str]:
    """The figures of a list: all, by language, and of each rule how many it had to hold back and were."""
    yield f"{'all':12}{figures(rows, found)}"
    for lang in ("kk", "ru"):
        chosen = [number for number, row in enumerate(rows) if row.lang == lang]
        yield f"{lang:12}{figures([rows[n] for n in chosen], [found[n] for n in chosen])}"
    for rule in RULES:
        own = [one for row, one in zip(rows, found, strict=True) if row.rule == rule]
        wrong = sum(row.may_go and one == rule for row, one in zip(rows, found, strict=True))
        named = sum(one == rule for one in own)
        held = sum(one != PASS for one in own)
        yield f"{rule:12}held back {held} of {len(own)}, by this rule {named}; without need {wrong}"


def wrong(rows: Sequence[Sentence], found: Sequence[str]) -> Iterator[str]:
    """What went wrong."""
    for row, one in zip(rows, found, strict=True):
        if row.may_go != (one == PASS):
            yield f"{row.id} {row.lang} {row.rule} -> {one}: {row.text}"


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    parser.add_argument("--tuned-only", action="store_true", help="leave out those that were kept back")
    asked = parser.parse_args()
    lists = {"the rules were tuned by these": "sentences", "kept back": "held_back"}
    for title, name in lists.items():
        if name == "held_back" and asked.tuned_only:
            continue
        rows = load(name)
        found = screened(rows)
        print(f"{title} ({len(rows)})")
        print(*lines(rows, found), sep="\n")
        print(*(wrong(rows, found) if asked.misses else ()), sep="\n")


if __name__ == "__main__":
    main()
