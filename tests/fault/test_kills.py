"""kill -9 at every commit and at random moments, in full flow: nothing is lost, nothing strays, every repeat is marked.

Limits and pace are off here: at Telegram's pace the traffic would take hours, and what is asked is another question.
"""

import asyncio
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from bot.telegram.sandbox import Sandbox
from tests.commits import MIGRATE, RESTORE, names
from tests.process import Death, Nursery, Process
from tests.torture import Torture, tortured

SIDES = ("before", "after")


def deaths(each: int) -> list[Death]:
    """Every commit by name, `each` times before and as often after it; others have tests of their own."""
    named = [name for name in names() if name not in (MIGRATE, RESTORE)]
    return [Death(name, side, 1 + turn % 3 * deep(name)) for turn in range(each) for name in named for side in SIDES]


def deep(name: str) -> int:
    """Whether the second and third time of a commit comes soon, too."""
    return int(name in ("intake.store", "worker.batch", "sender.turn"))


def quarantined(database: Path) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT state, COUNT(*) FROM inbox WHERE state <> 'done' GROUP BY state").fetchall()


def report(torture: Torture) -> str:
    """What the run was like, for whoever looks at it."""
    calls = [call for call in torture.sandbox.journal.calls if call.method == "sendMessage"]
    again = sum(str(call.params.get("text", "")).startswith("↻ ") for call in calls if call.ok)
    random_kills = sum(grave.where is None for grave in torture.graves)
    said = sum(len(person.asked) + len(person.told) for person in torture.people)
    return (
        f"{said} messages of {len(torture.people)} persons, {len(torture.graves)} kills ({random_kills} at random "
        f"moments), {sum(not call.ok or not call.answered for call in calls)} calls refused or cut, {again} repeats"
    )


async def suffered(torture: Torture, plan: list[Death | None], messages: int) -> None:
    torture.chance.shuffle(plan)
    await torture.suffer(plan, messages)
    print(report(torture))
    assert list(torture.wrongs()) == []
    expected = [("quarantined", len(hung(torture)))] if hung(torture) else []
    assert quarantined(torture.process.database) == expected
    assert "Traceback" not in torture.process.text()


def hung(torture: Torture) -> list[str]:
    """Messages whose handler never ended, three times each."""
    return [shown.text for shown in torture._stuck.chat if shown.mine and shown.text == "зависни"]


async def test_killed_at_every_commit_and_at_random_moments_it_loses_nothing(tmp_path: Path) -> None:
    """The slice of `make torture` that every run has: every other commit before, the others after it, and on both sides
    those that all that is said goes through."""
    each = deaths(1)
    some = {*each[::4], *each[3::4]} | {death for death in each if deep(death.name)}
    plan: list[Death | None] = [*(death for death in each if death in some), *[None] * 6]
    assert {death.name for death in some} == {death.name for death in each}
    async with tortured(tmp_path, people=8, seed=26) as torture:
        await suffered(torture, plan, messages=150)


SENT_ANEW = """
from storage.outbox import Outbox
sent, twice = Outbox.sent, set()
async def anew(self, *seqs):
    await sent(self, *(seq for seq in seqs if seq in twice))
    for seq in set(seqs) - twice:  # once: a row that goes anew for ever holds up all that shows it
        await self._tx.run("UPDATE outbox SET state = 'waiting' WHERE seq = :seq", seq=seq)
    twice.update(seqs)
Outbox.sent = anew
"""
IN_DOUBT = """
from storage.outbox import Outbox
async def in_doubt(self):
    return len(await self._tx.all("{}"))
Outbox.in_doubt = in_doubt
"""
UNMARKED = IN_DOUBT.format("UPDATE outbox SET state = 'waiting' WHERE state = 'sending' RETURNING seq")
DROPPED = IN_DOUBT.format("DELETE FROM outbox WHERE state = 'sending' RETURNING seq")
MARKED = IN_DOUBT.format("UPDATE outbox SET state = 'waiting', again = 1 WHERE state <> 'failed' RETURNING seq")
ASTRAY = """
from bot.telegram.api import Api
call, place = Api.call, {}
async def astray(self, method, params=None, **more):
    params = dict(params or {})
    if method == "sendMessage" and "она-" in params.get("text", "") and "message_thread_id" in params:
        params["message_thread_id"] = place.setdefault("first", params["message_thread_id"])
    return await call(self, method, params, **more)
Api.call = astray
"""
NEWEST_FIRST = """
from storage.statements import Statements
every = Statements.all
async def newest(self, sql, **values):
    if "b.seq < o.seq" in sql:
        sql = sql.replace("b.seq < o.seq", "b.seq > o.seq")
    return await every(self, sql, **values)
Statements.all = newest
"""
PLANTS = {
    "a sent row is sent anew": (SENT_ANEW, "a repeat without its mark"),
    "a repeat is not marked": (UNMARKED, "a repeat without its mark"),
    "what was on its way is dropped": (DROPPED, "never arrived"),
    "all that waits is marked": (MARKED, "a repeat for no reason"),
    "another's topic": (ASTRAY, "in a wrong topic"),
    "the newest first": (NEWEST_FIRST, "out of order"),
}


ALWAYS = {"a repeat is not marked", "what was on its way is dropped", "the newest first"}
"""One of each kind in every run; the others, half a minute each, in `make torture`."""


@pytest.mark.parametrize(
    "plant", [pytest.param(one, marks=() if one in ALWAYS else pytest.mark.torture) for one in PLANTS]
)
async def test_the_judge_of_kills_sees(plant: str, tmp_path: Path) -> None:
    source, expected = PLANTS[plant]
    async with tortured(tmp_path, people=3, seed=7) as torture:
        torture.plant, torture.patience = source, 3
        found: list[str] = []
        try:
            await torture.suffer([Death("sender.turn", side, hit) for hit in (2, 3, 4) for side in SIDES], messages=60)
        except AssertionError as lost:
            found.append(str(lost))
        found += torture.wrongs()
        assert any(expected in wrong for wrong in found), found


@pytest.mark.torture
async def test_two_hundred_kills_at_random_moments(tmp_path: Path) -> None:
    async with tortured(tmp_path, people=40, seed=3) as torture:
        await suffered(torture, [None] * 200, messages=500)


@pytest.mark.torture
async def test_twenty_kills_at_every_commit(tmp_path: Path) -> None:
    async with tortured(tmp_path, people=40, seed=4) as torture:
        await suffered(torture, [*deaths(10)], messages=500)
        hits = Counter(grave.where.name for grave in torture.graves if grave.where)
        assert {name: hits[name] for name in names() if name not in (MIGRATE, RESTORE) and hits[name] < 20} == {}


@pytest.mark.parametrize("each", [2, pytest.param(10, marks=pytest.mark.torture)])
async def test_killed_at_every_migration_the_next_start_goes_on_from_there(tmp_path: Path, each: int) -> None:
    nursery = Nursery()
    try:
        async with Sandbox() as sandbox:
            for turn in range(each):
                for side in SIDES:
                    folder = tmp_path / f"{turn}{side}"
                    folder.mkdir()
                    process = Process(sandbox, folder)
                    nursery.bear(process, dies=Death(MIGRATE, side, 1 + turn % 2))
                    assert await asyncio.to_thread(nursery.buried) == -9
                    nursery.bear(process, dies=Death("start.look", "after"))  # it starts, and has a link to print
                    assert await asyncio.to_thread(nursery.buried) == -9
                    with closing(sqlite3.connect(f"file:{process.database}?mode=ro", uri=True)) as connection:
                        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        nursery.close()
