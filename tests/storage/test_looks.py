"""Red cases that wait for a second look: whose they are, and that each is looked at once."""

from bot.domain.urgency import Level
from storage.looks import Look
from tests.storage.home import MINUTE, Home


async def test_a_look_waits_at_its_desk_and_at_the_national_one_until_it_is_taken(home: Home) -> None:
    cases = []
    for number, desk in enumerate(("KZ-31", "national", "KZ-31")):
        async with home.tx() as tx:
            person, operator = await tx.people.meet(number), await tx.operators.meet(99, "ru")
            case = await tx.cases.open(person.key, "ru", Level.RED, desk=desk)
            await tx.looks.open(case.id, desk, operator.key)
            cases.append(case)
        home.now += MINUTE
    first, own, last = cases

    await home.reopen()
    async with home.tx() as tx:
        assert await tx.looks.waiting("KZ-31", national=False) == [first.code, last.code]
        assert await tx.looks.waiting("national", national=True) == [first.code, own.code, last.code]
        await tx.looks.shown(first.id, "KZ-31", 5)
        await tx.looks.shown(first.id, "national", 6)
        await tx.looks.shown(own.id, "national", 7)
        assert await tx.looks.of(own.id) == Look(own.id, "national", operator.key, 7)
        assert await tx.looks.take(first.id) == Look(first.id, "KZ-31", operator.key, 5, 6)
        assert await tx.looks.take(first.id) is None
        assert await tx.looks.waiting("KZ-31", national=False) == [last.code]
