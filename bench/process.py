"""A bot as a process of its own, and what the system says of it."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import bot

ROOT = Path(bot.__file__).parents[1]
LAST_WORDS = 5000
STOPS_WITHIN = 10.0
"""Seconds."""


def cpu(pid: int) -> float:
    """Seconds of processor time so far, user and system, of all threads and of children that have ended.

    NaN where there is no /proc.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return float("nan")
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> float:
    """Most megabytes that were ever resident; NaN where there is no /proc."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except FileNotFoundError:
        return float("nan")
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


@dataclass
class Running:
    """A process that runs; its output is in `output`."""

    process: Process
    output: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def check(self) -> None:
        """Raises RuntimeError, with what it said, when it has stopped by itself."""
        if self.process.returncode is not None:
            raise RuntimeError(f"a bot has stopped with exit code {self.process.returncode}:\n{self.said()}")

    def said(self) -> str:
        return self.output.read_text("utf-8", errors="replace")[-LAST_WORDS:]


@contextlib.asynccontextmanager
async def running(output: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
    """`python -m` with these arguments, until the block ends; neither a real .env nor /etc/senim reaches it."""
    (output.parent / ".env").touch()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SENIM_")}
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", *arguments, cwd=output.parent, stdout=file, stderr=file,
            env={**inherited, "PYTHONPATH": str(ROOT), **(settings or {})},
        )  # fmt: skip
    try:
        yield Running(process, output)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOPS_WITHIN):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
