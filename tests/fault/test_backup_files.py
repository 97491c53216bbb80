"""Backups as files: what is refused, what is never left behind, and what a damaged one cannot do."""

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot import backup, control
from bot.backup import NoBackup
from bot.config import Settings
from bot.control import AlreadyRunning, NoAnswer, Refused
from bot.domain.cases import SILENT_CLAIMER
from bot.domain.desks import Purpose
from bot.domain.messages import Direction, Incoming, Kind, Post, To
from bot.domain.urgency import Level
from bot.places import NoPlace
from bot.services import Services
from bot.telegram.sandbox import Sandbox
from storage import backup as files
from storage.database import Database
from storage.sealing import BadKeys, KeyRing, new_key_line
from tests.commits import RESTORE
from tests.process import Death, Nursery, Process, files_no_longer_than
from tests.town import write_ring

NOW = 1_780_000_000_000
WORDS = "сөз " * 50


HOUR = 3_600_000
SITUATIONS = (
    ("its desk is down", "KZ-31", Level.RED),
    ("card waits", "national", Level.RED),
    ("claimed", "national", Level.ORDINARY),
)


def now() -> int:
    return NOW


class House:
    """A folder with keys and the database of a stopped bot, and a file for its backup."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = folder / "keys"
        write_ring(self.keys)
        self.settings = self.at(folder / "senim.db")
        self.file = folder / "backups" / "senim.backup"
        self.file.parent.mkdir()

    def at(self, database: Path, keys: Path | None = None) -> Settings:
        return Settings("7:AAA", keys or self.keys, database, {"kk": "x", "ru": "x"})

    async def open(self) -> Database:
        return await Database.open(self.settings.database, KeyRing.read(self.keys), now)

    async def fill(self) -> None:
        """Two open cases, one of them red, words in them, and a row that waits."""
        database = await self.open()
        async with database.transaction("fill") as tx:
            for telegram_id, urgency in ((7, Level.ORDINARY), (8, Level.RED)):
                person = await tx.people.meet(telegram_id)
                case = await tx.cases.open(person.key, "ru", urgency, desk="national")
                for _ in range(20):
                    await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, WORDS))
            await tx.outbox.add(Post(To.PERSON, person.key, "screen", {"key": "x"}))
            await tx.desks.invite(Purpose.ADMINISTRATOR)
        await database.close()

    async def made(self) -> bytes:
        """The backup's bytes."""
        await self.fill()
        await backup.back_up(self.settings, self.file, now)
        return self.file.read_bytes()

    def beside(self, file: Path) -> list[str]:
        return sorted(path.name for path in file.parent.iterdir() if not path.name.endswith(".lock"))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_a_stopped_bot_is_backed_up_into_one_file_that_only_its_owner_reads(house: House) -> None:
    await house.fill()

    umask = os.umask(0)
    try:
        found = await backup.back_up(house.settings, house.file, now)
    finally:
        os.umask(umask)

    assert (found.open_cases, found.red_cases, found.made_at) == (2, 1, NOW)
    assert found.size == house.file.stat().st_size
    assert house.file.stat().st_mode & 0o777 == 0o600
    assert house.beside(house.file) == ["senim.backup"]
    assert WORDS.strip().encode() not in house.file.read_bytes()


async def test_nothing_is_written_over(house: House) -> None:
    made = await house.made()
    with pytest.raises(NoBackup, match="is there already"):
        await backup.back_up(house.settings, house.file, now)
    assert house.file.read_bytes() == made
    assert house.beside(house.file) == ["senim.backup"]

    before = house.settings.database.read_bytes()
    with pytest.raises(NoBackup, match="is there already"):
        await backup.restore(house.settings, house.file, now)
    assert house.settings.database.read_bytes() == before

    dangling = house.folder / "link"
    dangling.symlink_to(house.folder / "nowhere")
    with pytest.raises(NoBackup, match="is there already"):
        await backup.back_up(house.settings, dangling, now)


@pytest.mark.parametrize("length", [245, 300])
async def test_a_name_that_is_too_long_is_one_sentence(house: House, length: int) -> None:
    await house.made()
    for file in (house.file.with_name("a" * length), house.folder / ("a" * length) / "b"):
        with pytest.raises(NoBackup, match=r" cannot be (written|used): .+\.$"):
            await backup.back_up(house.settings, file, now)
    with pytest.raises((NoPlace, NoBackup), match=r"too long\.$"):
        await backup.restore(house.at(house.folder / ("a" * length)), house.file, now)
    with pytest.raises(NoBackup, match=r"(was not restored: .+|is no file)\.$"):
        await backup.restore(house.at(house.folder / "b.db"), Path("a" * length), now)
    assert house.beside(house.file) == ["senim.backup"]


@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
async def test_what_is_left_of_a_database_is_not_taken_for_part_of_the_restored_one(house: House, end: str) -> None:
    await house.made()
    other = house.folder / "other"
    other.mkdir()
    (other / f"senim.db{end}").write_bytes(b"somebody's words")

    with pytest.raises(NoBackup, match=f"senim.db{end} is left"):
        await backup.restore(house.at(other / "senim.db"), house.file, now)

    assert house.beside(other / "senim.db") == [f"senim.db{end}"]


async def test_a_database_that_is_not_there_is_not_made_by_its_backup(house: House) -> None:
    with pytest.raises(NoPlace, match="no database"):
        await backup.back_up(house.settings, house.file, now)

    assert not house.settings.database.exists()
    assert house.beside(house.file) == []


def changed(made: bytes, what: bytes, to: bytes) -> bytes:
    assert what in made
    return made.replace(what, to, 1)


def in_words(made: bytes) -> bytes:
    """One bit in the sealed words of the newest message."""
    with contextlib.closing(sqlite3.connect(":memory:")) as read:
        read.deserialize(made)
        (body,) = read.execute("SELECT body FROM message ORDER BY seq DESC").fetchone()
    return changed(made, body, body[:100] + bytes([body[100] ^ 1]) + body[101:])


def half(made: bytes) -> int:
    return len(made) // 8192 * 4096


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "a page in the middle": lambda made: made[: half(made)] + b"\xa5" * 4096 + made[half(made) + 4096 :],
    "one letter of a state": lambda made: changed(made, b"waitingordinary", b"waitinhordinary"),
    "one letter of the schema": lambda made: changed(made, b"urgency", b"urgenci"),
    "a letter that is none": lambda made: changed(made, b"national", b"nation\xff\xff"),
    "one bit of somebody's words": in_words,
    "cut off": lambda made: made[: half(made)],
    "empty": lambda made: b"",
    "something else": lambda made: b"somebody's letters" * 500,
}  # fmt: skip


@pytest.mark.parametrize("how", DAMAGES)
async def test_a_damaged_backup_is_refused_and_nothing_is_put_in_place(house: House, how: str) -> None:
    house.file.write_bytes(DAMAGES[how](await house.made()))
    other = house.folder / "other"
    other.mkdir()

    with pytest.raises(NoBackup, match="cannot be used"):
        await backup.restore(house.at(other / "senim.db"), house.file, now)

    assert house.beside(other / "senim.db") == []


async def test_a_copy_that_somebody_made_of_the_file_is_no_backup(house: House) -> None:
    await house.fill()
    other = house.folder / "other"
    other.mkdir()
    copy = Path(shutil.copy(house.settings.database, house.folder / "copy"))
    with pytest.raises(NoBackup, match="not made by `senim backup`"):
        await backup.restore(house.at(other / "senim.db"), copy, now)

    copy.with_name("copy-wal").write_bytes(b"somebody's words")
    with pytest.raises(NoBackup, match="copy-wal belongs to"):
        await backup.restore(house.at(other / "senim.db"), copy, now)
    assert house.beside(other / "senim.db") == []


async def test_a_backup_of_a_newer_version_is_refused(house: House) -> None:
    await house.made()
    with contextlib.closing(sqlite3.connect(house.file)) as file:
        file.execute("PRAGMA user_version = 99")

    with pytest.raises(NoBackup, match="newer senim"):
        await backup.restore(house.at(house.folder / "b.db"), house.file, now)


async def test_another_ring_makes_no_backup_and_restores_none(house: House) -> None:
    await house.made()
    stranger = house.folder / "stranger"
    write_ring(stranger)

    with pytest.raises(BadKeys):
        await backup.restore(house.at(house.folder / "b.db", stranger), house.file, now)
    with pytest.raises(BadKeys):
        await backup.back_up(house.at(house.settings.database, stranger), house.folder / "second", now)

    assert not (house.folder / "b.db").exists()
    assert not (house.folder / "second").exists()
    assert not list(house.folder.glob("*.part*"))


async def test_a_ring_of_the_right_names_and_wrong_keys_is_found_out(house: House) -> None:
    await house.made()
    stranger = house.folder / "stranger"
    name = house.keys.read_text().partition(":")[0]
    write_ring(stranger, f"{name}:{new_key_line().partition(':')[2]}\n")

    with pytest.raises(BadKeys):
        await backup.restore(house.at(house.folder / "b.db", stranger), house.file, now)
    assert not (house.folder / "b.db").exists()


async def test_a_restored_database_is_whole_and_what_waited_goes_again_marked(house: House) -> None:
    made = await house.made()
    other = house.at(house.folder / "deeper" / "b.db")
    with pytest.raises(NoPlace):
        await backup.restore(other, house.file, now)
    other.database.parent.mkdir()

    done = await backup.restore(other, house.file, now)

    assert (done.again, done.found.red_cases, done.found.made_at) == (1, 1, NOW)
    assert other.database.stat().st_mode & 0o777 == 0o600
    assert house.beside(other.database) == ["b.db"]
    assert house.file.read_bytes() == made
    database = await Database.open(other.database, KeyRing.read(house.keys), now)
    try:
        async with database.transaction("look") as tx:
            person = await tx.people.meet(7)
            case = await tx.cases.open_of(person.key)
            assert case
            assert [m.incoming.text for m in await tx.messages.from_person(case.id)] == [WORDS] * 20
            waiting = {ready.row.post.kind: ready.row.again for ready in await tx.outbox.ready(10)}
            assert not await tx.desks.awaits_binding()
            assert await tx.all("SELECT 1 FROM invitation") == []
            assert await tx.all("SELECT 1 FROM sqlite_schema WHERE name = 'backup'") == []
    finally:
        await database.close()
    assert waiting.pop("screen") is True
    assert set(waiting.values()) == {False}


async def test_an_old_state_is_made_fit_for_what_may_have_happened_since(house: House) -> None:
    # Given: a red case whose desk is down, one whose card waits, and a claimer who was to answer in a minute
    database = await house.open()
    async with database.transaction("given") as tx:
        for desk in ("national", "KZ-31"):
            await tx.desks.bind(desk, -len(desk), "ru")
        await tx.desks.set_down("KZ-31", "kicked")
        operator = await tx.operators.meet(1, "ru")
        cases = {}
        for number, (name, desk, urgency) in enumerate(SITUATIONS):
            person = await tx.people.meet(10 + number)
            cases[name] = await tx.cases.open(person.key, "ru", urgency, desk=desk)
        await tx.cases.claim(cases["claimed"].code, operator.key)
        await Services(tx).tell.queue_card(cases["card waits"])
    await database.close()
    await backup.back_up(house.settings, house.file, now)

    # When: it is restored an hour later
    other = house.at(house.folder / "b.db")
    await backup.restore(other, house.file, lambda: NOW + HOUR)

    # Then: each red case rings once, at a desk that is there, and nobody loses her operator
    database = await Database.open(other.database, KeyRing.read(house.keys), lambda: NOW + HOUR)
    try:
        async with database.transaction("look") as tx:
            rows = await tx.all("SELECT case_id, recipient FROM outbox WHERE kind = 'queue_card'")
            rung = sorted((row["case_id"], row["recipient"]) for row in rows)
            assert rung == sorted((cases[name].id, "national/urgent") for name in ("its desk is down", "card waits"))
            assert await tx.outbox.waiting_reds(NOW + HOUR - 1) == []  # no group has kept a red waiting meanwhile
            held = await tx.cases.get(cases["claimed"].id)
            assert held
            assert held.claimer == operator.key
            assert held.release_at == NOW + HOUR + SILENT_CLAIMER
    finally:
        await database.close()


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from bot import backup
from bot.config import Settings
keys, file, folder = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
for number, sign in enumerate(("senim.db.*.part", "senim.db")):
    place = folder / str(number)
    place.mkdir()
    settings = Settings("7:AAA", keys, place / "senim.db", {"kk": "x", "ru": "x"})
    born = os.fork()
    if not born:
        asyncio.run(backup.restore(settings, file, lambda: 1_780_000_000_000))
        os._exit(0)
    while not list(place.glob(sign)):
        assert os.waitpid(born, os.WNOHANG) == (0, 0), "it ended before"
    os.kill(born, signal.SIGKILL)
    os.waitpid(born, 0)
"""
"""Restores twice, killed as soon as the copy begins, and as soon as the database is there."""


async def test_a_restore_that_is_killed_leaves_no_database_or_one_that_rings(house: House) -> None:
    await house.made()
    folder = house.folder / "places"
    folder.mkdir()
    command = (sys.executable, "-c", KILLED, str(house.keys), str(house.file), str(folder))
    process = await asyncio.create_subprocess_exec(*command, env={**os.environ, "PYTHONPATH": str(Path.cwd())})
    assert await asyncio.wait_for(process.wait(), 120) == 0

    copied, there = (folder / str(number) / "senim.db" for number in range(2))
    assert not copied.exists()
    assert files.leftovers(there) == []
    with contextlib.closing(sqlite3.connect(there)) as read:
        assert read.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert read.execute("SELECT COUNT(*) FROM outbox WHERE kind = 'queue_card'").fetchone() == (1,)
        marked = read.execute("SELECT again FROM outbox WHERE kind = 'screen' AND recipient_kind = 'person'")
        assert marked.fetchall() == [(1,)]
    await backup.restore(house.at(copied), house.file, now)  # what the kill left is in nobody's way


@pytest.mark.parametrize("each", [1, pytest.param(10, marks=pytest.mark.torture)])
async def test_a_restore_that_is_killed_at_its_commit_has_put_nothing_in_place(house: House, each: int) -> None:
    await house.made()
    place = house.folder / "other"
    place.mkdir()
    process = Process(Sandbox(), place, SENIM_KEYS=str(house.keys))
    nursery = Nursery()
    try:
        for side in ("before", "after") * each:
            nursery.bear(process, "restore", str(house.file), dies=Death(RESTORE, side))
            assert await asyncio.to_thread(nursery.buried) == -signal.SIGKILL
            assert not process.database.exists()
        nursery.bear(process, "restore", str(house.file))
        assert await asyncio.to_thread(nursery.buried) == 0
    finally:
        nursery.close()
    assert process.database.exists()


@pytest.mark.parametrize("room", [0, 40_000, 120_000])
async def test_a_full_disk_is_one_sentence_and_leaves_nothing(house: House, room: int) -> None:
    await house.made()
    other = house.folder / "other"
    other.mkdir()
    assert house.file.stat().st_size > room
    with files_no_longer_than(room), pytest.raises(NoBackup, match="was not restored"):
        await backup.restore(house.at(other / "senim.db"), house.file, now)
    assert house.beside(other / "senim.db") == []

    database = await house.open()
    try:
        with files_no_longer_than(room), pytest.raises(NoBackup, match="other cannot be written"):
            await backup._copy(database, other / "copy")
        async with database.transaction("alive") as tx:
            await tx.people.meet(9)
    finally:
        await database.close()
    assert house.beside(other / "copy") == []


async def test_a_folder_that_is_none_is_one_sentence(house: House) -> None:
    await house.fill()
    for file in (house.folder / "nowhere" / "b", house.keys / "b"):
        with pytest.raises(NoBackup, match=r"cannot be (used|written): No[^\n]*\.$"):
            await backup.back_up(house.settings, file, now)
    for file in (house.folder / "nowhere", house.folder):
        with pytest.raises(NoBackup, match="is no file"):
            await backup.restore(house.at(house.folder / "b.db"), file, now)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_that_is_read_only_is_one_sentence(house: House) -> None:
    await house.fill()
    house.file.parent.chmod(0o500)

    with pytest.raises(NoBackup, match="Permission denied"):
        await backup.back_up(house.settings, house.file, now)


class TestTheRunningBot:
    """The socket between command and bot."""

    @pytest.fixture
    async def database(self, house: House) -> AsyncIterator[Database]:
        await house.fill()
        opened = await house.open()
        yield opened
        await opened.close()

    async def test_silence_is_told_from_nobody_being_there(self, house: House) -> None:
        place = house.settings.database
        assert await control.ask(place, "admin") is None

        async def answer(question: str) -> str:
            if question == "no":
                raise Refused("because")
            await asyncio.sleep(0 if question == "fast" else 3600)
            return question

        ear = await control.serve(place, answer)
        try:
            assert await control.ask(place, "fast") == "fast"
            with pytest.raises(Refused, match="because"):
                await control.ask(place, "no")
            with pytest.raises(NoAnswer):
                await control.ask(place, "slow", patience=0.2)
            asking = asyncio.create_task(control.ask(place, "slow", patience=None))
            await asyncio.sleep(0.2)
        finally:
            ear.close()
        with pytest.raises(NoAnswer):  # it stopped before it had answered
            await asyncio.wait_for(asking, 20)
        assert await control.ask(place, "admin") is None  # a socket that nobody listens to any more

    async def test_a_silent_bot_keeps_its_database(self, house: House) -> None:
        """The command waits for as long as the bot lives, and takes nothing from it when it does not answer."""
        await house.fill()

        async def answer(_: str) -> str:
            await asyncio.sleep(3600)
            return ""

        ear = await control.serve(house.settings.database, answer)
        opened = house.settings.database.read_bytes()
        asking = asyncio.create_task(backup.back_up(house.settings, house.file, now))
        await asyncio.sleep(0.3)
        assert not asking.done()
        ear.close()
        with pytest.raises(NoAnswer):
            await asyncio.wait_for(asking, 20)
        assert house.settings.database.read_bytes() == opened
        assert house.beside(house.file) == []

    async def test_a_bot_that_sees_another_folder_says_so(self, house: House, database: Database) -> None:
        question = f'{backup.QUESTION}{{"file": "{house.file}", "folder": [1, 2]}}'

        with pytest.raises(Refused, match="another folder"):
            await backup.answer(database, question)

    async def test_a_bot_that_is_stopped_while_it_copies_stops_at_once_and_leaves_nothing(
        self, house: House, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(files, "STEP", 1)
        async with database.transaction("grow") as tx:
            person = await tx.people.meet(9)
            case = await tx.cases.open(person.key, "ru", Level.ORDINARY)
            for _ in range(2_000):
                await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, "x" * 10_000))

        async def answer(question: str) -> str:
            return await backup.answer(database, question)

        ear = await control.serve(house.settings.database, answer)
        asking = asyncio.create_task(backup.back_up(house.settings, house.file, now))
        for _ in range(100_000):
            if house.beside(house.file):
                break
            await asyncio.sleep(0)
        ear.close()
        with pytest.raises(NoAnswer):
            await asyncio.wait_for(asking, 20)
        async with database.transaction("alive") as tx:
            await tx.people.meet(10)
        assert house.beside(house.file) == []

    async def test_a_running_bot_is_not_restored_over(self, house: House) -> None:
        await house.made()

        with control.only_one(house.folder / "b.db"), pytest.raises(AlreadyRunning):
            await backup.restore(house.at(house.folder / "b.db"), house.file, now)
