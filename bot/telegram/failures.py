"""What an error of Telegram means, in one place. docs/telegram.md says where each text comes from."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.messages import To
from bot.telegram.api import ApiError, Unreachable


class Meaning(StrEnum):
    """What to do about a failed call."""

    DONE = "done"
    """There is nothing (more) to do: the effect is there, or its object is gone."""
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


NOTHING_TO_DO = (
    "message is not modified",
    "message can't be edited",
    "message to delete not found",
    "message can't be deleted",
    "message to pin not found",
    "message to react not found",
    "message_id_invalid",
    "query is too old",
    "topic_not_modified",
)
PERSON_GONE = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation",
    "chat not found",
)
TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")
DESK_DOWN = {
    "bot was kicked": "kicked",
    "bot is not a member": "kicked",
    "chat not found": "not_found",
    "group chat was deleted": "not_found",
    "not enough rights": "no_rights",
    "have no rights": "no_rights",
    "chat_admin_required": "no_rights",
    "need administrator rights": "no_rights",
    "topic_closed": "no_rights",
    "chat_restricted": "no_rights",
    "chat_write_forbidden": "no_rights",
    "chat is not a forum": "no_topics",
    "chat_not_forum": "no_topics",
}

BACK_OFF = (1, 2, 5, 10, 20, 30)
"""Seconds before the next try, by the number of tries so far."""


def back_off(tries: int) -> float:
    return BACK_OFF[min(tries, len(BACK_OFF) - 1)]


def judge(error: ApiError | Unreachable, to: To, tries: int) -> Verdict:
    """What to do about a failed call to this kind of receiver after so many tries."""
    if isinstance(error, Unreachable):
        return Verdict(Meaning.LATER, back_off(tries), error.doubtful)
    if error.code == 429:
        return Verdict(Meaning.LATER, max(1, error.retry_after), flood=True)
    if error.code >= 500 or error.code == 409:
        return Verdict(Meaning.LATER, back_off(tries), doubtful=error.code >= 500)
    if error.code in (401, 404):
        return Verdict(Meaning.STOP, back_off(tries))
    if isinstance(error.migrate_to, int):
        return Verdict(Meaning.GROUP_MOVED, moved_to=error.migrate_to)
    return _by_text(error.description.lower(), to)


def _by_text(text: str, to: To) -> Verdict:
    if "message to edit not found" in text:
        return Verdict(Meaning.VANISHED)
    if any(part in text for part in NOTHING_TO_DO):
        return Verdict(Meaning.DONE)
    if to in (To.PERSON, To.OPERATOR):
        return Verdict(Meaning.PERSON_GONE if any(part in text for part in PERSON_GONE) else Meaning.REFUSED)
    if any(part in text for part in TOPIC_GONE):
        return Verdict(Meaning.TOPIC_GONE)
    for part, why in DESK_DOWN.items():
        if part in text:
            return Verdict(Meaning.DESK_DOWN, why=why)
    return Verdict(Meaning.REFUSED)


def origin(error: BaseException) -> str:
    """The kind of an error of our own and where it was raised; never its text, which may quote the person."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else "?"
    return f"{type(error).__name__} in {where}"
