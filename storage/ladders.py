"""Ladders of red cases: one row each, and the incidents they come to."""

import logging
import sqlite3
from dataclasses import fields, replace

from bot.domain.cases import Case
from bot.domain.desks import NATIONAL
from bot.domain.ladder import INCIDENT_AGAIN, MISTAKES_IN, SILENT_PERSON, Answer, Ladder, Rung
from storage import cases
from storage.statements import ON_RECORD, Statements, Value

log = logging.getLogger(__name__)

NAMES = tuple("case_id" if field.name == "case" else field.name for field in fields(Ladder))
COLUMNS = ", ".join(NAMES)
UPDATED = ", ".join(f"{name} = :{name}" for name in NAMES if name != "case_id")
JOINED = ", ".join(f"l.{name}" for name in NAMES)


def _ladder(row: sqlite3.Row) -> Ladder:
    values = {field.name: row[name] for field, name in zip(fields(Ladder), NAMES, strict=True)}
    values["rung"] = Rung(values["rung"]) if values["rung"] else None
    values["answer"] = Answer(values["answer"]) if values["answer"] else None
    values["callout_waits"] = bool(values["callout_waits"])
    return Ladder(**values)


class LadderTable:
    """The `ladder` and `incident` tables."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def of(self, case: str) -> Ladder | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM ladder WHERE case_id = :case", case=case)
        return _ladder(row) if row else None

    async def save(self, ladder: Ladder) -> Ladder:
        values: dict[str, Value] = {
            name: getattr(ladder, field.name) for field, name in zip(fields(Ladder), NAMES, strict=True)
        }
        values["callout_waits"] = int(ladder.callout_waits)
        named = ", ".join(f":{name}" for name in NAMES)
        await self._tx.run(
            f"INSERT INTO ladder ({COLUMNS}) VALUES ({named}) ON CONFLICT (case_id) DO UPDATE SET {UPDATED}", **values
        )
        return ladder

    async def drop(self, case: str) -> None:
        await self._tx.run("DELETE FROM ladder WHERE case_id = :case", case=case)

    async def due(self, now: int) -> list[tuple[Case, Ladder]]:
        """Waiting red cases whose next rung is due, or was set before the clock was set back; the oldest first."""
        late = f"l.due_at <= :now OR l.since > :now OR (l.incident IS NOT NULL AND l.due_at > :now + {INCIDENT_AGAIN})"
        return await self._waiting(late, "l.due_at", "waiting", now=now)

    async def to_ask(self, now: int) -> list[tuple[Case, Ladder]]:
        """Red cases, taken or not, of people who said that it was a mistake and are to be asked once more."""
        which = "(l.ask_at <= :now OR l.mistake_at > :now) AND c.urgency = 'red' AND c.status IN ('waiting', 'claimed')"
        return await self._waiting(which, "l.ask_at", now=now)

    async def silent(self, now: int) -> list[tuple[Case, Ladder]]:
        """Red cases that somebody has and whose person has not written for long."""
        late = f"l.silent_at <= :now OR l.silent_at > :now + {2 * SILENT_PERSON[-1]}"
        return await self._waiting(late, "l.silent_at", "claimed", now=now)

    async def _waiting(
        self, which: str, column: str, status: str | None = None, **values: int
    ) -> list[tuple[Case, Ladder]]:  # fmt: skip
        """Ladders for which `which` holds, in the order of `column`; with a status, of red cases in it."""
        rows = await self._tx.all(
            f"SELECT {cases.JOINED}, {JOINED} FROM ladder l JOIN cases c ON c.id = l.case_id"
            f" WHERE {column} IS NOT NULL AND ({which})"
            " AND (:status IS NULL OR c.urgency = 'red' AND c.status = :status)"
            f" ORDER BY {column}, c.opened_at, c.code",
            status=status, **values,
        )  # fmt: skip
        found = []
        for row in rows:
            try:
                case = cases.case_in(row[: len(cases.NAMES)])
                if case is not None:
                    found.append((case, _ladder(row)))
            except ValueError:
                log.error("a ladder cannot be read: its row is damaged")
        return found

    async def without(self) -> list[Case]:
        """Waiting red cases whose ladder stands still though nothing halts it: none, unless something went wrong."""
        rows = await self._tx.all(
            f"SELECT {cases.JOINED} FROM cases c LEFT JOIN ladder l ON l.case_id = c.id"
            " WHERE c.urgency = 'red' AND c.status = 'waiting' AND c.desk IS NOT NULL"
            " AND (l.case_id IS NULL OR (l.due_at IS NULL AND COALESCE(l.answer, '') <> 'mistake'))"
        )
        found = []
        for row in rows:
            try:
                found.append(cases.case_in(row))
            except ValueError:
                log.error("a case cannot be read: its row is damaged")
        return [case for case in found if case is not None]

    async def lately(self, desk: str) -> int:
        """How many red cases have come to a desk in the last minute; to the national one also by its being called."""
        row = await self._tx.one(
            "SELECT COUNT(*) AS n FROM ladder l JOIN cases c ON c.id = l.case_id"
            " WHERE l.since > :since AND (c.desk = :desk OR :desk = 'national' AND l.rung IS NOT NULL)",
            since=self._tx.now - 60_000, desk=desk,
        )  # fmt: skip
        return int(row["n"]) if row else 0

    async def called_by(self, message_id: int) -> list[tuple[Case, Ladder]]:
        """The cases to which this one message called the national desk."""
        return await self._waiting("l.call_message_id = :message", "l.call_message_id", message=message_id)

    async def mistakes(self, person: str) -> int:
        """How often she has pressed the button by mistake in the last seven days."""
        row = await self._tx.one(
            "SELECT COUNT(*) AS n FROM press p JOIN cases c ON c.id = p.case_id"
            " WHERE c.person = :person AND p.what = 'mistake' AND p.at > :since",
            person=person, since=self._tx.now - MISTAKES_IN,
        )  # fmt: skip
        return int(row["n"]) if row else 0

    async def pressed(self, case: Case, what: str) -> None:
        """The urgent button ("sos"), or that it was a "mistake"."""
        await self._tx.run(
            "INSERT INTO press (case_id, what, desk, at) VALUES (:case, :what, :desk, :now)",
            case=case.id, what=what, desk=case.desk or NATIONAL, now=self._tx.now,
        )  # fmt: skip

    async def sweep(self, now: int) -> None:
        """Drops presses after 30 days."""
        await self._tx.run("DELETE FROM press WHERE at <= :before", before=now - ON_RECORD)

    async def incident(self, case: Case, ladder: Ladder) -> Ladder:
        """The ladder with the number of its incident; the first time it gets one."""
        if ladder.incident is not None:
            return ladder
        row = await self._tx.one(
            "INSERT INTO incident (case_id, desk, at) VALUES (:case, :desk, :now) RETURNING number",
            case=case.id, desk=case.desk or "", now=self._tx.now,
        )  # fmt: skip
        assert row is not None
        return replace(ladder, incident=row["number"])
