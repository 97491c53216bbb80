"""The `senim` command: what it prints, what it refuses, and what it leaves behind."""

import argparse
import asyncio
import io
import json
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot import app
from bot.__main__ import _parser, main
from bot.commands import COMMANDS, EXPECTED
from bot.config import BadSetting, read
from bot.domain.desks import Purpose
from bot.telegram.sandbox import Sandbox
from storage.database import Database, StorageFault
from storage.sealing import BadKeys, KeyRing, new_key_line
from tests.shell import Shell, good
from tests.town import free_port, until, write_ring

INTERRUPTED = """
import os, signal, sys
from bot import __main__ as command

class Interrupting:
    def find_spec(self, name, *_):
        if name == where:
            os.kill(os.getpid(), signal.SIGINT)

where = sys.argv.pop(2)
del sys.argv[1]
sys.meta_path.insert(0, Interrupting())
command.main()
"""
"""`senim --in MODULE ...`: Ctrl-C while it loads that module."""

LINK = re.compile(r"https://t\.me/senim_bot\?start=a_([\w-]{16})")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as opened:
        yield opened


class TestStart:
    """What can be wrong at a start; `main` makes one sentence of whatever is in EXPECTED."""

    async def start(self, folder: Path, sandbox: Sandbox, **settings: Any) -> None:
        """Runs until it refuses; a bot that runs all the same is stopped."""
        stop = asyncio.Event()
        values = read({**good(folder), "SENIM_TELEGRAM_API": sandbox.url, "SENIM_TOKEN": sandbox.token})
        await app.run(replace(values, **{"database": folder / "senim.db", **settings}), stop, lambda _: stop.set())

    async def test_good_settings_start_and_the_first_link_is_printed(self, tmp_path: Path, sandbox: Sandbox) -> None:
        await self.start(tmp_path, sandbox)

        assert (tmp_path / "senim.db").stat().st_mode & 0o777 == 0o600

    async def test_a_garbled_ring_is_not_shown(self, tmp_path: Path, sandbox: Sandbox) -> None:
        secret = new_key_line()[:-3]
        Shell(tmp_path)
        write_ring(tmp_path / "garbled", secret)

        with pytest.raises(EXPECTED, match="id:key") as refused:
            await self.start(tmp_path, sandbox, keys=tmp_path / "garbled")
        assert secret.partition(":")[2][:10] not in str(refused.value)

    async def test_another_databases_ring_does_not_start(self, tmp_path: Path, sandbox: Sandbox) -> None:
        await self.start(tmp_path, sandbox)
        write_ring(tmp_path / "other")

        with pytest.raises(BadKeys) as refused:
            await self.start(tmp_path, sandbox, keys=tmp_path / "other")
        assert isinstance(refused.value, EXPECTED)

    async def test_a_token_that_telegram_refuses_does_not_start(self, tmp_path: Path, sandbox: Sandbox) -> None:
        with pytest.raises(BadSetting, match="SENIM_TOKEN") as refused:
            await self.start(tmp_path, sandbox, token="7:wrong")
        assert "7:wrong" not in str(refused.value)

    async def test_an_account_that_would_betray_people_does_not_start(self, tmp_path: Path) -> None:
        async with Sandbox(bot_flags={"supports_inline_queries": True}) as sandbox:
            with pytest.raises(EXPECTED, match="/setinline"):
                await self.start(tmp_path, sandbox)
        assert not (tmp_path / "senim.db").exists()

    async def test_a_database_in_a_folder_that_is_not_there_is_one_sentence(
        self, tmp_path: Path, sandbox: Sandbox
    ) -> None:
        with pytest.raises(EXPECTED, match=r"install -d .+nowhere"):
            await self.start(tmp_path, sandbox, database=tmp_path / "nowhere" / "senim.db")

    async def test_a_database_that_is_none_is_one_sentence(self, tmp_path: Path, sandbox: Sandbox) -> None:
        (tmp_path / "senim.db").write_bytes(b"somebody's letters" * 500)

        with pytest.raises(EXPECTED):
            await self.start(tmp_path, sandbox)

    async def test_a_link_cannot_be_made_without_telegram_and_the_server_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "senim.db").touch()
        values = replace(read(good(tmp_path)), database=tmp_path / "senim.db")

        with pytest.raises(EXPECTED, match=r"^Telegram does not answer: 127\.0\.0\.1:9: connection refused$"):
            await app.print_administrator_link(values)

    @pytest.mark.parametrize("mode", [0o644, 0o604])
    async def test_a_ring_that_everybody_can_read_does_not_start(
        self, tmp_path: Path, sandbox: Sandbox, mode: int
    ) -> None:
        write_ring(tmp_path / "open")
        (tmp_path / "open").chmod(mode)

        with pytest.raises(EXPECTED, match="chmod 600"):
            await self.start(tmp_path, sandbox, keys=tmp_path / "open")
        assert not sandbox.journal.calls


NO_BOT: dict[str, Any] = {
    "no object": None, "a list": [[1, 2]], "a number": 5, "nothing": {}, "no name": {"id": 7, "first_name": "x"},
    "an empty name": {"id": 7, "first_name": "x", "username": ""},
    "a name that is none": {"id": 7, "first_name": "x", "username": ["x"]},
    "an id that is none": {"id": True, "first_name": "x", "username": "x"},
}  # fmt: skip


class TestAnswers:
    """What may answer in Telegram's place."""

    @asynccontextmanager
    async def server(self, body: bytes) -> AsyncIterator[str]:
        """The address of something that answers everything so."""

        async def answer(_: web.BaseRequest) -> web.Response:
            return web.Response(body=body, content_type="application/json")

        runner = web.ServerRunner(web.Server(answer))
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()

    @pytest.mark.parametrize("result", NO_BOT.values(), ids=NO_BOT)
    async def test_an_answer_that_is_no_bot_is_one_sentence_that_names_the_server(
        self, tmp_path: Path, result: Any
    ) -> None:
        (tmp_path / "senim.db").touch()
        body = json.dumps({"ok": True, "result": result}).encode()
        async with self.server(body) as url:
            values = replace(read(good(tmp_path)), database=tmp_path / "senim.db", telegram_api=url)
            for asked in (app.run(values, asyncio.Event(), print), app.print_administrator_link(values)):
                with pytest.raises(EXPECTED, match=r"^127\.0\.0\.1:\d+ answers getMe with .+ SENIM_TELEGRAM_API .+\?$"):
                    await asked

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"ok": true}', b"\xff"])
    async def test_what_is_no_answer_is_asked_again_and_a_link_is_refused_with_one_sentence(
        self, tmp_path: Path, body: bytes
    ) -> None:
        (tmp_path / "senim.db").touch()
        async with self.server(body) as url:
            values = replace(read(good(tmp_path)), database=tmp_path / "senim.db", telegram_api=url)
            with pytest.raises(EXPECTED, match=r"^Telegram does not answer: 127\.0\.0\.1:\d+: .*an"):
                await app.print_administrator_link(values)

    async def test_a_bot_with_fields_that_nobody_knows_starts(self, tmp_path: Path) -> None:
        """Telegram adds fields, and changes some, from month to month."""
        me = {"id": 7, "is_bot": True, "first_name": "x", "username": "x_bot", "language_code": 5, "new": [1]}
        started = asyncio.Event()
        async with self.server(json.dumps({"ok": True, "result": me}).encode()) as url:
            values = replace(read(good(tmp_path)), database=tmp_path / "senim.db", telegram_api=url)
            async with asyncio.timeout(20):
                await app.run(values, started, lambda _: started.set())


class TestCommand:
    """`python -m bot`, started for real."""

    async def test_each_missing_setting_ends_the_start_with_one_sentence_and_code_2(self, shell: Shell) -> None:
        names = ["SENIM_TOKEN", "SENIM_KEYS", "SENIM_DATABASE", "SENIM_OPERATOR"]

        ended = await asyncio.gather(*(shell.run("run", **{name: ""}) for name in names))

        for name, one in zip(names, ended, strict=True):
            assert one.code == 2
            assert one.sentence.startswith(f"{name} is not set: ")
            assert one.sentence.endswith(".")
            assert one.out == ""
        assert not (shell.folder / "senim.db").exists()

    async def test_one_database_has_one_bot_and_the_running_one_gives_links(
        self, tmp_path: Path, sandbox: Sandbox
    ) -> None:
        shell = Shell(tmp_path, sandbox)
        async with shell.running() as first:
            assert LINK.search(first)
            second, admin = await asyncio.gather(shell.run("run"), shell.run("admin"))
            modes = shell.modes()

        assert second.code == 2
        assert "in use by a running bot" in second.sentence
        assert admin.code == 0
        assert LINK.fullmatch(admin.out.strip())
        for said in (first, admin.err):
            assert re.match(r"Open \w+ in Telegram within 10 minutes", said)
        assert LINK.findall(first) != LINK.findall(admin.out)
        assert {*modes} >= {"senim.db", "senim.db.lock", "senim.db.socket"}
        assert {*modes.values()} == {"0o600"}

    async def test_without_a_running_bot_the_link_is_made_in_the_database(
        self, tmp_path: Path, sandbox: Sandbox
    ) -> None:
        shell = Shell(tmp_path, sandbox)
        async with shell.running():
            pass
        ended = await shell.run("admin")

        assert ended.code == 0
        found = LINK.fullmatch(ended.out.strip())
        assert found
        database = await Database.open(
            tmp_path / "senim.db", KeyRing.read(tmp_path / "keys"), lambda: int(time.time() * 1000)
        )
        try:
            async with database.transaction("test") as tx:
                invitation = await tx.desks.invitation(found[1], Purpose.ADMINISTRATOR)
        finally:
            await database.close()
        assert invitation.purpose is Purpose.ADMINISTRATOR

    async def test_without_a_database_no_link_is_made_and_none_is_left(self, shell: Shell) -> None:
        before = sorted(shell.folder.iterdir())

        admin, backup = await asyncio.gather(shell.run("admin"), shell.run("backup", "b"))

        for ended in (admin, backup):
            assert (ended.code, ended.out) == (2, "")
            assert "SENIM_DATABASE names senim.db, where no database is" in ended.sentence
            assert "`senim run`" in ended.sentence
        assert sorted(shell.folder.iterdir()) == before

    async def test_a_folder_a_wrong_name_and_an_unread_file_are_one_sentence_each(self, shell: Shell) -> None:
        (shell.folder / "data").mkdir()
        (shell.folder / "letters").write_text("somebody's letters")
        before = sorted(shell.folder.rglob("*"))

        ended = await asyncio.gather(
            shell.run("run", SENIM_DATABASE="data"), shell.run("run", SENIM_DATABASE="letters"),
            shell.run("run", SENIM_DATABSE="x"),
        )  # fmt: skip
        assert sorted(shell.folder.rglob("*")) == before
        (shell.folder / ".env").write_bytes("SENIM_NAME=Сенім".encode("utf-16"))
        unread = await shell.run("run")

        said = ("which is a folder", "which is no database", "is SENIM_DATABASE meant?", "no UTF-8 text")
        for one, part in zip((*ended, unread), said, strict=True):
            assert (one.code, one.out) == (2, "")
            assert part in one.sentence

    async def test_while_it_waits_it_names_the_server_and_the_kind_of_trouble_and_never_the_token(
        self, shell: Shell
    ) -> None:
        """A name that is mistyped must be seen in the first lines."""
        for server, kind in (("http://127.0.0.1:9", "connection refused"), ("http://senim.invalid", "name not found")):
            process = await shell.start("run", SENIM_TELEGRAM_API=server, SENIM_TOKEN="7:SECRET")
            assert process.stderr is not None
            try:
                async with asyncio.timeout(40):
                    asking, line = [(await process.stderr.readline()).decode() for _ in range(2)]
            finally:
                process.kill()
                await process.communicate()
            assert asking.endswith(f"asking {server.removeprefix('http://')} who the bot is\n")
            assert f"Telegram does not answer: {server.removeprefix('http://')}: {kind}" in line
            assert "SECRET" not in asking + line

    @pytest.mark.parametrize("words", ["--help", "--version", "keys new --help", "keys new ring", "unit"])
    async def test_what_needs_no_bot_loads_none(self, shell: Shell, words: str) -> None:
        """aiogram's thousands of classes take seconds."""
        ended = await shell.run(*words.split(), SENIM_DATABASE="", PYTHONPROFILEIMPORTTIME="1")

        assert ended.code == 0
        assert "argparse" in ended.err
        assert "aiogram" not in ended.err

    async def test_ctrl_c_ends_it_without_a_traceback_while_it_loads_and_while_it_waits(
        self, shell: Shell, sandbox: Sandbox
    ) -> None:
        """A shell shows 130 for both."""
        loading = await shell.start("--in", "aiogram.methods", "run", code=INTERRUPTED)
        sandbox.faults.hang(30, "getMe", times=None)
        (shell.folder / "senim.db").touch()
        waiting = await shell.start("admin", SENIM_TELEGRAM_API=sandbox.url, SENIM_TOKEN=sandbox.token)
        await until(lambda: sandbox.journal.calls, timeout=40)
        waiting.send_signal(signal.SIGINT)
        async with asyncio.timeout(40):
            (_, of_loading), (_, of_waiting) = await asyncio.gather(loading.communicate(), waiting.communicate())

        assert (loading.returncode, of_loading) == (-signal.SIGINT, b"")
        assert (waiting.returncode, of_waiting) == (130, b"senim: stopped\n")

    async def test_its_version_is_that_of_the_package(self, shell: Shell) -> None:
        ended = await shell.run("--version")

        assert (ended.code, ended.out) == (0, f"senim {metadata.version('senim')}\n")


def explained(parser: argparse.ArgumentParser) -> Iterator[str]:
    """The names of the commands below; the test fails when one of them, or a word of it, is not explained."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            assert {short.dest for short in action._choices_actions if short.help} == {*action.choices}
            for below in action.choices.values():
                assert below.description
                assert below.description.endswith(".")
                yield from explained(below)
        else:
            assert action.help, action.dest
    if parser.get_default("command"):
        yield parser.prog


def test_every_command_and_every_word_of_it_is_explained() -> None:
    assert [*explained(_parser())] == [f"senim {command}" for command in COMMANDS]


class TestKeysNew:
    """`senim keys new`."""

    def command(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
        monkeypatch.setattr(sys, "argv", ["senim", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code

    def test_a_new_ring_is_readable_by_its_owner_only_and_a_second_key_goes_first_when_that_is_asked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = tmp_path / "fresh"
        before = os.umask(0)
        try:
            assert self.command(monkeypatch, "keys", "new", str(file)) == 0
        finally:
            os.umask(before)
        old = file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        assert KeyRing.read(file).first == old.partition(":")[0]

        assert self.command(monkeypatch, "keys", "new", str(file)) == 2
        assert file.read_text() == old
        assert "was left as it is" in capsys.readouterr().err
        assert self.command(monkeypatch, "keys", "new", "--rotate", str(file)) == 0

        lines, said = file.read_text().splitlines(), capsys.readouterr()
        assert file.stat().st_mode & 0o777 == 0o600
        assert lines[1:] == old.splitlines()
        assert KeyRing.read(file).first == lines[0].partition(":")[0] != old.partition(":")[0]
        assert "the first of 2" in said.out
        assert "copy the ring again now" in said.out
        assert not any(line.partition(":")[2] in said.out + said.err for line in lines)
        assert [path.name for path in tmp_path.iterdir()] == ["fresh"]

    def test_a_path_with_letters_that_a_terminal_lacks_is_printed_all_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bare = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
        monkeypatch.setattr(sys, "stdout", bare)

        assert self.command(monkeypatch, "keys", "new", str(tmp_path / "кілт")) == 0

        bare.seek(0)
        assert r"\u043a\u0456\u043b\u0442: the new key" in bare.read()

    def test_a_unit_is_utf_8_on_every_terminal(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
        monkeypatch.chdir(tmp_path)
        (tmp_path / ".env").write_text("SENIM_KEYS=/srv/кілт\n", "utf-8")

        assert self.command(monkeypatch, "unit") == 0

        sys.stdout.flush()
        assert "keys:/srv/кілт" in written.getvalue().decode()

    def test_a_command_that_is_none_says_which_there_are(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.command(monkeypatch) == 2
        assert "usage: senim" in capsys.readouterr().err

    def test_a_ring_of_a_windows_editor_gets_its_new_key(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        old = new_key_line()
        (tmp_path / "keys").write_bytes(f"{old}\r\n".encode("utf-8-sig"))

        assert self.command(monkeypatch, "keys", "new", "--rotate", str(tmp_path / "keys")) == 0
        assert (tmp_path / "keys").read_text("ascii").split()[1:] == [old]

    def test_a_fault_of_the_database_is_told_in_words(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fails(_: argparse.Namespace) -> None:
            raise StorageFault("SQLITE_FULL")

        monkeypatch.setitem(COMMANDS, "unit", fails)

        assert self.command(monkeypatch, "unit") == 2
        assert capsys.readouterr().err == "senim: the database: the disk is full (SQLITE_FULL)\n"

    def test_a_new_key_is_not_put_into_a_file_that_is_no_ring(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "notes").write_text("somebody's letters")

        assert self.command(monkeypatch, "keys", "new", str(tmp_path / "notes")) == 2
        assert (tmp_path / "notes").read_text() == "somebody's letters"

    def test_a_ring_that_cannot_be_written_is_one_sentence(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "garbage").write_bytes(b"\xff")

        assert self.command(monkeypatch, "keys", "new", str(tmp_path / "nowhere" / "keys")) == 2
        assert self.command(monkeypatch, "keys", "new", str(tmp_path / "garbage")) == 2


def test_a_ring_made_by_hand_with_one_key_is_enough(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(new_key_line())

    assert KeyRing.read(tmp_path / "keys").first
    with pytest.raises(BadKeys):
        KeyRing({})
