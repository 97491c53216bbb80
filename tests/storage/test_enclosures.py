"""Operators' files to persons: off by default, sealed, fetched in order, and gone when they are there or erased."""

import pytest

from bot.domain.enclosures import KINDS
from bot.domain.media import Attached
from bot.domain.messages import Direction, Incoming, Kind, Post, Priority, To
from bot.domain.urgency import Level
from storage.database import Transaction
from storage.media import BACK_OFF
from storage.sealing import CannotOpen
from storage.statements import case_key
from tests.storage.home import HOUR, SECOND, Home

NAME = "AgACAgIAAxkBAAzqSecretFile"
BYTES = b"\xff\xd8\xff\xe0 the clean picture"


async def a_case(tx: Transaction, telegram_id: int = 101, level: Level = Level.ORDINARY) -> str:
    person = await tx.people.meet(telegram_id)
    return (await tx.cases.open(person.key, "kk", level, desk="national")).id


async def sent(tx: Transaction, case: str, kind: Kind = Kind.PHOTO, number: int = 0) -> str:
    """A message of an operator's with a file; its id."""
    message = await tx.messages.add(case, Direction.TO_PERSON, Incoming(kind, "caption"), operator=None)
    await tx.enclosures.add(case, message, Attached(kind, f"{NAME}{number}", "unique", 1000))
    return message


class TestEnclosures:
    """The `desk_file` and `enclosure` tables."""

    async def test_a_desk_sends_nothing_until_each_kind_is_switched_on_for_itself(self, home: Home) -> None:
        async with home.tx() as tx:
            for desk, chat in (("national", -100), ("KZ-31", -200)):
                await tx.desks.bind(desk, chat, "ru")
            assert await tx.enclosures.on("national") == frozenset()
            assert await tx.enclosures.on(None) == frozenset()
            assert await tx.enclosures.switch("national", Kind.VOICE, on=True)
            assert not await tx.enclosures.switch("national", Kind.VOICE, on=True)
            assert await tx.enclosures.on("national") == {Kind.VOICE}
            assert await tx.enclosures.on("KZ-31") == frozenset()
            for kind in KINDS:
                await tx.enclosures.switch("KZ-31", kind, on=True)
            assert await tx.enclosures.on("KZ-31") == set(KINDS)
            assert await tx.enclosures.switch("national", Kind.VOICE, on=False)
            assert not await tx.enclosures.switch("national", Kind.VOICE, on=False)
            assert await tx.enclosures.on("national") == frozenset()

    async def test_a_file_is_sealed_all_the_way_and_nothing_of_it_stays_when_it_is_over(self, home: Home) -> None:
        async with home.tx() as tx:
            case, other = await a_case(tx), await a_case(tx, 102)
            message = await sent(tx, case, Kind.DOCUMENT)
        assert NAME.encode() not in home.bytes()
        async with home.tx() as tx:
            [due] = await tx.enclosures.due(9)
            assert due.to_person
            assert (due.file.id, due.file.case, due.file.kind) == (message, case, Kind.DOCUMENT)
            assert due.attached == Attached(Kind.DOCUMENT, f"{NAME}0", "unique", 1000)
            assert await tx.enclosures.open(message, case) is None
            assert await tx.enclosures.ready(due.file, BYTES)
            assert not await tx.enclosures.ready(due.file, BYTES)
            assert await tx.enclosures.due(9) == []
            assert await tx.enclosures.open(message, other) is None
            assert await tx.enclosures.open(message, case) == BYTES
        assert BYTES not in home.bytes()
        async with home.tx() as tx:
            assert await tx.enclosures.over(message)
            assert not await tx.enclosures.over(message)
            assert await tx.enclosures.open(message, case) is None
        assert await home.rows("SELECT * FROM enclosure") == []

    async def test_they_come_one_after_the_other_red_ones_first_and_one_that_failed_holds_up_none(
        self, home: Home
    ) -> None:
        async with home.tx() as tx:
            case, red = await a_case(tx), await a_case(tx, 102, Level.RED)
            first, second = await sent(tx, case), await sent(tx, case, number=1)
            urgent = await sent(tx, red, number=2)
            found = await tx.enclosures.due(9)
            assert [due.file.id for due in found] == [urgent, first]
            assert await tx.enclosures.later(found[1])
            assert [due.file.id for due in await tx.enclosures.due(9)] == [urgent, second]
        home.now += BACK_OFF[0]
        async with home.tx() as tx:
            assert {due.file.id: due.tries for due in await tx.enclosures.due(9)} == {urgent: 0, first: 1, second: 0}
        home.now -= 2 * BACK_OFF[-1] + HOUR
        async with home.tx() as tx:
            assert len(await tx.enclosures.due(9)) == 3, "a clock that is set back holds none"

    async def test_it_is_not_tried_for_ever(self, home: Home) -> None:
        async with home.tx() as tx:
            await sent(tx, await a_case(tx))
        for _ in BACK_OFF:
            async with home.tx() as tx:
                [due] = await tx.enclosures.due(9)
                assert await tx.enclosures.later(due, 5 * SECOND)
            home.now += HOUR
        async with home.tx() as tx:
            [due] = await tx.enclosures.due(9)
            assert not await tx.enclosures.later(due)

    async def test_one_that_does_not_open_is_due_all_the_same_so_that_somebody_hears_of_it(self, home: Home) -> None:
        async with home.tx() as tx:
            message = await sent(tx, await a_case(tx))
            await tx.run("UPDATE enclosure SET source = x'00'")
            [due] = await tx.enclosures.due(9)
            assert due.attached is None
            assert due.file.id == message

    async def test_it_goes_with_the_words_of_its_case_and_opens_without_its_key_for_nobody(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            message = await sent(tx, case)
            [due] = await tx.enclosures.due(9)
            await tx.enclosures.ready(due.file, BYTES)
            await tx.drop_key(case_key(case))
        async with home.tx() as tx:
            with pytest.raises(CannotOpen):
                await tx.enclosures.open(message, case)
            await tx.messages.erase(case)
        assert await home.rows("SELECT * FROM enclosure") == []

    async def test_a_case_that_turns_red_lifts_her_operators_words_and_no_file(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(101)
            case = (await tx.cases.open(person.key, "kk", Level.RED, desk="national")).id
            for kind in ("enclosure", "answer"):
                await tx.outbox.add(Post(To.PERSON, person.key, kind, {"message": "m"}, lane=kind, case=case))
            await tx.outbox.lift(case, person.key)
            found = {ready.row.post.kind: ready.row.post.priority for ready in await tx.outbox.ready(9)}
        assert found == {"answer": Priority.RED, "enclosure": Priority.TALK}
