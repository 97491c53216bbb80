"""An urgent case that is taken from a private alert: in the topic, or, while a group is lost, in the private chat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.cases import Case, NotYours, Result
from bot.domain.desks import NATIONAL, SEEN_LATELY, Desk, Member, Operator
from bot.domain.ladder import MINUTE
from bot.domain.people import ELSEWHERE
from bot.services.desk import DeskWork
from bot.services.tell import Tell
from bot.services.threads import Threads, private_of
from storage.database import Transaction

LATE = 10 * MINUTE
"""Milliseconds after such a talk in which her plain text is taken for an answer in it."""


@dataclass(frozen=True)
class Seat:
    """Where somebody may take a case from her private chat: `desk` will have it, `of` is whose operator she is.

    `aside`: the group of `of` is lost, so the talk goes on in her private chat.
    """

    desk: Desk
    of: Desk

    @property
    def aside(self) -> bool:
        return self.of.down


class Elsewhere(Exception):
    """The case is at the national desk, and she is no operator there."""


class Unconfirmed(Exception):
    """Telegram did not say whether she is an operator."""


@dataclass(frozen=True)
class Reply:
    """What an operator wrote in her private chat; `code` is of the talk that she replied to, `text` None: no text.

    `reply_to` and `quote` as in `Said`.
    """

    text: str | None
    code: str | None = None
    edited: bool = False
    message_id: int = 0
    reply_to: int | None = None
    quote: str = ""


class Aside:
    """What an operator does with cases in her private chat."""

    def __init__(self, tx: Transaction, tell: Tell, work: DeskWork) -> None:
        self._tx = tx
        self._tell = tell
        self._work = work
        self._threads = Threads(tx, tell)

    async def seat_for(self, code: str, key: str) -> Seat | None:
        """The seat from which this operator can take a case: at the case's own desk, at the national one that was
        called to it, or at the desk of its region while that one's group is lost. Whether she is a member still,
        Telegram is asked."""
        case = await self._tx.cases.with_code(code)
        if case is None:
            return None
        for name in dict.fromkeys((case.desk, NATIONAL)):
            if name is not None and await self._tx.operators.sits(key, name):
                desk = await self._tx.desks.get(name)
                return Seat(desk, desk) if desk is not None else None
        own, national = await self._region_of(case, key), await self._tx.desks.get(NATIONAL)
        return Seat(national, own) if own is not None and own.down and national is not None else None

    async def take(self, code: str, operator: Operator, member: Member) -> bool:
        """A claim from a private alert; whether the talk goes on there, else she is told where its topic is.

        Raises as `DeskWork.claim`; NotYours when she is no operator, Unconfirmed when nobody says so, Elsewhere when
        her group works and the case has gone to the national desk.
        """
        seat = await self.seat_for(code, operator.key)
        if seat is None:
            case = await self._tx.cases.with_code(code)
            if case is not None and await self._region_of(case, operator.key) is not None:
                raise Elsewhere
            raise NotYours
        await self._check(seat, operator.key, member)
        case = await self._work.claim(seat.desk, code, operator)
        if not seat.aside:
            await self._tell.took(operator.key, case)
            return False
        if case.aside is None:
            await self._tell.line(case, "line.aside", alias=operator.alias)
            case = await self._tx.cases.save(case.set_aside(seat.of.id))
        await self._tell.aside(case, "aside_talk", upto=await self._tx.messages.last(case.id))
        return True

    async def held(self, key: str) -> list[Case]:
        """Cases that she answers in her private chat."""
        return await self._tx.cases.aside_of(key)

    async def late(self, key: str) -> bool:
        """Whether what she writes now is meant for a talk that has just ended: it must not get lost in silence, and
        become a case of hers only when danger is read in it."""
        over = await self._tx.asides.over_at(key)
        lately = over is not None and 0 <= self._tx.now - over < LATE
        return lately and await self._tx.cases.open_of(key) is None

    async def over_before(self, key: str, at: datetime) -> bool:
        """Whether her last talk was over when she said something; Telegram gives whole seconds."""
        over = await self._tx.asides.over_at(key)
        return over is not None and over // 1000 <= at.timestamp()

    async def too_late(self, operator: Operator) -> None:
        """She hears that it went nowhere, and how to write for herself."""
        await self._tell.operator(operator.key, "aside.over", keyboard="menu")

    async def hers(self, operator: Operator) -> None:
        """She hears that it went to operators as her own, and not to the person whose case she had."""
        await self._tell.operator(operator.key, "aside.hers")

    async def said(self, operator: Operator, cases: Sequence[Case], reply: Reply) -> None:
        """Her plain text goes to the person, and into the topic at the national desk. With several talks she has to
        reply to a message of the one she means; whatever is not sent, she hears of."""
        meant = [case for case in cases if reply.code in (None, case.code)]
        if len(meant) != 1:
            codes = ", ".join(case.code for case in cases)
            await self._tell.operator(operator.key, "aside.which", codes=codes)
            return
        case, why = meant[0], await self._why_not(meant[0], reply)
        if why is not None:
            await self._tell.aside(case, "aside_not_sent", why=why)
            return
        held = await self._work.screened.held(case, operator, reply.text or "")
        if held is not None:
            await self._tell.aside(case, "aside_not_sent", why=f"held.{held.rule}", values={"words": held.words})
            return
        message = await self._threads.answer(
            case, operator, reply.text or "", private_of(operator.key), reply.message_id, reply_to=reply.reply_to,
            quote=reply.quote,
        )  # fmt: skip
        case = await self._tx.cases.save(case.answered(self._tx.now))
        await self._tell.person(case.person or "", "answer", case=case, message=message, alias=operator.alias)
        await self._tell.topic(case, "answered", message=message)

    async def release(self, code: str, operator: Operator) -> None:
        """Back to the queue. Raises NotYours."""
        await self._work.release(await self._desk(code, operator), code, operator)

    async def ask_result(self, code: str, operator: Operator) -> None:
        """What came of the talk? Raises NotYours."""
        await self._tell.aside(await self._own(code, operator), "aside_close")

    async def close(self, code: str, operator: Operator, result: Result) -> None:
        """Ends the talk. Raises NotYours."""
        await self._work.close(await self._desk(code, operator), code, operator, result)

    async def _why_not(self, case: Case, reply: Reply) -> str | None:
        """Why a message does not go to the person: a key of the catalogue."""
        person = await self._tx.people.get(case.person or "")
        if reply.edited:
            return "line.edit_not_sent"
        if reply.text is None:
            return "undelivered.kind_here"
        if reply.text.startswith("//"):
            return "aside.note"
        return "undelivered.blocked" if person is None or person.blocked else None

    async def _check(self, seat: Seat, key: str, member: Member) -> None:
        """Membership is the role. Of a group that is lost nobody can say it any more: then who was on shift there, or
        was seen there in its last day, counts."""
        if member is Member.LOST and seat.of.down_since is not None:
            if not await self._tx.operators.was_there(key, seat.of.id, seat.of.down_since - SEEN_LATELY):
                raise NotYours
        elif not member.sits:
            raise NotYours if member is Member.STRANGER else Unconfirmed

    async def _region_of(self, case: Case, key: str) -> Desk | None:
        """The desk of its region, when she sits there and the case does not."""
        region = case.region
        if region is None or region in (ELSEWHERE, case.desk) or not await self._tx.operators.sits(key, region):
            return None
        return await self._tx.desks.get(region)

    async def _own(self, code: str, operator: Operator) -> Case:
        case = next((case for case in await self.held(operator.key) if case.code == code), None)
        if case is None:
            raise NotYours
        return case

    async def _desk(self, code: str, operator: Operator) -> Desk:
        case = await self._own(code, operator)
        desk = await self._tx.desks.get(case.desk or "")
        if desk is None:
            raise NotYours
        return desk
