"""How a case ends or goes back: results, release, no request, a claimer who leaves or is silent, and other desks."""

import pytest

from bot import jobs
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.town import Town, press, quick_sweeps, texts, until


@pytest.fixture(autouse=True)
def sweeps_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())


RESULTS = {
    "Помогли": "Помогли", "Вызвали": "Вызвали экстренные службы", "мобильная группа": "Выезжала мобильная группа",
    "Нет ответа": "Нет ответа",
}  # fmt: skip
REASONS = ("Молчание", "Проверка", "Благодарность", "По ошибке", "Оскорбления")
OVER = "✅ "


def queue_card(place: Town, code: str, group: Group | None = None) -> Shown:
    """The newest message about the case in the queue topics."""
    group = group or place.national
    assert group is not None
    queues = [group.topic_named("Кезек"), group.topic_named("Срочно")]
    return [shown for shown in group.messages() if code in shown.text and shown.thread_id in queues][-1]


def told_aliases(teen: Phone) -> list[str]:
    """Who answers, as she was told, in order."""
    begin = "С вами на связи "
    return [text.removeprefix(begin).split(".")[0] for text in texts(teen.chat) if text.startswith(begin)]


async def second_operator(place: Town) -> Phone:
    assert place.national is not None
    other = place.sandbox.person("Second")
    place.national.add(other)
    await place.sandbox.idle()
    return other


async def test_each_result_closes_the_case_its_topic_and_its_cards_and_tells_the_person(place: Town) -> None:
    national = place.national
    assert national is not None
    for number, (label, result) in enumerate(RESULTS.items()):
        async with place.hurried():
            teen, code, topic = await place.claimed("мне плохо", name=f"N{number}", language="Русский")
            await press(place.operator, "Закрыть", chat=national, topic=topic)
            assert await press(place.operator, label, chat=national, topic=topic) == "Закрыто"
            await teen.sees(f"Разговор завершён, код {code}")
            await until(lambda topic=topic: national.topics[topic].closed)  # type: ignore[misc]  # as a default
            await place.settled()
        await place.move(61)
        await place.settled()
        assert national.topics[topic].name.startswith(OVER + code)
        assert queue_card(place, code).text == f"{code} · завершено"
        assert queue_card(place, code).buttons == []
        assert f"Итог: {result}." in "".join(texts(national.messages(topic)))
        card = next(shown for shown in national.messages(topic) if shown.text.startswith("⚪"))
        assert "завершено" in card.text
        assert card.buttons == []
        # Whoever writes in a closed topic is told that it goes nowhere.
        seen = len(teen.chat)
        national.promote(place.operator)  # only administrators can write in a closed topic
        late = place.operator.write("ещё одно", chat=national, topic=topic)
        reply = await until(lambda late=late: next((s for s in national.messages() if s.reply_to == late), None))  # type: ignore[misc]  # as a default
        assert "закрыт" in reply.text
        await place.settled()
        assert len(teen.chat) == seen


async def note_of(group: Group, message: int) -> None:
    """What an operator wrote is marked as a note."""
    await until(lambda: any("✍" in shown.reactions for shown in group.messages() if shown.message_id == message))


async def test_referred_asks_to_whom_and_the_answer_stays_with_the_operators(place: Town) -> None:
    national = place.national
    assert national is not None
    for number, way in enumerate(("line", "skip")):
        async with place.hurried():
            teen, code, topic = await place.claimed("мне плохо", name=f"N{number}", language="Русский")
            await press(place.operator, "Закрыть", chat=national, topic=topic)
            await press(place.operator, "Направили", chat=national, topic=topic)
            asked = await national.sees("Куда направили?", topic=topic)
            if way == "line":
                teen.write("а это далеко?")
                hers = await national.sees("▎ а это далеко?", topic=topic)  # her words are answered meanwhile
                place.operator.write("два квартала", chat=national, topic=topic, reply_to=hers.message_id)
                await teen.sees("два квартала")
                assert not national.topics[topic].closed
                place.operator.write("Центр «Мейірім», Тараз", chat=national, topic=topic, reply_to=asked.message_id)
            else:
                toast = await press(
                    place.operator, "Пропустить", chat=national, topic=topic, message_id=asked.message_id
                )
                assert toast == "Закрыто"
            await teen.sees(f"Разговор завершён, код {code}")
            await place.settled()
            if way == "line":  # the talk goes on, and the line is corrected: it is for operators still
                teen.write("спасибо")
                await national.sees("▎ спасибо", topic=topic)
                late = place.operator.write(
                    "Не туда: центр «Мейірім», Алматы", chat=national, topic=topic, reply_to=asked.message_id
                )
                await note_of(national, late)
                await place.settled()
        assert not any("Мейірім" in text for text in texts(teen.chat))
        assert "Итог: Направили" in "".join(texts(national.messages(topic)))
        await place.move(61)


@pytest.mark.parametrize("leaves", ["Назад", "Помогли", "Вернуть"])
async def test_a_question_that_was_left_open_never_swallows_words_for_the_person(place: Town, leaves: str) -> None:
    """ "Referred" was tapped, then something else: the next plain line of the claimer is for the person again."""
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed("мне плохо", language="Русский")
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Направили", chat=national, topic=topic)
        await national.sees("Куда направили?", topic=topic)
        if leaves == "Вернуть":
            await press(place.operator, "Назад", chat=national, topic=topic)
        await press(place.operator, leaves, chat=national, topic=topic)
        await place.settled()
        if leaves == "Помогли":
            await place.move(61)  # the group's minute is used up
            teen.write("вы ещё тут?")  # the talk goes on with the same claimer
            await national.sees("▎ вы ещё тут?", topic=topic)
        if leaves == "Вернуть":
            await place.take(code)
        await place.settled()
        place.operator.write("Держись, я рядом", chat=national, topic=topic)
        await teen.sees("Держись, я рядом")
        await place.settled()
    assert not national.topics[topic].closed


async def test_a_released_case_is_in_the_queue_again_and_the_next_claimer_gets_the_same_topic(place: Town) -> None:
    national = place.national
    assert national is not None
    other = await second_operator(place)
    teen, code, topic = await place.claimed("мне плохо", language="Русский")
    first = queue_card(place, code).message_id
    await place.move(61)
    assert await place.operator.tap("Вернуть", chat=national, topic=topic) == "Возвращено в очередь"
    await teen.sees(f"видят все операторы. Код: {code}.")
    await until(lambda: "🙋" in str(queue_card(place, code).buttons))
    card = queue_card(place, code)
    assert card.message_id != first
    assert "▎ мне плохо" in card.text
    teen.write("кто-нибудь?")
    await national.sees("▎ кто-нибудь?", topic=topic)
    refused = await place.forged(national, card.message_id, place.operator.user, f"r:{code}")
    assert refused.answer == "Закрыть или вернуть может только ответственный."
    await place.move(61)

    await other.tap("🙋", chat=national, message_id=card.message_id)
    await until(lambda: len(told_aliases(teen)) == 2)
    await place.settled()
    assert [t.id for t in national.topics.values() if code in t.name] == [topic]
    aliases = told_aliases(teen)
    assert len(set(aliases)) == 2
    place.operator.write("это уже не моё", chat=national, topic=topic)
    other.write("теперь отвечаю я", chat=national, topic=topic)
    assert (await teen.sees("теперь отвечаю я")).text.startswith(f"{aliases[1]}:")
    await place.settled()
    assert not any("не моё" in text for text in texts(teen.chat))
    await place.move(61)
    await place.settled()
    old = next(shown for shown in national.messages() if shown.message_id == first)
    assert old.text == f"{code} · карточка перенесена"
    assert old.buttons == []


async def test_no_request_is_said_from_the_queue_with_a_reason_by_anybody(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        for number, reason in enumerate(REASONS):
            teen, code = await place.case("ааа", name=f"N{number}", language="Русский")
            await place.move(46)
            card = await national.sees(code)
            await press(place.operator, "Не обращение", chat=national, message_id=card.message_id)
            label = await press(place.operator, reason, chat=national, message_id=card.message_id)
            assert label == "Закрыто"
            await national.sees(f"{code} · не обращение: {reason}")
            await teen.sees(f"Разговор завершён, код {code}")
            shown = queue_card(place, code)
            assert shown.text == f"{code} · не обращение: {reason}"
            assert shown.buttons == []
            assert not any(code in topic.name for topic in national.topics.values())


async def test_nobody_ends_a_red_case_without_taking_it(place: Town) -> None:
    national = place.national
    assert national is not None
    teen = await place.welcomed("Кира", "Русский")
    await press(teen, "🆘")
    await teen.sees("112")
    card = await until(lambda: next((s for s in national.messages() if s.text.startswith("🔴 ") and s.buttons), None))
    code = card.text.split()[1]
    assert card.thread_id == national.topic_named("Срочно")
    assert card.buttons == [["🙋 Взять в работу"]]
    for data in (f"n:{code}:mistake", f"n:{code}:abuse", f"x:{code}:helped", f"r:{code}"):
        assert (await place.forged(national, card.message_id, place.operator.user, data)).answer == (
            "Закрыть или вернуть может только ответственный."
        ), data
    assert not any("завершён" in text for text in texts(teen.chat))
    assert "🙋" in str(queue_card(place, code).buttons)
    teen.write("он дома")
    topic = await place.take(code)
    assert national.topics[topic].name.startswith(f"🔴 {code}")


@pytest.mark.parametrize("how", ["leaves", "is removed", "says nothing more", "never said anything"])
async def test_a_case_goes_back_to_the_queue_when_its_claimer_is_gone_or_silent(place: Town, how: str) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await place.claimed("мне плохо", language="Русский")
    await place.settled()
    if how == "leaves":
        national.remove(place.operator)
    elif how == "is removed":
        national.remove(place.operator, by=place.admin)
    elif how == "says nothing more":
        place.operator.write("я тут", chat=national, topic=topic)
        await teen.sees("я тут")
        await place.move(31 * 60)
        await place.sandbox.idle(quiet=1)  # the sweep has looked: nobody waits, nothing is released
        assert not any("передан" in text for text in texts(teen.chat))
        teen.write("вы где?")
        await national.sees("▎ вы где?", topic=topic)
        await place.move(29 * 60)
        teen.write("алло")
        await national.sees("▎ алло", topic=topic)
        await place.move(61)
    else:
        await place.move(30 * 60 + 1)
    await teen.sees(f"видят все операторы. Код: {code}.", timeout=9)
    await place.move(61)
    await place.settled()
    card = queue_card(place, code)
    assert "🙋" in str(card.buttons)
    assert "▎ мне плохо" in card.text


async def test_two_desks_never_see_or_touch_each_other_s_cases(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        region = await place.bind("Жамбылская", title="Taraz")
    her = place.sandbox.person("Regional")
    region.add(her)
    await place.sandbox.idle()
    teen, code = await place.case("я из Тараза", name="Одна", language="Русский")
    await press(teen, "Пропустить")
    await press(teen, "Жамбылская")
    card = await region.sees(code)
    other, there = await place.case("я не скажу откуда", name="Другая", language="Русский")
    await place.move(46)
    elsewhere = await national.sees(there)

    forged = [f"c:{code}", f"m:{code}:reasons", f"n:{code}:test", f"x:{code}:helped", f"r:{code}", f"nr:{code}"]
    for data in forged:
        tap = await place.forged(national, elsewhere.message_id, place.operator.user, data)
        assert tap.answer == "Этот разговор здесь уже не открыт.", data
    topic = await place.take(code, her, region)
    for data in forged:
        tap = await place.forged(national, elsewhere.message_id, place.operator.user, data)
        assert tap.answer == "Этот разговор здесь уже не открыт.", data
    mine = await place.take(there)
    # The same topic number in the other group is another topic.
    assert national.topics[mine].id == mine
    her.write("отвечаю из Тараза", chat=region, topic=topic)
    await teen.sees("отвечаю из Тараза")
    await place.settled()
    assert not any("Тараза" in text for text in texts(other.chat))
    assert code not in "".join(showing.text for showing in place.sandbox.journal.to(national))
    assert "я из Тараза" not in "".join(showing.text for showing in place.sandbox.journal.to(national))
    assert there not in "".join(showing.text for showing in place.sandbox.journal.to(region))
    # A member of one desk is nobody at the other.
    tap = await place.forged(region, card.message_id, place.operator.user, f"r:{code}")
    assert tap.answer == "Вас нет в этой группе операторов."
