"""What words point to: cues found in folded words, and rules that several cues together make."""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from bot.domain.urgency.folding import Folding, Word

GAP = 1
"""Words that may stand between two words of one pattern."""

LITTLE = 2
"""Letters of which a step is a whole word even without `$`: too many words begin with them."""

NEAR = 12
"""Words within which the cues of one rule stand."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue as the table has it. A pattern is a beginning of a word, a whole one before `$`, an ending after `-`; `_`
    joins several words, `|` parts what may stand for one of them.

    `role` says what it does: `danger` is shown as a reason, `denial` cancels a rule on whose words it lies, `frame`
    (laughter, a game, a film, homework ...) lets a rule raise to amber only, `who` and `context` only help.
    """

    name: str
    role: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs`: for each, one of these cues must stand near the others. A `direct` rule decides by itself; every rule is
    a feature for the weights."""

    name: str
    category: str
    direct: bool
    needs: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue in words[begin:end + 1]."""

    cue: str
    role: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule, and the hits that it stands on."""

    rule: Rule
    hits: tuple[Hit, ...]


class Part(Enum):
    """Which part of a word a step of a pattern is."""

    BEGINNING = "beginning"
    WHOLE = "whole"
    ENDING = "ending"


Step = tuple[str, Part]
Choice = tuple[tuple[Step, ...], ...]
"""What may stand in one place of a pattern: nearly always single words."""


class _Node:
    """Where some words of patterns have led: what may follow, and the cues that are complete here."""

    __slots__ = ("beginnings", "begins", "endings", "ends", "names", "wholes")

    def __init__(self) -> None:
        self.names: list[str] = []
        self.wholes: dict[str, _Node] = {}
        self.begins: dict[str, _Node] = {}
        self.ends: dict[str, _Node] = {}
        self.beginnings: list[int] = []
        self.endings: list[int] = []

    def put(self, pattern: Sequence[Choice], name: str) -> None:
        """Adds a pattern."""
        if not pattern:
            self.names.append(name)
            return
        for steps in pattern[0]:
            node = self
            for fold, part in steps:
                node = node._below(fold, part)
            node.put(pattern[1:], name)

    def _below(self, fold: str, part: Part) -> "_Node":
        if part is Part.WHOLE:
            return self.wholes.setdefault(fold, _Node())
        lengths, below = (self.beginnings, self.begins) if part is Part.BEGINNING else (self.endings, self.ends)
        if fold not in below:
            below[fold] = _Node()
            if len(fold) not in lengths:
                insort(lengths, len(fold))
        return below[fold]

    def after(self, fold: str) -> "list[_Node]":
        """Where this word leads."""
        found = [self.wholes[fold]] if fold in self.wholes else []
        for size in self.beginnings:
            if size > len(fold):
                break
            head = fold[:size]
            if head in self.begins:
                found.append(self.begins[head])
        for size in self.endings:
            if size <= len(fold) and fold[-size:] in self.ends:
                found.append(self.ends[fold[-size:]])
        return found


class Cues:
    """The tables of cues and rules, ready to be looked up."""

    def __init__(self, cues: Iterable[Cue], rules: Iterable[Rule], folding: Folding) -> None:
        self._roles: Mapping[str, str] = {cue.name: cue.role for cue in cues}
        self._rules = tuple(rules)
        self._root = _Node()
        choices: dict[str, Choice] = {}
        for cue in cues:
            for pattern in cue.patterns:
                places = pattern.split("_")
                for written in places:
                    if written not in choices:
                        choices[written] = tuple(_steps(one, folding) for one in written.split("|"))
                self._root.put([choices[written] for written in places], cue.name)

    def hits(self, words: Sequence[Word]) -> list[Hit]:
        """Every cue, once for each word at which it ends, from as early as it may begin."""
        found: dict[tuple[str, int], Hit] = {}
        folds = [word.fold for word in words]
        first = {fold: self._root.after(fold) for fold in set(folds)}
        for begin, fold in enumerate(folds):
            ways = [(node, begin) for node in first[fold]]
            while ways:
                node, at = ways.pop()
                for name in node.names:
                    found.setdefault((name, at), Hit(name, self._roles[name], begin, at))
                if node.wholes or node.begins or node.ends:
                    for place in range(at + 1, min(len(folds), at + 2 + GAP)):
                        ways += [(further, place) for further in node.after(folds[place])]
        return list(found.values())

    def fired(self, hits: Sequence[Hit]) -> list[Fired]:
        """The rules whose needs are met, once for each hit of the first need."""
        places: dict[str, list[Hit]] = {}
        for hit in hits:
            places.setdefault(hit.cue, []).append(hit)
        return [
            Fired(rule, met)
            for rule in self._rules
            if not any(need.isdisjoint(places) for need in rule.needs)
            for met in _met([[hit for cue in need for hit in places.get(cue, ())] for need in rule.needs])
        ]


def _steps(written: str, folding: Folding) -> tuple[Step, ...]:
    """The words of one place of a pattern, folded, and what of the word each must be. Raises ValueError without any."""
    folds = [word.fold for word in folding.words(written.strip("$-"))]
    if not folds:
        raise ValueError(f"nothing can be read in {written!r}")
    part = Part.WHOLE if written.endswith("$") else Part.ENDING if written.startswith("-") else Part.BEGINNING
    last = Part.WHOLE if part is Part.BEGINNING and len(folds[-1]) <= LITTLE else part
    return (*((fold, Part.WHOLE) for fold in folds[:-1]), (folds[-1], last))


def _met(needs: Sequence[Sequence[Hit]]) -> Iterator[tuple[Hit, ...]]:
    """For each hit of the first need, the nearest hit of every other one; nothing when one is too far or missing."""
    if not all(needs):
        return
    for first in needs[0]:
        near = [min(need, key=lambda hit: abs(hit.begin - first.begin)) for need in needs[1:]]
        if all(abs(hit.begin - first.begin) <= NEAR for hit in near):
            yield (first, *near)
