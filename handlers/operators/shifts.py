"""Going on and off shift, and what supervisors settle: the board's buttons and typed commands in a desk's group."""

from collections.abc import Awaitable, Callable

from aiogram import Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import OldButton
from bot.domain.desks import Desk, Member, Operator
from bot.services import Services
from bot.services.shifts import NotOnShift, NotThere, StillRed
from bot.telegram.callbacks import Accept, HandOver, Leave, Shift
from handlers.context import Slash, Toast
from handlers.operators.cases import Seated
from handlers.operators.control import mine, my, on_control

ON, OFF, ASKED = "\U0001fae1", "\U0001f634", "\U0001f914"
"""Marks on a typed /shift: on, off, and "you still have red cases"."""


SETTLED = ("plan", "ladder", "keep", "hours", "check", "canned", "media")
"""Commands of supervisors."""


class OfDesk(Filter):
    """A bound group, and nobody's bot or channel."""

    async def __call__(self, message: Message, desk: Desk | None = None) -> bool:
        anonymous = message.sender_chat is not None and message.sender_chat.id == message.chat.id
        human = message.from_user is not None and not message.from_user.is_bot and message.sender_chat is None
        return desk is not None and message.via_bot is None and (anonymous or human)


async def board(query: CallbackQuery, callback_data: Shift, desk: Desk, operator: Operator, services: Services,
             toast: Toast) -> None:  # fmt: skip
    if callback_data.move == "on":
        await services.shifts.begin(desk, operator)
        toast.opens(f"s_{desk.id}")
    elif callback_data.move == "off":
        await off(desk, operator, services, toast)
    elif callback_data.move == "mine":
        await mine(desk, operator, services, toast)
    elif callback_data.move == "control":
        await on_control(desk, operator, services, toast)
    else:
        raise OldButton


async def off(desk: Desk, operator: Operator, services: Services, toast: Toast) -> None:
    try:
        await services.shifts.finish(desk, operator)
        toast("toast.shift_over")
    except NotOnShift:
        toast("toast.not_on_shift")
    except StillRed as still:
        toast("toast.still_red", codes=still.codes)


async def leave(query: CallbackQuery, callback_data: Leave, desk: Desk, operator: Operator, services: Services,
                toast: Toast) -> None:  # fmt: skip
    assert query.message is not None
    asked = query.message.message_id
    await services.shifts.answer(desk, operator, callback_data.alias, asked, go=callback_data.go)
    toast("toast.shift_over" if callback_data.go else "toast.noted")


async def hand_over(query: CallbackQuery, callback_data: HandOver, desk: Desk, operator: Operator, services: Services,
                    toast: Toast) -> None:  # fmt: skip
    assert query.message is not None
    asked = query.message.message_id
    try:
        await services.shifts.offer(desk, operator, callback_data.alias, callback_data.heir, asked)
        toast("toast.offered")
    except NotThere:
        toast("toast.not_there")


async def accept(query: CallbackQuery, callback_data: Accept, desk: Desk, operator: Operator, services: Services,
                 toast: Toast) -> None:  # fmt: skip
    assert query.message is not None
    await services.shifts.accept(desk, operator, callback_data.alias, query.message.message_id)
    toast("toast.accepted")


async def shift(message: Message, desk: Desk, services: Services, operator: Operator | None = None) -> None:
    """`/shift` in any topic: on or off."""
    if operator is None:
        await services.planning.refused(desk, "shift.anonymous")
        return
    try:
        mark = ON if await services.shifts.toggle(desk, operator) else OFF
    except StillRed:
        mark = ASKED
    await services.tell.mark(desk.id, message.message_id, mark)


def refusal(member: Member, operator: Operator | None) -> str | None:
    """Why a supervisor's command is not followed; None when it is."""
    if operator is None:
        return "shift.anonymous"
    if member in (Member.UNKNOWN, Member.LOST):
        return "shift.unconfirmed"
    return None if member is Member.SUPERVISOR else "shift.supervisors_only"


async def settle(
    message: Message, command: CommandObject, desk: Desk, member: Member, services: Services,
    operator: Operator | None = None,
) -> None:  # fmt: skip
    """What only supervisors settle, as Telegram says now who they are."""
    settled: dict[str, Callable[[Desk, str], Awaitable[None]]] = {
        "plan": services.planning.plan, "ladder": services.planning.ladder, "keep": services.keeping.days,
        "hours": services.opening.set, "check": services.guard.check, "canned": services.canned.settle,
        "media": lambda desk, _: services.enclosures.ask(desk),
    }  # fmt: skip
    why = refusal(member, operator)
    if why is not None:
        await services.planning.refused(desk, why)
    else:
        await settled[command.command](desk, (command.args or "").strip())


def register(router: Router) -> None:
    """Before what is said in topics: a command never goes to a person."""
    router.callback_query.register(board, Shift.filter(), Seated())
    router.callback_query.register(leave, Leave.filter(), Seated())
    router.callback_query.register(hand_over, HandOver.filter(), Seated())
    router.callback_query.register(accept, Accept.filter(), Seated())
    router.message.register(shift, Slash("shift"), OfDesk())
    router.message.register(settle, Slash(*SETTLED), OfDesk())
    router.edited_message.register(settle, Slash(*SETTLED), OfDesk())
    router.message.register(my, Slash("my"), OfDesk())
