"""Photos and voices of cases, sealed under the case's key: what is to be fetched, and what may be shown."""

import logging
import sqlite3

from bot.domain.desks import NATIONAL
from bot.domain.media import Attached, Consent, Due, File, FileState
from bot.domain.messages import Kind
from storage.sealing import CannotOpen
from storage.statements import Statements, case_key, new_id

log = logging.getLogger(__name__)

BACK_OFF = (2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 900_000)
"""Milliseconds between two tries to fetch a file, about 50 minutes together; then it is lost."""

KEEP_UNGIVEN = 24 * 3_600_000
"""Milliseconds after the end of a talk that a voice waits for her yes."""

COLUMNS = "id, case_id, number, kind, at, state, message"

TOLD = (
    "COALESCE((SELECT m.seq FROM message m WHERE m.id = media.message), 0)"
    f" >= COALESCE((SELECT told_from FROM cases WHERE id = :case AND desk <> '{NATIONAL}'), 0)"
)
"""What the desk that has the case may see, as of words (`storage.messages.TOLD`)."""

LABELLED = (
    "(NOT EXISTS (SELECT 1 FROM outbox o WHERE o.lane = 'case:' || :case AND o.kind = 'flood'"
    "  AND o.state IN ('waiting', 'sending'))"
    " OR EXISTS (SELECT 1 FROM message l JOIN message n ON n.case_id = l.case_id AND n.direction = 'in'"
    "  AND n.seq >= l.seq JOIN shown s ON s.message = n.id AND s.place = :place WHERE l.id = media.message))"
)
"""Not what came with a message that is still gathered with others of hers: that one stands there, or a later one."""


def _file(row: sqlite3.Row) -> File:
    kind, state = Kind(row["kind"]), FileState(row["state"])
    return File(row["id"], row["case_id"], row["number"], kind, row["at"], state, row["message"] or "")


class MediaTable:
    """The `media` and `media_told` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, attached: Attached, state: FileState) -> File:
        """Keeps what Telegram calls a file, until it is fetched."""
        name = new_id()
        source = await self._tx.seal_json(case_key(case), f"media/{name}/source", vars(attached))
        row = await self._tx.one(
            "INSERT INTO media (id, case_id, number, kind, same, album, source, at, state, due_at)"
            " SELECT :id, :case, COALESCE(MAX(number), 0) + 1, :kind, :same, :album, :source, :now, :state, :now"
            f" FROM media WHERE case_id = :case RETURNING {COLUMNS}",
            id=name, case=case, kind=attached.kind, source=source, now=self._tx.now, state=state,
            same=await self._tx.digest(attached.unique),
            album=await self._tx.digest(attached.album) if attached.album else None,
        )  # fmt: skip
        assert row is not None, "an insert answers with its row"
        return _file(row)

    async def belongs(self, case: str, number: int, message: str) -> None:
        """It came with this message."""
        await self._tx.run(
            "UPDATE media SET message = :message WHERE case_id = :case AND number = :number",
            message=message, case=case, number=number,
        )  # fmt: skip

    async def take_back(self, message: str) -> None:
        """She has taken back the message that it came with: it is erased, and nobody is told that it is lost."""
        await self._tx.run(
            "UPDATE media SET state = 'refused', source = NULL, body = NULL WHERE message = :message", message=message
        )

    async def count(self, case: str) -> int:
        row = await self._tx.one("SELECT COUNT(*) AS many FROM media WHERE case_id = :case", case=case)
        return int(row["many"]) if row else 0

    async def has(self, case: str, attached: Attached) -> bool:
        """Whether this very file is in the case."""
        row = await self._tx.one(
            "SELECT 1 FROM media WHERE case_id = :case AND same = :same LIMIT 1",
            case=case, same=await self._tx.digest(attached.unique),
        )  # fmt: skip
        return row is not None

    async def follows(self, file: File) -> bool:
        """Whether the file before it came in the same album."""
        row = await self._tx.one(
            "SELECT 1 FROM media a JOIN media b ON b.case_id = a.case_id AND b.number = a.number - 1"
            " AND b.album = a.album WHERE a.id = :id",
            id=file.id,
        )  # fmt: skip
        return row is not None

    async def due(self, limit: int) -> list[Due]:
        """Files to be fetched, or whose time was set before the clock was set back; of red cases first.

        Of a case only the next one, so that they are shown in order and nobody's hundred hold up others'. One whose
        first try has failed holds up none behind it.
        """
        rows = await self._tx.all(
            f"SELECT {', '.join(f'm.{name}' for name in COLUMNS.split(', '))}, m.source, m.tries"
            " FROM media m JOIN cases c ON c.id = m.case_id"
            " WHERE m.state = 'due' AND (m.due_at <= :now OR m.due_at > :longest)"
            " AND NOT EXISTS (SELECT 1 FROM media b WHERE b.case_id = m.case_id AND b.number < m.number"
            "   AND b.state = 'due' AND b.tries = 0)"
            " ORDER BY CASE c.urgency WHEN 'red' THEN 0 ELSE 1 END, m.due_at, m.case_id, m.number LIMIT :limit",
            now=self._tx.now, longest=self._tx.now + 2 * BACK_OFF[-1], limit=limit,
        )  # fmt: skip
        return [Due(file := _file(row), await self._source(file, row["source"]), row["tries"]) for row in rows]

    async def _source(self, file: File, source: bytes | None) -> Attached | None:
        """What Telegram calls the file; None when that is damaged."""
        try:
            body = await self._tx.unseal_json(case_key(file.case), f"media/{file.id}/source", source or b"")
            return Attached(**{**body, "kind": Kind(body["kind"])})
        except (CannotOpen, ValueError, TypeError, KeyError) as broken:
            log.error("a file does not open: %s", type(broken).__name__)
            return None

    async def later(self, due: Due, wait: int = 0) -> bool:
        """It is tried again, not before `wait` milliseconds; False when it has been tried often enough."""
        if due.tries >= len(BACK_OFF):
            return False
        await self._tx.run(
            "UPDATE media SET tries = tries + 1, due_at = :due WHERE id = :id AND state = 'due'",
            due=self._tx.now + max(wait, BACK_OFF[due.tries]), id=due.file.id,
        )  # fmt: skip
        return True

    async def ready(self, file: File, body: bytes) -> bool:
        """It is here and clean; False when its case has been erased meanwhile."""
        if not await self._tx.one("SELECT 1 FROM media WHERE id = :id AND state = 'due'", id=file.id):
            return False
        await self._tx.run(
            "UPDATE media SET state = 'ready', body = :body, source = NULL WHERE id = :id",
            body=await self._tx.seal(case_key(file.case), f"media/{file.id}/body", body), id=file.id,
        )  # fmt: skip
        return True

    async def lose(self, file: str) -> File | None:
        """It will never be shown; None when that is known already, or it is not wanted any more, or erased."""
        row = await self._tx.one(
            "UPDATE media SET state = 'lost', source = NULL, body = NULL"
            f" WHERE id = :id AND state NOT IN ('lost', 'refused') RETURNING {COLUMNS}",
            id=file,
        )
        return _file(row) if row else None

    async def unshown(self, case: str, thread_id: int, place: str) -> list[File]:
        """What is ready, or lost, and was not shown or told of in this topic (`place` as in `storage.threads`), as far
        as its desk may see it; from now on it was. In order, and none before the words that name it."""
        rows = await self._tx.all(
            "UPDATE media SET thread_id = :thread WHERE case_id = :case AND state IN ('ready', 'lost')"
            f" AND (thread_id IS NULL OR thread_id <> :thread) AND {TOLD} AND {LABELLED} RETURNING {COLUMNS}",
            case=case, thread=thread_id, place=place,
        )  # fmt: skip
        return sorted((_file(row) for row in rows), key=lambda file: file.number)

    async def open(self, file: str, case: str) -> tuple[File, bytes] | None:
        """A clean file; None when there is none. Raises CannotOpen when it is damaged."""
        row = await self._tx.one(
            f"SELECT {COLUMNS}, body FROM media WHERE id = :id AND case_id = :case AND state = 'ready' AND {TOLD}",
            id=file, case=case,
        )  # fmt: skip
        if row is None:
            return None
        return _file(row), await self._tx.unseal(case_key(case), f"media/{file}/body", row["body"] or b"")

    async def told_of_documents(self, case: str) -> bool:
        """Whether she was told before that nobody needs a photo of a document; from now on she was."""
        row = await self._tx.one(
            "INSERT INTO media_told (case_id, documents) VALUES (:case, 1)"
            " ON CONFLICT (case_id) DO UPDATE SET documents = 1 WHERE media_told.documents = 0 RETURNING case_id",
            case=case,
        )
        return row is None

    async def consent(self, case: str) -> Consent | None:
        """What she has said of her voice; None before she was asked."""
        row = await self._tx.one("SELECT voice FROM media_told WHERE case_id = :case", case=case)
        return Consent(row["voice"]) if row and row["voice"] else None

    async def set_consent(self, case: str, consent: Consent) -> None:
        """Remembers it; what waited for her answer is to be fetched, or forgotten."""
        await self._tx.run(
            "INSERT INTO media_told (case_id, voice) VALUES (:case, :voice)"
            " ON CONFLICT (case_id) DO UPDATE SET voice = :voice",
            case=case, voice=consent,
        )  # fmt: skip
        if consent is Consent.YES:
            await self._tx.run(
                "UPDATE media SET state = 'due', due_at = :now WHERE case_id = :case AND state = 'asked'",
                case=case, now=self._tx.now,
            )  # fmt: skip
        elif consent is Consent.NO:
            await self._tx.run(
                "UPDATE media SET state = 'refused', source = NULL WHERE case_id = :case AND state = 'asked'", case=case
            )

    async def drop_ungiven(self, now: int) -> bool:
        """Forgets voices that never got a yes in talks that ended a day ago; also when the end lies ahead of a clock
        set back. Whether there was any."""
        rows = await self._tx.all(
            "UPDATE media SET state = 'refused', source = NULL WHERE state = 'asked'"
            " AND EXISTS (SELECT 1 FROM cases c WHERE c.id = media.case_id AND c.status = 'closed'"
            "  AND (c.closed_at <= :before OR c.closed_at > :longest)) RETURNING id",
            before=now - KEEP_UNGIVEN, longest=now + KEEP_UNGIVEN,
        )  # fmt: skip
        return bool(rows)

    async def erase(self, case: str) -> None:
        await self._tx.run("DELETE FROM media WHERE case_id = :case", case=case)
        await self._tx.run("DELETE FROM media_told WHERE case_id = :case", case=case)
