"""What a start costs: `make bench-start` loads the bot with aiogram's types built when used, and all built at once."""

import subprocess
import sys
from statistics import median

ROUNDS = 5

LOADED = """
import resource, time
before = time.process_time()
import {first}
import bot.app
print(time.process_time() - before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""

WAYS = {"each type when it is used": "bot.telegram.models", "every type at once": "aiogram.types"}


def measured(first: str) -> tuple[float, float]:
    """Seconds of processor time, and megabytes (of kilobytes, as Linux counts), of a fresh process."""
    run = [sys.executable, "-c", LOADED.format(first=first)]
    seconds, megabytes = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(megabytes)


def main() -> None:
    """A table of medians; the two take turns, so that what the machine does meanwhile falls on both."""
    rounds = [{way: measured(first) for way, first in WAYS.items()} for _ in range(ROUNDS)]
    print(f"{ROUNDS} rounds, medians: processor seconds until everything is loaded, megabytes resident at most")
    for way in WAYS:
        seconds, megabytes = (median(one[way][part] for one in rounds) for part in (0, 1))
        print(f"{way:<28}{seconds:6.2f} s{megabytes:8.0f} MB")


if __name__ == "__main__":
    main()
