"""An operator asks in her private chat what she has in hand."""

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import Message

from bot.domain.desks import Operator
from bot.domain.people import Person
from bot.services import Services
from handlers.context import Slash


class OfOperator(Filter):
    """Somebody who is an operator writes; to anybody else the command means nothing."""

    async def __call__(self, message: Message, person: Person, services: Services) -> bool | dict[str, Operator]:
        operator = await services.desk_work.known_operator(person.key)
        return {"operator": operator} if operator is not None else False


async def my(message: Message, operator: Operator, services: Services) -> None:
    """`/my`: what she has, at all of her desks."""
    if await services.controls.mine(None, operator) is None:
        await services.tell.operator(operator.key, "mine.none")


def register(router: Router) -> None:
    """Before a person's own screens."""
    router.message.register(my, Slash("my"), OfOperator())
