"""A town in which anything may happen to red messages, one thing after the other as chance has it."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.telegram.sandbox.faults import Fault
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from tests.auditor import PATIENCE, Witness
from tests.danger import PLAIN, RED, SAID
from tests.region import REGION, on_shift
from tests.town import CODE, Town, labels, press, town, until

PERSONS, OPERATORS = 4, 3
STEPS = (7, 20, 45, 61, 61, 130, 200, 320, 620, 950)
"""Seconds by which the clock moves."""
ANSWERS = ("now_yes", "now_writes", "now_mistake", "now_mistake", "all_well", "need_help")


class Play:
    """Persons, operators of two desks, and all that may befall them."""

    def __init__(self, place: Town, witness: Witness, chance: random.Random) -> None:
        self.place = place
        self.sandbox = place.sandbox
        self.witness = witness
        self.chance = chance
        self.people: list[Phone] = []
        self.seats: list[tuple[Phone, Group]] = []
        self.said: list[str] = []
        """What was played, for whoever looks for what went wrong."""
        self.happened: Counter[str] = Counter()
        self.found: list[str] = []
        """What the auditor says."""
        self.judged = 0
        self._hook: Fault | None = None
        self._gone: Group | None = None

    async def begin(self) -> None:
        """Two desks, their operators on shift, and people of whom the last is from the region."""
        national = self.place.national
        assert national is not None
        async with self.place.hurried():
            group = await self.place.bind(REGION, title="Taraz")
            for number in range(OPERATORS):
                desk = group if number == 0 else national
                self.seats.append((await on_shift(self.place, desk, f"О{number}"), desk))
            self.people = [self.place.teen(f"Ч{number}", language_code="ru") for number in range(PERSONS - 1)]
            teen, _ = await self.place.case(PLAIN, name="Из региона", language="Русский")
            await press(teen, "Пропустить")
            await press(teen, REGION)
            await self.place.settled()
        self.people.append(teen)
        self.witness.red_words.update(RED.values())

    @property
    def there(self) -> bool:
        """Whether bot and Telegram are there."""
        task = self.place.bot.task
        return task is not None and not task.done() and not self.sandbox.faults.is_down

    async def go(self, steps: int) -> None:
        """So many things happen; in the end whatever was away is back."""
        moves: list[tuple[int, Callable[[], Awaitable[str]]]] = [
            (8, self.cries), (3, self.writes), (6, self.answers), (16, self.time), (9, self.takes), (5, self.replies),
            (2, self.releases), (3, self.shift), (2, self.closes), (2, self.hook), (1, self.desk), (2, self.telegram),
            (3, self.stops), (10, self.waits),
        ]  # fmt: skip
        for _ in range(steps):
            (move,) = self.chance.choices([one for _, one in moves], [weight for weight, _ in moves])
            await self._step(move)
            if self.found:
                return
        if self._hook is not None:
            await self._step(self.hook)
        if self._gone is not None:
            await self._step(self.desk)

    async def _step(self, move: Callable[[], Awaitable[str]]) -> None:
        what = await move()
        if what:
            self.happened[move.__name__] += 1
            self.said.append(f"{self.sandbox.clock.now():%H:%M:%S} {what}")
        if self.there:
            with contextlib.suppress(AssertionError):  # a desk that is gone is looked for again and again
                await self.sandbox.idle(quiet=0.25, timeout=5)

    async def cries(self) -> str:
        who = self.chance.choice(self.people)
        words = self.chance.choice(("🆘", "🆘", "помогите", RED["ru"]))
        who.write(words)
        return f"{self._name(who)}: {words}"

    async def writes(self) -> str:
        who = self.chance.choice(self.people)
        who.write(f"ещё слово {len(self.said)}")
        return f"{self._name(who)} writes"

    async def answers(self) -> str:
        who, label = self.chance.choice(self.people), SAID.text(f"button.{self.chance.choice(ANSWERS)}", "ru")
        return await self._tapped(who, label)

    async def time(self) -> str:
        seconds = self.chance.choice(STEPS)
        await self.place.move(seconds)
        return f"{seconds} s"

    async def waits(self) -> str:
        """Until all has come that was due, or the auditor complains."""
        report = await self.witness.judged()
        self.found, self.judged = report.findings, report.judged
        return f"{report.judged} were kept"

    async def takes(self) -> str:
        """From a card, a ring, a list, or in private."""
        who, group = self.chance.choice(self.seats)
        chat = self.chance.choice((group, group, None))
        shown = [one for one in (group.messages() if chat else who.chat) if any("🙋" in label for label in labels(one))]
        if not shown:
            return ""
        one = self.chance.choice(shown[-6:])
        label = self.chance.choice([label for label in labels(one) if "🙋" in label])
        return await self._tapped(who, label, chat, one.message_id)

    async def replies(self) -> str:
        """In the topic of any case; whoever writes there may be its claimer or not."""
        who, group = self.chance.choice(self.seats)
        topics = [number for number, topic in group.topics.items() if CODE.search(topic.name) and not topic.closed]
        if not topics:
            return ""
        topic = self.chance.choice(topics[-3:])
        who.write(f"я здесь {len(self.said)}", chat=group, topic=topic)
        return f"{self._name(who)} answers in {group.topics[topic].name}"

    async def releases(self) -> str:
        who, group = self.chance.choice(self.seats)
        return await self._tapped(who, SAID.text("button.release", "ru"), group)

    async def closes(self) -> str:
        who, group = self.chance.choice(self.seats)
        return await self._tapped(who, SAID.text("button.close_mistake", "ru"), group)

    async def shift(self) -> str:
        """On or off; asked about her red cases, she stays or gives them back."""
        who, group = self.chance.choice(self.seats)
        if self._gone is group or not self.there:
            return ""
        who.write("/shift", chat=group, topic=group.topic_named("Кезек"))
        await self.sandbox.idle(quiet=0.3)
        answer = self.chance.choice(("Вернуть", "Остаться"))
        return f"{self._name(who)}: /shift, " + await self._tapped(who, answer, group, topic=group.topic_named("Смена"))

    async def hook(self) -> str:
        """The gateway outside fails, or is there again."""
        if self._hook is not None:
            self.sandbox.faults.remove(self._hook)
            self._hook = None
            return "the gateway is back"
        self._hook = self.sandbox.faults.fail("callout", times=None, code=503, description="down")
        return "the gateway fails"

    async def desk(self) -> str:
        """The region's group throws the bot out, or takes it in again."""
        group = self.seats[0][1]
        if not self.there:
            return ""
        if self._gone is not None:
            group.add_bot(self.place.admin)
            self._gone = None
            return "the region's desk is back"
        group.remove_bot(self.place.admin)
        self._gone = group
        return "the region's desk is gone"

    async def telegram(self) -> str:
        """Is away for minutes, in which people write."""
        self.sandbox.faults.down(True)
        what = [await self._meanwhile() for _ in range(2)]
        self.sandbox.faults.down(False)
        return f"Telegram was away: {what}"

    async def stops(self) -> str:
        """The bot is stopped, and started after minutes in which people write."""
        self.witness.gone()
        await self.place.bot.end()
        what = [await self._meanwhile() for _ in range(2)]
        polls = self.sandbox.server._poll
        await self.place.bot.start()
        await until(lambda: self.sandbox.server._poll > polls)
        self.witness.back()
        return f"the bot was stopped: {what}"

    async def _meanwhile(self) -> str:
        move = self.chance.choice((self.cries, self.time, self.time, self.takes, self.answers))
        await asyncio.sleep(0.1)
        return await move()

    async def _tapped(
        self,
        who: Phone,
        label: str,
        group: Group | None = None,
        message_id: int | None = None,
        *,
        topic: int | None = None,
    ) -> str:
        """Taps a button if it is there; nobody waits for an answer that cannot come."""
        patience = 10 if self.there and group is not self._gone else 0
        try:
            toast = await who.tap(label, chat=group, message_id=message_id, topic=topic, timeout=patience)
        except AssertionError:
            return ""
        return f"{self._name(who)} taps {label!r} ({toast})"

    def _name(self, who: Phone) -> str:
        return str(who.user["first_name"])


async def played(folder: Path, seed: int, steps: int, patience: float = PATIENCE) -> Play:
    """A play and what the auditor says of it."""
    async with town(folder) as place:
        witness = Witness(place.sandbox, place.admin.id, patience=patience)
        play = Play(place, witness, random.Random(seed))
        await play.begin()
        await play.go(steps)
        await play.waits()
        return play
