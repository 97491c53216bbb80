"""Practice cases. No other table knows of them, but for the topic of each among the desk's."""

import sqlite3
from collections.abc import Collection

from bot.domain.people import Language
from bot.domain.practice import KEPT, Practice
from storage.statements import Statements

NAMES = (
    "id", "desk", "story", "language", "begun_at", "touched_at", "operator", "claimed_at", "answered_at", "turn",
    "turn_at", "heard", "paused", "card_message_id", "card_chat", "over_at",
)  # fmt: skip
COLUMNS = ", ".join(NAMES)
JOINED = ", ".join(f"p.{name}" for name in NAMES)


def _practice(row: sqlite3.Row) -> Practice:
    return Practice(**{**dict(row), "heard": frozenset(row["heard"].split()), "paused": bool(row["paused"])})


class PracticeTable:
    """The `practice` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def begin(self, desk: str, story: str, language: Language) -> Practice | None:
        """A new one; None when the desk has one already."""
        row = await self._tx.one(
            "INSERT INTO practice (desk, story, language, begun_at, touched_at)"
            " VALUES (:desk, :story, :language, :now, :now)"
            f" ON CONFLICT (desk) WHERE over_at IS NULL DO NOTHING RETURNING {COLUMNS}",
            desk=desk, story=story, language=language, now=self._tx.now,
        )  # fmt: skip
        return _practice(row) if row else None

    async def get(self, desk: str, number: int) -> Practice | None:
        row = await self._tx.one(
            f"SELECT {COLUMNS} FROM practice WHERE desk = :desk AND id = :id", desk=desk, id=number
        )
        return _practice(row) if row else None

    async def of_topic(self, desk: str, thread_id: int) -> Practice | None:
        """The one whose topic this is."""
        row = await self._tx.one(
            f"SELECT {JOINED} FROM practice p JOIN desk_topic t ON t.desk = p.desk AND t.name = 'practice:' || p.id"
            " WHERE t.desk = :desk AND t.thread_id = :thread",
            desk=desk, thread=thread_id,
        )  # fmt: skip
        return _practice(row) if row else None

    async def open(self) -> list[Practice]:
        """All that are going on."""
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM practice WHERE over_at IS NULL ORDER BY id")
        return [_practice(row) for row in rows]

    async def take(self, number: int, operator: str) -> Practice | None:
        """One winner, by one conditional update."""
        row = await self._tx.one(
            "UPDATE practice SET operator = :operator, claimed_at = :now, touched_at = :now"
            f" WHERE id = :id AND operator IS NULL AND claimed_at IS NULL AND over_at IS NULL RETURNING {COLUMNS}",
            id=number, operator=operator, now=self._tx.now,
        )  # fmt: skip
        return _practice(row) if row else None

    async def answered(self, practice: Practice, heard: Collection[str], turn_at: int) -> None:
        """The operator has written: which rules she has met by now, and when the script answers."""
        await self._tx.run(
            "UPDATE practice SET answered_at = COALESCE(answered_at, :now), touched_at = :now, heard = :heard,"
            " turn_at = COALESCE(turn_at, :turn) WHERE id = :id",
            id=practice.id, now=self._tx.now, heard=" ".join(sorted(heard)), turn=turn_at,
        )  # fmt: skip

    async def spoke(self, number: int, turn: int) -> None:
        """The script has said this turn."""
        await self._tx.run("UPDATE practice SET turn = :turn, turn_at = NULL WHERE id = :id", id=number, turn=turn)

    async def pause(self, number: int, *, paused: bool) -> None:
        await self._tx.run(
            "UPDATE practice SET paused = :paused, touched_at = :now WHERE id = :id",
            id=number, paused=int(paused), now=self._tx.now,
        )  # fmt: skip

    async def set_card(self, number: int, message_id: int) -> None:
        """Where its card is: in the desk's group of now."""
        await self._tx.run(
            "UPDATE practice SET card_message_id = :card,"
            " card_chat = (SELECT chat_id FROM desk WHERE desk.id = practice.desk) WHERE id = :id",
            id=number, card=message_id,
        )  # fmt: skip

    async def end(self, number: int) -> bool:
        """Whether it was still going on."""
        row = await self._tx.one(
            "UPDATE practice SET over_at = :now, turn_at = NULL WHERE id = :id AND over_at IS NULL RETURNING id",
            id=number, now=self._tx.now,
        )  # fmt: skip
        return row is not None

    async def forget(self, now: int) -> list[Practice]:
        """Those that ended a day ago; they are gone by this call."""
        rows = await self._tx.all(
            f"DELETE FROM practice WHERE over_at <= :before OR over_at > :now RETURNING {COLUMNS}",
            before=now - KEPT, now=now,
        )  # fmt: skip
        return [_practice(row) for row in rows]
