"""A red case that nobody has taken climbs the ladder, each rung louder; and what she says that halts or hurries it."""

from dataclasses import replace
from functools import partial

from bot.domain.cases import Case, Status
from bot.domain.desks import NATIONAL
from bot.domain.ladder import MINUTE, MISTAKE_WITHIN, MISTAKES, SILENT_PERSON, Answer, Ladder, Rung, rungs_of
from bot.domain.urgency import Level
from bot.services.tell import Tell
from storage.database import Transaction

TURN_GAP = 3_000
"""Milliseconds between two private alerts to an operator whose turn it is: each names all that waits..."""

CROWD_GAP = 15_000
"""...and when there is a crowd: its lists ring in the group, and people wait for their emergency cards."""

RING_GAP = 15_000
"""Milliseconds between two rings of one group: each names all that waits."""

CROWD = 6
"""So many red cases of a desk in a minute: their cards go together, or they would use up the group's twenty."""

TOGETHER_AFTER = 3_000
"""Milliseconds that a red card may wait before it goes with others in one message (DESIGN.md 5)."""

ALONE_AFTER = 6_000
"""Milliseconds after which a card of a crowd goes by itself, should nothing have gathered it."""

LIST_GAP = 3_500
"""Milliseconds between two such messages that are not full: with one after every three seconds a group's twenty of a
minute would be used up by lists of two. A sweep a second makes four of it; were it four, a sweep that comes a little
early would make five."""

TOGETHER = 8
"""Cases in one message."""

LATELY = 10 * MINUTE
"""Milliseconds for which words count beside a tap of the urgent button that comes after them."""

OUTSIDE = (Rung.CALLOUT, Rung.COORDINATOR, Rung.INCIDENT)
"""Rungs at which somebody outside Telegram has been called."""


def alarm_of(operator: str) -> str:
    """The alarm that one operator's alerts are counted by."""
    return f"alert:{operator}"


class Ladders:
    """Starts, climbs and stops ladders. Every rung is told to operators first, then to her."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def start(self, case: Case) -> None:
        """A red case stands in a queue: its ladder begins, unless it climbs already or she called it a mistake."""
        ladder = await self._tx.ladders.of(case.id)
        if ladder is None or (ladder.due_at is None and not ladder.mistaken):
            await self.anew(case)

    async def anew(self, case: Case) -> None:
        """From the first rung: it is in a queue for the first time, or again."""
        if not case.red or case.status is not Status.WAITING or case.desk is None:
            return
        ladder = await self._tx.ladders.of(case.id) or Ladder(case.id, self._tx.now)
        times = rungs_of(await self._tx.desks.get(case.desk))
        nobody = not any(watch.reachable for watch in await self._tx.shifts.on(case.desk))
        ladder = await self._tx.ladders.save(ladder.began(self._tx.now, times, nobody=nobody))
        if not nobody:  # else the sweep climbs at once, when she has her emergency card
            await self._next_turn(case, ladder)
        await self._lost_region(case)

    async def offered(self, case: Case, card: int | None) -> None:
        """The case has come from the national desk to its region's. `card` is its message there, which calls that desk
        from now on; None: it gets a new one."""
        ladder = await self._tx.ladders.of(case.id) or Ladder(case.id, self._tx.now)
        ladder = await self._next_turn(case, ladder, national=True)
        await self._tx.ladders.save(replace(ladder, call_message_id=card))
        if card is None:
            await self._tell.call_card(case, await self.crowded(NATIONAL))
        else:
            await self._tell.call_edit(case)
        await self.start(case)

    async def taken(self, case: Case) -> None:
        """Somebody has the case."""
        ladder = await self._tx.ladders.of(case.id)
        if ladder is None:
            if not case.red:
                return
            ladder = Ladder(case.id, self._tx.now)
        await self._tx.ladders.save(ladder.taken(self._tx.now) if case.red else ladder.stopped())
        await self._called_off(case, ladder)

    async def stopped(self, case: Case) -> None:
        """It is over, or red no more."""
        ladder = await self._tx.ladders.of(case.id)
        if ladder is not None:
            await self._tx.ladders.save(ladder.stopped() if case.status.open else ladder.over())
            await self._called_off(case, ladder)

    async def crowded(self, desk: str) -> int:
        """Milliseconds that a card waits for others, when so many are red at a desk that they use up its minute."""
        return ALONE_AFTER if await self._tx.ladders.lately(desk) >= CROWD else 0

    async def call_again(self, message_id: int) -> None:
        """Somebody has deleted what called the national desk: it is called anew to whatever of it still waits."""
        for case, ladder in await self._tx.ladders.called_by(message_id):
            if case.red and case.status is Status.WAITING and case.desk != NATIONAL:
                await self._tx.ladders.save(replace(ladder, call_message_id=None))
                await self._tell.call_card(case, await self.crowded(NATIONAL))

    async def mistaken(self, case: Case) -> bool:
        """Whether she says that it was a mistake."""
        ladder = await self._tx.ladders.of(case.id)
        return ladder is not None and ladder.mistaken

    async def calls_national(self, case: Case) -> bool:
        """Whether the national desk was called to this region's case."""
        ladder = await self._tx.ladders.of(case.id)
        called = ladder is not None and (ladder.rung not in (None, Rung.AGAIN) or ladder.call_message_id is not None)
        return called and case.red

    async def deserted(self, desk: str) -> None:
        """Somebody has gone off shift or cannot be called any more. Was she the last at this desk, then what nobody has
        taken goes on with the supervisors, now."""
        if any(watch.reachable for watch in await self._tx.shifts.on(desk)):
            return
        for case in await self._tx.cases.unclaimed_reds(desk):
            if case.desk == desk:
                await self._tx.alone("a deserted red case cannot climb", partial(self._deserted, case))

    async def _deserted(self, case: Case) -> None:
        ladder = await self._tx.ladders.of(case.id)
        if ladder is not None and ladder.rung in (None, Rung.AGAIN) and not ladder.mistaken:
            due = min(ladder.due_at or self._tx.now, self._tx.now)
            await self._tx.ladders.save(replace(ladder, rung=Rung.AGAIN, due_at=due))

    async def climb(self, now: int) -> None:
        """Whatever is due. One case that cannot be read holds up none of the others."""
        for case, ladder in await self._tx.ladders.due(now):
            await self._tx.alone("a red case cannot climb", partial(self._climb, case, ladder))
        for case in await self._tx.ladders.without():
            await self._tx.alone("a red case has no ladder", partial(self.anew, case))

    async def pressed(self, case: Case, *, alone: bool) -> None:
        """The urgent button, `alone` or with words. After two mistakes in a week a tap alone, without words of hers in
        the last ten minutes either, calls nobody outside."""
        await self._tx.ladders.pressed(case, "sos")
        ladder = await self._alarmed(case)
        wrote = case.words_at is not None and self._tx.now - case.words_at <= LATELY
        if not alone or wrote or case.person is None or ladder.rung not in (None, Rung.AGAIN):
            return
        if await self._tx.ladders.mistakes(case.person) >= MISTAKES:
            await self._tx.ladders.save(replace(ladder, callout_waits=True))

    async def alarmed(self, case: Case) -> None:
        """Red words: whatever was called a mistake is none any more."""
        await self._spoken(case, await self._alarmed(case))

    async def spoke(self, case: Case) -> None:
        """She wrote in a red case: it is no tap alone, and her silence is over."""
        ladder = await self._tx.ladders.of(case.id)
        if ladder is not None:
            await self._spoken(case, ladder)

    async def answered(self, case: Case, answer: Answer) -> str:
        """Her answer to "is there danger right now?". A mistake counts within ten minutes of the button and without
        red words. Returns what she is told: the answer, "well" to a second "mistake", "late" when it does not count."""
        ladder = await self._tx.ladders.of(case.id) or Ladder(case.id, self._tx.now)
        if answer is Answer.MISTAKE and not await self._may_be_mistake(case, ladder):
            await self._shown(case, "line.now_mistake")
            return "late"
        times = rungs_of(await self._tx.desks.get(case.desk or ""))
        before = ladder
        ladder = ladder.answered(answer, self._tx.now, times)
        if ladder.mistaken and not before.mistaken:
            await self._tx.ladders.pressed(case, "mistake")
            await self._tx.callouts.drop_case(case.id)
        if case.status is Status.CLAIMED:  # somebody has it: nothing climbs
            ladder = replace(ladder, due_at=None)
        ladder = await self._tx.ladders.save(ladder)
        if before.callout_waits and not ladder.callout_waits:
            await self._late_callout(case, ladder)
        await self._lifted(case, before, ladder)
        await self._shown(case, f"line.now_{answer}")
        return "well" if answer is Answer.MISTAKE and ladder.ask_at is None else str(answer)

    async def unsafe(self, case: Case) -> None:
        """She has said that she is not safe: that answers the question of the emergency card."""
        ladder = await self._alarmed(case)
        await self._tx.ladders.save(replace(ladder, answer=Answer.YES))

    async def ask_again(self, now: int) -> None:
        """People who said that it was a mistake are asked once more."""
        for case, ladder in await self._tx.ladders.to_ask(now):
            await self._tx.alone("a mistake cannot be asked about", partial(self._ask_again, case, ladder))

    async def prompt(self, now: int) -> None:
        """Claimers of red cases hear that the person has been silent; she gets one soft line."""
        for case, ladder in await self._tx.ladders.silent(now):
            await self._tx.alone("a silence cannot be told", partial(self._prompt, case, ladder))

    async def _prompt(self, case: Case, ladder: Ladder) -> None:
        minutes = SILENT_PERSON[min(ladder.silences, len(SILENT_PERSON) - 1)] // MINUTE
        await self._tx.ladders.save(ladder.silent(self._tx.now))
        await self._tell.line(case, "line.silent", minutes=minutes)
        if ladder.silences == 0 and case.person is not None:
            await self._tell.screen(case.person, "unanswered.soft", keyboard="menu", red=True)

    async def _ask_again(self, case: Case, ladder: Ladder) -> None:
        await self._tx.ladders.save(replace(ladder, ask_at=None))
        if case.person is not None:
            await self._tell.person(case.person, "mistake", case=case, code=case.code)

    async def _alarmed(self, case: Case) -> Ladder:
        ladder = await self._tx.ladders.of(case.id) or Ladder(case.id, self._tx.now)
        times = rungs_of(await self._tx.desks.get(case.desk or ""))
        before, ladder = ladder, ladder.alarmed(self._tx.now, times)
        claimed = case.status is Status.CLAIMED  # then nobody is called, and her silence is counted from now
        ladder = await self._tx.ladders.save(ladder.taken(self._tx.now) if claimed else ladder)
        await self._lifted(case, before, ladder)
        return ladder

    async def _spoken(self, case: Case, before: Ladder) -> None:
        ladder = before.spoke(self._tx.now, rungs_of(await self._tx.desks.get(case.desk or "")))
        if case.status is Status.CLAIMED:  # nobody is called, and her silence is counted from now
            ladder = replace(ladder.heard(self._tx.now), due_at=None)
        await self._tx.ladders.save(ladder)
        if before.callout_waits:
            await self._late_callout(case, ladder)
        await self._lifted(case, before, ladder)
        if before.mistaken and not ladder.mistaken:
            await self._shown(case, "line.now_writes")

    async def _may_be_mistake(self, case: Case, ladder: Ladder) -> bool:
        pressed = case.sos_at
        if pressed is None or await self._tx.findings.newest(case.id, Level.RED) is not None:
            return False
        said = ladder.mistake_at is not None and pressed <= ladder.mistake_at  # of this very press
        return said or self._tx.now - pressed <= MISTAKE_WITHIN

    async def _shown(self, case: Case, key: str) -> None:
        if case.read:
            await self._tell.line(case, key)
        if case.desk is not None:
            await self._tell.card_changed(case)

    async def _climb(self, case: Case, ladder: Ladder) -> None:
        """All rungs that are due; she hears of the last of them alone."""
        desk = await self._tx.desks.get(case.desk or "")
        times, now = rungs_of(desk), self._tx.now
        before, first = ladder.rung, ladder.incident is None
        fresh = before is Rung.AGAIN and ladder.due_at == ladder.since
        while ladder.due(now):
            rung = ladder.next()
            assert rung is not None
            ladder = (await self._step(case, ladder, rung, fresh=fresh)).climbed(rung, now, times)
        await self._tx.ladders.save(ladder)
        if ladder.rung is not None and (ladder.rung is not before or first) and case.person is not None:
            await self._tell_her(case, ladder)

    async def _step(self, case: Case, ladder: Ladder, rung: Rung, *, fresh: bool) -> Ladder:
        """What one rung does at the operators' side; `fresh`: its card has just come."""
        if rung is Rung.AGAIN:
            ladder = await self._next_turn(case, ladder)
            await self._ring(case)
        elif rung is Rung.SUPERVISORS:
            await self._supervisors(case, ladder)
            if not fresh:
                await self._ring(case)
        elif rung is Rung.CALLOUT:
            await self._call_out(case, ladder, rung)
            await self._ring(case)
        elif rung is Rung.COORDINATOR:
            await self._coordinators(case)
            await self._ring(case)
        else:
            ladder = await self._tx.ladders.incident(case, ladder)
            await self._incident(case, ladder)
        return ladder

    async def _next_turn(self, case: Case, ladder: Ladder, *, national: bool = False) -> Ladder:
        """The operator whose turn it is hears of it in private, and her name stands on the card. With nobody there one
        of the national desk does, when that was called (`national`: right now)."""
        operator = await self._tx.shifts.next(case.desk or "")
        if operator is not None:
            await self._alert(operator, case.desk or "")
        elif national or ladder.call_message_id is not None:
            other = await self._tx.shifts.next(NATIONAL)
            if other is not None:
                await self._alert(other, NATIONAL)
        return await self._tx.ladders.save(replace(ladder, turn=operator))

    async def _supervisors(self, case: Case, ladder: Ladder) -> None:
        """The desk's supervisors and the national desk; administrators when none of them can be written to."""
        desk = case.desk or ""
        told = await self._tx.operators.supervisors(desk)
        for operator in told:
            await self._alert(operator, desk)
        if desk == NATIONAL and told:
            return
        if desk != NATIONAL:
            if ladder.call_message_id is None:
                await self._tell.call_card(case, await self.crowded(NATIONAL))
            national = await self._tx.shifts.next(NATIONAL)
            if national is not None:
                await self._alert(national, NATIONAL)
                return
        for administrator in await self._tx.operators.administrators():
            await self._alert(administrator.key, NATIONAL)

    async def _coordinators(self, case: Case) -> None:
        people = await self._tx.operators.coordinators() or await self._tx.operators.administrators()
        for operator in people:
            await self._alert(operator.key, NATIONAL)

    async def _incident(self, case: Case, ladder: Ladder) -> None:
        """A number to speak of it by, for everybody who answers for the service; again and again until it is taken."""
        minutes = max(1, (self._tx.now - ladder.since) // MINUTE)
        people = {one.key for one in await self._tx.operators.coordinators()}
        people |= {one.key for one in await self._tx.operators.administrators()}
        people |= set(await self._tx.operators.supervisors(case.desk or ""))
        for operator in sorted(people):
            await self._tell.incident(operator, case, ladder.incident or 0, minutes)
        await self._ring(case)
        await self._call_out(case, ladder, Rung.INCIDENT)

    async def _ring(self, case: Case) -> None:
        """The group rings again; the national desk too once it was called."""
        ladder = await self._tx.ladders.of(case.id)
        called = ladder is not None and ladder.call_message_id is not None
        for desk in {case.desk or "", NATIONAL} if called else {case.desk or ""}:
            quiet = await self._tx.desks.ring(f"ring:{desk}", RING_GAP)
            await self._tell.ring(desk, 0 if quiet else RING_GAP)
        await self._lost_region(case)

    async def _lost_region(self, case: Case) -> None:
        """A region whose group is lost cannot ring: its operators on shift hear in private, in turn."""
        desk = await self._tx.desks.get(case.region or "")
        if desk is None or not desk.down or desk.id == case.desk:
            return
        operator = await self._tx.shifts.next(desk.id)
        if operator is not None:
            await self._alert(operator, desk.id)

    async def _call_out(self, case: Case, ladder: Ladder, rung: Rung) -> None:
        """Outside of Telegram, unless a tap alone has to wait for words."""
        if not ladder.callout_waits:
            await self._tx.callouts.add(case.id, rung)

    async def _lifted(self, case: Case, before: Ladder, ladder: Ladder) -> None:
        """It was no mistake after all: a call that a mistake has stopped goes out."""
        if before.mistaken and not ladder.mistaken and ladder.due_at is not None and ladder.rung in OUTSIDE:
            await self._call_out(case, ladder, Rung.CALLOUT)

    async def _late_callout(self, case: Case, ladder: Ladder) -> None:
        """What waited for words or "yes": the rung is behind us, so it is called now."""
        if ladder.due_at is not None and ladder.rung in OUTSIDE:
            await self._call_out(case, replace(ladder, callout_waits=False), Rung.CALLOUT)

    async def _called_off(self, case: Case, ladder: Ladder) -> None:
        """What called the national desk becomes a line."""
        if ladder.call_message_id is not None:
            await self._tell.call_edit(case)
        if ladder.rung is not None:
            for desk in dict.fromkeys((case.desk, case.region, NATIONAL)):
                found = await self._tx.desks.get(desk) if desk else None
                if found is not None and found.ring_message_id is not None:
                    await self._tell.ring_edit(found.id)

    async def _anybody(self, case: Case) -> bool:
        """Whether somebody is on shift who was called to it and can be: at its desk, or at the national one."""
        desks = {case.desk or "", NATIONAL}
        return any([watch.reachable for desk in desks for watch in await self._tx.shifts.on(desk)])

    async def _alert(self, operator: str, desk: str) -> None:
        gap = CROWD_GAP if await self.crowded(desk) else TURN_GAP
        quiet = await self._tx.desks.ring(alarm_of(operator), gap)
        await self._tell.alert(operator, desk, 0 if quiet else gap)

    async def _tell_her(self, case: Case, ladder: Ladder) -> None:
        """The truth about this rung, with the numbers and a breath."""
        assert case.person is not None
        assert ladder.rung is not None
        if ladder.rung is Rung.SUPERVISORS and not await self._anybody(case):
            starts = [await self._tx.plans.next_start(desk, self._tx.now) for desk in {case.desk or "", NATIONAL}]
            when = min((start for start in starts if start is not None), default=None)
            if when is not None and when > self._tx.now:
                await self._tell.screen(case.person, "unanswered.nobody_until", keyboard="menu", red=True, when=when)
            else:
                await self._tell.screen(case.person, "unanswered.nobody", keyboard="menu", red=True)
        else:
            waits = ladder.rung is Rung.CALLOUT and ladder.callout_waits  # nobody is called outside before she writes
            key = "unanswered.callout_waits" if waits else f"unanswered.{ladder.rung}"
            await self._tell.screen(case.person, key, keyboard="menu", red=True)
