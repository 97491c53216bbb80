"""Chats, their members, files, and leaving."""

from __future__ import annotations

from aiogram.methods import (
    ExportChatInviteLink,
    GetChat,
    GetChatAdministrators,
    GetChatMember,
    GetChatMemberCount,
    GetFile,
    GetMe,
    LeaveChat,
)

from bot.telegram.sandbox import access, members, samples
from bot.telegram.sandbox.errors import JSON, bad
from bot.telegram.sandbox.world import World

from .registry import plays

GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


@plays(GetMe)
def get_me(world: World, call: GetMe) -> JSON:
    return {**world.bot, **world.flags}


@plays(GetChat)
def get_chat(world: World, call: GetChat) -> JSON:
    chat = access.find(world, call.chat_id)
    full: JSON = {
        **chat.json(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(GIFTS, False),
    }
    if chat.username:
        full["active_usernames"] = [chat.username]
    if chat.is_private:
        return full
    full["permissions"] = {"can_send_messages": True, "can_invite_users": True, "can_manage_topics": False}
    if chat.linked_chat_id is not None:
        full["linked_chat_id"] = chat.linked_chat_id
    if chat.pinned:
        full["pinned_message"] = chat.messages[chat.pinned[-1]].json(nested=True)
    return full


@plays(GetChatMember)
def get_chat_member(world: World, call: GetChatMember) -> JSON:
    chat = access.find(world, call.chat_id)
    if call.user_id != world.bot_id and call.user_id not in world.people:
        raise bad("PARTICIPANT_ID_INVALID")
    if chat.is_private:
        user = world.user(call.user_id)
        return members.shape(user, "member", frozenset(), editable=False)
    return members.member_json(world, chat, call.user_id)


@plays(GetChatAdministrators)
def get_chat_administrators(world: World, call: GetChatAdministrators) -> list[JSON]:
    """Other bots are left out, this bot is not: https://core.telegram.org/bots/api#getchatadministrators."""
    chat = access.find(world, call.chat_id)
    if chat.is_private:
        raise bad("there are no administrators in the private chat")
    found = [
        members.member_json(world, chat, user_id)
        for user_id, status in chat.members.items()
        if status in ("creator", "administrator") and not world.user(user_id)["is_bot"]
    ]
    if chat.bot_status == "administrator":
        found.append(members.member_json(world, chat, world.bot_id))
    return found


@plays(GetChatMemberCount)
def get_chat_member_count(world: World, call: GetChatMemberCount) -> int:
    chat = access.find(world, call.chat_id)
    return 2 if chat.is_private else members.count(chat)


@plays(ExportChatInviteLink)
def export_chat_invite_link(world: World, call: ExportChatInviteLink) -> str:
    chat = access.find(world, call.chat_id)
    if chat.is_private:
        raise bad("can't invite members to a private chat")
    if not chat.may("can_invite_users"):
        raise bad("not enough rights to manage chat invite link")
    return f"https://t.me/+sandbox{-chat.id}"


@plays(LeaveChat)
def leave_chat(world: World, call: LeaveChat) -> bool:
    chat = access.find(world, call.chat_id)
    if chat.is_private:
        raise bad("chat member status can't be changed in private chats")
    members.change_bot(world, chat, world.bot_id, "left", set())
    world.journal.show(chat.id, "bot", "left", chat.viewers())
    return True


@plays(GetFile)
def get_file(world: World, call: GetFile) -> JSON:
    file = world.files.get(call.file_id)
    if file is None:
        raise bad("invalid file_id")
    if len(file.data) > samples.LARGEST_DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": len(file.data),
        "file_path": file.path,
    }  # fmt: skip
