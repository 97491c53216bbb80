"""The way to ask a running bot something: a socket beside the database, for whoever may read that folder.

One SQLite connection per process is a rule (SQLite before 3.51.3 can corrupt a WAL that two connections write), so a
command that needs the database of a running bot asks the bot.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from bot.places import NoPlace, check_database, hand_over

log = logging.getLogger(__name__)

LONGEST_ADDRESS = 100
"""Bytes; a socket's address has room for 104 on macOS and 108 on Linux."""

PATIENCE = 10.0
"""Seconds for a question, and for an answer that needs no work."""

Answer = Callable[[str], Awaitable[str]]
"""From a question to its answer. What it raises as Refused reaches whoever asked."""


class Refused(Exception):
    """The running bot says no; the text says why."""


class NoAnswer(Exception):
    """A bot is running and has not answered: nobody may take its database for that."""


class AlreadyRunning(Exception):
    """Another process has this database open."""


@contextlib.contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Holds the database for this process, however it ends. Raises AlreadyRunning or NoPlace."""
    check_database(database)
    try:
        lock = os.open(f"{database}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        hand_over(Path(f"{database}.lock"))
    except OSError as trouble:
        raise NoPlace(f"SENIM_DATABASE names {database}, which cannot be opened: {trouble.strerror}.") from trouble
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(
                f"{database} is in use by a running bot, or one that is starting: stop that first"
                " (`systemctl stop senim`, or Ctrl-C where it runs), or wait until it has started."
            ) from None
        yield
    finally:
        os.close(lock)


def _socket(database: Path) -> Path:
    """Beside the database; in the temporary folder, under a digest of its place, when the path is too long for one."""
    beside = Path(f"{database.absolute()}.socket")
    if len(os.fsencode(beside)) < LONGEST_ADDRESS:
        return beside
    return Path(tempfile.gettempdir(), f"senim-{hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]}.socket")


class Ear:
    """Listens for questions until closed; what is still being answered then is cancelled."""

    def __init__(self, answer: Answer, path: Path) -> None:
        self._answer = answer
        self._path = path
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._connected, self._path)
        finally:
            os.umask(before)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)  # before Python 3.13 nobody else does it
        for talk in self._talks:
            talk.cancel()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One line in, one line out: an object with `ok` or `error`."""
        try:
            async with asyncio.timeout(PATIENCE):
                question = (await reader.readline()).decode("utf-8", "replace").strip()
            try:
                said = {"ok": await self._answer(question)}
            except Refused as refused:
                said = {"error": str(refused)}
            async with asyncio.timeout(PATIENCE):
                writer.write(json.dumps(said).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, ConnectionError, ValueError):
            log.info("a question was not heard out, or nobody waited for its answer")
        except Exception as broken:
            log.error("a question could not be answered: %s", type(broken).__name__)
        finally:
            writer.close()


async def serve(database: Path, answer: Answer) -> Ear:
    """Listens beside the database."""
    path = _socket(database)
    await asyncio.to_thread(path.unlink, missing_ok=True)
    ear = Ear(answer, path)
    await ear.open()
    return ear


async def ask(database: Path, question: str, *, patience: float | None = PATIENCE) -> str | None:
    """A running bot's answer; None when none is running.

    `patience` in seconds; None waits for as long as the bot lives. Raises Refused, or NoAnswer for a bot that is
    running and silent.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(_socket(database))
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        return None
    except OSError as trouble:
        raise NoAnswer(f"the bot that has {database} cannot be asked: {trouble.strerror}") from trouble
    try:
        async with asyncio.timeout(patience):
            writer.write(question.encode() + b"\n")
            said = json.loads(await reader.readline())
    except (OSError, TimeoutError, ValueError) as trouble:  # ValueError: it ended before its answer did
        raise NoAnswer(f"the bot that has {database} is running and has not answered") from trouble
    finally:
        writer.close()
    if "error" in said:
        raise Refused(said["error"])
    return str(said["ok"])
