"""aiogram's types are built when they are used, and are the same as aiogram's own."""

import inspect
import subprocess
import sys
from contextlib import suppress

import aiogram.methods
import aiogram.types
from pydantic import BaseModel, ValidationError

SCHEMA = """
import hashlib, json
import {first}
import aiogram.types
other = aiogram.types.StickerSet
print(other.__pydantic_complete__)
for one in (aiogram.types.Update, other):
    print(hashlib.sha256(json.dumps(one.model_json_schema(), sort_keys=True).encode()).hexdigest())
"""


def schemas(first: str) -> list[str]:
    """Whether a type that no update holds is built already, and the digests of two schemas."""
    run = [sys.executable, "-c", SCHEMA.format(first=first)]
    return subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()


def test_they_are_aiograms_own_and_not_built_before() -> None:
    built, *own = schemas("aiogram")
    later, *ours = schemas("bot.telegram.models")

    assert (built, later) == ("True", "False")
    assert ours == own


def test_an_update_is_ready_before_it_comes() -> None:
    assert aiogram.types.Update.__pydantic_complete__


MODELS = [
    one
    for module in (aiogram.types, aiogram.methods)
    for one in vars(module).values()
    if inspect.isclass(one) and issubclass(one, BaseModel) and not inspect.isabstract(one)
]


def test_each_can_be_built() -> None:
    assert len(MODELS) > 400
    for one in MODELS:
        with suppress(ValidationError):
            one.model_validate({})
