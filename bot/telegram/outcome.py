"""What came of a call, and what the application does about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.messages import Row, Standing, To
from bot.telegram.api import ApiError, Unreachable
from bot.telegram.render import Call
from storage.outbox import Ready
from storage.threads import FILE

LATEST = 2**40
"""Seconds since 1970 that no clock shows."""


class Aftermath(Protocol):
    """What the application does when the fate of a row is known; runs in the recording transaction.

    `sent` has something to do only for rows of the kinds in `followed`.
    """

    followed: frozenset[str]

    async def sent(self, row: Row, message_id: int | None, found: Any = None) -> None: ...
    async def part_sent(self, row: Row, message_id: int | None) -> None: ...
    async def stand(self, out: Sequence[Standing]) -> None: ...
    async def needless(self, row: Row, *, too_late: bool) -> None: ...
    async def undelivered(self, row: Row, why: str) -> None: ...
    async def topic_made(self, row: Row, desk: str, thread_id: int) -> None: ...
    async def topic_gone(self, row: Row, desk: str, thread_id: int) -> None: ...
    async def vanished(self, row: Row) -> None: ...
    async def person_gone(self, key: str) -> None: ...
    async def group_moved(self, old: int, new: int) -> None: ...
    async def desk_down(self, desk: str, why: str) -> None: ...
    async def desk_up(self, desk: str) -> None: ...
    async def desk_looked(self, desk: str, facts: Mapping[str, Any]) -> None: ...
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
    def dated(self) -> int:
        """When Telegram says that this very call was made, seconds since 1970; 0 where it does not: an edit has the
        date of what it changes."""
        date = self.message.get("date") if self.call.method.startswith("send") else None
        return date if isinstance(date, int) and 0 < date < LATEST else 0

    @property
    def astray(self) -> bool:
        """It went into another topic than the one that was asked for, or into none."""
        call = self.call
        asked = call.thread_id if call.method.startswith("send") and call.desk else None
        return asked is not None and asked != self.message.get("message_thread_id")

    @property
    def standing(self) -> Standing | None:
        """What of a case stands where now."""
        call, post, number = self.call, self.ready.row.post, self.message.get("message_id")
        if self.error is not None or not call.lines or not isinstance(number, int) or self.astray:
            return None
        place = {To.PERSON: "person", To.OPERATOR: f"operator:{post.recipient}"}.get(post.to)
        place = place or f"{call.desk}/{call.thread_id}{FILE if call.upload else ''}"
        return Standing(post.case, place, number, call.lines, self.ready.row.again)

    def over(self, followed: frozenset[str]) -> bool:
        """Whether the row is out, whole, where it should be, and nothing follows from that."""
        row, call = self.ready.row, self.call
        last = row.part + 1 >= call.parts and not call.topic_of and not call.probe
        return self.error is None and last and not self.astray and row.post.kind not in followed
