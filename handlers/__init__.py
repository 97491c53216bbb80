"""The screens: each handler reads an update, calls one service, says what follows."""

from aiogram import Router

from handlers import operators, people


def routers() -> tuple[Router, ...]:
    """Fresh routers with everything. Two are all there are: each that is asked costs more than any handler's filter."""
    return people.router(), operators.router()
