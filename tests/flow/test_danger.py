"""Danger in a person's words: red goes the urgent way whatever is open, amber goes ahead and asks, nothing falls."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot import triage
from bot.domain.urgency import Assessment, Urgency
from bot.telegram.callbacks import Safe
from bot.telegram.sandbox.phone import Phone
from locales import LANGUAGES, Language
from storage.reference import subject
from storage.reference.triage import tables, weights
from tests.danger import (
    AMBER,
    CUE,
    GUESS,
    NAMES,
    PLAIN,
    RED,
    SAID,
    crowd,
    first_words,
    mark_of,
    numbered,
    numbers,
    private,
    red_card,
)
from tests.region import Regional
from tests.town import CODE, Town, code_of, heard, labels, press, texts, town, until
from tests.triage import DANGER


@pytest.mark.parametrize("language", LANGUAGES)
async def test_red_words_as_the_very_first_thing_make_a_red_card_and_bring_the_numbers(
    place: Town, language: Language
) -> None:
    assert place.national is not None
    teen = place.teen(language_code=language)
    teen.write(RED[language])
    code = await numbers(teen, language)
    card = await red_card(place.national, code)
    assert f"▎ {RED[language]}" in card.text
    assert f"«{CUE[language]}»" in card.text
    assert GUESS in card.text
    assert SAID.text("danger.suicide", "ru") in card.text
    assert "🆘" not in card.text  # the button was not pressed
    assert SAID.text("button.now_yes", language) in labels(await teen.sees(SAID.text("now.ask", language)))
    await press(teen, SAID.text("button.now_writes", language))
    assert SAID.text("button.skip", language) in labels(await teen.sees(SAID.text("ask.region", language)))


@pytest.mark.parametrize("category", sorted({category for category, _ in DANGER}))
async def test_every_danger_in_every_spelling_turns_the_card_red_and_says_why(place: Town, category: str) -> None:
    assert place.national is not None
    for spelling, words in ((spelling, words) for (of, spelling), words in DANGER.items() if of == category):
        language: Language = "ru" if spelling == "ru" else "kk"
        teen = place.teen(spelling, language_code=language)
        teen.write(words)
        card = await red_card(place.national, await numbers(teen, language))
        risk = next(line for line in card.text.split("\n") if GUESS in line)
        assert SAID.text(f"danger.{category}", "ru") in risk
        said = re.findall("«(.+?)»", risk)
        assert said
        assert all(reason in words for reason in said)
        await place.move(5)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_red_words_go_the_urgent_way_from_every_screen_and_form(place: Town, language: Language) -> None:
    async def writes(how: str) -> None:
        assert place.national is not None
        teen = place.teen(f"T{how}", language_code=language)
        if how != "a command":
            teen.start()
            await press(teen, NAMES[language])
        if how in ("a question", "the menu"):
            await press(teen, SAID.text("button.understood", language))
            await until(lambda: len(teen.keyboard) == 3)
        if how == "the menu":
            await press(teen, SAID.text("button.write", language))
        if how == "a question":
            teen.write("Қалайсыздар, айтайын дегенім бар" if language == "kk" else PLAIN)
            await teen.sees(SAID.text("ask.writer", language))
        if how == "forgetting":
            teen.write("/forget")
            await teen.sees(SAID.text("forget.ask", language)[:20])
        teen.write(f"/help {RED[language]}" if how == "a command" else RED[language])
        card = await red_card(place.national, await numbers(teen, language))
        assert RED[language] in card.text

    async with place.hurried():
        await asyncio.gather(*map(writes, ("the truth", "the menu", "a question", "forgetting", "a command")))


async def test_red_in_a_caption_in_a_quotation_and_in_an_edit_is_red(place: Town) -> None:
    assert place.national is not None

    async def sends(name: str, **content: object) -> None:
        assert place.national is not None
        teen = place.teen(name, language_code="ru")
        teen.start()
        edited = "edit_date" in content
        place.sandbox.push({"edited_message" if edited else "message": {**private(teen, 900), **content}})
        card = await red_card(place.national, await numbers(teen, "ru"))
        assert CUE["ru"] in card.text

    photo = [{"file_id": "f", "file_unique_id": "u", "width": 9, "height": 9}]
    await sends("Caption", photo=photo, caption="не хочу жить")
    await sends("Quote", text="это про меня", quote={"text": "не хочу жить", "position": 0})
    await sends("Edit", text="не хочу жить", edit_date=2)


async def test_what_the_bot_itself_has_said_and_she_quotes_is_no_danger(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed(language="Русский")
    bot = place.sandbox.world.bot
    asked = {**private(teen, 5), "from": bot, "text": "Нажми 🆘, если не хочу жить"}
    message = {**private(teen, 900), "text": "Спасибо, поговорите со мной"}
    quote = {"text": "Нажми 🆘, если не хочу жить", "position": 0}
    place.sandbox.push({"message": {**message, "reply_to_message": asked, "quote": quote}})
    code = await code_of(teen)
    await place.move(46)
    assert (await place.national.sees(code)).text.startswith("⚪")


async def test_danger_that_is_spread_over_short_messages_is_read_together_and_for_ten_minutes_only(
    place: Town,
) -> None:
    assert place.national is not None
    teen, code = await place.case("я больше", language="Русский")
    teen.write("не")
    teen.write("хочу жить")
    assert await numbers(teen, "ru") == code
    slow, late = await place.case("я больше", name="Медленно", language="Русский")
    slow.write("не")
    await place.settled()
    await place.move(601)
    slow.write("хочу жить")
    await place.settled()
    assert numbered(slow) == 0
    await place.national.sees(late)  # a card without a region comes by a sweep
    assert mark_of(place.national, late) == "⚪"


async def test_what_was_written_before_a_restart_is_read_together_with_what_comes_after_it(place: Town) -> None:
    teen, code = await place.case("я больше не", language="Русский")
    await place.settled()
    await place.bot.end()
    await place.bot.start()
    teen.write("хочу жить")
    assert await numbers(teen, "ru") == code


async def test_words_in_her_waiting_case_move_the_card_and_the_numbers_come_once_in_ten_minutes(place: Town) -> None:
    assert place.national is not None
    teen, code = await place.case(PLAIN, language="Русский")
    await place.move(46)
    old = await place.national.sees(code)
    teen.write(RED["ru"])
    assert await numbers(teen, "ru") == code
    await red_card(place.national, code)
    line = SAID.text("card.line.moved", "ru", code=code)
    await until(lambda: place.national and line in texts(place.national.messages(old.thread_id)))
    await place.move(5)
    teen.write("правда не хочу жить")
    await place.settled()
    assert numbered(teen) == 1
    await place.move(601)
    teen.write("не хочу жить и всё")
    await numbers(teen, "ru", "sos.again")
    await place.settled()
    assert numbered(teen) == 2
    await press(teen, SAID.text("button.urgent", "ru"))
    await until(lambda: numbered(teen) == 3)  # the button always does


async def test_red_sticks_whatever_she_writes_afterwards(place: Town) -> None:
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write(RED["ru"])
    code = await numbers(teen, "ru")
    await red_card(place.national, code)
    teen.write("всё хорошо, я пошутила")
    await place.settled()
    await place.move(601)  # so that what follows is read by itself
    teen.write(AMBER["ru"])
    await place.move(16)
    await place.national.sees(f"▎ {AMBER['ru']}")
    card = await red_card(place.national, code)
    assert f"«{CUE['ru']}»" in card.text  # the gravest, not the newest
    assert SAID.text("safe.ask", "ru") not in heard(teen)


async def test_red_words_in_a_claimed_case_ring_in_the_urgent_topic(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed(PLAIN, language="Русский")
    teen.write(RED["ru"])
    assert await numbers(teen, "ru") == code
    await place.national.sees(SAID.text("line.red", "ru"), topic=topic)
    await until(lambda: place.national and place.national.topics[topic].name.startswith(f"🔴 {code}"))
    await red_card(place.national, code)
    await place.settled()
    assert "🔴" in (await red_card(place.national, code)).text


async def test_red_words_in_a_case_that_was_closed_lately_reopen_it_for_all(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed(PLAIN, language="Русский")
    await press(place.operator, SAID.text("button.close", "ru"), chat=place.national, topic=topic)
    await press(place.operator, SAID.text("result.helped", "ru"), chat=place.national, topic=topic)
    await teen.sees(first_words("closed", "ru"))
    await place.move(20)
    teen.write(RED["ru"])
    assert await numbers(teen, "ru") == code
    card = await red_card(place.national, code)
    assert labels(card) == [SAID.text("button.take", "ru")]


async def test_without_a_national_desk_red_words_bring_the_numbers_and_the_truth(tmp_path: Path) -> None:
    async with town(tmp_path, national=False) as place:
        teen = place.teen(language_code="ru")
        teen.write(RED["ru"])
        await teen.sees(SAID.text("sos.nobody", "ru"))


async def test_when_words_are_red_all_that_waits_of_her_goes_before_others(place: Town) -> None:
    """The group's ordinary minute is full: what she wrote before waits, until she writes something red."""
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    await crowd(place, PLAIN)
    teen.write("он опять ругался")
    await asyncio.sleep(0.5)
    assert "он опять ругался" not in place.national.transcript(topic)
    teen.write("не хочу жить")
    await place.national.sees("▎ он опять ругался", topic=topic, timeout=2)
    await place.national.sees("▎ не хочу жить", topic=topic, timeout=2)
    assert not [call for call in place.sandbox.journal.calls if call.error_code == 429]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_amber_waits_for_no_region_and_asks_once_whether_she_is_safe(place: Town, language: Language) -> None:
    assert place.national is not None
    teen, code = await place.case(AMBER[language], language=NAMES[language])
    card = await place.national.sees(code, topic=place.national.topic_named("Очередь"), timeout=5)
    assert card.text.startswith(f"🟡 {code}")
    assert SAID.text("finding.words", "ru", words="|").split("|")[0] in card.text
    asked = await teen.sees(SAID.text("safe.ask", language))
    assert labels(asked) == [SAID.text("button.safe_yes", language), SAID.text("button.safe_no", language)]
    teen.write(AMBER[language])
    await place.settled()
    await place.move(5)
    await place.settled()
    assert heard(teen).count(SAID.text("safe.ask", language)) == 1
    assert numbered(teen) == 0


async def test_amber_goes_before_ordinary_cards_that_waited_longer(place: Town) -> None:
    assert place.national is not None
    others = await crowd(place, PLAIN)
    waiting = {await code_of(other) for other in others}
    shown = {code for code in waiting if code in place.national.transcript()}
    assert len(shown) < 24
    teen = place.teen("Ер", language_code="ru")
    teen.write(AMBER["ru"])
    mine = await code_of(teen)
    await place.move(61)
    await place.national.sees(mine)
    newest = [CODE.findall(text)[0] for text in texts(place.national.messages()) if CODE.match(text[2:])]
    later = [code for code in newest if code not in shown]
    assert later[0] == mine


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_answer_no_is_red_at_once_and_an_old_button_is_refused(place: Town, language: Language) -> None:
    assert place.national is not None
    teen, code = await place.case(AMBER[language], language=NAMES[language])
    asked = await teen.sees(SAID.text("safe.ask", language))
    no = SAID.text("button.safe_no", language)
    await press(teen, no, message_id=asked.message_id)
    assert await numbers(teen, language) == code
    card = await red_card(place.national, code)
    assert SAID.text("finding.unsafe", "ru") in card.text
    assert SAID.text("card.safe.no", "ru") in card.text
    await teen.sees(SAID.text("safe.no", language))
    for answer in (True, False):  # taps that were on their way when the question went
        query = {"id": f"again{answer}", "from": teen.user, "message": private(teen, 900), "chat_instance": "1"}
        place.sandbox.push({"callback_query": {**query, "data": Safe(code=code, yes=answer).pack()}})
    await place.settled()
    assert SAID.text("safe.yes", language) not in heard(teen)
    assert numbered(teen) == 1


async def test_the_answer_yes_is_seen_on_the_card_and_lowers_nothing(place: Town) -> None:
    assert place.national is not None
    teen, code = await place.case(AMBER["ru"], language="Русский")
    asked = await teen.sees(SAID.text("safe.ask", "ru"))
    await press(teen, SAID.text("button.safe_yes", "ru"), message_id=asked.message_id)
    await teen.sees(SAID.text("safe.yes", "ru"))
    await place.move(16)
    card = await place.national.sees(SAID.text("card.safe.yes", "ru"))
    assert card.text.startswith(f"🟡 {code}")
    assert not next(shown for shown in teen.chat if shown.message_id == asked.message_id).buttons


async def test_in_a_claimed_case_amber_is_a_line_and_her_answer_another(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    teen.write(AMBER["ru"])
    await place.national.sees(SAID.text("line.amber", "ru"), topic=topic)
    await press(teen, SAID.text("button.safe_yes", "ru"))
    await place.national.sees(SAID.text("line.safe", "ru"), topic=topic)


@pytest.mark.parametrize("kind", ["voice", "video_note", "photo", "video"])
async def test_something_without_words_as_the_first_thing_is_amber_and_inside_a_talk_it_is_not(
    place: Town, kind: str
) -> None:
    assert place.national is not None
    file = {"file_id": "f", "file_unique_id": "u"}
    contents: dict[str, object] = {
        "voice": {**file, "duration": 4}, "video_note": {**file, "duration": 4, "length": 240},
        "photo": [{**file, "width": 9, "height": 9}],
        "video": {**file, "duration": 4, "width": 9, "height": 9},
    }  # fmt: skip

    def sends(teen: Phone) -> None:
        place.sandbox.push({"message": {**private(teen, 900), kind: contents[kind]}})

    teen = await place.welcomed(language="Русский")
    sends(teen)
    await teen.sees(SAID.text("safe.ask", "ru"))
    card = await place.national.sees(await code_of(teen))
    assert card.text.startswith("🟡")
    assert SAID.text("finding.wordless", "ru") in card.text
    other, code = await place.case(PLAIN, name="Другая", language="Русский")
    sends(other)
    await place.move(46)
    assert (await place.national.sees(code)).text.startswith("⚪")


class Broken(Urgency):
    """A recogniser with a defect."""

    def assess(self, text: str, before: Sequence[str] = ()) -> Assessment:
        raise ValueError(f"the defect quotes {text}")


@pytest.fixture
async def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    monkeypatch.setattr(triage, "urgency", lambda: Broken(tables(), weights()))
    async with town(tmp_path) as place:
        yield place


async def test_when_the_recogniser_fails_words_are_amber_the_button_red_and_administrators_alarmed_once(
    broken: Town, caplog: pytest.LogCaptureFixture
) -> None:
    assert broken.national is not None
    teen, code = await broken.case(PLAIN, language="Русский")
    card = await broken.national.sees(code)
    assert card.text.startswith("🟡")
    assert SAID.text("finding.error", "ru") in card.text
    await broken.admin.sees(SAID.text("alarm.triage", "ru"))
    teen.write("ещё слова")
    crier = broken.teen("Зовёт", language_code="ru")
    crier.write("🆘")
    await red_card(broken.national, await numbers(crier, "ru"))
    await broken.settled()
    assert texts(broken.admin.chat).count(SAID.text("alarm.triage", "ru")) == 1
    assert PLAIN not in caplog.text


async def test_a_subject_by_its_button_gives_its_level_without_words(place: Town) -> None:
    assert place.national is not None
    amber, amber_code = await place.case(PLAIN, name="Онлайн", language="Русский")
    red, red_code = await place.case(PLAIN, name="Беда", language="Русский")
    async with place.hurried():
        for teen, key in ((amber, "online"), (red, "sexual")):
            await press(teen, SAID.text("writer.child", "ru"))
            await place.sandbox.idle()
            await press(teen, SAID.text("button.skip", "ru"))
            await place.sandbox.idle()
            await press(teen, subject(key).ru)
    await amber.sees(SAID.text("safe.ask", "ru", adult=False))
    card = await place.national.sees(amber_code)
    assert card.text.startswith("🟡")
    assert SAID.text("finding.subject", "ru") in card.text
    shown = await red_card(place.national, red_code)
    assert f"{SAID.text('danger.sexual', 'ru')} · {SAID.text('finding.subject', 'ru')}" in shown.text
    assert numbered(red) == 1


async def test_findings_go_with_the_case_when_she_is_forgotten(place: Town) -> None:
    teen = place.teen(language_code="ru")
    teen.write(RED["ru"])
    await numbers(teen, "ru")
    await place.settled()
    await place.move(5)
    teen.write("/forget")
    await press(teen, SAID.text("button.forget_yes", "ru"))
    await teen.sees(SAID.text("forget.done", "ru"))
    await place.settled()
    assert await place.rows("SELECT 1 FROM finding") == []
    assert await place.rows("SELECT 1 FROM inbox WHERE assessed IS NOT NULL") == []


async def test_a_region_desk_gets_red_words_of_its_region(regional: Regional) -> None:
    teen, code = await regional.case(PLAIN, "Айгерим")
    teen.write(RED["ru"])
    await numbers(teen, "ru")
    await red_card(regional.group, code)
