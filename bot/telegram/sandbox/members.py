"""Members of chats as the Bot API shows them, and the updates about them."""

from __future__ import annotations

from .errors import JSON
from .world import PRESENT, Chat, World

RIGHTS = (
    "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "can_restrict_members",
    "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories",
    "can_delete_stories", "can_send_welcome_messages", "can_pin_messages", "can_manage_topics",
)  # fmt: skip
"""https://core.telegram.org/bots/api#chatmemberadministrator, as far as it concerns supergroups."""


def member_json(world: World, chat: Chat, user_id: int) -> JSON:
    """The Bot API's ChatMember of the bot or a person as they are now."""
    if user_id == world.bot_id:
        return shape(world.bot, chat.bot_status or "left", frozenset(chat.bot_rights), editable=False)
    status = chat.members.get(user_id, "left")
    rights = frozenset(RIGHTS) if status == "administrator" else frozenset()
    return shape(world.user(user_id), status, rights, editable=False)


def shape(user: JSON, status: str, rights: frozenset[str], *, editable: bool) -> JSON:
    member: JSON = {"user": user, "status": status}
    if status == "creator":
        member["is_anonymous"] = False
    elif status == "administrator":
        member.update({"can_be_edited": editable, "is_anonymous": False})
        member.update({right: right in rights or right == "can_manage_chat" for right in RIGHTS})
    elif status == "kicked":
        member["until_date"] = 0
    return member


def tell(world: World, kind: str, chat: Chat, by: int, old: JSON, new: JSON) -> int | None:
    """Queue my_chat_member or chat_member; the second only for an administrator."""
    if kind == "chat_member" and chat.bot_status != "administrator":
        return None
    return world.updates.emit(
        kind,
        {
            "chat": chat.json(),
            "from": world.user(by),
            "date": int(world.clock.time()),
            "old_chat_member": old,
            "new_chat_member": new,
        },
    )


def change_bot(world: World, chat: Chat, by: int, status: str, rights: set[str]) -> None:
    """A new status of the bot in a group, told to it."""
    old = member_json(world, chat, world.bot_id)
    chat.bot_status = status
    chat.bot_rights = set(rights)
    tell(world, "my_chat_member", chat, by, old, member_json(world, chat, world.bot_id))
    world.pulse.beat()


def change_person(world: World, chat: Chat, by: int, user_id: int, status: str, *, told: bool = True) -> None:
    """A new status of a person in a group."""
    old = member_json(world, chat, user_id)
    chat.members[user_id] = status
    if told:
        tell(world, "chat_member", chat, by, old, member_json(world, chat, user_id))
    world.pulse.beat()


def count(chat: Chat) -> int:
    """Members with the bot."""
    return sum(status in PRESENT for status in chat.members.values()) + (chat.bot_status in PRESENT)
