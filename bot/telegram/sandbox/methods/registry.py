"""Where the methods are listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiogram.methods
from aiogram.methods import TelegramMethod

from bot.telegram.sandbox.world import World

M = TypeVar("M", bound=TelegramMethod[Any])


@dataclass(frozen=True, slots=True)
class Played:
    """A method: aiogram's class for its parameters, and what it does to the world: returns JSON or raises Refused."""

    cls: type[TelegramMethod[Any]]
    play: Callable[[World, Any], Any]


METHODS: dict[str, Played] = {}
"""By lower-case name: Telegram ignores case in method names."""

KNOWN = frozenset(
    cls.__api_method__.lower()
    for cls in vars(aiogram.methods).values()
    if isinstance(cls, type) and issubclass(cls, TelegramMethod) and cls is not TelegramMethod
)
"""All methods of the Bot API, as far as aiogram knows it."""


def plays(cls: type[M]) -> Callable[[Callable[[World, M], Any]], Callable[[World, M], Any]]:
    """List a function as this method's."""

    def add(play: Callable[[World, M], Any]) -> Callable[[World, M], Any]:
        METHODS[cls.__api_method__.lower()] = Played(cls, play)
        return play

    return add
