"""A case goes to a colleague, to the national desk, or to another region; until it is accepted nothing changes."""

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, SAID
from tests.flow.test_shifts import red_cards
from tests.region import Regional, on_shift, reached
from tests.town import Town, heard, labels, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

LINES = ("Ссора дома", "Выслушали", "Ждёт звонка")
OLD = SAID.text("toast.old_button", "ru")


async def gives(giver: Phone, group: Group, topic: int, label: str, *, region: str | None = None) -> None:
    """The claimer says to whom, and writes her three lines."""
    card = await until(lambda: next((s for s in group.messages(topic) if "🔁 Передать" in labels(s)), None))
    await press(giver, "🔁 Передать", chat=group, message_id=card.message_id)
    await press(giver, label, chat=group, message_id=card.message_id)
    if region is not None:
        await press(giver, region, chat=group, message_id=card.message_id)
    for number, line in enumerate(LINES, 1):
        asked = await group.sees(f"🔁 {number} из 3", topic=topic)
        giver.write(line, chat=group, topic=topic, reply_to=asked.message_id)


def aliases(teen: Phone) -> list[str]:
    """Who answers, as she was told."""
    begin = "С вами на связи "
    return [text.removeprefix(begin).split(".")[0] for text in heard(teen) if text.startswith(begin)]


def deleted(group: Group, topic: int) -> bool:
    return group.topics[topic].deleted


async def test_a_colleague_accepts_and_until_then_the_giver_answers(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        other = await on_shift(place, national, "Other")
        teen, _, topic = await place.claimed(PLAIN, language="Русский")
        note = place.operator.write("// школа №7", chat=national, topic=topic)
        await until(lambda: any("✍" in s.reactions for s in national.messages(topic) if s.message_id == note))
        card = next(shown for shown in national.messages(topic) if any("🔁" in one for one in labels(shown)))
        await press(place.operator, "🔁 Передать", chat=national, message_id=card.message_id)
        heir = await until(
            lambda: next((one for one in _buttons(national, card) if one.startswith("🔁 Передать: ")), None)
        )
        await press(place.operator, heir, chat=national, message_id=card.message_id)
        asked = await national.sees("🔁 1 из 3", topic=topic)
        # Another question takes its place: what replies to it is not believed to be on its way.
        for choice in ("Закрыть", "Направили"):
            await press(place.operator, choice, chat=national, message_id=card.message_id)
        await national.sees("➡️❓", topic=topic)
        place.operator.write("не дошло", chat=national, topic=topic, reply_to=asked.message_id)
        await national.sees(SAID.text("pass.unheard", "ru"), topic=topic)
        known = {shown.message_id for shown in national.messages(topic)}
        for choice in ("Назад", "🔁 Передать", heir):
            await press(place.operator, choice, chat=national, message_id=card.message_id)
        fresh = await until(
            lambda: [s for s in national.messages(topic) if s.message_id not in known and "🔁 1" in s.text]
        )
        asked = fresh[0]
        place.operator.write("подождите минуту", chat=national, topic=topic)  # no reply to the question: for her
        await teen.sees("подождите минуту")
        place.operator.write("// сначала подумаю", chat=national, topic=topic, reply_to=asked.message_id)
        place.operator.write(LINES[0], chat=national, topic=topic, reply_to=asked.message_id)
        for number, line in enumerate(LINES[1:], 2):
            asked = await national.sees(f"🔁 {number} из 3", topic=topic)
            place.operator.write(line, chat=national, topic=topic, reply_to=asked.message_id)
        offer = await national.sees("вам передают этот разговор", topic=topic)
        late = place.operator.write("мать не знает", chat=national, topic=topic, reply_to=asked.message_id)
        await until(lambda: any("✍" in s.reactions for s in national.messages(topic) if s.message_id == late))
        assert sum(SAID.text("pass.unheard", "ru") in s.text for s in national.messages(topic)) == 1
        place.operator.edit(late, "мать пока не знает", chat=national)
        told = await other.sees("Передают разговор")
        assert told.protected
        summary = await national.sees("▎ Чего ждёт человек: Ждёт звонка", topic=topic)
        assert summary.text.startswith("✍ ")
        assert await press(place.operator, "Принять", chat=national, message_id=offer.message_id) == OLD
        place.operator.write("я ещё с вами", chat=national, topic=topic)
        await teen.sees("я ещё с вами")
        other.write("а я ещё нет", chat=national, topic=topic)
        assert await press(other, "Принять", chat=national, message_id=offer.message_id) == SAID.text(
            "toast.accepted", "ru"
        )
        await national.sees("Передано. Теперь отвечает", topic=topic)
        await until(lambda: len(set(aliases(teen))) == 2)
        other.write("теперь отвечаю я", chat=national, topic=topic)
        await teen.sees("теперь отвечаю я")
        place.operator.write("это уже заметка", chat=national, topic=topic)
        await until(lambda: "передано" in _text(national, offer))
        await place.settled()
        assert await press(other, "Передать", chat=national, topic=topic) is None
    said = "".join(heard(teen))
    assert not [word for word in (*LINES, "школа №7", "мать", "сначала подумаю", "ещё нет", "заметка") if word in said]

    # Whoever reads the case in a new topic reads the notes, too, as notes.
    async with place.hurried():
        await place.settled()
        national.delete_topic(topic)
        teen.write("есть кто?")
        await until(lambda: any("Темы больше нет" in s.text or "▎ школа №7" in s.text for s in national.messages()))
        history = await national.sees("▎ школа №7")
    lines = history.text.split("\n")
    assert lines[lines.index("▎ школа №7") - 1].startswith("✍ ")
    assert "▎ Что случилось: Ссора дома" in lines
    assert "▎ а я ещё нет" in lines
    stored = await place.rows("SELECT direction, body FROM message")
    assert {row["direction"] for row in stored} == {"in", "out", "note", "summary"}
    assert not [row for row in stored if "школа".encode() in row["body"]]


def _buttons(group: Group, card: Shown) -> list[str]:
    return labels(next(shown for shown in group.messages() if shown.message_id == card.message_id))


def _text(group: Group, message: Shown) -> str:
    return next(shown.text for shown in group.messages() if shown.message_id == message.message_id)


async def test_what_nobody_accepts_comes_back_and_the_clock_of_a_red_silence_never_stops(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        other = await on_shift(place, national, "Other")
        teen, code, topic = await place.claimed(PLAIN, language="Русский")
        await gives(place.operator, national, topic, "🔁 Передать: ")
        offer = await national.sees("вам передают этот разговор", topic=topic)
        await place.settled()
    await place.move(5 * 60 + 1)
    await national.sees("за 5 минут никто не принял", topic=topic)
    await place.operator.sees(f"{code}: передать не получилось")
    await until(lambda: "больше не передают" in _text(national, offer))
    place.operator.write("я здесь", chat=national, topic=topic)
    await teen.sees("я здесь")

    # A red one: five minutes of the giver's silence, and it rings for all, whatever was offered meanwhile.
    await place.move(61)
    await press(teen, "🆘")
    await national.sees("🆘", topic=topic)
    async with place.hurried():
        await place.settled()
    await place.move(61)
    await gives(place.operator, national, topic, "🔁 Передать: ")
    offer = await national.sees("вам передают этот разговор", topic=topic)
    assert not red_cards(national, code)
    await place.move(4 * 60)
    await until(lambda: red_cards(national, code))
    assert await press(other, "Принять", chat=national, message_id=offer.message_id) == OLD
    async with place.hurried():
        await until(lambda: "больше не передают" in _text(national, offer))


async def test_a_region_gives_to_the_national_desk_which_sees_no_word_before_it_accepts(
    place: Town, regional: Regional
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        await reached(place, regional.operator, regional.group)
        teen, code, topic = await regional.claimed(PLAIN, "Одна")
        regional.operator.write("// школа №7", chat=regional.group, topic=topic)
        await gives(regional.operator, regional.group, topic, "📨")
        card = await national.sees(
            f"{code} · 🔁 передают из: Жамбылская область", topic=national.topic_named("Очередь")
        )
        await place.settled()
        before = "".join(showing.text for showing in place.sandbox.journal.to(national))
        assert not [word for word in (PLAIN, *LINES, "школа №7") if word in before]
        regional.operator.write("пока я с вами", chat=regional.group, topic=topic)
        await teen.sees("пока я с вами")
        teen.write("спасибо, жду")
        await regional.group.sees("▎ спасибо, жду", topic=topic)
        assert await press(place.operator, "Принять", chat=national, message_id=card.message_id) is not None
        await until(lambda: any(code in one.name for one in national.topics.values()))
        there = national.topic_named(code)
        history = await national.sees("▎ спасибо, жду", topic=there)
        assert all(f"▎ {word}" in history.text for word in (PLAIN, "школа №7", "Что случилось: Ссора дома"))
        await until(lambda: deleted(regional.group, topic))
        await regional.operator.sees(f"{code}: приняли в группе: Национальный дежурный")
        await until(lambda: len(set(aliases(teen))) == 2)
        place.operator.write("теперь отвечаю я", chat=national, topic=there)
        await teen.sees("теперь отвечаю я")
        await until(lambda: "передано" in _text(national, card))
        assert _buttons(national, card) == []


async def test_another_region_gets_the_summary_with_her_yes_and_no_word_from_before(
    place: Town, regional: Regional
) -> None:
    national = place.national
    async with place.hurried():
        there = await place.bind("Алматинская", title="Almaty")
        her = place.sandbox.person("Almaty operator")
        there.add(her)
        teen, code, topic = await regional.claimed(PLAIN, "Одна")
        regional.operator.write("расскажите", chat=regional.group, topic=topic)
        await teen.sees("расскажите")
        early = teen.write("ещё про бассейн")
        teen.send("photo")
        await until(lambda: [shown for shown in regional.group.messages(topic) if shown.kind == "photo"])
        for answer in ("Нет", "Да"):
            await gives(regional.operator, regional.group, topic, "В другую", region="Алматинская")
            asked = await teen.sees("Куда: Алматинская область")
            assert code not in "".join(texts(there.messages()))
            await press(teen, answer, message_id=asked.message_id)
            if answer == "Нет":
                await regional.group.sees("не хочет в другую область", topic=topic)
                await place.settled()
                await place.move(61)
        card = await there.sees(f"{code} · 🔁 передают из: Жамбылская область")
        teen.write("я уже собираюсь")
        await regional.group.sees("▎ я уже собираюсь", topic=topic)
        await press(her, "Принять", chat=there, message_id=card.message_id)
        await until(lambda: any(code in one.name for one in there.topics.values()))
        mine = there.topic_named(code)
        history = await there.sees("▎ я уже собираюсь", topic=mine)
        assert "▎ Что сделано: Выслушали" in history.text
        await teen.sees("операторы другого региона: Алматинская область")
        her.write("здравствуйте, я из Алматы", chat=there, topic=mine)
        await teen.sees("я из Алматы")
        teen.edit(early, "ещё про кружок")  # what stood there before was said to the other region
        await there.sees("▎ ещё про кружок", topic=mine)
        teen.send("photo")
        await until(lambda: [shown for shown in there.messages(mine) if shown.kind == "photo"])
        await place.settled()
        # Also what is shown again later, in a new topic or in the queue, goes back no further.
        there.delete_topic(mine)
        teen.write("ещё одно")
        await until(lambda: any("▎ ещё одно" in s.text and s.thread_id != mine for s in there.messages()))
        again = there.topic_named(code)
        await press(her, "Вернуть", chat=there, topic=again)
        await until(lambda: any(code in s.text and "🙋" in str(s.buttons) for s in there.messages()))
        # What the first region's operator wrote, the national supervisor alone can still read, for a day.
        assert national is not None
        for group in (there, regional.group):
            group.owner.write(f"/said {code}", chat=group, topic=group.topic_named("Смена"))
        await regional.group.sees(SAID.text("answers.unknown", "ru"))
        national.owner.write(f"/said {code}", chat=national, topic=national.topic_named("Смена"))
        read = await national.sees("▎ расскажите")
        assert read.protected
        assert read.thread_id is not None
        assert national.topics[read.thread_id].name == SAID.text("topic.said", "ru", number=code)
        await there.sees(SAID.text("answers.head", "ru", code=code))
        await place.settled()
        await place.move(24 * 3600 + 1)
        await until(lambda: national.topics[read.thread_id or 0].deleted)
    shown = "".join(showing.text for showing in place.sandbox.journal.to(there))
    assert "▎ я уже собираюсь" in shown
    assert not [word for word in (PLAIN, "расскажите", "про бассейн") if word in shown]
    files = place.sandbox.journal.sent(there.id, method="sendPhoto")
    assert {str(call.params["caption"]).split(" ")[0] for call in files} == {"№2"}
