"""Builds and wires everything; the only module that sees every part, and the only one that asks what time it is."""

import asyncio
import hashlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import bot.telegram.models  # noqa: F401 - before aiogram

# isort: split
import aiohttp
from aiogram import Bot, Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.fsm.strategy import FSMStrategy
from aiogram.methods import TelegramMethod
from aiogram.types import User
from apscheduler.schedulers.asyncio import AsyncIOScheduler

import handlers
from bot import backup, control, health, places, systemd, triage
from bot.callout import Caller
from bot.config import Settings
from bot.domain.messages import Incoming
from bot.domain.urgency import Assessment
from bot.fetching import Fetcher
from bot.health import Health
from bot.jobs import SWEEPS, Sweep, begin_anew, schedule
from bot.services import Services
from bot.start import ask_who, introduce
from bot.telegram import setup
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.failures import origin
from bot.telegram.forms import FormStorage, OpenForm
from bot.telegram.intake import Intake
from bot.telegram.keyboards import menu_labels
from bot.telegram.lifeline import Lifeline
from bot.telegram.membership import Membership
from bot.telegram.pace import Pace
from bot.telegram.reading import Reading
from bot.telegram.render import Renderer
from bot.telegram.saying import Identity
from bot.telegram.sender import Sender
from bot.telegram.worker import Worker
from handlers.context import Context
from locales import LANGUAGES, Catalog
from storage.database import Database, StorageFault, Transaction
from storage.reference.screening import masking, screening

log = logging.getLogger(__name__)

TRUTH_VERSION = "3"
"""The version of the screen of truth that a consent names; the digest of the very text stands beside it."""

CLOCK_POLL = 0.05
"""Seconds between two questions; only ever asked of a server on this machine."""
CLOCK_WAIT = 30.0
"""Seconds: a sandbox answers when its clock has moved, or after twenty."""
JUMP = 5
"""Seconds by which a clock differs from itself only when somebody or a time server has set it."""
STOP_WITHIN = 3.0
"""Seconds that calls under way get at a stop; with the rest it stays below five."""

HOUR = 3_600_000


class Clock:
    """The one clock. `offset` (seconds) is moved only by a Bot API server on this machine."""

    def __init__(self) -> None:
        self.offset = 0.0
        self._apart = 0.0
        self.jumped()

    def now(self) -> int:
        """UTC, epoch milliseconds."""
        return int((datetime.now(UTC).timestamp() + self.offset) * 1000)

    def jumped(self) -> int:
        """By how many whole seconds the machine's clock was set back or forth since the last look; offset apart."""
        apart = datetime.now(UTC).timestamp() - time.monotonic()
        moved, self._apart = round(apart - self._apart), apart
        return moved

    def monotonic(self) -> float:
        """Seconds that only grow, moved like `now`."""
        return time.monotonic() + self.offset

    async def follow(self, server: str, moved: Iterable[Callable[[], None]]) -> None:
        """Takes the offset that a sandbox serves at /clock, until cancelled; a server without it means none."""
        async with aiohttp.ClientSession() as session:
            while (offset := await self._served(session, f"{server}/clock?besides={self.offset}")) is not None:
                if offset != self.offset:
                    self.offset = offset
                    for wake in moved:
                        wake()
                await asyncio.sleep(CLOCK_POLL)

    async def set(self, server: str) -> None:
        """The same once, before the first transaction: by the unmoved clock every due time and hold would look like one
        that was set before the clock was set back."""
        async with aiohttp.ClientSession() as session:
            self.offset = await self._served(session, f"{server}/clock", 2) or 0.0

    async def _served(self, session: aiohttp.ClientSession, url: str, within: float = CLOCK_WAIT) -> float | None:
        """None from a Bot API server of one's own, which keeps everybody's time; the old offset when it is away."""
        try:
            async with session.get(url, timeout=aiohttp.ClientTimeout(total=within)) as answer:
                return None if answer.status == 404 else float((await answer.json())["offset"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
            return self.offset


class NoSession(BaseSession):
    """The session of the bot that handlers see: they speak by the outbox, never to Telegram."""

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:
        raise RuntimeError(f"a handler called {type(method).__name__}: put a message in the outbox instead")

    def stream_content(
        self, url: str, headers: dict[str, Any] | None = None, timeout: int = 30, chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:  # fmt: skip
        raise RuntimeError("a handler asked for a file")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Parts:
    """The running parts."""

    database: Database
    api: Api
    identity: Identity
    intake: Intake
    worker: Worker
    sender: Sender
    lifeline: Lifeline
    caller: Caller | None
    fetcher: Fetcher
    clock: Clock
    health: Health


async def run(settings: Settings, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Runs the bot until `stop` is set. `say` prints what a person at the shell must see (the first link).

    Raises WrongBotSettings, BadKeys, AlreadyRunning, ApiError (a token that Telegram refuses).
    """
    front, api = health.Front(), Api(settings.telegram_api, settings.token)
    with control.only_one(settings.database):
        try:
            async with health.served(front, settings.health_port):
                async with systemd.starting():
                    parts = await _open(settings, api, front, stop)
                if parts is None:
                    return
                try:
                    await _run(parts, settings, stop, say)
                finally:
                    await parts.database.close()
        finally:
            await api.close()


async def _open(settings: Settings, api: Api, front: health.Front, stop: asyncio.Event) -> Parts | None:
    """The parts over an open database; None when stopped before Telegram has answered."""
    clock, ring = Clock(), places.key_ring(settings.keys)
    me = await introduce(api, stop)
    if me is None:
        return None
    front.telegram = True
    setup.check(me)
    if settings.loopback:
        await clock.set(settings.telegram_api)
    places.make_database(settings.database)
    database = await Database.open(settings.database, ring, clock.now)
    try:
        parts = _wire(settings, clock, api, database, me)
    except BaseException:
        await database.close()
        raise
    front.behind = parts.health
    return parts


def _wire(settings: Settings, clock: Clock, api: Api, database: Database, me: dict[str, Any]) -> Parts:
    catalog = Catalog.load()
    identity = Identity(me["username"], me["id"], settings.name, settings.operator)
    renderer = Renderer(catalog, identity)
    sender = Sender(database, api, renderer, Pace(clock.monotonic), lambda tx: Services(tx).delivery)
    bot = Bot(settings.token, session=NoSession())
    # So that a command with the bot's @name is compared without a call.
    bot._me = User(id=me["id"], is_bot=True, first_name=me["first_name"], username=me["username"])
    labels = menu_labels(catalog)
    dispatcher = Dispatcher(
        storage=FormStorage(), fsm_strategy=FSMStrategy.USER_IN_TOPIC, disable_fsm=True,
        labels=labels, truth=_truth(catalog, identity),
    )  # fmt: skip
    dispatcher.update.outer_middleware(OpenForm(dispatcher.fsm))
    dispatcher.update.outer_middleware(Context())
    dispatcher.include_routers(*handlers.routers())
    membership = Membership(api, clock.monotonic, lambda: worker.answered())
    worker = Worker(
        database, dispatcher, bot, api, catalog, membership=membership, rescue=_rescue, unsaid=_unsaid,
        seat=_seat, alarm=_alarm, committed=sender.wake,
    )  # fmt: skip
    screening()  # its tables are read here: a bad row stops the start, and no transaction waits for a file
    masking()
    reading = Reading(triage.urgency(), labels, partial(_alarm, key="alarm.triage"))
    conflict = partial(_alarm, key="alarm.conflict")
    intake = Intake(database, api, reading, worker.wake, conflict, clock.monotonic)
    lifeline = Lifeline(database, api, catalog, partial(_alarm, key="alarm.database_up"))
    caller = None
    if settings.callout_url and settings.callout_secret:
        caller = Caller(database, settings.callout_url, settings.callout_secret)
    fetcher = Fetcher(database, api, sender.wake)
    watched = Health(database, intake, worker, sender)
    return Parts(database, api, identity, intake, worker, sender, lifeline, caller, fetcher, clock, watched)


def _truth(catalog: Catalog, identity: Identity) -> dict[str, str]:
    """Version and digests of the screen of truth, for the consent record."""
    truth = {"version": TRUTH_VERSION}
    for language in LANGUAGES:
        for adult in (True, False):
            text = catalog.page("truth", language, adult=adult, operator=identity.operator[language])
            truth[f"{language}.{adult}"] = hashlib.sha256(text.encode()).hexdigest()
    return truth


async def _rescue(tx: Transaction, telegram_id: int | None, incoming: Incoming, assessed: Assessment) -> None:
    await Services(tx).people.rescue(telegram_id, incoming, assessed)


async def _unsaid(tx: Transaction, chat_id: int, thread_id: int, message_id: int) -> None:
    await Services(tx).desk_work.unsaid(chat_id, thread_id, message_id)


async def _seat(tx: Transaction, code: str, telegram_id: int) -> int | None:
    seat = await Services(tx).aside.seat_for(code, await tx.lookup(telegram_id))
    return seat.of.chat_id if seat else None


async def _alarm(tx: Transaction, key: str, **values: int) -> None:
    """Administrators hear of each kind of trouble at most once an hour, and never more than its number."""
    if await tx.desks.ring(key, HOUR):
        await Services(tx).tell.administrators(key, **values)


async def _run(parts: Parts, settings: Settings, stop: asyncio.Event, say: Callable[[str], None]) -> None:
    """Starts the parts, waits, and stops them in the order in which nothing is left half done."""

    speaking = [parts.sender.wake, parts.fetcher.wake, *([parts.caller.wake] if parts.caller else [])]

    async def sweep(job: Sweep) -> None:
        if parts.intake.online_for() < job.online:
            return
        try:
            async with parts.database.transaction(f"job.{job.name}") as tx:
                await job.run(Services(tx), tx.now)
        except asyncio.CancelledError:  # the bot stops; it is undone, and APScheduler would log it as a fault
            return
        except StorageFault as fault:
            log.error("%s: database fault %s", job.name, fault)
        except Exception as broken:
            log.error("%s: %s", job.name, origin(broken))
        for wake in speaking:
            wake()

    async def answer(question: str) -> str:
        try:
            if question == "admin":
                return await administrator_link(parts.database, parts.identity)
            if question.startswith(backup.QUESTION):
                return await backup.answer(parts.database, question)
        except StorageFault as fault:
            raise control.Refused(f"the bot's database cannot be used now: {fault.plain}.") from fault
        raise control.Refused("the running bot is another version of senim: restart it")

    await _first_link(parts, say)
    scheduler = schedule(sweep)
    server = await control.serve(settings.database, answer)
    works = [parts.intake.run(), parts.worker.run(), parts.sender.run(), _settle(parts, settings)]
    works += [_watch_clock(parts, scheduler), parts.lifeline.run(), parts.fetcher.run()]
    if parts.caller:
        works.append(parts.caller.run())
    works += [parts.health.run(), health.beat(parts.health, settings.heartbeat), systemd.tell(parts.health)]
    if settings.loopback:
        works.append(parts.clock.follow(settings.telegram_api, [*speaking, parts.worker.wake]))
    for job in SWEEPS:
        await sweep(job)  # what fell due while nothing was running
    tasks = [asyncio.create_task(work) for work in works]
    for part in tasks:
        part.add_done_callback(_say_why)
    stopped = asyncio.create_task(stop.wait())
    scheduler.start()
    log.info("running")
    try:
        done, _ = await asyncio.wait([stopped, *tasks[:3]], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stopped}:
            task.result()
    finally:
        scheduler.shutdown(wait=False)
        server.close()
        for task in (stopped, *tasks):
            task.cancel()
        await asyncio.gather(stopped, *tasks, return_exceptions=True)
        try:
            await parts.sender.stop(STOP_WITHIN)
        except StorageFault as fault:  # what was out goes again after the next start, marked
            log.error("the last calls are not recorded: %s", fault)
        await parts.worker.stop(1.0)
        log.info("stopped")


def _say_why(task: asyncio.Task[None]) -> None:
    """A part that ends by an error is never silent."""
    if not task.cancelled() and (broken := task.exception()) is not None:
        log.error("a part has ended: %s", origin(broken))


async def _watch_clock(parts: Parts, scheduler: AsyncIOScheduler) -> None:
    """Until cancelled: when the machine's clock is set, whatever waits for a time is looked at anew."""
    while True:
        await asyncio.sleep(1)
        moved = parts.clock.jumped()
        if abs(moved) >= JUMP:
            log.warning("the clock was set by %d s", moved)
            begin_anew(scheduler)
            parts.worker.wake()
            parts.sender.wake()
            parts.fetcher.wake()
            if parts.caller:
                parts.caller.wake()


async def _settle(parts: Parts, settings: Settings) -> None:
    """Sets what Telegram shows by itself; tried again while Telegram is away, because nothing else depends on it."""
    while True:
        try:
            await setup.Setup(parts.api, Catalog.load(), settings.name).run()
            return
        except (ApiError, Unreachable) as trouble:
            wait = trouble.retry_after if isinstance(trouble, ApiError) else 0
            log.warning("commands and descriptions are not set yet")
            await asyncio.sleep(max(30, wait))


async def administrator_link(database: Database, identity: Identity) -> str:
    """A fresh one-time link for an administrator, 10 minutes."""
    async with database.transaction("link.make") as tx:
        code = await Services(tx).binding.administrator_code()
    return f"https://t.me/{identity.username}?start=a_{code}"


async def _first_link(parts: Parts, say: Callable[[str], None]) -> None:
    """At a start without any administrator: the link that makes the first one."""
    async with parts.database.transaction("start.look") as tx:
        administrators = await tx.operators.administrators()
    if not administrators:
        link = await administrator_link(parts.database, parts.identity)
        say(f"Open this in Telegram within 10 minutes; whoever opens it first is the first administrator: {link}")


async def print_administrator_link(settings: Settings) -> str:
    """`senim admin`: asks the running bot, or opens the database of a stopped one. Raises NoPlace without any."""
    answer = await control.ask(settings.database, "admin")
    if answer:
        return answer
    places.check_there(settings.database)
    api = Api(settings.telegram_api, settings.token)
    with control.only_one(settings.database):
        try:
            me = await ask_who(api)
            database = await Database.open(settings.database, places.key_ring(settings.keys), Clock().now)
            try:
                identity = Identity(me["username"], me["id"], settings.name, settings.operator)
                return await administrator_link(database, identity)
            finally:
                await database.close()
        finally:
            await api.close()
