"""Where the messages of a case stand in Telegram, so that an answer, an edit or a removal finds them again."""

from collections.abc import Iterable
from dataclasses import dataclass

from storage.statements import Statements, case_key

PERSON = "person"
"""The place of what stands in the person's own chat."""

FILE = "/file"
"""Behind the place of a topic: the file itself, which stands there beside the words that it came with."""

Line = tuple[str, str | None]
"""Whose line it is (a message's id, or ""), and the line; None where it was taken back."""


@dataclass(frozen=True)
class Shown:
    """One message in Telegram that shows this message of a case; `at` is when it went out, epoch milliseconds.

    `again`: it went out a second time, and what came of the first is not known.
    """

    message: str
    place: str
    message_id: int
    at: int
    again: bool = False


class ThreadTable:
    """The `shown` and `joined` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, message: str, place: str, message_id: int, *, again: bool = False) -> None:
        """It stands there now; nothing of a message that is erased."""
        await self._tx.run(
            "INSERT INTO shown (message, place, message_id, at, again) SELECT id, :place, :number, :now, :again"
            " FROM message WHERE id = :message ON CONFLICT DO NOTHING",
            message=message, place=place, number=message_id, now=self._tx.now, again=int(again),
        )  # fmt: skip

    async def of(self, message: str) -> list[Shown]:
        """Wherever it stands, in the order of Telegram's numbers."""
        rows = await self._tx.all(
            "SELECT message, place, message_id, at, again FROM shown WHERE message = :message ORDER BY message_id",
            message=message,
        )
        return [Shown(row["message"], row["place"], row["message_id"], row["at"], bool(row["again"])) for row in rows]

    async def at(self, message: str, place: str) -> list[Shown]:
        """Where it stands in this place."""
        return [one for one in await self.of(message) if one.place == place]

    async def in_message(self, place: str, message_id: int) -> list[str]:
        """What stands in one message of Telegram, in the order in which it was said."""
        rows = await self._tx.all(
            "SELECT m.id FROM shown s JOIN message m ON m.id = s.message WHERE s.place = :place"
            " AND s.message_id = :number ORDER BY m.seq",
            place=place, number=message_id,
        )  # fmt: skip
        return [row["id"] for row in rows]

    async def in_chat(self, person: str, message_id: int) -> str | None:
        """What has this number in a person's own chat: hers, or what was written to her. None for all else."""
        row = await self._tx.one(
            "SELECT m.id, m.seq FROM message m JOIN cases c ON c.id = m.case_id"
            " WHERE c.person = :person AND m.person_message_id = :number"
            " UNION SELECT m.id, m.seq FROM shown s JOIN message m ON m.id = s.message"
            f" JOIN cases c ON c.id = m.case_id WHERE s.place = '{PERSON}' AND s.message_id = :number"
            " AND c.person = :person ORDER BY 2 DESC LIMIT 1",
            person=person, number=message_id,
        )  # fmt: skip
        return row["id"] if row else None

    async def join(self, case: str, place: str, message_id: int, lines: Iterable[Line]) -> None:
        """Keeps the lines of a message in which several stand."""
        body = await self._tx.seal_json(case_key(case), _name(place, message_id), [list(line) for line in lines])
        await self._tx.run(
            "INSERT INTO joined (place, message_id, case_id, body) VALUES (:place, :number, :case, :body)"
            " ON CONFLICT (place, message_id) DO UPDATE SET case_id = :case, body = :body",
            place=place, number=message_id, case=case, body=body,
        )  # fmt: skip

    async def lines(self, place: str, message_id: int) -> list[Line] | None:
        """The lines of such a message; None for one in which a single one stands."""
        row = await self._tx.one(
            "SELECT case_id, body FROM joined WHERE place = :place AND message_id = :number",
            place=place, number=message_id,
        )  # fmt: skip
        if row is None:
            return None
        kept = await self._tx.unseal_json(case_key(row["case_id"]), _name(place, message_id), row["body"])
        return [(whose, line) for whose, line in kept]

    async def erase(self, case: str) -> None:
        """The lines of a case; what stands where goes with its messages."""
        await self._tx.run("DELETE FROM joined WHERE case_id = :case", case=case)


def _name(place: str, message_id: int) -> str:
    return f"joined/{place}/{message_id}/body"
