"""Pace: how much may go to whom now, so that Telegram never has to say 429, and red always has room."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping

GROUP_WINDOW = 61.0
"""Seconds: a minute and one for the way there."""
GROUP_ALL = 20
GROUP_ORDINARY = 16
GROUP_BESIDE_RED = 12
GROUP_HALF = 10
GROUP_MANY = 12
"""Beyond so many the files of somebody who sends very many wait: what others say next finds room at once."""

PERSON_GAP = 1.0
PERSON_BURST = 2
OVERALL = 28
"""Calls a second in all; Telegram's own limit is about 30."""
OVERALL_RED = 6
"""Of these, how many are kept for what is red: it must not wait for a second that receipts have used up."""
ABROAD = 3.0
"""Seconds for which a call that has not come home counts among them: one that hangs must not hold up everybody."""


PRIVATE = "private"
"""The name under which calls to persons are remembered together over a restart."""


class Pace:
    """Sends of the last minute by receiver; `monotonic` gives seconds. `restore` brings back what a restart forgot.

    Telegram counts a call when it arrives. That is known only when its answer is there, so a call counts from when it
    is made, and from its answer on anew: however long the way, no second and no minute has more than it may.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._sent: dict[str, deque[float]] = {}
        self._held: dict[str, float] = {}
        self._abroad: deque[float] = deque()
        self._home: deque[float] = deque()
        """When calls that are under way were made, and when others came home in the last second."""
        self._persons_from = 0.0

    def restore(self, spent: Iterable[tuple[str, float, int]], holds: Mapping[str, float]) -> None:
        """After a start: calls (receiver, seconds ago, how many; the oldest first) and holds (receiver, seconds left)
        from before.

        Persons are not told apart there: all of them wait until the last call to any is old enough.
        """
        now = self._monotonic()
        for name, ago, calls in spent:
            self._home.extend([now - ago] * calls)
            if name == PRIVATE:
                self._persons_from = max(self._persons_from, now - ago + PERSON_GAP * PERSON_BURST)
            else:
                self._sent.setdefault(name, deque()).extend([now - ago] * calls)
        for name, seconds in holds.items():
            self.hold(name, seconds)

    def spend(self, name: str) -> float:
        """Counts one call to this receiver; returns its moment, for `home`."""
        now = self._monotonic()
        self._sent.setdefault(name, deque()).append(now)
        self._abroad.append(now)
        return now

    def home(self, name: str, made: float) -> None:
        """The call of that moment has an answer, or will have none."""
        now = self._monotonic()
        for calls in (self._sent.setdefault(name, deque()), self._abroad):
            if made in calls:
                calls.remove(made)
        self._sent[name].append(now)
        self._home.append(now)

    def hold(self, name: str, seconds: float) -> None:
        """Telegram said 429: nothing goes there for so long."""
        self._held[name] = self._monotonic() + seconds

    def room(self) -> int:
        """How many calls may go out now at all."""
        now = self._monotonic()
        for calls, seconds in ((self._abroad, ABROAD), (self._home, 1.0)):
            while calls and calls[0] <= now - seconds:
                calls.popleft()
        return max(0, OVERALL - len(self._abroad) - len(self._home))

    def full(self) -> set[str]:
        """Receivers to whom nothing may go now, not even red."""
        now = self._monotonic()
        self._held = {name: until for name, until in self._held.items() if until > now}
        self._forget(now)
        return set(self._held) | {name for name in self._sent if self._left(name, GROUP_ALL, now) <= 0}

    def reserved(self, beside_red: Collection[str]) -> set[str]:
        """Groups in which what is left of the minute is kept for red; `beside_red`: those with an open red."""
        now = self._monotonic()
        return {
            name
            for name in self._sent
            if is_group(name) and self._left(name, GROUP_BESIDE_RED if name in beside_red else GROUP_ORDINARY, now) <= 0
        }

    def crowded(self) -> set[str]:
        """Groups in which what is left of the minute is kept for others than somebody who sends very many files."""
        now = self._monotonic()
        return {name for name in self._sent if is_group(name) and self._left(name, GROUP_MANY, now) <= 0}

    def near(self, calls: int) -> bool:
        """Whether so many calls more could use up what an open red leaves of some group's minute."""
        now = self._monotonic()
        return any(is_group(name) and self._left(name, GROUP_BESIDE_RED, now) <= calls for name in self._sent)

    def may(self, name: str, *, red: bool, beside_red: bool) -> bool:
        """Whether one more call may go there now."""
        now = self._monotonic()
        if self._held.get(name, 0) > now or (not is_group(name) and self._persons_from > now):
            return False
        ordinary = GROUP_BESIDE_RED if beside_red else GROUP_ORDINARY
        return self._left(name, GROUP_ALL if red else ordinary, now) > 0

    def half_used(self, name: str) -> bool:
        """Whether a group has less than half of its minute left."""
        return self._left(name, GROUP_HALF, self._monotonic()) <= 0

    def next_free(self) -> float | None:
        """Seconds until the first receiver that is full or held may be asked again; None when there is none."""
        now = self._monotonic()
        waits = [until - now for until in self._held.values()]
        waits += [sent[0] + _window(name) - now for name, sent in self._sent.items() if sent]
        return max(0.02, min(waits)) if waits else None

    def _left(self, name: str, allowed: int, now: float) -> int:
        sent = self._sent.get(name)
        if sent is None:
            return allowed if is_group(name) else PERSON_BURST
        over = now - _window(name)
        while sent and sent[0] <= over:
            sent.popleft()
        return (allowed if is_group(name) else PERSON_BURST) - len(sent)

    def _forget(self, now: float) -> None:
        for name in list(self._sent):
            sent = self._sent[name]
            while sent and sent[0] <= now - _window(name):
                sent.popleft()
            if not sent:
                del self._sent[name]


def remembered(name: str) -> str:
    """The name under which a call is remembered over a restart."""
    return name if is_group(name) else PRIVATE


def is_group(name: str) -> bool:
    """Whether a receiver is a group, with its twenty a minute."""
    return name.startswith(("desk:", "group:"))


def _window(name: str) -> float:
    return GROUP_WINDOW if is_group(name) else PERSON_GAP * PERSON_BURST
