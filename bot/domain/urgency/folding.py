"""One skeleton for every spelling: Kazakh with and without its letters, Latin script, typos, masks, digits in words."""

import itertools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"(?:[^\W_]|[*@$#'\u2019\u02bc`\u00b4])+")
_REPEATED = re.compile(r"(.)\1+")
_MASKS = re.compile(r"[*'\u2019\u02bc`\u00b4#]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z\u00df-\u024f\u0259\u1e00-\u1eff]")
_IN_WORD = re.compile(r"(?<=[^\W\d_])[\d@$]+")
"""A digit that stands for a letter: one after a letter. What a word begins with is a number (the 8th form)."""

_USUAL = re.compile(r"[\x00-\x7f\u0400-\u0481\u048a-\u052f]*")
_RUN = re.compile(r"([\x00-\x7f\u0400-\u0481\u048a-\u052f]+)|.", re.DOTALL)
"""Characters whose small form is one character and nothing else of theirs needs a look: nearly all that is written."""

LONGEST_WORD = 64
"""Letters of one word that are looked at: nobody types longer ones, and their parts would take time without end."""

SPELLED_OUT = 4
"""So many single letters in a row are one word that was typed with gaps."""


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word, and where it stands in the text: text[begin:end]."""

    fold: str
    begin: int
    end: int


@dataclass(frozen=True)
class Spellings:
    """What is read for what is written (`folding.csv` of the reference data); pairs of Latin letters in their order."""

    pairs: tuple[tuple[str, str], ...]
    latin: Mapping[str, str]
    cyrillic: Mapping[str, str]
    alike: Mapping[str, str]
    digits: Mapping[str, str]
    signs: Mapping[str, str]


class Folding:
    """Folds texts. Folding what is folded changes nothing."""

    def __init__(self, spellings: Spellings) -> None:
        self._pairs = spellings.pairs
        self._latin = str.maketrans(dict(spellings.latin))
        self._cyrillic = str.maketrans(dict(spellings.cyrillic))
        self._alike = str.maketrans(dict(spellings.alike))
        self._digits = str.maketrans(dict(spellings.digits))
        self._signs = spellings.signs

    def words(self, text: str) -> list[Word]:
        """The words of a text, folded. Every text has some reading: none raises."""
        small, places = self._small(text)
        found = [(self.word(match[0]), match.start(), match.end()) for match in _WORD.finditer(small)]
        words: list[Word] = []
        for single, run in itertools.groupby((one for one in found if one[0]), _is_letter):
            together = list(run)
            if single and len(together) >= SPELLED_OUT:
                spelled = self.word("".join(small[begin:end] for _, begin, end in together))
                together = [(spelled, together[0][1], together[-1][2])]
            words += [Word(fold, places[begin], places[end - 1] + 1) for fold, begin, end in together]
        return words

    def _small(self, text: str) -> tuple[str, Sequence[int]]:
        """The text in small letters, with words for signs, without what cannot be seen and accents that stand alone;
        the place of each letter in it. A sign between two letters only hides their word."""
        if _USUAL.fullmatch(text):
            return text.lower(), range(len(text))
        small: list[str] = []
        places: list[int] = []
        for run in _RUN.finditer(text):
            begin, end = run.span()
            if run[0] in self._signs:
                hiding = text[begin - 1 : begin].isalpha() and text[end : end + 1].isalpha()
                one = "" if hiding else f" {self._signs[run[0]]} "
            else:
                one = run[0].lower() if run[1] else _smaller(run[0])
            small.append(one)
            places += range(begin, end) if run[1] else [begin] * len(one)
        return "".join(small), places

    def word(self, word: str) -> str:
        """One word in small letters; empty when nothing of it can be read."""
        word = word[:LONGEST_WORD]
        if not word.isalpha():
            word = _IN_WORD.sub(lambda digits: digits[0].translate(self._digits), _MASKS.sub("", word))
        if _LATIN.search(word):
            latin = _LATIN.findall(word)
            if _CYRILLIC.search(word) and self._alike.keys() >= set(map(ord, latin)):
                word = word.translate(self._alike)
            for written, read in self._pairs:
                word = word.replace(written, read)
            word = word.translate(self._latin)
        return _REPEATED.sub(r"\1", word.translate(self._cyrillic))[:LONGEST_WORD]


def _is_letter(found: tuple[str, int, int]) -> bool:
    """Whether a found word is a single letter, as it was typed or as it is read."""
    fold, begin, end = found
    return len(fold) == 1 or end - begin == 1


def _smaller(letter: str) -> str:
    one = unicodedata.normalize("NFKC", letter).casefold()
    return "".join(part for part in one if unicodedata.category(part) not in ("Mn", "Cf"))
