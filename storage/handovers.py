"""Cases that are offered to somebody else and not accepted yet."""

import sqlite3

from bot.domain.handover import CONSENT_WITHIN, Handover
from storage.statements import Statements

COLUMNS = "case_id, giver, heir, desk, summary, asks, due_at, message_id"


def _handover(row: sqlite3.Row) -> Handover:
    values = dict(row)
    return Handover(values.pop("case_id"), asks=bool(values.pop("asks")), **values)


class HandoverTable:
    """The `handover` table: at most one offer of a case."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def of(self, case: str) -> Handover | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM handover WHERE case_id = :case", case=case)
        return _handover(row) if row else None

    async def save(self, offer: Handover) -> None:
        """In the place of whatever was offered of this case before."""
        await self._tx.run(
            f"INSERT INTO handover ({COLUMNS}) VALUES (:case, :giver, :heir, :desk, :summary, :asks, :due, :message)"
            " ON CONFLICT (case_id) DO UPDATE SET giver = :giver, heir = :heir, desk = :desk, summary = :summary,"
            " asks = :asks, due_at = :due, message_id = :message",
            case=offer.case, giver=offer.giver, heir=offer.heir, desk=offer.desk, summary=offer.summary,
            asks=int(offer.asks), due=offer.due_at, message=offer.message_id,
        )  # fmt: skip

    async def shown(self, case: str, message_id: int) -> None:
        """The offer is out."""
        await self._tx.run(
            "UPDATE handover SET message_id = :message WHERE case_id = :case", case=case, message=message_id
        )

    async def lose_messages(self, desk: str) -> None:
        """The desk's group is another one: numbers of messages there would be those of others."""
        await self._tx.run("UPDATE handover SET message_id = NULL WHERE desk = :desk", desk=desk)

    async def drop(self, case: str) -> None:
        await self._tx.run("DELETE FROM handover WHERE case_id = :case", case=case)

    async def due(self, now: int) -> list[Handover]:
        """Offers that nobody has accepted in time, or whose time was set before the clock was set back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM handover WHERE due_at <= :now OR due_at > :longest ORDER BY due_at",
            now=now, longest=now + 2 * CONSENT_WITHIN,
        )  # fmt: skip
        return [_handover(row) for row in rows]
