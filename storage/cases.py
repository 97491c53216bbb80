"""Cases: one row each, kept after erasure without its person, so that a code is never used again."""

import logging
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from enum import StrEnum
from statistics import median
from typing import Any

from bot.domain.cases import ROUTE_WAIT, SILENT_CLAIMER, SILENT_ON_RED, Case, Result, Safe, Status, Verdict
from bot.domain.codes import POSSIBLE, code_of
from bot.domain.desks import NATIONAL
from bot.domain.people import Language, Want, Writer
from bot.domain.urgency import Level
from storage.statements import Statements, Value, case_key, listed, new_id

log = logging.getLogger(__name__)

NAMES = tuple(field.name for field in fields(Case))
COLUMNS = ", ".join(NAMES)
JOINED = ", ".join(f"c.{name} AS c_{name}" for name in NAMES)
"""For a query that joins the cases as `c`; `case_in` reads them."""
KINDS: dict[str, type[StrEnum]] = {
    "status": Status, "urgency": Level, "writer": Writer, "want": Want, "result": Result,
    "safe": Safe, "verdict": Verdict,
}  # fmt: skip
"""Columns that hold a value of an enum."""
PLACES = tuple((NAMES.index(name), kind) for name, kind in KINDS.items())
UPDATED = ", ".join(f"{field.name} = :{field.name}" for field in fields(Case) if field.name not in ("id", "code"))
OPEN = "status IN ('waiting', 'claimed')"

ANSWERED_ENOUGH = 20
"""With fewer answered cases in seven days the honest estimate is "we don't know yet"."""

WEEK = 7 * 24 * 3_600_000


def case_in(columns: Sequence[Any]) -> Case | None:
    """The case that stands in joined columns, when there is one."""
    return _case(columns) if columns[0] is not None else None


def _case(columns: Iterable[Any]) -> Case:
    """From COLUMNS, in their order."""
    values = list(columns)
    for place, kind in PLACES:
        if values[place] is not None:
            values[place] = kind(values[place])
    return Case(*values)


def _cases(rows: list[sqlite3.Row]) -> list[Case]:
    """Those of several that can be read: a damaged one stops none of the others (`damaged` finds it)."""
    found = []
    for row in rows:
        try:
            found.append(_case(row))
        except ValueError:
            log.error("a case cannot be read: its row is damaged")
    return found


class CaseTable:
    """The `cases` table."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx
        self._ahead: dict[str, Case | None] = {}
        """Open cases by person, read ahead; whatever is written here forgets them."""
        self._aside_ahead: dict[str, list[Case]] = {}
        """The same for what somebody answers in private."""

    async def open(self, person: str, language: Language, urgency: Level, **known: Value) -> Case:
        """A new waiting case with a random code that was never used. `known`: desk, writer, region, route_at."""
        self._forget_ahead()
        while True:
            row = await self._tx.one(
                "INSERT INTO cases (id, code, person, status, urgency, language, opened_at,"
                " desk, writer, region, route_at) VALUES (:id, :code, :person, 'waiting', :urgency, :language, :now,"
                f" :desk, :writer, :region, :route_at) ON CONFLICT (code) DO NOTHING RETURNING {COLUMNS}",
                **{"desk": None, "writer": None, "region": None, "route_at": None, **known},
                id=new_id(), code=code_of(secrets.randbelow(POSSIBLE)), person=person, urgency=urgency,
                language=language, now=self._tx.now,
            )  # fmt: skip
            if row:
                await self._tx.key(case_key(row["id"]), make=True)
                return _case(row)

    async def save(self, case: Case) -> Case:
        """Writes everything but id and code."""
        self._forget_ahead()
        values: dict[str, Value] = {field.name: getattr(case, field.name) for field in fields(Case)}
        values.pop("code")
        await self._tx.run(f"UPDATE cases SET {UPDATED} WHERE id = :id", **values)
        return case

    async def awaits(self, case: Case) -> Case:
        """Writes only what changes with each of a person's messages: everything is a lot for so many."""
        self._ahead.pop(case.person or "", None)
        self._aside_ahead.pop(case.claimer or "", None)
        await self._tx.run(
            "UPDATE cases SET words_at = :words, release_at = :release WHERE id = :id",
            words=case.words_at, release=case.release_at, id=case.id,
        )  # fmt: skip
        return case

    async def _find(self, condition: str, **values: Value) -> Case | None:
        row = await self._tx.one(f"SELECT {COLUMNS} FROM cases WHERE {condition} LIMIT 1", **values)
        return _case(row) if row else None

    async def get(self, case: str) -> Case | None:
        return await self._find("id = :id", id=case)

    async def with_code(self, code: str) -> Case | None:
        return await self._find("code = :code", code=code)

    async def open_of(self, person: str) -> Case | None:
        """The person's open case; there is at most one."""
        if person in self._ahead:
            return self._ahead[person]
        return await self._find(f"person = :person AND {OPEN}", person=person)

    async def read_ahead(self, people: Collection[str]) -> None:
        """The open cases of all of them at once, and what they answer in private: nearly every message asks for it. Not
        of whom a row is damaged."""
        them, values = listed("p", people)
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM cases WHERE person IN ({them}) AND {OPEN}", **values)
        found = {case.person: case for case in _cases(rows)}
        damaged = {row["person"] for row in rows} - found.keys()
        self._ahead = {person: found.get(person) for person in people if person not in damaged}
        self._aside_ahead = await self._asides(people)

    async def closed_since(self, person: str, since: int) -> Case | None:
        """Her last case, when it was closed after `since`."""
        return await self._find(
            "person = :person AND status = 'closed' AND closed_at > :since ORDER BY closed_at DESC",
            person=person, since=since,
        )  # fmt: skip

    async def earlier(self, case: Case) -> list[Case]:
        """What the same person had closed before this case began, the newest first."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE person = :person AND status = 'closed' AND opened_at < :opened"
            " ORDER BY opened_at DESC",
            person=case.person, opened=case.opened_at,
        )  # fmt: skip
        return _cases(rows)

    async def of_topic(self, desk: str, thread_id: int) -> Case | None:
        return await self._find("desk = :desk AND thread_id = :thread", desk=desk, thread=thread_id)

    def _forget_ahead(self) -> None:
        self._ahead.clear()
        self._aside_ahead.clear()

    async def all_of(self, person: str) -> list[Case]:
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM cases WHERE person = :person", person=person)
        return _cases(rows)

    async def claimed_by(self, operator: str, desk: str) -> list[Case]:
        """Her open cases at a desk, and those that she answers in her private chat as an operator of it."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE status = 'claimed' AND claimer = :operator"
            " AND (desk = :desk OR aside = :desk)",
            operator=operator, desk=desk,
        )  # fmt: skip
        return _cases(rows)

    async def aside_of(self, operator: str) -> list[Case]:
        """Cases that she answers in her private chat, the oldest first."""
        if operator in self._aside_ahead:
            return self._aside_ahead[operator]
        return (await self._asides([operator]))[operator]

    async def aside_at(self, desk: str) -> list[Case]:
        """Cases that operators of this desk answer in their private chats."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE aside = :desk AND status = 'claimed' ORDER BY claimed_at, code",
            desk=desk,
        )
        return _cases(rows)

    async def _asides(self, operators: Collection[str]) -> dict[str, list[Case]]:
        them, values = listed("o", operators)
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE claimer IN ({them}) AND aside IS NOT NULL AND status = 'claimed'"
            " ORDER BY claimed_at, code",
            **values,
        )
        found: dict[str, list[Case]] = {operator: [] for operator in operators}
        for case in _cases(rows):
            found[case.claimer or ""].append(case)
        return found

    async def open_at(self, desk: str) -> list[Case]:
        """Every open case of a desk."""
        rows = await self._tx.all(f"SELECT {COLUMNS} FROM cases WHERE desk = :desk AND {OPEN}", desk=desk)
        return _cases(rows)

    async def listed(self, desk: str, message_id: int) -> list[Case]:
        """Cases whose card is this one message, the oldest first."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE desk = :desk AND queue_message_id = :message AND listed = 1"
            " ORDER BY opened_at, code",
            desk=desk, message=message_id,
        )  # fmt: skip
        return _cases(rows)

    async def all_open(self) -> list[Case]:
        """Every open case, the oldest first."""
        return _cases(await self._tx.all(f"SELECT {COLUMNS} FROM cases WHERE {OPEN} ORDER BY opened_at"))

    async def damaged(self) -> list[str]:
        """Codes of cases that cannot be read, because a value in them is none: open ones, and those of no status."""
        wrong = {name: f"{name} NOT IN ({', '.join(repr(str(one)) for one in kind)})" for name, kind in KINDS.items()}
        status = wrong.pop("status")
        rows = await self._tx.all(
            f"SELECT code FROM cases WHERE {status}"
            f" UNION SELECT code FROM cases WHERE {OPEN} AND ({' OR '.join(wrong.values())})"
        )
        return [row["code"] for row in rows]

    async def lose_topics(self, desk: str) -> None:
        """The desk's group is another one: topics and cards of its cases, open or closed, are gone."""
        self._forget_ahead()
        await self._tx.run(
            "UPDATE cases SET thread_id = NULL, card_message_id = NULL, queue_message_id = NULL, queue_topic = NULL,"
            " listed = 0"
            " WHERE desk = :desk",
            desk=desk,
        )
        for table in ("shown", "joined"):
            await self._tx.run(f"DELETE FROM {table} WHERE place LIKE :desk || '/%'", desk=desk)

    async def forget_claimer(self, operator: str, desk: str) -> None:
        """Closed cases of somebody who is gone: when the person comes back, the case goes to the queue."""
        self._forget_ahead()
        await self._tx.run(
            "UPDATE cases SET claimer = NULL WHERE status = 'closed' AND claimer = :operator AND desk = :desk",
            operator=operator, desk=desk,
        )  # fmt: skip

    async def speak(self, person: str, language: Language) -> None:
        """Her open case is in this language from now on."""
        self._forget_ahead()
        await self._tx.run(
            f"UPDATE cases SET language = :language WHERE person = :person AND {OPEN}", person=person, language=language
        )

    async def red_desks(self) -> set[str]:
        """Desks with an open red case: part of their group's minute is kept for it."""
        rows = await self._tx.all(f"SELECT DISTINCT desk FROM cases WHERE urgency = 'red' AND {OPEN}")
        return {row["desk"] for row in rows if row["desk"]}

    async def unclaimed_reds(self, desk: str) -> list[Case]:
        """Red cases that nobody has taken and that are this desk's to take, the oldest first: its own, its region's,
        and at the national desk those that it was called to."""
        named = ", ".join(f"c.{name}" for name in NAMES)
        rows = await self._tx.all(
            f"SELECT {named} FROM cases c LEFT JOIN ladder l ON l.case_id = c.id"
            " WHERE c.urgency = 'red' AND c.status = 'waiting' AND (c.region = :desk OR c.desk = :desk"
            f" OR (:desk = '{NATIONAL}' AND (l.rung IN ('supervisors', 'callout', 'coordinator', 'incident')"
            "   OR l.call_message_id IS NOT NULL)))"
            " ORDER BY COALESCE(l.answer, '') = 'mistake', c.opened_at",
            desk=desk,
        )
        return _cases(rows)

    async def due_for_route(self, now: int) -> list[Case]:
        """Waiting cases whose wait for a region is over, or was set before the clock was set back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE (route_at <= :now OR route_at > :longest) AND desk IS NULL AND {OPEN}",
            now=now, longest=now + 2 * ROUTE_WAIT,
        )  # fmt: skip
        return _cases(rows)

    async def due_for_release(self, now: int) -> list[Case]:
        """Claimed cases whose claimer has been silent too long, or whose time lies ahead of a clock set back."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE (release_at <= :now OR release_at > :longest) AND status = 'claimed'",
            now=now, longest=now + 2 * SILENT_CLAIMER,
        )  # fmt: skip
        return _cases(rows)

    async def soon_released(self, now: int, before: int, before_red: int) -> list[Case]:
        """Claimed cases whose claimer loses them in less than so many milliseconds; another number for red ones."""
        rows = await self._tx.all(
            f"SELECT {COLUMNS} FROM cases WHERE status = 'claimed' AND release_at > :now"
            " AND release_at <= :now + CASE urgency WHEN 'red' THEN :red ELSE :other END",
            now=now, red=before_red, other=before,
        )  # fmt: skip
        return _cases(rows)

    async def claim(self, code: str, operator: str) -> Case | None:
        """One winner by one conditional update; None when it is not waiting any more."""
        self._forget_ahead()
        row = await self._tx.one(
            "UPDATE cases SET status = 'claimed', claimer = :operator, claimed_at = :now,"
            " release_at = CASE urgency WHEN 'red' THEN :red ELSE :other END,"
            " taken_at = COALESCE(taken_at, :now), aside = NULL"
            f" WHERE code = :code AND status = 'waiting' RETURNING {COLUMNS}",
            code=code, operator=operator, now=self._tx.now, red=self._tx.now + SILENT_ON_RED,
            other=self._tx.now + SILENT_CLAIMER,
        )  # fmt: skip
        return _case(row) if row else None

    async def hand_over(self, case: str, giver: str, heir: str) -> Case | None:
        """From one claimer to the next, who has to answer as soon as after a claim; None when it is not hers to give
        any more."""
        self._forget_ahead()
        row = await self._tx.one(
            "UPDATE cases SET claimer = :heir, claimed_at = :now,"
            " release_at = CASE urgency WHEN 'red' THEN :red ELSE :other END"
            f" WHERE id = :id AND status = 'claimed' AND claimer = :giver AND aside IS NULL RETURNING {COLUMNS}",
            id=case, giver=giver, heir=heir, now=self._tx.now, red=self._tx.now + SILENT_ON_RED,
            other=self._tx.now + SILENT_CLAIMER,
        )  # fmt: skip
        return _case(row) if row else None

    async def confirm_danger(self, case: str, operator: str) -> Case | None:
        """The claimer says that the danger is one; None when the case is not hers, or nothing was found."""
        return await self._judged(
            "verdict = 'confirmed', verdict_by = :operator",
            "urgency <> 'ordinary' AND claimer = :operator",
            case,
            operator,
        )

    async def lower_amber(self, case: str, operator: str) -> Case | None:
        """Amber is lowered by the claimer alone."""
        return await self._judged(
            "urgency = 'ordinary', verdict = 'lowered', verdict_by = :operator",
            "urgency = 'amber' AND claimer = :operator", case, operator,
        )  # fmt: skip

    async def propose_lowering(self, case: str, operator: str) -> Case | None:
        """Red is only proposed to be lowered by its claimer; None when that is proposed already."""
        return await self._judged(
            "verdict = 'proposed', verdict_by = :operator",
            "urgency = 'red' AND claimer = :operator AND COALESCE(verdict, '') <> 'proposed'", case, operator,
        )  # fmt: skip

    async def lower_red(self, case: str, second: str) -> Case | None:
        """Somebody else than who proposed it agrees; None when nothing is proposed any more, or by herself."""
        return await self._judged(
            "urgency = 'ordinary', verdict = 'lowered', red_at = NULL",
            "urgency = 'red' AND verdict = 'proposed' AND COALESCE(verdict_by, '') <> :operator", case, second,
        )  # fmt: skip

    async def _judged(self, change: str, when: str, case: str, operator: str) -> Case | None:
        self._forget_ahead()
        row = await self._tx.one(
            f"UPDATE cases SET {change} WHERE id = :id AND status = 'claimed' AND {when} RETURNING {COLUMNS}",
            id=case, operator=operator,
        )  # fmt: skip
        return _case(row) if row else None

    async def usual_wait(self) -> int | None:
        """The median milliseconds to the first answer in the last seven days; None with fewer than 20 of them."""
        rows = await self._tx.all(
            "SELECT answered_at - opened_at AS waited FROM cases"
            " WHERE opened_at > :since AND answered_at IS NOT NULL",
            since=self._tx.now - WEEK,
        )  # fmt: skip
        return int(median(row["waited"] for row in rows)) if len(rows) >= ANSWERED_ENOUGH else None
