"""What operators read in a desk's group of their working day: a case that is handed over, and its menus."""

from collections.abc import Mapping
from typing import Any

from bot.domain import control
from bot.domain.cases import Case, Status
from bot.domain.desks import NATIONAL, Desk
from bot.domain.messages import Post
from bot.domain.words import pack
from bot.telegram.cards import PART, Cards
from bot.telegram.daykeys import DayKeys
from bot.telegram.saying import Said, alias_name, desk_name, group_link
from locales import Catalog, times
from storage.database import Transaction

DAY_KINDS = frozenset({"summary", "pass_offer", "pass_over", "ping", "control_set", "control_note",
    "second_look", "found"})  # fmt: skip
"""Kinds of rows that are made here."""

DAY_MENUS = frozenset({"give", "regions", "remind"})
"""Menus under a case's card that are made here."""

COLLEAGUES = 8
"""So many of those on shift stand on the buttons."""


def of_the_day(post: Post) -> bool:
    """Whether a row is made here."""
    return post.kind in DAY_KINDS or (post.kind == "topic_card_edit" and post.params["menu"] in DAY_MENUS)


class DayPosts(Cards):
    """Makes one message for a desk, in the desk's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        super().__init__(tx, catalog, desk)
        self._keys = DayKeys(catalog, desk.language)

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a row; None when there is nothing to say any more."""
        params = post.params
        if post.kind == "pass_over":
            return Said([self._text(params["key"], **self._names(params["values"]))], _NO_BUTTONS, params["message_id"])
        if post.kind == "pass_offer":
            return await self._offer(post, case)
        if post.kind == "second_look":
            return await self._second_look(params)
        if post.kind == "found":
            return await self._found(params)
        if post.kind == "control_note":
            return await self._control_note(params["case"])
        if case is None:
            return None
        if post.kind == "ping":
            return await self._ping(case, params)
        if post.kind == "control_set":
            return Said([self._text("control.set", when=self._moment(params["at"]))], self._keys.on_control(case.code))
        if post.kind == "summary":
            message = await self._tx.messages.get(params["message"])
            return Said(pack(await self._told_by(message, case), PART)) if message else None
        if case.card_message_id is None:
            return None
        markup = await self._menu(case, params["menu"]) if case.status.open else _NO_BUTTONS
        return Said(["\n".join(await self._head(case))], markup, case.card_message_id)

    async def _ping(self, case: Case, params: Mapping[str, Any]) -> Said | None:
        """A line that calls whoever has the case now."""
        operator = await self._tx.operators.get(case.claimer) if case.claimer else None
        if operator is None:
            return None
        alias, address = alias_name(operator.alias, self._desk.language), await self._tx.operators.address(operator.key)
        text = self._text(params["key"], alias=alias, **params["values"])
        return Said([text], mention=(alias, address) if address is not None else None)

    async def _control_note(self, name: str) -> Said | None:
        """The date of a case has come that nobody has."""
        case = await self._tx.cases.get(name)
        if case is None or case.desk != self._desk.id or case.status in (Status.ERASED, Status.WITHDRAWN):
            return None
        text = self._text("control.note", mark=case.urgency.mark, code=case.code, status=self._status(case, "-"))
        return Said([text], self._keys.noted(case, self._link(case) if case.thread_id else None))

    async def _second_look(self, params: Mapping[str, Any]) -> Said | None:
        """An urgent case was ended by one operator; without a word of it."""
        case = await self._tx.cases.get(params["case"])
        if case is None or case.result is None or await self._tx.looks.of(case.id) is None:
            return None
        text = self._text("look.ask", mark=case.urgency.mark, code=case.code, region=self._region(case),
                          alias=alias_name(params["alias"], self._desk.language),
                          result=self._text(f"result.{case.result}"))  # fmt: skip
        return Said([text], self._keys.second_look(case.code, await self._place_of(case)))

    async def _found(self, params: Mapping[str, Any]) -> Said:
        """Where the case is, who has it and how it stands; no words."""
        case = await self._tx.cases.get(params["found"]) if params["found"] else None
        if case is None:
            return Said([self._text(params["key"])], reply_to=params["message_id"])
        status = self._status(case, await self._alias(case))
        group = desk_name(self._catalog, case.desk or NATIONAL, self._desk.language)
        lines = [
            self._text("search.head", mark=case.urgency.mark, code=case.code, status=status),
            self._text("search.where", desk=group, at=self._moment(case.opened_at)),
        ]
        looks = await self._tx.looks.of(case.id) is not None
        if looks:
            lines.append(self._text("search.look"))
        markup = self._keys.found(case.code, await self._place_of(case), looks=looks)
        return Said(["\n".join(lines)], markup, reply_to=params["message_id"])

    async def _place_of(self, case: Case) -> str | None:
        """The address of its topic, or of its card while nobody has it; None when it is in another group."""
        if case.desk != self._desk.id or case.status in (Status.ERASED, Status.WITHDRAWN):
            return None
        if case.thread_id is not None:
            return self._link(case)
        thread = await self._tx.desks.topic(self._desk.id, case.queue_topic or case.queue)
        if thread is None or case.queue_message_id is None or case.status is not Status.WAITING:
            return None
        return group_link(self._desk.chat_id, thread, case.queue_message_id)

    def _moment(self, at: int) -> str:
        return f"{times.day(at, self._desk.language)}, {times.clock(at)}"

    async def _offer(self, post: Post, case: Case | None) -> Said | None:
        """A case that is offered: to a colleague in its topic, whom it calls; to another desk without a word of it."""
        case = case or await self._tx.cases.get(post.params["case"])
        offer = await self._tx.handovers.of(case.id) if case else None
        if case is None or offer is None or offer.desk != self._desk.id or case.claimer != offer.giver:
            return None
        alias, markup = alias_name(post.params["alias"], self._desk.language), self._keys.pass_accept(case.code)
        if offer.heir is None:
            origin = desk_name(self._catalog, case.desk or NATIONAL, self._desk.language)
            text = self._text("pass.card", mark=case.urgency.mark, code=case.code, desk=origin, alias=alias)
            return Said([text], markup)
        heir = alias_name(post.params["heir"], self._desk.language)
        address = await self._tx.operators.address(offer.heir)
        mention = (heir, address) if address is not None else None
        return Said([self._text("pass.offer", alias=alias, heir=heir)], markup, mention=mention)

    async def _menu(self, case: Case, menu: str) -> Mapping[str, Any]:
        if menu == "remind":
            set_already = await self._tx.controls.of(case.id) is not None
            return self._keys.remind(case.code, control.offered(self._tx.now), set_already=set_already)
        desks = [desk for desk in (await self._tx.desks.all()).values() if not desk.down and desk.id != case.desk]
        regions = [desk for desk in desks if desk.id != NATIONAL]
        if menu == "regions":
            return self._keys.regions(case.code, regions)
        national = any(desk.id == NATIONAL for desk in desks)
        colleagues = await self._colleagues(case)
        return self._keys.receivers(
            case.code, self._desk.id, colleagues, national=national, regions=bool(regions)
        )  # fmt: skip

    async def _colleagues(self, case: Case) -> list[str]:
        """Aliases of who else is on shift and can be called."""
        on = [one for one in await self._tx.shifts.on(self._desk.id) if one.reachable and one.operator != case.claimer]
        found = [await self._tx.operators.get(one.operator) for one in on[:COLLEAGUES]]
        return [operator.alias for operator in found if operator is not None]


_NO_BUTTONS: dict[str, Any] = {"inline_keyboard": []}
