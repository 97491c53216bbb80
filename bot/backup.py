"""`senim backup` and `senim restore`. decisions/0007 says why the bot copies and the command checks."""

import asyncio
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import control, places
from bot.config import Settings
from bot.services import Services
from storage import backup
from storage.backup import Checked, Copied, Damaged
from storage.database import Database, StorageFault
from storage.sealing import KeyRing

Clock = Callable[[], int]
"""Now, epoch milliseconds."""

QUESTION = "backup "


class NoBackup(Exception):
    """There is no backup, or nothing was restored; the text says why, and nothing half-made is left."""


@dataclass(frozen=True)
class Restored:
    """What was put in place, how many rows go again, and who owns it when it is not whoever restored it."""

    found: Checked
    again: int
    owner: str | None


async def back_up(settings: Settings, file: Path, now: Clock) -> Checked:
    """A checked backup in `file`, made by the running bot or from the database of a stopped one.

    It gets its name when it has been checked. Raises NoBackup, BadKeys, AlreadyRunning, NoPlace, NoAnswer.
    """
    with _sentences(f"{file} cannot be written"):
        target = _free(file)
    ring = places.key_ring(settings.keys)
    with backup.unfinished(_beside(target)) as part:
        copied = await _copied(settings, part, now)
        with _sentences(f"{target} cannot be written"):
            return await asyncio.to_thread(_finish, part, target, ring, copied)


async def _copied(settings: Settings, part: Path, now: Clock) -> Copied:
    """The bot's copy, or one of our own when no bot is running; one that is running and silent is no reason for it."""
    with _sentences(f"{part.parent} cannot be used"):
        asked = json.dumps({"file": str(part), "folder": await asyncio.to_thread(_identity, part.parent)})
    try:
        told = await control.ask(settings.database, QUESTION + asked, patience=None)
    except control.Refused as refused:
        raise NoBackup(str(refused)) from refused
    if told is not None:
        return Copied(**json.loads(told))
    places.check_there(settings.database)
    with control.only_one(settings.database):
        database = await Database.open(settings.database, places.key_ring(settings.keys), now)
        try:
            return await _copy(database, part)
        finally:
            await database.close()


async def answer(database: Database, question: str) -> str:
    """The running bot's share: the copy. Raises Refused. The command may run where the bot sees other folders."""
    asked = json.loads(question.removeprefix(QUESTION))
    part = Path(asked["file"])
    try:
        with _sentences(f"the bot cannot use {part.parent}"):
            if await asyncio.to_thread(_identity, part.parent) != asked["folder"]:
                raise NoBackup(f"the bot has another folder under the name {part.parent}: take one that it shares.")
        copied = await _copy(database, part)
    except NoBackup as trouble:
        raise control.Refused(str(trouble)) from trouble
    return json.dumps({"made_at": copied.made_at, "version": copied.version})


def _identity(folder: Path) -> list[int]:
    """Which folder a name leads to, for this process."""
    found = folder.stat()
    return [found.st_dev, found.st_ino]


async def _copy(database: Database, part: Path) -> Copied:
    """Nothing stays of a copy that fails."""
    with _sentences(f"{part.parent} cannot be written"):
        try:
            return await database.save_copy(part)
        except BaseException:
            with backup.unfinished(part):
                raise


def _finish(part: Path, target: Path, ring: KeyRing, copied: Copied) -> Checked:
    """From a copy to a backup, in a thread."""
    try:
        backup.label(part, copied.made_at)
        found = backup.check(part, ring)
    except Damaged as damaged:
        raise NoBackup(f"the copy is not sound ({damaged}), so it was not kept: look at the database.") from damaged
    if found.version != copied.version:
        raise NoBackup("the copy is not of the version that the database has, so it was not kept.")
    places.hand_over(part)
    backup.put(part, target)
    return found


async def restore(settings: Settings, file: Path, now: Clock) -> Restored:
    """Makes a backup the database of a bot that is stopped. Nothing is put in place that was not checked and prepared.

    Raises NoBackup, BadKeys, AlreadyRunning, NoPlace.
    """
    with control.only_one(settings.database):
        target = _free(settings.database)
        ring = places.key_ring(settings.keys)
        with _sentences(f"{file} was not restored"), backup.unfinished(_beside(target)) as part:
            _whole(file)
            await asyncio.to_thread(backup.duplicate, file, part)
            try:
                found = await asyncio.to_thread(backup.check, part, ring)
            except Damaged as damaged:
                raise NoBackup(f"{file} cannot be used: {damaged}. Nothing was restored.") from damaged
            await asyncio.to_thread(backup.unlabel, part)
            again = await _prepare(part, ring, now, found.made_at)
            owner = await asyncio.to_thread(places.hand_over, part)
            await asyncio.to_thread(backup.put, part, target)
    return Restored(found, again, owner)


async def _prepare(part: Path, ring: KeyRing, now: Clock, made_at: int) -> int:
    """Migrates and prepares the database before it has its name; returns how many rows go again."""
    database = await Database.open(part, ring, now)
    try:
        async with database.transaction("restore.prepare") as tx:
            prepared = await Services(tx).restoring.prepare(made_at)
    finally:
        await database.close()
    if backup.leftovers(part):
        raise NoBackup("the restored database could not be closed, is the disk full? Nothing was restored.")
    return prepared.again


def _beside(target: Path) -> Path:
    """The name of what is not finished; another one each time, so that what a kill leaves is in nobody's way."""
    return target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")


def _free(file: Path) -> Path:
    """The full path; raises NoBackup when there is anything that would be lost."""
    target = file.absolute()
    if os.path.lexists(target):
        raise NoBackup(f"{target} is there already: nothing is written over, move it away first.")
    beside = backup.leftovers(target)
    if beside:
        raise NoBackup(f"{beside[0]} is left of a database that was there: it may hold words, move it away first.")
    return target


def _whole(file: Path) -> None:
    if not file.is_file():
        raise NoBackup(f"{file} is no file.")
    beside = [left for left in backup.leftovers(file) if left.stat().st_size]
    if beside:
        raise NoBackup(f"{beside[0]} belongs to {file}: that is a database in use and no backup.")


@contextmanager
def _sentences(what: str) -> Iterator[None]:
    """One sentence for whatever a disk can do."""
    try:
        yield
    except StorageFault as fault:
        raise NoBackup(f"{what}: {fault.plain}.") from fault
    except OSError as trouble:
        raise NoBackup(f"{what}: {trouble.strerror or trouble}.") from trouble
