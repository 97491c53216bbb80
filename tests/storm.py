"""A storm of broken updates over the bot as a process, and what its witnesses saw.

The witnesses are the sandbox's journal and queue, the process's whole output, and for what was set aside the inbox that
the process left.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from storage.sealing import KeyRing, unseal
from tests.mutations import ID_MARK, MARK, PERSON, Bases, Change, Scene, made
from tests.taint import text_forms
from tests.town import NATIONAL_RU, code_of, press, until, write_ring

OPERATOR = 'name_kk = "Ұйым"\nname_ru = "Организация"\nbin = "991240000000"\ncontact = "x"\n'
RUN = "import bot.__main__ as m; m.main()"
REGION = "Жамбылская"
ALARMS = ("Обновление не прочитано", "Обновление не обработано")
HOUR = 3_600
LATE = 1_800
"""Seconds of the sandbox's clock, which runs 400 times as fast: until an alarm has been shown."""
TAKE = "🙋"
BATCH = 100
WORD = re.compile(r"w(\d{7})")
NAMED = re.compile(r"n(\d{7})")
LARGEST_NUMBER = 2**53


class Output(threading.Thread):
    """Reads all that a process prints, and looks for markers in every form; keeps only what it found."""

    def __init__(self, stream: IO[bytes], needles: set[bytes]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._needles = needles
        self.code = ""
        """Of the first administrator's link."""
        self.read = 0
        self.found: list[bytes] = []
        self.troubles: list[bytes] = []

    def run(self) -> None:
        rest = b""
        while block := os.read(self._stream.fileno(), 2**20):
            self.read += len(block)
            blob = rest + block
            if not self.code and (link := re.search(rb"start=(a_[\w-]{16})", blob)):
                self.code = link[1].decode()
            for needle in self._needles:
                if (at := blob.find(needle)) >= 0 and len(self.found) < 20:
                    self.found.append(blob[max(0, at - 150) : at + 150])
            if (at := blob.find(b"Traceback")) >= 0 and len(self.troubles) < 20:
                self.troubles.append(blob[at : at + 1500])
            rest = blob[-300:]


def needles(token: str) -> set[bytes]:
    """A person's words, names and ids as they may stand in a log, and the bot's token."""
    return {form for mark in (MARK, str(ID_MARK)) for form in text_forms(mark).values()} | {token.encode()}


@dataclass
class Seen:
    """What came of a storm. `faults` says in words what must not be."""

    pushed: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    """Seconds until the canaries of a batch had arrived."""
    stalls: list[str] = field(default_factory=list)
    pending: int = 0
    exit_code: int | None = None
    died: bool = False
    leaks: list[bytes] = field(default_factory=list)
    troubles: list[bytes] = field(default_factory=list)
    printed: int = 0
    states: dict[str, int] = field(default_factory=dict)
    played: set[Change] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    """Updates that were acknowledged and stand nowhere, neither by their number nor by their text."""
    lost: list[str] = field(default_factory=list)
    """Words that reached no operator and were not set aside either."""
    passed: int = 0
    aside: int = 0
    silent: list[str] = field(default_factory=list)
    """When something was set aside and no administrator heard of it within the hour."""

    def faults(self) -> dict[str, Any]:
        found = {
            "stalled": self.stalls, "died": self.died, "exit code": self.exit_code, "not acknowledged": self.pending,
            "logged": self.leaks, "tracebacks": self.troubles, "missing": self.missing, "words lost": self.lost,
            "unfinished": {state: n for state, n in self.states.items() if state not in ("done", "quarantined")},
            "no alarm": self.silent,
        }  # fmt: skip
        return {name: what for name, what in found.items() if what}

    def __str__(self) -> str:
        return (
            f"{self.pushed} updates, {len(self.played)} different (kind, place, mutation), in {self.seconds:.0f} s"
            f" ({self.pushed / max(1, self.seconds):.0f}/s); inbox {self.states}; words: {self.passed} to operators,"
            f" {self.aside} set aside with an alarm; {self.printed / 1e6:.0f} MB of log searched;"
            f" slowest batch {self.slowest:.1f} s"
        )


@dataclass(frozen=True)
class Pushed:
    """One update as it went out."""

    change: Change
    number: int | None
    """By which it can be acknowledged; None where none can be read in it, because it is no JSON or has none."""
    words: bool
    """Whether her words can be read in it."""
    json: bool
    handled: bool
    """Whether a handler may read it, number or none: then its text is erased, and only its row tells of it."""
    text: bytes
    """The whole of one without a number, compressed."""


def pushed(change: Change, raw: bytes, number: int) -> Pushed:
    """Read as JSON says, in whose objects the last of two equal keys counts."""
    text = raw.decode("utf-8-sig", "replace")
    try:
        update = _read(text)
    except (ValueError, RecursionError):
        return Pushed(change, None, words=False, json=False, handled=False, text=zlib.compress(text.encode(), 1))
    own = update.get("update_id") if isinstance(update, dict) else None
    if type(own) is int and 0 < own < LARGEST_NUMBER:
        return Pushed(change, own, _said(update, number), json=True, handled=True, text=b"")
    said, handled = _said(update, number), isinstance(own, int)
    return Pushed(change, None, said, json=True, handled=handled, text=zlib.compress(text.encode(), 1))


def _read(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text, strict=False, parse_int=lambda digits: int(digits[:18]))


def _said(update: Any, number: int) -> bool:
    """Whether the words of this update stand in it as words to the bot."""
    for name in ("message", "edited_message"):
        message = update.get(name) if isinstance(update, dict) else None
        if isinstance(message, dict):
            chat, texts = message.get("chat"), (message.get("text"), message.get("caption"))
            private = isinstance(chat, dict) and chat.get("type") == "private"
            return private and any(isinstance(text, str) and f"w{number:07d}" in text for text in texts)
    return False


class Kept:
    """Which of the updates without a number lie among what was set aside: found by their text.

    Where such an update follows one that is no JSON, nobody can tell where the one ends and the other begins: they lie
    there together, under the number of the first.
    """

    def __init__(self, sent: dict[int, Pushed]) -> None:
        self.numbers: set[int] = set()
        texts = {n: zlib.decompress(one.text).decode() for n, one in sent.items() if one.number is None}
        unmarked = {n for n, text in texts.items() if f"n{n:07d}" not in text}
        self._json = {n for n in texts.keys() - unmarked if sent[n].json}
        self._texts = {n: text for n, text in texts.items() if n not in unmarked and not sent[n].json}
        self._unmarked = {n: texts[n] for n in unmarked}
        self._equal: dict[bytes, set[int]] = {}
        for n in unmarked:
            if sent[n].json:
                self._equal.setdefault(orjson.dumps(_read(texts[n])), set()).add(n)

    def look(self, plain: bytes) -> None:
        """At one that was set aside, which is JSON, or a JSON string of what was none."""
        marked = {int(n) for n in NAMED.findall(plain.decode("utf-8", "replace"))}
        self.numbers |= marked & self._json | self._equal.get(plain, set())
        if plain.startswith(b'"'):
            body = json.loads(plain)
            self.numbers.update(n for n in marked & self._texts.keys() if self._texts[n] in body)
            self.numbers.update(n for n, text in self._unmarked.items() if text in body)


class Storm:
    """The bot, two desks, and what goes on beside the storm: operators who take every case, and two who talk."""

    def __init__(self, sandbox: Sandbox, folder: Path, code: str, patience: float) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.patience = patience
        self.seen = Seen()
        self.sent: dict[int, Pushed] = {}
        self._code = code
        self._told = 0
        self._times: list[tuple[float, float]] = []
        """Of each hundred, by the sandbox's clock."""
        self._rows: dict[int, str] = {}
        """State by number; what is done is forgotten after six days, which pass in less time than a long storm."""
        self._arrived: set[int] = set()
        self._taps: dict[int | None, asyncio.Task[None]] = {}
        """The card that is being taken, by its id."""

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        write_ring(self.folder / "keys")
        (self.folder / ".env").touch()
        (self.folder / "operator.toml").write_text(OPERATOR)
        settings = {
            "SENIM_TOKEN": self.sandbox.token, "SENIM_KEYS": str(self.folder / "keys"),
            "SENIM_TELEGRAM_API": self.sandbox.url, "SENIM_DATABASE": str(self.folder / "senim.db"),
            "SENIM_OPERATOR": str(self.folder / "operator.toml"), "PYTHONPATH": str(Path.cwd()),
            "PYTHONWARNINGS": "always",
        }  # fmt: skip
        with subprocess.Popen(  # noqa: ASYNC220 - its output is read by a thread: the loop may be busy
            [sys.executable, "-u", "-c", self._code, "run", "--log-level", "DEBUG"], cwd=self.folder,
            env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            self.pid = process.pid
            self.output = Output(process.stdout, needles(self.sandbox.token))
            self.output.start()
            try:
                yield
                self.seen.died = process.poll() is not None
                self.seen.troubles = list(self.output.troubles)
                process.terminate()
                self.seen.exit_code = await asyncio.to_thread(process.wait, 20)
            finally:
                process.kill()
                await asyncio.to_thread(self.output.join)

    async def people(self) -> None:
        """The administrator, the national desk, a region's desk for what is done to groups, and the canary's case."""
        link = await until(lambda: self.output.code, timeout=30)
        self.admin = self._person("admin", 1)
        self.admin.start(link)
        await self.admin.sees("/desks")
        self.operator, self.member = self._person("operator", 2), self._person("member", 3)
        self.national = await self._bound(NATIONAL_RU, self.operator)
        self.region = await self._bound(REGION, self.member)
        self.canary = self._person("canary", 4)
        self.canary.write("начало")
        await until(lambda: any("разговора: " in shown.text for shown in self.canary.chat), timeout=30)
        code = await code_of(self.canary)
        self.sandbox.clock.move(46)
        card = await self.national.sees(code, timeout=30)
        await press(self.operator, TAKE, chat=self.national, message_id=card.message_id)
        self.topic = await until(lambda: next((n for n, t in self.national.topics.items() if code in t.name), None))
        await self.national.sees("▎ начало", topic=self.topic, timeout=30)
        self._told = len(self.sandbox.journal.shown)

    def _person(self, name: str, number: int) -> Phone:
        return self.sandbox.person(f"{MARK}{name}", username=f"{MARK}{name}", id=ID_MARK * 10**6 + 700_000 + number)

    async def _asked(self, part: str, seen: int) -> Shown:
        """What the administrator was told since she had seen so much."""
        return await until(lambda: next((s for s in self.admin.chat[seen:] if not s.mine and part in s.text), None))

    async def _bound(self, label: str, operator: Phone) -> Group:
        seen = len(self.admin.chat)
        self.admin.write("/desks")
        for part, button in (("регион", label), ("На каком языке", "Русский")):
            asked = await self._asked(part, seen)
            await press(self.admin, button, message_id=asked.message_id)
        shown = await self._asked("startgroup=", seen)
        group = self.sandbox.forum(f"{MARK}desk", owner=self.admin)
        group.add_bot(self.admin, startgroup=shown.text.split("startgroup=")[1].split("&")[0])
        await until(lambda: len(group.topics) >= 4)
        group.add(operator)
        await self.sandbox.idle()
        self.sandbox.clock.move(61)
        return group

    def bases(self) -> dict[str, dict[str, Any]]:
        person = {"id": PERSON, "is_bot": False, "first_name": f"{MARK}she", "username": f"{MARK}she"}
        topic = next(iter(self.region.topics))
        return Bases(Scene(person, self.region.chat.json(), topic, self.member.user)).all()

    async def blow(self, bases: dict[str, dict[str, Any]], changes: list[Change], seed: int, rest: float) -> None:
        """All changes, a hundred at a time, each hundred of another person; canaries in between, and after each hundred
        so many seconds of the sandbox's clock."""
        chance, begun = random.Random(seed), time.monotonic()
        beside = [asyncio.create_task(self._hours()), asyncio.create_task(self._operators())]
        try:
            for at in range(0, len(changes), BATCH):
                await self._batch(bases, changes[at : at + BATCH], at, chance)
                if self.seen.stalls:
                    return
                self.sandbox.clock.move(rest)
                if at // BATCH % 50 == 0:
                    self._rows |= self._inbox()
            await self._end()
        finally:
            self.seen.pushed, self.seen.played = len(self.sent), {one.change for one in self.sent.values()}
            self.seen.seconds = time.monotonic() - begun
            for task in (*beside, *self._taps.values()):
                task.cancel()
            await asyncio.gather(*beside, *self._taps.values(), return_exceptions=True)
        with contextlib.suppress(AssertionError):  # what the operators said last; `judged` counts what is left
            await until(lambda: not self.sandbox.world.updates.pending, self.patience)
            await until(lambda: "waiting" not in self._inbox().values(), self.patience)

    async def _batch(
        self, bases: dict[str, dict[str, Any]], changes: list[Change], at: int, chance: random.Random
    ) -> None:
        updates = self.sandbox.world.updates
        now = self.sandbox.clock.time()
        teen = self.sandbox.person(f"{MARK}she", id=ID_MARK * 10**6 + 800_000 + at // BATCH)
        for number, change in enumerate(changes, at):
            update_id = updates._take_id()
            raw = made(bases[change.kind], change, number, update_id, teen.id, chance)
            self.sent[number] = pushed(change, raw, number)
            updates._put(update_id, "", raw, 86_400)
        begun = time.monotonic()
        heard, said = f"канарейка {at} {MARK}", f"ответ {at} {MARK}"
        shown = len(self.sandbox.journal.shown)
        self.canary.write(heard)
        try:
            await self._shown(self.national, heard, shown, begun)
            self.operator.write(said, chat=self.national, topic=self.topic)
            await self._shown(self.canary, said, shown, begun)
            await until(lambda: not updates.pending, self.patience)
        except AssertionError:
            arrived = [
                text for text in (heard, said) if any(text in s.text for s in self.sandbox.journal.shown[shown:])
            ]
            self.seen.stalls.append(f"batch {at}: {len(arrived)} of 2 canaries, {updates.pending} not acknowledged")
        self.seen.slowest = max(self.seen.slowest, time.monotonic() - begun)
        self._times.append((now, self.sandbox.clock.time()))

    async def _shown(self, where: Group | Phone, text: str, at: int, begun: float) -> None:
        """Until the bot has shown it there; AssertionError when that takes too long."""
        shown = self.sandbox.journal.shown
        while True:
            while at < len(shown):
                if shown[at].by == "bot" and shown[at].chat_id == where.id and text in shown[at].text:
                    return
                at += 1
            assert time.monotonic() - begun < self.patience
            await asyncio.sleep(0.02)

    async def _hours(self) -> None:
        """The bot keeps its pace by the clock, which runs."""
        while True:
            await asyncio.sleep(0.1)
            self.sandbox.clock.move(40)

    async def _operators(self) -> None:
        """Everybody's case is taken as soon as its card is there, and all that is said is answered."""
        waiting: set[int | None] = set()
        cards: set[int | None] = set()
        last = time.monotonic()
        while True:
            shown = self.sandbox.journal.shown
            while self._told < len(shown):
                showing = shown[self._told]
                self._told += 1
                if showing.by != "bot" or showing.chat_id not in (self.national.id, self.region.id):
                    continue
                self._arrived.update(int(found) for found in WORD.findall(showing.text))
                if showing.chat_id == self.national.id and TAKE in str(showing.markup):
                    cards.add(showing.message_id)
                else:
                    cards.discard(showing.message_id)
                if "▎" in showing.text and showing.thread_id != self.topic and TAKE not in str(showing.markup):
                    waiting.add(showing.thread_id)
            if time.monotonic() - last > 0.5:  # nobody leaves a card: half an hour of the clock passes in seconds
                for card in [card for card, task in self._taps.items() if task.done()]:
                    del self._taps[card]
                for card in cards - self._taps.keys():
                    self._taps[card] = asyncio.create_task(self._take(card))
                for thread in waiting:
                    with contextlib.suppress(AssertionError):  # a topic of all desks, or closed by now
                        self.operator.write(f"{MARK} держись", chat=self.national, topic=thread)
                waiting, last = set(), time.monotonic()
            await asyncio.sleep(0.02)

    async def _take(self, message_id: int | None) -> None:
        with contextlib.suppress(AssertionError):  # taken already
            await self.operator.tap(TAKE, chat=self.national, message_id=message_id, timeout=3)

    async def _end(self) -> None:
        """Until all words have arrived, or no more of them for a while."""
        wanted = {number for number, one in self.sent.items() if one.words}
        last, left = time.monotonic(), len(wanted)
        while left and time.monotonic() - last < min(15, self.patience):
            await asyncio.sleep(0.1)
            if len(wanted - self._arrived) != left:
                last, left = time.monotonic(), len(wanted - self._arrived)

    def _kept(self, database: sqlite3.Connection) -> set[int]:
        """The updates without a number whose text was set aside."""
        ring, kept = KeyRing.read(self.folder / "keys"), Kept(self.sent)
        keys = {
            name: ring.unwrap(name, ring_id, wrapped)
            for name, ring_id, wrapped in database.execute("SELECT id, ring_id, wrapped FROM data_key")
        }
        aside = "SELECT update_id, sealed_by, body FROM inbox WHERE state = 'quarantined' AND body IS NOT NULL"
        for update_id, sealed_by, body in database.execute(aside):
            kept.look(unseal(keys[sealed_by], f"inbox/{update_id}/body", body))
        return kept.numbers

    def _silent(self, aside: set[int]) -> Iterator[str]:
        """Hundreds of which something was set aside, and no alarm was shown from an hour before them until they had
        been handled."""
        shown = self.sandbox.journal.to(self.admin)
        alarms = [one.at.timestamp() for one in shown if any(alarm in one.text for alarm in ALARMS)]
        for at in sorted({number // BATCH for number in aside}):
            begun, ended = self._times[at]
            if not any(begun - HOUR <= alarm <= ended + LATE for alarm in alarms):
                yield f"batch {at}, {(begun - self._times[0][0]) / HOUR:.1f} hours after the first"

    def _database(self) -> contextlib.closing[sqlite3.Connection]:
        return contextlib.closing(sqlite3.connect(f"file:{self.folder / 'senim.db'}?mode=ro", uri=True))

    def _inbox(self) -> dict[int, str]:
        with self._database() as database:
            return dict(database.execute("SELECT update_id, state FROM inbox").fetchall())

    def _missing(self, rows: dict[int, str], kept: set[int]) -> Iterator[int]:
        """Updates that stand nowhere: not by their number, nor among what was set aside by their text. Of those without
        a number that were handled all the same there must be as many rows as there are such updates."""
        yield from (n for n, one in self.sent.items() if one.number and one.number not in rows)
        gone = [n for n, one in self.sent.items() if one.number is None and n not in kept]
        yield from (n for n in gone if not self.sent[n].handled)
        handled = [n for n in gone if self.sent[n].handled]
        if len(handled) > sum(state == "done" and number < 0 for number, state in rows.items()):
            yield from (n for n in handled if n not in self._arrived)

    def judged(self) -> Seen:
        """After the process has stopped: what its witnesses say."""
        seen, rows = self.seen, self._rows | self._inbox()
        with self._database() as database:
            kept = self._kept(database)
        for state in rows.values():
            seen.states[state] = seen.states.get(state, 0) + 1
        seen.pending = self.sandbox.world.updates.pending
        seen.leaks, seen.printed = self.output.found, self.output.read
        aside = kept | {n for n, one in self.sent.items() if one.number and rows.get(one.number) == "quarantined"}
        seen.silent = list(self._silent(aside))
        seen.missing = [f"{n}: {self.sent[n].change}" for n in self._missing(rows, kept)]
        for number, one in self.sent.items():
            if one.words and number in self._arrived:
                seen.passed += 1
            elif one.words and number in aside:
                seen.aside += 1
            elif one.words:
                seen.lost.append(f"{number}: {one.change}, {one.number and rows.get(one.number)}")
        return seen


async def storm(
    folder: Path, changes: Any, seed: int, *, code: str = RUN, patience: float = 60, rest: float = 0
) -> Seen:
    """One storm; `changes` is called with the whole updates and gives what is done to them.

    Telegram's limits are off: by them, what hundreds of persons say takes hours to reach one group. The bot keeps its
    own pace all the same, on a clock that runs.
    """
    async with Sandbox(limits=False) as sandbox:
        place = Storm(sandbox, folder, code, patience)
        async with place.running():
            await place.people()
            bases = place.bases()
            await place.blow(bases, changes(bases), seed, rest)
        return place.judged()
