"""What goes wrong between the bot and Telegram, and that nothing of it loses words or mixes them up."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot import jobs
from bot.telegram import failures
from bot.telegram.api import Api
from bot.telegram.sandbox.faults import Faults
from bot.telegram.sandbox.group import BIND_RIGHTS, Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.region import REGION, Regional, alarms, floods, said_in
from tests.town import Town, press, quick_sweeps, texts, town, until

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
            await until(lambda name=name: any(f"{name} два" in text for text in heard(teen)), timeout=15)  # type: ignore[misc]  # as a default
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


async def test_a_topic_deleted_by_hand_comes_back_with_both_sides_and_the_words_that_failed(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await place.claimed("раз", language="Русский")
    place.operator.write("два", chat=national, topic=topic)
    await teen.sees("два")
    teen.write("три")
    await said_in(national, topic, "▎ три")
    await place.settled()
    await place.move(61)
    national.delete_topic(topic)
    for words in ("четыре", "пять", "шесть"):
        teen.write(words)
    await until(lambda: any(code in t.name and not t.deleted for t in national.topics.values()))
    again = national.topic_named(code)
    assert again != topic
    await said_in(national, again, "▎ шесть")
    await said_in(national, again, "Тему удалили")
    await place.settled()
    shown = [s for s in national.messages(again) if s.kind == "text"]
    assert code in shown[0].text
    assert shown[0].buttons == [["✅ Закрыть"], ["↩️ Вернуть в очередь"]]
    lines = [line for s in shown for line in s.text.split("\n") if line.startswith("▎ ")]
    assert lines == [f"▎ {word}" for word in ("раз", "два", "три", "четыре", "пять", "шесть")]
    place.operator.write("семь", chat=national, topic=again)
    await teen.sees("семь")
    teen.write("восемь")
    await said_in(national, again, "▎ восемь")
    assert len([t for t in national.topics.values() if code in t.name]) == 2


async def test_a_topic_deleted_while_the_case_is_closed_comes_back_when_she_writes_again(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed("раз", language="Русский")
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await until(lambda: national.topics[topic].closed)
        await place.settled()
        national.delete_topic(topic)
        teen.write("два")
        await until(lambda: any("▎ два" in text for text in texts(national.messages())))
        again = national.topic_named(code)
        await said_in(national, again, "▎ раз")
        place.operator.write("снова тут", chat=national, topic=again)
        await teen.sees("снова тут")


async def test_a_fixed_topic_deleted_by_hand_comes_back_with_the_cards_that_waited_in_it(place: Town) -> None:
    national = place.national
    assert national is not None
    codes = []
    async with place.hurried():
        for name in ("Одна", "Другая"):
            _, code = await place.case("мне плохо", name=name, language="Русский")
            codes.append(code)
            await place.move(46)
            await national.sees(code)
        await place.settled()
        queue = national.topic_named("Кезек")
        national.delete_topic(queue)
        _, third = await place.case("мне тоже", name="Третья", language="Русский")
        await place.move(46)
        await national.sees(third)  # the topic is made again for the next card
        assert national.topic_named("Кезек") != queue
        await place.settled()
        for code in codes:  # and nobody who waited is forgotten
            card = await national.sees(code, topic=national.topic_named("Кезек"))
            assert "🙋" in str(card.buttons)


async def test_with_topics_switched_off_no_case_is_mixed_with_another_and_red_goes_to_the_national_desk(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        calm, _, topic = await regional.claimed("спокойно", "Спокойная")
        red, code, red_topic = await regional.claimed("меня бьют", "Красная", red=True)
        regional.operator.write("я рядом", chat=group, topic=red_topic)
        await red.sees("я рядом")
        waiting, waiting_code = await regional.case("жду", "Ждёт")
        await place.settled()
    group.switch_topics(False)
    calm.write("секрет один")
    await until(lambda: regional.general)
    async with place.hurried():
        for words in ("секрет два", "секрет три"):
            calm.write(words)
        red.write("он идёт")
        waiting.write("ещё жду")
        await place.admin.sees("темы выключены", timeout=10)
        card = await until(
            lambda: next((s for s in national.messages() if s.text.startswith(f"🔴 {code}") and s.buttons), None)
        )
        assert card.thread_id == national.topic_named("Срочно")
        for _ in range(5):
            await place.settled()
            await place.move(31)
        # What came before anybody could know stands in General; nothing after it.
        assert regional.general == ["▎ секрет один"]
        assert alarms(place, "темы выключены") == 1

        # The red case goes on at the national desk, with both sides of the talk.
        there = await place.take(code)
        await said_in(national, there, "▎ он идёт")
        talk = "".join(texts(national.messages(there)))
        assert talk.index("▎ меня бьют") < talk.index("▎ я рядом") < talk.index("▎ он идёт")
        in_topic = [s for s in national.messages(there) if s.kind == "text"]
        assert code in in_topic[0].text
        assert "Закрыть" in str(in_topic[0].buttons)
        place.operator.write("мы вместе", chat=national, topic=there)
        await red.sees("мы вместе")

        group.switch_topics(True)
        await place.move(31)
        await said_in(group, topic, "▎ секрет три")
        await place.admin.sees("восстановлена")
        shown = [line.removeprefix(AGAIN) for s in group.messages(topic) for line in s.text.split("\n")]
        assert [line for line in shown if "секрет" in line] == ["▎ секрет один", "▎ секрет два", "▎ секрет три"]
        await until(lambda: any("▎ ещё жду" in s.text and waiting_code in s.text for s in group.messages()))
        assert regional.general == ["▎ секрет один"]
        left = [s.text for s in group.messages() if code in s.text and s.thread_id == group.topic_named("Срочно")]
        assert left == [f"{code} · карточка перенесена"]


async def test_whatever_turns_red_while_its_desk_is_down_goes_to_the_national_desk(regional: Regional) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        waiting, waiting_code = await regional.case("жду", "Ждёт")
        claimed, claimed_code, _ = await regional.claimed("отвечают", "Занята")
        over, over_code, topic = await regional.claimed("красное", "Вернётся", red=True)
        await press(regional.operator, "Закрыть", chat=group, topic=topic)
        await press(regional.operator, "Помогли", chat=group, topic=topic)
        await over.sees("Разговор завершён")
        await place.settled()
        group.remove_bot(place.admin)
        await place.admin.sees("Нет связи")
        fresh, fresh_code = await place.case("новая", name="Новая", language="Русский")
        await press(fresh, "Пропустить")
        await press(fresh, REGION)
        await national.sees(fresh_code)  # a new case does not wait for a desk that is down
        await press(waiting, "🆘")
        await press(claimed, "🆘")
        over.write("он вернулся")  # a red case that was closed lately is red again
        await place.settled()
    missing = [
        code
        for code in (waiting_code, claimed_code, over_code)
        if not any(s.text.startswith(f"🔴 {code}") and s.buttons for s in national.messages())
    ]
    assert missing == []


async def test_a_group_that_throws_the_bot_out_or_ties_its_hands_is_down_and_goes_on_afterwards(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await regional.claimed("раз", "Одна")
        _, code = await regional.case("срочно", "Красная", red=True)
        await place.settled()
        group.remove_bot(place.admin)
        teen.write("два")
        teen.write("три")
        await place.admin.sees("бот удалён из группы")
        await until(lambda: any(s.text.startswith(f"🔴 {code}") and s.buttons for s in national.messages()))
        for _ in range(3):
            await place.settled()
            await place.move(31)
        assert alarms(place, "Нет связи с группой") == 1
        group.add_bot(place.admin)
        await place.admin.sees("восстановлена")
        await place.move(31)
        await said_in(group, topic, "▎ три")
        assert [line for line in texts(group.messages(topic)) if line in ("▎ два", "▎ три")] == ["▎ два", "▎ три"]
        assert alarms(place, "восстановлена") == 1
        regional.operator.write("четыре", chat=group, topic=topic)
        await teen.sees("четыре")

        # The same when it stays and loses the right without which it can make no topic.
        group.set_bot_rights(BIND_RIGHTS - {"can_manage_topics"})
        await place.admin.sees("не хватает прав")
        teen.write("пять")
        await place.settled()
        group.set_bot_rights(BIND_RIGHTS)
        await until(lambda: alarms(place, "восстановлена") == 2)
        await place.move(31)
        await said_in(group, topic, "▎ пять")


async def test_a_smaller_right_that_is_lost_does_not_take_the_desk_down_again_and_again(regional: Regional) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        gone, _, _ = await regional.claimed("забудьте", "Забытая")
        await place.settled()
        group.set_bot_rights({"can_manage_topics"})  # to pin and to delete it may not any more
        teen, _, topic = await regional.claimed("раз", "Одна")
        gone.write("/forget")
        await press(gone, "Да")
        for number in range(4):
            await place.settled()
            await place.move(31)
            teen.write(f"слово {number}")
            await said_in(group, topic, f"▎ слово {number}")
        await place.settled()
    assert alarms(place, "Нет связи с группой") <= 1


async def test_a_group_with_a_new_address_goes_on_there(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        for told in (True, False):
            old, before = national.id, len(place.sandbox.journal.calls)
            national.upgrade()
            if not told:
                place.sandbox.world.updates.drop()  # the bot finds out by the answer to its next call
            teen.write(f"после {told}")
            await said_in(national, topic, f"▎ после {told}")
            place.operator.write(f"ответ {told}", chat=national, topic=topic)
            await teen.sees(f"ответ {told}")
            assert not [call for call in place.sandbox.journal.calls[before:] if call.chat_id == old and call.ok]
    assert alarms(place, "Нет связи") == 0
    assert national.chat.bot_status == "administrator"


@pytest.mark.parametrize("first", ["somebody else", "she herself"])
async def test_a_deleted_group_sends_its_red_cases_to_the_national_desk(regional: Regional, first: str) -> None:
    """Nobody tells the bot that the group is gone: it learns it by the next words, whosesoever they are."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, _, _ = await regional.claimed("раз", "Одна")
        red, code, topic = await regional.claimed("меня бьют", "Красная", red=True)
        regional.operator.write("я рядом", chat=group, topic=topic)
        await red.sees("я рядом")
        if first == "she herself":
            await place.settled()
        group.delete()
        (red if first == "she herself" else teen).write("он идёт")
        await place.admin.sees("группа не найдена")
        await until(lambda: any(s.text.startswith(f"🔴 {code}") and s.buttons for s in national.messages()))
        red.write("он тут")
        await place.settled()
        assert not any(code in topic.name for topic in national.topics.values())  # a topic is made at the claim
        topic = await place.take(code)
        await said_in(national, topic, "▎ он тут")
        await place.settled()
        shown = [s for s in national.messages(topic) if s.kind == "text"]
        assert shown[0].text.startswith(f"🔴 {code}")
        assert "Закрыть" in str(shown[0].buttons)
        talk = "".join(s.text for s in shown)
        words = ["▎ меня бьют", "▎ я рядом", "▎ он идёт", "▎ он тут"]
        there = [talk.count(word) for word in words if first == "she herself" or "идёт" not in word]
        assert set(there) == {1}
        for _ in range(3):
            await place.move(31)
            await place.settled()
    assert alarms(place, "Нет связи") == 1


async def test_a_desk_whose_group_is_gone_can_be_given_a_new_one_and_what_waited_arrives_there(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, _ = await place.claimed("раз", language="Русский")
        await place.settled()
        national.delete()
        teen.write("два")
        await place.admin.sees("группа не найдена")
        fresh = await place.bind("Национальный", title="New")
        fresh.add(place.operator)
        await place.move(31)
        await fresh.sees("▎ два", timeout=10)


async def test_words_that_nobody_could_read_wait_for_the_group_that_takes_the_place_of_a_lost_one(place: Town) -> None:
    """They are in no case: from nowhere else could they be shown again."""
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, _ = await place.claimed("раз", language="Русский")
        await place.settled()
        national.delete()
        teen.write("два")
        await place.admin.sees("группа не найдена")
        place.push_raw('{"update_id":ID,"message":{"text":"слово ниоткуда"}}')
        await place.admin.sees("не прочитано")
        fresh = await place.bind("Национальный", title="New")
        await fresh.sees("▎ слово ниоткуда", topic=fresh.topic_named("Срочно"), timeout=10)


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
        await until(lambda: any("ей 5" in text for text in texts(teen.chat)), timeout=20)
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
        async with place.hurried():
            for number, teen in enumerate(people):
                teen.write(f"мне плохо, это {number}")
            await until(lambda: all(len(teen.chat) >= 2 for teen in people), timeout=20)
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
        await until(lambda: all(len(teen.chat) >= 2 for teen in reds), timeout=15)
        await place.settled()
        ordinary = len(_cards(national, "⚪"))
        async with place.hurried():
            for _ in range(8):
                await place.move(61)
                await place.settled()
        assert floods(place) == []
        assert len(_cards(national, "🔴")) == len(reds)
        assert len(_cards(national, "⚪")) == len(people)
        # No ordinary card went before a red one that waited.
        shown = [s.text[0] for s in national.messages() if s.buttons]
        assert "⚪" not in shown[ordinary : ordinary + len(reds)]
        minutes = [s.at for s in place.sandbox.journal.to(national) if s.action != "toast"]
        assert max(sum(timedelta() <= other - at < timedelta(seconds=60) for other in minutes) for at in minutes) <= 20


def _cards(group: Group, mark: str) -> list[Shown]:
    return [shown for shown in group.messages() if shown.text.startswith(mark) and shown.buttons]


async def test_a_group_that_hangs_keeps_nobody_else_waiting(regional: Regional) -> None:
    """Ten calls may be out at once: a group that does not answer must not use them all up."""
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
    place.sandbox.faults.hang(3.5, "sendMessage", group.id, times=None)
    for someone in people:
        await press(someone, REGION)
    calls = place.sandbox.journal.calls
    await until(lambda: sum(call.chat_id == group.id and not call.ok for call in calls) >= 3)
    await asyncio.sleep(0.5)  # as many as will are on their way
    begun = time.monotonic()
    red.write("🆘")
    place.operator.write("ответ", chat=national, topic=topic)
    await until(lambda: _cards(national, "🔴"), timeout=15)
    await teen.sees("ответ", timeout=15)
    waited = time.monotonic() - begun
    place.sandbox.faults.clear()
    assert waited < 2


async def test_red_cards_that_wait_for_a_topic_whose_making_hangs_keep_nobody_else_waiting(regional: Regional) -> None:
    """As many as the sender looks at in one turn."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("говорим", name="Говорит", language="Русский")
        people = [place.teen(f"N{number}", "ru") for number in range(22)]
        for someone in people:
            someone.start()
        await until(lambda: all(heard(someone) for someone in people), timeout=20)
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
    await until(lambda: not place.sandbox.faults.waiting, timeout=20)
    await until(lambda: all("112" in "".join(heard(someone)) for someone in people), timeout=12)
    begun = time.monotonic()
    red = place.teen("Красная", "ru")
    red.write("🆘 помогите")
    place.operator.write("ответ", chat=national, topic=topic)
    await until(lambda: _cards(national, "🔴"), timeout=20)
    await teen.sees("ответ", timeout=20)
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


async def test_a_topic_that_telegram_says_to_have_made_without_saying_which_is_asked_for_again_after_a_while(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        _, code = await place.case("мне плохо", language="Русский")
        await place.move(46)
        card = await national.sees(code)
        await place.settled()
    await place.move(61)
    before = len(place.sandbox.journal.calls)
    odd = place.sandbox.faults.empty_result("createForumTopic", national.id, times=None)
    await press(place.operator, "🙋", chat=national, message_id=card.message_id)
    await until(lambda: _made(place, before))
    await asyncio.sleep(1)
    await place.settled()
    assert len(_made(place, before)) <= 3  # after one second, and after two
    place.sandbox.faults._waiting.remove(odd)
    await place.move(6)
    await until(lambda: any(code in topic.name for topic in national.topics.values()))
    await said_in(national, national.topic_named(code), "▎ мне плохо")
    await place.settled()
    assert len([topic for topic in national.topics.values() if code in topic.name]) == 1


def _made(place: Town, since: int) -> list[str]:
    return [call.method for call in place.sandbox.journal.calls[since:] if call.method == "createForumTopic"]


async def test_a_topic_whose_making_was_not_heard_of_is_found_and_there_is_no_second_one(place: Town) -> None:
    """The call took effect and its answer was lost: Telegram tells of the topic all the same, and what an operator
    writes in it must not reach nobody."""
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case("мне плохо", language="Русский")
        await place.move(46)
        card = await national.sees(code)
        await place.settled()
        place.sandbox.faults.cut_after("createForumTopic", national.id)
        await press(place.operator, "🙋", chat=national, message_id=card.message_id)
        await until(lambda: any("▎ мне плохо" in s.text and s.thread_id != card.thread_id for s in national.messages()))
        await place.settled()
        alive = [topic for topic, on in national.topics.items() if code in on.name and not on.deleted]
        assert len(alive) == 1
        await said_in(national, alive[0], "▎ мне плохо")
        place.operator.write("я тут", chat=national, topic=alive[0])
        await teen.sees("я тут")


async def test_words_for_the_deleted_topic_of_a_case_that_was_closed_meanwhile_are_seen(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        place.sandbox.faults.fail("sendMessage", national.id, None, code=500, description="Internal Server Error")
        teen.write("последнее")
        await until(lambda: any(call.error_code == 500 for call in place.sandbox.journal.calls))
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await teen.sees("завершён")
        national.delete_topic(topic)
        place.sandbox.faults.clear()
        await national.sees("▎ последнее", timeout=15)
        await place.settled()
        assert not [on for on in national.topics.values() if code in on.name and not on.deleted]
        assert any(code in shown.text and "🙋" in str(shown.buttons) for shown in national.messages())
