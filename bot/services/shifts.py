"""Shifts: who goes on and off, who can be called, and that nobody takes an urgent case away with her."""

from collections.abc import Collection
from functools import partial

from bot.domain import plan
from bot.domain.cases import Case, NotYours, OldButton
from bot.domain.desks import Desk, Member, Operator, Watch
from bot.services.boards import Boards
from bot.services.desk import DeskWork
from bot.services.ladders import Ladders
from bot.services.tell import Tell
from storage.database import Transaction

ANSWER_WITHIN = 2 * 60_000
"""Milliseconds in which red cases of somebody who goes are answered for: by her, then by who was asked to take them."""

HEIRS = 4
"""To so many of those on shift they can be offered."""

STAYS = 60 * 60_000
"""Milliseconds that somebody stays after her planned end while she has red cases."""

IN_TOAST = 10
"""Codes that a toast has room for..."""

MINE_IN_TOAST = 6
"""...and one that also says how to get the list with links."""

DAY = 24 * 3_600_000


class NotOnShift(Exception):
    """She was not on shift."""


class NotThere(Exception):
    """The other one is not on shift, or cannot be called."""


class StillRed(Exception):
    """She has red cases: she is asked first. `codes` names them."""

    def __init__(self, codes: str) -> None:
        super().__init__("red cases")
        self.codes = codes


class Shifts:
    """Who is there."""

    def __init__(self, tx: Transaction, tell: Tell, work: DeskWork, ladders: Ladders, boards: Boards) -> None:
        self._tx = tx
        self._tell = tell
        self._work = work
        self._ladders = ladders
        self.boards = boards

    async def begin(self, desk: Desk, operator: Operator) -> None:
        """She is there, in her planned hours until their end. She counts when the test has reached her private chat;
        the board is shown when that is known."""
        running = plan.running(await self._tx.plans.of(desk.id), self._tx.now)
        until = max((one.end for one in running if one.operator == operator.key), default=None)
        await self._tx.shifts.begin(operator.key, desk.id, until)
        await self._tell.test(operator.key, desk.id)

    async def finish(self, desk: Desk, operator: Operator) -> None:
        """She wants to go. Raises NotOnShift; StillRed when she has red cases: then she is asked first, and without an
        answer in two minutes they go back to the queue."""
        if not await self._is_on(desk, operator):
            raise NotOnShift
        reds = await self._reds(operator.key, desk.id)
        if reds:
            await self._tx.shifts.leaving(operator.key, desk.id, self._tx.now + ANSWER_WITHIN)
            await self._ask(desk.id, operator, reds, "shift.ask")
            raise StillRed(_short(reds))
        await self._end(operator.key, desk.id)

    async def toggle(self, desk: Desk, operator: Operator) -> bool:
        """On, or off; whether she is on now. Raises StillRed."""
        try:
            await self.finish(desk, operator)
        except NotOnShift:
            await self.begin(desk, operator)
            return True
        return False

    async def answer(self, desk: Desk, operator: Operator, alias: str, message_id: int, *, go: bool) -> None:
        """The answer to the question of `finish`, under this message. Raises NotYours for a question to another."""
        if alias != operator.alias:
            raise NotYours
        if not go:
            await self._tx.shifts.leaving(operator.key, desk.id, None)
            await self._tell.shift_line(desk.id, "shift.stays", edit=message_id, alias=alias)
            return
        await self._gone(desk.id, operator, edit=message_id)

    async def offer(self, desk: Desk, operator: Operator, alias: str, heir: str, message_id: int) -> None:
        """She gives her red cases to the one with the alias `heir`, who has two minutes to accept; they are hers until
        then, and go to the queue afterwards. Raises NotYours as `answer`, OldButton when she is not on shift, NotThere.
        """
        if alias != operator.alias:
            raise NotYours
        if not await self._is_on(desk, operator):
            raise OldButton
        there = {one.alias: one for one in await self._others(desk.id, operator.key)}
        if heir not in there:
            raise NotThere
        reds = await self._reds(operator.key, desk.id)
        if not reds:
            await self._gone(desk.id, operator, edit=message_id)
            return
        await self._tx.shifts.leaving(operator.key, desk.id, self._tx.now + ANSWER_WITHIN, there[heir].key)
        codes = _codes(reds)
        await self._tell.shift_line(desk.id, "shift.offering", edit=message_id, alias=alias, heir=heir, codes=codes)
        await self._tell.shift_topic(desk.id, "shift_offer", alias=alias, heir=heir, operator=there[heir].key,
                                     codes=codes)  # fmt: skip
        await self._tell.offered(there[heir].key, desk.id, codes)

    async def accept(self, desk: Desk, operator: Operator, alias: str, message_id: int) -> None:
        """Who was asked takes the red cases of the one with this alias, who is off shift by that. Raises OldButton when
        that is over or was asked of somebody else."""
        giver = await self._tx.operators.with_alias(alias)
        watches = await self._tx.shifts.of(giver.key) if giver else []
        asked = [one for one in watches if one.desk == desk.id and one.leave_at and one.heir == operator.key]
        if giver is None or not asked or not await self._is_on(desk, operator):
            raise OldButton
        handed = [case for case in await self._reds(giver.key, desk.id)
                  if await self._work.hand_over(case, giver, operator)]  # fmt: skip
        await self._end(giver.key, desk.id)
        await self._tell.shift_line(desk.id, "shift.accepted", edit=message_id, alias=alias, heir=operator.alias,
                                    codes=_codes(handed) or "-")  # fmt: skip

    async def left(self, desk: Desk, operator: str) -> None:
        """Somebody is no member of the desk's group any more: her cases go back, her shift is over, and nobody is
        promised that she will be there."""
        ended = await self._tx.shifts.end(operator, desk.id)  # first: what she leaves is not hers to be called to
        await self._work.left(desk, operator)
        await self._tx.plans.forget(operator, desk.id)
        if ended:
            await self._ladders.deserted(desk.id)
            await self.boards.show_at(desk.id)

    async def mine(self, desk: Desk, operator: Operator) -> str:
        """Codes of her open cases at this desk, the urgent ones first; as many as fit a toast."""
        cases = await self._tx.cases.claimed_by(operator.key, desk.id)
        return _short(sorted(cases, key=lambda case: (not case.red, case.opened_at)), MINE_IN_TOAST)

    async def opened(self, operator: str, desk: str) -> bool:
        """She came to her private chat by the button of a desk: what the chat is for, and the test. Whether she is an
        operator of that desk at all."""
        if await self._tx.operators.get(operator) is None or not await self._tx.operators.sits(operator, desk):
            return False
        await self._tell.operator(operator, "shift.here")
        await self._tell.test(operator, desk)
        return True

    async def heard(self, operator: str) -> None:
        """The test has reached her."""
        await self._known(operator, reached=True)

    async def unreachable(self, operator: str) -> None:
        """She has never started the bot, has blocked it, or cannot be written to."""
        await self._known(operator, reached=False)

    async def reachable_again(self, operator: str) -> None:
        """She has let the bot in again: whether she can be called shows by a test."""
        for watch in (await self._tx.shifts.of(operator))[:1]:
            await self._tell.test(operator, watch.desk)

    async def end_due(self, now: int) -> None:
        """Planned ends that have come: who has red cases stays for at most an hour, and hears why. And those who wanted
        to go and have not said what becomes of their red cases."""
        for watch in await self._tx.shifts.over(now):
            await self._tx.alone("a shift cannot be ended", partial(self._over, watch))
        for watch in await self._tx.shifts.left_unanswered(now, 2 * ANSWER_WITHIN):
            await self._tx.alone("a shift cannot be left", partial(self._unanswered, watch))

    async def role(self, desk: Desk, operator: Operator, member: Member) -> None:
        """What Telegram has just said of somebody who acts."""
        if member.sits:
            supervisor = member is Member.SUPERVISOR
            await self._tx.operators.supervise(operator.key, desk.id, supervisor=supervisor)
        elif member is Member.STRANGER:
            await self.left(desk, operator.key)

    async def promoted(self, desk: Desk, telegram_id: int, *, supervisor: bool) -> None:
        """Somebody was made an administrator of the group, or is none any more."""
        if supervisor or await self._tx.operators.get(await self._tx.lookup(telegram_id)):
            operator = await self._tx.operators.meet(telegram_id, desk.language)
            await self._tx.operators.supervise(operator.key, desk.id, supervisor=supervisor)

    async def supervised(self, desk: str, administrators: Collection[int]) -> None:
        """Who administers the group, by Telegram ids, which are not kept."""
        found = await self._tx.desks.get(desk)
        if found is None:
            return
        keys = []
        for telegram_id in administrators:
            operator = await self._tx.operators.meet(telegram_id, found.language)
            await self._tx.operators.supervise(operator.key, desk, supervisor=True)
            keys.append(operator.key)
        await self._tx.operators.no_supervisors_but(desk, keys)

    async def ask_supervisors(self) -> None:
        """Once a day Telegram is asked who administers each group: an update may have been lost."""
        for desk in (await self._tx.desks.all()).values():
            if not desk.down and await self._tx.desks.ring(f"administrators:{desk.id}", DAY):
                await self._tell.administrators_of(desk.id)

    async def _known(self, operator: str, *, reached: bool) -> None:
        watches = await self._tx.shifts.of(operator)
        if not watches:
            return
        await self._tx.shifts.heard(operator, reached=reached)
        for watch in watches:
            if not reached:
                await self._ladders.deserted(watch.desk)
            await self.boards.show_at(watch.desk)

    async def _over(self, watch: Watch) -> None:
        now = self._tx.now
        reds = await self._reds(watch.operator, watch.desk)
        if reds and watch.stays_until is None:
            await self._tx.shifts.stay(watch, now + STAYS)
            await self._tell.operator(watch.operator, "shift.still", codes=_codes(reds))
            operator = await self._tx.operators.get(watch.operator)
            if operator is not None and await self._others(watch.desk, watch.operator):
                await self._ask(watch.desk, operator, reds, "shift.ask_planned")
        elif not reds or watch.stays_until is None or not now < watch.stays_until <= now + STAYS:
            await self._end(watch.operator, watch.desk)

    async def _unanswered(self, watch: Watch) -> None:
        """Two minutes without an answer: her red cases go back to the queue, unless she goes on answering them."""
        operator = await self._tx.operators.get(watch.operator)
        if operator is None:
            return
        since = (watch.leave_at or self._tx.now) - ANSWER_WITHIN
        for case in await self._reds(watch.operator, watch.desk) if watch.heir is None else []:
            if await self._tx.messages.answered_since(case.id, watch.operator, since):
                await self._tx.shifts.leaving(watch.operator, watch.desk, None)
                await self._tell.shift_line(watch.desk, "shift.stays", alias=operator.alias)
                return
        await self._gone(watch.desk, operator)

    async def _ask(self, desk: str, operator: Operator, reds: list[Case], key: str) -> None:
        """What becomes of her red cases; to whom they can be given stands on the buttons."""
        heirs = [one.alias for one in await self._others(desk, operator.key)]
        await self._tell.shift_topic(desk, "shift_ask", key=key, alias=operator.alias, codes=_codes(reds),
                                     heirs=heirs[:HEIRS])  # fmt: skip

    async def _others(self, desk: str, operator: str) -> list[Operator]:
        """Who else is on shift and can be called, whose turn comes first first."""
        keys = [one.operator for one in await self._tx.shifts.on(desk) if one.reachable and one.operator != operator]
        found = [await self._tx.operators.get(key) for key in keys]
        return [one for one in found if one is not None]

    async def _gone(self, desk: str, operator: Operator, *, edit: int | None = None) -> None:
        """She is off, and the shift topic says which codes are in the queue again; in the place of the question."""
        codes = await self._end(operator.key, desk)
        key = "shift.left_codes" if codes else "shift.left"
        values = {"codes": codes} if codes else {}
        await self._tell.shift_line(desk, key, edit=edit, alias=operator.alias, **values)

    async def _end(self, operator: str, desk: str) -> str:
        """She is off. Red cases of hers ring again for all, and she hears which; ordinary ones stay hers."""
        await self._tx.shifts.end(operator, desk)
        await self._ladders.deserted(desk)
        reds = await self._reds(operator, desk)
        gone = await self._tx.operators.get(operator)
        for case in reds:
            await self._work.give_back(case, "line.shift_over", alias=gone.alias if gone else "")
        if reds:
            await self._tell.operator(operator, "shift.over_codes", codes=_codes(reds))
        else:
            await self._tell.operator(operator, "shift.over")
        await self.boards.show_at(desk)
        return _codes(reds)

    async def _reds(self, operator: str, desk: str) -> list[Case]:
        return [case for case in await self._tx.cases.claimed_by(operator, desk) if case.red]

    async def _is_on(self, desk: Desk, operator: Operator) -> bool:
        return any(watch.desk == desk.id for watch in await self._tx.shifts.of(operator.key))


def _codes(cases: list[Case]) -> str:
    return ", ".join(case.code for case in cases)


def _short(cases: list[Case], room: int = IN_TOAST) -> str:
    """For a toast, which has 200 characters."""
    return _codes(cases[:room]) + (", \u2026" if len(cases) > room else "")
