"""An auditor of red messages: reads what the sandbox saw and says where somebody in danger met with silence.

Of the bot it knows the sentences alone. Its evidence: the sandbox's journal (calls, what was shown, taps), the log of
the gateway outside Telegram, and when the clock was moved, Telegram was away or the bot stopped.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.telegram.sandbox import Call, Callout, Sandbox, Showing, Tapped
from bot.telegram.sandbox.clock import monotonic
from locales import LANGUAGES, Catalog
from tests.town import CODE, until

SAID = Catalog.load()
RING, TAKE = "\u23f0", "\U0001f64b"

SLACK = 30.0
"""Seconds of the sandbox's clock that anything may be late: 15 between two rings, and the pace of a group's minute."""
PATIENCE = 20.0
"""Real seconds beside that in which Telegram and the bot were there: the bot looks every second, machines are slow."""

RUNGS: Mapping[str, int] = {"again": 60, "supervisors": 180, "callout": 300, "coordinator": 600, "incident": 900}
"""Seconds from receipt."""
INCIDENT_AGAIN = 900
SILENT_CLAIMER = 300
SILENT_PERSON = (600, 1800)
ASK_AGAIN = 600
MISTAKES, MISTAKES_IN = 2, 7 * 24 * 3600
RETRY, HOOK_ALARM = 30, 60
"""Seconds between two tries of a call outside that does not arrive, and until administrators hear of it."""
NOBODY_WAITS = "though it did not wait for anybody"
EARLY = 2.0
"""Seconds before its time at which something counts as too early."""


PLACE = re.compile(r"\\{[a-z_]+\\}")


def _like(*keys: str) -> re.Pattern[str]:
    """How these sentences begin, in both languages and both tones, whatever stands in their places."""
    texts = {text for key in keys for text in SAID.wordings(key)}
    return re.compile("|".join(PLACE.sub(".+?", re.escape(text)) for text in sorted(texts, key=len)[::-1]), re.DOTALL)


NUMBERS = _like("sos.screen", "sos.again", "sos.unreachable")
CLOSED, LEFT = _like("closed"), _like("operator_left")
HALTED = _like("now.told.mistake", "now.told.well")
ASKED, SOFT = _like("mistake.ask"), _like("unanswered.soft")
TRUTHS = {rung: _like(f"unanswered.{rung}") for rung in RUNGS} | {
    "callout": _like("unanswered.callout", "unanswered.callout_waits")
}
NOBODY = _like("unanswered.nobody", "unanswered.nobody_until")
ALERT, INCIDENT = _like("alert.head"), _like("alarm.incident")
HOOK_DOWN, HOOK_UP = _like("alarm.callout"), _like("alarm.callout_up")
DESK_DOWN, DESK_UP = _like("alarm.desk_down"), _like("alarm.desk_up")
ON, OFF = _like("shift.test"), _like("shift.over", "shift.over_codes")
SILENT, MORE, TOOK = _like("line.silent"), _like("ring.more", "alert.more"), _like("toast.took")
OVER = _like("card.line.closed", "card.line.withdrawn", "card.line.erased", "card.line.not_request")
CLAIMED = _like("card.line.claimed")
MISTAKE = _like("button.now_mistake", "button.all_well")
GO_ON = _like("button.now_yes", "button.now_writes", "button.need_help")
WRITES = _like("button.now_writes")
CRY = re.compile("\U0001f198|/sos$|sos$|помогите$|көмек$", re.IGNORECASE)
BARE = {"\U0001f198", "/sos", "sos", "помогите", "көмек", *(SAID.text("button.urgent", one) for one in LANGUAGES)}


@dataclass(frozen=True)
class Record:
    """All that the auditor may read. Real times are monotonic seconds, others seconds of the sandbox's clock.

    `moves`: from when on the clock was how far ahead of the real time. `away`: when Telegram was away or the bot
    stopped; nobody can be blamed for these. `responsible`: chats of administrators, supervisors and coordinators.
    `red_words`: what was written that is red by its words.
    """

    shown: Sequence[Showing]
    calls: Sequence[Call]
    taps: Sequence[Tapped]
    callouts: Sequence[Callout]
    moves: Sequence[tuple[float, float]]
    away: Sequence[tuple[float, float]]
    end: float
    responsible: frozenset[int]
    red_words: frozenset[str] = frozenset()
    horizon: float = float("inf")
    """What is due later is not asked about."""
    slack: float = SLACK
    patience: float = PATIENCE

    def clock(self, real: float) -> float:
        """The sandbox's time at a real moment."""
        before = [ahead for since, ahead in self.moves if since <= real]
        return real + (before[-1] if before else self.moves[0][1])

    def first(self, clock: float) -> float:
        """The first real moment at which the sandbox's clock stood there or later."""
        if clock == float("inf"):
            return clock
        ends = [since for since, _ in self.moves[1:]] + [float("inf")]
        for (since, ahead), end in zip(self.moves, ends, strict=True):
            real = max(since, clock - ahead)
            if real < end:
                return real
        raise AssertionError("the clock has no end")

    def up(self, real: float, seconds: float = 0) -> float:
        """The moment by which Telegram and the bot have been there for so long."""
        for since, back in sorted(self.away):
            if back > real:
                if since > real:
                    seconds -= since - real
                    if seconds < 0:
                        return since + seconds
                real = back
        return real + max(0.0, seconds)

    def deadline(self, clock: float) -> float:
        """The real moment by which what is due at this time of the clock must have come."""
        due = self.up(self.first(clock))
        paced = self.up(self.first(self.clock(due) + self.slack))
        return self.up(max(due, paced), self.patience)


@dataclass(frozen=True)
class Sign:
    """Something that was heard of a case: by whom, when."""

    kind: str
    real: float
    clock: float
    chat: int = 0
    text: str = ""


@dataclass
class Run:
    """A red case from the moment when it waits until somebody has it or it is over. `begun`, `real`: the real moments
    between which it began to wait, `early`, `since`: the same by the sandbox's clock."""

    begun: float
    real: float
    early: float
    since: float
    end: float = float("inf")
    halted: bool = False
    """It began with "by mistake" said before."""
    softly: set[float] = field(default_factory=set)
    """Real moments at which ordinary words ended a halt."""
    halts: list[tuple[float, float]] = field(default_factory=list)
    """Real moments from which and to which a mistake held it."""


@dataclass
class Claim:
    """Somebody has the case; `waits` are moments from which a silent claimer is counted, `heard` her own words.
    `red`: from when on it is red; infinite for an ordinary one."""

    real: float
    by: int
    red: float
    end: float = float("inf")
    released: bool = False
    waits: list[tuple[float, float]] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)


@dataclass
class Red:
    """What the record says of one case."""

    code: str
    person: int = 0
    runs: list[Run] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    signs: list[Sign] = field(default_factory=list)
    mistakes: list[float] = field(default_factory=list)

    @property
    def waits(self) -> Run | None:
        return self.runs[-1] if self.runs and self.runs[-1].end == float("inf") else None

    @property
    def claim(self) -> Claim | None:
        return self.claims[-1] if self.claims and self.claims[-1].end == float("inf") else None


@dataclass
class Report:
    """`findings` in words. `open`: what is due and may still come in time."""

    findings: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    judged: int = 0
    """How many duties were kept, or not."""


class Auditor:
    """One reading of a record."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.reds: dict[str, Red] = {}
        self.report = Report()
        self._of: dict[int, str] = {}
        self._acts: dict[int, float] = {}
        """When a person last wrote or tapped."""
        self._cries: list[tuple[int, float]] = []
        self._numbers: dict[int, list[float]] = defaultdict(list)
        self._asked: dict[int, list[float]] = defaultdict(list)
        self._threads: dict[tuple[int, int], str] = {}
        self._taps = {tap.query_id: tap for tap in record.taps}
        self._mistakes: dict[int, float] = {}
        self._shifts: dict[int, list[tuple[float, bool]]] = defaultdict(list)
        self._words: dict[int, list[float]] = defaultdict(list)
        self._hook: list[tuple[float, bool]] = []
        self._down: list[tuple[float, float]] = []
        self._all: list[Sign] = []
        """Rings and alerts that name more cases than they list."""
        self._members: dict[int, frozenset[int]] = {}

    def read(self) -> Report:
        record = self.record
        events: list[tuple[float, Callable[[], None]]] = []
        for showing in record.shown:
            events.append((showing.monotonic, lambda showing=showing: self._showing(showing)))  # type: ignore[misc]
        for tap in record.taps:
            events.append((tap.monotonic, lambda tap=tap: self._tap(tap)))  # type: ignore[misc]
        for call in record.calls:
            if call.method in ("createForumTopic", "answerCallbackQuery") and call.ok:
                events.append((call.monotonic, lambda call=call: self._call(call)))  # type: ignore[misc]
        for _, event in sorted(events, key=lambda one: one[0]):
            event()
        self._outside()
        for red in self.reds.values():
            self._judge(red)
        for person, real in self._cries:
            self._duty(record.clock(real), self._numbers[person], f"the numbers to {person}", since=real)
        return self.report

    # What happened.

    def _red(self, code: str) -> Red:
        return self.reds.setdefault(code, Red(code))

    def _showing(self, showing: Showing) -> None:
        text = showing.text.removeprefix("\u21bb ")
        if showing.by == "bot" and showing.chat_id > 0:
            self._told(showing, text)
        elif showing.by == "bot":
            self._in_group(showing, text)
        elif showing.chat_id > 0 and showing.action == "sent":
            self._wrote(showing)
        elif showing.action == "sent":
            claim = self._red(self._threads.get((showing.chat_id, showing.thread_id or 0), "")).claim
            if claim is not None and claim.by == showing.by and not text.startswith("//") and claim.waits:
                since, _ = claim.waits[-1]
                claim.waits[-1] = (since, min(claim.waits[-1][1], showing.monotonic))

    def _told(self, showing: Showing, text: str) -> None:
        """In somebody's private chat."""
        chat, real = showing.chat_id, showing.monotonic
        codes = CODE.findall(text)
        if NUMBERS.match(text) and codes:
            self._of[chat] = codes[0]
            self._numbers[chat].append(real)
            red = self._red(codes[0])
            red.person = chat
            self._begin(red, real, self._acts.get(chat, real))
        elif CLOSED.match(text) and codes:
            self._over(codes[0], real)
        elif LEFT.match(text) and codes:
            self._released(self._red(codes[0]), real)
        elif HALTED.search(text) and chat in self._mistakes:
            self._halt(chat, self._mistakes.pop(chat))
        elif ASKED.match(text):
            self._asked[chat].append(real)
        elif ON.match(text) or OFF.match(text):
            self._shifts[chat].append((real, bool(ON.match(text))))
        elif HOOK_DOWN.match(text) or HOOK_UP.match(text):
            self._hook.append((real, bool(HOOK_UP.match(text))))
        elif DESK_DOWN.match(text):
            self._down.append((real, float("inf")))
        elif DESK_UP.match(text):
            self._down = [(since, min(back, real)) for since, back in self._down]
        elif showing.action == "sent" and (ALERT.match(text) or INCIDENT.match(text)):
            self._sign("incident" if INCIDENT.match(text) else "alert", showing, text)
        elif showing.action == "sent":
            truths = [rung for rung, like in TRUTHS.items() if like.match(text)]
            kind = truths[0] if truths else "nobody" if NOBODY.match(text) else "soft" if SOFT.match(text) else ""
            code = self._of.get(chat)
            if kind and code:
                marked = "again" if showing.text != text else ""
                self.reds[code].signs.append(Sign(f"told {kind}", real, self.record.clock(real), chat, marked))

    def _in_group(self, showing: Showing, text: str) -> None:
        real = showing.monotonic
        if showing.action == "sent" and text.startswith(RING):
            self._sign("ring", showing, text)
            return
        if CODE.match(text) and OVER.match(text):
            self._over(CODE.findall(text)[0], real)
        elif CODE.match(text) and CLAIMED.match(text):
            self._claimed(CODE.findall(text)[0], real, None)
        elif SILENT.match(text):
            code = self._threads.get((showing.chat_id, showing.thread_id or 0))
            if code:
                self._red(code).signs.append(Sign("silent", real, self.record.clock(real), showing.chat_id))
        elif showing.action == "sent" and TAKE in str(showing.markup) and "\U0001f534" in text:
            self._members[showing.chat_id] = showing.viewers
            for code in dict.fromkeys(CODE.findall(text)):
                red = self._red(code)
                red.signs.append(Sign("card", real, self.record.clock(real), showing.chat_id))
                if red.claim is not None:
                    self._released(red, real)
                self._begin(red, real, self._acts.get(red.person, real))

    def _sign(self, kind: str, showing: Showing, text: str) -> None:
        sign = Sign(kind, showing.monotonic, self.record.clock(showing.monotonic), showing.chat_id, text)
        for code in dict.fromkeys(CODE.findall(text)):
            self._red(code).signs.append(sign)
        if MORE.search(text):
            self._all.append(sign)

    def _wrote(self, showing: Showing) -> None:
        """A person, or an operator in private."""
        who, text, real = showing.chat_id, showing.text.strip(), showing.monotonic
        self._acts[who] = real
        if CRY.match(text):
            self._cries.append((who, real))
        bare = text.casefold() in {one.casefold() for one in BARE}
        if not bare:
            self._words[who].append(real)
        red = self.reds.get(self._of.get(who, ""))
        if red is None:
            return
        self._go_on(red, real, words=not CRY.match(text) and text not in self.record.red_words)
        if red.claim is not None:
            red.claim.heard.append(real)
            self._waits_for(red.claim, real)

    def _waits_for(self, claim: Claim, real: float) -> None:
        """She waits for whoever has it, unless she does already."""
        if claim.waits[-1][1] < real and claim.red < real:
            claim.waits.append((real, float("inf")))

    def _tap(self, tap: Tapped) -> None:
        self._acts[tap.by] = tap.monotonic
        red = self.reds.get(self._of.get(tap.by, ""))
        if "\U0001f198" in tap.label:
            self._cries.append((tap.by, tap.monotonic))
        if red is None:
            return
        if MISTAKE.fullmatch(tap.label):
            self._mistakes[tap.by] = tap.monotonic
        elif GO_ON.fullmatch(tap.label) or "\U0001f198" in tap.label:
            self._mistakes.pop(tap.by, None)
            self._words[tap.by].append(tap.monotonic)
            self._go_on(red, tap.monotonic)
            if red.claim is not None and not WRITES.fullmatch(tap.label):
                self._waits_for(red.claim, tap.monotonic)

    def _call(self, call: Call) -> None:
        if call.method == "createForumTopic":
            codes = CODE.findall(str(call.params.get("name")))
            if codes and call.chat_id is not None:
                self._threads[(call.chat_id, int(call.result["message_thread_id"]))] = codes[0]
            return
        tap = self._taps.get(str(call.params.get("callback_query_id")))
        if tap is not None and TAKE in tap.label and TOOK.match(str(call.params.get("text"))):
            codes = CODE.findall(tap.label) or CODE.findall(tap.text)
            if codes:
                self._claimed(codes[0], call.monotonic, tap)

    def _begin(self, red: Red, real: float, act: float) -> None:
        claim = red.claim
        if claim is not None and claim.red == float("inf"):
            claim.red, claim.waits = real, [(real, float("inf"))]
        if red.waits is None and claim is None:
            begun = min(real, act) if not red.runs or act > red.runs[-1].end else real
            self._run(red, begun, real)

    def _run(self, red: Red, begun: float, real: float) -> None:
        """It waits. What she called a mistake stays one."""
        halted = bool(red.runs and red.runs[-1].halts and red.runs[-1].halts[-1][1] == float("inf"))
        run = Run(begun, real, self.record.clock(begun), self.record.clock(real), halted=halted)
        if halted:
            run.halts.append((real, float("inf")))
        red.runs.append(run)

    def _claimed(self, code: str, real: float, tap: Tapped | None) -> None:
        red = self._red(code)
        run = red.waits
        if tap is None:
            named = [one for one in self.record.taps if TAKE in one.label and code in one.label + one.text]
            named = [one for one in named if one.monotonic <= real and (run is None or one.monotonic >= run.real)]
            tap = named[-1] if named else None
        if red.claim is not None or tap is None:
            return
        if run is not None:
            run.end = max(run.real, tap.monotonic)
        since = float("inf") if run is None else tap.monotonic
        red.claims.append(Claim(tap.monotonic, tap.by, since, waits=[(since, float("inf"))]))

    def _released(self, red: Red, real: float) -> None:
        claim = red.claim
        if claim is None:
            return
        claim.end, claim.released = real, True
        if claim.red == float("inf"):
            return
        since, answered = claim.waits[-1]
        due = self.record.first(self.record.clock(since) + SILENT_CLAIMER)
        cause = due if answered > real and due <= real else self._acts.get(claim.by, 0.0)
        self._run(red, max(claim.real, min(cause, real)), real)

    def _over(self, code: str, real: float) -> None:
        red = self._red(code)
        if red.waits is not None:
            red.waits.end = real
            red.runs[-1].halts = [(since, min(back, real)) for since, back in red.runs[-1].halts]
        if red.claim is not None:
            red.claim.end = real

    def _halt(self, person: int, real: float) -> None:
        red = self.reds[self._of[person]]
        red.mistakes.append(real)
        run = red.waits
        if run is not None and not (run.halts and run.halts[-1][1] == float("inf")):
            run.halts.append((real, float("inf")))

    def _go_on(self, red: Red, real: float, *, words: bool = False) -> None:
        """It was no mistake; after ordinary `words` operators have the time between two rungs to read them."""
        for run in red.runs[-1:]:
            if words and any(back == float("inf") for _, back in run.halts):
                run.softly.add(real)
            run.halts = [(since, min(back, real)) for since, back in run.halts]

    def _outside(self) -> None:
        for call in self.record.callouts:
            clock = call.at.timestamp()
            kind = ("called" if call.accepted else "call failed") + " again" * (call.rung != "callout")
            self._red(call.case).signs.append(Sign(kind, self.record.first(clock), clock, text=call.id))

    # What should have happened.

    def _judge(self, red: Red) -> None:
        red.signs.sort(key=lambda sign: sign.real)
        for run in red.runs:
            self._climbs(red, run)
        for claim in red.claims:
            self._silences(red, claim)
        self._strays(red)

    def _heard(self, red: Red, *kinds: str, chats: Iterable[int] | None = None) -> list[float]:
        """When something of these kinds named the case (in these chats)."""
        signs = [*red.signs, *(sign for sign in self._all if sign.kind in kinds)]
        return [s.real for s in signs if s.kind in kinds and (chats is None or s.chat in chats)]

    def _climbs(self, red: Red, run: Run) -> None:
        nobody = self._nobody(red, run)
        name = f"{red.code}: "
        if run.halted:
            resumed = run.halts[0][1]
            if resumed < run.end:
                self._duty(self.record.clock(resumed), self._heard(red, "ring", "alert", "called"),
                           f"{name}something after she needed help after all", since=resumed, ends=run.end)  # fmt: skip
            return
        self._duty(run.since, self._heard(red, "card", "alert"), f"{name}a card", since=run.begun,
                   ends=run.end)  # fmt: skip
        self._duty(run.since, self._heard(red, "alert"), f"{name}an alert to the first",
                   since=run.begun, ends=run.end, halts=run.halts)  # fmt: skip
        for rung, seconds in RUNGS.items():
            due = run.since if nobody and rung == "supervisors" else run.since + seconds
            early = run.early if nobody and rung == "supervisors" else run.early + seconds
            if rung == "again" and nobody is not False:
                continue
            self._rung(red, run, rung, due, early, nobody=bool(nobody))
        self._asks_again(red, run)

    def _rung(self, red: Red, run: Run, rung: str, due: float, early: float, *, nobody: bool) -> None:
        """One rung: all that it should bring about."""
        held = [(since, back) for since, back in run.halts if since <= self.record.deadline(due)]
        if held:
            if rung == "again" or held[-1][1] >= run.end:
                return
            early = max(due, self.record.clock(held[-1][1]))
            due = max(due, self._resumed(run, held[-1], rung))
        name, wide = f"{red.code}: ", self.record.first(early - EARLY)
        louder = list(RUNGS)[list(RUNGS).index(rung) :]

        def duty(what: str, *kinds: str, chats: Iterable[int] | None = None) -> None:
            self._duty(due, self._heard(red, *kinds, chats=chats), f"{name}{what} ({rung})", since=wide, ends=run.end)

        truths = [f"told {one}" for one in louder] + ["told nobody"] * (nobody and rung == "supervisors")
        if red.person:
            duty("the truth to her", *truths)
        if not (nobody and rung == "supervisors") and not self._group_gone(due):
            duty("a ring", "ring")
        if rung == "again":
            there = self._on(due, self._place(red, run))
            if there and there == self._on(self.record.clock(self.record.deadline(due)), self._place(red, run)):
                duty("an alert to the next", "alert", chats=there)
        elif rung in ("supervisors", "coordinator"):
            duty("an alert to who answers", "alert", chats=self.record.responsible)
        elif rung == "callout":
            self._called_out(red, run, due, wide)
        elif rung == "incident":
            duty("an incident", "incident", chats=self.record.responsible)
            rounds = sorted(real for real in self._heard(red, "incident") if run.real <= real <= run.end)
            for real in rounds:
                again = self.record.clock(real) + INCIDENT_AGAIN
                if not any(since <= self.record.deadline(again) and back > real for since, back in run.halts):
                    self._duty(again, self._heard(red, "incident"), f"{name}the incident again",
                               since=self.record.first(self.record.clock(real) + 60), ends=run.end)  # fmt: skip

    def _resumed(self, run: Run, halt: tuple[float, float], rung: str) -> float:
        """When a rung is due that a mistake has held: the first at once, or a rung's time after ordinary words, and
        each other one its time after it."""
        rungs = list(RUNGS)
        first = next((one for one in rungs[1:] if run.since + RUNGS[one] > self.record.clock(halt[0])), rungs[-1])
        pause = RUNGS[first] - RUNGS[rungs[rungs.index(first) - 1]] if halt[1] in run.softly else 0
        return self.record.clock(halt[1]) + pause + max(0, RUNGS[rung] - RUNGS[first])

    def _called_out(self, red: Red, run: Run, due: float, since: float) -> None:
        """Somebody outside is called; while that does not arrive it is tried again, and administrators hear of it."""
        name = f"{red.code}: a call outside"
        lately = [r for r in self.reds.values() if r.person == red.person and r is not red
                  for real in r.mistakes[:1] if run.early - self.record.clock(real) < MISTAKES_IN]  # fmt: skip
        if red.person and len({r.code for r in lately}) + bool(red.mistakes) >= MISTAKES:
            words = [real for real in self._words[red.person] if self.record.clock(real) >= run.early - EARLY]
            if not words:
                return
            due = max(due, self.record.clock(words[0]))
        arrived = [real for real in self._heard(red, "called") if real >= since]
        failed = [
            real for real in self._heard(red, "call failed") if real >= since and real < (arrived or [run.end])[0]
        ]
        if not failed:
            self._duty(due, arrived, name, since=since, ends=run.end)
            return
        self._duty(due, failed, name, since=since, ends=run.end)
        self._duty(self.record.clock(failed[-1]) + RETRY, [*arrived, *(f for f in failed if f > failed[-1])],
                   f"{name} is tried again", since=failed[-1], ends=run.end)  # fmt: skip
        told = [real for real, up in self._hook if not up]
        last = [up for real, up in self._hook if real <= failed[0]]
        if not (last and not last[-1]):
            stops = min([run.end, *arrived])
            self._duty(self.record.clock(failed[0]) + HOOK_ALARM + RETRY, told, f"{name}: word that it fails",
                       since=failed[0], ends=stops)  # fmt: skip

    def _asks_again(self, red: Red, run: Run) -> None:
        for real in red.mistakes[:1]:
            goes_on = [back for since, back in run.halts if since == real]
            if run.real <= real < run.end and goes_on:
                due = self.record.clock(real) + ASK_AGAIN
                later = [at for at in red.mistakes if at > real]
                self._duty(due, self._asked[red.person], f"{red.code}: the question after a mistake", since=real,
                           ends=min(run.end, *goes_on, *later))  # fmt: skip

    def _silences(self, red: Red, claim: Claim) -> None:
        if claim.red == float("inf"):
            return
        name = f"{red.code}: "
        released = [claim.end] if claim.released else []
        for since, answered in claim.waits:
            ends = answered if claim.released else min(answered, claim.end)
            self._duty(self.record.clock(since) + SILENT_CLAIMER, released, f"{name}back from a silent claimer",
                       since=since, ends=ends)  # fmt: skip
        heard = [claim.red, *(real for real in claim.heard if real > claim.red)]
        for since, then in zip(heard, [*heard[1:], claim.end], strict=True):
            due = self.record.clock(since) + SILENT_PERSON[0]
            ends = min(then, claim.end)
            for _ in SILENT_PERSON:
                begun = self.record.first(due - EARLY)
                told = [real for real in self._heard(red, "silent") if real >= begun]
                self._duty(due, told, f"{name}word that she is silent", since=begun, ends=ends)
                if not told:
                    break
                due = self.record.clock(told[0]) + SILENT_PERSON[1] - SILENT_PERSON[0]

    def _strays(self, red: Red) -> None:
        """What came too early, twice, or though somebody has the case or she called it a mistake."""
        loud = [
            sign
            for sign in red.signs
            if sign.kind in ("called", "called again", "incident") or sign.kind.startswith("told ")
        ]
        first: dict[str, float] = {}
        for sign in loud:
            if sign.kind.startswith("called"):
                tried = [one.real for one in red.signs if one.text == sign.text]
                first.setdefault(sign.text, min(tried))
        told: set[tuple[float, str]] = set()
        for sign in loud:
            if sign.kind == "told soft":
                continue
            real = first.get(sign.text, sign.real) if sign.kind.startswith("called") else sign.real
            wrongs = [(run, self._wrong(red, run, sign.kind, real)) for run in red.runs]
            right = [run for run, wrong in wrongs if not wrong]
            if not right:
                why = next((wrong for _, wrong in reversed(wrongs) if wrong != NOBODY_WAITS), NOBODY_WAITS)
                self.report.findings.append(f"{red.code}: {sign.kind}, {why}")
            elif sign.kind.startswith("told ") and not sign.text:
                fresh = [run for run in right if (run.real, sign.kind) not in told]
                if not fresh:
                    self.report.findings.append(f"{red.code}: {sign.kind}, twice")
                told |= {(run.real, sign.kind) for run in fresh[:1]}

    def _wrong(self, red: Red, run: Run, kind: str, real: float) -> str:
        """Why this should not have come when the case waited so; nothing when it was right."""
        if not run.begun <= real <= self.record.up(run.end, self.record.patience):
            return NOBODY_WAITS
        rung = {"called": "callout", "called again": "incident", "incident": "incident"}.get(
            kind, kind.removeprefix("told ")
        )
        late = any(self.record.up(since, self.record.patience) < real < back for since, back in run.halts)
        if late and rung != "again":
            return "though she had called it a mistake"
        if kind == "told nobody" or run.halted:
            return ""
        soon = self.record.clock(real) < run.early + RUNGS[rung] - EARLY
        return "too early" if soon and (rung != "supervisors" or self._nobody(red, run) is False) else ""

    def _place(self, red: Red, run: Run) -> int | None:
        """The group in which the case was first offered in this run."""
        return next((s.chat for s in red.signs if s.kind == "card" and s.real >= run.begun), None)

    def _on(self, clock: float, group: int | None) -> frozenset[int]:
        """Who of this group is on shift then."""
        real, there = self.record.first(clock), set()
        for operator, changes in self._shifts.items():
            before = [on for at, on in changes if at <= real]
            if before and before[-1] and operator in self._members.get(group or 0, ()):
                there.add(operator)
        return frozenset(there)

    def _nobody(self, red: Red, run: Run) -> bool | None:
        """Whether nobody was on shift when it began; None when that changed at just this time, or cannot be known."""
        group = self._place(red, run)
        if group is None:
            return None
        looks = {bool(self._on(at, group)) for at in (run.early, run.since - 3, run.since, run.since + 3)}
        return not looks.pop() if len(looks) == 1 else None

    def _group_gone(self, due: float) -> bool:
        """Whether administrators know that a group cannot be reached: what rings then are private chats."""
        real, late = self.record.first(due), self.record.deadline(due)
        return any(since <= late and back >= real for since, back in self._down)

    def _duty(
        self, due: float, came: Sequence[float], what: str, *, since: float, ends: float = float("inf"),
        halts: Sequence[tuple[float, float]] = (),
    ) -> None:  # fmt: skip
        """What is due at this time of the clock has come, not before `since`; or it is not due any more."""
        if due > self.record.horizon:
            return
        late = self.record.deadline(due)
        if any(since <= real <= late for real in came):
            self.report.judged += 1
        elif ends <= late or any(since <= late for since, _ in halts):
            return
        elif self.record.end < late:
            self.report.open.append(what)
        else:
            self.report.judged += 1
            self.report.findings.append(f"{what} did not come")


def audit(record: Record) -> Report:
    """What an attentive reader of the record would complain of."""
    return Auditor(record).read()


class Witness:
    """Notes for the auditor what the journal does not say: when the clock was moved, and when nobody could be there."""

    def __init__(self, sandbox: Sandbox, *responsible: int, patience: float = PATIENCE) -> None:
        self.sandbox = sandbox
        self.responsible = set(responsible)
        self.patience = patience
        self.red_words: set[str] = set()
        self._moves = [(monotonic(), self._ahead())]
        self._away: list[tuple[float, float]] = []
        self._gone: dict[str, float] = {}
        sandbox.clock.moved = self._moved
        sandbox.faults.changed = self._changed

    def _ahead(self) -> float:
        return self.sandbox.clock.time() - monotonic()

    def _moved(self) -> None:
        self._moves.append((monotonic(), self._ahead()))
        self.sandbox.world.pulse.beat()

    def _changed(self) -> None:
        (self.gone if self.sandbox.faults.is_down else self.back)("Telegram")
        self.sandbox.world.pulse.beat()

    def gone(self, who: str = "the bot") -> None:
        """From now on nobody can expect anything: the bot is stopped."""
        self._gone.setdefault(who, monotonic())

    def back(self, who: str = "the bot") -> None:
        """It has been started."""
        since = self._gone.pop(who, None)
        if since is not None:
            self._away.append((since, monotonic()))

    def record(self, horizon: float = float("inf")) -> Record:
        """All that is to be read, as it is now."""
        now, journal = monotonic(), self.sandbox.journal
        away = self._away + [(since, float("inf")) for since in self._gone.values()]
        return Record(
            tuple(journal.shown), tuple(journal.calls), tuple(journal.taps), tuple(self.sandbox.callouts),
            tuple(self._moves), tuple(away), now, frozenset(self.responsible), frozenset(self.red_words),
            horizon=horizon, patience=self.patience,
        )  # fmt: skip

    async def judged(self) -> Report:
        """Waits until nothing that is due now can come in time any more, or all of it has."""
        horizon = self.sandbox.clock.time()
        self.sandbox.clock.move(SLACK + 1)

        def over() -> Report | None:
            report = audit(self.record(horizon))
            return None if report.open and not report.findings else report

        return await until(over, 3 * self.patience + 30)
