"""Files that operators send to persons: what a desk has switched on, and what is on its way, sealed."""

import logging
import sqlite3

from bot.domain.media import Attached, Due, File, FileState
from bot.domain.messages import Incoming, Kind
from storage.media import BACK_OFF
from storage.sealing import CannotOpen
from storage.statements import Statements, case_key

log = logging.getLogger(__name__)


class EnclosureTable:
    """The `desk_file` and `enclosure` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def on(self, desk: str | None) -> frozenset[Kind]:
        """The kinds that go from this desk."""
        rows = await self._tx.all("SELECT kind FROM desk_file WHERE desk = :desk", desk=desk)
        return frozenset(Kind(row["kind"]) for row in rows)

    async def switch(self, desk: str, kind: Kind, *, on: bool) -> bool:
        """A kind goes from this desk from now on, or does not; whether that changed anything."""
        row = await self._tx.one(
            "INSERT INTO desk_file (desk, kind) VALUES (:desk, :kind) ON CONFLICT DO NOTHING RETURNING kind"
            if on
            else "DELETE FROM desk_file WHERE desk = :desk AND kind = :kind RETURNING kind",
            desk=desk, kind=kind,
        )  # fmt: skip
        return row is not None

    async def add(self, case: str, message: str, attached: Attached) -> None:
        """Keeps what Telegram calls a file that is this message of the case, until it is fetched."""
        source = await self._tx.seal_json(case_key(case), f"enclosure/{message}/source", vars(attached))
        await self._tx.run(
            "INSERT INTO enclosure (message, case_id, source, state, due_at)"
            " VALUES (:message, :case, :source, 'due', :now)",
            message=message, case=case, source=source, now=self._tx.now,
        )  # fmt: skip

    async def due(self, limit: int) -> list[Due]:
        """Files to be fetched, or whose time was set before the clock was set back; of red cases first, of a case one
        after the other, as long as none has failed."""
        rows = await self._tx.all(
            "SELECT e.message, e.case_id, e.source, e.tries, m.at, m.body FROM enclosure e"
            " JOIN message m ON m.id = e.message JOIN cases c ON c.id = e.case_id"
            " WHERE e.state = 'due' AND (e.due_at <= :now OR e.due_at > :longest)"
            " AND NOT EXISTS (SELECT 1 FROM enclosure b JOIN message n ON n.id = b.message"
            "   WHERE b.case_id = e.case_id AND n.seq < m.seq AND b.state = 'due' AND b.tries = 0)"
            " ORDER BY CASE c.urgency WHEN 'red' THEN 0 ELSE 1 END, e.due_at, m.seq LIMIT :limit",
            now=self._tx.now, longest=self._tx.now + 2 * BACK_OFF[-1], limit=limit,
        )  # fmt: skip
        return [await self._due(row) for row in rows]

    async def _due(self, row: sqlite3.Row) -> Due:
        """One that does not open is due all the same: it is lost, and that is said."""
        message, case = row["message"], row["case_id"]
        try:
            said = Incoming.of(await self._tx.unseal_json(case_key(case), f"message/{message}/body", row["body"]))
            found = await self._tx.unseal_json(case_key(case), f"enclosure/{message}/source", row["source"] or b"")
            attached: Attached | None = Attached(**{**found, "kind": said.kind})
        except (CannotOpen, ValueError, TypeError, KeyError) as broken:
            log.error("a file of an operator's does not open: %s", type(broken).__name__)
            attached = None
        kind = attached.kind if attached is not None else Kind.DOCUMENT
        file = File(message, case, 0, kind, row["at"], FileState.DUE, message)
        return Due(file, attached, row["tries"], to_person=True)

    async def later(self, due: Due, wait: int = 0) -> bool:
        """It is tried again, not before `wait` milliseconds; False when it has been tried often enough."""
        if due.tries >= len(BACK_OFF):
            return False
        await self._tx.run(
            "UPDATE enclosure SET tries = tries + 1, due_at = :due WHERE message = :message AND state = 'due'",
            due=self._tx.now + max(wait, BACK_OFF[due.tries]), message=due.file.id,
        )  # fmt: skip
        return True

    async def ready(self, file: File, body: bytes) -> bool:
        """It is here and clean; False when nobody waits for it any more."""
        row = await self._tx.one(
            "UPDATE enclosure SET state = 'ready', body = :body, source = NULL"
            " WHERE message = :message AND state = 'due' RETURNING message",
            body=await self._tx.seal(case_key(file.case), f"enclosure/{file.id}/body", body), message=file.id,
        )  # fmt: skip
        return row is not None

    async def open(self, message: str, case: str) -> bytes | None:
        """A clean file; None when there is none. Raises CannotOpen when it is damaged."""
        row = await self._tx.one(
            "SELECT body FROM enclosure WHERE message = :message AND case_id = :case AND state = 'ready'",
            message=message, case=case,
        )  # fmt: skip
        if row is None:
            return None
        return await self._tx.unseal(case_key(case), f"enclosure/{message}/body", row["body"] or b"")

    async def over(self, message: str) -> bool:
        """It is at the person's, or will never be: nothing of it is kept. Whether it was on its way."""
        row = await self._tx.one("DELETE FROM enclosure WHERE message = :message RETURNING message", message=message)
        return row is not None
