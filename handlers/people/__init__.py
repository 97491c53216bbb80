"""Private chats: persons, and administrators in their own chat with the bot."""

from aiogram import Router

from handlers.context import InPrivate
from handlers.people import administrators, cases, media, menu, operators, shifts


def router() -> Router:
    """The urgent button stands before every screen; any other text comes last, as words."""
    private = Router(name="people")
    private.message.filter(InPrivate())
    private.edited_message.filter(InPrivate())
    private.callback_query.filter(InPrivate())
    operators.register_first(private)
    cases.register_first(private)
    for screens in (administrators, operators, shifts, menu, media, cases):
        screens.register(private)
    return private
