"""Fetches files of persons and operators from Telegram and makes them clean: rows that are due, between two
transactions.

What is fetched is never on the disk but sealed, and read only by `bot/cleaning.py`, in a process of its own.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from bot.domain.media import Due, largest
from bot.services import Services
from bot.telegram.api import Api, ApiError, TooLarge, Unreachable
from bot.telegram.failures import Meaning, judge, origin
from storage.database import Database, StorageFault, Transaction

log = logging.getLogger(__name__)

AT_ONCE = 3
"""Files on their way at once, each of another case: one that hangs is in nobody's way."""
DOWNLOAD = 60.0
"""Seconds that a download may take."""
CLEANING = 10.0
"""Seconds that making one file clean may take; then its process is killed."""
LARGEST_CLEAN = 20 * 1024 * 1024
"""Bytes that such a process may say."""
LOOK = 1.0
"""Longest sleep in seconds before it is looked again for files that are due."""

PROGRAM = Path(__file__).with_name("cleaning.py")


class Uncleanable(Exception):
    """The file is not what it says, or its process did not end well."""


@dataclass(frozen=True)
class Fetched:
    """What came of one file: its clean bytes, or else `wait` milliseconds before the next try; None: it is lost, and
    `why` is what an operator is told of her own, as the end of a key `undelivered.`."""

    due: Due
    body: bytes | None = None
    wait: int | None = None
    why: str = "file_lost"


async def clean(kind: str, data: bytes, program: Path | None = None) -> bytes:
    """The file without a byte that says whose it is. Raises Uncleanable, or OSError when no process can be started.

    The process gets nothing of ours but the file: no environment, no handle, no folder; it is killed when it takes too
    long, or says too much.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(program or PROGRAM), kind, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={}, cwd="/", start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(CLEANING):
            made = await _through(process, data)
            if await process.wait() == 0 and made:
                return made
    except TimeoutError:
        log.warning("a file took too long to be made clean")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    raise Uncleanable


async def _through(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    """Hands the file over, then takes what comes back."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):  # it may have ended without reading
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    made = bytearray()
    while chunk := await process.stdout.read(65536):
        made += chunk
        if len(made) > LARGEST_CLEAN:
            raise Uncleanable
    return bytes(made)


class Fetcher:
    """Takes files that are due in one transaction, fetches them, and records in the next what came of them."""

    def __init__(self, database: Database, api: Api, recorded: Callable[[], None]) -> None:
        self._database = database
        self._api = api
        self._recorded = recorded
        self._wake = asyncio.Event()
        self._flying: dict[str, asyncio.Task[None]] = {}
        """Files that are on their way or not recorded yet, by their rows."""
        self._outcomes: list[Fetched] = []

    def wake(self) -> None:
        """A file may be due, or the clock moved."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. A failing database costs a pause, never a file; one cut off by a stop goes again."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self._turn()
                except StorageFault as fault:
                    log.error("fetching: database fault %s", fault)
                    await asyncio.sleep(LOOK)
                except Exception as broken:
                    log.error("fetching: %s", origin(broken))
                    await asyncio.sleep(LOOK)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await self._wake.wait()
        finally:
            tasks = list(self._flying.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _turn(self) -> None:
        """One transaction: what came of the last files, and the next ones to fetch."""
        known = list(self._outcomes)
        over = {fetched.due.file.id for fetched in known}
        async with self._database.transaction("fetching.turn") as tx:
            for fetched in known:
                await _record(tx, fetched)
            busy = self._flying.keys() - over
            found = await tx.media.due(AT_ONCE + len(busy)) + await tx.enclosures.due(AT_ONCE + len(busy))
        del self._outcomes[: len(known)]
        for recorded in over:
            del self._flying[recorded]
        for due in [due for due in found if due.file.id not in busy][: AT_ONCE - len(busy)]:
            self._flying[due.file.id] = asyncio.create_task(self._fetch(due))
        if known:
            self._recorded()

    async def _fetch(self, due: Due) -> None:
        """An error's text may quote an address with the token in it, so none is logged."""
        try:
            fetched = Fetched(due, await clean(due.file.kind, await self._downloaded(due)))
        except (TooLarge, Uncleanable) as broken:
            log.warning("a file is lost: %s", type(broken).__name__)
            fetched = Fetched(due, why="file_large" if isinstance(broken, TooLarge) else "file_unreadable")
        except (ApiError, Unreachable) as trouble:
            fetched = Fetched(due, wait=_again(trouble, due))
        except Exception as broken:
            log.error("fetching: %s", origin(broken))
            fetched = Fetched(due, wait=0)
        self._outcomes.append(fetched)
        self._wake.set()

    async def _downloaded(self, due: Due) -> bytes:
        """Raises ApiError, Unreachable, TooLarge, and Uncleanable when nobody knows any more what it is."""
        if due.attached is None:
            raise Uncleanable
        most = largest(due.file.kind)
        found: Any = await self._api.call("getFile", {"file_id": due.attached.file_id})
        path, size = (found.get("file_path"), found.get("file_size")) if isinstance(found, dict) else (None, None)
        if not isinstance(path, str):
            raise Unreachable("getFile", "an answer without a path", doubtful=False)
        if isinstance(size, int) and size > most:
            raise TooLarge
        return await self._api.download(path, most, DOWNLOAD)


def _again(trouble: ApiError | Unreachable, due: Due) -> int | None:
    """Milliseconds until the next try; None when there is no use in one."""
    verdict = judge(trouble, None, due.tries)
    log.warning("a file did not come: %s", verdict.meaning)
    return int(verdict.seconds * 1000) if verdict.meaning in (Meaning.LATER, Meaning.STOP) else None


async def _record(tx: Transaction, fetched: Fetched) -> None:
    """One that cannot be recorded stops none of the others, and is tried again."""
    services, due = Services(tx), fetched.due
    keeper = services.enclosures if due.to_person else services.media
    recorded = False

    async def work() -> None:
        nonlocal recorded
        if fetched.body is not None:
            await keeper.fetched(due.file, fetched.body)
        elif fetched.wait is not None:
            await keeper.not_fetched(due, fetched.wait)
        elif due.to_person:
            await services.enclosures.lost(due.file.id, fetched.why)
        else:
            await services.media.lost(due.file.id)
        recorded = True

    await tx.alone("a file cannot be recorded", work)
    if not recorded:
        await tx.alone("nor that it is tried again", partial(keeper.not_fetched, due, 0))
