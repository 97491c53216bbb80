"""The append-only record of every call, of everything that was shown to somebody, and of every tap."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

import orjson

from .clock import SandboxClock, monotonic
from .errors import JSON

SENDS = ("send", "copy", "forward")
Blob = bytes
Upload = tuple[str, bytes]
"""A file's name and content."""
NOT_SENDS = frozenset({"sendChatAction"})


class HasId(Protocol):
    """A phone or a group."""

    @property
    def id(self) -> int: ...


@dataclass(slots=True)
class Call:
    """One Bot API call. ``params`` are as they were understood; a file is ``<file NAME>``, its bytes in ``files``."""

    at: datetime
    monotonic: float
    method: str
    params: JSON
    files: list[Upload] = field(default_factory=list)
    ok: bool = False
    error_code: int | None = None
    description: str | None = None
    result: Any = None
    answered: bool = True
    """False when the connection was cut before the answer."""

    @property
    def chat_id(self) -> int | None:
        return as_chat_id(self.params.get("chat_id"))


@dataclass(slots=True)
class Showing:
    """Something that appeared on, changed on or left somebody's screen."""

    at: datetime
    monotonic: float
    chat_id: int
    thread_id: int | None
    message_id: int | None
    by: int | Literal["bot"]
    action: str
    text: str
    markup: Any
    params: JSON
    viewers: frozenset[int]
    notification: bool


@dataclass(slots=True)
class Tapped:
    """Somebody pressed an inline button; ``text`` is what stood over it then, ``query_id`` what its answer names."""

    at: datetime
    monotonic: float
    by: int
    chat_id: int
    message_id: int
    label: str
    text: str
    query_id: str


def as_chat_id(value: object) -> int | None:
    """A chat id as it came in a request; None for usernames and for nothing."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return None


class Journal:
    """What happened, in order. Nothing is ever removed."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self.calls: list[Call] = []
        self.shown: list[Showing] = []
        self.taps: list[Tapped] = []

    def call(self, method: str, params: JSON, files: list[Upload]) -> Call:
        """Open the record of a call; its outcome is filled in later."""
        call = Call(self._clock.now(), monotonic(), method, params, files)
        self.calls.append(call)
        return call

    def show(
        self,
        chat_id: int,
        by: int | Literal["bot"],
        action: str,
        viewers: frozenset[int],
        *,
        thread_id: int | None = None,
        message_id: int | None = None,
        text: str = "",
        markup: Any = None,
        params: JSON | None = None,
        notification: bool = False,
    ) -> None:
        at = self._clock.now()
        self.shown.append(
            Showing(
                at, monotonic(), chat_id, thread_id, message_id, by, action, text, markup, params or {}, viewers,
                notification,
            )
        )  # fmt: skip

    def tap(self, by: int, chat_id: int, message_id: int, label: str, text: str, query_id: str) -> None:
        self.taps.append(Tapped(self._clock.now(), monotonic(), by, chat_id, message_id, label, text, query_id))

    def sent(self, chat_id: int | None = None, thread_id: int | None = None, method: str | None = None) -> list[Call]:
        """Calls that succeeded: of this ``method``, or, when None, all that send a message (send*, copy*, forward*)."""
        return [
            call
            for call in self.calls
            if call.ok
            and (is_send(call.method) if method is None else call.method == method)
            and (chat_id is None or call.chat_id == chat_id)
            and (thread_id is None or as_chat_id(call.params.get("message_thread_id")) == thread_id)
        ]

    def to(self, receiver: HasId) -> list[Showing]:
        """What the bot showed in this group or in the private chat with this phone."""
        return [showing for showing in self.shown if showing.by == "bot" and showing.chat_id == receiver.id]

    def bytes(self, chat_id: int | None = None) -> Blob:
        """Everything that the bot sent (parameters and files of every call, refused ones too) as one blob of UTF-8."""
        parts: list[Blob] = []
        for call in self.calls:
            if chat_id is None or call.chat_id == chat_id:
                parts.append(orjson.dumps([call.method, call.params], default=str, option=orjson.OPT_NON_STR_KEYS))
                parts.extend(name.encode() + b"\n" + data for name, data in call.files)
        return b"\n".join(parts)

    def as_json(self) -> Blob:
        """Calls and showings for another process."""

        def plain(value: object) -> object:
            return sorted(value) if isinstance(value, (set, frozenset)) else str(value)

        calls = [{name: getattr(call, name) for name in Call.__slots__ if name != "files"} for call in self.calls]
        return orjson.dumps({"calls": calls, "shown": self.shown}, default=plain)


def is_send(method: str) -> bool:
    """Whether the method puts a new message into a chat."""
    return method.startswith(SENDS) and method not in NOT_SENDS
