"""The stage: the sandbox in this process, the real bot in another, everything it keeps in a temporary folder."""

import asyncio
import contextlib
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.telegram.sandbox import Sandbox
from storage.sealing import new_key_line

STARTS_WITHIN = 30.0
STOPS_WITHIN = 8.0
"""Seconds of real time."""


class NotSeen(Exception):
    """A step of the play did not happen; the text says which."""


@dataclass
class Stage:
    """The running bot, seen from outside: what it prints and what is on Telegram."""

    sandbox: Sandbox
    environment: dict[str, str]
    folder: Path
    _process: Process | None = None

    async def start(self) -> None:
        """A fresh process with the same database, whatever became of the one before."""
        with (self.folder / "bot.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=self.environment, cwd=self.folder,
                stdin=DEVNULL, stdout=PIPE, stderr=log,
            )  # fmt: skip

    async def kill(self) -> None:
        """kill -9: the process gets no chance to put anything in order."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def log(self) -> str:
        """What the bot has logged."""
        return (self.folder / "bot.log").read_text("utf-8", errors="replace")

    def check(self) -> None:
        """Raises NotSeen when the bot has stopped by itself."""
        if self.process.returncode is not None:
            raise NotSeen(f"the bot has stopped with exit code {self.process.returncode}")

    async def printed(self) -> str:
        """The next line that the bot prints for the person at the shell."""
        assert self.process.stdout is not None
        try:
            async with asyncio.timeout(STARTS_WITHIN):
                line = (await self.process.stdout.readline()).decode().strip()
        except TimeoutError:
            line = ""
        if not line:
            raise NotSeen("the bot printed no link for the first administrator")
        return line


@contextlib.asynccontextmanager
async def open_stage(operator: str) -> AsyncIterator[Stage]:
    """Starts everything, and leaves nothing behind: no process, no file. `operator` is the text of SENIM_OPERATOR."""
    with tempfile.TemporaryDirectory(prefix="senim-demo-") as name:
        folder = Path(name)
        async with Sandbox() as sandbox:
            stage = Stage(sandbox, _environment(folder, sandbox, operator), folder)
            await stage.start()
            try:
                yield stage
            finally:
                await _stop(stage.process)


def _environment(folder: Path, sandbox: Sandbox, operator: str) -> dict[str, str]:
    """Only the demo's own settings: neither a real .env nor /etc/senim may reach a bot that plays."""
    keys, about = folder / "senim.keys", folder / "operator.toml"
    keys.touch(mode=0o600)
    keys.write_text(new_key_line() + "\n", "ascii")
    about.write_text(operator, "utf-8")
    (folder / ".env").touch()
    root = str(Path(bot.__file__).parents[1])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SENIM_")}
    return inherited | {
        "SENIM_TOKEN": sandbox.token,
        "SENIM_KEYS": str(keys),
        "SENIM_DATABASE": str(folder / "senim.db"),
        "SENIM_OPERATOR": str(about),
        "SENIM_TELEGRAM_API": sandbox.url,
        "SENIM_CALLOUT_URL": sandbox.callout_url,
        "SENIM_CALLOUT_SECRET": sandbox.gateway.secret,
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH")))),
        "PYTHONIOENCODING": "utf-8",
    }


async def _stop(process: Process) -> None:
    """As an operating system stops a service: SIGTERM, and only then by force."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOPS_WITHIN):
                await process.wait()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
