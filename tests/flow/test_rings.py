"""What rings says the truth when it is tapped late; a region's desk hears of a red case that names it late."""

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import SAID, numbers
from tests.region import REGION, Regional, on_shift, takeable
from tests.town import Town, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")


def rings(group: Group) -> list[Shown]:
    """What has rung in a group, as it stands there now."""
    return [s for s in group.messages(group.topic_named("Срочно")) if s.text.startswith("⏰")]


async def rung(group: Group, code: str, rings_before: int) -> Shown:
    """The next ring that names this case."""
    return await until(lambda: next((s for s in rings(group)[rings_before:] if code in s.text), None))


async def cry(place: Town, name: str = "Айша") -> tuple[Phone, str]:
    teen = place.teen(name, language_code="ru")
    teen.write("🆘")
    return teen, await numbers(teen, "ru")


async def test_the_last_ring_loses_what_is_taken_and_an_older_one_says_who_has_it(place: Town) -> None:
    national = place.national
    assert national is not None
    other = await on_shift(place, national, "Вторая")
    _, one = await cry(place)
    _, two = await cry(place, "Мария")
    await until(lambda: {one, two} <= takeable(national))
    await place.move(61)
    old = await rung(national, one, 0)
    await place.move(181)
    last = await until(lambda: next((s for s in rings(national)[1:] if one in s.text and two in s.text), None))
    await press(place.operator, f"🙋 Взять в работу {one}", chat=national, message_id=last.message_id)
    await place.move(16)

    def now() -> Shown:
        return next(s for s in national.messages() if s.message_id == last.message_id)

    await until(lambda: one not in now().text and [label[-8:] for label in labels(now())] == [two])
    sent = len(place.sandbox.journal.sent(national.id))
    label = next(label for label in labels(old) if one in label or len(labels(old)) == 1)
    assert str(await press(other, label, chat=national, message_id=old.message_id)).startswith("Уже в работе: ")
    assert len(place.sandbox.journal.sent(national.id)) == sent
    await press(place.operator, f"🙋 Взять в работу {two}", chat=national, message_id=last.message_id)
    await place.move(16)
    await until(lambda: now().text == SAID.text("ring.over", "ru") and not labels(now()))


async def test_a_late_tap_in_the_region_says_who_at_the_national_desk_has_the_case(regional: Regional) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        await on_shift(place, group)
        _, code = await regional.case("слово", "Красная", red=True)
        await place.settled()
    await place.move(61)
    ring = await rung(group, code, 0)
    await place.move(181)
    await until(lambda: code in takeable(national))
    async with place.hurried():
        await place.take(code)
    toast = await press(regional.operator, "🙋", chat=group, message_id=ring.message_id)
    assert str(toast).startswith("Уже в работе: ")


@pytest.mark.parametrize("taker", ["region", "national"])
async def test_a_red_case_that_names_its_region_late_can_be_taken_there_too(regional: Regional, taker: str) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        await on_shift(place, national, "Республиканская")
        duty = await on_shift(place, group)
        teen, code = await cry(place)
        await until(lambda: code in takeable(national))
        assert code not in takeable(group)
        await press(teen, SAID.text("button.now_writes", "ru"))
        await press(teen, REGION)
        await until(lambda: code in takeable(group))
        await duty.sees(code)
        await until(lambda: any(s.edited and "В регионе никто не взял" in s.text for s in national.messages()))
        assert code in takeable(national)
        here, there = (group, national) if taker == "region" else (national, group)
        await place.take_wordless(code, regional.operator if taker == "region" else place.operator, here)
        await until(lambda: code not in takeable(there))
        assert not any(code in topic.name for topic in there.topics.values())
        await place.settled()
    assert code not in takeable(here)
