"""The operators' side of a case: claim, answer, release, close."""

from dataclasses import dataclass

from bot.domain.cases import (
    AlreadyClaimed,
    Case,
    NotRequest,
    NotYours,
    OldButton,
    Result,
    SecondNeeded,
    Status,
    Verdict,
    WrongMove,
)
from bot.domain.desks import NATIONAL, Desk, Operator
from bot.domain.media import Attached
from bot.domain.messages import Direction, Incoming, Kind, Priority
from bot.domain.people import Language
from bot.domain.words import head, split
from bot.services.enclosures import Enclosures
from bot.services.ladders import Ladders
from bot.services.placing import Placing
from bot.services.rescuing import Rescue
from bot.services.screened import Screened
from bot.services.tell import NOT_SENT, Tell
from bot.services.threads import Threads, topic_of
from storage.database import Transaction

NOTE = "\u270d"
NOTE_SHOWN = 300
"""Graphemes of an operator's line about the result that the topic shows."""

NOTE_ROOM = 2000
"""UTF-16 units of it: a grapheme may be of any length."""

PING_BEFORE = 5 * 60_000
PING_BEFORE_RED = 2 * 60_000
"""Milliseconds before a silent claimer loses a case in which she is called, and the same for a red one."""


@dataclass(frozen=True)
class Said:
    """A message that somebody wrote in a desk's topic; `topic` is the name that the bot gave it, where it is told.

    `reply_to` is the message there that it answers, `quote` what was picked out of that one by hand; `text` is None of
    a file, whose `kind` and caption are `sent`, and which is `attached` when it is one that can be fetched. `about` the
    case: it answers a question of the bot's to operators, and never goes to the person, whether that was still open or
    not.
    """

    message_id: int
    text: str | None
    anonymous: bool = False
    edited: bool = False
    topic: str = ""
    reply_to: int | None = None
    quote: str = ""
    sent: Incoming | None = None
    attached: Attached | None = None
    about: bool = False

    @property
    def words(self) -> str:
        """What was typed, be it under a file."""
        return self.text if self.text is not None else self.sent.text if self.sent else ""

    @property
    def internal(self) -> bool:
        return self.about or self.words.startswith("//")


class DeskWork:
    """What operators of one desk do. Cases of other desks do not exist here."""

    def __init__(self, tx: Transaction, tell: Tell, placing: Placing, ladders: Ladders, rescue: Rescue) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing
        self._ladders = ladders
        self._rescue = rescue
        self._threads = Threads(tx, tell)
        self._enclosures = Enclosures(tx, tell)
        self.screened = Screened(tx, tell)

    async def desk_of(self, chat_id: int) -> Desk | None:
        """The desk that this group serves, or served under an id that it had before."""
        return await self._tx.desks.of_words(chat_id)

    async def operator(self, desk: Desk, telegram_id: int, language: Language) -> Operator:
        """The operator with this Telegram id, who has just done something at this desk."""
        operator = await self._tx.operators.meet(telegram_id, language)
        await self._tx.operators.sit(operator.key, desk.id)
        return operator

    async def known_operator(self, key: str) -> Operator | None:
        """The operator with this key, when there is one."""
        return await self._tx.operators.get(key)

    async def claim(self, desk: Desk, code: str, operator: Operator) -> Case:
        """One winner, by one conditional update. Raises AlreadyClaimed, or WrongMove when the case is over.

        The national desk may take a region's case that it was called to; the case is at the national desk then.
        """
        found = await self._called(desk, code) or await self._own_or_shared(desk, code)
        case = await self._tx.cases.claim(code, operator.key)
        if case is None:
            return await self._lost(desk, code, operator)
        if found.desk != desk.id:
            case = await self._placing.taken_over(case, desk.id)
        await self._ladders.taken(case)
        if case.thread_id is None or case.card_message_id is None:
            await self._open_topic(case)  # the queue card becomes a line with a link as soon as there is a topic
        else:
            await self._tell.queue_edit(case)
            await self._tell.line(case, "line.claimed", alias=operator.alias)
            await self._tell.topic_card_edit(case)
        if case.person:
            await self._tell.person(case.person, "claimed", case=case, alias=operator.alias)
        return case

    async def release(self, desk: Desk, code: str, operator: Operator) -> Case:
        """Back to the queue. Raises NotYours or WrongMove."""
        return await self._released(await self._own(desk, code, operator), "line.released", alias=operator.alias)

    async def close(self, desk: Desk, code: str, operator: Operator, result: Result, note: str | None = None) -> Case:
        """Ends the talk with a result and the operator's own line about it. Raises NotYours or WrongMove."""
        case = await self._own(desk, code, operator)
        if note:
            await self._tx.messages.add(case.id, Direction.NOTE, Incoming(Kind.TEXT, note), operator=operator.key)
        return await self._over(case, operator, result, None, note)

    async def ask_referral(self, desk: Desk, code: str, operator: Operator) -> None:
        """Asks to whom the person was referred; the next line in the topic is the answer. Raises NotYours."""
        case = await self._own(desk, code, operator)
        if not case.status.open:
            raise WrongMove(case.status)
        await self._tell.line(case, "close.referred_to")

    async def not_a_request(self, desk: Desk, code: str, operator: Operator, reason: NotRequest) -> Case:
        """Silence, a test, thanks, a mistake or abuse: from the queue by anybody, after a claim by the claimer.

        Raises NotYours, also for a red case that nobody has claimed: whoever ends it has to look first, unless the
        person herself has called it a mistake.
        """
        case = await self._known(desk, code)
        unread = case.red and not (reason is NotRequest.MISTAKE and await self._ladders.mistaken(case))
        if case.claimer != operator.key and (case.claimer is not None or unread):
            raise NotYours
        return await self._over(case, operator, Result.NOT_REQUEST, reason)

    async def confirm_danger(self, desk: Desk, code: str, operator: Operator) -> None:
        """The claimer has looked: the danger is one. Raises NotYours, or OldButton when nothing is flagged any more."""
        case = await self._own(desk, code, operator)
        judged = await self._tx.cases.confirm_danger(case.id, operator.key)
        await self._judged(judged, "line.danger_confirmed", operator)

    async def lower_danger(self, desk: Desk, code: str, operator: Operator) -> None:
        """The claimer has looked: it is none. Amber is lowered at once; for red that is proposed to a second person.
        Raises NotYours, or OldButton when that is done or proposed already."""
        case = await self._own(desk, code, operator)
        if case.red:
            proposed = await self._tx.cases.propose_lowering(case.id, operator.key)
            await self._judged(proposed, "line.danger_proposed", operator)
        else:
            await self._judged(await self._tx.cases.lower_amber(case.id, operator.key), "line.danger_lowered", operator)

    async def agree_to_lower(self, desk: Desk, code: str, operator: Operator) -> None:
        """Somebody else of the desk agrees: the case is ordinary. Raises SecondNeeded, or OldButton when what was
        proposed is over."""
        case = await self._known(desk, code)
        if case.verdict is Verdict.PROPOSED and case.verdict_by == operator.key:
            raise SecondNeeded
        lowered = await self._tx.cases.lower_red(case.id, operator.key)
        await self._judged(lowered, "line.danger_agreed", operator)
        if lowered is not None:
            await self._ladders.stopped(lowered)
            await self._tell.topic(lowered, "rename", priority=Priority.EDIT)
            await self._tell.queue_edit(lowered)

    async def _judged(self, case: Case | None, key: str, operator: Operator) -> None:
        if case is None:
            raise OldButton
        await self._tell.line(case, key, alias=operator.alias)
        await self._tell.topic_card_edit(case)

    async def ask_where(self, desk: Desk, code: str, operator: Operator) -> None:
        """Help is on its way, says the claimer: the person is asked where she is.

        Raises NotYours or WrongMove, OldButton when it is not urgent any more, AskedAlready or CannotAsk as `Rescue`.
        """
        case = await self._own(desk, code, operator)
        if not case.status.open:
            raise WrongMove(case.status)
        if not case.red:
            raise OldButton
        await self._rescue.ask_on_the_way(case, operator)

    async def said(self, desk: Desk, thread_id: int, operator: Operator | None, said: Said) -> None:
        """A message in a topic: the claimer's plain words go to the person, all else stays internal, marked."""
        case = await self._tx.cases.of_topic(desk.id, thread_id) or await self._unknown(desk, thread_id, said)
        if case is None or not case.person:
            return
        if said.anonymous or operator is None:
            await self._not_sent(case, said, "undelivered.anonymous")
        elif said.internal or (case.status.open and case.claimer != operator.key):
            if said.edited and await self._threads.delivered(case, said.message_id):
                await self._not_sent(case, said, "line.edit_stays")
            else:
                await self._note(case, operator, said)
        elif said.words.startswith("/"):
            await self._not_sent(case, said, "undelivered.command")
        elif said.edited and (said.text is None or not case.status.open):
            await self._not_sent(case, said, "line.edit_not_sent")
        elif not case.status.open:
            await self._not_sent(case, said, "undelivered.closed")
        elif why := await self._refused(case, said):
            await self._not_sent(case, said, why)
        else:
            await self._answer(case, operator, said)

    async def _refused(self, case: Case, said: Said) -> str | None:
        """Why it is nothing that goes to a person, as a key of the catalogue; None of words."""
        if said.text is not None:
            return None
        kind = said.sent.kind if said.sent else Kind.OTHER
        return await self._enclosures.refused(case, kind, said.attached)

    async def held(self, desk: Desk, code: str, operator: Operator) -> Case:
        """The case that she has in hand here. Raises NotYours, or WrongMove when it is over or elsewhere."""
        case = await self._own(desk, code, operator)
        if case.status is not Status.CLAIMED:
            raise WrongMove(case.status)
        return case

    async def answer(self, desk: Desk, code: str, operator: Operator, text: str, message_id: int) -> bool:
        """Words of the claimer's that stand in the topic in a message of the bot's. Whether they are on their way; else
        the topic says why not. Raises as `held`."""
        return await self._answer(await self.held(desk, code, operator), operator, Said(message_id, text))

    async def unsaid(self, chat_id: int, thread_id: int, message_id: int) -> None:
        """What somebody wrote in a case's topic could not be handled: it did not go to the person, and that is said."""
        desk = await self.desk_of(chat_id)
        case = await self._tx.cases.of_topic(desk.id, thread_id) if desk else None
        if case is not None and case.person and case.status is Status.CLAIMED:
            await self._not_sent(case, Said(message_id, None), "undelivered.broken")

    async def _unknown(self, desk: Desk, thread_id: int, said: Said) -> Case | None:
        """A topic that was made for a case and is not known as its own, after a lost answer or a restore: it becomes
        that when the case has none. In a second one, or when the case has gone to another desk, nothing is passed on,
        and that is said."""
        case = await self._placing.case_named(said.topic)
        if case is None:
            return None
        if case.desk == desk.id and case.thread_id is None:
            return await self._tx.cases.save(case.with_topic(thread_id))
        if not said.internal:
            await self._tell.mark(desk.id, said.message_id, NOT_SENT)
        return None

    async def menu(self, desk: Desk, code: str, operator: Operator, menu: str | None) -> None:
        """Opens or closes a menu under the card. Raises NotYours: after the claim it is the claimer's card."""
        case = await self._known(desk, code)
        if not case.status.open:
            raise WrongMove(case.status)
        if case.claimer is None:
            await self._tell.queue_edit(case, menu=menu)
        elif case.claimer == operator.key:
            await self._tell.topic_card_edit(case, menu=menu)
        else:
            raise NotYours

    async def left(self, desk: Desk, operator: str) -> None:
        """Somebody left the group: her cases go back to the queue."""
        for case in await self._tx.cases.claimed_by(operator, desk.id):
            gone = await self._tx.operators.get(operator)
            await self._released(case, "line.released", alias=gone.alias if gone else "")
        await self._tx.cases.forget_claimer(operator, desk.id)
        await self._tx.operators.leave(operator, desk.id)

    async def ping_due(self, now: int) -> None:
        """Claimers who leave a person waiting are called before they lose the case (DESK.md, Claim), once a wait."""
        for case in await self._tx.cases.soon_released(now, PING_BEFORE, PING_BEFORE_RED):
            if await self._tx.desks.ring(f"ping:{case.id}", 2 * PING_BEFORE):
                minutes = max(1, round(((case.release_at or now) - now) / 60_000))
                await self._tell.ping(case, "line.answer_soon", minutes=minutes)

    async def release_due(self, now: int) -> None:
        """Claimers who left a waiting person too long lose the case to the queue."""
        for case in await self._tx.cases.due_for_release(now):
            await self._released(case, "line.release_due")

    async def _answer(self, case: Case, operator: Operator, said: Said) -> bool:
        """The one way of an operator's words to the person, also under a file: new ones, and edits of what has gone
        there. Whether they are on their way; else the topic says why not."""
        person = await self._tx.people.get(case.person or "")
        if person is None or person.blocked:
            await self._not_sent(case, said, "undelivered.blocked")
            return False
        why = await self._threads.fixed(case, said.message_id) if said.edited else None
        if why is not None:
            await self._not_sent(case, said, why)
            return False
        held = await self.screened.held(case, operator, said.words, said.message_id)
        if held is not None:
            await self._not_sent(case, said, f"held.{held.rule}", words=held.words)
            return False
        if said.edited:
            await self._threads.reword(case, operator, said.message_id, said.text or "")
            return True
        message = await self._threads.answer(
            case, operator, said.words, topic_of(case), said.message_id, reply_to=said.reply_to, quote=said.quote,
            sent=said.sent if said.attached else None,
        )  # fmt: skip
        if said.attached is not None:
            await self._enclosures.keep(case, message, said.attached)
            return True
        await self._tx.cases.save(case.answered(self._tx.now))
        await self._tell.person(person.key, "answer", case=case, message=message, alias=operator.alias)
        return True

    async def noted(self, case: Case, message_id: int) -> None:
        """What an operator wrote stays with the operators."""
        await self._tell.reaction(case, message_id, NOTE)

    async def _note(self, case: Case, operator: Operator, said: Said) -> None:
        """Its words are kept with the case, so that whoever takes it next reads them; one that was changed follows the
        first."""
        words = said.words.removeprefix("//").strip()
        if words:
            note = Incoming(Kind.TEXT, words, edited=said.edited)
            await self._tx.messages.add(case.id, Direction.NOTE, note, operator=operator.key,
                                        topic_message_id=said.message_id)  # fmt: skip
        await self.noted(case, said.message_id)

    async def _not_sent(self, case: Case, said: Said, why: str, **values: str) -> None:
        await self._tell.reaction(case, said.message_id, NOT_SENT)
        await self._tell.topic(case, "reply", key=why, values=values, message_id=said.message_id)

    async def _open_topic(self, case: Case) -> None:
        """The card and the messages so far; the topic itself is made when the first of them is sent."""
        upto = await self._tx.messages.last(case.id)
        await self._tell.topic(case, "topic_card", priority=Priority.CLAIM)
        await self._tell.topic(case, "history", priority=Priority.CLAIM, upto=upto)
        await self._rescue.show(case)

    async def hand_over(self, case: Case, giver: Operator, heir: Operator) -> Case | None:
        """A claimed case goes from one to another who has accepted it; None when it is not hers to give any more."""
        handed = await self._tx.cases.hand_over(case.id, giver.key, heir.key)
        if handed is None:
            return None
        await self._ladders.taken(handed)
        await self._tell.line(handed, "line.handed_over", alias=heir.alias)
        await self._tell.topic_card_edit(handed)
        await self._tell.queue_edit(handed)
        if handed.person:
            await self._tell.person(handed.person, "claimed", case=handed, alias=heir.alias)
        return handed

    async def hand_to(
        self, case: Case, giver: Operator, heir: Operator, desk: str, since: int | None
    ) -> Case | None:  # fmt: skip
        """The same to an operator of another desk: a new topic there, and the old one goes. `since`: that desk is in
        another region and sees what was said from this message on; else it sees all."""
        handed = await self._tx.cases.hand_over(case.id, giver.key, heir.key)
        if handed is None:
            return None
        handed = await self._placing.taken_over(handed, desk)
        if since is not None:
            handed = await self._tx.cases.save(handed.told(since, desk))
        await self._ladders.taken(handed)
        await self._open_topic(handed)
        if handed.person:
            if since is not None:
                await self._tell.person(handed.person, "screen", case=handed, key="pass.moved", keyboard=None,
                                        values={"desk": desk})  # fmt: skip
            await self._tell.person(handed.person, "claimed", case=handed, alias=heir.alias)
        return handed

    async def give_back(self, case: Case, key: str, **values: str) -> Case:
        """A claimed case goes back to the queue for this reason."""
        return await self._released(case, key, **values)

    async def _released(self, case: Case, key: str, **values: str) -> Case:
        await self._tell.aside_over(case, "aside.released")
        released = await self._tx.cases.save(case.released().without_card())
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        await self._tell.line(released, key, **values)
        await self._tell.topic_card_edit(released)
        released = await self._back(released)
        await self._placing.operator_left(released)
        return released

    async def _back(self, case: Case) -> Case:
        """Into a queue again: what the national desk has taken over goes to its region's, too. A mistake rings there as
        ever, as far as mistakes ring."""
        offered = await self._placing.offer(case)
        placed = offered if offered is not case else await self._placing.place(case)
        if await self._ladders.mistaken(placed):
            await self._ladders.anew(placed)
        return placed

    async def _over(
        self, case: Case, operator: Operator, result: Result, reason: str | None, note: str | None = None
    ) -> Case:
        over = case.closed(self._tx.now, result, reason)
        if over.claimer is None:
            over = over.taken(operator.key)
        await self._tx.cases.save(over)
        await self._tx.controls.closed(over.id)
        if over.red and over.desk is not None and not await self._ladders.mistaken(over):
            await self._tx.looks.open(over.id, over.desk, operator.key)
            await self._tell.second_look(over, operator.alias)
        await self._ladders.stopped(over)
        await self._tell.queue_edit(over)
        if over.thread_id is not None:
            await self._tell.topic_card_edit(over)
            where = {"where": split(head(note, NOTE_SHOWN), NOTE_ROOM)[0]} if note else {}
            key = "line.closed_to" if note else "line.closed"
            await self._tell.line(over, key, alias=operator.alias, result=f"result.{result}", **where)
            await self._tell.topic(over, "rename", priority=Priority.EDIT)
            await self._tell.topic(over, "close_topic", priority=Priority.EDIT)
        await self._tell.aside_over(over)
        if over.person:
            await self._said_goodbye(over, over.person)
            person = await self._tx.people.get(over.person)
            if person and not person.understood:  # the urgent button came before everything: the truth comes now
                await self._tell.person(over.person, "truth")
        return over

    async def _said_goodbye(self, case: Case, person: str) -> None:
        """That the talk is over; to somebody who is blocked not that she may go on, but until when."""
        block = await self._tx.blocks.standing(person)
        if block is None:
            await self._tell.screen(person, "closed", keyboard="menu", red=case.red, code=case.code)
        else:
            await self._tell.blocked(block, "blocked.told", red=case.red, code=case.code)

    async def _called(self, desk: Desk, code: str) -> Case | None:
        """A region's case that nobody has taken and that the national desk was called to."""
        if desk.id != NATIONAL:
            return None
        case = await self._tx.cases.with_code(code)
        if case is None or case.status is not Status.WAITING or not await self._ladders.calls_national(case):
            return None
        return case

    async def _own_or_shared(self, desk: Desk, code: str) -> Case:
        """A case of this desk. Raises WrongMove, or AlreadyClaimed for one that another desk has taken and that could
        be taken here before: its region's, or one that the national desk was called to."""
        case = await self._tx.cases.with_code(code)
        if case is not None and case.desk != desk.id and case.status is Status.CLAIMED and case.claimer is not None:
            called = desk.id == NATIONAL and await self._ladders.calls_national(case)
            if called or (case.desk == NATIONAL and case.region == desk.id):
                winner = await self._tx.operators.get(case.claimer)
                raise AlreadyClaimed(winner.alias if winner else "")
        return await self._known(desk, code)

    async def _known(self, desk: Desk, code: str) -> Case:
        case = await self._tx.cases.with_code(code)
        if case is None or case.desk != desk.id:
            raise WrongMove
        return case

    async def _own(self, desk: Desk, code: str, operator: Operator) -> Case:
        case = await self._known(desk, code)
        if case.claimer != operator.key:
            raise NotYours
        return case

    async def _lost(self, desk: Desk, code: str, operator: Operator) -> Case:
        """Somebody was faster; a second tap of the winner changes nothing."""
        case = await self._known(desk, code)
        if case.status is not Status.CLAIMED or case.claimer is None:
            raise WrongMove(case.status)
        if case.claimer == operator.key:
            return case
        winner = await self._tx.operators.get(case.claimer)
        raise AlreadyClaimed(winner.alias if winner else "")
