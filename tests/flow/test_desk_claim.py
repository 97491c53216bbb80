"""Taking a case: one winner, the words so far in order, and everybody who may not."""

import asyncio

from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.world import ANONYMOUS
from tests.town import Town, press, texts, until

OPERATORS = 20


async def test_of_twenty_operators_who_take_a_case_at_once_exactly_one_gets_it(place: Town) -> None:
    national = place.national
    assert national is not None
    others = [place.sandbox.person(f"Secret Name {number}") for number in range(1, OPERATORS)]
    for other in others:
        national.add(other)
    operators = [place.operator, *others]
    teen, code = await place.case("мне плохо", language="Русский")
    await place.move(46)
    card = await national.sees(code)

    toasts = await asyncio.gather(
        *[one.tap("🙋", chat=national, message_id=card.message_id, timeout=90) for one in operators]
    )
    assert toasts.count("Взято в работу. Тема открывается.") == 1
    lost = [toast for toast in toasts if toast != "Взято в работу. Тема открывается."]
    assert len(lost) == OPERATORS - 1
    (told,) = set(lost)  # all the same words
    assert told is not None
    alias = told.removeprefix("Уже в работе: ")
    assert 2 < len(alias) < 20

    await until(lambda: any("▎ мне плохо" in text for text in texts(national.messages(national.topic_named(code)))))
    await place.settled()
    assert sum(code in topic.name for topic in national.topics.values()) == 1
    assert sum("на связи" in text for text in texts(teen.chat)) == 1
    assert any(text.startswith(f"С вами на связи {alias}. Можно писать.\n") for text in texts(teen.chat))
    assert any(f"Отвечает: {alias}" in text for text in texts(national.messages(national.topic_named(code))))
    await national.sees(f"{code} · в работе: {alias}", topic=national.topic_named("Кезек"))
    assert "Secret Name" not in "".join(showing.text for showing in place.sandbox.journal.to(teen))

    # The winner taps once more: nothing changes, and nobody is told that somebody else was faster.
    winner = operators[toasts.index("Взято в работу. Тема открывается.")]
    before = len(national.topics), len(teen.chat)
    again = await place.forged(national, card.message_id, winner.user, f"c:{code}")
    assert again.answer is None or "Уже" not in again.answer
    await place.settled()
    assert (len(national.topics), len(teen.chat)) == before


async def test_a_tap_counts_only_for_members_who_are_somebody_and_only_when_telegram_says_so(place: Town) -> None:
    national = place.national
    assert national is not None
    left = place.sandbox.person("Left")
    national.add(left)
    _, code = await place.case("мне плохо", language="Русский")
    await place.move(46)
    card = await national.sees(code)

    async def tapped(user: dict[str, object]) -> str | None:
        return (await place.forged(national, card.message_id, user, f"c:{code}")).answer

    # Known as a member a moment ago, then gone: what was remembered of her is void at once.
    assert (await place.forged(national, card.message_id, left.user, "m:ТК-00000:")).answer is not None
    national.remove(left)
    await place.sandbox.idle()
    assert await tapped(left.user) == "Вас нет в этой группе операторов."
    assert await tapped(place.sandbox.person("Never").user) == "Вас нет в этой группе операторов."
    assert await tapped(ANONYMOUS) == "Выключите анонимность администратора и нажмите снова."

    faults = place.sandbox.faults
    for trouble in ("error", "cut", "flood", "hang"):
        if trouble == "error":
            faults.server_error("getChatMember")
        elif trouble == "cut":
            faults.cut_before("getChatMember")
        elif trouble == "flood":
            faults.flood(3, "getChatMember")
        else:
            faults.hang(4, "getChatMember")
        assert await tapped(place.operator.user) == "Telegram не подтвердил, что вы в группе. Нажмите ещё раз.", trouble
        assert "Взять" in str((await national.sees(code)).buttons)
        await place.move(3)
    assert not any(code in topic.name for topic in national.topics.values())
    assert await tapped(place.operator.user) == "Взято в работу. Тема открывается."


async def test_the_words_so_far_come_in_order_in_as_few_messages_as_fit_and_later_words_after_them(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    teen, code = await place.case("слово 1", language="Русский")
    teen.write("слово 2")
    await place.move(46)
    card = await national.sees(code)
    teen.write("слово 3")  # between the card and the claim
    await place.sandbox.idle()
    place.sandbox.faults.hang(1.5, "createForumTopic")
    await press(place.operator, "🙋", chat=national, message_id=card.message_id)
    await until(lambda: any(call.method == "createForumTopic" and not call.ok for call in place.sandbox.journal.calls))
    teen.write("слово 4")  # while the topic is being made
    teen.write("слово 5")
    await until(lambda: any(code in topic.name for topic in national.topics.values()))
    topic = national.topic_named(code)
    await national.sees("▎ слово 5", topic=topic)
    said = [text for text in texts(national.messages(topic)) if "▎" in text]
    assert [line for text in said for line in text.split("\n") if "▎" in line] == [
        f"▎ слово {number}" for number in range(1, 6)
    ]
    assert said[0].startswith("Сообщения до этого: 3\n")
    assert said[1:] == ["▎ слово 4", "▎ слово 5"]
    card_in_topic, *_ = [s for s in national.messages(topic) if s.kind == "text"]
    assert code in card_in_topic.text
    await until(lambda: card_in_topic.message_id in national.chat.pinned)
    assert all(shown.protected for shown in national.messages(topic) if shown.kind == "text")


async def test_a_long_history_is_packed_and_nothing_of_it_is_cut(place: Town) -> None:
    national = place.national
    assert national is not None
    written = [f"{number:02d} " + "жылау " * 55 for number in range(30)] + ["ж" * 4096]
    teen, code = await place.case(written[0], language="Русский")
    for words in written[1:]:
        teen.write(words)
    await place.move(46)
    topic = await place.take(code)
    await place.settled()
    await place.move(61)
    await place.settled()
    said = [text for text in texts(national.messages(topic)) if "▎" in text]
    lines = [line.removeprefix("▎ ") for text in said for line in text.split("\n") if line.startswith("▎ ")]
    assert lines[:30] == [words.strip() for words in written[:30]]
    assert "".join(lines[30:]) == "ж" * 4096
    length = sum(len(text) for text in said)
    assert len(said) <= length // 4096 + 2, "joined into as few as fit"
    assert all(len(text) <= 4096 for text in said)


def _aliases(teen: Phone) -> list[str]:
    return [text.split("на связи ")[1].split(".")[0] for text in texts(teen.chat) if "на связи " in text]


async def test_each_operator_has_an_alias_of_her_own(place: Town) -> None:
    assert place.national is not None
    second = place.sandbox.person("Second")
    place.national.add(second)
    aliases = set()
    async with place.hurried():
        for name, operator in (("Один", place.operator), ("Два", second), ("Три", place.operator)):
            teen, code = await place.case("мне плохо", name=name, language="Русский")
            await place.move(46)
            await place.take(code, operator)
            await teen.sees("на связи")
            aliases.update(_aliases(teen))
    assert len(aliases) == 2
    assert not aliases & {"Operator", "Second"}
