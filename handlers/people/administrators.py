"""Administrators in their private chat: connecting desks, inviting the next administrator."""

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.domain.desks import DeskTaken, Operator
from bot.domain.people import Language, Person
from bot.services import Services
from bot.services.binding import NotAdministrator
from bot.telegram.callbacks import DeskChoice, DeskConfirm, DeskLanguage
from handlers.context import Slash, Toast


class Administrator(Filter):
    """An administrator; gives the handler her `administrator` row."""

    async def __call__(
        self, event: Message | CallbackQuery, person: Person, services: Services
    ) -> bool | dict[str, Operator]:
        try:
            return {"administrator": await services.binding.administrator(person.key)}
        except NotAdministrator:
            return False


async def desks(message: Message, administrator: Operator, services: Services) -> None:
    await services.binding.show_desks(administrator)


async def invite(message: Message, administrator: Operator, services: Services) -> None:
    await services.binding.invite(administrator)


async def check(message: Message, administrator: Operator, services: Services) -> None:
    await services.guard.check_all(administrator)


async def coordinator(message: Message, administrator: Operator, services: Services) -> None:
    await services.binding.invite_coordinator(administrator)


async def desk(query: CallbackQuery, callback_data: DeskChoice, administrator: Operator, services: Services) -> None:
    try:
        await services.binding.ask_language(administrator, callback_data.desk)
    except DeskTaken as taken:
        await services.binding.say_taken(administrator, taken.desk)


async def desk_language(
    query: CallbackQuery, callback_data: DeskLanguage, administrator: Operator, services: Services
) -> None:
    language: Language = "kk" if callback_data.language == "kk" else "ru"
    await services.binding.offer_desk(administrator, callback_data.desk, language)


async def confirm(
    query: CallbackQuery, callback_data: DeskConfirm, administrator: Operator, services: Services, toast: Toast
) -> None:
    toast.language = administrator.language
    stopped = await services.guard.confirm(administrator, callback_data.desk)
    toast("toast.desk_confirmed" if stopped else "toast.old_button")


def register(router: Router) -> None:
    """Only for administrators; for everybody else these texts are words like any other."""
    router.message.register(desks, Slash("desks"), Administrator())
    router.message.register(invite, Slash("invite"), Administrator())
    router.message.register(check, Slash("check"), Administrator())
    router.message.register(coordinator, Slash("coordinator"), Administrator())
    router.callback_query.register(desk, DeskChoice.filter(), Administrator())
    router.callback_query.register(confirm, DeskConfirm.filter(), Administrator())
    router.callback_query.register(desk_language, DeskLanguage.filter(), Administrator())
