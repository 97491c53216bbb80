"""Canned replies: the button and `/t` in a case's topic."""

from aiogram import Router
from aiogram.filters import CommandObject
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import OldButton
from bot.domain.desks import Desk, Operator
from bot.services import Services
from bot.services.canned import CannotWrite
from bot.telegram.callbacks import CannedMove
from handlers.context import Slash, Toast
from handlers.operators.cases import Seated
from handlers.operators.shifts import OfDesk

FIND = ("t", "\u0442")
"""The command that looks for one, and the same key on a Cyrillic keyboard."""


SENT = {"sent": "toast.canned_sent", "changed": "toast.canned_changed", "held": "toast.canned_held"}


async def move(
    query: CallbackQuery, callback_data: CannedMove, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    assert query.message is not None
    canned, asked, shown = services.canned, callback_data, query.message.message_id
    try:
        if asked.move == "list":
            page = int(asked.name) if asked.name.isdecimal() else None
            await canned.offer(desk, asked.code, operator, page or 0, None if page is None else shown)
        elif asked.move == "show":
            await canned.show(desk, asked.code, operator, asked.name, shown)
        elif asked.move == "send":
            sent = await canned.send(desk, asked.code, operator, asked.name, asked.seen, shown)
            toast(SENT[sent])
        elif asked.move == "cancel":
            await canned.cancel(desk, asked.code, operator, shown)
        else:
            raise OldButton
    except CannotWrite:
        toast("toast.canned_blocked")


async def search(
    message: Message, command: CommandObject, desk: Desk, services: Services, operator: Operator | None = None
) -> None:
    word = (command.args or "").strip()
    await services.canned.search(desk, message.message_thread_id or 0, operator, word, message.message_id)


def register(router: Router) -> None:
    """Before what is said in topics: a command never goes to a person."""
    router.callback_query.register(move, CannedMove.filter(), Seated())
    router.message.register(search, Slash(*FIND), OfDesk())
