"""Broken updates: every field of every kind of update taken away, emptied, retyped and made huge; and raw bytes."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiogram.filters.callback_data import CallbackData

import bot.telegram.callbacks  # noqa: F401 - for its subclasses
from tests.taint import Filled, Marks, filled, filled_model, message_variants, update_kinds

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
    """Never in the update's number: with another one's it would be a repeat, which is rightly dropped."""
    found = bytearray(raw)
    first, size = len(b'{"update_id": '), raw.index(b",") - len(b'{"update_id": ')
    for _ in range(times):
        at = chance.randrange(len(found) - size)
        found[at if at < first else at + size] = chance.randrange(256)
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


DEPTHS = {"rich_message": 3, "reply_markup": 3, "unique_gift": 3}
"""Of what has models that stand nowhere else and are deeper than two."""


@dataclass
class Bases:
    """One whole update of each kind, by name; and one for each further member of every union in them."""

    scene: Scene
    marks: Counted = field(default_factory=lambda: Counted(random.Random(1)))

    def _private(self) -> Filled:
        person = Filled("User", self.scene.person)
        chat = Filled("Chat", {"id": person["id"], "type": "private", "first_name": person["first_name"]})
        return Filled("Message", {"message_id": 900, "date": 1_790_000_000, "from": person, "chat": chat})

    def _grouped(self) -> Filled:
        member, chat = Filled("User", self.scene.member), Filled("Chat", self.scene.group)
        message = {"message_id": 900, "date": 1_790_000_000, "from": member, "chat": chat}
        return Filled("Message", {**message, "message_thread_id": self.scene.topic, "is_topic_message": True})

    def all(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        words = {"text": f"{MARK}wWORDS"}
        for where, base in (("private", self._private()), ("group", self._grouped())):
            found[f"{where} text"] = {"message": Filled("Message", {**base, **words})}
            edited = {**base, "edit_date": 1_790_000_001, **words}
            found[f"{where} edit"] = {"edited_message": Filled("Message", edited)}
            found |= self._each(where, self._variants(where, base))
            found |= self._taps(where, base)
            found |= self._each(where, self._events(where, base))
        return found | self._each("unknown", self._unknown())

    def _each(self, where: str, ways: dict[str, Callable[[], dict[str, Any]]]) -> dict[str, dict[str, Any]]:
        """What these make, and what they make of every further member of a union, once for each field that holds it:
        the smallest update that has it."""
        found: dict[str, dict[str, Any]] = {}
        known: set[tuple[str, str]] = set()
        sizes = {name: len(list(paths(self._with({}, way)))) for name, way in ways.items()}
        queue: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in sorted(ways, key=sizes.__getitem__)]
        for name, chosen in queue:
            update = self._with(chosen, ways[name])
            found["/".join((f"{where} {name}", *(member.__name__ for member in chosen.values())))] = update
            for path, (holder, members) in self.marks.unions.items():
                field = holder.partition(".")[2]
                above = [self.marks.unions[one][1] for one in chosen if path.startswith(f"{one}.")]
                for member in members if members not in above else ():
                    if (field, member.__name__) not in known:
                        known.add((field, member.__name__))
                        queue.append((name, {**chosen, path: member}))
        return found

    def _with(self, chosen: dict[str, Any], way: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        self.marks.chosen, self.marks.unions = chosen, {}
        return way()

    def _variants(self, where: str, base: Filled) -> dict[str, Callable[[], dict[str, Any]]]:
        def way(name: str, model: Any, path: str) -> dict[str, Any]:
            content = {name: filled(model, path, self.marks, DEPTHS.get(name, 2), f"Message.{name}")}
            caption = {"caption": f"{MARK}wWORDS"} if where == "private" else {}
            return {"message": Filled("Message", {**base, **content, **caption})}

        return {
            f"{name} {number}": partial(way, name, model, f"{where}.{name}.{number}")
            for number, (name, model) in enumerate(message_variants())
            if where != "group" or "migrate" not in name  # whole, it would move the desk: another story
        }

    def _taps(self, where: str, base: Filled) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        senim = Filled("User", {"id": 1, "is_bot": True, "first_name": "Senim"})
        message = Filled("Message", {**base, "from": senim, "text": "…"})
        for data in CallbackData.__subclasses__():
            values = [f"{MARK[:5]}" for _ in data.model_fields]
            query = {"id": self.marks.text(f"{where}.{data.__name__}"), "from": base["from"], "message": message}
            query |= {"data": ":".join([data.__prefix__, *values]), "chat_instance": "1"}
            found[f"{where} tap {data.__prefix__}"] = {"callback_query": Filled("CallbackQuery", query)}
        return found

    def _events(self, where: str, base: Filled) -> dict[str, Callable[[], dict[str, Any]]]:
        def way(name: str, model: Any) -> dict[str, Any]:
            event = filled_model(model, f"{where}.{name}", self.marks, 2)
            event |= {"chat": base["chat"], "from": base["from"], "user": base["from"]}
            return {name: event}

        asked = ("my_chat_member", "chat_member", "message_reaction")
        return {name: partial(way, name, model) for name, model in update_kinds() if name in asked}

    def _unknown(self) -> dict[str, Callable[[], dict[str, Any]]]:
        def way(name: str, model: Any) -> dict[str, Any]:
            return {name: filled_model(model, name, self.marks, 2)}

        return {name: partial(way, name, model) for name, model in update_kinds()}


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every place in an update but the whole of it."""
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield (*at, name)
        yield from paths(one, (*at, name))


Place = tuple[str, str, str]
"""A field of a model, the model that holds it, and, for what the bot reads first, where the update is from."""


def places(kind: str, update: dict[str, Any]) -> Iterator[tuple[Path, Place]]:
    """Every path in an update with its place."""
    where, event = kind.split()[0], next(iter(update))
    yield ("update_id",), (where, event, "Update.update_id")
    for path, holder, name in _places(update, (), "", "Update"):
        own = len(path) <= 2 or path[1] in ("from", "chat")
        yield path, (where if own else "", holder, name)


def _places(value: Any, at: Path, holder: str, name: str) -> Iterator[tuple[Path, str, str]]:
    """`name` is the model's where the value is a whole one, else the field's."""
    inside: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        path, field = (*at, step), f"{name}[]" if isinstance(value, list) else f"{name}.{step}"
        yield path, holder, field
        if isinstance(one, Filled):
            yield from _places(one, path, name.partition(".")[0], one.model)
        else:
            yield from _places(one, path, holder, field)


def systematic(bases: dict[str, dict[str, Any]]) -> list[Change]:
    """Every mutation at every place once, in the first kind of update that has it, and every mutation of the bytes of
    every kind, whose unions are all one kind here; mutation by mutation."""
    found: dict[Place, tuple[str, Path]] = {}
    for kind, update in bases.items():
        for path, place in places(kind, update):
            found.setdefault(place, (kind, path))
    singles = [Change(kind, ((path, name),)) for name in MUTATIONS for kind, path in found.values()]
    return singles + [Change(kind, (((), name),)) for name in BYTES for kind in bases if "/" not in kind]


def changes(bases: dict[str, dict[str, Any]], count: int, seed: int) -> list[Change]:
    """So many changes: first every systematic one, then, by chance, one to three at once anywhere. Where there are more
    systematic ones than that, an even share of them makes nine tenths."""
    chance = random.Random(seed)
    found = systematic(bases)
    if len(found) > count:
        share = count - count // 10
        found = [found[number * len(found) // share] for number in range(share)]
    chance.shuffle(found)
    kinds = list(bases)
    known: dict[str, list[Path]] = {}
    while len(found) < count:
        kind = chance.choice(kinds)
        at = known.get(kind) or known.setdefault(kind, list(paths(bases[kind])))
        what = [(chance.choice(at), chance.choice(list(MUTATIONS))) for _ in range(chance.choice((1, 2, 3)))]
        found.append(Change(kind, tuple(what)))
    return found


def made(
    update: dict[str, Any], change: Change, number: int, update_id: int, person: int, chance: random.Random
) -> bytes:
    """The bytes of a changed update. `number` makes its markers unique; it is of this person where it is PERSON's."""
    text = _whole(update).replace("wWORDS", f"w{number:07d}").replace(MARK, f"{MARK}n{number:07d}")
    text = text.replace(str(PERSON), str(person))
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
    old = _at(holder, last) if isinstance(holder, dict | list) else NOTHING
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
