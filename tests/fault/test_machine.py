"""Intake, worker, outbox and sender against whatever may happen to them, in any order."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fault.machine import Machine
from tests.fault.stage import prepare


@pytest.fixture(scope="module", autouse=True)
def _a_prepared_town(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder: Path = tmp_path_factory.mktemp("seed")
    Machine.seed = asyncio.run(prepare(folder))


CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

SLICE = settings(
    max_examples=10, stateful_step_count=25, derandomize=True, database=None, deadline=None,
    suppress_health_check=CHECKS, phases=[Phase.generate],
)  # fmt: skip
"""What every run of the tests can afford; nothing is made shorter, so that a failure is printed at once."""

TORTURE = settings(
    SLICE, max_examples=400, stateful_step_count=30, derandomize=False, phases=[Phase.generate, Phase.shrink]
)


def test_whatever_happens_nothing_is_lost_misplaced_or_held_up() -> None:
    run_state_machine_as_test(Machine, settings=SLICE)  # type: ignore[no-untyped-call]  # hypothesis's own


@pytest.mark.torture
def test_whatever_happens_for_hours_nothing_is_lost_misplaced_or_held_up() -> None:
    run_state_machine_as_test(Machine, settings=TORTURE)  # type: ignore[no-untyped-call]  # hypothesis's own
