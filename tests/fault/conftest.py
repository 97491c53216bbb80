"""What tests of faults share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot import jobs
from tests.process import Nursery
from tests.town import Town, quick_sweeps, town


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """A town with a running bot whose sweeps are quick."""
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())
    async with town(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    opened = Nursery()
    yield opened
    opened.close()
