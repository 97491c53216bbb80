"""Topics that somebody deleted, or of whose making nobody heard: they come back with what was said."""

import asyncio

import pytest

from bot import jobs
from tests.region import said_in
from tests.town import Town, press, quick_sweeps, texts, until


@pytest.fixture(autouse=True)
def sweeps_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())


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
    assert shown[0].buttons == [
        ["📝 Шаблон"], ["🔁 Передать"], ["🔴 Срочно"], ["⏰ Напомнить"], ["↩️ Вернуть в очередь"], ["✅ Закрыть"]
    ]  # fmt: skip
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
        await national.sees("▎ последнее", timeout=90)
        await place.settled()
        assert not [on for on in national.topics.values() if code in on.name and not on.deleted]
        assert any(code in shown.text and "🙋" in str(shown.buttons) for shown in national.messages())
