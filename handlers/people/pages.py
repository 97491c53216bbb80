"""Short pages that a person may read while she waits."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.domain.people import Person
from bot.services import Services
from bot.telegram.callbacks import Page
from handlers.context import Toast


async def page(query: CallbackQuery, callback_data: Page, person: Person, services: Services, toast: Toast) -> None:
    if not await services.opening.page(person, callback_data.name):
        toast("toast.old_button")


def register(router: Router) -> None:
    """The buttons under what is said in closed hours, and under the pages."""
    router.callback_query.register(page, Page.filter())
