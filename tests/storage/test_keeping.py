"""What is over and stays all the same: a talk that is to go on, and an end that nobody has looked at."""

from bot.domain.cases import Result
from bot.domain.keeping import KEEP_PLACES, KEEP_WORDS, TOPIC_DAYS
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.urgency import Level
from bot.services import Services
from storage.database import Transaction
from tests.storage.home import DAY, START, Home

BACK = START + 200 * DAY


async def ended(tx: Transaction, number: int, *, at: int | None = None, keeps: bool = False, look: bool = False) -> str:
    """A talk that is over, with a topic and a word of hers."""
    person, operator = await tx.people.meet(number), await tx.operators.meet(99, "ru")
    case = await tx.cases.open(person.key, "ru", Level.RED if look else Level.ORDINARY, desk="national")
    await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "слово"))
    if at is not None:
        await tx.controls.set(case.id, at)
    if keeps:
        await tx.controls.keep(case.id)
    await tx.cases.save(case.with_topic(number).closed(tx.now, Result.HELPED))
    await tx.controls.closed(case.id)
    if look:
        await tx.looks.open(case.id, "national", operator.key)
    return case.id


async def left(home: Home) -> tuple[set[str], set[str]]:
    """After what is over was thrown away: cases that have their topic, and those that have words."""
    async with home.tx() as tx:
        await tx.keeping.heard(tx.now)
        await Services(tx).keeping.throw_away(tx.now)
    topics = await home.rows("SELECT id FROM cases WHERE thread_id IS NOT NULL")
    words = await home.rows("SELECT DISTINCT case_id AS id FROM message")
    return {row["id"] for row in topics}, {row["id"] for row in words}


async def test_topic_and_words_stay_until_somebody_has_come_back_and_a_topic_until_its_end_was_looked_at(
    home: Home,
) -> None:
    async with home.tx() as tx:
        await tx.desks.bind("national", -100, "ru")
        plain, dropped = await ended(tx, 1), await ended(tx, 2, at=BACK)
        agreed = await ended(tx, 3, at=BACK, keeps=True)
        looked, never = await ended(tx, 4, look=True), await ended(tx, 5, look=True)
    every = {plain, dropped, agreed, looked, never}
    assert await left(home) == (every, every)
    home.now = START + TOPIC_DAYS * DAY
    assert await left(home) == ({agreed, looked, never}, every)
    async with home.tx() as tx:
        await tx.looks.take(looked)
    assert await left(home) == ({agreed, never}, every)
    home.now = START + KEEP_WORDS
    assert await left(home) == ({agreed}, {agreed})
    home.now = BACK
    async with home.tx() as tx:
        await Services(tx).controls.remind_due(tx.now)
    home.now = BACK + KEEP_PLACES - 1
    assert await left(home) == ({agreed}, {agreed})
    home.now += 1
    assert await left(home) == (set(), set())
