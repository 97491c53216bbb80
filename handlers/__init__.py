"""The screens: each handler reads an update, calls one service, says what follows."""

from aiogram import Router

from handlers import operators, people


def router() -> Router:
    """A fresh router with everything; the relay of groups first, it has the most to do."""
    root = Router(name="senim")
    root.include_routers(operators.router(), people.router())
    return root
