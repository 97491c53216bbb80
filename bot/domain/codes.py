"""The case code: two letters and five digits that a person can read aloud on any keyboard."""

import re

# Cyrillic A, B (ve), E, K, M, H (en), O, P (er), C (es), T, X (kha): they look alike in Kazakh, Russian and Latin.
CYRILLIC = "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425"
LATIN = "ABEKMHOPCTX"
POSSIBLE = len(CYRILLIC) ** 2 * 100_000
"""How many codes exist: 12.1 million."""

_TO_CYRILLIC = str.maketrans(LATIN, CYRILLIC)
_SHAPE = re.compile(rf"([{CYRILLIC}]{{2}})\s*[-\u2010-\u2015 ]?\s*([0-9]{{5}})")

_TYPED = re.compile(rf"(?<!\w)[{CYRILLIC}{LATIN}]{{2}}\s*[-\u2010-\u2015 ]?\s*[0-9]{{5}}(?![0-9])", re.IGNORECASE)


def code_of(number: int) -> str:
    """The code with this number, 0 <= number < POSSIBLE; a random number makes a random code."""
    letters, digits = divmod(number, 100_000)
    first, second = divmod(letters, len(CYRILLIC))
    return f"{CYRILLIC[first]}{CYRILLIC[second]}-{digits:05d}"


def read_code(text: str) -> str | None:
    """The case code that somebody typed, in either script and any case; None when it is none."""
    match = _SHAPE.fullmatch(text.strip().upper().translate(_TO_CYRILLIC))
    return f"{match[1]}-{match[2]}" if match else None


def find_code(text: str) -> str | None:
    """The first case code in a text of ours, such as the name of a topic; None when there is none."""
    match = _SHAPE.search(text)
    return f"{match[1]}-{match[2]}" if match else None


def find_codes(text: str) -> list[tuple[int, int]]:
    """Where case codes stand in what somebody typed, in either script and any case: text[begin:end]."""
    return [match.span() for match in _TYPED.finditer(text)]
