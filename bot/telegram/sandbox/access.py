"""Which chats, topics and messages the bot can reach, and with which words it is refused.

The texts are those of telegram-bot-api's Client.cpp (check_chat_access, check_message) and tdlib.
"""

from __future__ import annotations

from aiogram.types import ReplyParameters

from .errors import Refused, bad, forbidden, strict
from .world import PRESENT, Chat, Message, World


def reach(world: World, chat_id: int | str | None) -> Chat:
    """The chat that the bot wants to write to, or the refusal."""
    chat = find(world, chat_id)
    if chat.person is not None:
        if chat.person.deactivated:
            raise forbidden("user is deactivated")
        if chat.person.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.person.started:
            raise forbidden("bot can't initiate conversation with a user")
    return chat


def find(world: World, chat_id: int | str | None) -> Chat:
    """A chat that the bot may read of; in groups it has to be a member."""
    if chat_id is None or chat_id == "":
        raise bad("chat_id is empty")
    if isinstance(chat_id, str) and not chat_id.lstrip("-").isdecimal():
        return by_username(world, chat_id)
    number = int(chat_id)
    if number in world.migrated:
        raise Refused(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            {"migrate_to_chat_id": world.migrated[number]},
        )
    if number == world.bot_id:
        raise forbidden("bot can't send messages to bots")
    if number > 0:
        person = world.people.get(number)
        if person is None:
            raise bad("chat not found")
        if not person.started and not has_met(world, number):
            raise bad("chat not found")
        return person.chat
    return member_of(world.groups.get(number))


def by_username(world: World, name: str) -> Chat:
    """Only groups can be named; a person's @username is not a chat id for bots."""
    for group in world.groups.values():
        if group.username and name.removeprefix("@").lower() == group.username.lower():
            return member_of(group)
    raise bad("chat not found")


def member_of(chat: Chat | None) -> Chat:
    if chat is None or chat.deleted or chat.bot_status is None:
        raise bad("chat not found")
    if chat.bot_status == "kicked":
        raise forbidden("bot was kicked from the supergroup chat")
    if chat.bot_status not in PRESENT:
        raise forbidden("bot is not a member of the supergroup chat")
    return chat


def has_met(world: World, user_id: int) -> bool:
    """Whether the bot knows a person who never wrote to it: from a common group."""
    return any(group.bot_status in PRESENT and user_id in group.members for group in world.groups.values())


def thread_for(chat: Chat, thread_id: int | None, reply: Message | None) -> int | None:
    """The topic that a message goes to; General has no id. With topics off a topic's id is ignored without a word."""
    if thread_id is None and reply is not None:
        thread_id = reply.thread
    if thread_id is None:
        return None
    topic = chat.topics.get(thread_id)
    if topic is None or topic.deleted:
        raise bad("message thread not found")
    if not chat.is_forum:
        return None
    if topic.closed and not chat.may("can_manage_topics"):
        raise bad("TOPIC_CLOSED")
    return thread_id


def reply_target(
    chat: Chat, parameters: ReplyParameters | None, thread_id: int | None, old_id: int | None, old_allow: bool | None
) -> Message | None:
    """The message to reply to; ``old_*`` are the parameters from before Bot API 7.0."""
    message_id = old_id
    allow = old_allow is True
    if parameters is not None:
        if parameters.chat_id is not None and str(parameters.chat_id) != str(chat.id):
            raise strict("replies in another chat are not played here")
        message_id = parameters.message_id
        allow = parameters.allow_sending_without_reply is True
    if message_id is None:
        return None
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        if allow:
            return None
        raise bad("message to be replied not found")
    if chat.is_forum and thread_id is not None and message.thread != thread_id:
        raise bad("message to be replied not found")
    quote = parameters.quote if parameters is not None else None
    if quote and quote not in message.text:
        raise bad("QUOTE_TEXT_INVALID")
    return message


def message_in(chat: Chat, message_id: int | None, name: str) -> Message:
    """A message that exists; ``name`` is what Telegram calls it: "message to edit"."""
    if message_id is None or message_id <= 0:
        raise bad("message identifier is not specified")
    message = chat.messages.get(message_id)
    if message is None or message.deleted:
        raise bad(f"{name} not found")
    return message
