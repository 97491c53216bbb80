"""Arriving: the first screen, the truth and its consent, the menu, the language; and when nobody is there yet."""

import asyncio
import hashlib
from pathlib import Path

import pytest

from bot import jobs
from bot.telegram.sandbox.phone import Phone
from locales import LANGUAGES, Catalog, Language
from tests.town import CODE, NATIONAL_RU, OPERATOR, Town, code_in, heard, labels, press, quick_sweeps, town, until

SAID = Catalog.load()
NUMBERS = ("112", "103", "102", "111")


def name_of(language: Language) -> str:
    return SAID.text(f"button.language.{language}", language)


def menu(language: Language, *, adult: bool = True) -> list[list[str]]:
    """The four buttons of a person, as they stand."""
    urgent, write, centre, book = (
        SAID.text(f"button.{key}", language, adult=adult) for key in ("urgent", "write", "centre", "book")
    )
    return [[urgent], [write], [centre, book]]


async def hears(teen: Phone, text: str) -> None:
    """Waits until exactly this is the newest thing on her screen."""
    await until(lambda: heard(teen)[-1:] == [text])


async def test_start_shows_one_screen_with_both_languages_112_and_the_urgent_button(place: Town) -> None:
    plain, linked, kazakh = place.teen("Айша"), place.teen("Дана", language_code="ru"), place.teen("Ер")
    plain.start()
    linked.start("s_42-School_7")
    kazakh.start("x" * 64)
    for teen in (plain, linked, kazakh):
        await hears(teen, "\n\n".join(SAID.text("first.welcome", language) for language in LANGUAGES))
    await place.sandbox.idle()
    for teen in (plain, linked, kazakh):
        (first,) = [shown for shown in teen.chat if not shown.mine]
        assert first.text.count("112") == len(LANGUAGES)
        assert first.buttons == []
        assert teen.keyboard == [
            *([SAID.text("button.urgent", language)] for language in LANGUAGES),
            [name_of(language) for language in LANGUAGES],
        ]
    plain.start()
    await until(lambda: len(heard(plain)) == 2)
    assert heard(plain)[0] == heard(plain)[1]


async def test_three_screens_lead_to_her_own_words_and_the_menu_is_honest(place: Town) -> None:
    async def walks(language: Language) -> None:
        teen = place.teen(language_code="kk" if language == "ru" else "ru")
        teen.start()
        await press(teen, name_of(language))
        await hears(teen, SAID.page("truth", language, operator=OPERATOR[language]))
        truth = teen.chat[-1]
        assert OPERATOR[language] in truth.text
        assert labels(truth) == [SAID.text("button.understood", language)]
        await press(teen, SAID.text("button.understood", language))
        await hears(teen, SAID.text("write.prompt", language))
        assert len(heard(teen)) == 3
        assert teen.keyboard == menu(language)
        keyboard = place.sandbox.journal.sent(teen.id)[-1].params["reply_markup"]
        assert (keyboard["is_persistent"], keyboard["resize_keyboard"]) == (True, True)

        for button, answer in (("centre", "centre.soon"), ("book", "book.soon"), ("write", "write.prompt")):
            await press(teen, SAID.text(f"button.{button}", language))
            await hears(teen, SAID.text(answer, language))
            assert button == "write" or "111" in heard(teen)[-1]
        teen.start()
        await hears(teen, SAID.text("home", language))
        teen.write("/help")
        await hears(teen, SAID.text("help", language))
        assert "112" in heard(teen)[-1]
        assert teen.keyboard == menu(language)

    async with place.hurried():
        await asyncio.gather(*(walks(language) for language in LANGUAGES))
    await place.move(46)
    await asyncio.sleep(1.1)
    assert place.national is not None
    assert not CODE.search(place.national.transcript())


async def test_consent_is_recorded_once_with_the_text_the_language_and_the_time(place: Town) -> None:
    teens = {language: await place.welcomed(language=name_of(language)) for language in LANGUAGES}
    for language, teen in teens.items():
        teen.write("/help")
        await hears(teen, SAID.text("help", language))
        await press(teen, SAID.text("button.understood", language))
        await hears(teen, SAID.text("write.prompt", language))
    now = place.now()
    rows = await place.rows("SELECT person, version, language, digest, given_at FROM consent")
    assert {row["language"]: row["digest"] for row in rows} == {
        language: hashlib.sha256(SAID.page("truth", language, operator=OPERATOR[language]).encode()).hexdigest()
        for language in LANGUAGES
    }
    assert {row["language"]: row["person"] for row in rows} == {
        language: await place.key_of(teen) for language, teen in teens.items()
    }
    assert len(rows) == len(LANGUAGES)
    assert all(row["version"] and 0 <= now - row["given_at"] < 60_000 for row in rows)


async def test_without_a_national_desk_nobody_answers_and_nothing_is_taken(tmp_path: Path) -> None:
    async with town(tmp_path, national=False) as place:
        nobody = "\n\n".join(SAID.text("first.nobody", language) for language in LANGUAGES)
        assert nobody.count("112") == nobody.count("111") == len(LANGUAGES)
        teen, caller, voice = place.teen("Айша"), place.teen("Дана"), place.teen("Ер")
        async with place.hurried():
            teen.start()
            await hears(teen, nobody)
            teen.write("Бұл сөз жазылмайды")
            await until(lambda: heard(teen) == [nobody] * 2)
            await press(teen, name_of("kk"))
            await until(lambda: heard(teen) == [nobody] * 3)
            voice.send("voice")
            await until(lambda: heard(voice) == [nobody])
            for language in LANGUAGES:
                caller.start()
                await until(lambda: heard(caller)[-1:] == [nobody])
                await press(caller, SAID.text("button.urgent", language))
                await hears(caller, SAID.text("sos.nobody", "kk"))  # the first button has chosen her language
                assert all(number in heard(caller)[-1] for number in NUMBERS)
            caller.write("🆘 меня бьют")
            await hears(caller, SAID.text("sos.nobody", "kk"))
        await place.move(120)
        assert not await place.rows("SELECT id FROM message UNION ALL SELECT id FROM cases")

        await place.bot.start()
        national = await place.bind(NATIONAL_RU)
        await place.move(120)
        await place.sandbox.idle()
        assert "көрмейді" not in national.transcript()
        assert "бьют" not in national.transcript()
        teen.write("Сабақ туралы жазайын")
        await place.sandbox.idle()
        await place.move(46)
        assert "көрмейді" not in (await national.sees("▎ Сабақ туралы жазайын")).text


async def test_without_a_desk_a_typed_cry_is_answered_in_the_language_of_her_phone(tmp_path: Path) -> None:
    async with town(tmp_path, national=False) as place:
        teen = place.teen(language_code="kk")
        teen.write("🆘")
        await until(lambda: heard(teen))
        assert SAID.text("sos.nobody", "kk") in heard(teen)[-1]


async def test_commands_before_any_choice_are_answered_in_the_language_of_her_phone(place: Town) -> None:
    helped, leaving = place.teen(language_code="kk"), place.teen(language_code="kk")
    helped.write("/help")
    leaving.write("/forget")
    await until(lambda: heard(helped) and heard(leaving))
    assert heard(helped) == [SAID.text("help", "kk")]
    assert heard(leaving) == [SAID.text("forget.ask", "kk")]


async def test_the_card_names_the_language_that_she_has_chosen_since(place: Town) -> None:
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write("magan kiyn")
    await press(teen, SAID.text("button.understood", "ru"))
    await place.move(46)
    await place.national.sees("язык: русский")
    teen.write(name_of("kk"))
    await hears(teen, SAID.text("language.changed", "kk"))
    await place.move(16)
    await place.national.sees("язык: казахский", timeout=2)


async def test_the_language_can_be_changed_at_any_time_also_in_an_open_case(place: Town) -> None:
    assert place.national is not None
    stranger = place.teen()
    stranger.write("/lang")
    await until(lambda: heard(stranger))
    assert labels(stranger.chat[-1]) == [name_of(language) for language in LANGUAGES]
    await press(stranger, name_of("ru"))
    await hears(stranger, SAID.page("truth", "ru", operator=OPERATOR["ru"]))

    teen, code, topic = await place.claimed("Маған қиын", language=name_of("kk"))
    assert teen.keyboard == menu("kk")
    teen.write("/til")
    await teen.sees(SAID.text("language.ask", "ru"))
    await press(teen, name_of("ru"))
    await hears(teen, SAID.text("language.changed", "ru"))
    assert teen.keyboard == menu("ru")
    async with place.hurried():
        await press(teen, SAID.text("button.write", "ru"))
        await hears(teen, SAID.text("write.prompt_open", "ru", code=code))
        place.operator.write("Я слушаю", chat=place.national, topic=topic)
        await teen.sees("Я слушаю")
        await press(place.operator, "Закрыть", chat=place.national, topic=topic)
        await press(place.operator, "Помогли", chat=place.national, topic=topic)
        await hears(teen, SAID.text("closed", "ru", code=code))
        await press(teen, SAID.text("button.urgent", "ru"))
        urgent = await teen.sees("103")
        assert urgent.text.startswith(SAID.text("sos.screen", "ru", code=code_in(urgent.text)))
        teen.write("/lang")
        await hears(teen, "\n".join(SAID.text("language.ask", language) for language in LANGUAGES))
        await press(teen, name_of("kk"))
        await hears(teen, SAID.text("language.changed", "kk"))
        assert teen.keyboard == menu("kk")


async def test_a_dead_invitation_is_answered_and_makes_no_case(place: Town) -> None:
    teen = place.teen()
    teen.start("a_0123456789abcdef")
    await hears(teen, SAID.text("admin.link_bad", "ru"))
    await place.move(60)
    await place.sandbox.idle()
    assert place.national is not None
    assert "a_0123456789abcdef" not in place.national.transcript()
    assert "/desks" not in "".join(heard(teen))


async def test_administrators_are_reminded_every_day_while_no_national_desk_is_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())
    async with town(tmp_path, national=False) as place:

        def told() -> int:
            return sum("Национальный дежурный не подключён" in text for text in heard(place.admin))

        for days in (0, 1, 2):
            await until(lambda days=days: told() == days)  # type: ignore[misc]  # as a default
            await place.move(23 * 3600)
            await place.settled()
            assert told() == days
            await place.move(3601)
        await until(lambda: told() == 3)
        await place.bind(NATIONAL_RU)
        await place.move(25 * 3600)
        await place.settled()
        assert told() == 3
