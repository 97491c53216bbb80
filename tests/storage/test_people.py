"""Persons: known by a digest, reached by a sealed address, forgotten when they ask for it."""

import hmac

from bot.domain.people import Person, Writer
from storage.statements import LOOKUP
from tests.storage.home import HOUR, MINUTE, Home

HER = 7_123_456_789


class TestPeople:
    """The `person` and `consent` tables."""

    async def test_the_first_meeting_makes_a_row_and_the_next_finds_it(self, home: Home) -> None:
        async with home.tx() as tx:
            met = await tx.people.meet(HER)
            assert await tx.people.meet(HER) == met
            assert await tx.people.get(met.key) == met

        assert met == Person(met.key)
        assert len(await home.rows("SELECT 1 FROM person")) == 1

    async def test_her_key_is_an_hmac_under_the_lookup_key(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            secret = await tx.key(LOOKUP)

        assert key == hmac.digest(secret, str(HER).encode(), "sha256").hex()

    async def test_looking_her_up_makes_no_row(self, home: Home) -> None:
        async with home.tx() as tx:
            key = await tx.lookup(HER)
            assert await tx.people.get(key) is None
            assert await tx.people.address(key) is None

    async def test_only_the_sealed_address_leads_back_to_her(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            assert await tx.people.address(key) == HER

        (row,) = await home.rows("SELECT * FROM person")
        assert str(HER).encode() not in row["address"]
        assert str(HER) not in str({name: value for name, value in row.items() if name != "address"})

    async def test_what_she_told_is_kept(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            await tx.people.set_language(key, "kk")
            await tx.people.set_writer(key, Writer.CHILD)
            await tx.people.set_region(key, "KZ-31")
            await tx.people.record_consent(key, version="1", language="kk", digest="d1")

        async with home.tx() as tx:
            assert await tx.people.get(key) == Person(key, "kk", Writer.CHILD, "KZ-31", understood=True)
        assert await home.rows("SELECT person, version, language, digest, given_at FROM consent") == [
            {"person": key, "version": "1", "language": "kk", "digest": "d1", "given_at": home.now}
        ]

    async def test_one_persons_consent_is_nobody_elses(self, home: Home) -> None:
        async with home.tx() as tx:
            one, other = await tx.people.meet(1), await tx.people.meet(2)
            await tx.people.record_consent(one.key, version="1", language="kk", digest="d1")
            found = await tx.people.get(other.key)
        assert found is not None
        assert not found.understood

    async def test_who_blocked_the_bot_is_known_until_she_writes_again(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            await tx.people.set_blocked(key, True)
        async with home.tx() as tx:
            found = await tx.people.get(key)
            assert found is not None
            assert found.blocked
            await tx.people.meet(HER)
            found = await tx.people.get(key)
            assert found is not None
            assert not found.blocked
            assert await tx.people.address(key) == HER

    async def test_who_writes_is_not_blocked_for_whoever_asked_who_she_is(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.people.set_blocked((await tx.people.meet(HER)).key, True)

            assert not (await tx.people.meet(HER)).blocked

    async def test_blocking_can_be_taken_back(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            await tx.people.set_blocked(key, True)
            await tx.people.set_blocked(key, False)
            assert await tx.people.get(key) == Person(key)

    async def test_leaving_erases_what_she_told_and_her_consents_at_once(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            await tx.people.set_language(key, "kk")
            await tx.people.set_region(key, "KZ-31")
            await tx.people.record_consent(key, version="1", language="kk", digest="d1")
            await tx.people.start_leaving(key)

            assert await tx.people.address(key) == HER
            assert await tx.people.get(key) == Person(key, "kk")
            await tx.people.drop_if_leaving(key)
            assert await tx.people.get(key) is None
            assert await tx.people.address(key) is None
        assert await home.rows("SELECT 1 FROM consent") == []

    async def test_who_writes_again_before_the_farewell_is_out_stays(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            await tx.people.start_leaving(key)
        async with home.tx() as tx:
            await tx.people.meet(HER)
        async with home.tx() as tx:
            await tx.people.drop_if_leaving(key)
            assert await tx.people.drop_left(tx.now + HOUR) == 0
            assert await tx.people.get(key) is not None
            assert await tx.people.address(key) == HER

    async def test_who_stays_is_not_dropped_by_a_late_farewell(self, home: Home) -> None:
        async with home.tx() as tx:
            key = (await tx.people.meet(HER)).key
            await tx.people.drop_if_leaving(key)
            assert await tx.people.drop_left(tx.now + HOUR) == 0
            assert await tx.people.get(key) is not None

    async def test_who_left_and_could_not_be_told_is_dropped_after_a_while(self, home: Home) -> None:
        async with home.tx() as tx:
            early = (await tx.people.meet(1)).key
            await tx.people.start_leaving(early)
        home.now += MINUTE
        async with home.tx() as tx:
            late = (await tx.people.meet(2)).key
            await tx.people.start_leaving(late)

            assert await tx.people.drop_left(home.now - MINUTE) == 0
            assert await tx.people.drop_left(home.now) == 1
            assert await tx.people.get(early) is None
            assert await tx.people.get(late) is not None
