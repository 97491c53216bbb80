"""What was said in a case, sealed under the case's key."""

import sqlite3
from collections.abc import Collection
from dataclasses import replace

from bot.domain.desks import NATIONAL
from bot.domain.messages import Direction, Incoming, Message
from storage.statements import Statements, case_key, listed, new_id

COLUMNS = "id, seq, case_id, direction, body, at, operator, topic_message_id, reply_to, edits, gone_at"

TOLD = f"seq >= COALESCE((SELECT told_from FROM cases WHERE id = :case AND desk <> '{NATIONAL}'), 0)"
"""What the desk that has the case may see, as `Case.shown_from`: all, or what was said since it came from a region."""


class MessageTable:
    """The `message` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, direction: Direction, incoming: Incoming, *, operator: str | None = None,
                  topic_message_id: int | None = None, reply_to: str | None = None,
                  edits: str | None = None) -> str:  # fmt: skip
        """Stores what was said; returns the message's id. `reply_to` and `edits` are ids of other messages. An edit is
        found by the number of the message that it changes, so it has none of its own."""
        message = new_id()
        body = await self._tx.seal_json(case_key(case), f"message/{message}/body", vars(incoming))
        await self._tx.run(
            "INSERT INTO message (id, case_id, direction, body, at, operator, topic_message_id, person_message_id,"
            " reply_to, edits) VALUES (:id, :case, :direction, :body, :now, :operator, :topic_message, :number, :reply,"
            " :edits)",
            id=message, case=case, direction=direction, body=body, now=self._tx.now, operator=operator,
            topic_message=topic_message_id, reply=reply_to, edits=edits,
            number=incoming.message_id if direction is Direction.FROM_PERSON and edits is None else None,
        )  # fmt: skip
        return message

    async def get(self, message: str) -> Message | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM message WHERE id = :id", id=message)
        return await self._opened(row) if row else None

    async def has(self, case: str, topic_message_id: int) -> bool:
        """Whether this message of the topic was passed on already, or held back."""
        row = await self._tx.one(
            "SELECT 1 FROM message WHERE case_id = :case AND topic_message_id = :topic_message LIMIT 1",
            case=case, topic_message=topic_message_id,
        )  # fmt: skip
        return row is not None

    async def versions(self, message: str) -> list[Message]:
        """A message and what it was changed into, in order; none when it is erased."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE id = :id OR edits = :id ORDER BY seq", id=message
        )
        return [await self._opened(row) for row in rows]

    async def newest_of_person(self, person: str, since: int, limit: int) -> list[Message]:
        """Her own newest messages that are not taken back, without edits, the newest first: of her open case, or of
        talks that ended after `since`."""
        rows = await self._tx.all(
            f"SELECT {', '.join(f'm.{name}' for name in COLUMNS.split(', '))} FROM message m"
            " JOIN cases c ON c.id = m.case_id WHERE c.person = :person AND m.direction = 'in' AND m.edits IS NULL"
            " AND m.gone_at IS NULL AND (c.status IN ('waiting', 'claimed') OR c.closed_at > :since)"
            " ORDER BY m.seq DESC LIMIT :limit",
            person=person, since=since, limit=limit,
        )  # fmt: skip
        return [await self._opened(row) for row in rows]

    async def from_topic(self, case: str, topic_message_id: int) -> Message | None:
        """What an operator wrote to the person as this message of the topic; not its later wordings."""
        row = await self._tx.one(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND topic_message_id = :number AND direction = 'out'"
            " AND edits IS NULL LIMIT 1",
            case=case, number=topic_message_id,
        )  # fmt: skip
        return await self._opened(row) if row else None

    async def take_back(self, message: Message) -> None:
        """It is taken back: of hers nothing is left but its kind; what an operator wrote stays to be read."""
        body = None
        if message.direction is Direction.FROM_PERSON:
            kept = vars(Incoming(message.incoming.kind))
            body = await self._tx.seal_json(case_key(message.case), f"message/{message.id}/body", kept)
        await self._tx.run(
            "UPDATE message SET gone_at = COALESCE(gone_at, :now), body = COALESCE(:body, body) WHERE id = :id",
            now=self._tx.now, body=body, id=message.id,
        )  # fmt: skip

    async def unquote(self, message: Message) -> list[Message]:
        """What others have picked out of this one to answer it is forgotten; those that had, in order."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND (reply_to = :id"
            " OR edits IN (SELECT id FROM message WHERE case_id = :case AND reply_to = :id)) ORDER BY seq",
            case=message.case, id=message.id,
        )  # fmt: skip
        found = [one for one in [await self._opened(row) for row in rows] if one.incoming.quote]
        for one in found:
            kept = vars(replace(one.incoming, quote=""))
            body = await self._tx.seal_json(case_key(one.case), f"message/{one.id}/body", kept)
            await self._tx.run("UPDATE message SET body = :body WHERE id = :id", body=body, id=one.id)
        return found

    async def stays(self, message: str) -> None:
        """It could not be taken back after all."""
        await self._tx.run("UPDATE message SET gone_at = NULL WHERE id = :id OR edits = :id", id=message)

    async def gone(self, messages: Collection[str]) -> list[str]:
        """Those of hers among them that are taken back."""
        if not messages:
            return []
        them, values = listed("m", messages)
        rows = await self._tx.all(
            f"SELECT id FROM message WHERE id IN ({them}) AND direction = 'in' AND gone_at IS NOT NULL", **values
        )
        return [row["id"] for row in rows]

    async def words_left(self, case: str) -> bool:
        """Whether anything that she wrote in the case is not taken back."""
        row = await self._tx.one(
            "SELECT 1 FROM message WHERE case_id = :case AND direction = 'in' AND gone_at IS NULL LIMIT 1", case=case
        )
        return row is not None

    async def taken_back_since(self, case: str, since: int) -> bool:
        """Whether she has taken back anything in the case since then."""
        row = await self._tx.one(
            "SELECT 1 FROM message WHERE case_id = :case AND direction = 'in' AND gone_at >= :since LIMIT 1",
            case=case, since=since,
        )  # fmt: skip
        return row is not None

    async def from_person(self, case: str, upto: int | None = None) -> list[Message]:
        """Her messages in order, to the message number `upto`, as far as the desk may see them."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND direction = 'in' AND seq <= :upto"
            f" AND {TOLD} ORDER BY seq",
            case=case, upto=2**62 if upto is None else upto,
        )  # fmt: skip
        return [await self._opened(row) for row in rows]

    async def said_since(self, case: str, since: int) -> list[Message]:
        """Her newest three messages since then, in order."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND direction = 'in' AND at >= :since"
            " ORDER BY seq DESC LIMIT 3",
            case=case, since=since,
        )  # fmt: skip
        return [await self._opened(row) for row in reversed(rows)]

    async def times_of(self, case: str, before: int, message: str | None) -> tuple[int | None, int | None]:
        """When she wrote this message (None: her newest) and the one so many of hers before it, epoch ms; None for what
        there is not."""
        rows = await self._tx.all(
            "SELECT at FROM message WHERE case_id = :case AND direction = 'in'"
            " AND seq <= COALESCE((SELECT seq FROM message WHERE id = :message), :last)"
            " ORDER BY seq DESC LIMIT :many",
            case=case, message=message, last=2**62, many=before + 1,
        )  # fmt: skip
        times = [int(row["at"]) for row in rows]
        return times[0] if times else None, times[before] if len(times) > before else None

    async def answered_since(self, case: str, operator: str, since: int) -> bool:
        """Whether this operator has written to the person since then."""
        row = await self._tx.one(
            "SELECT 1 FROM message WHERE case_id = :case AND direction = 'out' AND operator = :operator"
            " AND edits IS NULL AND at >= :since LIMIT 1",
            case=case, operator=operator, since=since,
        )  # fmt: skip
        return row is not None

    async def all_of(self, case: str, upto: int) -> list[Message]:
        """Both sides and notes in order, to the message number `upto`, as far as the desk may see them; without what
        was held back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND seq <= :upto AND direction <> 'held' AND {TOLD}"
            " ORDER BY seq",
            case=case, upto=upto,
        )  # fmt: skip
        return [await self._opened(row) for row in rows]

    async def answers(self, case: str, upto: int, *, whole: bool) -> list[Message]:
        """What operators wrote to the person, in order, to the message number `upto`, as far as the desk may see it or
        the `whole`; also what was held back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND seq <= :upto AND direction IN ('out', 'held')"
            f" AND (:whole OR {TOLD}) ORDER BY seq",
            case=case, upto=upto, whole=int(whole),
        )  # fmt: skip
        return [await self._opened(row) for row in rows]

    async def held_back(self, case: str) -> int:
        """How often an operator's words were held back in this case."""
        row = await self._tx.one("SELECT COUNT(*) AS n FROM message WHERE case_id = :case AND direction = 'held'",
                                 case=case)  # fmt: skip
        return int(row["n"]) if row else 0

    async def last(self, case: str) -> int:
        """The number of the newest message of the case, 0 when there is none."""
        row = await self._tx.one("SELECT MAX(seq) AS last FROM message WHERE case_id = :case", case=case)
        return int(row["last"] or 0) if row else 0

    async def erase(self, case: str) -> None:
        await self._tx.run("DELETE FROM message WHERE case_id = :case", case=case)

    async def _opened(self, row: sqlite3.Row) -> Message:
        body = await self._tx.unseal_json(case_key(row["case_id"]), f"message/{row['id']}/body", row["body"])
        return Message(
            id=row["id"],
            seq=row["seq"],
            case=row["case_id"],
            direction=Direction(row["direction"]),
            incoming=Incoming.of(body),
            at=row["at"],
            operator=row["operator"],
            topic_message_id=row["topic_message_id"],
            reply_to=row["reply_to"],
            edits=row["edits"],
            gone_at=row["gone_at"],
        )
