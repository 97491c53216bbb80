"""What was read ahead for a batch is never older than what was written since."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.domain.cases import Case, Status
from bot.domain.people import Writer
from bot.domain.urgency import Level
from storage.cases import CaseTable
from storage.database import Transaction
from storage.people import PersonTable
from tests.storage.home import Home

Move = Callable[[Transaction, str, Case], Awaitable[object]]

OTHER, OPERATOR = "other", "operator"


async def judged(tx: Transaction, key: str, case: Case) -> None:
    await tx.run(
        "UPDATE cases SET status = 'claimed', claimer = :operator, urgency = 'amber' WHERE id = :id",
        operator=OPERATOR, id=case.id,
    )  # fmt: skip
    await tx.cases.read_ahead([key])
    assert await tx.cases.lower_amber(case.id, OPERATOR) is not None


async def handed(tx: Transaction, key: str, case: Case) -> None:
    await tx.run(
        "INSERT INTO operator (key, alias, address, language, created_at) VALUES ('heir', 'b', x'00', 'ru', 0)"
    )
    await tx.cases.save(replace(case, status=Status.CLAIMED, claimer=OPERATOR))
    await tx.cases.read_ahead([key])
    assert await tx.cases.hand_over(case.id, OPERATOR, "heir") is not None
    assert await tx.cases.hand_over(case.id, OPERATOR, "heir") is None


OF_CASES: dict[str, Move] = {
    "open": lambda tx, key, case: tx.cases.open(OTHER, "ru", Level.RED),
    "save": lambda tx, key, case: tx.cases.save(replace(case, region="KZ-31")),
    "awaits": lambda tx, key, case: tx.cases.awaits(case.awaiting(tx.now)),
    "lose_topics": lambda tx, key, case: tx.cases.lose_topics("national"),
    "forget_claimer": lambda tx, key, case: tx.cases.forget_claimer(OPERATOR, "national"),
    "speak": lambda tx, key, case: tx.cases.speak(key, "kk"),
    "claim": lambda tx, key, case: tx.cases.claim(case.code, OPERATOR),
    "_judged": judged,
    "hand_over": handed,
}
OF_PEOPLE: dict[str, Move] = {
    "set_language": lambda tx, key, case: tx.people.set_language(key, "kk"),
    "set_writer": lambda tx, key, case: tx.people.set_writer(key, Writer.CHILD),
    "set_region": lambda tx, key, case: tx.people.set_region(key, "KZ-31"),
    "set_blocked": lambda tx, key, case: tx.people.set_blocked(key, True),
    "record_consent": lambda tx, key, case: tx.people.record_consent(key, version="1", language="ru", digest="d"),
    "start_leaving": lambda tx, key, case: tx.people.start_leaving(key),
    "drop_if_leaving": lambda tx, key, case: tx.people.drop_if_leaving(key),
    "drop_left": lambda tx, key, case: tx.people.drop_left(tx.now),
    "meet": lambda tx, key, case: tx.people.meet(3),
}


@pytest.mark.parametrize("move", [*OF_CASES.values(), *OF_PEOPLE.values()], ids=[*OF_CASES, *OF_PEOPLE])
async def test_nothing_that_was_read_ahead_outlives_a_write(home: Home, move: Move) -> None:
    async with home.tx() as tx:
        key = (await tx.people.meet(1)).key
        await tx.run("INSERT INTO person (key, address, created_at) VALUES (:key, x'00', 0)", key=OTHER)
        case = await tx.cases.open(key, "ru", Level.ORDINARY, desk="national")
        await tx.run(
            "INSERT INTO operator (key, alias, address, language, created_at) VALUES (:key, 'a', x'00', 'ru', 0)",
            key=OPERATOR,
        )  # fmt: skip
        if move in (OF_PEOPLE["drop_if_leaving"], OF_PEOPLE["drop_left"]):  # her cases are erased before her row goes
            await tx.cases.save(case.erased(Status.ERASED))
            await tx.people.start_leaving(key)
    home.now += 1000
    async with home.tx() as tx:
        people = [key, OTHER, await tx.lookup(3)]
        await tx.people.read_ahead(people)
        await tx.cases.read_ahead(people)
        await move(tx, key, case)
        for one in people:
            assert await tx.cases.open_of(one) == await CaseTable(tx).open_of(one)
            assert await tx.people.get(one) == await PersonTable(tx).get(one)


async def test_what_somebody_answers_in_private_is_read_ahead_and_forgotten_by_a_write(home: Home) -> None:
    async with home.tx() as tx:
        operator = await tx.operators.meet(7, "ru")
        key = (await tx.people.meet(1)).key
        case = await tx.cases.open(key, "ru", Level.RED, desk="national")
        claimed = await tx.cases.claim(case.code, operator.key)
        assert claimed is not None
        await tx.cases.read_ahead([key, operator.key])
        assert await tx.cases.aside_of(operator.key) == []
        aside = await tx.cases.save(claimed.set_aside("KZ-31"))
        assert await tx.cases.aside_of(operator.key) == [aside]
        await tx.cases.read_ahead([key, operator.key])
        assert await tx.cases.claimed_by(operator.key, "KZ-31") == [aside]
        await tx.asides.read_ahead([key, operator.key])
        assert [await tx.asides.over_at(one) for one in (key, operator.key)] == [None, None]
        await tx.asides.over(operator.key)
        assert await tx.asides.over_at(operator.key) == tx.now
        await tx.asides.read_ahead([key, operator.key])
        await tx.asides.resume(operator.key)
        assert await tx.asides.over_at(operator.key) is None
        waits = await tx.cases.awaits(aside.awaiting(tx.now))
        assert await tx.cases.aside_of(operator.key) == [waits]
        await tx.cases.save(waits.released())
        assert await tx.cases.aside_of(operator.key) == []


@pytest.mark.parametrize(("table", "moves"), [(CaseTable, OF_CASES), (PersonTable, OF_PEOPLE)])
def test_every_method_that_writes_is_played_here(table: type, moves: dict[str, Move]) -> None:
    writing = {
        name
        for name, method in vars(table).items()
        if inspect.isfunction(method)
        and any(word in inspect.getsource(method) for word in ("INSERT INTO", "UPDATE ", "DELETE FROM"))
    }
    assert writing == set(moves)
