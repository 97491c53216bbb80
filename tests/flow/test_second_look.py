"""A red case ended by one operator waits for a supervisor's look; and a case is found by its code."""

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, SAID
from tests.flow.test_shifts import board_of, on_board, red_cards
from tests.region import Regional
from tests.town import Town, heard, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")

WAITS = "🔴 ждёт второго взгляда: "
OLD = SAID.text("toast.old_button", "ru")


async def ended(place: Town, group: Group, operator: Phone, topic: int, result: str = "Помогли") -> None:
    await press(operator, "Закрыть", chat=group, topic=topic)
    await press(operator, result, chat=group, topic=topic)
    await until(lambda: group.topics[topic].closed)


async def asked(group: Group, code: str) -> Shown:
    """The question for a supervisor, in the shift topic."""
    return await group.sees(f"🔴 {code} · ждёт второго взгляда", topic=group.topic_named("Смена"))


def now(group: Group, message: Shown) -> Shown:
    return next(shown for shown in group.messages() if shown.message_id == message.message_id)


async def replied(group: Group, message_id: int) -> Shown:
    return await until(lambda: next((shown for shown in group.messages() if shown.reply_to == message_id), None))


async def test_a_red_end_stands_first_on_the_board_until_a_supervisor_who_did_not_end_it_has_looked(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, language="Русский")
        await press(teen, "🆘")
        await national.sees("🆘", topic=topic)
        await ended(place, national, place.operator, topic)
        await teen.sees(f"Разговор завершён, код {code}")
        board = await on_board(place, national, WAITS + code)
        assert board.text.startswith(WAITS)
        question = await asked(national, code)
        assert PLAIN not in question.text
        refused = await press(place.operator, "Всё верно", chat=national, message_id=question.message_id)
        assert refused == SAID.text("toast.supervisors_only", "ru")
        national.promote(place.operator)  # a supervisor, and still who has ended it
        await place.move(61)
        own = await press(place.operator, "Открыть снова", chat=national, message_id=question.message_id)
        assert own == SAID.text("toast.second_needed", "ru")
        assert not red_cards(national, code)

        await press(place.admin, "Открыть снова", chat=national, message_id=question.message_id)
        await teen.sees("Мы снова открыли наш разговор")
        await until(lambda: red_cards(national, code))
        await until(lambda: not national.topics[topic].closed)
        await until(lambda: "открыто снова" in now(national, question).text)
        assert labels(now(national, question)) == []

        # Taken and ended again: once it is confirmed nothing waits any more.
        card = red_cards(national, code)[-1]
        await press(place.admin, "🙋", chat=national, message_id=card.message_id)
        await ended(place, national, place.admin, topic)
        question = await until(lambda: fresh(national, code, question))
        await press(place.operator, "Всё верно", chat=national, message_id=question.message_id)
        await until(lambda: "закрыто верно" in now(national, question).text)
        await until(lambda: WAITS not in (board_of(national) or question).text)
    assert national.topics[topic].closed


def fresh(group: Group, code: str, than: Shown) -> Shown | None:
    """A newer question about this case."""
    found = [s for s in group.messages(group.topic_named("Смена")) if f"{code} · ждёт второго" in s.text]
    return found[-1] if found and found[-1].message_id > than.message_id else None


async def test_a_mistake_and_an_ordinary_end_need_no_second_look_and_her_own_words_end_the_wait(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen = await place.welcomed("Ошибка", "Русский")
        await press(teen, "🆘")
        await press(teen, SAID.text("button.now_mistake", "ru"))
        card = await until(
            lambda: next((s for s in national.messages() if "🚫 Закрыть: нажато" in str(labels(s))), None)
        )
        await press(place.operator, "🚫 Закрыть: нажато", chat=national, message_id=card.message_id)
        await teen.sees("Разговор завершён")
        _, _, topic = await place.claimed(PLAIN, name="Обычная", language="Русский")
        await ended(place, national, place.operator, topic)
        other, code, topic = await place.claimed(PLAIN, name="Срочная", language="Русский")
        await press(other, "🆘")
        await national.sees("🆘", topic=topic)
        await ended(place, national, place.operator, topic)
        question = await asked(national, code)
        shown = [s for s in national.messages(national.topic_named("Смена")) if "второго взгляда" in s.text]
        assert {s.message_id for s in shown} <= {question.message_id, (board_of(national) or question).message_id}
        await place.settled()
        other.write("вы ещё тут?")
        await until(lambda: "разговор снова открыт" in now(national, question).text)
        # Opened by hand it is open, too, and nobody has to look.
        cards = await until(lambda: red_cards(national, code))
        await press(place.operator, "🙋", chat=national, message_id=cards[-1].message_id)
        await ended(place, national, place.operator, topic)
        question = await until(lambda: fresh(national, code, question))
        national.promote(place.operator)
        national.reopen_topic(topic, by=place.operator)
        await until(lambda: "разговор снова открыт" in now(national, question).text)
        await until(lambda: WAITS not in (board_of(national) or question).text)


async def test_a_region_is_looked_after_by_the_national_desk_too_and_codes_are_found_where_they_may_be(
    place: Town, regional: Regional
) -> None:
    national, region = place.national, regional.group
    assert national is not None
    async with place.hurried():
        her, code, topic = await regional.claimed(PLAIN, "Одна")
        await press(her, "🆘")
        await region.sees("🆘", topic=topic)
        shift = region.topic_named("Смена")
        regional.operator.write(f"/case {code}", chat=region, topic=shift)
        found = await region.sees(f"🔴 {code} · в работе: ", topic=shift)
        assert "Группа: Жамбылская область" in found.text
        link = await regional.operator.tap("", chat=region, message_id=found.message_id)
        assert link == f"https://t.me/c/{str(region.id).removeprefix('-100')}/{topic}"
        # In the queue a code alone will do, in any script; elsewhere it is a question only behind the command.
        queue = region.topic_named("Очередь")
        latin = code.lower().translate(str.maketrans("авекмнорстх", "abekmhopctx")).replace("-", "")
        regional.operator.write(latin, chat=region, topic=queue)
        await region.sees(f"🔴 {code} · в работе: ", topic=queue)
        for typed, answer in (
            ("/case АА-00000", "search.none"),
            ("/case что-то", "search.bad"),
            ("/case", "search.bad"),
        ):
            asking = regional.operator.write(typed, chat=region, topic=topic)
            reply = await replied(region, asking)
            assert reply.text == SAID.text(answer, "ru")
            assert reply.thread_id == topic

        # The national desk was never called to it, so the code says nothing there, until it is to look at the end.
        there = national.topic_named("Очередь")
        place.operator.write(code, chat=national, topic=there)
        await national.sees(SAID.text("search.none", "ru"), topic=there)
        await place.settled()
        await place.move(61)
        await ended(place, region, regional.operator, topic)
        question = await asked(national, code)
        mine = await asked(region, code)
        place.operator.write(f"/case {code}", chat=national, topic=there)
        found = await national.sees(f"🔴 {code} · завершено", topic=there)
        assert labels(found) == [SAID.text("button.look_confirm", "ru"), SAID.text("button.look_reopen", "ru")]
        await press(place.admin, "Всё верно", chat=national, message_id=found.message_id)
        await until(
            lambda: "закрыто верно" in now(region, mine).text and "закрыто верно" in now(national, question).text
        )
        assert await press(place.admin, "Всё верно", chat=national, message_id=found.message_id) == OLD

        # One that waits leads to its card; one that was taken back is only a code.
        teen, waiting = await place.case(PLAIN, name="Другая", language="Русский")
        await place.move(46)
        card = await national.sees(waiting)
        place.operator.write(waiting, chat=national, topic=there)
        found = await national.sees(f"⚪ {waiting} · ждёт\n", topic=there)
        link = await place.operator.tap("", chat=national, message_id=found.message_id)
        assert link == f"https://t.me/c/{str(national.id).removeprefix('-100')}/{there}/{card.message_id}"
        await press(teen, "Забрать")
        await place.settled()
        place.operator.write(f"/case {waiting}", chat=national, topic=there)
        found = await national.sees(f"{waiting} · забрано назад\n", topic=there)
        assert labels(found) == []
    assert not [s for s in national.messages() if PLAIN in s.text and code in s.text]
    assert not [text for text in heard(teen) if "/case" in text]
