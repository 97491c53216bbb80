"""The duty board of each desk, and the figures of the day before."""

import hashlib
import json
from functools import partial

from bot.domain import control, plan
from bot.domain.board import BOARD_GAP, DIGEST_HOUR, Board, Place, There
from bot.domain.cases import SILENT_CLAIMER
from bot.domain.desks import NATIONAL, Desk
from bot.domain.ladder import Rung, rungs_of
from bot.domain.plan import DAY, MINUTE
from bot.services.tell import Tell
from storage.database import Transaction


class Boards:
    """What a desk sees of itself in its shift topic."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def show(self, desk: Desk) -> None:
        """The board as things stand now, when it shows something else: made, or edited at most once a minute."""
        if desk.down or await self._tx.outbox.board_under_way(desk.id):
            return
        kept = (await self._board(desk)).kept()
        shown = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()
        if shown == desk.board_shown:
            return
        now = self._tx.now
        due = _due(desk.board_at, now)
        await self._tx.desks.show_board(desk.id, shown, due)
        await self._tell.board(desk, kept, due - now)

    async def show_at(self, desk: str) -> None:
        found = await self._tx.desks.get(desk)
        if found is not None:
            await self.show(found)

    async def show_all(self) -> None:
        """Every desk's; one that cannot be shown stops no other."""
        for desk in (await self._tx.desks.all()).values():
            await self._tx.alone("a board cannot be shown", partial(self.show, desk))

    async def sent(self, desk: str, message_id: int | None) -> None:
        """It is out: the next edit is a minute away from here; a new one is pinned."""
        found = await self._tx.desks.get(desk)
        if found is None or message_id is None:
            return
        await self._tx.desks.set_board(desk, message_id, self._tx.now)
        if found.board_message_id != message_id:
            await self._tell.pin_board(desk, message_id)

    async def vanished(self, desk: str) -> None:
        """Somebody has deleted it."""
        await self._tx.desks.lose_board(desk)
        await self.show_at(desk)

    async def digests(self, now: int) -> None:
        """From nine o'clock on, once a day, also when the bot was away then: how the day before was. A desk that was
        bound after that day has none."""
        today = plan.day_of(now)
        if now < plan.midnight(today) + DIGEST_HOUR * 60 * MINUTE:
            return
        for desk in await self._tx.desks.digest_due(today):
            start = plan.midnight(today - 1)
            if desk.bound_at < start + DAY:
                figures = await self._tx.figures.day(desk.id, start, start + DAY)
                await self._tell.shift_topic(desk.id, "digest", at=start, figures=figures.kept())

    async def _board(self, desk: Desk) -> Board:
        now = self._tx.now
        spans = await self._tx.plans.of(desk.id)
        planned = plan.running(spans, now)
        watches = await self._tx.shifts.on(desk.id)
        reached = {watch.operator: watch.reachable for watch in watches}
        loads = await self._tx.figures.loads(desk.id)
        claimed, answers = await self._tx.figures.claimed(desk.id)
        red = rungs_of(desk)[Rung.AGAIN]
        nobody = not any(reached.values()) and not planned
        return Board(
            places=await self._places(reached, loads),
            on=sum(reached.values()),
            expected=len({*reached, *(one.operator for one in planned)}),
            queues=await self._tx.figures.queues(desk.id),
            claimed=claimed,
            answers=answers,
            overdue=await self._tx.figures.overdue(desk.id, red, SILENT_CLAIMER),
            start=min((one.start for one in planned), default=None),
            end=max((one.end for one in planned), default=None),
            next_at=plan.next_start(spans, now) if nobody else None,
            looks=tuple(await self._tx.looks.waiting(desk.id, national=desk.id == NATIONAL)),
            control=len(await self._tx.controls.today(desk.id, *control.today(now))),
        )

    async def _places(self, reached: dict[str, bool], loads: dict[str, int]) -> tuple[Place, ...]:
        """Who is on shift, and whoever else has cases."""
        places = []
        for key in sorted(reached.keys() | loads.keys()):
            operator = await self._tx.operators.get(key)
            there = There.OFF if key not in reached else There.ON if reached[key] else There.DEAF
            if operator is not None:
                places.append(Place(operator.alias, loads.get(key, 0), there))
        return tuple(sorted(places, key=lambda place: (list(There).index(place.there), place.alias)))


def _due(board_at: int | None, now: int) -> int:
    """When the next edit may go: with the one that waits, or a minute after the last. A time further ahead was set
    before the clock was set back."""
    if board_at is None or board_at > now + BOARD_GAP:
        return now
    return board_at if board_at > now else max(now, board_at + BOARD_GAP)
