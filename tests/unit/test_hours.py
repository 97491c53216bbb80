"""When a desk is open, how its table is typed, and the days off of the whole country."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from bot.domain.hours import ALWAYS, Hours, day_number, parsed
from bot.domain.plan import BadPlan, Flaw, folded
from storage.reference import weekdays
from storage.reference.holidays import days_off, holidays, is_holiday

ZONE = timezone(timedelta(hours=5))
DAYS = {folded(name): found.days for found in weekdays() for name in (*found.kk, *found.ru)}


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC).timestamp() * 1000)


def opens(table: str, now: str) -> str | None:
    found = parsed(table, DAYS).next_open(at(now), is_holiday)
    return None if found is None else f"{datetime.fromtimestamp(found / 1000, ZONE):%Y-%m-%d %H:%M}"


TABLE = "пн-пт 09:00-13:00\nдс-жм 14:00-18:00\nсб 22:00-02:00\n31.12.2026, 30.12.2026\n16.12.2026 10:00-12:00"


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-30 08:59", "2026-11-30 09:00"),  # a Monday
        ("2026-11-30 09:00", "2026-11-30 09:00"),  # open now
        ("2026-11-30 12:59", "2026-11-30 12:59"),
        ("2026-11-30 13:00", "2026-11-30 14:00"),
        ("2026-12-04 18:00", "2026-12-05 22:00"),
        ("2026-12-06 01:59", "2026-12-06 01:59"),  # over midnight
        ("2026-12-06 02:00", "2026-12-07 09:00"),
        ("2026-12-15 18:00", "2026-12-16 10:00"),  # a holiday on which the desk is open all the same
        ("2026-12-16 12:00", "2026-12-17 09:00"),
        ("2026-12-29 18:00", "2027-01-05 09:00"),  # its own closed days, New Year, and Monday for the second day of it
        ("2027-03-12 18:00", "2027-03-13 22:00"),
        ("2027-03-14 03:00", "2027-03-16 09:00"),  # Constitution Day, since 2027
    ],
)
def test_a_desk_opens_by_its_week_its_own_days_and_the_countrys_holidays(now: str, opening: str) -> None:
    assert opens(TABLE, now) == opening


def test_without_a_table_it_is_always_open_and_one_that_never_opens_promises_nothing() -> None:
    assert ALWAYS.next_open(at("2027-01-01 03:00"), is_holiday) == at("2027-01-01 03:00")
    assert opens("31.12.2020 09:00-10:00", "2026-11-30 09:00") is None
    assert Hours({}, {day_number(date(2026, 11, 30)): ()}).next_open(at("2026-11-30 09:00"), is_holiday) is None


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("пн-пт", Flaw.SHAPE), ("09:00-18:00", Flaw.SHAPE), ("пн 9-18", Flaw.SHAPE), ("завтра 09:00-18:00", Flaw.DAY),
        ("пн 09:00-24:01", Flaw.TIME), ("пн 24:00-09:00", Flaw.TIME), ("пн 09:60-18:00", Flaw.TIME),
        ("30.02.2027", Flaw.DAY), ("31.12", Flaw.DAY), ("31.12.2026 закрыто", Flaw.DAY), ("0.0.0000", Flaw.DAY),
        ("1 января", Flaw.DAY), ("пн-пт 09:00-18:00 Айгуль", Flaw.SHAPE), ("31.12.2026, пн 10:00-11:00", Flaw.DAY),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_used_is_named(text: str, flaw: Flaw) -> None:
    with pytest.raises(BadPlan) as bad:
        parsed(f"пн-пт 09:00-18:00\n\n{text}", DAYS)
    assert (bad.value.number, bad.value.flaw) == (3, flaw)


def test_too_many_lines_are_refused() -> None:
    with pytest.raises(BadPlan):
        parsed("\n".join("пн 09:00-10:00" for _ in range(101)), DAYS)


def test_days_off_are_those_that_the_state_has_published() -> None:
    """2026: egov.kz by inform.kz of 2026-01-02, without 30 August (taspanews.kz of 2026-03-18)."""
    published = (
        "01-01 01-02 01-07 03-08 03-09 03-21 03-22 03-23 03-24 03-25 05-01 05-07 05-09 05-11 05-27 07-06 10-25 10-26"
        " 12-16"
    )
    assert {f"{day:%m-%d}" for day in days_off(2026)} == set(published.split())
    assert date(2025, 8, 30) in days_off(2025)
    assert {date(2027, 3, 15), date(2027, 1, 4)} <= days_off(2027)
    assert date(2027, 8, 30) not in days_off(2027)
    assert len(holidays()) == 19
