"""Desks: the bound forums, their fixed topics, one-time codes, and groups that are not bound yet."""

import hashlib
import secrets
from collections.abc import Sequence
from typing import Any

from bot.domain.desks import BIND_LIFE, LINK_LIFE, DeadLink, Desk, Invitation, Purpose
from bot.domain.people import Language
from storage.statements import Statements

NAMES = (
    "id", "chat_id", "language", "bound_at", "down_since", "down_why", "rungs", "board_message_id", "board_at",
    "board_shown", "ring_message_id",
)  # fmt: skip
COLUMNS = ", ".join(NAMES)
JOINED = ", ".join(f"d.{name} AS d_{name}" for name in NAMES)
"""For a query that joins the desks as `d`; `desk_in` reads them."""

LIFE = {Purpose.ADMINISTRATOR: LINK_LIFE, Purpose.COORDINATOR: LINK_LIFE, Purpose.DESK: BIND_LIFE}


def desk_in(columns: Sequence[Any]) -> Desk | None:
    """The desk that stands in joined columns, when there is one."""
    return Desk(*columns) if columns[0] is not None else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


class DeskTable:
    """The `desk`, `former_chat`, `desk_topic`, `invitation` and `visit` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def get(self, desk: str) -> Desk | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM desk WHERE id = :id", id=desk)
        return Desk(*row) if row else None

    async def of_chat(self, chat_id: int) -> Desk | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM desk WHERE chat_id = :chat", chat=chat_id)
        return Desk(*row) if row else None

    async def of_words(self, chat_id: int) -> Desk | None:
        """The desk for which something was written in this group, also when the group has another id by now."""
        row = await self._tx.one(
            f"SELECT {COLUMNS} FROM desk"
            " WHERE chat_id = :chat OR id = (SELECT desk FROM former_chat WHERE chat_id = :chat)",
            chat=chat_id,
        )  # fmt: skip
        return Desk(*row) if row else None

    async def all(self) -> dict[str, Desk]:
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM desk")
        return {row["id"]: Desk(*row) for row in rows}

    async def bind(self, desk: str, chat_id: int, language: Language) -> None:
        await self._tx.run(
            "INSERT INTO desk (id, chat_id, language, bound_at) VALUES (:id, :chat, :language, :now)"
            " ON CONFLICT (id) DO UPDATE SET chat_id = :chat, language = :language, down_since = NULL, down_why = NULL,"
            " ring_message_id = NULL",
            id=desk, chat=chat_id, language=language, now=self._tx.now,
        )  # fmt: skip
        await self._tx.run("DELETE FROM former_chat WHERE desk = :id", id=desk)
        await self.stay(chat_id)

    async def move(self, old_chat: int, new_chat: int) -> None:
        """The group became a supergroup: same desk, new id."""
        await self._tx.run(
            "INSERT INTO former_chat (chat_id, desk) SELECT chat_id, id FROM desk WHERE chat_id = :old", old=old_chat
        )
        await self._tx.run(
            "UPDATE desk SET chat_id = :new, ring_message_id = NULL WHERE chat_id = :old", old=old_chat, new=new_chat
        )

    async def set_down(self, desk: str, why: str | None) -> bool:
        """Marks a desk down (`why`) or up (None); returns whether that changed anything."""
        down = None if why is None else self._tx.now
        row = await self._tx.one(
            "UPDATE desk SET down_since = :down, down_why = :why"
            " WHERE id = :id AND (down_since IS NULL) = (:why IS NOT NULL) RETURNING id",
            id=desk, down=down, why=why,
        )  # fmt: skip
        return row is not None

    async def set_why(self, desk: str, why: str) -> None:
        """Another reason why a desk that is down is down."""
        await self._tx.run(
            "UPDATE desk SET down_why = :why WHERE id = :id AND down_since IS NOT NULL", id=desk, why=why
        )

    async def topic_name(self, desk: str, thread_id: int) -> str | None:
        """Which of the desk's fixed topics this is."""
        row = await self._tx.one(
            "SELECT name FROM desk_topic WHERE desk = :desk AND thread_id = :thread", desk=desk, thread=thread_id
        )
        return str(row["name"]) if row else None

    async def set_rungs(self, desk: str, rungs: str | None) -> None:
        """The desk's own times of the ladder; None: the usual ones."""
        await self._tx.run("UPDATE desk SET rungs = :rungs WHERE id = :id", rungs=rungs, id=desk)

    async def set_ring(self, desk: str, message_id: int) -> None:
        """Which message has rung last."""
        await self._tx.run("UPDATE desk SET ring_message_id = :message WHERE id = :id", message=message_id, id=desk)

    async def set_board(self, desk: str, message_id: int | None, at: int | None) -> None:
        """Where the duty board stands, and when it was last edited."""
        await self._tx.run(
            "UPDATE desk SET board_message_id = :message, board_at = :at WHERE id = :id",
            message=message_id, at=at, id=desk,
        )  # fmt: skip

    async def show_board(self, desk: str, shown: str, at: int) -> None:
        """What the board shows by its next edit, which goes out then."""
        await self._tx.run(
            "UPDATE desk SET board_shown = :shown, board_at = :at WHERE id = :id", id=desk, shown=shown, at=at
        )

    async def lose_board(self, desk: str) -> None:
        """The board is gone: a new one may stand at once."""
        await self._tx.run(
            "UPDATE desk SET board_message_id = NULL, board_at = NULL, board_shown = NULL WHERE id = :id", id=desk
        )

    async def digest_due(self, day: int) -> list[Desk]:
        """Desks that have not had the digest of this day (its number at UTC+5); each is given once, whatever the clock
        does."""
        rows = await self._tx.all(
            f"UPDATE desk SET digest_day = :day WHERE digest_day IS NULL OR digest_day < :day RETURNING {COLUMNS}",
            day=day,
        )
        return [Desk(*row) for row in rows]

    async def topic(self, desk: str, name: str) -> int | None:
        row = await self._tx.one(
            "SELECT thread_id FROM desk_topic WHERE desk = :desk AND name = :name", desk=desk, name=name
        )
        return row["thread_id"] if row else None

    async def set_topic(self, desk: str, name: str, thread_id: int, goes_at: int | None = None) -> None:
        """`goes_at`: when it is deleted (epoch ms); None: it stays."""
        await self._tx.run(
            "INSERT INTO desk_topic (desk, name, thread_id, goes_at) VALUES (:desk, :name, :thread, :goes)"
            " ON CONFLICT (desk, name) DO UPDATE SET thread_id = :thread, goes_at = :goes",
            desk=desk, name=name, thread=thread_id, goes=goes_at,
        )  # fmt: skip

    async def topics_over(self, now: int) -> list[tuple[str, int]]:
        """Desks, and the numbers of their topics whose time is over."""
        rows = await self._tx.all("SELECT desk, thread_id FROM desk_topic WHERE goes_at <= :now", now=now)
        return [(row["desk"], row["thread_id"]) for row in rows]

    async def topics_named(self, name: str) -> list[tuple[str, int]]:
        """The same of all topics of this name, whichever desks have one."""
        rows = await self._tx.all("SELECT desk, thread_id FROM desk_topic WHERE name = :name", name=name)
        return [(row["desk"], row["thread_id"]) for row in rows]

    async def drop_topic(self, desk: str, thread_id: int) -> None:
        await self._tx.run("DELETE FROM desk_topic WHERE desk = :desk AND thread_id = :thread",
                           desk=desk, thread=thread_id)  # fmt: skip

    async def drop_topics(self, desk: str) -> None:
        await self._tx.run("DELETE FROM desk_topic WHERE desk = :desk", desk=desk)

    async def invite(self, purpose: Purpose, desk: str | None = None, language: Language | None = None) -> str:
        """A fresh one-time code; the table keeps only its digest."""
        code = secrets.token_urlsafe(12)
        await self._tx.run(
            "INSERT INTO invitation (code, purpose, desk, language, expires_at)"
            " VALUES (:code, :purpose, :desk, :language, :expires)",
            code=_digest(code), purpose=purpose, desk=desk, language=language, expires=self._tx.now + LIFE[purpose],
        )  # fmt: skip
        return code

    async def invitation(self, code: str, purpose: Purpose) -> Invitation:
        """What a live code gives, without using it up; raises DeadLink."""
        row = await self._tx.one(
            "SELECT purpose, desk, language FROM invitation"
            " WHERE code = :code AND purpose = :purpose AND expires_at > :now AND expires_at <= :longest",
            code=_digest(code), purpose=purpose, now=self._tx.now, longest=self._tx.now + LIFE[purpose],
        )  # fmt: skip
        if row is None:
            raise DeadLink
        return Invitation(Purpose(row["purpose"]), row["desk"], row["language"])

    async def use(self, code: str) -> None:
        await self._tx.run("DELETE FROM invitation WHERE code = :code", code=_digest(code))

    async def forget_invitations(self) -> None:
        """No link that was given out works any more."""
        await self._tx.run("DELETE FROM invitation")

    async def awaits_binding(self) -> bool:
        """Whether any desk code is alive, so that a strange group may be about to be bound."""
        row = await self._tx.one(
            "SELECT 1 FROM invitation WHERE purpose = 'desk' AND expires_at > :now LIMIT 1", now=self._tx.now
        )
        return row is not None

    async def visit(self, chat_id: int, leave_at: int) -> None:
        """An unbound group: the bot leaves it then."""
        await self._tx.run(
            "INSERT INTO visit (chat_id, leave_at) VALUES (:chat, :at) ON CONFLICT (chat_id) DO NOTHING",
            chat=chat_id, at=leave_at,
        )  # fmt: skip

    async def stay(self, chat_id: int) -> None:
        await self._tx.run("DELETE FROM visit WHERE chat_id = :chat", chat=chat_id)

    async def due_to_leave(self, now: int) -> list[int]:
        """Groups whose time is over; they are forgotten by this call."""
        rows = await self._tx.all(
            "DELETE FROM visit WHERE leave_at <= :now OR leave_at > :longest RETURNING chat_id",
            now=now, longest=now + 2 * BIND_LIFE,
        )  # fmt: skip
        return [row["chat_id"] for row in rows]

    async def ring(self, alarm: str, every: int) -> bool:
        """Whether this alarm may sound now: not again within `every` milliseconds."""
        row = await self._tx.one(
            "INSERT INTO alarm (name, last_at) VALUES (:name, :now) ON CONFLICT (name)"
            " DO UPDATE SET last_at = :now WHERE alarm.last_at <= :now - :every OR alarm.last_at > :now RETURNING name",
            name=alarm, now=self._tx.now, every=every,
        )  # fmt: skip
        return row is not None

    async def hush(self, alarm: str) -> bool:
        """What it was about is over: whether it had sounded. The next trouble sounds at once."""
        row = await self._tx.one("DELETE FROM alarm WHERE name = :name RETURNING name", name=alarm)
        return row is not None
