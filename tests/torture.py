"""A talk of many with one bot that is killed again and again, and the count of what arrived.

The witness is the sandbox: its chats and its journal. The bot's pace is lifted and the sandbox's limits are off, so
that there is traffic at every moment; pace and limits have tests of their own.
"""

import asyncio
import contextlib
import math
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from storage.sealing import KeyRing
from tests.process import Death, Nursery, Process, desk
from tests.sending import Name, name_of, on_their_way
from tests.town import code_of, press, until

AGAIN = "↻ "
QUOTE = "▎ "
STUCK = "зависни"
"""The handler of a message with this word never comes to an end."""

FAULTED = ("sendMessage", "editMessageText", "setMessageReaction")


@dataclass
class Person:
    """Somebody who talks with an operator in a topic of her own; `asked` and `told` are what was said each way."""

    number: int
    phone: Phone
    topic: int
    asked: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def next(self, way: str) -> str:
        """A text that names its writer, its way and its place in the order."""
        said = self.asked if way == "ask" else self.told
        said.append(f"{'она' if way == 'ask' else 'ей'}-{self.number:02d}-{len(said):03d}")
        return said[-1]


@dataclass(frozen=True)
class Grave:
    """A process that was killed: after how many calls of the journal, where if it was at a commit, and what its file
    says was on its way."""

    calls: int
    where: Death | None
    on_their_way: set[Name]


class Torture:
    """The town, the traffic and the killing."""

    def __init__(self, sandbox: Sandbox, folder: Path, nursery: Nursery, chance: random.Random) -> None:
        self.sandbox = sandbox
        self.process = Process(sandbox, folder)
        self.ring = KeyRing.read(folder / "keys")
        self.nursery = nursery
        self.chance = chance
        self.people: list[Person] = []
        self.graves: list[Grave] = []
        self.group: Group
        self.operator: Phone
        self.plant = ""
        """A defect, as source that every process from now on runs before it begins."""
        self.patience = 120.0
        """Seconds in which nothing more arrives of what has not."""
        self._left = 0
        self._stuck: Phone

    async def prepare(self, people: int) -> None:
        """The desk, and `people` cases that the operator has taken."""
        self._born()
        self.group, self.operator = await desk(self.sandbox, self.process)
        phones = [self.sandbox.person(f"N{number}", language_code="ru") for number in range(people + 1)]
        for phone in phones:
            phone.write("начало")
        await until(lambda: all(len(phone.chat) > 1 for phone in phones), timeout=60)
        self.sandbox.clock.move(46)
        for number, phone in enumerate(phones):
            code = await code_of(phone)
            card = await self.group.sees(code, timeout=30)
            await press(self.operator, "🙋", chat=self.group, message_id=card.message_id)
            await until(lambda code=code: any(code in t.name for t in self.group.topics.values()), 30)  # type: ignore[misc]  # as a default
            self.people.append(Person(number, phone, self.group.topic_named(code)))
        self._stuck = self.people.pop().phone
        await self.sandbox.idle(timeout=60)
        os.kill(self._pid, signal.SIGTERM)
        assert await asyncio.to_thread(self.nursery.buried) == 0

    def _born(self, *argv: str, dies: Death | None = None) -> None:
        self._pid = self.nursery.bear(self.process, *argv, unpaced=True, hangs=STUCK, dies=dies, plant=self.plant)

    async def suffer(self, deaths: Sequence[Death | None], messages: int, *, each: float = 0.45) -> None:
        """One process after the other, each killed at a commit or (None) at a random moment within 2 × `each` seconds,
        while at least `messages` go each way and calls fail; then one that lives until everything has arrived."""
        noise = asyncio.create_task(self._noise())
        try:
            for death in deaths:
                self._left += max(1, math.ceil(messages / len(deaths)))
                await self._one(death, each)
        finally:
            noise.cancel()
        self.sandbox.faults.clear()
        polls = self.sandbox.server._poll
        self._born()
        await until(lambda: self.sandbox.server._poll > polls, timeout=60)
        while self._left > 0:
            self._say()
            await asyncio.sleep(0.01)
        await self._arrived()
        os.kill(self._pid, signal.SIGTERM)
        assert await asyncio.to_thread(self.nursery.buried) == 0

    async def _one(self, death: Death | None, each: float) -> None:
        argv = ("admin",) if death and death.name == "link.make" else ()
        self._born(*argv, dies=death)
        if death is None:
            deadline = time.monotonic() + self.chance.uniform(0.02, 2 * each)
            while time.monotonic() < deadline:
                self._say()
                await asyncio.sleep(0.02)
            os.kill(self._pid, signal.SIGKILL)
        else:
            await self._until_dead(death)
        assert await asyncio.to_thread(self.nursery.buried) == -signal.SIGKILL, death
        await self._bury(death)

    async def _bury(self, death: Death | None) -> None:
        """When the calls that it made before it died are in the journal, and before there is another."""
        await asyncio.sleep(0.05)
        await until(lambda: not self.sandbox.server.in_flight)
        left = on_their_way(self.process.database, self.ring)
        self.graves.append(Grave(len(self.sandbox.journal.calls), death, left))

    async def _until_dead(self, death: Death) -> None:
        """Traffic, and whatever else leads to this commit, until the process has ended by itself."""
        begun, told = time.monotonic(), False
        if death.name == "intake.conflict":
            self.sandbox.faults.fail("getUpdates", times=3, code=409, description="Conflict: terminated by other")
        if death.name in ("worker.hung", "worker.bare"):
            self._stuck.write(STUCK)
        if death.name == "sender.stop":
            self.sandbox.faults.hang(0.3, "sendMessage", times=2)
        while not self.nursery.ended():
            assert time.monotonic() - begun < 45, f"{death} was never reached"
            self._say(more=time.monotonic() - begun > 1)
            await asyncio.sleep(0.03)
            if death.name == "worker.bare":
                self.sandbox.clock.move(1)  # its tries are seconds apart
            if death.name == "sender.stop" and not told and self.sandbox.server.in_flight:
                os.kill(self._pid, signal.SIGTERM)
                told = True

    def _say(self, *, more: bool = False) -> None:
        """Now and then one message each way; `more` than was planned when nothing else leads to a commit."""
        if self.chance.random() > (0.35 if self._left > 0 else 0.05 * more):
            return
        self._left -= 1
        person = self.chance.choice(self.people)
        person.phone.write(person.next("ask"))
        other = self.chance.choice(self.people)
        self.operator.write(other.next("tell"), chat=self.group, topic=other.topic)

    async def _noise(self) -> None:
        """Calls that fail in all the ways of a network: refused for a second, answered by an error, cut off."""
        faults = self.sandbox.faults
        while True:
            await asyncio.sleep(self.chance.uniform(0.1, 0.6))
            method = self.chance.choice(FAULTED)
            kind = self.chance.choice(("flood", "500", "server_error", "cut_before", "cut_after"))
            if kind == "flood":
                faults.flood(1, method)
            elif kind == "500":
                faults.fail(method, code=500, description="Internal Server Error")
            else:
                getattr(faults, kind)(method)

    async def _arrived(self) -> None:
        """Until each text has been seen where it belongs, at least once; AssertionError when no more of them comes."""
        last, left = time.monotonic(), len(self.missing())
        while missing := self.missing():
            if len(missing) < left:
                last, left = time.monotonic(), len(missing)
            assert time.monotonic() < last + self.patience, f"never arrived: {missing[:10]} of {len(missing)}"
            await asyncio.sleep(0.2)
            self.sandbox.clock.move(5)
        for _ in range(4):  # the tries of what hangs
            await self.sandbox.idle(quiet=1, timeout=60)
            self.sandbox.clock.move(11)
        await self.sandbox.idle(quiet=1, timeout=60)

    def missing(self) -> list[str]:
        """What has not been seen in its chat or topic yet."""
        found = []
        for person in self.people:
            here, there = set(self._heard(person)), set(self._shown(person.topic))
            found += [text for text in person.told if text not in here]
            found += [text for text in person.asked if text not in there]
        return found

    def _heard(self, person: Person) -> list[str]:
        """What she was told, without the alias and the mark."""
        shown = [s.text for s in person.phone.chat if not s.mine and "ей-" in s.text]
        return [text.removeprefix(AGAIN).rsplit("\n", 1)[-1] for text in shown]

    def _shown(self, topic: int) -> list[str]:
        """Her words as they stand in the topic, without the marks. Several that went together are said again together:
        the order of a marked message is that in which it was said first, and its reason is judged by `_repeats`."""
        found: list[str] = []
        for shown in self.group.messages(topic):
            lines = [line for line in shown.text.split("\n") if "она-" in line and shown.sender == "Senim"]
            words = [line.removeprefix(AGAIN).removeprefix(QUOTE) for line in lines]
            together = shown.text.startswith(AGAIN) and len(words) > 1 and words == found[-len(words) :]
            found += [] if together else words
        return found

    def wrongs(self) -> Iterator[str]:
        """Everything that is not as it must be, in words; nothing when all is well."""
        for person in self.people:
            yield from _out_of_order(self._heard(person), person.told)
            yield from _out_of_order(self._shown(person.topic), person.asked)
        topics = {person.topic: person for person in self.people}
        for shown in self.group.messages():
            if shown.sender == "Senim" and "она-" in shown.text:
                owner = topics.get(shown.thread_id or 0)
                hers = [line for line in shown.text.split("\n") if "она-" in line]
                if owner is None or any(f"-{owner.number:02d}-" not in line for line in hers):
                    yield f"in a wrong topic: {shown.text!r}"
        yield from self._repeats()

    def _repeats(self) -> Iterator[str]:
        """Whatever is said again is marked. What is said again or marked has a reason since it was last said: its call
        was not answered or answered by a 5xx, or its row was on its way when a process was killed."""
        said, doubtful = set[Name](), set[Name]()
        graves = list(self.graves)
        for number, call in enumerate(self.sandbox.journal.calls):
            while graves and graves[0].calls <= number:
                doubtful |= graves.pop(0).on_their_way
            name = name_of(str(call.params.get("text")))
            if call.method != "sendMessage" or not name:
                continue
            marked, again = str(call.params["text"]).startswith(AGAIN), name in said
            if call.ok:
                if again and not marked:
                    yield f"a repeat without its mark: {call.params['text']!r}"
                if (again or marked) and name not in doubtful:
                    yield f"a repeat for no reason: {call.params['text']!r}"
                said.add(name)
                doubtful.discard(name)
            if not call.answered or (call.error_code or 0) >= 500:
                doubtful.add(name)


def _out_of_order(seen: list[str], said: list[str]) -> Iterator[str]:
    strangers = [text for text in seen if text not in said]
    if strangers:
        yield f"somebody else's words: {strangers}"
        return
    places = [said.index(text) for text in seen]
    if places != sorted(places):
        yield f"out of order: {seen}"
    if set(seen) != set(said):
        yield f"lost: {sorted(set(said) - set(seen))}"


@contextlib.asynccontextmanager
async def tortured(folder: Path, people: int, seed: int) -> AsyncIterator[Torture]:
    """A town with `people` talks under way; what happens to it is chosen by `seed`."""
    nursery = Nursery()
    try:
        async with Sandbox(limits=False) as sandbox:
            torture = Torture(sandbox, folder, nursery, random.Random(seed))
            await torture.prepare(people)
            yield torture
    finally:
        nursery.close()
