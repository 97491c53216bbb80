"""Intake, worker, outbox and sender against whatever may happen to them, in any order."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot import app
from bot.domain.cases import Case
from bot.domain.desks import Desk, Operator
from bot.services.desk import DeskWork, Said
from bot.telegram.intake import Intake
from bot.telegram.pace import Pace
from bot.telegram.raw import ALLOWED_UPDATES
from storage.cases import CaseTable
from storage.database import Database, StorageFault, Transaction
from storage.outbox import Outbox, Ready
from storage.sealing import KeyRing
from storage.statements import Statements
from tests.fault.cast import BREAKS
from tests.fault.long_run import PLAYS, SLICE, long_run, play, prepare_town
from tests.fault.machine import Machine
from tests.fault.trouble import EVERYTHING


@pytest.fixture(scope="module", autouse=True)
def _a_prepared_town(tmp_path_factory: pytest.TempPathFactory) -> None:
    prepare_town(tmp_path_factory.mktemp("seed"))


def test_whatever_happens_nothing_is_lost_misplaced_or_held_up() -> None:
    play(SLICE)


@pytest.mark.torture
def test_whatever_happens_for_long_nothing_is_lost_misplaced_or_held_up() -> None:
    """Every kind of trouble has been met: what was not played proves nothing."""
    plays, happened, found = long_run()
    print(f"\n{plays} plays: " + ", ".join(f"{what} {count}" for what, count in sorted(happened.items())))
    assert not found, "\n\n".join(found)
    assert plays >= PLAYS
    assert not EVERYTHING - happened.keys()


async def nothing(*_: Any, **__: Any) -> None:
    """A defence that is out."""


def acknowledged_too_early(patch: pytest.MonkeyPatch) -> None:
    """The next offset is asked for before what came is on the disk."""
    store = Intake._store

    async def late(self: Intake, tx: Transaction, update: Any) -> None:
        offset = update["update_id"] + 1
        await self._api.call("getUpdates", {"offset": offset, "timeout": 0, "allowed_updates": ALLOWED_UPDATES})
        raise StorageFault("the disk is full")

    async def stored(self: Intake, tx: Transaction, update: Any) -> None:
        await (late if "слово002" in str(update) else store)(self, tx, update)

    patch.setattr(Intake, "_store", stored)


def half_a_move_stays(patch: pytest.MonkeyPatch) -> None:
    """No savepoint: what a handler did before it raised is committed, and done again by the next try."""

    @contextlib.asynccontextmanager
    async def none(self: Statements) -> AsyncIterator[None]:
        yield

    patch.setattr(Statements, "savepoint", none)


def answers_go_to_the_newest_case(patch: pytest.MonkeyPatch) -> None:
    answer = DeskWork._answer

    async def misled(self: DeskWork, case: Case, operator: Operator, said: Said) -> None:
        newest = "SELECT id FROM cases WHERE status = 'claimed' ORDER BY opened_at DESC LIMIT 1"
        row = await self._tx.one(newest)
        found = await self._tx.cases.get(row["id"]) if row else None
        await answer(self, found or case, operator, said)

    patch.setattr(DeskWork, "_answer", misled)


def nobody_is_alarmed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(app, "_alarm", nothing)


def words_that_broke_a_handler_are_gone(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(app, "_rescue", nothing)


def a_bad_chat_is_waited_for(patch: pytest.MonkeyPatch) -> None:
    """While a row has failed and goes again, nothing goes beside it."""
    ready = Outbox.ready

    async def waiting(self: Outbox, *how: Any) -> list[Ready]:
        rows = await ready(self, *how)
        failed = await self._tx.one("SELECT 1 FROM outbox WHERE state IN ('waiting', 'sending') AND tries > 0 LIMIT 1")
        return [one for one in rows if one.row.tries] if failed else rows

    patch.setattr(Outbox, "ready", waiting)


def answers_go_to_her_newest_case(patch: pytest.MonkeyPatch) -> None:
    """What is written in the topic of a case that is over reaches her in the one that she has now."""
    said = DeskWork.said

    async def misled(self: DeskWork, desk: Desk, thread_id: int, operator: Operator | None, words: Said) -> None:
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        newest = await self._tx.cases.open_of(case.person) if case and case.person else None
        if case and newest and operator and not case.status.open:
            await self._answer(newest, operator, words)
        else:
            await said(self, desk, thread_id, operator, words)

    patch.setattr(DeskWork, "said", misled)


def a_case_more_for_every_message(patch: pytest.MonkeyPatch) -> None:
    prepare_database = Database._prepare

    async def prepared(self: Database, ring: KeyRing) -> None:
        await prepare_database(self, ring)
        await self._connection.execute_fetchall("DROP INDEX cases_one_open")

    patch.setattr(Database, "_prepare", prepared)
    patch.setattr(CaseTable, "open_of", nothing)


def there_is_no_pace(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Pace, "may", lambda *_, **__: True)
    patch.setattr(Pace, "full", lambda *_: set())
    patch.setattr(Pace, "reserved", lambda *_: set())


DEFECTS: list[tuple[Callable[[pytest.MonkeyPatch], None], str]] = [
    (acknowledged_too_early, "acknowledged and not stored"),
    (half_a_move_stays, "repeated without a mark"),
    (answers_go_to_the_newest_case, "wrong private chat"),
    (nobody_is_alarmed, "no alarm"),
    (words_that_broke_a_handler_are_gone, "lost: "),
    (a_case_more_for_every_message, "open cases of one person"),
    (there_is_no_pace, "beyond the pace"),
    (a_bad_chat_is_waited_for, "held up by"),
    (answers_go_to_her_newest_case, "which was over"),
]


def one_play() -> None:
    """A few rules by hand: what each of the defects needs to be seen."""
    machine = Machine()
    try:
        machine.writes(who=0, how="words")
        machine.writes_what_breaks_its_handler(who=2, words=BREAKS)
        machine.writes(who=0, how="burst")
        machine.answers(desk="national", which=0, many=2, breaks=False)
        machine.answers(desk="regional", which=0, many=3, breaks=False)
        machine.everybody_talks(which=0)
        machine.one_chat_is_bad_and_the_others_go_on(where="regional", how="hangs")
        machine.a_case_is_closed_and_she_has_another(desk="national", which=0, how="urgent")
        machine.the_bot_is_ended_and_started(how="stopped", who=1, which=0, seconds=0, damage="nothing")
    finally:
        machine.teardown()


def test_a_play_without_a_defect_finds_nothing() -> None:
    one_play()


@pytest.mark.parametrize(("defect", "found"), DEFECTS, ids=[defect.__name__ for defect, _ in DEFECTS])
def test_a_planted_defect_is_found(
    monkeypatch: pytest.MonkeyPatch, defect: Callable[[pytest.MonkeyPatch], None], found: str
) -> None:
    defect(monkeypatch)
    with pytest.raises(AssertionError, match=found):
        one_play()
