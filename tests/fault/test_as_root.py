"""A machine as `senim unit` makes it: the bot has a user of its own, and root types the commands, in any folder."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.telegram.sandbox import Sandbox
from tests.process import OPERATOR_FILE
from tests.town import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")

BOT = 61_234
"""A number that systemd gives to dynamic users, without a name on this machine (61184 to 65519, systemd.exec(5))."""

LAUNCHER = """
import sys
from pathlib import Path
from bot import config, __main__ as command
config.ETC = Path(sys.argv.pop(1))
command.main()
"""
"""`senim` on a machine whose /etc/senim lies elsewhere."""


def python() -> str:
    """A Python of this version that every user may start: a developer's may lie in a home that nobody else enters."""
    for found in (Path(sys.executable).resolve(), Path(f"/usr/bin/python3.{sys.version_info.minor}")):
        with contextlib.suppress(OSError):
            subprocess.run([found, "-c", "pass"], user=BOT, group=BOT, extra_groups=[], check=True, timeout=60)
            return str(found)
    pytest.skip("another user may start no Python of this version")


@dataclass
class Machine:
    """/etc/senim, /var/lib/senim and the credentials that systemd gives, under one folder that everybody may enter."""

    root: Path
    python: str

    @property
    def etc(self) -> Path:
        return self.root / "etc"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def loaded(self) -> Path:
        return self.root / "loaded"

    @property
    def database(self) -> Path:
        return self.state / "senim.db"

    def load(self) -> None:
        """LoadCredential: copies that the bot alone can read."""
        shutil.rmtree(self.loaded, ignore_errors=True)
        self.loaded.mkdir(mode=0o700)
        for name in ("environment", "keys"):
            copy = Path(shutil.copy(self.etc / name, self.loaded / name))
            copy.chmod(0o400)
            os.chown(copy, BOT, BOT)
        os.chown(self.loaded, BOT, BOT)

    async def started(self, *words: str, user: int = 0, unit: bool = False) -> asyncio.subprocess.Process:
        """A command, typed by a user with nothing set in a folder that is not the bot's, or started by the unit."""
        code = os.pathsep.join((str(Path.cwd()), sysconfig.get_path("purelib")))
        clean = {"PATH": os.environ["PATH"], "PYTHONPATH": code, "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
        if unit:
            self.load()
            clean["CREDENTIALS_DIRECTORY"] = str(self.loaded)
        return await asyncio.create_subprocess_exec(
            self.python, "-W", "error", "-c", LAUNCHER, str(self.etc), *words, env=clean, user=user, group=user,
            extra_groups=[], cwd=self.state if unit else "/", stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip

    async def types(self, *words: str) -> tuple[int, str]:
        """Exit code and output of what root types."""
        return await ended(await self.started(*words))

    @asynccontextmanager
    async def running(self, sandbox: Sandbox) -> AsyncIterator[None]:
        """The bot under its own user, until it polls; it is stopped as systemd does."""
        polls = sandbox.server._poll
        process = await self.started("run", user=BOT, unit=True)
        try:
            await until(lambda: sandbox.server._poll > polls or process.returncode is not None, timeout=60)
            assert process.returncode is None, await ended(process)
            yield
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            code, output = await ended(process)
        assert code == 0, output
        assert "Traceback" not in output


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str]:
    output, _ = await asyncio.wait_for(process.communicate(), 90)
    assert process.returncode is not None
    return process.returncode, output.decode()


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Not below pytest's own folder, which only root may enter."""
    interpreter = python()
    with tempfile.TemporaryDirectory(prefix="senim-machine-") as name:
        made = Machine(Path(name), interpreter)
        made.root.chmod(0o755)
        made.etc.mkdir()
        made.state.mkdir(mode=0o700)
        os.chown(made.state, BOT, BOT)
        (made.etc / "operator.toml").write_text(OPERATOR_FILE)
        yield made


async def settled(machine: Machine, sandbox: Sandbox) -> None:
    """Steps 2 to 4 of the README."""
    code, output = await machine.types("keys", "new", str(machine.etc / "keys"))
    assert code == 0, output
    (machine.etc / "environment").touch(mode=0o600)
    (machine.etc / "environment").write_text(
        f"SENIM_TOKEN={sandbox.token}\nSENIM_KEYS={machine.etc / 'keys'}\nSENIM_DATABASE={machine.database}\n"
        f"SENIM_OPERATOR={machine.etc / 'operator.toml'}\nSENIM_TELEGRAM_API={sandbox.url}\n"
    )


async def test_root_types_admin_backup_and_restore_in_any_folder_and_the_bots_user_goes_on_with_what_is_left(
    machine: Machine,
) -> None:
    async with Sandbox() as sandbox:
        await settled(machine, sandbox)
        code, output = await machine.types("admin")
        assert (code, output.count("\n")) == (2, 1)
        assert "the first `senim run` makes it" in output

        kept = machine.root / "elsewhere"
        async with machine.running(sandbox):
            code, output = await machine.types("admin")
            assert code == 0, output
            assert re.fullmatch(r"Open it in Telegram .+\.\nhttps://t\.me/\w+\?start=a_\S+\n", output)
            code, output = await machine.types("backup", str(machine.state / "day.backup"))
            assert code == 0, output
            (machine.state / "day.backup").rename(kept)

        # The disk is new: what systemd makes again is the folder.
        for file in machine.state.iterdir():
            file.unlink()
        code, output = await machine.types("restore", str(kept))
        assert code == 0, output
        assert f"It belongs to {BOT} now, as its folder does." in output
        assert {file.stat().st_uid for file in machine.state.iterdir()} == {BOT}
        async with machine.running(sandbox):
            pass

        # The bot is stopped: what the commands make is its user's too.
        for words in (("admin",), ("backup", str(machine.state / "stopped.backup"))):
            code, output = await machine.types(*words)
            assert code == 0, output
        assert {file.stat().st_uid for file in machine.state.iterdir()} == {BOT}
        async with machine.running(sandbox):
            pass


async def test_a_bot_that_finds_its_files_to_be_roots_says_so_in_one_sentence(machine: Machine) -> None:
    async with Sandbox() as sandbox:
        await settled(machine, sandbox)
        async with machine.running(sandbox):
            pass
        os.chown(machine.database, 0, 0)
        code, output = await ended(await machine.started("run", user=BOT, unit=True))
        assert (code, output.count("\n")) == (2, 1)
        assert f"{machine.database} belongs to root and may not be used by {BOT}" in output
        assert f"`chown {BOT} {machine.database}`" in output
        os.chown(machine.database, BOT, BOT)
        async with machine.running(sandbox):
            pass


async def test_somebody_who_is_not_root_hears_that_only_root_can_read_the_settings(machine: Machine) -> None:
    async with Sandbox() as sandbox:
        await settled(machine, sandbox)
        code, output = await ended(await machine.started("admin", user=BOT))

        assert (code, output.count("\n")) == (2, 1)
        assert f"{machine.etc / 'environment'} cannot be read by this user: type the command as root." in output
