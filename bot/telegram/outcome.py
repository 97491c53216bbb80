"""What came of a call, and what the application does about it."""

from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.messages import Row
from bot.telegram.api import ApiError, Unreachable
from bot.telegram.render import Call
from storage.outbox import Ready


class Aftermath(Protocol):
    """What the application does when the fate of a row is known; runs in the recording transaction.

    `sent` has something to do only for rows of the kinds in `followed`.
    """

    followed: frozenset[str]

    async def sent(self, row: Row, message_id: int | None, found: Any = None) -> None: ...
    async def part_sent(self, row: Row, message_id: int | None) -> None: ...
    async def undelivered(self, row: Row, why: str) -> None: ...
    async def topic_made(self, row: Row, desk: str, thread_id: int) -> None: ...
    async def topic_gone(self, row: Row, desk: str, thread_id: int) -> None: ...
    async def vanished(self, row: Row) -> None: ...
    async def person_gone(self, key: str) -> None: ...
    async def group_moved(self, old: int, new: int) -> None: ...
    async def desk_down(self, desk: str, why: str) -> None: ...
    async def desk_up(self, desk: str) -> None: ...
    async def desk_held(self, desk: str) -> None: ...
    async def right_missing(self, desk: str) -> None: ...


@dataclass(frozen=True)
class Outcome:
    """What a call answered: a result or an error."""

    ready: Ready
    call: Call
    result: Any = None
    error: ApiError | Unreachable | None = None

    @property
    def message(self) -> dict[str, Any]:
        """The message that Telegram answered with; empty for calls that make none."""
        return self.result if isinstance(self.result, dict) else {}

    @property
    def astray(self) -> bool:
        """It went into another topic than the one that was asked for, or into none."""
        call = self.call
        asked = call.thread_id if call.method.startswith("send") and call.desk else None
        return asked is not None and asked != self.message.get("message_thread_id")

    def over(self, followed: frozenset[str]) -> bool:
        """Whether the row is out, whole, where it should be, and nothing follows from that."""
        row, call = self.ready.row, self.call
        last = row.part + 1 >= call.parts and not call.topic_of and not call.probe
        return self.error is None and last and not self.astray and row.post.kind not in followed
