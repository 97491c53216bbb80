"""Reading an update nobody has checked: whose it is and in which lane it waits, whatever its shape."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.telegram.api import loads
from bot.telegram.raw import ALLOWED_UPDATES, event_of, group_lane, is_id, private_id, role_asked, tapped_in_group

HER = {"id": 7_123_456_789, "first_name": "x"}
PRIVATE = {"id": 7_123_456_789, "type": "private"}
FORUM = {"id": -1_001_234, "type": "supergroup", "is_forum": True}

NAMES = some.sampled_from(
    [
        *ALLOWED_UPDATES,
        "update_id",
        "from",
        "chat",
        "id",
        "type",
        "message",
        "message_thread_id",
        "user",
        "quote",
        "text",
    ]
)
VALUES = some.sampled_from(["private", "supergroup", "group", "channel", -5, 5, 0, 2**63, -(2**63), 2**200, True, 1.5])
shapes: some.SearchStrategy[Any] = some.recursive(
    some.none() | VALUES | some.integers() | some.floats() | some.text(max_size=4),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=5),
    max_leaves=20,
)


@given(shapes)
@example({"message": {"chat": {"type": [], "id": {}}, "from": {"id": float("nan")}}})
@example({"callback_query": {"message": {"chat": {"type": {}}}}})
def test_no_shape_makes_it_raise_and_what_it_says_can_be_stored(update: Any) -> None:
    name, event = event_of(update)
    person, lane, tap = private_id(update), group_lane(update), role_asked(update)

    assert (name in ALLOWED_UPDATES) or (name, event) == ("", {})
    assert isinstance(event, dict)
    assert person is None or (0 < person < 2**63 and type(person) is int)
    assert lane is None or lane.startswith("g:")
    assert person is None or lane is None
    assert tap is None or all(-(2**63) < number < 2**63 for number in tap)


@given(shapes)
def test_whatever_comes_is_read_the_same_after_it_was_stored(update: Any) -> None:
    text = json.dumps(update).replace("NaN", "0").replace("-Infinity", "0").replace("Infinity", "0")
    once = loads(text.encode())
    again = loads(orjson.dumps(loads(json.dumps(once).encode()))) if _fits(once) else once

    assert private_id(once) == private_id(again)
    assert group_lane(once) == group_lane(again)


def _fits(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize(
    "update",
    [
        {"message": {"chat": PRIVATE, "from": HER}},
        {"edited_message": {"chat": PRIVATE, "from": HER}},
        {"message": {"chat": PRIVATE}},
        {"message": {"from": HER}},
        {"callback_query": {"from": HER, "message": {"chat": PRIVATE}}},
        {"callback_query": {"from": HER, "inline_message_id": "x"}},
        {"my_chat_member": {"chat": PRIVATE, "from": HER}},
        {"message_reaction": {"chat": PRIVATE, "user": HER}},
    ],
)
def test_what_happens_in_a_private_chat_is_hers(update: dict[str, Any]) -> None:
    assert private_id(update) == 7_123_456_789
    assert group_lane(update) is None


@pytest.mark.parametrize(
    ("update", "lane"),
    [
        ({"message": {"chat": FORUM, "from": HER, "message_thread_id": 7}}, "g:-1001234:7"),
        ({"message": {"chat": FORUM, "from": HER}}, "g:-1001234:0"),
        ({"message": {"chat": FORUM, "message_thread_id": "7"}}, "g:-1001234:0"),
        ({"message": {"chat": {"id": -5, "type": "group"}}}, "g:-5:0"),
        ({"message": {"chat": {"id": -5, "type": "channel"}}}, "g:-5:0"),
        ({"callback_query": {"from": HER, "message": {"chat": FORUM, "message_thread_id": 7}}}, "g:-1001234:7"),
        ({"my_chat_member": {"chat": FORUM, "from": HER}}, "g:-1001234:0"),
        ({"chat_member": {"chat": FORUM, "from": HER}}, "g:-1001234:0"),
    ],
)
def test_a_groups_topic_is_a_lane_and_nobodys_private_chat(update: dict[str, Any], lane: str) -> None:
    assert group_lane(update) == lane
    assert private_id(update) is None


@pytest.mark.parametrize(
    "name", ["channel_post", "inline_query", "poll_answer", "business_message", "guest_message", ""]
)
def test_a_type_that_was_not_asked_for_is_no_event(name: str) -> None:
    assert event_of({"update_id": 1, name: {"from": HER}}) == ("", {})


def test_a_tap_is_looked_at_only_in_a_group() -> None:
    tap = {"from": HER, "message": {"chat": FORUM}}

    assert tapped_in_group({"callback_query": tap}) == (-1_001_234, 7_123_456_789)
    assert tapped_in_group({"callback_query": {**tap, "message": {"chat": PRIVATE}}}) is None
    assert tapped_in_group({"message": {"chat": FORUM, "from": HER}}) is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("/plan", True), ("/plan -", True), ("/ladder@senim_bot 1 2", True), ("/plan\n\u043f\u043d", True),
        ("/planet", False), ("/shift", False), (" /plan", False), (7, False),
    ],
)  # fmt: skip
def test_who_types_a_supervisors_command_in_a_group_is_asked_about_as_who_taps(text: object, asked: bool) -> None:
    who = (-1_001_234, 7_123_456_789) if asked else None
    for name in ("message", "edited_message"):
        assert role_asked({name: {"chat": FORUM, "from": HER, "text": text}}) == who
        assert role_asked({name: {"chat": PRIVATE, "from": HER, "text": text}}) is None


@pytest.mark.parametrize("value", [True, False, 1.0, "5", None, 2**63, -(2**63), [], {}])
def test_what_cannot_be_an_id_is_none(value: object) -> None:
    assert not is_id(value)
    assert all(is_id(number) for number in (0, 5, -1_001_234, 2**63 - 1))


class TestLoads:
    """JSON as Telegram sends it, and as nobody should."""

    @pytest.mark.parametrize(
        ("body", "value"),
        [
            (b'{"a": "\\ud83c\\udd98 \xd1\x81"}', {"a": "🆘 с"}),
            (b'["\\ud83c"]', ["?"]),
            (b'["\\udd98 after"]', ["? after"]),
            (b'{"\\ud83c": 1}', {"?": 1}),
            (b'["\\u0000\\u2028"]', ["\x00\u2028"]),
            (b"[9223372036854775807, -9223372036854775808]", [2**63 - 1, -(2**63)]),
            (b"[18446744073709551615]", [2**64 - 1]),
        ],
    )
    def test_half_a_pair_is_replaced_and_nothing_is_refused(self, body: bytes, value: object) -> None:
        assert loads(body) == value

    @given(some.text(some.characters(categories=["Cs", "L", "So"]), max_size=10))
    def test_what_was_loaded_can_be_stored_and_sent(self, text: str) -> None:
        loaded = loads(json.dumps([text]).encode())

        assert orjson.loads(orjson.dumps(loaded)) == loaded

    @pytest.mark.parametrize("digits", [30, 400, 4_000])
    def test_a_huge_number_is_a_number_and_the_rest_is_read(self, digits: int) -> None:
        loaded = loads(b'{"text": "words", "id": ' + b"9" * digits + b"}")

        assert loaded["text"] == "words"
        assert isinstance(loaded["id"], int | float)

    def test_a_number_of_five_thousand_digits_is_not_refused_either(self) -> None:
        assert loads(b'{"text": "words", "id": ' + b"9" * 5_000 + b"}")["text"] == "words"

    @pytest.mark.parametrize("body", [b"", b"{", b"<html>502</html>", b"\xff\xfe", b"nul"])
    def test_what_is_no_json_is_a_value_error(self, body: bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - whichever of its kinds
            loads(body)

    def test_what_is_nested_without_end_is_a_value_error_too(self) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - whichever of its kinds
            loads(b"[" * 100_000 + b"]" * 100_000)
