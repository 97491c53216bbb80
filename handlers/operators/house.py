"""The rules of the house in a desk's group: blocking somebody for abuse, and ending that."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.domain.cases import NotRequest, OldButton
from bot.domain.desks import Desk, Operator
from bot.services import Services
from bot.telegram.callbacks import BlockFor, BlockMove
from handlers.context import Toast
from handlers.operators.cases import Seated


async def block(
    query: CallbackQuery, callback_data: BlockFor, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    await services.blocks.begin(desk, callback_data.code, operator, callback_data.why, callback_data.hours)
    await services.desk_work.not_a_request(desk, callback_data.code, operator, NotRequest.ABUSE)
    toast("toast.blocked")


async def move(
    query: CallbackQuery, callback_data: BlockMove, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    moves = {"agree": services.blocks.agree, "lift": services.blocks.lift}
    if callback_data.move not in moves or query.message is None:
        raise OldButton
    await moves[callback_data.move](desk, callback_data.code, operator, query.message.message_id)
    toast("toast.noted")


def register(router: Router) -> None:
    """Before the buttons that nobody knows any more."""
    router.callback_query.register(block, BlockFor.filter(), Seated())
    router.callback_query.register(move, BlockMove.filter(), Seated())
