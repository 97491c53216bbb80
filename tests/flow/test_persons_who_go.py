"""Persons who block the bot, come back, delete their chat or their account: nothing breaks, and operators are told."""

import pytest

from bot.telegram.sandbox.phone import Phone
from tests.region import alarms, cards, said_in
from tests.town import Town, heard, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

BLOCKED = "человек заблокировал бот"


def marks(place: Town, topic: int, emoji: str) -> list[str]:
    """What operators wrote in this topic and was marked so."""
    assert place.national is not None
    return [shown.text for shown in place.national.messages(topic) if emoji in shown.reactions]


async def claimed(place: Town, name: str = "Одна") -> tuple[Phone, str, int]:
    async with place.hurried():
        teen, code, topic = await place.claimed("начало", name=name, language="Русский")
        await place.settled()
    await place.move(61)
    return teen, code, topic


async def test_a_person_blocks_the_operator_hears_why_and_the_case_goes_on_when_she_lets_the_bot_in(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await claimed(place)
    async with place.hurried():
        teen.block()
        await place.settled()
        before = len([call for call in place.sandbox.journal.calls if call.chat_id == teen.id])
        place.operator.write("раз", chat=national, topic=topic)
        await said_in(national, topic, BLOCKED)
        await until(lambda: marks(place, topic, "🤷") == ["раз"])
        await place.settled()
        assert len([call for call in place.sandbox.journal.calls if call.chat_id == teen.id]) == before
        teen.unblock()
        await place.settled()
        place.operator.write("два", chat=national, topic=topic)
        await teen.sees("два")
        teen.write("я вернулась")
        await said_in(national, topic, "▎ я вернулась")
        await place.settled()
    assert not [text for text in heard(teen) if text.endswith("раз")]
    assert alarms(place, "не доставлено") == 0


async def test_whoever_blocks_in_the_middle_of_a_burst_of_answers_is_not_knocked_at_for_each_of_them(
    place: Town,
) -> None:
    """The bot is not told here: it learns of the block by an answer of its own."""
    national = place.national
    assert national is not None
    teen, _, topic = await claimed(place)
    words = [f"ответ {number}" for number in range(6)]
    for text in words[:2]:
        place.operator.write(text, chat=national, topic=topic)
    await teen.sees(words[1])
    await place.settled()
    teen._person.blocked = True
    for text in words[2:]:
        place.operator.write(text, chat=national, topic=topic)
    async with place.hurried():
        await until(lambda: set(marks(place, topic, "🤷")) == set(words[2:]), timeout=90)
        await place.settled()
        teen._person.blocked = False
        teen.write("я тут")
        await said_in(national, topic, "▎ я тут")
        place.operator.write("последний", chat=national, topic=topic)
        await teen.sees("последний")
        await place.settled()
    said = [text.split("\n")[-1] for text in heard(teen) if "ответ " in text]
    assert said == words[:2]
    refused = [call for call in place.sandbox.journal.calls if "blocked" in (call.description or "")]
    assert 1 <= len(refused) <= 4


async def test_a_deleted_account_is_told_of_once_and_the_case_can_be_closed(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await claimed(place)
    async with place.hurried():
        teen.deactivate()
        for text in ("раз", "два"):
            place.operator.write(text, chat=national, topic=topic)
            await until(lambda text=text: text in marks(place, topic, "🤷"))  # type: ignore[misc]  # as a default
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await until(lambda: national.topics[topic].closed)
        await place.settled()
        for _ in range(3):
            await place.move(61)
            await place.settled()
    refused = [call for call in place.sandbox.journal.calls if "deactivated" in (call.description or "")]
    assert len(refused) <= 2  # the first answer and the farewell of the case
    assert alarms(place, "не доставлено") == 0


async def test_a_chat_that_she_clears_on_her_phone_breaks_nothing(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await claimed(place)
    async with place.hurried():
        teen.delete_chat()
        place.operator.write("раз", chat=national, topic=topic)
        await teen.sees("раз")
        teen.start()
        await teen.sees(code)
        teen.write("два")
        await said_in(national, topic, "▎ два")
        await place.settled()
    assert marks(place, topic, "🤷") == []


async def test_a_red_person_who_blocks_stays_red_and_is_heard_when_she_is_back(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen = await place.welcomed("Красная", "Русский")
        await place.settled()
        teen.write("🆘 он тут")
        await until(lambda: cards(national, "🔴"))
        teen.block()
        await place.settled()
        card = cards(national, "🔴")[-1]
        await press(place.operator, "🙋", chat=national, message_id=card.message_id)
        topic = (await national.sees("▎ 🆘 он тут", timeout=90)).thread_id
        await until(
            lambda: any("🔴" in shown.text and "Закрыть" in str(shown.buttons) for shown in national.messages())
        )
        topic = next(s.thread_id for s in national.messages() if "Закрыть" in str(s.buttons))
        assert topic is not None
        place.operator.write("где вы?", chat=national, topic=topic)
        await said_in(national, topic, BLOCKED)
        await until(lambda: marks(place, topic, "🤷") == ["где вы?"])
        teen.unblock()
        await place.settled()
        teen.write("я жива")
        await said_in(national, topic, "▎ я жива")
        place.operator.write("слышу вас", chat=national, topic=topic)
        await teen.sees("слышу вас")
        await place.settled()
    assert sum("▎ я жива" in text for text in texts(national.messages(topic))) == 1
