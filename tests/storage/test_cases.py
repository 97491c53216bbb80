"""Cases: one open case a person, one winner of a claim, a code that is never used again."""

import asyncio
import sqlite3
from dataclasses import replace
from itertools import count

import pytest

from bot.domain.cases import Case, Result, Safe, Verdict
from bot.domain.codes import read_code
from bot.domain.people import Want, Writer
from bot.domain.urgency import Level
from storage.cases import ANSWERED_ENOUGH, WEEK
from storage.database import StorageFault
from tests.storage.home import DAY, HOUR, MINUTE, SECOND, Home

strangers = count(1_000_000)


async def person(home: Home, telegram_id: int = 1) -> str:
    async with home.tx() as tx:
        return (await tx.people.meet(telegram_id)).key


async def opened(home: Home, telegram_id: int = 1, urgency: Level = Level.ORDINARY, desk: str | None = None) -> Case:
    key = await person(home, telegram_id)
    async with home.tx() as tx:
        return await tx.cases.open(key, "kk", urgency, desk=desk)


async def save(home: Home, case: Case) -> Case:
    async with home.tx() as tx:
        return await tx.cases.save(case)


async def operator(home: Home, telegram_id: int) -> str:
    async with home.tx() as tx:
        return (await tx.operators.meet(telegram_id, "ru")).key


class TestCases:
    """The `cases` table."""

    async def test_a_new_case_waits_and_has_a_code_and_a_key_of_its_own(self, home: Home) -> None:
        case = await opened(home)

        assert case.status.open
        assert read_code(case.code) == case.code
        assert case.opened_at == home.now
        async with home.tx() as tx:
            assert await tx.key(f"case:{case.id}")

    async def test_everything_that_was_saved_is_read_again(self, home: Home) -> None:
        case = await opened(home, desk="KZ-31")
        claimer = await operator(home, 5)
        full = replace(
            case, urgency=Level.RED, writer=Writer.CHILD, region="KZ-31", subject="school", want=Want.LISTEN,
            claimer=claimer, thread_id=7, queue_message_id=8, queue_topic="urgent", card_message_id=9, card_at=1,
            route_at=2, claimed_at=3, answered_at=4, closed_at=5, receipt_at=6, words_at=7, sos_at=8, release_at=9,
            result=Result.HELPED, reason="test", red_at=10, numbers_at=11, safe=Safe.YES, verdict=Verdict.PROPOSED,
            verdict_by=claimer, taken_at=12, listed=1, region_asked_at=13, aside="KZ-31", told_from=14, before="yes",
        )  # fmt: skip
        assert None not in vars(full).values()

        await save(home, full)

        async with home.tx() as tx:
            assert await tx.cases.get(case.id) == full
            assert await tx.cases.with_code(case.code) == full

    async def test_the_database_itself_refuses_a_second_open_case(self, home: Home) -> None:
        await opened(home)
        with pytest.raises(sqlite3.IntegrityError) as refused:
            await opened(home)
        assert not isinstance(refused.value, StorageFault)
        assert len(await home.rows("SELECT 1 FROM cases")) == 1

    async def test_a_closed_case_makes_room_for_the_next_and_cannot_be_open_beside_it(self, home: Home) -> None:
        old = await opened(home)
        await save(home, old.closed(home.now, Result.HELPED))
        new = await opened(home)
        async with home.tx() as tx:
            assert await tx.cases.open_of(str(new.person)) == new
        with pytest.raises(sqlite3.IntegrityError):
            await save(home, old)

    async def test_two_first_words_at_once_make_one_case(self, home: Home) -> None:
        key = await person(home)

        async def first_words() -> None:
            async with home.tx() as tx:
                if await tx.cases.open_of(key) is None:
                    await asyncio.sleep(0)
                    await tx.cases.open(key, "ru", Level.ORDINARY)

        await asyncio.gather(*(first_words() for _ in range(20)))

        assert len(await home.rows("SELECT 1 FROM cases")) == 1

    async def test_of_twenty_who_claim_at_once_one_wins(self, home: Home) -> None:
        case = await opened(home)
        operators = [await operator(home, 100 + number) for number in range(20)]

        async def claim(who: str) -> Case | None:
            async with home.tx() as tx:
                return await tx.cases.claim(case.code, who)

        results = await asyncio.gather(*(claim(who) for who in operators))

        (winner,) = [found for found in results if found is not None]
        async with home.tx() as tx:
            assert await tx.cases.get(case.id) == winner
        assert winner.claimer in operators
        assert (winner.status, winner.claimed_at) == ("claimed", home.now)

    async def test_a_case_that_does_not_wait_cannot_be_claimed(self, home: Home) -> None:
        case, who = await opened(home), await operator(home, 5)
        await save(home, case.closed(home.now, Result.HELPED))

        async with home.tx() as tx:
            assert await tx.cases.claim(case.code, who) is None
            assert await tx.cases.claim("ТК-00000", who) is None

    async def test_a_code_is_unique_also_among_erased_cases(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        numbers = iter([7, 7, 7, 8])
        monkeypatch.setattr("secrets.randbelow", lambda _: next(numbers))
        first = await opened(home, 1)
        await save(home, first.erased(first.status.ERASED))

        second = await opened(home, 2)

        assert (first.code, second.code) == ("АА-00007", "АА-00008")
        with pytest.raises(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.run("UPDATE cases SET code = :code WHERE id = :id", code=first.code, id=second.id)

    async def test_saving_never_changes_the_code(self, home: Home) -> None:
        case = await opened(home)
        await save(home, replace(case, code="АА-00000"))

        async with home.tx() as tx:
            found = await tx.cases.get(case.id)
        assert found is not None
        assert found.code == case.code

    async def test_a_person_who_goes_leaves_her_cases_without_a_name(self, home: Home) -> None:
        case = await opened(home)
        async with home.tx() as tx:
            await tx.run("DELETE FROM person")
            found = await tx.cases.get(case.id)
        assert found is not None
        assert found.person is None

    async def test_her_last_case_is_found_only_when_it_closed_after_the_given_time(self, home: Home) -> None:
        first = await opened(home)
        await save(home, first.closed(home.now, Result.HELPED))
        home.now += HOUR
        second = await save(home, (await opened(home)).closed(home.now, Result.HELPED))
        key = str(first.person)

        async with home.tx() as tx:
            assert await tx.cases.closed_since(key, home.now - 1) == second
            assert await tx.cases.closed_since(key, 0) == second
            assert await tx.cases.closed_since(key, home.now) is None
            assert await tx.cases.closed_since(await tx.lookup(99), 0) is None
            assert len(await tx.cases.all_of(key)) == 2

    async def test_red_desks_are_those_with_an_open_red_case(self, home: Home) -> None:
        red = await opened(home, 1, Level.RED, "KZ-31")
        await opened(home, 2, Level.AMBER, "KZ-75")
        await opened(home, 3, Level.RED, None)

        async with home.tx() as tx:
            assert await tx.cases.red_desks() == {"KZ-31"}
            assert await tx.cases.open_at("KZ-31") == [red]
            await tx.cases.save(red.closed(tx.now, Result.HELPED))
            assert await tx.cases.red_desks() == set()
            assert await tx.cases.open_at("KZ-31") == []

    async def test_a_case_is_due_for_its_route_only_while_it_is_open_and_has_no_desk(self, home: Home) -> None:
        due = await save(home, replace(await opened(home, 1), route_at=home.now + 45 * SECOND))
        await save(home, replace(await opened(home, 2), route_at=home.now, desk="KZ-31"))
        await save(home, replace(await opened(home, 3), route_at=home.now).closed(home.now, Result.HELPED))

        async with home.tx() as tx:
            assert await tx.cases.due_for_route(home.now + 45 * SECOND - 1) == []
            assert await tx.cases.due_for_route(home.now + 45 * SECOND) == [due]

    async def test_a_claimed_case_is_due_for_release_when_its_time_has_come(self, home: Home) -> None:
        who = await operator(home, 5)
        case = await opened(home, desk="KZ-31")
        async with home.tx() as tx:
            claimed = await tx.cases.claim(case.code, who)
            assert claimed is not None
            waiting = await tx.cases.save(claimed.awaiting(tx.now))
            assert await tx.cases.due_for_release(home.now + 30 * MINUTE - 1) == []
            assert await tx.cases.due_for_release(home.now + 30 * MINUTE) == [waiting]
            assert await tx.cases.claimed_by(who, "KZ-31") == [waiting]
            assert await tx.cases.claimed_by(who, "KZ-75") == []
            await tx.cases.save(waiting.answered(tx.now))
            assert await tx.cases.due_for_release(home.now + DAY) == []

    async def test_a_topic_leads_to_its_case_at_that_desk_only(self, home: Home) -> None:
        case = await save(home, (await opened(home, desk="KZ-31")).with_topic(44))

        async with home.tx() as tx:
            assert await tx.cases.of_topic("KZ-31", 44) == case
            assert await tx.cases.of_topic("KZ-75", 44) is None


class TestUsualWait:
    """What she is told about how long it takes."""

    async def answer(self, home: Home, waits: list[int | None], opened_at: int | None = None) -> None:
        async with home.tx() as tx:
            for number, waited in enumerate(waits):
                key = (await tx.people.meet(next(strangers))).key
                case = await tx.cases.open(key, "ru", Level.ORDINARY)
                at = tx.now - HOUR if opened_at is None else opened_at
                answered = None if waited is None else at + waited
                await tx.cases.save(replace(case, opened_at=at + number, answered_at=answered and answered + number))

    async def usual(self, home: Home) -> int | None:
        async with home.tx() as tx:
            return await tx.cases.usual_wait()

    async def test_with_fewer_than_twenty_answers_nobody_knows(self, home: Home) -> None:
        await self.answer(home, [MINUTE] * 19 + [None] * 30)
        assert await self.usual(home) is None

        await self.answer(home, [MINUTE])
        assert await self.usual(home) == MINUTE
        assert ANSWERED_ENOUGH == 20

    async def test_it_is_the_true_median(self, home: Home) -> None:
        waits = [
            MINUTE * number
            for number in (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 900, 900, 900, 900, 900, 900, 900, 900, 900, 900)
        ]
        await self.answer(home, [*waits[::2], *waits[1::2]])
        assert await self.usual(home) == 2 * MINUTE

        await self.answer(home, [4 * MINUTE])
        assert await self.usual(home) == 3 * MINUTE

    async def test_only_the_last_seven_days_count(self, home: Home) -> None:
        await self.answer(home, [MINUTE] * 30, home.now - WEEK - 30)
        assert await self.usual(home) is None

        await self.answer(home, [HOUR] * 20)
        assert await self.usual(home) == HOUR


class TestJudging:
    """Conditional updates: whoever may not judge a danger changes nothing, whatever the services let through."""

    async def _claimed(self, home: Home, level: Level) -> tuple[Case, str, str]:
        case = await opened(home, next(strangers), desk="KZ-31")
        one, other = await operator(home, 5), await operator(home, 6)
        await save(home, replace(case, urgency=level))
        async with home.tx() as tx:
            claimed = await tx.cases.claim(case.code, one)
        assert claimed is not None
        return claimed, one, other

    async def test_only_the_claimer_confirms_lowers_amber_or_proposes(self, home: Home) -> None:
        for level in (Level.AMBER, Level.RED):
            case, one, other = await self._claimed(home, level)
            async with home.tx() as tx:
                assert await tx.cases.confirm_danger(case.id, other) is None
                assert await tx.cases.lower_amber(case.id, other) is None
                assert await tx.cases.propose_lowering(case.id, other) is None
                assert await tx.cases.confirm_danger(case.id, one) is not None
                assert (await tx.cases.lower_amber(case.id, one) is not None) is (level is Level.AMBER)

    async def test_red_is_lowered_by_two_and_proposed_once(self, home: Home) -> None:
        case, one, other = await self._claimed(home, Level.RED)
        async with home.tx() as tx:
            assert await tx.cases.lower_red(case.id, other) is None
            assert await tx.cases.propose_lowering(case.id, one) is not None
            assert await tx.cases.propose_lowering(case.id, one) is None
            assert await tx.cases.lower_red(case.id, one) is None
            lowered = await tx.cases.lower_red(case.id, other)
        assert lowered is not None
        assert (lowered.urgency, lowered.verdict) == (Level.ORDINARY, Verdict.LOWERED)
