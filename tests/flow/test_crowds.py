"""Crowds: a red message overtakes a full queue, and a thousand cries of one minute each reach a human.

Everything is read from the sandbox's journal: when a person's words were on their way, when her case was shown in the
group's urgent topic, on a card or in a list, and when it could be taken by somebody, there or in a private alert. The
sandbox's limits are on, and the clock is the real one while something is measured.
"""

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles

import pytest

from bot.telegram.sandbox import Group, Phone, Showing
from locales import Catalog
from storage.reference import Region, regions
from tests.danger import PLAIN
from tests.region import floods, reached
from tests.town import CODE, Town, code_in, town, until

SAID = Catalog.load()
TAKE = SAID.text("button.take", "ru").split()[0]
CRIES = ("🆘", "sos", "көмек", "помогите")
MINUTE = 63
"""Seconds for which the pace counts a call, at most: a minute, and its way there and back."""
BESIDE_RED = 12
"""Calls of a group's minute after which ordinary traffic waits while a red case is open there (DESIGN.md 5)."""


@pytest.fixture(autouse=True)
def often() -> None:
    """The bot looks as seldom as it does for people: what is measured here is the bot as it runs."""


@dataclass
class Regions:
    """A town with desks in some regions, an operator on shift at each, and people who have said where they live."""

    place: Town
    desks: dict[str, Group] = field(default_factory=dict)
    operators: dict[str, Phone] = field(default_factory=dict)
    people: dict[str, list[Phone]] = field(default_factory=dict)
    urgent: dict[str, float] = field(default_factory=dict)
    """When each case was first offered in an urgent topic, by its code: seconds on the sandbox's clock."""
    takeable: dict[str, float] = field(default_factory=dict)
    """The same there or in a private alert: when somebody could first take it."""
    carded: dict[int, tuple[float, str]] = field(default_factory=dict)
    """When each person first had an emergency card, and the code on it, by her id."""
    _read: int = 0

    async def open(self, some: Iterable[Region], people: int) -> None:
        for one in some:
            group = await self.place.bind(one.label_ru, title=one.iso)
            operator = self.place.sandbox.person(f"Operator of {one.iso}", language_code="ru")
            group.add(operator)
            await reached(self.place, operator, group)
            self.desks[one.iso], self.operators[one.iso] = group, operator
        await self.place.bot.end()
        async with self.place.written() as tx:
            for iso, operator in self.operators.items():
                key = await tx.lookup(operator.id)
                await tx.shifts.begin(key, iso)
                await tx.shifts.heard(key, reached=True)
                self.people[iso] = [self.place.teen(f"{iso} {number}", "ru") for number in range(people)]
                for person in self.people[iso]:
                    known = await tx.people.meet(person.id)
                    await tx.people.set_language(known.key, "ru")
                    await tx.people.set_region(known.key, iso)
                    await tx.people.record_consent(known.key, version="2", language="ru", digest="")
        await self.place.bot.start()
        await self.place.settled()
        await self.place.move(62)  # every group's minute is fresh
        await self.place.settled()

    def read_on(self) -> None:
        """Reads what the journal has since the last look."""
        topics = {group.id: group.topic_named("Срочно") for group in (*self.desks.values(), self.national)}
        private = {operator.id for operator in self.operators.values()}
        shown = self.place.sandbox.journal.shown
        for one in shown[self._read :]:
            if one.by != "bot" or one.action != "sent":
                continue
            in_topic = topics.get(one.chat_id, -1) == one.thread_id
            if in_topic or one.chat_id in private:
                for code in offered(one):
                    self.takeable.setdefault(code, one.at.timestamp())
                    if in_topic:
                        self.urgent.setdefault(code, one.at.timestamp())
            elif "112 —" in one.text:
                self.carded.setdefault(one.chat_id, (one.at.timestamp(), code_in(one.text)))
        self._read = len(shown)

    def some(self, number: int) -> list[Phone]:
        """People who have not written yet, the same number in each region."""
        found = [self.people[iso].pop() for _ in range(-(-number // len(self.people))) for iso in self.people]
        return found[:number]

    def cards(self) -> list[Showing]:
        """Ordinary cards that are on the operators' screens."""
        topics = {group.id: group.topic_named("Кезек") for group in self.desks.values()}
        shown = self.place.sandbox.journal.shown
        return [s for s in shown if s.action == "sent" and topics.get(s.chat_id) == s.thread_id and s.text[0] == "⚪"]

    def used_up(self) -> set[str]:
        """Desks whose group has no more of this minute than what is kept for red."""
        since = self.place.sandbox.clock.time() - MINUTE
        calls = itertools.takewhile(lambda c: c.at.timestamp() > since, reversed(self.place.sandbox.journal.calls))
        told = Counter(call.chat_id for call in calls if call.ok)
        return {iso for iso, group in self.desks.items() if told[group.id] >= BESIDE_RED}

    async def fill(self) -> None:
        """Until ordinary cards have used up the minute of every group, and more of them wait."""
        await self.place.sandbox.idle(quiet=2, timeout=240)  # waves of receipts are a second apart: none may be left
        full = self.used_up()
        if not full:
            await self.place.move(46)  # the cards wait so long for what else she may say

        def rests() -> bool:
            full.update(self.used_up())
            shown = max((one.at.timestamp() for one in self.cards()), default=0.0)
            return len(full) == len(self.desks) and self.place.sandbox.clock.time() - shown > 3  # longer than a wave

        await until(rests, timeout=240)

    async def rounds(self, rounds: int, burst: int = 0) -> list[float]:
        """How long the red card of one person a desk was on its way, in so many rounds a quarter of a minute apart; two
        write in a second. `burst`: so many others write just before each round."""
        took = []
        for number in range(rounds):
            if number:  # by the true clock: moved while calls are under way, the two sides would count them apart
                await asyncio.sleep(16 - 0.5 * len(self.desks))
            for person in self.some(burst):
                person.write(PLAIN)
            reds = self.some(len(self.desks))
            written = {}
            for person in reds:
                written[person.id] = self.place.sandbox.clock.time()
                person.write("🆘")
                await asyncio.sleep(0.5)
            await until(partial(self.reached, written, self.urgent), timeout=90)
            took += [self.urgent[self.carded[one][1]] - at for one, at in written.items()]
        return took

    def reached(self, people: Collection[int], ways: Collection[str]) -> bool:
        """Whether each of them has her emergency card, and her case came by one of these ways."""
        self.read_on()
        return all(one in self.carded and self.carded[one][1] in ways for one in people)

    @property
    def national(self) -> Group:
        assert self.place.national is not None
        return self.place.national


def offered(shown: Showing) -> set[str]:
    """The codes of cases that this message lets somebody take."""
    rows = (shown.markup or {}).get("inline_keyboard", [])
    takes = [button["text"] for row in rows for button in row if TAKE in button["text"]]
    named = {code for label in takes for code in CODE.findall(label)}
    return named or (set(CODE.findall(shown.text)[:1]) if takes else set())


def line(name: str, values: list[float]) -> str:
    """Figures of one measure, seconds."""
    figures = [f"p{per_cent} {percentile(values, per_cent):.2f}" for per_cent in (50, 95, 99)]
    return f"  {name}: {', '.join(figures)}, longest {max(values):.2f} s"


def percentile(values: list[float], per_cent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[per_cent - 1]


@asynccontextmanager
async def opened(folder: Path, some: Iterable[Region], people: int) -> AsyncIterator[Regions]:
    async with town(folder) as place:
        found = Regions(place)
        async with place.hurried():
            await found.open(some, people)
        yield found


@pytest.mark.parametrize(
    ("desks", "each", "seconds"), [pytest.param(4, 10, 12.0), pytest.param(20, 50, 60.0, marks=pytest.mark.torture)]
)
async def test_a_crowd_of_cries_reaches_humans_in_seconds(
    tmp_path: Path, desks: int, each: int, seconds: float
) -> None:
    async with opened(tmp_path, regions()[:desks], each) as found:
        place = found.place
        crowd = [person for some in found.people.values() for person in some]
        random.Random(0).shuffle(crowd)
        written: dict[Phone, float] = {}
        begun = asyncio.get_running_loop().time()
        for number, (person, cry) in enumerate(zip(crowd, itertools.cycle(CRIES))):
            await asyncio.sleep(begun + seconds * number / len(crowd) - asyncio.get_running_loop().time())
            written[person] = place.sandbox.clock.time()
            person.write(cry)
        behind = asyncio.get_running_loop().time() - begun - seconds
        await until(lambda: found.reached([person.id for person in crowd], found.takeable), timeout=90)
        codes = {person: found.carded[person.id][1] for person in crowd}
        human = [found.takeable[code] - written[person] for person, code in codes.items()]
        card = [found.carded[person.id][0] - written[person] for person in crowd]
        print(f"\n{len(crowd)} cries in {seconds:.0f} s (the last {behind:+.1f} s late) to {desks} desks")
        print(line("a human can take it", human), line("she has her numbers", card), sep="\n")
        assert floods(place) == []
        assert percentile(human, 95) <= 5
        assert percentile(human, 99) <= 30
        assert percentile(card, 95) <= 15
        place.sandbox.faults.flood(1, "sendMessage")
        found.some(1)[0].write("🆘")
        await until(lambda: floods(place))  # it would have been seen


@pytest.mark.parametrize(
    ("desks", "rounds", "queued"),
    [pytest.param(6, 1, 100), pytest.param(20, 10, 500, marks=pytest.mark.torture)],
)
async def test_a_red_message_overtakes_a_queue_at_its_limits(
    tmp_path: Path, desks: int, rounds: int, queued: int
) -> None:
    """So far apart that no crowd of reds is what is measured. Red cases are open in every group, and before the first
    round ordinary cards have used up what they may of its minute; all the while more is queued for every group than its
    minute takes, and more for persons than a second takes."""
    others = 2 * queued // desks
    burst = 60
    async with opened(tmp_path, regions()[:desks], 2 * rounds + others + rounds * burst // desks) as found:
        place = found.place
        alone = await found.rounds(rounds)

        plain = found.some(others * desks)
        for person in plain:
            person.write(PLAIN)
        await found.fill()
        beside = await found.rounds(rounds, burst)
        waiting = len(plain) + rounds * burst - len(found.cards())

        print(f"\n{len(beside)} reds in {desks} groups, {waiting} ordinary cards still waiting at the end")
        print(line("with nothing else", alone), line("beside them", beside), sep="\n")
        assert waiting >= queued
        assert floods(place) == []
        assert percentile(beside, 99) - percentile(alone, 99) <= 1
