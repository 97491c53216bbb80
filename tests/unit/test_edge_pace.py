"""Pace: never more than Telegram allows, always room for red, nobody held longer than needed."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bot.telegram.pace import Pace

GROUP = "desk:KZ-31"
PERSON = "person:her"


class Hand:
    """A clock moved by hand, seconds."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def paced() -> tuple[Hand, Pace]:
    hand = Hand()
    return hand, Pace(hand)


def burst(pace: Pace, name: str, *, red: bool = False, beside_red: bool = False, wanted: int = 60) -> int:
    """How many calls in a row may go there now."""
    for done in range(wanted):
        if not pace.may(name, red=red, beside_red=beside_red):
            return done
        at_once(pace, name)
    return wanted


def at_once(pace: Pace, name: str) -> None:
    """A call whose answer is there in no time."""
    pace.home(name, pace.spend(name))


@pytest.mark.parametrize(
    ("red", "beside_red", "allowed"), [(False, False, 16), (False, True, 12), (True, True, 20), (True, False, 20)]
)
def test_a_groups_minute_holds_sixteen_beside_a_red_twelve_and_red_all_twenty(
    red: bool, beside_red: bool, allowed: int
) -> None:
    _, pace = paced()

    assert burst(pace, GROUP, red=red, beside_red=beside_red) == allowed


def test_many_files_leave_others_a_fifth_of_a_groups_minute() -> None:
    _, pace = paced()

    burst(pace, GROUP, wanted=11)
    burst(pace, PERSON)
    assert pace.crowded() == set()
    burst(pace, GROUP, wanted=1)
    assert pace.crowded() == {GROUP}
    assert burst(pace, GROUP) == 4


@pytest.mark.parametrize("name", ["desk:national", "group:-1001234"])
def test_red_gets_what_ordinary_rows_have_left(name: str) -> None:
    _, pace = paced()

    assert burst(pace, name) == 16
    assert burst(pace, name, red=True) == 4
    assert name in pace.full()


def test_a_minute_passes_before_there_is_room_again() -> None:
    hand, pace = paced()
    assert burst(pace, GROUP, red=True) == 20

    hand.at += 60
    assert not pace.may(GROUP, red=True, beside_red=False)
    hand.at += 1.01
    assert burst(pace, GROUP, red=True) == 20


def test_one_group_does_not_slow_another() -> None:
    _, pace = paced()
    burst(pace, GROUP, red=True)

    assert pace.full() == {GROUP}
    assert burst(pace, "desk:KZ-75") == 16


def test_a_group_is_kept_for_red_as_soon_as_its_ordinary_part_is_used() -> None:
    _, pace = paced()
    burst(pace, GROUP, beside_red=True)

    assert pace.reserved({GROUP}) == {GROUP}
    assert pace.reserved(set()) == set()
    burst(pace, GROUP)
    assert pace.reserved(set()) == {GROUP}
    assert pace.full() == set()


@pytest.mark.parametrize("red", [False, True])
def test_a_person_gets_about_one_a_second(red: bool) -> None:
    hand, pace = paced()
    sent = 0
    for _ in range(600):
        while pace.may(PERSON, red=red, beside_red=False):
            at_once(pace, PERSON)
            sent += 1
        hand.at += 0.1

    assert 55 <= sent <= 62


def test_persons_are_never_kept_for_red() -> None:
    _, pace = paced()
    burst(pace, PERSON)

    assert pace.reserved({PERSON}) == set()
    assert pace.full() == {PERSON}


def test_overall_there_is_room_for_28_a_second() -> None:
    hand, pace = paced()
    for number in range(28):
        assert pace.room() > 0
        at_once(pace, f"person:{number}")

    assert pace.room() == 0
    hand.at += 0.99
    assert pace.room() == 0
    hand.at += 0.02
    assert pace.room() == 28


def test_calls_of_the_last_second_before_a_start_count_overall() -> None:
    hand, pace = paced()
    pace.restore([("desk:national", 40.0, 12), (GROUP, 0.5, 16), ("private", 0.5, 4)], {})

    assert pace.room() == 8
    hand.at += 0.5
    assert pace.room() == 28


def test_after_429_nothing_goes_there_until_telegram_said_so() -> None:
    hand, pace = paced()
    pace.hold(GROUP, 30)

    assert pace.full() == {GROUP}
    assert not pace.may(GROUP, red=True, beside_red=False)
    assert pace.next_free() == pytest.approx(30)
    hand.at += 29.9
    assert pace.full() == {GROUP}
    hand.at += 0.2
    assert pace.full() == set()
    assert pace.may(GROUP, red=True, beside_red=False)


def test_half_of_a_groups_minute_is_kept_from_what_is_optional() -> None:
    _, pace = paced()
    for _ in range(9):
        pace.spend(GROUP)
    assert not pace.half_used(GROUP)
    pace.spend(GROUP)
    assert pace.half_used(GROUP)


def test_what_is_long_past_is_forgotten() -> None:
    hand, pace = paced()
    for number in range(1_000):
        pace.spend(f"person:{number}")
        pace.spend(f"desk:{number}")
    hand.at += 100
    pace.full()

    assert pace._sent == {}
    assert pace.next_free() is None


steps = some.lists(
    some.tuples(
        some.integers(0, 72), some.sampled_from(["desk:a", "desk:b", "group:-1", "person:x", "person:y"]),
        some.booleans(), some.integers(1, 25),
    ),
    max_size=60,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(steps, some.sets(some.sampled_from(["desk:a", "desk:b"])))
def test_telegrams_limits_are_never_passed(steps: list[tuple[int, str, bool, int]], beside_red: set[str]) -> None:
    """Whatever is wanted when: counted from outside, as Telegram counts."""
    hand, pace = paced()
    sent: dict[str, list[float]] = defaultdict(list)
    for wait, name, red, wanted in steps:
        hand.at += wait / 8
        for _ in range(wanted):
            minute = [at for at in sent[name] if at > hand.at - 60]
            full, kept = pace.full(), pace.reserved(beside_red)
            may = pace.may(name, red=red, beside_red=name in beside_red)
            assert not (may and name in full)
            assert not (may and not red and name in kept)
            assert may or name in full | kept
            if not may or pace.room() == 0:
                break
            at_once(pace, name)
            sent[name].append(hand.at)
            if name.startswith("person:"):
                assert len([at for at in sent[name] if at > hand.at - 2]) <= 2
            else:
                assert len(minute) + 1 <= (20 if red else 12 if name in beside_red else 16)
            assert len([at for all_of in sent.values() for at in all_of if at > hand.at - 1]) <= 28
        if name in pace.full():
            free = pace.next_free()
            assert free is not None
            assert 0 < free <= 61


def test_a_call_counts_from_its_answer_because_nobody_knows_when_it_arrived() -> None:
    hand, pace = paced()
    made = [pace.spend(GROUP) for _ in range(20)]
    hand.at += 5
    for moment in made:
        pace.home(GROUP, moment)

    hand.at += 60.9
    assert not pace.may(GROUP, red=True, beside_red=False)
    hand.at += 0.2
    assert burst(pace, GROUP, red=True) == 20


def test_calls_that_hang_leave_room_for_others_after_three_seconds() -> None:
    hand, pace = paced()
    for _ in range(28):
        pace.spend(GROUP)

    hand.at += 2.9
    assert pace.room() == 0
    hand.at += 0.2
    assert pace.room() == 28


WHERE = [GROUP, GROUP, "group:-1", PERSON, *(f"person:{number}" for number in range(30))]
ways = some.lists(
    some.tuples(
        some.integers(0, 16) | some.integers(470, 490), some.sampled_from(WHERE), some.integers(1, 25),
        some.integers(0, 22), some.floats(0, 1),
    ),
    min_size=5, max_size=80,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(ways)
def test_telegrams_limits_are_not_passed_however_long_each_call_is_on_its_way(
    steps: list[tuple[int, str, int, int, float]],
) -> None:
    """Counted where Telegram counts, at the arrival: somewhere between the call and its answer, eighths of a second."""
    hand, pace = paced()
    under_way: list[tuple[float, str, float]] = []
    arrived: list[tuple[float, str]] = []
    for wait, name, wanted, way, part in steps:
        until = hand.at + wait / 8
        for answered, whose, made in sorted(under_way):
            if answered <= until:
                hand.at = max(hand.at, answered)
                pace.home(whose, made)
                under_way.remove((answered, whose, made))
        hand.at = until
        for _ in range(wanted):
            if pace.room() == 0 or not pace.may(name, red=True, beside_red=False):
                break
            under_way.append((hand.at + way / 8, name, pace.spend(name)))
            arrived.append((hand.at + way / 8 * part, name))
    for at, name in arrived:
        assert sum(at - 1 < other <= at for other, _ in arrived) <= 28
        if name in (GROUP, "group:-1"):
            assert sum(at - 60 < other <= at for other, whose in arrived if whose == name) <= 20
