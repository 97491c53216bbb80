"""The person says whether the operators of another region may have her case."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.domain.people import Person
from bot.services import Services
from bot.services.cases import NotOpen
from bot.telegram.callbacks import PassConsent
from handlers.context import Toast


async def consent(
    query: CallbackQuery, callback_data: PassConsent, person: Person, services: Services, toast: Toast
) -> None:  # fmt: skip
    yes = callback_data.yes
    try:
        case = await services.passing.consent(person, callback_data.code, yes=yes)
    except NotOpen:
        toast("toast.old_button")
        return
    if query.message is not None:
        await services.passing.show_consent(person, case, query.message.message_id, yes=yes)


def register(router: Router) -> None:
    """Before the person's own buttons."""
    router.callback_query.register(consent, PassConsent.filter())
