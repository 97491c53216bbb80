"""Closed hours: nobody is rejected, what is red is red as always, others get a time and something to read."""

from datetime import date, timedelta

import pytest

from bot.domain.hours import READING
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Catalog, Language
from locales.times import day as day_text
from tests.danger import NAMES, PLAIN, RED, SAID, first_words, numbers, red_card
from tests.flow.test_plan import local, typed
from tests.region import REGION, Regional
from tests.town import Town, code_of, heard, labels, press

pytestmark = pytest.mark.usefixtures("quick")
PAGES = Catalog.load()


def day(place: Town, days: int) -> tuple[date, dict[Language, str]]:
    """A day from now, and how it reads."""
    then = local(place, days * 24 * 60)
    return then.date(), {language: day_text(int(then.timestamp() * 1000), language) for language in LANGUAGES}


async def opens_on(group: Group, place: Town, *days: int) -> None:
    """The desk answers on these days alone, counted from today, from nine to six; holidays or not."""
    dates = ", ".join(f"{local(place, 0).date() + timedelta(days=one):%d.%m.%Y}" for one in days)
    await typed(group, place.admin, f"/hours {dates} 09:00-18:00", SAID.text("hours.saved", "ru"))


def reading(shown: Shown, language: Language, *, adult: bool = True) -> bool:
    return labels(shown) == [SAID.text(f"button.page_{name}", language, adult=adult) for name in READING]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_in_closed_hours_she_reads_when_and_has_something_to_read_and_red_is_as_always(
    place: Town, language: Language
) -> None:
    national = place.national
    assert national is not None
    _, read = day(place, 1)
    async with place.hurried():
        await opens_on(national, place, 1)
        teen = await place.welcomed("Айша", NAMES[language])
        teen.write(PLAIN)
        code = await code_of(teen)
        promised = SAID.text("receipt.opens_tomorrow", language, day=read[language], at="09:00")
        receipt = await teen.sees(SAID.text("receipt.opened", language, code=code, wait=promised))
        assert SAID.text("receipt.wait_unknown", language) not in receipt.text
        offered = await teen.sees(SAID.text("hours.read", language))
        assert reading(offered, language)
        await place.move(46)
        await national.sees(code)  # the card is there as in open hours
        for name in READING:
            await press(teen, SAID.text(f"button.page_{name}", language), message_id=offered.message_id)
            page = await teen.sees(PAGES.page(name, language))
            assert reading(page, language)
        await press(teen, SAID.text("writer.child", language))
        await press(teen, SAID.text("button.page_telling", language), message_id=offered.message_id)
        page = await teen.sees(PAGES.page("telling", language, adult=False))
        assert reading(page, language, adult=False)

        # Who has not read the truth yet gets the time, too; who is in danger is not told of hours at all.
        other = place.teen("Дана", language_code=language)
        other.write(PLAIN if language == "ru" else "Лагерь туралы сұрақ")
        assert promised in (await other.sees(SAID.text("truth.kept", language))).text
        red = place.teen("Сая", language_code=language)
        red.write(RED[language])
        await red_card(national, await numbers(red, language))
        # An ordinary case that turns red goes on as every red one.
        teen.write(RED[language])
        await teen.sees(first_words("sos.screen", language, adult=False))
        await red_card(national, code)
        await place.settled()
    told = "\n".join(heard(red))
    assert SAID.text("hours.read", language) not in told
    assert SAID.text("receipt.opens_later", language, day="|", at="|").split("|")[0] not in told
    # In open hours nobody is told of hours.
    await place.move((24 + 12 - local(place).hour) * 3600)
    late = await place.welcomed("Поздно", NAMES[language])
    late.write(PLAIN)
    await late.sees(SAID.text("receipt.wait_unknown", language))
    await place.settled()
    assert SAID.text("hours.read", language) not in "\n".join(heard(late))


async def test_a_closed_region_and_a_talk_that_goes_on_say_when_too(regional: Regional) -> None:
    place, group = regional.place, regional.group
    _, read = day(place, 2)
    async with place.hurried():
        teen, code, topic = await regional.claimed(PLAIN, "Дана")
        await press(regional.operator, "Закрыть", chat=group, topic=topic)
        assert await press(regional.operator, "Помогли", chat=group, topic=topic) == "Закрыто"
        await place.settled()
        left, _, lefts = await regional.claimed(PLAIN, "Зоя")
        await opens_on(group, place, 2)
        promised = SAID.text("receipt.opens_later", "ru", day=read["ru"], at="09:00")
        teen.write("ещё вопрос")
        again = await teen.sees(promised)
        assert reading(again, "ru")
        other = await place.welcomed("Ольга", "Русский")
        other.write(PLAIN)
        code = await code_of(other)
        await other.sees(SAID.text("receipt.wait_unknown", "ru"))
        await press(other, "Пропустить")
        await press(other, REGION)
        await group.sees(code)
        await other.sees(promised)
        other.write("и ещё")
        await press(regional.operator, SAID.text("button.release", "ru"), chat=group, topic=lefts)
        assert reading(await left.sees(promised), "ru")
        await place.settled()
    assert sum(promised in text for text in heard(other)) == 1
    assert sum(promised in text for text in heard(teen)) == 1


async def test_supervisors_set_the_hours_and_see_what_is_wrong_with_a_line(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        shown = await typed(national, place.admin, "/hours", SAID.text("hours.always", "ru"))
        assert SAID.text("hours.how", "ru") in shown
        table = "пн-пт 09:00-18:00\nсб, вс 10:00-14:00\n31.12.2099\n30.12.2099 10:00-12:00"
        saved = await typed(national, place.admin, f"/hours\n{table}", SAID.text("hours.saved", "ru"))
        assert saved.split("\n")[1:-1] == [
            SAID.text("hours.head", "ru"), "пн-пт 09:00-18:00", "сб, вс 10:00-14:00", "30.12.2099 10:00-12:00",
            "31.12.2099",
        ]  # fmt: skip
        assert saved.split("\n")[-1].startswith(SAID.text("hours.days_off", "ru", days="|").split("|")[0])
        why = SAID.text("hours.flaw.time", "ru", word="09:00-25:00")
        bad = await typed(national, place.admin, "/hours пн 09:00-18:00\nвт 09:00-25:00", why)
        assert bad == SAID.text("hours.bad", "ru", number=2, why=why, line="вт 09:00-25:00")
        await typed(national, place.operator, "/hours -", SAID.text("shift.supervisors_only", "ru"))
        assert "пн-пт 09:00-18:00" in await typed(national, place.admin, "/hours", SAID.text("hours.head", "ru"))
        await typed(national, place.admin, "/hours -", SAID.text("hours.always", "ru"))
        teen = await place.welcomed("Айша", "Русский")
        teen.write(PLAIN)
        await teen.sees(SAID.text("receipt.wait_unknown", "ru"))
        await place.settled()
        closed = SAID.text("receipt.opens_today", "ru", at="|").split(".")[0]
        assert not any(closed in text for text in heard(teen)), "a desk without a table is always open"
