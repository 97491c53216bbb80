"""Who is heard: the claimer's plain words go to the person under an alias, everything else stays in the group."""

import regex

from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from bot.telegram.sandbox.world import ANONYMOUS
from tests.danger import SAID
from tests.town import Town, texts, until

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ALIAS_LINE = 80


def from_bot(teen: Phone) -> list[Shown]:
    return [shown for shown in teen.chat if not shown.mine]


def of(place: Town, message_id: int) -> Shown:
    """A message of the national desk as it looks now."""
    assert place.national is not None
    return next(shown for shown in place.national.messages() if shown.message_id == message_id)


def replies(place: Town, message_id: int) -> list[str]:
    assert place.national is not None
    return [shown.text for shown in place.national.messages() if shown.reply_to == message_id]


async def marked(place: Town, message_id: int) -> str:
    """The bot's reaction on an operator's message."""
    return (await until(lambda: of(place, message_id).reactions))[0]


async def test_only_the_claimer_s_plain_words_go_to_the_person_and_under_an_alias(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed("мне плохо", language="Русский")
    other = place.sandbox.person("Other Name", username="other_name")
    national.add(other)
    alias = next(text for text in texts(teen.chat) if "на связи" in text).split("на связи ")[1].split(".")[0]
    await place.move(61)

    said = place.operator.write("Здравствуй.\nЯ **operator** рядом", chat=national, topic=topic)
    answer = await teen.sees("рядом")
    assert answer.text == f"{alias}:\nЗдравствуй.\nЯ **operator** рядом"
    assert not answer.protected  # she may need it as evidence
    assert await marked(place, said) == "👌"

    before = len(teen.chat)
    notes = [
        place.operator.write("// позвонить в опеку", chat=national, topic=topic),
        other.write("я бы спросила про школу", chat=national, topic=topic),
        other.write("//тоже заметка", chat=national, topic=topic),
        other.send("photo", chat=national, topic=topic, caption="скрин"),
    ]
    for note in notes:
        assert await marked(place, note) == "✍"
        assert replies(place, note) == []
    await place.move(61)

    off = {kind: f"undelivered.off_{kind}" for kind in ("voice", "photo", "document")}
    for kind in (*off, "sticker", "location"):
        sent = place.operator.send(kind, chat=national, topic=topic)
        assert await marked(place, sent) == "🤷", kind
        await until(lambda sent=sent: replies(place, sent))  # type: ignore[misc]  # bound as a default
        assert replies(place, sent)[0] == SAID.text(off.get(kind, "undelivered.kind"), "ru")
    await place.move(61)

    for typed in ("/T школа", "/hepl", "/desks"):
        sent = place.operator.write(typed, chat=national, topic=topic)
        assert await marked(place, sent) == "🤷", typed
        await until(lambda sent=sent: replies(place, sent))  # type: ignore[misc]  # bound as a default
        assert replies(place, sent)[0] == SAID.text("undelivered.command", "ru")
    await place.move(61)

    hidden = national.owner.write("от имени группы", chat=national, topic=topic, anonymous=True)
    assert await marked(place, hidden) == "🤷"
    await until(lambda: replies(place, hidden))
    assert "анонимность" in replies(place, hidden)[0]

    for note in (said, notes[0]):
        place.operator.edit(note, "// исправлено" if note == notes[0] else "Здравствуй! Я рядом.", chat=national)
    assert (await teen.sees("Здравствуй! Я рядом.")).message_id == answer.message_id
    assert replies(place, said) == replies(place, notes[0]) == []

    ignored = [
        place.operator.write("в общую тему", chat=national),
        place.operator.write("ответ в общей теме", chat=national, reply_to=national.messages(1)[0].message_id),
    ]
    _from(place, topic, place.operator.user, "через бот", via_bot={"id": 5, "is_bot": True, "first_name": "Inline"})
    _from(place, topic, {"id": 6_000_000_001, "is_bot": True, "first_name": "Another"}, "я бот")
    channel = {"id": -1001999999999, "type": "channel", "title": "Channel"}
    _from(place, topic, ANONYMOUS, "от канала", sender_chat=channel)
    await place.settled()
    assert all(of(place, message).reactions == [] for message in ignored)

    await place.settled()
    assert len(teen.chat) == before, place.sandbox.journal.to(teen)[-1].text
    shown = "".join(showing.text for showing in place.sandbox.journal.to(teen))
    assert "Operator" not in shown
    assert "Other" not in shown
    assert str(place.operator.id) not in shown


def _from(place: Town, topic: int, user: dict[str, object], text: str, **fields: object) -> None:
    """A message in a topic that no phone of ours can send."""
    assert place.national is not None
    chat = place.national.chat
    message = {
        "message_id": chat.last_id, "date": 1_790_000_000, "from": user, "chat": chat.json(), "text": text,
        "message_thread_id": topic, "is_topic_message": True, **fields,
    }  # fmt: skip
    place.sandbox.push({"message": message})


async def test_the_sign_of_delivery_is_left_out_when_half_of_the_group_s_minute_is_used(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed("мне плохо", language="Русский")
    await place.move(61)
    for number in range(11):
        teen.write(f"слово {number}")
    await national.sees("слово 10", topic=topic)
    said = place.operator.write("я тут", chat=national, topic=topic)
    await teen.sees("я тут")
    note = place.operator.write("// заметка", chat=national, topic=topic)
    assert await marked(place, note) == "✍"  # this one always comes
    assert of(place, said).reactions == []
    assert not place.sandbox.faults.waiting
    assert [call for call in place.sandbox.journal.calls if call.error_code == 429] == []


async def test_an_operator_s_text_of_any_length_arrives_whole_and_no_letter_is_cut_in_two(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed("мне плохо", language="Русский")
    written = {
        "words": " ".join(f"слово{number}" for number in range(600))[:6000],
        "one": "ж" * 6000,
        "families": FAMILY * 585,
        "flags": "\U0001f1f0\U0001f1ff" * 1024,
        "marks": ("а" + "\u0301" * 3) * 1023,
        "lines": "строка\r\n\n" * 500,
    }
    async with place.hurried():
        for name, text in written.items():
            seen = len(from_bot(teen))
            _from(place, topic, place.operator.user, text)
            await until(lambda seen=seen: len(from_bot(teen)) >= seen + 2)  # type: ignore[misc]  # as a default
            await place.settled()
            parts = texts(from_bot(teen)[seen:])
            assert len(parts) == 2, name
            assert all(len(part) <= 4096 for part in parts)
            parts[0] = parts[0].split(":\n", 1)[1]
            whole = "".join(parts)
            assert "".join(whole.split()) == "".join(text.split()), name
            graphemes = [regex.findall(r"\X", part) for part in parts]
            assert [g for part in graphemes for g in part if not g.isspace()] == [
                g for g in regex.findall(r"\X", text) if not g.isspace()
            ], name


async def test_words_to_somebody_who_cannot_be_reached_come_back_with_the_reason(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        for name, gone in (("Один", "blocks"), ("Два", "deactivates")):
            teen, _, topic = await place.claimed("мне плохо", name=name, language="Русский")
            await place.settled()
            if gone == "blocks":
                teen.block()
                await national.sees("заблокировал", topic=topic)
            else:
                teen.deactivate()
            said = place.operator.write("ты где?", chat=national, topic=topic)
            assert await marked(place, said) == "🤷", gone
            await until(lambda said=said: replies(place, said))  # type: ignore[misc]  # bound as a default
            assert "заблокировал" in replies(place, said)[0]
            if gone == "blocks":
                teen.unblock()
                await national.sees("разблокировал", topic=topic)
                place.operator.write("с возвращением", chat=national, topic=topic)
                await teen.sees("с возвращением")
