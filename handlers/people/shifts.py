"""Operators in their private chat: where the alarms of their shift come, and becoming the national coordinator."""

from aiogram import Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import Message

from bot.domain.desks import DeadLink
from bot.domain.people import Person
from bot.services import Services
from handlers.context import Slash, language_of


class StartsWith(Filter):
    """A start with a parameter of this kind."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    async def __call__(self, message: Message, command: CommandObject) -> bool:
        return (command.args or "").startswith(self._kind)


async def opened(message: Message, command: CommandObject, person: Person, services: Services) -> None:
    """She came by the button under a duty board; to anybody else it is a start like any other."""
    if not await services.shifts.opened(person.key, (command.args or "").removeprefix("s_")):
        await services.people.start(person)


async def become_coordinator(message: Message, command: CommandObject, person: Person, services: Services) -> None:
    assert message.from_user is not None
    code = (command.args or "").removeprefix("k_")
    try:
        await services.binding.become_coordinator(code, message.from_user.id, language_of(message.from_user))
    except DeadLink:
        await services.tell.screen(person.key, "admin.link_bad")


def register(router: Router) -> None:
    """Before a person's own start."""
    router.message.register(opened, Slash("start"), StartsWith("s_"))
    router.message.register(become_coordinator, Slash("start"), StartsWith("k_"))
