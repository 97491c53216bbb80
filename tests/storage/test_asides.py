"""What an operator types just after a talk in her private chat: an answer that is late, or her own trouble."""

from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.desks import NATIONAL
from bot.domain.urgency import Level
from bot.services import Services
from bot.services.aside import LATE
from bot.triage import urgency
from handlers.people.operators import Answers
from tests.storage.home import Home


@pytest.mark.parametrize(("text", "after", "late"), [
    ("это уже не ей", 0, True), ("это уже не ей", LATE - 1, True), ("это уже не ей", LATE, False),
    ("это уже не ей", -1, False), ("не хочу жить", 0, False), ("🆘", 0, False), ("/help", 0, False),
    ("Написать нам", 0, False),
])  # fmt: skip
async def test_only_plain_words_of_the_next_ten_minutes_are_taken_for_an_answer(
    home: Home, text: str, after: int, late: bool
) -> None:
    async with home.tx() as tx:
        person = await tx.people.meet(1)
        operator = await tx.operators.meet(1, "ru")
        assert operator.key == person.key
        await tx.asides.over(operator.key)
    home.now += after
    message: Any = SimpleNamespace(text=text)
    async with home.tx() as tx:
        found = await Answers()(message, person, Services(tx), {"Написать нам": ("button.write", "ru")},
                                urgency().assess(text))  # fmt: skip
    assert found == ({"cases": []} if late else False)


async def test_who_writes_for_herself_already_goes_on(home: Home) -> None:
    async with home.tx() as tx:
        await tx.desks.bind(NATIONAL, -1, "ru")
        key = (await tx.operators.meet(1, "ru")).key
        await tx.people.meet(1)
        await tx.asides.over(key)
        assert await Services(tx).aside.late(key)
        await tx.cases.open(key, "ru", Level.ORDINARY, desk=NATIONAL)
        assert not await Services(tx).aside.late(key)
