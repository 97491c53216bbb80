"""The worker: one update, one transaction; state, outgoing messages and the "done" mark together or not at all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import partial
from time import monotonic
from typing import Any, Protocol

from aiogram import Bot, Dispatcher
from aiogram.types import Update as TelegramUpdate
from pydantic import ValidationError

from bot.domain.desks import Member
from bot.domain.messages import Incoming
from bot.domain.people import Language
from bot.domain.urgency import Assessment
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.attached import attached, enclosed
from bot.telegram.failures import origin
from bot.telegram.forms import current
from bot.telegram.membership import Membership
from bot.telegram.raw import (
    claimed_in_private,
    event_of,
    nowhere,
    private_id,
    readable,
    role_asked,
    written_in_topic,
)
from bot.telegram.saying import alias_name
from bot.telegram.screening import LONGEST, admitted, shared, shortened, words_of
from locales import Catalog
from storage.database import Database, StorageFault, Transaction
from storage.inbox import Update

log = logging.getLogger(__name__)

TOAST_PATIENCE = 2.0
"""Seconds for the answer to a tap; it is a courtesy and never tried again."""

TOAST = 200
"""Characters of the answer to a tap (https://core.telegram.org/bots/api#answercallbackquery)."""

PATIENCE = 5.0
"""Seconds that one update may take. Everybody waits meanwhile: there is one transaction at a time."""

SPAN = 0.1
"""Seconds after which a commit takes no further update: nothing can be stored or sent before it, nothing red either."""

IDLE = 0.5

Rescue = Callable[[Transaction, int | None, Incoming, Assessment], Awaitable[None]]
"""Gives what an update holds that could not be handled to the operators: transaction, Telegram id, words, and what was
read from them."""


Seat = Callable[[Transaction, str, int], Awaitable[int | None]]
"""The group in which somebody may take a case from her private chat: transaction, case code, Telegram id."""


Unsaid = Callable[[Transaction, int, int, int], Awaitable[None]]
"""Marks what an operator wrote that could not be handled: transaction, ids of chat, topic and message."""


class Alarm(Protocol):
    """Tells the administrators: key of the sentence, number of the update."""

    async def __call__(self, tx: Transaction, key: str, *, number: int) -> None: ...


class Unparsed(Exception):
    """No model can read this update. The models' own words are not kept: they quote the person."""


class Way(Enum):
    """Where a person's words go when they could not be handled: to her case, to the operators without it, nowhere."""

    CASE = auto()
    OPERATORS = auto()
    NOBODY = auto()


class Hung(Exception):
    """A handler did not come to an end. Nothing of its batch is kept, and the try counts for this update alone."""

    def __init__(self, update: Update) -> None:
        super().__init__(f"update {update.update_id}")
        self.update = update


@dataclass
class Toast:
    """The answer to a tap, shown after the commit. Called by handlers: `toast("toast.taken", alias=…)`.

    Or the tap opens the bot's private chat with a start parameter: phones show the words of an answer or follow its
    address, never both.
    """

    language: Language = "ru"
    key: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    start: str | None = None
    stays: bool = False

    def alert(self, key: str, **values: Any) -> None:
        """The answer stays on the screen of whoever tapped, and on no other, until she has read it."""
        self.key, self.values, self.stays = key, values, True

    def opens(self, start: str) -> None:
        """The tap opens the private chat, as `?start=…` does."""
        self.start = start

    def __call__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values


class Worker:
    """Takes updates from the inbox, red lanes first, and feeds them to the handlers."""

    def __init__(
        self, database: Database, dispatcher: Dispatcher, bot: Bot, api: Api, catalog: Catalog, *,
        membership: Membership, rescue: Rescue, unsaid: Unsaid, seat: Seat, alarm: Alarm,
        committed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._database = database
        self._dispatcher = dispatcher
        self._bot = bot
        self._api = api
        self._catalog = catalog
        self._membership = membership
        self._rescue = rescue
        self._unsaid = unsaid
        self._seat = seat
        self._alarm = alarm
        self._committed = committed
        self._wake = asyncio.Event()
        self._toasts: set[asyncio.Task[None]] = set()
        self._asking: set[str] = set()
        self.turned_at: float | None = None
        """When a turn was last finished, monotonic seconds."""

    def wake(self) -> None:
        """Something was stored, or the clock moved."""
        self._wake.set()

    def answered(self) -> None:
        """Somebody's membership is known now: the lanes that wait for it may go on."""
        self._asking.clear()
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. A failing database costs a pause, never an update, and counts as nobody's try."""
        while True:
            self._wake.clear()
            try:
                done = await self._batch()
                self.turned_at = monotonic()
            except Hung as hung:
                log.error("update %d, try %d: it hangs", hung.update.update_id, hung.update.tries + 1)
                done = await self._count(hung.update)
            except StorageFault as fault:
                log.error("worker: database fault %s", fault)
                done = 0
                await asyncio.sleep(1)
            except Exception as broken:
                # Nothing was committed, so nothing is lost; what broke is said without its words.
                log.error("worker: %s", origin(broken))
                done = 0
                await asyncio.sleep(1)
            if not done:
                await self._rest()

    async def stop(self, within: float) -> None:
        """Lets the last answers to taps go out."""
        if self._toasts:
            await asyncio.wait(self._toasts, timeout=within)

    async def _batch(self) -> int:
        """As many updates as wait, in one commit. Returns how many were finished.

        While all goes well none needs a savepoint. A batch in which anything does not is undone as a whole and gone
        through again, each update by itself.
        """
        try:
            done, toasts = await self._through(smooth=True)
        except (StorageFault, Hung):
            raise
        except Exception as broken:
            log.warning("a batch goes again, each update by itself: %s", origin(broken))
            done, toasts = await self._through(smooth=False)
        self._committed()
        for name, toast in toasts:
            task = asyncio.create_task(self._answer_tap(name, toast))
            self._toasts.add(task)
            task.add_done_callback(self._toasts.discard)
        return done

    async def _through(self, *, smooth: bool) -> tuple[int, list[tuple[str, Toast]]]:
        """What waits, one after the other; how many were finished, and the answers to taps among them.

        One that was tried before comes first in its batch or waits for the next: what is finished before it is never
        undone by it, or it could use up its tries and be rescued ahead of what was said before it.
        """
        one = self._smoothly if smooth else self._one
        toasts: list[tuple[str, Toast]] = []
        done = 0
        held: set[str] = set()
        async with self._database.transaction("worker.batch") as tx:
            token = current.set(tx)
            try:
                taken = await tx.inbox.take(self._asking)
                updates = [replace(update, body=readable(update.body)) for update in taken]
                if smooth:
                    await self._read_ahead(tx, updates)
                begun = monotonic()
                for update in updates:
                    if done and (update.tries or monotonic() - begun > SPAN):
                        break
                    if update.lane in held:
                        continue
                    tap = role_asked(update.body) or await self._taken_in_private(tx, update)
                    member = self._membership.of(tap) if tap else Member.UNKNOWN
                    if member is None:
                        held.add(update.lane)
                        self._asking.add(update.lane)
                        continue
                    toast = Toast()
                    if await one(tx, update, toast, member):
                        done += 1
                    else:
                        held.add(update.lane)
                        toast = Toast()
                    toasts += [(name, toast) for name in _tap_id(update.body)]
            finally:
                current.reset(token)
        return done, toasts

    async def _taken_in_private(self, tx: Transaction, update: Update) -> tuple[int, int] | None:
        """Group and user of a case that is taken from a private chat: she must be a member there, too."""
        found = claimed_in_private(update.body)
        chat = await self._seat(tx, *found) if found else None
        return (chat, found[1]) if found and chat is not None else None

    async def _read_ahead(self, tx: Transaction, updates: list[Update]) -> None:
        """Persons and their open cases, for the whole batch at once."""
        ids = {private_id(update.body) for update in updates} - {None}
        if ids:
            people = [await tx.lookup(one) for one in ids if one is not None]
            await tx.people.read_ahead(people)
            await tx.cases.read_ahead(people)
            await tx.asides.read_ahead(people)

    async def _smoothly(self, tx: Transaction, update: Update, toast: Toast, member: Member) -> bool:
        """Finished, or all of the batch is undone."""
        limit = asyncio.timeout(PATIENCE)
        try:
            async with limit:
                await self._feed(tx, update, toast, member)
                await tx.inbox.done(update.seq)
        except TimeoutError:
            if limit.expired():
                raise Hung(update) from None
            raise
        return True

    async def _one(self, tx: Transaction, update: Update, toast: Toast, member: Member) -> bool:
        """Whether the update is finished: done or set aside. Otherwise its lane waits for the next try."""
        limit = asyncio.timeout(PATIENCE)
        try:
            # Outside of the savepoint: a cancelled statement may still be on its way, so the whole transaction goes.
            async with limit, tx.savepoint():
                await self._feed(tx, update, toast, member)
                await tx.inbox.done(update.seq)
        except StorageFault:
            raise
        except Unparsed:
            await self._set_aside(tx, update, "alarm.unparsed")
        except Exception as broken:
            if limit.expired():
                raise Hung(update) from None
            log.error("update %d, try %d: %s", update.update_id, update.tries + 1, origin(broken))
            return await self._tried(tx, update)
        return True

    async def _tried(self, tx: Transaction, update: Update) -> bool:
        """Counts a try; whether it was the last one, so that the update is set aside."""
        if await tx.inbox.failed(update):
            return False
        await self._set_aside(tx, update, "alarm.quarantine")
        return True

    async def _count(self, update: Update) -> int:
        """The try of an update that hung, in a transaction of its own; a failing database counts nothing."""
        try:
            try:
                async with self._database.transaction("worker.hung") as tx:
                    await self._tried(tx, update)
                return 1
            except Hung:
                return await self._bare(update)
        except StorageFault as fault:
            log.error("worker: database fault %s", fault)
            return 0

    async def _bare(self, update: Update) -> int:
        """What gives its words to the operators hangs too: they go there bare, past the case. When even that hangs they
        stay where they are, set aside and alarmed: it must not hold everybody up again and again."""
        for to in (Way.OPERATORS, Way.NOBODY):
            try:
                async with self._database.transaction("worker.bare") as tx:
                    await self._set_aside(tx, update, "alarm.quarantine", to)
                break
            except Hung:
                log.error("update %d: its rescue hangs", update.update_id)
        return 1

    async def _feed(self, tx: Transaction, update: Update, toast: Toast, member: Member) -> None:
        name, event = event_of(update.body)
        if not name or nowhere(update.body) or sum(len(words) for words in words_of(update.body)) > LONGEST:
            raise Unparsed
        try:
            parsed = TelegramUpdate.model_validate(update.body, context={"bot": self._bot})
        except (ValidationError, ValueError, TypeError, RecursionError):
            raise Unparsed from None
        incoming: Incoming | None = None
        if name in ("message", "edited_message"):
            incoming = admitted(event, edited=name == "edited_message")
        await self._dispatcher.feed_update(
            self._bot, parsed, tx=tx, toast=toast, member=member, incoming=incoming, membership=self._membership,
            assessed=update.assessed, shared=shared(event) if name == "message" else None,
            attached=(enclosed if update.lane.startswith("g:") else attached)(event) if incoming else None,
        )  # fmt: skip

    async def _set_aside(self, tx: Transaction, update: Update, alarm: str, to: Way = Way.CASE) -> None:
        """Quarantine; an administrator hears of it, and the person's words reach the operators all the same: in her
        case, or without it. Raises Hung when that does not come to an end either."""
        await tx.inbox.quarantine(update.seq)
        await self._alarm(tx, alarm, number=update.update_id)
        name, event = event_of(update.body)
        own = admitted(event)
        words = "\n".join(words_of(update.body)) if isinstance(update.body, str) else own.text
        if to is Way.NOBODY or not (words or name == "message"):
            return
        if update.lane.startswith("g:"):
            place = written_in_topic(update.body)
            works = [partial(self._unsaid, tx, *place)] if place and to is Way.CASE else []
        else:
            incoming = replace(own, text=shortened(words))
            whose = [private_id(update.body), None] if to is Way.CASE else [None]
            works = [partial(self._rescue, tx, one, incoming, update.assessed) for one in whose]
        for work in works:
            if await self._managed(tx, update, work):
                break

    async def _managed(self, tx: Transaction, update: Update, work: Callable[[], Awaitable[None]]) -> bool:
        """Whether a rescue went well; the alarm goes out all the same. Raises Hung."""
        try:
            async with asyncio.timeout(PATIENCE) as limit, tx.savepoint():
                await work()
        except StorageFault:
            raise
        except Exception as broken:
            if limit.expired():
                raise Hung(update) from None
            log.error("update %d, rescue: %s", update.update_id, origin(broken))
            return False
        return True

    async def _answer_tap(self, name: str, toast: Toast) -> None:
        try:
            params: dict[str, Any] = {"callback_query_id": name}
            if toast.start:
                params["url"] = f"https://t.me/{(await self._bot.me()).username}?start={toast.start}"
            elif toast.key:
                values = dict(toast.values)
                if "alias" in values:
                    values["alias"] = alias_name(values["alias"], toast.language)
                params["text"] = self._catalog.text(toast.key, toast.language, **values)[:TOAST]
                if toast.stays:
                    params["show_alert"] = True
            await self._api.call("answerCallbackQuery", params, timeout=TOAST_PATIENCE)
        except (ApiError, Unreachable):
            log.info("a tap was not answered in time")
        except Exception as broken:
            log.error("the answer to a tap: %s", origin(broken))

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE):
                await self._wake.wait()
        except TimeoutError:
            pass


def _tap_id(update: Any) -> list[str]:
    name, event = event_of(update)
    return [event["id"]] if name == "callback_query" and isinstance(event.get("id"), str) else []
