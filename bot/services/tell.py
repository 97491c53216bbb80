"""What services say: rows for the outbox, without a sentence in them."""

from collections.abc import Mapping
from typing import Any

from bot.domain.blocks import Block
from bot.domain.cases import Case
from bot.domain.desks import ANSWERS, NATIONAL, Desk
from bot.domain.messages import Post, Priority, To
from bot.domain.people import Language
from bot.domain.practice import Practice
from bot.domain.urgency import Level
from storage.database import Transaction
from storage.floods import coalesce_key as flood_key
from storage.looks import Look

DELIVERED = "\U0001f44c"
NOT_SENT = "\U0001f937"
"""Marks on what an operator has written to the person."""

MIRRORED = ("words", "line", "place")
"""What the claimer of a case sees of its topic who answers in her private chat."""

BLOCKED_LATELY = {
    "blocked.told": "blocked.told_lately",
    "blocked.words": "blocked.words_lately",
    "blocked.longer": "blocked.longer_lately",
}
"""What she reads when something urgent of hers has made a case within the hour, and another would make none."""

CARD_SPACING = 15_000
"""Milliseconds between two edits of a case's card (DESIGN.md 5)."""


def _lane(case: Case) -> str:
    """The lane of a queue card and its edits: a red one never waits behind what the case had before."""
    return f"{'red' if case.red else 'queue'}:{case.desk}:{case.id}"


class Tell:
    """Puts posts in the outbox; which lane and class they have is decided here and nowhere else."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def person(
        self, key: str, kind: str, /, *, case: Case | None = None, red: bool = False, once: str | None = None,
        ahead: bool = False, **params: Any,
    ) -> None:  # fmt: skip
        """To a person, in order; `ahead` of what waits for her already, in a lane of its own.

        `once`: of several such posts that still wait, only the last is kept.
        """
        urgent = red or (case is not None and case.red)
        await self._tx.outbox.add(
            Post(
                To.PERSON, key, kind, params, Priority.RED if urgent else Priority.TALK, f"sos:{key}" if ahead else "",
                case=case.id if case and case.status.open else None, coalesce=once and f"{once}:{key}",
            )
        )  # fmt: skip

    async def screen(
        self, person: str, key: str, *, keyboard: str | None = None, red: bool = False, once: str | None = None,
        **params: Any,
    ) -> None:  # fmt: skip
        """A sentence of the catalogue to a person, with a keyboard by its name."""
        await self.person(person, "screen", red=red, once=once, key=key, keyboard=keyboard, values=params)

    async def blocked(
        self, block: Block, key: str, *, red: bool = False, once: str | None = None, **params: Any
    ) -> None:  # fmt: skip
        """To somebody who is blocked: until when and why, and that what is urgent reaches us; or from when on again."""
        again = block.urgent_from(self._tx.now)
        if again is not None:
            key, params = BLOCKED_LATELY[key], {**params, "again": again}
        await self.screen(block.person, key, keyboard="menu", red=red, once=once, when=block.until,
                          why=f"blocked.why.{block.why}", **params)  # fmt: skip

    async def spoken(self, person: str, key: str, language: Language, *, keyboard: str | None = None) -> None:
        """A sentence to a person; in this language when she has not chosen one."""
        await self.person(person, "screen", key=key, keyboard=keyboard, values={}, language=language)

    async def emergency(
        self, person: str, key: str, case: Case | None = None, language: Language | None = None
    ) -> None:
        """The emergency card to a person, before anything that waits for her; `language` as for `spoken`. With a case
        it asks the one question: is there danger right now?"""
        if case is not None:
            await self.person(person, "sos", case=case, red=True, ahead=True, key=key, code=case.code)
        else:
            await self.person(person, "screen", red=True, ahead=True, key=key, keyboard=None, values={},
                              language=language)  # fmt: skip

    async def topic(self, case: Case, kind: str, *, priority: Priority | None = None, **params: Any) -> None:
        """Into a case's own topic, in order."""
        rank = Priority.RED if case.red else (Priority.TALK if priority is None else priority)
        await self._tx.outbox.add(Post(To.CASE, case.id, kind, params, rank, case=case.id))
        if case.aside is not None and kind in MIRRORED:
            await self.aside(case, f"aside_{kind}", **params)

    async def flood(self, case: Case, messages: list[str], delay: int) -> None:
        """Several of her messages at once, by their ids; those that come until then take its place."""
        lane = flood_key(case.id)
        await self._tx.outbox.add(
            Post(To.CASE, case.id, "flood", {"messages": messages}, case=case.id, coalesce=lane, delay=delay)
        )

    async def file(self, case: Case, file: str, *, many: bool) -> None:
        """A clean file into a case's own topic, in a lane of its own and never red: her words wait for no picture, and
        of `many` nothing else does."""
        lane = f"media:{case.id}"
        rank = Priority.MANY if many else Priority.TALK
        await self._tx.outbox.add(Post(To.CASE, case.id, "media", {"file": file}, rank, lane, case.id))

    async def enclosed(self, case: Case, kind: str, message: str, **params: Any) -> None:
        """An operator's file to the person ("enclosure"), or its removal ("retracted"): in a lane of its own and never
        red, so that no words wait for it and it is never taken back before it is there."""
        values = {"message": message, **params}
        await self._tx.outbox.add(
            Post(To.PERSON, case.person or "", kind, values, Priority.TALK, f"enclosure:{case.id}",
                 case.id if case.status.open else None)
        )  # fmt: skip

    async def aside(self, case: Case, kind: str, **params: Any) -> None:
        """To the claimer who answers in her private chat, in order; it waits for no group."""
        if case.claimer is not None:
            rank = Priority.RED if case.red else Priority.TALK
            await self._tx.outbox.add(Post(To.OPERATOR, case.claimer, kind, params, rank, f"aside:{case.id}", case.id))

    async def aside_over(self, case: Case, key: str | None = None) -> None:
        """The claimer has it in her private chat no more: what she was shown there becomes one line, and she hears it
        by this sentence. The case's key may be gone when they go out."""
        if case.aside is None or case.claimer is None:
            return
        if key is not None:
            params = {"key": key, "keyboard": None, "values": {"code": case.code}}
            await self._tx.outbox.add(Post(To.OPERATOR, case.claimer, "screen", params, Priority.RED))
        await self._tx.asides.over(case.claimer)
        for message_id in await self._tx.asides.take(case.id):
            await self.aside_gone(case.claimer, case.code, message_id)

    async def aside_gone(self, operator: str, code: str, message_id: int) -> None:
        """One message of a talk in a private chat becomes a line."""
        params = {"code": code, "message_id": message_id}
        lane = f"aside_gone:{operator}"
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "aside_gone", params, Priority.EDIT, lane))

    async def line(self, case: Case, key: str, **params: Any) -> None:
        """A sentence of the catalogue into a case's own topic."""
        await self.topic(case, "line", key=key, values=params)

    async def reaction(self, case: Case, message_id: int, emoji: str, *, optional: bool = False) -> None:
        """A mark on an operator's message; an optional one is left out when the group's minute is half used."""
        params = {"message_id": message_id, "emoji": emoji, "optional": optional}
        lane = f"reaction:{case.id}"
        await self._tx.outbox.add(Post(To.CASE, case.id, "reaction", params, Priority.EDIT, lane, case.id))

    async def queue_card(self, case: Case, delay: int = 0) -> None:
        """A new card in the queue topic of the case's desk."""
        rank = {Level.RED: Priority.RED, Level.AMBER: Priority.CLAIM}.get(case.urgency, Priority.QUEUE)
        place = f"{case.desk}/{case.queue}"
        params = {"case": case.id}
        await self._tx.outbox.add(Post(To.DESK, place, "queue_card", params, rank, _lane(case), case.id, delay=delay))

    async def ring(self, desk: str, delay: int) -> None:
        """A desk's urgent topic rings for all that nobody has taken, as things are when it goes out."""
        lane = f"ring:{desk}"
        post = Post(To.DESK, f"{desk}/urgent", "ring", {}, Priority.RED, lane, coalesce=lane, delay=delay)
        await self._tx.outbox.add(post)

    async def ring_edit(self, desk: str) -> None:
        """The last ring of a desk again, as things are when the edit goes out: what is taken can be taken no more."""
        lane = f"ring:{desk}"
        await self._tx.outbox.add(
            Post(To.DESK, f"{desk}/urgent", "ring_edit", {}, Priority.EDIT, f"edit:{lane}", coalesce=f"edit:{lane}",
                 delay=CARD_SPACING)
        )  # fmt: skip

    async def call_card(self, case: Case, delay: int) -> None:
        """The national desk is called to a case of a region that nobody there has taken."""
        lane = f"call:{case.id}"
        params = {"case": case.id}
        await self._tx.outbox.add(
            Post(To.DESK, f"{NATIONAL}/urgent", "call_card", params, Priority.RED, lane, case.id, lane, delay)
        )

    async def together(self, desk: str, kind: str, cases: list[str]) -> None:
        """Several red cards in one message, "red_list" or "call_list"."""
        lane = f"{kind}:{desk}:{cases[0]}"
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/urgent", kind, {"cases": cases}, Priority.RED, lane))

    async def call_edit(self, case: Case) -> None:
        """The national desk's card about a region's case, as things are when the edit goes out."""
        lane = f"call:{case.id}"
        params = {"case": case.id}
        await self._tx.outbox.add(
            Post(To.DESK, f"{NATIONAL}/urgent", "call_edit", params, Priority.EDIT, lane, case.id, f"edit:{lane}")
        )

    async def queue_edit(
        self, case: Case, *, menu: str | None = None, delay: int = 0, soon: bool = False
    ) -> None:  # fmt: skip
        """The queue card again, as the case is when the edit goes out: card, menu, or one line when it is over."""
        rank = Priority.TALK if menu or soon else Priority.EDIT
        await self._tx.outbox.add(
            Post(
                To.DESK, f"{case.desk}/{case.queue_topic or case.queue}", "queue_edit",
                {"case": case.id, "menu": menu}, rank, _lane(case), case.id, f"edit:{case.id}", delay,
            )
        )  # fmt: skip

    async def queue_line(self, case: Case, key: str, **params: Any) -> None:
        """The queue card becomes one line for good. Its message is named here: the case may be gone by then."""
        if case.queue_message_id is None or case.desk is None:
            return
        await self._tx.outbox.add(
            Post(
                To.DESK, f"{case.desk}/{case.queue_topic}", "queue_line",
                {"message_id": case.queue_message_id, "key": key, "values": params},
                Priority.QUEUE, f"line:{case.queue_message_id}:{case.id}", None,
                f"line:{case.queue_message_id}:{case.id}",
            )
        )  # fmt: skip

    async def topic_card_edit(
        self, case: Case, *, menu: str | None = None, delay: int = 0, soon: bool = False
    ) -> None:  # fmt: skip
        """The card in the case's own topic again."""
        rank = Priority.TALK if menu or soon else Priority.EDIT
        lane = f"card:{case.id}"
        await self._tx.outbox.add(
            Post(To.CASE, case.id, "topic_card_edit", {"menu": menu}, rank, lane, case.id, lane, delay)
        )

    async def card_changed(self, case: Case) -> Case:
        """Both cards show the newest state, at most one edit in 15 seconds."""
        now = self._tx.now
        if case.card_at is None or case.card_at <= now:
            due = now if case.card_at is None else max(now, case.card_at + CARD_SPACING)
            case = await self._tx.cases.save(case.at_card(due))
        delay = max(0, (case.card_at or now) - now)
        if case.claimer is None:
            await self.queue_edit(case, delay=delay)
        else:
            await self.topic_card_edit(case, delay=delay)
        return case

    async def take_down(
        self, place: str, message_id: int, at: int, *, edit: bool = False, left: str | None = None
    ) -> None:
        """What she has taken back goes from one message that shows it to operators: the message itself, or, when it is
        too old or shows more (`edit`: it could not be deleted), what is hers in it. `at` is when it went out. `left`:
        the message of the talk that stands there stays, without what it quoted."""
        params = {"place": place, "message_id": message_id, "at": at, "edit": edit, "left": left}
        lane = f"down:{place}:{message_id}"
        desk, _, operator = place.partition("/")[0].partition(":")
        to, recipient, kind = To.DESK, f"{desk}/", "take_down"
        if operator:
            to, recipient, kind = To.OPERATOR, operator, "aside_down"
        await self._tx.outbox.add(Post(to, recipient, kind, params, Priority.TALK, lane, coalesce=lane))

    async def delete_topic(self, desk: str, thread_id: int) -> None:
        """Deletes a case's topic with all that was shown in it."""
        post = Post(To.DESK, f"{desk}/", "delete_topic", {"thread_id": thread_id}, Priority.CLAIM, f"gone:{thread_id}")
        await self._tx.outbox.add(post)

    async def topic_over(self, desk: str, thread_id: int) -> None:
        """The same for a topic that has stayed long enough: behind all that anybody waits for."""
        post = Post(To.DESK, f"{desk}/", "delete_topic", {"thread_id": thread_id}, Priority.EDIT, f"gone:{thread_id}")
        await self._tx.outbox.add(post)

    async def fixed_topic(self, desk: str, topic: str, kind: str, thread_id: int) -> None:
        """One of the desk's own topics is named, or opened, as it has to be."""
        lane = f"{kind}:{desk}:{topic}"
        params = {"thread_id": thread_id}
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/{topic}", kind, params, Priority.EDIT, lane, coalesce=lane))

    async def look(self, desk: str, report: str | None) -> None:
        """A look at a desk's group. `report`: "group" and "daily" for its shift topic, an administrator's key, or None
        when nobody has asked."""
        lane = f"look:{desk}:{report or ''}"
        rank = Priority.TALK if report else Priority.EDIT
        await self._tx.outbox.add(
            Post(To.DESK, f"{desk}/", "look", {"report": report}, rank, lane, coalesce=lane)
        )  # fmt: skip

    async def check_list(self, operator: str, desk: str, green: Mapping[str, bool] | None) -> None:
        """To an administrator in private: what a look at a desk's group has found."""
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "check_list", {"desk": desk, "green": green}))

    async def look_at(self, desk: str) -> None:
        """A look whether a desk that is down is back."""
        lane = f"probe:{desk}"
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/", "probe", {}, Priority.RED, lane, coalesce=lane))

    async def administrators(self, key: str, **params: Any) -> None:
        """A sentence of the catalogue to every administrator."""
        for administrator in await self._tx.operators.administrators():
            await self.operator(administrator.key, key, **params)

    async def ask_administrators(self, desk: str, why: str) -> None:
        """Every administrator: others may read along in a desk's group. Whether it may go on."""
        for administrator in await self._tx.operators.administrators():
            await self.operator(administrator.key, "alarm.desk_exposed", keyboard=f"confirm:{desk}", desk=desk,
                                why=f"why.{why}")  # fmt: skip

    async def operator(self, operator: str, key: str, *, keyboard: str | None = None, **params: Any) -> None:
        """A sentence of the catalogue to one operator in private."""
        values = {"key": key, "keyboard": keyboard, "values": params}
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "screen", values))

    async def alert(self, operator: str, desk: str, delay: int) -> None:
        """To one operator in private: which urgent cases nobody has taken, without a word of theirs. A newer one takes
        the place of one that waits, and each names all that there is when it goes out."""
        lane = f"alert:{operator}:{desk}"
        await self._tx.outbox.add(
            Post(To.OPERATOR, operator, "alert", {"desk": desk}, Priority.RED, lane, coalesce=lane, delay=delay)
        )

    async def incident(self, operator: str, case: Case, number: int, minutes: int) -> None:
        """To one who answers for the service: an incident, by its number."""
        values = {"code": case.code, "number": number, "minutes": minutes, "desk": case.desk}
        params = {"key": "alarm.incident", "keyboard": None, "values": values}
        lane = f"incident:{operator}:{case.id}"
        await self._tx.outbox.add(
            Post(To.OPERATOR, operator, "screen", params, Priority.RED, lane, case.id, coalesce=lane)
        )

    async def took(self, operator: str, case: Case) -> None:
        """To an operator who took a case in private: where its topic is. In the topic's lane, so after the topic."""
        params = {"case": case.id}
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "took", params, Priority.RED, f"case:{case.id}", case.id))

    async def offered(self, operator: str, desk: str, codes: str) -> None:
        """To who was asked to take over urgent cases: where to accept."""
        params = {"key": "shift.offered", "keyboard": f"shift:{desk}", "values": {"codes": codes}}
        lane = f"offered:{operator}"
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "screen", params, Priority.RED, lane))

    async def unheard(self, operator: str, case: Case, key: str, *, here: bool = False) -> None:
        """To the claimer in private, or to who stands in for her: what becomes of a case that her group cannot show.
        `here`: she may answer it in her private chat."""
        lane = f"alert:{operator}:{case.id}"
        keyboard = f"here:{case.code}" if here else None
        params = {"key": key, "keyboard": keyboard, "values": {"code": case.code}}
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "screen", params, Priority.RED, lane, coalesce=lane))

    async def mark(self, desk: str, message_id: int, emoji: str) -> None:
        """A mark on a message in a desk's group that belongs to no case there."""
        params = {"message_id": message_id, "emoji": emoji}
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/", "reaction", params, Priority.EDIT, f"mark:{desk}"))

    async def national(self, kind: str, **params: Any) -> None:
        """To the urgent topic of the national desk, outside of any case."""
        await self._tx.outbox.add(Post(To.DESK, f"{NATIONAL}/urgent", kind, params, Priority.RED, f"{kind}:{NATIONAL}"))

    async def answers(self, desk: str, case: Case, upto: int) -> None:
        """What operators have written in a case, into a topic of its own; before nothing that anybody waits for."""
        lane, params = f"said:{desk}:{case.id}", {"case": case.id, "upto": upto}
        place = f"{desk}/{ANSWERS}:{case.code}"
        await self._tx.outbox.add(Post(To.DESK, place, "answers", params, Priority.EDIT, lane, case.id))

    async def practice(self, practice: Practice, topic: str, kind: str, **params: Any) -> None:
        """Of a practice case, in order; before nothing that is real."""
        lane = f"practice:{practice.id}"
        place = f"{practice.desk}/{topic}"
        values = {"number": practice.id, **params}
        await self._tx.outbox.add(Post(To.DESK, place, kind, values, Priority.EDIT, lane))

    async def guide(self, desk: str, topic: str, page: str, case: Case | None = None) -> None:
        """A page about a topic into it; before nothing that anybody has written."""
        to, recipient = (To.DESK, f"{desk}/{topic}") if case is None else (To.CASE, case.id)
        lane = f"guide:{recipient}"
        await self._tx.outbox.add(
            Post(to, recipient, "guide", {"page": page}, Priority.QUEUE, lane, case.id if case else None, lane)
        )

    async def board(self, desk: Desk, shown: Mapping[str, Any], delay: int) -> None:
        """The duty board, as an edit when there is one. The first one comes behind the topics of a fresh group."""
        lane = f"bind:{desk.id}" if desk.board_message_id is None else f"board:{desk.id}"
        await self._tx.outbox.add(
            Post(To.DESK, f"{desk.id}/shift", "board", shown, Priority.EDIT, lane, coalesce=f"board:{desk.id}",
                 delay=delay)
        )  # fmt: skip

    async def pin_board(self, desk: str, message_id: int) -> None:
        params = {"message_id": message_id}
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/shift", "board_pin", params, Priority.EDIT, f"board:{desk}"))

    async def shift_topic(self, desk: str, kind: str, **params: Any) -> None:
        """Into the shift topic of a desk."""
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/shift", kind, params, lane=f"shift:{desk}"))

    async def shift_line(self, desk: str, key: str, *, edit: int | None = None, **values: Any) -> None:
        """A sentence of the catalogue into the shift topic, or in the place of one that stands there."""
        await self.shift_topic(desk, "shift_line", key=key, values=values, edit=edit)

    async def test(self, operator: str, desk: str) -> None:
        """A silent message to her private chat: whether she can be called there shows by its delivery."""
        params = {"key": "shift.test", "keyboard": None, "values": {"desk": desk}, "quiet": True}
        lane = f"shift_test:{operator}"
        await self._tx.outbox.add(Post(To.OPERATOR, operator, "shift_test", params, lane=lane, coalesce=lane))

    async def ask_seat(self, desk: str, operator: str, delay: int = 0) -> None:
        """Asks Telegram whether somebody is in the group still; `delay` in milliseconds."""
        lane = f"seat:{desk}:{operator}"
        params = {"operator": operator}
        await self._tx.outbox.add(
            Post(To.DESK, f"{desk}/", "seat", params, Priority.RED, lane, coalesce=lane, delay=delay)
        )

    async def ping(self, case: Case, key: str, **values: Any) -> None:
        """A line in a case's topic that calls its claimer by her name; where she answers in private, there."""
        await self.topic(case, "ping", key=key, values=values)
        operator = await self._tx.operators.get(case.claimer) if case.aside and case.claimer else None
        if operator is not None:
            await self.aside(case, "aside_line", key=key, values={"alias": operator.alias, **values})

    async def queue_note(self, case: Case, kind: str) -> None:
        """A line about a case that nobody has, in the queue of its desk."""
        params = {"case": case.id}
        lane = f"{kind}:{case.id}"
        await self._tx.outbox.add(Post(To.DESK, f"{case.desk}/{case.queue}", kind, params, lane=lane, case=case.id))

    async def worklist(self, operator: str, kind: str, desk: str | None) -> None:
        """To an operator in private: "mine", or "control_list"; one that waits shows the newest state."""
        lane = f"{kind}:{operator}"
        await self._tx.outbox.add(Post(To.OPERATOR, operator, kind, {"desk": desk}, lane=lane, coalesce=lane))

    async def second_look(self, case: Case, alias: str) -> None:
        """Into the shift topics of its desk and of the national one: an urgent case was ended by one operator."""
        for desk in dict.fromkeys((case.desk or NATIONAL, NATIONAL)):
            params = {"case": case.id, "alias": alias}
            await self._tx.outbox.add(
                Post(To.DESK, f"{desk}/shift", "second_look", params, lane=f"look:{desk}:{case.id}", case=case.id)
            )

    async def looked(self, look: Look | None, key: str, **values: str) -> None:
        """What was said of a look becomes a line."""
        if look is None:
            return
        messages = {look.desk: look.message_id}
        if look.desk != NATIONAL:
            messages[NATIONAL] = look.national_message_id
        for desk, message_id in messages.items():
            if message_id is not None:
                await self.shift_line(desk, key, edit=message_id, **values)

    async def found(self, desk: str, topic: str, **params: Any) -> None:
        """The answer to a search, in one of the fixed topics."""
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/{topic}", "found", params, lane=f"found:{desk}"))

    async def pass_card(self, case: Case, desk: str, alias: str) -> None:
        """To another desk's queue: somebody offers this case. Without a word of it; it is red there as it is here."""
        params = {"case": case.id, "alias": alias}
        place = f"{desk}/{case.queue}"
        await self._tx.outbox.add(Post(To.DESK, place, "pass_offer", params, lane=f"pass:{case.id}", case=case.id))

    async def pass_over(self, desk: str, case: str, message_id: int, key: str, **values: str) -> None:
        """An offer in a group becomes a line for good."""
        params = {"message_id": message_id, "key": key, "values": values}
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/", "pass_over", params, Priority.EDIT, f"pass:{case}"))

    async def administrators_of(self, desk: str) -> None:
        """Asks Telegram who administers the desk's group."""
        lane = f"administrators:{desk}"
        await self._tx.outbox.add(Post(To.DESK, f"{desk}/", "administrators", {}, Priority.EDIT, lane, coalesce=lane))

    async def group(self, chat_id: int, kind: str, **params: Any) -> None:
        """Something for a group that is being bound, or left."""
        await self._tx.outbox.add(Post(To.GROUP, str(chat_id), kind, params))
