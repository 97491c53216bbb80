"""Whatever bytes Telegram sends: nothing crashes, stalls, is dropped without an alarm, or lands in a log."""

import os
from pathlib import Path
from typing import Any, get_args

import pytest
from aiogram.types import Update
from pydantic import BaseModel

from tests.mutations import BYTES, MUTATIONS, PERSON, Bases, Change, Scene, changes, places, systematic
from tests.storm import RUN, storm

SLICE = 2_000
TORTURE = int(os.environ.get("TORTURE", "100000"))
SEED = 26


def test_every_field_of_the_schema_is_mutated_in_every_way() -> None:
    """The schema is Telegram's: all models that an update can hold, found without our updates."""
    models: dict[Any, set[str]] = {}

    def walk(annotation: Any) -> None:
        annotation = getattr(annotation, "__value__", annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in models:
            annotation.model_rebuild()  # aiogram's types are built when they are used
            fields = annotation.model_fields
            models[annotation] = {f"{annotation.__name__}.{info.alias or name}" for name, info in fields.items()}
            for info in fields.values():
                walk(info.annotation)
        for part in get_args(annotation):
            walk(part)

    walk(Update)
    she = {"id": PERSON, "is_bot": False, "first_name": "x"}
    bases = Bases(Scene(she, {"id": -1001, "type": "supergroup"}, 7, she)).all()
    every = systematic(bases)
    assert len(models) > 200
    assert len(set(every)) == len(every)
    place_of = {(kind, path): name for kind, update in bases.items() for path, (_, _, name) in places(kind, update)}
    played: dict[str, set[str]] = {}
    for change in every:
        ((path, mutation),) = change.what
        played.setdefault(place_of[change.kind, path] if path else change.kind, set()).add(mutation)
    for field in set().union(*models.values()):
        assert played[field] >= set(MUTATIONS), field
    for kind in (kind for kind in bases if "/" not in kind):
        assert played[kind] == set(BYTES), kind
    share = changes(bases, SLICE, 1)
    assert share == changes(bases, SLICE, 1) != changes(bases, SLICE, 2)
    assert len(set(every) & set(share)) >= SLICE * 9 // 10
    assert set(every) <= set(changes(bases, len(every) + 1_000, 1))


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
    """Limits off: see `storm`. Every mutation has been at every place, or at as many of them as were asked for."""
    every: set[Change] = set()

    def all_of_them(bases: dict[str, dict[str, Any]]) -> list[Change]:
        every.update(systematic(bases))
        return changes(bases, TORTURE, SEED)

    seen = await storm(tmp_path, all_of_them, SEED)
    print(seen)
    assert seen.faults() == {}
    assert seen.pushed == TORTURE
    print(f"{len(every & seen.played)} of all {len(every)} mutations at all places")
    if len(every) <= TORTURE:
        assert every <= seen.played
    else:
        assert len(every & seen.played) >= TORTURE * 9 // 10


PLANTS: dict[str, tuple[str, set[str]]] = {
    "nothing": ("", set()),
    "a word in a log": (
        "import bot.telegram.intake as i, logging; old = i.words_of\n"
        "def words_of(u):\n    logging.getLogger('x').debug('%s', u)\n    return old(u)\ni.words_of = words_of",
        {"logged"},
    ),
    "a traceback in a log": (
        "import bot.telegram.intake as i, logging; old = i.words_of\n"
        "def words_of(u):\n    try:\n        1 / 0\n    except ZeroDivisionError:\n"
        "        logging.getLogger('x').exception('broken')\n    return old(u)\ni.words_of = words_of",
        {"tracebacks"},
    ),
    "an update without a number is dropped": (
        "import bot.telegram.intake as i; store = i.Intake._store\n"
        "async def some(self, tx, update):\n"
        "    if i.number_of(update) is not None:\n        await store(self, tx, update)\ni.Intake._store = some",
        {"missing", "words lost"},
    ),
    "an update without a number that could be handled is dropped": (
        "import bot.telegram.intake as i; store = i.Intake._store\n"
        "async def some(self, tx, update):\n"
        "    if not isinstance(update, dict) or not str(update.get('update_id')).startswith('-'):\n"
        "        await store(self, tx, update)\ni.Intake._store = some",
        {"missing", "words lost"},
    ),
    "what is no JSON is dropped": (
        "import bot.telegram.intake as i; store = i.Intake._store\n"
        "async def some(self, tx, update):\n"
        "    if not isinstance(update, str):\n        await store(self, tx, update)\ni.Intake._store = some",
        {"missing"},
    ),
    "of what is no JSON only the beginning is kept": (
        "import bot.telegram.intake as i; store = i.Intake._store\n"
        "async def some(self, tx, update):\n"
        "    await store(self, tx, update[:400] if isinstance(update, str) else update)\ni.Intake._store = some",
        {"missing"},
    ),
    "what nobody can read is thrown away": (
        "import bot.telegram.worker as w\n"
        "async def aside(self, tx, update, alarm, to=w.Way.CASE):\n    await tx.inbox.done(update.seq)\n"
        "w.Worker._set_aside = aside",
        {"missing", "words lost"},
    ),
    "nobody is alarmed": (
        "import bot.app as a\nasync def alarm(tx, key, **values):\n    pass\na._alarm = alarm",
        {"no alarm"},
    ),
    "the alarm sounds once and never again": (
        "import bot.app as a; a.HOUR *= 1_000",
        {"no alarm"},
    ),
    "one update stops all": (
        "import bot.telegram.intake as i, orjson\ni.updates_in = lambda inside: orjson.loads(b'[' + inside + b']')",
        {"stalled", "not acknowledged", "missing", "words lost"},
    ),
    "one update ends the process": (
        "import bot.telegram.intake as i, os; old = i.updates_in\n"
        "i.updates_in = lambda inside: os._exit(3) if b'<html>' in inside else old(inside)",
        {"died", "exit code", "stalled", "not acknowledged", "missing", "words lost"},
    ),
}  # fmt: skip
"""What is planted, and the faults that it is: these and no others, so that none is found for another reason."""


ALWAYS = {
    "nothing", "a word in a log", "what nobody can read is thrown away", "nobody is alarmed", "one update stops all",
}  # fmt: skip
"""One of each kind in every run; the others, half a minute each, in `make torture`."""


@pytest.mark.parametrize(
    "plant", [pytest.param(one, marks=() if one in ALWAYS else pytest.mark.torture) for one in PLANTS]
)
async def test_what_is_planted_is_found(tmp_path: Path, plant: str) -> None:
    """Limits off: see `storm`."""

    def few(bases: dict[str, dict[str, Any]]) -> list[Change]:
        """A text with each mutation of its words, of its date, of its number, and of its bytes; thrice, so that it
        lasts for hours."""
        places = (("message", "text"), ("message", "date"), ("update_id",))
        found = [Change("private text", ((place, name),)) for place in places for name in MUTATIONS]
        return (found + [Change("private text", (((), name),)) for name in BYTES]) * 3

    code, faults = PLANTS[plant]
    patience = 10 if "stalled" in faults else 60  # what stalls is not waited for as long as by the storms themselves
    seen = await storm(tmp_path, few, SEED, code=f"{code}\n{RUN}", patience=patience, rest=3_700)
    print({name: str(found)[:300] for name, found in seen.faults().items()})
    assert set(seen.faults()) == faults
