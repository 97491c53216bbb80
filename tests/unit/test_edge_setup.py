"""The account's own switches: what would show who writes, or take words past the inbox, stops the start."""

import pytest

from bot.telegram.sandbox.sandbox import FLAGS
from bot.telegram.setup import DANGEROUS, WrongBotSettings, check

ME = {"id": 7, "is_bot": True, "first_name": "Senim", "username": "senim_bot", **FLAGS}


def test_a_bot_that_is_set_up_well_starts() -> None:
    check(ME)
    check({"id": 7})
    check({**ME, "can_join_groups": True, "something_of_2027": True})


@pytest.mark.parametrize(
    ("flag", "where"),
    [
        ("supports_inline_queries", "/setinline"),
        ("supports_guest_queries", "Guest Mode"),
        ("can_connect_to_business", "Business Mode"),
        ("has_main_web_app", "Mini App"),
        ("has_topics_enabled", "Threaded Mode"),
    ],
)
def test_each_dangerous_switch_stops_it_and_says_where_it_is(flag: str, where: str) -> None:
    with pytest.raises(WrongBotSettings, match="BotFather") as refused:
        check({**ME, flag: True})

    assert where in str(refused.value)
    assert str(refused.value).count(";") == 0


def test_all_of_them_are_named_at_once() -> None:
    with pytest.raises(WrongBotSettings) as refused:
        check({**ME, **dict.fromkeys(DANGEROUS, True)})

    assert all(where in str(refused.value) for where in DANGEROUS.values())
    assert len(DANGEROUS) == 5
