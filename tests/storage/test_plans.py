"""What runs at every update, turn or sweep never reads the whole of a table that grows with the years."""

import pytest

from bot.domain.urgency import Level
from bot.jobs import SWEEPS
from bot.services import Services
from tests.storage.home import Home

GROWING = {"inbox", "outbox", "cases", "message", "person", "consent", "data_key", "finding"}
"""All other tables hold what there is now: desks and who works there, calls of the last minute, open forms."""


async def everything(home: Home) -> None:
    """All sweeps and looks, and what the worker and the sender ask for each update and turn."""
    for sweep in SWEEPS:
        async with home.tx() as tx:
            await sweep.run(Services(tx), tx.now)
    async with home.tx() as tx:
        await tx.inbox.add(1, "p:x", True, {})
        await tx.inbox.newest()
        for update in await tx.inbox.take(["held"]):
            await tx.inbox.failed(update)
        await tx.inbox.done(1)
        await tx.inbox.quarantine(1)
        await tx.inbox.forget("p:x")
        await tx.inbox.bodies("p:x", 1)
        await tx.outbox.ready(20, ["full"], ["reserved"])
        await tx.outbox.has_card("case", "place")
        await tx.outbox.waiting_reds(5)
        await tx.outbox.lift("case", "p:x")
        await tx.outbox.advance_card("case")
        await tx.outbox.drop_lane("lane", but=1)
        await tx.watch.touch()
        await tx.watch.red_on_the_way()
        await tx.watch.red_unclaimed()
        await tx.pacing.spend({"desk:x": 1})
    async with home.tx() as tx:
        person = await tx.people.meet(7)
        await tx.cases.open_of(person.key)
        await tx.cases.closed_since(person.key, 1)
        await tx.cases.of_topic("desk", 1)
        await tx.cases.all_of(person.key)
        await tx.cases.claimed_by("operator", "desk")
        await tx.cases.open_at("desk")
        await tx.cases.all_open()
        await tx.cases.speak(person.key, "ru")
        await tx.cases.red_desks()
        await tx.cases.unclaimed_reds("region")
        await tx.cases.claim("code", "operator")
        await tx.cases.with_code("code")
        await tx.cases.usual_wait()
        await tx.messages.last("case")
        await tx.messages.from_person("case")
        await tx.messages.said_since("case", 5)
        await tx.findings.newest("case", Level.RED)
        for judged in (tx.cases.confirm_danger, tx.cases.lower_amber, tx.cases.propose_lowering, tx.cases.lower_red):
            await judged("case", "operator")
        await tx.messages.all_of("case", 5)


async def scans(home: Home) -> dict[str, str]:
    """Statements that read all rows of a growing table, and of which; an index of a part of the rows is none."""
    assert home.database is not None
    seen: list[str] = []
    await home.database._connection.set_trace_callback(seen.append)
    await everything(home)
    await home.database._connection.set_trace_callback(None)  # type: ignore[arg-type]  # sqlite3 takes it to stop
    parts = {
        row["name"] for table in GROWING for row in await home.rows(f"PRAGMA index_list({table})") if row["partial"]
    }
    found = {}
    for sql in dict.fromkeys(seen):
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "INSERT")):
            for step in await home.rows(f"EXPLAIN QUERY PLAN {sql}"):
                what, _, index = step["detail"].partition(" USING ")
                named = what.removeprefix("SCAN ")
                whole = named in GROWING or any(f"{table} {named} " in f"{sql} " for table in GROWING)
                if what.startswith("SCAN ") and whole and index.split(" ")[-1] not in parts:
                    found[sql] = step["detail"]
    return found


async def test_no_sweep_look_or_turn_reads_the_whole_of_a_table_that_grows(home: Home) -> None:
    assert await scans(home) == {}


@pytest.mark.parametrize(
    ("index", "sweep"),
    [
        ("outbox_untold", "UPDATE outbox"),
        ("person_leaving", "DELETE FROM person"),
        ("cases_unclaimed", "SELECT c.id AS"),
    ],
)
async def test_without_its_index_a_statement_is_found(home: Home, index: str, sweep: str) -> None:
    async with home.tx() as tx:
        await tx.run(f"DROP INDEX {index}")
        await tx.run("DROP INDEX IF EXISTS outbox_failed")

    assert any(sql.startswith(sweep) for sql in await scans(home))
