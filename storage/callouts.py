"""Calls outside Telegram about red cases that nobody takes: rows that wait until whoever listens there has one."""

import sqlite3
from dataclasses import dataclass

from bot.domain.desks import NATIONAL
from storage.statements import ON_RECORD, Statements, new_id

BACK_OFF = (2_000, 5_000, 10_000, 20_000, 30_000)
"""Milliseconds between two tries; the last one for ever, as long as the case waits."""


@dataclass(frozen=True)
class Callout:
    """One call: the case by its code, and its region or `national`; `waited` milliseconds from receipt to `created_at`.

    Nothing in it changes from try to try but `tries`, so that each repeat says the same, whatever becomes of the case.
    """

    id: str
    code: str
    region: str
    rung: str
    created_at: int
    waited: int
    tries: int


def _callout(row: sqlite3.Row) -> Callout:
    return Callout(row["id"], row["code"], row["region"], row["rung"], row["created_at"], row["waited"], row["tries"])


class CalloutTable:
    """The `callout` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, rung: str) -> None:
        """A call that is due at once, unless one for this rung of the case waits already."""
        await self._tx.run(
            "INSERT INTO callout (id, case_id, rung, created_at, due_at, region, waited)"
            " SELECT :id, c.id, :rung, :now, :now, COALESCE(c.region, c.desk, :national),"
            "  MAX(0, :now - COALESCE(l.since, c.red_at, c.opened_at))"
            "  FROM cases c LEFT JOIN ladder l ON l.case_id = c.id WHERE c.id = :case"
            " ON CONFLICT (case_id, rung) WHERE state = 'waiting' DO NOTHING",
            id=new_id(), case=case, rung=rung, now=self._tx.now, national=NATIONAL,
        )  # fmt: skip

    async def due(self, now: int, limit: int) -> list[Callout]:
        """Calls to be made, or whose time was set before the clock was set back; the longest due first. What waits for
        a case that is not red and waiting any more is dropped by this look."""
        await self._tx.run(
            "UPDATE callout SET state = 'dropped', done_at = :now WHERE state = 'waiting' AND NOT EXISTS"
            " (SELECT 1 FROM cases c WHERE c.id = callout.case_id AND c.status = 'waiting' AND c.urgency = 'red')",
            now=now,
        )
        rows = await self._tx.all(
            "SELECT o.id, c.code, o.region, o.rung, o.created_at, o.waited, o.tries"
            " FROM callout o JOIN cases c ON c.id = o.case_id"
            " WHERE o.state = 'waiting' AND (o.due_at <= :now OR o.due_at > :longest)"
            " ORDER BY o.due_at, o.created_at LIMIT :limit",
            now=now, longest=now + BACK_OFF[-1], limit=limit,
        )  # fmt: skip
        return [_callout(row) for row in rows]

    async def done(self, callout: Callout) -> None:
        """It has arrived; also when its case was taken while it was on its way."""
        await self._tx.run(
            "UPDATE callout SET state = 'done', done_at = :now WHERE id = :id", now=self._tx.now, id=callout.id
        )

    async def later(self, callout: Callout) -> None:
        """It has not arrived, and is tried again."""
        pause = BACK_OFF[min(callout.tries, len(BACK_OFF) - 1)]
        await self._tx.run(
            "UPDATE callout SET tries = tries + 1, due_at = :due WHERE id = :id AND state = 'waiting'",
            due=self._tx.now + pause, id=callout.id,
        )  # fmt: skip

    async def drop_case(self, case: str) -> None:
        """Nobody needs to be called about this case any more."""
        await self._tx.run(
            "UPDATE callout SET state = 'dropped', done_at = :now WHERE case_id = :case AND state = 'waiting'",
            now=self._tx.now, case=case,
        )  # fmt: skip

    async def sweep(self, now: int) -> None:
        """Drops what has been over for 30 days."""
        await self._tx.run(
            "DELETE FROM callout WHERE state <> 'waiting' AND done_at <= :before", before=now - ON_RECORD
        )
