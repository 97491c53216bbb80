"""A red case that somebody has, and whose group cannot show what she writes: who hears of it, and what is not lost."""

import pytest

from bot.telegram.sandbox.group import BIND_RIGHTS
from tests.region import UNHEARD, Regional, alarms, at_national, cards, reached, said_in
from tests.town import heard, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

MOVED = "разговор передан национальному дежурному"


async def test_her_operator_hears_that_it_was_moved_and_what_she_writes_in_the_old_topic_gets_its_mark(
    regional: Regional,
) -> None:
    """The desk may make no topics; when it may again, it may not delete one yet, so that the mark is to be seen."""
    place, group = regional.place, regional.group
    async with place.hurried():
        await reached(place, regional.operator, group)
        red, code, topic = await regional.claimed("он здесь", "Красная", red=True)
        await place.settled()
    group.set_bot_rights({"can_pin_messages"})
    await regional.operator.sees(MOVED)
    await at_national(place, code)
    lost = regional.operator.write("держись", chat=group, topic=topic)
    note = regional.operator.write("// не ушло", chat=group, topic=topic)
    await place.settled()

    group.set_bot_rights(BIND_RIGHTS - {"can_delete_messages"})
    async with place.hurried():
        await until(lambda: any("🤷" in s.reactions for s in group.messages(topic) if s.message_id == lost), timeout=90)
        await place.settled()
    told = [text for text in heard(regional.operator) if MOVED in text]
    assert [code in text for text in told] == [True]
    assert "он здесь" not in "".join(heard(regional.operator))
    assert [s.reactions for s in group.messages(topic) if s.message_id == note] == [[]]
    assert not [text for text in heard(red) if "держись" in text or "не ушло" in text]

    async with place.hurried():
        there = await place.take(code)
        await said_in(place.national or group, there, "▎ он здесь")
        place.operator.write("мы рядом", chat=place.national, topic=there)
        await red.sees("мы рядом")


async def test_a_talk_that_turns_red_while_its_group_is_only_asked_to_wait_stays_with_its_operator(
    regional: Regional,
) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        await reached(place, regional.operator, group)
        teen, code, topic = await regional.claimed("начало", "Одна")
        await place.settled()
    await place.move(61)
    place.sandbox.faults.flood(120, "sendMessage", group.id)
    teen.write("раз")
    await until(lambda: any(call.error_code == 429 for call in place.sandbox.journal.calls))
    await press(teen, "🆘")
    await regional.operator.sees(UNHEARD)
    regional.operator.write("я тут", chat=group, topic=topic)
    await teen.sees("я тут")
    await place.settled()
    assert not [s for s in national.messages() if code in s.text]
    assert MOVED not in "".join(heard(regional.operator))

    await place.move(122)
    await said_in(group, topic, "▎ раз")
    await until(lambda: any(s.text.startswith(f"🔴 {code}") for s in group.messages(group.topic_named("Шұғыл"))))
    assert not cards(national, "🔴")


@pytest.mark.parametrize("why", ["she has never written to the bot", "she has blocked it"])
async def test_administrators_hear_of_words_that_a_group_does_not_take_in_the_place_of_an_operator_who_cannot(
    regional: Regional, why: str
) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        if why == "she has blocked it":
            await reached(place, regional.operator, group)
        red, code, topic = await regional.claimed("он здесь", "Красная", red=True)
        if why == "she has blocked it":
            regional.operator.block()
        await place.settled()
    await place.move(61)
    before = len(place.sandbox.journal.calls)
    place.sandbox.faults.flood(120, "sendMessage", group.id)
    red.write("секретное")
    alarm = await place.admin.sees(UNHEARD)
    assert code in alarm.text
    red.write("и ещё")
    await place.settled()
    assert alarms(place, UNHEARD) == 1
    assert "секретное" not in "".join(heard(place.admin))
    calls = place.sandbox.journal.calls[before:]
    assert not [call for call in calls if call.chat_id == regional.operator.id]
    await place.move(122)
    await said_in(group, topic, "▎ и ещё")
    assert "▎ секретное" in texts(group.messages(topic))
