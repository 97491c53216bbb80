"""Handing a case over: to whom, three lines one after the other, and the receiver's yes."""

from aiogram import Router
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import NotYours, WrongMove
from bot.domain.desks import Desk, Operator
from bot.domain.handover import NotThere, one_line
from bot.services import Services
from bot.telegram.callbacks import PassAccept, PassTo
from handlers.context import Toast, Written
from handlers.operators.cases import HANDING, AtDesk, InForm, Seated, ToPrompt, ToQuestion, said


class Passing(StatesGroup):
    """A case is being handed over; a line that replies to the question is no answer to the person."""

    happened = State()
    done = State()
    waits = State()


async def begin(
    query: CallbackQuery, callback_data: PassTo, desk: Desk, operator: Operator, services: Services, toast: Toast,
    state: FSMContext,
) -> None:  # fmt: skip
    to = callback_data
    try:
        await services.passing.begin(desk, to.code, operator, to.desk, to.alias)
    except NotThere:
        toast("toast.pass_nobody")
        return
    await state.set_state(Passing.happened)
    await state.set_data({"code": to.code, "desk": to.desk, "alias": to.alias, "lines": []})
    toast("toast.pass_lines")


async def line(message: Message, desk: Desk, operator: Operator, services: Services, state: FSMContext) -> None:
    """One of the three lines; it never goes to the person."""
    data = await state.get_data()
    lines = [*data.get("lines", []), one_line(message.text or "")]
    step = len(lines)
    try:
        if step < 3:
            question = ("pass.done", "pass.waits")[step - 1]
            await services.passing.ask_next(desk, data.get("code", ""), operator, question, message.message_id)
            await state.set_state((Passing.done, Passing.waits)[step - 1])
            await state.set_data({**data, "lines": lines})
            return
        await state.clear()
        to, alias = data.get("desk", ""), data.get("alias", "")
        await services.passing.offer(desk, data.get("code", ""), operator, to, alias, lines, message.message_id)
    except (NotYours, WrongMove):
        await state.clear()
        await said(message, desk, services, operator)


async def accept(
    query: CallbackQuery, callback_data: PassAccept, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:  # fmt: skip
    await services.passing.accept(desk, callback_data.code, operator)
    toast("toast.accepted")


def register(router: Router) -> None:
    """Before what is said in topics."""
    for form in (Passing.happened, Passing.done, Passing.waits):
        router.message.register(line, AtDesk(), Written(), ToPrompt(), ToQuestion(HANDING), InForm(form))
    router.callback_query.register(begin, PassTo.filter(), Seated())
    router.callback_query.register(accept, PassAccept.filter(), Seated())
