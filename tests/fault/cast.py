"""Who plays: people and operators, each of whom does what can be done on her screen, or nothing."""

import asyncio
import contextlib
import json
from typing import Any

import pytest

from bot.domain.desks import Desk, Operator
from bot.domain.messages import Incoming
from bot.domain.people import Person
from bot.services.desk import DeskWork, Said
from bot.services.people import People
from bot.telegram.sandbox.group import BIND_RIGHTS, Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from bot.telegram.sandbox.world import PRESENT
from tests.fault.ledger import BROKEN, UNREAD, Answer, Ledger, Word
from tests.fault.stage import Stage
from tests.town import CODE, labels, until

BREAKS = "сломайся"
"""Words that no handler can handle."""
HANGS = "зависни"
"""Words over which a handler never comes to an end."""
BREAKING = (BREAKS, HANGS)

SPOILT = ("topic", "queue", "thrown out", "topics off", "right", "gone", "upgraded")
"""What may happen to a group."""

STRANGE = (
    '{"update_id":ID,"message":MESSAGE}',
    '{"update_id":ID,"edited_message":MESSAGE}',
    '{"update_id":ID,"message":{"text":"WORD"}}',
    '{"update_id":ID,"something_new":{"text":"nobody has asked for it"}}',
    '{"update_id":ID,"message":["a list"]}',
    '{"update_id":ID}',
)
"""Updates that nobody can parse. MESSAGE is a person's, with a date that is none."""


def broken_handlers(patch: pytest.MonkeyPatch) -> None:
    """Both sides have words that break whatever handles them, after it has done its work."""
    hear, said = People.hear, DeskWork.said

    async def heard(
        self: People, person: Person, incoming: Incoming, language_code: str | None, *read: Any, **more: Any
    ) -> None:
        await hear(self, person, incoming, language_code, *read, **more)
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


def takeable(shown: Shown) -> bool:
    return any("🙋" in label for label in labels(shown))


class Cast:
    """Everybody in a play. What she says is written into the ledger."""

    def __init__(self, stage: Stage, ledger: Ledger) -> None:
        self.stage = stage
        self.ledger = ledger
        self.claimers: dict[tuple[str, str], int] = {}
        """Who was told last that she had taken a case: by desk and code."""
        self.spoken: dict[int, list[int]] = {}
        """Message numbers of what each person wrote, for edits."""

    async def write(self, who: int, how: str) -> None:
        phone = self.ledger.phone(who)
        if phone._person.blocked:
            return
        if how == "urgent":
            phone.write("🆘")
            return
        for _ in range(4 if how == "burst" else 1):
            token = self.word(who)
            if how == "photo":
                self.spoken.setdefault(who, []).append(phone.send("photo", caption=token))
            elif how == "edit" and self.spoken.get(who) and phone.can_edit(self.spoken[who][-1]):
                phone.edit(self.spoken[who][-1], token)
            else:
                text = f"🆘 {token}" if how == "urgent words" else token
                self.spoken.setdefault(who, []).append(phone.write(text))

    def strange(self, who: int, shape: str) -> None:
        """An update that nobody can parse comes from her, or from nobody."""
        phone = self.ledger.phone(who)
        number = self.stage.sandbox.world.updates.next_id
        word = ""
        if "MESSAGE" in shape or "WORD" in shape:
            word = self.word(who, nobodys="WORD" in shape)
        message = {
            "message_id": 90_000 + number % 1000, "date": "a date", "from": phone.user,
            "chat": {"id": phone.id, "type": "private"}, "text": word,
        }  # fmt: skip
        if "MESSAGE" in shape:
            phone._person.started = True
        raw = shape.replace("MESSAGE", json.dumps(message)).replace("WORD", word)
        self.push(raw)
        self.bad(number, UNREAD)

    def word(self, who: int, *, nobodys: bool = False) -> str:
        token = self.ledger.token("слово")
        self.ledger.words[token] = Word(token, who, self.stage.sandbox.world.updates.next_id, nobodys)
        return token

    def bad(self, number: int, alarm: str) -> None:
        self.ledger.bad_updates[number] = (alarm, self.stage.sandbox.clock.time())

    def push(self, raw: str) -> None:
        updates = self.stage.sandbox.world.updates
        number = updates._take_id()
        updates._put(number, "", raw.replace("ID", str(number)).encode(), 86_400)

    async def answer(self, desk: str, which: int, many: int, *, breaks: bool) -> None:
        group = self.stage.groups[desk]
        topic = self.topic(group, which)
        who = self.ledger.owner_of_topic(group, topic) if topic else None
        if topic is None or who is None:
            return
        for number in range(many):
            broken = breaks and number == 0
            self.say(self.claimer(desk, group, topic), who, desk, topic, broken=broken)

    def say(self, by: Phone, who: int, desk: str, topic: int, *, broken: bool = False) -> str:
        """Somebody writes an answer to a person in a topic; returns its token."""
        group = self.stage.groups[desk]
        token = self.ledger.token("ответ")
        update = self.stage.sandbox.world.updates.next_id
        message = by.write(f"{BREAKS} {token}" if broken else token, chat=group, topic=topic)
        code = self.code(group, topic)
        self.ledger.answers[token] = Answer(token, who, desk, group.id, topic, code, message, update, broken)
        if broken:
            self.bad(update, BROKEN)
        return token

    def answer_what_is_over(self, desk: str, which: int) -> None:
        """Whoever may write in a closed topic answers there, as if she had not seen that the case is over."""
        group = self.stage.groups[desk]
        topics = self.topics(group, closed=True)
        if topics:
            topic = topics[which % len(topics)]
            who = self.ledger.owner_of_topic(group, topic)
            if who is not None:
                self.say(self.stage.admin, who, desk, topic)
                self.stage.happened["answered what is over"] += 1

    async def take(self, desk: str, which: int, operator: int) -> None:
        group = self.stage.groups[desk]
        cards = [one for one in group.messages() if takeable(one)]
        if cards and self.usable(group):
            await self.tap(desk, operator, cards[which % len(cards)], "🙋")

    async def tap(self, desk: str, operator: int, shown: Shown, label: str) -> None:
        phone = self.stage.staff[desk][operator]
        patience = 0.6 if self.stage.running and not self.stage.sandbox.faults.is_down else 0.0
        toast = await phone.tap(label, chat=self.stage.groups[desk], message_id=shown.message_id, timeout=patience)
        if toast and "Взято" in toast:
            self.claimers[desk, CODE.search(shown.text)[0]] = operator  # type: ignore[index]  # a card has a code

    async def tap_in_topic(self, desk: str, which: int, *wanted: str) -> None:
        group = self.stage.groups[desk]
        topic = self.topic(group, which)
        if topic is None:
            return
        operator = self.claimer_number(desk, group, topic)
        for label in wanted:

            def found(label: str = label) -> Shown | None:
                shown = [one for one in group.messages(topic) if any(label in text for text in labels(one))]
                return shown[-1] if shown else None

            with contextlib.suppress(AssertionError):
                shown = await until(found, 0.8 if self.stage.running else 0.01)
                await self.tap(desk, operator, shown, label)

    def usable(self, group: Group) -> bool:
        """Whether what somebody does in the group reaches the bot, and its topics are there."""
        return not group.chat.deleted and group.chat.is_forum and group.chat.bot_status in PRESENT

    def topic(self, group: Group, which: int) -> int | None:
        """An open topic of a case, with something of the bot's in it. One that nobody can tell apart is left alone:
        a topic of which Telegram's answer was lost is made a second time, and the first stays empty."""
        here = self.topics(group)
        return here[which % len(here)] if here else None

    def topics(self, group: Group, *, closed: bool = False) -> list[int]:
        """All of these, open or closed."""
        if not self.usable(group):
            return []
        bot = self.stage.sandbox.world.bot_id
        spoken = {one.thread_id for one in group.messages() if one.sender_id == bot and one.kind == "text"}
        return [
            topic.id
            for topic in group.topics.values()
            if CODE.search(topic.name) and not topic.deleted and topic.closed == closed and topic.id in spoken
        ]

    def code(self, group: Group, topic: int) -> str:
        found = CODE.search(group.topics[topic].name)
        return found[0] if found else ""

    def claimer_number(self, desk: str, group: Group, topic: int) -> int:
        return self.claimers.get((desk, self.code(group, topic)), 0)

    def claimer(self, desk: str, group: Group, topic: int) -> Phone:
        return self.stage.staff[desk][self.claimer_number(desk, group, topic)]

    def spoil(self, desk: str, which: int, what: str) -> None:
        """Somebody does to a group what is one of SPOILT."""
        group = self.stage.groups[desk]
        if not self.usable(group):
            return
        self.stage.happened[what] += 1
        if what == "thrown out":
            group.remove_bot(self.stage.admin)
        elif what == "right":
            group.set_bot_rights(BIND_RIGHTS - {"can_pin_messages"})
        elif what == "topics off":
            group.switch_topics(False)
            self.ledger.mixed.add(desk)
        elif what == "gone":
            group.delete()
        elif what == "upgraded":
            group.upgrade()
        else:
            queue = (one.id for one in group.topics.values() if "Кезек" in one.name and not one.deleted)
            topic = self.topic(group, which) if what == "topic" else next(queue, None)
            if topic is not None:
                group.delete_topic(topic)

    async def mend(self) -> None:
        for group in self.stage.groups.values():
            group.chat.deleted = False
            group.switch_topics(True)
            if group.chat.bot_status not in PRESENT:
                group.add_bot(self.stage.admin, rights=BIND_RIGHTS)
            elif group.chat.bot_rights != BIND_RIGHTS:
                group.set_bot_rights(BIND_RIGHTS)
