"""Persons: a keyed row, a sealed address, what they told by taps, and their consents."""

import sqlite3
from collections.abc import Collection
from dataclasses import replace

from bot.domain.people import Language, Person, Writer
from storage.statements import ADDRESS, Statements, listed, new_id

COLUMNS = """p.key, p.language, p.writer, p.region, p.blocked_at,
  EXISTS (SELECT 1 FROM consent c WHERE c.person = p.key) AS understood"""


def _person(row: sqlite3.Row) -> Person:
    return Person(
        key=row["key"],
        language=row["language"],
        writer=Writer(row["writer"]) if row["writer"] else None,
        region=row["region"],
        understood=bool(row["understood"]),
        blocked=row["blocked_at"] is not None,
    )


class PersonTable:
    """The `person` and `consent` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx
        self._ahead: dict[str, Person | None] = {}
        """Read ahead, by key; whatever is written here forgets them."""

    async def read_ahead(self, keys: Collection[str]) -> None:
        """All of them at once: each message asks for its person."""
        them, values = listed("k", keys)
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM person p WHERE p.key IN ({them})", **values)
        self._ahead = dict.fromkeys(keys)
        for row in rows:
            try:
                self._ahead[row["key"]] = _person(row)
            except ValueError:  # a damaged row is her trouble alone
                del self._ahead[row["key"]]

    async def get(self, key: str) -> Person | None:
        if key in self._ahead:
            return self._ahead[key]
        row = await self._tx.one(f"SELECT {COLUMNS} FROM person p WHERE p.key = :key", key=key)
        return _person(row) if row else None

    async def meet(self, telegram_id: int, *, stays: bool = True) -> Person:
        """The person with this Telegram id; a row is made at the first contact. She is reachable: she just wrote."""
        key = await self._tx.lookup(telegram_id)
        if stays:  # she has come back after /forget
            await self._tx.run(
                "UPDATE person SET leaving_at = NULL WHERE key = :key AND leaving_at IS NOT NULL", key=key
            )
        known = await self.get(key)
        if known is None or known.blocked:
            self._ahead.pop(key, None)
            address = await self._tx.seal(ADDRESS, f"person/{key}/address", str(telegram_id).encode())
            await self._tx.run(
                "INSERT INTO person (key, address, created_at) VALUES (:key, :address, :now)"
                " ON CONFLICT (key) DO UPDATE SET blocked_at = NULL",
                key=key, address=address, now=self._tx.now,
            )  # fmt: skip
        return replace(known, blocked=False) if known else Person(key)

    async def address(self, key: str) -> int | None:
        """The Telegram id, for the sender alone; None when she was erased."""
        row = await self._tx.one("SELECT address FROM person WHERE key = :key", key=key)
        return int(await self._tx.unseal(ADDRESS, f"person/{key}/address", row["address"])) if row else None

    async def set_language(self, key: str, language: Language) -> None:
        self._ahead.pop(key, None)
        await self._tx.run("UPDATE person SET language = :language WHERE key = :key", key=key, language=language)

    async def set_writer(self, key: str, writer: Writer) -> None:
        self._ahead.pop(key, None)
        await self._tx.run("UPDATE person SET writer = :writer WHERE key = :key", key=key, writer=writer)

    async def set_region(self, key: str, region: str) -> None:
        self._ahead.pop(key, None)
        await self._tx.run("UPDATE person SET region = :region WHERE key = :key", key=key, region=region)

    async def set_blocked(self, key: str, blocked: bool) -> None:
        self._ahead.pop(key, None)
        at = self._tx.now if blocked else None
        await self._tx.run("UPDATE person SET blocked_at = :at WHERE key = :key", key=key, at=at)

    async def record_consent(self, key: str, *, version: str, language: Language, digest: str) -> None:
        """Consent in a form that can be proven: which text (version, digest), in which language, when."""
        self._ahead.pop(key, None)
        await self._tx.run(
            "INSERT INTO consent (id, person, version, language, digest, given_at)"
            " VALUES (:id, :person, :version, :language, :digest, :now)",
            id=new_id(), person=key, version=version, language=language, digest=digest, now=self._tx.now,
        )  # fmt: skip

    async def start_leaving(self, key: str) -> None:
        """Erases all but what the last message to her still needs: address, language and tone."""
        self._ahead.pop(key, None)
        await self._tx.run("DELETE FROM consent WHERE person = :key", key=key)
        await self._tx.run(
            "UPDATE person SET region = NULL, blocked_at = NULL, leaving_at = :now WHERE key = :key",
            key=key, now=self._tx.now,
        )  # fmt: skip

    async def drop_if_leaving(self, key: str) -> None:
        """The last message is out: the row and the address go, unless she has written again."""
        self._ahead.pop(key, None)
        await self._tx.run("DELETE FROM person WHERE key = :key AND leaving_at IS NOT NULL", key=key)

    async def drop_left(self, before: int) -> int:
        """Rows of people who left before this time and could not be told; returns how many."""
        self._ahead.clear()
        rows = await self._tx.all(
            "DELETE FROM person WHERE leaving_at < :before OR leaving_at > :now RETURNING key",
            before=before, now=self._tx.now,
        )  # fmt: skip
        return len(rows)
