"""A person takes back a single message: it goes from whatever shows it to operators, and from the disk."""

import pytest

from bot.domain.cases import BURST
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, RED, SAID, red_card
from tests.region import Regional, reached
from tests.town import Town, code_in, heard, labels, press, texts, until

TAKEN = SAID.text("line.taken_back", "ru")
UNSAY = SAID.text("button.unsay", "ru")
FIRST, SECOND, THIRD = PLAIN, "ещё про бассейн", "и сколько стоит"


async def choose(place: Town, teen: Phone, begins: str) -> None:
    """She asks to take back one of her messages, and taps it."""
    await place.settled()
    before = len(teen.chat)
    teen.write("/del")
    asked = await until(lambda: next((s for s in teen.chat[before:] if s.text.startswith("Какое")), None))
    await press(teen, begins, message_id=asked.message_id)


async def is_told(teen: Phone, key: str, times: int = 1) -> None:
    said = SAID.text(key, "ru")
    await until(lambda: heard(teen).count(said) == times)


def nowhere(group: Group, part: str) -> bool:
    """Whether nothing in the group shows it any more; a test that never saw it there finds nothing."""
    return not any(part in text for text in texts(group.messages()))


def of(group: Group, message_id: int) -> Shown:
    return next(shown for shown in group.messages() if shown.message_id == message_id)


async def test_before_anybody_has_the_case_one_message_or_all_can_be_taken_back(place: Town) -> None:
    group = place.national
    assert group is not None
    async with place.hurried():
        teen = await place.welcomed(language="Русский")
        teen.write("/del")
        await is_told(teen, "unsay.nothing")
        teen.write(FIRST)
        await teen.sees("Код разговора")
        first = next(s for s in teen.chat if "Код разговора" in s.text)
        assert labels(first) == [SAID.text("button.take_back", "ru")]  # one message is the whole case
        await place.move(46)
        card = await group.sees(FIRST)
        await place.settled()
        await place.move(BURST // 1000 + 1)
        teen.write(SECOND)
        await press(teen, UNSAY)  # under the second receipt
        asked = await teen.sees("Какое сообщение убрать?")
        assert [label.split(" · ")[-1] for label in labels(asked)] == [
            SECOND, FIRST, SAID.text("button.take_back_all", "ru"),
        ]  # fmt: skip
        await until(lambda: SECOND in of(group, card.message_id).text)
        await press(teen, FIRST, message_id=asked.message_id)
        await is_told(teen, "unsay.done")
        await until(lambda: FIRST not in of(group, card.message_id).text)
        assert SECOND in of(group, card.message_id).text

        old = SAID.text("toast.old_button", "ru")
        assert await press(teen, FIRST, message_id=asked.message_id) == old
        await choose(place, teen, SECOND)  # nothing is left of it
        await is_told(teen, "took_back.done")
        await until(lambda: nowhere(group, SECOND))
        assert of(group, card.message_id).text == SAID.text("card.line.withdrawn", "ru", code=code_in(first.text))
    rows = await place.rows("SELECT (SELECT COUNT(*) FROM message) + (SELECT COUNT(*) FROM shown) AS n")
    assert rows[0]["n"] == 0


async def test_the_last_message_of_a_case_that_was_answered_goes_and_the_answers_stay(place: Town) -> None:
    group = place.national
    assert group is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(FIRST, language="Русский")
        place.operator.write("я с тобой", chat=group, topic=topic)
        await teen.sees("я с тобой")
        await place.settled()
        await press(place.operator, SAID.text("button.release", "ru"), chat=group, topic=topic)
        await teen.sees(SAID.text("operator_left", "ru", code=code, adult=True))
        await choose(place, teen, FIRST)
        await is_told(teen, "unsay.done")
        await until(lambda: nowhere(group, FIRST))
    rows = await place.rows("SELECT direction FROM message WHERE direction = 'out'")
    assert len(rows) == 1, "a supervisor can still read it"


async def test_a_photo_goes_with_the_words_that_it_came_with(place: Town) -> None:
    group = place.national
    assert group is not None

    def photos() -> list[Shown]:
        return [shown for shown in group.messages(topic) if shown.kind == "photo"]

    async with place.hurried():
        teen, _, topic = await place.claimed(FIRST, language="Русский")
        sent = teen.send("photo", caption=SECOND)
        teen.send("photo", caption=THIRD)
        await until(lambda: len(photos()) == 2)
        await group.sees(SECOND, topic=topic)
        await place.settled()
        teen.write("/del", reply_to=sent)
        await is_told(teen, "unsay.done")
        await until(lambda: nowhere(group, SECOND) and len(photos()) == 1)
        await place.settled()
    assert photos()[0].text.startswith("№2")
    rows = await place.rows("SELECT state, body IS NULL AND source IS NULL AS bare FROM media ORDER BY number")
    assert [tuple(row) for row in rows] == [("refused", 1), ("ready", 0)]
    assert not any("№1" in text for text in texts(group.messages(topic)) if "⚠" in text)


async def test_what_is_taken_back_goes_from_the_topic_and_from_the_disk(place: Town) -> None:
    group = place.national
    assert group is not None
    async with place.hurried():
        teen = await place.welcomed(language="Русский")
        for text in (FIRST, SECOND, THIRD):
            teen.write(text)
        await teen.sees("Код разговора")
        await place.move(46)
        card = await group.sees(THIRD)
        topic = await place.take(card.text[2:10])
        history = await group.sees(THIRD, topic=topic)
        assert history.text.count("▎") == 3
        await place.settled()
        assert UNSAY in labels(await teen.sees("на связи"))

        await choose(place, teen, SECOND)  # one of three in one message
        await is_told(teen, "unsay.done")
        await until(lambda: SECOND not in of(group, history.message_id).text)
        left = of(group, history.message_id).text
        assert [left.count(part) for part in (FIRST, THIRD, TAKEN)] == [1, 1, 1]
        await group.sees(SAID.text("line.taken_back_at", "ru", at="|").split("(")[0], topic=topic)

        said = teen.write("позвоните мне")
        shown = await group.sees("▎ позвоните мне", topic=topic)
        await place.settled()
        teen.edit(said, "не звоните мне")
        await group.sees("▎ не звоните мне", topic=topic)
        await place.settled()
        teen.write("/del", reply_to=said)
        await is_told(teen, "unsay.done", 2)
        await until(lambda: nowhere(group, "звоните мне"))  # with every wording that it had
        assert all(one.message_id != shown.message_id for one in group.messages(topic))
        teen.write("/del", reply_to=said)
        await is_told(teen, "unsay.already")
        place.operator.write("Хорошо", chat=group, topic=topic)
        answer = await teen.sees("Хорошо")
        await place.settled()
        teen.write("/del", reply_to=answer.message_id)
        await is_told(teen, "unsay.not_hers")
        teen.write("/del", reply_to=answer.message_id - 1)
        await until(lambda: heard(teen)[-1] == SAID.text("unsay.unknown", "ru"))

        old = teen.write("это было давно")
        late = await group.sees("▎ это было давно", topic=topic)
        await place.settled()
        await place.move(48 * 3600)
        await place.settled()
        deleted = [call for call in place.sandbox.journal.calls if call.method == "deleteMessage"]
        teen.write("/del", reply_to=old)
        await until(lambda: of(group, late.message_id).text == TAKEN)
        assert [call for call in place.sandbox.journal.calls if call.method == "deleteMessage"] == deleted
        assert FIRST in of(group, history.message_id).text
    path = await place.copied()
    async with place.written(path) as tx:
        rows = await tx.all("SELECT id FROM message WHERE direction = 'in' AND gone_at IS NOT NULL")
        gone = [await tx.messages.get(row["id"]) for row in rows]
        lines = await tx.threads.lines(f"national/{topic}", history.message_id)
    assert [message.incoming.text for message in gone if message] == [""] * 4
    assert lines is not None
    assert [line for _, line in lines].count(None) == 2
    assert not any(line and SECOND in line for _, line in lines)


async def test_what_was_picked_out_of_it_to_be_answered_goes_with_it(place: Town) -> None:
    group = place.national
    assert group is not None
    async with place.hurried():
        teen, _, topic = await place.claimed(FIRST, language="Русский")
        said = teen.write("мой брат Ерлан далеко")
        shown = await group.sees("▎ мой брат", topic=topic)
        teen.write("он помогает", reply_to=said, quote="Ерлан")
        picked = await group.sees("▎ он помогает", topic=topic)
        assert "▎ ▎ Ерлан" in picked.text
        place.operator.write("Он знает?", chat=group, topic=topic, reply_to=shown.message_id, quote="Ерлан")
        await teen.sees("Он знает?")
        await place.settled()
        teen.write("/del", reply_to=said)
        await is_told(teen, "unsay.done")
        await until(lambda: "Ерлан" not in of(group, picked.message_id).text)
        assert "▎ он помогает" in of(group, picked.message_id).text
        await place.settled()
        group.owner.write("/said", chat=group, topic=topic)
        await group.sees("▎ Он знает?", topic=topic)
        group.delete_topic(topic)
        teen.write("есть кто?")
        history = await until(lambda: next((s for s in group.messages() if "▎ есть кто?" in s.text
                                            and s.thread_id != topic), None))  # fmt: skip
        assert "▎ Он знает?" in history.text
        await place.settled()
    assert "Ерлан" not in "".join(texts(group.messages()))


async def test_words_on_their_way_to_a_topic_are_taken_back_wherever_they_are(place: Town) -> None:
    group = place.national
    assert group is not None
    async with place.hurried():
        teen, _, topic = await place.claimed(FIRST, language="Русский")
        await place.settled()
        hanging = place.sandbox.faults.hang(3, "sendMessage", group.id)
        flying = teen.write(SECOND)
        await until(lambda: hanging not in place.sandbox.faults.waiting)
        waiting = teen.write(THIRD)
        for number in (waiting, flying):
            teen.write("/del", reply_to=number)
        await is_told(teen, "unsay.done", 2)
        await place.settled()
        await until(lambda: nowhere(group, SECOND))
        teen.write("я тут")
        await group.sees("▎ я тут", topic=topic)
        await place.settled()
    shown = [call for call in place.sandbox.journal.calls if call.ok and call.chat_id == group.id]
    assert [sum(part in (call.params.get("text") or "") for call in shown) for part in (SECOND, THIRD)] == [1, 0]
    assert nowhere(group, SECOND)
    assert not any((call.params.get("text") or "").strip() == "▎" for call in shown)  # nor an empty one for it


async def test_a_red_message_that_is_taken_back_leaves_the_danger_and_no_word_of_it(place: Town) -> None:
    group = place.national
    assert group is not None
    async with place.hurried():
        teen = await place.welcomed(language="Русский")
        teen.write(RED["ru"])
        await teen.sees("112 —")
        code = (await group.sees("больше не хочу жить")).text[2:10]
        card = await red_card(group, code)
        assert card.text.count("не хочу жить") == 2  # her words, and those that a rule stands on
        await choose(place, teen, "я больше")
        await is_told(teen, "unsay.done_urgent")
        await until(lambda: "не хочу жить" not in of(group, card.message_id).text)
        left = of(group, card.message_id)
        assert left.text.startswith(f"🔴 {code}")
        assert SAID.text("card.taken_back", "ru") in left.text
        assert SAID.text("finding.rule", "ru") in left.text
        topic = await place.take_wordless(code)
        await group.sees(TAKEN, topic=topic)
        await place.settled()
        assert nowhere(group, "хочу жить")
    async with place.written(await place.copied()) as tx:
        case = await tx.cases.with_code(code)
        found = await tx.findings.newest(case.id, case.urgency) if case else None
    assert case is not None
    assert case.red
    assert found is not None
    assert all(reason.words == "" for reason in found.reasons)
    assert found.category == "suicide"


@pytest.mark.usefixtures("quick")
async def test_what_an_operator_reads_in_her_private_chat_is_taken_back_there_too(regional: Regional) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        await _in_private(place, regional, group)


async def _in_private(place: Town, regional: Regional, group: Group) -> None:
    operator = regional.operator
    await reached(place, operator, group)
    teen, code = await regional.case(FIRST, "Одна")
    await place.settled()
    group.remove_bot(place.admin)
    teen.write(RED["ru"])
    alert = await operator.sees(code)
    await press(operator, "🙋", message_id=alert.message_id)
    talk = await operator.sees(RED["ru"])
    assert FIRST in talk.text
    await place.settled()
    hers = teen.write("он ушёл")
    await operator.sees("▎ он ушёл")
    await place.settled()
    said = operator.write("Где ты?", reply_to=operator.chat[-1].message_id)
    answer = await teen.sees("Где ты?")
    assert answer.reply_to == hers
    await place.settled()
    teen.write("дома", reply_to=answer.message_id)
    assert (await operator.sees("▎ дома")).reply_to == said
    await choose(place, teen, FIRST)
    await until(lambda: not any(FIRST in text for text in texts(operator.chat)))
    assert any(RED["ru"] in text and TAKEN in text for text in texts(operator.chat))
    teen.write("/del", reply_to=hers)
    await until(lambda: not any("он ушёл" in text for text in texts(operator.chat)))
    national = place.national
    assert national is not None
    await until(lambda: nowhere(national, FIRST) and nowhere(national, "он ушёл"))
