"""Operators in their private chat: an urgent case can be taken from the alert about it."""

from aiogram import Router
from aiogram.types import CallbackQuery

from bot.domain.cases import AlreadyClaimed, NotYours, WrongMove
from bot.domain.desks import Member
from bot.domain.people import Person
from bot.services import Services
from bot.telegram.callbacks import Claim
from handlers.context import Toast


async def claim(
    query: CallbackQuery, callback_data: Claim, person: Person, services: Services, member: Member, toast: Toast
) -> None:
    operator = await services.desk_work.known_operator(person.key)
    desk = await services.desk_work.seat_for(callback_data.code, person.key)
    if operator is None or desk is None or member is Member.STRANGER:
        toast("toast.not_member")
    elif member is Member.UNKNOWN:
        toast("toast.member_unknown")
    else:
        toast.language = operator.language
        try:
            async with services.whole_or_not():
                await services.desk_work.claim_in_private(desk, callback_data.code, operator)
            toast("toast.took")
        except AlreadyClaimed as taken:
            toast("toast.taken", alias=taken.alias)
        except (WrongMove, NotYours):
            toast("toast.gone")


def register(router: Router) -> None:
    """The button under a private alert."""
    router.callback_query.register(claim, Claim.filter())
