"""The outbox: what is to be sent, until it is known to have been sent."""

import logging
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.domain.cases import Case
from bot.domain.desks import JOIN_WITHIN, Desk
from bot.domain.messages import Post, Priority, Row, To
from storage import cases, desks
from storage.statements import ON_RECORD, Statements, StorageFault, case_key, day_key, listed, new_id

log = logging.getLogger(__name__)

LONGEST_DELAY = 61_000
"""Milliseconds: no row but the look for a seat (`JOIN_WITHIN`) is ever put off for longer, so a due time twice as far
was set before the clock was set back."""


@dataclass(frozen=True)
class Ready:
    """A row that may go now, and the name under which its receiver is paced ("desk:KZ-31", "person:…").

    With it the case whose topic it is for, and the desk whose group it goes to, as they are now.
    """

    row: Row
    pace: str
    case: Case | None = None
    desk: Desk | None = None


@dataclass(frozen=True)
class RedCard:
    """A red card that waits for its group; `created_at` in epoch milliseconds."""

    seq: int
    desk: str
    kind: str
    case: str
    created_at: int


class Outbox:
    """The `outbox` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, post: Post) -> None:
        """Puts a post in the outbox. One with `coalesce` takes the place and the due time of the one that waits."""
        due = self._tx.now + post.delay if post.delay else 0  # at once, whatever the clock does meanwhile
        if post.coalesce:
            row = await self._tx.one(
                "DELETE FROM outbox WHERE coalesce_key = :key AND state = 'waiting' RETURNING due_at", key=post.coalesce
            )
            due = min(due, row["due_at"]) if row else due
        name = new_id()
        sealed_by = case_key(post.case) if post.case else day_key(self._tx.now)
        desk = post.recipient.partition("/")[0] if post.to is To.DESK else None
        await self._tx.run(
            "INSERT INTO outbox (id, recipient_kind, recipient, desk, lane, priority, kind, params, sealed_by, case_id,"
            " coalesce_key, state, due_at, created_at) VALUES (:id, :to, :recipient, :desk, :lane, :priority, :kind,"
            " :params, :sealed_by, :case, :coalesce, 'waiting', :due, :now)",
            id=name, to=post.to, recipient=post.recipient, desk=desk, kind=post.kind, priority=int(post.priority),
            lane=post.lane or f"{post.to}:{post.recipient}", case=post.case, coalesce=post.coalesce, due=due,
            sealed_by=sealed_by, now=self._tx.now,
            params=await self._tx.seal_json(sealed_by, f"outbox/{name}/params", dict(post.params)),
        )  # fmt: skip

    async def ready(
        self, limit: int, full: Collection[str] = (), reserved: Collection[str] = (), making: Collection[str] = (),
        uploading: Collection[str] = (), crowded: Collection[str] = (),
    ) -> list[Ready]:  # fmt: skip
        """Rows that may go now: the head of each lane, by class and age. Of the red ones those to operators go first,
        and of these what is new: they are few, and one of them may be the way to eight persons.

        Rows of a desk that is down wait, but for the look whether it is back. Leaves out receivers named in `full`,
        and for all but red rows those in `reserved`; what waits for a topic in `making`, files for receivers in
        `uploading`, and the many files of one person for those in `crowded`, however many rows: they must not take the
        places of others.
        """
        fulls, values = listed("f", full)
        kept, more = listed("r", reserved)
        without, most = listed("m", making)
        slow, files = listed("u", uploading)
        busy, many = listed("c", crowded)
        rows = await self._tx.all(
            f"SELECT * FROM (SELECT {cases.JOINED}, {desks.JOINED}, o.*, CASE WHEN o.recipient_kind IN ('case', 'desk')"
            "   AND COALESCE(o.desk, c.desk) IS NOT NULL"
            "   THEN 'desk:' || COALESCE(o.desk, c.desk)"
            "   ELSE REPLACE(o.recipient_kind, 'operator', 'person') || ':' || o.recipient END AS pace"
            "  FROM outbox o LEFT JOIN cases c ON o.recipient_kind = 'case' AND c.id = o.recipient"
            "  LEFT JOIN desk d ON d.id = COALESCE(o.desk, c.desk)"
            "  WHERE o.state = 'waiting' AND (o.due_at <= :now"
            "    OR o.due_at > CASE o.kind WHEN 'seat' THEN :seat ELSE :longest END)"
            "  AND (d.down_since IS NULL OR o.kind IN ('probe', 'look'))"
            "  AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.lane = o.lane AND b.seq < o.seq"
            "    AND b.state IN ('waiting', 'sending'))) AS r"
            f" WHERE pace NOT IN ({fulls})"
            f" AND (priority = 0 OR pace NOT IN ({kept}))"
            f" AND recipient NOT IN ({without})"
            f" AND (kind <> 'media' OR pace NOT IN ({slow}))"
            f" AND (priority < {int(Priority.MANY)} OR pace NOT IN ({busy}))"
            " ORDER BY priority, CASE WHEN priority > 0 THEN 0 WHEN recipient_kind = 'person' THEN 2"
            "   WHEN kind IN ('ring', 'alert') THEN 1 ELSE 0 END, seq LIMIT :limit",
            now=self._tx.now, longest=self._tx.now + 2 * LONGEST_DELAY, seat=self._tx.now + 2 * JOIN_WITHIN,
            limit=limit, **values, **more, **most, **files, **many,
        )  # fmt: skip
        found = []
        in_case, in_desk = slice(len(cases.NAMES)), slice(len(cases.NAMES), len(cases.NAMES) + len(desks.NAMES))
        for row in rows:
            try:
                opened = await self._opened(row)
                found.append(Ready(opened, row["pace"], cases.case_in(row[in_case]), desks.desk_in(row[in_desk])))
            except StorageFault:
                raise
            except Exception as broken:  # damaged in whatever way: it stops nobody else
                log.error("outbox row %d does not open: %s", row["seq"], type(broken).__name__)
                await self.fail(row["seq"], "unreadable")
        return found

    async def _opened(self, row: sqlite3.Row) -> Row:
        params = await self._tx.unseal_json(row["sealed_by"], f"outbox/{row['id']}/params", row["params"])
        post = Post(
            to=To(row["recipient_kind"]),
            recipient=row["recipient"],
            kind=row["kind"],
            params=params,
            priority=Priority(row["priority"]),
            lane=row["lane"],
            case=row["case_id"],
            coalesce=row["coalesce_key"],
        )
        return Row(row["seq"], row["id"], post, row["part"], row["tries"], bool(row["again"]),
                   bool(row["alone"]))  # fmt: skip

    async def sending(self, seqs: Collection[int]) -> None:
        """Marks rows before the call, so that a crash leaves a trace."""
        await self._tx.many("UPDATE outbox SET state = 'sending' WHERE seq = :seq", [{"seq": seq} for seq in seqs])

    async def in_doubt(self) -> int:
        """At start: rows that a crash left on their way go again, marked as a possible repeat. Returns how many."""
        rows = await self._tx.all(
            "UPDATE outbox SET state = 'waiting', again = 1, coalesce_key = NULL WHERE state = 'sending' RETURNING seq"
        )
        return len(rows)

    async def from_backup(self) -> int:
        """After a restore: what waited when the backup was made may have gone out since, so it goes again, marked.
        How long it has waited is counted anew: the bot was away, not its group. Returns how many rows."""
        await self.in_doubt()
        rows = await self._tx.all(
            "UPDATE outbox SET again = 1, created_at = :now WHERE state = 'waiting' RETURNING seq", now=self._tx.now
        )
        return len(rows)

    async def has_card(self, case: str, place: str) -> bool:
        """Whether a queue card of this case is on its way to this place ("desk/topic")."""
        row = await self._tx.one(
            "SELECT 1 FROM outbox WHERE case_id = :case AND kind = 'queue_card' AND recipient = :place"
            " AND state IN ('waiting', 'sending') LIMIT 1",
            case=case, place=place,
        )  # fmt: skip
        return row is not None

    async def under_way(self, case: str, *kinds: str) -> bool:
        """Whether a row of these kinds about the case waits, or is out and not recorded."""
        them, values = listed("k", kinds)
        row = await self._tx.one(
            f"SELECT 1 FROM outbox WHERE case_id = :case AND kind IN ({them}) AND state IN ('waiting', 'sending')"
            " LIMIT 1",
            case=case, **values,
        )  # fmt: skip
        return row is not None

    async def board_under_way(self, desk: str) -> bool:
        """Whether a duty board of this desk is on its way, or goes once more, and cannot be replaced."""
        row = await self._tx.one(
            "SELECT 1 FROM outbox WHERE desk = :desk AND kind = 'board'"
            " AND (state = 'sending' OR (state = 'waiting' AND coalesce_key IS NULL)) LIMIT 1",
            desk=desk,
        )
        return row is not None

    async def sent(self, *seqs: int) -> None:
        await self._tx.many("DELETE FROM outbox WHERE seq = :seq", [{"seq": seq} for seq in seqs])

    async def next_part(self, seq: int, part: int) -> None:
        """A long text: this part is out, the next one may go."""
        await self._tx.run(
            "UPDATE outbox SET state = 'waiting', part = :part, again = 0, coalesce_key = NULL WHERE seq = :seq",
            seq=seq, part=part,
        )  # fmt: skip

    async def later(self, seq: int, due_at: int, *, again: bool = False, tried: bool = True) -> None:
        """Goes again at `due_at`; `again` when it may have arrived already."""
        await self._tx.run(
            "UPDATE outbox SET state = 'waiting', due_at = :due, tries = tries + :tried, again = MAX(again, :again),"
            " coalesce_key = NULL WHERE seq = :seq",
            seq=seq, due=due_at, again=int(again), tried=int(tried),
        )  # fmt: skip

    async def without_reply(self, seq: int) -> None:
        """Goes again at once, as a message of its own: what it replies to is not there."""
        await self._tx.run(
            "UPDATE outbox SET state = 'waiting', alone = 1, coalesce_key = NULL WHERE seq = :seq", seq=seq
        )

    async def fail(self, seq: int, why: str) -> None:
        """Cannot be delivered, ever: the row stays with the reason, without its words."""
        await self._tx.run(
            "UPDATE outbox SET state = 'failed', params = NULL, sealed_by = NULL, why = :why WHERE seq = :seq",
            seq=seq, why=why,
        )  # fmt: skip

    async def red_cards(self) -> list[RedCard]:
        """Red cards that wait for their group, the oldest first. Not of desks that are down."""
        rows = await self._tx.all(
            "SELECT o.seq, o.desk, o.kind, o.case_id, o.created_at FROM outbox o LEFT JOIN desk d ON d.id = o.desk"
            " WHERE o.state = 'waiting' AND o.priority = 0 AND o.kind IN ('queue_card', 'call_card') AND o.again = 0"
            " AND o.case_id IS NOT NULL AND d.down_since IS NULL ORDER BY o.seq"
        )  # fmt: skip
        return [RedCard(*row) for row in rows]

    async def lists(self, kinds: Iterable[str]) -> set[tuple[str, str]]:
        """Desks to which messages of these kinds are on their way, with the kind."""
        them, values = listed("k", kinds)
        rows = await self._tx.all(
            f"SELECT DISTINCT desk, kind FROM outbox WHERE priority = 0 AND kind IN ({them})"
            " AND state IN ('waiting', 'sending')",
            **values,
        )
        return {(row["desk"], row["kind"]) for row in rows}

    async def hasten(self, seq: int) -> None:
        """A row that waits for a later time is due now."""
        await self._tx.run("UPDATE outbox SET due_at = MIN(due_at, :now) WHERE seq = :seq", seq=seq, now=self._tx.now)

    async def waiting_reds(self, before: int) -> list[tuple[str, str | None]]:
        """Cases of which something red has waited since this time or longer for a group that is not down, with that
        group's desk: it may be the national one, which was called to the case of another."""
        rows = await self._tx.all(
            "SELECT DISTINCT c.id, COALESCE(o.desk, c.desk) AS desk FROM outbox o JOIN cases c ON c.id = o.case_id"
            " LEFT JOIN desk d ON d.id = COALESCE(o.desk, c.desk)"
            " WHERE o.priority = 0 AND o.recipient_kind IN ('case', 'desk') AND o.state IN ('waiting', 'sending')"
            " AND (o.created_at <= :before OR o.created_at > :now) AND d.down_since IS NULL"
            " UNION SELECT c.id, c.desk FROM outbox o JOIN cases c ON c.desk = o.desk LEFT JOIN desk d ON d.id = o.desk"
            " WHERE o.kind = 'red_list' AND o.state IN ('waiting', 'sending') AND d.down_since IS NULL"
            " AND (o.created_at <= :before OR o.created_at > :now)"
            " AND c.urgency = 'red' AND c.status = 'waiting' AND c.queue_message_id IS NULL",
            before=before, now=self._tx.now,
        )  # fmt: skip
        return [(row["id"], row["desk"]) for row in rows]

    async def unreadable(self) -> list[tuple[str, str | None]]:
        """Kind and case of rows that did not open, or whose delivery could not be recorded; each is given once."""
        rows = await self._tx.all(
            "UPDATE outbox SET why = why || ', told' WHERE state = 'failed' AND why IN ('unreadable', 'unrecorded')"
            " RETURNING kind, case_id"
        )
        return [(row["kind"], row["case_id"]) for row in rows]

    async def drop_case(self, case: str) -> None:
        """What still waits to be said in an erased case, and whatever its key sealed."""
        await self._tx.run(
            "DELETE FROM outbox WHERE case_id = :case OR (recipient_kind = 'case' AND recipient = :case)", case=case
        )

    async def lift(self, case: str, person: str | None) -> None:
        """The case is red: all that waits to be said in it, of it and to her goes first, what was gathered now.
        Edits and marks stay where they are: they have lanes of their own, and the group's minute is short. Files stay
        behind words, and wait for no others' any more."""
        await self._tx.run(
            "UPDATE outbox SET priority = 0, due_at = CASE kind WHEN 'flood' THEN 0 ELSE due_at END"
            " WHERE state = 'waiting' AND priority > 0 AND (case_id = :case"
            " OR (recipient_kind = 'person' AND recipient = :person))"
            " AND kind NOT IN ('queue_edit', 'topic_card_edit', 'reaction', 'media', 'enclosure')",
            case=case, person=person,
        )  # fmt: skip
        await self._tx.run(
            "UPDATE outbox SET priority = :talk WHERE state = 'waiting' AND priority = :many AND case_id = :case",
            case=case, talk=int(Priority.TALK), many=int(Priority.MANY),
        )  # fmt: skip

    async def advance_card(self, case: str) -> None:
        """A queue card that waits goes before ordinary ones."""
        await self._tx.run(
            "UPDATE outbox SET priority = :ahead WHERE state = 'waiting' AND priority > :ahead AND case_id = :case"
            " AND kind = 'queue_card'",
            case=case, ahead=int(Priority.CLAIM),
        )  # fmt: skip

    async def drop_shown(self, case: str) -> None:
        """What waits to be shown of a case in a group; its words stay in the case."""
        await self._tx.run(
            "DELETE FROM outbox WHERE case_id = :case AND recipient_kind IN ('case', 'desk') AND state = 'waiting'",
            case=case,
        )

    async def drop_desk(self, desk: str) -> None:
        """Edits and deletions for a group that is lost: their numbers mean something else in the next one."""
        await self._tx.run(
            "DELETE FROM outbox WHERE desk = :desk AND state = 'waiting' AND kind <> 'rescue'", desk=desk
        )

    async def drop_lane(self, lane: str, *, but: int) -> None:
        """What still waits in a lane, except the row numbered `but`."""
        await self._tx.run(
            "DELETE FROM outbox WHERE lane = :lane AND state = 'waiting' AND seq <> :but", lane=lane, but=but
        )

    async def drop_person(self, key: str) -> None:
        await self._tx.run("DELETE FROM outbox WHERE recipient_kind = 'person' AND recipient = :key", key=key)

    async def sweep(self, now: int) -> None:
        """Drops failed rows after 30 days."""
        await self._tx.run(
            "DELETE FROM outbox WHERE state = 'failed' AND created_at <= :before", before=now - ON_RECORD
        )
