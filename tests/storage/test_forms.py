"""Forms: what a screen waits for, for thirty minutes."""

import pytest

from tests.storage.home import DAY, MINUTE, Home

LIFE = 30 * MINUTE
DRAFT = {"step": "subject", "words": "сөз", "list": [1, None]}


async def seen(home: Home, key: str = "k") -> tuple[str | None, dict[str, object]]:
    async with home.tx() as tx:
        return await tx.forms.state(key), await tx.forms.data(key)


class TestForms:
    """The `form` table."""

    async def test_a_form_keeps_its_state_and_its_data(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.forms.set_state("k", "her", "asking")
            await tx.forms.set_data("k", "her", DRAFT)

        assert await seen(home) == ("asking", DRAFT)
        assert await seen(home, "other") == (None, {})

    @pytest.mark.parametrize("first", ["state", "data"])
    async def test_either_may_come_first_and_either_may_go(self, home: Home, first: str) -> None:
        async with home.tx() as tx:
            if first == "state":
                await tx.forms.set_state("k", "her", "asking")
            await tx.forms.set_data("k", "her", DRAFT)
            await tx.forms.set_state("k", "her", "asking")
        assert await seen(home) == ("asking", DRAFT)

        async with home.tx() as tx:
            await tx.forms.set_state("k", "her", None)
        assert await seen(home) == (None, DRAFT)
        async with home.tx() as tx:
            await tx.forms.set_data("k", "her", {})
        assert await seen(home) == (None, {})
        assert await home.rows("SELECT 1 FROM form") == []

    async def test_a_form_waits_for_thirty_minutes_and_not_longer(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.forms.set_state("k", "her", "asking")
            await tx.forms.set_data("k", "her", DRAFT)

        home.now += LIFE - 1
        assert await seen(home) == ("asking", DRAFT)
        home.now += 1
        assert await seen(home) == (None, {})

    async def test_each_answer_starts_the_thirty_minutes_anew(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.forms.set_state("k", "her", "asking")
        home.now += LIFE - 1
        async with home.tx() as tx:
            await tx.forms.set_data("k", "her", DRAFT)
        home.now += LIFE - 1

        assert await seen(home) == ("asking", DRAFT)

    @pytest.mark.parametrize("half", ["state", "data"])
    async def test_a_new_form_brings_nothing_of_an_old_one_back(self, home: Home, half: str) -> None:
        async with home.tx() as tx:
            await tx.forms.set_state("k", "her", "asking")
            await tx.forms.set_data("k", "her", DRAFT)
        home.now += LIFE
        async with home.tx() as tx:
            if half == "state":
                await tx.forms.set_data("k", "her", {"new": 1})
            else:
                await tx.forms.set_state("k", "her", "new")

        assert await seen(home) == ((None, {"new": 1}) if half == "state" else ("new", {}))

    async def test_the_sweep_drops_what_is_over_and_nothing_else(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.forms.set_state("old", "her", "asking")
        home.now += 1
        async with home.tx() as tx:
            await tx.forms.set_state("new", "her", "asking")
            await tx.forms.sweep(home.now + LIFE - 1)

        assert await home.rows("SELECT key FROM form") == [{"key": "new"}]

    async def test_forgetting_a_person_drops_all_her_forms_and_nobody_elses(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.forms.set_data("a", "her", DRAFT)
            await tx.forms.set_state("b", "her", "asking")
            await tx.forms.set_data("c", "him", DRAFT)
            await tx.forms.forget("her")

        assert await home.rows("SELECT key FROM form") == [{"key": "c"}]

    async def test_a_draft_kept_past_midnight_is_sealed_by_the_new_day(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.forms.set_data("k", "her", DRAFT)
        home.now += DAY
        async with home.tx() as tx:
            await tx.forms.set_data("k", "her", DRAFT)

        assert await home.rows("SELECT sealed_by FROM form") == [{"sealed_by": "day:2026-05-29"}]
        assert (await seen(home))[1] == DRAFT
