"""What follows from a delivery, or from its failure; runs in the transaction that records it."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from bot.domain.cases import Case, Status, WrongMove
from bot.domain.desks import ANSWERS, Member
from bot.domain.messages import Message, Post, Priority, Row, Standing, To
from bot.services.binding import Binding
from bot.services.enclosures import Enclosures
from bot.services.guard import Guard
from bot.services.ladders import Ladders
from bot.services.media import Media
from bot.services.people import People
from bot.services.placing import Placing
from bot.services.rescuing import Rescue
from bot.services.shifts import Shifts
from bot.services.tell import DELIVERED, NOT_SENT, Tell
from bot.services.threads import Threads
from storage.database import Transaction
from storage.threads import FILE, PERSON

HOUR = 3_600_000
DAY = 24 * HOUR

UNIMPORTANT = (
    "reaction",
    "rename",
    "pin",
    "close_topic",
    "reopen_topic",
    "board",
    "board_pin",
    "administrators",
    "fixed_name",
    "fixed_open",
)
"""What nobody has to be told of when Telegram refuses it."""


KEPT_ASIDE = ("aside_talk", "aside_words", "aside_place")
"""What shows words or a place in an operator's private chat, and has to go from there."""


class Delivery:
    """Called by the sender; tells the rest of the application what came of a row."""

    followed = frozenset({
        "queue_card", "red_list", "call_card", "call_list", "topic_card", "answer", "farewell", "alert", "check",
        "board", "practice_card", "shift_test", "administrators", "ring", "seat", "look", "pass_offer", "second_look",
        "reworded", "retracted", "history", "flood", "enclosure", *KEPT_ASIDE,
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
        media: Media,
    ) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing
        self._ladders = ladders
        self._people = people
        self._binding = binding
        self._rescue = rescue
        self._shifts = shifts
        self._guard = Guard(tx, tell, binding)
        self._threads = Threads(tx, tell)
        self._media = media
        self._enclosures = Enclosures(tx, tell)

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
        elif post.kind == "enclosure":
            out = self._enclosures.sent if message_id is not None else self._enclosures.stayed
            await out(post.params["message"])
        elif post.kind == "reworded":
            await self._reworded(post, None if found is not None else "line.edit_not_sent")
        elif post.kind == "retracted":
            await self._retracted(post, gone=found is not None)
        elif post.kind == "farewell":
            await self._farewell(post.recipient)
        elif post.kind == "alert":
            await self._placing.alerted(post.recipient)
        elif post.kind == "check":
            await self._checked(int(post.recipient), post.params["code"], found)
        elif post.kind == "board":
            await self._shifts.boards.sent(post.recipient.partition("/")[0], message_id)
        elif post.kind == "practice_card" and message_id is not None:
            await self._practice_card_sent(post, message_id)
        elif post.kind == "shift_test":
            await self._shifts.heard(post.recipient)
        elif post.kind == "administrators":
            await self._shifts.supervised(post.recipient.partition("/")[0], found["administrators"])
        elif post.kind == "seat":
            await self._seat_known(post, found)
        elif post.kind == "look":
            await self._guard.reported(post.recipient.partition("/")[0], post.params["report"], found)
        elif post.kind == "ring" and message_id is not None:
            await self._tx.desks.set_ring(post.recipient.partition("/")[0], message_id)
        elif post.kind == "pass_offer" and post.case is not None and message_id is not None:
            await self._tx.handovers.shown(post.case, message_id)
        elif post.kind == "second_look" and post.case is not None and message_id is not None:
            await self._tx.looks.shown(post.case, post.recipient.partition("/")[0], message_id)
        elif post.kind == "history":
            await self._history_sent(post.recipient)
        elif post.kind == "flood":
            await self._flood_over(post.recipient)
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
        if post.kind == "flood":
            await self._flood_over(post.recipient)
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
        elif post.kind == "enclosure":
            await self._enclosures.undelivered(post.params["message"], _short(why))
        elif post.kind == "reworded":
            await self._reworded(post, "line.edit_not_sent")
        elif post.kind == "retracted":
            await self._answered_by(post, "del.failed")
        elif post.kind == "take_down" and not post.params["edit"]:
            await self._edited_down(post)
        elif post.kind == "media":
            await self._media.unshowable(post.params["file"])
        elif post.kind == "farewell":
            await self._farewell(post.recipient)
        elif why == "blocked" or post.kind in UNIMPORTANT or post.to is To.OPERATOR:
            return
        elif await self._tx.desks.ring(f"undeliverable:{post.kind}:{post.case}", HOUR):
            await self._tell.administrators("alarm.undeliverable", kind=post.kind)

    async def stand(self, out: Sequence[Standing]) -> None:
        """Messages with somebody's words are out: where they stand is kept."""
        await self._threads.stand(out)

    async def needless(self, row: Row, *, too_late: bool) -> None:
        """A call had nothing to do, or came `too_late`: Telegram lets nobody change or delete that any more."""
        post = row.post
        if post.kind == "reworded" and too_late:
            await self._reworded(post, "line.edit_not_sent")
        elif post.kind == "retracted":
            await self._retracted(post, gone=not too_late)
        elif post.kind == "take_down" and too_late and not post.params["edit"]:
            await self._edited_down(post)

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
        elif kind in ("words", "flood", "history", "answer", "enclosure"):
            if kind in ("answer", "enclosure"):
                await self._tell.line(case, "line.answer_lost")
            await self._tell.topic(case, "history", upto=await self._tx.messages.last(case.id))
        elif kind == "place" and case.status is Status.CLAIMED:
            await self._rescue.show(case)

    async def topic_made(self, row: Row, desk: str, thread_id: int) -> None:
        """The topic that a row needed exists now."""
        if row.post.to is To.DESK:
            topic = row.post.recipient.partition("/")[2]
            goes_at = self._tx.now + DAY if topic.startswith(ANSWERS) else None
            await self._tx.desks.set_topic(desk, topic, thread_id, goes_at)
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
        for lane in ("case", "media"):
            await self._tx.outbox.drop_lane(f"{lane}:{case.id}", but=row.seq)
        if not case.status.open:
            if row.post.kind in ("words", "flood", "place", "media"):  # written before the end, and nobody has seen it
                with contextlib.suppress(WrongMove):
                    await self._placing.place(await self._tx.cases.save(case.reopened(self._tx.now)))
            return
        upto = await self._tx.messages.last(case.id)
        await self._tell.topic(case, "topic_card", priority=Priority.CLAIM)
        await self._tell.topic(case, "history", priority=Priority.CLAIM, upto=upto)
        await self._rescue.show(case)
        await self._tell.line(case, "line.topic_recreated")

    async def vanished(self, row: Row) -> None:
        """The message to edit is not there any more: a card that still waits is shown again."""
        if row.post.kind == "reworded":
            await self._reworded(row.post, "line.edit_vanished")
        elif row.post.kind == "board":
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

    async def desk_looked(self, desk: str, facts: Mapping[str, Any]) -> None:
        """A desk that is down was looked at, and cannot be used yet."""
        found = await self._tx.desks.get(desk)
        if found:
            await self._guard.looked(found, facts)

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

    async def _practice_card_sent(self, post: Post, message_id: int) -> None:
        """Remembers the card, so that it becomes a line when somebody has taken it."""
        await self._tx.practice.set_card(post.params["number"], message_id)

    async def _history_sent(self, case_id: str) -> None:
        """All that was said stands in the topic; photos and voices follow."""
        case = await self._tx.cases.get(case_id)
        if case is not None:
            await self._media.show(case)

    async def _flood_over(self, case_id: str) -> None:
        """What was gathered stands in the topic, or never will; the files that came with it follow."""
        case = await self._tx.cases.get(case_id)
        if case is not None:
            await self._media.follow(case)

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
        if message and case and case.person and message.topic_message_id and message.gone_at is None:
            await self._tell.reaction(case, message.topic_message_id, DELIVERED, optional=True)

    async def _reworded(self, post: Post, why: str | None) -> None:
        """An operator's edit has reached the person, or why it has not. Her last mark may have said otherwise."""
        first, case = await self._first_wording(post.params["message"])
        if first is None or case is None or first.topic_message_id is None or first.gone_at is not None:
            return
        await self._tell.reaction(case, first.topic_message_id, NOT_SENT if why else DELIVERED)
        if why:
            await self._tell.topic(case, "reply", key=why, values={}, message_id=first.topic_message_id)

    async def _retracted(self, post: Post, *, gone: bool) -> None:
        """An operator's message has gone from the person's chat. Without a call it was never there, or is too old."""
        copies = await self._tx.threads.at(post.params["message"], PERSON)
        done = "del.done_once" if any(copy.again for copy in copies) else "del.done"
        await self._answered_by(post, "del.too_late" if copies and not gone else done)

    async def _answered_by(self, post: Post, key: str) -> None:
        """What came of `/del`, under the operator's message in the topic."""
        first, case = await self._first_wording(post.params["message"])
        if first is not None and key in ("del.too_late", "del.failed"):
            await self._tx.messages.stays(first.id)
        if first is not None and case is not None and case.person and first.topic_message_id is not None:
            await self._tell.topic(case, "reply", key=key, values={}, message_id=first.topic_message_id)

    async def _first_wording(self, name: str) -> tuple[Message | None, Case | None]:
        message = await self._tx.messages.get(name)
        if message is not None and message.edits is not None:
            message = await self._tx.messages.get(message.edits)
        return message, await self._tx.cases.get(message.case) if message is not None else None

    async def _edited_down(self, post: Post) -> None:
        """It could not be deleted: then what is hers in it is edited away; of a file her operator is told."""
        params = post.params
        if params["place"].endswith(FILE):
            await self._file_stays(params["place"].removesuffix(FILE), params["at"])
            return
        await self._tell.take_down(params["place"], params["message_id"], params["at"], edit=True)

    async def _file_stays(self, place: str, at: int) -> None:
        desk, _, thread_id = place.partition("/")
        case = await self._tx.cases.of_topic(desk, int(thread_id))
        if case is not None and case.read:
            await self._tell.line(case, "line.file_stays", said_at=at)

    async def _farewell(self, person: str) -> None:
        await self._tx.people.drop_if_leaving(person)
        if await self._tx.people.get(person) is None:
            await self._tx.outbox.drop_person(person)
            await self._shifts.unreachable(person)
        self._tx.erased = True


def _short(why: str) -> str:
    return "blocked" if why == "blocked" else "failed"
