"""A state machine of everything that happens to the bot: people, operators, faults, restarts, damage; and its judge.

A rule acts as somebody would who looks at a screen: she does what can be done there, or nothing. What came of it is
asked of Telegram's journal (`ledger`), of the disk only what a promise about the disk says.
"""

import asyncio
import contextlib
import functools
import json
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, rule

from bot.domain.desks import Desk, Operator
from bot.domain.messages import Incoming
from bot.domain.people import Person
from bot.services.desk import DeskWork, Said
from bot.services.people import People
from bot.telegram.sandbox.faults import Fault
from bot.telegram.sandbox.group import BIND_RIGHTS, Group
from bot.telegram.sandbox.shown import Shown
from bot.telegram.sandbox.world import PRESENT
from tests.fault.ledger import BROKEN, PLANTED, UNREAD, Answer, Ledger, Word
from tests.fault.stage import (
    CLOCK_BACK,
    DESKS,
    HANGING_HANDLER,
    LONGER,
    MENDED,
    MINOR_RIGHT,
    OPERATORS,
    PEOPLE,
    Loop,
    Seed,
    Stage,
    hurried_waits,
)
from tests.town import CODE, labels, until

MOMENT = 0.05
"""Real seconds that everybody gets after a rule."""
SETTLE_WITHIN = 60.0
"""Real seconds."""
DAYS = 4.0
"""How much time may pass in one play: the bot forgets the numbers of updates after six."""

BREAKS = "сломайся"
"""Words that no handler can handle."""
HANGS = "зависни"
"""Words over which a handler never comes to an end."""
BREAKING = (BREAKS, HANGS) if HANGING_HANDLER in MENDED else (BREAKS,)

TIMES = (2, 20, 70, 400, 2_400, 86_400, *((-86_400,) if CLOCK_BACK in MENDED else ()))
"""Seconds by which the clock moves."""

SPOILT = ("topic", "queue", "thrown out", "topics off", *(("right",) if MINOR_RIGHT in MENDED else ()))
"""What may happen to a group."""

METHODS = (
    None, "sendMessage", "sendMessage", "editMessageText", "createForumTopic", "pinChatMessage", "setMessageReaction",
    "answerCallbackQuery", "getChatMember", "getUpdates",
)  # fmt: skip

FAULTS: dict[str, dict[str, Any]] = {
    "flood 2": {"kind": "fail", "code": 429, "parameters": {"retry_after": 2}},
    "flood 40": {"kind": "fail", "code": 429, "parameters": {"retry_after": 40}},
    "500": {"kind": "fail", "code": 500, "description": "Internal Server Error: sandbox"},
    "502": {"kind": "server_error"},
    "cut before": {"kind": "cut_before"},
    "cut after": {"kind": "cut_after"},
    "slow": {"kind": "hang", "seconds": 0.3},
    "hangs": {"kind": "hang", "seconds": LONGER},
    "garbage": {"kind": "garbage"},
    "no result": {"kind": "no_result"},
}

STRANGE = (
    '{"update_id":ID,"message":MESSAGE}',
    '{"update_id":ID,"edited_message":MESSAGE}',
    '{"update_id":ID,"message":{"text":"WORD"}}',
    '{"update_id":ID,"something_new":{"text":"nobody has asked for it"}}',
    '{"update_id":ID,"message":["a list"]}',
    '{"update_id":ID}',
)
"""Updates that nobody can parse. MESSAGE is a person's, with a date that is none."""

WHO = some.integers(0, PEOPLE - 1)
DESK = some.sampled_from(DESKS)
WHICH = some.integers(0, 3)
OPERATOR = some.integers(0, OPERATORS - 1)


def broken_handlers(patch: pytest.MonkeyPatch) -> None:
    """Both sides have words that break whatever handles them, after it has done its work."""
    hear, said = People.hear, DeskWork.said

    async def heard(self: People, person: Person, incoming: Incoming, language_code: str | None) -> None:
        await hear(self, person, incoming, language_code)
        if BREAKS in incoming.text:
            raise RuntimeError
        if HANGS in incoming.text:
            await asyncio.Event().wait()

    async def written(self: DeskWork, desk: Desk, thread_id: int, operator: Operator | None, words: Said) -> None:
        await said(self, desk, thread_id, operator, words)
        if BREAKS in (words.text or ""):
            raise RuntimeError

    patch.setattr(People, "hear", heard)
    patch.setattr(DeskWork, "said", written)


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


def takeable(shown: Shown) -> bool:
    return any("🙋" in label for label in labels(shown))


class Machine(RuleBasedStateMachine):
    """One play. `seed` is the prepared town; the loop stands still between two rules."""

    seed: ClassVar[Seed]
    plays: ClassVar[int] = 0
    """How many have begun."""
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
        self.bot_runs = True
        self.damaged: list[str] = []
        self.claimers: dict[tuple[str, str], int] = {}
        """Who was told last that she had taken a case: by desk and code."""
        self.spoken: dict[int, list[int]] = {}
        """Message numbers of what each person wrote, for edits."""
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
        self._do(lambda: self._write(who, how))

    async def _write(self, who: int, how: str) -> None:
        phone = self.ledger.phone(who)
        if phone._person.blocked:
            return
        if how == "urgent":
            phone.write("🆘")
            return
        for _ in range(4 if how == "burst" else 1):
            token = self._word(who)
            if how == "photo":
                self.spoken.setdefault(who, []).append(phone.send("photo", caption=token))
            elif how == "edit" and self.spoken.get(who):
                phone.edit(self.spoken[who][-1], token)
            else:
                text = f"🆘 {token}" if how == "urgent words" else token
                self.spoken.setdefault(who, []).append(phone.write(text))

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
            phone, shape = self.ledger.phone(who), STRANGE[what]
            number = self.stage.sandbox.world.updates.next_id
            word = ""
            if "MESSAGE" in shape or "WORD" in shape:
                word = self._word(who, nobodys="WORD" in shape)
            message = {
                "message_id": 90_000 + number % 1000, "date": "a date", "from": phone.user,
                "chat": {"id": phone.id, "type": "private"}, "text": word,
            }  # fmt: skip
            if "MESSAGE" in shape:
                phone._person.started = True
            raw = shape.replace("MESSAGE", json.dumps(message)).replace("WORD", word)
            self._push(raw)
            self._bad(number, UNREAD)

        self._do(work)

    @step(who=WHO, words=some.sampled_from(BREAKING))
    def writes_what_breaks_its_handler(self, who: int, words: str) -> None:
        async def work() -> None:
            phone = self.ledger.phone(who)
            if not phone._person.blocked:
                number = self.stage.sandbox.world.updates.next_id
                phone.write(f"{words} {self._word(who)}")
                self._bad(number, BROKEN)

        self._do(work)

    def _word(self, who: int, *, nobodys: bool = False) -> str:
        token = self.ledger.token("слово")
        self.ledger.words[token] = Word(token, who, self.stage.sandbox.world.updates.next_id, nobodys)
        return token

    def _bad(self, number: int, alarm: str) -> None:
        self.ledger.bad_updates[number] = (alarm, self.stage.sandbox.clock.time())

    def _push(self, raw: str) -> None:
        updates = self.stage.sandbox.world.updates
        number = updates._take_id()
        updates._put(number, "", raw.replace("ID", str(number)).encode(), 86_400)

    # Operators

    @step(desk=DESK, which=WHICH, operator=OPERATOR)
    def takes(self, desk: str, which: int, operator: int) -> None:
        self._do(lambda: self._take(desk, which, operator))

    @step(desk=DESK, which=WHICH)
    def two_take_at_once(self, desk: str, which: int) -> None:
        async def work() -> None:
            await asyncio.gather(*(self._take(desk, which, operator) for operator in range(OPERATORS)))

        self._do(work)

    @step(desk=DESK, which=WHICH, many=some.integers(1, 3), breaks=some.sampled_from((False, False, False, True)))
    def answers(self, desk: str, which: int, many: int, breaks: bool) -> None:
        self._do(lambda: self._answer(desk, which, many, breaks=breaks))

    @step(which=WHICH)
    def everybody_talks(self, which: int) -> None:
        """Both sides of every desk at once."""

        async def work() -> None:
            for who in range(PEOPLE):
                await self._write(who, "words")
            for desk in DESKS:
                await self._answer(desk, which, 2, breaks=False)
                await self._answer(desk, which + 1, 1, breaks=False)

        self._do(work)

    async def _answer(self, desk: str, which: int, many: int, *, breaks: bool) -> None:
        group = self.stage.groups[desk]
        topic = self._topic(group, which)
        who = self.ledger.owner_of_topic(group, topic) if topic else None
        if topic is None or who is None:
            return
        for number in range(many):
            broken = breaks and number == 0
            token = self.ledger.token("ответ")
            update = self.stage.sandbox.world.updates.next_id
            text = f"{BREAKS} {token}" if broken else token
            message = self._claimer(desk, group, topic).write(text, chat=group, topic=topic)
            self.ledger.answers[token] = Answer(token, who, desk, topic, message, update, broken)
            if broken:
                self._bad(update, BROKEN)

    @step(desk=DESK, which=WHICH, how=some.sampled_from(("gives back", "closes")))
    def ends_a_talk(self, desk: str, which: int, how: str) -> None:
        wanted = {"gives back": ("Вернуть",), "closes": ("Закрыть", "Помогли")}[how]
        self._do(lambda: self._tap_in_topic(desk, which, *wanted))

    async def _take(self, desk: str, which: int, operator: int) -> None:
        group = self.stage.groups[desk]
        cards = [one for one in group.messages() if takeable(one)]
        if cards and self._usable(group):
            await self._tap(desk, operator, cards[which % len(cards)], "🙋")

    async def _tap(self, desk: str, operator: int, shown: Shown, label: str) -> None:
        phone = self.stage.staff[desk][operator]
        patience = 0.6 if self.bot_runs and not self.stage.sandbox.faults.is_down else 0.0
        toast = await phone.tap(label, chat=self.stage.groups[desk], message_id=shown.message_id, timeout=patience)
        if toast and "Взято" in toast:
            self.claimers[desk, CODE.search(shown.text)[0]] = operator  # type: ignore[index]  # a card has a code

    async def _tap_in_topic(self, desk: str, which: int, *wanted: str) -> None:
        group = self.stage.groups[desk]
        topic = self._topic(group, which)
        if topic is None:
            return
        operator = self._claimer_number(desk, group, topic)
        for label in wanted:

            def found(label: str = label) -> Shown | None:
                shown = [one for one in group.messages(topic) if any(label in text for text in labels(one))]
                return shown[-1] if shown else None

            with contextlib.suppress(AssertionError):
                shown = await until(found, 0.8 if self.bot_runs else 0.01)
                await self._tap(desk, operator, shown, label)

    def _usable(self, group: Group) -> bool:
        """Whether what somebody does in the group reaches the bot, and its topics are there."""
        return group.chat.is_forum and group.chat.bot_status in PRESENT

    def _topic(self, group: Group, which: int) -> int | None:
        """An open topic of a case, with something of the bot's in it. One that nobody can tell apart is left alone:
        a topic of which Telegram's answer was lost is made a second time, and the first stays empty."""
        if not self._usable(group):
            return None
        bot = self.stage.sandbox.world.bot_id
        spoken = {one.thread_id for one in group.messages() if one.sender_id == bot and one.kind == "text"}
        here = [
            topic.id
            for topic in group.topics.values()
            if CODE.search(topic.name) and not topic.deleted and not topic.closed and topic.id in spoken
        ]
        return here[which % len(here)] if here else None

    def _claimer_number(self, desk: str, group: Group, topic: int) -> int:
        code = CODE.search(group.topics[topic].name)
        return self.claimers.get((desk, code[0] if code else ""), 0)

    def _claimer(self, desk: str, group: Group, topic: int) -> Any:
        return self.stage.staff[desk][self._claimer_number(desk, group, topic)]

    # Groups

    @step(desk=DESK, which=WHICH, what=some.sampled_from(SPOILT))
    def a_group_is_spoiled(self, desk: str, which: int, what: str) -> None:
        async def work() -> None:
            group = self.stage.groups[desk]
            if not self._usable(group):
                return
            if what == "thrown out":
                group.remove_bot(self.stage.admin)
            elif what == "right":
                group.set_bot_rights(BIND_RIGHTS - {"can_pin_messages"})
            elif what == "topics off":
                group.switch_topics(False)
                self.ledger.mixed.add(group.id)
            else:
                queue = (one.id for one in group.topics.values() if "Кезек" in one.name and not one.deleted)
                topic = self._topic(group, which) if what == "topic" else next(queue, None)
                if topic is not None:
                    group.delete_topic(topic)

        self._do(work)

    @step()
    def groups_are_mended(self) -> None:
        self._do(self._mend)

    async def _mend(self) -> None:
        for group in self.stage.groups.values():
            group.switch_topics(True)
            if group.chat.bot_status not in PRESENT:
                group.add_bot(self.stage.admin, rights=BIND_RIGHTS)
            elif group.chat.bot_rights != BIND_RIGHTS:
                group.set_bot_rights(BIND_RIGHTS)

    # Faults, time, life and death

    @step(kind=some.sampled_from(sorted(FAULTS)), method=some.sampled_from(METHODS), times=some.integers(1, 3),
          where=some.sampled_from(("anywhere", "anywhere", *DESKS, "person 0", "person 2")))  # fmt: skip
    def calls_go_wrong(self, kind: str, method: str | None, times: int, where: str) -> None:
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
            self.stage.sandbox.faults.add(Fault(method=method, chat_id=chat, times=times, **wrong))

        self._do(work)

    @step(who=WHO, seconds=some.sampled_from((5, 70)))
    def telegram_is_away_for_a_while(self, who: int, seconds: int) -> None:
        """People write all the same: Telegram keeps it."""

        async def work() -> None:
            self.stage.sandbox.faults.down(True)
            await self._write(who, "words")
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
            await (self.stage.move(seconds) if seconds > 0 else self.stage.set_back(-seconds))

        self._do(work)

    @step(
        how=some.sampled_from(("stopped", "killed", "killed")), who=WHO, which=WHICH,
        seconds=some.sampled_from((0, 30, 3_700)), damage=some.sampled_from(("nothing", "nothing", "inbox", "outbox")),
    )  # fmt: skip
    def the_bot_is_ended_and_started(self, how: str, who: int, which: int, seconds: int, damage: str) -> None:
        """While something is on its way; and something more is said while nobody listens."""

        async def end() -> None:
            await self._write(who, "burst")
            for desk in DESKS:
                await self._answer(desk, which, 2, breaks=False)
            await asyncio.sleep(0.01 * which)
            await (self.stage.stop() if how == "stopped" else self.stage.kill())

        async def again() -> None:
            await self._write(who, "words")
            await self.stage.move(seconds)
            await self.stage.start()

        self.bot_runs = False
        self._do(end)
        self._right(self.ledger.on_disk())
        if damage != "nothing":
            self._damage(damage, which)
        self.bot_runs = True
        self._do(again)

    def _damage(self, table: str, which: int) -> None:
        """What stood in the row cannot be told any more: it is excused, and nothing else."""
        body, about = {
            "inbox": ("body", "update_id AS about, '' AS kind, '' AS to_whom, '' AS key"),
            "outbox": (
                "params",
                "0 AS about, recipient_kind AS kind, recipient AS to_whom, COALESCE((SELECT person FROM cases c"
                " WHERE c.id = t.case_id OR c.id = t.recipient), recipient) AS key",
            ),
        }[table]
        rows = self.stage.rows(f"SELECT seq, {about} FROM {table} t WHERE state IN ('waiting', 'sending')")
        if not rows:
            return
        row, ledger = rows[which % len(rows)], self.ledger
        self.stage.overwrite(f"UPDATE {table} SET {body} = x'00ff00ff' WHERE seq = ?", row["seq"])
        self.damaged.append(f"{table} {row['kind']}")
        if table == "inbox":
            said: list[Word | Answer] = [*ledger.words.values(), *ledger.answers.values()]
            ledger.excused |= {one.token for one in said if one.update == row["about"]}
            self._bad(row["about"], UNREAD)
        elif row["kind"] == "operator":
            ledger.unheard |= set(ledger.bad_updates)
        else:
            who = self.loop.run(self.stage.keys).get(row["key"])
            answers = row["kind"] == "person"
            lost: list[Word | Answer] = [*(ledger.answers if answers else ledger.words).values()]
            ledger.excused |= {one.token for one in lost if who in (None, one.who)}

    @step()
    def everything_settles(self) -> None:
        self._do(self._settle)
        self._right(self.ledger.judge(settled=True))

    async def _settle(self) -> None:
        """Faults are lifted, groups are mended, and time passes until the bot has nothing left to do."""
        self.stage.sandbox.faults.clear()
        await self._mend()
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
        await self._mend()
        await self._somebody_new()
        await self._until_done()
        self._right(self.ledger.judge(settled=True))
        await self.stage.stop()
        self._right([*self.ledger.on_disk(), *self.ledger.settled_on_disk()])

    async def _somebody_new(self) -> None:
        stage, group = self.stage, self.stage.groups["national"]
        fresh = stage.sandbox.person("Fresh", language_code="ru")
        stage.people.append(fresh)
        token = self._word(len(stage.people) - 1)
        fresh.write(token)
        card = await self._comes(lambda: next((s for s in group.messages() if token in s.text and takeable(s)), None))
        await self._tap("national", 0, card, "🙋")
        code = CODE.search(card.text)
        assert code is not None
        topic = await self._comes(
            lambda: next((t.id for t in group.topics.values() if code[0] in t.name and not t.deleted), None)
        )
        await self._comes(lambda: any(token in s.text for s in group.messages(topic)) or None)
        answer = self.ledger.token("ответ")
        update = stage.sandbox.world.updates.next_id
        message = self._claimer("national", group, topic).write(answer, chat=group, topic=topic)
        self.ledger.answers[answer] = Answer(answer, len(stage.people) - 1, "national", topic, message, update)
        await self._comes(lambda: any(answer in s.text for s in fresh.chat if not s.mine) or None)

    async def _comes(self, look: Callable[[], Any]) -> Any:
        """Waits for something while the clock runs."""
        deadline = asyncio.get_running_loop().time() + SETTLE_WITHIN
        while (found := look()) is None:
            assert asyncio.get_running_loop().time() < deadline, "somebody new is not served"
            await self.stage.move(3.1)
            await asyncio.sleep(0.02)
        return found
