"""A case by its code, and a supervisor's second look at an urgent one that was ended."""

from aiogram import Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import OldButton
from bot.domain.codes import read_code
from bot.domain.desks import Desk, Member, Operator
from bot.services import Services
from bot.services.looks import NotSupervisor, OpenElsewhere
from bot.telegram.callbacks import Look
from handlers.context import Slash, Toast
from handlers.operators.cases import AtDesk, Seated
from handlers.operators.shifts import OfDesk


class CodeAlone(Filter):
    """Nothing but a code, typed in a queue's topic."""

    async def __call__(self, message: Message, services: Services, desk: Desk | None = None) -> bool:
        if desk is None or message.message_thread_id is None or read_code(message.text or "") is None:
            return False
        return await services.search.in_queue(desk, message.message_thread_id)


async def find(
    message: Message, command: CommandObject, desk: Desk, services: Services, operator: Operator | None = None
) -> None:  # fmt: skip
    """`/case CODE` in any topic."""
    if operator is None:
        await services.planning.refused(desk, "shift.anonymous")
        return
    await services.search.find(desk, command.args or "", message.message_thread_id, message.message_id)


async def find_alone(message: Message, desk: Desk, services: Services) -> None:
    await services.search.find(desk, message.text or "", message.message_thread_id, message.message_id)


async def look(
    query: CallbackQuery, callback_data: Look, desk: Desk, operator: Operator, member: Member, services: Services,
    toast: Toast,
) -> None:  # fmt: skip
    """By supervisors as Telegram says now, and never by who has ended the case."""
    moves = {"confirm": services.looks.confirm, "reopen": services.looks.reopen}
    if callback_data.move not in moves:
        raise OldButton
    try:
        await moves[callback_data.move](desk, callback_data.code, operator, member)
        toast("toast.noted")
    except NotSupervisor:
        toast("toast.supervisors_only")
    except OpenElsewhere as other:
        toast("toast.open_elsewhere", code=other.code)


def register(router: Router) -> None:
    """Before what is said in topics: a command never goes to a person."""
    router.message.register(find, Slash("case"), OfDesk())
    router.message.register(find_alone, AtDesk(), CodeAlone())
    router.callback_query.register(look, Look.filter(), Seated())
