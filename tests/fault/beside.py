"""One chat is bad, and all others go on meanwhile: what is said beside it arrives while it is still bad."""

import asyncio
from dataclasses import dataclass

from bot.telegram.sandbox.faults import Fault
from tests.fault.cast import Cast
from tests.fault.ledger import Ledger
from tests.fault.stage import DESKS, Chat, Stage
from tests.fault.trouble import BAD

WITHIN = 90
"""Seconds of the clock in which everything beside the bad chat has arrived: a group's minute, and the way."""


@dataclass(frozen=True)
class Talk:
    """Somebody and her operator, who hear each other."""

    who: int
    desk: str
    topic: int


class Beside:
    """Makes a chat bad and looks at the others."""

    def __init__(self, stage: Stage, ledger: Ledger, cast: Cast) -> None:
        self._stage = stage
        self._ledger = ledger
        self._cast = cast

    def speak(self) -> dict[str, Talk]:
        """Everybody with an open topic, and her operator, say a word: the talk it was said in, by token."""
        said: dict[str, Talk] = {}
        for desk in DESKS:
            group = self._stage.groups[desk]
            for topic in self._cast.topics(group):
                who = self._ledger.owner_of_topic(group, topic)
                if who is not None and not self._ledger.phone(who)._person.blocked:
                    talk = Talk(who, desk, topic)
                    said[self._cast.say(self._cast.claimer(desk, group, topic), who, desk, topic)] = talk
                    token = self._cast.word(who)
                    self._ledger.phone(who).write(token)
                    said[token] = talk
        return said

    def whole(self, said: dict[str, Talk]) -> list[Talk]:
        """Talks in which everything has arrived."""
        missing = {said[token] for token in self._missing(said)}
        return [talk for talk in dict.fromkeys(said.values()) if talk not in missing]

    async def goes_on(self, where: str, how: str, talks: list[Talk]) -> list[str]:
        """What did not arrive while this chat was bad, of what was said in these talks and not in it."""
        stage, ledger = self._stage, self._ledger
        desk = where if where in DESKS else None
        chat = stage.groups[where].id if desk else ledger.phone(int(where[-1])).id
        bad = Chat(chat, desk, len(stage.sandbox.journal.calls))
        stage.fault(f"bad: {how}", Fault(chat_id=chat, times=None, **BAD[how]))
        for _ in range(3):
            self.speak()
        await asyncio.sleep(0.05)  # the bad chat has calls on their way
        said = {token: talk for token, talk in self.speak().items() if talk in talks}
        beside = {token: talk for token, talk in said.items() if self._receiver(token, talk) != chat}
        for _ in range(WITHIN):
            if not self._missing(beside):
                break
            await stage.move(1, bad)
            await asyncio.sleep(0.02)
        if len(stage.sandbox.journal.calls) > bad.since and beside:
            stage.happened["said beside a bad chat"] += len(beside)
        missing = self._missing(beside)
        stage.sandbox.faults.clear()
        stage.sandbox.faults.down(True)  # a call that hangs has no answer, and never any effect
        await asyncio.sleep(0.05)
        stage.sandbox.faults.down(False)
        return [f"held up by {where}, where Telegram {how}: {token} of {beside[token]}" for token in missing]

    def _receiver(self, token: str, talk: Talk) -> int:
        answer = token in self._ledger.answers
        return self._ledger.phone(talk.who).id if answer else self._stage.groups[talk.desk].id

    def _missing(self, said: dict[str, Talk]) -> list[str]:
        shown: dict[str, set[int]] = {}
        for showing, tokens in self._ledger.said():
            for token in tokens:
                shown.setdefault(token, set()).add(showing.chat_id)
        return [token for token, talk in said.items() if self._receiver(token, talk) not in shown.get(token, ())]
