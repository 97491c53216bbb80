"""Messages that go together: which ones, until when, and that red lets them go at once."""

import pytest

from bot.domain.media import Attached, FileState
from bot.domain.messages import Direction, Incoming, Kind, Priority
from bot.domain.urgency import Level
from bot.services.flood import FREE, GATHER, Flood
from bot.services.media import Media
from bot.services.tell import Tell
from storage.database import Transaction
from tests.storage.home import SECOND, Home


async def wrote(tx: Transaction, case_id: str, text: str, kind: Kind = Kind.TEXT) -> str:
    case = await tx.cases.get(case_id)
    assert case is not None
    message = await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(kind, text))
    await Flood(tx, Tell(tx)).show(case, message)
    return message


async def gathered(home: Home, many: int) -> str:
    """A claimed case in which so many more than usual were written at once, and all that may go is gone."""
    async with home.tx() as tx:
        person = await tx.people.meet(101)
        await tx.desks.bind("national", -100, "ru")
        opened = await tx.cases.open(person.key, "ru", Level.ORDINARY, desk="national")
        operator = await tx.operators.meet(202, "ru")
        case = await tx.cases.claim(opened.code, operator.key)
        assert case is not None
        for number in range(FREE + many):
            await wrote(tx, case.id, str(number))
    while rows := await going(home):
        assert {kind for kind, _ in rows} == {"words"}
    return case.id


async def going(home: Home) -> list[tuple[str, int]]:
    """Kind of each row that goes now, and how many messages it names; sent by this."""
    async with home.tx() as tx:
        rows = [ready.row for ready in await tx.outbox.ready(100)]
        await tx.outbox.sent(*(row.seq for row in rows))
    return [(row.post.kind, len(row.post.params.get("messages", ()))) for row in rows]


async def test_what_is_more_than_usual_goes_together_after_a_while_and_then_anew(home: Home) -> None:
    case = await gathered(home, 3)
    home.now += GATHER - SECOND
    assert await going(home) == []
    async with home.tx() as tx:
        await wrote(tx, case, "ещё")
    home.now += SECOND
    assert await going(home) == [("flood", 4)], "the time of the first counts"
    async with home.tx() as tx:
        await wrote(tx, case, "и ещё")
    home.now += GATHER
    assert await going(home) == [("flood", 1)]
    home.now += 60 * SECOND
    async with home.tx() as tx:
        await wrote(tx, case, "спокойно")
    assert await going(home) == [("words", 0)]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.TEXT])
async def test_whatever_she_sends_is_gathered_by_its_label_as_words_are(home: Home, kind: Kind) -> None:
    case = await gathered(home, 1)
    async with home.tx() as tx:
        await wrote(tx, case, "", kind)
    assert await going(home) == []
    home.now += GATHER
    assert await going(home) == [("flood", 2)]


async def test_others_wait_for_no_files_of_a_flood_nor_of_a_hundred_shown_at_once(home: Home) -> None:
    async def ranks(case_id: str, *, red: bool = False) -> list[Priority]:
        """Classes of the rows that show all files of the case in a new topic."""
        async with home.tx() as tx:
            case = await tx.cases.get(case_id)
            assert case is not None
            case = case.with_topic((case.thread_id or 50) + 1)
            await tx.cases.save(case.raised(Level.RED, tx.now) if red else case)
            await tx.run("DELETE FROM outbox")
            await Media(tx, Tell(tx)).show(await tx.cases.get(case.id) or case)
            rows = await tx.all("SELECT priority FROM outbox WHERE kind = 'media' ORDER BY seq")
        return [Priority(row["priority"]) for row in rows]

    async def sends(case: str, number: int) -> None:
        async with home.tx() as tx:
            message = await wrote(tx, case, "", Kind.PHOTO)
            file = await tx.media.add(case, Attached(Kind.PHOTO, f"f{number}", f"u{number}"), FileState.DUE)
            await tx.media.belongs(case, file.number, message)
            await tx.media.ready(file, b"clean")

    case = await gathered(home, -2)
    for number in range(4):
        await sends(case, number)
    assert await ranks(case) == [Priority.TALK] * 2 + [Priority.MANY] * 2
    for number in range(4, FREE + 2):
        home.now += 60 * SECOND
        await sends(case, number)
    assert await ranks(case) == [Priority.TALK] * 2 + [Priority.MANY] * 2 + [Priority.TALK] * 8 + [Priority.MANY] * 2
    assert await ranks(case, red=True) == [Priority.TALK] * (FREE + 2)


async def test_red_lets_go_at_once_and_is_never_gathered(home: Home) -> None:
    case_id = await gathered(home, 3)
    async with home.tx() as tx:
        case = await tx.cases.get(case_id)
        assert case is not None
        await tx.cases.save(case.raised(Level.RED, tx.now))
        await tx.outbox.lift(case.id, case.person)
    assert await going(home) == [("flood", 3)]
    async with home.tx() as tx:
        await wrote(tx, case_id, "сразу")
    assert await going(home) == [("words", 0)]


async def test_a_hundred_are_enough_for_one_row(home: Home) -> None:
    case_id = await gathered(home, 99)
    async with home.tx() as tx:
        await wrote(tx, case_id, "сотое")
        await wrote(tx, case_id, "сто первое")
    assert [await going(home), await going(home)] == [[("flood", 100)], []]
    home.now += GATHER
    assert await going(home) == [("flood", 1)]
