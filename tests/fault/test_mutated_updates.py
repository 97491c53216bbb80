"""Whatever bytes Telegram sends: nothing crashes, stalls, is dropped without an alarm, or lands in a log."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.mutations import BYTES, MUTATIONS, Change, changes, systematic
from tests.storm import RUN, storm

SLICE = 3_000
TORTURE = int(os.environ.get("TORTURE", "100000"))
SEED = 26


def test_every_mutation_is_among_the_changes_of_every_kind_of_update() -> None:
    from tests.mutations import PERSON, Bases, Scene

    she = {"id": PERSON, "is_bot": False, "first_name": "x"}
    bases = Bases(Scene(she, {"id": -1001, "type": "supergroup"}, 7, she)).all()
    every = systematic(bases)
    assert len(bases) > 300
    assert len(set(every)) == len(every) > 100_000
    for kind in bases:
        assert {name for change in every if change.kind == kind for _, name in change.what} == {*MUTATIONS, *BYTES}
    assert changes(bases, 500, 1) == changes(bases, 500, 1) != changes(bases, 500, 2)


async def test_a_slice_of_all_mutated_updates_harms_nobody(tmp_path: Path) -> None:
    """Limits off: see `storm`."""
    seen = await storm(tmp_path, lambda bases: changes(bases, SLICE, SEED), SEED)
    print(seen)
    assert seen.faults() == {}
    assert seen.pushed == SLICE
    assert seen.states["quarantined"] > SLICE / 10
    assert seen.passed > SLICE / 10


@pytest.mark.torture
async def test_a_hundred_thousand_mutated_updates_harm_nobody(tmp_path: Path) -> None:
    """Limits off: see `storm`."""
    seen = await storm(tmp_path, lambda bases: changes(bases, TORTURE, SEED), SEED)
    print(seen)
    assert seen.faults() == {}
    assert seen.pushed == TORTURE


PLANTS: dict[str, tuple[str, set[str]]] = {
    "a word in a log, updates that are not stored, and nobody alarmed": (
        "import bot.telegram.intake as i, logging; old = i.words_of\n"
        "def words_of(u):\n    logging.getLogger('x').debug('%s', u)\n    return old(u)\ni.words_of = words_of\n"
        "import storage.inbox as b; add = b.Inbox.add\n"
        "async def some(self, number, lane, red, raw):\n"
        "    return True if isinstance(raw, str) else await add(self, number, lane, red, raw)\nb.Inbox.add = some\n"
        "import bot.app as a\nasync def alarm(tx, key, number):\n    pass\na._alarm = alarm",
        {"logged", "missing", "no alarm"},
    ),
    "what nobody can read is thrown away": (
        "import bot.telegram.worker as w\n"
        "async def aside(self, tx, update, alarm):\n    await tx.inbox.done(update.seq)\nw.Worker._set_aside = aside",
        {"words lost"},
    ),
    "one update stops all": (
        "import bot.telegram.intake as i, orjson\ni.updates_in = lambda inside: orjson.loads(b'[' + inside + b']')",
        {"stalled"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("plant", PLANTS)
async def test_what_is_planted_is_found(tmp_path: Path, plant: str) -> None:
    """Limits off: see `storm`."""

    def few(bases: dict[str, dict[str, Any]]) -> list[Change]:
        """A text with each mutation of its words, of its date, and of its bytes."""
        places = (("message", "text"), ("message", "date"))
        found = [Change("private text", ((place, name),)) for place in places for name in MUTATIONS]
        return found + [Change("private text", (((), name),)) for name in BYTES if name != "no object"]

    code, faults = PLANTS[plant]
    seen = await storm(tmp_path, few, SEED, code=f"{code}\n{RUN}", patience=10)
    assert faults <= set(seen.faults())
