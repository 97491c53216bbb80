"""Canned replies of a desk: those that ship, as it has changed them, and its own."""

import sqlite3
from collections.abc import Mapping

from bot.domain.canned import Reply, Voice, folded
from storage.reference import canned as reference
from storage.statements import Statements

OWN = "o"
"""Begins the id of an own reply; its row's number follows. Ids of those that ship have no digits."""


class CannedTable:
    """The `canned` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def of(self, desk: str) -> tuple[Reply, ...]:
        """All replies of a desk: its own first, then those that ship; those that are off are marked."""
        rows = await self._tx.all(
            "SELECT id, name, title, kk, kk_adult, ru, ru_adult, off FROM canned WHERE desk = :desk ORDER BY id",
            desk=desk,
        )
        changed = {row["name"]: row for row in rows}
        shipped = tuple(_changed(reply, changed.get(reply.id)) for reply in reference.replies())
        ids = {reply.id for reply in shipped}
        return (*(_own(row) for row in rows if row["name"] not in ids and row["kk"] is not None), *shipped)

    async def get(self, desk: str, reply: str) -> Reply | None:
        """One of the desk's that is on."""
        return next((one for one in await self.of(desk) if one.id == reply and not one.off), None)

    async def save(self, desk: str, reply: Reply | None, title: str, texts: Mapping[Voice, str]) -> None:
        """A new own reply, or other texts in the place of `reply`; it is on then."""
        await self._tx.run(
            "INSERT INTO canned (desk, name, title, kk, kk_adult, ru, ru_adult)"
            " VALUES (:desk, :name, :title, :kk, :kk_adult, :ru, :ru_adult) ON CONFLICT (desk, name) DO UPDATE SET"
            " title = :title, kk = :kk, kk_adult = :kk_adult, ru = :ru, ru_adult = :ru_adult, off = 0",
            desk=desk, name=_name(reply, title), title=title, kk=texts["kk", False], kk_adult=texts["kk", True],
            ru=texts["ru", False], ru_adult=texts["ru", True],
        )  # fmt: skip

    async def switch(self, desk: str, reply: Reply, title: str, *, off: bool) -> None:
        """Off: it is offered no more and keeps its texts. Or on again."""
        await self._tx.run(
            "INSERT INTO canned (desk, name, title, off) VALUES (:desk, :name, :title, :off)"
            " ON CONFLICT (desk, name) DO UPDATE SET off = :off",
            desk=desk, name=_name(reply, title), title=title, off=int(off),
        )  # fmt: skip


def _name(reply: Reply | None, title: str) -> str:
    """Under which name its row is kept."""
    return reply.id if reply is not None and not reply.own else folded(title)


def _texts(row: sqlite3.Row) -> dict[Voice, str]:
    return {
        ("kk", False): row["kk"], ("kk", True): row["kk_adult"], ("ru", False): row["ru"], ("ru", True): row["ru_adult"]
    }  # fmt: skip


def _own(row: sqlite3.Row) -> Reply:
    titles = {"kk": row["title"], "ru": row["title"]}
    return Reply(f"{OWN}{row['id']}", titles, _texts(row), own=True, off=bool(row["off"]))  # type: ignore[arg-type]  # the keys are languages


def _changed(reply: Reply, row: sqlite3.Row | None) -> Reply:
    """A reply that ships, as the desk wants it."""
    if row is None:
        return reply
    texts = _texts(row) if row["kk"] is not None else reply.texts
    return Reply(reply.id, reply.titles, texts, reply.about, off=bool(row["off"]))
