"""What an error of Telegram means, in one place. docs/telegram.md says where each text comes from."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.messages import To
from bot.telegram.api import ApiError, Unreachable


class Meaning(StrEnum):
    """What to do about a failed call."""

    DONE = "done"
    """There is nothing (more) to do: the effect is there, or its object is gone."""
    TOO_LATE = "too_late"
    """Telegram lets nobody change or delete it any more."""
    REPLY_GONE = "reply_gone"
    """What it replies to is not there: it goes without."""
    LATER = "later"
    """Try again after a while."""
    VANISHED = "vanished"
    """The message to edit is not there any more."""
    PERSON_GONE = "person_gone"
    """She has blocked the bot, or her account is gone."""
    TOPIC_GONE = "topic_gone"
    GROUP_MOVED = "group_moved"
    DESK_DOWN = "desk_down"
    """The group cannot be used: kicked, no rights, no topics, gone. Its rows wait."""
    STOP = "stop"
    """The token is not valid: nothing can be sent at all."""
    RIGHT_MISSING = "right_missing"
    """A right that a desk can work without: administrators hear of it; only a topic that must go waits for it."""
    REFUSED = "refused"
    """Never deliverable as it is."""


@dataclass(frozen=True)
class Verdict:
    """A meaning; `seconds` to wait (LATER), `doubtful` when it may have arrived, `why` a desk is down."""

    meaning: Meaning
    seconds: float = 0
    doubtful: bool = False
    flood: bool = False
    why: str = ""
    moved_to: int | None = None


PRIVATE = frozenset({To.PERSON, To.OPERATOR})
GROUPS = frozenset({To.CASE, To.DESK, To.GROUP})

MINOR = frozenset({"pinChatMessage", "setMessageReaction", "deleteForumTopic"})
"""Methods whose missing right does not keep a desk from working."""


DELETING = frozenset({"deleteMessage", "deleteMessages"})


@dataclass(frozen=True)
class Rule:
    """What a text of Telegram's means; only for receivers in `to` and, when named, for `methods`."""

    text: str
    meaning: Meaning
    to: frozenset[To] = PRIVATE | GROUPS
    methods: frozenset[str] | None = None
    why: str = ""

    def fits(self, text: str, to: To | None, method: str) -> bool:
        return self.text in text and to in self.to and (self.methods is None or method in self.methods)


TABLE = (
    Rule("message to edit not found", Meaning.VANISHED),
    Rule("message is not modified", Meaning.DONE),
    Rule("message can't be edited", Meaning.TOO_LATE),
    Rule("message to delete not found", Meaning.DONE),
    Rule("message can't be deleted", Meaning.TOO_LATE),
    Rule("message_delete_forbidden", Meaning.TOO_LATE, methods=DELETING),
    Rule("not enough rights", Meaning.TOO_LATE, GROUPS, DELETING),
    Rule("message to be replied not found", Meaning.REPLY_GONE),
    Rule("message to pin not found", Meaning.DONE),
    Rule("message to react not found", Meaning.DONE),
    Rule("message_id_invalid", Meaning.DONE),
    Rule("query is too old", Meaning.DONE),
    Rule("topic_not_modified", Meaning.DONE),
    Rule("bot was blocked by the user", Meaning.PERSON_GONE, PRIVATE),
    Rule("user is deactivated", Meaning.PERSON_GONE, PRIVATE),
    Rule("bot can't initiate conversation", Meaning.PERSON_GONE, PRIVATE),
    Rule("chat not found", Meaning.PERSON_GONE, PRIVATE),
    Rule("message thread not found", Meaning.TOPIC_GONE, GROUPS),
    Rule("topic_deleted", Meaning.TOPIC_GONE, GROUPS),
    Rule("topic_id_invalid", Meaning.TOPIC_GONE, GROUPS),
    Rule("bot was kicked", Meaning.DESK_DOWN, GROUPS, why="kicked"),
    Rule("bot is not a member", Meaning.DESK_DOWN, GROUPS, why="kicked"),
    Rule("chat not found", Meaning.DESK_DOWN, GROUPS, why="not_found"),
    Rule("group chat was deleted", Meaning.DESK_DOWN, GROUPS, why="not_found"),
    Rule("not enough rights", Meaning.RIGHT_MISSING, GROUPS, MINOR),
    Rule("message_delete_forbidden", Meaning.RIGHT_MISSING, GROUPS, MINOR),
    Rule("chat_admin_required", Meaning.RIGHT_MISSING, GROUPS, MINOR),
    Rule("need administrator rights", Meaning.RIGHT_MISSING, GROUPS, MINOR),
    Rule("not enough rights", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("have no rights", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("chat_admin_required", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("need administrator rights", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("topic_closed", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("chat_restricted", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("chat_write_forbidden", Meaning.DESK_DOWN, GROUPS, why="no_rights"),
    Rule("chat is not a forum", Meaning.DESK_DOWN, GROUPS, why="no_topics"),
    Rule("chat_not_forum", Meaning.DESK_DOWN, GROUPS, why="no_topics"),
)
"""Texts in small letters; the first that fits counts, whatever fits none is REFUSED. What codes and broken answers
mean (429, 5xx, 401, 409, no answer, half an answer, another address) is `judge`."""

LONGEST_WAIT = 86_400
"""Seconds: whoever says more is asked again after a day."""

BACK_OFF = (1, 2, 5, 10, 20, 30)
"""Seconds before the next try, by the number of tries so far."""


def back_off(tries: int) -> float:
    return BACK_OFF[min(tries, len(BACK_OFF) - 1)]


def judge(error: ApiError | Unreachable, to: To | None, tries: int) -> Verdict:
    """What to do about a failed call to this kind of receiver, or to none, after so many tries."""
    if isinstance(error, Unreachable):
        return Verdict(Meaning.LATER, back_off(tries), error.doubtful)
    if error.code == 429:
        return Verdict(Meaning.LATER, min(max(1, error.retry_after), LONGEST_WAIT), flood=True)
    if error.code >= 500 or error.code == 409:
        return Verdict(Meaning.LATER, back_off(tries), doubtful=error.code >= 500)
    if error.code == 401 or (error.code == 404 and "method not found" not in error.description):
        return Verdict(Meaning.STOP, back_off(tries))
    if isinstance(error.migrate_to, int):
        return Verdict(Meaning.GROUP_MOVED, moved_to=error.migrate_to)
    return _by_text(error, to)


def _by_text(error: ApiError, to: To | None) -> Verdict:
    text = error.description.lower()
    rule = next((rule for rule in TABLE if rule.fits(text, to, error.method)), None)
    return Verdict(rule.meaning, why=rule.why) if rule else Verdict(Meaning.REFUSED)


def origin(error: BaseException) -> str:
    """The kind of an error of our own and where it was raised; never its text, which may quote the person."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{type(error).__name__} in {where}"
