"""Operators in their private chat: an urgent case can be taken from the alert about it, and answered there when its
group is lost."""

from collections.abc import Mapping
from typing import Any

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import AlreadyClaimed, Case, NotYours, OldButton, WrongMove
from bot.domain.codes import find_code
from bot.domain.desks import Member
from bot.domain.messages import Incoming
from bot.domain.people import Language, Person
from bot.domain.urgency import Assessment, Level, is_bare_sos, is_sos
from bot.services import Services
from bot.services.aside import Elsewhere, Reply, Unconfirmed
from bot.telegram.callbacks import AsideMove, Claim, Close, Uncover
from handlers.context import Toast, Written
from handlers.people.cases import words

Labels = Mapping[str, tuple[str, Language]]


class Answers(Filter):
    """An operator who answers a case in her private chat, or has just answered one, writes there. Commands, buttons and
    a call for help alone are her own; when the talk is over, new words in which danger is read, too."""

    async def __call__(
        self, message: Message, person: Person, services: Services, labels: Labels, assessed: Assessment
    ) -> bool | dict[str, Any]:
        if _own(message, labels, assessed):
            return False
        cases = await services.aside.held(person.key)
        hers = not cases and await _danger(message, person, services, assessed)
        late = not cases and not hers and await services.aside.late(person.key)
        return {"cases": cases} if cases or late else False


class LateDanger(Filter):
    """New words in which danger is read, just after a talk: for the person whose case she had, or of herself. Better a
    case too many than a cry that went nowhere."""

    async def __call__(
        self, message: Message, person: Person, services: Services, labels: Labels, assessed: Assessment
    ) -> bool:
        if _own(message, labels, assessed) or not await services.aside.late(person.key):
            return False
        return await _danger(message, person, services, assessed)


def _own(message: Message, labels: Labels, assessed: Assessment) -> bool:
    text = (message.text or "").strip()
    command = text.startswith("/") and not text.startswith("//")
    cry = assessed.urgent if not is_sos(text) else is_bare_sos(text)  # "press 🆘" among words is an answer
    return command or text in labels or cry


async def _danger(message: Message, person: Person, services: Services, assessed: Assessment) -> bool:
    """Notes, and edits of what she had said before the end, belong to the talk, whatever is in them."""
    if assessed.level is Level.ORDINARY or (message.text or "").startswith("//"):
        return False
    return message.edit_date is None or await services.aside.over_before(person.key, message.date)


async def said(message: Message, cases: list[Case], person: Person, services: Services) -> None:
    operator = await services.desk_work.known_operator(person.key)
    assert operator is not None
    if not cases:
        await services.aside.too_late(operator)
        return
    asked = message.reply_to_message
    bots = asked is not None and asked.from_user is not None and asked.from_user.is_bot
    code = find_code((asked.text or "").split("\n")[0]) if asked is not None and bots else None
    quote = message.quote.text if message.quote is not None and message.quote.is_manual else ""
    reply = Reply(
        message.text,
        code,
        message.edit_date is not None,
        message.message_id,
        asked.message_id if asked else None,
        quote,
    )
    await services.aside.said(operator, cases, reply)


async def said_late(
    message: Message, person: Person, incoming: Incoming, services: Services, assessed: Assessment
) -> None:  # fmt: skip
    """She hears that it did not go to whom it may have been for; then it goes the way of everybody's danger."""
    operator = await services.desk_work.known_operator(person.key)
    assert operator is not None
    await services.aside.hers(operator)
    await words(message, person, incoming, services, assessed)


async def claim(
    query: CallbackQuery, callback_data: Claim, person: Person, services: Services, member: Member, toast: Toast
) -> None:
    operator = await services.desk_work.known_operator(person.key)
    if operator is None:
        toast("toast.not_member")
        return
    toast.language = operator.language
    try:
        async with services.whole_or_not():
            aside = await services.aside.take(callback_data.code, operator, member)
        toast("toast.took_aside" if aside else "toast.took")
    except Unconfirmed:
        toast("toast.member_unknown")
    except Elsewhere:
        toast("toast.at_national")
    except NotYours:
        toast("toast.not_member")
    except AlreadyClaimed as taken:
        toast("toast.taken", alias=taken.alias)
    except WrongMove:
        toast("toast.gone")


async def move(
    query: CallbackQuery, callback_data: AsideMove, person: Person, services: Services, toast: Toast
) -> None:
    await _do(callback_data, person, services, toast)


async def close(query: CallbackQuery, callback_data: Close, person: Person, services: Services, toast: Toast) -> None:
    await _do(callback_data, person, services, toast)


async def _do(asked: AsideMove | Close, person: Person, services: Services, toast: Toast) -> None:
    """What the claimer decides in her private chat; anybody else has an old button."""
    operator = await services.desk_work.known_operator(person.key)
    if operator is None:
        toast("toast.old_button")
        return
    toast.language = operator.language
    try:
        async with services.whole_or_not():
            if isinstance(asked, Close):
                await services.aside.close(asked.code, operator, asked.result)
                toast("toast.closed")
            elif asked.move == "release":
                await services.aside.release(asked.code, operator)
                toast("toast.released")
            else:
                await services.aside.ask_result(asked.code, operator)
    except (NotYours, WrongMove):
        toast("toast.old_button")


async def uncover(
    query: CallbackQuery, callback_data: Uncover, person: Person, services: Services, toast: Toast
) -> None:
    operator = await services.desk_work.known_operator(person.key)
    if operator is None:
        toast("toast.old_button")
        return
    toast.language = operator.language
    try:
        shown = await services.screened.uncover(callback_data.code, callback_data.message, operator)
        toast.alert("toast.uncovered", values=shown.values)
    except (NotYours, OldButton):
        toast("toast.old_button")


def register_first(router: Router) -> None:
    """Before every other screen: what she writes is for the person whose case she has."""
    router.message.register(said, Answers(), Written())
    router.edited_message.register(said, Answers(), Written())
    router.message.register(said_late, LateDanger(), Written())
    router.edited_message.register(said_late, LateDanger(), Written())


def register(router: Router) -> None:
    """The button under a private alert, and those under a talk."""
    router.callback_query.register(claim, Claim.filter())
    router.callback_query.register(move, AsideMove.filter())
    router.callback_query.register(close, Close.filter())
    router.callback_query.register(uncover, Uncover.filter())
