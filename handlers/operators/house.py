"""The rules of the house in a desk's group: blocking somebody for abuse, and what people do to topics by hand."""

from aiogram import Bot, Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

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


class ByHand(Filter):
    """Somebody, be it an anonymous administrator, has changed a topic of a bound group; not the bot itself."""

    async def __call__(self, message: Message, bot: Bot, desk: Desk | None = None) -> bool:
        changed = message.forum_topic_closed or message.forum_topic_reopened or message.forum_topic_edited
        if changed is None or desk is None or message.message_thread_id is None:
            return False
        return message.from_user is None or message.from_user.id != bot.id


async def by_hand(message: Message, desk: Desk, services: Services) -> None:
    assert message.message_thread_id is not None
    if message.forum_topic_closed is not None:
        await services.hands.closed(desk, message.message_thread_id)
    elif message.forum_topic_reopened is not None:
        await services.hands.opened(desk, message.message_thread_id)
    else:
        await services.hands.renamed(desk, message.message_thread_id)


def register(router: Router) -> None:
    """Before the buttons that nobody knows any more."""
    router.message.register(by_hand, ByHand())
    router.callback_query.register(block, BlockFor.filter(), Seated())
    router.callback_query.register(move, BlockMove.filter(), Seated())
