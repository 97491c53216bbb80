"""A linear model over pieces of folded words: the weights are a file, and a score is a sum."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from bot.domain.urgency.cues import Fired, Hit
from bot.domain.urgency.folding import Word

PIECES = range(3, 6)
"""Lengths of the pieces of a word that are looked at; `_` stands for its ends."""

SHORT = 40
"""A text with fewer features is weighed as if it had so many: two words are not yet a certainty."""

DOUBT = 0.5
"""By how much a score must be higher when no rule is met, and once more when no cue of danger is there either."""

FRAGMENT = 5
"""Words from which a text is no fragment. A fragment without a rule may be part of anything."""

FRAGMENT_DOUBT = 1.5
"""What one word alone loses; nothing from FRAGMENT words on, in between in proportion."""

CUE = 7.0
"""How many pieces of words one cue or rule counts for (chosen on the corpus, folds split by theme)."""

STEM = 5
"""Letters at the head of a word by which a category is guessed."""


@dataclass(frozen=True)
class Weights:
    """What the training left. A score of at least `amber` or `red` has that level; 0 is even odds in the corpus.

    `danger`: feature to weight. `categories`: name to feature to weight. `words` is what known words weigh by
    themselves, summed up once: most words of a message are among them.
    """

    bias: float
    amber: float
    red: float
    danger: Mapping[str, float]
    categories: Mapping[str, Mapping[str, float]]
    words: dict[str, tuple[float, int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for feature in self.danger:
            if feature.startswith("="):
                self.words[feature[1:]] = self.weighed(feature[1:])

    def of(self, fold: str) -> tuple[float, int]:
        """What a word weighs by itself, and how many features it has."""
        return self.words.get(fold) or self.weighed(fold)

    def weighed(self, fold: str) -> tuple[float, int]:
        features = alone(fold)
        return sum([self.danger[one] for one in features if one in self.danger]), len(features)


def alone(fold: str) -> list[str]:
    """Features of one word: its pieces and itself."""
    word = f"_{fold}_"
    return [word[at : at + size] for size in PIECES for at in range(len(word) - size + 1)] + [f"={fold}"]


def stem(fold: str) -> str:
    """The head of a word in which it keeps its meaning through endings."""
    return fold[: 4 if len(fold) < 7 else 5]


def with_last(last: str, fold: str) -> tuple[str, str]:
    """Features of a word and the one before it."""
    return f"{last} {fold}", f"{stem(last)}+{stem(fold)}"


def with_last_but_one(before: str, fold: str) -> str:
    """The feature of a word and the last but one."""
    return f"{stem(before)}~{stem(fold)}"


def pointing(hits: Sequence[Hit], fired: Sequence[Fired]) -> Iterator[tuple[str, int, int]]:
    """Features of cues and rules, with their first and last word. What all of a role, or all rules, have in common is a
    feature too: a cue that no message of the corpus holds still counts as one of danger."""
    for hit in hits:
        yield f"cue:{hit.cue}", hit.begin, hit.end
        yield f"role:{hit.role}", hit.begin, hit.end
    for one in fired:
        begin, end = min(hit.begin for hit in one.hits), max(hit.end for hit in one.hits)
        yield f"rule:{one.rule.name}", begin, end
        yield "ruled:direct" if one.rule.direct else "ruled", begin, end


def for_category(words: Sequence[Word], hits: Sequence[Hit], fired: Sequence[Fired]) -> set[str]:
    """Features by which a category is guessed."""
    return {f"^{word.fold[:STEM]}" for word in words} | {feature for feature, _, _ in pointing(hits, fired)}


def doubt(words: Sequence[Word], hits: Sequence[Hit], fired: Sequence[Fired]) -> float:
    """What a score loses because nothing but the weights says so."""
    if fired:
        return 0.0
    short = FRAGMENT_DOUBT * max(0, FRAGMENT - len(words)) / (FRAGMENT - 1)
    return short + (DOUBT if any(hit.role == "danger" for hit in hits) else 2 * DOUBT)


class Score:
    """One text, weighed: as a whole, and in any piece of it at once (the score is additive but for its length)."""

    def __init__(self, weights: Weights, words: Sequence[Word], hits: Sequence[Hit], fired: Sequence[Fired]) -> None:
        danger = weights.danger
        folds = [word.fold for word in words]
        each = {fold: weights.of(fold) for fold in set(folds)}
        own = [each[fold][0] for fold in folds]
        counts = [float(each[fold][1]) for fold in folds]
        pair = [0.0] * len(folds)
        skip = [0.0] * len(folds)
        for at in range(1, len(folds)):
            pair[at] = sum([danger.get(one, 0.0) for one in with_last(folds[at - 1], folds[at])])
            if at > 1:
                skip[at] = danger.get(with_last_but_one(folds[at - 2], folds[at]), 0.0)
        self._bias = weights.bias
        self._own, self._pair, self._skip = own, pair, skip
        self._sums = [_sums(own), _sums(pair), _sums(skip), _sums(counts)]
        self._cues = sorted(
            (begin, end, CUE * danger[feature]) for feature, begin, end in pointing(hits, fired) if feature in danger
        )
        self._begins = [begin for begin, _, _ in self._cues]
        self._span = max((last - begin for begin, last, _ in self._cues), default=0)
        begun, ended = [0.0] * len(folds), [0.0] * len(folds)
        for begin, last, weight in self._cues:
            begun[begin] += weight
            ended[last] += weight
        self._begun, self._ended = _sums(begun), _sums(ended)
        self.length = len(folds)

    def whole(self) -> float:
        """The score of all of it."""
        return self.of(0, self.length)

    def of(self, begin: int, end: int) -> float:
        """The score of words[begin:end], which is what they would have as a text of their own."""
        own, pair, skip, counts = self._sums
        total = own[end] - own[begin] + self._inside(begin, end)
        pairs, skips = max(0, end - begin - 1), max(0, end - begin - 2)
        if pairs:
            total += pair[end] - pair[begin + 1]
        if skips:
            total += skip[end] - skip[begin + 2]
        features = counts[end] - counts[begin] + 2 * pairs + skips
        return float(total / max(features, SHORT) ** 0.5 + self._bias)

    def _inside(self, begin: int, end: int) -> float:
        """What cues and rules in words[begin:end] weigh: those that end there, but for those that begin before."""
        around = self._cues[bisect_left(self._begins, end - self._span) : bisect_left(self._begins, begin)]
        return self._ended[end] - self._begun[begin] + sum([weight for _, last, weight in around if last >= end])

    def heaviest(self) -> list[int]:
        """The words in the order of what they add to the score, the heaviest first; only those that add to it."""
        added = list(self._own)
        for at in range(1, self.length):
            for back, value in ((1, self._pair[at]), (2, self._skip[at])):
                added[at] += value / 2
                added[at - back] += value / 2
        for first, last, weight in self._cues:
            for at in {first, last}:
                added[at] += weight / len({first, last})
        return sorted((at for at in range(self.length) if added[at] > 0), key=lambda at: -added[at])


def category(weights: Weights, features: set[str]) -> str | None:
    """The likeliest category of something dangerous; None when nothing speaks for any."""
    scores = {
        name: sum(known.get(feature, 0.0) for feature in features) + known.get("bias", 0.0)
        for name, known in weights.categories.items()
    }
    return max(scores, key=lambda name: scores[name]) if scores else None


def _sums(values: list[float]) -> list[float]:
    return list(accumulate(values, initial=0.0))
