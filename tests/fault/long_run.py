"""Plays of the machine, one after the other or in several processes at once: most of a play is waiting."""

import asyncio
import logging
import os
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fault.machine import Machine
from tests.fault.stage import prepare

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

SLICE = settings(
    max_examples=8, stateful_step_count=25, derandomize=True, database=None, deadline=None,
    suppress_health_check=CHECKS, phases=[Phase.generate],
)  # fmt: skip
"""What every run of the tests can afford; nothing is made shorter, so that a failure is printed at once."""

PLAYS = 400
SHARE = settings(SLICE, max_examples=25, stateful_step_count=30, derandomize=False)
"""What one process plays of a long run before the next one takes its place."""

AT_ONCE = 2 * (os.cpu_count() or 1)
"""More would keep the cores so busy that handlers which do not hang take longer than a play waits for them."""


def play(how: settings) -> None:
    """Plays, and says of the first play that went wrong what was played: also when it cannot be repeated."""
    Machine.went_wrong.clear()
    try:
        run_state_machine_as_test(Machine, settings=how)
    except BaseException as broken:
        if not Machine.went_wrong:
            raise
        raise AssertionError(Machine.went_wrong[0]) from broken


def prepare_town(folder: Path) -> None:
    """The town that all plays of this process begin with."""
    Machine.seed = asyncio.run(prepare(folder))


def share(number: int) -> tuple[int, Counter[str], str]:
    """One process's part of a long run: plays, what has happened in them, and what was found."""
    logging.disable()
    with tempfile.TemporaryDirectory(prefix="machine") as folder:
        prepare_town(Path(folder))
        found = ""
        try:
            play(SHARE)
        except AssertionError as wrong:
            found = f"share {number}: {wrong}"
            print(found, flush=True)  # the others go on for a while
        return Machine.plays, Machine.happened, found


def long_run() -> tuple[int, Counter[str], list[str]]:
    """All shares; what one of them finds ends none of the others."""
    plays, happened, found = 0, Counter[str](), []
    context = get_context("spawn")
    with ProcessPoolExecutor(AT_ONCE, context, max_tasks_per_child=1) as pool:
        for played, counted, wrong in pool.map(share, range(PLAYS // SHARE.max_examples)):
            plays += played
            happened += counted
            found += [wrong] if wrong else []
    return plays, happened, found
