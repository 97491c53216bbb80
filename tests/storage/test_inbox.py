"""The inbox: every update once, in order inside its lane, until it is done or set aside."""

from collections.abc import Sequence

import pytest

from bot.domain.messages import Post, To
from storage.inbox import BATCH, QUARANTINE, REMEMBER, Update
from tests.storage.home import DAY, HOUR, SECOND, Home


async def put(home: Home, *updates: tuple[int, str], red: Sequence[int] = ()) -> None:
    async with home.tx() as tx:
        for number, lane in updates:
            await tx.inbox.add(number, lane, number in red, {"update_id": number})


async def taken(home: Home, *held: str) -> list[int]:
    """The numbers of the updates that may be worked on now."""
    async with home.tx() as tx:
        return [update.update_id for update in await tx.inbox.take(held)]


async def first(home: Home) -> Update:
    async with home.tx() as tx:
        return (await tx.inbox.take())[0]


async def fail(home: Home) -> bool:
    """The first update fails; whether it will be tried again."""
    update = await first(home)
    async with home.tx() as tx:
        return await tx.inbox.failed(update)


class TestInbox:
    """The `inbox` table."""

    async def test_an_update_comes_out_as_it_came_in(self, home: Home) -> None:
        raw = {"update_id": 5, "message": {"text": "Сәлем\u2028😀", "n": [None, 1.5, True]}}
        async with home.tx() as tx:
            await tx.inbox.add(5, "p:her", True, raw)

        update = await first(home)

        assert (update.update_id, update.lane, update.red, update.tries, update.body) == (5, "p:her", True, 0, raw)

    async def test_a_repeated_update_is_dropped_while_it_waits(self, home: Home) -> None:
        await put(home, (5, "a"))
        async with home.tx() as tx:
            await tx.inbox.add(5, "a", False, {"other": 1})

        assert (await first(home)).body == {"update_id": 5}
        assert await taken(home) == [5]

    async def test_somebody_who_floods_the_inbox_costs_the_others_nothing(self, home: Home) -> None:
        """Counted in steps of SQLite's machine, which no other process disturbs."""

        async def steps(rows: int) -> int:
            await put(home, *((number, "p:flood") for number in range(home.now, home.now + rows)))
            home.now += rows
            counted = 0

            def step() -> None:
                nonlocal counted
                counted += 1

            assert home.database is not None
            await home.database._connection.set_progress_handler(step, 10)
            assert len(await taken(home)) == BATCH
            return counted

        few, many = await steps(100), await steps(2000)

        assert few > 100  # something was counted
        assert many < 2 * few

    @pytest.mark.parametrize("end", ["done", "quarantine"])
    async def test_a_repeated_update_is_dropped_after_it_is_finished(self, home: Home, end: str) -> None:
        await put(home, (5, "a"))
        update = await first(home)
        async with home.tx() as tx:
            await getattr(tx.inbox, end)(update.seq)
        home.now += REMEMBER - SECOND
        async with home.tx() as tx:
            await tx.inbox.sweep(home.now)
            await tx.inbox.add(5, "a", False, {})

        assert await taken(home) == []

    async def test_a_number_that_starts_anew_below_the_last_one_is_taken(self, home: Home) -> None:
        await put(home, (900_000_000, "a"))
        await put(home, (3, "a"), (-7, "a"))

        assert await taken(home) == [900_000_000, 3, -7]

    async def test_order_is_that_of_arrival_never_that_of_the_numbers(self, home: Home) -> None:
        await put(home, (9, "a"), (3, "b"), (7, "a"), (1, "b"))

        assert await taken(home) == [9, 3, 7, 1]

    async def test_a_number_is_not_used_again_as_a_place_in_the_order_after_a_rollback(self, home: Home) -> None:
        await put(home, (1, "a"))
        async with home.tx() as tx:
            await tx.run("DELETE FROM inbox")
        await put(home, (2, "a"))

        assert (await first(home)).seq == 2

    async def test_a_red_update_brings_its_whole_lane_to_the_front(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "b"), (3, "a"), (4, "b"), red=[4])

        assert await taken(home) == [2, 4, 1, 3]

    async def test_a_lane_is_no_longer_red_when_its_red_update_is_done(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "b"), (3, "b"), red=[2])
        update = await first(home)
        assert update.update_id == 2
        async with home.tx() as tx:
            await tx.inbox.done(update.seq)

        assert await taken(home) == [1, 3]

    async def test_a_lane_that_waits_for_a_retry_holds_its_later_rows_and_no_other_lane(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "a"), (3, "b"))
        assert await fail(home)

        assert await taken(home) == [3]
        home.now += 2 * SECOND
        assert await taken(home) == [1, 2, 3]

    async def test_a_failing_red_lane_does_not_hold_the_others(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "b"), red=[1])
        assert await fail(home)

        assert await taken(home) == [2]

    async def test_rows_before_a_failed_one_are_not_held(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "a"))
        async with home.tx() as tx:
            second = (await tx.inbox.take())[1]
            assert await tx.inbox.failed(second)

        assert await taken(home) == [1]

    async def test_it_is_tried_again_after_2_and_10_seconds_and_then_no_more(self, home: Home) -> None:
        await put(home, (1, "a"))

        assert await fail(home)
        home.now += 2 * SECOND - 1
        assert await taken(home) == []
        home.now += 1
        assert await fail(home)
        home.now += 10 * SECOND - 1
        assert await taken(home) == []
        home.now += 1
        assert (await first(home)).tries == 2
        assert not await fail(home)
        assert await taken(home) == [1]

    async def test_held_lanes_are_left_out(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "b"), (3, "c"))

        assert await taken(home, "a", "c") == [2]
        assert await taken(home) == [1, 2, 3]

    async def test_one_commit_carries_fifty_at_most(self, home: Home) -> None:
        await put(home, *((number, f"l{number % 7}") for number in range(120)))

        assert await taken(home) == [*range(BATCH)]
        assert BATCH == 50

    async def test_done_erases_the_body_and_whose_it_was(self, home: Home) -> None:
        await put(home, (1, "p:her"))
        update = await first(home)
        async with home.tx() as tx:
            await tx.inbox.done(update.seq)

        assert await home.rows("SELECT update_id, lane, state, body, sealed_by FROM inbox") == [
            {"update_id": 1, "lane": "", "state": "done", "body": None, "sealed_by": None}
        ]

    async def test_what_is_set_aside_keeps_its_body_and_frees_its_lane(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "a"))
        update = await first(home)
        async with home.tx() as tx:
            await tx.inbox.quarantine(update.seq)

        assert await taken(home) == [2]
        assert (await home.rows("SELECT body IS NOT NULL AS kept, lane FROM inbox WHERE update_id = 1")) == [
            {"kept": 1, "lane": "a"}
        ]

    async def test_forgetting_a_person_erases_what_of_hers_was_set_aside_and_nothing_else(self, home: Home) -> None:
        await put(home, (1, "p:her"), (2, "p:other"), (3, "p:her"))
        async with home.tx() as tx:
            for update in (await tx.inbox.take())[:2]:
                await tx.inbox.quarantine(update.seq)
            await tx.inbox.forget("p:her")

        kept = await home.rows("SELECT update_id FROM inbox WHERE body IS NOT NULL ORDER BY seq")
        assert [row["update_id"] for row in kept] == [2, 3]
        assert not await home.rows("SELECT 1 FROM inbox WHERE lane = 'p:her' AND state = 'quarantined'")

    async def test_a_finished_number_stays_six_days_and_not_longer(self, home: Home) -> None:
        await put(home, (1, "a"))
        async with home.tx() as tx:
            await tx.inbox.done((await tx.inbox.take())[0].seq)

        async def left(at: int) -> int:
            async with home.tx() as tx:
                await tx.inbox.sweep(at)
            return len(await home.rows("SELECT 1 FROM inbox"))

        assert REMEMBER == 6 * DAY
        assert await left(home.now + REMEMBER - 1) == 1
        assert await left(home.now + REMEMBER) == 0

    async def test_what_was_set_aside_stays_thirty_days_and_what_waits_stays_for_ever(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "b"))
        async with home.tx() as tx:
            await tx.inbox.quarantine((await tx.inbox.take())[0].seq)

        async def left(at: int) -> list[int]:
            async with home.tx() as tx:
                await tx.inbox.sweep(at)
            return [row["update_id"] for row in await home.rows("SELECT update_id FROM inbox ORDER BY seq")]

        assert QUARANTINE == 30 * DAY
        assert await left(home.now + QUARANTINE - 1) == [1, 2]
        assert await left(home.now + QUARANTINE) == [2]
        assert await left(home.now + 400 * DAY) == [2]

    @pytest.mark.parametrize("holder", ["inbox", "outbox", "form"])
    async def test_a_day_key_stays_while_anything_needs_it(self, home: Home, holder: str) -> None:
        async with home.tx() as tx:
            if holder == "inbox":
                await tx.inbox.add(1, "a", False, {})
            elif holder == "outbox":
                await tx.outbox.add(Post(To.PERSON, "p", "screen"))
            else:
                await tx.forms.set_data("f", "p", {"a": 1})
        home.now += 3 * DAY

        async def keys() -> int:
            async with home.tx() as tx:
                await tx.inbox.sweep(home.now)
            return len(await home.rows("SELECT 1 FROM data_key WHERE id LIKE 'day:%'"))

        assert await keys() == 1
        async with home.tx() as tx:
            await tx.run("UPDATE inbox SET body = NULL, sealed_by = NULL")
            await tx.run("DELETE FROM outbox")
            await tx.run("DELETE FROM form")
        assert await keys() == 0

    async def test_the_key_of_today_stays_though_nothing_needs_it_yet(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.key("day:2026-05-28", make=True)
            await tx.inbox.sweep(home.now + 30 * HOUR)

        assert len(await home.rows("SELECT 1 FROM data_key WHERE id LIKE 'day:%'")) == 1

    async def test_the_keys_of_cases_and_addresses_are_not_swept(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.key("case:1", make=True)
            await tx.inbox.sweep(home.now + 400 * DAY)

        names = {row["id"] for row in await home.rows("SELECT id FROM data_key")}
        assert names == {"lookup", "address", "case:1"}

    async def test_an_update_that_does_not_open_any_more_does_not_hold_the_others(self, home: Home) -> None:
        await put(home, (1, "a"), (2, "b"))
        async with home.tx() as tx:
            await tx.run("UPDATE inbox SET body = :garbage WHERE update_id = 1", garbage=b"x" * 50)

        async with home.tx() as tx:
            assert [(update.update_id, update.body) for update in await tx.inbox.take()] == [
                (1, None),
                (2, {"update_id": 2}),
            ]

    async def test_an_update_whose_day_key_is_gone_does_not_hold_the_others(self, home: Home) -> None:
        await put(home, (1, "a"))
        async with home.tx() as tx:
            await tx.drop_key("day:2026-05-28")
        home.now += DAY
        await put(home, (2, "b"))

        async with home.tx() as tx:
            assert [update.body for update in await tx.inbox.take()] == [None, {"update_id": 2}]
