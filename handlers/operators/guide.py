"""`/help` in a desk's group."""

from aiogram import Router
from aiogram.types import Message

from bot.domain.desks import Desk
from bot.services import Services
from handlers.context import Slash
from handlers.operators.shifts import OfDesk


async def help_(message: Message, desk: Desk, services: Services) -> None:
    await services.guide.topic(desk, message.message_thread_id)


def register(router: Router) -> None:
    """Before what is said in topics: a command never goes to a person."""
    router.message.register(help_, Slash("help"), OfDesk())
