"""Operators and administrators: a keyed row, an alias, a sealed address."""

import contextlib
import sqlite3
from collections.abc import Collection

from bot.domain.desks import Operator
from bot.domain.people import Language
from storage.reference import aliases
from storage.sealing import CannotOpen
from storage.statements import ADDRESS, Statements, listed

COLUMNS = "key, alias, administrator, language, coordinator"


def _operator(row: sqlite3.Row) -> Operator:
    return Operator(
        row["key"], row["alias"], bool(row["administrator"]), row["language"], bool(row["coordinator"])
    )  # fmt: skip


class OperatorTable:
    """The `operator` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def get(self, key: str) -> Operator | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM operator WHERE key = :key", key=key)
        return _operator(row) if row else None

    async def with_alias(self, alias: str) -> Operator | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM operator WHERE alias = :alias", alias=alias)
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

    async def make_coordinator(self, key: str) -> None:
        await self._tx.run("UPDATE operator SET coordinator = 1 WHERE key = :key", key=key)

    async def coordinators(self) -> list[Operator]:
        """Those who can be written to: one who has blocked the bot stands in nobody's place."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM operator WHERE coordinator = 1"
            " AND NOT EXISTS (SELECT 1 FROM person p WHERE p.key = operator.key AND p.blocked_at IS NOT NULL)"
        )
        return [_operator(row) for row in rows]

    async def set_language(self, key: str, language: Language) -> None:
        await self._tx.run("UPDATE operator SET language = :language WHERE key = :key", key=key, language=language)

    async def sit(self, key: str, desk: str) -> None:
        """She has done something at this desk; remembered to the hour."""
        await self._tx.run(
            "INSERT INTO seat (operator, desk, seen_at) VALUES (:key, :desk, :now) ON CONFLICT (operator, desk)"
            " DO UPDATE SET seen_at = :now WHERE seat.seen_at <= :now - 3600000 OR seat.seen_at > :now",
            key=key, desk=desk, now=self._tx.now,
        )  # fmt: skip

    async def supervise(self, key: str, desk: str, *, supervisor: bool) -> None:
        """Whether she is an administrator of the desk's group, as Telegram last said."""
        await self._tx.run(
            "INSERT INTO seat (operator, desk, seen_at, supervisor) VALUES (:key, :desk, :now, :supervisor)"
            " ON CONFLICT (operator, desk) DO UPDATE SET supervisor = :supervisor",
            key=key, desk=desk, now=self._tx.now, supervisor=int(supervisor),
        )  # fmt: skip

    async def supervisors(self, desk: str) -> list[str]:
        """Keys of the desk's supervisors who have a private chat with the bot."""
        rows = await self._tx.all(
            "SELECT s.operator FROM seat s JOIN person p ON p.key = s.operator"
            " WHERE s.desk = :desk AND s.supervisor = 1 AND p.blocked_at IS NULL ORDER BY s.seen_at DESC",
            desk=desk,
        )  # fmt: skip
        return [row["operator"] for row in rows]

    async def no_supervisors_but(self, desk: str, keys: Collection[str]) -> None:
        """Nobody else is an administrator of the desk's group, as Telegram has just said."""
        named, values = listed("k", keys)
        await self._tx.run(
            f"UPDATE seat SET supervisor = 0 WHERE desk = :desk AND supervisor = 1 AND operator NOT IN ({named})",
            desk=desk, **values,
        )  # fmt: skip

    async def seated(self, desk: str) -> list[Operator]:
        """Everybody who has done something at this desk and has not left it."""
        named = COLUMNS.replace("key", "o.key").replace(", ", ", o.")
        rows = await self._tx.all(
            f"SELECT {named} FROM seat s JOIN operator o ON o.key = s.operator WHERE s.desk = :desk ORDER BY o.alias",
            desk=desk,
        )
        return [_operator(row) for row in rows]

    async def sits_anywhere(self, key: str) -> bool:
        """Whether this operator has a seat at any desk."""
        row = await self._tx.one("SELECT 1 FROM seat WHERE operator = :operator LIMIT 1", operator=key)
        return row is not None

    async def sits(self, key: str, desk: str) -> bool:
        row = await self._tx.one("SELECT 1 FROM seat WHERE operator = :key AND desk = :desk", key=key, desk=desk)
        return row is not None

    async def leave(self, key: str, desk: str) -> None:
        """She is no member of the desk's group any more."""
        await self._tx.run("DELETE FROM seat WHERE operator = :key AND desk = :desk", key=key, desk=desk)

    async def reachable(self, desk: str, limit: int) -> list[str]:
        """Keys of the desk's operators who have a private chat with the bot: who is on shift first, then by when they
        were seen last."""
        rows = await self._tx.all(
            "SELECT s.operator FROM seat s JOIN person p ON p.key = s.operator"
            " LEFT JOIN shift h ON h.operator = s.operator AND h.desk = s.desk"
            " WHERE s.desk = :desk AND p.blocked_at IS NULL"
            " ORDER BY h.operator IS NULL, s.seen_at DESC LIMIT :limit",
            desk=desk, limit=limit,
        )  # fmt: skip
        return [row["operator"] for row in rows]

    async def was_there(self, key: str, desk: str, since: int) -> bool:
        """Whether she is an operator of the desk who is on shift or has done something there since then."""
        row = await self._tx.one(
            "SELECT 1 FROM seat s WHERE s.operator = :key AND s.desk = :desk AND (s.seen_at >= :since"
            " OR EXISTS (SELECT 1 FROM shift h WHERE h.operator = s.operator AND h.desk = s.desk))",
            key=key, desk=desk, since=since,
        )  # fmt: skip
        return row is not None

    async def administrators(self) -> list[Operator]:
        return [_operator(row) for row in await self._tx.all(f"SELECT {COLUMNS} FROM operator WHERE administrator = 1")]

    async def administrators_addresses(self) -> dict[int, Language]:
        """Telegram ids and languages, for the lifeline's memory alone."""
        found = {}
        for administrator in await self.administrators():
            with contextlib.suppress(CannotOpen):
                address = await self.address(administrator.key)
                if address is not None:
                    found[address] = administrator.language
        return found

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
