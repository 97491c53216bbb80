"""A group, seen from above."""

from __future__ import annotations

from collections.abc import Iterable

from . import members
from .methods import topics as moves
from .phone import Phone
from .shown import Shown, look, transcript
from .world import PRESENT, Chat, Message, Topic, World

BIND_RIGHTS = frozenset({"can_manage_topics", "can_delete_messages", "can_pin_messages"})


class Group:
    """A supergroup, usually with topics."""

    def __init__(self, world: World, chat: Chat, owner: Phone) -> None:
        self._world = world
        self.chat = chat
        self.owner = owner

    @property
    def id(self) -> int:
        """Changes when the group is upgraded."""
        return self.chat.id

    @property
    def title(self) -> str:
        return self.chat.title

    @property
    def topics(self) -> dict[int, Topic]:
        """All topics that ever were, by thread id; General is not among them."""
        return self.chat.topics

    def add(self, phone: Phone, admin: bool = False, notify: bool = True) -> None:
        """Bring somebody in; with ``notify`` the bot hears of it as it would (chat_member, service message)."""
        status = "administrator" if admin else "member"
        members.change_person(self._world, self.chat, self.owner.id, phone.id, status, told=notify)
        if notify:
            by = self.owner.id if phone.user["is_bot"] else phone.id
            self._service(by, "joined", {"new_chat_members": [phone.user]})

    def remove(self, phone: Phone, by: Phone | None = None) -> None:
        """Somebody leaves, or is removed ``by`` an administrator."""
        who = phone.id if by is None else by.id
        members.change_person(self._world, self.chat, who, phone.id, "left" if by is None else "kicked")
        self._service(who, "left", {"left_chat_member": phone.user})

    def promote(self, phone: Phone) -> None:
        members.change_person(self._world, self.chat, self.owner.id, phone.id, "administrator")

    def demote(self, phone: Phone) -> None:
        members.change_person(self._world, self.chat, self.owner.id, phone.id, "member")

    def add_bot(self, by: Phone, *, rights: Iterable[str] = BIND_RIGHTS, startgroup: str | None = None) -> None:
        """Add the bot, as an administrator when ``rights`` are given; ``startgroup`` is the code of a link."""
        wanted = self._known(rights)
        members.change_bot(self._world, self.chat, by.id, "administrator" if wanted else "member", wanted)
        self._service(by.id, "joined", {"new_chat_members": [self._world.bot]})
        if startgroup is not None:
            by.write(f"/start@{self._world.bot['username']} {startgroup}", chat=self)

    def remove_bot(self, by: Phone) -> None:
        """Removed from a supergroup means banned: status kicked."""
        assert self.chat.bot_status in PRESENT, "the bot is not in the group"
        members.change_bot(self._world, self.chat, by.id, "kicked", set())

    def set_bot_rights(self, rights: Iterable[str], by: Phone | None = None) -> None:
        """Other rights; none at all makes it an ordinary member."""
        wanted = self._known(rights)
        assert self.chat.bot_status in PRESENT, "the bot is not in the group"
        who = (by or self.owner).id
        members.change_bot(self._world, self.chat, who, "administrator" if wanted else "member", wanted)

    def _known(self, rights: Iterable[str]) -> set[str]:
        wanted = set(rights)
        assert wanted <= set(members.RIGHTS), f"no such rights: {wanted - set(members.RIGHTS)}"
        return wanted

    def messages(self, topic: int | None = None) -> list[Shown]:
        """What stands in the group, in order; ``topic`` 1 is General, None everything."""
        return [look(self._world, message) for message in self.chat.visible(topic=topic)]

    def topic_named(self, part: str) -> int:
        """The thread id of the newest topic whose name contains ``part``."""
        found = [topic.id for topic in self.topics.values() if part in topic.name and not topic.deleted]
        names = [topic.name for topic in self.topics.values() if not topic.deleted]
        assert found, f"no topic named {part!r} among {names}"
        return found[-1]

    def create_topic(self, name: str, by: Phone | None = None) -> int:
        """A topic made by hand."""
        name = moves.check_name(name)
        return moves.make_topic(self._world, self.chat, (by or self.owner).id, name, moves.COLORS[0], None).id

    def delete_topic(self, topic: int, by: Phone | None = None) -> None:
        """The bot is not told."""
        moves.remove_topic(self._world, self._topic(topic), self.chat, (by or self.owner).id)

    def close_topic(self, topic: int, by: Phone | None = None) -> None:
        who = (by or self.owner).id
        moves.switch(self._world, self.chat, self._topic(topic), who, closed=True)

    def reopen_topic(self, topic: int, by: Phone | None = None) -> None:
        who = (by or self.owner).id
        moves.switch(self._world, self.chat, self._topic(topic), who, closed=False)

    def rename_topic(self, topic: int, name: str, by: Phone | None = None) -> None:
        who = (by or self.owner).id
        moves.change_topic(self._world, self.chat, self._topic(topic), who, {"name": moves.check_name(name)})

    def _topic(self, topic: int) -> Topic:
        found = self.topics.get(topic)
        if found is None or found.deleted:
            raise AssertionError(f"no topic {topic}")
        return found

    def switch_topics(self, on: bool) -> None:
        """Turn the forum on or off; the bot is not told."""
        self.chat.is_forum = on
        self._world.pulse.beat()

    def upgrade(self) -> int:
        """A new id, as when a basic group becomes a supergroup; topics and messages come along. The new id."""
        world, chat = self._world, self.chat
        old_id, new_id = chat.id, world.new_group_id()
        self._service(self.owner.id, "migrated", {"migrate_to_chat_id": new_id})
        del world.groups[old_id]
        world.migrated[old_id] = new_id
        chat.id = new_id
        world.groups[new_id] = chat
        self._service(self.owner.id, "migrated", {"migrate_from_chat_id": old_id})
        return new_id

    def delete(self) -> None:
        """The group is gone; the bot is not told."""
        self.chat.deleted = True
        self._world.pulse.beat()

    def transcript(self, topic: int | None = None) -> str:
        """What stands in the group, to be read by people."""
        name = f" / {self.topics[topic].name}" if topic in self.topics else ""
        return transcript(self.title + name, self.messages(topic))

    async def sees(self, text: str, topic: int | None = None, timeout: float = 60) -> Shown:
        """Wait until a message in the group contains ``text``; the newest one."""

        def newest() -> Shown | None:
            found = [shown for shown in self.messages(topic) if text in shown.text]
            return found[-1] if found else None

        shown = await self._world.pulse.until(newest, timeout)
        assert shown is not None, f"{text!r} was not shown\n{self.transcript(topic)}"
        return shown

    def _service(self, by: int, action: str, body: dict[str, object]) -> Message:
        message = self._world.post(self.chat, by, body, notify=False, action=action)
        if self.chat.bot_status in PRESENT:
            self._world.deliver(message)
        return message
