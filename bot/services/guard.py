"""Who comes into a desk's group and who goes; what makes the group unsafe stops it until an administrator confirms."""

from collections.abc import Mapping
from typing import Any

from bot.domain.desks import CONFIRMED, EXPOSED, Desk, Operator
from bot.services.binding import CHECKS, DAY, Binding
from bot.services.tell import Tell
from storage.database import Transaction

UNSAFE = {"private": "public", "unlinked": "linked"}
"""Facts about a group without which it shows others what is said there, and why it is stopped then."""

LOOK_GAP = 600_000
"""Milliseconds between two looks at a group: no update says that it has turned public or was linked to a channel."""


class Guard:
    """Watches over the groups of the desks."""

    def __init__(self, tx: Transaction, tell: Tell, binding: Binding) -> None:
        self._tx = tx
        self._tell = tell
        self._binding = binding

    async def joined(self, desk: Desk, *, is_bot: bool) -> None:
        """Somebody new reads along: supervisors are told. Another bot stops the desk: what it reads goes who knows
        where."""
        if is_bot:
            await self.stop(desk, "another_bot")
        else:
            await self._tell.shift_line(desk.id, "member.joined")

    async def left(self, desk: Desk, operator: str) -> None:
        """Before her cases go back: supervisors hear who it was, by the alias."""
        gone = await self._tx.operators.get(operator)
        if gone is not None and await self._tx.operators.sits(operator, desk.id):
            cases = await self._tx.cases.claimed_by(operator, desk.id)
            codes = ", ".join(case.code for case in cases) or "-"
            await self._tell.shift_line(desk.id, "member.left", alias=gone.alias, codes=codes)

    async def stop(self, desk: Desk, why: str) -> None:
        """Nothing of any person is shown there from now on; her red cases go to the national desk, as with every desk
        that is down. What its operators write still reaches the persons whose cases they have."""
        if desk.down_why in EXPOSED:
            return
        if desk.down:
            await self._tx.desks.set_down(desk.id, None)
        await self._binding.desk_down(desk, why)

    async def looked(self, desk: Desk, facts: Mapping[str, Any]) -> None:
        """Telegram has said what the group is like."""
        why = next((why for fact, why in UNSAFE.items() if not facts.get(fact)), None)
        if why is not None:
            await self.stop(desk, why)

    async def look(self) -> None:
        """At every group now and then, and once a day so that what is wrong is told by itself; a group that was just
        bound was looked at then."""
        for desk in (await self._tx.desks.all()).values():
            age = self._tx.now - desk.bound_at
            if not 0 <= age < DAY and await self._tx.desks.ring(f"check:{desk.id}", DAY):
                await self._tell.look(desk.id, "daily")
            elif not desk.down and not 0 <= age < LOOK_GAP and await self._tx.desks.ring(f"look:{desk.id}", LOOK_GAP):
                await self._tell.look(desk.id, None)

    async def check(self, desk: Desk, typed: str) -> None:
        """`/check` in a group: what of it is as it has to be."""
        await self._tell.look(desk.id, "group")

    async def check_all(self, administrator: Operator) -> None:
        """`/check` of an administrator in private: every desk's group."""
        for desk in await self._tx.desks.all():
            await self._tell.look(desk, administrator.key)

    async def reported(self, desk_id: str, report: str | None, facts: Mapping[str, Any] | None) -> None:
        """A look has come back; without facts there is no such group any more, or the bot is not in it. What makes the
        group unsafe stops it; whoever has asked gets the list, and nobody by himself a list that is all green."""
        desk = await self._tx.desks.get(desk_id)
        if desk is None:
            return
        green = None
        if facts is not None:
            await self.looked(desk, facts)
            green = {check: bool(facts.get(check)) for check in CHECKS}
            green["supervisor"] = bool(await self._tx.operators.supervisors(desk_id))
        if report == "group" or (report == "daily" and green is not None and not all(green.values())):
            await self._tell.shift_topic(desk_id, "check_list", green=green)
        elif report not in (None, "daily"):
            await self._tell.check_list(report, desk_id, green)

    async def confirm(self, administrator: Operator, desk_id: str) -> bool:
        """An administrator says that it may go on: it does when Telegram finds the group safe. Whether it was
        stopped."""
        desk = await self._tx.desks.get(desk_id)
        if desk is None or desk.down_why not in EXPOSED:
            return False
        await self._tx.desks.set_why(desk.id, CONFIRMED)
        await self._tx.audits.add("desk_confirmed", None, administrator.key, desk.id)
        await self._tell.look_at(desk.id)
        return True
