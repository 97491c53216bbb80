"""`senim unit`, judged by systemd itself, and what is told to it."""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import systemd
from bot.config import BadSetting, environment

ANALYZE = shutil.which("systemd-analyze")
verified = pytest.mark.skipif(ANALYZE is None, reason="no systemd-analyze on this machine: nobody can judge the unit")
ODD = 'a b%n "c" $d'
"""A folder's name with what systemd takes for something else: space, specifier, quotes, variable."""
COMMANDS = "a b%n $d"
"""The same for the command's folder: systemd takes no quotes there, however they are written."""


def values(text: str) -> dict[str, list[str]]:
    """The settings of a unit by name."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def judged(folder: Path, text: str, *words: str) -> str:
    """What systemd-analyze says of a unit; the test fails when it refuses it."""
    assert ANALYZE is not None
    (folder / "senim.service").write_text(text, encoding="utf-8")
    said = subprocess.run([ANALYZE, *words, str(folder / "senim.service")], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    return said.stdout + said.stderr


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `senim` in a folder with an odd name."""
    command = tmp_path / COMMANDS / "senim"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(command), "unit"])
    return command


def test_the_command_prints_the_unit_of_this_installation_and_nothing_else(tmp_path: Path) -> None:
    root = str(Path(__file__).resolve().parents[2])
    clean = {"PATH": os.environ["PATH"], "PYTHONPATH": root, "SENIM_TOKEN": "7:SECRET",
             "SENIM_HEARTBEAT_URL": "https://ping.example/SECRET"}  # fmt: skip
    (tmp_path / ".env").touch()
    said = subprocess.run(
        [sys.executable, "-m", "bot", "unit"], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60
    )

    warnings = "".join(f"senim: {warning}\n" for warning in systemd.unread({}))  # a developer's Python lies in a home
    assert (said.returncode, said.stderr) == (0, warnings)
    assert "SECRET" not in said.stdout
    assert values(said.stdout)["ExecStart"] == [f'"{Path(sys.executable).with_name("senim")}" run']
    if ANALYZE:
        assert judged(tmp_path, said.stdout, "verify") == ""


def test_it_is_started_again_for_ever_watched_and_knows_its_files() -> None:
    found = values(systemd.unit({}))

    for name, value in {
        "Type": "notify", "Restart": "always", "RestartSec": "2", "StartLimitIntervalSec": "0", "WatchdogSec": "60",
        "StateDirectory": "senim", "StateDirectoryMode": "0700", "DynamicUser": "yes", "NoNewPrivileges": "yes",
        "ProtectSystem": "strict", "PrivateTmp": "yes", "LimitCORE": "0", "MemoryDenyWriteExecute": "yes",
    }.items():  # fmt: skip
        assert found[name] == [value]
    assert found["LoadCredential"] == ["environment:/etc/senim/environment", "keys:/etc/senim/keys"]
    assert int(found["TimeoutStopSec"][0]) > 5
    assert int(found["TimeoutStartSec"][0]) >= 3 * systemd.START_EVERY
    before_service = systemd.unit({}).split("[Service]")[0]
    assert "StartLimitIntervalSec=0" in before_service.split("[Unit]")[1]


def test_where_files_lie_stands_in_it_and_no_setting(installed: Path) -> None:
    text = systemd.unit({
        "SENIM_TOKEN": "7:SECRET", "SENIM_HEARTBEAT_URL": "https://ping.example/SECRET", "SENIM_NAME": "SECRET",
        "SENIM_CALLOUT_URL": "https://sms.example/SECRET", "SENIM_CALLOUT_SECRET": "SECRET-SECRET-SECRET",
        "SENIM_HEALTH_PORT": "9000", "SENIM_KEYS": f"/srv/{ODD}/keys", "SENIM_OPERATOR": f"/srv/{ODD}/o.toml",
        "SENIM_DATABASE": "/var/lib/senim/other.db", "SENIM_TELEGRAM_API": "http://127.0.0.1:8081/SECRET",
    })  # fmt: skip
    found = values(text)

    assert "SECRET" not in text
    assert found["ExecStart"] == [f'"{installed}" run'.replace("%", "%%")]
    assert found["LoadCredential"] == ["environment:/etc/senim/environment", 'keys:/srv/a b%%n "c" $d/keys']
    assert not {"Environment", "EnvironmentFile"} & found.keys()
    assert "curl -i 127.0.0.1:9000/health" in text


def test_the_commands_to_type_are_those_of_this_installation_and_its_paths(installed: Path) -> None:
    """What stands at the end of the unit is typed at night: every word of it must be there as it is."""
    lines = [line.lstrip("# ") for line in systemd.unit({}).splitlines() if line.startswith("#")]

    for typed in ("admin", "keys new /etc/senim/keys", "unit > /etc/systemd/system/senim.service"):
        assert any(line.removeprefix("2. ") == f"{shlex.quote(str(installed))} {typed}" for line in lines), typed
    assert any("mv /var/lib/senim/senim.db* " in line for line in lines)


@verified
def test_systemd_takes_it_whatever_the_folder_is_called(tmp_path: Path, installed: Path) -> None:
    text = systemd.unit({"SENIM_KEYS": f"/srv/{ODD}/keys", "SENIM_OPERATOR": f"/srv/{ODD}/operator.toml"})

    assert judged(tmp_path, text, "verify") == ""
    broken = text.replace("%%", "%")  # systemd itself looks for the command: without the escape it is not there
    (tmp_path / "broken").mkdir()
    with pytest.raises(AssertionError, match=r"not executable|Failed to resolve"):
        judged(tmp_path / "broken", broken, "verify")


@verified
def test_systemd_finds_little_that_it_could_be_kept_from(tmp_path: Path) -> None:
    help_text = subprocess.run([str(ANALYZE), "--help"], capture_output=True, text=True, timeout=60).stdout
    if "--offline" not in help_text:
        pytest.skip("this systemd-analyze judges only units that are loaded")

    said = judged(tmp_path, systemd.unit({}), "security", "--offline=yes", "--no-pager")

    exposure = re.search(r"exposure level for senim\.service: ([\d.]+)", said)
    assert exposure
    assert float(exposure[1]) < 2


@pytest.mark.parametrize("place", ["/home/somebody/senim/operator.toml", "/root/operator.toml"])
def test_what_lies_in_somebodys_home_can_still_be_read(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert values(systemd.unit({"SENIM_OPERATOR": place}))["ProtectHome"] == ["read-only"]


@pytest.mark.parametrize(
    "database", ["/srv/senim.db", "senim.db", "/var/lib/senim2/senim.db", "/var/lib/senim/../x.db"]
)
def test_a_database_elsewhere_is_refused_because_a_fresh_one_would_know_nobody(database: str) -> None:
    with pytest.raises(BadSetting, match=r"^SENIM_DATABASE names .+/var/lib/senim.+\.$"):
        systemd.unit({"SENIM_DATABASE": database})


@pytest.mark.parametrize("sign", ['"', "'", "\\"])
def test_a_command_that_systemd_would_not_start_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: str
) -> None:
    command = tmp_path / f"a{sign}b" / "senim"
    command.parent.mkdir()
    command.touch(0o755)
    monkeypatch.setattr(sys, "argv", [str(command)])

    with pytest.raises(BadSetting, match=r"^systemd starts no command .+\.$"):
        systemd.unit({})


def test_a_path_that_no_unit_can_hold_is_one_sentence() -> None:
    with pytest.raises(BadSetting, match="not printable"):
        systemd.unit({"SENIM_KEYS": "/srv/a\nExecStart=/bin/sh"})


class TestUnread:
    """What the unit's user, to whom nothing belongs, could not read."""

    @pytest.fixture
    def machine(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """Everything lies in folders that everybody may enter: pytest's own are closed."""
        with tempfile.TemporaryDirectory(prefix="senim-unit-") as name:
            root = Path(name)
            root.chmod(0o755)
            command = root / "opt" / "senim"
            python = root / "home" / "somebody" / "python"
            for made in (command, python):
                made.parent.mkdir(parents=True, mode=0o755)
                made.touch(0o755)
            (root / "operator.toml").touch(0o644)
            monkeypatch.setattr(sys, "argv", [str(command)])
            monkeypatch.setattr(sys, "executable", str(root / "python"))
            monkeypatch.setattr(sys, "prefix", str(root / "opt"))
            monkeypatch.setattr(sys, "base_prefix", str(python.parent))
            monkeypatch.setattr(systemd, "__file__", str(command))
            monkeypatch.setattr(systemd, "HOMES", (root / "home",))
            (root / "python").symlink_to(python)
            yield root

    def said(self, machine: Path) -> list[str]:
        return systemd.unread({"SENIM_OPERATOR": str(machine / "operator.toml")})

    def test_of_what_everybody_may_read_nothing_is_said(self, machine: Path) -> None:
        assert self.said(machine) == []
        (machine / "operator.toml").unlink()
        assert self.said(machine) == []

    def test_a_python_in_a_private_home_is_named_with_where_to_take_another(self, machine: Path) -> None:
        (machine / "home" / "somebody").chmod(0o700)

        (sentence,) = self.said(machine)

        assert f"the bot cannot start, its user may not enter {machine / 'home' / 'somebody'} (for " in sentence
        assert "`make PYTHON=/usr/bin/python3 clean venv`" in sentence

    def test_an_installation_and_an_operator_file_that_are_roots_alone_are_named_with_what_to_type(
        self, machine: Path
    ) -> None:
        (machine / "opt").chmod(0o700)
        (machine / "operator.toml").chmod(0o600)

        ours, operator = self.said(machine)

        assert f"`chmod -R go+rX {machine / 'opt'}`" in ours
        assert f"`chmod 644 {machine / 'operator.toml'}`" in operator


class TestCredentials:
    """What systemd loads for the bot."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.chdir(tmp_path)
        for name in ("SENIM_TOKEN", "SENIM_KEYS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        return tmp_path

    def test_token_and_key_ring_are_taken_from_there(self, folder: Path) -> None:
        (folder / "token").write_text("7:AAA\n")
        (folder / "keys").write_text("a:b\n")

        assert {name: value for name, value in environment().items() if name in ("SENIM_TOKEN", "SENIM_KEYS")} == {
            "SENIM_TOKEN": "7:AAA", "SENIM_KEYS": str(folder / "keys"),
        }  # fmt: skip

    def test_they_win_over_a_file_and_what_is_set_wins_over_them(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "token").write_text("7:AAA\n")
        (folder / ".env").write_text("SENIM_TOKEN=7:file\n")
        assert environment()["SENIM_TOKEN"] == "7:AAA"
        monkeypatch.setenv("SENIM_TOKEN", "7:BBB")
        assert environment()["SENIM_TOKEN"] == "7:BBB"
        assert "SENIM_KEYS" not in environment()

    def test_bytes_that_are_no_token_are_one_sentence_without_them(self, folder: Path) -> None:
        (folder / "token").write_bytes(b"7:\xff\xfe")

        with pytest.raises(BadSetting, match=r"^SENIM_TOKEN: .+\.$"):
            environment()


class TestNotify:
    """sd_notify over a real socket; the whole process is in tests/fault/test_watch.py."""

    def test_without_systemd_nothing_happens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
        systemd.notify("READY=1")

    def test_lines_go_in_one_datagram_and_a_full_or_missing_socket_holds_nobody_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        address = str(tmp_path / "n")
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(address)
            systemd.notify("READY=1", "STATUS=well")
            assert listener.recv(100) == b"READY=1\nSTATUS=well"
            for _ in range(300):
                systemd.notify("WATCHDOG=1")
        Path(address).unlink()
        systemd.notify("WATCHDOG=1")
        assert {record.getMessage() for record in caplog.records} == {
            "systemd does not listen: BlockingIOError", "systemd does not listen: FileNotFoundError",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("usec", "pid", "seconds"),
        [("60000000", None, 60), ("60000000", "own", 60), ("60000000", "1", None), ("", None, None), ("x", None, None),
         ("0", None, None)],
    )  # fmt: skip
    def test_the_watchdog_is_that_of_this_process(
        self, monkeypatch: pytest.MonkeyPatch, usec: str, pid: str | None, seconds: float | None
    ) -> None:
        monkeypatch.setenv("WATCHDOG_USEC", usec)
        monkeypatch.delenv("WATCHDOG_PID", raising=False)
        if pid:
            monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "own" else pid)

        assert systemd.watchdog() == seconds
