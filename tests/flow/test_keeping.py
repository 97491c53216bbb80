"""How long what is over is kept: topics, words, places; never shorter, whatever the clock of the machine says."""

import asyncio

import pytest

from bot import app
from bot.telegram.sandbox.group import Group
from tests.danger import PLAIN, SAID
from tests.flow.test_digest import move_to
from tests.flow.test_plan import lines, typed
from tests.flow.test_rescue import HERE, asked, red_and_taken, says
from tests.town import Town, heard, press, until

pytestmark = pytest.mark.usefixtures("quick")

HOUR, DAY = 3_600, 86_400
WORDS = "SELECT COUNT(*) AS n FROM message"


async def looked(place: Town, group: Group) -> None:
    """Telegram's clock was heard just now, and what is over was looked at after that."""
    await typed(group, place.admin, "/keep", SAID.text("keep.shown", "ru", n=14).split("\n")[0])
    await asyncio.sleep(1.5)  # the sweep looks twice a second
    await place.settled()


async def closed(place: Town, name: str, code: str, topic: int) -> None:
    national = place.national
    assert national is not None
    await press(place.operator, "Закрыть", chat=national, topic=topic)
    assert await press(place.operator, "Помогли", chat=national, topic=topic) == "Закрыто", name
    await until(lambda: national.topics[topic].closed)
    await looked(place, national)


async def test_topic_words_and_places_go_each_in_its_time_and_the_digest_says_how_many(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await red_and_taken(place, "ru")
    teen.share_location(*HERE)
    await says(teen, "ru", yes=True, to=await asked(teen, "ru"))
    await until(lambda: place.sandbox.journal.sent(national.id, topic, method="sendLocation"))
    async with place.hurried():
        other, _, second = await place.claimed(PLAIN, name="Дана", language="Русский")
        await closed(place, "second", "", second)
        await closed(place, "first", code, topic)
    end = place.now()

    async def at(seconds: float) -> None:
        """So long after the end of both talks, and everything due by then has gone."""
        await place.move(seconds - (place.now() - end) / 1000)
        await looked(place, national)

    async def next_day(topics: int, words: int, places: int) -> None:
        await move_to(place, 9, 1)
        told = SAID.text("digest.thrown_away", "ru", topics=topics, words=words, places=places)
        await until(lambda: lines(national, told))

    await at(3 * DAY - HOUR)
    assert [row["n"] for row in await place.rows("SELECT COUNT(*) AS n FROM place WHERE body IS NOT NULL")] == [1]
    await place.bot.start()
    await at(3 * DAY)
    await next_day(0, 0, 1)
    await at(14 * DAY - HOUR)
    assert not any(national.topics[one].deleted for one in (topic, second)), "an hour before its time"
    await at(14 * DAY)
    await until(lambda: national.topics[second].deleted)
    assert not national.topics[topic].deleted, "nobody has looked at the end of what was urgent"
    question = await national.sees(f"🔴 {code} · ждёт второго взгляда", topic=national.topic_named("Смена"))
    await press(place.admin, "Всё верно", chat=national, message_id=question.message_id)
    await looked(place, national)
    await until(lambda: national.topics[topic].deleted)
    await next_day(2, 0, 0)
    said = len(heard(teen)), len(heard(other))
    await at(90 * DAY - HOUR)
    assert [row["n"] for row in await place.rows("SELECT COUNT(DISTINCT case_id) AS n FROM message")] == [2]
    await place.bot.start()
    await at(90 * DAY)
    await next_day(0, 2, 0)
    assert (len(heard(teen)), len(heard(other))) == said, "she is left alone"
    rows = await place.rows("SELECT code, person, status, result, urgency FROM cases ORDER BY urgency DESC")
    assert [tuple(row)[1:] for row in rows] == [
        (None, "erased", "helped", "red"), (None, "erased", "helped", "ordinary"),
    ]  # fmt: skip
    assert code in [row["code"] for row in rows], "the code stays used"
    for table in ("message", "finding", "place", "data_key WHERE id LIKE 'case:%'"):
        assert [row["n"] for row in await place.rows(f"SELECT COUNT(*) AS n FROM {table}")] == [0]


async def test_a_desk_keeps_topics_for_as_long_as_its_supervisor_says(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        _, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        await closed(place, "one", code, topic)
        shown = await typed(national, place.admin, "/keep", "через 14 дней")
        assert "90 дней" in shown
        await typed(national, place.operator, "/keep 1", SAID.text("shift.supervisors_only", "ru"))
        for wrong in ("0", "91", "1 2", "²", "много", "-3", "9999999999999999999999"):
            await typed(national, place.admin, f"/keep {wrong}", SAID.text("keep.bad", "ru"))
        await typed(national, place.admin, "/keep 2", SAID.text("keep.saved", "ru", n=2))
        await typed(national, place.admin, "/keep -", SAID.text("keep.saved", "ru", n=14))
        await typed(national, place.admin, "/keep 2", SAID.text("keep.saved", "ru", n=2))
    await place.move(2 * DAY - HOUR)
    await typed(national, place.admin, "/keep", "через 2 дня")
    await asyncio.sleep(1.5)
    assert not national.topics[topic].deleted
    await place.move(HOUR)
    await typed(national, place.admin, "/keep", "через 2 дня")
    await until(lambda: national.topics[topic].deleted)


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """By how many seconds the clock of the machine differs from Telegram's; asked for before the town is built."""
    shift, true_now = [0], app.Clock.now
    monkeypatch.setattr(app.Clock, "now", lambda clock: true_now(clock) + shift[0] * 1000)
    return shift


async def test_a_clock_that_was_set_throws_nothing_away_too_early(shift: list[int], place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        # The end of this talk is written a day too early.
        teen, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        place.operator.write("да, сейчас", chat=national, topic=topic)  # else her wait, far ahead of the clock, is over
        await teen.sees("да, сейчас")
        await place.settled()
        shift[0] = -DAY
        await closed(place, "behind", code, topic)
        behind = SAID.text("alarm.clock_behind", "ru", apart="|").split("|")[0]
        await until(lambda: any(text.startswith(behind) for text in heard(place.admin)))
        shift[0] = 0
        await place.move(61)
        await looked(place, national)

    for years in (1, 10):
        shift[0] = years * 365 * DAY
        await asyncio.sleep(1.5)  # before anything was heard of Telegram's clock
        await place.move(61)
        await looked(place, national)
        assert not national.topics[topic].deleted, f"{years} years ahead"
    assert any(
        text.startswith(SAID.text("alarm.clock_ahead", "ru", apart="|").split("|")[0]) for text in heard(place.admin)
    )
    shift[0] = 0
    await place.move(61)
    assert [row["n"] for row in await place.rows(WORDS)] != [0]
    await place.bot.start()

    await place.move(14 * DAY - HOUR)
    await looked(place, national)
    assert not national.topics[topic].deleted, "by its own time of the end it would be over by now"
    await place.move(HOUR)
    await looked(place, national)
    await until(lambda: national.topics[topic].deleted)
