"""The moves of a case: which are possible from where, and what each changes."""

from dataclasses import replace

import pytest

from bot.domain.cases import (
    REOPEN_WITHIN,
    RETURNED_CLAIMER,
    SILENT_CLAIMER,
    Case,
    Result,
    Status,
    Verdict,
    WrongMove,
)  # fmt: skip
from bot.domain.people import Want, Writer
from bot.domain.urgency import Level

NOW = 1_780_000_000_000
OPEN = (Status.WAITING, Status.CLAIMED)
OVER = (Status.CLOSED, Status.WITHDRAWN, Status.ERASED)


def case(status: Status = Status.WAITING, **more: object) -> Case:
    made = Case("id", "ТК-48172", "her", status, Level.ORDINARY, "kk", NOW, desk="KZ-31")
    if status is Status.CLAIMED:
        made = replace(made, claimer="op", claimed_at=NOW, thread_id=7, card_message_id=8, release_at=NOW + 5)
    if status is Status.CLOSED:
        made = replace(made, claimer="op", thread_id=7, closed_at=NOW, result=Result.HELPED)
    return replace(made, **more)  # type: ignore[arg-type]  # the tests name the fields


def test_only_waiting_and_claimed_are_open() -> None:
    assert [status for status in Status if status.open] == [*OPEN]


@pytest.mark.parametrize("status", OPEN)
def test_an_open_case_can_be_closed(status: Status) -> None:
    closed = case(status).closed(NOW + 9, Result.NOT_REQUEST, "test")

    assert (closed.status, closed.closed_at, closed.result, closed.reason) == (
        Status.CLOSED,
        NOW + 9,
        Result.NOT_REQUEST,
        "test",
    )
    assert closed.release_at is None
    assert closed.claimer == case(status).claimer


@pytest.mark.parametrize("status", OVER)
def test_what_is_over_cannot_be_closed(status: Status) -> None:
    with pytest.raises(WrongMove):
        case(status).closed(NOW, Result.HELPED)


def test_a_claimed_case_can_be_released() -> None:
    released = case(Status.CLAIMED).released()

    assert (released.status, released.claimer, released.claimed_at, released.release_at) == (
        Status.WAITING,
        None,
        None,
        None,
    )
    assert released.thread_id == 7


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CLAIMED])
def test_nothing_else_can_be_released(status: Status) -> None:
    with pytest.raises(WrongMove):
        case(status).released()


@pytest.mark.parametrize("after", [0, REOPEN_WITHIN])
def test_a_closed_case_reopens_for_its_last_claimer_for_a_while(after: int) -> None:
    reopened = case(Status.CLOSED).reopened(NOW + after)

    assert (reopened.status, reopened.claimer) == (Status.CLAIMED, "op")
    assert reopened.release_at == NOW + after + RETURNED_CLAIMER
    assert (reopened.closed_at, reopened.result, reopened.reason) == (None, None, None)


@pytest.mark.parametrize("without", [{"claimer": None}, {"thread_id": None}])
def test_a_closed_case_without_a_claimer_or_a_topic_reopens_in_the_queue(without: dict[str, None]) -> None:
    reopened = case(Status.CLOSED, **without).reopened(NOW)

    assert (reopened.status, reopened.claimer, reopened.release_at) == (Status.WAITING, None, None)


def test_after_72_hours_a_case_does_not_reopen() -> None:
    assert REOPEN_WITHIN == 72 * 3_600_000
    with pytest.raises(WrongMove):
        case(Status.CLOSED).reopened(NOW + REOPEN_WITHIN + 1)


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CLOSED])
def test_nothing_else_reopens(status: Status) -> None:
    with pytest.raises(WrongMove):
        case(status).reopened(NOW)


def test_moving_to_another_desk_leaves_the_topic_and_the_claimer_behind() -> None:
    moved = case(Status.CLAIMED, queue_message_id=3, queue_topic="queue").moved("national")

    assert (moved.desk, moved.status, moved.claimer) == ("national", Status.WAITING, None)
    assert (moved.thread_id, moved.card_message_id, moved.queue_message_id, moved.queue_topic) == (None,) * 4
    assert moved.release_at is None


@pytest.mark.parametrize("status", [Status.ERASED, Status.WITHDRAWN])
def test_an_erased_case_leads_to_nobody_and_keeps_only_its_code(status: Status) -> None:
    whole = case(
        Status.CLAIMED, writer=Writer.CHILD, region="KZ-31", subject="school", want=Want.LISTEN, queue_message_id=3,
        queue_topic="queue", route_at=NOW,
    )  # fmt: skip
    erased = whole.erased(status)

    assert erased.status is status
    for field in (
        "person", "claimer", "thread_id", "card_message_id", "queue_message_id", "queue_topic", "route_at",
        "release_at",
    ):  # fmt: skip
        assert getattr(erased, field) is None
    assert erased.code == whole.code
    assert (erased.writer, erased.region, erased.subject, erased.want) == (None, None, None, None)


def test_urgency_only_rises_and_red_has_a_queue_of_its_own() -> None:
    red = case().raised(Level.RED, NOW)

    assert (case().red, case().queue) == (False, "queue")
    assert (red.red, red.queue) == (True, "urgent")
    assert red.raised(Level.ORDINARY, NOW) == red


def test_a_confirmed_danger_stays_confirmed_at_the_next_red_words_and_no_other_verdict_does() -> None:
    red = case(Status.CLAIMED, urgency=Level.RED, verdict=Verdict.CONFIRMED, verdict_by="op")

    assert red.raised(Level.RED, NOW) == red
    for verdict in (Verdict.PROPOSED, Verdict.LOWERED):
        again = replace(red, verdict=verdict).raised(Level.RED, NOW)
        assert (again.verdict, again.verdict_by) == (None, None)
    graver = replace(red, urgency=Level.AMBER).raised(Level.RED, NOW)
    assert (graver.verdict, graver.verdict_by) == (None, None)  # what was confirmed was amber
    assert replace(red, urgency=Level.AMBER).raised(Level.AMBER, NOW).verdict is Verdict.CONFIRMED


def test_her_words_start_the_claimers_clock_and_only_once() -> None:
    claimed = case(Status.CLAIMED, release_at=None)
    first = claimed.awaiting(NOW)
    second = first.awaiting(NOW + 60_000)

    assert first.release_at == second.release_at == NOW + SILENT_CLAIMER
    assert (first.words_at, second.words_at) == (NOW, NOW + 60_000)
    assert case().awaiting(NOW).release_at is None


@pytest.mark.parametrize("kept", [None, NOW + 9, NOW + 30 * 60_000])
def test_the_urgent_button_gives_whoever_has_the_case_five_minutes_and_never_more(kept: int | None) -> None:
    pressed = case(Status.CLAIMED, release_at=kept).called(NOW)
    assert (pressed.sos_at, pressed.release_at) == (NOW, min(kept or NOW + 5 * 60_000, NOW + 5 * 60_000))
    assert case().called(NOW).release_at is None


def test_an_answer_stops_the_clock_and_the_first_one_is_remembered() -> None:
    answered = case(Status.CLAIMED).answered(NOW + 1).awaiting(NOW + 2).answered(NOW + 3)

    assert (answered.answered_at, answered.release_at) == (NOW + 1, None)


def test_a_route_ends_the_wait_for_a_region() -> None:
    routed = case(route_at=NOW, desk=None).routed("KZ-75")

    assert (routed.desk, routed.route_at) == ("KZ-75", None)


def test_a_fresh_topic_has_no_card_yet() -> None:
    assert case(Status.CLAIMED).with_topic(9).card_message_id is None
    assert case(Status.CLAIMED).with_topic(9).with_topic_card(4).card_message_id == 4


def test_a_move_never_changes_the_case_it_was_made_from() -> None:
    before = case(Status.CLAIMED)
    before.raised(Level.RED, NOW).closed(NOW, Result.HELPED).reopened(NOW).moved("national").erased(Status.ERASED)

    assert before == case(Status.CLAIMED)


def test_operators_know_of_earlier_cases_with_her_yes_or_when_she_came_back_within_72_hours() -> None:
    hour = 3_600_000

    def begun(code: str, opened: int, closed: int | None = None, before: str | None = None) -> Case:
        ended = None if closed is None else closed * hour
        return Case(code, code, "p", Status.CLOSED, Level.ORDINARY, "ru", opened * hour, closed_at=ended, before=before)

    old, late, lately = begun("old", 0, 1), begun("late", 2, 27), begun("lately", 3, 28)
    earlier = [old, late, lately, begun("later", 101, 102), begun("unended", 4)]

    assert begun("new", 100).known_before(earlier) == [lately]
    assert begun("new", 100, before="no").known_before(earlier) == []
    assert begun("new", 100, before="yes").known_before(earlier) == [old, late, lately]
