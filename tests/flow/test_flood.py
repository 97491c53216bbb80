"""Somebody who writes very much: fewer messages in the topic, every word in its order, and red at once."""

import pytest

from bot.services.flood import FREE
from bot.telegram.sandbox.journal import Call
from tests.danger import RED, SAID, mark_of
from tests.town import Town, heard, until

pytestmark = pytest.mark.usefixtures("quick")

HEAD = SAID.text("line.flood", "ru", n=2).split("2")[0]


def shown(place: Town, topic: int) -> list[str]:
    """What the bot has sent into the topic with words of hers in it, in order."""
    assert place.national is not None
    calls: list[Call] = place.sandbox.journal.sent(place.national.id, topic, method="sendMessage")
    return [text for call in calls if "▎" in (text := str(call.params.get("text", "")))]


def words_in(texts: list[str]) -> list[str]:
    return [line.removeprefix("▎").strip() for text in texts for line in text.split("\n") if line.startswith("▎")]


async def test_of_a_hundred_messages_every_word_arrives_in_order_in_few_messages(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed("Вопрос про лагерь", name="Дана", language="Русский")
        await place.settled()
    await place.move(61)
    before = len(shown(place, topic))
    said = [f"слово номер {number}" for number in range(100)]
    for text in said[:60]:
        teen.write(text)
    photo = teen.send("photo", caption="снимок экрана")
    assert photo
    for text in said[60:]:
        teen.write(text)

    def arrived() -> list[str]:
        return words_in(shown(place, topic)[before:])

    async with place.hurried():
        await until(lambda: said[-1] in arrived(), timeout=60)
        await place.settled()
    assert [text for text in arrived() if text.startswith("слово")] == said, "each once, in order"
    beside = [number for number, text in enumerate(arrived()) if "снимок экрана" in text]
    assert [arrived()[at - 1] for at in beside] == [said[59]], "what is no text stands where it came"
    sent = shown(place, topic)[before:]
    assert len(sent) <= FREE + 10
    assert any(text.startswith(HEAD) for text in sent)
    assert [call for call in place.sandbox.journal.calls if call.error_code == 429] == []
    assert heard(teen)

    # Red words wait for nothing, nor does what she wrote before them.
    await place.move(61)
    for number in range(FREE + 6):
        teen.write(f"ещё {number}")
    await until(lambda: f"ещё {FREE - 1}" in words_in(shown(place, topic)))
    await place.settled()
    assert f"ещё {FREE + 5}" not in words_in(shown(place, topic)), "it is gathered; the clock stands still"
    teen.write(RED["ru"])
    await until(lambda: RED["ru"] in words_in(shown(place, topic)))
    await until(lambda: f"ещё {FREE + 5}" in words_in(shown(place, topic)))
    assert words_in(shown(place, topic))[-7:] == [*(f"ещё {FREE + more}" for more in range(6)), RED["ru"]]
    await until(lambda: mark_of(national, code) == "🔴")
    teen.write("и сразу ещё")
    await until(lambda: words_in(shown(place, topic))[-1] == "и сразу ещё")


async def test_a_stop_in_the_middle_loses_nothing_of_it(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("Вопрос про лагерь", name="Дана", language="Русский")
        await place.settled()
    await place.move(61)
    said = [f"слово номер {number}" for number in range(FREE + 8)]
    for text in said:
        teen.write(text)
    await until(lambda: said[FREE - 1] in words_in(shown(place, topic)))
    await place.settled()
    await place.bot.end()
    await place.bot.start()
    teen.write("после остановки")
    async with place.hurried():
        await until(lambda: "после остановки" in words_in(shown(place, topic)))
        await place.settled()
    assert words_in(shown(place, topic))[1:] == [*said, "после остановки"]
