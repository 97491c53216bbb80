"""Lists in an operator's private chat: what is in hand, what is on control today. Codes and links, no words."""

from typing import Any

from bot.domain import control
from bot.domain.messages import Direction, Post
from bot.domain.people import Language
from bot.telegram.daykeys import DayKeys
from bot.telegram.saying import Said, alias_name, group_link
from locales import Catalog, times
from storage.controls import InHand, OnControl
from storage.database import Transaction

LISTS = frozenset({"mine", "control_list"})
"""Kinds of rows that are made here."""

SHOWN = 30
"""Cases in one list."""

MINUTE = 60_000

LAST = {Direction.FROM_PERSON: "mine.person", Direction.TO_PERSON: "mine.operator", None: "mine.nobody"}


class DayLists:
    """Makes one private message, in the operator's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, language: Language) -> None:
        self._tx = tx
        self._catalog = catalog
        self._language = language
        self._keys = DayKeys(catalog, language)

    async def make(self, post: Post) -> Said:
        """The list as things stand now."""
        if post.kind == "mine":
            return await self._mine(await self._tx.controls.in_hand(post.recipient, post.params["desk"]))
        desk, day = post.params["desk"], control.today(self._tx.now)
        return await self._control(desk, await self._tx.controls.today(desk, *day))

    async def _mine(self, cases: list[InHand]) -> Said:
        if not cases:
            return Said([self._text("mine.none")])
        lines = [self._text("mine.head", n=len(cases))]
        links: dict[str, str] = {}
        for case in cases[:SHOWN]:
            ago = times.age(max(0, self._tx.now - case.since) // MINUTE, self._language)
            lines.append(self._text(LAST[case.last], mark=case.urgency.mark, code=case.code, ago=ago))
            links |= await self._link(case.code, case.desk, case.thread_id)
        return self._listed(lines, links, len(cases) - SHOWN)

    async def _control(self, desk: str, cases: list[OnControl]) -> Said:
        if not cases:
            return Said([self._text("control.none")])
        lines = [self._text("control.head", n=len(cases))]
        links: dict[str, str] = {}
        for case in cases[:SHOWN]:
            alias = alias_name(case.alias, self._language) if case.alias else "-"
            lines.append(self._text("control.case", mark=case.urgency.mark, code=case.code,
                                    at=times.clock(case.at), alias=alias))  # fmt: skip
            links |= await self._link(case.code, desk, case.thread_id)
        return self._listed(lines, links, len(cases) - SHOWN)

    def _listed(self, lines: list[str], links: dict[str, str], beyond: int) -> Said:
        if beyond > 0:
            lines.append(self._text("mine.more", count=beyond))
        return Said(["\n".join(lines)], self._keys.links(links) if links else None)

    async def _link(self, code: str, desk: str, thread_id: int | None) -> dict[str, str]:
        group = await self._tx.desks.get(desk)
        return {code: group_link(group.chat_id, thread_id)} if group is not None and thread_id is not None else {}

    def _text(self, key: str, /, n: int | None = None, **values: Any) -> str:
        return self._catalog.text(key, self._language, n=n, **values)
