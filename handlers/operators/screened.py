"""What the claimer uncovers of a person's words, and what a supervisor reads of operators' answers."""

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.domain.codes import read_code
from bot.domain.desks import Desk, Member, Operator
from bot.services import Services
from bot.telegram.callbacks import Uncover
from handlers.context import Slash, Toast
from handlers.operators.cases import Seated
from handlers.operators.shifts import OfDesk, refusal


async def uncover(
    query: CallbackQuery, callback_data: Uncover, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    shown = await services.screened.uncover(callback_data.code, callback_data.message, operator, desk)
    toast.alert("toast.uncovered", values=shown.values)


async def answers(
    message: Message, command: CommandObject, desk: Desk, member: Member, services: Services,
    operator: Operator | None = None,
) -> None:  # fmt: skip
    """`/said` in a case's topic, or `/said CODE` anywhere in the group, by supervisors as Telegram says now."""
    why = refusal(member, operator)
    if operator is None or why is not None:
        await services.planning.refused(desk, why or "shift.anonymous")
    else:
        code = read_code(command.args or "") or (command.args or "").strip() or None
        await services.screened.answers(desk, code, message.message_thread_id or 0, operator)


def register(router: Router) -> None:
    """Before what is said in topics: a command never goes to a person."""
    router.callback_query.register(uncover, Uncover.filter(), Seated())
    router.message.register(answers, Slash("said"), OfDesk())
