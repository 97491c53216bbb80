"""Groups: the desks of the operators."""

from aiogram import Router

from handlers.context import InGroup
from handlers.operators import (
    binding,
    canned,
    cases,
    control,
    guide,
    house,
    media,
    passing,
    practice,
    screened,
    search,
    shifts,
    threads,
)  # fmt: skip


def router() -> Router:
    """Codes and membership first, then what operators say and tap."""
    groups = Router(name="operators")
    groups.message.filter(InGroup())
    groups.edited_message.filter(InGroup())
    groups.callback_query.filter(InGroup())
    for register in (
        binding.register,
        shifts.register,
        house.register,
        canned.register,
        guide.register,
        practice.register,
        media.register,
        screened.register,
        threads.register,
        passing.register,
        control.register,
        search.register,
        cases.register,
    ):
        register(groups)
    return groups
