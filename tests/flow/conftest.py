"""Flow tests run against the sandbox with its limits on."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot import jobs
from tests.region import REGION, Regional
from tests.town import Town, quick_sweeps, town


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks every second does so twice before a town counts as settled: else "nobody was told" says nothing."""
    sweeps = tuple(replace(sweep, every=0.3) if sweep.every <= 1 else sweep for sweep in jobs.SWEEPS)
    monkeypatch.setattr(jobs, "SWEEPS", sweeps)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    """A town with a running bot, an administrator, the national desk (Russian) and one operator."""
    async with town(tmp_path) as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweeps twice a second: they follow real time, not the clock that tests move."""
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())


@pytest.fixture
async def regional(place: Town) -> Regional:
    """The town with a desk in one region and an operator there."""
    async with place.hurried():
        group = await place.bind(REGION, title="Taraz")
        operator = place.sandbox.person("Regional")
        group.add(operator)
        await place.sandbox.idle()
    return Regional(place, group, operator)
