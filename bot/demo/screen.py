"""Two telephones side by side in a terminal: what stands on the left and on the right, in the order of time."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal, NamedTuple, TextIO

import regex

WIDTH = 100
DIVIDER = " │ "
SPACE = "\N{VARIATION SELECTOR-16}"

Side = Literal["left", "right"]
Style = Literal["plain", "dim", "bold", "alarm"]

STYLES: dict[Style, str] = {"plain": "", "dim": "2", "bold": "1", "alarm": "1;31"}
GRAPHEME = regex.compile(r"\X")


class Line(NamedTuple):
    """One line of a block, at most as wide as its column."""

    text: str
    style: Style = "plain"


Block = list[Line]


@dataclass
class Column:
    """What stands in one column since the last flush."""

    lines: Block = field(default_factory=list)
    remark: bool = False

    def put(self, block: Block, start: int) -> int:
        """Adds a block at row `start` or, when that is taken, below what stands there. Returns its row.

        Remarks (all of it dim) stand together, everything else has an empty line around it.
        """
        remark = all(line.style == "dim" for line in block)
        gap = bool(self.lines) and not (remark and self.remark)
        row = max(start, len(self.lines) + gap)
        self.lines += [Line("")] * (row - len(self.lines)) + block
        self.remark = remark
        return row


class Screen:
    """Prints headings and steps over the whole width, and blocks in two columns."""

    def __init__(self, out: TextIO, *, colour: bool, width: int = WIDTH) -> None:
        self._out = out
        self._colour = colour
        self._width = width
        self._blocks: list[tuple[Side, Block]] = []
        self._rows = False
        self.rooms: dict[Side, int] = {"left": (width - len(DIVIDER)) // 2, "right": 0}
        self.rooms["right"] = width - len(DIVIDER) - self.rooms["left"]

    def heading(self, text: str) -> None:
        """A part of the play."""
        self.flush()
        self._print("")
        self._print("═" * self._width, "bold")
        for line in wrap(text, self._width - 2):
            self._print(f" {line}", "bold")
        self._print("═" * self._width, "bold")

    def columns(self, left: str, right: str) -> None:
        """Whose telephone is on which side from here on."""
        self.flush()
        self._print("")
        for one, other in zip_longest(wrap(left, self.rooms["left"]), wrap(right, self.rooms["right"]), fillvalue=""):
            self._print(padded(one, self.rooms["left"]) + DIVIDER + other, "bold")
        self._print("─" * (self.rooms["left"] + 1) + "┼" + "─" * (self.rooms["right"] + 1), "dim")

    def step(self, text: str, clock: str) -> None:
        """What happens next, with the time of day on the sandbox's clock."""
        self.flush()
        lines = wrap(f"— {text}", self._width - cells(clock) - 2)
        self._print("")
        self._print(padded(lines[0], self._width - cells(clock)) + clock, "bold")
        for line in lines[1:]:
            self._print(f"  {line}", "bold")

    def say(self, text: str, style: Style = "plain") -> None:
        """Text over the whole width."""
        self.flush()
        for line in wrap(text, self._width):
            self._print(line, style)

    def aside(self, text: str, clock: str) -> None:
        """A remark of the narrator's between two blocks, with the time of day."""
        self.flush()
        self._space()
        for line in wrap(f"{text}  {clock}", self.rooms["right"]):
            self._row(Line(""), Line(rightward(line, self.rooms["right"]), "dim"))

    def show(self, side: Side, block: Block) -> None:
        """Puts a block in a column; it is printed with the next flush."""
        if block:
            self._blocks.append((side, block))

    def flush(self) -> None:
        """Prints what was shown: a block never begins above one that happened before it."""
        sides: dict[Side, Column] = {"left": Column(), "right": Column()}
        start, last = 0, self._blocks[0][0] if self._blocks else "left"
        for side, block in self._blocks:
            start = sides[side].put(block, start + (side != last))
            last = side
        self._blocks.clear()
        if not any(column.lines for column in sides.values()):
            return
        self._space()
        left, right = sides["left"].lines, sides["right"].lines
        for row in range(max(len(left), len(right))):
            self._row(*(lines[row] if row < len(lines) else Line("") for lines in (left, right)))

    def _space(self) -> None:
        """An empty row between two things in the columns."""
        if self._rows:
            self._row(Line(""), Line(""))

    def _row(self, left: Line, right: Line) -> None:
        self._rows = True
        one = self._styled(padded(left.text, self.rooms["left"]), left.style)
        print((one + DIVIDER + self._styled(right.text, right.style)).rstrip(), file=self._out, flush=True)

    def _print(self, text: str, style: Style = "plain") -> None:
        self._rows = False
        print(self._styled(text.rstrip(), style), file=self._out, flush=True)

    def _styled(self, text: str, style: Style) -> str:
        code = STYLES[style]
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code and text.strip() else text


def cells(text: str) -> int:
    """How many columns of a terminal a text takes: an emoji two, a hidden character none."""
    return sum(_cells(letter) for letter in GRAPHEME.findall(text))


def _cells(letter: str) -> int:
    if SPACE in letter or unicodedata.east_asian_width(letter[0]) in "WF":
        return 2
    return 0 if unicodedata.category(letter[0]) in ("Cf", "Cc", "Mn") else 1


def padded(text: str, room: int) -> str:
    """A text with the blanks that make it as wide as its room."""
    return text + " " * max(0, room - cells(text))


def rightward(text: str, room: int) -> str:
    """A text at the right end of its room."""
    return " " * max(0, room - cells(text)) + text


def wrap(text: str, room: int) -> list[str]:
    """A text in lines of at most `room` columns, broken at blanks; a word that is longer is broken anywhere."""
    return [line for paragraph in text.split("\n") for line in _wrapped(paragraph, room)]


def _wrapped(paragraph: str, room: int) -> Iterator[str]:
    words = paragraph.lstrip(" ")
    indent = " " * (len(paragraph) - len(words))
    line = ""
    for word in _words(words, room - len(indent)):
        longer = f"{line} {word}" if line else word
        if line and cells(indent + longer) > room:
            yield indent + line
            line = word
        else:
            line = longer
    yield indent + line


def _words(paragraph: str, room: int) -> Iterator[str]:
    for word in paragraph.split(" "):
        while cells(word) > room:
            cut = _fitting(GRAPHEME.findall(word), room)
            yield word[:cut]
            word = word[cut:]
        yield word


def _fitting(letters: Iterable[str], room: int) -> int:
    """How many characters of these letters fit."""
    cut = 0
    for letter in letters:
        room -= _cells(letter)
        if room < 0:
            break
        cut += len(letter)
    return cut
