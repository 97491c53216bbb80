"""A desk's week: how it is typed, and when somebody is there next."""

import contextlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.plan import BadPlan, Flaw, Span, folded, next_start, parsed, running
from storage.reference import aliases, weekdays

ZONE = timezone(timedelta(hours=5))
DAYS = {name: found.days for found in weekdays() for name in (*found.kk, *found.ru)}
PEOPLE = {folded(name): alias.id for alias in aliases() for name in (alias.kk, alias.ru)}
MINUTE = 60_000

spans = st.builds(
    Span, st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1440), st.sampled_from(["a", "b"])
)  # fmt: skip
moments = st.integers(0, 14 * 1440).map(lambda minute: 1_780_000_020_000 + minute * MINUTE)


def there(week: tuple[Span, ...], at: int) -> bool:
    """Whether somebody is there, counted another way: by the wall clock, minute by minute of the day."""
    local = datetime.fromtimestamp(at / 1000, UTC).astimezone(ZONE)
    minute = local.hour * 60 + local.minute
    for span in week:
        over = span.to_minute <= span.from_minute
        if span.weekday == local.weekday() and span.from_minute <= minute and (over or minute < span.to_minute):
            return True
        if over and (span.weekday + 1) % 7 == local.weekday() and minute < span.to_minute:
            return True
    return False


@given(st.lists(spans, max_size=4).map(tuple), moments)
def test_the_next_start_is_the_first_minute_at_which_somebody_is_there(week: tuple[Span, ...], now: int) -> None:
    found = next_start(week, now)
    assert bool(running(week, now)) == there(week, now)
    if found is None:
        assert week == ()
        return
    assert found >= now
    assert there(week, found)
    assert not there(week, found - MINUTE) or found == now
    assert found - now <= 7 * 1440 * MINUTE
    for step in range(1, min(int((found - now) / MINUTE), 2000)):
        assert not there(week, found - step * MINUTE)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-28T21:59", "2026-11-28T22:00"),  # Saturday
        ("2026-11-28T23:30", "2026-11-28T23:30"),
        ("2026-11-29T05:59", "2026-11-29T05:59"),
        ("2026-11-29T06:00", "2026-11-29T23:00"),
        ("2026-11-30T00:30", "2026-11-30T00:30"),  # a new week, the same night
        ("2026-11-30T07:00", "2026-12-05T22:00"),
    ],
)
def test_a_night_goes_over_midnight_and_over_the_weeks_end(now: str, expected: str) -> None:
    week = parsed("сб 22:00-06:00 Сая\nвс 23:00-07:00 Айгуль", DAYS, PEOPLE)
    assert next_start(week, at(now)) == at(expected)


@pytest.mark.parametrize(
    "text",
    [
        "пн-пт 09:00-18:00 Айгүл, Данияр",
        "дс-жм 9:00–18:00 Айгуль; данияр",
        "Понедельник - Пятница 09.00 - 18.00  АЙГҮЛ,Данияр",
        "пн, вт, ср чт пт. 09:00-18:00 Айгүл,Данияр",
        "дүйсенбі-жұма 09:00-18:00 Айгүл, Данияр",
    ],
)
def test_a_plan_is_typed_in_either_language_and_in_many_shapes(text: str) -> None:
    found = parsed(f"\n{text}\n\n", DAYS, PEOPLE)
    assert found == tuple(Span(day, 540, 1080, name) for day in range(5) for name in ("aigul", "daniyar"))


def test_ranges_go_over_sunday_and_days_have_names_together() -> None:
    assert {span.weekday for span in parsed("сб-вт 10:00-12:00 Сая", DAYS, PEOPLE)} == {5, 6, 0, 1}
    assert {span.weekday for span in parsed("күн сайын 10:00-12:00 Сая", DAYS, PEOPLE)} == set(range(7))
    assert [span.length for span in parsed("пн 09:00-09:00 Сая\nвт 00:00-24:00 Сая", DAYS, PEOPLE)] == [1440, 1440]


@pytest.mark.parametrize(
    ("line", "flaw", "word"),
    [
        ("Айгүл", Flaw.SHAPE, "Айгүл"),
        ("пн 09:00-18:00", Flaw.SHAPE, "пн 09:00-18:00"),
        ("пн 09:00-18:00 ,", Flaw.SHAPE, "пн 09:00-18:00 ,"),
        ("пн-пд 09:00-18:00 Сая", Flaw.DAY, "пн-пд"),
        ("ежедневно-вт 09:00-18:00 Сая", Flaw.DAY, "ежедневно-вт"),
        ("пн 09:00-18:60 Сая", Flaw.TIME, "09:00-18:60"),
        ("пн 25:00-18:00 Сая", Flaw.TIME, "25:00-18:00"),
        ("пн 24:00-18:00 Сая", Flaw.TIME, "24:00-18:00"),
        ("пн 09:00-18:00 Сая, Никто", Flaw.NAME, "Никто"),
        ("вт 10:00-11:00 Айгүл, Айгуль", Flaw.TWICE, "вт 10:00-11:00 Айгүл, Айгуль"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_the_reason(line: str, flaw: Flaw, word: str) -> None:
    with pytest.raises(BadPlan) as bad:
        parsed(f"сб 10:00-12:00 Сая\n\n{line}", DAYS, PEOPLE)
    assert (bad.value.number, bad.value.line, bad.value.flaw, bad.value.word) == (3, line, flaw, word)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_plan_or_a_named_flaw(text: str) -> None:
    with contextlib.suppress(BadPlan):
        assert parsed(text, DAYS, PEOPLE) == ()
