"""What each refusal of Telegram means: the whole table, in Telegram's own words (docs/telegram.md, DESK.md)."""

import pytest

from bot.domain.messages import To
from bot.telegram.api import ApiError, Unreachable
from bot.telegram.failures import BACK_OFF, Meaning, Verdict, back_off, judge

GROUPS = (To.CASE, To.DESK, To.GROUP)
PRIVATE = (To.PERSON, To.OPERATOR)


def refused(code: int, text: str, to: To = To.CASE, tries: int = 0, **parameters: object) -> Verdict:
    return judge(ApiError("sendMessage", code, text, dict(parameters)), to, tries)


@pytest.mark.parametrize("to", GROUPS)
@pytest.mark.parametrize(
    ("code", "text", "why"),
    [
        (403, "Forbidden: bot was kicked from the supergroup chat", "kicked"),
        (403, "Forbidden: bot was kicked from the group chat", "kicked"),
        (403, "Forbidden: bot is not a member of the supergroup chat", "kicked"),
        (403, "Forbidden: bot is not a member of the channel chat", "kicked"),
        (403, "Forbidden: the group chat was deleted", "not_found"),
        (400, "Bad Request: chat not found", "not_found"),
        (400, "Bad Request: not enough rights to send text messages to the chat", "no_rights"),
        (400, "Bad Request: not enough rights to create a topic", "no_rights"),
        (400, "Bad Request: not enough rights to manage pinned messages in the chat", "no_rights"),
        (400, "Bad Request: have no rights to send a message", "no_rights"),
        (400, "Bad Request: need administrator rights in the channel chat", "no_rights"),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", "no_rights"),
        (400, "Bad Request: TOPIC_CLOSED", "no_rights"),
        (400, "Bad Request: the chat is not a forum", "no_topics"),
    ],
)
def test_a_group_that_cannot_be_used_is_down_and_its_rows_wait(code: int, text: str, why: str, to: To) -> None:
    verdict = refused(code, text, to)

    assert (verdict.meaning, verdict.why) == (Meaning.DESK_DOWN, why)


def test_a_group_that_telegram_has_restricted_is_down_and_loses_nothing() -> None:
    # telegram-bot-api issue 863: "Bad Request: CHAT_RESTRICTED" for a bot that is an administrator with all rights
    for text in ("Bad Request: CHAT_RESTRICTED", "Bad Request: CHAT_WRITE_FORBIDDEN"):
        assert [refused(400, text, to).meaning for to in GROUPS] == [Meaning.DESK_DOWN] * 3


@pytest.mark.parametrize("to", GROUPS)
@pytest.mark.parametrize("text", ["message thread not found", "TOPIC_DELETED", "TOPIC_ID_INVALID"])
def test_a_topic_that_is_gone_is_made_again(text: str, to: To) -> None:
    assert refused(400, f"Bad Request: {text}", to).meaning is Meaning.TOPIC_GONE


@pytest.mark.parametrize("to", list(To))
def test_a_message_to_edit_that_is_gone_has_vanished(to: To) -> None:
    assert refused(400, "Bad Request: message to edit not found", to).meaning is Meaning.VANISHED


@pytest.mark.parametrize("to", list(To))
@pytest.mark.parametrize(
    "text",
    [
        "message is not modified: specified new message content and reply markup are exactly the same as a current"
        " content and reply markup of the message",
        "message to delete not found",
        "message to pin not found",
        "message to react not found",
        "MESSAGE_ID_INVALID",
        "query is too old and response timeout expired or query ID is invalid",
        "TOPIC_NOT_MODIFIED",
    ],
)
def test_where_there_is_nothing_more_to_do_nothing_is_done(text: str, to: To) -> None:
    assert refused(400, f"Bad Request: {text}", to).meaning is Meaning.DONE


@pytest.mark.parametrize("to", PRIVATE)
@pytest.mark.parametrize(
    ("code", "text"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (403, "Forbidden: bot can't initiate conversation with a user"),
        (400, "Bad Request: chat not found"),
    ],
)
def test_a_person_who_cannot_be_written_to_is_gone(code: int, text: str, to: To) -> None:
    assert refused(code, text, to).meaning is Meaning.PERSON_GONE


@pytest.mark.parametrize("to", list(To))
@pytest.mark.parametrize(
    "text", ["message is too long", "message text is empty", "REACTION_INVALID", "BUTTON_DATA_INVALID", "something new"]
)
def test_what_can_never_be_delivered_is_refused(text: str, to: To) -> None:
    assert refused(400, f"Bad Request: {text}", to).meaning is Meaning.REFUSED


@pytest.mark.parametrize("to", list(To))
def test_what_cannot_be_changed_or_deleted_any_more_is_told_from_what_is_gone(to: To) -> None:
    texts = ("message can't be edited", "message can't be deleted", "message can't be deleted for everyone")
    for text in texts:
        assert refused(400, f"Bad Request: {text}", to).meaning is Meaning.TOO_LATE
    forbidden = ApiError("deleteMessage", 400, "Bad Request: MESSAGE_DELETE_FORBIDDEN", {})
    assert judge(forbidden, to, 0).meaning is Meaning.TOO_LATE


@pytest.mark.parametrize("to", list(To))
def test_what_replies_to_nothing_goes_without_its_reply(to: To) -> None:
    assert refused(400, "Bad Request: message to be replied not found", to).meaning is Meaning.REPLY_GONE


@pytest.mark.parametrize("to", list(To))
def test_after_429_it_waits_as_long_as_telegram_says_whatever_the_text_is(to: To) -> None:
    verdict = refused(429, "Too Many Requests: retry after 37", to, retry_after=37)

    assert verdict == Verdict(Meaning.LATER, 37, flood=True)
    assert refused(429, "Too Many Requests", to).seconds >= 1
    assert refused(429, "Bad Request: chat not found", to, retry_after=5).meaning is Meaning.LATER


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_a_failing_server_is_asked_again_and_it_may_have_arrived(code: int) -> None:
    assert refused(code, "Internal Server Error", tries=1) == Verdict(Meaning.LATER, BACK_OFF[1], doubtful=True)


def test_a_conflict_waits_and_has_not_arrived() -> None:
    verdict = refused(409, "Conflict: terminated by other getUpdates request")

    assert (verdict.meaning, verdict.doubtful) == (Meaning.LATER, False)


@pytest.mark.parametrize(("code", "text"), [(401, "Unauthorized"), (404, "Not Found")])
def test_a_token_that_is_not_valid_stops_everything_and_drops_nothing(code: int, text: str) -> None:
    assert refused(code, text).meaning is Meaning.STOP


@pytest.mark.parametrize("doubtful", [True, False])
def test_no_answer_at_all_is_tried_again(doubtful: bool) -> None:
    verdict = judge(Unreachable("sendMessage", "TimeoutError", doubtful=doubtful), To.PERSON, 2)

    assert verdict == Verdict(Meaning.LATER, BACK_OFF[2], doubtful=doubtful)


@pytest.mark.parametrize("to", GROUPS)
def test_a_group_that_became_a_supergroup_says_where_it_went(to: To) -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"

    assert refused(400, text, to, migrate_to_chat_id=-1_001_234) == Verdict(Meaning.GROUP_MOVED, moved_to=-1_001_234)


@pytest.mark.parametrize("text", ["Forbidden: bot was blocked by the user", "Forbidden: user is deactivated"])
def test_what_is_said_of_a_person_says_nothing_of_a_group(text: str) -> None:
    assert refused(403, text, To.CASE).meaning is Meaning.REFUSED


@pytest.mark.parametrize("text", ["BAD REQUEST: CHAT NOT FOUND", "bad request: chat not found"])
def test_capitals_do_not_matter(text: str) -> None:
    assert refused(400, text, To.DESK).meaning is Meaning.DESK_DOWN


def test_the_waits_grow_and_stay_short_enough_for_a_cry_for_help() -> None:
    waits = [back_off(tries) for tries in range(50)]

    assert waits == sorted(waits)
    assert waits[0] <= 1
    assert waits[-1] <= 30


@pytest.mark.parametrize(
    "parameters", [{}, {"retry_after": None}, {"migrate_to_chat_id": "no number"}, {"migrate_to_chat_id": None}]
)
def test_parameters_of_another_shape_are_survived(parameters: dict[str, object]) -> None:
    flood = ApiError("sendMessage", 429, "Too Many Requests", parameters)
    gone = ApiError("sendMessage", 400, "Bad Request: chat not found", parameters)

    assert judge(flood, To.CASE, 0).meaning is Meaning.LATER
    assert judge(gone, To.CASE, 0).meaning is Meaning.DESK_DOWN


def test_a_wait_that_is_no_number_is_survived() -> None:
    for odd in ("soon", [30], float("inf")):
        assert refused(429, "Too Many Requests", retry_after=odd).meaning is Meaning.LATER
