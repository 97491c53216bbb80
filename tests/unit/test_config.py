"""Settings and the `senim` command, as somebody at a shell meets them: one sentence that says what to do."""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from bot import app
from bot.__main__ import EXPECTED, main
from bot.config import NAMES, BadSetting, Settings, environment, read
from bot.domain.desks import Purpose
from bot.telegram.sandbox import Sandbox
from storage.database import Database
from storage.sealing import BadKeys, KeyRing, new_key_line
from tests.town import write_ring

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = 'name_kk = "«Сынақ» ұйымы"\nname_ru = "ОФ «Проба»"\nbin = "010245678901"\ncontact = "a@example.kz, +7 700"\n'
LINK = re.compile(r"https://t\.me/senim_bot\?start=a_([\w-]{16})")


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """What it said; the test fails when that was not one sentence for a person."""
        assert "Traceback" not in self.err, self.err
        lines = [line for line in self.err.splitlines() if line.startswith("senim: ")]
        assert len(lines) == 1, self.err
        return lines[0].removeprefix("senim: ")


class Shell:
    """A folder with good settings, and the real command in a clean environment."""

    def __init__(self, folder: Path, sandbox: Sandbox | None = None) -> None:
        self.folder = folder
        write_ring(folder / "keys")
        (folder / "operator.toml").write_text(OPERATOR, encoding="utf-8")
        self.settings = {
            "SENIM_TOKEN": sandbox.token if sandbox else "7:AAA",
            "SENIM_KEYS": "keys",
            "SENIM_DATABASE": "senim.db",
            "SENIM_OPERATOR": "operator.toml",
            "SENIM_TELEGRAM_API": sandbox.url if sandbox else "http://127.0.0.1:9",
        }

    def modes(self) -> dict[str, str]:
        """Who may read the database and what stands beside it."""
        return {file.name: oct(file.stat().st_mode & 0o777) for file in self.folder.glob("senim.db*")}

    async def start(self, *words: str, **settings: str) -> asyncio.subprocess.Process:
        clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", *words, cwd=self.folder, env={**clean, **self.settings, **settings},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip

    async def run(self, *words: str, **settings: str) -> Ended:
        process = await self.start(*words, **settings)
        async with asyncio.timeout(40):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """A running bot; what it printed first. It is stopped as systemd does."""
        process = await self.start("run")
        assert process.stdout is not None
        try:
            async with asyncio.timeout(40):
                first = (await process.stdout.readline()).decode()
            yield first
        finally:
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                _, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        assert "Traceback" not in err.decode()


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as opened:
        yield opened


def good(folder: Path) -> dict[str, str]:
    shell = Shell(folder)
    return {
        **shell.settings, "SENIM_KEYS": str(folder / "keys"), "SENIM_OPERATOR": str(folder / "operator.toml"),
    }  # fmt: skip


class TestReading:
    """From names and texts to settings."""

    def test_good_settings_are_read(self, tmp_path: Path) -> None:
        values = good(tmp_path)

        assert read(values) == Settings(
            token="7:AAA", keys=tmp_path / "keys", database=Path("senim.db"),
            operator={"kk": "«Сынақ» ұйымы, БСН 010245678901, a@example.kz, +7 700",
                      "ru": "ОФ «Проба», БИН 010245678901, a@example.kz, +7 700"},
            name="Senim", telegram_api="http://127.0.0.1:9",
        )  # fmt: skip
        assert read({**values, "SENIM_NAME": "Көмек"}).name == "Көмек"
        del values["SENIM_TELEGRAM_API"]
        assert read(values).telegram_api == "https://api.telegram.org"

    @pytest.mark.parametrize("missing", ["SENIM_TOKEN", "SENIM_KEYS", "SENIM_DATABASE", "SENIM_OPERATOR"])
    @pytest.mark.parametrize("how", ["not there", "empty"])
    def test_each_needed_setting_is_asked_for_by_name(self, tmp_path: Path, missing: str, how: str) -> None:
        values = good(tmp_path)
        if how == "empty":
            values[missing] = ""
        else:
            del values[missing]

        with pytest.raises(BadSetting, match=rf"^{missing} is not set: .+\.$") as refused:
            read(values)
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize("name", ["SENIM_KEYS", "SENIM_OPERATOR"])
    @pytest.mark.parametrize("value", ["/nowhere/at/all", "/tmp", "."])
    def test_a_file_that_is_none_is_named_with_what_to_do(self, tmp_path: Path, name: str, value: str) -> None:
        with pytest.raises(BadSetting, match=rf"^{name} names {re.escape(value)}, which is no file: .+\.$"):
            read({**good(tmp_path), name: value})

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda text: text.replace("name_kk", "name"), "lacks name_kk"),
            (lambda text: text.replace("ОФ «Проба»", "  "), "lacks name_ru"),
            (lambda text: text.replace("contact", "# contact"), "lacks contact"),
            (lambda text: text.replace('"a@example.kz, +7 700"', "5"), "lacks contact"),
            (lambda text: text.replace('bin = "010245678901"', ""), "lacks bin"),
            (lambda text: text.replace("010245678901", "12345"), "12 digits"),
            (lambda text: text.replace("010245678901", "0102456789AB"), "12 digits"),
            (lambda text: text.replace("010245678901", "\u0660102456789\u0661\u0661"), "12 digits"),
            (lambda text: text.replace("010245678901", "123456789012"), "a month"),
            (lambda text: text.replace("010245678901", "000000000000"), "bin in .+ is the example's"),
            (lambda text: text.replace("a@example.kz", "example@example.invalid"), "contact in .+ is the example's"),
            (lambda text: text.replace('"', ""), "cannot be read"),
            (lambda text: "", "lacks name_kk"),
        ],
    )  # fmt: skip
    def test_a_bad_operator_file_is_one_sentence(self, tmp_path: Path, change: Callable[[str], str], said: str) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_text(change(OPERATOR), encoding="utf-8")

        with pytest.raises(BadSetting, match=said) as refused:
            read(values)
        assert str(refused.value).startswith("SENIM_OPERATOR: ")
        assert str(refused.value).endswith(".")
        assert "\n" not in str(refused.value)

    def test_an_operator_file_that_is_no_text_is_one_sentence(self, tmp_path: Path) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_bytes(b"\xff\xfe\x00")

        with pytest.raises(BadSetting, match=r"cannot be read .+\.$"):
            read(values)

    def test_the_example_of_the_docs_is_refused_until_every_field_is_somebodys(self, tmp_path: Path) -> None:
        """Each field in turn: whoever has put in three of four must hear of the fourth."""
        values = good(tmp_path)
        sample = (ROOT / "docs" / "operator.example.toml").read_text("utf-8")
        true = dict(line.split(" = ", 1) for line in OPERATOR.splitlines())
        for field in true:
            filled = "\n".join(
                f"{name} = {true[name]}" if name in true and name != field else line
                for line in sample.splitlines()
                for name in [line.partition(" = ")[0]]
            )
            Path(values["SENIM_OPERATOR"]).write_text(filled, encoding="utf-8")
            with pytest.raises(BadSetting, match=rf"^SENIM_OPERATOR: {field} in .+ is the example's: .+\.$"):
                read(values)

        values["SENIM_OPERATOR"] = str(ROOT / "docs" / "operator.example.toml")
        with pytest.raises(BadSetting, match="is the example's: put in who really runs the bot"):
            read(values)

    @pytest.mark.parametrize("number", ["010245678901", "991240000000", "260140012345", "940740000911", "700612300014"])
    def test_no_true_bin_is_refused_nor_the_number_of_somebody_who_works_alone(
        self, tmp_path: Path, number: str
    ) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_text(OPERATOR.replace("010245678901", number), encoding="utf-8")

        assert number in read(values).operator["ru"]

    def test_an_operator_file_may_begin_with_the_mark_of_a_windows_editor(self, tmp_path: Path) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_text(OPERATOR, encoding="utf-8-sig")

        assert read(values).operator["kk"].startswith("«Сынақ»")

    @pytest.mark.parametrize(
        "server",
        ["api.telegram.org", "htps://api.telegram.org", "https//api.telegram.org", "https:/api.telegram.org",
         "https://", "https://api.telegram.org/bot", "https://api.telegram.org/?x", "https://api.telegram.org#x",
         "https://api.telegram.org:x", "https://api.telegram.org:99999", "https://me:SECRET@api.telegram.org",
         "https://api telegram.org", "https://api.telegram.org\n", "https://[::1", "file:///etc/passwd"],
    )  # fmt: skip
    def test_a_server_that_is_none_is_refused(self, tmp_path: Path, server: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_TELEGRAM_API must be an address like .+\.$") as refused:
            read({**good(tmp_path), "SENIM_TELEGRAM_API": server})
        assert "SECRET" not in str(refused.value)

    def test_a_servers_last_slash_does_no_harm(self, tmp_path: Path) -> None:
        assert read({**good(tmp_path), "SENIM_TELEGRAM_API": "http://10.0.0.1:8081/"}).telegram_api == (
            "http://10.0.0.1:8081"
        )

    def test_the_environment_wins_over_the_env_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".env").write_text("SENIM_TOKEN=from-file\nSENIM_NAME=from-file\nSENIM_KEYS=\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SENIM_TOKEN", "from-environment")
        monkeypatch.delenv("SENIM_NAME", raising=False)

        values = environment()

        assert (values["SENIM_TOKEN"], values["SENIM_NAME"]) == ("from-environment", "from-file")
        assert "SENIM_KEYS" not in values

    @pytest.mark.parametrize(
        ("server", "near"),
        [
            ("http://127.0.0.1:8081", True), ("http://localhost:1", True), ("http://[::1]:5", True),
            ("https://api.telegram.org", False), ("http://127.0.0.1.evil.kz", False),
            ("http://10.0.0.1", False),            ("", False),
        ],
    )  # fmt: skip
    def test_only_a_server_on_this_machine_may_move_the_clock(self, tmp_path: Path, server: str, near: bool) -> None:
        assert read({**good(tmp_path), "SENIM_TELEGRAM_API": server}).loopback is near

    def test_health_is_served_on_a_port_or_not_at_all(self, tmp_path: Path) -> None:
        assert read(good(tmp_path)).health_port is None
        assert read({**good(tmp_path), "SENIM_HEALTH_PORT": "8710"}).health_port == 8710

    @pytest.mark.parametrize("port", ["0", "-1", "65536", "x", "80 ", "8_0", "\u0663", "1" * 5000])
    def test_a_port_that_is_none_is_refused(self, tmp_path: Path, port: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_HEALTH_PORT must be a number from 1 to 65535; .+\.$"):
            read({**good(tmp_path), "SENIM_HEALTH_PORT": port})

    @pytest.mark.parametrize(
        "url", ["https://hc.example/ping/1?x=2", "http://127.0.0.1:9/a", "http://localhost/a", "http://[::1]:5/"]
    )
    def test_a_heartbeat_goes_out_over_https_or_stays_on_this_machine(self, tmp_path: Path, url: str) -> None:
        assert read(good(tmp_path)).heartbeat is None
        assert read({**good(tmp_path), "SENIM_HEARTBEAT_URL": url}).heartbeat == url

    @pytest.mark.parametrize(
        "url",
        ["http://hc.example/SECRET", "http://127.0.0.1.evil.kz/SECRET", "http://localhost@evil.kz/SECRET", "SECRET",
         "ftp://127.0.0.1/SECRET", "https:///SECRET", "https://[::1/SECRET", "https://a:SECRET/", "https://a b/SECRET",
         "https://a/SECRET\nX: y", "file:///SECRET"],
    )  # fmt: skip
    def test_another_address_is_refused_and_not_repeated(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_HEARTBEAT_URL must be an https:// address.+\.$") as refused:
            read({**good(tmp_path), "SENIM_HEARTBEAT_URL": url})
        assert "SECRET" not in str(refused.value)

    def test_every_setting_stands_in_the_example(self) -> None:
        example = (ROOT / ".env.example").read_text()

        assert re.findall(r"^(SENIM_\w+)=", example, re.MULTILINE) == [*NAMES]


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
        """A name that is mistyped must be seen in the first line."""
        for server, kind in (("http://127.0.0.1:9", "connection refused"), ("http://senim.invalid", "name not found")):
            process = await shell.start("run", SENIM_TELEGRAM_API=server, SENIM_TOKEN="7:SECRET")
            assert process.stderr is not None
            try:
                async with asyncio.timeout(40):
                    line = (await process.stderr.readline()).decode()
            finally:
                process.kill()
                await process.communicate()
            assert f"Telegram does not answer: {server.removeprefix('http://')}: {kind}" in line
            assert "SECRET" not in line

    async def test_its_version_is_that_of_the_package(self, shell: Shell) -> None:
        ended = await shell.run("--version")

        assert (ended.code, ended.out) == (0, f"senim {metadata.version('senim')}\n")


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

    def test_a_command_that_is_none_says_which_there_are(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.command(monkeypatch) == 2
        assert "usage: senim" in capsys.readouterr().err

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
