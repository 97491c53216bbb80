"""A group becomes a desk, and what happens to it and its members."""

from typing import Protocol

from aiogram import Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import ChatMemberAdministrator, ChatMemberUpdated, Message

from bot.domain.desks import DeadLink, Desk, DeskTaken
from bot.services import Services
from handlers.context import PRIVATE, Slash, language_of

GONE = ("left", "kicked")
SUPERVISORS = ("creator", "administrator")


class Memory(Protocol):
    """What is remembered of memberships."""

    def forget(self, chat_id: int, user_id: int) -> None: ...


class OfGroup(Filter):
    """A change of members in a group."""

    async def __call__(self, event: ChatMemberUpdated) -> bool:
        return event.chat.type != PRIVATE


class Migrated(Filter):
    """The service message with which a group becomes a supergroup."""

    async def __call__(self, message: Message) -> bool:
        return message.migrate_to_chat_id is not None


async def bind(message: Message, command: CommandObject, services: Services) -> None:
    """`/bind CODE`, or the `/start@bot CODE` that the startgroup link sends."""
    language = language_of(message.from_user)
    if message.sender_chat is not None:
        await services.binding.refuse(message.chat.id, "bind.anonymous", language)
        return
    try:
        await services.binding.bind((command.args or "").strip(), message.chat.id, language)
    except DeadLink:
        await services.binding.refuse(message.chat.id, "bind.bad_code", language)
    except DeskTaken as taken:
        await services.binding.refuse(message.chat.id, "bind.taken", language, region=taken.desk)


async def migrated(message: Message, services: Services) -> None:
    assert message.migrate_to_chat_id is not None
    await services.binding.moved(message.chat.id, message.migrate_to_chat_id)


async def own_membership(event: ChatMemberUpdated, services: Services) -> None:
    """The bot was added, removed, or its rights were changed."""
    me = event.new_chat_member
    if me.status in GONE:
        await services.binding.removed(event.chat.id)
    else:
        enough = isinstance(me, ChatMemberAdministrator) and bool(me.can_manage_topics)
        await services.binding.rights_changed(event.chat.id, enough=enough)


async def membership_changed(
    event: ChatMemberUpdated, services: Services, membership: Memory, desk: Desk | None = None
) -> None:
    """Somebody came, went or was promoted: what was remembered of her is void, and her cases go when she goes."""
    user = event.new_chat_member.user
    membership.forget(event.chat.id, user.id)
    gone, was_gone = (one.status in GONE for one in (event.new_chat_member, event.old_chat_member))
    if desk is not None and was_gone and not gone:
        await services.guard.joined(desk, is_bot=user.is_bot)
    if desk is not None and gone:
        await services.guard.left(desk, await services.people.key(user.id))
        await services.shifts.left(desk, await services.people.key(user.id))
    elif desk is not None and not user.is_bot and not getattr(event.new_chat_member, "is_anonymous", False):
        await services.shifts.promoted(desk, user.id, supervisor=event.new_chat_member.status in SUPERVISORS)


def register(router: Router) -> None:
    """Codes, and changes of membership."""
    router.message.register(migrated, Migrated())
    router.message.register(bind, Slash("bind", "start"))
    router.my_chat_member.register(own_membership, OfGroup())
    router.chat_member.register(membership_changed, OfGroup())
