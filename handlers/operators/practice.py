"""Practice cases: begun by `/practice`, taken and answered in the desk's group."""

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import NotYours, OldButton, WrongMove
from bot.domain.desks import Desk, Member, Operator
from bot.domain.people import Language
from bot.domain.practice import Practice, RedWaits, Running
from bot.services import Services
from bot.services.desk import Said
from bot.telegram.callbacks import PracticeBegin, PracticeMove
from handlers.context import Slash, Toast, Written
from handlers.operators.cases import AtDesk, Seated
from handlers.operators.shifts import OfDesk, refusal


class InPractice(Filter):
    """The topic of a practice case."""

    async def __call__(
        self, message: Message, services: Services, desk: Desk | None = None
    ) -> bool | dict[str, Practice]:
        if desk is None or message.message_thread_id is None:
            return False
        found = await services.practice.of_topic(desk, message.message_thread_id)
        return {"practice": found} if found is not None else False


async def ask(
    message: Message, desk: Desk, member: Member, services: Services, operator: Operator | None = None
) -> None:  # fmt: skip
    why = refusal(member, operator)
    if why is not None:
        await services.planning.refused(desk, why)
    else:
        await services.practice.ask(desk)


async def begin(
    query: CallbackQuery, callback_data: PracticeBegin, desk: Desk, member: Member, services: Services, toast: Toast
) -> None:
    assert query.message is not None
    if member is not Member.SUPERVISOR:
        toast("toast.supervisors_only")
        return
    language: Language = "kk" if callback_data.language == "kk" else "ru"
    try:
        await services.practice.begin(desk, callback_data.story, language, query.message.message_id)
        toast("toast.practice_begun")
    except Running:
        toast("toast.practice_running")
    except RedWaits as real:
        toast("toast.practice_red", code=real.code)
    except WrongMove:
        toast("toast.old_button")


async def move(
    query: CallbackQuery, callback_data: PracticeMove, desk: Desk, operator: Operator, member: Member,
    services: Services, toast: Toast,
) -> None:  # fmt: skip
    try:
        if callback_data.move == "take":
            await services.practice.take(desk, callback_data.number, operator)
            toast("toast.practice_took")
        elif callback_data.move == "end":
            await services.practice.end(desk, callback_data.number, operator, member)
            toast("toast.practice_over")
        else:
            raise OldButton
    except RedWaits as real:
        toast("toast.practice_red", code=real.code)
    except NotYours:
        toast("toast.practice_not_yours")
    except WrongMove:
        toast("toast.practice_gone")


async def said(
    message: Message, desk: Desk, practice: Practice, services: Services, operator: Operator | None = None
) -> None:
    """Anything written there; none of it is about a person."""
    words = Said(message.message_id, message.text, message.sender_chat is not None, message.edit_date is not None)
    await services.practice.said(desk, practice, operator, words)


def register(router: Router) -> None:
    """Before what is said in topics of cases."""
    router.callback_query.register(begin, PracticeBegin.filter(), Seated())
    router.callback_query.register(move, PracticeMove.filter(), Seated())
    router.message.register(ask, Slash("practice"), OfDesk())
    router.message.register(said, AtDesk(), Written(), InPractice())
    router.edited_message.register(said, AtDesk(), Written(), InPractice())
