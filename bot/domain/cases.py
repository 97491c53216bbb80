"""A case: one conversation about one trouble, and the moves it can make."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.domain.desks import NATIONAL
from bot.domain.people import Language, Want, Writer
from bot.domain.urgency import Level

ROUTE_WAIT = 45_000
"""Milliseconds that an ordinary case waits for its region before the national desk gets it."""

REOPEN_WITHIN = 72 * 3_600_000
"""Milliseconds after closing in which writing again continues the same case."""

SILENT_CLAIMER = 30 * 60_000
"""Milliseconds that a person waits for a silent claimer before the case goes back to the queue (DESK.md, Claim)."""

SILENT_ON_RED = 5 * 60_000
"""The same in a red case: then its ladder begins again."""

RETURNED_CLAIMER = 5 * 60_000
"""The same for the last claimer of a reopened case, who may be off shift."""

NUMBERS_GAP = 10 * 60_000
"""Milliseconds in which words that are red again bring no second emergency card; the button always does."""

YES, NO = "yes", "no"
"""Answers to whether operators may see that she wrote before."""

BURST = 60_000
"""Milliseconds without words after which the next words get a receipt of their own."""


class Status(StrEnum):
    """Where a case stands. WAITING and CLAIMED are open; a person has at most one open case."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"

    @property
    def open(self) -> bool:
        return self in (Status.WAITING, Status.CLAIMED)


class Result(StrEnum):
    """What came of a case."""

    HELPED = "helped"
    REFERRED = "referred"
    CALLED = "called"
    MOBILE_GROUP = "mobile_group"
    NO_ANSWER = "no_answer"
    NOT_REQUEST = "not_request"


class Field(StrEnum):
    """What a person may tell by optional taps, in the order of the questions."""

    WRITER = "writer"
    REGION = "region"
    SUBJECT = "subject"
    WANT = "want"
    BEFORE = "before"
    """Whether operators may see that she wrote before; asked only of who did."""


class NotRequest(StrEnum):
    """Why something was no request."""

    SILENCE = "silence"
    TEST = "test"
    THANKS = "thanks"
    MISTAKE = "mistake"
    ABUSE = "abuse"


class Safe(StrEnum):
    """Whether she is safe now, as she answered it: asked once a case."""

    ASKED = "asked"
    YES = "yes"
    NO = "no"


class Verdict(StrEnum):
    """What operators say of a danger that a rule has found. A red one is lowered by two people."""

    CONFIRMED = "confirmed"
    PROPOSED = "proposed"
    LOWERED = "lowered"


class WrongMove(Exception):
    """The case is not in a state from which this move is possible."""


class AlreadyClaimed(Exception):
    """Somebody else was faster; `alias` is the winner's alias id."""

    def __init__(self, alias: str) -> None:
        super().__init__("already claimed")
        self.alias = alias


class SecondNeeded(Exception):
    """Who proposed to lower a red case cannot agree to it."""


class OldButton(Exception):
    """The button is about something that is not so any more."""


class NotYours(Exception):
    """Only the claimer may do this."""


@dataclass(frozen=True)
class Case:
    """One case. All times are epoch milliseconds; `desk` is None until it is routed."""

    id: str
    code: str
    person: str | None
    status: Status
    urgency: Level
    language: Language
    opened_at: int
    desk: str | None = None
    writer: Writer | None = None
    region: str | None = None
    subject: str | None = None
    want: Want | None = None
    claimer: str | None = None
    thread_id: int | None = None
    queue_message_id: int | None = None
    queue_topic: str | None = None
    card_message_id: int | None = None
    card_at: int | None = None
    route_at: int | None = None
    claimed_at: int | None = None
    answered_at: int | None = None
    closed_at: int | None = None
    receipt_at: int | None = None
    words_at: int | None = None
    sos_at: int | None = None
    release_at: int | None = None
    result: Result | None = None
    reason: str | None = None
    red_at: int | None = None
    numbers_at: int | None = None
    safe: Safe | None = None
    verdict: Verdict | None = None
    verdict_by: str | None = None
    taken_at: int | None = None
    listed: int = 0
    region_asked_at: int | None = None
    aside: str | None = None
    """The desk as whose operator the claimer answers in her private chat, because its group was lost."""
    told_from: int | None = None
    """From which message number on its desk may see what was said: a desk in another region got a summary."""
    before: str | None = None
    """Whether operators may see that she wrote before: "yes" or "no"."""

    @property
    def red(self) -> bool:
        return self.urgency is Level.RED

    @property
    def queue(self) -> str:
        """The fixed topic in which the case waits: red ones have their own."""
        return "urgent" if self.red else "queue"

    @property
    def read(self) -> bool:
        """Whether lines about it have a reader: in its topic, or in the claimer's private chat."""
        return self.thread_id is not None or self.aside is not None

    def routed(self, desk: str) -> "Case":
        return replace(self, desk=desk, route_at=None)

    def at_card(self, due: int) -> "Case":
        """When the last edit of its card goes or went out."""
        return replace(self, card_at=due)

    def resumed(self, now: int) -> "Case":
        """The bot knows nothing of the last hours: a claimer who may have answered in them gets the wait anew."""
        return replace(self, release_at=self.release_at and now + self._patience)

    def called(self, now: int) -> "Case":
        """The urgent button was pressed."""
        return replace(self, sos_at=now).urged(now)

    def urged(self, now: int) -> "Case":
        """In a red case she did what needs an answer at once, without words: whoever has it has five minutes."""
        if self.status is not Status.CLAIMED:
            return self
        soon = now + SILENT_ON_RED
        return replace(self, release_at=min(self.release_at or soon, soon))

    def described(self, **told: str) -> "Case":
        """What she told by an optional tap: writer, region, subject or want."""
        return replace(self, **told)  # type: ignore[arg-type]  # each field takes its own enum, all are strings

    def receipted(self, now: int) -> "Case":
        return replace(self, receipt_at=now)

    def without_card(self) -> "Case":
        """Its queue card has become a line; a new one will stand elsewhere."""
        return replace(self, queue_message_id=None, queue_topic=None, listed=0)

    def erased(self, status: Status) -> "Case":
        """Nothing leads to the person, her words or what she tapped any more; the code stays used."""
        return replace(
            self.without_card(), status=status, person=None, claimer=None, thread_id=None, card_message_id=None,
            route_at=None, release_at=None, writer=None, region=None, subject=None, want=None, safe=None,
            verdict=None, verdict_by=None, aside=None, before=None,
        )  # fmt: skip

    def known_before(self, earlier: "Iterable[Case]") -> "list[Case]":
        """Which of her earlier cases operators may know of (DESIGN.md 4): all when she has said so, none when she has
        said no, else those that had ended less than 72 hours before this one began."""
        if self.before == NO:
            return []
        told = [case for case in earlier if case.closed_at is not None and case.opened_at < self.opened_at]
        if self.before == YES:
            return told
        return [case for case in told if self.opened_at - (case.closed_at or 0) <= REOPEN_WITHIN]

    def raised(self, to: Level, now: int) -> "Case":
        """Nothing here lowers. What was found anew ends a proposal to lower, and what was lowered before."""
        urgency = self.urgency.raised_to(to)
        red_at = now if urgency is Level.RED and not self.red else self.red_at
        confirmed = self.verdict is Verdict.CONFIRMED and urgency is self.urgency
        anew = to is not Level.ORDINARY and to is urgency and not confirmed
        risen = replace(self, urgency=urgency, red_at=red_at)
        if anew:
            risen = replace(risen, verdict=None, verdict_by=None)
        if risen.red and not self.red and risen.status is Status.CLAIMED:  # a red one waits less for its claimer
            soon = now + SILENT_ON_RED
            return replace(risen, release_at=min(risen.release_at or soon, soon))
        return risen

    def numbered(self, now: int) -> "Case":
        """The emergency card was sent."""
        return replace(self, numbers_at=now)

    def numbers_due(self, now: int) -> bool:
        """Whether red words bring the emergency card, again or for the first time; a clock set back holds none."""
        return self.numbers_at is None or not 0 <= now - self.numbers_at < NUMBERS_GAP

    def asked_region(self, now: int) -> "Case":
        return replace(self, region_asked_at=now)

    def asked_safe(self, answer: Safe) -> "Case":
        return replace(self, safe=answer)

    def closed(self, now: int, result: Result, reason: str | None = None) -> "Case":
        """Ends the talk; raises WrongMove when it has ended already."""
        if not self.status.open:
            raise WrongMove(self.status)
        return replace(self, status=Status.CLOSED, closed_at=now, release_at=None, result=result, reason=reason)

    def taken(self, operator: str) -> "Case":
        """Who ended it is who answers for it."""
        return replace(self, claimer=operator)

    def moved(self, desk: str) -> "Case":
        """To another desk's queue; its topic stays behind and a new one is made at the next claim."""
        return replace(
            self.without_card(), desk=desk, status=Status.WAITING, claimer=None, claimed_at=None, release_at=None,
            thread_id=None, card_message_id=None, aside=None,
        )  # fmt: skip

    def taken_over(self, desk: str) -> "Case":
        """By somebody of another desk: its topic will be there."""
        return replace(self.without_card(), desk=desk, thread_id=None, card_message_id=None)

    @property
    def shown_from(self) -> int:
        """The number of the message from which on the desk that has it may see the talk; the national one sees all."""
        return 0 if self.desk == NATIONAL else self.told_from or 0

    def told(self, since: int, region: str) -> "Case":
        """With her yes it is at a desk in another region, which sees what was said from this message on."""
        return replace(self, told_from=since, region=region)

    def with_topic(self, thread_id: int | None) -> "Case":
        """A fresh topic, or none; its card is not there yet."""
        return replace(self, thread_id=thread_id, card_message_id=None)

    def with_queue_card(self, message_id: int, topic: str, *, listed: bool = False) -> "Case":
        """`listed`: in one message with other cases."""
        return replace(self, queue_message_id=message_id, queue_topic=topic, listed=int(listed))

    def with_topic_card(self, message_id: int) -> "Case":
        return replace(self, card_message_id=message_id)

    def released(self) -> "Case":
        """Back to the queue, without a claimer; raises WrongMove unless it is claimed."""
        if self.status is not Status.CLAIMED:
            raise WrongMove(self.status)
        return replace(self, status=Status.WAITING, claimer=None, claimed_at=None, release_at=None, aside=None)

    def set_aside(self, desk: str) -> "Case":
        """The claimer answers in her private chat, as an operator of this desk, whose group is lost."""
        return replace(self, aside=desk)

    def reopened(self, now: int, *, within: int | None = REOPEN_WITHIN) -> "Case":
        """The person came back, in so many milliseconds (None: however late): to the last claimer for a while, else to
        the queue; a red case rings for all, and one that was answered in a private chat goes to the queue, too."""
        if self.status is not Status.CLOSED or self.closed_at is None:
            raise WrongMove(self.status)
        if within is not None and now - self.closed_at > within:
            raise WrongMove(self.status)
        if self.claimer and self.thread_id is not None and not self.red and self.aside is None:
            due, status, claimer = now + RETURNED_CLAIMER, Status.CLAIMED, self.claimer
        else:
            due, status, claimer = None, Status.WAITING, None
        again = replace(self, status=status, claimer=claimer, closed_at=None, result=None, reason=None, aside=None)
        return replace(again, release_at=due)

    def answered(self, now: int) -> "Case":
        return replace(self, answered_at=self.answered_at or now, release_at=None)

    def awaiting(self, now: int) -> "Case":
        """The person wrote and now waits for the claimer."""
        due = self.release_at or (now + self._patience if self.status is Status.CLAIMED else None)
        return replace(self, words_at=now, release_at=due)

    @property
    def _patience(self) -> int:
        """Milliseconds that she waits for a silent claimer."""
        return SILENT_ON_RED if self.red else SILENT_CLAIMER
