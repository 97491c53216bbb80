"""What operators read in a desk's group: cards, histories, lines, and a person's words behind their mark."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from bot.domain.cases import Case, Result, Safe, Status, Verdict
from bot.domain.desks import NATIONAL, Desk
from bot.domain.ladder import MINUTE, Answer, Ladder, Rung
from bot.domain.masking import SecretKind
from bot.domain.messages import DELETABLE, Direction, Incoming, Kind, Message, Post
from bot.domain.people import ELSEWHERE, Writer
from bot.domain.rescue import Number, Place, PlaceKind
from bot.domain.words import LIMIT, QUOTE, graphemes, head, lines_of, pack, pack_named, quoted, split, units
from bot.telegram.findings import Findings
from bot.telegram.keyboards import Keyboards, inline
from bot.telegram.masks import covered, covers
from bot.telegram.saying import UPLOADS, Said, Upload, alias_name, group_link, told
from bot.telegram.screening import plain
from locales import Catalog, times
from storage.database import Transaction
from storage.reference import region, subject
from storage.threads import FILE

SHOWN = 700
"""Graphemes of a person's words on a card (DESK.md, The card)."""

WAS_SHOWN = 300
"""Graphemes of the words that an edit has changed; they stand whole where they were said."""

WAS_ROOM = 1000
"""UTF-16 units of them."""

TOGETHER = 8
"""Cases that one message of codes names (DESIGN.md 5)."""

SUMMARY = ("pass.line.happened", "pass.line.done", "pass.line.waits")
"""Names of the three lines of a hand-over, in their order."""

NOTE = "\u270d"
"""Before what stays with the operators."""

GIVEN_LINE = {PlaceKind.POINT: "line.place_given", PlaceKind.NUMBER: "line.number_given"}
ON_CARD = {PlaceKind.POINT: "card.place", PlaceKind.NUMBER: "card.number"}

BEFORE = 5
"""Codes of earlier cases on a card."""

HELD_SHOWN = 60
"""Graphemes of an operator's words that were held back."""

NUMBERED = "\u2116"
"""Before the number of a file, in its label among her words and under the file itself."""

ROOM = 40
"""UTF-16 units kept free under a card for the line that says how many messages there are beyond."""

PART = LIMIT - 8
"""UTF-16 units of a part, with room for the sign of a repeat."""


class Cards:
    """Makes one message for a desk, in the desk's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        self._tx = tx
        self._catalog = catalog
        self._desk = desk
        self._keyboards = Keyboards(catalog, desk.language)

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a post to a desk or a case's topic; None when there is nothing to say any more."""
        params = post.params
        if post.kind in ("queue_card", "queue_edit"):
            return await self._queue(post)
        if post.kind == "queue_line":
            rest = await self._tx.cases.listed(self._desk.id, params["message_id"])
            if rest:
                return Said([self._list_of(rest)], self._keyboards.takes(_waiting(rest)), params["message_id"])
            return Said([self._text(params["key"], **self._names(params["values"]))], _NO_BUTTONS, params["message_id"])
        if post.kind == "open_topic":
            return Said([])
        if post.kind == "take_down":
            return await self.taken_down(params)
        if post.kind in ("call_card", "call_edit"):
            return await self._call(post)
        if post.kind in ("red_list", "call_list"):
            return await self._together(post)
        if post.kind in ("ring", "ring_edit"):
            return await self._ring(edit=post.kind == "ring_edit")
        if post.kind == "answers":
            of = case or await self._tx.cases.get(params["case"])
            return await self._answers(of, params["upto"]) if of is not None else None
        if post.kind == "rescue":
            # Nobody could uncover a number here: there is no case, and it may be the one that saves her.
            hers = covered(params["text"], self._catalog, self._desk.language, but=(SecretKind.PHONE,))
            lines = [self._text("rescue.head"), *(quoted(plain(hers)) if hers else ())]
            return Said(pack(lines, PART))
        if case is None:
            return None
        if post.kind in ("line", "reply"):
            markup = self._under_line(params["key"], case)
            return Said([self._text(params["key"], **self._names(params["values"]))], markup,
                        reply_to=params.get("message_id"))  # fmt: skip
        return await self._in_topic(post, case)

    def topic_name(self, case: Case) -> str:
        """Code and subject, and the state's sign; never a name, a school or a village."""
        mark = "" if not case.red else f"{case.urgency.mark} "
        if not case.status.open:
            mark = "\u2705 "
        if case.subject is None:
            return self._text("topic.case_plain", mark=mark, code=case.code)
        return self._text("topic.case", mark=mark, code=case.code, subject=self._subject(case))

    async def _queue(self, post: Post) -> Said | None:
        case = await self._tx.cases.get(post.params["case"])
        desk, _, topic = post.recipient.partition("/")
        if case is None or case.desk != desk:
            return None
        edit = case.queue_message_id if post.kind == "queue_edit" else None
        if post.kind == "queue_edit" and edit is None:
            return None  # the card is not out yet: it will show the newest state by itself
        if post.kind == "queue_card" and (topic != case.queue or not case.status.open):
            return None
        if edit is not None and case.listed:
            cases = await self._tx.cases.listed(desk, edit)
            return Said([self._list_of(cases)], self._keyboards.takes(_waiting(cases)), edit)
        if case.status is Status.WAITING:
            return await self._waiting_card(case, post.params.get("menu"), edit)
        markup = self._keyboards.open_topic(self._link(case)) if case.thread_id and case.status.open else _NO_BUTTONS
        risen = max(case.sos_at or 0, case.red_at or 0)
        alarm = case.status is Status.CLAIMED and case.red and risen > (case.claimed_at or 0)
        if alarm or post.kind == "queue_card":  # a case that somebody has already: its head, and the way there
            return Said(["\n".join(await self._head(case))], markup)
        return Said([self._line_of(case, await self._alias(case))], markup, edit)

    async def _waiting_card(self, case: Case, menu: str | None, edit: int | None) -> Said:
        """A card that nobody has taken, with her first words; of a red one also whose turn it is."""
        ladder = await self._tx.ladders.of(case.id) if case.red else None
        top = await self._head(case)
        mention = await self._turn(ladder)
        if mention:
            top.append(self._text("card.turn", alias=mention[0]))
        parts = ["\n".join([*top, *await self._first_words(case, PART - units("\n".join(top)) - ROOM)])]
        markup = self._keyboards.queue(case, menu, mistaken=ladder is not None and ladder.mistaken)
        return Said(parts, markup, edit, mention=mention)

    async def _together(self, post: Post) -> Said | None:
        """Several red cases in one message: codes and regions, no words, a button each."""
        desk = post.recipient.partition("/")[0]
        found = [await self._tx.cases.get(name) for name in post.params["cases"]]
        here = [case for case in found if case and (case.desk == desk) == (post.kind == "red_list")]
        cases = [case for case in here if case.status is Status.WAITING and case.red]
        return Said([self._list_of(cases)], self._keyboards.takes(_waiting(cases))) if cases else None

    def _list_of(self, cases: list[Case]) -> str:
        lines = [self._text("card.list")]
        for case in cases:
            if case.status is not Status.WAITING:
                lines.append(self._text(f"card.list.{'claimed' if case.status.open else 'over'}", code=case.code))
                continue
            lines.append(self._text("card.list.waiting", mark=case.urgency.mark, code=case.code,
                                    region=self._region(case), at=times.clock(case.opened_at)))  # fmt: skip
        return "\n".join(lines)

    async def _ring(self, *, edit: bool) -> Said | None:
        """Whatever red nobody has taken, since when, and how far up its ladder it is; under its card when it is one.
        `edit`: the last ring itself, when something was taken."""
        desk, last = self._desk.id, self._desk.ring_message_id if edit else None
        if edit and last is None:
            return None
        waiting = []
        for case in await self._tx.cases.unclaimed_reds(desk):
            ladder = await self._tx.ladders.of(case.id)
            if ladder is not None and ladder.rung is not None:
                waiting.append((case, ladder))
        some = [(case, ladder) for case, ladder in waiting if not ladder.mistaken] or waiting
        if not some:
            return Said([self._text("ring.over")], _NO_BUTTONS, last) if edit else None
        lines = [self._text("ring.head")]
        for case, ladder in some[:TOGETHER]:
            number = {"number": ladder.incident} if ladder.rung is Rung.INCIDENT else {}
            waits = ladder.rung is Rung.CALLOUT and ladder.callout_waits
            rung = self._text("ring.callout_waits" if waits else f"ring.{ladder.rung}", **number)
            lines.append(self._text("ring.case", mark=case.urgency.mark, code=case.code, region=self._region(case),
                                    minutes=max(0, self._tx.now - ladder.since) // MINUTE, rung=rung))  # fmt: skip
        if len(some) > TOGETHER:
            lines.append(self._text("ring.more", count=len(some) - TOGETHER))
        first, ladder = some[0]
        markup = self._keyboards.takes([case.code for case, _ in some[:TOGETHER]])
        if edit:
            return Said(["\n".join(lines)], markup, last)
        mention = await self._turn(ladder) if first.desk == desk else None
        if mention:
            lines.append(self._text("card.turn", alias=mention[0]))
        under = (first.queue_message_id if first.desk == desk else ladder.call_message_id) if len(some) == 1 else None
        return Said(["\n".join(lines)], markup, reply_to=under, mention=mention)

    async def _call(self, post: Post) -> Said | None:
        """The card by which the national desk is called to a region's case; its edit shows all that it called to."""
        case = await self._tx.cases.get(post.params["case"])
        ladder = await self._tx.ladders.of(case.id) if case else None
        if case is None or ladder is None:
            return None
        if post.kind == "call_card":
            waits = case.status is Status.WAITING and case.red and case.desk != self._desk.id
            return Said([self._call_text(case)], self._keyboards.takes([case.code])) if waits else None
        if ladder.call_message_id is None:
            return None
        called = [one for one, _ in await self._tx.ladders.called_by(ladder.call_message_id)]
        text = self._call_text(case) if len(called) == 1 else self._list_of(called)
        if len(called) == 1 and case.status is not Status.WAITING:
            text = self._line_of(case, await self._alias(case))
        return Said([text], self._keyboards.takes(_waiting(called)), ladder.call_message_id)

    def _call_text(self, case: Case) -> str:
        return self._text("card.call", mark=case.urgency.mark, code=case.code, region=self._region(case),
                          at=times.clock(case.opened_at))  # fmt: skip

    async def _turn(self, ladder: Ladder | None) -> tuple[str, int] | None:
        """The alias and Telegram id of the operator whose turn it is; the id goes into the call alone."""
        if ladder is None or ladder.turn is None:
            return None
        operator = await self._tx.operators.get(ladder.turn)
        address = await self._tx.operators.address(ladder.turn)
        if operator is None or address is None:
            return None
        return alias_name(operator.alias, self._desk.language), address

    async def _in_topic(self, post: Post, case: Case) -> Said | None:
        if post.kind == "topic_card":
            return Said(["\n".join(await self._head(case))], self._topic_markup(case, None))
        if post.kind == "topic_card_edit":
            if case.card_message_id is None:
                return None
            text = "\n".join(await self._head(case))
            return Said([text], self._topic_markup(case, post.params["menu"]), case.card_message_id)
        if post.kind == "history":
            return await self._history(case, post.params["upto"])
        if post.kind == "flood":
            return await self._flood(post, case)
        if "said" in post.params:  # a row of an older version, which does not name the message
            return Said(pack(self._lines(Incoming.of(post.params["said"]), hers=True), PART))
        if post.kind in ("words", "answered"):
            message = await self._tx.messages.get(post.params["message"])
            if message is None or message.gone_at is not None:
                return None
            at = times.clock(message.at)
            lines = await (self._lines_of(message, at, case) if post.kind == "words" else self._told_by(message, case))
            markup = _under(self._uncovers_of(case, [message])) if post.kind == "words" else None
            return told(pack_named(_of(message, lines), PART), markup, await self.target(message, topic_of(case)))
        if post.kind == "place":
            return await self._place(case, post.params["place"])
        return await self._file(case, post.params["file"]) if post.kind == "media" else None

    async def _file(self, case: Case, name: str) -> Said | None:
        """A clean file under its number, by which her words name it, and the time when she sent it."""
        found = await self._tx.media.open(name, case.id)
        if found is None:
            return None
        file, data = found
        caption = f"{NUMBERED}{file.number} \u00b7 {self._when(file.at)}"
        return Said([caption], upload=Upload(*UPLOADS[file.kind], data), lines=[[(file.message, caption)]])

    async def _flood(self, post: Post, case: Case) -> Said | None:
        """Several messages of somebody who writes very much, each with its time."""
        found = [await self._tx.messages.get(name) for name in post.params["messages"]]
        messages = [message for message in found if message is not None and message.gone_at is None]
        lines = [("", self._text("line.flood", n=len(messages)))]
        for message in messages:
            lines += _of(message, await self._told_by(message, case))
        markup = _under(self._uncovers_of(case, messages))
        return told(pack_named(lines, PART), markup) if messages else None

    async def _answers(self, case: Case, upto: int) -> Said:
        """What operators have written to her, and what of it did not go."""
        whole = self._desk.id == NATIONAL
        messages = await self._tx.messages.answers(case.id, upto, whole=whole)
        lines = [self._text("answers.head", code=case.code) if messages else self._text("answers.none", code=case.code)]
        for message in messages:
            lines += await self._told_by(message, case)
            if message.direction is Direction.HELD:
                lines.append(self._text("answers.held"))
        return Said(pack(lines, PART))

    def _uncovers_of(self, case: Case, messages: list[Message]) -> list[list[Any]]:
        """Rows for the newest of these in which something of hers is covered."""
        hers = [one for one in messages if one.direction is Direction.FROM_PERSON and covers(one.incoming.text)]
        return self._keyboards.uncover(case.code, [(one.id, times.clock(one.at)) for one in hers[-TOGETHER:]])

    async def _uncovers(self, case: Case, upto: int) -> list[list[Any]]:
        return self._uncovers_of(case, await self._tx.messages.from_person(case.id, upto))

    async def _place(self, case: Case, name: str) -> Said | None:
        """What she has given to be rescued: the point as it is, or the line with her number."""
        found = await self._tx.places.open(name, case.id)
        if found is None:
            return None
        place, shared = found
        if isinstance(shared, Number):
            return Said([f"{self._given(place)}\n{shared.phone}"])
        return Said([""], point=shared)

    def _given(self, place: Place) -> str:
        return self._text(GIVEN_LINE[place.kind], at=self._when(place.at))

    def _when(self, at: int) -> str:
        """The time of day, with its date when that is not today: nobody may be sent to where she was yesterday."""
        day = times.day(at, self._desk.language)
        today = day == times.day(self._tx.now, self._desk.language)
        return times.clock(at) if today else f"{day}, {times.clock(at)}"

    def _under_line(self, key: str, case: Case) -> Any:
        if key == "close.referred_to":
            return self._keyboards.no_referral(case.code)
        if key == "line.closed_by_hand":
            return self._keyboards.results(case.code)
        return self._keyboards.agree(case.code) if key == "line.danger_proposed" else None

    def _topic_markup(self, case: Case, menu: str | None) -> Any:
        if case.status is Status.WAITING:
            return self._keyboards.take(case.code)
        return self._keyboards.topic(case, menu) if case.status.open else _NO_BUTTONS

    async def _head(self, case: Case) -> list[str]:
        """The head of a card: code, state, and what she told by taps."""
        alias = await self._alias(case)
        status = self._status(case, alias)
        received = times.clock(case.opened_at)
        lines = [
            self._text("card.head", mark=case.urgency.mark, code=case.code, status=status, at=received),
            self._text("card.who", who=self._told("who", case.writer), language=self._text(f"language.{case.language}"),
                       region=self._region(case)),
            self._text("card.need", want=self._told("want", case.want), subject=self._subject(case)),
        ]  # fmt: skip
        lines += await self._risk(case)
        given = {place.kind for place in await self._tx.places.given(case.id)} if case.red else ()
        lines += [self._text(key) for kind, key in ON_CARD.items() if kind in given]
        block = await self._tx.blocks.standing(case.person) if case.person else None
        if block is not None:
            why = self._text(f"reason.block_{block.why}")
            lines.append(self._text("card.blocked", until=self._when(block.until), why=why))
        if case.claimer is not None:
            lines.append(self._text("card.claimer", alias=alias))
            lines += await self._before(case)
        return lines

    async def _before(self, case: Case) -> list[str]:
        """That she wrote before, as far as operators may know; codes of this desk's own."""
        known = case.known_before(await self._tx.cases.earlier(case)) if case.person else []
        if not known:
            return []
        codes = [one.code for one in known if one.desk == self._desk.id]
        return [self._text("card.before", count=len(known), codes=", ".join(codes[:BEFORE]) or "-")]

    async def _risk(self, case: Case) -> list[str]:
        """What was found in her words or taps, until an operator has looked a guess; and whether she feels safe."""
        found = await self._tx.findings.newest(case.id, case.urgency)
        lines = []
        if case.sos_at is not None:
            lines.append(self._text("card.risk.sos", at=times.clock(case.sos_at)))
        if found is not None:
            lines.append(Findings(self._catalog, self._desk.language).told(found))
        elif case.verdict is Verdict.LOWERED:
            lines.append(self._text("card.risk.lowered"))
        elif case.red and case.sos_at is None:
            lines.append(self._text("card.risk.raised" if case.verdict is Verdict.CONFIRMED else "card.risk.chosen"))
        if case.verdict in (Verdict.CONFIRMED, Verdict.PROPOSED):
            judged = self._text(f"verdict.{case.verdict}", alias=await self._alias_of(case.verdict_by))
            lines[-1:] = [f"{line} \u00b7 {judged}" for line in lines[-1:]]
        elif found is not None:
            lines[-1] += f" \u00b7 {self._text('verdict.guess')}"
        ladder = await self._tx.ladders.of(case.id) if case.red else None
        if ladder is not None and ladder.answer not in (None, Answer.ASKED):
            lines.append(self._text(f"card.now.{ladder.answer}"))
        return [*lines, self._text(f"card.safe.{case.safe}")] if case.safe in (Safe.YES, Safe.NO) else lines

    async def _first_words(self, case: Case, space: int) -> list[str]:
        """Her first words, at most 700 graphemes and `space` UTF-16 units, and how many messages there are beyond."""
        written = await self._tx.messages.from_person(case.id)
        messages = [message for message in written if message.gone_at is None]
        if not messages:
            return [self._text("card.taken_back" if written else "card.no_words")]
        shown: list[str] = []
        room, beyond = SHOWN, 0
        for message in messages:
            text = self._said(message.incoming)
            if room > 0 and space > 0:
                short = split(head(text, room), max(1, space - len(QUOTE) * (1 + len(lines_of(text)))))[0]
                lines = list(quoted(short if short == text else short + "\u2026"))
                shown += lines
                room -= graphemes(short)
                space -= sum(units(line) + 1 for line in lines)
                room = room if short == text else 0
            else:
                beyond += 1
        return [*shown, self._text("card.more", n=beyond)] if beyond else shown

    async def _history(self, case: Case, upto: int) -> Said | None:
        """The messages so far, in order, composed into as few as fit."""
        lines = await self._so_far(case, upto)
        return told(pack_named(lines, PART), _under(await self._uncovers(case, upto))) if lines else None

    async def _so_far(self, case: Case, upto: int) -> list[tuple[str, str]]:
        """Their lines, each with whose it is."""
        messages = await self._tx.messages.all_of(case.id, upto)
        if not messages:
            return []
        lines = [("", self._text("line.history", n=len(messages)))]
        given = await self._tx.places.given(case.id)
        for message in messages:
            while given and given[0].at < message.at:
                lines.append(("", self._given(given.pop(0))))
            lines += _of(message, await self._told_by(message, case))
        return [*lines, *(("", self._given(place)) for place in given)]

    async def _told_by(self, message: Message, case: Case) -> list[str]:
        """A message under who wrote it and when; of one that is taken back, that it is."""
        top = await self._who_and_when(message)
        if message.direction is Direction.SUMMARY:
            return [top, *self._summary(message)]
        if message.gone_at is None:
            lines = await self._lines_of(message, top, case)
            return lines if message.edits else [top, *lines]
        if message.direction is not Direction.FROM_PERSON:
            return [f"{top} {self._text('line.retracted')}", *self._lines(message.incoming, hers=False)]
        return [] if message.edits else [f"{top} {self._text('line.taken_back')}"]

    def _summary(self, message: Message) -> Iterator[str]:
        """Three lines of whoever handed the case over, each under its name."""
        for key, line in zip(SUMMARY, message.incoming.text.split("\n"), strict=False):
            yield from quoted(f"{self._text(key)}: {plain(line)}")

    async def _lines_of(self, message: Message, at: str, case: Case) -> list[str]:
        """A message without who wrote it; an edit says when it was made, and what stood there before, as far as the
        desk may see that."""
        hers = message.direction is Direction.FROM_PERSON
        if message.edits is None:
            return list(self._lines(message.incoming, hers=hers))
        versions = await self._tx.messages.versions(message.edits)
        before = [one for one in versions if case.shown_from <= one.seq < message.seq]
        lines = [self._text("line.edited_at", at=at), *self._lines(replace(message.incoming, edited=False), hers=hers)]
        if before:
            text = self._said(replace(before[-1].incoming, edited=False), hers=hers)
            short = split(head(text, WAS_SHOWN), WAS_ROOM)[0]
            lines += [self._text("line.was"), *quoted(short if short == text else short + "\u2026")]
        return lines

    async def target(self, message: Message, place: str) -> int | None:
        """The message in this place that it replies to, where that stands there."""
        there = await self._tx.threads.at(message.reply_to, place) if message.reply_to else []
        return there[0].message_id if there else None

    async def taken_down(self, params: Mapping[str, Any]) -> Said | None:
        """What is left of a message that shows what a person has taken back: the lines of others with a mark, no
        message at all, or, when it is too old to be deleted, the mark."""
        place, number = params["place"], params["message_id"]
        mark = self._text("line.taken_back")
        lines = await self._tx.threads.lines(place, number)
        if lines is not None:
            left = [mark if line is None else line for _, line in lines]
            shown = [line for at, line in enumerate(left) if line != mark or left[at - 1 : at] != [mark]]
            return Said(["\n".join(shown)], await self._still_under(lines), number)
        if params.get("left"):
            return await self._unquoted(params["left"], number)
        if place.endswith(FILE):  # no edit takes a picture away
            return None if params["edit"] else Said([], gone=[number])
        if params["edit"] or self._tx.now - params["at"] > DELETABLE:
            return Said([mark], edit=number)
        return Said([], gone=[number])

    async def _unquoted(self, name: str, number: int) -> Said | None:
        """A message that stands by itself, again, without what it quoted."""
        message = await self._tx.messages.get(name)
        case = await self._tx.cases.get(message.case) if message else None
        if message is None or case is None or message.gone_at is not None:
            return None
        lines = await self._lines_of(message, times.clock(message.at), case)
        return Said(pack(lines, PART)[:1], _under(self._uncovers_of(case, [message])), number)

    async def _still_under(self, lines: Iterable[tuple[str, str | None]]) -> Any:
        """An edit takes the buttons away: those for what is covered stand again under what is left of others."""
        left = next((whose for whose, line in lines if whose and line is not None), None)
        message = await self._tx.messages.get(left) if left else None
        case = await self._tx.cases.get(message.case) if message else None
        return _under(await self._uncovers(case, await self._tx.messages.last(case.id))) if case else None

    async def _who_and_when(self, message: Message) -> str:
        note = message.direction in (Direction.NOTE, Direction.SUMMARY)
        at = f"{NOTE} {times.clock(message.at)}" if note else times.clock(message.at)
        if message.direction is Direction.FROM_PERSON or message.operator is None:
            return at
        operator = await self._tx.operators.get(message.operator)
        return f"{at} {alias_name(operator.alias, self._desk.language)}" if operator else at

    def _lines(self, incoming: Incoming, *, hers: bool) -> Iterator[str]:
        """What was picked out to be answered stands behind a second mark; it is hers as often as not."""
        if incoming.quote:
            picked = covered(incoming.quote, self._catalog, self._desk.language)
            yield from (QUOTE + line for line in quoted(plain(picked)))
        yield from quoted(self._said(incoming, hers=hers))

    def _said(self, incoming: Incoming, *, hers: bool = True) -> str:
        """A person's words as they may be shown, with the name of what came with them; not `hers`: an operator's."""
        words = plain(covered(incoming.text, self._catalog, self._desk.language) if hers else incoming.text)
        if incoming.edited:
            words = f"{self._text('line.edited')} {words}"
        if incoming.kind is Kind.TEXT:
            return words
        duration = f"{(incoming.seconds or 0) // 60}:{(incoming.seconds or 0) % 60:02d}"
        known: dict[Kind, dict[str, Any]] = {
            Kind.VOICE: {"duration": duration}, Kind.VIDEO_NOTE: {"duration": duration},
            Kind.VIDEO: {"duration": duration}, Kind.STICKER: {"emoji": plain(incoming.emoji or "")},
        }  # fmt: skip
        label = self._text(f"kind.{incoming.kind}", **known.get(incoming.kind, {}))
        if incoming.number is not None:
            label = f"{NUMBERED}{incoming.number} {label}"
        return f"{label} {words}".rstrip()

    def _line_of(self, case: Case, alias: str) -> str:
        if case.status is Status.CLAIMED:
            return self._text("card.line.claimed", code=case.code, alias=alias)
        if case.result is Result.NOT_REQUEST:
            kind = self._text(f"reason.{case.reason}")
            return self._text("card.line.not_request", code=case.code, kind=kind)
        return self._text("card.line.closed", code=case.code)

    def _status(self, case: Case, alias: str) -> str:
        if case.status is Status.CLAIMED:
            return self._text("status.claimed", alias=alias)
        if case.status is Status.CLOSED and case.result is Result.NOT_REQUEST:
            return self._text("status.not_request")
        return self._text(f"status.{case.status}")

    def _names(self, values: dict[str, Any]) -> dict[str, Any]:
        """Values of a line: an alias's name, and keys of the catalogue in the desk's language."""
        named = dict(values)
        if "alias" in named:
            named["alias"] = alias_name(named["alias"], self._desk.language)
        for when in ("given_at", "said_at"):
            if when in named:
                named["at"] = self._when(named.pop(when))
        if "words" in named:
            named["words"] = plain(head(named["words"], HELD_SHOWN))
        if "result" in named:
            named["result"] = self._text(named["result"])
        return named

    def _told(self, field: str, value: str | None) -> str:
        return self._text(f"{field}.{value or 'unknown'}")

    def _region(self, case: Case) -> str:
        if case.region in (None, ELSEWHERE):
            return self._text("region.elsewhere" if case.region else "region.unknown")
        return region(str(case.region)).name(self._desk.language)

    def _subject(self, case: Case) -> str:
        if case.subject is None:
            return self._text("subject.unknown")
        return subject(case.subject).label(self._desk.language, Writer.ADULT)

    async def _alias(self, case: Case) -> str:
        return await self._alias_of(case.claimer)

    async def _alias_of(self, key: str | None) -> str:
        operator = await self._tx.operators.get(key) if key else None
        return alias_name(operator.alias, self._desk.language) if operator else "-"

    def _link(self, case: Case) -> str:
        """The address of the case's topic."""
        return group_link(self._desk.chat_id, case.thread_id)

    def _text(self, key: str, /, n: int | None = None, **values: Any) -> str:
        return self._catalog.text(key, self._desk.language, n=n, **values)


def _under(rows: list[list[Any]]) -> Any:
    return inline(rows) if rows else None


def _of(message: Message, lines: Iterable[str]) -> list[tuple[str, str]]:
    return [(message.id, line) for line in lines]


def topic_of(case: Case) -> str:
    """The place of a case's topic (see `storage.threads`)."""
    return f"{case.desk}/{case.thread_id}"


def _waiting(cases: list[Case]) -> list[str]:
    return [case.code for case in cases if case.status is Status.WAITING]


_NO_BUTTONS: dict[str, Any] = {"inline_keyboard": []}
