"""What an operator reads in her private chat of a case that she answers there, in her language."""

from typing import Any

from bot.domain.cases import Case, Status
from bot.domain.messages import Incoming, Post
from bot.domain.rescue import Number, Place, PlaceKind
from bot.domain.words import pack_named, units
from bot.telegram.cards import PART, Cards
from bot.telegram.keyboards import inline
from bot.telegram.saying import Said, told
from locales import times

ASIDE = "aside_"
"""How the kinds of rows begin that are made here."""


class PrivateTalk(Cards):
    """Makes one message of a talk. Every part begins with the code: of several talks she replies to the one she means.

    A place stands as text: a point on the map could not be taken back by an edit when the talk is over.
    """

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a row; None when the case is not hers any more."""
        params = post.params
        if post.kind == "aside_down":
            return await self.taken_down({**params, "edit": True})
        if post.kind == "aside_gone":
            return Said([self._text("aside.gone", code=params["code"])], {"inline_keyboard": []}, params["message_id"])
        if case is None or case.claimer != post.recipient or case.aside is None:
            return None
        if post.kind == "aside_line":
            return self._under_head(case, [self._text(params["key"], **self._names(params["values"]))])
        if post.kind == "aside_not_sent":
            why = self._text(params["why"], **self._names(params.get("values", {})))
            return self._under_head(case, [self._text("aside.not_sent", why=why)])
        if case.status is not Status.CLAIMED:
            return None
        if post.kind == "aside_close":
            said = self._under_head(case, [self._text("aside.result")])
            return Said(said.parts, self._keyboards.results(case.code))
        reply: int | None = None
        rows: list[list[Any]] = []
        if "said" in params:  # a row of an older version, which does not name the message
            lines = _nobodys(list(self._lines(Incoming.of(params["said"]), hers=True)))
        elif post.kind == "aside_words":
            message = await self._tx.messages.get(params["message"])
            if message is None or message.gone_at is not None:
                return None
            reply = await self.target(message, f"operator:{post.recipient}")
            lines = [(message.id, line) for line in await self._lines_of(message, times.clock(message.at), case)]
            rows = self._uncovers_of(case, [message])
        elif post.kind == "aside_place":
            lines = _nobodys(await self._place_lines(case, params["place"]))
        else:
            lines = await self._talk(case, params["upto"])
            rows = await self._uncovers(case, params["upto"])
        if not lines:
            return None
        markup = self._keyboards.aside(case.code)
        return told(self._parts(case, lines), inline([*rows, *markup["inline_keyboard"]]), reply)

    async def _talk(self, case: Case, upto: int) -> list[tuple[str, str]]:
        """How it works here, who she is, all that was said, and where she is when she has given that."""
        _, *head = await self._head(case)
        lines = [*_nobodys([self._text("aside.opened"), *head]), *await self._so_far(case, upto)]
        newest: dict[PlaceKind, Place] = {place.kind: place for place in await self._tx.places.given(case.id)}
        for place in newest.values():
            lines += _nobodys(await self._place_lines(case, place.id))
        return lines

    async def _place_lines(self, case: Case, name: str) -> list[str]:
        found = await self._tx.places.open(name, case.id)
        if found is None:
            return []
        place, shared = found
        if isinstance(shared, Number):
            return [self._given(place), shared.phone]
        return [self._given(place), f"{shared.latitude:.6f}, {shared.longitude:.6f}"]

    def _under_head(self, case: Case, lines: list[str]) -> Said:
        return told(self._parts(case, _nobodys(lines)))

    def _parts(self, case: Case, lines: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
        head = self._text("aside.head", mark=case.urgency.mark, code=case.code)
        return [[("", head), *part] for part in pack_named(lines, PART - units(head) - 1)]


def _nobodys(lines: list[str]) -> list[tuple[str, str]]:
    return [("", line) for line in lines]
