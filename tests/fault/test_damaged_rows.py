"""Rows that do not open any more: nobody is forgotten over them, and nobody else is held up."""

from pathlib import Path

import pytest

from bot import jobs
from tests.fault.disk import said, talk
from tests.region import REGION, Regional, alarms, at_national, said_in
from tests.town import Town, heard, quick_sweeps, texts, town, until


async def test_a_card_whose_row_is_damaged_is_made_again_and_administrators_hear_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())
    async with town(tmp_path) as place:
        assert place.national is not None
        await place.settled()
        # Given: her card waits when the bot stops, and its row is damaged on the disk
        place.sandbox.faults.server_error("sendMessage", place.national.id, times=None)
        teen, code = await place.case("Вопрос про лагерь", language="Русский")
        await place.move(46)
        await place.settled()
        await place.bot.end()
        async with place.written() as tx:
            await tx.run("UPDATE outbox SET params = x'00ff00ff' WHERE kind = 'queue_card'")
        place.sandbox.faults.clear()
        await place.move(61)
        # When
        await place.bot.start()
        # Then
        await place.admin.sees("не доставлено", timeout=90)
        async with place.hurried():
            card = await place.national.sees(code, timeout=90)
            assert "▎ Вопрос про лагерь" in card.text
            teen.write("я ещё тут")
            await place.national.sees("▎ я ещё тут", timeout=90)
            await place.settled()
        assert sum("не доставлено" in text for text in texts(place.admin.chat)) == 1


async def test_an_answer_whose_row_is_damaged_is_told_of_in_its_topic_with_all_that_was_said(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, topic = await talk(place)
    place.sandbox.faults.fail("sendMessage", teen.id, code=502, description="Bad Gateway")
    place.operator.write("пропавшее", chat=national, topic=topic)
    await until(lambda: any(call.error_code == 502 for call in place.sandbox.journal.calls))
    await place.bot.end()
    async with place.written() as tx:
        await tx.run("UPDATE outbox SET params = x'00ff00ff' WHERE kind = 'answer'")
    await place.bot.start()
    lost = await said_in(national, topic, "Один из ответов не ушёл")
    again = await said_in(national, topic, "▎ пропавшее")
    assert again.message_id > lost.message_id
    await place.admin.sees("не доставлено")
    place.operator.write("ещё раз", chat=national, topic=topic)
    await teen.sees("ещё раз")
    await place.settled()
    assert not [text for text in heard(teen) if "пропавшее" in text]
    assert len(said(place, topic, "Один из ответов")) == alarms(place, "не доставлено") == 1


async def test_a_damaged_key_of_one_person_stops_nobody_else_and_is_told_of_and_her_words_arrive_all_the_same(
    place: Town,
) -> None:
    """What the key sealed is lost. What waited for her group and what she writes afterwards go past her case."""
    national = place.national
    assert national is not None
    teen, topic = await talk(place)
    async with place.hurried():
        other, _, elsewhere = await place.claimed("и мне", name="Другая", language="Русский")
        third, waiting = await place.case("жду", name="Ждёт", language="Русский")
        await place.move(46)
        await national.sees(waiting)
        await place.settled()
    await place.move(61)
    place.sandbox.faults.server_error("sendMessage", national.id, times=None)
    teen.write("пропавшее")
    other.write("раз")
    await place.settled()
    await place.bot.end()
    async with place.written() as tx:
        case = await tx.cases.of_topic("national", topic)
        assert case is not None
        await tx.run("UPDATE data_key SET wrapped = zeroblob(60) WHERE id = :id", id=f"case:{case.id}")
    place.sandbox.faults.clear()
    await place.bot.start()
    async with place.hurried():
        await place.admin.sees("не доставлено", timeout=90)
        await said_in(national, elsewhere, "▎ раз")
        teen.write("вы тут?")
        other.write("два")
        third.write("ещё жду")
        await said_in(national, elsewhere, "▎ два")
        await national.sees("▎ ещё жду", timeout=90)
        await national.sees("▎ вы тут?", topic=national.topic_named("Срочно"), timeout=90)
        place.operator.write("слышу", chat=national, topic=elsewhere)
        await other.sees("слышу")
        await place.settled()
    assert alarms(place, "не обработано") == 1
    assert alarms(place, "не доставлено") == 1


async def test_words_of_a_person_whose_row_is_damaged_reach_the_operators_past_her_case(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _ = await talk(place)
    await place.bot.end()
    async with place.written() as tx:
        await tx.run("UPDATE person SET writer = 'nobody' WHERE key = :key", key=await tx.lookup(teen.id))
    await place.bot.start()
    async with place.hurried():
        teen.write("помогите мне")
        await national.sees("▎ помогите мне", topic=national.topic_named("Срочно"), timeout=90)
        await place.settled()
    assert alarms(place, "не обработано") == 1


async def test_a_case_whose_row_is_damaged_stops_no_other_red_of_a_desk_that_goes_down_and_is_alarmed(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        group = await place.bind(REGION, title="Taraz")
        regional = Regional(place, group, place.sandbox.person("Regional"))
        cases = [await regional.case("он здесь", name, red=True) for name in ("Одна", "Другая", "Третья")]
        codes = [code for _, code in cases]
        await place.settled()
    await place.bot.end()
    async with place.written() as tx:
        await tx.run("UPDATE cases SET urgency = 'rde' WHERE code = :code", code=codes[0])
        await tx.run("UPDATE cases SET writer = 'nobody' WHERE code = :code", code=codes[1])
    await place.move(61)
    await place.bot.start()
    group.remove_bot(place.admin)
    await place.admin.sees("Нет связи", timeout=90)
    await at_national(place, codes[2])
    for code in codes[:2]:
        await place.admin.sees(f"Запись разговора {code} повреждена")
    alert = await place.admin.sees("Срочное, никто ещё не взял")
    assert codes[2] in alert.text
    async with place.hurried():
        cases[0][0].write("вы слышите?")
        await national.sees("▎ вы слышите?", topic=national.topic_named("Срочно"), timeout=90)
        await place.settled()
    assert alarms(place, "повреждена") == 2
