"""Private chats: persons, and administrators in their own chat with the bot."""

from aiogram import Router

from handlers.context import InPrivate
from handlers.people import administrators, cases, control, media, menu, operators, pages, passing, shifts, threads


def router() -> Router:
    """The urgent button stands before every screen; any other text comes last, as words."""
    private = Router(name="people")
    private.message.filter(InPrivate())
    private.edited_message.filter(InPrivate())
    private.callback_query.filter(InPrivate())
    operators.register_first(private)
    cases.register_first(private)
    for screens in (administrators, operators, shifts, control, passing, threads, menu, media, pages, cases):
        screens.register(private)
    return private
