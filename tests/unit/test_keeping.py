"""Numbers of days that a desk may type, and which clocks may be trusted with throwing something away."""

import pytest

from bot.domain.keeping import APART, DAY, FRESH, BadDays, Clocks, days_in

NOW = 1_780_000_000_000


@pytest.mark.parametrize(("typed", "days"), [("1", 1), ("14", 14), ("090", 90), ("90", 90)])
def test_one_to_ninety_days(typed: str, days: int) -> None:
    assert days_in(typed) == days


@pytest.mark.parametrize("typed", ["", "0", "91", "-1", "1.5", "1 2", "²", "٣", "9" * 5000, "много"])
def test_nothing_else_is_a_number_of_days(typed: str) -> None:
    with pytest.raises(BadDays):
        days_in(typed)


@pytest.mark.parametrize(
    ("said", "heard", "now", "agree"),
    [
        (NOW, NOW, NOW, True),
        (NOW - APART, NOW, NOW + FRESH, True),
        (NOW + APART, NOW, NOW, True),
        (NOW - APART - 1, NOW, NOW, False),  # ours is ahead
        (NOW + APART + 1, NOW, NOW, False),  # or behind
        (NOW, NOW, NOW + FRESH + 1, False),  # was it set forth since, or is all quiet?
        (NOW, NOW, NOW - 1, False),  # it was set back since
        (NOW, NOW, NOW + 3650 * DAY, False),
    ],
)
def test_a_clock_is_believed_while_telegrams_was_heard_lately_and_shows_the_same(
    said: int, heard: int, now: int, *, agree: bool
) -> None:
    assert Clocks(said, heard).agree(now) is agree
