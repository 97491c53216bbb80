"""Somebody who writes very much: fewer messages in the topic, every word in its order, and red at once."""

import pytest

from bot.services.flood import FREE
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, RED, SAID, mark_of
from tests.town import Town, heard, labels, until

pytestmark = pytest.mark.usefixtures("quick")

TAKEN = SAID.text("line.taken_back", "ru")
COVERED = SAID.text("covered.phone", "ru")
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
    assert SAID.text("media.documents", "ru") in heard(teen), "she is answered as ever"

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


async def test_what_is_no_text_is_gathered_too_and_nobody_waits_for_her_photos(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("Вопрос про лагерь", name="Дана", language="Русский")
        await place.settled()
    await place.move(61)
    before = len(shown(place, topic))
    said = [f"слово {number}" for number in range(FREE)]
    for text in said:
        teen.write(text)
    await until(lambda: words_in(shown(place, topic)[before:]) == said)
    for _ in range(8):
        teen.send("photo")
    for kind in ("poll", "contact", "document"):
        teen.send(kind)
    await until(lambda: sum(call.method == "getFile" for call in place.sandbox.journal.calls) == 8)
    _, other = await place.case(PLAIN, name="Другая", language="Русский")
    await place.move(46)

    def calls(method: str, part: str = "") -> list[int]:
        """Where in the journal the calls to the group stand in which this is said."""
        return [
            at
            for at, call in enumerate(place.sandbox.journal.calls)
            if call.method == method and call.chat_id == national.id and part in str(call.params)
        ]

    async with place.hurried():
        await until(lambda: len(calls("sendPhoto")) == 8, timeout=60)
        await place.settled()
    assert len(calls("sendMessage", HEAD)) == 1, "eleven labels in one message"
    gathered = calls("sendMessage", HEAD)[0]
    assert max(gathered, calls("sendMessage", other)[0]) < calls("sendPhoto")[0]
    captions = [one.text.split(" · ")[0] for one in national.messages(topic) if one.kind == "photo"]
    assert captions == [f"№{number}" for number in range(1, 9)]
    labelled = [text for text in words_in(shown(place, topic)[before:]) if text not in said]
    assert [text.split()[0] for text in labelled[:8]] == captions
    assert len(labelled) == 11
    assert [call for call in place.sandbox.journal.calls if call.error_code == 429] == []


async def test_of_what_went_together_a_number_is_covered_and_one_message_can_be_taken_back(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("Вопрос про лагерь", name="Дана", language="Русский")
        await place.settled()
    await place.move(61)
    for number in range(FREE):
        teen.write(f"слово {number}")
    gone = teen.write("лишнее")
    teen.write("мой номер +7 701 234 56 78")
    later = teen.write("спасибо")

    def together() -> Shown | None:
        return next((one for one in national.messages(topic) if one.text.startswith(HEAD)), None)

    async with place.hurried():
        flood = await until(together)
        assert [part in flood.text for part in ("лишнее", COVERED, "спасибо", "234")] == [True, True, True, False]
        await place.settled()
        teen.write("/del", reply_to=gone)

        def left() -> Shown | None:
            found = together()
            return found if found is not None and "лишнее" not in found.text else None

        now = await until(left)
        assert [part in now.text for part in (TAKEN, COVERED, "спасибо")] == [True, True, True]
        assert [label[:1] for label in labels(flood)] == [label[:1] for label in labels(now)] == ["👁"]
        place.operator.write("не за что", chat=national, topic=topic, reply_to=flood.message_id, quote="спасибо")
        answer = await teen.sees("не за что")
        assert answer.reply_to == later


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
