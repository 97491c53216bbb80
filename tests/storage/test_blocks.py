"""Blocks of persons: what stays of one when its case is erased, and that none stays for ever."""

from bot.domain.blocks import Block, Why
from bot.domain.cases import Case, Result
from bot.domain.urgency import Level
from bot.services import Services
from storage.database import Transaction
from tests.storage.home import DAY, HOUR, START, Home


async def blocked(tx: Transaction, number: int) -> Case:
    """A case that was ended by a block of a day, longer than that proposed."""
    person, operator = await tx.people.meet(number), await tx.operators.meet(99, "ru")
    case = await tx.cases.open(person.key, "ru", Level.ORDINARY, desk="national")
    block = Block(person.key, case.code, "national", Why.THREATS, operator.key, tx.now, tx.now + DAY, 168)
    await tx.blocks.begin(block)
    closed = case.closed(tx.now, Result.NOT_REQUEST)
    await tx.cases.save(closed)
    return closed


async def test_nothing_leads_from_an_erased_case_to_its_person_and_she_stays_blocked_as_long_as_she_was_told(
    home: Home,
) -> None:
    async with home.tx() as tx:
        over, other = await blocked(tx, 1), await blocked(tx, 3)
    home.now += 20 * HOUR
    async with home.tx() as tx:
        live = await blocked(tx, 2)
    home.now += 4 * HOUR
    async with home.tx() as tx:
        for case in (over, live):
            await Services(tx).cases.erase(case, "erased")
        assert await tx.blocks.of_case(live.code) is None
        assert live.person is not None
        block = await tx.blocks.standing(live.person)
    assert block is not None
    assert (block.until, block.why) == (live.closed_at + DAY if live.closed_at else 0, Why.THREATS)
    rows = await home.rows("SELECT * FROM block WHERE code <> :other", other=other.code)
    assert [row["person"] for row in rows] == [live.person]
    erased = await home.rows("SELECT * FROM cases WHERE code = :code", code=live.code)
    assert live.code not in [row["code"] for row in rows]
    known = {value for row in erased for value in row.values() if isinstance(value, (str, int)) and value not in (0, 1)}
    assert known & set(rows[0].values()) == set()
    assert (rows[0]["operator"], rows[0]["asked"]) == (None, None)


async def test_what_is_over_goes_after_thirty_days_and_what_a_wrong_clock_set_at_once(home: Home) -> None:
    async def left() -> list[str]:
        async with home.tx() as tx:
            await Services(tx).upkeep.sweep(tx.now)
        return [row["code"] for row in await home.rows("SELECT code FROM block ORDER BY since")]

    home.now = START + 365 * DAY
    async with home.tx() as tx:
        await blocked(tx, 1)
    home.now = START
    async with home.tx() as tx:
        case = await blocked(tx, 2)
    assert await left() == [case.code]
    home.now = START + 31 * DAY - 1
    assert await left() == [case.code]
    home.now += 1
    assert await left() == []
