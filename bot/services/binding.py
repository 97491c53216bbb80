"""How a body gets going: administrators by one-time links, desks by a code in their group."""

from collections.abc import Mapping

from bot.domain.desks import (
    BIND_LIFE,
    EXPOSED,
    FIXED_TOPICS,
    JOIN_WITHIN,
    NATIONAL,
    DeadLink,
    Desk,
    DeskTaken,
    Operator,
    Purpose,
)
from bot.domain.messages import Post, Priority, To
from bot.domain.people import Language
from bot.services.placing import Placing
from bot.services.tell import Tell
from storage.database import Transaction

DAY = 24 * 3_600_000

ALARM_GAP = 600_000
"""Milliseconds between two alarms about the same trouble of a desk: one that comes and goes is told of once."""

CHECKS = ("forum", "private", "unlinked", "admin", "rights_topics", "rights_delete", "rights_pin")
"""What a group must pass before it is bound, in the order of the printed list."""


class NotAdministrator(Exception):
    """Only an administrator may do this."""


class Binding:
    """Administrators and desks."""

    def __init__(self, tx: Transaction, tell: Tell, placing: Placing) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing

    async def administrator_code(self) -> str:
        """A one-time code for `?start=a_…`."""
        return await self._tx.desks.invite(Purpose.ADMINISTRATOR)

    async def become_administrator(self, code: str, telegram_id: int, language: Language) -> None:
        """Uses the code up. Raises DeadLink."""
        await self._tx.desks.invitation(code, Purpose.ADMINISTRATOR)
        await self._tx.desks.use(code)
        operator = await self._tx.operators.meet(telegram_id, language)
        await self._tx.operators.make_administrator(operator.key)
        await self._tell.operator(operator.key, "admin.welcome")

    async def invite_coordinator(self, administrator: Operator) -> None:
        """The link that makes a national coordinator."""
        code = await self._tx.desks.invite(Purpose.COORDINATOR)
        await self._tell.operator(administrator.key, "admin.coordinator", code=code)

    async def become_coordinator(self, code: str, telegram_id: int, language: Language) -> None:
        """Uses the code up, and says what it means. Raises DeadLink."""
        await self._tx.desks.invitation(code, Purpose.COORDINATOR)
        await self._tx.desks.use(code)
        operator = await self._tx.operators.meet(telegram_id, language)
        await self._tx.operators.make_coordinator(operator.key)
        await self._tell.operator(operator.key, "coordinator.welcome")

    async def administrator(self, key: str) -> Operator:
        """Raises NotAdministrator."""
        operator = await self._tx.operators.get(key)
        if operator is None or not operator.administrator:
            raise NotAdministrator
        return operator

    async def invite(self, administrator: Operator) -> None:
        """The next administrator's link."""
        code = await self.administrator_code()
        await self._tell.operator(administrator.key, "admin.invite", code=code)

    async def show_desks(self, administrator: Operator) -> None:
        """The list of regions, with those that have a group marked."""
        await self._tell.operator(administrator.key, "admin.desks", keyboard="desks")

    async def ask_language(self, administrator: Operator, desk: str) -> None:
        """Which language the desk will have. Raises DeskTaken when it has a group."""
        await self._free(desk)
        await self._tell.operator(administrator.key, "admin.desk_language", keyboard=f"desk_language:{desk}", desk=desk)

    async def offer_desk(self, administrator: Operator, desk: str, language: Language) -> None:
        """The link that binds a group, and the code for typing. Raises DeskTaken."""
        await self._free(desk)
        code = await self._tx.desks.invite(Purpose.DESK, desk, language)
        await self._tell.operator(administrator.key, "admin.desk_link", desk=desk, code=code)

    async def bind(self, code: str, chat_id: int, language: Language) -> None:
        """A live code in a group: its settings are looked up, and `checked` goes on with what Telegram says.

        Raises DeadLink, or DeskTaken when the desk has another group or the group another desk.
        """
        found = await self._tx.desks.invitation(code, Purpose.DESK)
        assert found.desk is not None
        await self._free(found.desk, chat_id)
        await self._tell.group(chat_id, "check", code=code, desk=found.desk, language=found.language or language)

    async def _free(self, desk: str, chat_id: int | None = None) -> None:
        """Raises DeskTaken when the desk has another group that can be reached, or the group another desk."""
        here = await self._tx.desks.of_chat(chat_id) if chat_id is not None else None
        there = await self._tx.desks.get(desk)
        if here and here.id != desk:
            raise DeskTaken(here.id)
        if there and there.chat_id != chat_id and not there.down:
            raise DeskTaken(desk)

    async def refuse(self, chat_id: int, key: str, language: Language, **values: str) -> None:
        """Says in the group why it is not bound."""
        await self._tell.group(chat_id, "group_text", key=key, values=values, language=language)

    async def say_taken(self, administrator: Operator, desk: str) -> None:
        """The desk has a group already."""
        await self._tell.operator(administrator.key, "bind.taken", desk=desk)

    async def checked(self, chat_id: int, code: str, green: Mapping[str, bool]) -> None:
        """Telegram has answered: a group that passes is bound, another gets the list with a how-to for each red."""
        try:
            found = await self._tx.desks.invitation(code, Purpose.DESK)
            assert found.desk is not None
            await self._free(found.desk, chat_id)
        except DeadLink:
            return
        except DeskTaken as taken:
            await self.refuse(chat_id, "bind.taken", found.language or "ru", region=taken.desk)
            return
        language = found.language or "ru"
        if not all(green.get(check, False) for check in CHECKS):
            await self._tell.group(chat_id, "report", green=dict(green), language=language)
            return
        await self._tx.desks.use(code)
        before = await self._tx.desks.get(found.desk)
        if before and before.chat_id == chat_id and before.down:
            await self.desk_up(before)
        await self._tx.desks.bind(found.desk, chat_id, language)
        if before and before.chat_id != chat_id:  # in the place of a group that was lost: its topics are gone with it
            await self._tx.desks.drop_topics(found.desk)
            await self._tx.desks.lose_board(found.desk)
            await self._tx.outbox.drop_desk(found.desk)
            await self._tx.cases.lose_topics(found.desk)
            await self._tx.looks.lose_messages(found.desk, national=found.desk == NATIONAL)
            await self._tx.handovers.lose_messages(found.desk)
            for case in await self._tx.cases.open_at(found.desk):
                await self._placing.move(case, found.desk)
            await self._ask_seats(found.desk, JOIN_WITHIN)
        for topic in FIXED_TOPICS:
            await self._tx.outbox.add(
                Post(To.DESK, f"{found.desk}/{topic}", "open_topic", {}, Priority.TALK, f"bind:{found.desk}")
            )
        await self._tell.group(chat_id, "report", green=dict(green), language=language, bound=found.desk)
        await self._tell.administrators("admin.desk_bound", desk=found.desk)

    async def added(self, chat_id: int) -> None:
        """The bot is in a strange group: it waits for a code if one is alive, else it leaves at once."""
        if await self._tx.desks.of_chat(chat_id):
            return
        waits = BIND_LIFE if await self._tx.desks.awaits_binding() else 0
        await self._tx.desks.visit(chat_id, self._tx.now + waits)

    async def leave_due(self, now: int) -> None:
        """One polite line to groups that were not bound in time, and out."""
        for chat_id in await self._tx.desks.due_to_leave(now):
            await self._tell.group(chat_id, "group_text", key="bind.leave", values={})
            await self._tell.group(chat_id, "leave")

    async def removed(self, chat_id: int) -> None:
        """The bot is not in the group any more."""
        await self._tx.desks.stay(chat_id)
        desk = await self._tx.desks.of_chat(chat_id)
        if desk:
            await self.desk_down(desk, "kicked")

    async def rights_changed(self, chat_id: int, *, enough: bool) -> None:
        """The bot's rights in a group were changed."""
        desk = await self._tx.desks.of_chat(chat_id)
        if desk is None:
            await self.added(chat_id)
        elif not enough:
            await self.desk_down(desk, "no_rights")
        elif desk.down:
            await self.desk_up(desk)

    async def moved(self, old: int, new: int) -> None:
        """The group became a supergroup."""
        await self._tx.desks.move(old, new)

    async def desk_down(self, desk: Desk, why: str) -> None:
        """A group cannot be reached: its red cases go to the national desk, administrators are alarmed once."""
        if not await self._tx.desks.set_down(desk.id, why):
            return
        if why in EXPOSED:
            await self._tell.ask_administrators(desk.id, why)
        elif await self._tx.desks.ring(f"desk_down:{desk.id}:{why}", ALARM_GAP):
            await self._tell.administrators("alarm.desk_down", desk=desk.id, why=f"why.{why}")
        reds = [case for case in await self._tx.cases.open_at(desk.id) if case.red]
        if desk.id != NATIONAL:
            for case in reds:
                await self._placing.move(case, NATIONAL)
        else:
            for case in reds:
                await self._placing.go_round(case)

    async def look_at_the_down(self) -> None:
        """Nobody tells the bot that a group is back, so it looks; its rows wait meanwhile."""
        for desk in (await self._tx.desks.all()).values():
            if desk.down:
                await self._tell.look_at(desk.id)

    async def desk_up(self, desk: Desk) -> None:
        """The group answers again. One that others may read has to wait for an administrator's word."""
        if desk.down_why in EXPOSED or not await self._tx.desks.set_down(desk.id, None):
            return
        await self._ask_seats(desk.id)
        if await self._tx.desks.ring(f"desk_up:{desk.id}:{desk.down_why}", ALARM_GAP):
            await self._tell.administrators("alarm.desk_up", desk=desk.id)

    async def _ask_seats(self, desk: str, delay: int = 0) -> None:
        """Whoever answers in private as an operator of this desk: thrown out meanwhile, she reads no more."""
        for case in await self._tx.cases.aside_at(desk):
            await self._tell.ask_seat(desk, case.claimer or "", delay)

    async def remind_of_national(self) -> None:
        """Once a day while nobody can write, because no national desk is bound."""
        if await self._tx.desks.get(NATIONAL) is None and await self._tx.desks.ring("no_national", DAY):
            await self._tell.administrators("admin.no_national")
