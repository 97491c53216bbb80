"""Reads the words of every update of a person for danger, before it is stored and before any screen sees it."""

import logging
import re
from collections.abc import Awaitable, Callable, Collection, Sequence

from bot.domain.urgency import ORDINARY, Assessment, Level, Reason, Urgency
from bot.telegram.failures import origin
from bot.telegram.lately import TOGETHER, Lately, Said
from bot.telegram.screening import shortened
from bot.telegram.setup import PRIVATE_COMMANDS, UNLISTED
from storage.database import Transaction

log = logging.getLogger(__name__)

BROKEN = Assessment(Level.AMBER, None, (Reason("error"),))
"""What is assumed of words that could not be read because of an error of ours."""

COMMAND = re.compile(
    rf"/({'|'.join((*PRIVATE_COMMANDS, *UNLISTED))})(@\w+)?|/start(@\w+)? [\w-]{{1,64}}", re.ASCII | re.IGNORECASE
)
"""A command of ours as a button sends it, with what a link adds to it; whatever else stands behind one is words."""

Alarm = Callable[[Transaction], Awaitable[None]]
"""Tells the administrators that the recogniser fails."""


class Reading:
    """Assesses what a person typed, together with what she wrote lately. Her own buttons (`known`) are no words."""

    def __init__(self, urgency: Urgency, known: Collection[str], alarm: Alarm) -> None:
        self._urgency = urgency
        self._known = known
        self._alarm = alarm
        self._lately = Lately()
        self._fresh: list[tuple[str, Sequence[str], Said]] = []

    async def assess(self, tx: Transaction, lane: str, number: int, texts: Sequence[str]) -> Assessment:
        """The gravest of what each text says, and of all of them together: a quotation may give a "yes" its meaning."""
        words = [shortened(text) for text in texts if not self._own(text.strip())]
        if not words or lane.startswith("g:"):
            return ORDINARY
        whole = shortened("\n".join(words))
        before = await self._before(tx, lane, number, whole)
        try:
            found = [self._urgency.assess(text, before) for text in dict.fromkeys([*words, whole])]
        except Exception as broken:
            log.error("update %d cannot be assessed: %s", number, origin(broken))
            await tx.alone("nobody is told that the recogniser fails", lambda: self._alarm(tx))
            return BROKEN
        return max(found, key=lambda one: one.level.rank)

    def _own(self, text: str) -> bool:
        return text in self._known or COMMAND.fullmatch(text) is not None

    async def _before(self, tx: Transaction, lane: str, number: int, words: str) -> Sequence[str]:
        """What she wrote lately, of this answer of Telegram's too, although it is not committed yet."""
        if not lane.startswith("p:"):
            return ()
        mine = [(before, said.words) for of, before, said in self._fresh if of == lane and said.number != number]
        first = mine[0][0] if mine else await self._lately.before(tx, lane, number)
        before = [*first, *(words for _, words in mine)][-TOGETHER:]
        self._fresh.append((lane, before, Said(number, tx.now, words)))
        return before

    def kept(self) -> None:
        """What was assessed is stored: it comes before what follows."""
        for lane, before, said in self._fresh:
            self._lately.remember(lane, before, said)
        self._fresh.clear()

    def undone(self) -> None:
        """Nothing was stored; the same updates come again."""
        self._fresh.clear()
