"""Where a case waits: a card in its desk's queue, or, for a red one that its own desk cannot get, another way round."""

from functools import partial

from bot.domain.cases import Case, Status
from bot.domain.codes import find_code
from bot.domain.desks import ALERT_GAP, NATIONAL, SECOND_WAY, UNHEARD_GAP
from bot.domain.people import ELSEWHERE
from bot.services.ladders import LIST_GAP, TOGETHER, TOGETHER_AFTER, Ladders, alarm_of
from bot.services.opening import Opening
from bot.services.tell import Tell
from storage.database import Transaction
from storage.outbox import RedCard

ALERTED = 5
"""How many operators of a desk get a private alert, beside the administrators."""


LISTS = {"queue_card": "red_list", "call_card": "call_list"}
"""The kind of message in which cards of this kind go together."""


class Placing:
    """Puts cards into queues and takes cases away from desks."""

    def __init__(self, tx: Transaction, tell: Tell, ladders: Ladders) -> None:
        self._tx = tx
        self._tell = tell
        self._ladders = ladders
        self._opening = Opening(tx, tell)

    async def place(self, case: Case) -> Case:
        """A card for a case that waits or alarms. A red one never goes to a desk that cannot show it soon; one that
        somebody has stays with her while the group is only asked to wait."""
        if not case.red:
            await self._tell.queue_card(case)
            return case
        desk = await self._tx.desks.get(case.desk or "")
        down = desk is None or desk.down
        held = await self._held(case.desk or "")
        better = held and case.status is Status.WAITING and await self._answers(NATIONAL)
        if case.desk != NATIONAL and (down or better):
            return await self.move(case, NATIONAL)
        await self._tell.queue_card(case, await self._ladders.crowded(case.desk or NATIONAL))
        if down or held:
            await self.go_round(case)
        await self._ladders.start(case)
        return case

    async def gather(self, now: int) -> None:
        """Red cards that wait for their group go together, up to eight in one message without words. While one such
        message waits, what comes goes with the next: a group's minute must not go on lists of two."""
        waiting: dict[tuple[str, str], list[RedCard]] = {}
        for card in await self._tx.outbox.red_cards():
            waiting.setdefault((card.desk, card.kind), []).append(card)
        under_way = await self._tx.outbox.lists(LISTS.values())
        for (desk, kind), cards in waiting.items():
            some = cards[:TOGETHER]
            if now - TOGETHER_AFTER < some[0].created_at <= now or (desk, LISTS[kind]) in under_way:
                continue
            if len(some) == 1:
                await self._tx.outbox.hasten(some[0].seq)
                continue
            gap = 0 if len(some) == TOGETHER else LIST_GAP
            if await self._tx.desks.ring(f"{LISTS[kind]}:{desk}", gap):
                await self._tx.outbox.sent(*(card.seq for card in some))
                await self._tell.together(desk, LISTS[kind], [card.case for card in some])

    async def route(self, case: Case) -> Case:
        """To the region's desk when it is there and up, else to the national one; then the card goes out."""
        desk = None
        if case.region and case.region != ELSEWHERE:
            desk = await self._tx.desks.get(case.region)
        target = desk.id if desk and not desk.down else NATIONAL
        case = await self._tx.cases.save((await self._tx.cases.get(case.id) or case).routed(target))
        return await self.place(case)

    async def move(self, case: Case, desk: str) -> Case:
        """To another desk's queue, or afresh to the same one. What was shown of it where it was goes as soon as that
        group can be reached; what waits to be shown there is in the history that the next claimer gets."""
        await self._tx.outbox.drop_shown(case.id)
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        if case.desk is not None and case.thread_id is not None:
            await self._tell.delete_topic(case.desk, case.thread_id)
        await self._tell.aside_over(case, "aside.released")
        if case.claimer is not None and case.aside is None and case.desk not in (None, desk):
            await self._tell.unheard(case.claimer, case, "alert.moved")
        moved = await self._tx.cases.save(case.moved(desk))
        await self._tell.queue_card(moved)
        if case.claimer is not None:
            await self.operator_left(moved)
        if moved.red and case.desk not in (None, desk):
            await self.alert(case.desk or NATIONAL)
        await (self._ladders.anew(moved) if case.status is Status.CLAIMED else self._ladders.start(moved))
        return moved

    async def operator_left(self, case: Case) -> None:
        """Her person reads that the case waits for another one, and in closed hours until when."""
        if case.person is not None:
            await self._tell.screen(case.person, "operator_left", red=case.red, code=case.code)
            await self._opening.say(case)

    async def offer(self, case: Case) -> Case:
        """She has named her region, and nobody at the national desk has her red case (any more): its region's desk gets
        the card, and the national desk may still take it, as one that was called to it."""
        desk = await self._tx.desks.get(case.region or "")
        waits = case.red and case.status is Status.WAITING and case.desk == NATIONAL
        if not waits or desk is None or not await self._answers(desk.id):
            return case
        await self._tx.outbox.drop_shown(case.id)
        if case.thread_id is not None:
            await self._tell.delete_topic(NATIONAL, case.thread_id)
        card = None if case.listed else case.queue_message_id
        if card is None:
            await self._tell.queue_line(case, "card.line.moved", code=case.code)
        case = await self._tx.cases.save(case.moved(desk.id))
        await self._tell.queue_card(case, await self._ladders.crowded(desk.id))
        await self._ladders.offered(case, card)
        return case

    async def taken_over(self, case: Case, desk: str) -> Case:
        """The national desk has taken a region's case: its card there becomes a line."""
        await self._tx.outbox.drop_shown(case.id)
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        if case.desk is not None and case.thread_id is not None:
            await self._tell.delete_topic(case.desk, case.thread_id)
        return await self._tx.cases.save(case.taken_over(desk))

    async def ring_again(self, case: Case) -> Case:
        """A red case once more, claimed or not: its card becomes a line, and a fresh one rings."""
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        return await self.place(await self._tx.cases.save(case.without_card()))

    async def show_again(self, case: Case) -> None:
        """The card vanished: somebody deleted it or its topic."""
        await self._tell.queue_card(await self._tx.cases.save(case.without_card()))

    async def topic_of(self, case: Case, thread_id: int) -> None:
        """A topic was made for a case. The first that is known stays: when the answer to the call was lost there may
        be two of them, and what an operator writes in the other one would reach nobody."""
        if case.thread_id is None:
            await self._tx.cases.save(case.with_topic(thread_id))
        elif case.thread_id != thread_id and case.desk is not None:
            await self._tell.delete_topic(case.desk, thread_id)

    async def case_named(self, topic: str) -> Case | None:
        """The open case that a topic of this name was made for, wherever it is now: its code is the first word there,
        behind a mark at most. One with words before it is where a supervisor reads about the case."""
        code = find_code(topic)
        own = code is not None and not any(sign.isalnum() for sign in topic.partition(code)[0])
        case = await self._tx.cases.with_code(code) if code and own else None
        return case if case is not None and case.status.open else None

    async def topic_seen(self, desk: str, name: str, thread_id: int) -> None:
        """Telegram says that the bot has made a topic of this name; it says so also when the answer was lost."""
        case = await self.case_named(name)
        if case is not None and case.desk == desk:
            await self.topic_of(case, thread_id)

    async def go_round(self, case: Case) -> None:
        """Something red of this case waits too long for its group: to the national desk when nobody answers yet and
        that one can be written to, and to private chats; her claimer hears that there are words she cannot see."""
        waits = case.status is Status.WAITING
        if waits and case.desk not in (None, NATIONAL) and await self._answers(NATIONAL):
            await self.move(case, NATIONAL)
        elif waits:
            if await self._tx.desks.ring(f"unseen:{case.id}", UNHEARD_GAP):
                await self.alert(case.desk or NATIONAL, stays=True)
        elif not await self._tx.desks.ring(f"unheard:{case.id}", UNHEARD_GAP):
            return
        elif case.status is Status.CLAIMED and case.claimer and case.aside is None:
            desk = await self._tx.desks.get(case.desk or "")
            for operator in await self._answerable(case.claimer):
                here = desk is not None and desk.down and operator == case.claimer
                await self._tell.unheard(operator, case, "alert.words", here=here)

    async def _answerable(self, claimer: str) -> list[str]:
        """The claimer when she can be written to in private, else the administrators."""
        person = await self._tx.people.get(claimer)
        if person is not None and not person.blocked:
            return [claimer]
        return [operator.key for operator in await self._tx.operators.administrators()]

    async def late(self, now: int) -> None:
        """Whatever is red and has waited too long for its group, while others can be written to. What waits at a
        national desk that cannot be reached goes to its region's, when that one can."""
        await self._round(await self._tx.outbox.waiting_reds(now - SECOND_WAY))
        if not await self._answers(NATIONAL):
            for case in await self._tx.cases.unclaimed_reds(NATIONAL):
                if case.desk == NATIONAL:
                    await self._tx.alone("a red case cannot go back", partial(self.offer, case))

    async def held(self, desk: str) -> None:
        """Telegram takes nothing for this group for longer than a red may wait."""
        await self._round(await self._tx.outbox.waiting_reds(self._tx.now), desk)

    async def _round(self, waiting: list[tuple[str, str | None]], desk: str | None = None) -> None:
        """Each of these cases (that wait for one desk) by another way; one that cannot be read holds up none of the
        others."""
        for name, at in waiting:
            if desk in (None, at):
                await self._tx.alone("a red case cannot go round", partial(self._one_round, name, at))

    async def _one_round(self, name: str, at: str | None) -> None:
        """A desk that was only called to a case does not answer: the case stays where it can be taken, and that desk's
        operators hear in private."""
        case = await self._tx.cases.get(name)
        if case is None:
            return
        if at == case.desk:
            await self.go_round(case)
        elif case.status is Status.WAITING and await self._tx.desks.ring(f"uncalled:{case.id}", UNHEARD_GAP):
            await self.alert(at or NATIONAL)

    async def alert(self, desk: str, *, stays: bool = False) -> None:
        """To private chats, because a group cannot be reached: of this desk's and the national desk's operators those
        who were there last, and administrators, of what waits at the national desk; or at this one, when it `stays`
        there, where the national desk's cannot take it. One message names all that waits, at most one a minute each."""
        where = desk if stays else NATIONAL
        told = {operator.key: where for operator in await self._tx.operators.administrators()}
        for seat in dict.fromkeys((where, desk)):
            for operator in await self._tx.operators.reachable(seat, ALERTED):
                told.setdefault(operator, seat)
        for operator, of in told.items():
            quiet = await self._tx.desks.ring(alarm_of(operator), ALERT_GAP)
            await self._tell.alert(operator, of, 0 if quiet else ALERT_GAP)

    async def alerted(self, operator: str) -> None:
        """An alert is out: the next one is a minute away from it."""
        await self._tx.desks.ring(alarm_of(operator), 0)

    async def _answers(self, desk: str) -> bool:
        """Whether something red would stand in its group soon."""
        found = await self._tx.desks.get(desk)
        return found is not None and not found.down and not await self._held(desk)

    async def _held(self, desk: str) -> bool:
        """Whether Telegram takes nothing for this group for longer than a red may wait."""
        holds = await self._tx.pacing.holds()
        return holds.get(f"desk:{desk}", 0) * 1000 > SECOND_WAY
