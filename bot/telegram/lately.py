"""What each person wrote in the last minutes, in memory: danger may be spread over several short messages."""

import logging
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from bot.telegram.raw import readable
from bot.telegram.screening import words_of
from storage.database import StorageFault, Transaction

log = logging.getLogger(__name__)

WITHIN = 10 * 60_000
"""Milliseconds in which messages are read together."""

TOGETHER = 3
"""How many messages before one are read with it."""

PERSONS = 10_000
"""Of whom it is remembered; of more, those who wrote last."""


@dataclass(frozen=True)
class Said:
    """One message: the number of its update, when it came (epoch milliseconds), its words."""

    number: int
    at: int
    words: str


class Lately:
    """The last words by lane, at most ten minutes old, so /forget has nothing to do here. Never written down: after a
    start they are read from the inbox and the open case, until this has been remembered for as long as it counts."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, deque[Said]] = OrderedDict()
        self._whole_since: int | None = None

    async def before(self, tx: Transaction, lane: str, number: int) -> Sequence[str]:
        """What was said in this lane before the update of this number, the oldest first."""
        if self._whole_since is None:
            self._whole_since = tx.now
        known = self._said.get(lane)
        if known is not None:
            return [said.words for said in known if _counts(said, tx.now) and said.number != number][-TOGETHER:]
        return await _from_database(tx, lane) if tx.now - self._whole_since <= WITHIN else ()

    def remember(self, lane: str, before: Sequence[str], said: Said) -> None:
        """Called after the commit, once for an update that comes again."""
        known = self._said.get(lane)
        if known is None:
            known = deque((Said(0, said.at, words) for words in before), TOGETHER + 1)
            self._said[lane] = known
        if all(one.number != said.number for one in known):
            known.append(said)
        self._said.move_to_end(lane)
        while self._said and (len(self._said) > PERSONS or not _counts(next(iter(self._said.values()))[-1], said.at)):
            _, gone = self._said.popitem(last=False)
            if _counts(gone[-1], said.at):
                self._whole_since = said.at


def _counts(said: Said, now: int) -> bool:
    return now - said.at <= WITHIN


async def _from_database(tx: Transaction, lane: str) -> Sequence[str]:
    """A row of hers that cannot be read must not keep her next words from being stored."""
    try:
        return await _kept(tx, lane)
    except StorageFault:
        raise
    except Exception as broken:
        log.error("what was said before cannot be read: %s", type(broken).__name__)
        return ()


async def _kept(tx: Transaction, lane: str) -> list[str]:
    """The same from the database: what still waits in the lane, and before that what is in the open case."""
    since = tx.now - WITHIN
    case = await tx.cases.open_of(lane.partition(":")[2])
    words = [message.incoming.text for message in await tx.messages.said_since(case.id, since)] if case else []
    words += ["\n".join(words_of(readable(body))) for body in await tx.inbox.bodies(lane, since)]
    return [said for said in words if said][-TOGETHER:]
