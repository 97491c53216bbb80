"""Operators and administrators: a keyed row, an alias, a sealed address."""

import sqlite3

from bot.domain.desks import Operator
from bot.domain.people import Language
from storage.reference import aliases
from storage.statements import ADDRESS, Statements

COLUMNS = "key, alias, administrator, language"


def _operator(row: sqlite3.Row) -> Operator:
    return Operator(row["key"], row["alias"], bool(row["administrator"]), row["language"])


class OperatorTable:
    """The `operator` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def get(self, key: str) -> Operator | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM operator WHERE key = :key", key=key)
        return _operator(row) if row else None

    async def meet(self, telegram_id: int, language: Language) -> Operator:
        """The operator with this Telegram id; the first meeting gives her the next free alias."""
        key = await self._tx.lookup(telegram_id)
        known = await self.get(key)
        if known:
            return known
        address = await self._tx.seal(ADDRESS, f"operator/{key}/address", str(telegram_id).encode())
        await self._tx.run(
            "INSERT INTO operator (key, alias, address, language, created_at)"
            " VALUES (:key, :alias, :address, :language, :now)",
            key=key, alias=await self._free_alias(), address=address, language=language, now=self._tx.now,
        )  # fmt: skip
        return Operator(key, (await self._alias(key)), False, language)

    async def make_administrator(self, key: str) -> None:
        await self._tx.run("UPDATE operator SET administrator = 1 WHERE key = :key", key=key)

    async def set_language(self, key: str, language: Language) -> None:
        await self._tx.run("UPDATE operator SET language = :language WHERE key = :key", key=key, language=language)

    async def administrators(self) -> list[Operator]:
        return [_operator(row) for row in await self._tx.all(f"SELECT {COLUMNS} FROM operator WHERE administrator = 1")]

    async def address(self, key: str) -> int | None:
        """The Telegram id, for the sender alone."""
        row = await self._tx.one("SELECT address FROM operator WHERE key = :key", key=key)
        return int(await self._tx.unseal(ADDRESS, f"operator/{key}/address", row["address"])) if row else None

    async def _alias(self, key: str) -> str:
        row = await self._tx.one("SELECT alias FROM operator WHERE key = :key", key=key)
        return str(row["alias"]) if row else ""

    async def _free_alias(self) -> str:
        """The next alias that nobody has: the list, then the list again with a number."""
        used = {row["alias"] for row in await self._tx.all("SELECT alias FROM operator")}
        turn = 1
        while True:
            for alias in aliases():
                name = alias.id if turn == 1 else f"{alias.id} {turn}"
                if name not in used:
                    return name
            turn += 1
