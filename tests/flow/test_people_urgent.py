"""The urgent way: a message at any moment, a red card at once, all four numbers."""

import asyncio

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Catalog, Language
from storage.reference import region, subject
from tests.danger import PLAIN, crowd
from tests.region import on_shift
from tests.town import Town, code_in, code_of, heard, labels, press, texts, until

SAID = Catalog.load()
ZHAMBYL = "KZ-31"
NUMBERS = ("112", "103", "102", "111")
HELP = {language: SAID.text("button.urgent", language) for language in LANGUAGES}


def name_of(language: Language) -> str:
    return SAID.text(f"button.language.{language}", language)


async def urgent_screen(teen: Phone, language: Language, key: str = "sos.screen", *, adult: bool = True) -> str:
    """Waits for the numbers on her screen; returns the code that they come with."""
    start = SAID.text(key, language, adult=adult, code="|").split("|")[0]
    shown = await until(lambda: next((text for text in reversed(heard(teen)) if text.startswith(start)), None))
    code = code_in(shown)
    said = SAID.text(key, language, adult=adult, code=code)
    assert shown in (said, f"{said}\n\n{SAID.text('now.ask', language, adult=adult)}")
    assert [line[:3] for line in shown.split("\n") if line[:3] in NUMBERS] == list(NUMBERS)
    return code


async def red_card(group: Group, code: str, *, timeout: float = 20) -> Shown:
    """Waits for the card in the urgent topic; nothing else stands about this case there."""
    topic = group.topic_named("Срочно")
    card = await group.sees(code, topic=topic, timeout=timeout)
    assert card.text.startswith(f"🔴 {code}"), card.text
    assert len([text for text in texts(group.messages(topic)) if code in text]) == 1
    return card


CRIES: tuple[tuple[str, str, Language, str | None], ...] = (
    ("🆘", "kk", "kk", None),
    ("/sos", "ru", "ru", None),
    ("/sos@senim_bot", "kk", "kk", None),
    ("🆘 меня бьют", "ru", "ru", "🆘 меня бьют"),
    ("🆘 көмектесіңдер", "ru", "kk", "🆘 көмектесіңдер"),
    ("/sos отчим пришёл", "ru", "ru", "/sos отчим пришёл"),
    ("🆘 сәлем", "kk", "kk", "🆘 сәлем"),
    ("помогите 🆘", "ru", "ru", "помогите 🆘"),
    ("Көмек!", "ru", "kk", "Көмек!"),
    ("помогите", "ru", "ru", "помогите"),
    ("SOS", "kk", "kk", "SOS"),
)
"""What she sends, her phone's language, the language of the answer, and her words on the card."""


async def test_a_red_card_that_has_just_come_is_not_edited_into_the_same(place: Town) -> None:
    """An edit that changes nothing takes one of the group's twenty calls a minute from the next cry."""
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write("🆘")
    await red_card(place.national, await urgent_screen(teen, "ru"))
    await place.move(20)
    await place.settled()
    edits = [call for call in place.sandbox.journal.calls if call.method == "editMessageText"]
    assert edits == []


async def test_a_cry_for_help_as_the_very_first_thing_makes_a_red_card_at_once(place: Town) -> None:
    async def cries(said: str, phone: str, language: Language, words: str | None) -> None:
        assert place.national is not None
        teen = place.teen(language_code=phone)
        teen.write(said)
        code = await urgent_screen(teen, language)
        card = await red_card(place.national, code)
        assert SAID.text("card.no_words", "ru") in card.text if words is None else f"▎ {words}" in card.text
        assert "нажата 🆘" in card.text
        assert labels(card) == [SAID.text("button.take", "ru")]
        assert labels(await teen.sees(SAID.text("now.ask", language))) == [
            SAID.text(f"button.now_{one}", language) for one in ("yes", "writes", "mistake")
        ]
        await until(lambda: teen.keyboard and teen.keyboard[0] == [HELP[language]])
        assert SAID.text("ask.region", language) not in heard(teen)  # one thing at a time
        teen.write("осындамын" if language == "kk" else "я тут")
        question = await teen.sees(SAID.text("ask.region", language))
        assert SAID.text("button.skip", language) in labels(question)

    for begun in range(0, len(CRIES), 5):  # more at once would share a message
        await asyncio.gather(*(cries(*cry) for cry in CRIES[begun : begun + 5]))
        await place.move(61)


async def test_words_after_the_cry_come_onto_the_same_red_card(place: Town) -> None:
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write("🆘")
    code = await urgent_screen(teen, "ru")
    card = await red_card(place.national, code)
    teen.write("отчим")
    await place.move(16)
    await place.national.sees("▎ отчим")
    assert (await red_card(place.national, code)).message_id == card.message_id


async def test_the_button_works_from_the_first_screen_and_from_the_truth_in_both_languages(place: Town) -> None:
    async def presses(language: Language, *, at_truth: bool) -> None:
        assert place.national is not None
        teen = place.teen(language_code="ru" if language == "kk" else "kk")
        teen.start()
        if at_truth:
            await press(teen, name_of(language))
            await teen.sees(SAID.page("truth", language, operator="|")[:40])
        await press(teen, HELP[language])
        await red_card(place.national, await urgent_screen(teen, language))
        await until(lambda: teen.keyboard[0] == [HELP[language]])

    async with place.hurried():
        await asyncio.gather(*(presses(one, at_truth=truth) for one in LANGUAGES for truth in (False, True)))


async def test_inside_an_ordinary_case_the_card_moves_to_the_urgent_topic_and_a_second_cry_makes_no_second_card(
    place: Town,
) -> None:
    assert place.national is not None
    teen, code = await place.case("Мне плохо", language="Русский")
    await place.move(46)
    old = await place.national.sees(code)
    await press(teen, HELP["ru"])
    assert await urgent_screen(teen, "ru") == code
    card = await red_card(place.national, code)
    assert "▎ Мне плохо" in card.text
    line = SAID.text("card.line.moved", "ru", code=code)
    queue = place.national.topic_named("Очередь")
    await until(lambda: place.national and [line] == [t for t in texts(place.national.messages(queue)) if code in t])
    assert next(s for s in place.national.messages(queue) if code in s.text).message_id == old.message_id
    await place.move(5)
    await press(teen, HELP["ru"])
    assert await urgent_screen(teen, "ru", "sos.again") == code
    await place.sandbox.idle()
    await red_card(place.national, code)

    # Nobody takes it back any more, by either button.
    await place.move(2)
    await press(teen, SAID.text("button.take_back", "ru"))
    await teen.sees(SAID.text("took_back.urgent", "ru"))
    topic = await place.take(code)
    assert place.national.topics[topic].name.startswith("🔴")
    assert "▎ Мне плохо" in place.national.transcript(topic)


async def test_no_under_the_truth_does_not_erase_a_case_that_has_become_red(place: Town) -> None:
    """Whoever holds her phone now: one tap does not call the operators off."""
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write("Мне плохо")
    await teen.sees(SAID.text("truth.kept", "ru"))
    teen.write("🆘")
    code = await urgent_screen(teen, "ru")
    await place.move(2)
    await press(teen, SAID.text("button.no_erase", "ru"))
    await teen.sees(SAID.text("took_back.urgent", "ru"))
    await place.sandbox.idle()
    assert "▎ Мне плохо" in (await red_card(place.national, code)).text


async def test_while_the_operators_cannot_be_reached_she_is_not_told_that_they_are_called(place: Town) -> None:
    assert place.national is not None
    place.national.switch_topics(False)
    first = place.teen()
    first.write("Слова")
    await code_of(first)  # her case is there: its 45 seconds have begun
    await place.move(46)
    await place.admin.sees(SAID.text("why.no_topics", "ru"))
    teen = place.teen(language_code="ru")
    teen.write("🆘")
    await urgent_screen(teen, "ru", "sos.unreachable")
    assert not [text for text in heard(teen) if "Зовём" in text]


async def test_words_right_behind_the_cry_leave_no_second_card_in_the_queue(place: Town) -> None:
    """The old card becomes a line also when the line had to wait, and her next words came meanwhile."""
    assert place.national is not None
    teen, code = await place.case("Мне плохо", language="Русский")
    await place.move(46)
    await place.national.sees(code)
    await place.sandbox.idle()
    await place.move(20)
    teen.write("🆘")
    teen.write("он идёт сюда")
    await urgent_screen(teen, "ru")
    await place.national.sees("▎ он идёт сюда")
    await place.move(61)
    await place.sandbox.idle()
    queue = place.national.topic_named("Очередь")
    left = [text for text in texts(place.national.messages(queue)) if code in text]
    assert left == [SAID.text("card.line.moved", "ru", code=code)]


async def test_inside_a_claimed_case_a_line_stands_in_the_topic_and_a_red_card_in_the_urgent_one(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed("Мне плохо", language="Русский")
    teen.write("🆘 он здесь")
    assert await urgent_screen(teen, "ru") == code
    await place.national.sees("▎ 🆘 он здесь", topic=topic)
    await place.national.sees("🆘 наж", topic=topic)
    await until(lambda: place.national and place.national.topics[topic].name.startswith(f"🔴 {code}"))
    urgent = place.national.topic_named("Срочно")
    card = await place.national.sees(code, topic=urgent)
    shown = next(s for s in place.sandbox.journal.to(place.national) if s.message_id == card.message_id)
    assert shown.notification
    assert "💬" in "".join(labels(card))


async def test_what_stands_in_the_urgent_topic_for_a_claimed_case_stays_red(place: Town) -> None:
    assert place.national is not None
    teen, code, _ = await place.claimed("Мне плохо", language="Русский")
    await press(teen, HELP["ru"])
    topic = place.national.topic_named("Срочно")
    await place.national.sees(code, topic=topic)
    await place.settled()
    assert "🔴" in (await place.national.sees(code, topic=topic)).text


async def test_a_cry_in_a_case_that_is_red_already_is_seen_on_its_card(place: Town) -> None:
    assert place.national is not None
    teen, code = await place.case("Мне плохо", language="Русский")
    async with place.hurried():
        for label in (SAID.text("writer.child", "ru"), SAID.text("button.skip", "ru"), subject("suicide").ru):
            await press(teen, label)
            await place.sandbox.idle()
        await red_card(place.national, code)
        teen.write("🆘")
        await place.national.sees("нажата 🆘", timeout=2)


async def test_a_region_desk_gets_her_cry_when_her_region_is_known(place: Town) -> None:
    assert place.national is not None
    async with place.hurried():
        zhambyl = await place.bind(region(ZHAMBYL).label_ru)
        await on_shift(place, zhambyl)  # with nobody there the national desk is called at once
        teen, first = await place.case("Слова", language="Русский")
        await press(teen, SAID.text("button.skip", "ru"))
        await press(teen, region(ZHAMBYL).label_ru)
        await zhambyl.sees(first)
        await press(teen, SAID.text("button.take_back", "ru"))
        await teen.sees("забрали назад")
    teen.write("🆘")
    code = await urgent_screen(teen, "ru")
    assert "регион: Жамбылская область" in (await red_card(zhambyl, code)).text
    stranger = place.teen(language_code="ru")
    stranger.write("🆘")
    await red_card(place.national, await urgent_screen(stranger, "ru"))
    await place.sandbox.idle()
    assert code not in place.national.transcript()
    asked = [text for text in heard(teen) if text == SAID.text("ask.region", "ru")]
    assert not asked or len(asked) == 1


async def test_red_goes_before_a_full_minute_of_ordinary_cards(place: Town) -> None:
    """Twenty messages a minute may go to a group: the ordinary ones leave room for her cry."""
    assert place.national is not None
    await crowd(place, PLAIN)
    caller = place.teen("Ер", language_code="ru")
    caller.write("🆘")
    code = await urgent_screen(caller, "ru")
    await red_card(place.national, code, timeout=1)
    assert not [call for call in place.sandbox.journal.calls if call.error_code == 429]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_line_of_the_second_answer_does_not_show_the_urgent_sign(language: Language) -> None:
    assert "🆘" not in SAID.text("sos.again", language, code="").split("\n")[0]
