"""The inbox: every update as it came, sealed, until it is done."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bot.domain.urgency import ORDINARY, Assessment, Level, Reason
from storage.findings import packed, unpacked
from storage.statements import Statements, StorageFault, day_key, listed

BATCH = 50
"""How many updates one commit may carry."""

RETRY_AFTER = (2_000, 10_000)
"""Milliseconds before the second and the third try; after that, quarantine."""

REMEMBER = 6 * 24 * 3_600_000
"""How long the bare update_id stays against repeats: less than the week after which Telegram starts anew."""

QUARANTINE = 30 * 24 * 3_600_000


@dataclass(frozen=True)
class Update:
    """A stored update. `lane` is a person or a topic of a group: inside it order holds."""

    seq: int
    update_id: int
    lane: str
    red: bool
    tries: int
    body: Any
    assessed: Assessment = ORDINARY


class Inbox:
    """The `inbox` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def add(self, update_id: int, lane: str, red: bool, raw: Any, assessed: Assessment = ORDINARY) -> None:
        """Stores a raw update, and what was read from its words; one that is here already stays as it is."""
        day = day_key(self._tx.now)
        found = None
        if assessed.level is not Level.ORDINARY:
            found = await self._tx.seal_json(day, f"inbox/{update_id}/assessed", packed(assessed))
        await self._tx.run(
            "INSERT INTO inbox (update_id, lane, red, received_at, state, due_at, body, assessed, sealed_by)"
            " VALUES (:id, :lane, :red, :now, 'waiting', 0, :body, :assessed, :day)"
            " ON CONFLICT (update_id) DO NOTHING",
            id=update_id, lane=lane, red=int(red), now=self._tx.now, day=day, assessed=found,
            body=await self._tx.seal_json(day, f"inbox/{update_id}/body", raw),
        )  # fmt: skip

    async def newest(self) -> int:
        """The number of the newest update here, 0 without any."""
        row = await self._tx.one("SELECT MAX(seq) AS newest FROM inbox")
        return int(row["newest"] or 0) if row else 0

    async def take(self, held: Collection[str] = ()) -> list[Update]:
        """The oldest undone updates, red lanes first; lanes that wait for a retry or are `held` are left out.

        Each half ends with its first `BATCH`: however much waits, and however much of it is one lane's, this takes no
        longer. A retry that lies much further ahead than any can was set before the clock was set back: it is due.
        """
        lanes, values = listed("held", held)
        free = (
            f"i.lane NOT IN ({lanes}) AND NOT EXISTS (SELECT 1 FROM inbox b WHERE b.lane = i.lane"
            " AND b.state = 'waiting' AND b.tries > 0 AND b.seq <= i.seq AND b.due_at > :now AND b.due_at <= :longest)"
            " ORDER BY i.seq LIMIT :limit"
        )
        rows = await self._tx.all(
            "WITH red AS (SELECT DISTINCT lane FROM inbox WHERE state = 'waiting' AND red = 1),"
            " next AS ("
            "  SELECT * FROM (SELECT i.seq, 0 AS later FROM red CROSS JOIN inbox i"
            f"   WHERE i.lane = red.lane AND i.state = 'waiting' AND {free})"
            "  UNION ALL"
            "  SELECT * FROM (SELECT i.seq, 1 AS later FROM inbox i"
            f"   WHERE i.state = 'waiting' AND i.lane NOT IN (SELECT lane FROM red) AND {free}))"
            " SELECT i.seq, i.update_id, i.lane, i.red, i.tries, i.body, i.assessed, i.sealed_by"
            " FROM next JOIN inbox i ON i.seq = next.seq ORDER BY next.later, i.seq LIMIT :limit",
            now=self._tx.now, longest=self._tx.now + 2 * RETRY_AFTER[-1], limit=BATCH, **values,
        )  # fmt: skip
        return [await self._opened(row) for row in rows]

    async def _opened(self, row: sqlite3.Row) -> Update:
        """A body that does not open any more is nobody's update: it will be set aside like one nobody can parse."""
        try:
            body = await self._tx.unseal_json(row["sealed_by"], f"inbox/{row['update_id']}/body", row["body"])
        except StorageFault:
            raise
        except Exception:
            body = None
        assessed = await self._assessed(row)
        return Update(row["seq"], row["update_id"], row["lane"], bool(row["red"]), row["tries"], body, assessed)

    async def _assessed(self, row: sqlite3.Row) -> Assessment:
        """What was read from its words. One that does not open any more was flagged all the same."""
        if row["assessed"] is None:
            return ORDINARY
        try:
            place = f"inbox/{row['update_id']}/assessed"
            return unpacked(await self._tx.unseal_json(row["sealed_by"], place, row["assessed"]))
        except StorageFault:
            raise
        except Exception:
            return Assessment(Level.RED if row["red"] else Level.AMBER, None, (Reason("error"),))

    async def bodies(self, lane: str, since: int) -> list[Any]:
        """The newest three updates that wait in a lane since then, the oldest first; only of those that open."""
        rows = await self._tx.all(
            "SELECT seq, update_id, lane, red, tries, body, assessed, sealed_by FROM inbox"
            " WHERE lane = :lane AND state = 'waiting' AND received_at >= :since ORDER BY seq DESC LIMIT 3",
            lane=lane, since=since,
        )  # fmt: skip
        return [update.body for update in reversed([await self._opened(row) for row in rows]) if update.body]

    async def done(self, seq: int) -> None:
        """Marks an update done and erases its body and whose it was."""
        await self._tx.run(
            "UPDATE inbox SET state = 'done', body = NULL, assessed = NULL, sealed_by = NULL, lane = ''"
            " WHERE seq = :seq",
            seq=seq,
        )

    async def failed(self, update: Update) -> bool:
        """Counts a try; True when it may be tried again, False when its tries are used up."""
        if update.tries >= len(RETRY_AFTER):
            return False
        await self._tx.run(
            "UPDATE inbox SET tries = tries + 1, due_at = :due WHERE seq = :seq",
            seq=update.seq, due=self._tx.now + RETRY_AFTER[update.tries],
        )  # fmt: skip
        return True

    async def quarantine(self, seq: int) -> None:
        """Sets an update aside, with its sealed body, so that its lane goes on."""
        await self._tx.run("UPDATE inbox SET state = 'quarantined' WHERE seq = :seq", seq=seq)

    async def forget(self, lane: str) -> None:
        """Erases the bodies of a lane that lie in quarantine (a person's /forget)."""
        await self._tx.run(
            "UPDATE inbox SET body = NULL, assessed = NULL, sealed_by = NULL, lane = ''"
            " WHERE lane = :lane AND state = 'quarantined'",
            lane=lane,
        )

    async def sweep(self, now: int) -> None:
        """Drops ids after 6 days, quarantined bodies after 30, and day keys that seal nothing any more."""
        await self._tx.run("DELETE FROM inbox WHERE state = 'done' AND received_at <= :before", before=now - REMEMBER)
        await self._tx.run(
            "DELETE FROM inbox WHERE state = 'quarantined' AND received_at <= :before", before=now - QUARANTINE
        )
        rows = await self._tx.all(
            "SELECT k.id FROM data_key k WHERE k.id >= 'day:' AND k.id < 'day;' AND k.created_at <= :before"
            " AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.state = 'quarantined' AND i.sealed_by = k.id)"
            " AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.state = 'waiting' AND i.sealed_by = k.id)"
            " AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.state IN ('waiting', 'sending') AND o.sealed_by = k.id)"
            " AND NOT EXISTS (SELECT 1 FROM form f WHERE f.sealed_by = k.id)",
            before=now - 2 * 24 * 3_600_000,
        )  # fmt: skip
        for row in rows:
            await self._tx.drop_key(row["id"])
