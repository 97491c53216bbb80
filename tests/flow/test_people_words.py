"""Her words: they open a case, every kind of them, and nothing of them is lost."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.cases import Status
from bot.domain.urgency import Level
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Catalog, Language
from tests.town import CODE, OPERATOR, Town, code_in, heard, labels, press, texts, town, until

SAID = Catalog.load()
MINUTE = 60_000


def name_of(language: Language) -> str:
    return SAID.text(f"button.language.{language}", language)


async def hears(teen: Phone, text: str, *, times: int = 1) -> None:
    """Waits until the bot has said exactly this to her, so many times."""
    await until(lambda: heard(teen).count(text) >= times)


async def coded(teen: Phone) -> Shown:
    """The first thing that she was told with a code in it."""
    return await until(lambda: next((shown for shown in teen.chat if CODE.search(shown.text)), None))


def cards(place: Town) -> list[Shown]:
    """What stands about cases in the desk's group."""
    assert place.national is not None
    return [shown for shown in place.national.messages() if CODE.search(shown.text)]


def receipt(language: Language, code: str, wait: str | None = None) -> str:
    return SAID.text("receipt.opened", language, code=code, wait=wait or SAID.text("receipt.wait_unknown", language))


FIRST: dict[Language, str] = {"kk": "Мектепте мазақтайды", "ru": "Меня дразнят в школе"}


async def test_the_first_words_get_a_receipt_at_once_and_the_card_comes_after_45_seconds(place: Town) -> None:
    assert place.national is not None
    codes = {}
    for language, words in FIRST.items():
        teen = await place.welcomed(language=name_of(language))
        teen.write(words)
        shown = await coded(teen)
        codes[language] = code_in(shown.text)
        assert shown.text == receipt(language, codes[language])
        assert all(number in shown.text for number in ("112", "111"))
        assert labels(shown) == [SAID.text("button.take_back", language)]
    await place.move(38)
    await asyncio.sleep(1.1)
    assert cards(place) == []
    await place.move(8)
    for language, words in FIRST.items():
        card = await place.national.sees(codes[language])
        assert f"▎ {words}" in card.text
        assert card.text.startswith(f"⚪ {codes[language]}")
        assert card.thread_id == place.national.topic_named("Очередь")
        assert labels(card) == [SAID.text("button.take", "ru"), SAID.text("button.not_request", "ru")]


async def test_a_burst_makes_one_case_one_card_and_one_receipt_and_a_pause_another_short_one(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed(language="Русский")
    for number in range(6):
        teen.write(f"сообщение {number}")
    code = code_in((await coded(teen)).text)
    await place.move(46)
    card = await place.national.sees(code)
    await place.sandbox.idle()
    assert [line for line in card.text.split("\n") if "▎" in line] == [f"▎ сообщение {number}" for number in range(6)]
    assert len(cards(place)) == 1
    assert [text for text in heard(teen) if CODE.search(text)] == [receipt("ru", code)]

    await place.move(20)  # 66 s since her last words
    teen.write("ты тут?")
    await hears(teen, SAID.text("receipt.more", "ru", code=code))
    teen.write("ау")
    await place.move(20)
    await place.national.sees("▎ ау")
    await place.sandbox.idle()
    assert len(cards(place)) == 1
    assert len([text for text in heard(teen) if CODE.search(text)]) == 2


async def test_greetings_alone_are_answered_by_the_menu_and_inside_a_case_they_are_words(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed(language="Русский")
    home = SAID.text("home", "ru")
    async with place.hurried():
        for number, greeting in enumerate(("сәлем", "Привет!!", "?", "Сәлеметсіз бе", "...", "salem"), 1):
            teen.write(greeting)
            await hears(teen, home, times=number)
    await place.move(60)
    await asyncio.sleep(1.1)
    assert cards(place) == []

    stranger = place.teen()
    stranger.write("сәлем")
    await until(lambda: heard(stranger))
    assert heard(stranger) == ["\n\n".join(SAID.text("first.welcome", language) for language in LANGUAGES)]

    teen.write("😭")  # it may be all that she can say
    await coded(teen)
    teen.write("привет")
    teen.write("?")
    await place.move(46)
    card = await place.national.sees("▎ 😭")
    assert [line for line in card.text.split("\n") if "▎" in line] == ["▎ 😭", "▎ привет", "▎ ?"]


@pytest.mark.parametrize("words", ["привет 💔", "сәлем 13"])
async def test_a_greeting_with_something_beside_it_is_words(place: Town, words: str) -> None:
    teen = await place.welcomed(language="Русский")
    teen.write(words)
    await teen.sees("Код разговора", timeout=1.5)


async def test_with_twenty_answered_cases_in_seven_days_the_usual_wait_is_said(tmp_path: Path) -> None:
    """The answered cases are written through the storage while the bot is stopped: twenty real ones take minutes."""
    async with town(tmp_path) as place:

        async def answered(number: int, minutes: float, days_ago: float = 1) -> None:
            await place.bot.end()
            async with place.written() as tx:
                for _ in range(number):
                    person = await tx.people.meet(next(ids))
                    case = await tx.cases.open(person.key, "ru", Level.ORDINARY)
                    opened = place.now() - int(days_ago * 24 * 60 * MINUTE)
                    done = replace(
                        case, status=Status.CLOSED, opened_at=opened, answered_at=opened + int(minutes * MINUTE)
                    )
                    await tx.cases.save(done)
            await place.bot.start()

        async def told(language: Language, wait: str) -> None:
            teen = await place.welcomed(language=name_of(language))
            teen.write("Слова")
            shown = await coded(teen)
            assert shown.text == receipt(language, code_in(shown.text), wait)

        ids = iter(range(1000, 2000))
        await answered(30, 1, days_ago=7.1)
        await answered(19, 22)
        await told("ru", SAID.text("receipt.wait_unknown", "ru"))
        await answered(1, 500)
        await told("ru", "Обычно отвечаем за 22 минуты.")
        await told("kk", "Әдетте 22 минут ішінде жауап береміз.")
        await answered(25, 120)
        await told("ru", "Обычно отвечаем за 2 часа.")
        await told("kk", "Әдетте 2 сағат ішінде жауап береміз.")


async def test_words_before_the_truth_are_kept_and_no_erases_them(place: Town) -> None:
    assert place.national is not None
    teens = {}
    for language, words in FIRST.items():
        teen = teens[language] = place.teen(language_code=language)
        teen.write(words)
        shown = await coded(teen)
        page = SAID.page("truth", language, operator=OPERATOR[language])
        told = [receipt(language, code_in(shown.text)), SAID.text("truth.kept", language), page]
        assert heard(teen) == ["\n\n".join(told)]
        assert labels(shown) == [SAID.text(f"button.{key}", language) for key in ("understood", "no_erase")]
    await place.move(46)
    for language, teen in teens.items():
        code = code_in(heard(teen)[0])
        card = await place.national.sees(f"▎ {FIRST[language]}")
        no = SAID.text("button.no_erase", language)
        assert await press(teen, no) is None
        await hears(teen, SAID.text("truth.erased", language))
        line = SAID.text("card.line.withdrawn", "ru", code=code)
        left = await place.national.sees(line)
        assert (left.message_id, left.text, left.buttons) == (card.message_id, line, [])
        assert len([text for text in texts(cards(place)) if code in text]) == 1
        assert await press(teen, no) == SAID.text("toast.old_button", language)
    assert not await place.rows("SELECT id FROM message")


async def test_after_words_before_the_truth_understood_goes_on(place: Town) -> None:
    assert place.national is not None
    teen = place.teen()
    teen.write("Маған қиын болып жүр")
    await until(lambda: heard(teen))
    code = code_in(heard(teen)[0])
    await press(teen, SAID.text("button.understood", "kk"))
    await hears(teen, SAID.text("write.prompt_open", "kk", code=code))
    await teen.sees(SAID.text("ask.writer", "kk"))
    teen.write("тағы")
    await place.move(46)
    card = await place.national.sees("▎ тағы")
    assert "▎ Маған қиын болып жүр\n▎ тағы" in card.text
    assert len(await place.rows("SELECT id FROM consent")) == 1


async def test_no_ends_nothing_once_she_has_understood(place: Town) -> None:
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write("Мне плохо")
    await press(teen, SAID.text("button.understood", "ru"))
    await place.move(46)
    card = await place.national.sees("▎ Мне плохо")
    assert await press(teen, SAID.text("button.no_erase", "ru")) == SAID.text("toast.old_button", "ru")
    await place.sandbox.idle()
    assert card.text in texts(cards(place))


async def test_understood_twice_asks_the_questions_once(place: Town) -> None:
    teen = place.teen(language_code="ru")
    teen.write("Мне плохо")
    async with place.hurried():
        for _ in range(2):
            await press(teen, SAID.text("button.understood", "ru"))
        await place.settled()
    assert heard(teen).count(SAID.text("ask.writer", "ru")) == 1


async def test_a_voice_a_photo_or_a_sticker_as_the_very_first_message_opens_a_case(place: Town) -> None:
    assert place.national is not None
    first = {
        "voice": ("№1 [голосовое, 0:12]", SAID.text("media.voice_ask", "ru")),
        "photo": ("№1 [фото] смотрите", SAID.text("media.documents", "ru")),
        "sticker": ("[стикер 😢]", None),
        "video_note": ("№1 [видеокружок, 0:06]", SAID.text("media.voice_ask", "ru")),
    }
    codes = {}
    for kind, (label, told) in first.items():
        teen = place.teen(language_code="ru")
        teen.send(kind, caption="смотрите" if kind == "photo" else None)
        if told is not None:
            await hears(teen, told)
        await teen.sees(SAID.page("truth", "ru", operator=OPERATOR["ru"]))
        assert SAID.page("truth", "ru", operator=OPERATOR["ru"]) in heard(teen)[0]
        codes[code_in(heard(teen)[0])] = label
    await place.move(46)
    for code, label in codes.items():
        assert f"▎ {label}" in (await place.national.sees(code)).text
    assert len(cards(place)) == len(first)


async def test_what_is_not_passed_on_is_named_and_she_is_told_kindly(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed("Слова", language="Русский")
    kinds = {
        "contact": ("[контакт]", SAID.text("kind.contact_kept", "ru")),
        "location": ("[место на карте]", SAID.text("kind.location_kept", "ru")),
        "venue": ("[место на карте]", SAID.text("kind.location_kept", "ru")),
        "poll": ("[опрос]", SAID.text("kind.unpassed", "ru", kind="опрос")),
        "dice": ("[другое вложение]", SAID.text("kind.unpassed", "ru", kind="другое вложение")),
        "video": ("[видео, 0:08]", SAID.text("kind.unpassed", "ru", kind="видео")),
        "document": ("[файл]", SAID.text("kind.unpassed", "ru", kind="файл")),
    }
    async with place.hurried():
        for kind, (label, told) in kinds.items():
            before = heard(teen)
            teen.send(kind)
            await hears(teen, told, times=before.count(told) + 1)
            assert heard(teen) == [*before, told]
            assert (await place.national.sees(f"▎ {label}", topic=topic)).text == f"▎ {label}"
    passed = place.sandbox.journal.bytes(place.national.id).decode()
    assert "7010000000" not in passed
    assert "43.2" not in passed
    assert "Abay" not in passed


async def test_several_photos_at_once_are_named_one_by_one_and_told_of_once(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed(language="Русский")
    for number in range(10):
        teen.send("photo", caption=f"снимок {number}", media_group_id="77")
    await hears(teen, SAID.text("media.documents", "ru"))
    await place.move(46)
    card = await place.national.sees("[фото] снимок 9")
    assert [line for line in card.text.split("\n") if "▎" in line] == [
        f"▎ №{number + 1} [фото] снимок {number}" for number in range(10)
    ]
    await place.sandbox.idle()
    assert heard(teen).count(SAID.text("media.documents", "ru")) == 1
    assert len([text for text in heard(teen) if CODE.search(text)]) == 1


async def test_after_a_contact_and_a_photo_at_once_she_is_told_of_both(place: Town) -> None:
    teen = await place.welcomed(language="Русский")
    teen.send("contact")
    teen.send("photo")
    await hears(teen, SAID.text("media.documents", "ru"))
    await place.sandbox.idle()
    assert SAID.text("kind.contact_kept", "ru") in heard(teen)


async def test_an_edited_message_follows_the_first_and_overwrites_nothing(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed(language="Русский")
    said = teen.write("брат ударил")
    await coded(teen)
    teen.edit(said, "упал")
    await place.move(46)
    card = await place.national.sees("✎")
    assert "▎ брат ударил\n▎ ✎ изменено: упал" in card.text
    code = code_in(card.text)
    topic = await place.take(code)
    assert "▎ брат ударил" in place.national.transcript(topic)
    teen.edit(said, "нет, всё правда")
    shown = await place.national.sees("▎ нет, всё правда", topic=topic)
    assert shown.text.split("\n")[2:] == [SAID.text("line.was", "ru"), "▎ упал"]


async def test_a_greeting_that_is_edited_into_words_opens_a_case(place: Town) -> None:
    teen = await place.welcomed(language="Русский")
    said = teen.write("привет")
    await hears(teen, SAID.text("home", "ru"))
    teen.edit(said, "привет, вопрос про школу")
    await teen.sees("Код разговора", timeout=1.5)


async def test_an_edit_with_the_urgent_sign_makes_the_case_red(place: Town) -> None:
    assert place.national is not None
    teen, code = await place.case("он пришёл", language="Русский")
    teen.edit(next(shown.message_id for shown in teen.chat if shown.text == "он пришёл"), "🆘 он пришёл")
    await place.national.sees(f"🔴 {code}", timeout=1.5)


async def test_a_text_of_any_length_arrives_whole(place: Town) -> None:
    assert place.national is not None
    piece = "Қорқып тұрмын 👨‍👩‍👧‍👦🇰🇿 и ещё раз, потому что так бывает: 😭❤️‍🩹 "
    long = (piece * 80)[:4096].strip()
    assert len(long) > 4000
    teen = await place.welcomed(language="Русский")
    teen.write(long)
    await coded(teen)
    await place.move(46)
    card = await place.national.sees("▎ Қорқып")
    code = code_in(card.text)
    assert len(card.text) < 1700
    topic = await place.take(code)
    await place.sandbox.idle()
    assert joined(place.national.messages(topic)) == squeezed(long)
    teen.write(long)
    await until(lambda: joined(place.national.messages(topic)) == squeezed(long) * 2 if place.national else None)


def joined(shown: list[Shown]) -> str:
    """A person's words out of the messages of a topic, without white space, which Telegram trims."""
    lines = [line for text in texts(shown) for line in text.split("\n") if line.startswith("▎ ")]
    return squeezed("".join(line.removeprefix("▎ ") for line in lines))


def squeezed(text: str) -> str:
    return "".join(text.split())
