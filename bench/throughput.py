"""Senim beside a bare echo bot: `python -m bench.throughput --help` says what can be chosen."""

import argparse
import asyncio
import gc
import math
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from bench.process import Running, cpu, peak, running
from bench.town import WITHIN, Town, some_word
from bot.telegram.sandbox import Call, Sandbox

ECHO, SENIM, TRIVIAL = "bare echo bot", "Senim", "(least client)"
ARGUMENTS = {ECHO: ("bench.echo",), SENIM: ("bench.lifted", "run"), TRIVIAL: ("bench.trivial",)}


class Lost(Exception):
    """Messages did not arrive once, or overtook others of the same person; the text says how many."""


@dataclass(frozen=True)
class Size:
    """How much is sent: a burst of `burst` messages, then `steady` messages at `rate` a second."""

    people: int = 200
    burst: int = 3000
    steady: int = 500
    rate: float = 50.0
    rounds: int = 5


@dataclass(frozen=True)
class Measured:
    """One run: messages a second in the burst, processor seconds per 1,000 messages of it (the bot's, the sandbox's),
    milliseconds from written to arrived at the steady rate, the bot's peak in megabytes, and how many messages
    overtook an earlier one of the same person."""

    throughput: float
    cpu: float
    sandbox_cpu: float
    latencies: tuple[float, float, float]
    memory: float
    overtaken: int


@dataclass
class Load:
    """Messages that were written, by their words: who wrote it, when; and how many of her own came before it."""

    written: dict[str, tuple[int, float]]
    since: int
    """Where in the journal its arrivals can begin."""

    def arrivals(self, town: Town) -> dict[str, list[Call]]:
        """The calls that brought each message somewhere."""
        found: dict[str, list[Call]] = {words: [] for words in self.written}
        for call in town.sandbox.journal.calls[self.since :]:
            words = str(call.params.get("text", "")).rpartition(" ")[2]
            if call.method == "sendMessage" and call.ok and words in found:
                found[words].append(call)
        return found

    def arrived(self, town: Town) -> dict[str, Call]:
        """The one call that brought each message. Raises Lost."""
        arrivals = self.arrivals(town)
        lost = sum(not calls for calls in arrivals.values())
        repeated = sum(len(calls) > 1 for calls in arrivals.values())
        if lost or repeated:
            raise Lost(f"{lost} messages lost, {repeated} repeated")
        return {words: calls[0] for words, calls in arrivals.items()}

    def overtaken(self, arrived: dict[str, Call]) -> int:
        """How many came before an earlier one of the same person."""
        newest: dict[int, float] = {}
        count = 0
        for words, (person, _) in self.written.items():
            at = arrived[words].monotonic
            count += at < newest.get(person, at)
            newest[person] = max(at, newest.get(person, at))
        return count


async def measure(town: Town, name: str, size: Size) -> Measured:
    """One bot from its start to its end."""
    arguments = ARGUMENTS[name]
    settings = town.settings if name == SENIM else {}
    if name != SENIM:
        arguments += (town.sandbox.url, town.sandbox.token)
    async with running(town.folder / "bot.log", *arguments, settings=settings) as bot:
        await arrive(town, bot, await write(town, len(town.people)))  # warm: not counted
        before, begun = (cpu(bot.pid), cpu(os.getpid())), asyncio.get_running_loop().time()
        burst = await write(town, size.burst)
        arrived = await arrive(town, bot, burst)
        seconds = max(call.monotonic for call in arrived.values()) - begun
        spent = [after - so_far for after, so_far in zip((cpu(bot.pid), cpu(os.getpid())), before, strict=True)]
        overtaken = burst.overtaken(arrived)
        if overtaken and name == SENIM:
            raise Lost(f"{overtaken} messages out of order")
        steady = await write(town, size.steady, size.rate)
        arrived = await arrive(town, bot, steady)
        waits = [(call.monotonic - steady.written[words][1]) * 1000 for words, call in arrived.items()]
        return Measured(
            size.burst / seconds, spent[0] / size.burst * 1000, spent[1] / size.burst * 1000,
            percentiles(waits), peak(bot.pid), overtaken,
        )  # fmt: skip


async def write(town: Town, count: int, rate: float = math.inf) -> Load:
    """People write in turn, all at once or so many messages a second."""
    load = Load({}, len(town.sandbox.journal.calls))
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number in range(count):
        if rate != math.inf:
            await asyncio.sleep(begun + number / rate - loop.time())
        person = number % len(town.people)
        words = some_word()
        town.people[person].write(f"message {words}")
        load.written[words] = (person, town.sandbox.journal.shown[-1].monotonic)
    return load


async def arrive(town: Town, bot: Running, load: Load) -> dict[str, Call]:
    """Until all is there and the bot is at rest. Raises Lost when something is missing after a minute of silence."""
    journal = town.sandbox.journal
    known, quiet = -1, 0.0
    while not all(load.arrivals(town).values()):
        bot.check()
        quiet = quiet + 0.2 if len(journal.calls) == known else 0.0
        known = len(journal.calls)
        if quiet > WITHIN:
            break
        await asyncio.sleep(0.2)
    await town.sandbox.idle(timeout=WITHIN)
    return load.arrived(town)


def percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th."""
    cuts = quantiles(values, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


def table(runs: dict[str, list[Measured]], size: Size) -> str:
    """Medians over the rounds; the ratio with its lowest and highest."""
    lines = [
        f"{'':16}{'messages/s':>12}{'CPU s/1,000':>13}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'peak MB':>9}"
        f"{'overtaken':>11}{'sandbox CPU s/1,000':>21}"
    ]
    for name, measured in runs.items():
        waits = [median(run.latencies[place] for run in measured) for place in range(3)]
        lines.append(
            f"{name:16}{median(run.throughput for run in measured):12.0f}{median(run.cpu for run in measured):13.2f}"
            + "".join(f"{wait:9.1f}" for wait in waits)
            + f"{median(run.memory for run in measured):9.0f}{median(run.overtaken for run in measured):11.0f}"
            + f"{median(run.sandbox_cpu for run in measured):21.2f}"
        )
    ratios = [ours.throughput / bare.throughput for ours, bare in zip(runs[SENIM], runs[ECHO], strict=True)]
    spent = [ours.cpu / bare.cpu for ours, bare in zip(runs[SENIM], runs[ECHO], strict=True)]
    return "\n".join([
        *lines,
        "",
        f"Senim : echo bot, side by side: throughput {median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f}),"
        f" CPU {median(spent):.2f} ({min(spent):.2f}-{max(spent):.2f})",
        f"{size.rounds} rounds; bursts of {size.burst:,} messages of {size.people} people, then {size.steady} at"
        f" {size.rate:g}/s for the latency. Every message arrived once; Senim's also in order (the echo bot handles",
        "updates side by side, so that messages of one person overtake each other).",
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}. Limits are off: the"
        " sandbox's, and Senim's own pace.",
    ])  # fmt: skip


async def bench(folder: Path, size: Size) -> str:
    """All rounds; the table. Raises Lost."""
    runs: dict[str, list[Measured]] = {ECHO: [], SENIM: [], TRIVIAL: []}
    async with Sandbox(limits=False) as sandbox:
        town = await Town.found(sandbox, folder, size.people)
        gc.freeze()  # what stands in the journal is never garbage: nobody need look through it again and again
        try:
            for _ in range(size.rounds):
                for name, measured in runs.items():
                    measured.append(await measure(town, name, size))
                    print(".", end="", file=sys.stderr, flush=True)
        finally:
            gc.unfreeze()
    print(file=sys.stderr)
    return table(runs, size)


def main() -> None:
    usual = Size()
    parser = argparse.ArgumentParser(prog="bench.throughput", description="Senim beside a bare aiogram echo bot.")
    parser.add_argument("--people", type=int, default=usual.people, help="with a claimed case each (%(default)s)")
    parser.add_argument("--burst", type=int, default=usual.burst, help="messages at once (%(default)s)")
    parser.add_argument("--steady", type=int, default=usual.steady, help="messages at the rate (%(default)s)")
    parser.add_argument("--rate", type=float, default=usual.rate, help="messages a second (%(default)s)")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="of all bots in turn (%(default)s)")
    size = Size(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory(prefix="senim-bench-") as folder:
        try:
            print(asyncio.run(bench(Path(folder), size)))
        except Lost as lost:
            sys.exit(f"bench: {lost}")


if __name__ == "__main__":
    main()
