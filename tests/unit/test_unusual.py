"""Every test that docs/unusual.md names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "unusual.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::([a-z0-9_]+)`")
ROWS = 14
"""Rows of the table: those of DESK.md, with joining and leaving apart, and a bot apart from a public group."""


def missing(table: str) -> list[str]:
    """What is named and is no test."""
    named = NAMED.findall(table)
    return [name for file, name in named if f"async def {name}(" not in (ROOT / file).read_text(encoding="utf-8")]


def test_every_row_of_the_unusual_names_tests_that_exist() -> None:
    rows = [line for line in TABLE.splitlines() if line.startswith("|")][2:]
    assert len(rows) == ROWS
    assert [row for row in rows if not NAMED.search(row) and "the same two" not in row] == []
    assert missing(TABLE) == []


def test_a_test_that_is_gone_is_missed() -> None:
    assert missing("`tests/flow/test_hands.py::test_of_nothing`") == ["test_of_nothing"]
