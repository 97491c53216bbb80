"""What rises with a case and what she says of herself, in the database alone: services over a real one."""

import pytest

from bot.domain.cases import Case, Safe
from bot.domain.desks import NATIONAL
from bot.domain.ladder import MINUTE, Answer
from bot.domain.messages import Post, Priority, To
from bot.domain.people import Person
from bot.domain.urgency import Assessment, Level, Reason
from bot.services import Services
from bot.services.cases import NotOpen
from storage.database import Transaction
from tests.storage.home import Home

RED = Assessment(Level.RED, "suicide", (Reason("cue", "x"),))


async def opened(tx: Transaction, level: Level = Level.ORDINARY) -> tuple[Person, Case]:
    await tx.desks.bind(NATIONAL, -1, "ru")
    person = await tx.people.meet(1)
    return person, await tx.cases.open(person.key, "ru", level, desk=NATIONAL)


async def answered(tx: Transaction) -> tuple[Person, Case]:
    """Her red case, which somebody has and has answered."""
    person, case = await opened(tx, Level.RED)
    operator = await tx.operators.meet(900, "ru")
    claimed = await tx.cases.claim(case.code, operator.key)
    assert claimed is not None
    return person, await tx.cases.save(claimed.answered(tx.now))


async def waiting(home: Home) -> dict[str, Priority]:
    rows = await home.rows("SELECT kind, priority FROM outbox")
    return {row["kind"]: Priority(row["priority"]) for row in rows}


async def test_the_card_of_a_case_that_turns_amber_later_goes_before_ordinary_ones(home: Home) -> None:
    async with home.tx() as tx:
        _, case = await opened(tx)
        await Services(tx).tell.queue_card(case)
    assert (await waiting(home))["queue_card"] is Priority.QUEUE
    async with home.tx() as tx:
        await Services(tx).dangers.raised(case, Level.AMBER)
    assert (await waiting(home))["queue_card"] is Priority.CLAIM


@pytest.mark.parametrize("how", ["opened red", "turned red"])
async def test_what_waits_for_her_goes_first_when_a_case_is_opened_red_or_turns_red(home: Home, how: str) -> None:
    async with home.tx() as tx:
        person, case = await opened(tx, Level.RED if how == "opened red" else Level.ORDINARY)
        await tx.outbox.add(Post(To.PERSON, person.key, "screen", {"key": "home"}))  # of no case
        await Services(tx).dangers.alarm(case, RED, fresh=how == "opened red")
    assert (await waiting(home))["screen"] is Priority.RED


@pytest.mark.parametrize(("own", "national", "key"), [
    (False, True, "sos.screen"), (True, False, "sos.screen"), (True, True, "sos.unreachable"),
])  # fmt: skip
async def test_that_nobody_can_be_reached_is_said_when_neither_her_desk_nor_the_national_one_can(
    home: Home, own: bool, national: bool, key: str
) -> None:
    async with home.tx() as tx:
        await opened(tx)
        for desk, chat, down in (("KZ-31", -2, own), (NATIONAL, -1, national)):
            await tx.desks.bind(desk, chat, "ru")
            if down:
                await tx.desks.set_down(desk, "kicked")
        case = await tx.cases.open((await tx.people.meet(2)).key, "ru", Level.RED, desk="KZ-31")
        await Services(tx).dangers.numbers(case, True)
        (row,) = [one.row for one in await tx.outbox.ready(9) if one.row.post.kind == "sos"]
        assert row.post.params["key"] == key


@pytest.mark.parametrize("answer", [Answer.YES, Answer.WRITES])
async def test_yes_to_danger_now_gives_whoever_has_the_case_five_minutes(home: Home, answer: Answer) -> None:
    async with home.tx() as tx:
        person, case = await answered(tx)
        await Services(tx).cases.danger_now(person, case.code, answer)
        found = await tx.cases.get(case.id)
        assert found is not None
        assert found.release_at == (tx.now + 5 * MINUTE if answer is Answer.YES else None)


async def test_the_urgent_button_in_an_answered_case_gives_whoever_has_it_five_minutes(home: Home) -> None:
    async with home.tx() as tx:
        person, case = await answered(tx)
        await Services(tx).cases.sos(person, None)
        found = await tx.cases.get(case.id)
        assert found is not None
        assert found.release_at == tx.now + 5 * MINUTE


async def test_an_amber_case_that_turns_red_after_she_has_named_her_region_goes_to_its_desk(home: Home) -> None:
    async with home.tx() as tx:
        _, case = await opened(tx, Level.AMBER)
        await tx.desks.bind("KZ-31", -2, "ru")
        case = await tx.cases.save(case.described(region="KZ-31"))
        case = await Services(tx).dangers.raised(case, Level.RED)
        assert case.desk == "KZ-31"
        cards = [one.row.post for one in await tx.outbox.ready(9) if one.row.post.kind in ("queue_card", "call_card")]
        assert {(post.kind, post.recipient) for post in cards} == {
            ("queue_card", "KZ-31/urgent"), ("call_card", f"{NATIONAL}/urgent"),
        }  # fmt: skip


async def test_yes_twice_to_whether_she_is_safe_counts_once_and_no_may_follow_it(home: Home) -> None:
    async with home.tx() as tx:
        person, case = await opened(tx, Level.AMBER)
        case = await tx.cases.save(case.with_topic(7))
        cases = Services(tx).cases
        with pytest.raises(NotOpen):  # nobody has asked
            await cases.safe(person, case.code, Safe.YES)
        await tx.cases.save(case.asked_safe(Safe.ASKED))
        await cases.safe(person, case.code, Safe.YES)
        with pytest.raises(NotOpen):
            await cases.safe(person, case.code, Safe.YES)
        lines = await tx.all("SELECT kind FROM outbox WHERE recipient_kind = 'case' AND kind = 'line'")
        assert len(lines) == 1
        assert (await cases.safe(person, case.code, Safe.NO)).safe is Safe.NO
        with pytest.raises(NotOpen):
            await cases.safe(person, case.code, Safe.NO)
