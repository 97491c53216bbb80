"""What stands on every screen, as JSON. It is cut into parts, so that a page hears only of what has changed."""

from typing import Any

from bot.telegram.sandbox import Call, Callout, Fault, Sandbox
from bot.telegram.sandbox.methods.topics import ICONS
from bot.telegram.sandbox.shown import kind_of
from bot.telegram.sandbox.world import PRESENT, Chat, Message, Person, Topic

JSON = dict[str, Any]
Parts = dict[str, JSON]

NEWEST = 300
"""Messages of a chat that a page gets; older ones are on nobody's screen."""
RECENT = 3000
"""Things shown that are looked at for what a locked screen shows."""
REFUSALS = 50
NOTICES = 30
TYPING = 5.0
"""Seconds that "typing" is shown: https://core.telegram.org/bots/api#sendchataction."""
GATEWAY = "callout"
"""What the sandbox calls a POST to the gateway outside Telegram among its methods."""
FILES = ("photo", "voice", "video_note", "video", "sticker", "document", "audio", "animation")


def parts(sandbox: Sandbox) -> Parts:
    """Everything, by the name of the part: `people`, `groups`, `chat/ID`, `notices/ID`, `clock`, `trouble`,
    `refused`, `outside`."""
    world = sandbox.world
    found: Parts = {
        "people": {"all": [_person(world.people[key]) for key in world.people]},
        "groups": {
            "all": [_group(sandbox, group) for group in world.groups.values()],
            "migrated": {str(old): new for old, new in world.migrated.items()},
        },
        "bot": {"id": world.bot_id, "name": world.bot["first_name"], **_profile(sandbox)},
        "clock": {"offset": sandbox.clock.offset},
        "trouble": {
            "down": sandbox.faults.is_down,
            "flood": any(map(flood, sandbox.faults.waiting)),
            "gateway": any(fault.method == GATEWAY for fault in sandbox.faults.waiting),
        },
        "refused": _refusals(sandbox),
        "outside": {"calls": _outside(sandbox)},
    }
    notices = _notices(sandbox)
    for person in world.people.values():
        found[f"chat/{person.id}"] = _chat(sandbox, person.chat)
        found[f"notices/{person.id}"] = {"all": notices.get(person.id, [])[-NOTICES:]}
    for group in world.groups.values():
        found[f"chat/{group.id}"] = _chat(sandbox, group)
    return found


def flood(fault: Fault) -> bool:
    """The one that the page switches on: 429 to every call."""
    return fault.code == 429 and fault.times is None


def _person(person: Person) -> JSON:
    user = person.user
    return {
        "id": person.id, "name": _name(user), "language": user.get("language_code"),
        "started": person.started, "blocked": person.blocked, "deactivated": person.deactivated,
    }  # fmt: skip


def _name(user: JSON) -> str:
    return " ".join(filter(None, (user["first_name"], user.get("last_name"))))


def _profile(sandbox: Sandbox) -> JSON:
    """By language ("" is everybody else's): what a person reads before she presses Start, and the commands."""
    found: JSON = {"description": {}, "commands": {}}
    for key, value in sandbox.world.settings.items():
        if key[0] == "description":
            found["description"][key[-1]] = value
        elif key[0] == "commands" and key[1] in ("default", "all_private_chats"):
            found["commands"][key[-1]] = value
    return found


def _group(sandbox: Sandbox, chat: Chat) -> JSON:
    return {
        "id": chat.id, "title": chat.title, "forum": chat.is_forum, "deleted": chat.deleted,
        "bot": chat.bot_status, "rights": sorted(chat.bot_rights),
        "members": [{"id": key, "status": status} for key, status in chat.members.items() if status in PRESENT],
        "topics": [_topic(topic) for topic in chat.topics.values() if not topic.deleted],
    }  # fmt: skip


def _topic(topic: Topic) -> JSON:
    icon = ICONS.get(topic.icon or "")
    return {"id": topic.id, "name": topic.name, "icon": icon, "color": f"#{topic.color:06x}", "closed": topic.closed}


def _chat(sandbox: Sandbox, chat: Chat) -> JSON:
    viewer = chat.person.id if chat.person else None
    shown = list(chat.visible(viewer))[-NEWEST:]
    return {
        "messages": [_message(sandbox, message) for message in shown],
        "pinned": [key for key in chat.pinned if not chat.messages[key].deleted],
        "keyboard": (chat.keyboard or {}).get("keyboard"),
        "typing": _typing(sandbox, chat),
    }


def _message(sandbox: Sandbox, message: Message) -> JSON:
    body = message.body
    sender = body.get("sender_chat") or body["from"]
    shown: JSON = {
        "id": message.id, "from": message.sender, "name": sender.get("title") or _name(sender),
        "at": int(message.at * 1000), "thread": message.thread, "kind": kind_of(message), "text": message.text,
        "entities": body.get("entities") or body.get("caption_entities") or [], "service": message.service,
        "edited": message.edited, "protected": bool(body.get("has_protected_content")),
        "buttons": [[_button(one) for one in row] for row in body.get("reply_markup", {}).get("inline_keyboard", [])],
        "reactions": [
            {"from": who, "emoji": one.get("emoji", "?")} for who, given in message.reactions.items() for one in given
        ],
    }  # fmt: skip
    reply = message.reply
    if reply is not None and not reply.deleted:
        shown["reply"] = {"id": reply.id, "name": _name(reply.body["from"]), "text": reply.text[:80]}
    shown["what"] = _what(sandbox, message)
    return shown


def _what(sandbox: Sandbox, message: Message) -> JSON:
    """What is not text in it: a file's length and where to get it, a place, who came or went, a topic's name."""
    body = message.body
    for kind in FILES:
        if kind in body:
            media = body[kind][-1] if kind == "photo" else body[kind]
            return {
                "file": media["file_id"], "seconds": media.get("duration"), "emoji": media.get("emoji"),
                "name": media.get("file_name"), "spoiler": bool(body.get("has_media_spoiler")),
            }  # fmt: skip
    for kind in ("venue", "location", "contact", "poll", "dice", "forum_topic_created", "forum_topic_edited"):
        if kind in body:
            return dict(body[kind])
    if "pinned_message" in body:
        return {"text": str(body["pinned_message"].get("text", ""))[:80], "id": body["pinned_message"]["message_id"]}
    users = body.get("new_chat_members") or filter(None, [body.get("left_chat_member")])
    return {"users": [_name(user) for user in users]}


def _button(button: JSON) -> JSON:
    """What it says and what it does: a tap is told to the bot, a link or a text to copy stays on the telephone."""
    if "url" in button:
        return {"text": button["text"], "does": "link", "value": button["url"]}
    if "copy_text" in button:
        return {"text": button["text"], "does": "copy", "value": button["copy_text"]["text"]}
    return {"text": button["text"], "does": "tap"}


def _typing(sandbox: Sandbox, chat: Chat) -> bool:
    """Whether the bot has said within five seconds that it types, and nothing since."""
    for call in reversed(sandbox.journal.calls[-200:]):
        if sandbox.clock.time() - call.at.timestamp() > TYPING:
            return False
        if call.chat_id == chat.id and call.ok:
            return call.method == "sendChatAction"
    return False


def _refusals(sandbox: Sandbox) -> JSON:
    """How many calls of the bot's were refused or cut off; the newest ones in Telegram's own words."""
    all_of_them = [
        {"number": number, "at": int(call.at.timestamp() * 1000), "method": call.method, "words": _words(call)}
        for number, call in enumerate(sandbox.journal.calls)
        if not call.ok or not call.answered
    ]
    return {"count": len(all_of_them), "last": all_of_them[-REFUSALS:]}


def _words(call: Call) -> str:
    if call.error_code is None:
        return call.description or "connection closed"
    return f"{call.error_code} {call.description}"


def _notices(sandbox: Sandbox) -> dict[int, list[JSON]]:
    """What would stand on a locked screen, by person: where it is from, the text, when; silent ones are not there."""
    found: dict[int, list[JSON]] = {}
    world = sandbox.world
    for shown in sandbox.journal.shown[-RECENT:]:
        if shown.action != "sent" or not shown.notification:
            continue
        group = world.groups.get(world.migrated.get(shown.chat_id, shown.chat_id))
        message = group.messages.get(shown.message_id or 0) if group else None
        if message is not None and message.deleted:
            continue
        title = group.title if group else world.bot["first_name"]
        topic = group.topics.get(shown.thread_id or 0) if group else None
        notice = {
            "title": title, "topic": topic.name if topic else None, "text": shown.text,
            "at": int(shown.at.timestamp() * 1000),
        }  # fmt: skip
        for viewer in shown.viewers:
            if viewer != shown.by:
                found.setdefault(viewer, []).append(notice)
    return found


def _outside(sandbox: Sandbox) -> list[JSON]:
    """Who was called outside Telegram: one entry for each call, however often it was tried."""
    tries: dict[str, list[Callout]] = {}
    for one in sandbox.callouts:
        tries.setdefault(one.id, []).append(one)
    return [
        {
            "id": key, "case": made[0].case, "region": made[0].region, "rung": made[0].rung,
            "minutes": made[0].waiting // 60, "tries": len(made),
            "at": int(next((one for one in made if one.accepted), made[0]).at.timestamp() * 1000),
            "accepted": any(one.accepted for one in made),
        }
        for key, made in tries.items()
        if key
    ]  # fmt: skip
