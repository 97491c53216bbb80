"""The `senim` command as somebody at a shell meets it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.telegram.sandbox import Sandbox
from tests.town import write_ring

ROOT = Path(__file__).resolve().parents[1]
OPERATOR = 'name_kk = "«Сынақ» ұйымы"\nname_ru = "ОФ «Проба»"\nbin = "010245678901"\ncontact = "a@example.kz, +7 700"\n'


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

    async def start(self, *words: str, code: str = "", **settings: str) -> asyncio.subprocess.Process:
        """The command, or a program of a test's around it."""
        clean = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}
        return await asyncio.create_subprocess_exec(
            sys.executable, *(("-c", code) if code else ("-m", "bot")), *words, cwd=self.folder,
            env={**clean, **self.settings, **settings},
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


def good(folder: Path) -> dict[str, str]:
    """Settings with which a bot would start."""
    shell = Shell(folder)
    return {
        **shell.settings, "SENIM_KEYS": str(folder / "keys"), "SENIM_OPERATOR": str(folder / "operator.toml"),
    }  # fmt: skip
