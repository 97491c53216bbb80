"""The rules of a ladder: when it climbs, what halts it, what lets it go on, and what silence brings."""

from dataclasses import replace

import pytest

from bot.domain.desks import Desk
from bot.domain.ladder import (
    ASK_AGAIN,
    INCIDENT_AGAIN,
    MINUTE,
    RUNGS,
    SILENT_PERSON,
    Answer,
    BadRungs,
    Ladder,
    Rung,
    rungs_in,
    rungs_of,
)

NOW = 1_780_000_000_000
FRESH = Ladder("case", NOW)
CLIMBING = FRESH.began(NOW, RUNGS, nobody=False)


def at(rung: Rung, **more: object) -> Ladder:
    """A ladder that has done this rung at its time."""
    ladder = CLIMBING
    for step in Rung:
        ladder = ladder.climbed(step, NOW + RUNGS[step], RUNGS)
        if step is rung:
            break
    return replace(ladder, **more)  # type: ignore[arg-type]  # the tests name the fields


def test_a_desk_has_the_usual_times_or_its_own() -> None:
    desk = Desk("KZ-31", -1, "kk", NOW)
    assert rungs_of(None) == rungs_of(desk) == RUNGS
    assert [time // 1000 for time in RUNGS.values()] == [60, 180, 300, 600, 900]
    own = rungs_of(replace(desk, rungs="1 2 3 4 86400"))
    assert list(own.items()) == list(zip(Rung, (1_000, 2_000, 3_000, 4_000, 86_400_000), strict=True))


def test_five_rising_numbers_up_to_a_day_are_times_and_nothing_else_is() -> None:
    assert rungs_in("30, 60  90,120 86400") == "30 60 90 120 86400"
    for text in ("", "1 2 3 4", "1 2 3 4 5 6", "1 2 3 3 5", "5 4 3 2 1", "0 1 2 3 4", "1 2 3 4 86401", "1 2 3 4 x",
                 "-1 2 3 4 5", "1 2 3 4 1000000", "1 2 3 4 \N{ARABIC-INDIC DIGIT NINE}"):  # fmt: skip
        with pytest.raises(BadRungs):
            rungs_in(text)


def test_it_begins_with_the_first_rung_or_with_nobody_there_with_the_supervisors_at_once() -> None:
    left = replace(FRESH, silent_at=1, silences=2, incident=3, turn="op", since=1, rung=Rung.INCIDENT)
    assert left.began(NOW, RUNGS, nobody=False) == replace(FRESH, due_at=NOW + RUNGS[Rung.AGAIN])
    nobody = left.began(NOW, RUNGS, nobody=True)
    assert (nobody.since, nobody.due_at, nobody.rung, nobody.next()) == (NOW, NOW, Rung.AGAIN, Rung.SUPERVISORS)


def test_each_rung_is_counted_from_receipt_and_the_incident_again_and_again() -> None:
    ladder = CLIMBING
    late = 7_000
    for rung, after in zip(Rung, [*list(Rung)[1:], None], strict=True):
        assert ladder.next() is rung
        ladder = ladder.climbed(rung, NOW + RUNGS[rung] + late, RUNGS)
        assert ladder.rung is rung
        assert ladder.due_at == NOW + (RUNGS[after] if after else RUNGS[rung] + late + INCIDENT_AGAIN)
    assert ladder.next() is Rung.INCIDENT
    assert INCIDENT_AGAIN == 15 * MINUTE


def test_after_a_clock_was_set_back_it_goes_on_from_here() -> None:
    ahead = replace(CLIMBING, since=NOW + 1_000 * MINUTE)
    climbed = ahead.climbed(Rung.AGAIN, NOW, RUNGS)
    assert (climbed.since, climbed.due_at) == (
        NOW - RUNGS[Rung.AGAIN],
        NOW - RUNGS[Rung.AGAIN] + RUNGS[Rung.SUPERVISORS],
    )


@pytest.mark.parametrize("rung", [rung for rung in Rung if rung is not Rung.AGAIN])
def test_a_mistake_halts_it_below_the_supervisors_however_far_it_is(rung: Rung) -> None:
    before = list(Rung)[list(Rung).index(rung) - 1]
    halted = at(before).answered(Answer.MISTAKE, NOW + 9, RUNGS)
    assert (halted.due_at, halted.next(), halted.mistaken) == (None, None, True)
    assert (halted.mistake_at, halted.ask_at) == (NOW + 9, NOW + 9 + ASK_AGAIN)


def test_a_mistake_at_once_still_rings_for_the_desk_and_then_no_more() -> None:
    mistaken = CLIMBING.answered(Answer.MISTAKE, NOW + 1, RUNGS)
    assert (mistaken.next(), mistaken.due_at) == (Rung.AGAIN, CLIMBING.due_at)
    assert mistaken.climbed(Rung.AGAIN, NOW + MINUTE, RUNGS).due_at is None
    assert mistaken.began(NOW, RUNGS, nobody=True).due_at is None


def test_she_is_asked_once_more_and_a_second_mistake_keeps_the_time_of_the_first() -> None:
    second = replace(at(Rung.AGAIN).answered(Answer.MISTAKE, NOW + 1, RUNGS), ask_at=None).answered(
        Answer.MISTAKE, NOW + ASK_AGAIN, RUNGS
    )
    assert (second.mistake_at, second.ask_at) == (NOW + 1, None)


@pytest.mark.parametrize("answer", [Answer.YES, Answer.WRITES])
def test_any_other_answer_lets_it_go_on_from_receipt_and_asks_no_more(answer: Answer) -> None:
    mistaken = at(Rung.SUPERVISORS).answered(Answer.MISTAKE, NOW + 200_000, RUNGS)
    went_on = mistaken.answered(answer, NOW + 240_000, RUNGS)
    assert (went_on.answer, went_on.due_at, went_on.ask_at) == (answer, NOW + RUNGS[Rung.CALLOUT], None)
    assert CLIMBING.answered(answer, NOW + 5, RUNGS).due_at == CLIMBING.due_at


def test_red_words_or_the_button_again_undo_a_mistake_and_leave_a_climbing_one_alone() -> None:
    resumed = at(Rung.AGAIN).answered(Answer.MISTAKE, NOW + 70_000, RUNGS).alarmed(NOW + 80_000, RUNGS)
    assert (resumed.answer, resumed.ask_at, resumed.due_at) == (Answer.ASKED, None, NOW + RUNGS[Rung.SUPERVISORS])
    yes = replace(CLIMBING, answer=Answer.YES, ask_at=NOW)
    assert yes.alarmed(NOW, RUNGS) == replace(yes, ask_at=None)


def test_after_hours_of_standing_still_it_climbs_rung_by_rung_and_not_all_at_once() -> None:
    later = NOW + 120 * MINUTE
    resumed = at(Rung.SUPERVISORS).answered(Answer.MISTAKE, NOW + 200_000, RUNGS).alarmed(later, RUNGS)
    assert resumed.due_at == later
    called = resumed.climbed(Rung.CALLOUT, later, RUNGS)
    assert called.due_at == later + RUNGS[Rung.COORDINATOR] - RUNGS[Rung.CALLOUT]


def test_a_mistake_in_a_case_that_is_over_halts_nothing_when_she_comes_back() -> None:
    over = at(Rung.AGAIN).answered(Answer.MISTAKE, NOW + 70_000, RUNGS).over()
    assert (over.mistaken, over.due_at, over.mistake_at) == (False, None, NOW + 70_000)
    again = over.began(NOW + 60 * MINUTE, RUNGS, nobody=False)
    assert again.climbed(Rung.AGAIN, NOW + 61 * MINUTE, RUNGS).due_at == NOW + 63 * MINUTE


def test_a_call_outside_waits_for_words_or_for_yes_and_for_nothing_else() -> None:
    waits = replace(CLIMBING, callout_waits=True)
    assert not waits.answered(Answer.YES, NOW, RUNGS).callout_waits
    assert waits.answered(Answer.WRITES, NOW, RUNGS).callout_waits
    assert waits.answered(Answer.MISTAKE, NOW, RUNGS).callout_waits
    assert not waits.spoke(NOW, RUNGS).callout_waits
    assert waits.spoke(NOW, RUNGS) == replace(waits, callout_waits=False)


@pytest.mark.parametrize(("rung", "after"), [(None, 60_000), (Rung.AGAIN, 2 * MINUTE), (Rung.CALLOUT, 5 * MINUTE)])
def test_words_after_a_mistake_let_it_climb_on_when_there_was_time_to_read_them(rung: Rung | None, after: int) -> None:
    mistaken = replace(
        CLIMBING if rung is None else at(rung), answer=Answer.MISTAKE, mistake_at=NOW, ask_at=NOW + 9, due_at=None
    )
    wrote = mistaken.spoke(NOW + 60 * MINUTE, RUNGS)
    assert (wrote.answer, wrote.due_at, wrote.ask_at) == (Answer.WRITES, NOW + 60 * MINUTE + after, NOW + 9)


def test_a_claim_stops_it_and_watches_her_silence_and_the_end_stops_both() -> None:
    claimed = replace(CLIMBING, ask_at=NOW, silences=2).taken(NOW + 5)
    assert (claimed.due_at, claimed.ask_at, claimed.silences) == (None, NOW, 0)  # she was told that we ask again
    assert claimed.silent_at == NOW + 5 + 10 * MINUTE
    over = claimed.stopped()
    assert (over.due_at, over.ask_at, over.silent_at) == (None, None, None)


def test_her_silence_is_told_at_ten_and_thirty_minutes_and_counted_anew_when_she_writes() -> None:
    assert SILENT_PERSON == (10 * MINUTE, 30 * MINUTE)
    first = CLIMBING.taken(NOW).silent(NOW + 10 * MINUTE)
    assert (first.silences, first.silent_at) == (1, NOW + 30 * MINUTE)
    second = first.silent(NOW + 30 * MINUTE)
    assert (second.silences, second.silent_at) == (2, None)
    for told in (CLIMBING.taken(NOW), first, second):
        heard = told.heard(NOW + 40 * MINUTE)
        assert (heard.silences, heard.silent_at) == (0, NOW + 50 * MINUTE)
    assert CLIMBING.heard(NOW) == CLIMBING  # nobody has it yet
