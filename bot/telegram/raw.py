"""Reading a raw update without trusting its shape: whose it is, and in which lane it waits."""

import json
import re
from typing import Any, TypeGuard

from bot.telegram.api import loads
from bot.telegram.callbacks import Claim

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction")

GROUPS = ("group", "supergroup", "channel")

CLAIM = Claim.__prefix__ + Claim.__separator__
"""How the data of a tap begins that takes a case."""

LARGEST = 2**63
LARGEST_NUMBER = 2**53
"""Of an update. Telegram's have 31 bits; one that is no such number would be an offset that forgets other updates."""

LEVELS = 200

ITEMS = 100
"""Of one list, in an update that is too deep to be stored; Telegram's own longest lists have so many entities."""

_DECODER = json.JSONDecoder(strict=False)
_BETWEEN = re.compile(rb',(?=(?:\xef\xbb\xbf|\s)*\{\s*"update_id"\s*:)')
"""Between two updates. In a string it cannot stand: there its quotation marks would be escaped."""

_NUMBER = re.compile(r'"update_id"\s*:\s*(\d{1,16})\s*[,}]')
_SUPERVISORS = re.compile(r"/(plan|ladder|keep|hours|check|canned|practice|media|said)(@\w+)?(\s|$)", re.ASCII)
"""Commands of supervisors in their group."""
_GROUP = re.compile(r'"chat"\s*:\s*\{\s*"id"\s*:\s*-')


def is_id(value: object) -> TypeGuard[int]:
    """Whether a value can be a Telegram id."""
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST < value < LARGEST


def updates_in(inside: bytes) -> list[Any]:
    """The updates between the brackets of an answer. One that is no JSON is its raw text, and costs no other."""
    try:
        return list(loads(b"[" + inside + b"]"))
    except ValueError:
        return [update for part in _BETWEEN.split(inside) for update in _apart(part)]


def _apart(part: bytes) -> list[Any]:
    """What can be read from the beginning of it, and the rest as it is."""
    try:
        return [loads(part)]
    except ValueError:
        text, at = part.decode("utf-8-sig", "replace"), 0
    found: list[Any] = []
    while at < len(text):
        try:
            _, end = _DECODER.raw_decode(text, at)
            if text[end : end + 1] not in ("", ","):
                break
            found.append(loads(text[at:end].encode("utf-8", "replace")))
        except (ValueError, RecursionError):
            break
        at = end + 1
    return [*found, text[at:]] if at < len(text) else found


def shallow(value: Any, levels: int = LEVELS) -> Any:
    """Without what is nested deeper than anything that is ever read of an update, and than can be stored; of a long
    list its beginning. Deep and long together, a body would take the worker a second or more each time it is opened."""
    if not isinstance(value, (dict, list)):
        return value
    if levels == 0:
        return None
    if isinstance(value, dict):
        return {name: shallow(one, levels - 1) for name, one in value.items()}
    return [shallow(one, levels - 1) for one in value[:ITEMS]]


TYPED = ("text", "summary", "credit", "expression", "alternative_text")
"""What is typed or seen as text in a rich message: https://core.telegram.org/bots/api#richmessage."""


def readable(value: Any, levels: int = LEVELS) -> Any:
    """With the words of rich messages as their text, and without what else stands in them. Each text there may be any
    of 28 models that hold texts again, and all are tried: four levels deep, which anybody can send, the models take
    half a second, and some 28 times as long for each level more."""
    if not isinstance(value, (dict, list)) or levels == 0:
        return value
    if isinstance(value, list):
        return [readable(one, levels - 1) for one in value]
    found = {name: readable(one, levels - 1) for name, one in value.items() if name != "rich_message"}
    if "rich_message" in value:
        rich = value["rich_message"]
        words = _said(rich, levels)
        if words and "text" not in found:
            found["text"] = words
        else:
            found["rich_message"] = {"blocks": []} if isinstance(rich, dict) else rich
    return found


def _said(value: Any, levels: int) -> str:
    """The words of blocks, one below the other."""
    parts: list[str] = []
    if levels and isinstance(value, list):
        parts = [_said(one, levels - 1) for one in value]
    elif levels and isinstance(value, dict):
        caption = value.get("caption")
        whole = isinstance(caption, dict) and "type" not in caption  # a text and whose it is, not a text
        typed = TYPED if whole else (*TYPED, "caption")
        parts = [_typed(one, levels - 1) if name in typed else _said(one, levels - 1) for name, one in value.items()]
    return "\n".join(part for part in parts if part.strip())


def _typed(value: Any, levels: int) -> str:
    """A text, and the texts inside it as one."""
    if isinstance(value, str):
        return value
    if levels and isinstance(value, list):
        return "".join(_typed(one, levels - 1) for one in value)
    if levels and isinstance(value, dict):
        return "".join(_typed(one, levels - 1) for name, one in value.items() if name in TYPED or name == "button")
    return ""


def number_of(update: Any) -> int | None:
    """The number by which an update can be acknowledged; found in the raw text of one that is no JSON."""
    if isinstance(update, str):
        found = _NUMBER.search(update)
        number: object = int(found[1]) if found else None
    else:
        number = _dict(update).get("update_id")
    return number if is_id(number) and 0 < number < LARGEST_NUMBER else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def event_of(update: Any) -> tuple[str, dict[str, Any]]:
    """The type of an update and its content; ("", {}) when it has none that we asked for."""
    content = _dict(update)
    for name in ALLOWED_UPDATES:
        if isinstance(content.get(name), dict):
            return name, content[name]
    return "", {}


def _place(update: Any) -> dict[str, Any]:
    """What holds the chat: the event, or the message that a button stands under."""
    name, event = event_of(update)
    return _dict(event.get("message")) if name == "callback_query" else event


def nowhere(update: Any) -> bool:
    """Whether it happened in a kind of chat that nobody knows: no handler is for it, and words in it would be lost."""
    kind = _dict(_place(update).get("chat")).get("type")
    return isinstance(kind, str) and kind != "private" and kind not in GROUPS


def private_id(update: Any) -> int | None:
    """The Telegram id of the person in whose private chat this happened; None elsewhere."""
    _, event = event_of(update)
    chat = _dict(_place(update).get("chat"))
    if chat.get("type") in GROUPS:
        return None
    for value in (_dict(event.get("from")).get("id"), chat.get("id")):
        if is_id(value) and value > 0:
            return int(value)
    return None


def group_lane(update: Any) -> str | None:
    """The lane of a group's topic; None for a private chat or an update of unknown shape."""
    if isinstance(update, str):
        return "g:raw" if _GROUP.search(update) else None
    place = _place(update)
    chat = _dict(place.get("chat"))
    if chat.get("type") not in GROUPS or not is_id(chat.get("id")):
        return None
    thread = place.get("message_thread_id")
    return f"g:{chat['id']}:{thread if is_id(thread) else 0}"


def tapped_in_group(update: Any) -> tuple[int, int] | None:
    """Chat and user of a button tapped in a group: the tap for which membership has to be known."""
    name, event = event_of(update)
    user, chat = _dict(event.get("from")).get("id"), _dict(_place(update).get("chat"))
    if name != "callback_query" or chat.get("type") not in ("group", "supergroup"):
        return None
    return (int(chat["id"]), int(user)) if is_id(chat.get("id")) and is_id(user) else None


def claimed_in_private(update: Any) -> tuple[str, int] | None:
    """Case code and user of a tap in a private chat that takes a case."""
    name, event = event_of(update)
    data, user = event.get("data"), private_id(update)
    taken = name == "callback_query" and isinstance(data, str) and data.startswith(CLAIM)
    return (str(data).removeprefix(CLAIM), user) if taken and user is not None else None


def role_asked(update: Any) -> tuple[int, int] | None:
    """Chat and user of what only a member, or only a supervisor, of a group may do: a tap, or a typed command."""
    name, event = event_of(update)
    user, chat, text = _dict(event.get("from")).get("id"), _dict(event.get("chat")), event.get("text")
    typed = name in ("message", "edited_message") and isinstance(text, str) and _SUPERVISORS.match(text)
    if typed and chat.get("type") in ("group", "supergroup") and is_id(chat.get("id")) and is_id(user):
        return int(chat["id"]), int(user)
    return tapped_in_group(update)


def written_in_topic(update: Any) -> tuple[int, int, int] | None:
    """Chat, topic and message of what somebody wrote there for the person; None for a note to colleagues (`//`)."""
    name, event = event_of(update)
    ids = (_dict(event.get("chat")).get("id"), event.get("message_thread_id"), event.get("message_id"))
    writer, text = _dict(event.get("from")), event.get("text", event.get("caption"))
    note = isinstance(text, str) and text.startswith("//")
    if name != "message" or note or writer.get("is_bot") is True or not all(is_id(one) for one in ids):
        return None
    return int(ids[0]), int(ids[1]), int(ids[2])  # type: ignore[arg-type]  # is_id has looked
