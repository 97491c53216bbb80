"""Reading a raw update without trusting its shape: whose it is, and in which lane it waits."""

from typing import Any, TypeGuard

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction")

LARGEST = 2**63


def is_id(value: object) -> TypeGuard[int]:
    """Whether a value can be a Telegram id."""
    return isinstance(value, int) and not isinstance(value, bool) and -LARGEST < value < LARGEST


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


def private_id(update: Any) -> int | None:
    """The Telegram id of the person in whose private chat this happened; None elsewhere."""
    _, event = event_of(update)
    chat = _dict(_place(update).get("chat"))
    if chat.get("type") not in (None, "private"):
        return None
    for value in (_dict(event.get("from")).get("id"), chat.get("id")):
        if is_id(value) and value > 0:
            return int(value)
    return None


def group_lane(update: Any) -> str | None:
    """The lane of a group's topic; None for a private chat or an update of unknown shape."""
    place = _place(update)
    chat = _dict(place.get("chat"))
    if chat.get("type") not in ("group", "supergroup", "channel") or not is_id(chat.get("id")):
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
