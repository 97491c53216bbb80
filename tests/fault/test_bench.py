"""The bench measures what it says: both bots really carry every message, and what is lost or repeated is seen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bench.throughput import ECHO, SENIM, TRIVIAL, Load, Lost, Size, bench, write
from bench.town import Town
from bot.telegram.api import Api
from bot.telegram.sandbox import Sandbox


async def test_both_bots_carry_every_message_and_the_table_says_so(tmp_path: Path) -> None:
    """Limits are off here, as in the bench itself: what is asked is what the bots can do, not what Telegram allows."""
    shown = await bench(tmp_path, Size(people=5, burst=50, steady=10, rate=50, rounds=1))

    rows = {
        name: line for name in (ECHO, SENIM, TRIVIAL) for line in shown.splitlines() if line.startswith(f"{name}  ")
    }
    assert all(float(rows[name].removeprefix(name).split()[0]) > 0 for name in (ECHO, SENIM, TRIVIAL))
    assert "Limits are off" in shown
    assert "cores" in shown


@pytest.fixture
async def quiet(tmp_path: Path) -> AsyncIterator[Town]:
    """A town without a bot; limits are off because nothing here is about them."""
    async with Sandbox(limits=False) as sandbox:
        yield Town(sandbox, tmp_path, {}, [sandbox.person(), sandbox.person()])


async def answer(town: Town, load: Load, *which: int) -> None:
    """Brings the messages with these numbers, in this order."""
    api = Api(town.sandbox.url, town.sandbox.token)
    written = list(load.written.items())
    for words, (person, _) in (written[number] for number in which):
        await api.call("sendMessage", {"chat_id": town.people[person].id, "text": f"message {words}"})
    await api.close()


@pytest.mark.parametrize(
    ("which", "said"),
    [
        ([0, 1, 2], "1 messages lost, 0 repeated"),
        ([0, 1, 2, 3, 1], "0 messages lost, 1 repeated"),
        ([0, 3, 0], "2 messages lost, 1 repeated"),
    ],
)
async def test_what_is_lost_or_repeated_is_no_result(quiet: Town, which: list[int], said: str) -> None:
    load = await write(quiet, 4)
    await answer(quiet, load, *which)

    with pytest.raises(Lost, match=said):
        load.arrived(quiet)


@pytest.mark.parametrize(
    ("which", "overtaken"), [([0, 1, 2, 3], 0), ([1, 0, 3, 2], 0), ([2, 1, 0, 3], 1), ([3, 2, 1, 0], 2)]
)
async def test_messages_overtake_only_those_of_the_same_person(quiet: Town, which: list[int], overtaken: int) -> None:
    load = await write(quiet, 4)  # the first and the third by one person, the others by the other
    await answer(quiet, load, *which)

    assert load.overtaken(load.arrived(quiet)) == overtaken
