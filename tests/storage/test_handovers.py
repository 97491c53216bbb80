"""Offers of a case: one at a time, due in time whatever the clock does; and what another region may see."""

from dataclasses import replace

from bot.domain.desks import NATIONAL
from bot.domain.handover import ACCEPT_WITHIN, CONSENT_WITHIN, Handover
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.urgency import Level
from tests.storage.home import DAY, MINUTE, START, Home


async def offered(home: Home) -> str:
    """A claimed case that is offered to the national desk; its id."""
    async with home.tx() as tx:
        person, giver = await tx.people.meet(1), await tx.operators.meet(2, "ru")
        case = await tx.cases.open(person.key, "ru", Level.ORDINARY, desk="KZ-31")
        await tx.handovers.save(Handover(case.id, giver.key, None, "national", 7, False, tx.now + ACCEPT_WITHIN))
    return case.id


async def due(home: Home) -> list[str]:
    async with home.tx() as tx:
        return [offer.case for offer in await tx.handovers.due(tx.now)]


async def test_an_offer_is_due_after_five_minutes_also_after_a_restart_and_when_the_clock_was_set_back(
    home: Home,
) -> None:
    case = await offered(home)

    home.now = START + 5 * MINUTE - 1
    assert await due(home) == []
    home.now = START + 5 * MINUTE
    await home.reopen()
    assert await due(home) == [case]
    home.now = START - MINUTE
    assert await due(home) == []
    home.now = START - DAY
    assert await due(home) == [case]


async def test_in_another_group_an_offer_has_no_message(home: Home) -> None:
    case = await offered(home)
    async with home.tx() as tx:
        await tx.handovers.shown(case, 5)
        await tx.handovers.lose_messages("KZ-31")
        before = await tx.handovers.of(case)
        await tx.handovers.lose_messages(NATIONAL)
        after = await tx.handovers.of(case)
    assert (before and before.message_id, after and after.message_id) == (5, None)


async def test_a_newer_offer_takes_the_place_of_the_last_and_knows_nothing_of_its_message(home: Home) -> None:
    case = await offered(home)
    async with home.tx() as tx:
        await tx.handovers.shown(case, 99)
        first = await tx.handovers.of(case)
        assert first is not None
        assert first.message_id == 99
        asks = Handover(case, first.giver, None, "KZ-75", 8, True, START + CONSENT_WITHIN)
        await tx.handovers.save(asks)
        assert await tx.handovers.of(case) == asks
        await tx.handovers.drop(case)
        assert await tx.handovers.of(case) is None


async def test_a_desk_in_another_region_sees_what_was_said_from_the_summary_on(home: Home) -> None:
    case = await offered(home)
    async with home.tx() as tx:
        for direction, text in (
            (Direction.FROM_PERSON, "раньше"), (Direction.TO_PERSON, "ответ"), (Direction.NOTE, "заметка"),
            (Direction.SUMMARY, "что\nсделано\nждёт"),
        ):  # fmt: skip
            await tx.messages.add(case, direction, Incoming(Kind.TEXT, text))
        summary = await tx.messages.last(case)
        await tx.messages.add(case, Direction.FROM_PERSON, Incoming(Kind.TEXT, "позже"))
        found = await tx.cases.get(case)
        assert found is not None
        assert len(await tx.messages.all_of(case, 2**62)) == 5
        await tx.cases.save(found.told(summary, "KZ-75"))

    async with home.tx() as tx:
        assert [one.incoming.text for one in await tx.messages.all_of(case, 2**62)] == ["что\nсделано\nждёт", "позже"]
        assert [one.incoming.text for one in await tx.messages.from_person(case)] == ["позже"]
        # The national desk, which gets it next, sees all; the region that gets it back does not.
        found = await tx.cases.get(case)
        assert found is not None
        assert len(await tx.messages.answers(case, 2**62, whole=True)) == 1
        assert await tx.messages.answers(case, 2**62, whole=False) == []
        at_national = await tx.cases.save(replace(found, desk=NATIONAL))
        assert at_national.shown_from == 0
        assert len(await tx.messages.all_of(case, 2**62)) == 5
        assert [one.incoming.text for one in await tx.messages.from_person(case)] == ["раньше", "позже"]
        assert (await tx.cases.save(at_national.moved("KZ-75"))).shown_from == summary
        assert len(await tx.messages.all_of(case, 2**62)) == 2
        # What danger is read from is still all that she has said.
        assert [one.incoming.text for one in await tx.messages.said_since(case, 0)] == ["раньше", "позже"]
