"""What operators say and tap in a desk's topics."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware, Bot, Router
from aiogram.filters import Filter
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import CallbackQuery, Message, TelegramObject

from bot.domain.cases import AlreadyClaimed, NotYours, OldButton, Result, SecondNeeded, WrongMove
from bot.domain.desks import Desk, Member, Operator
from bot.domain.media import Attached
from bot.domain.messages import Incoming
from bot.domain.rescue import AskedAlready, CannotAsk
from bot.services import Services
from bot.services.desk import Said
from bot.telegram.callbacks import CannedMove, Claim, Close, Danger, Menu, NoReferral, Reason, Release, Uncover, Where
from handlers.context import Toast, Written

HANDING, DATE, REFERRAL = "\U0001f501 ", "\u23f0\u2753", "\u27a1\ufe0f\u2753"
"""How the three questions of a hand-over begin, the one for a date, and the one where somebody was referred to."""

ASKED = re.compile(f"{HANDING}\\d|{DATE}|{REFERRAL}")
"""What replies to a question is for operators, also when it comes late, in two messages, or corrected."""


class Closing(StatesGroup):
    """A case is being closed; the next line in its topic is no answer to the person."""

    referred_to = State()


class InForm(Filter):
    """Whoever writes has this form open here."""

    def __init__(self, form: State) -> None:
        self._form = form

    async def __call__(self, message: Message, state: FSMContext | None = None) -> bool:
        return state is not None and await state.get_state() == self._form.state


class AtDesk(Filter):
    """A bound group, and somebody who writes for herself: no other bot, no channel."""

    async def __call__(self, message: Message, desk: Desk | None = None) -> bool:
        if desk is None or message.via_bot is not None or message.message_thread_id is None:
            return False
        anonymous = message.sender_chat is not None and message.sender_chat.id == message.chat.id
        own = message.sender_chat is None and message.from_user is not None and not message.from_user.is_bot
        return anonymous or own


class ToPrompt(Filter):
    """A reply to a question of the bot's; in a topic every message replies to the topic's own first message."""

    async def __call__(self, message: Message) -> bool:
        asked = message.reply_to_message
        if asked is None or asked.from_user is None or not asked.from_user.is_bot or message.text is None:
            return False
        return asked.forum_topic_created is None and not message.text.startswith("//")


class ToQuestion(Filter):
    """A reply to a question of the bot's that begins with this sign, and to nothing else that it shows."""

    def __init__(self, sign: str) -> None:
        self._sign = sign

    async def __call__(self, message: Message) -> bool:
        return asked_in(message).startswith(self._sign)


class OwnTopic(Filter):
    """The bot has made a topic in a bound group."""

    async def __call__(self, message: Message, bot: Bot, desk: Desk | None = None) -> bool:
        own = message.from_user is not None and message.from_user.id == bot.id
        return own and desk is not None and message.forum_topic_created is not None


class Seated(Filter):
    """A tap by a member of the desk; anybody else is told why nothing happens."""

    async def __call__(
        self, query: CallbackQuery, member: Member, toast: Toast, desk: Desk | None = None,
        operator: Operator | None = None,
    ) -> bool:  # fmt: skip
        if desk is None:
            toast("toast.old_button")
        elif operator is None:
            toast("toast.anonymous")
        elif member is Member.STRANGER:
            toast("toast.not_member")
        elif not member.sits:
            toast("toast.member_unknown")
        else:
            return True
        return False


class Refusals(BaseMiddleware):
    """A move that is not possible is undone whole and explained in the toast."""

    async def __call__(
        self, handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:  # fmt: skip
        services: Services = data["services"]
        toast: Toast = data["toast"]
        try:
            async with services.whole_or_not():
                return await handler(event, data)
        except AlreadyClaimed as taken:
            toast("toast.taken", alias=taken.alias)
        except NotYours:
            toast(_not_yours(data.get("callback_data")))
        except SecondNeeded:
            toast("toast.second_needed")
        except AskedAlready:
            toast("toast.where_already")
        except CannotAsk:
            toast("toast.where_blocked")
        except OldButton:
            toast("toast.old_button")
        except WrongMove:
            toast("toast.gone")


def _not_yours(tapped: object) -> str:
    """What only the claimer may do, by the button that was tapped."""
    if isinstance(tapped, Danger) or (isinstance(tapped, Menu) and tapped.menu == "danger"):
        return "toast.not_your_danger"
    if isinstance(tapped, CannedMove):
        return "toast.not_yours_canned"
    if isinstance(tapped, Uncover):
        return "toast.not_yours_to_see"
    return "toast.not_yours_to_ask" if isinstance(tapped, Where) else "toast.not_yours"


async def claim(
    query: CallbackQuery, callback_data: Claim, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    await services.desk_work.claim(desk, callback_data.code, operator)
    toast("toast.took")


async def menu(query: CallbackQuery, callback_data: Menu, desk: Desk, operator: Operator, services: Services) -> None:
    await services.desk_work.menu(desk, callback_data.code, operator, callback_data.menu or None)


async def close(
    query: CallbackQuery, callback_data: Close, desk: Desk, operator: Operator, services: Services, toast: Toast,
    state: FSMContext,
) -> None:  # fmt: skip
    if callback_data.result is Result.REFERRED:
        await services.desk_work.ask_referral(desk, callback_data.code, operator)
        await state.set_state(Closing.referred_to)
        await state.set_data({"code": callback_data.code})
    else:
        await services.desk_work.close(desk, callback_data.code, operator, callback_data.result)
        toast("toast.closed")


async def referred(message: Message, desk: Desk, operator: Operator, services: Services, state: FSMContext) -> None:
    """The line that says to whom; it never goes to the person."""
    code = (await state.get_data()).get("code", "")
    await state.clear()
    try:
        await services.desk_work.close(desk, code, operator, Result.REFERRED, message.text)
    except (NotYours, WrongMove):
        await said(message, desk, services, operator)


async def no_referral(
    query: CallbackQuery, callback_data: NoReferral, desk: Desk, operator: Operator, services: Services, toast: Toast,
    state: FSMContext,
) -> None:  # fmt: skip
    await state.clear()
    await services.desk_work.close(desk, callback_data.code, operator, Result.REFERRED)
    toast("toast.closed")


async def not_a_request(
    query: CallbackQuery, callback_data: Reason, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    await services.desk_work.not_a_request(desk, callback_data.code, operator, callback_data.reason)
    toast("toast.closed")


async def release(
    query: CallbackQuery, callback_data: Release, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    await services.desk_work.release(desk, callback_data.code, operator)
    toast("toast.released")


async def danger(
    query: CallbackQuery, callback_data: Danger, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    work = services.desk_work
    moves = {"confirm": work.confirm_danger, "lower": work.lower_danger, "agree": work.agree_to_lower,
             "raise": services.raising.urgent}  # fmt: skip
    if callback_data.move not in moves:
        raise OldButton
    await moves[callback_data.move](desk, callback_data.code, operator)
    toast("toast.noted")


async def where(
    query: CallbackQuery, callback_data: Where, desk: Desk, operator: Operator, services: Services, toast: Toast
) -> None:
    await services.desk_work.ask_where(desk, callback_data.code, operator)
    toast("toast.where_asked")


async def said(
    message: Message, desk: Desk, services: Services, operator: Operator | None = None,
    incoming: Incoming | None = None, attached: Attached | None = None,
) -> None:  # fmt: skip
    """Anything written in a topic."""
    assert message.message_thread_id is not None
    file = message.text is None
    words = Said(
        message.message_id, message.text, message.sender_chat is not None, message.edit_date is not None,
        _topic_name(message), replied(message), picked(message), incoming if file else None, attached if file else None,
        ASKED.match(asked_in(message)) is not None,
    )  # fmt: skip
    await services.desk_work.said(desk, message.message_thread_id, operator, words)
    line = words.about and not words.edited and not words.words.startswith("//")
    if line and operator is not None and asked_in(message).startswith(HANDING):
        await services.passing.unheard(desk, message.message_thread_id, operator, message.message_id)


def asked_in(message: Message) -> str:
    """The text of the bot's message that it replies to; empty when it replies to none."""
    asked = message.reply_to_message
    bots = asked is not None and asked.from_user is not None and asked.from_user.is_bot
    return (asked.text or "") if asked is not None and bots else ""


def replied(message: Message) -> int | None:
    """The message that it answers; the topic's own first message is none that somebody has chosen."""
    asked = message.reply_to_message
    return asked.message_id if asked is not None and asked.forum_topic_created is None else None


def picked(message: Message) -> str:
    """What was picked out of that one by hand."""
    return message.quote.text if message.quote is not None and message.quote.is_manual else ""


def _topic_name(message: Message) -> str:
    """The name that the bot gave the topic; Telegram tells it with every message that replies to nothing else."""
    first = message.reply_to_message
    made = first.forum_topic_created if first and first.from_user and first.from_user.is_bot else None
    return made.name if made else ""


async def topic_created(message: Message, desk: Desk, services: Services) -> None:
    """The service message about a topic that the bot has made itself."""
    assert message.forum_topic_created is not None
    assert message.message_thread_id is not None
    await services.placing.topic_seen(desk.id, message.forum_topic_created.name, message.message_thread_id)


async def old_button(query: CallbackQuery, toast: Toast) -> None:
    toast("toast.old_button")


async def refused(query: CallbackQuery) -> None:
    """The filter has said why."""


def register(router: Router) -> None:
    """The relay, and the buttons under the cards."""
    router.callback_query.middleware(Refusals())
    router.message.register(
        referred, AtDesk(), Written(), ToPrompt(), ToQuestion(REFERRAL), InForm(Closing.referred_to)
    )
    router.message.register(said, AtDesk(), Written())
    router.message.register(topic_created, OwnTopic())
    router.edited_message.register(said, AtDesk(), Written())
    for handler, data in (
        (claim, Claim), (menu, Menu), (close, Close), (no_referral, NoReferral), (not_a_request, Reason),
        (release, Release), (danger, Danger), (where, Where),
    ):  # fmt: skip
        router.callback_query.register(handler, data.filter(), Seated())
    router.callback_query.register(old_button, Seated())
    router.callback_query.register(refused)
