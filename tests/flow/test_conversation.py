"""One conversation from the first screen to /forget, as both sides see it."""

import pytest

from tests.town import Town, press, texts, until


@pytest.mark.parametrize(
    ("language", "hello"), [("Қазақша", "Сәлем, көмек керек еді"), ("Русский", "Мне плохо в школе")]
)
async def test_a_conversation_walks_from_end_to_end(place: Town, language: str, hello: str) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed(hello, language=language)
    assert [f"▎ {hello}" in text for text in texts(place.national.messages(topic))].count(True) == 1

    place.operator.write("Здравствуй, я рядом", chat=place.national, topic=topic)
    answer = await teen.sees("Здравствуй, я рядом")
    assert "Operator" not in answer.text

    teen.write("спасибо")
    await place.national.sees("▎ спасибо", topic=topic)

    await press(place.operator, "Закрыть", chat=place.national, topic=topic)
    assert await press(place.operator, "Помогли", chat=place.national, topic=topic) == "Закрыто"
    await teen.sees(code if language == "Русский" else "аяқталды")
    await place.move(61)

    teen.write("ещё вопрос")
    await place.national.sees("▎ ещё вопрос", topic=topic)
    assert not place.national.topics[topic].closed
    await place.move(61)

    teen.write("/forget")
    await press(teen, "Да" if language == "Русский" else "Иә")
    await teen.sees("Өшірілді" if language == "Қазақша" else "Удалили")
    await until(lambda: place.national is not None and place.national.topics[topic].deleted)
    cards = [text for text in texts(place.national.messages()) if code in text]
    assert cards
    assert all("▎" not in text for text in cards)
