"""The fault switch: what goes wrong on the way to Telegram and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .errors import JSON

Kind = Literal["fail", "server_error", "cut_before", "cut_after", "hang", "garbage", "no_result", "empty_result"]

KINDS = ("fail", "server_error", "cut_before", "cut_after", "hang", "garbage", "no_result", "empty_result")


@dataclass(slots=True)
class Fault:
    """One fault for calls that match. ``method`` None means every method except getUpdates, which must be named
    (a waiting poll would use up the fault), and "callout", which is no method of Telegram's but the POST to the
    gateway outside; ``times`` None means until cleared."""

    kind: Kind
    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1
    code: int = 400
    description: str = ""
    parameters: JSON | None = None
    seconds: float = 0.0

    def matches(self, method: str, chat_id: int | None) -> bool:
        if self.method is None:
            if method in ("getUpdates", "callout"):
                return False
        elif self.method.lower() != method.lower():
            return False
        return self.chat_id is None or self.chat_id == chat_id


class Faults:
    """Faults waiting for their calls, in the order they were added."""

    def __init__(self) -> None:
        self.is_down = False
        self.changed: Callable[[], None] = lambda: None
        self._waiting: list[Fault] = []

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """Faults that have not been used up yet."""
        return tuple(self._waiting)

    def add(self, fault: Fault) -> Fault:
        if fault.kind not in KINDS:
            raise ValueError(f"no such fault: {fault.kind}")
        self._waiting.append(fault)
        return fault

    def fail(
        self,
        method: str | None = None,
        chat_id: int | None = None,
        times: int | None = 1,
        *,
        code: int,
        description: str,
        parameters: JSON | None = None,
    ) -> Fault:
        """Refuse with this code and text; nothing takes effect."""
        return self.add(Fault("fail", method, chat_id, times, code, description, parameters))

    def flood(
        self, retry_after: int, method: str | None = None, chat_id: int | None = None, times: int | None = 1
    ) -> Fault:
        """429, whatever the limits say."""
        text = f"Too Many Requests: retry after {retry_after}"
        return self.add(Fault("fail", method, chat_id, times, 429, text, {"retry_after": retry_after}))

    def server_error(self, method: str | None = None, chat_id: int | None = None, times: int | None = 1) -> Fault:
        """502 with an HTML page, as nginx in front of Telegram sends it; nothing takes effect."""
        return self.add(Fault("server_error", method, chat_id, times))

    def cut_before(self, method: str | None = None, chat_id: int | None = None, times: int | None = 1) -> Fault:
        """The connection is closed and nothing takes effect."""
        return self.add(Fault("cut_before", method, chat_id, times))

    def cut_after(self, method: str | None = None, chat_id: int | None = None, times: int | None = 1) -> Fault:
        """The call takes effect and then the connection is closed without an answer."""
        return self.add(Fault("cut_after", method, chat_id, times))

    def hang(
        self, seconds: float, method: str | None = None, chat_id: int | None = None, times: int | None = 1
    ) -> Fault:
        """The call waits for real ``seconds``, takes effect (also when the caller has gone), and is answered."""
        return self.add(Fault("hang", method, chat_id, times, seconds=seconds))

    def garbage(self, method: str | None = None, chat_id: int | None = None, times: int | None = 1) -> Fault:
        """200 with something that is not JSON; nothing takes effect."""
        return self.add(Fault("garbage", method, chat_id, times))

    def no_result(self, method: str | None = None, chat_id: int | None = None, times: int | None = 1) -> Fault:
        """200 with ``{"ok": true}`` and no result; nothing takes effect."""
        return self.add(Fault("no_result", method, chat_id, times))

    def empty_result(self, method: str | None = None, chat_id: int | None = None, times: int | None = 1) -> Fault:
        """200 with a result that says nothing; nothing takes effect."""
        return self.add(Fault("empty_result", method, chat_id, times))

    def remove(self, fault: Fault) -> None:
        """This one is over; also when it is used up already."""
        if fault in self._waiting:
            self._waiting.remove(fault)
        self.changed()

    def down(self, on: bool) -> None:
        """Every connection, open polls too, is cut until switched off."""
        self.is_down = on
        self.changed()

    def clear(self) -> None:
        """No faults, not down."""
        self._waiting.clear()
        self.down(False)

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault for this call, counted down."""
        for fault in self._waiting:
            if fault.matches(method, chat_id):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._waiting.remove(fault)
                return fault
        return None
