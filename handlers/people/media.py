"""Whether her voice may be heard: the answer to the one question."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.domain.cases import OldButton
from bot.domain.people import Person
from bot.services import Services
from bot.telegram.callbacks import Voice
from handlers.context import Toast


async def voice(query: CallbackQuery, callback_data: Voice, person: Person, services: Services, toast: Toast) -> None:
    try:
        case, told = await services.media.answer(person, callback_data.code, yes=callback_data.yes)
    except OldButton:
        toast("toast.old_button")
        return
    if query.message is not None:
        await services.media.show_answer(person, case, told, query.message.message_id)


def register(router: Router) -> None:
    router.callback_query.register(voice, Voice.filter())
