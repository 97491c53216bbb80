"""A state machine of everything that happens to the bot: people, operators, faults, restarts, damage; and its judge.

A rule acts as somebody would who looks at a screen: she does what can be done there, or nothing. What came of it is
asked of Telegram's journal (`ledger`), of the disk only what a promise about the disk says.
"""

import asyncio
import contextlib
import functools
import shutil
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, rule

from bot.telegram.sandbox.faults import Fault
from tests.fault.beside import Beside, Talk
from tests.fault.cast import BREAKING, SPOILT, STRANGE, Cast, broken_handlers, takeable
from tests.fault.clock import Shifted
from tests.fault.disk import locked
from tests.fault.ledger import BROKEN, PLANTED, Ledger
from tests.fault.stage import (
    DESKS,
    LOCKED,
    OPERATORS,
    PEOPLE,
    TALKING,
    Loop,
    Seed,
    Stage,
    hurried_waits,
)
from tests.fault.trouble import BAD, FAULTS, METHODS, OF_A_PERSON, overwrite_a_row
from tests.town import CODE

MOMENT = 0.03
"""Real seconds that everybody gets after a rule."""
SETTLE_WITHIN = 60.0
"""Real seconds."""
DAYS = 5.0
"""How much time may pass in one play: the bot forgets the numbers of updates after six."""

REOPENED_WITHIN = 73 * 3_600
"""Seconds after which a case that was closed is not reopened any more."""

TIMES = (2, 20, 70, 400, 2_400, 86_400)
"""Seconds by which the clock moves."""

WHO = some.integers(0, PEOPLE - 1)
DESK = some.sampled_from(DESKS)
WHICH = some.integers(0, 3)
OPERATOR = some.integers(0, OPERATORS - 1)


def step(**values: Any) -> Callable[[Callable[..., None]], Any]:
    """A rule that also writes down that it was played: Hypothesis says nothing of a failure that it cannot repeat, and
    what depends on the moment cannot always be repeated."""

    def wrapped(play: Callable[..., None]) -> Any:
        @functools.wraps(play)
        def told(self: "Machine", **chosen: Any) -> None:
            self.story.append(f"{play.__name__}({', '.join(f'{name}={value!r}' for name, value in chosen.items())})")
            with self.told_of():
                play(self, **chosen)

        made: Any = rule(**values)
        return made(told)

    return wrapped


class Machine(RuleBasedStateMachine):
    """One play. `seed` is the prepared town; the loop stands still between two rules."""

    seed: ClassVar[Seed]
    plays: ClassVar[int] = 0
    """How many have begun."""
    happened: ClassVar[Counter[str]] = Counter()
    """What went wrong in all of them, as Telegram and the stage have counted it."""
    went_wrong: ClassVar[list[str]] = []
    """What was found, with what had been played before it."""

    def __init__(self) -> None:
        super().__init__()
        type(self).plays += 1
        self._exit = contextlib.ExitStack()
        self._exit.enter_context(hurried_waits())
        broken_handlers(self._exit.enter_context(pytest.MonkeyPatch.context()))
        self.folder = Path(tempfile.mkdtemp(prefix="machine"))
        self._exit.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self.loop = Loop()
        self._exit.callback(self.loop.close)
        self.story: list[str] = []
        self.stage = Stage(self.seed, self.folder)
        self.ledger = Ledger(self.stage)
        self.passed = 0.0
        self.over = False
        """Whether something has gone wrong already."""
        self.cast = Cast(self.stage, self.ledger)
        self.beside = Beside(self.stage, self.ledger, self.cast)
        self.loop.run(self._begin)

    async def _begin(self) -> None:
        await self.stage.open()
        await self.stage.start()

    @contextlib.contextmanager
    def told_of(self) -> Iterator[None]:
        """Writes down what went wrong, once a play."""
        try:
            yield
        except Exception as wrong:
            if not self.over:
                story = "\n    ".join(self.story)
                self.went_wrong.append(f"{type(wrong).__name__}: {wrong}\nafter\n    {story}")
            self.over = True
            raise

    def teardown(self) -> None:
        try:
            if not self.over:
                self.story.append("the end")
                with self.told_of():
                    self._do(self._end)
        finally:
            try:
                self.loop.run(self.stage.close)
            finally:
                self.happened.update(self.stage.happened)
                self._exit.close()

    def _do(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Runs a rule, lets a moment pass, and looks for what may never be."""

        async def whole() -> None:
            await work()
            await asyncio.sleep(MOMENT)

        self.loop.run(whole)
        ended = self.stage.fell_over()
        assert ended is None, f"the bot ended by itself: {ended!r}"
        self._right(self.ledger.judge(settled=False))

    def _right(self, wrong: list[str]) -> None:
        assert not wrong, "\n".join(wrong)

    # People

    @step(who=WHO, how=some.sampled_from(("words", "words", "burst", "photo", "edit", "urgent", "urgent words")))
    def writes(self, who: int, how: str) -> None:
        self._do(lambda: self.cast.write(who, how))

    @step(who=WHO)
    def blocks_or_comes_back(self, who: int) -> None:
        async def work() -> None:
            phone = self.ledger.phone(who)
            if phone._person.blocked:
                phone.unblock()
            elif phone._person.started:
                phone.block()

        self._do(work)

    @step(who=WHO, what=some.integers(0, len(STRANGE) - 1))
    def something_strange_comes(self, who: int, what: int) -> None:
        async def work() -> None:
            self.cast.strange(who, STRANGE[what])

        self._do(work)

    @step(who=WHO, words=some.sampled_from(BREAKING))
    def writes_what_breaks_its_handler(self, who: int, words: str) -> None:
        async def work() -> None:
            phone = self.ledger.phone(who)
            if not phone._person.blocked:
                number = self.stage.sandbox.world.updates.next_id
                phone.write(f"{words} {self.cast.word(who)}")
                self.cast.bad(number, BROKEN)

        self._do(work)

    # Operators

    @step(desk=DESK, which=WHICH, operator=OPERATOR)
    def takes(self, desk: str, which: int, operator: int) -> None:
        self._do(lambda: self.cast.take(desk, which, operator))

    @step(desk=DESK, which=WHICH)
    def two_take_at_once(self, desk: str, which: int) -> None:
        async def work() -> None:
            await asyncio.gather(*(self.cast.take(desk, which, operator) for operator in range(OPERATORS)))

        self._do(work)

    @step(desk=DESK, which=WHICH, many=some.integers(1, 3), breaks=some.sampled_from((False, False, False, True)))
    def answers(self, desk: str, which: int, many: int, breaks: bool) -> None:
        self._do(lambda: self.cast.answer(desk, which, many, breaks=breaks))

    @step(which=WHICH)
    def everybody_talks(self, which: int) -> None:
        """Both sides of every desk at once."""

        async def work() -> None:
            for who in range(PEOPLE):
                await self.cast.write(who, "words")
            for desk in DESKS:
                await self.cast.answer(desk, which, 2, breaks=False)
                await self.cast.answer(desk, which + 1, 1, breaks=False)

        self._do(work)

    @step(desk=DESK, which=WHICH, how=some.sampled_from(("gives back", "closes")))
    def ends_a_talk(self, desk: str, which: int, how: str) -> None:
        wanted = {"gives back": ("Вернуть",), "closes": ("Закрыть", "Помогли")}[how]
        self._do(lambda: self.cast.tap_in_topic(desk, which, *wanted))

    @step(desk=DESK, which=WHICH)
    def somebody_answers_what_is_over(self, desk: str, which: int) -> None:
        async def work() -> None:
            self.cast.answer_what_is_over(desk, which)

        self._do(work)

    @step(desk=DESK, which=WHICH, how=some.sampled_from(("urgent", "words")))
    def a_case_is_closed_and_she_has_another(self, desk: str, which: int, how: str) -> None:
        """She writes, or calls for help, when the first cannot be reopened any more; then somebody answers in the topic
        of the first."""

        async def close() -> int | None:
            topic = self.cast.topic(self.stage.groups[desk], which)
            who = self.ledger.owner_of_topic(self.stage.groups[desk], topic) if topic else None
            await self.cast.tap_in_topic(desk, which, "Закрыть", "Помогли")
            return who

        async def another() -> None:
            self.passed += REOPENED_WITHIN
            await self.stage.move(REOPENED_WITHIN)
            await self.cast.write(who, how)
            await self._until_done()
            for number in range(len(self.cast.topics(self.stage.groups[desk], closed=True))):
                self.cast.answer_what_is_over(desk, number)
            self.stage.happened["a later case"] += len(self.ledger.codes_of(who)) > len(codes)

        if self.passed + REOPENED_WITHIN > DAYS * 86_400:
            return
        self._do(self._settle)
        who = self.loop.run(close)
        if who is not None:
            self._do(self._settle)
            codes = self.ledger.codes_of(who)
            self._do(another)

    # Groups

    @step(desk=DESK, which=WHICH, what=some.sampled_from(SPOILT))
    def a_group_is_spoiled(self, desk: str, which: int, what: str) -> None:
        async def work() -> None:
            self.cast.spoil(desk, which, what)

        self._do(work)

    @step()
    def groups_are_mended(self) -> None:
        self._do(self.cast.mend)

    # Faults, time, life and death

    @step(kind=some.sampled_from(sorted(FAULTS)), method=some.sampled_from(METHODS), times=some.integers(1, 3),
          where=some.sampled_from(("anywhere", "anywhere", *DESKS, "person 0", "person 2")))  # fmt: skip
    def calls_go_wrong(self, kind: str, method: str | None, times: int, where: str) -> None:
        """While somebody talks: a fault that no call meets is none."""

        if kind in OF_A_PERSON:  # of no other call, or hardly any call would meet it
            method, where = None, where if where.startswith("person") else "person 0"

        async def work() -> None:
            chat = None
            if where in DESKS:
                chat = self.stage.groups[where].id
            elif where.startswith("person"):
                chat = self.ledger.phone(int(where[-1])).id
            elif method is None:
                return
            wrong = dict(FAULTS[kind])
            if wrong.get("code") == 429:
                after = wrong["parameters"]["retry_after"]
                wrong["description"] = f"Too Many Requests: retry after {after}{PLANTED}"
            if method == "getUpdates":
                chat = None
            self.stage.fault(kind, Fault(method=method, chat_id=chat, times=times, **wrong))
            for who, desk in TALKING.items():
                await self.cast.write(who, "words")
                await self.cast.answer(desk, 0, 1, breaks=False)

        self._do(work)

    @step(where=some.sampled_from((*DESKS, "person 0", "person 2")), how=some.sampled_from(sorted(BAD)))
    def one_chat_is_bad_and_the_others_go_on(self, where: str, how: str) -> None:
        """Whoever was heard just before it is heard while it is bad."""
        said: dict[str, Talk] = {}

        async def heard() -> None:
            said.update(self.beside.speak())
            await self._until_done()

        async def bad() -> None:
            self._right(await self.beside.goes_on(where, how, self.beside.whole(said)))

        self._do(self._settle)
        self._do(heard)
        self._do(bad)

    @step(who=WHO)
    def the_database_is_locked_for_a_while(self, who: int) -> None:
        """People write all the same, and operators answer."""

        async def work() -> None:
            async with locked(self.stage.folder / "senim.db"):
                await self.cast.write(who, "words")
                for desk in DESKS:
                    await self.cast.answer(desk, who, 1, breaks=False)
                await asyncio.sleep(LOCKED)
            self.stage.happened["locked"] += 1

        self._do(work)

    @step(seconds=some.sampled_from((90, 3_700, 90_000)))
    def the_clock_of_the_machine_is_set_back(self, seconds: int) -> None:
        """Telegram's clock and everybody else's go on."""

        async def work() -> None:
            Shifted.by -= timedelta(seconds=seconds)
            self.ledger.set_backs.append((self.stage.sandbox.clock.time(), seconds))
            self.stage.happened["set back"] += 1

        self._do(work)

    @step(who=WHO, seconds=some.sampled_from((5, 70)))
    def telegram_is_away_for_a_while(self, who: int, seconds: int) -> None:
        """People write all the same: Telegram keeps it."""

        async def work() -> None:
            self.stage.sandbox.faults.down(True)
            await self.cast.write(who, "words")
            await asyncio.sleep(MOMENT)
            await self.stage.move(seconds)
            self.stage.sandbox.faults.down(False)

        self._do(work)

    @step(seconds=some.sampled_from(TIMES))
    def time_passes(self, seconds: int) -> None:
        async def work() -> None:
            days = seconds >= 86_400
            if days and (self.stage.sandbox.world.updates.pending or self.passed + seconds > DAYS * 86_400):
                return  # Telegram keeps an update for a day
            self.passed += max(seconds, 0)
            await self.stage.move(seconds)

        self._do(work)

    @step(
        how=some.sampled_from(("stopped", "killed", "killed")), who=WHO, which=WHICH,
        seconds=some.sampled_from((0, 30, 3_700)), damage=some.sampled_from(("nothing", "nothing", "inbox", "outbox")),
    )  # fmt: skip
    def the_bot_is_ended_and_started(self, how: str, who: int, which: int, seconds: int, damage: str) -> None:
        """While something is on its way; and something more is said while nobody listens."""

        async def end() -> None:
            await self.cast.write(who, "burst")
            for desk in DESKS:
                await self.cast.answer(desk, which, 2, breaks=False)
            await asyncio.sleep(0.01 * which)
            await (self.stage.stop() if how == "stopped" else self.stage.kill())

        async def again() -> None:
            await self.cast.write(who, "words")
            await self.stage.move(seconds)
            await self.stage.start()

        self._do(end)
        self._right(self.ledger.on_disk())
        if damage != "nothing":
            self.loop.run(lambda: overwrite_a_row(self.cast, damage, which))
        self._do(again)

    @step()
    def everything_settles(self) -> None:
        self._do(self._settle)
        self._right(self.ledger.judge(settled=True))

    async def _settle(self) -> None:
        """Faults are lifted, groups are mended, and time passes until the bot has nothing left to do."""
        self.stage.sandbox.faults.clear()
        await self.cast.mend()
        await self._until_done()

    async def _until_done(self) -> None:
        stage, loop = self.stage, asyncio.get_running_loop()
        deadline, quiet = loop.time() + SETTLE_WITHIN, 0
        while quiet < 2:
            assert loop.time() < deadline, f"it does not come to an end: {await stage.undone()}"
            assert (ended := stage.fell_over()) is None, f"the bot ended by itself: {ended!r}"
            await stage.move(3.1)
            await asyncio.sleep(0.02)
            quiet = 0 if await stage.undone() else quiet + 1

    async def _end(self) -> None:
        """Whatever happened: it settles, and somebody new is heard and answered."""
        self.stage.sandbox.faults.clear()
        await self.cast.mend()
        await self._somebody_new()
        await self._until_done()
        self._right(self.ledger.judge(settled=True))
        await self.stage.stop()
        self._right([*self.ledger.on_disk(), *self.ledger.settled_on_disk()])

    async def _somebody_new(self) -> None:
        stage, group = self.stage, self.stage.groups["national"]
        fresh = stage.sandbox.person("Fresh", language_code="ru")
        stage.people.append(fresh)
        token = self.cast.word(len(stage.people) - 1)
        fresh.write(token)
        card = await self._comes(lambda: next((s for s in group.messages() if token in s.text and takeable(s)), None))
        await self.cast.tap("national", 0, card, "🙋")
        code = CODE.search(card.text)
        assert code is not None
        topic = await self._comes(
            lambda: next((t.id for t in group.topics.values() if code[0] in t.name and not t.deleted), None)
        )
        await self._comes(lambda: any(token in s.text for s in group.messages(topic)) or None)
        answer = self.cast.say(self.cast.claimer("national", group, topic), len(stage.people) - 1, "national", topic)
        await self._comes(lambda: any(answer in s.text for s in fresh.chat if not s.mine) or None)

    async def _comes(self, look: Callable[[], Any]) -> Any:
        """Waits for something while the clock runs."""
        deadline = asyncio.get_running_loop().time() + SETTLE_WITHIN
        while (found := look()) is None:
            assert asyncio.get_running_loop().time() < deadline, "somebody new is not served"
            await self.stage.move(3.1)
            await asyncio.sleep(0.02)
        return found
