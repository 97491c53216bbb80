"""Single messages: what answers what, what was changed, and what is taken back, on both sides of a talk."""

import itertools

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, RED, SAID
from tests.town import Town, heard, texts, until

TWO_DAYS = 48 * 3600


def of(group: Group, message_id: int) -> Shown:
    """A message of the group as it looks now."""
    return next(shown for shown in group.messages() if shown.message_id == message_id)


def under(group: Group, message_id: int) -> list[str]:
    """What the bot has replied to a message of the group."""
    return [shown.text for shown in group.messages() if shown.reply_to == message_id and shown.sender == "Senim"]


async def told(group: Group, message_id: int, key: str) -> None:
    """The bot says this under a message of the group."""
    said = SAID.text(key, "ru")
    await until(lambda: said in under(group, message_id))


def words(group: Group, topic: int) -> list[str]:
    """Her lines in a topic."""
    return [line for text in texts(group.messages(topic)) for line in text.split("\n") if line.startswith("▎")]


async def seen(place: Town, group: Group, topic: int, part: str) -> Shown:
    """Her words in the topic; the bot knows where they stand when this returns."""
    shown = await group.sees(part, topic=topic)
    await place.settled()
    return shown


async def heard_of(place: Town, teen: Phone, part: str) -> Shown:
    """The same of an answer in her chat."""
    shown = await teen.sees(part)
    await place.settled()
    return shown


async def both(place: Town, first: str = PLAIN) -> tuple[Group, Phone, str, int]:
    """A talk at the national desk, with a fresh minute."""
    assert place.national is not None
    teen, code, topic = await place.claimed(first, language="Русский")
    await place.settled()
    await place.move(61)
    return place.national, teen, code, topic


async def test_what_answers_a_message_replies_to_it_on_the_other_side(place: Town) -> None:
    async with place.hurried():
        group, teen, _, topic = await both(place)
        hers = next(s.message_id for s in teen.chat if s.text == PLAIN)
        await _threads_both_ways(place, group, teen, topic, hers)
        await _history_of_several(place, group)


async def _threads_both_ways(place: Town, group: Group, teen: Phone, topic: int, first: int) -> None:
    history = await seen(place, group, topic, PLAIN)
    place.operator.write("А когда?", chat=group, topic=topic, reply_to=history.message_id)
    answer = await heard_of(place, teen, "А когда?")
    assert answer.reply_to == first  # one message stands in the history: that is meant

    hers = teen.write("в июне, на две недели", reply_to=answer.message_id)
    shown = await seen(place, group, topic, "▎ в июне")
    assert of(group, shown.reply_to or 0).text == "А когда?"
    assert of(group, shown.reply_to or 0).sender == "Operator"

    place.operator.write("Точно две?", chat=group, topic=topic, reply_to=shown.message_id, quote="две недели")
    picked = await heard_of(place, teen, "Точно две?")
    assert picked.reply_to == hers
    assert picked.text.split("\n")[1:] == ["▎ две недели", "Точно две?"]

    teen.write("да", reply_to=picked.message_id, quote="Точно две")
    shown = await seen(place, group, topic, "▎ да")
    assert shown.text == "▎ ▎ Точно две\n▎ да"

    note = place.operator.write("// мать звонила нам в мае", chat=group, topic=topic)
    place.operator.write("Хорошо", chat=group, topic=topic, reply_to=note, quote="мать звонила")
    answer = await heard_of(place, teen, "Хорошо")
    assert (answer.reply_to, answer.text.split("\n")[1:]) == (None, ["Хорошо"])  # nothing of a note goes out

    long = "слово " * 900
    operators = place.operator.write("Расскажи подробно", chat=group, topic=topic)
    asked = await heard_of(place, teen, "Расскажи подробно")
    hers = teen.write(long[:4090], reply_to=asked.message_id)
    parts = await until(lambda: [s for s in group.messages(topic) if "слово слово" in s.text][1:] and
                        [s for s in group.messages(topic) if "слово слово" in s.text])  # fmt: skip
    assert [part.reply_to for part in parts] == [operators, None]
    for part in parts:
        text = f"Вижу {part.message_id}"
        place.operator.write(text, chat=group, topic=topic, reply_to=part.message_id)
        assert (await heard_of(place, teen, text)).reply_to == hers

    teen.delete(hers)
    place.operator.write("Ты тут?", chat=group, topic=topic, reply_to=parts[0].message_id)
    assert (await heard_of(place, teen, "Ты тут?")).reply_to is None  # what she has deleted at her side costs no word


async def _history_of_several(place: Town, group: Group) -> None:
    teen = await place.welcomed(name="Вторая", language="Русский")
    ids = [teen.write(text) for text in (PLAIN, "а ещё про кружок", "и про бассейн")]
    await place.move(46)
    card = await group.sees("про бассейн")
    topic = await place.take(card.text[2:10])
    history = await seen(place, group, topic, "про бассейн")
    place.operator.write("Расскажу про всё", chat=group, topic=topic, reply_to=history.message_id)
    assert (await heard_of(place, teen, "Расскажу про всё")).reply_to is None
    place.operator.write("Кружок есть", chat=group, topic=topic, reply_to=history.message_id, quote="ещё про кружок")
    answer = await heard_of(place, teen, "Кружок есть")
    assert answer.reply_to == ids[1]
    await place.settled()
    group.delete_topic(topic)
    teen.write("спасибо", reply_to=answer.message_id)
    shown = await group.sees("▎ спасибо")
    assert shown.thread_id != topic  # what she replied to stood in the old one


async def test_an_edit_is_shown_with_what_stood_there_before_and_nothing_is_overwritten(place: Town) -> None:
    async with place.hurried():
        group, teen, _, topic = await both(place)
        said = teen.write("брат ушёл в школу")
        first = await group.sees("▎ брат ушёл", topic=topic)
        teen.write("и ещё")
        await group.sees("▎ и ещё", topic=topic)
        for before, after in itertools.pairwise(["брат ушёл в школу", "сестра ушла в школу", "сестра ушла домой"]):
            teen.edit(said, after)
            shown = await group.sees(f"▎ {after}", topic=topic)
            clock = shown.text.split("\n")[0]
            assert shown.text == f"{clock}\n▎ {after}\n{SAID.text('line.was', 'ru')}\n▎ {before}"
            assert clock.startswith("✎ изменено ")
            assert shown.reply_to == first.message_id
        assert of(group, first.message_id).text == "▎ брат ушёл в школу"
        before_count = len(group.messages(topic))
        teen.edit(said, "сестра ушла домой")  # Telegram tells of edits that change no word
        teen.edit(said, RED["ru"])
        shown = await group.sees(f"▎ {RED['ru']}", topic=topic)
        assert "▎ сестра ушла домой" in shown.text
        await until(lambda: "112 —" in "".join(heard(teen)))
        assert len([s for s in group.messages(topic)[before_count:] if "▎ сестра ушла домой" in s.text]) == 1


async def test_an_operator_s_edit_changes_what_the_person_has_and_what_cannot_be_is_said(place: Town) -> None:
    async with place.hurried():
        group, teen, _, topic = await both(place)
        said = place.operator.write("Приходи в среду", chat=group, topic=topic)
        answer = await teen.sees("Приходи в среду")
        place.operator.edit(said, "Приходи в четверг", chat=group)
        await teen.sees("Приходи в четверг")
        now = next(s for s in teen.chat if s.message_id == answer.message_id)
        assert now.text == answer.text.replace("среду", "четверг")
        assert not any("среду" in text for text in heard(teen))
        assert under(group, said) == []

        place.operator.edit(said, "// приходи в пятницу", chat=group)
        await told(group, said, "line.edit_stays")
        place.operator.edit(said, "слово " * 680, chat=group)
        await told(group, said, "line.edit_not_sent")
        await until(lambda: "🤷" in of(group, said).reactions)
        assert any("четверг" in text for text in heard(teen))
        teen.delete(answer.message_id)
        place.operator.edit(said, "Приходи в воскресенье", chat=group)
        await told(group, said, "line.edit_vanished")

        note = place.operator.write("// между нами", chat=group, topic=topic)
        await until(lambda: of(group, note).reactions)
        place.operator.edit(note, "теперь человеку", chat=group)
        await told(group, note, "line.edit_not_sent")
        assert not any("теперь человеку" in text for text in heard(teen))


def of_hers(teen: Phone) -> list[str]:
    """What she has of an operator's."""
    known = ("слово слово", "это было давно", "это не мне")
    return [text for text in heard(teen) if any(part in text for part in known)]


async def test_an_operator_takes_back_what_she_wrote_and_nobody_else_s(place: Town) -> None:
    async with place.hurried():
        group, teen, _, topic = await both(place)
        other = place.sandbox.person("Other")
        group.add(other)
        old = place.operator.write("это было давно", chat=group, topic=topic)
        await teen.sees("это было давно")
        await place.settled()
        await place.move(TWO_DAYS)
        said = place.operator.write("слово " * 680, chat=group, topic=topic)
        await until(lambda: len([text for text in heard(teen) if "слово слово" in text]) == 2)
        place.operator.write("это не мне", chat=group, topic=topic)
        await teen.sees("это не мне")
        short = next(s.message_id for s in group.messages(topic) if s.text == "это не мне")
        note = place.operator.write("// заметка", chat=group, topic=topic)

        for who, what in ((other, said), (place.operator, note), (place.operator, None)):
            command = who.write("/del", chat=group, topic=topic, reply_to=what)
            await told(group, command, "del.not_yours")
        command = place.operator.write("/del", chat=group, topic=topic, reply_to=old)
        await told(group, command, "del.too_late")
        assert len(of_hers(teen)) == 4

        for what in (said, short):
            place.operator.write("/del", chat=group, topic=topic, reply_to=what)
            await told(group, what, "del.done")
        assert [text.split("\n")[1] for text in of_hers(teen)] == ["это было давно"]
        assert of(group, short).text == "это не мне"  # here it stays
        command = place.operator.write("/del", chat=group, topic=topic, reply_to=short)
        await told(group, command, "del.already")
        place.operator.edit(short, "всё-таки тебе", chat=group)
        await told(group, short, "line.edit_gone")

        refused_one = place.operator.write("и это тоже", chat=group, topic=topic)
        await teen.sees("и это тоже")
        said_no = "Bad Request: message can't be deleted for everyone"
        place.sandbox.faults.fail("deleteMessage", teen.id, code=400, description=said_no)
        place.operator.write("/del", chat=group, topic=topic, reply_to=refused_one)
        await told(group, refused_one, "del.too_late")
        place.operator.write("/del", chat=group, topic=topic, reply_to=refused_one)
        await told(group, refused_one, "del.done")
        assert not any("и это тоже" in text for text in heard(teen))
    async with place.written(await place.copied()) as tx:
        rows = await tx.all("SELECT id FROM message WHERE gone_at IS NOT NULL ORDER BY seq")
        kept = [await tx.messages.get(row["id"]) for row in rows]
    assert [message.incoming.text[:5] for message in kept if message] == ["слово", "это н", "и это"]
