"""Flow tests run against the sandbox with its limits on."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.town import Town, town


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with a running bot, an administrator, the national desk (Russian) and one operator."""
    async with town(tmp_path) as opened:
        yield opened
