"""aiogram's types are built when they are used, and are the same as aiogram's own."""

import subprocess
import sys

import aiogram.types
import pytest

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


EACH = """
import bot.telegram.models
import inspect
import aiogram.methods, aiogram.types
from pydantic import BaseModel, ValidationError
models = [
    one
    for module in (aiogram.types, aiogram.methods)
    for one in vars(module).values()
    if inspect.isclass(one) and issubclass(one, BaseModel) and not inspect.isabstract(one)
]
for one in {order}(models):
    try:
        one.model_validate({{}})
    except ValidationError:
        pass
print(len(models))
"""


@pytest.mark.parametrize("order", ["list", "reversed"])
def test_each_can_be_built_whichever_is_the_first(order: str) -> None:
    run = [sys.executable, "-W", "error", "-c", EACH.format(order=order)]
    assert int(subprocess.run(run, capture_output=True, text=True, check=True).stdout) > 400
