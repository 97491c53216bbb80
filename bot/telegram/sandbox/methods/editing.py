"""Methods that change or remove messages."""

from __future__ import annotations

from aiogram.methods import (
    DeleteMessage,
    DeleteMessages,
    EditMessageCaption,
    EditMessageReplyMarkup,
    EditMessageText,
    PinChatMessage,
    UnpinChatMessage,
)
from aiogram.types import InlineKeyboardMarkup

from bot.telegram.sandbox import access, markup
from bot.telegram.sandbox.errors import JSON, bad
from bot.telegram.sandbox.world import Chat, Message, World

from .registry import plays
from .sending import caption_body, text_body

DELETABLE = 48 * 3600.0
"""Seconds after which a bot can no longer delete: https://core.telegram.org/bots/api#deletemessage."""
MANY = 100
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
PIN_RIGHT = "not enough rights to manage pinned messages in the chat"


def own(world: World, chat: Chat, message_id: int | None) -> Message:
    """The bot's message that can be edited: no service message, none that came with a reply keyboard (tdlib)."""
    message = access.message_in(chat, message_id, "message to edit")
    if message.sender != world.bot_id or message.service or message.had_keyboard or "forward_origin" in message.body:
        raise bad("message can't be edited")
    return message


def apply(world: World, message: Message, fields: JSON, keyboard: InlineKeyboardMarkup | None) -> JSON:
    """Put the new fields and keyboard in place of the old ones; without a keyboard the old one goes."""
    changed = {**fields, "reply_markup": markup.check(keyboard, message.chat)}
    if all(message.body.get(name) == value for name, value in changed.items()):
        raise bad(NOT_MODIFIED)
    for name, value in changed.items():
        if value is None:
            message.body.pop(name, None)
        else:
            message.body[name] = value
    message.body["edit_date"] = int(world.clock.time())
    message.edited = True
    world.show(message, "edited", world.bot_id)
    return message.json()


@plays(EditMessageText)
def edit_message_text(world: World, call: EditMessageText) -> JSON:
    chat = access.reach(world, call.chat_id)
    message = own(world, chat, call.message_id)
    body = text_body(call.text, call.parse_mode, call.entities)
    if "text" not in message.body:
        raise bad("there is no text in the message to edit")
    return apply(world, message, {"entities": None, **body}, call.reply_markup)


@plays(EditMessageCaption)
def edit_message_caption(world: World, call: EditMessageCaption) -> JSON:
    chat = access.reach(world, call.chat_id)
    message = own(world, chat, call.message_id)
    if "text" in message.body:
        raise bad("there is no caption in the message to edit")
    body = caption_body(call.caption, call.parse_mode, call.caption_entities)
    return apply(world, message, {"caption": None, "caption_entities": None, **body}, call.reply_markup)


@plays(EditMessageReplyMarkup)
def edit_message_reply_markup(world: World, call: EditMessageReplyMarkup) -> JSON:
    chat = access.reach(world, call.chat_id)
    return apply(world, own(world, chat, call.message_id), {}, call.reply_markup)


def why_kept(world: World, message: Message) -> str | None:
    """Why a message cannot be deleted by the bot."""
    chat = message.chat
    if "forum_topic_created" in message.body or "migrate_from_chat_id" in message.body:
        return "message can't be deleted"
    if message.sender != world.bot_id and not chat.is_private and not chat.may("can_delete_messages"):
        return "message can't be deleted"
    if world.clock.time() - message.at >= DELETABLE:
        return "message can't be deleted for everyone"
    return None


def remove(world: World, message: Message, by: int | None = None) -> None:
    """Take a message off every screen; a reply keyboard goes with the message that brought it. ``by`` None: the bot."""
    chat = message.chat
    message.deleted = True
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
    if chat.keyboard_from == message.id:
        chat.keyboard, chat.keyboard_from = None, None
    world.show(message, "deleted", world.bot_id if by is None else by)


@plays(DeleteMessage)
def delete_message(world: World, call: DeleteMessage) -> bool:
    chat = access.reach(world, call.chat_id)
    message = access.message_in(chat, call.message_id, "message to delete")
    reason = why_kept(world, message)
    if reason is not None:
        raise bad(reason)
    remove(world, message)
    return True


@plays(DeleteMessages)
def delete_messages(world: World, call: DeleteMessages) -> bool:
    """What is not found or cannot be deleted is skipped: https://core.telegram.org/bots/api#deletemessages."""
    chat = access.reach(world, call.chat_id)
    if not call.message_ids:
        raise bad("message identifiers are not specified")
    if len(call.message_ids) > MANY:
        raise bad("too many message identifiers specified")
    for message_id in call.message_ids:
        message = chat.messages.get(message_id)
        if message is not None and not message.deleted and why_kept(world, message) is None:
            remove(world, message)
    return True


def may_pin(chat: Chat) -> None:
    if not chat.is_private and not chat.may("can_pin_messages"):
        raise bad(PIN_RIGHT)


@plays(PinChatMessage)
def pin_chat_message(world: World, call: PinChatMessage) -> bool:
    """Leaves a service message, of which the bot is told like everybody."""
    chat = access.reach(world, call.chat_id)
    message = access.message_in(chat, call.message_id, "message to pin")
    may_pin(chat)
    if message.service:
        raise bad("service messages can't be pinned")
    if message.id in chat.pinned:
        raise bad("CHAT_NOT_MODIFIED")
    chat.pinned.append(message.id)
    world.show(message, "pinned", world.bot_id)
    notify = not call.disable_notification and not chat.is_private
    body = {"pinned_message": message.json(nested=True)}
    line = world.post(chat, world.bot_id, body, thread=message.thread, notify=notify, action="pinned_message")
    world.deliver(line)
    return True


@plays(UnpinChatMessage)
def unpin_chat_message(world: World, call: UnpinChatMessage) -> bool:
    """Without ``message_id`` the newest pin goes."""
    chat = access.reach(world, call.chat_id)
    may_pin(chat)
    if call.message_id is None and not chat.pinned:
        raise bad("message to unpin not found")
    message_id = chat.pinned[-1] if call.message_id is None else call.message_id
    message = access.message_in(chat, message_id, "message to unpin")
    if message.id in chat.pinned:
        chat.pinned.remove(message.id)
        world.show(message, "unpinned", world.bot_id)
    return True
