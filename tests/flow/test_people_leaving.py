"""Taking back and being forgotten: what was promised is erased everywhere, whatever is under way."""

import asyncio
from dataclasses import replace

import pytest

from bot import jobs
from bot.telegram.sandbox.phone import Phone
from locales import LANGUAGES, Catalog, Language
from tests.danger import PLAIN
from tests.town import OPERATOR, Town, code_in, heard, labels, press, texts, told_code, until

SAID = Catalog.load()


def name_of(language: Language) -> str:
    return SAID.text(f"button.language.{language}", language)


async def hears(teen: Phone, text: str) -> None:
    await until(lambda: text in heard(teen))


def lines_about(place: Town, code: str) -> list[str]:
    """What stands about a case in the desk's group, without service messages."""
    assert place.national is not None
    return [shown.text for shown in place.national.messages() if code in shown.text and shown.kind == "text"]


async def forgets(place: Town, teen: Phone, language: Language = "ru", *, adult: bool = True) -> None:
    """She asks to be forgotten, says yes, and has been told."""
    await place.move(2)
    teen.write("/forget")
    await press(teen, SAID.text("button.forget_yes", language, adult=adult))
    await hears(teen, SAID.text("forget.done", language, adult=adult))


async def nothing_left(place: Town, *teens: Phone) -> None:
    """Stops the bot: none of its files names her, by her key or by her id, and no words or case keys are there."""
    await place.sandbox.idle()
    keys = [await place.key_of(teen) for teen in teens]
    copy = await place.copied()
    disk = b"".join(file.read_bytes() for file in (copy, copy.with_name("senim.db-wal")) if file.exists())
    for teen, key in zip(teens, keys, strict=True):
        assert key.encode() not in disk
        assert bytes.fromhex(key) not in disk
        assert str(teen.id).encode() not in disk
    for sql in (
        "SELECT key FROM person", "SELECT id FROM consent", "SELECT id FROM message", "SELECT key FROM form",
        "SELECT id FROM data_key WHERE id LIKE 'case:%'", "SELECT id FROM cases WHERE person IS NOT NULL",
        "SELECT id FROM outbox",
    ):  # fmt: skip
        found = await place.rows(
            sql.replace("SELECT key FROM person", f"SELECT key FROM person WHERE key IN {_in(keys)}")
        )
        assert [tuple(row) for row in found] == [], sql


def _in(values: list[str]) -> str:
    return "({})".format(", ".join(f"'{value}'" for value in values))


async def test_forget_asks_once_says_what_stays_and_no_keeps_everything(place: Town) -> None:
    codes = {}

    async def asks(language: Language) -> None:
        teen = await place.welcomed(language=name_of(language))
        teen.write("/forget")
        await hears(teen, SAID.text("forget.ask", language))
        yes, no = (SAID.text(f"button.forget_{answer}", language) for answer in ("yes", "no"))
        assert labels(teen.chat[-1]) == [yes, no]
        assert "Telegram" in heard(teen)[-1]
        await press(teen, no)
        await hears(teen, SAID.text("forget.kept", language))
        teen.write(f"Мои слова {language}")
        code = codes[language] = await told_code(teen)
        teen.write("/forget")
        await hears(teen, SAID.text("forget.ask_open", language, code=code))
        assert "Telegram" in heard(teen)[-1]
        await press(teen, no)
        await until(lambda: heard(teen).count(SAID.text("forget.kept", language)) == 2)

    async with place.hurried():
        await asyncio.gather(*(asks(language) for language in LANGUAGES))
    await place.move(46)
    for language, code in codes.items():
        assert place.national is not None
        assert f"▎ Мои слова {language}" in (await place.national.sees(code)).text
    assert len(await place.rows("SELECT id FROM consent")) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_yes_erases_her_everywhere_and_she_starts_afresh(place: Town, language: Language) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed("Менің сөзім", language=name_of(language))
    async with place.hurried():
        await press(teen, SAID.text("writer.child", language))
        await place.national.sees(SAID.text("who.child", "ru"), timeout=90)
        place.operator.write("Мен осындамын", chat=place.national, topic=topic)
        await teen.sees("Мен осындамын")
        teen.write("рақмет")
        await place.national.sees("▎ рақмет", topic=topic)
        await forgets(place, teen, language, adult=False)
    await until(lambda: place.national is not None and place.national.topics[topic].deleted)
    await until(lambda: lines_about(place, code) == [SAID.text("card.line.erased", "ru", code=code)])
    assert teen.keyboard == []
    assert "Менің сөзім" not in place.national.transcript()
    await nothing_left(place, teen)
    (row,) = await place.rows("SELECT code, writer, region, subject, want FROM cases")
    assert tuple(row) == (code, None, None, None, None)

    await place.bot.start()
    await place.move(2)
    teen.write("Қайта келдім")
    shown = await teen.sees(SAID.text("truth.kept", "kk"))
    assert SAID.page("truth", "kk", operator=OPERATOR["kk"]) in shown.text
    assert code_in(shown.text) != code
    teen.start()
    await hears(teen, "\n\n".join(SAID.text("first.welcome", one) for one in LANGUAGES))


async def test_closed_cases_are_forgotten_with_the_open_one(place: Town) -> None:
    assert place.national is not None
    teen, old, topic = await place.claimed("Раз", language="Русский")
    await press(place.operator, "Закрыть", chat=place.national, topic=topic)
    await press(place.operator, "Помогли", chat=place.national, topic=topic)
    await hears(teen, SAID.text("closed", "ru", code=old))
    await place.move(73 * 3600)
    said = len(heard(teen))
    teen.write("Два")
    code = await told_code(teen, said)
    await place.move(46)
    await place.national.sees("▎ Два")
    await forgets(place, teen)
    erased = {one: [SAID.text("card.line.erased", "ru", code=one)] for one in (old, code)}
    await until(lambda: {one: lines_about(place, one) for one in (old, code)} == erased)
    await until(lambda: place.national is not None and place.national.topics[topic].deleted)
    await nothing_left(place, teen)


async def test_a_card_that_waits_for_a_free_minute_never_goes_out_after_forget(place: Town) -> None:
    assert place.national is not None
    others = [place.teen(f"Т{number}", language_code="ru") for number in range(20)]
    for other in others:
        other.write(PLAIN)
    await until(lambda: all(map(heard, others)))
    teen, code = await place.case("Мой секрет", language="Русский")
    await place.move(46)
    await until(lambda: place.national and place.national.transcript().count("▎") >= 16)
    await place.sandbox.idle()
    assert lines_about(place, code) == []
    await forgets(place, teen)
    await place.move(61)
    await until(lambda: place.national and place.national.transcript().count("▎") == 20)
    await place.sandbox.idle()
    assert "секрет" not in place.national.transcript()
    assert lines_about(place, code) == []
    key = await place.key_of(teen)
    assert await place.rows(f"SELECT key FROM person WHERE key = '{key}'") == []
    assert len(await place.rows("SELECT id FROM data_key WHERE id LIKE 'case:%'")) == 20
    assert await place.rows("SELECT id FROM outbox") == []


@pytest.mark.parametrize("fault", ["hang", "cut_after"])
async def test_an_answer_that_is_under_way_leaves_nothing_behind(place: Town, fault: str) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed("Слова", language="Русский")
    teen.write("/forget")
    await hears(teen, SAID.text("forget.ask_open", "ru", code=code))
    await place.move(2)
    if fault == "hang":
        place.sandbox.faults.hang(1.5, "sendMessage", teen.id)
    else:
        place.sandbox.faults.cut_after("sendMessage", teen.id, times=None)
    place.operator.write("Ответ в пути", chat=place.national, topic=topic)
    await until(lambda: any("Ответ в пути" in str(c.params.get("text")) for c in place.sandbox.journal.calls))
    await press(teen, SAID.text("button.forget_yes", "ru"))
    place.sandbox.faults.clear()
    await place.move(30)
    await hears(teen, SAID.text("forget.done", "ru"))
    await until(lambda: place.national is not None and place.national.topics[topic].deleted)
    await place.sandbox.idle(quiet=0.5)
    assert len([text for text in heard(teen) if "Ответ в пути" in text]) == 1
    await nothing_left(place, teen)


@pytest.mark.parametrize("method", ["createForumTopic", "sendMessage"])
async def test_a_claim_that_is_under_way_leaves_nothing_behind(place: Town, method: str) -> None:
    assert place.national is not None
    teen, code = await place.case("Слова", language="Русский")
    await place.move(46)
    card = await place.national.sees(code)
    teen.write("/forget")
    await hears(teen, SAID.text("forget.ask_open", "ru", code=code))
    place.sandbox.faults.hang(1.5, method, place.national.id)
    await press(place.operator, "🙋", chat=place.national, message_id=card.message_id)
    await until(lambda: any(c.method == method and not c.ok for c in place.sandbox.journal.calls[-6:]))
    await press(teen, SAID.text("button.forget_yes", "ru"))
    await hears(teen, SAID.text("forget.done", "ru"))
    await place.sandbox.idle(quiet=1)
    topics = [topic for topic in place.national.topics.values() if code in topic.name]
    assert len(topics) == 1
    assert topics[0].deleted
    assert lines_about(place, code) == [SAID.text("card.line.erased", "ru", code=code)]
    await nothing_left(place, teen)


async def test_who_blocks_the_bot_right_after_forget_is_erased(place: Town) -> None:
    teen, code = await place.case("Слова", language="Русский")
    await place.move(2)
    teen.write("/forget")
    await hears(teen, SAID.text("forget.ask_open", "ru", code=code))
    yes = asyncio.create_task(press(teen, SAID.text("button.forget_yes", "ru")))
    await asyncio.sleep(0)  # she has tapped
    teen.block()
    await yes
    await place.move(601)
    await nothing_left(place, teen)


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sweep is called each second of real time: the longest of them waits an hour of it."""
    monkeypatch.setattr(jobs, "SWEEPS", tuple(replace(sweep, every=min(sweep.every, 1)) for sweep in jobs.SWEEPS))


async def test_who_cannot_be_told_is_erased_after_ten_minutes(eager: None, place: Town) -> None:
    teen, code, topic = await place.claimed("Слова", language="Русский")
    await place.move(2)
    teen.write("/forget")
    await hears(teen, SAID.text("forget.ask_open", "ru", code=code))
    place.sandbox.faults.server_error("sendMessage", teen.id, times=None)
    await press(teen, SAID.text("button.forget_yes", "ru"))
    await until(lambda: place.national is not None and place.national.topics[topic].deleted)
    await place.move(590)
    await asyncio.sleep(1.2)
    assert len(await place.rows("SELECT key FROM person WHERE leaving_at IS NOT NULL")) == 1
    await place.bot.start()
    await place.move(11)
    await asyncio.sleep(2.5)
    await place.move(31)  # the next try of the farewell finds nobody to tell
    await nothing_left(place, teen)
    assert SAID.text("forget.done", "ru") not in heard(teen)


async def test_forget_as_the_very_first_thing_is_done_too(place: Town) -> None:
    teen = place.teen(language_code="ru")
    await forgets(place, teen)
    await nothing_left(place, teen)


async def test_the_old_button_under_the_truth_records_the_text_in_its_own_language(place: Town) -> None:
    """After /forget the old screens are still in her chat, and nobody knows her language any more."""
    teen = await place.welcomed()
    await forgets(place, teen, "kk")
    await place.move(2)
    before = len(heard(teen))
    await press(teen, SAID.text("button.understood", "kk"))
    await until(lambda: len(heard(teen)) > before)
    (row,) = await place.rows("SELECT language FROM consent")
    assert row["language"] == "kk"


async def test_taking_back_before_the_claim_leaves_one_line_or_nothing(place: Town) -> None:
    assert place.national is not None

    async def opened(language: Language) -> tuple[Phone, str]:
        return await place.case("Вопрос про лагерь", language=name_of(language))

    async def takes_back(teen: Phone, language: Language) -> None:
        await press(teen, SAID.text("button.take_back", language))
        await hears(teen, SAID.text("took_back.done", language))

    gone = await asyncio.gather(*map(opened, LANGUAGES))
    await asyncio.gather(*(takes_back(teen, language) for (teen, _), language in zip(gone, LANGUAGES, strict=True)))
    late = await asyncio.gather(*map(opened, LANGUAGES))
    await place.move(46)
    await until(lambda: all(lines_about(place, code) for _, code in late))
    await asyncio.gather(*(takes_back(teen, language) for (teen, _), language in zip(late, LANGUAGES, strict=True)))
    for _, code in late:
        line = SAID.text("card.line.withdrawn", "ru", code=code)
        await place.national.sees(line)
        assert lines_about(place, code) == [line]
    await place.sandbox.idle()
    assert [lines_about(place, code) for _, code in gone] == [[], []]
    assert "Вопрос про лагерь" not in place.national.transcript()
    teen, code = gone[0]
    said = len(heard(teen))
    teen.write("Снова")
    assert await told_code(teen, said) != code
    # The rows stay for their codes alone: neither words nor a key to read them.
    assert len(await place.rows("SELECT id FROM message")) == 1
    assert len(await place.rows("SELECT id FROM data_key WHERE id LIKE 'case:%'")) == 1


async def test_after_the_claim_it_is_too_late_to_take_back_and_the_talk_goes_on(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed("Слова", language="Русский")
    await press(teen, SAID.text("button.take_back", "ru"))
    await hears(teen, SAID.text("took_back.too_late", "ru"))
    teen.write("ладно")
    await place.national.sees("▎ ладно", topic=topic)
    assert "▎ Слова" in "\n".join(texts(place.national.messages(topic)))
