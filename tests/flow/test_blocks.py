"""Abuse: a person is blocked for a while, hears until when, and her urgent words still make a case, once an hour."""

import re

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Language
from tests.danger import NAMES, PLAIN, RED, SAID, numbered, numbers, red_card
from tests.town import Town, code_in, code_of, heard, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")

HOUR = 3_600
TIME = re.compile(r"\d\d:\d\d")
RU = SAID.text("reason.block_threats", "ru")


def line_of(group: Group, code: str) -> Shown | None:
    """The line about the block in the shift topic, as it is now."""
    found = [s for s in group.messages(group.topic_named("Смена")) if code in s.text and s.text[0] in "⛔🔓"]
    return found[-1] if found else None


async def second(place: Town) -> Phone:
    assert place.national is not None
    other = place.sandbox.person("Second")
    place.national.add(other)
    await place.sandbox.idle()
    return other


async def block(place: Town, code: str, hours: int, topic: int | None = None) -> str | None:
    """From the queue card, or from the card in the topic."""
    national = place.national
    assert national is not None
    if topic is None:
        card = await national.sees(code)
        await press(place.operator, SAID.text("button.not_request", "ru"), chat=national, message_id=card.message_id)
        message = card.message_id
    else:
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        await press(place.operator, SAID.text("result.not_request", "ru"), chat=national, topic=topic)
        message = None
    for label in (SAID.text("button.block", "ru"), RU):
        await press(place.operator, label, chat=national, topic=topic, message_id=message)
    label = SAID.text(f"button.block_{hours}", "ru")
    return await press(place.operator, label, chat=national, topic=topic, message_id=message)


async def newer(teen: Phone, *known: str) -> str:
    """The code of a receipt for another case than these."""
    told = SAID.text("receipt.opened", "kk", code="|", wait="").split("|")[0], "Код разговора: "

    def newest() -> str | None:
        receipts = [text for text in heard(teen) if any(part in text for part in told)]
        code = code_in(receipts[-1])
        return None if code in known else code

    return await until(newest)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_who_is_blocked_hears_until_when_and_what_is_urgent_comes_through_once_an_hour(
    place: Town, language: Language
) -> None:
    national = place.national
    assert national is not None
    why = SAID.text("blocked.why.threats", language)
    async with place.hurried():
        teen = await place.welcomed("Айша", NAMES[language])
        teen.write(PLAIN)
        code = await code_of(teen)
        await place.move(46)
        assert await block(place, code, 24) == SAID.text("toast.blocked", "ru")
        line = await until(lambda: line_of(national, code))
        assert RU in line.text
        assert labels(line) == [SAID.text("button.block_lift", "ru")]
        told = await teen.sees(SAID.text("blocked.told", language, code=code, when="|", why="|").split("|")[0])
        assert why in told.text
        assert TIME.findall(line.text)[0] in told.text
        await place.settled()
        goes_on = SAID.text("closed", language, code=code).split("\n")[1]
        assert not any(goes_on in text for text in heard(teen))

        before = len(national.messages())
        teen.write("ещё одно слово")
        answer = await teen.sees(SAID.text("blocked.words", language, when="|", why="|").split("\n")[0])
        assert why in answer.text
        assert "112" in answer.text
        await press(teen, SAID.text("button.write", language))
        await press(teen, SAID.text("button.centre", language))
        await teen.sees(SAID.text("centre.soon", language))
        await place.settled()
        assert [s.text for s in national.messages()[before:] if "ещё одно слово" in s.text] == []

        # Red words: a case at once, a new one, that shows the block.
        teen.write(RED[language])
        urgent = await numbers(teen, language)
        assert urgent != code
        card = await red_card(national, urgent)
        assert SAID.text("card.blocked", "ru", until="|", why="|").split("|")[0] in card.text
        assert RU in card.text
        topic = await place.take(urgent)
        teen.write("в этом разговоре слышно всё")
        await national.sees("в этом разговоре слышно всё", topic=topic)
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        seen = len(heard(teen))
        await press(place.operator, SAID.text("result.helped", "ru"), chat=national, topic=topic)
        arrives = SAID.text("blocked.words", language, when="|", why="|").split("\n")[-1]
        lately = SAID.text("blocked.words_lately", language, when="|", why="|", again="|").split("\n")[-1].split("|")[0]
        assert arrives in answer.text
        over = await until(lambda: next((text for text in heard(teen)[seen:] if urgent in text), None))
        await place.move(61)
        teen.write("и ещё слово")
        answers = SAID.text("blocked.words_lately", language, when="|", why="|", again="|").split("\n")[0]
        read = await until(lambda: next((text for text in heard(teen)[seen:] if text.startswith(answers)), None))
        for text in (over, read):
            assert lately in text, "nothing urgent arrives now"
            assert arrives not in text
            assert all(number in text for number in ("112", "111"))
        assert (until_when := TIME.findall(read)[-1]) == TIME.findall(over)[-1]
        await place.settled()
        # Within the hour it makes no other one; she has the numbers all the same.
        before = len(national.messages())
        teen.write("🆘")
        refused = await teen.sees(SAID.text("blocked.urgent", language, when="|").split("|")[0])
        assert all(number in refused.text for number in ("112", "103", "102", "111"))
        assert until_when in refused.text
        await place.settled()
        assert national.messages()[before:] == []
        await place.move(HOUR)
        refusals = numbered(teen)
        await press(teen, "🆘")
        await until(lambda: numbered(teen) > refusals)
        again = code_in(next(text for text in reversed(heard(teen)) if "112 —" in text))
        assert again not in (code, urgent)
        topic = await place.take_wordless(again)
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        await press(place.operator, SAID.text("result.helped", "ru"), chat=national, topic=topic)
        await place.settled()
    await place.move(23 * HOUR)
    teen.write(PLAIN)
    await teen.sees(SAID.text("receipt.reopened", language, code=again))
    await national.sees(PLAIN, topic=topic)


async def test_more_than_a_day_takes_two_people_and_every_block_can_be_lifted(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        other = await second(place)
        teen, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        assert await block(place, code, 168, topic) == SAID.text("toast.blocked", "ru")
        line = await until(lambda: line_of(national, code))
        assert SAID.text("block.ask", "ru", days=7) in line.text
        agree = SAID.text("button.block_agree_168", "ru")
        assert await press(place.operator, agree, chat=national, message_id=line.message_id) == SAID.text(
            "toast.second_needed", "ru"
        )
        first = TIME.findall(line.text)[0]
        told = await teen.sees(SAID.text("blocked.told", "ru", code=code, when="|", why="|").split("|")[0])
        assert first in told.text
        assert await press(other, agree, chat=national, message_id=line.message_id) == SAID.text("toast.noted", "ru")
        await teen.sees(SAID.text("blocked.longer", "ru", when="|", why="|").split("|")[0])
        await until(
            lambda: SAID.text("block.agreed", "ru", alias="|").split("|")[0] in (line_of(national, code) or line).text
        )
        await place.settled()
    await place.move(6 * 24 * HOUR)
    teen.write(PLAIN)
    await teen.sees(SAID.text("blocked.words", "ru", when="|", why="|").split("\n")[0])
    assert await press(
        other, SAID.text("button.block_lift", "ru"), chat=national, message_id=line.message_id
    ) == SAID.text("toast.noted", "ru")
    await teen.sees(SAID.text("blocked.lifted", "ru"))
    await until(lambda: (shown := line_of(national, code)) and shown.text.startswith("🔓"))
    teen.write(PLAIN)
    assert await newer(teen, code)


async def test_nobody_is_blocked_in_an_urgent_case(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        await press(place.operator, SAID.text("result.not_request", "ru"), chat=national, topic=topic)
        await press(place.operator, SAID.text("button.block", "ru"), chat=national, topic=topic)
        await press(place.operator, RU, chat=national, topic=topic)
        label = SAID.text("button.block_24", "ru")
        card = await until(lambda: next((s for s in national.messages(topic) if label in labels(s)), None))
        teen.write(RED["ru"])
        await teen.sees("112 —")
        await place.settled()
        tap = await place.forged(national, card.message_id, place.operator.user, f"bk:{code}:threats:24")
        assert tap.answer == SAID.text("toast.gone", "ru")
        await place.settled()
    assert line_of(national, code) is None
    assert not national.topics[topic].closed
