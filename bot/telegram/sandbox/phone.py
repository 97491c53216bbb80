"""One human's Telegram."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING, Any

from . import markup
from .content import MESSAGE_FIELDS, content
from .entities import detect, units
from .errors import JSON
from .members import shape, tell
from .methods.editing import remove
from .methods.reactions import EMOJI
from .shown import Shown, look, transcript
from .world import ANONYMOUS, PRESENT, Chat, Message, Person, Tap, World

if TYPE_CHECKING:
    from .group import Group


EDITABLE = 48 * 3600.0
"""Seconds: https://telegram.org/faq#q-can-i-edit-my-messages."""

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
"""https://core.telegram.org/bots/features#deep-linking."""


class Phone:
    """A person's client: private chat with the bot, and the groups she is in. Use it from the sandbox's event loop.

    What a real client would not let her do raises AssertionError.
    """

    def __init__(self, world: World, person: Person) -> None:
        self._world = world
        self._person = person

    @property
    def id(self) -> int:
        return self._person.id

    @property
    def user(self) -> JSON:
        """The Bot API's User."""
        return self._person.user

    def start(self, payload: str = "") -> int:
        """Press Start, or follow a link with this payload. A blocked bot is unblocked by it."""
        assert PAYLOAD.fullmatch(payload), "a payload has at most 64 of A-Z, a-z, 0-9, _ and -"
        if self._person.blocked:
            self.unblock()
        return self.write(f"/start {payload}".rstrip())

    def write(
        self,
        text: str,
        *,
        chat: Group | None = None,
        topic: int | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
        quote: str | None = None,
    ) -> int:
        """Send a text; ``topic`` None or 1 is General. With ``quote`` a part of the message replied to is picked out.
        The message's id."""
        text = text.strip()
        assert 1 <= len(text) <= 4096, "a client sends 1 to 4096 characters in one message"
        body: JSON = {"text": text}
        if entities := detect(text):
            body["entities"] = entities
        if quote is not None:
            assert reply_to is not None, "one quotes what one replies to"
            whole = self._message(chat, reply_to).text
            assert quote in whole, "one picks out what stands there"
            body["quote"] = {"text": quote, "position": units(whole[: whole.index(quote)]), "is_manual": True}
        return self._post(chat, topic, body, reply_to, anonymous)

    def send(
        self,
        kind: str,
        *,
        chat: Group | None = None,
        topic: int | None = None,
        caption: str | None = None,
        reply_to: int | None = None,
        anonymous: bool = False,
        data: bytes | None = None,
        **fields: Any,
    ) -> int:
        """Send something else: ``kind`` is the Message's field. ``fields`` override what is in it by default, or are
        fields of the message itself (forward_origin, quote, via_bot, ...); ``data`` is the file's content."""
        values = {name: value for name, value in fields.items() if name not in MESSAGE_FIELDS}
        body = content(self._world.files, kind, values, data=data)
        if caption is not None:
            body["caption"] = caption
            if entities := detect(caption):
                body["caption_entities"] = entities
        body.update({name: value for name, value in fields.items() if name in MESSAGE_FIELDS})
        return self._post(chat, topic, body, reply_to, anonymous)

    def share_location(self, latitude: float = 43.238949, longitude: float = 76.889709, **more: Any) -> int:
        """Send where she is; with ``live_period`` it may be moved (:meth:`move`)."""
        return self.send("location", latitude=latitude, longitude=longitude, **more)

    def share_contact(self, number: str = "+77010000000", **more: Any) -> int:
        """Send her own number; with another ``user_id`` somebody else's."""
        return self.send("contact", **{"phone_number": number, "user_id": self.id, **more})

    def move(self, message_id: int, latitude: float, longitude: float) -> None:
        """Her live location goes on to another place."""
        message = self._message(None, message_id)
        place = message.body["location"]
        assert message.sender == self.id, "one can move only one's own place"
        assert "live_period" in place, "only a live location moves"
        message.body["location"] = {**place, "latitude": latitude, "longitude": longitude}
        message.body["edit_date"] = int(self._world.clock.time())
        message.edited = True
        self._world.show(message, "edited", self.id)
        self._world.deliver(message, "edited_message")

    def can_edit(self, message_id: int, chat: Group | None = None) -> bool:
        """Whether a message of hers is still young enough to be edited."""
        return self._world.clock.time() - self._message(chat, message_id).at < EDITABLE

    def edit(self, message_id: int, text: str, chat: Group | None = None) -> None:
        """Change her own message's text or caption."""
        message = self._message(chat, message_id)
        assert message.sender == self.id, "one can edit only one's own messages"
        assert self.can_edit(message_id, chat), "one can edit for 48 hours"
        assert 1 <= len(text.strip()) <= 4096, "a client sends 1 to 4096 characters in one message"
        field = "text" if "text" in message.body else "caption"
        message.body[field] = text.strip()
        message.body.pop("entities" if field == "text" else "caption_entities", None)
        if entities := detect(text.strip()):
            message.body["entities" if field == "text" else "caption_entities"] = entities
        message.body["edit_date"] = int(self._world.clock.time())
        message.edited = True
        self._world.show(message, "edited", self.id)
        self._world.deliver(message, "edited_message")

    def delete(self, message_id: int) -> None:
        """Take a message off her private chat, and the bot's side of it; the bot is not told."""
        remove(self._world, self._message(None, message_id), by=self.id)

    def react(self, message_id: int, *emoji: str, chat: Group | None = None) -> None:
        """Put these reactions (or none) on a message; the bot is told where it is an administrator and has asked."""
        message = self._message(chat, message_id)
        assert EMOJI.issuperset(emoji), "no such reaction"
        old = message.reactions.get(self.id, [])
        new: list[JSON] = [{"type": "emoji", "emoji": one} for one in emoji]
        if new:
            message.reactions[self.id] = new
        else:
            message.reactions.pop(self.id, None)
        self._world.show(message, "reaction", self.id, text="".join(emoji))
        where = message.chat
        if where.is_private or where.bot_status == "administrator":
            update = {
                "chat": where.json(), "message_id": message.id, "user": self.user,
                "date": int(self._world.clock.time()), "old_reaction": old, "new_reaction": new,
            }  # fmt: skip
            self._world.updates.emit("message_reaction", update)

    def delete_chat(self) -> None:
        """Clear the private chat on her side only; the bot is not told."""
        for message in self._person.chat.messages.values():
            message.hidden_from.add(self.id)
        self._person.chat.keyboard = self._person.chat.keyboard_from = None
        self._world.pulse.beat()

    def block(self) -> None:
        """The bot gets my_chat_member and can write no more."""
        self._set_blocked(True)

    def unblock(self) -> None:
        self._set_blocked(False)

    def deactivate(self) -> None:
        """Delete the account; the bot is not told."""
        self._person.deactivated = True

    def _set_blocked(self, blocked: bool) -> None:
        if self._person.blocked == blocked:
            return
        self._person.blocked = blocked
        states = [shape(self._world.bot, status, frozenset(), editable=False) for status in ("member", "kicked")]
        old, new = states if blocked else states[::-1]
        tell(self._world, "my_chat_member", self._person.chat, self.id, old, new)
        self._world.pulse.beat()

    @property
    def keyboard(self) -> list[list[str]]:
        """The reply keyboard of the private chat as it is now."""
        return markup.labels(self._person.chat.keyboard, "keyboard")

    @property
    def chat(self) -> list[Shown]:
        """The private chat as she sees it, in order."""
        return self._view(self._person.chat, None)

    def transcript(self, chat: Group | None = None, topic: int | None = None) -> str:
        """What she sees, to be read by people."""
        text = transcript(
            f"{self.user['first_name']} sees {chat.title if chat else self._world.bot['first_name']}",
            self._view(self._chat(chat), topic),
        )
        keys = self.keyboard if chat is None else []
        return "\n".join([text, *("    " + " ".join(f"({label})" for label in row) for row in keys)])

    async def sees(
        self, text: str, *, chat: Group | None = None, topic: int | None = None, timeout: float = 60
    ) -> Shown:
        """Wait until somebody else's visible message contains ``text``; the newest one. Her own words don't count."""
        where = self._chat(chat)

        def newest() -> Shown | None:
            found = [shown for shown in self._view(where, topic) if text in shown.text and not shown.mine]
            return found[-1] if found else None

        shown = await self._world.pulse.until(newest, timeout)
        assert shown is not None, f"{text!r} was not shown\n{self.transcript(chat, topic)}"
        return shown

    async def tap(
        self,
        label: str,
        *,
        chat: Group | None = None,
        topic: int | None = None,
        message_id: int | None = None,
        timeout: float = 60,
    ) -> str | None:
        """Press the newest button whose text contains ``label``: inline first, then the reply keyboard.

        The toast's text, or None when there is none in time. A link or a text to copy is returned as it is, and
        so is the address that an answer opens.
        """
        where = self._chat(chat)
        self._check_seen(where)
        for message in reversed(list(where.visible(self.id, topic))):
            if message_id is None or message.id == message_id:
                for button in buttons(message):
                    if label in button["text"]:
                        return await self._press(message, button, timeout)
        if chat is None and message_id is None:
            for row in (where.keyboard or {}).get("keyboard", []):
                for key in row:
                    if label in key["text"]:
                        self._press_key(key)
                        return None
        raise AssertionError(f"no button {label!r}\n{self.transcript(chat, topic)}")

    async def press(
        self, message_id: int, row: int, column: int, *, chat: Group | None = None, timeout: float = 60
    ) -> Tap | None:
        """Press an inline button by its place; the tap with its answer, None when there was none in time, or when the
        button does something on the telephone only."""
        where = self._chat(chat)
        self._check_seen(where)
        message = self._message(chat, message_id)
        rows = message.body.get("reply_markup", {}).get("inline_keyboard", [])
        assert row in range(len(rows)), "no such button any more"
        assert column in range(len(rows[row])), "no such button any more"
        button = rows[row][column]
        return await self._tapped(message, button, timeout) if "callback_data" in button else None

    def press_key(self, row: int, column: int) -> None:
        """Press a key of the reply keyboard by its place."""
        rows = (self._person.chat.keyboard or {}).get("keyboard", [])
        assert row in range(len(rows)), "no such key any more"
        assert column in range(len(rows[row])), "no such key any more"
        self._press_key(rows[row][column])

    def _check_seen(self, where: Chat) -> None:
        assert where.is_private or self.id in where.viewers(), f"{self.user['first_name']} is not in {where.title}"

    async def _press(self, message: Message, button: JSON, timeout: float) -> str | None:
        if "callback_data" not in button:
            return str(button.get("url") or button.get("copy_text", {}).get("text", "")) or None
        tap = await self._tapped(message, button, timeout)
        return (tap.answer or tap.url) if tap else None

    async def _tapped(self, message: Message, button: JSON, timeout: float) -> Tap | None:
        world = self._world
        tap = Tap(world.clock.time(), self.id, message.chat, message)
        query_id = str(random.getrandbits(62))
        world.taps[query_id] = tap
        world.journal.tap(self.id, message.chat.id, message.id, button["text"], message.text, query_id)
        query = {
            "id": query_id, "from": self.user, "message": message.json(), "data": button["callback_data"],
            "chat_instance": str(message.chat.id * 7919),
        }  # fmt: skip
        if not self._person.blocked:
            world.updates.emit("callback_query", query)
        return tap if await world.pulse.until(lambda: tap.answered or None, timeout) else None

    def _press_key(self, key: JSON) -> None:
        where = self._person.chat
        if (where.keyboard or {}).get("one_time_keyboard"):
            where.keyboard = where.keyboard_from = None
        if key.get("request_contact"):
            self.share_contact()
        elif key.get("request_location"):
            self.share_location()
        else:
            self.write(key["text"])

    def _chat(self, chat: Group | None) -> Chat:
        return self._person.chat if chat is None else chat.chat

    def _view(self, chat: Chat, topic: int | None) -> list[Shown]:
        if not chat.is_private and self.id not in chat.viewers():
            return []
        return [look(self._world, message, self.id) for message in chat.visible(self.id, topic)]

    def _message(self, chat: Group | None, message_id: int) -> Message:
        message = self._chat(chat).messages.get(message_id)
        if message is None or message.deleted:
            raise AssertionError(f"no message {message_id}\n{self.transcript(chat)}")
        return message

    def _post(self, group: Group | None, topic: int | None, body: JSON, reply_to: int | None, anonymous: bool) -> int:
        chat = self._chat(group)
        self._check(chat, topic)
        sender = self.id
        if anonymous:
            assert chat.members.get(self.id) in ("creator", "administrator"), "only administrators can be anonymous"
            sender = int(ANONYMOUS["id"])
            body["sender_chat"] = chat.json()
        if chat.is_private:
            self._person.started = True
        reply = self._message(group, reply_to) if reply_to is not None else None
        thread = topic if chat.is_forum and topic != 1 else None
        message = self._world.post(chat, sender, body, thread=thread, reply=reply)
        self._world.deliver(message)
        return message.id

    def _check(self, chat: Chat, topic: int | None) -> None:
        """What a client would refuse."""
        assert not self._person.deactivated, "the account is deleted"
        if chat.is_private:
            assert not self._person.blocked, "she has blocked the bot"
            return
        status = chat.members.get(self.id)
        assert not chat.deleted, f"{chat.title} was deleted"
        assert status in PRESENT, f"{self.user['first_name']} is not in {chat.title}"
        if chat.is_forum and topic is not None and topic != 1:
            assert topic in chat.topics, f"no topic {topic}"
            assert not chat.topics[topic].deleted, f"topic {topic} was deleted"
            assert not (chat.topics[topic].closed and status == "member"), f"topic {topic} is closed"


def buttons(message: Message) -> list[JSON]:
    return [button for row in message.body.get("reply_markup", {}).get("inline_keyboard", []) for button in row]
