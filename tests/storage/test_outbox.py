"""The outbox: what has to be said, in order, by class, until it is known to have been said."""

from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.domain.cases import Case
from bot.domain.messages import Post, Priority, To
from bot.domain.urgency import Level
from storage.outbox import Ready
from tests.storage.home import DAY, MINUTE, SECOND, Home, home_in


def post(
    kind: str, lane: str = "", *, to: To = To.PERSON, recipient: str = "her", priority: Priority = Priority.TALK,
    case: str | None = None, coalesce: str | None = None, delay: int = 0,
) -> Post:  # fmt: skip
    """A post whose params tell what its kind tells."""
    return Post(to, recipient, kind, {"kind": kind}, priority, lane, case, coalesce, delay)


async def put(home: Home, *posts: Post) -> None:
    async with home.tx() as tx:
        for one in posts:
            await tx.outbox.add(one)


async def ready(
    home: Home, limit: int = 100, full: Collection[str] = (), reserved: Collection[str] = ()
) -> list[Ready]:
    async with home.tx() as tx:
        return await tx.outbox.ready(limit, full, reserved)


async def kinds(home: Home, limit: int = 100, full: Collection[str] = (), reserved: Collection[str] = ()) -> list[str]:
    return [one.row.post.kind for one in await ready(home, limit, full, reserved)]


async def begin(home: Home, limit: int = 100) -> list[Ready]:
    """Takes rows as the sender does: marked before the call."""
    async with home.tx() as tx:
        found = await tx.outbox.ready(limit)
        await tx.outbox.sending([one.row.seq for one in found])
        return found


async def open_case(home: Home, telegram_id: int = 1, desk: str | None = None) -> Case:
    async with home.tx() as tx:
        return await tx.cases.open((await tx.people.meet(telegram_id)).key, "ru", Level.ORDINARY, desk=desk)


class TestOutbox:
    """The `outbox` table."""

    async def test_a_post_comes_out_as_it_went_in(self, home: Home) -> None:
        case = await open_case(home)
        sent = Post(
            To.CASE, case.id, "words", {"text": "Сәлем\u2028", "n": [1, None]}, Priority.RED, "red:1", case.id, "c", 0
        )
        await put(home, sent)

        (found,) = await ready(home)

        assert found.row.post == sent
        assert (found.row.part, found.row.tries, found.row.again) == (0, 0, False)

    async def test_a_post_without_a_lane_waits_in_its_receivers(self, home: Home) -> None:
        await put(home, post("one"), post("two"), post("other", recipient="him"))

        assert await kinds(home) == ["one", "other"]

    async def test_a_lane_keeps_its_order(self, home: Home) -> None:
        await put(home, post("1", "talk"), post("2", "talk"), post("3", "talk"))
        order = []
        while found := await begin(home):
            assert len(found) == 1
            assert await kinds(home) == []
            order.append(found[0].row.post.kind)
            async with home.tx() as tx:
                await tx.outbox.sent(found[0].row.seq)

        assert order == ["1", "2", "3"]

    async def test_a_red_row_does_not_pass_in_its_own_lane_but_passes_in_one_of_its_own(self, home: Home) -> None:
        await put(
            home, post("words", "talk"), post("red in the lane", "talk", priority=Priority.RED),
            post("red", "red", priority=Priority.RED),
        )  # fmt: skip

        assert await kinds(home) == ["red", "words"]

    async def test_classes_go_before_age(self, home: Home) -> None:
        classes = [Priority.MANY, Priority.EDIT, Priority.QUEUE, Priority.CLAIM, Priority.TALK, Priority.RED]
        await put(home, *(post(level.name, level.name, priority=level) for level in classes))
        await put(home, post("second", "second", priority=Priority.TALK))

        assert await kinds(home) == ["RED", "TALK", "second", "CLAIM", "QUEUE", "EDIT", "MANY"]
        assert await kinds(home, 2) == ["RED", "TALK"]

    async def test_a_delayed_row_waits_and_holds_its_lane(self, home: Home) -> None:
        await put(home, post("late", "talk", delay=15 * SECOND), post("next", "talk"), post("other", "o"))

        assert await kinds(home) == ["other"]
        home.now += 15 * SECOND - 1
        assert await kinds(home) == ["other"]
        home.now += 1
        assert await kinds(home) == ["late", "other"]

    async def test_of_rows_that_coalesce_one_waits_with_the_newest_words_and_the_earlier_time(self, home: Home) -> None:
        await put(home, post("old", coalesce="card:1", delay=15 * SECOND))
        home.now += 10 * SECOND
        await put(home, post("new", coalesce="card:1", delay=15 * SECOND), post("other", "x", coalesce="card:2"))

        home.now += 5 * SECOND
        assert sorted(await kinds(home)) == ["new", "other"]

    async def test_a_coalesced_row_can_come_earlier_than_the_one_it_replaces(self, home: Home) -> None:
        await put(home, post("old", coalesce="c", delay=MINUTE), post("new", coalesce="c", delay=SECOND))

        home.now += SECOND
        assert await kinds(home) == ["new"]

    async def test_a_row_on_its_way_is_not_replaced(self, home: Home) -> None:
        await put(home, post("old", "card", coalesce="c"))
        (first,) = await begin(home)
        await put(home, post("new", "card", coalesce="c"))

        assert await kinds(home) == []
        async with home.tx() as tx:
            await tx.outbox.sent(first.row.seq)
        assert await kinds(home) == ["new"]

    @pytest.mark.parametrize("end", ["later", "next_part", "in_doubt"])
    async def test_a_row_that_comes_back_stands_beside_the_one_that_would_have_replaced_it(
        self, home: Home, end: str
    ) -> None:
        await put(home, post("old", "card", coalesce="c"))
        (first,) = await begin(home)
        await put(home, post("new", "card", coalesce="c"))
        async with home.tx() as tx:
            if end == "later":
                await tx.outbox.later(first.row.seq, tx.now)
            elif end == "next_part":
                await tx.outbox.next_part(first.row.seq, 1)
            else:
                await tx.outbox.in_doubt()
        await put(home, post("newest", "card", coalesce="c"))

        assert await kinds(home) == ["old"]
        async with home.tx() as tx:
            await tx.outbox.sent(first.row.seq)
        assert await kinds(home) == ["newest"]

    async def test_full_receivers_are_left_out_even_for_red(self, home: Home) -> None:
        await put(
            home, post("red", "r", to=To.GROUP, recipient="-100", priority=Priority.RED), post("hers", recipient="her"),
            post("his", recipient="him"),
        )  # fmt: skip

        assert await kinds(home, full=["group:-100", "person:her"]) == ["his"]

    async def test_what_is_kept_for_red_is_left_out_for_all_others(self, home: Home) -> None:
        await put(
            home, post("talk", "t", to=To.DESK, recipient="KZ-31/queue"),
            post("red", "r", to=To.DESK, recipient="KZ-31/urgent", priority=Priority.RED),
            post("elsewhere", "e", to=To.DESK, recipient="KZ-75/queue"),
        )  # fmt: skip

        assert await kinds(home, reserved=["desk:KZ-31"]) == ["red", "elsewhere"]
        assert await kinds(home, full=["desk:KZ-31"], reserved=["desk:KZ-31"]) == ["elsewhere"]

    async def test_a_cases_rows_count_for_the_group_of_its_desk_of_that_moment(self, home: Home) -> None:
        case = await open_case(home, desk="KZ-31")
        await put(home, post("words", to=To.CASE, recipient=case.id, case=case.id))
        assert [one.pace for one in await ready(home)] == ["desk:KZ-31"]

        async with home.tx() as tx:
            await tx.cases.save(case.moved("national"))

        assert [one.pace for one in await ready(home)] == ["desk:national"]
        assert await kinds(home, full=["desk:national"]) == []

    async def test_a_limited_look_is_not_used_up_by_rows_that_may_not_go(self, home: Home) -> None:
        await put(
            home, *(post(f"full {n}", f"l{n}", recipient="her") for n in range(20)), post("free", recipient="him")
        )

        assert await kinds(home, 3, full=["person:her"]) == ["free"]

    async def test_rows_that_a_crash_left_on_their_way_go_again_and_are_marked(self, home: Home) -> None:
        await put(home, post("1", "a"), post("2", "a"), post("3", "b"))
        await begin(home)
        await home.reopen()
        assert await kinds(home) == []

        async with home.tx() as tx:
            assert await tx.outbox.in_doubt() == 2

        assert [(one.row.post.kind, one.row.again) for one in await ready(home)] == [("1", True), ("3", True)]
        async with home.tx() as tx:
            assert await tx.outbox.in_doubt() == 0

    async def test_the_next_part_of_a_long_text_follows_at_once_and_is_no_repeat(self, home: Home) -> None:
        await put(home, post("long"))
        await begin(home)
        async with home.tx() as tx:
            await tx.outbox.in_doubt()
        (first,) = await begin(home)
        async with home.tx() as tx:
            await tx.outbox.next_part(first.row.seq, 1)

        (second,) = await ready(home)
        assert (second.row.seq, second.row.part, second.row.again) == (first.row.seq, 1, False)

    async def test_a_row_to_be_sent_later_counts_its_tries_and_stays_doubtful(self, home: Home) -> None:
        await put(home, post("words"), post("after"))
        (first,) = await begin(home)
        async with home.tx() as tx:
            await tx.outbox.later(first.row.seq, tx.now + 5 * SECOND, again=True)
        assert await kinds(home) == []

        home.now += 5 * SECOND
        (second,) = await begin(home)
        assert (second.row.post.kind, second.row.tries, second.row.again) == ("words", 1, True)
        async with home.tx() as tx:
            await tx.outbox.later(first.row.seq, tx.now, again=False, tried=False)
        (third,) = await ready(home)
        assert (third.row.tries, third.row.again) == (1, True)

    async def test_a_row_that_cannot_be_delivered_keeps_the_reason_and_loses_its_words(self, home: Home) -> None:
        await put(home, post("words"), post("next"))
        (first,) = await begin(home)
        async with home.tx() as tx:
            await tx.outbox.fail(first.row.seq, "blocked")

        assert await home.rows("SELECT state, why, params, sealed_by FROM outbox WHERE kind = 'words'") == [
            {"state": "failed", "why": "blocked", "params": None, "sealed_by": None}
        ]
        assert await kinds(home) == ["next"]

    async def test_a_failed_row_is_swept_after_thirty_days_and_a_waiting_one_never(self, home: Home) -> None:
        await put(home, post("failed", "a"), post("waiting", "b"))
        async with home.tx() as tx:
            await tx.outbox.fail((await tx.outbox.ready(1))[0].row.seq, "refused")

        async def left(at: int) -> list[str]:
            async with home.tx() as tx:
                await tx.outbox.sweep(at)
            return [row["kind"] for row in await home.rows("SELECT kind FROM outbox ORDER BY seq")]

        assert await left(home.now + 30 * DAY - 1) == ["failed", "waiting"]
        assert await left(home.now + 30 * DAY) == ["waiting"]
        assert await left(home.now + 400 * DAY) == ["waiting"]

    async def test_dropping_a_case_leaves_nothing_of_it_waiting(self, home: Home) -> None:
        case, other = await open_case(home, 1), await open_case(home, 2)
        await put(
            home, post("topic", to=To.CASE, recipient=case.id),
            post("queue", "q", to=To.DESK, recipient="d/queue", case=case.id),
            post("person", case=case.id), post("failed", "f", case=case.id), post("hers", "o", recipient="her"),
            post("other", to=To.CASE, recipient=other.id, case=other.id),
        )  # fmt: skip
        async with home.tx() as tx:
            failed = [one for one in await tx.outbox.ready(100) if one.row.post.kind == "failed"]
            await tx.outbox.fail(failed[0].row.seq, "refused")
            await tx.outbox.drop_case(case.id)

        assert sorted(await kinds(home)) == ["hers", "other"]
        assert not await home.rows("SELECT 1 FROM outbox WHERE case_id = :case OR recipient = :case", case=case.id)

    async def test_dropping_a_person_leaves_the_others_rows(self, home: Home) -> None:
        await put(home, post("hers"), post("his", recipient="him"), post("group", to=To.GROUP, recipient="her"))
        async with home.tx() as tx:
            await tx.outbox.drop_person("her")

        assert sorted(await kinds(home)) == ["group", "his"]

    async def test_dropping_a_lane_leaves_the_row_that_asked_and_what_is_on_its_way(self, home: Home) -> None:
        await put(home, post("1", "case"), post("2", "case"), post("3", "case"), post("other", "other"))
        found = await begin(home)
        third = (await home.rows("SELECT seq FROM outbox WHERE kind = '3'"))[0]["seq"]
        async with home.tx() as tx:
            await tx.outbox.drop_lane("case", but=third)

        left = [row["kind"] for row in await home.rows("SELECT kind FROM outbox ORDER BY seq")]
        assert left == ["1", "3", "other"]
        assert [one.row.post.kind for one in found] == ["1", "other"]

    async def test_a_row_that_does_not_open_any_more_does_not_hold_the_others(self, home: Home) -> None:
        await put(home, post("broken", "a"), post("behind", "a"), post("whole", "b"))
        async with home.tx() as tx:
            await tx.run("UPDATE outbox SET params = :garbage WHERE kind = 'broken'", garbage=b"x" * 50)

        assert await kinds(home) == ["whole"]
        assert await kinds(home) == ["behind", "whole"]

    async def test_a_row_of_a_case_whose_key_is_gone_does_not_hold_the_others(self, home: Home) -> None:
        case = await open_case(home)
        await put(home, post("broken", to=To.CASE, recipient=case.id, case=case.id), post("whole"))
        async with home.tx() as tx:
            await tx.drop_key(f"case:{case.id}")

        assert await kinds(home) == ["whole"]

    async def test_params_are_sealed_under_the_cases_key_or_the_days(self, home: Home) -> None:
        case = await open_case(home)
        await put(home, post("hers", "a", case=case.id), post("screen", "b"))

        found = await home.rows("SELECT kind, sealed_by FROM outbox ORDER BY seq")
        assert [row["sealed_by"] for row in found] == [f"case:{case.id}", "day:2026-05-28"]

    async def test_of_a_red_case_all_that_waits_goes_first_also_to_her_but_no_edit_and_nothing_of_others(
        self, home: Home
    ) -> None:
        case = await open_case(home, desk="national")
        assert case.person is not None
        await put(
            home,
            post("words", "l", to=To.CASE, recipient=case.id, case=case.id),
            post("queue_card", "q", to=To.DESK, recipient="national/queue", priority=Priority.QUEUE, case=case.id),
            post("receipt", recipient=case.person),  # outside of any case, as screens are
            post("screen", recipient="other"),
            *(post(kind, kind, to=To.CASE, recipient=case.id, priority=Priority.EDIT, case=case.id)
              for kind in ("queue_edit", "topic_card_edit", "reaction")),
            post("media", "m", to=To.CASE, recipient=case.id, priority=Priority.MANY, case=case.id),
            post("media", "n", to=To.CASE, recipient="other", priority=Priority.MANY),
        )  # fmt: skip
        async with home.tx() as tx:
            await tx.outbox.lift(case.id, case.person)
        first = {row["kind"] for row in await home.rows("SELECT kind FROM outbox WHERE priority = 0")}
        assert first == {"words", "queue_card", "receipt"}
        files = await home.rows("SELECT priority FROM outbox WHERE kind = 'media' ORDER BY seq")
        assert [row["priority"] for row in files] == [Priority.TALK, Priority.MANY]

    async def test_the_many_files_of_one_person_leave_room_in_a_crowded_group(self, home: Home) -> None:
        case = await open_case(home, desk="national")
        for rank in (Priority.MANY, Priority.TALK):
            await put(home, post(rank.name, rank.name, to=To.CASE, recipient=case.id, priority=rank, case=case.id))
        async with home.tx() as tx:
            there = [ready.row.post.kind for ready in await tx.outbox.ready(9, crowded=["desk:national"])]
            assert there == ["TALK"]
        assert await kinds(home) == ["TALK", "MANY"]

    async def test_a_queue_card_goes_before_ordinary_ones_and_nothing_goes_back(self, home: Home) -> None:
        case, other = await open_case(home, 1, "national"), await open_case(home, 2, "national")
        for one in (case, other):
            for kind, rank in (
                ("queue_card", Priority.QUEUE),
                ("queue_edit", Priority.EDIT),
                ("queue_card", Priority.RED),
            ):
                await put(home, post(kind, f"{one.id}{rank}", to=To.DESK, priority=rank, case=one.id))
        async with home.tx() as tx:
            await tx.outbox.advance_card(case.id)
        rows = await home.rows("SELECT case_id, priority FROM outbox ORDER BY seq")
        found = [Priority(row["priority"]) for row in rows if row["case_id"] == case.id]
        others = [Priority(row["priority"]) for row in rows if row["case_id"] == other.id]
        assert found == [Priority.CLAIM, Priority.EDIT, Priority.RED]
        assert others == [Priority.QUEUE, Priority.EDIT, Priority.RED]


@settings(max_examples=25, deadline=None)
@given(
    some.lists(
        some.tuples(some.sampled_from("abc"), some.sampled_from(list(Priority)), some.integers(0, 3)), max_size=12
    ),
    some.data(),
)
async def test_whatever_becomes_of_rows_each_lane_is_told_in_order(
    posts: list[tuple[str, Priority, int]], data: some.DataObject
) -> None:
    """Rows wait, fail, come back, are interrupted by crashes; nothing overtakes in its lane, nothing is lost."""
    with TemporaryDirectory() as folder:
        async with home_in(Path(folder)) as home:
            await put(
                home,
                *(
                    post(str(n), lane, priority=level, delay=delay * SECOND)
                    for n, (lane, level, delay) in enumerate(posts)
                ),
            )
            told: list[int] = []
            for _ in range(400):
                found = await begin(home, data.draw(some.integers(1, 4)))
                assert len({one.row.post.lane for one in found}) == len(found)
                for one in found:
                    fate = data.draw(some.sampled_from(["sent", "sent", "later", "crash"]))
                    async with home.tx() as tx:
                        if fate == "sent":
                            told.append(int(one.row.post.kind))
                            await tx.outbox.sent(one.row.seq)
                        elif fate == "later":
                            await tx.outbox.later(one.row.seq, tx.now + 2 * SECOND)
                async with home.tx() as tx:
                    await tx.outbox.in_doubt()
                home.now += SECOND
                if not await home.rows("SELECT 1 FROM outbox"):
                    break

            assert sorted(told) == [*range(len(posts))]
            for lane in "abc":
                mine = [number for number in told if posts[number][0] == lane]
                assert mine == sorted(mine)
