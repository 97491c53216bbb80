"""Calls outside Telegram as rows: when they are due, what ends them, how long they stay."""

from dataclasses import replace

import pytest

from bot.domain.cases import Case, Status
from bot.domain.ladder import Ladder
from bot.domain.urgency import Level
from bot.services.upkeep import Upkeep
from storage.callouts import Callout
from tests.storage.home import DAY, MINUTE, SECOND, START, Home


async def red(home: Home, number: int = 1, **known: str) -> Case:
    async with home.tx() as tx:
        person = await tx.people.meet(number)
        return await tx.cases.open(person.key, "ru", Level.RED, **known)


async def add(home: Home, case: Case, rung: str = "callout") -> None:
    async with home.tx() as tx:
        await tx.callouts.add(case.id, rung)


async def due(home: Home, limit: int = 9) -> list[Callout]:
    async with home.tx() as tx:
        return await tx.callouts.due(tx.now, limit)


async def states(home: Home) -> list[str]:
    return [row["state"] for row in await home.rows("SELECT state FROM callout ORDER BY created_at, rung")]


async def test_it_is_due_at_once_and_says_code_region_and_how_long_the_case_had_waited(home: Home) -> None:
    case = await red(home, desk="KZ-31", region="KZ-31")
    home.now += 5 * MINUTE
    await add(home, case)
    home.now += MINUTE
    (found,) = await due(home)
    assert (found.code, found.region, found.rung, found.tries) == (case.code, "KZ-31", "callout", 0)
    assert (found.created_at, found.waited) == (START + 5 * MINUTE, 5 * MINUTE)


async def test_the_wait_is_counted_from_where_the_ladder_begins(home: Home) -> None:
    case = await red(home)
    home.now += 10 * MINUTE
    async with home.tx() as tx:
        await tx.ladders.save(Ladder(case.id, since=home.now - 3 * MINUTE))
        await tx.callouts.add(case.id, "callout")
    assert [(found.waited, found.region) for found in await due(home)] == [(3 * MINUTE, "national")]


async def test_the_pauses_grow_to_half_a_minute_and_stay_there(home: Home) -> None:
    await add(home, await red(home))
    pauses = []
    for _ in range(8):
        (found,) = await due(home)
        async with home.tx() as tx:
            await tx.callouts.later(found)
        begun = home.now
        while not await due(home):
            home.now += SECOND
        pauses.append((home.now - begun) // SECOND)
    assert pauses == [2, 5, 10, 20, 30, 30, 30, 30]


async def test_a_time_that_a_clock_set_back_has_left_far_ahead_is_due(home: Home) -> None:
    await add(home, await red(home))
    home.now -= DAY
    assert len(await due(home)) == 1


@pytest.mark.parametrize(
    "over", [{"status": Status.CLAIMED}, {"status": Status.CLOSED}, {"status": Status.ERASED}, {"urgency": Level.AMBER}]
)
async def test_a_call_for_a_case_that_is_not_red_and_waiting_any_more_is_dropped(
    home: Home, over: dict[str, Status | Level]
) -> None:
    case, other = await red(home), await red(home, 2)
    await add(home, case)
    home.now += 1
    await add(home, other)
    async with home.tx() as tx:
        await tx.cases.save(replace(case, **over))  # type: ignore[arg-type]  # either of the two
    assert [found.code for found in await due(home)] == [other.code]
    assert await states(home) == ["dropped", "waiting"]
    async with home.tx() as tx:
        await tx.cases.save(case)
    assert [found.code for found in await due(home)] == [other.code]  # dropped for good


async def test_what_is_done_or_dropped_is_never_due_again(home: Home) -> None:
    case, other = await red(home), await red(home, 2)
    await add(home, case)
    home.now += 1
    await add(home, other)
    found = next(found for found in await due(home) if found.code == case.code)
    async with home.tx() as tx:
        await tx.callouts.done(found)
        await tx.callouts.drop_case(other.id)
        await tx.callouts.later(found)
    home.now += MINUTE
    assert await due(home) == []
    assert await states(home) == ["done", "dropped"]


async def test_one_waiting_call_of_a_rung_is_enough_and_a_new_one_comes_after_it(home: Home) -> None:
    case = await red(home)
    await add(home, case)
    await add(home, case)
    await add(home, case, "incident")
    found = await due(home)
    assert sorted(one.rung for one in found) == ["callout", "incident"]
    async with home.tx() as tx:
        for one in found:
            await tx.callouts.done(one)
    await add(home, case)
    assert [one.rung for one in await due(home)] == ["callout"]


async def test_no_more_than_asked_for_the_longest_due_first(home: Home) -> None:
    for number in range(3):
        await add(home, await red(home, number + 1))
        home.now += 1
    found = await due(home, 2)
    assert [one.created_at for one in found] == [START, START + 1]


async def test_what_is_over_goes_after_thirty_days_and_what_waits_stays(home: Home) -> None:
    case, other = await red(home), await red(home, 2)
    await add(home, case)
    home.now += 1
    await add(home, other)
    async with home.tx() as tx:
        await tx.callouts.drop_case(case.id)
    for days, left in ((29, ["dropped", "waiting"]), (2, ["waiting"])):
        home.now += days * DAY
        async with home.tx() as tx:
            await Upkeep(tx).sweep(tx.now)
        assert await states(home) == left
