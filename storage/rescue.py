"""Places and numbers that a person has sent to be rescued, sealed under the case's key; and when she was asked."""

import logging
import sqlite3

from bot.domain.rescue import KEEP_UNGIVEN, Number, Place, PlaceKind, PlaceState, Point, Shared
from storage.statements import Statements, case_key, new_id

log = logging.getLogger(__name__)

COLUMNS = "id, case_id, kind, at, state"


def _place(row: sqlite3.Row) -> Place:
    return Place(row["id"], row["case_id"], PlaceKind(row["kind"]), row["at"], PlaceState(row["state"]))


class PlaceTable:
    """The `place` and `where_asked` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def ask(self, case: str, shared: Shared) -> Place:
        """Keeps what she has sent until she answers; of each kind only the newest is asked about."""
        kind = PlaceKind.of(shared)
        await self._tx.run(
            "UPDATE place SET state = 'dropped', body = NULL, at = :now"
            " WHERE case_id = :case AND kind = :kind AND state = 'asked'",
            case=case, kind=kind, now=self._tx.now,
        )  # fmt: skip
        name = new_id()
        body = await self._tx.seal_json(case_key(case), f"place/{name}/body", vars(shared))
        await self._tx.run(
            "INSERT INTO place (id, case_id, kind, body, at, state) VALUES (:id, :case, :kind, :body, :now, 'asked')",
            id=name, case=case, kind=kind, body=body, now=self._tx.now,
        )  # fmt: skip
        return Place(name, case, kind, self._tx.now, PlaceState.ASKED)

    async def answer(self, place: str, case: str, *, yes: bool) -> Place | None:
        """What she says of it, once; None when there is nothing to answer for. What she refuses is erased."""
        row = await self._tx.one(
            "UPDATE place SET state = :state, at = :now, body = CASE WHEN :yes = 1 THEN body END"
            f" WHERE id = :id AND case_id = :case AND state = 'asked' RETURNING {COLUMNS}",
            state=PlaceState.GIVEN if yes else PlaceState.REFUSED, yes=int(yes), now=self._tx.now, id=place, case=case,
        )  # fmt: skip
        return _place(row) if row else None

    async def given(self, case: str) -> list[Place]:
        """What she has given, in order, without opening it; a damaged row hides none of the others."""
        found = []
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM place WHERE case_id = :case AND state = 'given' ORDER BY at, id", case=case
        )
        for row in rows:
            try:
                found.append(_place(row))
            except ValueError:
                log.error("a place cannot be read: its row is damaged")
        return found

    async def open(self, place: str, case: str) -> tuple[Place, Shared] | None:
        """What was given, opened; None unless she has given it. Raises CannotOpen when it is damaged."""
        row = await self._tx.one(
            f"SELECT {COLUMNS}, body FROM place WHERE id = :id AND case_id = :case AND state = 'given'",
            id=place, case=case,
        )  # fmt: skip
        if row is None:
            return None
        found = _place(row)
        body = await self._tx.unseal_json(case_key(case), f"place/{place}/body", row["body"] or b"")
        return found, Point(**body) if found.kind is PlaceKind.POINT else Number(**body)

    async def drop_ungiven(self, now: int) -> bool:
        """Erases what was not given in talks that ended a day ago; also when the end lies ahead of a clock set back.
        Whether there was any."""
        rows = await self._tx.all(
            "UPDATE place SET state = 'dropped', body = NULL, at = :now WHERE state <> 'given' AND body IS NOT NULL"
            " AND EXISTS (SELECT 1 FROM cases c WHERE c.id = place.case_id AND c.status = 'closed'"
            "  AND (c.closed_at <= :before OR c.closed_at > :longest)) RETURNING id",
            now=now, before=now - KEEP_UNGIVEN, longest=now + KEEP_UNGIVEN,
        )  # fmt: skip
        return bool(rows)

    async def erase(self, case: str) -> None:
        await self._tx.run("DELETE FROM place WHERE case_id = :case", case=case)
        await self._tx.run("DELETE FROM where_asked WHERE case_id = :case", case=case)

    async def bot_asks(self, case: str) -> bool:
        """Whether nobody has asked her yet where she is; from now on the bot has."""
        row = await self._tx.one(
            "INSERT INTO where_asked (case_id, by_bot_at) VALUES (:case, :now)"
            " ON CONFLICT (case_id) DO NOTHING RETURNING case_id",
            case=case, now=self._tx.now,
        )  # fmt: skip
        return row is not None

    async def operator_asks(self, case: str) -> bool:
        """Whether no operator has asked her yet, whatever the bot has done; from now on one has."""
        row = await self._tx.one(
            "INSERT INTO where_asked (case_id, by_operator_at) VALUES (:case, :now)"
            " ON CONFLICT (case_id) DO UPDATE SET by_operator_at = :now, keyboard = 1"
            " WHERE where_asked.by_operator_at IS NULL RETURNING case_id",
            case=case, now=self._tx.now,
        )  # fmt: skip
        return row is not None

    async def keyboard_back(self, case: str) -> bool:
        """Whether she still sees the keyboard with the location button; from now on she does not."""
        row = await self._tx.one(
            "UPDATE where_asked SET keyboard = 0 WHERE case_id = :case AND keyboard = 1 RETURNING case_id", case=case
        )
        return row is not None
