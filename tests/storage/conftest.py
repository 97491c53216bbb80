"""The storage tests run over a real database file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.home import Home, home_in


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """An opened database with its keys and a clock moved by hand."""
    async with home_in(tmp_path) as opened:
        yield opened
