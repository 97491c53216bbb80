"""Coming back to a case on a date, and an operator's own list."""

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, SAID
from tests.flow.test_shifts import on_board, tapped
from tests.region import marked
from tests.town import Town, heard, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")

DAY = 24 * 3600


def link(group: Group, topic: int) -> str:
    return f"https://t.me/c/{str(group.id).removeprefix('-100')}/{topic}"


def set_after(group: Group, topic: int, seen: int) -> Shown | None:
    """The line that names the date, newer than this message."""
    found = [shown for shown in group.messages(topic) if shown.text.startswith("⏰ На контроле: ")]
    return found[-1] if found and found[-1].message_id > seen else None


async def test_a_date_calls_the_claimer_then_the_queue_and_stands_on_the_board(place: Town) -> None:
    national = place.national
    assert national is not None
    place.operator.start()
    place.both.add(place.operator.id)
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, language="Русский")
        assert await tapped(place.operator, national, "⏰") == SAID.text("toast.control_none", "ru")
        await press(place.operator, "⏰ Напомнить", chat=national, topic=topic)
        await press(place.operator, "Другая дата", chat=national, topic=topic)
        asked = await national.sees("⏰❓ Когда напомнить?", topic=topic)
        place.operator.write("скоро", chat=national, topic=topic, reply_to=asked.message_id)
        asked = await national.sees("⏰❓ Это не похоже на дату", topic=topic)
        place.operator.write("23:59", chat=national, topic=topic, reply_to=asked.message_id)
        shown = await national.sees("⏰ На контроле: ", topic=topic)
        assert shown.text.split(". ")[0].endswith("23:59")
        late = place.operator.write("23:58", chat=national, topic=topic, reply_to=asked.message_id)
        await until(lambda: any("✍" in s.reactions for s in national.messages(topic) if s.message_id == late))
        await on_board(place, national, "на контроле сегодня 1")
        assert await tapped(place.operator, national, "⏰") == SAID.text("toast.list_sent", "ru")
        listed = await place.operator.sees("⏰ На контроле сегодня: 1")
        assert f"⚪ {code} · 23:59" in listed.text
        assert labels(listed) == [code]
        assert await place.operator.tap(code, message_id=listed.message_id) == link(national, topic)
        # Another date takes its place; then the bot is started anew before it comes.
        await press(place.operator, "⏰ Напомнить", chat=national, topic=topic)
        await press(place.operator, "Завтра", chat=national, topic=topic)
        place.operator.write("я помню о вас", chat=national, topic=topic)
        await teen.sees("я помню о вас")
        await place.settled()
    await place.bot.end()
    await place.move(2 * DAY)
    await place.bot.start()
    ping = await national.sees("вы просили напомнить", topic=topic)
    call = next(c for c in reversed(place.sandbox.journal.calls) if "вы просили" in str(c.params.get("text")))
    assert [one["user"]["id"] for one in call.params["entities"]] == [place.operator.id]

    # Nobody has it any more: the desk is called in its queue. A closed one only when that was asked for.
    async with place.hurried():
        for ends in ("Вернуть", "Помогли"):
            await press(place.operator, "⏰ Напомнить", chat=national, topic=topic)
            await press(place.operator, "Через 3 дня", chat=national, topic=topic)
            shown = await until(lambda seen=ping.message_id: set_after(national, topic, seen))  # type: ignore[misc]  # as a default
            if ends == "Помогли":
                await press(place.operator, "Оставить", chat=national, message_id=shown.message_id)
                await national.sees("⏰ Останется на контроле", topic=topic)
                await press(place.operator, "Закрыть", chat=national, topic=topic)
            await press(place.operator, ends, chat=national, topic=topic)
            await place.settled()
            await place.move(4 * DAY)
            status = "ждёт" if ends == "Вернуть" else "завершено"
            queue = national.topic_named("Очередь")
            await national.sees(f"⏰ ⚪ {code} · на контроле: время пришло · {status}", topic=queue)
            if ends == "Вернуть":
                await place.take(code)
                ping = national.messages(topic)[-1]
    assert not [text for text in heard(teen) if any(word in text for word in ("скоро", "23:59", "контрол"))]


async def test_my_list_says_who_wrote_last_and_where_and_how_to_get_it(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, language="Русский")
        place.operator.write("/my", chat=national, topic=topic)
        await national.sees("откройте его, нажмите «Старт»", topic=national.topic_named("Смена"))
        assert code in (await tapped(place.operator, national, "📋") or "")
        place.operator.start()
        place.both.add(place.operator.id)
        await until(lambda: heard(place.operator))
        place.operator.write("/my", chat=national, topic=topic)
        await until(lambda: marked(place, topic, "👀") == 1)
        await place.operator.sees(f"⚪ {code} · последним писал человек")
        place.operator.write("здравствуйте", chat=national, topic=topic)
        await teen.sees("здравствуйте")
        place.operator.write("/my")
        listed = await place.operator.sees(f"⚪ {code} · последним писал оператор")
        assert await place.operator.tap(code, message_id=listed.message_id) == link(national, topic)
        # A closed case drops its date, also when the person writes again; and a silent claimer is called in time.
        await press(place.operator, "⏰ Напомнить", chat=national, topic=topic)
        await press(place.operator, "Завтра", chat=national, topic=topic)
        await national.sees("⏰ На контроле: ", topic=topic)
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await until(lambda: national.topics[topic].closed)
        teen.write("ещё вопрос")
        await national.sees("▎ ещё вопрос", topic=topic)
        await national.sees("Без ответа разговор вернётся в очередь", topic=topic)
        other = place.sandbox.person("Other")
        national.add(other)
        other.start()
        place.both.add(other.id)
        await until(lambda: heard(other))
        other.write("/shift", chat=national, topic=topic)
        other.write("/my")
        await other.sees(SAID.text("mine.none", "ru"))
        teen.write("/my")
        await place.settled()
    assert await place.rows("SELECT * FROM control") == []
    shown = "".join(showing.text for showing in place.sandbox.journal.to(place.operator))
    assert PLAIN not in shown
    assert "здравствуйте" not in shown
    assert not [text for text in heard(teen) if "📋" in text]
