"""Shifts: going on and off, who can be reached, and urgent cases that nobody may take away with her."""

import contextlib

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Language
from tests.danger import NAMES, PLAIN, SAID
from tests.region import marked, on_shift
from tests.town import Town, heard, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")

REGIONS = {"kk": "Алматинская", "ru": "Жамбылская"}
TEST, HERE = "🔔", {"kk": "дыбысын өшірмеңіз", "ru": "не выключайте звук"}


def board_of(group: Group) -> Shown | None:
    """The duty board as it is now."""
    topic = group.topic_named("Смена")
    return next((s for s in reversed(group.messages(topic)) if any("📋" in label for label in labels(s))), None)


async def on_board(place: Town, group: Group, *parts: str) -> Shown:
    """Waits until the board shows all of this: with the next edit, or when another has just gone, a minute later."""

    def look() -> Shown | None:
        board = board_of(group)
        return board if board and all(part in board.text for part in parts) else None

    for _ in range(4):
        with contextlib.suppress(AssertionError):
            return await until(look, 10)
        await place.move(61)
    board = board_of(group)
    raise AssertionError(f"the board shows {board.text if board else None!r}")


async def tapped(phone: Phone, group: Group, sign: str) -> str | None:
    board = await until(lambda: board_of(group))
    return await press(phone, sign, chat=group, message_id=board.message_id)


def silent_tests(place: Town, phone: Phone) -> list[Call]:
    """Silent tests that reached her private chat, or would have."""
    calls = place.sandbox.journal.calls
    return [c for c in calls if c.chat_id == phone.id and str(c.params.get("text", "")).startswith(TEST)]


async def desk_in(place: Town, language: Language) -> tuple[Group, Phone]:
    """A desk in this language, and an operator there who has a private chat with the bot."""
    group = await place.bind(REGIONS[language], NAMES[language], title="Desk")
    operator = place.sandbox.person("Somebody", language_code=language)
    group.add(operator)
    operator.start()
    place.both.add(operator.id)
    await until(lambda: heard(operator))
    return group, operator


async def red_of(place: Town, group: Group, operator: Phone, name: str = "Одна") -> tuple[Phone, str]:
    """Somebody's red case that the operator has; the desk is the national one."""
    teen, code = await place.case(PLAIN, name=name, language="Русский")
    await press(teen, "🆘")
    await place.take(code, operator, group)
    return teen, code


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_button_opens_the_private_chat_and_who_was_reached_counts(place: Town, language: Language) -> None:
    async with place.hurried():
        group, operator = await desk_in(place, language)
        answer = await tapped(operator, group, "🟢")
        assert answer is not None
        assert answer.startswith("https://t.me/")
        start = answer.split("?start=")[1]
        assert start.startswith("s_")
        shown = await operator.sees(TEST)
        assert shown.text == SAID.text("shift.test", language, region=shown.text.split(": ")[-1].rstrip("."))
        (test,) = silent_tests(place, operator)
        assert test.params["disable_notification"] is True
        assert test.params["protect_content"] is True
        await on_board(place, group, "🟢", SAID.text("board.on", language, on=1, of=1))
        operator.start(start)
        await operator.sees(HERE[language])
        await until(lambda: len(silent_tests(place, operator)) == 2)
        await place.settled()
    assert not any("коды: " in text or "разговора: " in text for text in heard(operator)), "no case of hers"
    assert str(operator.id) not in start


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_never_started_the_bot_or_blocked_it_shows_as_unreachable(place: Town, language: Language) -> None:
    async with place.hurried():
        group = await place.bind(REGIONS[language], NAMES[language], title="Desk")
        silent = place.sandbox.person("Silent", language_code=language)
        group.add(silent)
        start = (await tapped(silent, group, "🟢") or "").split("?start=")[1]
        await on_board(place, group, "🔕", SAID.text("board.nobody", language))
        silent.start(start)
        await silent.sees(TEST)
        await on_board(place, group, "🟢", SAID.text("board.on", language, on=1, of=1))
        silent.block()
        await on_board(place, group, "🔕", SAID.text("board.nobody", language))
        silent.unblock()
        await on_board(place, group, "🟢", SAID.text("board.on", language, on=1, of=1))


async def test_the_typed_command_toggles_in_any_topic_and_never_goes_to_a_person(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        teen, _, topic = await place.claimed(PLAIN, language="Русский")
        place.operator.write("/shift", chat=national, topic=topic)
        await until(lambda: marked(place, topic, "🫡") == 1)
        await on_board(place, national, "🟢", "На линии 1 из 1")
        place.operator.write("/shift", chat=national, topic=topic)
        await until(lambda: marked(place, topic, "😴") == 1)
        await place.operator.sees("Ваша смена окончена.")
        await on_board(place, national, "На линии никого", "⚪")
        place.admin.write("/shift", chat=national, topic=topic, anonymous=True)
        await national.sees("Выключите анонимность администратора")
        await place.settled()
    assert not [text for text in heard(teen) if "/shift" in text]


@pytest.mark.parametrize("sure", [True, False])
async def test_red_cases_are_asked_about_before_she_goes_and_then_ring_for_all(place: Town, sure: bool) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    other = place.sandbox.person("Other")
    national.add(other)
    async with place.hurried():
        await tapped(place.operator, national, "🟢")
        _, code = await red_of(place, national, place.operator)
        told = await tapped(place.operator, national, "⚪ Не")
        assert told is not None
        assert code in told
        asked = await national.sees(f"у вас ещё срочные в работе: {code}")
        assert not [s for s in national.messages(national.topic_named(code)) if "Возвращено" in s.text]
        foreign = await other.tap("Вернуть", chat=national, message_id=asked.message_id)
        assert foreign == SAID.text("toast.not_yours", "ru")
        urgent = national.topic_named("Срочно")
        cards = len([s for s in national.messages(urgent) if s.text.startswith(f"🔴 {code}")])
        await press(place.operator, "Вернуть" if sure else "Остаться", chat=national, message_id=asked.message_id)
        if not sure:
            await national.sees("На смене остаётся")
            await on_board(place, national, "🟢")
            return
        await national.sees("Возвращено в очередь: смена окончена", topic=national.topic_named(code))
        await place.operator.sees(f"Ваша смена окончена. Снова в очереди: {code}.")
        await until(lambda: [s for s in national.messages(urgent) if s.text.startswith(f"🔴 {code}")][cards - 1 :])
        await press(other, "🙋", chat=national, message_id=(await national.sees(f"🔴 {code}", topic=urgent)).message_id)
        await on_board(place, national, "⚪")


async def leaving(place: Town) -> tuple[Phone, str, Phone, Shown]:
    """The operator wants to go and has a red case, and somebody else is on shift: the person, the code, the other one,
    and the question. The group's minute is fresh, and the clock stands."""
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        other = await on_shift(place, national, "Other")
        await tapped(place.operator, national, "🟢")
        teen, code = await red_of(place, national, place.operator)
        await place.settled()
    await place.move(61)
    await tapped(place.operator, national, "⚪ Не")
    return teen, code, other, await national.sees(f"у вас ещё срочные в работе: {code}")


def red_cards(group: Group, code: str) -> list[Shown]:
    """Cards of this case with which anybody can take it."""
    cards = group.messages(group.topic_named("Срочно"))
    return [s for s in cards if s.text.startswith(f"🔴 {code}") and any("🙋" in label for label in labels(s))]


@pytest.mark.parametrize("accepts", [True, False])
async def test_a_colleague_who_accepts_gets_the_red_cases_and_else_they_ring_for_all(
    place: Town, accepts: bool
) -> None:
    national = place.national
    assert national is not None
    teen, code, other, asked = await leaving(place)
    topic = national.topic_named(code)
    give = next(label for label in labels(asked) if "🔁" in label)
    assert await press(place.operator, give, chat=national, message_id=asked.message_id) == SAID.text(
        "toast.offered", "ru"
    )
    offer = await national.sees(f"вам передают срочные: {code}")
    await other.sees(f"Вам передают срочные: {code}")
    own = await press(place.operator, "Принять", chat=national, message_id=offer.message_id)
    assert own == SAID.text("toast.old_button", "ru")
    place.operator.write("я ещё с вами", chat=national, topic=topic)  # until then they are hers
    await teen.sees("я ещё с вами")
    if accepts:
        took = await press(other, "Принять", chat=national, message_id=offer.message_id)
        assert took == SAID.text("toast.accepted", "ru")
        await national.sees("Передано. Теперь отвечает", topic=topic)
        other.write("теперь я", chat=national, topic=topic)
        await teen.sees("теперь я")
        place.operator.write("а это уже заметка", chat=national, topic=topic)
        await place.operator.sees("Ваша смена окончена.")
    await place.move(121)
    if accepts:
        await place.settled()
        assert not red_cards(national, code)
        assert not [text for text in heard(teen) if "заметка" in text]
        return
    await national.sees(f"Снова в очереди: {code}", topic=national.topic_named("Смена"))
    await place.operator.sees(f"Ваша смена окончена. Снова в очереди: {code}.")
    await until(lambda: red_cards(national, code))
    late = await press(other, "Принять", chat=national, message_id=offer.message_id)
    assert late == SAID.text("toast.old_button", "ru")


@pytest.mark.parametrize("writes", [True, False])
async def test_whoever_says_nothing_for_two_minutes_loses_her_red_cases_unless_she_writes_on(
    place: Town, writes: bool
) -> None:
    national = place.national
    assert national is not None
    teen, code, _, _ = await leaving(place)
    if writes:
        place.operator.write("я здесь", chat=national, topic=national.topic_named(code))
        await teen.sees("я здесь")
    await place.move(119)
    await place.settled()
    assert not red_cards(national, code)
    await place.move(2)
    if writes:
        await national.sees("На смене остаётся")
        await place.settled()
        assert not red_cards(national, code)
    else:
        await national.sees(f"Снова в очереди: {code}", topic=national.topic_named("Смена"))
        await until(lambda: red_cards(national, code))


async def test_an_ordinary_case_stays_hers_and_leaving_the_group_ends_the_shift(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        await tapped(place.operator, national, "🟢")
        _, code, topic = await place.claimed(PLAIN, language="Русский")
        assert await tapped(place.operator, national, "📋") == SAID.text("toast.list_sent", "ru")
        await place.operator.sees(f"⚪ {code} · последним писал человек")
        assert await tapped(place.operator, national, "⚪ Не") == "Вы больше не на смене."
        assert await tapped(place.operator, national, "⚪ Не") == "Вы и так не на смене."
        await place.settled()
        assert not [s for s in national.messages(topic) if "Возвращено" in s.text]
        await tapped(place.operator, national, "🟢")
        await on_board(place, national, "🟢", "На линии 1 из 1")
        national.remove(place.operator)
        await on_board(place, national, "На линии никого")
        board = board_of(national)
        assert board is not None
        assert "🟢" not in board.text


async def test_a_national_coordinator_comes_by_an_administrators_link_that_works_once(place: Town) -> None:
    place.admin.write("/coordinator")
    link = (await place.admin.sees("?start=k_")).text.split("?start=")[1].split("\n")[0]
    place.staff.add(place.operator.id)
    place.operator.start(link)
    await place.operator.sees("Теперь вы национальный координатор.")
    other = place.sandbox.person("Other")
    other.start(link)
    await other.sees("ссыл")
    await place.bot.end()
    async with place.written() as tx:
        assert [one.key for one in await tx.operators.coordinators()] == [await tx.lookup(place.operator.id)]


async def supervisors(place: Town) -> set[str]:
    rows = await place.rows("SELECT operator FROM seat WHERE desk = 'national' AND supervisor = 1")
    return {row["operator"] for row in rows}


async def test_supervisors_are_known_from_the_binding_from_updates_and_once_a_day(place: Town) -> None:
    national = place.national
    assert national is not None
    boss, secret, second = (place.sandbox.person(name) for name in ("Boss", "Secret", "Second"))
    for phone in (boss, secret, second):
        national.add(phone)
    national.promote(boss)
    national.promote(second)
    national.demote(second)
    await place.settled()
    await place.bot.end()
    assert await supervisors(place) == {await place.key_of(place.admin), await place.key_of(boss)}
    place.sandbox.world.groups[national.id].members[boss.id] = "member"  # and the update about it is lost
    await place.bot.start()
    await place.settled()
    await place.move(25 * 3600)
    await place.bot.end()
    await place.bot.start()
    await until(lambda: sum(c.method == "getChatAdministrators" for c in place.sandbox.journal.calls) >= 2)
    await place.settled()
    await place.bot.end()
    assert await supervisors(place) == {await place.key_of(place.admin)}
