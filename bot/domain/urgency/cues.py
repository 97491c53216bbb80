"""What words point to: cues found in folded words, and rules that several cues together make."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import product

from bot.domain.urgency.folding import LONGEST_WORD, Folding, Word

GAP = 1
"""Words that may stand between two words of one pattern."""

LITTLE = 2
"""Letters of which a step is a whole word even without `$`: too many words begin with them."""

NEAR = 12
"""Words within which the cues of one rule stand."""

FIRED = 32
"""How often one rule is counted at either end of a text: what somebody repeats more often tells nothing new."""

GLUED = 8
"""Letters of a phrase from which it is found inside what was typed without gaps."""

ENDING = 4
"""Letters with which a beginning of a word may go on in it."""

HEAD = 4
"""Letters by which such a phrase is looked up."""

TAKEN = {"earnest": ("frame", "harmless"), "harmless": ("danger", "context")}
"""Roles that take back what else ends on their words, and what they take. Their words stand without a gap."""


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue as the table has it. A pattern is a beginning of a word, a whole one before `$`, an ending after `-`; `_`
    joins several words, `|` parts what may stand for one of them.

    `role` says what it does: `danger` is shown as a reason, `denial` cancels a rule on whose words it lies, `frame`
    (laughter, a game, a film, homework ...) lets a rule raise to amber only, `who` and `context` only help. `harmless`
    takes back cues of danger that end on its words (to drink tea), `earnest` frames and what is harmless (no joke).
    """

    name: str
    role: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """`needs`: for each, one of these cues must stand near the others. A `direct` rule decides by itself; every rule is
    a feature for the weights. A `grave` one, which is direct as well, is red whatever else is said: no tail of plain
    words ("the address is ...") makes less of it, only a frame or a denial does.
    """

    name: str
    category: str
    direct: bool
    needs: tuple[frozenset[str], ...]
    grave: bool = False


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


_NOWHERE: dict[str, "_Node"] = {}
"""Where most nodes lead; nothing is ever put here. There are so many nodes that a dict for each would be megabytes."""


class _Node:
    """Where some words of patterns have led: what may follow, and the cues that are complete here."""

    __slots__ = ("beginnings", "begins", "endings", "ends", "names", "wholes")

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.wholes: dict[str, _Node] = _NOWHERE
        self.begins: dict[str, _Node] = _NOWHERE
        self.ends: dict[str, _Node] = _NOWHERE
        self.beginnings: tuple[int, ...] = ()
        self.endings: tuple[int, ...] = ()

    def put(self, pattern: Sequence[Choice], name: str) -> None:
        """Adds a pattern."""
        if not pattern:
            self.names += (name,)
            return
        for steps in pattern[0]:
            node = self
            for fold, part in steps:
                node = node._below(fold, part)
            node.put(pattern[1:], name)

    def _below(self, fold: str, part: Part) -> "_Node":
        if part is Part.WHOLE:
            if self.wholes is _NOWHERE:
                self.wholes = {}
            below = self.wholes
        elif part is Part.BEGINNING:
            if self.begins is _NOWHERE:
                self.begins = {}
            below = self.begins
        else:
            if self.ends is _NOWHERE:
                self.ends = {}
            below = self.ends
        node = below.get(fold)
        if node is None:
            node = below[fold] = _Node()
            if part is Part.BEGINNING:
                self.beginnings = _with(self.beginnings, len(fold))
            elif part is Part.ENDING:
                self.endings = _with(self.endings, len(fold))
        return node

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
        self._rules = tuple(rules)
        self._roles: dict[str, str] = {}
        self._root, self._taking = _Node(), _Node()
        self._glued: dict[str, dict[str, dict[str, list[tuple[str, tuple[str, ...]]]]]] = {}
        decide = {name for rule in self._rules if rule.direct and len(rule.needs) == 1 for name in rule.needs[0]}
        choices: dict[str, Choice] = {}
        for cue in cues:
            self._roles[cue.name] = cue.role
            for pattern in cue.patterns:
                places = pattern.split("_")
                for written in places:
                    if written not in choices:
                        choices[written] = tuple(_steps(one, folding) for one in written.split("|"))
                root = self._taking if cue.role in TAKEN else self._root
                root.put([choices[written] for written in places], cue.name)
                if cue.name in decide and len(places) > 1:
                    self._glue(cue.name, [choices[written] for written in places])

    def _glue(self, name: str, pattern: Sequence[Choice]) -> None:
        """Notes a phrase that decides by itself, for where it stands without gaps."""
        for way in product(*pattern):
            folds = tuple(fold for steps in way for fold, _ in steps)
            if len(together := "".join(folds)) >= GLUED and len(folds[-1]) > LITTLE:
                seconds = self._glued.setdefault(together[:HEAD], {}).setdefault(folds[0], {})
                seconds.setdefault(folds[1], []).append((name, folds))

    def hits(self, words: Sequence[Word]) -> list[Hit]:
        """Every cue that nothing takes back, once for each word at which it ends, from as early as it may begin."""
        folds = [word.fold for word in words]
        found = self._led(self._root, folds, GAP)
        known = {(hit.cue, hit.end) for hit in found}
        found += [hit for hit in self._stuck(folds) if (hit.cue, hit.end) not in known]
        found += self._led(self._taking, folds, 0)
        for taking, roles in TAKEN.items():
            words_of = {at for hit in found if hit.role == taking for at in range(hit.begin, hit.end + 1)}
            found = [hit for hit in found if hit.end not in words_of or hit.role not in roles]
        return found

    def _led(self, root: _Node, folds: Sequence[str], gap: int) -> list[Hit]:
        """The cues to which the words lead, with so many others between two words of one pattern."""
        found: dict[tuple[str, int], Hit] = {}
        first = {fold: root.after(fold) for fold in set(folds)}
        for begin, fold in enumerate(folds):
            ways = [(node, begin) for node in first[fold]]
            while ways:
                node, at = ways.pop()
                for name in node.names:
                    found.setdefault((name, at), Hit(name, self._roles[name], begin, at))
                if node.wholes or node.begins or node.ends:
                    for place in range(at + 1, min(len(folds), at + 2 + gap)):
                        ways += [(further, place) for further in node.after(folds[place])]
        return list(found.values())

    def _stuck(self, folds: Sequence[str]) -> Iterator[Hit]:
        """Phrases without gaps inside a word, or three words of them in two: the second may have been spelled out."""
        for at, fold in enumerate(folds):
            if len(fold) < GLUED - 1:
                continue
            before = folds[at - 1] if at else ""
            text = before + fold
            found = {
                (name, at - (place < len(before)))
                for place in range(len(text) - HEAD + 1)
                for name, steps in self._glued_at(text, place)
                if (place >= len(before) or len(steps) > 2) and _stands(steps, text, place) > len(before)
            }
            yield from (Hit(name, self._roles[name], begin, at) for name, begin in sorted(found))

    def _glued_at(self, text: str, place: int) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Phrases of which at least the first two words stand in a text from a place on."""
        for first, seconds in self._glued.get(text[place : place + HEAD], {}).items():
            if text.startswith(first, place):
                at = place + len(first) - 1
                near = text[at : at + LONGEST_WORD]
                for second, phrases in seconds.items():
                    if second in near and _stands((first, second), text, place):
                        yield from phrases

    def fired(self, hits: Sequence[Hit]) -> list[Fired]:
        """The rules whose needs are met, once for each hit of the first need; of very many those at either end."""
        places: dict[str, list[Hit]] = {}
        for hit in hits:
            places.setdefault(hit.cue, []).append(hit)
        stood: dict[frozenset[str], _Stood] = {}
        found = []
        for rule in self._rules:
            if any(need.isdisjoint(places) for need in rule.needs):
                continue
            for need in rule.needs:
                if need not in stood:
                    stood[need] = _Stood(hit for cue in need & places.keys() for hit in places[cue])
            found += [Fired(rule, met) for met in _met([stood[need] for need in rule.needs])]
        return found


class _Stood:
    """The hits of one need in their order."""

    __slots__ = ("begins", "hits")

    def __init__(self, hits: Iterable[Hit]) -> None:
        self.hits = sorted(hits, key=lambda hit: (hit.begin, hit.end, hit.cue))
        self.begins = [hit.begin for hit in self.hits]

    def nearest(self, begin: int) -> Hit:
        """The hit that begins nearest to this word; of two the one before it."""
        after = bisect_left(self.begins, begin)
        near = self.hits[max(0, after - 1) : after + 1]
        return min(near, key=lambda hit: abs(hit.begin - begin))


def _with(sizes: tuple[int, ...], size: int) -> tuple[int, ...]:
    return sizes if size in sizes else tuple(sorted((*sizes, size)))


def _steps(written: str, folding: Folding) -> tuple[Step, ...]:
    """The words of one place of a pattern, folded, and what of the word each must be. Raises ValueError without any."""
    folds = [word.fold for word in folding.words(written.strip("$-"))]
    if not folds:
        raise ValueError(f"nothing can be read in {written!r}")
    part = Part.WHOLE if written.endswith("$") else Part.ENDING if written.startswith("-") else Part.BEGINNING
    last = Part.WHOLE if part is Part.BEGINNING and len(folds[-1]) <= LITTLE else part
    return (*((fold, Part.WHOLE) for fold in folds[:-1]), (folds[-1], last))


def _stands(steps: Sequence[str], text: str, place: int) -> int:
    """Where these words end that stand in a text from a place on, one after the other, each perhaps with an ending; 0
    when they do not. Where the last letter of one is the first of the next, it may stand there once."""
    for number, step in enumerate(steps):
        once = number > 0 and text[place - 1] == step[0]
        at = text.find(step, place - once, place + len(step) + (ENDING if number else 0))
        if at < 0:
            return 0
        place = at + len(step)
    return place


def _met(needs: Sequence[_Stood]) -> Iterator[tuple[Hit, ...]]:
    """For each hit of the first need, the nearest hit of every other one; nothing when one is too far."""
    hits = needs[0].hits
    for first in hits if len(hits) <= 2 * FIRED else hits[:FIRED] + hits[-FIRED:]:
        near = [need.nearest(first.begin) for need in needs[1:]]
        if all(abs(hit.begin - first.begin) <= NEAR for hit in near):
            yield (first, *near)
