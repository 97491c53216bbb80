"""The way to ask a running bot something: a socket beside the database, for whoever may read that folder.

One SQLite connection per process is a rule (SQLite before 3.51.3 can corrupt a WAL that two connections write), so a
command that needs the database of a running bot asks the bot.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

LONGEST_ADDRESS = 100
"""Bytes; a socket's address has room for 104 on macOS and 108 on Linux."""

Answer = Callable[[str], Awaitable[str]]


class AlreadyRunning(Exception):
    """Another process has this database open."""


class NoPlace(Exception):
    """The folder of the database is not there, or may not be written to."""


@contextlib.contextmanager
def only_one(database: Path) -> Iterator[None]:
    """Holds the database for this process, however it ends. Raises AlreadyRunning or NoPlace."""
    try:
        lock = os.open(f"{database}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as trouble:
        raise NoPlace(f"{database} cannot be made or opened: {trouble.strerror}") from trouble
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise AlreadyRunning(f"{database} is in use by a running bot") from None
        yield
    finally:
        os.close(lock)


def _socket(database: Path) -> Path:
    """Beside the database; in the temporary folder, under a digest of its place, when the path is too long for one."""
    beside = Path(f"{database.absolute()}.socket")
    if len(os.fsencode(beside)) < LONGEST_ADDRESS:
        return beside
    return Path(tempfile.gettempdir(), f"senim-{hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]}.socket")


async def serve(database: Path, answer: Answer) -> asyncio.Server:
    """Listens beside the database; one line in, one line out."""
    path = _socket(database)
    await asyncio.to_thread(path.unlink, missing_ok=True)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(10):
                question = (await reader.readline()).decode("utf-8", "replace").strip()
                writer.write((await answer(question)).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()

    before = os.umask(0o177)
    try:
        return await asyncio.start_unix_server(connected, path)
    finally:
        os.umask(before)


async def ask(database: Path, question: str) -> str | None:
    """A running bot's answer; None when none is running."""
    try:
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_unix_connection(_socket(database))
            writer.write(question.encode() + b"\n")
            answer = (await reader.readline()).decode().strip()
            writer.close()
            return answer
    except (OSError, TimeoutError):
        return None
