"""aiogram's types, each built when it is first used: import this before aiogram, and the bot starts seconds sooner.

aiogram builds every one of its types when it is imported, which takes 5 of the 7 seconds of a start on a slow core,
and nobody answers meanwhile. Most are never used; those of an update are built here (docs/decisions/0015).
"""

import inspect
import sys
from typing import Any

from pydantic import BaseModel
from pydantic._internal._model_construction import build_lenient_weakvaluedict


def _load() -> None:
    names: dict[str, Any] = {}

    def later(cls: type[BaseModel], *, _types_namespace: dict[str, Any]) -> None:
        """Keeps the names that annotations need, the same for every type; pydantic builds it with them when used."""
        names.update(_types_namespace)

    at_once = BaseModel.__dict__["model_rebuild"]
    setattr(BaseModel, "model_rebuild", classmethod(later))  # noqa: B010 - a method is no attribute to mypy
    try:
        import aiogram.methods
        import aiogram.types
    finally:
        setattr(BaseModel, "model_rebuild", at_once)  # noqa: B010
    kept = build_lenient_weakvaluedict(names)
    for module in (aiogram.types, aiogram.methods):
        for one in vars(module).values():
            if inspect.isclass(one) and issubclass(one, BaseModel):
                one.__pydantic_parent_namespace__ = kept
    aiogram.types.Update.model_rebuild()


if "aiogram.types" not in sys.modules:
    _load()
