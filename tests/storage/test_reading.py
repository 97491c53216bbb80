"""What was said shortly before a message is read with it: from memory, and after a start from the database."""

import logging
from collections.abc import Sequence

import pytest

from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.urgency import ORDINARY, Assessment, Level, Reason, Urgency
from bot.telegram import lately
from bot.telegram.api import Api
from bot.telegram.intake import Intake
from bot.telegram.reading import BROKEN, Reading
from storage.database import Transaction
from tests.storage.home import Home

MINUTE = 60_000


class Seeing(Urgency):
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def assess(self, text: str, before: Sequence[str] = ()) -> Assessment:
        self.asked.append((text, list(before)))
        if text == "defect":
            raise ValueError(text)
        return Assessment(Level.RED, None, (Reason("cue", text),)) if text == "red" else ORDINARY


class Desk:
    """A reading over a real database, and who was alarmed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.alarms = 0
        self.start()

    def start(self) -> None:
        self.seeing = Seeing()
        self.reading = Reading(self.seeing, {"Button"}, self._alarm)

    async def _alarm(self, tx: Transaction) -> None:
        self.alarms += 1

    async def says(self, *said: tuple[int, str], lane: str = "p:a") -> list[Assessment]:
        """One answer of Telegram's: stored as the intake stores it."""
        async with self.home.tx() as tx:
            found = []
            for number, text in said:
                found.append(await self.reading.assess(tx, lane, number, [text]))
                body = {"update_id": number, "message": {"text": text}}
                await tx.inbox.add(number, lane, False, body, found[-1])
        self.reading.kept()
        return found

    @property
    def before(self) -> list[str]:
        return self.seeing.asked[-1][1]


@pytest.fixture
def desk(home: Home) -> Desk:
    return Desk(home)


async def test_the_last_three_of_ten_minutes_are_read_with_a_message_in_one_answer_or_in_several(desk: Desk) -> None:
    await desk.says((1, "a"), (2, "b"))
    assert desk.before == ["a"]
    await desk.says((3, "c"))
    await desk.says((4, "d"), (5, "e"))
    assert desk.before == ["b", "c", "d"]
    desk.home.now += 11 * MINUTE
    await desk.says((6, "f"))
    assert desk.before == []


async def test_an_update_that_comes_again_does_not_come_before_itself(desk: Desk) -> None:
    await desk.says((1, "a"))
    await desk.says((1, "a"))
    assert desk.before == []
    await desk.says((2, "b"))
    assert desk.before == ["a"]


async def test_what_could_not_be_stored_was_not_said(desk: Desk) -> None:
    async with desk.home.tx() as tx:
        await desk.reading.assess(tx, "p:a", 1, ["lost"])
    desk.reading.undone()
    await desk.says((1, "a"))
    await desk.says((2, "b"))
    assert desk.before == ["a"]


async def test_after_a_start_what_waits_and_what_is_in_her_case_stand_in_for_the_memory(desk: Desk) -> None:
    async with desk.home.tx() as tx:
        person = await tx.people.meet(1)
        case = await tx.cases.open(person.key, "ru", Level.ORDINARY)
        await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "old"))
        await tx.messages.add(case.id, Direction.TO_PERSON, Incoming(Kind.TEXT, "answer"))
    desk.home.now += 6 * MINUTE
    async with desk.home.tx() as tx:
        await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "in the case"))
    lane = f"p:{person.key}"
    await desk.says((1, "a"), (2, "b"), lane=lane)
    desk.start()
    desk.home.now += 5 * MINUTE
    await desk.says((3, "c"), lane=lane)
    assert desk.before == ["in the case", "a", "b"]


async def test_her_next_words_are_stored_when_what_she_said_before_cannot_be_read(desk: Desk) -> None:
    async with desk.home.tx() as tx:
        person = await tx.people.meet(1)
        await tx.cases.open(person.key, "ru", Level.ORDINARY)
        await tx.run("UPDATE cases SET urgency = 'none'")
    assert await desk.says((1, "red"), lane=f"p:{person.key}") == [Assessment(Level.RED, None, (Reason("cue", "red"),))]


async def test_of_more_people_than_can_be_remembered_the_database_is_asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lately, "PERSONS", 2)
    desk.home.now += 11 * MINUTE
    await desk.says((1, "a"))
    desk.home.now += 11 * MINUTE
    for number, lane in enumerate(("p:b", "p:c", "p:d"), 2):
        await desk.says((number, lane), lane=lane)
    assert len(desk.reading._lately._said) == 2
    await desk.says((9, "b again"), lane="p:b")
    assert desk.before == ["p:b"]


async def test_an_error_is_amber_and_alarms_and_the_log_does_not_quote_her(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert await desk.says((1, "defect"), (2, "red")) == [BROKEN, Assessment(Level.RED, None, (Reason("cue", "red"),))]
    assert desk.alarms == 1
    assert "defect" not in caplog.text


async def test_buttons_and_bare_commands_and_groups_are_no_words_and_what_follows_a_command_is(desk: Desk) -> None:
    await desk.says((1, "Button"), (2, "/start a_Xy-9"), (3, "/help@senim_bot"))
    await desk.says((4, "red"), lane="g:-1:5")
    assert desk.seeing.asked == []
    await desk.says((5, "/help red"), (6, "/suicide"), (7, "/help red-red"))
    assert [text for text, _ in desk.seeing.asked] == ["/help red", "/suicide", "/help red-red"]


async def test_of_several_texts_in_one_message_the_gravest_counts_and_all_are_read_together(desk: Desk) -> None:
    async with desk.home.tx() as tx:
        found = await desk.reading.assess(tx, "p:a", 1, ["yes", "red"])
    assert found.level is Level.RED
    assert [text for text, _ in desk.seeing.asked] == ["yes", "red", "yes\nred"]


async def test_an_assessment_that_does_not_open_any_more_is_still_flagged(home: Home) -> None:
    found = Assessment(Level.RED, "suicide", (Reason("cue", "x"), Reason("new code")))
    async with home.tx() as tx:
        for number, red in ((1, False), (2, True), (3, True)):
            await tx.inbox.add(number, f"p:{number}", red, {}, found)
        await tx.run("UPDATE inbox SET assessed = x'00' WHERE update_id < 3")
    async with home.tx() as tx:
        taken = {update.update_id: update.assessed for update in await tx.inbox.take()}
    assert taken == {1: BROKEN, 2: Assessment(Level.RED, None, (Reason("error"),)), 3: found}


async def test_the_intake_marks_what_is_red_and_the_urgent_sign_and_nothing_else(desk: Desk) -> None:
    assert desk.home.database is not None

    async def conflict(tx: Transaction) -> None:
        raise AssertionError

    api = Api("http://127.0.0.1:9", "0:x")
    intake = Intake(desk.home.database, api, desk.reading, lambda: None, conflict, lambda: 0.0)
    said = {1: "plain", 2: "red", 3: "\N{SQUARED SOS}", 4: "plain"}
    chat = {"id": 5, "type": "private"}
    await intake._keep([{"update_id": n, "message": {"chat": chat, "text": text}} for n, text in said.items()])
    rows = await desk.home.rows("SELECT update_id, red FROM inbox ORDER BY update_id")
    assert [(row["update_id"], row["red"]) for row in rows] == [(1, 0), (2, 1), (3, 1), (4, 0)]
