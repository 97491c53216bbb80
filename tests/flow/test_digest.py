"""The daily digest: the figures of the day before, once, from nine o'clock of UTC+5 on."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.domain.urgency import Level
from bot.telegram.sandbox.group import Group
from locales import LANGUAGES, Language
from storage.database import Transaction
from tests.danger import NAMES, SAID
from tests.flow.test_shifts import REGIONS
from tests.town import Town, texts, until

pytestmark = pytest.mark.usefixtures("quick")

ZONE = timezone(timedelta(hours=5))
MINUTE = 60_000


def midnight(place: Town) -> int:
    """When the present day of UTC+5 began."""
    local = datetime.fromtimestamp(place.now() / 1000, UTC).astimezone(ZONE)
    return int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


async def move_to(place: Town, hour: int, minute: int = 0) -> None:
    """To this time of the next day."""
    moment = midnight(place) + (24 + hour) * 60 * MINUTE + minute * MINUTE
    await place.move((moment - place.now()) / 1000)


def digests(group: Group, language: Language) -> list[str]:
    head = SAID.text("digest.head", language, day="|").split("|")[0]
    return [text for text in texts(group.messages(group.topic_named("Смена"))) if text.startswith(head)]


async def planted(tx: Transaction, desk: str, at: int) -> None:
    """A day: (level, minutes to the take, seconds to the answer, result), from `at` on, and its neighbours."""
    rows = [
        ("red", 0.5, 60, "helped"), ("red", 1, 120, "helped"), ("red", 2, 180, "referred"), ("red", 4, 240, None),
        ("red", 9, 300, None), ("red", None, None, None), ("amber", 9, 360, "not_request"),
        ("ordinary", 9, 420, None), ("ordinary", 9, 480, None), ("ordinary", 9, 540, None), ("ordinary", 9, 6000, None),
    ]  # fmt: skip
    days = [(at, rows), (at - 1000, rows[:1]), (at + 24 * 60 * MINUTE, rows[:1])]
    number = 0
    for opened, those in days:
        for level, taken, answered, result in those:
            number += 1
            person = await tx.people.meet(5_000_000 + number)
            case = await tx.cases.open(person.key, "ru", Level(level), desk=desk)
            await tx.run(
                "UPDATE cases SET opened_at = :at, taken_at = :taken, answered_at = :answered, result = :result,"
                " status = 'closed', closed_at = :closed, red_at = NULL WHERE id = :id",
                at=opened, taken=None if taken is None else opened + int(taken * MINUTE), result=result, id=case.id,
                answered=None if answered is None else opened + answered * 1000,
                closed=opened if result else None,
            )  # fmt: skip
            pressed = ["sos"] * (level == "red") + ["mistake"] * (level == "red" and taken in (1, 2))
            for what in pressed:
                await tx.run(
                    "INSERT INTO press (case_id, what, desk, at) VALUES (:id, :what, :desk, :at)",
                    id=case.id, what=what, desk=desk, at=opened,
                )  # fmt: skip
            if level == "red" and taken is None:
                await tx.run(
                    "INSERT INTO incident (case_id, desk, at) VALUES (:id, :desk, :at)",
                    id=case.id, desk=desk, at=opened,
                )  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_day_before_is_told_at_nine_once_and_a_bot_that_was_away_makes_up_for_it(
    place: Town, language: Language
) -> None:
    async with place.hurried():
        group = await place.bind(REGIONS[language], NAMES[language], title="Desk")
    await place.bot.end()
    rows = await place.rows("SELECT id FROM desk WHERE id <> 'national'")
    async with place.written() as tx:
        await planted(tx, rows[0]["id"], midnight(place))
    await place.bot.start()
    await place.settled()
    assert digests(group, language) == [], "no digest of a day before the desk"
    await move_to(place, 8, 58)
    await place.settled()
    assert digests(group, language) == [], "before nine"
    await place.bot.end()
    await place.move(5 * 3600)
    await place.bot.start()
    (text,) = await until(lambda: digests(group, language))

    def said(key: str, **values: Any) -> str:
        return SAID.text(key, language, **values)

    assert text.split("\n")[1:] == [
        said("digest.opened", count=11, levels="🔴 6  🟡 1  ⚪ 4"),
        said("digest.sos", count=6, mistakes=2),
        said("digest.taken", one=2, three=1, five=1, later=1, never=1),
        said("digest.incidents", count=1),
        said("digest.answered", count=10, median="5:30", ninetieth="9:00"),
        said("digest.closed", results="; ".join([
            f"{said('result.helped')}: 2", f"{said('result.referred')}: 1", f"{said('result.not_request')}: 1",
        ])),
    ]  # fmt: skip
    await place.move(300)
    await place.settled()
    await place.move(-24 * 3600)
    await place.bot.end()
    await place.bot.start()
    await asyncio.sleep(2)  # it has looked at least twice on the day before
    await place.move(24 * 3600 - 3600)
    await asyncio.sleep(1.5)
    await place.settled()
    assert len(digests(group, language)) == 1, "never twice"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_day_without_anything_says_so(place: Town, language: Language) -> None:
    async with place.hurried():
        group = await place.bind(REGIONS[language], NAMES[language], title="Desk")
    for day in (1, 2):
        await move_to(place, 9, 1)
        await until(lambda day=day: len(digests(group, language)) == day)  # type: ignore[misc]  # a lambda's default
    assert {text.split("\n")[1] for text in digests(group, language)} == {SAID.text("digest.nothing", language)}
    assert len(set(digests(group, language))) == 2
