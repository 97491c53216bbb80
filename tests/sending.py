"""Which texts were on their way when a process was killed, read from the file that it left."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from storage.sealing import KeyRing, unseal

TEXT = re.compile(r"(?:она|ей)-\d\d-\d{3}")
Name = tuple[str, ...]
"""The texts of `tests.torture` in one message; each of them is said once."""


def name_of(text: str) -> Name:
    return tuple(TEXT.findall(text))


def on_their_way(database: Path, ring: KeyRing) -> set[Name]:
    """Of every outbox row that was marked as on its way. The file is only read."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as file:
        rows = file.execute("SELECT id, sealed_by, params FROM outbox WHERE state = 'sending'").fetchall()
        return {name_of(_text(file, ring, *row)) for row in rows}


def _text(file: sqlite3.Connection, ring: KeyRing, row: str, key: str, params: bytes) -> str:
    """What the row says; the words stand in the messages that the row names."""
    said = _opened(file, ring, key, f"outbox/{row}/params", params)
    named = said.get("messages", [said.get("message")])
    found = [row for one in named for row in file.execute(
        "SELECT id, 'case:' || case_id, body FROM message WHERE id = ?", [one])]  # fmt: skip
    bodies = [_opened(file, ring, key, f"message/{message}/body", body) for message, key, body in found]
    return json.dumps([said, *bodies], ensure_ascii=False)


def _opened(file: sqlite3.Connection, ring: KeyRing, key: str, place: str, sealed: bytes) -> dict[str, Any]:
    wrapped = file.execute("SELECT id, ring_id, wrapped FROM data_key WHERE id = ?", [key]).fetchone()
    opened: dict[str, Any] = json.loads(unseal(ring.unwrap(*wrapped), place, sealed))
    return opened
