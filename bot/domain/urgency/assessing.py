"""Reads a person's text for danger: a level, a category, and the words that say so."""

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import chain, islice

from bot.domain.urgency.cues import Cue, Cues, Fired, Hit, Rule
from bot.domain.urgency.folding import Folding, Spellings, Word
from bot.domain.urgency.levels import Level, is_sos
from bot.domain.urgency.weighing import Score, Weights, category, doubt, for_category

SHOWN = 3
"""Reasons that are given at most; the last of them is what speaks against it, if anything does."""

TELLING = 4
"""Letters from which a word tells something by itself; shorter ones are shown only when there are no others."""

LONGEST = 12_000
"""Characters that are read: more than any text of Telegram's. Of a longer one the head and the tail."""

TAIL = 2_000

FRAMED = 3.0
"""By how much a score must be higher to be red beside laughter, a game, a film, a denial; amber is as near as ever."""

LONGEST_CRY = 60
"""Characters of a text that may be a cry for help and nothing else, with its marks."""

RUNS = 64
"""Runs of sentences that are looked at by themselves."""

AROUND = (0, 1, 2, 3, 4, 6, 8, 12, 16)
"""Words before and after a rule that is met with which it is looked at by itself, wherever sentences end."""

_SENTENCE_END = re.compile("[.!?\n;\u2026]+")
_LAUGHTER = re.compile("\\){3,}|[\U0001f602\U0001f923\U0001f606\U0001f639\U0001f605]|:D")


@dataclass(frozen=True)
class Reason:
    """Why: a code of the catalogue (`finding.<code>`) and the person's own words that it was read from, if any.

    `cue`: words that a rule stands on. `words`: those that weigh most. `before`: it is said together with what came
    before. `discount`: what speaks against it, so that it was raised less.
    """

    code: str
    words: str = ""


@dataclass(frozen=True)
class Assessment:
    """What was read from a text. `category` is one of the reference data's triage categories, None without a guess."""

    level: Level
    category: str | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def urgent(self) -> bool:
        """Whether it is the urgent button, or a cry for help that counts as it."""
        return any(reason.code == "sos" for reason in self.reasons)


ORDINARY = Assessment(Level.ORDINARY)


@dataclass(frozen=True)
class Tables:
    """How words are spelled, what they point to, and what that makes together."""

    spellings: Spellings
    cues: tuple[Cue, ...]
    rules: tuple[Rule, ...]
    cries: frozenset[str] = frozenset()
    """Letters of what counts as the urgent button when it is all that somebody types."""


@dataclass(frozen=True)
class Reading:
    """A text as the training sees it too; of a very long one, `text` is what was read of it."""

    text: str
    words: list[Word]
    hits: list[Hit]
    fired: list[Fired]
    ends: list[int]
    """How many words there are up to the end of each sentence."""


class Urgency:
    """Assesses texts by tables of words and by weights that a training has left. Pure, and the same every time."""

    def __init__(self, tables: Tables, weights: Weights) -> None:
        self._folding = Folding(tables.spellings)
        self._cues = Cues(tables.cues, tables.rules, self._folding)
        self._cries = tables.cries
        self._weights = weights

    def weighed(self, weights: Weights) -> "Urgency":
        """The same with other weights; it shares the tables, which take half a second to build."""
        other = copy(self)
        other._weights = weights
        return other

    def _is_cry(self, text: str) -> bool:
        return len(text) <= LONGEST_CRY and "".join(filter(str.isalpha, text.casefold())) in self._cries

    def assess(self, text: str, before: Sequence[str] = ()) -> Assessment:
        """The level of a text by itself, and together with what the same person wrote shortly `before` it: when a rule
        is met that none of the messages meets alone."""
        if is_sos(text) or self._is_cry(text):
            found, _ = self._assessed(text)
            said = found if found.level is Level.RED else ORDINARY
            return Assessment(Level.RED, said.category, (Reason("sos"), *said.reasons))
        found, rules = self._assessed(text)
        if not before or found.level is Level.RED:
            return found
        together, met = self._assessed("\n".join([*before, text]))
        if together.level.rank <= found.level.rank or met <= rules:
            return found
        for one in before:
            alone, more = self._assessed(one)
            if together.level.rank <= alone.level.rank:
                return found
            rules |= more
        if met <= rules:
            return found
        return Assessment(together.level, together.category, (Reason("before", " ".join(before)), *together.reasons))

    def fold(self, text: str) -> str:
        """The folded words of a text, parted by spaces."""
        return " ".join(word.fold for word in self._folding.words(text))

    def read(self, text: str) -> Reading:
        """Words, cues and rules in a text."""
        if len(text) > LONGEST:
            text = f"{text[: LONGEST - TAIL]}\n{text[-TAIL:]}"
        words = self._folding.words(text)
        hits = self._cues.hits(words)
        if words and (laughter := _LAUGHTER.search(text)):
            at = max(0, sum(word.begin < laughter.start() for word in words) - 1)
            hits.append(Hit("laughing", "frame", at, at))
        begins = [word.begin for word in words]
        ends = sorted({bisect_left(begins, match.start()) for match in _SENTENCE_END.finditer(text)} - {0, len(words)})
        return Reading(text, words, hits, self._cues.fired(hits), [*ends, len(words)])

    def score(self, text: str) -> float:
        """What the weights say of a whole text, before any doubt."""
        reading = self.read(text)
        return Score(self._weights, reading.words, reading.hits, reading.fired).whole()

    def _assessed(self, text: str) -> tuple[Assessment, frozenset[str]]:
        """What one text says, and the rules that are met in it."""
        reading = self.read(text)
        rules = frozenset(one.rule.name for one in reading.fired)
        return self._found(reading) if reading.words else ORDINARY, rules

    def _found(self, reading: Reading) -> Assessment:
        score = Score(self._weights, reading.words, reading.hits, reading.fired)
        direct = self._direct(reading)
        place = (0, score.length)
        less = doubt(reading.words, reading.hits, reading.fired)
        whole = score.whole() - less
        level = Level.AMBER if whole >= self._weights.amber else Level.ORDINARY
        against = _against_red(reading)
        if whole >= self._weights.red + against or (not against and any(one.rule.grave for one in direct)):
            level = Level.RED
        if direct:
            level = level.raised_to(Level.AMBER)
        if level is Level.ORDINARY and reading.fired:
            bar = self._weights.red + less
            grave = next((piece for piece in _pieces(score, reading) if piece[0] >= bar), None)
            if grave is not None:
                level, place = Level.AMBER, grave[1:]
        if level is Level.ORDINARY:
            return ORDINARY
        reasons = tuple(_reasons(reading, score, direct, place))
        named = category(self._weights, for_category(reading.words, reading.hits, reading.fired))
        named = named if _pointed(reading) else None
        return Assessment(level, named, reasons)

    def _direct(self, reading: Reading) -> list[Fired]:
        """Rules that decide by themselves. A denial cancels those whose very words it contains ("I do NOT want to
        die"): what is said before or after cancels nothing."""
        denied = {at for hit in reading.hits if hit.role == "denial" for at in range(hit.begin, hit.end + 1)}
        return [
            one
            for one in reading.fired
            if one.rule.direct and not any(at in denied for hit in one.hits for at in range(hit.begin, hit.end + 1))
        ]


def _pointed(reading: Reading) -> bool:
    """Whether any word points to danger: weights of harmless words are never an alarm by themselves."""
    return bool(reading.fired) or any(hit.role == "danger" for hit in reading.hits)


def _against_red(reading: Reading) -> float:
    """By how much a score must be higher to be red; without any rule nothing is."""
    if not reading.fired:
        return math.inf
    return FRAMED if any(hit.role in ("frame", "denial") for hit in reading.hits) else 0.0


def _pieces(score: Score, reading: Reading) -> Iterator[tuple[float, int, int]]:
    """Parts of a text that may say by themselves what is lost in the whole: runs of sentences, beginnings, endings, and
    what stands around each rule that is met. So many that their number grows with the text and no faster."""
    marks = [0, *reading.ends]
    runs = (
        (first, last) for size in range(1, len(marks) - 1) for first, last in zip(marks, marks[size:], strict=False)
    )
    edges = ((at, to) for size in range(2, score.length) for at, to in ((0, size), (score.length - size, score.length)))
    parts = (part for part in chain(islice(runs, RUNS), edges) if part[1] - part[0] > 1)
    for first, last in chain(parts, _around(score, reading)):
        yield score.of(first, last), first, last


def _around(score: Score, reading: Reading) -> Iterator[tuple[int, int]]:
    """For the rules that are met, each place once, as many words before and after it as weigh most."""
    spans = {(min(hit.begin for hit in one.hits), max(hit.end for hit in one.hits)) for one in reading.fired}
    return (_widened(score, begin, end + 1) for begin, end in sorted(spans))


def _widened(score: Score, begin: int, end: int) -> tuple[int, int]:
    first = max((max(0, begin - words) for words in AROUND), key=lambda at: score.of(at, end))
    return first, max((min(score.length, end + words) for words in AROUND), key=lambda at: score.of(first, at))


def _reasons(reading: Reading, score: Score, direct: list[Fired], place: tuple[int, int]) -> Iterator[Reason]:
    """The words of the rules that are met, then those that weigh most, then what speaks against it; each word once."""
    against = next((hit for hit in reading.hits if hit.role in ("frame", "denial")), None)
    room = SHOWN - 1 if against else SHOWN
    shown: set[int] = set()
    told: set[str] = set()

    def new(first: int, last: int) -> bool:
        places = range(first, last + 1)
        folds = " ".join(reading.words[at].fold for at in places)
        if folds in told or not shown.isdisjoint(places):
            return False
        shown.update(places)
        told.add(folds)
        return True

    for hit in _stood_on(direct, reading.fired):
        if len(told) >= room:
            break
        if new(hit.begin, hit.end):
            yield Reason("cue", _said(reading, hit.begin, hit.end))
    for at in sorted(score.heaviest(), key=lambda at: len(reading.words[at].fold) < TELLING):
        if len(told) >= room:
            break
        little = len(reading.words[at].fold) < TELLING and told
        if place[0] <= at < place[1] and not little and new(at, at):
            yield Reason("words", _said(reading, at, at))
    if against:
        yield Reason("discount", _said(reading, against.begin, against.end))


def _stood_on(direct: list[Fired], fired: list[Fired]) -> Iterator[Hit]:
    """The hits that rules stand on, those that decide first: what points to danger, or where nothing does, all but
    frames, and who it is about last."""
    for one in chain(direct, (one for one in fired if not one.rule.direct)):
        pointing = [hit for hit in one.hits if hit.role == "danger"]
        others = sorted((hit for hit in one.hits if hit.role in ("context", "who")), key=lambda hit: hit.role == "who")
        yield from pointing or others


def _said(reading: Reading, first: int, last: int) -> str:
    return reading.text[reading.words[first].begin : reading.words[last].end]
