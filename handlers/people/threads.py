"""A person takes back a single message: by a button, or by answering it with `/del`."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.domain.people import Person
from bot.services import Services
from bot.services.cases import NotOpen
from bot.telegram.callbacks import Unsay
from handlers.context import Slash, Toast


async def unsay(message: Message, person: Person, services: Services) -> None:
    if message.reply_to_message is not None:
        await services.taking_back.by_reply(person, message.reply_to_message.message_id)
    else:
        await services.taking_back.offer(person)


async def chosen(query: CallbackQuery, callback_data: Unsay, person: Person, services: Services, toast: Toast) -> None:
    if not callback_data.message:
        await services.taking_back.offer(person)
        return
    try:
        await services.taking_back.by_choice(person, callback_data.message)
    except NotOpen:
        toast("toast.old_button")


def register(router: Router) -> None:
    """The command and the buttons."""
    router.message.register(unsay, Slash("del"))
    router.callback_query.register(chosen, Unsay.filter())
