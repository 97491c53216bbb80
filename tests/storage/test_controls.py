"""Dates of cases: due once, also after the clock was set back; today's; and what somebody has in hand."""

from bot.domain.cases import Case, Result
from bot.domain.control import today
from bot.domain.keeping import KEEP_PLACES
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.rescue import Number
from bot.domain.urgency import Level
from storage.database import Transaction
from tests.storage.home import DAY, HOUR, MINUTE, START, Home


async def case_of(tx: Transaction, number: int, level: Level = Level.ORDINARY) -> Case:
    person = await tx.people.meet(number)
    return await tx.cases.open(person.key, "ru", level, desk="national")


async def due(home: Home) -> list[str]:
    async with home.tx() as tx:
        return [one.case for one in await tx.controls.due(tx.now)]


async def test_a_date_is_due_when_it_comes_and_survives_a_restart(home: Home) -> None:
    async with home.tx() as tx:
        case = await case_of(tx, 1)
        await tx.controls.set(case.id, START + 3 * DAY)

    home.now = START + 3 * DAY - 1
    await home.reopen()
    assert await due(home) == []
    home.now = START + 3 * DAY
    assert await due(home) == [case.id]
    async with home.tx() as tx:
        await tx.controls.told(case.id)
    assert await due(home) == []


async def test_a_date_set_before_the_clock_was_set_back_is_due_and_a_corrected_second_changes_nothing(
    home: Home,
) -> None:
    async with home.tx() as tx:
        case = await case_of(tx, 1)
        await tx.controls.set(case.id, START + DAY)

    home.now = START - MINUTE
    assert await due(home) == []
    home.now = START - 30 * DAY
    assert await due(home) == [case.id]


async def test_today_is_the_days_own_and_a_closed_case_drops_its_date_unless_it_is_kept(home: Home) -> None:
    start, end = today(START)
    async with home.tx() as tx:
        soon, later, told, kept, closed = [await case_of(tx, number) for number in range(1, 6)]
        for case, at in ((soon, end - 1), (later, end), (told, start - DAY), (kept, START), (closed, START)):
            await tx.controls.set(case.id, at)
        await tx.controls.told(told.id)
        assert await tx.controls.keep(kept.id)
        for case in (kept, closed):
            await tx.cases.save(case.closed(tx.now, Result.HELPED))
            await tx.controls.closed(case.id)

    async with home.tx() as tx:
        found = [one.code for one in await tx.controls.today("national", start, end)]
        assert found == [told.code, kept.code, soon.code]
        assert await tx.controls.today("KZ-31", start, end) == []
        await tx.run("UPDATE cases SET urgency = 'damaged' WHERE id = :id", id=told.id)
        found = [one.code for one in await tx.controls.today("national", start, end)]
        assert found == [kept.code, soon.code], "one damaged row hides none of the others"
        assert await tx.controls.of(closed.id) is None
        assert not await tx.controls.keep(closed.id)
        assert await tx.controls.drop(soon.id)
        assert not await tx.controls.drop(soon.id)


async def test_a_place_stays_while_somebody_is_to_come_back_to_the_talk_and_three_days_after(home: Home) -> None:
    async with home.tx() as tx:
        agreed, dropped, none = [await case_of(tx, number, Level.RED) for number in range(1, 4)]
        for case in (agreed, dropped, none):
            place = await tx.places.ask(case.id, Number("+77771234567"))
            await tx.places.answer(place.id, case.id, yes=True)
        for case in (agreed, dropped):
            await tx.controls.set(case.id, START + 30 * DAY)
        assert await tx.controls.keep(agreed.id)
        for case in (agreed, dropped, none):
            await tx.cases.save(case.closed(tx.now, Result.HELPED))
            await tx.controls.closed(case.id)
        await tx.keeping.note()

    async def over() -> set[str]:
        async with home.tx() as tx:
            return set(await tx.keeping.places_over(tx.now - KEEP_PLACES, 10))

    home.now = START + KEEP_PLACES - 1
    assert await over() == set()
    home.now = START + KEEP_PLACES
    assert await over() == {dropped.id, none.id}
    home.now = START + 30 * DAY
    assert await over() == {dropped.id, none.id}
    async with home.tx() as tx:
        await tx.controls.told(agreed.id)
    home.now += KEEP_PLACES - 1
    assert await over() == {dropped.id, none.id}
    home.now += 1
    assert await over() == {agreed.id, dropped.id, none.id}


async def test_what_is_in_hand_says_who_wrote_last_and_since_when(home: Home) -> None:
    async with home.tx() as tx:
        operator = await tx.operators.meet(99, "ru")
        answered, waits, red, _ = [await case_of(tx, n, Level.RED if n == 3 else Level.ORDINARY) for n in range(1, 5)]
        for case in (answered, waits, red):
            await tx.cases.claim(case.code, operator.key)
        for case in (answered, waits):
            await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "слово"))
    home.now += HOUR
    async with home.tx() as tx:
        await tx.messages.add(answered.id, Direction.TO_PERSON, Incoming(Kind.TEXT, "ответ"))
        await tx.messages.add(waits.id, Direction.NOTE, Incoming(Kind.TEXT, "заметка"))

    async with home.tx() as tx:
        found = [(one.code, one.last, one.since) for one in await tx.controls.in_hand(operator.key, None)]
    assert found == [
        (red.code, None, START),
        (waits.code, Direction.FROM_PERSON, START),
        (answered.code, Direction.TO_PERSON, START + HOUR),
    ]
