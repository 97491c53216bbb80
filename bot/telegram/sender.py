"""The sender: the only voice. It takes rows in one transaction, calls Telegram, records the outcome in the next."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Any

from bot.domain.desks import SECOND_WAY
from bot.domain.messages import Priority, Row, To
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.failures import Meaning, Verdict, back_off, judge, origin
from bot.telegram.membership import member_in
from bot.telegram.outcome import Aftermath, Outcome
from bot.telegram.pace import OVERALL_RED, Pace, remembered
from bot.telegram.raw import is_id
from bot.telegram.render import Call, Renderer
from storage.database import Database, StorageFault, Transaction
from storage.outbox import Ready

log = logging.getLogger(__name__)

IN_FLIGHT = 40
"""Calls at once."""

FOR_RED = 4
"""Of these, how many only a red row may use: calls that hang must not hold it up."""

PER_RECEIVER = 10
"""Of these, how many may be on their way to one group or person: three groups that hang must not hold up the others."""

FILE = "media"
"""The kind of row that brings a file. To a group only one is on its way: files are slow, and words need the places."""

RIGHTS_AGAIN = 60.0
"""Seconds before a topic that must go is tried again without the right to delete it."""

IDLE = 0.5
"""Longest sleep in seconds before the outbox is looked at again."""

TOGETHER = 20
"""Calls that have come home are recorded so many at a time, while others are still out..."""
SOON = 0.01
"""...or after so many seconds: a turn costs as much for one as for twenty."""

MINUTE = 60_000

ALLOWED = frozenset({
    "sendMessage", "sendLocation", "sendPhoto", "sendVoice", "sendVideoNote", "sendDocument", "editMessageText",
    "setMessageReaction", "pinChatMessage", "createForumTopic", "editForumTopic", "closeForumTopic", "reopenForumTopic",
    "deleteForumTopic", "getChat", "getChatMember", "getChatAdministrators", "leaveChat", "deleteMessage",
    "deleteMessages",
})  # fmt: skip
"""Methods the sender may call. Nothing that copies or forwards a person's message is among them."""


class Sender:
    """Sends what waits in the outbox, red first, each lane in order, at Telegram's pace."""

    def __init__(
        self, database: Database, api: Api, renderer: Renderer, pace: Pace,
        aftermath: Callable[[Transaction], Aftermath],
    ) -> None:  # fmt: skip
        self._database = database
        self._api = api
        self._renderer = renderer
        self._pace = pace
        self._aftermath = aftermath
        self._wake = asyncio.Event()
        self._soon: asyncio.TimerHandle | None = None
        """Wakes the sender for calls that have come home one by one."""
        self._flying: dict[asyncio.Task[None], str] = {}
        """Calls on their way, and to whom."""
        self._uploading: dict[asyncio.Task[None], str] = {}
        """Files on their way, and to whom."""
        self._outcomes: list[Outcome] = []
        self._making: set[str] = set()
        self._heard_at = 0
        """When Telegram's clock was last kept, epoch milliseconds of ours."""
        self.turned_at: float | None = None
        """When a turn was last finished, monotonic seconds; `refused_at`: when Telegram last refused the token."""
        self.refused_at: float | None = None

    def wake(self) -> None:
        """Something was put in the outbox, or the clock moved."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. A failing database costs a pause, never a row."""
        begun = False
        while True:
            self._wake.clear()
            try:
                if not begun:
                    await self._begin()
                begun = True
                more = await self._turn()
                self.turned_at = monotonic()
            except StorageFault as fault:
                log.error("sender: database fault %s", fault)
                more = True
                await asyncio.sleep(1)
            except Exception as broken:
                # Nothing was committed: rows wait, and what came of calls is still in memory.
                log.error("sender: %s", origin(broken))
                more = True
                await asyncio.sleep(1)
            if not more:
                await self._rest()

    async def _begin(self) -> None:
        """What a stop left in doubt goes again, and what was sent before it counts for the pace."""
        async with self._database.transaction("sender.start") as tx:
            doubtful = await tx.outbox.in_doubt()
            self._pace.restore(await tx.pacing.spent(), await tx.pacing.holds())
        if doubtful:
            log.warning("rows in doubt after a stop: %d", doubtful)

    async def stop(self, within: float) -> None:
        """Lets calls that are out come home, and records them."""
        if self._flying:
            await asyncio.wait(self._flying, timeout=within)
        if self._outcomes:
            async with self._database.transaction("sender.stop") as tx:
                await self._record(tx, self._outcomes)

    async def _turn(self) -> bool:
        """One transaction: what came of the last calls, and the next rows to go. Whether there may be more at once."""
        known = list(self._outcomes)
        if self._soon:
            self._soon.cancel()
            self._soon = None
        async with self._database.transaction("sender.turn") as tx:
            await self._record(tx, known)
            calls, more = await self._take(tx)
        del self._outcomes[: len(known)]
        self._making -= {outcome.call.only_one for outcome in known if outcome.call.only_one}
        for ready, call, made in calls:
            if call.only_one:
                self._making.add(call.only_one)
            task = asyncio.create_task(self._send(ready, call, made))
            self._flying[task] = ready.pace
            task.add_done_callback(self._flying.pop)
            if call.upload:
                self._uploading[task] = ready.pace
                task.add_done_callback(self._uploading.pop)
        return more

    async def _take(self, tx: Transaction) -> tuple[list[tuple[Ready, Call, float]], bool]:
        """The next rows, rendered, counted and marked; and whether there may be more than were looked at."""
        room = min(IN_FLIGHT - len(self._flying), self._pace.room())
        ordinary = min(IN_FLIGHT - FOR_RED - len(self._flying), self._pace.room() - OVERALL_RED)
        if room <= 0:
            return [], False
        reds = await tx.cases.red_desks() if self._pace.near(room) else ()
        beside_red = {f"desk:{desk}" for desk in reds}
        calls: list[tuple[Ready, Call, float]] = []
        over = 0
        making = set(self._making)
        busy = Counter(self._flying.values())
        taken = {name for name, count in busy.items() if count >= PER_RECEIVER}
        full, reserved = self._pace.full() | taken, self._pace.reserved(beside_red)
        uploading = set(self._uploading.values())
        rows = await tx.outbox.ready(room, full, reserved, self._making, uploading, self._pace.crowded())
        for ready in rows:
            red = ready.row.post.priority is Priority.RED
            if not red and len(calls) >= ordinary:
                continue
            may = self._pace.may(ready.pace, red=red, beside_red=ready.pace in beside_red)
            if not may or busy[ready.pace] >= PER_RECEIVER:
                continue  # an earlier row of this very turn took the last place
            if ready.row.post.kind == FILE and ready.pace in uploading:
                continue
            call = await self._rendered(tx, ready)
            if call is None:
                over += 1
                continue
            if call.only_one in making:
                continue
            if call.only_one:
                making.add(call.only_one)
            if call.upload:
                uploading.add(ready.pace)
            busy[ready.pace] += 1
            calls.append((ready, call, self._pace.spend(ready.pace)))
        if calls:
            await tx.outbox.sending([ready.row.seq for ready, _, _ in calls])
            await tx.pacing.spend(Counter(remembered(ready.pace) for ready, _, _ in calls))
        return calls, over > 0 or 0 < len(calls) < len(rows) == room

    async def _rendered(self, tx: Transaction, ready: Ready) -> Call | None:
        """The call for a row; rows with nothing to say are over, rows that cannot be made are set aside."""
        row = ready.row
        if row.post.params.get("optional") and self._pace.half_used(ready.pace):
            await tx.outbox.sent(row.seq)
            return None
        try:
            call = await self._renderer.call(tx, ready)  # only reads, so there is nothing to undo
            if call and call.method not in ALLOWED:
                raise ValueError("the sender may not call that")
        except StorageFault:
            raise
        except Exception as broken:
            log.error("cannot render %s: %s", row.post.kind, origin(broken))
            await self._safely(tx, row, lambda: self._give_up(tx, row, "broken"))
            return None
        if call is None:
            await tx.outbox.sent(row.seq)
            await self._safely(tx, row, lambda: self._aftermath(tx).sent(row, None))
        return call

    async def _safely(self, tx: Transaction, row: Row, work: Callable[[], Awaitable[None]]) -> None:
        """What follows from one row may fail with it, and nothing else."""
        try:
            async with tx.savepoint():
                await work()
        except StorageFault:
            raise
        except Exception as broken:
            log.error("after %s: %s", row.post.kind, origin(broken))
            await tx.outbox.fail(row.seq, "unrecorded")

    async def _send(self, ready: Ready, call: Call, made: float) -> None:
        try:
            if call.lookup:
                result: Any = await self._look(call)
            else:
                result = await self._api.call(call.method, call.params, upload=call.upload)
            self._outcomes.append(Outcome(ready, call, result))
        except (ApiError, Unreachable) as error:
            self._outcomes.append(Outcome(ready, call, error=error))
        except Exception as broken:
            log.error("calling %s: %s", call.method, origin(broken))
            odd = Unreachable(call.method, type(broken).__name__, doubtful=True)
            self._outcomes.append(Outcome(ready, call, error=odd))
        self._pace.home(ready.pace, made)
        if len(self._outcomes) >= TOGETHER or len(self._outcomes) >= len(self._flying):
            self._wake.set()
        elif self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(SOON, self._wake.set)

    async def _look(self, call: Call) -> dict[str, Any]:
        """What a group is like: the facts behind the list of DESK.md, Layout; and who administers it, by ids that only
        pass through."""
        if call.method == "getChatAdministrators":
            return {"administrators": await self._administrators(call)}
        if call.method == "getChatMember":
            return {"member": member_in(await self._api.call(call.method, call.params))}
        chat = await self._api.call("getChat", call.params)
        bot = {**call.params, "user_id": self._renderer.identity.bot_id}
        me = await self._api.call("getChatMember", bot)
        admin = me.get("status") == "administrator"
        who = await self._administrators(call) if admin and not call.probe else []
        return {
            "administrators": who,
            "forum": bool(chat.get("is_forum")),
            "private": chat.get("type") == "supergroup" and not chat.get("username"),
            "unlinked": not chat.get("linked_chat_id"),
            "admin": admin,
            "rights_topics": bool(me.get("can_manage_topics")),
            "rights_delete": bool(me.get("can_delete_messages")),
            "rights_pin": bool(me.get("can_pin_messages")),
        }

    async def _administrators(self, call: Call) -> list[int]:
        """Ids of the group's administrators, but for bots and those who do not say who they are."""
        members = await self._api.call("getChatAdministrators", {"chat_id": call.params["chat_id"]})
        known = [one for one in members if isinstance(one, dict) and isinstance(one.get("user"), dict)]
        shown = [one["user"] for one in known if not one.get("is_anonymous") and not one["user"].get("is_bot")]
        return [int(user["id"]) for user in shown if is_id(user.get("id"))]

    async def _record(self, tx: Transaction, outcomes: list[Outcome]) -> None:
        """Rows that are out and followed by nothing go together; all else is recorded row by row."""
        followed = self._aftermath(tx).followed
        await self._hear_the_time(tx, outcomes)
        out = [standing for outcome in outcomes if (standing := outcome.standing)]
        if out:
            await tx.alone("what stands where is not known", partial(self._aftermath(tx).stand, out))
        await tx.outbox.sent(*(outcome.ready.row.seq for outcome in outcomes if outcome.over(followed)))
        for outcome in outcomes:
            if not outcome.over(followed):
                await self._safely(tx, outcome.ready.row, partial(self._recorded, tx, outcome))

    async def _hear_the_time(self, tx: Transaction, outcomes: list[Outcome]) -> None:
        """What Telegram's clock shows stands in the date of what was just sent; kept once a minute."""
        dated = max((outcome.dated for outcome in outcomes), default=0)
        if dated and abs(tx.now - self._heard_at) >= MINUTE:
            await tx.keeping.heard(dated * 1000)
            self._heard_at = tx.now

    async def _recorded(self, tx: Transaction, outcome: Outcome) -> None:
        row = outcome.ready.row
        if outcome.error is None:
            await self._succeeded(tx, outcome)
        else:
            await self._failed(tx, outcome, judge(outcome.error, row.post.to, row.tries))

    async def _succeeded(self, tx: Transaction, outcome: Outcome) -> None:
        row, call = outcome.ready.row, outcome.call
        after = self._aftermath(tx)
        if call.probe:
            await self._probed(tx, outcome)
            return
        if call.topic_of:
            thread = outcome.message.get("message_thread_id")
            if isinstance(thread, int):
                await after.topic_made(row, call.desk or "", thread)
            await self._later(tx, row, 0 if isinstance(thread, int) else back_off(row.tries), tried=thread is None)
            return
        if outcome.astray:
            # Topics were switched off: the words of all cases would run together (DESIGN.md 5).
            await after.desk_down(call.desk or "", "no_topics")
            if await self._left_behind(tx, row, call):
                await tx.outbox.sent(row.seq)
            else:
                await self._later(tx, row, 0, doubtful=True)
            return
        if row.part + 1 < call.parts:
            await tx.outbox.next_part(row.seq, row.part + 1)
            await after.part_sent(row, outcome.message.get("message_id"))
            return
        await tx.outbox.sent(row.seq)
        await after.sent(row, outcome.message.get("message_id"), outcome.result)

    async def _failed(self, tx: Transaction, outcome: Outcome, verdict: Verdict) -> None:
        row, call = outcome.ready.row, outcome.call
        after = self._aftermath(tx)
        log.warning("%s failed: %s", call.method, verdict.meaning)
        if verdict.meaning is Meaning.DESK_DOWN and call.desk and not call.probe:
            await after.desk_down(call.desk, verdict.why)
        if await self._left_behind(tx, row, call):
            await tx.outbox.sent(row.seq)
        elif call.probe:
            await self._looked(tx, row)
        elif row.post.kind == "look" and verdict.meaning not in (Meaning.LATER, Meaning.STOP):
            await tx.outbox.sent(row.seq)  # there is no such group, or the bot is not in it: that is the answer
            await after.sent(row, None)
        elif verdict.meaning in (Meaning.REPLY_GONE, Meaning.REFUSED) and call.replies:
            await tx.outbox.without_reply(row.seq)
        elif verdict.meaning in (Meaning.DONE, Meaning.TOO_LATE):
            await tx.outbox.sent(row.seq)
            await after.needless(row, too_late=verdict.meaning is Meaning.TOO_LATE)
        elif verdict.meaning is Meaning.TOPIC_GONE and call.deletes_topic:
            await tx.outbox.sent(row.seq)
        elif verdict.meaning is Meaning.VANISHED:
            await tx.outbox.sent(row.seq)
            await after.vanished(row)
        elif verdict.meaning in (Meaning.LATER, Meaning.STOP):
            if verdict.meaning is Meaning.STOP:
                log.error("Telegram does not accept the token")
                self.refused_at = monotonic()
            if verdict.flood:
                await self._flooded(tx, outcome, verdict.seconds)
            else:
                await self._later(tx, row, verdict.seconds, doubtful=verdict.doubtful)
        elif verdict.meaning is Meaning.PERSON_GONE and row.post.to is To.PERSON:
            await after.person_gone(row.post.recipient)
            await self._give_up(tx, row, "blocked")
        elif verdict.meaning is Meaning.GROUP_MOVED and call.chat_id is not None and verdict.moved_to is not None:
            await after.group_moved(call.chat_id, verdict.moved_to)
            await self._later(tx, row, 0)
        elif verdict.meaning is Meaning.TOPIC_GONE and call.desk:
            await self._topic_gone(tx, outcome)
        elif verdict.meaning is Meaning.DESK_DOWN and call.desk:
            await self._later(tx, row, 0)
        elif verdict.meaning is Meaning.RIGHT_MISSING and call.desk:
            await after.right_missing(call.desk)
            await (self._later(tx, row, RIGHTS_AGAIN) if call.deletes_topic else tx.outbox.sent(row.seq))
        else:
            await self._give_up(tx, row, verdict.meaning)

    async def _flooded(self, tx: Transaction, outcome: Outcome, seconds: float) -> None:
        """429: the receiver is left alone for so long, over a restart too; red does not wait for it (DESIGN.md 6)."""
        self._pace.hold(outcome.ready.pace, seconds)
        await tx.pacing.hold(outcome.ready.pace, seconds)
        await self._later(tx, outcome.ready.row, 0, tried=False)
        if outcome.call.desk and seconds * 1000 > SECOND_WAY:
            await self._aftermath(tx).desk_held(outcome.call.desk)

    async def _left_behind(self, tx: Transaction, row: Row, call: Call) -> bool:
        """Whether the case has gone to another desk meanwhile: whoever takes it there gets all that was said."""
        case = await tx.cases.get(row.post.recipient) if row.post.to is To.CASE else None
        return case is not None and call.desk is not None and case.desk != call.desk

    async def _probed(self, tx: Transaction, outcome: Outcome) -> None:
        """A desk that was down has been looked at: when it is usable again its rows go on."""
        facts, desk = outcome.result, outcome.call.desk or ""
        if all(facts[fact] for fact in ("forum", "admin", "rights_topics", "private", "unlinked")):
            await self._aftermath(tx).desk_up(desk)
        else:
            await self._aftermath(tx).desk_looked(desk, facts)
        await self._looked(tx, outcome.ready.row)

    async def _looked(self, tx: Transaction, row: Row) -> None:
        """The next look comes by the sweep; a row that was taken just when the desk went down waits with the others."""
        if row.post.kind == "probe":
            await tx.outbox.sent(row.seq)
        else:
            await self._later(tx, row, 0, tried=False)

    async def _topic_gone(self, tx: Transaction, outcome: Outcome) -> None:
        """A case's topic is made again with all that was said, so the row that failed is in it; others go once more.
        What named a message and no topic is over: the same call would be refused again without end."""
        row, call = outcome.ready.row, outcome.call
        if call.thread_id is None:
            await tx.outbox.sent(row.seq)
            await self._aftermath(tx).vanished(row)
            return
        await self._aftermath(tx).topic_gone(row, call.desk or "", call.thread_id)
        if row.post.to is To.CASE:
            await tx.outbox.sent(row.seq)
        else:
            await self._later(tx, row, 0)

    async def _later(
        self, tx: Transaction, row: Row, seconds: float, *, doubtful: bool = False, tried: bool = True
    ) -> None:
        await tx.outbox.later(row.seq, tx.now + int(seconds * 1000), again=doubtful, tried=tried)

    async def _give_up(self, tx: Transaction, row: Row, why: str) -> None:
        await tx.outbox.fail(row.seq, why)
        await self._aftermath(tx).undelivered(row, why)

    async def _rest(self) -> None:
        """Until something wakes the sender; short, because rows fall due and receivers become free by the clock."""
        free = self._pace.next_free()
        timeout = min(IDLE, free) if free is not None else IDLE
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            pass
