"""What goes wrong between the bot and Telegram, and that nothing of it loses words or mixes them up."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot import jobs
from bot.telegram import failures, sender
from bot.telegram.api import Api
from bot.telegram.pace import OVERALL
from bot.telegram.sandbox.faults import Faults
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.region import REGION, Regional, floods, on_shift, said_in
from tests.town import CODE, Town, labels, press, quick_sweeps, texts, town, until

AGAIN = "↻ "


@pytest.fixture(autouse=True)
def sweeps_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())


def heard(teen: Phone) -> list[str]:
    """What she was told."""
    return [shown.text for shown in teen.chat if not shown.mine]


async def test_a_flooded_chat_waits_alone_and_is_not_called_before_its_time(place: Town) -> None:
    national = place.national
    assert national is not None
    flooded, _, topic = await place.claimed("мне плохо", name="Одна", language="Русский")
    other, _, elsewhere = await place.claimed("мне тоже", name="Другая", language="Русский")
    await place.settled()
    await place.move(61)
    place.sandbox.faults.flood(40, "sendMessage", flooded.id)
    place.operator.write("первое", chat=national, topic=topic)
    place.operator.write("второе", chat=national, topic=topic)
    place.operator.write("другой", chat=national, topic=elsewhere)
    await other.sees("другой", timeout=2)
    await place.settled()
    await place.move(35)
    await place.settled()
    assert len(floods(place)) == 1
    assert not any("первое" in text for text in texts(flooded.chat))
    await place.move(6)
    await flooded.sees("второе", timeout=8)
    answers = [text.split(":\n")[1] for text in texts(flooded.chat) if ":\n" in text and "ое" in text[-3:]]
    assert answers == ["первое", "второе"]  # once each: a flooded call had no effect
    assert len(floods(place)) == 1


FAULTS: dict[str, Callable[[Faults, str | None, int], object]] = {
    "500": lambda faults, method, chat: faults.fail(
        method, chat, code=500, description="Internal Server Error: sandbox"
    ),
    "502": lambda faults, method, chat: faults.server_error(method, chat),
    "cut before": lambda faults, method, chat: faults.cut_before(method, chat),
    "cut after": lambda faults, method, chat: faults.cut_after(method, chat),
    "garbage": lambda faults, method, chat: faults.garbage(method, chat),
    "no result": lambda faults, method, chat: faults.no_result(method, chat),
    "hang": lambda faults, method, chat: faults.hang(2.5, method, chat),
}


async def test_whatever_becomes_of_a_call_the_words_arrive_in_order_and_only_a_marked_one_twice(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    national = place.national
    assert national is not None
    monkeypatch.setattr(Api.call, "__defaults__", (None, 2.0))  # the patience of a call, 20 s in life
    teen, _, topic = await place.claimed("мне плохо", language="Русский")
    await place.settled()
    for name, fault in FAULTS.items():
        await place.move(61)
        fault(place.sandbox.faults, "sendMessage", teen.id)
        place.operator.write(f"{name} раз", chat=national, topic=topic)
        place.operator.write(f"{name} два", chat=national, topic=topic)
        fault(place.sandbox.faults, "sendMessage", national.id)
        teen.write(f"{name} три")
        teen.write(f"{name} четыре")
        if name == "hang":
            await asyncio.sleep(2.6)  # the first call takes effect when nobody waits for it any more
        async with place.hurried():
            await until(lambda name=name: any(f"{name} два" in text for text in heard(teen)), timeout=90)  # type: ignore[misc]  # as a default
            await said_in(national, topic, f"▎ {name} четыре")
            await place.settled()
        _in_order(heard(teen), (f"{name} раз", f"{name} два"), name)
        _in_order(texts(national.messages(topic)), (f"▎ {name} три", f"▎ {name} четыре"), name)
        assert place.sandbox.faults.waiting == ()
    # What took effect and could not be told from what did not: seen twice, the second time with the mark.
    for shown in (heard(teen), [s.text for s in national.messages(topic) if s.sender == "Senim"]):
        for name in ("cut after", "hang"):
            twice = [text for text in shown if f"{name} раз" in text or f"{name} три" in text]
            assert [text.startswith(AGAIN) for text in twice] == [False, True], name


def _in_order(said: list[str], words: tuple[str, str], name: str) -> None:
    shown = [text for text in said if any(word in text for word in words)]
    order = [words.index(next(word for word in words if word in text)) for text in shown]
    assert order == sorted(order), name
    for word in words:
        same = [text for text in shown if word in text]
        assert not same[0].startswith(AGAIN) or name not in ("cut after", "hang")
        assert all(text.startswith(AGAIN) for text in same[1:]), name


@pytest.mark.parametrize("name", ["502", "cut after", "garbage"])
async def test_a_claim_comes_about_whatever_becomes_of_its_calls(place: Town, name: str) -> None:
    national = place.national
    assert national is not None
    _, code = await place.case("мне плохо", language="Русский")
    await place.move(46)
    card = await national.sees(code)
    for method in ("createForumTopic", "editMessageText", "pinChatMessage", "setMessageReaction"):
        FAULTS[name](place.sandbox.faults, method, national.id)
    await press(place.operator, "🙋", chat=national, message_id=card.message_id)
    async with place.hurried():
        await until(lambda: any("▎ мне плохо" in s.text and s.thread_id != card.thread_id for s in national.messages()))
        await place.settled()
        topic = next(
            s.thread_id for s in national.messages() if "▎ мне плохо" in s.text and s.thread_id != card.thread_id
        )
        assert topic is not None
        in_topic = next(s for s in national.messages(topic) if code in s.text and s.kind == "text")
        await until(lambda: in_topic.message_id in national.chat.pinned)
        await until(lambda: f"{code} · в работе" in "".join(texts(national.messages(card.thread_id))))
        await place.move(61)
        place.operator.write("я тут", chat=national, topic=topic)
        await until(lambda: any("👌" in s.reactions for s in national.messages(topic)))


async def test_three_minutes_without_telegram_lose_nothing_either_way(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    national = place.national
    assert national is not None
    monkeypatch.setattr(failures, "BACK_OFF", (0.3,))  # of real time between two polls, up to 30 s in life
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", name="Одна", language="Русский")
        fresh = await place.welcomed("Новая", "Русский")
        await place.settled()
    place.sandbox.faults.down(True)
    for number in range(6):
        teen.write(f"она {number}")
        place.operator.write(f"ей {number}", chat=national, topic=topic)
        if number == 3:
            fresh.write("я новая")
        await place.move(30)
        await asyncio.sleep(0.2)
    place.sandbox.faults.down(False)
    async with place.hurried():
        await until(lambda: any("ей 5" in text for text in texts(teen.chat)), timeout=90)
        await said_in(national, topic, "▎ она 5")
        await fresh.sees("Отправлено")
        await place.move(46)
        await national.sees("▎ я новая")
        await place.settled()
    arrived = [text.removeprefix(AGAIN).split(":\n")[-1] for text in texts(teen.chat) if "ей " in text]
    assert arrived == [f"ей {number}" for number in range(6)]
    lines = [line for text in texts(national.messages(topic)) for line in text.split("\n") if "она " in line]
    assert lines == [f"▎ она {number}" for number in range(6)]


async def test_sixty_cases_at_once_meet_no_limit_and_a_red_one_is_on_the_screen_within_two_seconds(
    tmp_path: Path,
) -> None:
    async with town(tmp_path) as place:
        national = place.national
        assert national is not None
        people = [place.teen(f"N{number}", "ru") for number in range(60)]
        reds = [place.teen(f"R{number}", "ru") for number in range(8)]
        for number, teen in enumerate(
            people
        ):  # by the true clock: a hurried one makes each call's way ten times as long
            teen.write(f"мне плохо, это {number}")
        await until(lambda: all(len(teen.chat) >= 2 for teen in people), timeout=90)
        await place.settled()
        await place.move(46)
        await until(lambda: len(_cards(national, "⚪")) >= 10)

        begun = time.monotonic()
        reds[0].write("🆘")
        await until(lambda: _cards(national, "🔴"))
        assert time.monotonic() - begun < 2
        assert len(_cards(national, "⚪")) < 20

        for teen in reds[1:]:
            teen.write("🆘 помогите")
        await until(lambda: all(len(teen.chat) >= 2 for teen in reds), timeout=90)
        await place.settled()
        before = max(shown.message_id for shown in national.messages())
        async with place.hurried():
            for _ in range(8):
                await place.move(61)
                await place.settled()
        assert floods(place) == []
        assert len({code for card in _cards(national, "🔴") for code in CODE.findall(card.text)}) == len(reds)
        assert len(_cards(national, "⚪")) == len(people)
        # No ordinary card went before a red one that waited.
        later = [s for s in national.messages() if s.buttons and s.message_id > before]
        order = "".join(s.text[0] for s in later if s.text[0] in "⚪🔴")
        assert "🔴" not in order.lstrip("🔴"), order
        minutes = [s.at for s in place.sandbox.journal.to(national) if s.action != "toast"]
        assert max(sum(timedelta() <= other - at < timedelta(seconds=60) for other in minutes) for at in minutes) <= 20


def _cards(group: Group, mark: str) -> list[Shown]:
    return [shown for shown in group.messages() if shown.text.startswith(mark) and shown.buttons]


@pytest.mark.parametrize("fewer", [False, True])
async def test_a_group_that_hangs_keeps_nobody_else_waiting(
    regional: Regional, monkeypatch: pytest.MonkeyPatch, fewer: bool
) -> None:
    """Here no more calls may be out at once than a group that does not answer would use up, if it might; with still
    `fewer` all that others may use are used up, and there is room for red alone."""
    places = sender.PER_RECEIVER + (0 if fewer else sender.FOR_RED + 1)
    monkeypatch.setattr(sender, "IN_FLIGHT", places)
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("говорим", name="Говорит", language="Русский")
        people = [await place.welcomed(f"N{number}", "Русский") for number in range(12)]
        red = await place.welcomed("Красная", "Русский")
        await place.settled()
    await place.move(61)
    for someone in people:
        someone.write("я из Тараза")
    for someone in people:
        await press(someone, "Пропустить")
    await until(lambda: all(REGION in " ".join(labels(list(someone.chat)[-1])) for someone in people))
    place.sandbox.faults.hang(15, "sendMessage", group.id, times=None)
    for someone in people:
        await press(someone, REGION)
    await until(lambda: place.sandbox.server.in_flight >= min(sender.PER_RECEIVER, places - sender.FOR_RED))
    await asyncio.sleep(2)  # as many as will are on their way
    begun = time.monotonic()
    red.write("🆘")
    await until(lambda: _cards(national, "🔴"), timeout=90)
    if not fewer:
        place.operator.write("ответ", chat=national, topic=topic)
        await teen.sees("ответ", timeout=90)
    waited = time.monotonic() - begun
    place.sandbox.faults.clear()
    assert waited < 2


async def test_red_cards_that_wait_for_a_topic_whose_making_hangs_keep_nobody_else_waiting(regional: Regional) -> None:
    """More than the sender looks at in one turn."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)  # with nobody there the national desk would be called to all of them at once
    async with place.hurried():
        teen, _, topic = await place.claimed("говорим", name="Говорит", language="Русский")
        people = [place.teen(f"N{number}", "ru") for number in range(OVERALL + 2)]
        for someone in people:
            someone.start()
        await until(lambda: all(heard(someone) for someone in people), timeout=90)
        await place.settled()
    await place.bot.end()
    async with place.written() as tx:
        for someone in people:
            person = await tx.people.meet(someone.id)
            await tx.people.set_language(person.key, "ru")
            await tx.people.set_region(person.key, "KZ-31")
        await tx.run("DELETE FROM desk_topic WHERE desk = 'KZ-31' AND name = 'urgent'")
    await place.move(61)
    hung = place.sandbox.faults.hang(15, "createForumTopic", group.id)
    for someone in people:
        someone.write("🆘")
    await place.bot.start()
    await until(lambda: not place.sandbox.faults.waiting, timeout=90)
    await until(lambda: all("112" in "".join(heard(someone)) for someone in people), timeout=90)
    begun = time.monotonic()
    red = place.teen("Красная", "ru")
    red.write("🆘 помогите")
    place.operator.write("ответ", chat=national, topic=topic)
    await until(lambda: _cards(national, "🔴"), timeout=90)
    await teen.sees("ответ", timeout=90)
    assert time.monotonic() - begun < 3
    assert not _cards(group, "🔴")  # the topic is still being made
    assert hung.times == 0


async def test_a_card_that_was_moved_becomes_a_line_also_when_the_group_s_minute_is_used_up(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case("секрет", language="Русский")
        await place.move(46)
        await place.settled()
    old = await national.sees(code)
    await place.move(61)
    for number in range(16):
        place.teen(f"N{number}", "ru").write("место занято")
    await place.sandbox.idle()
    await place.move(46)
    await until(lambda: len(_cards(national, "⚪")) >= 13)
    await press(teen, "🆘")
    await until(lambda: _cards(national, "🔴"))
    teen.write("он пришёл")  # an edit of the new card, while the old one still waits to become a line
    async with place.hurried():
        for _ in range(4):
            await place.settled()
            await place.move(61)
        await place.settled()
    left = next(shown for shown in national.messages() if shown.message_id == old.message_id)
    assert left.text == f"{code} · карточка перенесена"
    assert left.buttons == []
