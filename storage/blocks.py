"""Who is blocked, for how long and why."""

import sqlite3

from bot.domain.blocks import DURATIONS, HOUR, Block, Why
from storage.statements import ON_RECORD, Statements, new_id

COLUMNS = "person, code, desk, why, operator, since, until, asked, case_at"


def _block(row: sqlite3.Row) -> Block:
    return Block(**{**dict(row), "why": Why(row["why"])})


class BlockTable:
    """The `block` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def standing(self, person: str) -> Block | None:
        """The block of this person that counts now."""
        row = await self._tx.one(f"SELECT {COLUMNS} FROM block WHERE person = :person", person=person)
        block = _block(row) if row else None
        return block if block is not None and block.stands(self._tx.now) else None

    async def of_case(self, code: str) -> Block | None:
        """The block that followed from this case, while it counts."""
        row = await self._tx.one(f"SELECT {COLUMNS} FROM block WHERE code = :code", code=code)
        block = _block(row) if row else None
        return block if block is not None and block.stands(self._tx.now) else None

    async def begin(self, block: Block) -> None:
        """In the place of an earlier one. When something urgent was let through last is kept."""
        await self._tx.run(
            "INSERT INTO block (person, code, desk, why, operator, since, until, asked)"
            " VALUES (:person, :code, :desk, :why, :operator, :since, :until, :asked) ON CONFLICT (person) DO UPDATE"
            " SET code = :code, desk = :desk, why = :why, operator = :operator, since = :since, until = :until,"
            " asked = :asked",
            person=block.person, code=block.code, desk=block.desk, why=block.why, operator=block.operator,
            since=block.since, until=block.until, asked=block.asked,
        )  # fmt: skip

    async def agree(self, code: str, second: str) -> Block | None:
        """Somebody else than who proposed it agrees, once: it lasts as long as was asked."""
        row = await self._tx.one(
            f"UPDATE block SET until = since + asked * {HOUR}, asked = NULL WHERE code = :code AND asked IS NOT NULL"
            f" AND operator IS NOT :second AND until > :now RETURNING {COLUMNS}",
            code=code, second=second, now=self._tx.now,
        )  # fmt: skip
        return _block(row) if row else None

    async def lift(self, code: str) -> Block | None:
        row = await self._tx.one(f"DELETE FROM block WHERE code = :code RETURNING {COLUMNS}", code=code)
        return _block(row) if row else None

    async def erased(self, code: str) -> None:
        """The case that a block followed from is erased, and nothing may lead from it to the person: what is over goes;
        of one that counts nothing stays but that she is blocked, until when and why."""
        await self._tx.run(
            "DELETE FROM block WHERE code = :code AND NOT (until > :now AND until <= :longest)",
            code=code, now=self._tx.now, longest=self._tx.now + DURATIONS[-1] * HOUR,
        )  # fmt: skip
        await self._tx.run(
            "UPDATE block SET code = :nothing, desk = '', operator = NULL, since = until, asked = NULL"
            " WHERE code = :code",
            code=code, nothing=new_id(),
        )  # fmt: skip

    async def sweep(self, now: int) -> None:
        """Drops what has been over for 30 days, and what never counted because the clock was ahead when it was set."""
        await self._tx.run(
            "DELETE FROM block WHERE until <= :before OR until > :longest",
            before=now - ON_RECORD, longest=now + DURATIONS[-1] * HOUR,
        )  # fmt: skip

    async def made_case(self, person: str) -> None:
        """Something urgent of hers makes a case now."""
        await self._tx.run("UPDATE block SET case_at = :now WHERE person = :person", now=self._tx.now, person=person)
