"""What an operator types just after a talk in her private chat: an answer that is late, or her own trouble."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.domain.desks import JOIN_WITHIN, NATIONAL, Purpose
from bot.domain.urgency import Level
from bot.services import Services
from bot.services.aside import LATE
from bot.services.binding import CHECKS
from bot.triage import urgency
from handlers.people.operators import Answers, LateDanger
from locales import Language
from tests.storage.home import START, Home


@pytest.mark.parametrize(("text", "after", "edited", "late", "hers"), [
    ("это уже не ей", 0, False, True, False), ("это уже не ей", LATE - 1, False, True, False),
    ("это уже не ей", LATE, False, False, False), ("это уже не ей", -1, False, False, False),
    ("не хочу жить", 0, False, False, True), ("не хочу жить", LATE, False, False, False),
    ("мне страшно идти домой", 0, False, False, True), ("// она не хочет жить", 0, False, True, False),
    ("не хочу жить", 2_000, True, False, True), ("🆘", 0, False, False, False), ("/help", 0, False, False, False),
    ("Написать нам", 0, False, False, False),
])  # fmt: skip
async def test_what_is_typed_in_the_next_ten_minutes_is_an_answer_unless_danger_is_read_in_it(
    home: Home, text: str, after: int, edited: bool, late: bool, hers: bool
) -> None:
    async with home.tx() as tx:
        person = await tx.people.meet(1)
        operator = await tx.operators.meet(1, "ru")
        assert operator.key == person.key
        await tx.asides.over(operator.key)
    home.now += after
    moment = datetime.fromtimestamp(home.now / 1000, UTC)
    message: Any = SimpleNamespace(text=text, date=moment, edit_date=moment if edited else None)
    labels: dict[str, tuple[str, Language]] = {"Написать нам": ("button.write", "ru")}
    async with home.tx() as tx:
        asked = message, person, Services(tx), labels, urgency().assess(text)
        assert await Answers()(*asked) == ({"cases": []} if late else False)
        assert await LateDanger()(*asked) == hers


async def test_an_edit_of_what_she_said_before_the_end_belongs_to_the_talk(home: Home) -> None:
    async with home.tx() as tx:
        person = await tx.people.meet(1)
        await tx.asides.over((await tx.operators.meet(1, "ru")).key)
        now = datetime.fromtimestamp(home.now / 1000, UTC)
        message: Any = SimpleNamespace(text="не хочу жить", date=now - timedelta(seconds=2), edit_date=now)
        asked = message, person, Services(tx), dict[str, tuple[str, Language]](), urgency().assess(message.text)
        assert await Answers()(*asked) == {"cases": []}
        assert not await LateDanger()(*asked)


async def test_who_writes_for_herself_already_goes_on(home: Home) -> None:
    async with home.tx() as tx:
        await tx.desks.bind(NATIONAL, -1, "ru")
        key = (await tx.operators.meet(1, "ru")).key
        await tx.people.meet(1)
        await tx.asides.over(key)
        assert await Services(tx).aside.late(key)
        await tx.cases.open(key, "ru", Level.ORDINARY, desk=NATIONAL)
        assert not await Services(tx).aside.late(key)


@pytest.mark.parametrize(("group", "within"), [(-2, 0), (-3, JOIN_WITHIN)])
async def test_when_a_lost_desk_is_bound_again_whoever_answers_in_private_has_to_be_in_the_group(
    home: Home, group: int, within: int
) -> None:
    """At once in the group that it had; in a new one she has ten minutes to come in."""
    async with home.tx() as tx:
        await tx.desks.bind(NATIONAL, -1, "ru")
        await tx.desks.bind("KZ-31", -2, "ru")
        key = (await tx.operators.meet(1, "ru")).key
        case = await tx.cases.open((await tx.people.meet(2)).key, "ru", Level.RED, desk=NATIONAL)
        claimed = await tx.cases.claim(case.code, key)
        assert claimed is not None
        await tx.cases.save(claimed.set_aside("KZ-31"))
        await tx.desks.set_down("KZ-31", "kicked")
        code = await tx.desks.invite(Purpose.DESK, "KZ-31", "ru")
        await Services(tx).binding.checked(group, code, dict.fromkeys(CHECKS, True))

    async def asked() -> bool:
        async with home.tx() as tx:
            return "seat" in [ready.row.post.kind for ready in await tx.outbox.ready(100)]

    for after in sorted({0, within // 2, max(0, within - 60_000), max(0, within - 1)} - {within}):
        home.now = START + after
        assert not await asked(), after
    home.now = START + within
    assert await asked()
