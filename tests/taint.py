"""Markers for the taint test: updates in which every string and every identifying number is unique, and the search."""

import base64
import random
import string
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any

from aiogram.client.default import Default
from aiogram.types import Message, Update
from pydantic import BaseModel

NOT_IDENTIFYING = ("message_id", "message_thread_id", "update_id", "date", "size", "offset", "length", "duration",
                   "width", "height", "count", "type", "period")  # fmt: skip
"""Parts of the names of numbers that identify nobody."""

DEPTH = 3


@dataclass
class Marks:
    """Unique values by where they stand: path to value."""

    chance: random.Random
    texts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, Any] = field(default_factory=dict)
    """Which member of a union stands there; the first one where nothing is said."""
    unions: dict[str, tuple[str, list[Any]]] = field(default_factory=dict)
    """The unions of models that were met: the field that holds one, and its members but the first."""

    def of(self, *beginnings: str) -> "Marks":
        """Those that stand under one of these."""
        found = Marks(self.chance)
        found.texts = {path: mark for path, mark in self.texts.items() if path.startswith(beginnings)}
        found.numbers = {path: mark for path, mark in self.numbers.items() if path.startswith(beginnings)}
        return found

    def text(self, path: str) -> str:
        mark = "zq" + "".join(self.chance.choices(string.ascii_lowercase, k=12))
        self.texts[path] = mark
        return mark

    def number(self, path: str) -> int:
        """As large as Telegram's ids: more than 32 bits, less than 52."""
        self.numbers[path] = self.chance.randrange(2**33, 2**51)
        return self.numbers[path]

    def typed(self, path: str) -> str:
        """Words of the person: these do arrive."""
        mark = "zw" + "".join(self.chance.choices(string.ascii_lowercase, k=12))
        self.words[path] = mark
        return mark


class Filled(dict[str, Any]):
    """A filled model that still knows which one it is of."""

    def __init__(self, model: str, values: Mapping[str, Any] | None = None) -> None:
        super().__init__(values or {})
        self.model = model


def filled(annotation: Any, path: str, marks: Marks, depth: int = DEPTH, holder: str = "") -> Any:
    """A value of this type with a marker wherever one can stand. `holder` is the field that it stands in."""
    annotation = getattr(annotation, "__value__", annotation)
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return filled(typing.get_args(annotation)[0], path, marks, depth, holder)
    if origin is typing.Literal:
        return typing.get_args(annotation)[0]
    if origin in (typing.Union, types.UnionType):
        choices = _choices(annotation)
        models = [choice for choice in choices if isinstance(choice, type) and issubclass(choice, BaseModel)]
        one = str if models and str in choices else choices[0]
        if len(models) > 1:
            marks.unions[path] = (holder, [model for model in models if model is not one])
            one = marks.chosen.get(path, one)
        return filled(one, path, marks, depth, holder)
    if origin is list:
        return [filled(typing.get_args(annotation)[0], path, marks, depth, holder)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return filled_model(annotation, path, marks, depth)
    return _plain(annotation, path, marks)


def _plain(annotation: Any, path: str, marks: Marks) -> Any:
    name = path.rsplit(".", 1)[-1]
    if annotation is bool:
        return True
    if annotation is datetime:
        return 1_790_000_000
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return next(iter(annotation)).value
    if annotation is float:
        place = round(marks.chance.uniform(40, 55), 7)
        marks.texts[path] = str(place)
        return place
    if annotation is int:
        return 7 if any(part in name for part in NOT_IDENTIFYING) or "id" not in name else marks.number(path)
    if name == "emoji":
        return "🙂"
    if name == "text" and path.startswith("message.rich_message."):
        return marks.typed(path)
    return marks.text(path)


def _choices(annotation: Any) -> list[Any]:
    """The members of a union that are not None; models before plain types, integers before strings."""
    found = [choice for choice in typing.get_args(annotation) if choice not in (type(None), Default)]
    return sorted(found, key=lambda choice: (choice is str, choice is bool))


def filled_model(model: type[BaseModel], path: str, marks: Marks, depth: int) -> dict[str, Any]:
    """A model with all its fields to a certain depth, below that only those it must have."""
    found = Filled(model.__name__)
    for name, info in model.model_fields.items():
        required = info.is_required()
        if not required and depth <= 0:
            if not isinstance(info.default, str):
                continue
            found[info.alias or name] = info.default
            continue
        if isinstance(info.default, str):
            found[info.alias or name] = info.default
        else:
            holder = f"{model.__name__}.{name}"
            deeper = 0 if _endless(model, name) else depth - 1
            found[info.alias or name] = filled(info.annotation, f"{path}.{name}", marks, deeper, holder)
    return found


@cache
def _endless(model: type[BaseModel], name: str) -> bool:
    """Fields that hold a whole message again: of that only what it must have."""
    annotation = str(model.model_fields[name].annotation)
    return "MaybeInaccessible" in annotation or "types.message.Message" in annotation


def message_variants() -> Iterator[tuple[str, Any]]:
    """Every content field of a message, once for each model that it may hold."""
    for name, info in Message.model_fields.items():
        if name in ("message_id", "date", "from_user", "chat", "text", "caption"):
            continue
        choices = _choices(info.annotation) if typing.get_origin(info.annotation) is not None else []
        unions = [c for c in choices if typing.get_origin(c) in (typing.Union, types.UnionType)]
        members = [member for union in unions for member in _choices(union)] or choices or [info.annotation]
        for member in members:
            yield info.alias or name, member


def update_kinds() -> Iterator[tuple[str, Any]]:
    """Every type of update, with its model."""
    for name, info in Update.model_fields.items():
        if name not in ("update_id", "message", "edited_message"):
            yield name, _choices(info.annotation)[0]


def text_forms(mark: str) -> dict[str, bytes]:
    """How a text can stand in bytes; base64 at each of the three places in a group of three bytes."""
    raw = mark.encode()
    forms = {"utf-8": raw, "hex": raw.hex().encode(), "utf-16": mark.encode("utf-16-le")}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw)
        forms[f"base64+{shift}"] = whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]
    return forms


def number_forms(mark: int) -> dict[str, bytes]:
    """How a number can stand in bytes: as text, and binary in 4, 6 and 8 bytes from either end."""
    forms = {f"decimal {name}": form for name, form in text_forms(str(mark)).items()}
    forms["hex number"] = f"{mark:x}".encode()
    for size in (4, 6, 8):
        low = mark % 2 ** (8 * size)
        forms[f"big {size}"] = low.to_bytes(size, "big")
        forms[f"little {size}"] = low.to_bytes(size, "little")
    return forms


def leaks(blob: bytes, marks: Marks, *, words: bool = True) -> set[tuple[str, str]]:
    """Where and how a marker stands in these bytes: (path, form). One pass over the bytes for all markers."""
    exact: Needles = {}
    folded: Needles = {}
    texts = {**marks.texts, **(marks.words if words else {})}
    for path, mark in texts.items():
        for form, needle in text_forms(mark).items():
            _remember(exact if form.startswith("base64") else folded, path, form, needle)
    for path, number in marks.numbers.items():
        for form, needle in number_forms(number).items():
            _remember(folded if form == "hex number" else exact, path, form, needle)
    return _search(blob, exact) | _search(blob.lower(), folded)


Needles = dict[bytes, list[tuple[str, str, bytes]]]
"""What is looked for, by its first four bytes."""


def _remember(needles: Needles, path: str, form: str, needle: bytes) -> None:
    needles.setdefault(needle[:4], []).append((path, form, needle))


def _search(blob: bytes, needles: Needles) -> set[tuple[str, str]]:
    found = set()
    for at in range(len(blob) - 3):
        for path, form, needle in needles.get(blob[at : at + 4], ()):
            if blob.startswith(needle, at):
                found.add((path, form))
    return found
