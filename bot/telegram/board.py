"""What operators read in a desk's shift topic: the duty board, the digest of a day, the plan and the ladder."""

from typing import Any

from bot.domain.board import Board, Figures, Place, There
from bot.domain.cases import Case, Result
from bot.domain.desks import Desk
from bot.domain.ladder import rungs_of
from bot.domain.messages import Post
from bot.domain.plan import DAY_MINUTES, Span
from bot.domain.urgency import Level
from bot.domain.words import LIMIT, head, pack
from bot.telegram.house import HOUSE_KINDS, House
from bot.telegram.keyboards import Keyboards
from bot.telegram.saying import Said, alias_name
from bot.telegram.screening import plain
from locales import Catalog, times
from storage.database import Transaction
from storage.reference import weekdays

SHIFT_KINDS = HOUSE_KINDS | {
    "board", "digest", "plan", "bad_plan", "ladder", "shift_line", "shift_ask", "shift_offer",
}  # fmt: skip
"""Kinds of rows that are made here."""

SIGNS = {There.ON: "\U0001f7e2", There.DEAF: "\U0001f515", There.OFF: "\u26aa"}
LEVELS = (Level.RED, Level.AMBER, Level.ORDINARY)

PART = LIMIT - 8
LOOKS = 8
"""Codes of one line."""

LINE_SHOWN = 200
"""Graphemes of a line that could not be used."""


class ShiftTopic:
    """Makes one message for the shift topic, in the desk's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        self._tx = tx
        self._catalog = catalog
        self._desk = desk
        self._keyboards = Keyboards(catalog, desk.language)

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a row."""
        params = post.params
        if post.kind == "board":
            text = "\n".join(self._board(Board.of(params)))
            return Said([text], self._keyboards.board(), self._desk.board_message_id, quiet=True)
        if post.kind in HOUSE_KINDS:
            return await House(self._tx, self._catalog, self._desk.id, self._desk.language).make(post)
        if post.kind == "digest":
            return Said(pack(self._digest(params["at"], Figures.of(params["figures"])), PART), quiet=True)
        if post.kind == "plan":
            return Said(pack(await self._plan(saved=params.get("saved", False)), PART), quiet=True)
        if post.kind == "bad_plan":
            return Said([self._bad_plan(params)])
        if post.kind == "ladder":
            return Said([self._ladder(saved=params["saved"])], quiet=True)
        if post.kind == "shift_ask":
            text = self._text(params["key"], alias=self._alias(params["alias"]), codes=params["codes"])
            heirs = {heir: self._alias(heir) for heir in params["heirs"]}
            return Said([text], self._keyboards.leave(params["alias"], heirs))
        if post.kind == "shift_offer":
            return await self._offer(params)
        return self._line(params)

    async def _offer(self, params: Any) -> Said:
        """Urgent cases are offered to somebody, who is called by her name."""
        heir = self._alias(params["heir"])
        text = self._text("shift.offer", alias=self._alias(params["alias"]), heir=heir, codes=params["codes"])
        address = await self._tx.operators.address(params["operator"])
        mention = (heir, address) if address is not None else None
        return Said([text], self._keyboards.accept(params["alias"]), mention=mention)

    def _line(self, params: Any) -> Said:
        values = dict(params["values"])
        for name in values.keys() & {"alias", "heir"}:
            values[name] = self._alias(values[name])
        if "names" in values:
            values["names"] = ", ".join(self._alias(name) for name in values["names"])
        markup: dict[str, Any] | None = None if params["edit"] is None else {"inline_keyboard": []}
        return Said([self._text(params["key"], **values)], markup, params["edit"])

    def _board(self, board: Board) -> list[str]:
        counts = {"on": board.on, "of": board.expected}
        if board.start is not None and board.end is not None:
            top = self._text("board.shift", span=f"{times.clock(board.start)}-{times.clock(board.end)}", **counts)
        elif board.next_at is not None:
            day = times.day(board.next_at, self._desk.language)
            top = self._text("board.nobody_until", day=day, at=times.clock(board.next_at))
        else:
            top = self._text("board.on" if board.on else "board.nobody", **(counts if board.on else {}))
        work = self._text("board.work", claimed=board.claimed, answers=board.answers, overdue=board.overdue,
                          control=board.control)  # fmt: skip
        lines = [*self._looks(board), top, self._waiting(board), work]
        return [*lines, " · ".join(self._place(place) for place in board.places)] if board.places else lines

    def _looks(self, board: Board) -> list[str]:
        """Before all else: urgent cases whose end nobody else has looked at."""
        if not board.looks:
            return []
        more = ", \u2026" if len(board.looks) > LOOKS else ""
        return [self._text("board.looks", codes=", ".join(board.looks[:LOOKS]) + more)]

    def _waiting(self, board: Board) -> str:
        """Each level's count; behind it how long the longest has waited, hours and minutes."""
        parts, said = [], False
        for level in LEVELS:
            queue = board.queues.get(level)
            if queue is None:
                parts.append(f"{level.mark} 0")
                continue
            wait = f"{queue.longest // 60:02d}:{queue.longest % 60:02d}"
            longest = wait if said else self._text("board.longest", wait=wait)
            parts.append(f"{level.mark} {queue.count} ({longest})")
            said = True
        return "  ".join(parts)

    def _place(self, place: Place) -> str:
        return f"{SIGNS[place.there]} {self._alias(place.alias)} {place.cases}"

    def _digest(self, at: int, figures: Figures) -> list[str]:
        lines = [self._text("digest.head", day=times.day(at, self._desk.language))]
        gone = figures.thrown_away
        counts = {"topics": gone.get("topic", 0), "words": gone.get("words", 0), "places": gone.get("places", 0)}
        over = [self._text("digest.thrown_away", **counts)] if gone else []
        if figures.nothing:
            return [*lines, self._text("digest.nothing"), *over]
        levels = "  ".join(f"{level.mark} {figures.opened.get(level, 0)}" for level in LEVELS)
        lines.append(self._text("digest.opened", count=sum(figures.opened.values()), levels=levels))
        lines.append(self._text("digest.sos", count=figures.sos, mistakes=figures.mistakes))
        one, three, five, later, never = figures.taken
        lines.append(self._text("digest.taken", one=one, three=three, five=five, later=later, never=never))
        lines.append(self._text("digest.incidents", count=figures.incidents))
        if figures.answered:
            waits = {"median": _duration(figures.median), "ninetieth": _duration(figures.ninetieth)}
            lines.append(self._text("digest.answered", count=figures.answered, **waits))
        closed = [f"{self._text(f'result.{result}')}: {figures.results[result]}" for result in Result
                  if result in figures.results]  # fmt: skip
        lines += [self._text("digest.closed", results="; ".join(closed))] if closed else []
        return [*lines, *over]

    async def _plan(self, *, saved: bool) -> list[str]:
        """The week as it may be typed again, with how to change it."""
        spans = await self._tx.plans.of(self._desk.id)
        seated = await self._tx.operators.seated(self._desk.id)
        names = {operator.key: self._alias(operator.alias) for operator in seated}
        known = [span for span in spans if span.operator in names]
        lines = [self._text("plan.saved")] if saved else []
        lines += [self._text("plan.head"), *self._week(known, names)] if known else [self._text("plan.empty")]
        return lines if saved else [*lines, "", *self._text("plan.how").split("\n")]

    def _week(self, spans: list[Span], names: dict[str, str]) -> list[str]:
        """A line for all who have the same hours on the same days."""
        days: dict[tuple[int, int, str], list[int]] = {}
        for span in spans:
            days.setdefault((span.from_minute, span.to_minute, span.operator), []).append(span.weekday)
        lines: dict[tuple[tuple[int, ...], int, int], list[str]] = {}
        for (start, end, operator), weekdays_of in days.items():
            lines.setdefault((tuple(weekdays_of), start, end), []).append(names[operator])
        return [
            f"{self._days(which)} {_time(start)}-{_time(end)} {', '.join(sorted(who))}"
            for (which, start, end), who in sorted(lines.items())
        ]

    def _days(self, which: tuple[int, ...]) -> str:
        short = [weekdays()[day].short(self._desk.language) for day in which]
        straight = len(which) > 2 and which[-1] - which[0] == len(which) - 1
        return f"{short[0]}-{short[-1]}" if straight else ", ".join(short)

    def _bad_plan(self, params: Any) -> str:
        word = head(plain(params["word"]), LINE_SHOWN)
        why = self._text(f"plan.flaw.{params['flaw']}", **({"word": word} if params["flaw"] in NAMED else {}))
        return self._text("plan.bad", number=params["number"], line=head(plain(params["line"]), LINE_SHOWN), why=why)

    def _ladder(self, *, saved: bool) -> str:
        times_of = " ".join(str(rung // 1000) for rung in rungs_of(self._desk).values())
        return self._text("ladder.saved" if saved else "ladder.shown", times=times_of)

    def _alias(self, alias: str) -> str:
        return alias_name(alias, self._desk.language)

    def _text(self, key: str, /, **values: Any) -> str:
        return self._catalog.text(key, self._desk.language, **values)


NAMED = ("day", "time", "name")
"""Flaws whose sentence names the word."""


def _duration(seconds: int) -> str:
    """Minutes and seconds, or hours and minutes with seconds."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def _time(minute: int) -> str:
    return "24:00" if minute == DAY_MINUTES else f"{minute // 60:02d}:{minute % 60:02d}"
