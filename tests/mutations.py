"""Broken updates: every field of every kind of update taken away, emptied, retyped and made huge; and raw bytes."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiogram.filters.callback_data import CallbackData

import bot.telegram.callbacks  # noqa: F401 - for its subclasses
from tests.taint import Marks, filled, filled_model, message_variants, update_kinds

MARK = "zqmarkzqmarkzq"
"""Stands in every word, name and string of the updates, so that one search finds any of them."""

ID_MARK = 314159265
"""The first nine digits of every person's and unknown chat's id, which has fifteen."""

PERSON = ID_MARK * 10**6 + 999_999
"""Stands for whoever the updates will be of."""

LONG = 100_000
LONGEST = 1_000_000
"""Bytes of a long string, and of every fiftieth."""

MANY = 10_000
DEEP = 1_000
ENDLESS = 20_000

NO_ID_MARK = 271828182
"""The same for numbers that tell of nobody."""

Path = tuple[str | int, ...]
NOTHING = object()
RAW = "@raw@"
"""Before a text that stands in the bytes as it is, without quotation marks."""
TWICE = "@twice@"
"""Before a key that stands in its object a second time."""


class Counted(Marks):
    """Markers that all begin the same."""

    def text(self, path: str) -> str:
        self.texts[path] = f"{MARK}{len(self.texts):06d}"
        return self.texts[path]

    def number(self, path: str) -> int:
        self.numbers[path] = ID_MARK * 10**6 + len(self.numbers)
        return self.numbers[path]


def _many(old: Any) -> list[Any]:
    """A long list; of what another mutation has made long, a short one: 10,000 long strings would be a gigabyte."""
    if isinstance(old, (dict, list)):
        old = 1
    return [old] * (MANY if len(str(old)) < 1_000 else 10)


MUTATIONS: dict[str, Callable[[Any, int, int], Any]] = {
    "deleted": lambda old, n, id: NOTHING,
    "null": lambda old, n, id: None,
    "true": lambda old, n, id: True,
    "integer": lambda old, n, id: id,
    "negative": lambda old, n, id: -id,
    "beyond 64 bits": lambda old, n, id: 2**65 + n,
    "beyond 128 bits": lambda old, n, id: 2**130 + n,
    "thousands of digits": lambda old, n, id: f"{RAW}{'9' * 5_000}",
    "float": lambda old, n, id: 1.5,
    "not a number": lambda old, n, id: f"{RAW}NaN",
    "infinity": lambda old, n, id: f"{RAW}1e999",
    "string": lambda old, n, id: f"{MARK}s{n:07d}",
    "empty string": lambda old, n, id: "",
    "list": lambda old, n, id: [f"{MARK}l{n:07d}"],
    "object": lambda old, n, id: {"id": id, "text": f"{MARK}o{n:07d}"},
    "nested list": lambda old, n, id: [[[[]]], old],
    "inside itself": lambda old, n, id: {"message": old, "reply_to_message": old, "chat": old},
    "long string": lambda old, n, id: f"{MARK}h{n:07d}w{n:07d}" + "ы" * ((LONGEST if n % 50 == 0 else LONG) // 2),
    "long list": lambda old, n, id: _many(old),
    "deep": lambda old, n, id: f"{RAW}{'[' * DEEP}{']' * DEEP}",
    "endlessly deep": lambda old, n, id: f"{RAW}{'[' * ENDLESS}{']' * ENDLESS}",
    "twice": lambda old, n, id: old,
}  # fmt: skip
"""By name: what takes the place of a value in update number n; `id` is a number that only this update has."""

BYTES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "no UTF-8": lambda raw, chance: _inside(raw, chance, b"\xff\xc3\x28\xed\xa0\x80"),
    "half a pair": lambda raw, chance: _inside(raw, chance, b"\\ud83d"),
    "the other half": lambda raw, chance: _inside(raw, chance, b"\\udd98 \\ud83d\\ud83d"),
    "NUL": lambda raw, chance: _inside(raw, chance, b"\x00"),
    "escaped NUL": lambda raw, chance: _inside(raw, chance, b"\\u0000"),
    "control characters": lambda raw, chance: _inside(raw, chance, bytes(range(1, 32))),
    "byte order mark": lambda raw, chance: b"\xef\xbb\xbf" + raw,
    "no escape": lambda raw, chance: _inside(raw, chance, b"\\x"),
    "cut": lambda raw, chance: raw[: chance.randrange(1, len(raw))],
    "cut by one": lambda raw, chance: raw[:-1],
    "one bracket more": lambda raw, chance: raw + b"}",
    "flipped": lambda raw, chance: _flipped(raw, chance, 1),
    "much flipped": lambda raw, chance: _flipped(raw, chance, 40),
    "no object": lambda raw, chance: chance.choice((b"17", b"null", b'"text"', b"[]", b"[{}]", b"1.5", b"{}", b"true")),
    "in a list": lambda raw, chance: b"[" + raw + b"]",
    "a page": lambda raw, chance: b"<html>502</html>",
    "invisible": lambda raw, chance: _inside(raw, chance, "\u200b\u202e\u0301".encode() * 20_000),
    "flags": lambda raw, chance: _inside(raw, chance, "\U0001f1f0".encode() * 30_000),
}  # fmt: skip


def _inside(raw: bytes, chance: random.Random, what: bytes) -> bytes:
    """With something in the middle of one of its marked strings."""
    places = [at for at in range(len(raw)) if raw.startswith(MARK.encode(), at)] if len(raw) < 20_000 else []
    at = (chance.choice(places) if places else raw.find(MARK.encode())) + len(MARK)
    return raw[:at] + what + raw[at:]


def _flipped(raw: bytes, chance: random.Random, times: int) -> bytes:
    found = bytearray(raw)
    for _ in range(times):
        found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found)


@dataclass(frozen=True)
class Change:
    """What is done to an update: to which kind, where in it, and what."""

    kind: str
    what: tuple[tuple[Path, str], ...]
    """Pairs of place and mutation; the place of a mutation of the bytes is empty."""


@dataclass
class Scene:
    """Who and what there is for the updates to speak of."""

    person: dict[str, Any]
    group: dict[str, Any]
    topic: int
    member: dict[str, Any]


@dataclass
class Bases:
    """One whole update of each kind, by name."""

    scene: Scene
    marks: Counted = field(default_factory=lambda: Counted(random.Random(1)))

    def private(self) -> dict[str, Any]:
        chat = {"id": self.scene.person["id"], "type": "private", "first_name": self.scene.person["first_name"]}
        return {"message_id": 900, "date": 1_790_000_000, "from": self.scene.person, "chat": chat}

    def grouped(self) -> dict[str, Any]:
        base = {"message_id": 900, "date": 1_790_000_000, "from": self.scene.member, "chat": self.scene.group}
        return {**base, "message_thread_id": self.scene.topic, "is_topic_message": True}

    def all(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        words = {"text": f"{MARK}wWORDS"}
        for where, base in (("private", self.private()), ("group", self.grouped())):
            found[f"{where} text"] = {"message": {**base, **words}}
            found[f"{where} edit"] = {"edited_message": {**base, "edit_date": 1_790_000_001, **words}}
            for number, (name, model) in enumerate(message_variants()):
                if where == "group" and "migrate" in name:
                    continue  # whole, it would move the desk: another story
                content = {name: filled(model, f"{where}.{name}.{number}", self.marks, 2)}
                caption = {"caption": f"{MARK}wWORDS"} if where == "private" else {}
                found[f"{where} {name} {number}"] = {"message": {**base, **content, **caption}}
            found |= self._events(where, base)
        for name, model in update_kinds():
            found[f"unknown {name}"] = {name: filled_model(model, name, self.marks, 2)}
        return found

    def _events(self, where: str, base: dict[str, Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        message = {**base, "from": {"id": 1, "is_bot": True, "first_name": "Senim"}, "text": "…"}
        for data in CallbackData.__subclasses__():
            values = [f"{MARK[:5]}" for _ in data.model_fields]
            query = {"id": self.marks.text(f"{where}.{data.__name__}"), "from": base["from"], "message": message}
            data_of = {"data": ":".join([data.__prefix__, *values]), "chat_instance": "1"}
            found[f"{where} tap {data.__prefix__}"] = {"callback_query": {**query, **data_of}}
        for name, model in update_kinds():
            if name in ("my_chat_member", "chat_member", "message_reaction"):
                event = filled_model(model, f"{where}.{name}", self.marks, 2)
                event |= {"chat": base["chat"], "from": base["from"], "user": base["from"]}
                found[f"{where} {name}"] = {name: event}
        return found


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place in an update but the whole of it."""
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*at, name)
        yield from paths(one, (*at, name))


ENVELOPE = ("from", "chat", "message_id", "date", "message_thread_id", "is_topic_message")
"""What all messages share: mutated in texts and edits, and in one place only elsewhere."""


def systematic(bases: dict[str, dict[str, Any]]) -> list[Change]:
    """Every (kind, place, mutation) once."""
    found = []
    for kind, update in bases.items():
        whole = kind.endswith((" text", " edit"))
        for path in [("update_id",), *paths(update)]:
            shared = len(path) > 1 and path[0] == "message" and path[1] in ENVELOPE
            if whole or not shared:
                found += [Change(kind, ((path, name),)) for name in MUTATIONS]
        found += [Change(kind, (((), name),)) for name in BYTES]
    return found


def changes(bases: dict[str, dict[str, Any]], count: int, seed: int) -> list[Change]:
    """So many changes in an order by chance: nine tenths single ones, evenly chosen; the others are two or three."""
    chance = random.Random(seed)
    every = systematic(bases)
    found = _evenly(every, count - count // 10, chance)
    kinds = list(bases)
    places = {kind: list(paths(update)) for kind, update in bases.items()}
    mixed = []
    for _ in range(count - len(found)):
        kind = chance.choice(kinds)
        what = [(chance.choice(places[kind]), chance.choice(list(MUTATIONS))) for _ in range(chance.choice((2, 3)))]
        mixed.append(Change(kind, tuple(what)))
    found += mixed
    chance.shuffle(found)
    return found


def _evenly(every: list[Change], count: int, chance: random.Random) -> list[Change]:
    """Round by round over all pairs of kind and mutation, each time at another place."""
    pairs: dict[tuple[str, str], list[Change]] = {}
    for change in every:
        pairs.setdefault((change.kind, change.what[0][1]), []).append(change)
    for found in pairs.values():
        chance.shuffle(found)
    order = list(pairs.values())
    chance.shuffle(order)
    rounds = (found[number] for number in range(max(map(len, order))) for found in order if number < len(found))
    return [change for _, change in zip(range(count), rounds, strict=False)]


def made(
    update: dict[str, Any], change: Change, number: int, update_id: int, person: int, chance: random.Random
) -> bytes:
    """The bytes of a changed update. `number` makes its markers unique; it is of this person where it is PERSON's."""
    text = _whole(update).replace("wWORDS", f"w{number:07d}").replace(str(PERSON), str(person))
    whole = {"update_id": update_id, **json.loads(text)}
    for path, name in change.what:
        if path:
            _change(whole, path, name, number)
    raw = _written(whole)
    for path, name in change.what:
        if not path:
            raw = BYTES[name](raw, chance)
    return raw


_wholes: dict[int, tuple[Any, str]] = {}


def _whole(update: dict[str, Any]) -> str:
    """Its JSON, written once."""
    if id(update) not in _wholes:
        _wholes[id(update)] = (update, json.dumps(update, ensure_ascii=False))
    return _wholes[id(update)][1]


def _change(whole: dict[str, Any], path: Path, name: str, number: int) -> None:
    holder: Any = whole
    for step in path[:-1]:
        holder = _at(holder, step)
    last = path[-1]
    old = _at(holder, last)
    if old is NOTHING:
        return  # another change has taken it away
    new = MUTATIONS[name](old, number, (ID_MARK if _personal(path) else NO_ID_MARK) * 10**6 + number)
    if name == "twice" and isinstance(holder, dict):
        holder[f"{TWICE}{last}"] = new
    elif new is NOTHING:
        del holder[last]
    else:
        holder[last] = new


def _personal(path: Path) -> bool:
    """Whether a number there says who somebody is; those of updates, messages, topics and groups do not."""
    names = [name for name in path if isinstance(name, str)]
    return names[-1] in ("id", "user_id", "from", "user") and "chat" not in names[-2:]


def _at(holder: Any, step: str | int) -> Any:
    try:
        return holder[step]
    except (KeyError, IndexError, TypeError):
        return NOTHING


def _written(whole: dict[str, Any]) -> bytes:
    text = json.dumps(whole, ensure_ascii=False)
    if RAW in text:
        first, *parts = text.split(f'"{RAW}')
        text = first + "".join("".join(part.split('"', 1)) for part in parts)
    return text.replace(TWICE, "").encode()
