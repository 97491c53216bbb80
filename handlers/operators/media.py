"""The buttons of `/media`: which files of operators go to persons, switched by supervisors in the desk's group."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.domain.cases import OldButton
from bot.domain.desks import Desk, Member, Operator
from bot.domain.enclosures import KINDS
from bot.services import Services
from bot.telegram.callbacks import FilesSwitch
from handlers.context import Toast
from handlers.operators.cases import Seated


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
    """Before the buttons that nobody knows any more."""
    router.callback_query.register(switch, FilesSwitch.filter(), Seated())
