"""A red case that nobody takes: each rung at its time, the truth at each, and what halts or hurries it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.domain.ladder import RUNGS, Rung
from bot.telegram.sandbox.phone import Phone
from locales import LANGUAGES, Catalog, Language
from tests.auditor import Witness
from tests.danger import first_words, numbers
from tests.region import Regional, on_shift, takeable
from tests.town import Town, heard, labels, press, texts, until

SAID = Catalog.load()
TURN = "Срочное, никто ещё не взял"


@pytest.fixture(autouse=True)
async def witness(place: Town) -> AsyncIterator[Witness]:
    """In the end the auditor reads what the sandbox saw: nobody met with silence."""
    watching = Witness(place.sandbox, place.admin.id)
    watching.red_words.add("не хочу жить")
    yield watching
    report = await watching.judged()
    assert report.findings == []
    assert report.judged


def told(teen: Phone, key: str, language: Language = "ru") -> int:
    """How often she was told this."""
    return sum(text == SAID.text(key, language, adult=True) for text in heard(teen))


async def cry(place: Town, language: Language = "ru", name: str = "Айша") -> tuple[Phone, str]:
    teen = place.teen(name, language_code=language)
    teen.write("🆘")
    return teen, await numbers(teen, language)


def alerts(phone: Phone, code: str) -> list[str]:
    return [text for text in texts(phone.chat) if TURN in text and code in text]


async def answer(teen: Phone, key: str, language: Language = "ru") -> None:
    await press(teen, SAID.text(f"button.{key}", language))


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_rung_is_climbed_at_its_time_and_she_is_told_the_truth_once_at_each(
    place: Town, language: Language
) -> None:
    national = place.national
    assert national is not None
    operator = await on_shift(place, national)
    second = await on_shift(place, national, "Вторая")
    begun = place.now()
    teen, code = await cry(place, language)
    first = await until(lambda: next((one for one in (operator, second) if alerts(one, code)), None))
    other = second if first is operator else operator
    urgent = national.topic_named("Срочно")
    assert not alerts(other, code)
    assert [
        shown
        for shown in national.messages(urgent)
        if SAID.text("card.turn", "ru", alias="") in shown.text and code in shown.text
    ]
    for rung in Rung:
        await place.settled()
        await place.move((RUNGS[rung] - place.now() + begun) // 1000 - 10)
        await place.settled()
        assert told(teen, f"unanswered.{rung}", language) == 0, rung
        await place.move((RUNGS[rung] - place.now() + begun) / 1000)
        await until(lambda rung=rung: told(teen, f"unanswered.{rung}", language) == 1)  # type: ignore[misc]  # as a default
        await place.move(16)  # a ring waits for the one before it
        ring = SAID.text("ring.incident", "ru", number=1) if rung is Rung.INCIDENT else SAID.text(f"ring.{rung}", "ru")
        await until(lambda ring=ring: [s for s in national.messages(urgent) if ring in s.text and code in s.text])  # type: ignore[misc]  # as a default
        if rung is Rung.AGAIN:
            await until(lambda: alerts(other, code))
        if rung is Rung.SUPERVISORS:
            await until(lambda: alerts(place.admin, code))
        if rung is Rung.CALLOUT:
            call = await until(lambda: next((one for one in place.sandbox.callouts if one.case == code), None))
            assert (call.rung, call.accepted) == ("callout", True)
        if rung is Rung.INCIDENT:
            await until(lambda: any("Инцидент № 1" in text and code in text for text in texts(place.admin.chat)))
    rounds = len([text for text in texts(place.admin.chat) if "Инцидент № 1" in text])
    await place.move(15 * 60)
    await until(lambda: len([text for text in texts(place.admin.chat) if "Инцидент № 1" in text]) > rounds)
    await place.settled()
    for rung in Rung:
        assert told(teen, f"unanswered.{rung}", language) == 1


async def test_a_claim_stops_it_and_a_claimer_who_is_silent_for_five_minutes_starts_it_again(place: Town) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen, code = await cry(place)
    await place.move(61)
    await until(lambda: told(teen, "unanswered.again") == 1)
    topic = None
    async with place.hurried():
        await press(place.operator, "🙋", chat=national)
        topic = await until(lambda: next((t for t, found in national.topics.items() if code in found.name), None))
        await place.settled()
    await place.move(4 * 60)
    await place.settled()
    assert told(teen, "unanswered.supervisors") == 0
    await place.move(90)
    await until(lambda: any("возвращается" in text for text in texts(national.messages(topic))))
    await place.move(16)
    await until(lambda: code in takeable(national))
    await place.move(61)
    await until(lambda: told(teen, "unanswered.again") == 2)


async def test_nobody_on_shift_begins_with_supervisors_and_says_so(place: Town) -> None:
    teen, code = await cry(place)
    await until(lambda: told(teen, "unanswered.nobody") == 1)
    await until(lambda: alerts(place.admin, code))
    await place.move(181)
    await place.settled()
    assert told(teen, "unanswered.again") + told(teen, "unanswered.supervisors") == 0
    await place.move(121)
    await until(lambda: told(teen, "unanswered.callout") == 1)


async def test_a_region_calls_the_national_desk_at_three_minutes_and_it_can_take_the_case(regional: Regional) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    await on_shift(place, group)
    teen, code = await regional.case("Вопрос про лагерь", "Айгерим")
    await press(teen, "🆘")
    await numbers(teen, "ru")
    await until(lambda: code in takeable(group))
    await place.move(61)
    await place.settled()
    assert code not in "".join(texts(national.messages()))
    await place.move(121)
    await until(lambda: code in takeable(national))
    async with place.hurried():
        topic = await place.take(code)
        await until(lambda: code not in takeable(group))
        await until(lambda: code not in takeable(national))
        teen.write("он рядом")
        await national.sees("▎ он рядом", topic=topic, timeout=90)
        place.operator.write("я с вами", chat=national, topic=topic)
        await teen.sees("я с вами", timeout=90)
    assert place.sandbox.journal.to(group)


async def test_a_case_is_taken_from_the_private_alert_by_a_member_and_by_nobody_else(place: Town) -> None:
    national = place.national
    assert national is not None
    operator = await on_shift(place, national)
    teen, code = await cry(place)
    alert = await until(lambda: next((s for s in operator.chat if TURN in s.text and code in s.text), None))
    assert "▎" not in alert.text
    assert any(code in label for label in labels(alert))
    national.remove(operator, by=place.admin)
    await place.move(61)
    await press(operator, "🙋", message_id=alert.message_id)
    await place.settled()
    assert code in takeable(national)
    national.add(operator)
    operator.write("// снова тут", chat=national, topic=national.topic_named("Кезек"))
    await place.move(61)
    async with place.hurried():
        await press(operator, "🙋", message_id=alert.message_id)
        await until(lambda: any(code in topic.name for topic in national.topics.values()))
        await operator.sees(SAID.text("alert.took", "ru", code=code), timeout=90)
        await place.settled()
        operator.write("я тут", chat=national, topic=national.topic_named(code))
        await teen.sees("я тут", timeout=90)


async def test_a_mistake_halts_it_below_the_supervisors_is_asked_about_once_and_anybody_may_close_it(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen, code = await cry(place)
    await until(lambda: code in takeable(national))
    await answer(teen, "now_mistake")
    await teen.sees(SAID.text("now.told.mistake", "ru"))
    await place.move(16)
    await national.sees(SAID.text("card.now.mistake", "ru"))
    assert any(s.text.startswith(f"🔴 {code}") for s in national.messages())  # never lowered
    for _ in range(5):
        await place.move(60)
        await place.settled()
    assert told(teen, "unanswered.again") == 1
    assert told(teen, "unanswered.supervisors") + told(teen, "unanswered.callout") == 0
    assert [call for call in place.sandbox.callouts if call.case == code] == []
    await place.move(5 * 60)
    await teen.sees(SAID.text("mistake.ask", "ru"))
    await answer(teen, "all_well")
    await teen.sees(SAID.text("now.told.well", "ru"))
    await place.move(20 * 60)
    await place.settled()
    assert sum(text == SAID.text("mistake.ask", "ru") for text in heard(teen)) == 0  # asked once, answered in its place
    await press(place.operator, SAID.text("button.close_mistake", "ru"), chat=national)
    await teen.sees(first_words("closed", "ru"))


@pytest.mark.parametrize("how", ["need_help", "red words", "the button"])
async def test_whatever_follows_a_mistake_lets_it_climb_on(place: Town, how: str) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen, code = await cry(place)
    await until(lambda: code in takeable(national))
    await answer(teen, "now_mistake")
    await place.move(5 * 60)
    await until(lambda: told(teen, "unanswered.again") == 1)
    await place.settled()
    assert told(teen, "unanswered.callout") == 0
    if how == "need_help":
        await place.move(5 * 60 + 2)
        await teen.sees(SAID.text("mistake.ask", "ru"))
        await answer(teen, "need_help")
    else:
        teen.write("не хочу жить" if how == "red words" else "🆘")
    await until(lambda: told(teen, "unanswered.supervisors") == 1)
    await place.move(2 * 60)
    await until(lambda: [call for call in place.sandbox.callouts if call.case == code])


async def test_a_mistake_counts_neither_after_ten_minutes_nor_with_red_words(place: Town) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    late, _ = await cry(place, name="Поздно")
    await place.move(10 * 60 + 1)
    await answer(late, "now_mistake")
    await late.sees(SAID.text("now.told.late", "ru", adult=True))
    words = place.teen("Слова", language_code="ru")
    words.write("🆘 не хочу жить")
    await numbers(words, "ru")
    await answer(words, "now_mistake")
    await words.sees(SAID.text("now.told.late", "ru", adult=True))
    await place.move(5 * 60 + 1)
    await until(lambda: told(words, "unanswered.callout") == 1)


async def test_after_two_mistakes_in_a_week_a_tap_alone_calls_nobody_outside_before_words_or_yes(place: Town) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen = place.teen(language_code="ru")
    codes = []
    for _ in range(3):
        teen.write("🆘")
        await until(lambda: labels(list(teen.chat)[-1]) or None)
        codes.append(await numbers(teen, "ru"))
        await until(lambda: codes[-1] in takeable(national))
        if len(codes) < 3:
            await answer(teen, "now_mistake")
            await place.move(61)
            await press(place.operator, SAID.text("button.close_mistake", "ru"), chat=national)
            await teen.sees(first_words("closed", "ru"))
            await place.move(73 * 3600)
    await place.move(6 * 60)
    await until(lambda: told(teen, "unanswered.callout_waits") == 1)
    await place.settled()
    assert told(teen, "unanswered.callout") == 0  # it would not be true
    assert [call for call in place.sandbox.callouts if call.case == codes[-1]] == []
    assert codes[-1] in takeable(national)  # the desk is called as ever
    teen.write("я правда не знаю что делать")
    await until(lambda: [call for call in place.sandbox.callouts if call.case == codes[-1]])


async def test_a_silent_person_brings_prompts_at_ten_and_thirty_minutes_and_one_soft_line(place: Town) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen, code = await cry(place)
    async with place.hurried():
        topic = await place.take_wordless(code)
        place.operator.write("я здесь", chat=national, topic=topic)
        await teen.sees("я здесь", timeout=90)
        await place.settled()
    silent = "Человек молчит"
    await place.move(10 * 60)
    await until(lambda: sum(silent in text for text in texts(national.messages(topic))) == 1)
    await until(lambda: told(teen, "unanswered.soft") == 1)
    await place.move(20 * 60 + 5)
    await until(lambda: sum(silent in text for text in texts(national.messages(topic))) == 2)
    await place.move(3600)
    await place.settled()
    assert told(teen, "unanswered.soft") == 1
    assert sum(silent in text for text in texts(national.messages(topic))) == 2


async def test_of_rungs_that_fall_due_in_a_stop_none_is_lost_and_she_hears_the_last(
    place: Town, witness: Witness
) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen, code = await cry(place)
    await until(lambda: code in takeable(national))
    at = 0
    for rung in (Rung.AGAIN, Rung.CALLOUT, Rung.INCIDENT):
        witness.gone()
        await place.bot.end()
        await place.move(RUNGS[rung] // 1000 - at + 1)
        at = RUNGS[rung] // 1000 + 1
        await place.bot.start()
        witness.back()
        await until(lambda rung=rung: told(teen, f"unanswered.{rung}") == 1, timeout=90)  # type: ignore[misc]  # as a default
    assert [call.rung for call in place.sandbox.callouts if call.case == code][:1] == ["callout"]
    assert told(teen, "unanswered.supervisors") == 0  # of what fell due together she hears the last


async def test_while_the_national_desk_is_down_the_ladder_climbs_in_private_chats(place: Town) -> None:
    national = place.national
    assert national is not None
    operator = await on_shift(place, national)
    national.remove_bot(place.admin)
    await place.admin.sees("Нет связи")
    teen = place.teen(language_code="ru")
    teen.write("🆘")
    code = await numbers(teen, "ru", "sos.unreachable")
    await until(lambda: alerts(operator, code))
    begun, at = len(alerts(place.admin, code)), 0
    for rung in (Rung.AGAIN, Rung.SUPERVISORS, Rung.CALLOUT):
        await place.move(RUNGS[rung] // 1000 - at + 1)
        at = RUNGS[rung] // 1000 + 1
        await until(lambda rung=rung: told(teen, f"unanswered.{rung}") == 1)  # type: ignore[misc]  # as a default
    await until(lambda: len(alerts(place.admin, code)) > begun)
    await until(lambda: [call for call in place.sandbox.callouts if call.case == code])
    national.add_bot(place.admin)
    await place.move(31)
    await until(lambda: code in takeable(national))


async def test_twenty_operators_who_take_one_case_make_one_claimer(place: Town) -> None:
    national = place.national
    assert national is not None
    crowd = [place.sandbox.person(f"О{number}") for number in range(20)]
    for operator in crowd:
        national.add(operator)
    _, code = await cry(place)
    card = await national.sees(code, topic=national.topic_named("Срочно"))
    toasts = await asyncio.gather(
        *(press(operator, "🙋", chat=national, message_id=card.message_id) for operator in crowd)
    )
    assert toasts.count(SAID.text("toast.took", "ru")) == 1
    assert sum(str(toast).startswith("Уже в работе") for toast in toasts) == 19
    async with place.hurried():
        await place.settled()
    assert sum(code in topic.name for topic in national.topics.values()) == 1


async def test_a_crowd_of_reds_goes_together_without_words_and_each_can_be_taken(place: Town) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    people = [place.teen(f"К{number}", language_code="ru") for number in range(30)]
    for teen in people:
        teen.write("🆘 секретное")
    codes = {await numbers(teen, "ru") for teen in people}
    async with place.hurried():
        await until(lambda: codes <= takeable(national), timeout=90)
    together = [s for s in national.messages() if s.text.startswith(SAID.text("card.list", "ru"))]
    assert together
    assert all(len(s.buttons) <= 8 and "секретное" not in s.text for s in together)
    some = next(s for s in together if len(s.buttons) > 1)
    code = labels(some)[0][-8:]
    async with place.hurried():
        await press(place.operator, code, chat=national, message_id=some.message_id)
        await until(lambda: any(code in topic.name for topic in national.topics.values()), timeout=90)
        await until(lambda: SAID.text("card.list.claimed", "ru", code=code) in "".join(texts(national.messages())),
                    timeout=30)  # fmt: skip
        await until(lambda: code not in takeable(national))
    assert not [call for call in place.sandbox.journal.calls if call.error_code == 429]
