"""Coming back to a case on a date, and the lists of what is in hand and of what is on control today."""

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import NotYours, OldButton, WrongMove
from bot.domain.control import BadDate, When
from bot.domain.desks import Desk, Operator
from bot.services import Services
from bot.telegram.callbacks import Remind
from handlers.context import Toast, Written
from handlers.operators.cases import DATE, AtDesk, InForm, Seated, ToPrompt, ToQuestion, said

SENT = "\U0001f440"
"""The mark on a typed /my whose list has gone to the private chat."""

IN_TOAST = 6
"""Codes that a toast has room for beside the way to the list."""


class Reminding(StatesGroup):
    """A date is asked for; a line that replies to the question is no answer to the person."""

    date = State()


async def remind(
    query: CallbackQuery, callback_data: Remind, desk: Desk, operator: Operator, services: Services, toast: Toast,
    state: FSMContext,
) -> None:  # fmt: skip
    code, move = callback_data.code, callback_data.move
    if move == "date":
        await services.controls.ask_date(desk, code, operator)
        await state.set_state(Reminding.date)
        await state.set_data({"code": code})
    elif move == "keep":
        await services.controls.keep(desk, code, operator)
    elif move == "off":
        await services.controls.drop(desk, code, operator)
    elif move in set(When):
        await services.controls.remind(desk, code, operator, When(move))
    else:
        raise OldButton
    toast("toast.noted")


async def date(message: Message, desk: Desk, operator: Operator, services: Services, state: FSMContext) -> None:
    """The date; it never goes to the person. What is none is asked for again."""
    code = (await state.get_data()).get("code", "")
    try:
        try:
            await services.controls.remind_at(desk, code, operator, message.text or "")
        except BadDate:
            await services.controls.bad_date(desk, code, operator)
            return
    except (NotYours, WrongMove):
        await said(message, desk, services, operator)
    await state.clear()


async def mine(desk: Desk, operator: Operator, services: Services, toast: Toast) -> None:
    """The board's button: into the private chat; without one a toast says how."""
    sent = await services.controls.mine(desk, operator)
    if sent is None:
        toast("toast.mine_none")
    elif sent:
        toast("toast.list_sent")
    else:
        toast("toast.mine", codes=await services.shifts.mine(desk, operator))


async def on_control(desk: Desk, operator: Operator, services: Services, toast: Toast) -> None:
    """The other one: what is on control today."""
    sent = await services.controls.listed(desk, operator)
    if sent is None:
        toast("toast.control_none")
    elif sent:
        toast("toast.list_sent")
    else:
        codes = await services.controls.codes(desk)
        toast("toast.control", codes=", ".join(codes[:IN_TOAST]) + (", \u2026" if len(codes) > IN_TOAST else ""))


async def my(message: Message, desk: Desk, services: Services, operator: Operator | None = None) -> None:
    """`/my` in any topic: her list goes to her private chat."""
    if operator is None:
        await services.planning.refused(desk, "shift.anonymous")
        return
    sent = await services.controls.mine(desk, operator)
    if sent:
        await services.tell.mark(desk.id, message.message_id, SENT)
    else:
        await services.planning.refused(desk, "mine.none" if sent is None else "mine.how")


def register(router: Router) -> None:
    """Before what is said in topics."""
    router.message.register(date, AtDesk(), Written(), ToPrompt(), ToQuestion(DATE), InForm(Reminding.date))
    router.callback_query.register(remind, Remind.filter(), Seated())
