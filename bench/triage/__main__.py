"""`python -m bench.triage`: how well danger is recognised in messages of situations that nothing was learned from.

Ten folds by situation: rules alone, weights alone, both; by language, script, category and difficulty; every miss.
`--csv FILE` scores another labelled file by the weights in the repository.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from bench.triage.corpus import HELD_OUT, Labelled, load, weight
from bench.triage.train import Prepared, prepare, thresholds, unseen
from bot.domain.urgency import Assessment, Level, Tables, Urgency, Weights
from storage.reference.triage import tables, weights

LONG = 4096

REPEATED = ("папа бьет ", "не хочу умирать ")
"""What somebody may send over and over: every word is a cue, and every rule is met a hundred times."""

POINTING = ("cue:", "role:", "rule:", "ruled")

OFF = 1e9
"""A threshold that no score reaches."""


def both(tables: Tables, rows: Sequence[Labelled], known: Prepared) -> list[Assessment]:
    """Rules and weights as the bot has them; weights and thresholds from what is not asked."""
    by_fold = unseen(known, named=True)
    amber, red = thresholds(rows, [score for score, _ in by_fold])
    ready: dict[int, Urgency] = {}
    found = []
    for row, (_, fold) in zip(rows, by_fold, strict=True):
        if id(fold) not in ready:
            ready[id(fold)] = Urgency(tables, Weights(fold.bias, amber, red, fold.danger, fold.categories))
        found.append(ready[id(fold)].assess(row.text))
    return found


def figures(rows: Sequence[Labelled], levels: Sequence[Level]) -> str:
    """Precision, recall, F1; false alarms on plain normal messages, of either level and of red alone."""
    part = weight(rows) if len({(row.label, row.difficulty) for row in rows}) == 6 else [1.0] * len(rows)
    flagged = [level is not Level.ORDINARY for level in levels]
    urgent = [row.urgent for row in rows]
    caught = sum(p for p, f, u in zip(part, flagged, urgent, strict=True) if f and u)
    alarms = sum(p for p, f, u in zip(part, flagged, urgent, strict=True) if f and not u)
    real = sum(p for p, u in zip(part, urgent, strict=True) if u)
    precision, recall = caught / max(caught + alarms, 1e-9), caught / max(real, 1e-9)
    plain = [level for row, level in zip(rows, levels, strict=True) if not row.urgent and row.difficulty != "hard"]
    calm = max(len(plain), 1)
    return (
        f"P {precision:.2f}  R {recall:.2f}  F1 {2 * precision * recall / max(precision + recall, 1e-9):.2f}"
        f"  plain: flagged {sum(level is not Level.ORDINARY for level in plain) / calm:.3f}"
        f"  red {sum(level is Level.RED for level in plain) / calm:.3f}  n {len(rows)}"
    )


def parts(rows: Sequence[Labelled]) -> Iterator[tuple[str, list[int]]]:
    """Every language, script, difficulty and category, and the numbers of its rows."""
    kinds: dict[str, Callable[[Labelled], str]] = {
        "": lambda row: row.lang, " ": lambda row: f"{row.lang} {row.script}", "  ": lambda row: row.difficulty,
        "   ": lambda row: row.category,
    }  # fmt: skip
    for kind in kinds.values():
        for name in sorted(set(map(kind, rows))):
            yield name, [number for number, row in enumerate(rows) if kind(row) == name]


def report(rows: Sequence[Labelled], found: Sequence[Assessment], *, misses: bool) -> None:
    """Prints all figures, and the misses."""
    levels = [one.level for one in found]
    print(f"{'all':22}{figures(rows, levels)}")
    for name, numbers in parts(rows):
        print(f"{name:22}{figures([rows[n] for n in numbers], [levels[n] for n in numbers])}")
    named = [(row.triage, one.category) for row, one in zip(rows, found, strict=True) if row.urgent and one.category]
    print(f"category named right: {sum(a == b for a, b in named) / max(len(named), 1):.2f} of {len(named)} caught")
    for row, one in zip(rows, found, strict=True) if misses else ():
        if row.urgent and one.level is Level.ORDINARY:
            print(f"missed  {row.id} {row.lang} {row.category} {row.difficulty}: {row.text}")
        elif not row.urgent and one.level is Level.RED:
            print(f"red     {row.id} {row.lang} {row.category} {row.difficulty}: {row.text}")


def ablated(rows: Sequence[Labelled], known: Prepared, tables: Tables) -> Iterator[tuple[str, list[Level]]]:
    """Rules alone; weights of pieces of words alone; weights with cues and rules among the features."""
    rules = Urgency(tables, Weights(-OFF, 0.0, OFF, {}, {}))
    yield "rules alone", [rules.assess(row.text).level for row in rows]
    for name, prepared in (("pieces of words alone", wordless(known)), ("with cues and rules", known)):
        scores = [score for score, _ in unseen(prepared)]
        amber, red = thresholds(rows, scores)
        yield name, [Level.RED if s >= red else Level.AMBER if s >= amber else Level.ORDINARY for s in scores]


def wordless(known: Prepared) -> Prepared:
    """The same without what the tables say: no cue, no rule, no doubt for want of one."""
    bare = [
        (Counter({one: n for one, n in found.items() if not one.startswith(POINTING)}), length)
        for found, length in known.features
    ]
    return replace(known, features=bare, doubts=[0.0] * len(bare))


def speed(urgency: Urgency, texts: Sequence[str]) -> None:
    """Prints how long an assessment takes: of each text once, of texts of 4,096 characters, and of dangerous words that
    fill as many, alone and three times before a short message."""
    times = sorted(milliseconds(urgency, text) for text in texts)
    together = " ".join(texts)
    long = sorted(milliseconds(urgency, together[at : at + LONG]) for at in range(0, len(together) - LONG, LONG))
    print(f"median {times[len(times) // 2]:.2f} ms, p99 {times[len(times) * 99 // 100]:.2f} ms a message;"
          f" {LONG} characters: median {long[len(long) // 2]:.2f} ms")  # fmt: skip
    for words in REPEATED:
        full = (words * LONG)[:LONG]
        alone = min(milliseconds(urgency, full) for _ in range(5))
        after = min(milliseconds(urgency, "спасибо", [full] * 3) for _ in range(5))
        print(f"{LONG} characters of {words!r}: {alone:.0f} ms; a word after three of them: {after:.0f} ms")


def milliseconds(urgency: Urgency, text: str, before: Sequence[str] = ()) -> float:
    """How long one assessment takes."""
    begun = perf_counter()
    urgency.assess(text, before)
    return (perf_counter() - begun) * 1000


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csv", type=Path, help="score this labelled file by the weights in the repository")
    parser.add_argument("--misses", action="store_true", help="list what was missed, and what was red without need")
    asked = parser.parse_args()
    if asked.csv:
        rows = load(asked.csv)
        urgency = Urgency(tables(), weights())
        report(rows, [urgency.assess(row.text) for row in rows], misses=asked.misses)
        return
    rows = load()
    known = prepare(rows, tables())
    for name, levels in ablated(rows, known, tables()):
        print(f"{name:22}{figures(rows, levels)}")
    print("rules and weights, as in the bot")
    report(rows, both(tables(), rows, known), misses=asked.misses)
    kept = load(HELD_OUT)
    urgency = Urgency(tables(), weights())
    print("kept back as a last test, by the weights in the repository")
    report(kept, [urgency.assess(row.text) for row in kept], misses=asked.misses)
    speed(urgency, [row.text for row in rows])


if __name__ == "__main__":
    main()
