"""What a hand does on a telephone: orders from the page, carried out by the sandbox's people.

What a real client or Telegram itself would not allow comes back as `Impossible`, in the sandbox's words.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.demo.page.view import GATEWAY, flood
from bot.telegram.sandbox import Group, Phone, Sandbox
from bot.telegram.sandbox.errors import Refused
from bot.telegram.sandbox.members import RIGHTS
from bot.telegram.sandbox.world import PRESENT

JSON = dict[str, Any]

LARGEST = 8_000_000
"""Bytes of a file."""
LONGEST_JUMP = 31 * 24 * 3600
"""Seconds by which the clock moves at once."""
FLOOD = 5
"""Seconds that Telegram asks for while the flood is on."""


class Impossible(Exception):
    """An order that makes no sense, or that no client would let somebody do; the text says why."""


class Hands:
    """Carries orders out: `{"do": NAME, ...}`; ids are those of the view's parts."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._phones: dict[int, Phone] = {}
        self._groups: dict[int, Group] = {}
        self._orders: Mapping[str, Callable[[JSON], Awaitable[JSON | None]]] = {
            "start": self._start, "write": self._write, "press": self._press, "key": self._key, "edit": self._edit,
            "react": self._react, "send": self._send, "clear": self._clear, "block": self._block,
            "deactivate": self._deactivate, "member": self._member, "bot": self._bot, "topic": self._topic,
            "topics": self._topics, "upgrade": self._upgrade, "delete_group": self._delete_group,
            "person": self._person, "move": self._move, "down": self._down, "flood": self._flood,
            "gateway": self._gateway,
        }  # fmt: skip

    def know(self, *known: Phone | Group) -> None:
        """People and groups that were there before."""
        for one in known:
            if isinstance(one, Phone):
                self._phones[one.id] = one
            else:
                self._groups[one.id] = one

    async def carry_out(self, order: JSON) -> JSON:
        """What the hand sees of it at once (a toast, a new id). Raises Impossible."""
        try:
            return await self._orders[order["do"]](order) or {}
        except Refused as refused:
            raise Impossible(refused.description) from None
        except (AssertionError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as wrong:
            raise Impossible(str(wrong).partition("\n")[0] or type(wrong).__name__) from None

    def phone(self, order: JSON) -> Phone:
        """Whose hand it is."""
        return self._phones[int(order["phone"])]

    def group(self, order: JSON) -> Group | None:
        """The group that it does it in; None for the chat with the bot."""
        chat = int(order.get("chat") or 0)
        if chat >= 0:
            return None
        group = self._groups.get(self._sandbox.world.migrated.get(chat, chat))
        if group is None:
            raise Impossible("no such group")
        return group

    def _forum(self, order: JSON) -> Group:
        group = self.group(order)
        if group is None:
            raise Impossible("that is no group")
        return group

    async def _start(self, order: JSON) -> None:
        self.phone(order).start(str(order.get("payload") or ""))

    async def _write(self, order: JSON) -> None:
        reply = order.get("reply")
        self.phone(order).write(
            str(order["text"]), chat=self.group(order), topic=order.get("topic"), reply_to=reply and int(reply)
        )

    async def _press(self, order: JSON) -> JSON:
        """An inline button by its place."""
        toast = await self.phone(order).press(
            int(order["message"]), int(order["row"]), int(order["column"]), chat=self.group(order)
        )
        return {"toast": toast.answer, "alert": toast.alert, "opens": toast.url} if toast else {}

    async def _key(self, order: JSON) -> None:
        """A key of the reply keyboard by its place."""
        self.phone(order).press_key(int(order["row"]), int(order["column"]))

    async def _edit(self, order: JSON) -> None:
        self.phone(order).edit(int(order["message"]), str(order["text"]), chat=self.group(order))

    async def _react(self, order: JSON) -> None:
        emoji = [str(order["emoji"])] if order.get("emoji") else []
        self.phone(order).react(int(order["message"]), *emoji, chat=self.group(order))

    async def _send(self, order: JSON) -> None:
        """A photo, a voice message, a place: `kind` is the Bot API's; `data` a file in base64."""
        try:
            data = base64.b64decode(order.get("data") or "", validate=True) or None
        except binascii.Error as broken:
            raise Impossible(f"no base64: {broken}") from None
        if data and len(data) > LARGEST:
            raise Impossible(f"larger than {LARGEST // 1_000_000} MB")
        kind = str(order["kind"])
        if kind not in ("photo", "voice", "video_note", "sticker", "document", "location", "contact", "video"):
            raise Impossible(f"no such kind: {kind}")
        caption = str(order["caption"]) if order.get("caption") else None
        self.phone(order).send(kind, chat=self.group(order), topic=order.get("topic"), caption=caption, data=data)

    async def _clear(self, order: JSON) -> None:
        self.phone(order).delete_chat()

    async def _block(self, order: JSON) -> None:
        phone = self.phone(order)
        phone.block() if order["on"] else phone.unblock()

    async def _deactivate(self, order: JSON) -> None:
        self.phone(order).deactivate()

    async def _member(self, order: JSON) -> None:
        """`who` joins or leaves."""
        group, who = self._forum(order), self._phones[int(order["who"])]
        match order["how"]:
            case "join":
                assert group.chat.members.get(who.id) not in PRESENT, "is in the group already"
                assert not self._sandbox.world.people[who.id].deactivated, "the account is deleted"
                group.add(who)
            case "leave":
                group.remove(who)
            case other:
                raise Impossible(f"no such move: {other}")

    async def _bot(self, order: JSON) -> None:
        """The bot is added as an administrator, loses a right, gets it back, or is removed."""
        group, how = self._forum(order), order["how"]
        if how == "add":
            group.add_bot(group.owner)
        elif how == "remove":
            group.remove_bot(group.owner)
        elif how == "right" and order["right"] in RIGHTS:
            group.set_bot_rights(group.chat.bot_rights ^ {str(order["right"])})
        else:
            raise Impossible(f"no such move: {how}")

    async def _topic(self, order: JSON) -> None:
        """A topic is closed, opened again or deleted by the group's owner."""
        group, topic = self._forum(order), int(order["topic"])
        match order["how"]:
            case "close":
                group.close_topic(topic)
            case "reopen":
                group.reopen_topic(topic)
            case "delete":
                group.delete_topic(topic)
            case other:
                raise Impossible(f"no such move: {other}")

    async def _topics(self, order: JSON) -> None:
        self._forum(order).switch_topics(bool(order["on"]))

    async def _upgrade(self, order: JSON) -> None:
        group = self._forum(order)
        group.upgrade()
        self.know(group)

    async def _delete_group(self, order: JSON) -> None:
        self._forum(order).delete()

    async def _person(self, order: JSON) -> JSON:
        """Somebody new, with a telephone in this language."""
        name = str(order["name"]).strip()
        assert 1 <= len(name) <= 64, "a name has 1 to 64 characters"
        language = str(order.get("language") or "kk")
        assert language in ("kk", "ru", "en"), "kk, ru or en"
        phone = self._sandbox.person(name, language_code=language)
        self.know(phone)
        self._sandbox.world.pulse.beat()
        return {"person": phone.id}

    async def _move(self, order: JSON) -> None:
        """The clock goes on, everybody's."""
        seconds = float(order["seconds"])
        assert 0 < seconds <= LONGEST_JUMP, "the clock goes only forward, a month at most"
        self._sandbox.clock.move(seconds)

    async def _down(self, order: JSON) -> None:
        self._sandbox.faults.down(bool(order["on"]))

    async def _flood(self, order: JSON) -> None:
        """Every call is answered by 429, until it is switched off."""
        faults = self._sandbox.faults
        for fault in faults.waiting:
            if flood(fault):
                faults.remove(fault)
        if order["on"]:
            faults.flood(FLOOD, times=None)
        faults.changed()

    async def _gateway(self, order: JSON) -> None:
        """Whoever is called outside Telegram does not answer, until it is switched off."""
        faults = self._sandbox.faults
        for fault in faults.waiting:
            if fault.method == GATEWAY:
                faults.remove(fault)
        if order["on"]:
            faults.cut_before(GATEWAY, times=None)
        faults.changed()
