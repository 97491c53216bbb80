"""`/media`: which files of operators go to persons, switched by supervisors in the desk's group."""

from aiogram import Router
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import OldButton
from bot.domain.desks import Desk, Member, Operator
from bot.domain.enclosures import KINDS
from bot.services import Services
from bot.telegram.callbacks import FilesSwitch
from handlers.context import Slash, Toast
from handlers.operators.cases import Seated
from handlers.operators.shifts import OfDesk, refusal


async def ask(
    message: Message, desk: Desk, member: Member, services: Services, operator: Operator | None = None
) -> None:  # fmt: skip
    why = refusal(member, operator)
    if why is not None:
        await services.planning.refused(desk, why)
    else:
        await services.enclosures.ask(desk)


async def switch(
    query: CallbackQuery, callback_data: FilesSwitch, desk: Desk, operator: Operator, member: Member,
    services: Services, toast: Toast,
) -> None:  # fmt: skip
    """By supervisors, as Telegram says now who they are."""
    assert query.message is not None
    if member is not Member.SUPERVISOR:
        toast("toast.supervisors_only")
        return
    kind = next((one for one in KINDS if one == callback_data.kind), None)
    if kind is None:
        raise OldButton
    await services.enclosures.switch(desk, operator, kind, query.message.message_id, on=callback_data.on)
    toast("toast.noted")


def register(router: Router) -> None:
    """Before what is said in topics of cases: a command never goes to a person."""
    router.callback_query.register(switch, FilesSwitch.filter(), Seated())
    router.message.register(ask, Slash("media"), OfDesk())
    router.edited_message.register(ask, Slash("media"), OfDesk())
