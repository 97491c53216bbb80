"""No statement reads the whole of a table that grows: a bot with a year of rows is as quick as one of its first day."""

import inspect
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest

from bot.domain.cases import Case
from bot.domain.desks import Purpose
from bot.domain.messages import Direction, Incoming, Kind, Post, To
from bot.domain.people import Writer
from bot.domain.urgency import Urgency
from storage.database import Transaction
from storage.inbox import Update
from tests.storage.home import DAY, START, Home

SMALL = {"alarm", "desk", "desk_topic", "d", "hold", "invitation", "operator", "seat", "s", "spent", "visit"}
"""What does not grow with the people who write: desks and who works there, the calls of the last minute."""

TABLES = [name for name, kind in vars(Transaction).items() if isinstance(kind, cached_property)]
