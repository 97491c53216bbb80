"""Operators: an alias that nobody else has, and a sealed address."""

import sqlite3

import pytest

from storage.reference import aliases
from tests.storage.home import Home


class TestOperators:
    """The `operator` table."""

    async def test_the_first_meeting_gives_an_alias_and_the_next_the_same(self, home: Home) -> None:
        async with home.tx() as tx:
            met = await tx.operators.meet(101, "kk")
            assert await tx.operators.meet(101, "ru") == met
            assert await tx.operators.get(met.key) == met
            assert await tx.operators.address(met.key) == 101

        assert met.alias == aliases()[0].id
        assert (met.language, met.administrator) == ("kk", False)
        assert len(await home.rows("SELECT 1 FROM operator")) == 1

    async def test_nobody_shares_an_alias_and_a_used_up_list_goes_on_with_numbers(self, home: Home) -> None:
        names = [alias.id for alias in aliases()]
        async with home.tx() as tx:
            given = [(await tx.operators.meet(1_000 + n, "ru")).alias for n in range(2 * len(names) + 1)]

        assert given == [*names, *(f"{name} 2" for name in names), f"{names[0]} 3"]

    async def test_an_alias_that_became_free_is_given_again(self, home: Home) -> None:
        async with home.tx() as tx:
            first = await tx.operators.meet(1, "ru")
            await tx.operators.meet(2, "ru")
            await tx.run("DELETE FROM operator WHERE key = :key", key=first.key)
            assert (await tx.operators.meet(3, "ru")).alias == first.alias

    async def test_the_database_itself_refuses_a_second_bearer(self, home: Home) -> None:
        async with home.tx() as tx:
            one, other = await tx.operators.meet(1, "ru"), await tx.operators.meet(2, "ru")
        with pytest.raises(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.run("UPDATE operator SET alias = :alias WHERE key = :key", alias=one.alias, key=other.key)

    async def test_an_administrator_is_one_only_when_made_one(self, home: Home) -> None:
        async with home.tx() as tx:
            one, other = await tx.operators.meet(1, "ru"), await tx.operators.meet(2, "kk")
            assert await tx.operators.administrators() == []
            await tx.operators.make_administrator(other.key)
            assert [found.key for found in await tx.operators.administrators()] == [other.key]
            still = await tx.operators.get(one.key)
            assert still is not None
            assert not still.administrator

    async def test_the_language_can_be_changed(self, home: Home) -> None:
        async with home.tx() as tx:
            met = await tx.operators.meet(1, "ru")
            await tx.operators.set_language(met.key, "kk")
            found = await tx.operators.get(met.key)
        assert found is not None
        assert found.language == "kk"

    async def test_nobody_is_known_by_a_key_that_was_never_met(self, home: Home) -> None:
        async with home.tx() as tx:
            key = await tx.lookup(1)
            assert await tx.operators.get(key) is None
            assert await tx.operators.address(key) is None
