"""Which texts were on their way when a process was killed, read from the file that it left."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.sealing import KeyRing, unseal

TEXT = re.compile(r"(?:она|ей)-\d\d-\d{3}")
Name = tuple[str, ...]
"""The texts of `tests.torture` in one message; each of them is said once."""


def name_of(text: str) -> Name:
    return tuple(TEXT.findall(text))


def on_their_way(database: Path, ring: KeyRing) -> set[Name]:
    """Of every outbox row that was marked as on its way. The file is only read."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT o.id, o.params, k.id, k.ring_id, k.wrapped FROM outbox o JOIN data_key k ON k.id = o.sealed_by"
            " WHERE o.state = 'sending'"
        ).fetchall()
    return {
        name_of(json.dumps(json.loads(unseal(ring.unwrap(*key), f"outbox/{row}/params", params)), ensure_ascii=False))
        for row, params, *key in rows
    }
