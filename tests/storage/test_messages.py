"""Messages of a case: as they were typed, in order, both ways."""

from bot.domain.cases import Case
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.urgency import Level
from tests.storage.home import Home

LONG = "Ұ" * 4_000 + "\u2028\r\x85 😀"


async def opened(home: Home, telegram_id: int = 1) -> Case:
    async with home.tx() as tx:
        return await tx.cases.open((await tx.people.meet(telegram_id)).key, "kk", Level.ORDINARY)


class TestMessages:
    """The `message` table."""

    async def test_words_are_read_as_they_were_typed(self, home: Home) -> None:
        case = await opened(home)
        incoming = Incoming(Kind.VOICE, LONG, message_id=2**40, seconds=12, emoji="👍", edited=True)
        async with home.tx() as tx:
            name = await tx.messages.add(case.id, Direction.TO_PERSON, incoming, operator="key", topic_message_id=9)
            found = await tx.messages.get(name)

        assert found is not None
        assert found.incoming == incoming
        assert (found.case, found.direction, found.at) == (case.id, Direction.TO_PERSON, home.now)
        assert (found.operator, found.topic_message_id) == ("key", 9)

    async def test_her_messages_come_in_order_and_up_to_a_number(self, home: Home) -> None:
        case, other = await opened(home, 1), await opened(home, 2)
        async with home.tx() as tx:
            for number, way in enumerate((Direction.FROM_PERSON, Direction.TO_PERSON, Direction.NOTE) * 2):
                await tx.messages.add(case.id, way, Incoming(Kind.TEXT, str(number)))
                await tx.messages.add(other.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "other"))
            last = await tx.messages.last(case.id)

            assert [one.incoming.text for one in await tx.messages.from_person(case.id)] == ["0", "3"]
            assert [one.incoming.text for one in await tx.messages.all_of(case.id, last)] == list("012345")
            assert [one.incoming.text for one in await tx.messages.all_of(case.id, last - 1)] == list("01234")
            first = (await tx.messages.from_person(case.id))[0].seq
            assert [one.incoming.text for one in await tx.messages.from_person(case.id, first)] == ["0"]

    async def test_a_case_without_words_has_no_last_message(self, home: Home) -> None:
        case = await opened(home)
        async with home.tx() as tx:
            assert await tx.messages.last(case.id) == 0
            assert await tx.messages.from_person(case.id) == []
            assert await tx.messages.get("nothing") is None

    async def test_erasing_a_case_erases_its_words_and_no_others(self, home: Home) -> None:
        case, other = await opened(home, 1), await opened(home, 2)
        async with home.tx() as tx:
            await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "hers"))
            await tx.messages.add(other.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "his"))
            await tx.messages.erase(case.id)

        assert await home.rows("SELECT case_id FROM message") == [{"case_id": other.id}]
