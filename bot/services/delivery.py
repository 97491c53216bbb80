"""What follows from a delivery, or from its failure; runs in the transaction that records it."""

import contextlib
from dataclasses import replace
from functools import partial
from typing import Any

from bot.domain.cases import Case, Status, WrongMove
from bot.domain.desks import Member
from bot.domain.messages import Post, Priority, Row, To
from bot.services.binding import Binding
from bot.services.desk import NOT_SENT
from bot.services.ladders import Ladders
from bot.services.people import People
from bot.services.placing import Placing
from bot.services.rescuing import Rescue
from bot.services.shifts import Shifts
from bot.services.tell import Tell
from storage.database import Transaction

DELIVERED = "\U0001f44c"
HOUR = 3_600_000
DAY = 24 * HOUR

UNIMPORTANT = ("reaction", "rename", "pin", "close_topic", "reopen_topic", "board", "board_pin", "administrators")
"""What nobody has to be told of when Telegram refuses it."""


KEPT_ASIDE = ("aside_talk", "aside_words", "aside_place")
"""What shows words or a place in an operator's private chat, and has to go from there."""


class Delivery:
    """Called by the sender; tells the rest of the application what came of a row."""

    followed = frozenset({
        "queue_card", "red_list", "call_card", "call_list", "topic_card", "answer", "farewell", "alert", "check",
        "board", "shift_test", "administrators", "ring", "seat", *KEPT_ASIDE,
    })  # fmt: skip
    """Kinds of rows after whose delivery something is to be done."""

    def __init__(
        self,
        tx: Transaction,
        tell: Tell,
        placing: Placing,
        ladders: Ladders,
        people: People,
        binding: Binding,
        rescue: Rescue,
        shifts: Shifts,
    ) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing
        self._ladders = ladders
        self._people = people
        self._binding = binding
        self._rescue = rescue
        self._shifts = shifts

    async def sent(self, row: Row, message_id: int | None, found: Any = None) -> None:
        """A row is out; `message_id` is Telegram's, `found` what a look-up answered."""
        post = row.post
        if post.kind == "queue_card":
            await self._queue_card_sent(post, post.params["case"], message_id)
        elif post.kind == "red_list":
            for case in post.params["cases"]:
                await self._queue_card_sent(post, case, message_id, together=True)
        elif post.kind in ("call_card", "call_list") and message_id is not None:
            for case in post.params.get("cases") or [post.params["case"]]:
                await self._call_sent(case, message_id)
        elif post.kind == "topic_card" and message_id is not None:
            await self._topic_card_sent(post.recipient, message_id)
        elif post.kind == "answer":
            await self._answered(post.params["message"])
        elif post.kind == "farewell":
            await self._farewell(post.recipient)
        elif post.kind == "alert":
            await self._placing.alerted(post.recipient)
        elif post.kind == "check":
            await self._checked(int(post.recipient), post.params["code"], found)
        elif post.kind == "board":
            await self._shifts.boards.sent(post.recipient.partition("/")[0], message_id)
        elif post.kind == "shift_test":
            await self._shifts.heard(post.recipient)
        elif post.kind == "administrators":
            await self._shifts.supervised(post.recipient.partition("/")[0], found["administrators"])
        elif post.kind == "seat":
            await self._seat_known(post, found)
        elif post.kind == "ring" and message_id is not None:
            await self._tx.desks.set_ring(post.recipient.partition("/")[0], message_id)
        elif post.kind in KEPT_ASIDE:
            await self.part_sent(row, message_id)

    async def part_sent(self, row: Row, message_id: int | None) -> None:
        """A message of a row is out, be it the last. What shows words in a private chat is remembered; when the talk is
        over there, it goes at once."""
        if row.post.kind not in KEPT_ASIDE or message_id is None:
            return
        case = await self._tx.cases.get(row.post.case or "")
        if case is not None and case.status is Status.CLAIMED and case.aside and case.claimer == row.post.recipient:
            await self._tx.asides.add(case.id, message_id)
        elif case is not None:
            await self._tell.aside_gone(row.post.recipient, case.code, message_id)

    async def undelivered(self, row: Row, why: str) -> None:
        """A row can never be delivered. Nothing of it is silently dropped: somebody is told."""
        post = row.post
        if post.to is To.OPERATOR and why in ("blocked", "person_gone"):
            await self.person_gone(post.recipient)
        elif post.kind == "shift_test":
            await self._shifts.unreachable(post.recipient)
        if post.kind == "answer":
            message = await self._tx.messages.get(post.params["message"])
            case = await self._tx.cases.get(message.case) if message else None
            if message and case and message.topic_message_id:
                key = f"undelivered.{_short(why)}"
                await self._tell.reaction(case, message.topic_message_id, NOT_SENT)
                await self._tell.topic(case, "reply", key=key, values={}, message_id=message.topic_message_id)
            elif message and case and case.aside:
                await self._tell.aside(case, "aside_not_sent", why=f"undelivered.{_short(why)}")
        elif post.kind == "farewell":
            await self._farewell(post.recipient)
        elif why == "blocked" or post.kind in UNIMPORTANT or post.to is To.OPERATOR:
            return
        elif await self._tx.desks.ring(f"undeliverable:{post.kind}:{post.case}", HOUR):
            await self._tell.administrators("alarm.undeliverable", kind=post.kind)

    async def tell_unreadable(self) -> None:
        """Rows that did not open: administrators hear of it, and what they were to show is made again from the case.
        Without a card nobody would ever see it; words stand in the history, both sides of the talk."""
        for kind, case_id in await self._tx.outbox.unreadable():
            if await self._tx.desks.ring(f"undeliverable:{kind}:{case_id}", HOUR):
                await self._tell.administrators("alarm.undeliverable", kind=kind)
            if case_id is not None:
                await self._tx.alone("what did not open cannot be shown again", partial(self._show, kind, case_id))

    async def tell_damaged(self) -> None:
        """Cases that cannot be read: nobody sees them any more, so administrators hear of each once a day."""
        for code in await self._tx.cases.damaged():
            if await self._tx.desks.ring(f"damaged:{code}", DAY):
                await self._tell.administrators("alarm.case_damaged", code=code)

    async def _show(self, kind: str, case_id: str) -> None:
        case = await self._tx.cases.get(case_id)
        if case is None or not case.status.open or case.desk is None:
            return
        if kind == "queue_card" and case.queue_message_id is None:
            await self._placing.place(case)
        elif kind in ("words", "history", "answer"):
            if kind == "answer":
                await self._tell.line(case, "line.answer_lost")
            await self._tell.topic(case, "history", upto=await self._tx.messages.last(case.id), both=True)
        elif kind == "place" and case.status is Status.CLAIMED:
            await self._rescue.show(case)

    async def topic_made(self, row: Row, desk: str, thread_id: int) -> None:
        """The topic that a row needed exists now."""
        if row.post.to is To.DESK:
            await self._tx.desks.set_topic(desk, row.post.recipient.partition("/")[2], thread_id)
            return
        case = await self._tx.cases.get(row.post.recipient)
        if case is None or case.desk != desk or case.status in (Status.ERASED, Status.WITHDRAWN):
            await self._tell.delete_topic(desk, thread_id)
        else:
            await self._placing.topic_of(case, thread_id)

    async def topic_gone(self, row: Row, desk: str, thread_id: int) -> None:
        """Somebody deleted the topic: a new one with the card and all that was said takes its place."""
        await self._tx.desks.drop_topic(desk, thread_id)
        topic = row.post.recipient.partition("/")[2]
        if row.post.to is To.DESK and topic:
            for waiting in await self._tx.cases.open_at(desk):
                if waiting.queue_topic == topic and waiting.status is Status.WAITING:
                    await self._placing.show_again(waiting)
        case = await self._tx.cases.of_topic(desk, thread_id)
        if case is None:
            return
        case = await self._tx.cases.save(case.with_topic(None))
        await self._tx.outbox.drop_lane(f"case:{case.id}", but=row.seq)
        if not case.status.open:
            if row.post.kind in ("words", "place"):  # written before the end, and nobody has seen it
                with contextlib.suppress(WrongMove):
                    await self._placing.place(await self._tx.cases.save(case.reopened(self._tx.now)))
            return
        upto = await self._tx.messages.last(case.id)
        await self._tell.topic(case, "topic_card", priority=Priority.CLAIM)
        await self._tell.topic(case, "history", priority=Priority.CLAIM, upto=upto, both=True)
        await self._rescue.show(case)
        await self._tell.line(case, "line.topic_recreated")

    async def vanished(self, row: Row) -> None:
        """The message to edit is not there any more: a card that still waits is shown again."""
        if row.post.kind == "board":
            await self._shifts.boards.vanished(row.post.recipient.partition("/")[0])
        elif row.post.kind == "call_edit":
            ladder = await self._tx.ladders.of(row.post.params["case"])
            if ladder is not None and ladder.call_message_id is not None:
                await self._ladders.call_again(ladder.call_message_id)
        elif row.post.kind == "queue_edit":
            case = await self._tx.cases.get(row.post.params["case"])
            if case is not None and case.status is Status.WAITING and case.queue_message_id is not None:
                beside = await self._tx.cases.listed(case.desk or "", case.queue_message_id) if case.listed else [case]
                for one in beside:
                    if one.status is Status.WAITING:
                        await self._placing.show_again(one)

    async def person_gone(self, key: str) -> None:
        """She has blocked the bot, or her account is gone."""
        await self._people.blocked(key)
        await self._shifts.unreachable(key)

    async def group_moved(self, old: int, new: int) -> None:
        """The group became a supergroup; its topics are new."""
        await self._tx.desks.move(old, new)

    async def desk_down(self, desk: str, why: str) -> None:
        found = await self._tx.desks.get(desk)
        if found:
            await self._binding.desk_down(found, why)

    async def desk_held(self, desk: str) -> None:
        await self._placing.held(desk)

    async def right_missing(self, desk: str) -> None:
        """A right that the desk can work without; the daily reminder says which rights the bot needs."""
        if await self._tx.desks.ring(f"right_missing:{desk}", DAY):
            await self._tell.administrators("alarm.right_missing", desk=desk)

    async def desk_up(self, desk: str) -> None:
        found = await self._tx.desks.get(desk)
        if found and found.down:
            await self._binding.desk_up(found)

    async def _checked(self, chat_id: int, code: str, found: dict[str, Any]) -> None:
        """A group was looked at: when it is bound by that, its supervisors are known and its board stands."""
        green = {fact: bool(value) for fact, value in found.items() if fact != "administrators"}
        await self._binding.checked(chat_id, code, green)
        desk = await self._tx.desks.of_chat(chat_id)
        if desk is not None:
            await self._shifts.supervised(desk.id, found["administrators"])
            await self._shifts.boards.show(desk)

    async def _seat_known(self, post: Post, found: Any) -> None:
        """Who is in the group no more loses what she has there, as when Telegram says so by itself."""
        desk = await self._tx.desks.get(post.recipient.partition("/")[0])
        if desk is not None and found and found["member"] is Member.STRANGER:
            await self._shifts.left(desk, post.params["operator"])

    async def _queue_card_sent(
        self, post: Post, case_id: str, message_id: int | None, *, together: bool = False
    ) -> None:  # fmt: skip
        """Remembers the card; one that came too late (claimed, moved, erased meanwhile) becomes a line. `together`: it
        stands in one message with others."""
        case = await self._tx.cases.get(case_id)
        if case is None or message_id is None:
            return
        desk, _, topic = post.recipient.partition("/")
        here = case.with_queue_card(message_id, topic, listed=together)
        if desk != case.desk or topic != case.queue or not (case.status.open or case.status is Status.CLOSED):
            key = "card.line.moved" if case.status.open else f"card.line.{case.status}"
            if not together:  # in a list it was only ever a line
                await self._tell.queue_line(here.routed(desk), key, code=case.code)
            return
        await self._tx.cases.save(here)
        if case.status is not Status.WAITING:
            await self._tell.queue_edit(here)

    async def _call_sent(self, case_id: str, message_id: int) -> None:
        """The national desk was called; taken meanwhile, its card becomes a line."""
        case, ladder = await self._tx.cases.get(case_id), await self._tx.ladders.of(case_id)
        if case is not None and ladder is not None:
            await self._tx.ladders.save(replace(ladder, call_message_id=message_id))
            if case.status is not Status.WAITING:
                await self._tell.call_edit(case)

    async def _topic_card_sent(self, case_id: str, message_id: int) -> None:
        case = await self._tx.cases.get(case_id)
        if case is None or case.person is None:
            return
        case = await self._tx.cases.save(case.with_topic_card(message_id))
        await self._tell.queue_edit(case)
        await self._tell.topic(case, "pin", priority=Priority.CLAIM, message_id=message_id)

    async def _answered(self, message_id: str) -> None:
        message = await self._tx.messages.get(message_id)
        case: Case | None = await self._tx.cases.get(message.case) if message else None
        if message and case and case.person and message.topic_message_id:
            await self._tell.reaction(case, message.topic_message_id, DELIVERED, optional=True)

    async def _farewell(self, person: str) -> None:
        await self._tx.people.drop_if_leaving(person)
        if await self._tx.people.get(person) is None:
            await self._tx.outbox.drop_person(person)
            await self._shifts.unreachable(person)
        self._tx.erased = True


def _short(why: str) -> str:
    return "blocked" if why == "blocked" else "failed"
