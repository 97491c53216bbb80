"""What was said in a case, sealed under the case's key."""

import sqlite3

from bot.domain.messages import Direction, Incoming, Message
from storage.statements import Statements, case_key, new_id

COLUMNS = "id, seq, case_id, direction, body, at, operator, topic_message_id"


class MessageTable:
    """The `message` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, case: str, direction: Direction, incoming: Incoming, *, operator: str | None = None,
                  topic_message_id: int | None = None) -> str:  # fmt: skip
        """Stores what was said; returns the message's id."""
        message = new_id()
        body = await self._tx.seal_json(case_key(case), f"message/{message}/body", vars(incoming))
        await self._tx.run(
            "INSERT INTO message (id, case_id, direction, body, at, operator, topic_message_id)"
            " VALUES (:id, :case, :direction, :body, :now, :operator, :topic_message)",
            id=message, case=case, direction=direction, body=body, now=self._tx.now, operator=operator,
            topic_message=topic_message_id,
        )  # fmt: skip
        return message

    async def get(self, message: str) -> Message | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM message WHERE id = :id", id=message)
        return await self._opened(row) if row else None

    async def from_person(self, case: str, upto: int | None = None) -> list[Message]:
        """Her messages in order, to the message number `upto`."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND direction = 'in' AND seq <= :upto ORDER BY seq",
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

    async def answered_since(self, case: str, operator: str, since: int) -> bool:
        """Whether this operator has written to the person since then."""
        row = await self._tx.one(
            "SELECT 1 FROM message WHERE case_id = :case AND direction = 'out' AND operator = :operator"
            " AND at >= :since LIMIT 1",
            case=case, operator=operator, since=since,
        )  # fmt: skip
        return row is not None

    async def all_of(self, case: str, upto: int) -> list[Message]:
        """Both sides in order, to the message number `upto`; without what was held back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND seq <= :upto AND direction <> 'held'"
            " ORDER BY seq",
            case=case, upto=upto,
        )  # fmt: skip
        return [await self._opened(row) for row in rows]

    async def answers(self, case: str, upto: int) -> list[Message]:
        """What operators wrote to the person, in order, to the message number `upto`; also what was held back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM message WHERE case_id = :case AND seq <= :upto AND direction IN ('out', 'held')"
            " ORDER BY seq",
            case=case, upto=upto,
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
        )
