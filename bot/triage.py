"""`senim triage`: assesses lines or a column of a CSV file as the bot would, one JSON object for each."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

from bot.domain.urgency import Assessment, Level, Urgency
from storage.reference.triage import tables, weights

LONGEST_FIELD = 10_000_000
"""Characters of one field of a file; the csv module's own limit is below what some exports hold."""


class NoTexts(Exception):
    """There is nothing to assess where the arguments say, or it could not be read."""


@cache
def urgency() -> Urgency:
    """The recogniser with the tables and weights that ship with the bot. It takes half a second to build."""
    return Urgency(tables(), weights())


def assess(file: Path | None, column: str | None) -> Iterator[str]:
    """A line of JSON for each text: of stdin's lines, or of a column of a CSV file, `text` when none is named.

    Raises NoTexts; after the last line, when some of stdin's were no UTF-8.
    """
    if file is None and column is not None:
        raise NoTexts("--column names a column of a file: say which with --csv FILE")
    recogniser = urgency()
    for text in _lines(sys.stdin.buffer) if file is None else _column(file, column or "text"):
        yield json.dumps(as_json(recogniser.assess(text)), ensure_ascii=False)


def as_json(found: Assessment) -> dict[str, object]:
    """`{"level": "red|amber|none", "category": …, "reasons": [{"code": …, "words": …}]}`."""
    return {
        "level": "none" if found.level is Level.ORDINARY else found.level.value,
        "category": found.category,
        "reasons": [{"code": reason.code, "words": reason.words} for reason in found.reasons],
    }


def _lines(stdin: BinaryIO) -> Iterator[str]:
    """Each line is a text, an empty one too: answers and lines stay side by side. What is no UTF-8 is replaced, so that
    no line is left out, and complained of at the end."""
    broken = 0
    for line in stdin:
        try:
            text = line.decode("utf-8-sig")
        except UnicodeDecodeError:
            text, broken = line.decode("utf-8-sig", "replace"), broken + 1
        yield text.rstrip("\r\n")
    if broken:
        raise NoTexts(f"lines that are not UTF-8, and were assessed by what could be read of them: {broken}")


def _column(file: Path, column: str) -> Iterator[str]:
    csv.field_size_limit(LONGEST_FIELD)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as trouble:
        raise NoTexts(f"{file} cannot be read: {trouble.strerror}") from trouble
    except UnicodeDecodeError as trouble:
        raise NoTexts(f"{file} is not UTF-8: save it as CSV UTF-8") from trouble
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = rows.fieldnames or []
        if column not in columns:
            raise NoTexts(f"{file} has no column {column}; there are: {', '.join(columns) or 'none'}")
        for row in rows:
            yield row[column] or ""
    except csv.Error as trouble:
        raise NoTexts(f"{file} is no CSV: {trouble}") from trouble
