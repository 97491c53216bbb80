"""A group that cannot be used, has moved or is gone: its red goes to the national desk, and nothing is lost."""

import pytest

from bot import jobs
from bot.domain.desks import Desk, Operator
from bot.services.desk import DeskWork, Said
from bot.services.tell import DELIVERED, NOT_SENT
from bot.telegram.sandbox.group import BIND_RIGHTS
from tests.region import REGION, Regional, alarms, said_in
from tests.town import Town, press, quick_sweeps, texts, until

AGAIN = "↻ "


@pytest.fixture(autouse=True)
def sweeps_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())


async def test_with_topics_switched_off_no_case_is_mixed_with_another_and_red_goes_to_the_national_desk(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        calm, _, topic = await regional.claimed("спокойно", "Спокойная")
        red, code, red_topic = await regional.claimed("он здесь", "Красная", red=True)
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
        red.write("он близко")
        waiting.write("ещё жду")
        await place.admin.sees("темы выключены", timeout=90)
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
        await said_in(national, there, "▎ он близко")
        talk = "".join(texts(national.messages(there)))
        assert talk.index("▎ он здесь") < talk.index("▎ я рядом") < talk.index("▎ он близко")
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
        over.write("он снова здесь")  # a red case that was closed lately is red again
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


@pytest.mark.parametrize("mended", [True, False])
async def test_an_answer_that_still_waits_when_its_group_gets_a_new_address_arrives_or_is_marked_there(
    place: Town, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    """Its first try goes wrong; when the next one is due it was written at an address that is none any more."""
    national, said = place.national, DeskWork.said
    assert national is not None
    tries: list[int] = []

    async def broken(self: DeskWork, desk: Desk, thread_id: int, operator: Operator | None, words: Said) -> None:
        tries.append(words.message_id)
        if national.id == old or not mended:
            raise RuntimeError
        await said(self, desk, thread_id, operator, words)

    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
    old = national.id
    monkeypatch.setattr(DeskWork, "said", broken)
    answer = place.operator.write("ответ", chat=national, topic=topic)
    await until(lambda: tries)
    await place.settled()
    national.upgrade()
    await place.settled()
    marks = [DELIVERED] if mended else [NOT_SENT]
    async with place.hurried():
        await until(
            lambda: [s.reactions for s in national.messages(topic) if s.message_id == answer] == [marks], timeout=90
        )
    assert any("ответ" in text for text in texts(teen.chat)) == mended


@pytest.mark.parametrize("first", ["somebody else", "she herself"])
async def test_a_deleted_group_sends_its_red_cases_to_the_national_desk(regional: Regional, first: str) -> None:
    """Nobody tells the bot that the group is gone: it learns it by the next words, whosesoever they are."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, _, _ = await regional.claimed("раз", "Одна")
        red, code, topic = await regional.claimed("он здесь", "Красная", red=True)
        regional.operator.write("я рядом", chat=group, topic=topic)
        await red.sees("я рядом")
        if first == "she herself":
            await place.settled()
        group.delete()
        (red if first == "she herself" else teen).write("он близко")
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
        words = ["▎ он здесь", "▎ я рядом", "▎ он близко", "▎ он тут"]
        there = [talk.count(word) for word in words if first == "she herself" or "близко" not in word]
        assert set(there) == {1}
        for _ in range(3):
            await place.move(31)
            await place.settled()
    assert alarms(place, "Нет связи") == 1


async def lose_group(place: Town) -> None:
    """The national desk's group is deleted while somebody writes to it."""
    assert place.national is not None
    teen, _, _ = await place.claimed("раз", language="Русский")
    await place.settled()
    place.national.delete()
    teen.write("два")
    await place.admin.sees("группа не найдена")


async def test_a_desk_whose_group_is_gone_can_be_given_a_new_one_and_what_waited_arrives_there(place: Town) -> None:
    async with place.hurried():
        await lose_group(place)
        fresh = await place.bind("Национальный", title="New")
        fresh.add(place.operator)
        await place.move(31)
        await fresh.sees("▎ два", timeout=90)


async def test_words_that_nobody_could_read_wait_for_the_group_that_takes_the_place_of_a_lost_one(place: Town) -> None:
    """They are in no case: from nowhere else could they be shown again."""
    async with place.hurried():
        await lose_group(place)
        place.push_raw('{"update_id":ID,"message":{"text":"слово ниоткуда"}}')
        await place.admin.sees("не прочитано")
        fresh = await place.bind("Национальный", title="New")
        await fresh.sees("▎ слово ниоткуда", topic=fresh.topic_named("Срочно"), timeout=90)
