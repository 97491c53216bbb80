"""The optional taps while she waits: on one message, in her tone, onto the card, and to the right desk."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.people import Writer
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Catalog, Language
from storage.reference import region, regions, subject, subjects_for
from tests.town import Town, heard, labels, press, until

SAID = Catalog.load()
ZHAMBYL = "KZ-31"


def name_of(language: Language) -> str:
    return SAID.text(f"button.language.{language}", language)


def skip(language: Language) -> str:
    return SAID.text("button.skip", language)


async def asked(teen: Phone, text: str) -> Shown:
    """Waits until her newest message is this question."""
    return await until(lambda: next((s for s in reversed(teen.chat) if not s.mine and s.text == text), None))


async def opened(place: Town, language: Language = "ru", words: str = "Вопрос про лагерь") -> tuple[Phone, str]:
    """Somebody with a fresh case, at the first question; and the case's code."""
    teen, code = await place.case(words, language=name_of(language))
    await asked(teen, SAID.text("ask.writer", language))
    await place.move(2)
    return teen, code


@pytest.mark.parametrize("writer", [Writer.CHILD, Writer.PROFESSIONAL])
async def test_four_questions_stand_on_one_message_and_only_a_child_is_called_by_thou(
    place: Town, writer: Writer
) -> None:
    adult = writer is not Writer.CHILD

    async def tells(language: Language) -> None:
        teen, code = await opened(place, language)
        question = await asked(teen, SAID.text("ask.writer", language))
        assert labels(question) == [*(SAID.text(f"writer.{one}", language) for one in Writer), skip(language)]
        said_before = len(heard(teen))
        await press(teen, SAID.text(f"writer.{writer}", language))
        shown = await asked(teen, SAID.text("ask.region", language, adult=adult))
        assert labels(shown) == [
            *(one.label(language) for one in regions()), SAID.text("region.elsewhere", language), skip(language)
        ]  # fmt: skip
        await press(teen, region(ZHAMBYL).label(language))
        shown = await asked(teen, SAID.text("ask.subject", language, adult=adult))
        offered = [one.label(language, writer) for one in subjects_for(writer)]
        assert labels(shown) == [*offered, skip(language)]
        await press(teen, subject("bullying").label(language, writer))
        shown = await asked(teen, SAID.text("ask.want", language, adult=adult))
        await press(teen, SAID.text("want.listen", language))
        done = await asked(teen, SAID.text("ask.done", language, adult=adult))
        assert done.message_id == question.message_id
        assert (done.edited, done.buttons) == (True, [])
        # A subject that may mean danger brings one question more, in a message of its own; nothing else does.
        await until(lambda: len(heard(teen)) > said_before)
        assert heard(teen)[said_before:] == [SAID.text("safe.ask", language, adult=adult)]

        teen.write("/help")
        await asked(teen, SAID.text("help", language, adult=adult))
        head = [
            SAID.text("card.who", "ru", who=SAID.text(f"who.{writer}", "ru"), region="Жамбылская область",
                      language=SAID.text(f"language.{language}", "ru")),
            SAID.text("card.need", "ru", want=SAID.text("want.listen", "ru"), subject=subject("bullying").ru_adult),
        ]  # fmt: skip
        await until(lambda: all(line in newest_card(place.national, code).text.split("\n") for line in head))
        assert newest_card(place.national, code).text.startswith("🟡")

    async with place.hurried():
        await asyncio.gather(*(tells(language) for language in LANGUAGES))


def newest_card(group: Group | None, code: str) -> Shown:
    assert group is not None
    return [shown for shown in group.messages() if code in shown.text][-1]


async def test_each_writer_is_offered_her_own_eight_subjects_and_everything_can_be_skipped(place: Town) -> None:
    assert place.national is not None

    async def skips(writer: Writer | None) -> tuple[str, tuple[str, ...]]:
        adult = writer is not Writer.CHILD
        teen, code = await opened(place)
        await press(teen, SAID.text(f"writer.{writer}", "ru") if writer else skip("ru"))
        await asked(teen, SAID.text("ask.region", "ru", adult=adult))
        await press(teen, skip("ru"))
        shown = await asked(teen, SAID.text("ask.subject", "ru", adult=adult))
        assert labels(shown) == [*(one.label("ru", writer) for one in subjects_for(writer)), skip("ru")]
        assert len(labels(shown)) == 9
        await press(teen, skip("ru"))
        await asked(teen, SAID.text("ask.want", "ru", adult=adult))
        await press(teen, skip("ru"))
        await asked(teen, SAID.text("ask.done", "ru", adult=adult))
        return code, tuple(labels(shown))

    async with place.hurried():
        seen = await asyncio.gather(*(skips(writer) for writer in (*Writer, None)))
    assert len({offered for _, offered in seen}) == len(Writer)  # who skips is offered the child's words
    await place.move(46)
    card = await place.national.sees(seen[-1][0])
    assert SAID.text("card.need", "ru", want="не указано", subject="не указана") in card.text
    assert "Кто: не указано · язык: русский · регион: не указан" in card.text


async def test_the_card_is_edited_at_most_once_in_15_seconds_and_shows_the_newest_state(place: Town) -> None:
    assert place.national is not None
    teen, code = await opened(place)
    await place.move(46)
    card = await place.national.sees(code)
    async with place.hurried():
        for label in (SAID.text("writer.child", "ru"), "Алматы", subject("mood").ru, SAID.text("want.place", "ru")):
            await press(teen, label)
            await place.sandbox.idle()
        teen.write("И ещё слова")
        await place.national.sees("▎ И ещё слова", timeout=90)
    await place.sandbox.idle()
    times = [
        showing.at for showing in place.sandbox.journal.to(place.national)
        if showing.action == "edited" and showing.message_id == card.message_id
    ]  # fmt: skip
    assert len(times) >= 2
    # The clock runs ten times as fast, so the first may arrive some seconds late.
    assert times[-1] - times[0] + timedelta(seconds=5) >= timedelta(seconds=15) * (len(times) - 1)
    newest = newest_card(place.national, code)
    assert newest.message_id == card.message_id
    assert "Кто: меньше 18 · язык: русский · регион: город Алматы" in newest.text
    assert f"тема: {subject('mood').ru_adult}" in newest.text
    assert newest.thread_id == place.national.topic_named("Очередь")


async def test_the_region_decides_the_desk_and_the_second_case_does_not_ask_again(place: Town) -> None:
    """The region's desk at once when it is bound, else the national one at once; "somewhere else" as well."""
    assert place.national is not None
    async with place.hurried():
        zhambyl = await place.bind(region(ZHAMBYL).label_ru)

    async def chooses(label: str) -> tuple[Phone, str]:
        teen, code = await opened(place)
        await press(teen, skip("ru"))
        await press(teen, label)
        return teen, code

    here, code = await chooses(region(ZHAMBYL).label_ru)
    await zhambyl.sees(code)
    _, code_there = await chooses("Абай")
    await place.national.sees(code_there)
    _, code_abroad = await chooses(SAID.text("region.elsewhere", "ru"))
    assert "регион: В другом месте" in (await place.national.sees(code_abroad)).text
    waiting, code_waiting = await opened(place)
    await place.move(30)
    await asyncio.sleep(1.1)
    assert code_waiting not in place.national.transcript() + zhambyl.transcript()
    await place.move(16)
    await place.national.sees(code_waiting)
    assert code not in place.national.transcript()
    assert not [other for other in (code_there, code_abroad, code_waiting) if other in zhambyl.transcript()]

    async with place.hurried():
        # Late: the region is noted, the case stays where it is.
        await press(waiting, skip("ru"))
        await press(waiting, region(ZHAMBYL).label_ru)
        await place.national.sees("регион: Жамбылская область")
        assert code_waiting not in zhambyl.transcript()

        await press(here, SAID.text("button.take_back", "ru"))
        await here.sees("забрали назад")
        here.write("Я всё-таки напишу")
        await until(lambda: here.chat[-1].text == SAID.text("ask.writer", "ru"))
        await press(here, skip("ru"))
        await until(lambda: here.chat[-1].text == SAID.text("ask.subject", "ru"))
    shown = [showing.text for showing in place.sandbox.journal.to(here)]
    assert shown.count(SAID.text("ask.region", "ru")) == 1
    second = await zhambyl.sees("▎ Я всё-таки напишу")
    assert "регион: Жамбылская область" in second.text


async def test_a_red_subject_moves_the_card_to_the_urgent_topic(place: Town) -> None:
    assert place.national is not None
    urgent, queue = place.national.topic_named("Срочно"), place.national.topic_named("Очередь")
    early, early_code = await opened(place)
    late, late_code = await opened(place)
    # Before the card is out: it stands in the urgent topic at once, and nowhere else.
    await choose_subject(early, "suicide")
    assert (await place.national.sees(early_code)).thread_id == urgent
    await place.move(46)
    card = await place.national.sees(late_code)
    assert card.thread_id == queue
    async with place.hurried():
        await choose_subject(late, "violence_home")
    await until(lambda: newest_card(place.national, late_code).thread_id == urgent)
    line, national = SAID.text("card.line.moved", "ru", code=late_code), place.national
    await until(lambda: line in [shown.text for shown in national.messages(queue)])
    await place.sandbox.idle()
    moved = next(shown for shown in place.national.messages(queue) if late_code in shown.text)
    assert (moved.text, moved.buttons) == (line, [])
    red = newest_card(place.national, late_code)
    assert red.text.startswith(f"🔴 {late_code}")
    assert SAID.text("finding.subject", "ru") in red.text
    assert "▎ Вопрос про лагерь" in red.text
    assert labels(red) == [SAID.text("button.take", "ru")]
    assert early_code not in "".join(shown.text for shown in place.national.messages(queue))
    # Nothing lowers it again: another subject is only noted.
    assert [shown.thread_id for shown in place.national.messages() if late_code in shown.text] == [queue, urgent]


async def choose_subject(teen: Phone, key: str) -> None:
    await press(teen, SAID.text("writer.child", "ru"))
    await asked(teen, SAID.text("ask.region", "ru", adult=False))
    await press(teen, skip("ru"))
    await asked(teen, SAID.text("ask.subject", "ru", adult=False))
    await press(teen, subject(key).ru)


async def test_old_buttons_of_a_case_that_is_over_answer_with_a_toast(place: Town) -> None:
    teen, _ = await opened(place)
    question = await asked(teen, SAID.text("ask.writer", "ru"))
    receipt = await teen.sees("Код разговора")
    await press(teen, SAID.text("button.take_back", "ru"))
    await teen.sees("забрали назад")
    old = SAID.text("toast.old_button", "ru")
    before = heard(teen)
    assert await press(teen, SAID.text("writer.child", "ru"), message_id=question.message_id) == old
    assert await press(teen, SAID.text("button.take_back", "ru"), message_id=receipt.message_id) == old
    await place.sandbox.idle()
    assert heard(teen) == before
