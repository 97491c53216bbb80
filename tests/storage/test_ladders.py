"""Ladders as rows, and what each rung does in the database: services over a real one, without Telegram."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.cases import Case, Status
from bot.domain.desks import NATIONAL, Member
from bot.domain.ladder import MINUTE, MISTAKES_IN, RUNGS, Answer, Ladder, Rung
from bot.domain.messages import Incoming, Kind, Post, To
from bot.domain.plan import Span
from bot.domain.urgency import Assessment, Level, Reason
from bot.services import Services
from bot.services.ladders import ALONE_AFTER, CROWD, RING_GAP
from storage.database import Transaction
from tests.storage.home import Home

REGION = "KZ-31"
RED = Assessment(Level.RED, "suicide", (Reason("cue", "x"),))


@pytest.fixture(autouse=True)
async def desks(home: Home) -> None:
    async with home.tx() as tx:
        for name, chat in ((NATIONAL, -1), (REGION, -2)):
            await tx.desks.bind(name, chat, "ru")


async def red(home: Home, number: int = 1, desk: str = NATIONAL, level: Level = Level.RED) -> Case:
    async with home.tx() as tx:
        person = await tx.people.meet(number)
        return await tx.cases.open(person.key, "ru", level, desk=desk)


async def staff(
    home: Home, number: int, desk: str | None = None, *, heard: bool = True, supervises: bool = False
) -> str:
    """An operator with a private chat; with a desk she is on shift there."""
    home.now += 1  # whose turn comes first: who came first
    async with home.tx() as tx:
        await tx.people.meet(number)
        key = (await tx.operators.meet(number, "ru")).key
        if desk is not None and supervises:
            await tx.operators.supervise(key, desk, supervisor=True)
        elif desk is not None:
            await tx.shifts.begin(key, desk)
            await tx.shifts.heard(key, reached=heard)
        return key


async def save(home: Home, case: Case, **fields: Any) -> None:
    async with home.tx() as tx:
        await tx.ladders.save(replace(Ladder(case.id, tx.now), **fields))


async def of(home: Home, case: Case) -> Ladder:
    async with home.tx() as tx:
        found = await tx.ladders.of(case.id)
    assert found is not None
    return found


async def current(tx: Transaction, case: Case) -> Case:
    found = await tx.cases.get(case.id)
    assert found is not None
    return found


async def said(home: Home) -> list[Post]:
    """All that waits to be said now, in order; it is gone afterwards."""
    found: list[Post] = []
    async with home.tx() as tx:
        while rows := await tx.outbox.ready(100):
            found += [one.row.post for one in rows]
            await tx.outbox.sent(*(one.row.seq for one in rows))
        await tx.run("DELETE FROM outbox")
    return found


def to_her(posts: Sequence[Post]) -> list[str]:
    return [post.params.get("key", post.kind) for post in posts if post.to is To.PERSON]


def alerted(posts: Sequence[Post]) -> set[str]:
    return {post.recipient for post in posts if post.kind == "alert"}


async def climb(home: Home) -> list[Post]:
    async with home.tx() as tx:
        await Services(tx).ladders.climb(tx.now)
    return await said(home)


async def begin(home: Home, case: Case) -> list[Post]:
    async with home.tx() as tx:
        await Services(tx).ladders.start(await current(tx, case))
    return await said(home)


async def calls(home: Home) -> list[str]:
    return [row["rung"] for row in await home.rows("SELECT rung FROM callout ORDER BY created_at, rung")]


class TestRows:
    """The `ladder` and `incident` tables."""

    async def test_a_ladder_comes_out_as_it_went_in_and_goes_with_its_case(self, home: Home) -> None:
        case = await red(home)
        async with home.tx() as tx:
            whole = Ladder(
                case.id, 1, 2, Rung.CALLOUT, Answer.MISTAKE, 3, 4, True, 5, 6, 1, 7, await operator(tx)
            )  # fmt: skip
            await tx.ladders.save(Ladder(case.id, 9))
            await tx.ladders.save(whole)
            assert await tx.ladders.of(case.id) == whole
            await tx.ladders.drop(case.id)
            assert await tx.ladders.of(case.id) is None

    async def test_due_are_waiting_red_cases_whose_time_has_come_or_was_set_by_a_later_clock(self, home: Home) -> None:
        cases = {name: await red(home, number) for number, name in
                 enumerate(("late", "now", "later", "still", "ahead", "taken", "amber"), 1)}  # fmt: skip
        due = {
            "late": home.now - 5,
            "now": home.now,
            "later": home.now + 1,
            "ahead": home.now + 9,
            "taken": 1,
            "amber": 1,
        }
        for name, case in cases.items():
            since = home.now + 1 if name == "ahead" else home.now
            await save(home, case, due_at=due.get(name), since=since)
        async with home.tx() as tx:
            await tx.cases.claim(cases["taken"].code, await operator(tx))
            await tx.run("UPDATE cases SET urgency = 'amber' WHERE id = :id", id=cases["amber"].id)
        async with home.tx() as tx:
            found = [case.id for case, _ in await tx.ladders.due(tx.now)]
        assert found == [cases[name].id for name in ("late", "now", "ahead")]

    async def test_who_said_mistake_is_asked_when_it_is_time_also_after_a_clock_was_set_back(self, home: Home) -> None:
        times = {"now": (0, 0), "later": (1, 0), "ahead": (9, 1), "never": (None, 0), "taken": (0, 0), "over": (0, 0)}
        cases = {name: await red(home, number) for number, name in enumerate(times, 1)}
        for name, (ask, mistake) in times.items():
            ask_at = None if ask is None else home.now + ask
            await save(home, cases[name], ask_at=ask_at, mistake_at=home.now + mistake)
        async with home.tx() as tx:
            await tx.cases.claim(cases["taken"].code, await operator(tx))
            await tx.run("UPDATE cases SET status = 'closed' WHERE id = :id", id=cases["over"].id)
            found = {case.id for case, _ in await tx.ladders.to_ask(tx.now)}
        assert found == {cases[name].id for name in ("now", "ahead", "taken")}

    async def test_silent_are_claimed_cases_whose_time_has_come(self, home: Home) -> None:
        times = {"now": 0, "later": 1, "far": 61 * MINUTE, "waiting": 0}
        cases = {name: await red(home, number) for number, name in enumerate(times, 1)}
        for name, after in times.items():
            await save(home, cases[name], silent_at=home.now + after)
        async with home.tx() as tx:
            for name in ("now", "later", "far"):
                await tx.cases.claim(cases[name].code, await operator(tx))
            found = [case.id for case, _ in await tx.ladders.silent(tx.now)]
        assert found == [cases["now"].id, cases["far"].id]

    async def test_a_waiting_red_case_that_nothing_halts_has_a_ladder_or_is_found(self, home: Home) -> None:
        states: dict[str, dict[str, Any] | None] = {
            "none": None, "still": {}, "climbs": {"due_at": 1}, "mistake": {"answer": Answer.MISTAKE},
            "yes": {"answer": Answer.YES},
        }  # fmt: skip
        cases = {name: await red(home, number) for number, name in enumerate(states, 1)}
        await red(home, 9, level=Level.AMBER)
        for name, fields in states.items():
            if fields is not None:
                await save(home, cases[name], **fields)
        async with home.tx() as tx:
            found = {case.id for case in await tx.ladders.without()}
        assert found == {cases[name].id for name in ("none", "still", "yes")}

    async def test_a_crowd_is_counted_of_the_last_minute_and_for_the_national_desk_by_its_being_called(
        self, home: Home
    ) -> None:
        for number, (desk, since, rung) in enumerate(
            ((REGION, 0, None), (REGION, -59, Rung.SUPERVISORS), (REGION, -60, Rung.SUPERVISORS), (NATIONAL, 0, None)),
            1,
        ):
            await save(home, await red(home, number, desk), since=home.now + since * 1000, rung=rung)
        async with home.tx() as tx:
            assert [await tx.ladders.lately(desk) for desk in (REGION, NATIONAL, "KZ-10")] == [2, 2, 0]

    async def test_each_mistake_of_seven_days_counts_and_an_incident_has_one_number(self, home: Home) -> None:
        case = await red(home)
        assert case.person is not None
        async with home.tx() as tx:
            for _ in range(2):
                await tx.ladders.pressed(case, "mistake")
            await tx.ladders.pressed(case, "sos")
        for after, counted in ((MISTAKES_IN - 1, 2), (1, 0)):
            home.now += after
            async with home.tx() as tx:
                assert await tx.ladders.mistakes(case.person) == counted
                assert await tx.ladders.mistakes("other") == 0
        async with home.tx() as tx:
            first = await tx.ladders.incident(case, Ladder(case.id, 1))
            assert await tx.ladders.incident(case, first) == first
            other = await tx.ladders.incident(case, Ladder(case.id, 1))
        assert first.incident is not None
        assert other.incident == first.incident + 1

    async def test_the_cases_of_one_message_are_found_whatever_has_become_of_them(self, home: Home) -> None:
        one, other = await red(home, 1), await red(home, 2)
        await save(home, one, call_message_id=5)
        await save(home, other, call_message_id=6)
        async with home.tx() as tx:
            await tx.cases.claim(one.code, await operator(tx))
            assert [case.id for case, _ in await tx.ladders.called_by(5)] == [one.id]


async def operator(tx: Transaction) -> str:
    return (await tx.operators.meet(900, "ru")).key


class TestStart:
    async def test_with_somebody_there_it_begins_at_a_minute_and_calls_her(self, home: Home) -> None:
        key = await staff(home, 50, NATIONAL)
        case = await red(home)
        assert alerted(await begin(home, case)) == {key}
        ladder = await of(home, case)
        assert (ladder.due_at, ladder.rung, ladder.turn) == (home.now + RUNGS[Rung.AGAIN], None, key)

    @pytest.mark.parametrize("heard", [None, False])
    async def test_with_nobody_there_or_nobody_who_can_be_called_it_begins_with_the_supervisors(
        self, home: Home, heard: bool | None
    ) -> None:
        if heard is not None:
            await staff(home, 50, NATIONAL, heard=heard)
        case = await red(home)
        assert await begin(home, case) == []
        ladder = await of(home, case)
        assert (ladder.due_at, ladder.next()) == (home.now, Rung.SUPERVISORS)

    async def test_it_is_begun_once_and_not_at_all_after_a_mistake_or_for_what_does_not_wait_red(
        self, home: Home
    ) -> None:
        case = await red(home)
        for fields in ({"due_at": home.now + 7, "rung": Rung.CALLOUT}, {"answer": Answer.MISTAKE}):
            await save(home, case, **fields)
            before = await of(home, case)
            await begin(home, case)
            assert await of(home, case) == before
        amber = await red(home, 2, level=Level.AMBER)
        await begin(home, amber)
        taken = await red(home, 3)
        async with home.tx() as tx:
            await tx.cases.claim(taken.code, await operator(tx))
        await begin(home, taken)
        async with home.tx() as tx:
            assert [await tx.ladders.of(one.id) for one in (amber, taken)] == [None, None]

    async def test_a_red_case_without_a_ladder_gets_one_from_the_sweep(self, home: Home) -> None:
        case = await red(home)
        await climb(home)
        assert (await of(home, case)).due_at == home.now


class TestRungs:
    """What each rung does, and that of several which fell due together she hears the last."""

    async def test_each_rung_calls_louder_and_tells_her_once(self, home: Home) -> None:
        first, second = [await staff(home, number, REGION) for number in (50, 51)]
        supervisor = await staff(home, 52, REGION, supervises=True)
        national = await staff(home, 53, NATIONAL)
        coordinator, administrator = await staff(home, 54), await staff(home, 55)
        async with home.tx() as tx:
            await tx.operators.make_coordinator(coordinator)
            await tx.operators.make_administrator(administrator)
        case = await red(home, 1, REGION)
        assert alerted(await begin(home, case)) == {first}
        rings = {}
        for rung in Rung:
            home.now = case.opened_at + RUNGS[rung]
            posts = await climb(home)
            assert to_her(posts) == [f"unanswered.{rung}"], rung
            assert await climb(home) == []
            expected = {Rung.AGAIN: {second}, Rung.SUPERVISORS: {supervisor, national}, Rung.COORDINATOR: {coordinator}}
            assert alerted(posts) == expected.get(rung, set()), rung
            assert [post.kind for post in posts].count("call_card") == (rung is Rung.SUPERVISORS)
            rings[rung] = {post.recipient for post in posts if post.kind == "ring"}
            if rung is Rung.INCIDENT:
                told = {post.recipient for post in posts if post.params.get("key") == "alarm.incident"}
                assert told == {supervisor, coordinator, administrator}
        assert set(map(frozenset, rings.values())) == {frozenset({f"{REGION}/urgent"})}
        assert await calls(home) == ["callout", "incident"]
        home.now += 15 * MINUTE
        again = await climb(home)
        assert [post.params["values"]["minutes"] for post in again if post.params.get("key") == "alarm.incident"] == [
            30
        ] * 3
        assert to_her(again) == []

    async def test_a_coordinator_who_has_blocked_the_bot_does_not_keep_administrators_from_hearing(
        self, home: Home
    ) -> None:
        await staff(home, 50, NATIONAL)
        coordinator, administrator = await staff(home, 54), await staff(home, 55)
        async with home.tx() as tx:
            await tx.operators.make_coordinator(coordinator)
            await tx.operators.make_administrator(administrator)
            await tx.people.set_blocked(coordinator, True)
        case = await red(home)
        await begin(home, case)
        await save(home, case, due_at=home.now, rung=Rung.CALLOUT)
        assert alerted(await climb(home)) == {administrator}

    async def test_the_national_desk_rings_too_once_it_was_called(self, home: Home) -> None:
        await staff(home, 50, REGION)
        case = await red(home, 1, REGION)
        await begin(home, case)
        await save(home, case, due_at=home.now, rung=Rung.SUPERVISORS, call_message_id=5)
        rung = {post.recipient for post in await climb(home) if post.kind == "ring"}
        assert rung == {f"{REGION}/urgent", f"{NATIONAL}/urgent"}

    async def test_of_rungs_that_fell_due_together_all_are_climbed_and_she_hears_the_last(self, home: Home) -> None:
        await staff(home, 50, NATIONAL)
        case = await red(home)
        await begin(home, case)
        home.now += RUNGS[Rung.COORDINATOR]
        posts = await climb(home)
        assert to_her(posts) == ["unanswered.coordinator"]
        assert await calls(home) == ["callout"]
        assert (await of(home, case)).due_at == case.opened_at + RUNGS[Rung.INCIDENT]

    @pytest.mark.parametrize("planned", [False, True])
    async def test_with_nobody_there_she_is_told_so_and_when_somebody_will_be(self, home: Home, planned: bool) -> None:
        administrator = await staff(home, 55)
        case = await red(home)
        async with home.tx() as tx:
            await tx.operators.make_administrator(administrator)
            if planned:  # every day, for a minute
                await tx.plans.replace(NATIONAL, [Span(day, 60, 61, administrator) for day in range(7)])
        await begin(home, case)
        posts = await climb(home)
        assert to_her(posts) == ["unanswered.nobody_until" if planned else "unanswered.nobody"]
        assert alerted(posts) == {administrator}
        assert "ring" not in [post.kind for post in posts]  # its card has just come
        home.now += RUNGS[Rung.CALLOUT]
        assert to_her(await climb(home)) == ["unanswered.callout"]

    @pytest.mark.parametrize("there", [False, True])
    async def test_that_nobody_is_there_is_said_only_when_nobody_is_there_at_the_national_desk_either(
        self, home: Home, there: bool
    ) -> None:
        if there:
            await staff(home, 53, NATIONAL)
        case = await red(home, 1, REGION)
        await begin(home, case)
        assert to_her(await climb(home)) == ["unanswered.supervisors" if there else "unanswered.nobody"]

    @pytest.mark.parametrize("hours", [1, 7 * 24])
    async def test_an_incident_goes_on_when_the_clock_is_set_back(self, home: Home, hours: int) -> None:
        case = await red(home)
        await begin(home, case)
        home.now += 3 * 3_600_000
        await climb(home)
        home.now -= hours * 3_600_000
        assert "ring" in [post.kind for post in await climb(home)]
        assert (await of(home, case)).due_at == home.now + 15 * MINUTE

    async def test_a_call_says_the_same_in_every_repeat_whatever_becomes_of_the_case(self, home: Home) -> None:
        case = await red(home, 1, REGION)
        async with home.tx() as tx:
            await tx.ladders.save(Ladder(case.id, tx.now - 300_000, tx.now, Rung.SUPERVISORS))
            await tx.callouts.add(case.id, Rung.CALLOUT)
            (first,) = await tx.callouts.due(tx.now, 9)
            assert (first.region, first.waited) == (REGION, 300_000)
            await tx.ladders.save(Ladder(case.id, tx.now, tx.now, Rung.SUPERVISORS))
            await tx.cases.save(replace(case, desk=NATIONAL, region="KZ-10"))
            assert await tx.callouts.due(tx.now, 9) == [first]

    async def test_a_ring_and_an_alert_wait_for_the_one_before(self, home: Home) -> None:
        case = await red(home)
        async with home.tx() as tx:
            ladders = Services(tx).ladders
            await ladders._ring(case)
        await said(home)
        home.now += 1
        async with home.tx() as tx:
            await Services(tx).ladders._ring(case)
        (row,) = await home.rows("SELECT due_at FROM outbox WHERE kind = 'ring'")
        assert row["due_at"] == home.now + RING_GAP

    async def test_six_red_cases_in_a_minute_are_a_crowd(self, home: Home) -> None:
        for number in range(1, CROWD + 1):
            async with home.tx() as tx:
                assert await Services(tx).ladders.crowded(NATIONAL) == 0
            await save(home, await red(home, number))
        async with home.tx() as tx:
            assert await Services(tx).ladders.crowded(NATIONAL) == ALONE_AFTER


class TestWhatSheSays:
    """Answers, words and the button again."""

    async def test_a_mistake_counts_for_ten_minutes_after_the_button_and_not_beside_red_words(self, home: Home) -> None:
        for number, (after, words, told) in enumerate(
            (
                (10 * MINUTE, False, "mistake"),
                (10 * MINUTE + 1, False, "late"),
                (0, True, "late"),
                (None, False, "late"),
            ),
            1,
        ):
            case = await red(home, number)
            async with home.tx() as tx:
                case = await tx.cases.save(replace(case, sos_at=None if after is None else tx.now - after))
                await tx.ladders.save(Ladder(case.id, tx.now))
                if words:
                    await tx.findings.add(case.id, RED)
                assert await Services(tx).ladders.answered(case, Answer.MISTAKE) == told
                assert await Services(tx).ladders.mistaken(case) == (told == "mistake")

    async def test_asked_once_more_she_may_say_it_again_and_is_asked_no_third_time(self, home: Home) -> None:
        case = await red(home)
        async with home.tx() as tx:
            case = await tx.cases.save(case.called(tx.now))
            await Services(tx).ladders.answered(case, Answer.MISTAKE)
        await said(home)
        home.now += 11 * MINUTE  # the answer to this question counts however long ago the button was
        for asked in (["mistake"], []):
            async with home.tx() as tx:
                await Services(tx).ladders.ask_again(tx.now)
            assert to_her(await said(home)) == asked
        async with home.tx() as tx:
            assert await Services(tx).ladders.answered(case, Answer.MISTAKE) == "well"

    async def test_after_red_words_or_the_button_again_the_ten_minutes_are_counted_anew_and_it_is_asked_about_again(
        self, home: Home
    ) -> None:
        case = await red(home)
        for _ in range(2):
            async with home.tx() as tx:
                case = await tx.cases.save(case.called(tx.now))
                await Services(tx).ladders.pressed(case, alone=True)
                assert await Services(tx).ladders.answered(case, Answer.MISTAKE) == "mistake"
            assert (await of(home, case)).ask_at == home.now + 10 * MINUTE
            home.now += 10 * MINUTE + 1
            async with home.tx() as tx:
                await Services(tx).ladders.ask_again(tx.now)
        async with home.tx() as tx:
            assert await tx.ladders.mistakes(case.person or "") == 2
            case = await tx.cases.save(case.called(tx.now))
            await Services(tx).ladders.pressed(case, alone=True)
        home.now += 10 * MINUTE + 1
        async with home.tx() as tx:
            assert await Services(tx).ladders.answered(case, Answer.MISTAKE) == "late"

    @pytest.mark.parametrize("rung", [Rung.SUPERVISORS, Rung.CALLOUT, Rung.INCIDENT])
    async def test_a_mistake_drops_a_call_that_waits_and_what_lifts_it_calls_anew(self, home: Home, rung: Rung) -> None:
        case = await red(home)
        async with home.tx() as tx:
            case = await tx.cases.save(case.called(tx.now))
            await tx.ladders.save(Ladder(case.id, tx.now, tx.now + 9, rung))
            if rung is not Rung.SUPERVISORS:
                await tx.callouts.add(case.id, rung)
            await Services(tx).ladders.answered(case, Answer.MISTAKE)
            assert await tx.callouts.due(tx.now, 9) == []
            await Services(tx).ladders.answered(case, Answer.YES)
            assert len(await tx.callouts.due(tx.now, 9)) == (rung is not Rung.SUPERVISORS)

    @pytest.mark.parametrize(("mistakes", "alone", "rung", "waits"), [
        (2, True, None, True), (2, True, Rung.AGAIN, True), (1, True, None, False), (2, False, None, False),
        (2, True, Rung.SUPERVISORS, False),
    ])  # fmt: skip
    async def test_after_two_mistakes_a_tap_alone_waits_before_anybody_is_called_outside(
        self, home: Home, mistakes: int, alone: bool, rung: Rung | None, waits: bool
    ) -> None:
        for _ in range(mistakes):
            before = await red(home)
            async with home.tx() as tx:
                await tx.ladders.pressed(before, "mistake")
                await tx.run("UPDATE cases SET status = 'closed' WHERE id = :id", id=before.id)
        case = await red(home)
        await save(home, case, rung=rung, due_at=home.now)
        async with home.tx() as tx:
            await Services(tx).ladders.pressed(case, alone=alone)
        assert (await of(home, case)).callout_waits == waits

    @pytest.mark.parametrize(("rung", "called"), [(Rung.SUPERVISORS, []), (Rung.CALLOUT, ["callout"]),
                                                  (Rung.INCIDENT, ["callout"])])  # fmt: skip
    @pytest.mark.parametrize("how", ["spoke", "yes", "red words"])
    async def test_what_waited_is_called_when_she_writes_or_says_yes_and_its_rung_is_behind(
        self, home: Home, rung: Rung, called: list[str], how: str
    ) -> None:
        case = await red(home)
        await save(home, case, rung=rung, due_at=home.now + 9, callout_waits=True)
        async with home.tx() as tx:
            ladders = Services(tx).ladders
            await (ladders.spoke(case) if how == "spoke" else ladders.alarmed(case) if how == "red words"
                   else ladders.answered(case, Answer.YES))  # fmt: skip
        assert await calls(home) == called
        assert not (await of(home, case)).callout_waits

    async def test_while_it_waits_the_rung_calls_nobody_outside_and_says_so(self, home: Home) -> None:
        case = await red(home)
        since = home.now - RUNGS[Rung.CALLOUT]
        await save(home, case, since=since, rung=Rung.SUPERVISORS, due_at=home.now, callout_waits=True)
        assert to_her(await climb(home)) == ["unanswered.callout_waits"]
        assert await calls(home) == []
        home.now += RUNGS[Rung.COORDINATOR] - RUNGS[Rung.CALLOUT]
        assert to_her(await climb(home)) == ["unanswered.coordinator"]

    @pytest.mark.parametrize("silent_at", [None, 1])
    async def test_red_words_to_who_has_the_case_count_her_silence_from_now(
        self, home: Home, silent_at: int | None
    ) -> None:
        case = await red(home)
        await save(home, case, due_at=None, silent_at=silent_at, silences=0)
        async with home.tx() as tx:
            await Services(tx).ladders.alarmed(replace(case, status=Status.CLAIMED))
        found = await of(home, case)
        assert (found.due_at, found.silent_at) == (None, home.now + 10 * MINUTE)

    async def test_alerts_of_two_desks_to_one_operator_do_not_take_each_other_s_place(self, home: Home) -> None:
        operator = await staff(home, 50, REGION)
        async with home.tx() as tx:
            for desk in (REGION, NATIONAL, REGION):
                await Services(tx).tell.alert(operator, desk, 3_000)
        rows = await home.rows("SELECT coalesce_key FROM outbox WHERE kind = 'alert'")
        assert len(rows) == 2

    async def test_what_somebody_has_taken_is_not_called_outside_any_more(self, home: Home) -> None:
        case = await red(home)
        await save(home, case, rung=Rung.CALLOUT, due_at=None, callout_waits=True)
        async with home.tx() as tx:
            await Services(tx).ladders.spoke(case)
        assert await calls(home) == []

    async def test_words_of_hers_after_a_mistake_let_it_go_on(self, home: Home) -> None:
        case = await red(home)
        await save(home, case, rung=Rung.AGAIN, answer=Answer.MISTAKE, mistake_at=home.now)
        async with home.tx() as tx:
            person = await tx.people.get(case.person or "")
            assert person is not None
            await Services(tx).cases.words(person, Incoming(Kind.TEXT, "вообще-то"))
        assert (await of(home, case)).answer is Answer.WRITES

    async def test_not_safe_is_yes_and_lets_it_go_on(self, home: Home) -> None:
        case = await red(home)
        await save(home, case, rung=Rung.AGAIN, answer=Answer.MISTAKE, mistake_at=home.now)
        async with home.tx() as tx:
            await Services(tx).ladders.unsafe(case)
        ladder = await of(home, case)
        assert (ladder.answer, ladder.due_at) == (Answer.YES, home.now + RUNGS[Rung.SUPERVISORS])


class TestClaims:
    async def test_a_claim_stops_it_takes_down_the_call_and_its_end_stops_all(self, home: Home) -> None:
        case = await red(home, 1, REGION)
        await save(home, case, rung=Rung.SUPERVISORS, due_at=home.now, call_message_id=5)
        for move in ("taken", "stopped"):
            async with home.tx() as tx:
                await getattr(Services(tx).ladders, move)(case)
            ladder = await of(home, case)
            assert (ladder.due_at, ladder.silent_at is not None) == (None, move == "taken")
            assert [post.kind for post in await said(home)] == ["call_edit"]
        amber = await red(home, 2, level=Level.AMBER)
        await save(home, amber, due_at=home.now)
        async with home.tx() as tx:
            await Services(tx).ladders.taken(amber)
        assert (await of(home, amber)).silent_at is None

    async def test_the_national_desk_is_called_from_the_supervisors_rung_on(self, home: Home) -> None:
        case = await red(home, 1, REGION)
        for rung in (None, *Rung):
            await save(home, case, rung=rung)
            async with home.tx() as tx:
                called = await Services(tx).ladders.calls_national(case)
            assert called == (rung not in (None, Rung.AGAIN))
        async with home.tx() as tx:
            assert not await Services(tx).ladders.calls_national(replace(case, urgency=Level.AMBER))

    async def test_what_the_national_desk_gives_back_goes_to_its_region_too(self, home: Home) -> None:
        regional, national = await staff(home, 50, REGION), await staff(home, 53, NATIONAL)
        case = await red(home, 1, REGION)
        await save(home, case, rung=Rung.SUPERVISORS, due_at=home.now)
        async with home.tx() as tx:
            await tx.cases.save(case.described(region=REGION))
            desk, operator = await tx.desks.get(NATIONAL), await tx.operators.get(national)
            assert desk is not None
            assert operator is not None
            claimed = await Services(tx).desk_work.claim(desk, case.code, operator)
            await tx.cases.save(claimed.with_topic(77))
        await said(home)
        home.now += 5 * MINUTE
        async with home.tx() as tx:
            await Services(tx).desk_work.give_back(await current(tx, case), "line.release_due")
            assert (await current(tx, case)).desk == REGION
        posts = await said(home)
        assert {(post.kind, post.recipient) for post in posts if post.kind in ("queue_card", "call_card")} == {
            ("queue_card", f"{REGION}/urgent"), ("call_card", f"{NATIONAL}/urgent"),
        }  # fmt: skip
        assert [post.params["thread_id"] for post in posts if post.kind == "delete_topic"] == [77]
        assert alerted(posts) == {regional}
        assert (await of(home, case)).due_at == home.now + RUNGS[Rung.AGAIN]

    async def test_with_nobody_in_the_region_it_is_an_operator_s_turn_at_the_national_desk(self, home: Home) -> None:
        first, second = await staff(home, 50, NATIONAL), await staff(home, 51, NATIONAL)
        case = await red(home)
        assert alerted(await begin(home, case)) == {first}
        async with home.tx() as tx:
            case = await tx.cases.save(case.described(region=REGION))
            await Services(tx).placing.offer(case)
            ladder = await tx.ladders.of(case.id)
            assert ladder is not None
            await tx.ladders.save(replace(ladder, call_message_id=5))  # it is out
        assert alerted(await said(home)) == {second}
        home.now += RUNGS[Rung.AGAIN]
        assert alerted(await climb(home)) == {first}

    @pytest.mark.parametrize("on", [True, False])
    async def test_when_the_last_one_goes_off_shift_it_goes_on_with_the_supervisors(self, home: Home, on: bool) -> None:
        supervisor = await staff(home, 52, NATIONAL, supervises=True)
        key = await staff(home, 50, NATIONAL)
        if on:
            await staff(home, 51, NATIONAL)
        cases = [await red(home, number) for number in (1, 2)]
        for case in cases:
            await begin(home, case)
        async with home.tx() as tx:
            case = await tx.cases.save(cases[1].called(tx.now))
            await Services(tx).ladders.answered(case, Answer.MISTAKE)
        await said(home)
        home.now += 1
        async with home.tx() as tx:
            await tx.shifts.end(key, NATIONAL)
            await Services(tx).ladders.deserted(NATIONAL)
        posts = await climb(home)
        assert to_her(posts) == ([] if on else ["unanswered.nobody"])
        assert (supervisor in alerted(posts)) == (not on)
        assert [(await of(home, one)).rung for one in cases] == [None if on else Rung.SUPERVISORS, None]

    @pytest.mark.parametrize("way", ["goes off shift", "leaves the group", "cannot be called any more"])
    async def test_however_the_last_one_goes_it_is_known_at_once(self, home: Home, way: str) -> None:
        key = await staff(home, 50, NATIONAL)
        case = await red(home)
        await begin(home, case)
        async with home.tx() as tx:
            desk, operator, shifts = await tx.desks.get(NATIONAL), await tx.operators.get(key), Services(tx).shifts
            assert desk is not None
            assert operator is not None
            if way == "goes off shift":
                await shifts.finish(desk, operator)
            elif way == "leaves the group":
                await shifts.left(desk, key)
            else:
                await shifts.unreachable(key)
        assert to_her(await climb(home)) == ["unanswered.nobody"]

    async def test_who_leaves_is_not_called_to_what_she_leaves_behind(self, home: Home) -> None:
        first, second = await staff(home, 50, NATIONAL), await staff(home, 51, NATIONAL)
        case = await red(home)
        async with home.tx() as tx:
            await tx.cases.claim(case.code, first)
        await said(home)
        async with home.tx() as tx:
            desk, operator = await tx.desks.get(NATIONAL), await tx.operators.get(first)
            assert desk is not None
            assert operator is not None
            await Services(tx).shifts.role(desk, operator, Member.STRANGER)
        assert alerted(await said(home)) == {second}
        assert (await of(home, case)).turn == second

    async def test_a_ladder_that_cannot_be_read_keeps_no_other_from_going_on(self, home: Home) -> None:
        key = await staff(home, 50, NATIONAL)
        cases = [await red(home, number) for number in (1, 2)]
        for case in cases:
            await begin(home, case)
        async with home.tx() as tx:
            await tx.run("UPDATE ladder SET answer = 'nonsense' WHERE case_id = :case", case=cases[0].id)
        async with home.tx() as tx:
            await Services(tx).shifts.unreachable(key)
        assert (await of(home, cases[1])).rung == Rung.AGAIN
        async with home.tx() as tx:
            assert not any(watch.reachable for watch in await tx.shifts.on(NATIONAL))

    async def test_a_mistake_that_is_given_back_rings_in_its_group_and_no_further(self, home: Home) -> None:
        first, second = await staff(home, 50, NATIONAL), await staff(home, 51, NATIONAL)
        case = await red(home)
        async with home.tx() as tx:
            await tx.ladders.save(Ladder(case.id, tx.now, tx.now, Rung.AGAIN, Answer.MISTAKE, tx.now))
            case = await tx.cases.claim(case.code, first) or case
            await Services(tx).ladders.taken(case)
            await Services(tx).desk_work.give_back(case, "line.release_due")
        assert alerted(await said(home)) <= {first, second}
        home.now += RUNGS[Rung.AGAIN]
        assert "ring" in [post.kind for post in await climb(home)]
        assert (await of(home, case)).due_at is None

    async def test_a_tap_soon_after_words_is_no_tap_alone(self, home: Home) -> None:
        for wrote, waits in ((10 * MINUTE, False), (10 * MINUTE + 1, True)):
            case = await red(home, wrote)
            async with home.tx() as tx:
                for _ in range(2):
                    await tx.ladders.pressed(case, "mistake")
                await Services(tx).ladders.pressed(replace(case, words_at=tx.now - wrote), alone=True)
            assert (await of(home, case)).callout_waits == waits

    async def test_words_after_a_mistake_make_it_climb_on_and_stand_on_the_card(self, home: Home) -> None:
        await staff(home, 50, NATIONAL)
        case = await red(home)
        await begin(home, case)
        async with home.tx() as tx:
            case = await tx.cases.save(case.called(tx.now))
            await Services(tx).ladders.answered(case, Answer.MISTAKE)
            await Services(tx).ladders.spoke(case)
            assert not await Services(tx).ladders.mistaken(case)
        home.now += RUNGS[Rung.SUPERVISORS]
        await climb(home)
        assert (await of(home, case)).rung is Rung.SUPERVISORS

    async def test_a_mistake_is_nobody_s_unclaimed_red_outside(self, home: Home) -> None:
        case, mistaken = await red(home, 1), await red(home, 2)
        await save(home, mistaken, answer=Answer.MISTAKE)
        async with home.tx() as tx:
            assert set(await tx.watch.red_unclaimed()) == {case.id}

    async def test_what_called_the_national_desk_is_sent_anew_when_somebody_has_deleted_it(self, home: Home) -> None:
        waits, taken = await red(home, 1, REGION), await red(home, 2, REGION)
        for case in (waits, taken):
            await save(home, case, rung=Rung.SUPERVISORS, due_at=home.now + 9, call_message_id=5)
        async with home.tx() as tx:
            await tx.cases.claim(taken.code, await operator(tx))
            await Services(tx).tell.call_edit(waits)
            (edit,) = [one.row for one in await tx.outbox.ready(9) if one.row.post.kind == "call_edit"]
            await tx.outbox.sent(edit.seq)
            await Services(tx).delivery.vanished(edit)
        assert [post.params["case"] for post in await said(home) if post.kind == "call_card"] == [waits.id]

    @pytest.mark.parametrize("claimed", [False, True])
    async def test_a_case_that_moves_away_from_its_operator_tells_her_so(self, home: Home, claimed: bool) -> None:
        case = await red(home, 1, REGION)
        async with home.tx() as tx:
            if claimed:
                await tx.cases.claim(case.code, await operator(tx))
            await Services(tx).placing.move(await current(tx, case), NATIONAL)
        assert to_her(await said(home)) == (["operator_left"] if claimed else [])

    async def test_her_silence_is_told_twice_to_who_has_the_case_and_once_softly_to_her(self, home: Home) -> None:
        case = await red(home)
        async with home.tx() as tx:
            claimed = await tx.cases.claim(case.code, await operator(tx))
            assert claimed is not None
            assert claimed.status is Status.CLAIMED
            await Services(tx).ladders.taken(claimed)
        found = []
        for minutes in (10, 20, 60):
            home.now += minutes * MINUTE
            async with home.tx() as tx:
                await Services(tx).ladders.prompt(tx.now)
            posts = await said(home)
            lines = [post.params["values"]["minutes"] for post in posts if post.params.get("key") == "line.silent"]
            found.append((lines, to_her(posts)))
        assert found == [([10], ["unanswered.soft"]), ([30], []), ([], [])]
        async with home.tx() as tx:
            await Services(tx).ladders.spoke(claimed)
        assert (await of(home, case)).silent_at == home.now + 10 * MINUTE
