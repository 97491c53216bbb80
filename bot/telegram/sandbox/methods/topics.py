"""Forum topics. The texts are those of tdlib's ForumTopicManager.cpp, the TOPIC_* ones of Telegram's servers."""

from __future__ import annotations

from aiogram.methods import (
    CloseForumTopic,
    CreateForumTopic,
    DeleteForumTopic,
    EditForumTopic,
    GetForumTopicIconStickers,
    ReopenForumTopic,
)

from bot.telegram.sandbox import access
from bot.telegram.sandbox.errors import JSON, bad, strict
from bot.telegram.sandbox.world import Chat, Message, Topic, World

from .registry import plays

NAME = 128
COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
"""https://core.telegram.org/bots/api#createforumtopic."""
ICONS = {
    "5312536423851630001": "\N{ELECTRIC LIGHT BULB}",
    "5309832892262654231": "\N{ROBOT FACE}",
    "5379748062124056162": "\N{HEAVY EXCLAMATION MARK SYMBOL}",
    "5357315181649076022": "\N{OPEN FILE FOLDER}",
    "5417915203100613993": "\N{SPEECH BALLOON}",
    "5237699328843200968": "\N{WHITE HEAVY CHECK MARK}",
}
"""Free icons by custom emoji id; Telegram has about a hundred."""


def forum(world: World, chat_id: int | str) -> Chat:
    chat = access.reach(world, chat_id)
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    return chat


def topic_in(chat: Chat, thread_id: int) -> Topic:
    topic = chat.topics.get(thread_id)
    if topic is None or topic.deleted:
        raise bad("TOPIC_ID_INVALID")
    return topic


def check_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise bad("title must be non-empty")
    if len(name) > NAME:
        raise strict(f"a topic's name is longer than {NAME} (Telegram cuts it)")
    return name


def make_topic(world: World, chat: Chat, creator: int, name: str, color: int, icon: str | None) -> Message:
    """A new topic; its id is that of the service message about it."""
    thread_id = chat.last_id + 1
    chat.topics[thread_id] = Topic(thread_id, name, color, creator, icon)
    created: JSON = {"name": name, "icon_color": color}
    if icon:
        created["icon_custom_emoji_id"] = icon
    return note(world, chat, creator, thread_id, "topic_created", {"forum_topic_created": created}, name)


def note(world: World, chat: Chat, by: int, thread_id: int, action: str, body: JSON, text: str = "") -> Message:
    """The service message that a change of a topic leaves; the bot is told of its own as well."""
    params = {"topic": text, **body}
    message = world.post(chat, by, body, thread=thread_id, notify=False, action=action, params=params)
    world.journal.shown[-1].text = text
    world.deliver(message)
    return message


def remove_topic(world: World, topic: Topic, chat: Chat, by: int) -> None:
    """A topic goes with everything in it, the service message about its creation too."""
    topic.deleted = True
    for message in chat.messages.values():
        if message.thread == topic.id:
            message.deleted = True
            if message.id in chat.pinned:
                chat.pinned.remove(message.id)
    world.journal.show(
        chat.id, "bot" if by == world.bot_id else by, "topic_deleted", chat.viewers(), thread_id=topic.id,
        text=topic.name,
    )  # fmt: skip
    world.pulse.beat()


@plays(CreateForumTopic)
def create_forum_topic(world: World, call: CreateForumTopic) -> JSON:
    chat = forum(world, call.chat_id)
    if not chat.may("can_manage_topics"):
        raise bad("not enough rights to create a topic")
    name = check_name(call.name)
    color = COLORS[0] if call.icon_color is None else call.icon_color
    if color not in COLORS:
        raise bad("TOPIC_ICON_COLOR_INVALID")
    if call.icon_custom_emoji_id and call.icon_custom_emoji_id not in ICONS:
        raise bad("DOCUMENT_INVALID")
    message = make_topic(world, chat, world.bot_id, name, color, call.icon_custom_emoji_id or None)
    return {"message_thread_id": message.id, **message.body["forum_topic_created"]}


def may_edit(world: World, chat: Chat, topic: Topic, text: str) -> None:
    """Administrators with the right, and the topic's creator."""
    if not chat.may("can_manage_topics") and topic.creator != world.bot_id:
        raise bad(text)


@plays(EditForumTopic)
def edit_forum_topic(world: World, call: EditForumTopic) -> bool:
    chat = forum(world, call.chat_id)
    topic = topic_in(chat, call.message_thread_id)
    may_edit(world, chat, topic, "not enough rights to edit the topic")
    changed: JSON = {}
    if call.name:
        name = check_name(call.name)
        if name != topic.name:
            changed["name"] = name
    if call.icon_custom_emoji_id is not None and (call.icon_custom_emoji_id or None) != topic.icon:
        if call.icon_custom_emoji_id and call.icon_custom_emoji_id not in ICONS:
            raise bad("DOCUMENT_INVALID")
        changed["icon_custom_emoji_id"] = call.icon_custom_emoji_id
    if not changed:
        raise bad("TOPIC_NOT_MODIFIED")
    change_topic(world, chat, topic, world.bot_id, changed)
    return True


def change_topic(world: World, chat: Chat, topic: Topic, by: int, changed: JSON) -> Message:
    """Rename a topic or change its icon; everybody sees a line about it."""
    topic.name = changed.get("name", topic.name)
    if "icon_custom_emoji_id" in changed:
        topic.icon = changed["icon_custom_emoji_id"] or None
    action = "topic_renamed" if "name" in changed else "topic_icon"
    return note(world, chat, by, topic.id, action, {"forum_topic_edited": changed}, topic.name)


def switch(world: World, chat: Chat, topic: Topic, by: int, closed: bool) -> Message:
    """Close or reopen a topic."""
    if topic.closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    what = "closed" if closed else "reopened"
    return note(world, chat, by, topic.id, f"topic_{what}", {f"forum_topic_{what}": {}}, topic.name)


@plays(CloseForumTopic)
def close_forum_topic(world: World, call: CloseForumTopic) -> bool:
    chat = forum(world, call.chat_id)
    topic = topic_in(chat, call.message_thread_id)
    may_edit(world, chat, topic, "not enough rights to close or open the topic")
    switch(world, chat, topic, world.bot_id, closed=True)
    return True


@plays(ReopenForumTopic)
def reopen_forum_topic(world: World, call: ReopenForumTopic) -> bool:
    chat = forum(world, call.chat_id)
    topic = topic_in(chat, call.message_thread_id)
    may_edit(world, chat, topic, "not enough rights to close or open the topic")
    switch(world, chat, topic, world.bot_id, closed=False)
    return True


@plays(DeleteForumTopic)
def delete_forum_topic(world: World, call: DeleteForumTopic) -> bool:
    chat = forum(world, call.chat_id)
    topic = topic_in(chat, call.message_thread_id)
    if not chat.may("can_delete_messages"):
        raise bad("not enough rights to delete the topic")
    remove_topic(world, topic, chat, world.bot_id)
    return True


@plays(GetForumTopicIconStickers)
def get_forum_topic_icon_stickers(world: World, call: GetForumTopicIconStickers) -> list[JSON]:
    return [
        {
            "file_id": f"CAAC{emoji_id}", "file_unique_id": f"AgAD{emoji_id}", "type": "custom_emoji",
            "width": 100, "height": 100, "is_animated": True, "is_video": False, "emoji": emoji,
            "set_name": "Topics", "custom_emoji_id": emoji_id,
        }
        for emoji_id, emoji in ICONS.items()
    ]  # fmt: skip
