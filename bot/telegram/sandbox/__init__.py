"""A small Telegram of our own over real HTTP: the counterpart of the tests and the demo's telephone network."""

import bot.telegram.models  # noqa: F401 - before aiogram

# isort: split
from .callout import Callout
from .clock import SandboxClock
from .faults import Fault, Faults
from .group import Group
from .journal import Call, Journal, Showing, Tapped
from .phone import Phone
from .sandbox import DEFAULT_TOKEN, Sandbox
from .shown import Shown
from .world import Topic

__all__ = [
    "DEFAULT_TOKEN",
    "Call",
    "Callout",
    "Fault",
    "Faults",
    "Group",
    "Journal",
    "Phone",
    "Sandbox",
    "SandboxClock",
    "Showing",
    "Shown",
    "Tapped",
    "Topic",
]
