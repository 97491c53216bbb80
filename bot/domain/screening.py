"""What an operator may not write to a person: ways out of this talk, and what nobody here ever asks for.

One rule after the other; the words of each are data (`storage/reference/screening`). Pure, and the same every time.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.domain.codes import find_codes
from bot.domain.digits import Run, counts, runs, spoken
from bot.domain.urgency.cues import Cue, Cues, Hit, Rule
from bot.domain.urgency.folding import Folding, Spellings, Word

LONGEST = 6_000
"""Characters of an operator's text that are looked at: Telegram's longest has 4,096."""

PHONE = 9
"""Digits from which a number may ring somebody, or is a card. A sum of money below a milliard has as many at most, and
a short number belongs to a service, not to a person."""

UNPARTED = 7
"""Digits in one piece from which a number is a telephone's of a town."""

AFTER = 2
"""Words after a request of which one may say that somebody else made it (Kazakh: "he says")."""

_SENTENCE_END = re.compile(r"[.!?\n;\u2026]+(?=\s|$)")
_CLAUSE_END = re.compile("[,:;]")
_TOWN = re.compile(r"(?<!\d)(?:\d{3}-\d\d-\d\d|\d\d-\d\d-\d\d)(?!\d)")
_ACCOUNT = re.compile(r"(?<![a-z0-9])kz\s?\d\d(?:\s?[a-z0-9]){16}(?![a-z0-9])")
_SERVICE = re.compile(r"(?<!\w)[*#]\s?\d{2,}[\d*#\s]*#")
_MENTION = re.compile(r"@\s?(\w[\w.-]*)")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NICK = re.compile(r"(?<![\w/@.])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/])")
_SCHEME = re.compile(r"\b[a-z]{3,9}://(\S+)")


@dataclass(frozen=True)
class Held:
    """Why a text does not go: a rule (`name`, `link`, `number`, `photo`, `money`, `code`, `meeting`, `messenger`) and
    the operator's own words that it is about."""

    rule: str
    words: str


@dataclass(frozen=True)
class Ask:
    """A request that nobody here makes: cues that stand in one sentence, and those beside which it is none.

    A cue of the role `danger` asks, `harmless` takes it back ("don't send"); `told_before` and `told_after` say that it
    is somebody else's; beside `void` ("to me", "don't tell your mother") no excuse counts. `reach`: words from the
    first cue to the last.
    """

    rule: Rule
    reach: int
    clause: bool
    """Whether no comma may stand between its cues: "write, how did he find you in ..." asks for nothing."""

    unless: frozenset[str]
    always: bool
    """Whether `unless` holds wherever it stands in the text, and not only in the same sentence."""


@dataclass(frozen=True)
class Tables:
    """The words of the rules. `numbers`: values by word. `zones`: endings of addresses in the net, and those that are
    only said. `dots`, `ats`: how the signs are said. `allowed`: addresses and numbers that may be given."""

    cues: tuple[Cue, ...]
    asks: tuple[Ask, ...]
    numbers: Mapping[str, int]
    zones: tuple[str, ...]
    said_zones: tuple[str, ...]
    dots: tuple[str, ...]
    ats: tuple[str, ...]
    sums: frozenset[str]
    """Words after which a number is money."""
    allowed: frozenset[str]


class Screening:
    """Looks at operators' texts."""

    def __init__(self, tables: Tables, spellings: Spellings) -> None:
        self._folding = Folding(spellings)
        self._cues = Cues(tables.cues, (ask.rule for ask in tables.asks), self._folding)
        self._asks = {ask.rule.name: ask for ask in tables.asks}
        self._numbers = {self._folding.word(word): value for word, value in tables.numbers.items()}
        self._allowed = tables.allowed
        self._void = frozenset(cue.name for cue in tables.cues if cue.role == "void")
        self._sums = tables.sums
        zones = "|".join(map(re.escape, sorted(tables.zones, key=len, reverse=True)))
        said = "|".join(map(re.escape, sorted({*tables.zones, *tables.said_zones}, key=len, reverse=True)))
        dots, ats = ("|".join(map(re.escape, words)) for words in (tables.dots, tables.ats))
        self._dot = re.compile(rf"(?<=\w)(?:\s*[(\[]?(?:{dots})[)\]]?\s*|\s+\.\s*|\s*[(\[]\.[)\]]\s*)(?=(?:{said})\b)")
        self._at = re.compile(rf"(?<!\w)(?:{ats})\s+(?=\w*[a-z_0-9])")
        self._host = re.compile(rf"(?<![\w@.-])((?:[\w-]+\.)+(?:{zones}))(?![\w-])((?:[/?#]\S*)?)")
        self._said_host = re.compile(rf"(?<![\w@.-])((?:[\w-]+\.)+(?:{said}))(?![\w-])")
        self._short_host = re.compile(r"(?<!\w)[t\u0442]\s*\.\s*(?:me|\u043c\u0435)(?!\w)\S*")

    def held(self, text: str) -> Held | None:
        """Why this text may not go to a person; None when it may."""
        return next(self._found(text[:LONGEST]), None)

    def _found(self, text: str) -> Iterator[Held]:
        seen = _seen(text)
        yield from self._links(seen)
        yield from self._names(seen)
        yield from self._number(text, seen)
        yield from self._requests(text)

    def _links(self, seen: str) -> Iterator[Held]:
        joined = self._joined(seen)
        for match in _SCHEME.finditer(joined):
            if not self._may(re.split(r"[/?#:]", match[1])[0]):
                yield Held("link", match[0])
        spoken_only = joined if joined != seen else ""
        hosts = [(match[1], match[0]) for match in self._host.finditer(joined)]
        hosts += [(match[1], match[0]) for match in self._said_host.finditer(spoken_only)]
        hosts += [(match[0], match[0]) for match in self._short_host.finditer(seen)]
        yield from (Held("link", shown) for host, shown in hosts if not self._may(host))

    def _joined(self, seen: str) -> str:
        """The text with the signs for those that are said, and without gaps around them."""
        return self._at.sub("@", self._dot.sub(".", seen))

    def _may(self, host: str) -> bool:
        """Whether an address, or the one that it is a part of, may be given."""
        parts = host.rstrip(".").split(".")
        return any(".".join(parts[at:]) in self._allowed for at in range(len(parts)))

    def _names(self, seen: str) -> Iterator[Held]:
        joined = self._joined(seen)
        yield from (Held("name", match[0]) for match in _ADDRESS.finditer(joined))
        yield from (Held("name", match[0]) for match in _NICK.finditer(joined))
        yield from (Held("name", match[0]) for match in _MENTION.finditer(joined) if match[1] not in self._allowed)

    def _number(self, text: str, seen: str) -> Iterator[Held]:
        for run in runs(text):
            if self._rings(run, text[run.end :]) and not counts(run.groups):
                yield Held("number", text[run.begin : run.end])
        for pattern in (_ACCOUNT, _SERVICE):
            yield from (Held("number", match[0]) for match in pattern.finditer(seen))
        yield from (Held("number", match[0]) for match in _TOWN.finditer(seen) if not _is_date(match[0]))
        for run in spoken(self._folding.words(text), text, self._numbers):
            if len(run.digits) >= PHONE and not counts(run.groups):
                yield Held("number", text[run.begin : run.end])

    def _rings(self, run: Run, rest: str) -> bool:
        """Whether somebody may be rung by it, or paid. `rest` is what follows it."""
        if _local(run.digits) in self._allowed:
            return False
        if len(run.digits) >= PHONE:
            return True
        money = rest.split(maxsplit=1)[:1]
        sum_of_money = bool(money) and money[0].casefold().strip(".,!?;:") in self._sums
        return any(len(group) >= UNPARTED for group in run.groups) and not sum_of_money

    def _requests(self, text: str) -> Iterator[Held]:
        words = self._folding.words(text)
        hits = [*self._cues.hits(words), *(Hit("case_code", "context", at, at) for at in _places(text, words))]
        sentence = _sentences(text, words)
        for fired in self._cues.fired(hits):
            first, last = min(hit.begin for hit in fired.hits), max(hit.end for hit in fired.hits)
            ask, here = self._asks[fired.rule.name], sentence[first]
            ends, begins = min(hit.end for hit in fired.hits), max(hit.begin for hit in fired.hits)
            if here != sentence[last] or begins - ends > ask.reach:
                continue
            if ask.clause and begins > ends and _CLAUSE_END.search(text, words[ends].end, words[begins].begin):
                continue
            around = [hit for hit in hits if sentence[hit.begin] == here]
            if any(hit.role == "told_after" and last < hit.begin <= last + AFTER for hit in around):
                continue
            cues = {hit.cue for hit in around}
            excuses = {hit.cue for hit in hits} if ask.always else cues
            told = any(hit.role == "told_before" and hit.begin < first for hit in around)
            if not (told or excuses & ask.unless) or cues & self._void:
                yield Held(ask.rule.category, text[words[first].begin : words[last].end])


def _seen(text: str) -> str:
    """The text in small letters of one width, without what cannot be seen."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if unicodedata.category(letter) not in ("Cf", "Mn"))


def _local(digits: str) -> str:
    """A number without the prefix of the country."""
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


def _is_date(number: str) -> bool:
    parts = [int(part) for part in number.split("-")]
    return len(number) == 8 and 1 <= parts[0] <= 31 and 1 <= parts[1] <= 12


def _sentences(text: str, words: Sequence[Word]) -> list[int]:
    """In which sentence each word stands."""
    ends = [match.start() for match in _SENTENCE_END.finditer(text)]
    found, number = [], 0
    for word in words:
        while number < len(ends) and word.begin > ends[number]:
            number += 1
        found.append(number)
    return found


def _places(text: str, words: Sequence[Word]) -> list[int]:
    """The words with which codes of cases begin."""
    begins = find_codes(text)
    return [at for at, word in enumerate(words) if any(begin <= word.begin < end for begin, end in begins)]
