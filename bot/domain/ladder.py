"""The ladder of a red case that nobody has taken: when it climbs, and what she may say that changes it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.desks import Desk

MINUTE = 60_000

MISTAKE_WITHIN = 10 * MINUTE
"""Milliseconds after the urgent button in which "pressed by mistake" halts the ladder."""

ASK_AGAIN = 10 * MINUTE
"""Milliseconds after "pressed by mistake" at which she is asked once more."""

MISTAKES = 2
"""So many mistakes in `MISTAKES_IN`: the next tap alone waits for words or "yes" before anybody is called outside."""

MISTAKES_IN = 7 * 24 * 60 * MINUTE

INCIDENT_AGAIN = 15 * MINUTE
"""Milliseconds between two rounds of an incident that nobody has ended: it is never silent."""

SILENT_PERSON = (10 * MINUTE, 30 * MINUTE)
"""Milliseconds of her silence in a red case that somebody has, at which the claimer is told."""


class Rung(StrEnum):
    """The rungs, each louder than the one before."""

    AGAIN = "again"
    """The desk's group rings again, and the next operator in private."""
    SUPERVISORS = "supervisors"
    """The desk's supervisors, and the national desk."""
    CALLOUT = "callout"
    """A call outside Telegram."""
    COORDINATOR = "coordinator"
    """The national coordinator."""
    INCIDENT = "incident"
    """An incident with its number; from here on it rings until somebody takes the case."""


RUNGS: Mapping[Rung, int] = {
    Rung.AGAIN: 60_000, Rung.SUPERVISORS: 3 * MINUTE, Rung.CALLOUT: 5 * MINUTE, Rung.COORDINATOR: 10 * MINUTE,
    Rung.INCIDENT: 15 * MINUTE,
}  # fmt: skip
"""Milliseconds from receipt, where a desk has no times of its own (DESIGN.md 6)."""

LONGEST = 24 * 60 * MINUTE
"""No rung may be later than this."""


class BadRungs(Exception):
    """These are no times of a ladder."""


class Answer(StrEnum):
    """Her answer to "is there danger right now?"; ASKED until there is one."""

    ASKED = "asked"
    YES = "yes"
    WRITES = "writes"
    MISTAKE = "mistake"


def rungs_of(desk: Desk | None) -> Mapping[Rung, int]:
    """The desk's own times, else the usual ones; milliseconds from receipt."""
    if desk is None or not desk.rungs:
        return RUNGS
    return dict(zip(Rung, (int(seconds) * 1000 for seconds in desk.rungs.split()), strict=True))


def rungs_in(text: str) -> str:
    """Five numbers of seconds, each later than the one before and none later than a day, as they are kept.

    Raises BadRungs.
    """
    words = text.replace(",", " ").split()
    if len(words) != len(Rung) or not all(word.isascii() and word.isdigit() and len(word) <= 6 for word in words):
        raise BadRungs
    seconds = [int(word) for word in words]
    rises = all(before < after for before, after in zip([0, *seconds], seconds, strict=False))
    if not rises or seconds[-1] * 1000 > LONGEST:
        raise BadRungs
    return " ".join(str(number) for number in seconds)


@dataclass(frozen=True)
class Ladder:
    """One red case's ladder. Times are epoch milliseconds; `due_at` None: it stands still."""

    case: str
    since: int
    due_at: int | None = None
    rung: Rung | None = None
    answer: Answer | None = None
    mistake_at: int | None = None
    ask_at: int | None = None
    callout_waits: bool = False
    call_message_id: int | None = None
    silent_at: int | None = None
    silences: int = 0
    incident: int | None = None
    turn: str | None = None

    @property
    def mistaken(self) -> bool:
        """She says that she pressed the button by mistake, and nothing since speaks against it."""
        return self.answer is Answer.MISTAKE

    def due(self, now: int) -> bool:
        """Whether its time has come, or was set before the clock was set back."""
        if self.due_at is None:
            return False
        ahead = self.incident is not None and self.due_at > now + INCIDENT_AGAIN
        return self.due_at <= now or self.since > now or ahead

    def next(self) -> Rung | None:
        """The rung after the last one; INCIDENT stays INCIDENT. None: a mistake goes no further than the desk."""
        order = list(Rung)
        after = order[0] if self.rung is None else order[min(order.index(self.rung) + 1, len(order) - 1)]
        return None if self.mistaken and after is not Rung.AGAIN else after

    def began(self, now: int, times: Mapping[Rung, int], *, nobody: bool) -> "Ladder":
        """From now on it climbs; with nobody on shift its first rung is the supervisors', at once."""
        due = now if nobody else now + times[Rung.AGAIN]
        fresh = replace(self, since=now, silent_at=None, silences=0, incident=None, turn=None, call_message_id=None)
        return replace(fresh, rung=Rung.AGAIN if nobody else None, due_at=due)._halted()

    def climbed(self, rung: Rung, now: int, times: Mapping[Rung, int]) -> "Ladder":
        """This rung is done; the next one is counted from receipt, too. After a clock was set back it goes on from
        here."""
        here = replace(self, rung=rung, since=now - times[rung] if self.since > now else self.since)
        after = here.next()
        if after is None:
            return replace(here, due_at=None)
        due = now + INCIDENT_AGAIN if rung is Rung.INCIDENT else here.since + times[after]
        return replace(here, due_at=due)

    def taken(self, now: int) -> "Ladder":
        """Somebody has the case: it stands still, and her silence is watched. Whoever called it a mistake is asked once
        more all the same: so she was told."""
        return replace(self, due_at=None, silent_at=now + SILENT_PERSON[0], silences=0)

    def stopped(self) -> "Ladder":
        """The case is over, or nobody's in haste any more."""
        return replace(self, due_at=None, ask_at=None, silent_at=None)

    def heard(self, now: int) -> "Ladder":
        """She wrote: her silence is counted from now."""
        return self if self.silent_at is None and not self.silences else self.taken(now)

    def silent(self, now: int) -> "Ladder":
        """The claimer was told that she is silent."""
        said = self.silences + 1
        more = SILENT_PERSON[said] - SILENT_PERSON[said - 1] if said < len(SILENT_PERSON) else None
        return replace(self, silences=said, silent_at=None if more is None else now + more)

    def answered(self, answer: Answer, now: int, times: Mapping[Rung, int]) -> "Ladder":
        """Her answer. A mistake halts it below the supervisors and is asked about again; all else lets it go on."""
        if answer is Answer.MISTAKE:
            if self.mistaken:
                return replace(self, ask_at=None)
            return replace(self, answer=answer, mistake_at=now, ask_at=now + ASK_AGAIN)._halted()
        waits = self.callout_waits and answer is not Answer.YES
        went_on = replace(self, answer=answer, ask_at=None, callout_waits=waits)
        return went_on._resumed(now, times) if self.mistaken else went_on

    def spoke(self, now: int, times: Mapping[Rung, int]) -> "Ladder":
        """She wrote words: it is no tap alone any more, and no mistake that nobody needs to look at. Whoever is on
        shift has the time between two rungs to read them before it climbs on. She is asked about the mistake all the
        same: so she was told."""
        wrote = replace(self, callout_waits=False)
        if not self.mistaken:
            return wrote
        went_on = replace(wrote, answer=Answer.WRITES)
        after, before = went_on.next(), 0 if self.rung is None else times[self.rung]
        assert after is not None
        since = max(self.since, now - before)
        return replace(went_on, since=since, due_at=max(now, since + times[after]))

    def alarmed(self, now: int, times: Mapping[Rung, int]) -> "Ladder":
        """Red words, or the button again: whatever was called a mistake is none any more."""
        anew = replace(self, answer=Answer.ASKED, ask_at=None)
        return anew._resumed(now, times) if self.mistaken else replace(self, ask_at=None)

    def over(self) -> "Ladder":
        """The case is closed: should she come back, what she called a mistake was another time."""
        return replace(self.stopped(), answer=None)

    def _halted(self) -> "Ladder":
        return replace(self, due_at=None) if self.next() is None else self

    def _resumed(self, now: int, times: Mapping[Rung, int]) -> "Ladder":
        """The next rung is due at once at the earliest, and the others their time after it: while it stood still nobody
        was waited for."""
        after = self.next()
        assert after is not None
        since = max(self.since, now - times[after])
        return replace(self, since=since, due_at=since + times[after])
