"""Messages that go together: which ones, until when, and that red lets them go at once."""

from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.urgency import Level
from bot.services.flood import FREE, GATHER, Flood
from bot.services.tell import Tell
from storage.database import Transaction
from tests.storage.home import SECOND, Home


async def wrote(tx: Transaction, case_id: str, text: str) -> None:
    case = await tx.cases.get(case_id)
    assert case is not None
    incoming = Incoming(Kind.TEXT, text)
    message = await tx.messages.add(case.id, Direction.FROM_PERSON, incoming)
    await Flood(tx, Tell(tx)).show(case, message, incoming)


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
