"""The weekly plan and the times of the ladder, as supervisors type them, and what follows from a plan."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from locales import LANGUAGES, Language
from storage.reference import weekdays
from tests.danger import PLAIN, SAID
from tests.flow.test_shifts import board_of, desk_in, on_board, red_of, silent_tests, tapped
from tests.town import Town, heard, texts, until

pytestmark = pytest.mark.usefixtures("quick")

ZONE = timezone(timedelta(hours=5))
NAMES = {"kk": "Әсел", "ru": "Асель"}
"""The third alias of the list: the first two are the administrator's and the national operator's."""


def lines(group: Group, part: str) -> list[str]:
    return [text for text in texts(group.messages(group.topic_named("Смена"))) if part in text]


def local(place: Town, minutes: int = 0) -> datetime:
    return datetime.fromtimestamp(place.now() / 1000, UTC).astimezone(ZONE) + timedelta(minutes=minutes)


def hours(place: Town, start: int, end: int, language: Language = "ru") -> tuple[str, str]:
    """A line of a plan from so many minutes from now to so many, without a name; and its hours as they are shown."""
    first, last = local(place, start), local(place, end)
    span = f"{first:%H:%M}-{last:%H:%M}"
    return f"{weekdays()[first.weekday()].short(language)} {span}", span


async def typed(group: Group, phone: Phone, text: str, answer: str) -> str:
    """Types it in the shift topic; the newest line there that has this in it and was not there before."""
    before = len(lines(group, answer))
    phone.write(text, chat=group, topic=group.topic_named("Смена"))
    await until(lambda: len(lines(group, answer)) > before)
    return lines(group, answer)[-1]


async def seated(group: Group, operator: Phone) -> None:
    operator.write("// тут", chat=group, topic=group.topic_named("Кезек"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_supervisor_shows_replaces_and_empties_the_week_and_a_bad_line_changes_nothing(
    place: Town, language: Language
) -> None:
    def said(key: str, **values: Any) -> str:
        return SAID.text(key, language, **values)

    async with place.hurried():
        group, operator = await desk_in(place, language)
        await seated(group, operator)
        empty = await typed(group, place.admin, "/plan", said("plan.empty"))
        assert said("plan.how") in empty
        day = {"kk": "дс-жм", "ru": "пн-пт"}[language]
        night = {"kk": "сб", "ru": "сб"}[language]
        name = NAMES[language]
        saved = await typed(
            group, place.admin, f"/plan\n{day} 09:00-18:00 {name}\n{night} 22:00-06:00 {name}", said("plan.saved")
        )
        assert saved.split("\n")[1:] == [
            said("plan.head"), f"{day} 09:00-18:00 {name}", f"{night} 22:00-06:00 {name}"
        ]  # fmt: skip
        why = said("plan.flaw.name", word="Никто")
        bad = await typed(group, place.admin, f"/plan {day} 10:00-11:00 {name}\n{day} 10:00-18:00 Никто", why)
        assert bad == said("plan.bad", number=2, why=why, line=f"{day} 10:00-18:00 Никто")
        shown = await typed(group, place.admin, "/plan", said("plan.how"))
        assert f"{day} 09:00-18:00 {name}" in shown
        assert "10:00-11:00" not in shown
        await typed(group, operator, "/plan -", said("shift.supervisors_only"))
        place.sandbox.faults.hang(4, "getChatMember")
        await place.move(61)
        await typed(group, place.admin, "/plan -", said("shift.unconfirmed"))
        await place.move(3)
        assert f"{day} 09:00-18:00 {name}" in await typed(group, place.admin, "/plan", said("plan.how"))
        assert await typed(group, place.admin, "/plan -", said("plan.empty")) == (
            f"{said('plan.saved')}\n{said('plan.empty')}"
        )


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_supervisor_sets_the_times_of_the_ladder(place: Town, language: Language) -> None:
    async with place.hurried():
        group, operator = await desk_in(place, language)
        usual = SAID.text("ladder.shown", language, times="60 180 300 600 900")
        await typed(group, place.admin, "/ladder", usual)
        await typed(
            group,
            place.admin,
            "/ladder 30 60 90 120 150",
            SAID.text("ladder.saved", language, times="30 60 90 120 150"),
        )
        await typed(group, place.admin, "/ladder 30 20 90 120 150", SAID.text("ladder.bad", language))
        await typed(group, operator, "/ladder -", SAID.text("shift.supervisors_only", language))
        own = SAID.text("ladder.shown", language, times="30 60 90 120 150")
        await typed(group, place.admin, "/ladder", own)
        await typed(group, place.admin, "/ladder -", SAID.text("ladder.saved", language, times="60 180 300 600 900"))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_planned_start_is_named_once_and_the_planned_end_ends_the_shift(
    place: Town, language: Language
) -> None:
    async with place.hurried():
        group, operator = await desk_in(place, language)
        await seated(group, operator)
        await place.settled()
    line, span = hours(place, 5, 15, language)
    await typed(group, place.admin, f"/plan {line} {NAMES[language]}", SAID.text("plan.saved", language))
    start = SAID.text("shift.planned", language, names=NAMES[language])
    assert lines(group, start) == []
    await place.move(5 * 60)
    await until(lambda: lines(group, start))
    await place.settled()
    await place.move(30)
    await place.settled()
    await tapped(operator, group, "🟢")
    await until(lambda: silent_tests(place, operator))
    await place.move(61)
    await on_board(place, group, SAID.text("board.shift", language, span=span, on=1, of=1))
    await place.move(10 * 60)
    await operator.sees(SAID.text("shift.over", language))
    await place.move(61)
    await on_board(place, group, SAID.text("board.nobody_until", language, day="|", at="|").split("|")[0])
    assert len(lines(group, start)) == 1
    board = board_of(group)
    assert board is not None
    assert "🟢" not in board.text


@pytest.mark.parametrize("ends", ["closed", "hour"])
async def test_who_has_a_red_case_at_the_planned_end_stays_until_it_is_over_or_an_hour(place: Town, ends: str) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        await seated(national, place.operator)
        await place.settled()
        line, _ = hours(place, 0, 4)
        await typed(national, place.admin, f"/plan {line} Данияр", "План сохранён")
        await tapped(place.operator, national, "🟢")
        teen, code = await red_of(place, national, place.operator)
        topic = national.topic_named(code)
        place.operator.write("я здесь", chat=national, topic=topic)
        await teen.sees("я здесь")
        await place.settled()
    await place.move(5 * 60)
    await place.operator.sees(f"у вас ещё срочные: {code}")
    await place.move(10 * 60)
    await on_board(place, national, "🟢 Данияр 1")
    back = "Возвращено в очередь: смена окончена"
    assert not lines_in(national, topic, back)
    if ends == "closed":
        await place.operator.tap("✅", chat=national, topic=topic)
        await until(lambda: any("Помогли" in str(s.buttons) for s in national.messages(topic)))
        await place.operator.tap("Помогли", chat=national, topic=topic)
        await place.operator.sees("Ваша смена окончена.")
        assert not lines_in(national, topic, back)
    else:
        await place.move(51 * 60)
        await national.sees(back, topic=topic)
        await place.operator.sees(f"Ваша смена окончена. Снова в очереди: {code}.")
    assert sum("у вас ещё срочные" in text for text in heard(place.operator)) == 1


def lines_in(group: Group, topic: int, part: str) -> list[str]:
    return [text for text in texts(group.messages(topic)) if part in text]


async def test_a_command_in_a_cases_topic_reaches_no_person(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed(PLAIN, language="Русский")
        for command in ("/plan", "/ladder", "/plan -"):
            place.operator.write(command, chat=national, topic=topic)
        await until(lambda: len(lines(national, "для администраторов группы")) == 3)
        await place.settled()
    assert not [text for text in heard(teen) if "/" in text.split("\n")[-1] and "plan" in text]
