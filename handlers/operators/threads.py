"""`/del` in a case's topic: what an operator wrote goes from the person's chat."""

from aiogram import Router
from aiogram.types import Message

from bot.domain.desks import Desk, Operator
from bot.services import Services
from bot.services.desk import Said
from handlers.context import Slash, Written
from handlers.operators.cases import AtDesk, replied


async def retract(message: Message, desk: Desk, services: Services, operator: Operator | None = None) -> None:
    assert message.message_thread_id is not None
    said = Said(message.message_id, message.text, message.sender_chat is not None, reply_to=replied(message))
    await services.taking_back.retract(desk, message.message_thread_id, operator, said)


def register(router: Router) -> None:
    """Before the relay: a command is no answer to the person."""
    router.message.register(retract, Slash("del"), AtDesk(), Written())
