"""Places and numbers: sealed until she says yes or no, and what is refused is gone from the disk."""

import pytest

from bot.domain.rescue import KEEP_UNGIVEN, Number, PlaceState, Point
from bot.domain.urgency import Level
from storage.database import Transaction
from storage.sealing import CannotOpen
from storage.statements import case_key
from tests.storage.home import HOUR, Home

HERE = Point(51.128207, 71.430411, 35.0)
MINE = Number("+77771234567")


async def a_case(tx: Transaction, telegram_id: int = 101) -> str:
    person = await tx.people.meet(telegram_id)
    return (await tx.cases.open(person.key, "kk", Level.RED, desk="national")).id


class TestPlaces:
    """The `place` table."""

    async def test_what_she_gives_opens_as_it_was_sent_and_only_then(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            asked = {shared: await tx.places.ask(case, shared) for shared in (HERE, MINE)}
            assert await tx.places.given(case) == []
            assert [await tx.places.open(place.id, case) for place in asked.values()] == [None, None]
        for shared, place in asked.items():
            async with home.tx() as tx:
                given = await tx.places.answer(place.id, case, yes=True)
                assert given is not None
                assert given.state is PlaceState.GIVEN
                assert await tx.places.open(place.id, case) == (given, shared)
                assert await tx.places.answer(place.id, case, yes=False) is None

    async def test_it_is_sealed_and_bound_to_its_row_and_case(self, home: Home) -> None:
        async with home.tx() as tx:
            case, other = await a_case(tx), await a_case(tx, 102)
            place = await tx.places.ask(case, HERE)
            second = await tx.places.ask(other, HERE)
            for one, of in ((place, case), (second, other)):
                await tx.places.answer(one.id, of, yes=True)
            assert await tx.places.open(place.id, other) is None
            assert await tx.places.answer(second.id, case, yes=True) is None
        for mark in (b"51.128207", b"71.430411"):
            assert mark not in home.bytes()
        async with home.tx() as tx:
            await tx.run("UPDATE place SET body = (SELECT body FROM place WHERE id = :o) WHERE id = :p", o=second.id,
                         p=place.id)  # fmt: skip
            with pytest.raises(CannotOpen):
                await tx.places.open(place.id, case)

    async def test_a_refusal_or_a_newer_one_leaves_nothing_of_it(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            first = await tx.places.ask(case, HERE)
            number = await tx.places.ask(case, MINE)
            second = await tx.places.ask(case, HERE)
            assert await tx.places.answer(first.id, case, yes=True) is None
            refused = await tx.places.answer(second.id, case, yes=False)
            assert refused is not None
        rows = await home.rows("SELECT id, state, body IS NULL AS gone FROM place ORDER BY rowid")
        assert [(row["id"], row["state"], row["gone"]) for row in rows] == [
            (first.id, "dropped", 1), (number.id, "asked", 0), (second.id, "refused", 1),
        ]  # fmt: skip

    async def test_a_damaged_row_hides_none_of_the_others(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            places = [await tx.places.ask(case, shared) for shared in (HERE, MINE)]
            for place in places:
                await tx.places.answer(place.id, case, yes=True)
            await tx.run("UPDATE place SET kind = 'nothing' WHERE id = :id", id=places[0].id)
            assert [place.id for place in await tx.places.given(case)] == [places[1].id]

    @pytest.mark.parametrize(
        ("since_end", "gone"), [(KEEP_UNGIVEN - HOUR, False), (KEEP_UNGIVEN + 1, True), (-2 * KEEP_UNGIVEN, True)]
    )
    async def test_what_was_not_given_goes_a_day_after_the_end_also_with_a_clock_set_back(
        self, home: Home, since_end: int, gone: bool
    ) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            kept = await tx.places.ask(case, MINE)
            await tx.places.answer(kept.id, case, yes=True)
            await tx.places.ask(case, HERE)
            opened = await a_case(tx, 102)
            await tx.places.ask(opened, HERE)
            await tx.run("UPDATE cases SET status = 'closed', closed_at = :now WHERE id = :id", id=case, now=tx.now)
        home.now += since_end
        async with home.tx() as tx:
            assert await tx.places.drop_ungiven(tx.now) is gone
        left = await home.rows("SELECT case_id, kind FROM place WHERE body IS NOT NULL ORDER BY rowid")
        expected = [(case, "number"), *([] if gone else [(case, "point")]), (opened, "point")]
        assert [(row["case_id"], row["kind"]) for row in left] == expected

    async def test_erasing_the_case_takes_all_of_it(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            await tx.places.ask(case, HERE)
            assert await tx.places.bot_asks(case)
            await tx.places.erase(case)
            await tx.drop_key(case_key(case))
        assert await home.rows("SELECT id FROM place UNION ALL SELECT case_id FROM where_asked") == []

    async def test_the_bot_asks_first_or_never_and_an_operator_once(self, home: Home) -> None:
        async with home.tx() as tx:
            case, other = await a_case(tx), await a_case(tx, 102)
            assert [await tx.places.bot_asks(case), await tx.places.bot_asks(case)] == [True, False]
            assert [await tx.places.keyboard_back(case), await tx.places.keyboard_back(case)] == [True, False]
            assert [await tx.places.operator_asks(case), await tx.places.operator_asks(case)] == [True, False]
            assert await tx.places.keyboard_back(case)
            assert [await tx.places.operator_asks(other), await tx.places.bot_asks(other)] == [True, False]
