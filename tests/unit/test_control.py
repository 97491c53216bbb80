"""Dates to come back on: what is offered, and how they are typed."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain import control
from bot.domain.control import BadDate, When
from handlers.operators.cases import ASKED, DATE, HANDING, REFERRAL
from locales import LANGUAGES, Catalog, Language

ZONE = ZoneInfo("Asia/Almaty")


def at(text: str) -> int:
    """Epoch milliseconds of "2027-03-10 14:05", Kazakhstan's time."""
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE).timestamp() * 1000)


NOW = at("2027-03-10 14:05")


@pytest.mark.parametrize(
    ("when", "then"),
    [
        (When.EVENING, "2027-03-10 19:00"),
        (When.TOMORROW, "2027-03-11 10:00"),
        (When.THREE, "2027-03-13 10:00"),
        (When.SEVEN, "2027-03-17 10:00"),
    ],
)
def test_what_the_buttons_mean(when: When, then: str) -> None:
    assert control.moment(when, NOW) == at(then)
    assert when in control.offered(NOW)


def test_this_evening_is_offered_while_it_lies_ahead_and_the_day_is_kazakhstans() -> None:
    assert When.EVENING in control.offered(at("2027-03-10 18:59"))
    assert control.offered(at("2027-03-10 19:00")) == (When.TOMORROW, When.THREE, When.SEVEN)
    assert control.moment(When.TOMORROW, at("2027-03-11 00:30")) == at("2027-03-12 10:00")  # 10 March in UTC
    assert control.today(at("2027-03-11 00:30")) == (at("2027-03-11 00:00"), at("2027-03-12 00:00"))


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("12.03", "2027-03-12 10:00"),
        ("12.3", "2027-03-12 10:00"),
        (" 12.03   14:30 ", "2027-03-12 14:30"),
        ("12.03.2027 9:05", "2027-03-12 09:05"),
        ("14:06", "2027-03-10 14:06"),
        ("09.03", "2028-03-09 10:00"),
        ("29.02", "2028-02-29 10:00"),
        ("10.03.2028", "2028-03-10 10:00"),
    ],
)
def test_how_a_date_is_typed(text: str, then: str) -> None:
    assert control.typed(text, NOW) == at(then)


@pytest.mark.parametrize(
    "text",
    ["", "завтра", "12", "32.01", "31.04", "12.13", "14:05", "14:60", "24:00", "10.03", "09.03.2027", "12.03.2028",
     "29.02.2027", "12.03 25:00", "12.0314:30", "12.03.27", "12.03.2027 ок"],
)  # fmt: skip
def test_what_is_no_date_ahead_is_refused(text: str) -> None:
    with pytest.raises(BadDate):
        control.typed(text, NOW)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_whose_answer_is_a_reply_begins_with_the_sign_that_it_is_known_by(language: Language) -> None:
    said = Catalog.load()
    for sign, keys in (
        (HANDING, ("pass.happened", "pass.done", "pass.waits")),
        (DATE, ("control.ask_date", "control.bad_date")),
        (REFERRAL, ("close.referred_to",)),
    ):
        assert all(said.text(key, language).startswith(sign) for key in keys)
        assert all(ASKED.match(said.text(key, language)) for key in keys)
    pings: dict[str, dict[str, Any]] = {
        "control.set": {"when": "12:00"}, "pass.nobody": {"alias": "Данияр"},
        "line.answer_soon": {"alias": "Данияр", "minutes": 5},
    }  # fmt: skip
    assert not any(ASKED.match(said.text(key, language, **values)) for key, values in pings.items())
