"""What every scene needs: people who write and tap, a clock that is moved in the open, waiting for what must come."""

import asyncio
import re
from dataclasses import dataclass, field

from bot.demo.screen import Screen
from bot.demo.stage import NotSeen, Stage
from bot.demo.story import Story
from bot.demo.watch import Watch
from bot.domain.codes import CYRILLIC
from bot.telegram.sandbox import Group, Phone, Showing
from locales import times

CODE = re.compile(rf"[{CYRILLIC}]{{2}}-\d{{5}}")
WITHIN = 20.0
"""Real seconds in which an answer must be seen."""
QUIET = 0.1
"""Real seconds without a call of the bot's after which a step is over."""
FOLLOWS = 0.08
"""Real seconds after which the bot has seen that the clock was moved."""

DAY = 24 * 60


@dataclass
class Cast:
    """Everybody who plays, for the count at the end; `notes` are the operators' internal lines."""

    teens: list[Phone] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    operators: list[Phone] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Scene:
    """One part of the play."""

    def __init__(self, stage: Stage, screen: Screen, watch: Watch, story: Story, cast: Cast) -> None:
        self.cast = cast
        self.sandbox = stage.sandbox
        self.story = story
        self.screen = screen
        self.watch = watch
        self._stage = stage
        self._since = 0
        self._moved = 0.0

    @property
    def clock(self) -> str:
        """The time of day on the sandbox's clock."""
        return times.clock(int(self.sandbox.clock.time() * 1000))

    async def step(self, name: str) -> None:
        """Ends the step before and says what comes now."""
        await self.settle()
        self.screen.step(self.story.data["say"][name], self.clock)
        self.fresh()

    def fresh(self) -> None:
        """Only what is shown from now on counts as seen."""
        self._since = len(self.sandbox.journal.shown)

    async def settle(self) -> None:
        """Until nothing more is said at this moment, all of it printed."""
        await self.sandbox.idle(quiet=QUIET, timeout=WITHIN)
        self.watch.catch_up()
        self.screen.flush()
        self._tell_moves()

    def _tell_moves(self) -> None:
        if self._moved:
            passed = self.story.sign("moved", time=self.story.passed(self._moved))
            self.screen.aside(passed, self.clock)
            self._moved = 0.0

    async def move(self, seconds: float) -> None:
        """Lets time pass on everybody's clock; printed when the step is over."""
        self._moved += seconds
        self.sandbox.clock.move(seconds)
        await asyncio.sleep(FOLLOWS)

    async def pause(self, seconds: float) -> None:
        """Time that passes between two steps; printed at once."""
        await self.settle()
        await self.move(seconds)
        self._tell_moves()

    async def until(self, hour: str) -> None:
        """Moves the clock to the next time that it is so late, at least two minutes ahead."""
        now, then = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (self.clock, hour))
        await self.pause(60 * ((then - now - 2) % DAY + 2))

    async def seen(self, where: Phone | Group, text: str, action: str = "") -> Showing:
        """Waits until the bot has shown this text there (or done this with it) since the step began.

        Raises NotSeen.
        """
        deadline = asyncio.get_running_loop().time() + WITHIN
        while True:
            for showing in self.sandbox.journal.shown[self._since :]:
                here = showing.by == "bot" and showing.chat_id == where.id
                if here and text in showing.text and action in ("", showing.action):
                    return showing
            self._stage.check()
            if asyncio.get_running_loop().time() > deadline:
                raise NotSeen(f"{action or 'shown'} in {_name(where)}: {text!r}")
            await asyncio.sleep(0.02)

    async def tap(
        self, phone: Phone, label: str, group: Group | None = None, topic: int | None = None,
        message_id: int | None = None,
    ) -> str:  # fmt: skip
        """Presses a button that is there; the toast, or nothing. Keys of the keyboard below write their own words."""
        if group is not None or not any(label in row for row in phone.keyboard):
            self.watch.tapped(phone, label)
        try:
            return await phone.tap(label, chat=group, topic=topic, message_id=message_id) or ""
        except AssertionError as missing:
            raise NotSeen(str(missing)) from None

    def person(self, first_name: str, last_name: str | None = None, username: str | None = None) -> Phone:
        """Somebody with a telephone in the story's language."""
        language = self.story.language
        return self.sandbox.person(first_name, last_name=last_name, username=username, language_code=language)


def code_in(showing: Showing) -> str:
    """The case code in a text. Raises NotSeen."""
    found = CODE.search(showing.text)
    if found is None:
        raise NotSeen(f"a case code in {showing.text!r}")
    return found[0]


def _name(where: Phone | Group) -> str:
    return where.title if isinstance(where, Group) else str(where.user["first_name"])
