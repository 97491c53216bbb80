"""The duty board: one pinned message, edited when it changed and at most once a minute."""

from itertools import pairwise

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Language
from tests.danger import PLAIN, SAID
from tests.flow.test_shifts import board_of, desk_in, on_board, tapped
from tests.region import floods
from tests.town import Town, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")

MINUTE = 60.0


def edits(place: Town, group: Group) -> list[Call]:
    """Edits of the board; one that was refused because nothing had changed is none."""
    board = board_of(group)
    assert board is not None
    calls = [c for c in place.sandbox.journal.calls if c.method == "editMessageText" and c.chat_id == group.id]
    return [call for call in calls if call.ok and call.params.get("message_id") == board.message_id]


def at_most_once_a_minute(place: Town, group: Group) -> int:
    times = [call.at for call in edits(place, group)]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert all(gap >= MINUTE for gap in gaps), gaps
    return len(times)


def fresh_board(group: Group, but: int) -> Shown | None:
    board = board_of(group)
    return board if board and board.message_id != but else None


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_bound_desk_has_a_board_pinned_silently_in_the_shift_topic(place: Town, language: Language) -> None:
    async with place.hurried():
        group, _ = await desk_in(place, language)
    board = board_of(group)
    assert board is not None
    assert labels(board) == [SAID.text(f"button.shift_{move}", language) for move in ("on", "off", "mine", "control")]
    assert board.text.split("\n")[0] == SAID.text("board.nobody", language)
    pins = [c for c in place.sandbox.journal.calls if c.method == "pinChatMessage" and c.chat_id == group.id]
    assert [(c.params["message_id"], c.params["disable_notification"]) for c in pins] == [(board.message_id, True)]
    (made,) = [c for c in place.sandbox.journal.calls if c.chat_id == group.id and c.params.get("text") == board.text]
    assert made.params["disable_notification"] is True


async def test_it_counts_what_waits_what_is_in_work_and_who_has_it(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        await tapped(place.operator, national, "🟢")
        teen, _, topic = await place.claimed(PLAIN, name="Одна", language="Русский")
        place.operator.write("ответ", chat=national, topic=topic)
        await teen.sees("ответ")
        await place.claimed(PLAIN, name="Две", language="Русский")
        await place.case(PLAIN, name="Три", language="Русский")
        await place.move(46)
        fourth, code = await place.case(PLAIN, name="Четыре", language="Русский")
        await press(fourth, "🆘")
        await place.settled()
    await place.move(61)
    board = await on_board(
        place, national, "в работе 2 · ждут человека 1", "🟢 Данияр 2", "На линии 1 из 1", "🔴 1 (дольше всех"
    )
    assert "⚪ 1 (00:0" in board.text
    assert code not in board.text
    await place.move(31 * 60)
    await on_board(place, national, "в работе 1", "просрочено 3")  # the silent claimer has lost hers
    assert floods(place) == []


async def test_it_is_edited_at_most_once_a_minute_and_not_when_nothing_changed(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    for label in ["🟢", "⚪ Не"] * 8:  # the clock moves when no edit is on its way: its time is the bot's
        await tapped(place.operator, national, label)
        await place.settled()
        await place.move(5)
    await tapped(place.operator, national, "🟢")
    await place.settled()
    await place.move(61)
    await on_board(place, national, "На линии 1 из 1")
    await place.settled()
    assert at_most_once_a_minute(place, national) <= 4
    await place.move(61)
    await place.settled()
    before = len(place.sandbox.journal.calls)
    for _ in range(5):
        await place.move(61)
        await place.settled()
    asked = [call.method for call in place.sandbox.journal.calls[before:] if call.chat_id == national.id]
    assert [method for method in asked if method.startswith(("edit", "send"))] == [], "nothing has changed"
    assert floods(place) == []


async def test_a_deleted_board_is_made_and_pinned_anew(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    board = await until(lambda: board_of(national))
    message = national.chat.messages[board.message_id]
    message.deleted = True
    national.chat.pinned.remove(board.message_id)
    place.operator.write("/shift", chat=national, topic=national.topic_named("Смена"))
    async with place.hurried():
        fresh = await on_board(place, national, "На линии 1 из 1")
        assert fresh.message_id != board.message_id
        await until(lambda: national.chat.pinned == [fresh.message_id])


async def test_a_desk_from_before_gets_its_board_by_the_sweep(place: Town) -> None:
    national = place.national
    assert national is not None
    await place.bot.end()
    async with place.written() as tx:
        await tx.desks.lose_board("national")
    before = await until(lambda: board_of(national))
    await place.bot.start()
    async with place.hurried():
        after = await until(lambda: fresh_board(national, before.message_id))
    assert after.text == before.text


async def test_what_is_hers_is_told_in_a_toast_and_short(place: Town) -> None:
    national = place.national
    assert national is not None
    assert await tapped(place.operator, national, "📋") == "У вас нет разговоров в работе."
    await place.bot.end()
    async with place.written() as tx:
        key = await tx.lookup(place.operator.id)
        for number in range(40):
            person = await tx.people.meet(10_000 + number)
            case = await tx.cases.open(person.key, "ru", "ordinary", desk="national")  # type: ignore[arg-type]  # its value
            await tx.cases.claim(case.code, key)
    await place.bot.start()
    said = await tapped(place.operator, national, "📋")
    assert said is not None
    assert 100 < len(said) <= 200
    assert "…" in said
    assert "личный чат" in said
