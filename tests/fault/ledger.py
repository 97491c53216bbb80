"""What was said in a play and what became of it, counted from Telegram's own journal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Showing
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.fault.stage import FROM_REGION, Stage
from tests.town import CODE

AGAIN = "↻ "
NOT_PASSED = {"✍", "🤷"}
"""Marks under an operator's message that did not go to the person."""
HOUR = 3600
TOKEN = re.compile(r"(?:слово|ответ)\d{3}")
PLANTED = " (planted)"
"""In the text of a 429 that the play ordered: any other comes from Telegram's own limits."""
UNREAD, BROKEN = "Обновление не прочитано", "Обновление не обработано"
ENDED, GOES_ON = re.compile("Разговор завершён|Әңгіме аяқталды"), re.compile("Разговор продолжается|Әңгіме жалғасады")
SOMEBODY = re.compile("на связи|жауап бере")

HISTORY = re.compile(r"^\d\d:\d\d", re.MULTILINE)
"""The time before each message in what was said before: shown at a claim, and whole when a row was damaged."""

EARLIER = re.compile("^(?:Было|Бұрынғысы):\n.*$", re.MULTILINE)
"""What stood in a message before its writer changed it: said a second time, under the new words."""


@dataclass(frozen=True)
class Word:
    """Something that a person said. `nobodys`: the update does not say whose it is."""

    token: str
    who: int
    update: int
    nobodys: bool = False


@dataclass(frozen=True)
class Answer:
    """Something that an operator wrote in a case's topic; `code` is the case's, `group` the id that her group had then.
    `broken`: no handler can handle it."""

    token: str
    who: int
    desk: str
    group: int
    topic: int
    code: str
    message: int
    update: int
    broken: bool = False


@dataclass
class Ledger:
    """What was said, and what may be missing because the play itself destroyed it."""

    stage: Stage
    words: dict[str, Word] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    bad_updates: dict[int, tuple[str, float]] = field(default_factory=dict)
    """Number of an update that must be set aside: the alarm's words, and when it came."""
    excused: set[str] = field(default_factory=set)
    """Tokens that may have stood in a row which the play has overwritten."""
    unheard: set[int] = field(default_factory=set)
    """Bad updates of which an alarm may have stood in such a row."""
    untold: set[int] = field(default_factory=set)
    """People to whom it was not said, for the same reason, how it stands with their cases."""
    set_backs: list[tuple[float, float]] = field(default_factory=list)
    """When the clock of the bot's machine was set back, on the sandbox's clock, and by how many seconds."""
    mixed: set[str] = field(default_factory=set)
    """Desks whose topics were off for a while: what came before anybody could know stands in General."""

    def token(self, kind: str) -> str:
        return f"{kind}{len(self.words) + len(self.answers):03d}"

    def said(self, desk: str | None = None) -> Iterator[tuple[Showing, list[str]]]:
        """What the bot has shown, with the tokens in it."""
        for showing in self.stage.sandbox.journal.shown:
            if showing.by == "bot" and desk in (None, self.stage.desk_of(showing.chat_id)):
                tokens = TOKEN.findall(showing.text)
                if tokens:
                    yield showing, tokens

    def desks_of(self, who: int) -> tuple[str, ...]:
        return ("regional", "national") if who in FROM_REGION else ("national",)

    def phone(self, who: int) -> Phone:
        return self.stage.people[who]

    def codes_of(self, who: int) -> set[str]:
        """The case codes that she was told."""
        shown = self.stage.sandbox.journal.to(self.phone(who))
        return {code for showing in shown for code in CODE.findall(showing.text)}

    def owner_of_code(self, code: str) -> int | None:
        if code in self.stage.codes:
            return self.stage.codes[code]
        return next((who for who in range(len(self.stage.people)) if code in self.codes_of(who)), None)

    def owner_of_topic(self, group: Group, topic: int) -> int | None:
        """Whose words stand in a topic; else who was told the code in its name."""
        for showing, tokens in self.said(self.stage.desk_of(group.id)):
            if showing.thread_id == topic:
                for token in tokens:
                    if token in self.words:
                        return self.words[token].who
        code = CODE.search(group.topics[topic].name)
        return self.owner_of_code(code[0]) if code else None

    def judge(self, *, settled: bool) -> list[str]:
        """What is wrong. Before everything has settled only what may never be."""
        wrong = [*self._misplaced(), *self._after_the_end(), *self._order(), *self._floods()]
        return [*wrong, *self._missing(), *self._unanswered(), *self._unalarmed()] if settled else wrong

    def _misplaced(self) -> Iterator[str]:
        """Words anywhere but at her desk, two people in one message or topic, an answer to anybody else."""
        owners: dict[tuple[str, int], int] = {}
        for showing, tokens in self.said():
            desk, where = self.stage.desk_of(showing.chat_id), f"{tokens} in {showing.chat_id}/{showing.thread_id}"
            about = {self._about(token) for token in tokens}
            if len(about) > 1:
                yield f"two conversations in one message: {where}"
            (who, *_) = about
            if desk is None:
                mine = showing.chat_id == self.phone(who).id and all(token in self.answers for token in tokens)
                if not mine:
                    yield f"shown in the wrong private chat: {where}"
                continue
            if desk not in self.desks_of(who) and not any(self._nobodys(token) for token in tokens):
                yield f"shown at the wrong desk: {where}"
            topic = self.stage.groups[desk].topics.get(showing.thread_id or 0)
            if topic is None:
                if desk not in self.mixed:
                    yield f"shown in General: {where}"
            elif code := CODE.search(topic.name):
                if owners.setdefault((desk, topic.id), who) != who:
                    yield f"shown in another case's topic: {where}"
                if self.owner_of_code(code[0]) not in (None, who):
                    yield f"shown in the topic of {code[0]}, which is somebody else's: {where}"

    def _after_the_end(self) -> Iterator[str]:
        """An answer that was written for a case of which she had been told that it is over: it can only have come as
        an answer to another one, or to nobody. The talk goes on when she is told that it does, or that the newest of
        which she knows has somebody again."""
        for who in set(range(len(self.stage.people))) - self.untold:
            over: set[str] = set()
            newest = ""
            for showing in self.stage.sandbox.journal.to(self.phone(who)):
                answers = [token for token in TOKEN.findall(showing.text) if token in self.answers]
                if showing.action != "sent":
                    continue
                for token in answers:
                    if self.answers[token].code in over:
                        yield f"{token} was written in {self.answers[token].code}, which was over: to person {who}"
                code = CODE.search(showing.text) if not answers else None
                if code and ENDED.search(showing.text):
                    over.add(code[0])
                elif code and GOES_ON.search(showing.text):
                    over.discard(code[0])
                elif not answers and SOMEBODY.search(showing.text):
                    over.discard(newest)
                newest = code[0] if code else newest

    def _about(self, token: str) -> int:
        return self.words[token].who if token in self.words else self.answers[token].who

    def _nobodys(self, token: str) -> bool:
        return token in self.words and self.words[token].nobodys

    def _order(self) -> Iterator[str]:
        """Inside a case's topic her words in order, in her chat each operator's answers; repeats only marked.

        Answers from before and after an upgrade of their group are two lanes: one whose turn is put off is overtaken by
        those from the new id. In life a forum is never upgraded, so no talk has both."""
        places: dict[tuple[str | int, ...], list[tuple[str, bool]]] = {}
        for showing, tokens in self.said():
            if showing.action != "sent":
                continue
            desk = self.stage.desk_of(showing.chat_id)
            if HISTORY.search(showing.text):
                continue
            marked = showing.text.startswith(AGAIN)
            topic = self.stage.groups[desk].topics.get(showing.thread_id or 0) if desk else None
            if desk is not None and topic is not None and CODE.search(topic.name):
                fresh = TOKEN.findall(EARLIER.sub("", showing.text))
                heard = [(token, marked) for token in fresh if token in self.words]
                places.setdefault((desk, topic.id), []).extend(heard)
            elif desk is None:
                for token in tokens:
                    if token in self.answers:
                        answer = self.answers[token]
                        places.setdefault((showing.chat_id, answer.group, answer.topic), []).append((token, marked))
        for place, said in places.items():
            yield from _disorder(place, said)

    def _floods(self) -> Iterator[str]:
        for call in self.stage.sandbox.journal.calls:
            if call.error_code == 429 and not (call.description or "").endswith(PLANTED):
                yield f"beyond the pace: {call.method} to {call.chat_id}: {call.description}"

    def _missing(self) -> Iterator[str]:
        """Words that no operator of a right desk was ever shown in a topic."""
        seen: dict[str, set[str]] = {name: set() for name in self.stage.groups}
        for name in seen:
            for showing, tokens in self.said(name):
                if showing.thread_id is not None:
                    seen[name].update(tokens)
        for token, word in self.words.items():
            desks = ("national",) if word.nobodys else self.desks_of(word.who)
            if token not in self.excused and not any(token in seen[name] for name in desks):
                yield f"lost: {token} of person {word.who} (update {word.update})"

    def _unanswered(self) -> Iterator[str]:
        """Answers that neither arrived nor bear a mark or reply that says so. A topic that is gone cannot show one."""
        arrived = {token for showing, tokens in self.said() for token in tokens if showing.chat_id > 0}
        for token, answer in self.answers.items():
            group = self.stage.groups[answer.desk]
            gone = group.topics[answer.topic].deleted
            if token in arrived or token in self.excused or answer.broken or gone:
                continue
            shown = next((one for one in group.messages(answer.topic) if one.message_id == answer.message), None)
            told = shown is not None and NOT_PASSED & {mark.strip("️") for mark in shown.reactions}
            if not told and not any(one.reply_to == answer.message for one in self._by_bot(group, answer.topic)):
                yield f"an answer went nowhere and nobody was told: {token} for person {answer.who}"

    def _by_bot(self, group: Group, topic: int) -> list[Shown]:
        bot = self.stage.sandbox.world.bot_id
        return [one for one in group.messages(topic) if one.sender_id == bot]

    def alarmed(self, number: int) -> bool:
        """Whether administrators heard of a bad update, or of another of its kind less than an hour before, by the
        clock that the bot had: one that it has from the future is not heard of yet."""
        words, came = self.bad_updates[number]
        heard = [one.at.timestamp() for one in self.stage.sandbox.journal.to(self.stage.admin) if words in one.text]
        return any(at >= came or 0 <= self._bots(came) - self._bots(at) <= HOUR for at in heard)

    def _bots(self, at: float) -> float:
        """A time on the sandbox's clock as the bot's machine had it."""
        return at - sum(seconds for moment, seconds in self.set_backs if moment <= at)

    def _unalarmed(self) -> Iterator[str]:
        for number in self.bad_updates:
            if number not in self.unheard and not self.alarmed(number):
                yield f"no alarm for update {number}"

    def on_disk(self) -> list[str]:
        """What the stopped bot's database must say."""
        rows = {row["update_id"]: row["state"] for row in self.stage.rows("SELECT update_id, state FROM inbox")}
        wrong = [f"acknowledged and not stored: {number}" for number in self.stage.acknowledged if number not in rows]
        open_cases = self.stage.rows(
            "SELECT person, COUNT(*) AS n FROM cases WHERE status IN ('waiting', 'claimed') GROUP BY person"
        )
        return wrong + [f"{row['n']} open cases of one person" for row in open_cases if row["n"] > 1]

    def settled_on_disk(self) -> list[str]:
        """Everything is done, or set aside and alarmed."""
        rows = self.stage.rows("SELECT update_id, state FROM inbox WHERE state <> 'done'")
        wrong = [f"update {row['update_id']} is {row['state']}" for row in rows if row["state"] != "quarantined"]
        for row in rows:
            if row["state"] == "quarantined" and row["update_id"] >= 0 and row["update_id"] not in self.bad_updates:
                wrong.append(f"update {row['update_id']} is quarantined, and nothing was wrong with it")
        return wrong


def _disorder(place: tuple[str | int, ...], said: list[tuple[str, bool]]) -> Iterator[str]:
    """Of a call that hung the repeat, which is marked, may be there before the first has its effect."""
    seen: list[str] = []
    ahead: set[str] = set()
    for token, marked in said:
        if token in seen:
            if not marked and token not in ahead:
                yield f"repeated without a mark: {token} in {place}"
            ahead.discard(token)
            continue
        if marked:
            ahead.add(token)
        if seen and token < max(seen):
            yield f"out of order: {token} after {max(seen)} in {place}"
        seen.append(token)
