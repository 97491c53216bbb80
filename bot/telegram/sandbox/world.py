"""What exists in the sandbox: people, chats, topics, messages."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .clock import SandboxClock
from .errors import JSON
from .files import Files
from .journal import Journal
from .pulse import Pulse
from .updates import Updates

ANONYMOUS: JSON = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
"""Whom an anonymous administrator's messages come from: https://core.telegram.org/bots/api#message."""

Member = str
"""creator, administrator, member, left or kicked."""
PRESENT = frozenset({"creator", "administrator", "member"})


@dataclass(slots=True)
class Topic:
    """A forum topic; ``icon`` is a custom emoji id."""

    id: int
    name: str
    color: int
    creator: int
    icon: str | None = None
    closed: bool = False
    deleted: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """A message; ``body`` is its Bot API JSON without id, chat, thread and reply, which :meth:`json` adds."""

    id: int
    chat: Chat
    sender: int
    body: JSON
    at: float
    thread: int | None = None
    reply: Message | None = None
    notify: bool = True
    had_keyboard: bool = False
    """It came with a reply keyboard (or its removal, or a forced reply): such a message can't be edited."""
    service: bool = False
    edited: bool = False
    deleted: bool = False
    hidden_from: set[int] = field(default_factory=set)
    reactions: dict[int, list[JSON]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        text: str = self.body.get("text") or self.body.get("caption") or ""
        return text

    def root(self) -> Message:
        """The first message of the chain of replies."""
        message = self
        while message.reply is not None:
            message = message.reply
        return message

    def json(self, *, nested: bool = False) -> JSON:
        """As the Bot API shows it; a message inside a message has no reply of its own.

        A reply outside topics has the id of its chain's first message as its thread, though it is no topic and cannot
        be written to: https://github.com/tdlib/telegram-bot-api/issues/447.
        """
        message: JSON = {"message_id": self.id, "chat": self.chat.json(), **self.body}
        in_topic = self.thread is not None and self.chat.is_forum
        if in_topic:
            message["message_thread_id"] = self.thread
            message["is_topic_message"] = True
        elif self.reply is not None and not self.chat.is_private:
            message["message_thread_id"] = self.root().id
        if nested:
            message.pop("reply_to_message", None)
            return message
        reply = self.reply
        if reply is None and in_topic and self.thread != self.id and "pinned_message" not in self.body:
            reply = self.chat.messages.get(self.thread or 0)
        if reply is not None and not reply.deleted:
            message["reply_to_message"] = reply.json(nested=True)
        return message


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat with the bot, or a group."""

    id: int
    type: str
    title: str = ""
    username: str | None = None
    is_forum: bool = False
    linked_chat_id: int | None = None
    person: Person | None = None
    deleted: bool = False
    members: dict[int, Member] = field(default_factory=dict)
    bot_status: Member | None = None
    bot_rights: set[str] = field(default_factory=set)
    bot_spoke: bool = False
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    keyboard: JSON | None = None
    """The reply keyboard that a private chat shows now."""
    keyboard_from: int | None = None
    last_id: int = 0

    @property
    def is_private(self) -> bool:
        return self.type == "private"

    def json(self) -> JSON:
        """The Bot API's Chat."""
        if self.person is not None:
            user = self.person.user
            names = {key: user[key] for key in ("first_name", "last_name", "username") if user.get(key)}
            return {"id": self.id, "type": "private", **names}
        chat: JSON = {"id": self.id, "type": self.type, "title": self.title}
        if self.username:
            chat["username"] = self.username
        if self.is_forum:
            chat["is_forum"] = True
        return chat

    def viewers(self) -> frozenset[int]:
        """Ids of the people who can read the chat now."""
        if self.person is not None:
            return frozenset({self.person.id})
        return frozenset(person for person, status in self.members.items() if status in PRESENT)

    def may(self, right: str) -> bool:
        """Whether the bot is an administrator with this right."""
        return self.bot_status == "administrator" and right in self.bot_rights

    def take_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def visible(self, viewer: int | None = None, topic: int | None = None) -> Iterator[Message]:
        """Messages in order, without deleted ones; ``topic`` 1 is General, None everything."""
        thread = None if topic == 1 else topic
        for message in self.messages.values():
            hidden = message.deleted or (viewer is not None and viewer in message.hidden_from)
            if not hidden and (topic is None or message.thread == thread):
                yield message


@dataclass(slots=True, eq=False)
class Person:
    """A Telegram account and its private chat with the bot."""

    user: JSON
    chat: Chat = field(init=False)
    started: bool = False
    blocked: bool = False
    deactivated: bool = False

    def __post_init__(self) -> None:
        self.chat = Chat(self.user["id"], "private", person=self)

    @property
    def id(self) -> int:
        user_id: int = self.user["id"]
        return user_id


@dataclass(slots=True)
class Tap:
    """A callback query that waits for its answer."""

    at: float
    person: int
    chat: Chat
    message: Message
    answer: str | None = None
    url: str | None = None
    """The answer opens this address."""
    alert: bool = False
    """The answer stands in a window that must be closed, not in a toast."""
    answered: bool = False


class World:
    """Everything, and the ways in which it changes."""

    def __init__(self, bot: JSON, clock: SandboxClock, flags: Mapping[str, bool]) -> None:
        self.bot = bot
        self.flags = flags
        self.clock = clock
        self.pulse = Pulse()
        self.journal = Journal(clock)
        self.updates = Updates(clock, self.pulse)
        self.files = Files()
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Chat] = {}
        self.migrated: dict[int, int] = {}
        self.taps: dict[str, Tap] = {}
        self.settings: dict[tuple[str, ...], Any] = {}
        """What set* methods stored: commands, names, descriptions, menu buttons, the webhook."""

    @property
    def bot_id(self) -> int:
        bot_id: int = self.bot["id"]
        return bot_id

    def user(self, user_id: int) -> JSON:
        """The Bot API's User of a person, the bot or the anonymous administrator."""
        if user_id == self.bot_id:
            return self.bot
        return ANONYMOUS if user_id == ANONYMOUS["id"] else self.people[user_id].user

    def new_user_id(self) -> int:
        while (user_id := random.randint(5_000_000_000, 8_000_000_000)) in self.people:
            pass
        return user_id

    def new_group_id(self) -> int:
        while (group_id := -random.randint(1_001_000_000_000, 1_003_999_999_999)) in self.groups:
            pass
        return group_id

    def post(
        self,
        chat: Chat,
        sender: int,
        body: JSON,
        *,
        thread: int | None = None,
        reply: Message | None = None,
        notify: bool = True,
        action: str = "sent",
        params: JSON | None = None,
    ) -> Message:
        """Put a message into a chat and show it to everybody there. The bot is not told: see :meth:`deliver`."""
        now = self.clock.time()
        body = {"from": self.user(sender), "date": int(now), **body}
        message = Message(chat.take_id(), chat, sender, body, now, thread, reply, notify, service=action != "sent")
        chat.messages[message.id] = message
        if sender == self.bot_id:
            chat.bot_spoke = True
        self.show(message, action, sender, notify=notify, params=params)
        return message

    def show(
        self, message: Message, action: str, by: int, *, notify: bool = False, params: JSON | None = None,
        text: str | None = None,
    ) -> None:  # fmt: skip
        """Record what everybody in the chat sees now, and wake those who wait for it."""
        chat = message.chat
        self.journal.show(
            chat.id,
            "bot" if by == self.bot_id else by,
            action,
            chat.viewers() - message.hidden_from,
            thread_id=message.thread,
            message_id=message.id,
            text=message.text if text is None else text,
            markup=message.body.get("reply_markup"),
            params=message.body if params is None else params,
            notification=notify,
        )
        self.pulse.beat()

    def deliver(self, message: Message, kind: str = "message") -> int | None:
        """Tell the bot of a message if it may know of it."""
        if not self.bot_hears(message):
            return None
        return self.updates.emit(kind, message.json())

    def bot_hears(self, message: Message) -> bool:
        """Administrators get everything; other bots what https://core.telegram.org/bots/features#privacy-mode lists.

        Of its own doings a bot hears only the service messages about pins and topics: telegram-bot-api,
        need_skip_update_message.
        """
        chat = message.chat
        if message.sender == self.bot_id:
            return message.service
        if chat.is_private:
            return True
        if chat.bot_status not in PRESENT or chat.deleted:
            return False
        if message.body["from"]["is_bot"] and message.sender != ANONYMOUS["id"]:
            return False
        if chat.bot_status == "administrator" or message.service:
            return True
        if message.reply is not None and message.reply.sender == self.bot_id:
            return True
        word = message.text.split(maxsplit=1)[0] if message.text.startswith("/") else ""
        command, at, name = word.partition("@")
        return bool(command) and (name.lower() == self.bot["username"].lower() if at else chat.bot_spoke)
