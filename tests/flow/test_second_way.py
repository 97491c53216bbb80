"""A red case whose group cannot take it goes another way round: the national desk, and private chats."""

import asyncio
import time

import pytest

from bot.telegram import failures
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.region import REGION, UNHEARD, Regional, alarms, at_national, cards, on_shift, reached, said_in, takeable
from tests.town import Town, heard, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

URGENT = "Срочное, никто ещё не взял"
OTHER = "Актюбинская"
LOOKS = ("getChat", "getChatMember")


def alerts(phone: Phone) -> list[str]:
    return [text for text in heard(phone) if URGENT in text]


def calls_to(place: Town, group: Group, since: int = 0) -> list[Call]:
    """Calls that Telegram counts."""
    return [
        call for call in place.sandbox.journal.calls[since:] if call.chat_id == group.id and call.method not in LOOKS
    ]


async def waiting(regional: Regional, words: str, name: str) -> tuple[Phone, str]:
    """Somebody from the region whose ordinary card is at the region's desk; the group's minute is fresh."""
    place = regional.place
    async with place.hurried():
        await reached(place, regional.operator, regional.group)
        teen, code = await regional.case(words, name)
        await place.settled()
    await place.move(61)
    return teen, code


async def test_a_red_card_that_would_wait_two_minutes_is_at_the_national_desk_within_two_seconds(
    regional: Regional,
) -> None:
    place, group = regional.place, regional.group
    teen, code = await waiting(regional, "секретное слово", "Красная")
    _, calm = await regional.case("обычное", "Обычная")
    await place.settled()
    await place.move(61)
    place.sandbox.faults.flood(120, "sendMessage", group.id)
    begun = time.monotonic()
    await press(teen, "🆘")
    await at_national(place, code)
    assert time.monotonic() - begun < 2

    # Who can be reached in private hears which code waits where, and no word of hers.
    for phone in (place.admin, regional.operator):
        await until(lambda phone=phone: alerts(phone))  # type: ignore[misc]  # as a default
        (alert,) = alerts(phone)
        assert code in alert
        assert REGION in alert
        assert "секретное" not in alert
        assert calm not in alert
    alerted = [call for call in place.sandbox.journal.sent(regional.operator.id) if URGENT in call.params["text"]]
    assert [call.params.get("protect_content") for call in alerted] == [True]


async def test_what_is_ordinary_waits_for_the_end_of_a_hold_which_a_restart_does_not_forget(regional: Regional) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        await reached(place, regional.operator, group)
        teen, _, topic = await regional.claimed("начало", "Одна")
        sos, code = await regional.case("ещё обычное", "Красная")
        await place.settled()
    await place.move(61)
    place.sandbox.faults.flood(400, "sendMessage", group.id)
    teen.write("раз")
    await until(lambda: any(call.error_code == 429 for call in calls_to(place, group)))
    await place.settled()
    held = len(place.sandbox.journal.calls)
    await place.move(40)
    teen.write("два")
    await place.settled()
    await place.bot.end()
    await place.bot.start()
    teen.write("три")
    await place.settled()
    begun = time.monotonic()
    await press(sos, "🆘")  # red while the hold lasts: not even tried there
    await at_national(place, code)
    assert time.monotonic() - begun < 2
    await place.move(200)
    await place.settled()
    assert calls_to(place, group, held) == []
    assert not alarms(place, "Нет связи")

    await place.move(161)
    await said_in(group, topic, "▎ три")
    await place.settled()
    shown = [line for s in group.messages(topic) for line in s.text.split("\n") if line.startswith("▎")]
    assert shown == ["▎ начало", "▎ раз", "▎ два", "▎ три"]
    assert [call for call in calls_to(place, group, held) if call.error_code == 429] == []


async def test_a_short_wait_sends_nothing_round(regional: Regional) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    teen, code = await waiting(regional, "слово", "Красная")
    place.sandbox.faults.flood(20, "sendMessage", group.id)
    await press(teen, "🆘")
    await until(lambda: any(call.error_code == 429 for call in calls_to(place, group)))
    await place.settled()
    await place.move(21)
    await until(lambda: [s for s in cards(group, "🔴") if code in s.text])
    await place.settled()
    assert not cards(national, "🔴")
    assert alerts(place.admin) + alerts(regional.operator) == []


@pytest.mark.parametrize("how", ["hangs", "answers 500"])
async def test_a_group_that_takes_nothing_for_half_a_minute_loses_its_red_to_the_national_desk(
    regional: Regional, how: str
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    teen, code = await waiting(regional, "слово", "Красная")
    if how == "hangs":
        place.sandbox.faults.hang(4, "sendMessage", group.id)
    else:
        place.sandbox.faults.fail("sendMessage", group.id, times=None, code=500, description="Internal Server Error")
    await press(teen, "🆘")
    await teen.sees("112 —")
    await place.settled() if how != "hangs" else await asyncio.sleep(0.5)
    assert not cards(national, "🔴")
    await place.move(31)
    await at_national(place, code)
    for phone in (place.admin, regional.operator):
        await until(lambda phone=phone: [text for text in alerts(phone) if code in text])  # type: ignore[misc]  # as a default
    place.sandbox.faults._waiting.clear()
    async with place.hurried():
        topic = await place.take(code)
        teen.write("он рядом")
        await said_in(national, topic, "▎ он рядом")
        await place.settled()
        for _ in range(3):  # what arrived at the region in the end is no second card that could be taken
            await place.move(31)
            await place.settled()
        assert not [s for s in group.messages() if code in s.text and "🙋" in str(s.buttons)]
        assert len([s for s in cards(national, "🔴") if code in s.text and "🙋" in str(s.buttons)]) == 0


@pytest.mark.parametrize("how", ["is lost", "is held", "answers 500"])
async def test_a_red_case_at_a_region_that_works_stays_there_when_the_national_desk_cannot_be_called(
    regional: Regional, how: str
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    await reached(place, place.operator, national)  # she is not on shift: no rung calls her
    teen, code = await waiting(regional, "слово", "Красная")
    if how == "is lost":
        national.remove_bot(national.owner)
    elif how == "is held":
        place.sandbox.faults.flood(600, "sendMessage", national.id)
    else:
        place.sandbox.faults.fail("sendMessage", national.id, times=None, code=500, description="Internal Server Error")
    await press(teen, "🆘")
    await until(lambda: code in takeable(group))
    for seconds in (61, 121, 31, 31, 31):  # past three minutes it is called, and does not answer for half a minute
        await place.move(seconds)
        await place.settled()
    if how != "is lost":
        await until(lambda: [text for text in alerts(place.operator) if code in text])
    assert code in takeable(group)
    async with place.hurried():
        topic = await place.take(code, regional.operator, group)
        teen.write("он рядом")
        await said_in(group, topic, "▎ он рядом")


async def test_a_red_case_of_a_region_that_is_held_waits_there_while_the_national_desk_is_lost(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    teen, code = await waiting(regional, "слово", "Красная")
    national.remove_bot(national.owner)
    await place.settled()
    place.sandbox.faults.flood(120, "sendMessage", group.id)
    await press(teen, "🆘")
    await until(lambda: [text for text in alerts(regional.operator) if code in text])
    await place.settled()
    await place.move(61)  # an administrator has just heard of the lost group: at most once a minute
    await until(lambda: [text for text in alerts(place.admin) if code in text])
    assert code not in takeable(group)
    await place.move(61)
    await until(lambda: code in takeable(group))


@pytest.mark.parametrize("how", ["lost", "held"])
async def test_a_red_case_at_a_national_desk_that_is_lost_goes_back_to_its_region_as_soon_as_that_answers(
    regional: Regional, how: str
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    teen, code = await waiting(regional, "слово", "Красная")
    if how == "lost":
        group.remove_bot(group.owner)
        await place.settled()
    else:
        place.sandbox.faults.flood(60, "sendMessage", group.id)
    await press(teen, "🆘")
    await at_national(place, code)
    await place.settled()
    known = {shown.message_id for shown in group.messages()}

    def offered() -> list[Shown]:
        fresh = [card for card in cards(group, "🔴") if card.message_id not in known]
        return [card for card in fresh if code in card.text and "🙋" in str(card.buttons)]

    national.remove_bot(national.owner)
    await place.settled()
    assert not offered()
    if how == "lost":
        group.add_bot(group.owner)
        await place.settled()
    await place.move(61)
    await until(offered)
    async with place.hurried():
        topic = await place.take(code, regional.operator, group)
        teen.write("он рядом")
        await said_in(group, topic, "▎ он рядом")


async def test_the_claimer_hears_once_in_private_that_there_are_words_her_group_does_not_take(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        await reached(place, regional.operator, group)
        red, code, topic = await regional.claimed("он здесь", "Красная", red=True)
        await place.settled()
    await place.move(61)
    place.sandbox.faults.flood(120, "sendMessage", group.id)
    red.write("секретное один")
    await regional.operator.sees(UNHEARD)
    red.write("секретное два")
    await place.settled()
    await place.move(60)
    await place.settled()
    told = [text for text in heard(regional.operator) if UNHEARD in text]
    assert len(told) == 1
    assert code in told[0]
    assert "секретное" not in "".join(heard(regional.operator))
    assert not cards(national, "🔴")
    await place.move(62)
    await said_in(group, topic, "▎ секретное два")
    assert "▎ секретное один" in texts(group.messages(topic))


@pytest.mark.parametrize("how", ["held", "down"])
async def test_when_the_national_desk_cannot_be_reached_everybody_hears_in_private_at_most_once_a_minute(
    place: Town, how: str
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        await reached(place, place.operator, national)
        await on_shift(place, national)
        people = [await place.welcomed(f"N{number}", "Русский") for number in range(10)]
        await place.settled()
    await place.move(61)
    if how == "held":
        place.sandbox.faults.flood(180, "sendMessage", national.id)
    else:
        national.remove_bot(place.admin)
        await place.admin.sees("Нет связи")
    for number, teen in enumerate(people):
        teen.write("🆘 секретное")
        if number == 0:
            await until(lambda: alerts(place.admin))
            await until(lambda: alerts(place.operator))
    await until(lambda: all("112" in "".join(heard(teen)[-2:]) for teen in people))
    await place.settled()
    assert len(alerts(place.admin)) == 1
    await place.move(61)
    await until(lambda: len(alerts(place.admin)) == 2)
    await place.settled()
    last = alerts(place.admin)[-1]
    assert last.count(" мин") == 8
    assert "и ещё: 2" in last
    assert "секретное" not in "".join(heard(place.admin) + heard(place.operator))
    assert len(alerts(place.operator)) == 2
    for _ in range(3):
        await place.move(20)
        await place.settled()
    assert len(alerts(place.admin)) <= 3
    assert alarms(place, "Нет связи") == (how == "down")
    if how == "down":
        national.add_bot(place.admin)
        await place.admin.sees("восстановлена")
    async with place.hurried():
        await place.move(130)
        await until(lambda: len(takeable(national)) == 10, timeout=90)


async def test_while_telegram_as_a_whole_is_away_nothing_is_moved(
    regional: Regional, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    monkeypatch.setattr(failures, "BACK_OFF", (1,))
    await on_shift(place, group)
    teen, code = await waiting(regional, "слово", "Красная")
    place.sandbox.faults.cut_before("sendMessage", group.id, times=None)
    await press(teen, "🆘")
    await until(lambda: any(not call.answered for call in calls_to(place, group)))
    place.sandbox.faults.down(True)
    for _ in range(4):
        await asyncio.sleep(0.4)
        await place.move(20)
    place.sandbox.faults.clear()
    await until(lambda: [s for s in group.messages() if f"🔴 {code}" in s.text and s.buttons])
    await place.settled()
    assert not cards(national, "🔴")
    assert alerts(place.admin) + alerts(regional.operator) == []


async def test_somebody_else_who_fetches_the_updates_keeps_no_red_from_going_round(
    regional: Regional, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram answers, be it with a refusal: it is not away, and only this group takes nothing."""
    place, group = regional.place, regional.group
    monkeypatch.setattr(failures, "BACK_OFF", (0.3,))  # of real time between two polls, up to 30 s in life
    teen, code = await waiting(regional, "слово", "Красная")
    place.sandbox.faults.fail("sendMessage", group.id, times=None, code=500, description="Internal Server Error")
    await press(teen, "🆘")
    await until(lambda: any(call.error_code == 500 for call in calls_to(place, group)))
    await place.settled()
    conflict = place.sandbox.faults.fail("getUpdates", times=None, code=409, description="Conflict")
    place.sandbox.push({"poll": {}})  # ends the poll that waits
    await place.admin.sees("тем же токеном")
    await place.move(31)
    await at_national(place, code)
    place.sandbox.faults._waiting.remove(conflict)


async def test_operators_of_a_region_hear_nothing_of_another_region(regional: Regional) -> None:
    place = regional.place
    async with place.hurried():
        second = await place.bind(OTHER, title="Aktobe")
        stranger = place.sandbox.person("Stranger")
        second.add(stranger)
        await place.sandbox.idle()
        await reached(place, stranger, second)
        await reached(place, regional.operator, regional.group)
        own, own_code = await regional.case("слово", "Своя")
        other, other_code = await place.case("слово", name="Чужая", language="Русский")
        await press(other, "Пропустить")
        await press(other, OTHER)
        await second.sees(other_code)
        await place.settled()
    await place.move(61)
    for group, teen, code in ((regional.group, own, own_code), (second, other, other_code)):
        place.sandbox.faults.flood(120, "sendMessage", group.id)
        await press(teen, "🆘")
        await at_national(place, code)
    for _ in range(3):
        await place.settled()
        await place.move(61)
    assert own_code in "".join(alerts(regional.operator))
    assert other_code in "".join(alerts(stranger))
    assert other_code not in "".join(heard(regional.operator))
    assert own_code not in "".join(heard(stranger))
    assert own_code in "".join(alerts(place.admin))
    assert other_code in "".join(alerts(place.admin))


async def test_fifty_reds_of_a_desk_that_goes_down_are_all_at_the_national_desk_and_administrators_keep_their_sleep(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    people = [place.teen(f"N{number}", "ru") for number in range(50)]
    for teen in people:
        teen.start()
    await until(lambda: all(heard(teen) for teen in people), timeout=90)
    await place.settled()
    await place.bot.end()
    async with place.written() as tx:
        for teen in people:
            person = await tx.people.meet(teen.id)
            await tx.people.set_language(person.key, "ru")
            await tx.people.set_region(person.key, "KZ-31")
        await tx.desks.set_rungs("KZ-31", "3000 4000 5000 6000 7000")  # the ladder would call others in the meantime
    await place.bot.start()
    await place.settled()
    for wave in range(0, 50, 8):  # as many as the group takes beside twelve edits a minute
        for teen in people[wave : wave + 8]:
            teen.write("🆘 помогите")
        await until(lambda wave=wave: len(takeable(group)) == min(50, wave + 8), timeout=90)  # type: ignore[misc]  # as a default
        await place.move(61)
    assert alerts(place.admin) == []
    async with place.hurried():
        group.remove_bot(place.admin)
        await place.admin.sees("Нет связи")
        await until(lambda: len(takeable(national)) == 50, timeout=90)
        for _ in range(5):
            await place.settled()
            await place.move(61)
    assert alarms(place, "Нет связи") == 1
    assert len(alerts(place.admin)) <= 5
    assert [call for call in place.sandbox.journal.calls if call.error_code == 429] == []


async def test_a_desk_that_comes_and_goes_for_an_hour_is_no_flood_of_alarms(regional: Regional) -> None:
    """Telegram says that the bot has every right, and refuses what it sends (telegram-bot-api issue 863)."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await regional.claimed("раз", "Одна")
        red, code, _ = await regional.claimed("срочно", "Красная", red=True)
        regional.operator.write("я тут", chat=group, topic=topic)
        await place.settled()
    restricted = "Bad Request: CHAT_RESTRICTED"
    fault = place.sandbox.faults.fail("sendMessage", group.id, times=None, code=400, description=restricted)
    before = len(place.admin.chat)
    teen.write("два")
    red.write("он рядом")
    await at_national(place, code)
    for _ in range(120):
        await place.move(30)
        await asyncio.sleep(0.1)
    await place.settled()
    told = texts(place.admin.chat[before:])
    assert 1 <= sum("Нет связи" in text for text in told) <= 7
    assert len(told) <= 20, [text[:40] for text in told]
    place.sandbox.faults._waiting.remove(fault)
    async with place.hurried():
        await place.move(61)
        await group.sees("▎ два", timeout=90)
        await until(lambda: [s for s in cards(national, "🔴") if code in s.text])
