"""Red cases that wait for a second look: whose they are, and that each is looked at once."""

from bot.domain.urgency import Level
from bot.services import Services
from locales import LANGUAGES, Catalog
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
        await tx.looks.shown(last.id, "KZ-31", 8)
        await tx.looks.shown(last.id, "national", 9)
        await tx.looks.lose_messages("national", national=True)  # another group: other messages have these numbers
        assert await tx.looks.of(own.id) == Look(own.id, "national", operator.key)
        assert await tx.looks.of(last.id) == Look(last.id, "KZ-31", operator.key, 8)
        await tx.looks.shown(first.id, "national", 6)
        await tx.looks.lose_messages("KZ-32", national=False)
        assert await tx.looks.take(first.id) == Look(first.id, "KZ-31", operator.key, 5, 6)
        assert await tx.looks.take(first.id) is None
        assert await tx.looks.waiting("KZ-31", national=False) == [last.code]


async def test_only_a_topic_whose_name_begins_with_the_code_is_the_cases_own(home: Home) -> None:
    """Where a supervisor reads about a case, its code stands behind words: that topic goes a day later."""
    async with home.tx() as tx:
        person = await tx.people.meet(1)
        case = await tx.cases.open(person.key, "ru", Level.ORDINARY, desk="KZ-31")
        named = Services(tx).placing.case_named
        for own in (case.code, f"🔴 {case.code}", f"{case.code} · учёба"):
            found = await named(own)
            assert found is not None, own
            assert found.id == case.id
        for language in LANGUAGES:
            assert await named(Catalog.load().text("topic.said", language, number=case.code)) is None
