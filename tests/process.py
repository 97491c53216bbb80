"""The bot as a process of its own: started, told, killed at a moment or at a commit; its first desk, a full disk."""

import asyncio
import contextlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from tests.town import NATIONAL_RU, code_of, press, until, write_ring

OPERATOR_FILE = 'name_kk = "Ұйым"\nname_ru = "Организация"\nbin = "991240000000"\ncontact = "x"\n'


@contextlib.contextmanager
def files_no_longer_than(size: int, pid: int = 0) -> Iterator[None]:
    """The disk refuses what would make a file longer, to this process or to another; Python ignores the signal, so
    SQLite sees a failed write."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


class Process:
    """`senim run` against a sandbox; its output is in `folder/output`."""

    def __init__(self, sandbox: Sandbox, folder: Path, **settings: str) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.output = folder / "output"
        self.database = folder / "senim.db"
        self.running: asyncio.subprocess.Process | None = None
        write_ring(folder / "keys")
        (folder / ".env").touch()  # so that no /etc/senim of this machine reaches it
        (folder / "operator.toml").write_text(OPERATOR_FILE)
        self.settings = {
            "SENIM_TOKEN": sandbox.token, "SENIM_KEYS": str(folder / "keys"), "SENIM_TELEGRAM_API": sandbox.url,
            "SENIM_DATABASE": str(self.database), "SENIM_OPERATOR": str(folder / "operator.toml"),
            "PYTHONPATH": str(Path.cwd()), **settings,
        }  # fmt: skip
        if sandbox.url:
            self.settings.setdefault("SENIM_CALLOUT_URL", sandbox.callout_url)
            self.settings.setdefault("SENIM_CALLOUT_SECRET", sandbox.gateway.secret)

    async def start(self) -> asyncio.subprocess.Process:
        with self.output.open("ab") as output:
            self.running = await asyncio.create_subprocess_exec(
                sys.executable, "-W", "error", "-m", "bot", "run", cwd=self.folder,
                env={**os.environ, **self.settings}, stdout=output, stderr=output,
            )  # fmt: skip
        return self.running

    async def says(self, *arguments: str) -> tuple[int, str]:
        """Exit code and output of a command that ends by itself."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-m", "bot", *arguments, cwd=self.folder,
            env={**os.environ, **self.settings}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        output, _ = await asyncio.wait_for(process.communicate(), 90)
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def told(self, what: signal.Signals) -> tuple[int, float]:
        """Exit code after a signal, and the seconds that it took."""
        assert self.running is not None
        begun = time.monotonic()
        self.running.send_signal(what)
        code = await asyncio.wait_for(self.running.wait(), 30)
        return code, time.monotonic() - begun

    async def end(self) -> None:
        if self.running is not None and self.running.returncode is None:
            self.running.kill()
            await self.running.wait()

    def text(self) -> str:
        return self.output.read_text() if self.output.exists() else ""


@contextlib.asynccontextmanager
async def running(sandbox: Sandbox, folder: Path) -> AsyncIterator[Process]:
    process = Process(sandbox, folder)
    try:
        yield process
    finally:
        await process.end()


NURSERY = """
import asyncio, json, os, signal, sys
import bot.app, bot.commands, bot.__main__ as command
from bot.services.cases import Cases
from bot.services.people import People
from bot.telegram import pace, worker
from storage.database import Database

def unpaced():
    pace.GROUP_ALL = pace.GROUP_ORDINARY = pace.GROUP_BESIDE_RED = pace.GROUP_HALF = 10**9
    pace.PERSON_BURST, pace.PERSON_GAP, pace.OVERALL = 10**9, 0.0, 10**9

def hanging(word, bare):
    if bare:  # what gives its words to the operators hangs too
        words = Cases.words
        async def never(self, person, incoming, language_code=None, *read, **more):
            if word in incoming.text:
                await asyncio.Event().wait()
            await words(self, person, incoming, language_code, *read, **more)
        Cases.words = never
    hear = People.hear
    async def hangs(self, person, incoming, language_code, *read):
        if word in incoming.text:
            await asyncio.Event().wait()
        await hear(self, person, incoming, language_code, *read)
    People.hear, worker.PATIENCE = hangs, 0.2

def deadly(name, side, hit):
    commit, seen = Database._commit, 0
    async def dying(self, tx, which):
        nonlocal seen
        seen += which == name
        here = which == name and seen == hit
        if here and side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(self, tx, which)
        if here:
            os.kill(os.getpid(), signal.SIGKILL)
    Database._commit = dying

for line in sys.stdin:
    order = json.loads(line)
    born = os.fork()
    if not born:
        os.chdir(order["folder"])
        os.environ.update(order["settings"])
        output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.argv[1:] = order["argv"]
        if order["unpaced"]:
            unpaced()
        if order["hangs"]:
            hanging(order["hangs"], order["dies"] and order["dies"][0] == "worker.bare")
        exec(order["plant"])
        if order["dies"]:
            deadly(*order["dies"])
        command.main()
    print(born, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(born, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Death:
    """SIGKILL at the `hit`-th commit of this name, "before" it or "after" it."""

    name: str
    side: str
    hit: int = 1


class Nursery:
    """A process that has loaded the bot's modules and bears processes which run it: loading takes seconds each time.

    What it bears is the real command. `unpaced` lifts the bot's own pace, `dies` ends it at a commit, and `hangs` makes
    the handler of messages with this word never come to an end. `plant` is source that it runs before it begins.
    """

    def __init__(self) -> None:
        self._born = 0
        self._mother = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )  # fmt: skip

    @property
    def pid(self) -> int:
        """Of the mother: what she bears inherits her limits."""
        return self._mother.pid

    def bear(
        self,
        process: Process,
        *argv: str,
        unpaced: bool = False,
        hangs: str = "",
        dies: Death | None = None,
        plant: str = "",
    ) -> int:
        """The pid of a fresh process. The one before must have ended, and `buried` been asked."""
        assert self._mother.stdin is not None
        order = {
            "folder": str(process.folder), "output": str(process.output), "settings": process.settings,
            "argv": argv or ("run",), "unpaced": unpaced, "hangs": hangs, "dies": dies and astuple(dies),
            "plant": plant,
        }  # fmt: skip
        self._mother.stdin.write(json.dumps(order).encode() + b"\n")
        self._born = self._line()
        return self._born

    def buried(self) -> int:
        """The exit code of the last one, as soon as it has ended."""
        code = self._line()
        self._born = 0
        return code

    def ended(self) -> bool:
        """Whether the last one has ended and not been asked for."""
        assert self._mother.stdout is not None
        return bool(select.select([self._mother.stdout], [], [], 0)[0])

    def close(self) -> None:
        if self._born:
            os.kill(self._born, signal.SIGKILL)
        self._mother.kill()
        self._mother.communicate()

    def _line(self, patience: float = 120) -> int:
        """A number on a line of its own; AssertionError when none comes."""
        assert self._mother.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._mother.stdout], [], [], patience)
            assert ready, "it runs and runs"
            line += self._mother.stdout.read(1)
        return int(line)


@contextlib.asynccontextmanager
async def born(nursery: Nursery, process: Process) -> AsyncIterator[int]:
    """The pid of the running bot, which is killed in the end."""
    pid = nursery.bear(process)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        await asyncio.to_thread(nursery.buried)


async def desk(sandbox: Sandbox, process: Process) -> tuple[Group, Phone]:
    """The first administrator, the national desk, and an operator at it."""
    admin, operator = sandbox.person("Admin"), sandbox.person("Operator")
    link = await until(lambda: process.text().partition("start=")[2].split("\n")[0], timeout=60)
    admin.start(link)
    await admin.sees("/desks", timeout=90)
    admin.write("/desks")
    await press(admin, NATIONAL_RU, timeout=90)
    await press(admin, "Русский", timeout=90)
    shown = await until(lambda: next((s for s in admin.chat if "startgroup=" in s.text), None))
    group = sandbox.forum("Desk", owner=admin)
    group.add_bot(admin, startgroup=shown.text.split("startgroup=")[1].split("&")[0])
    await until(lambda: len(group.topics) >= 4, timeout=90)
    group.add(operator)
    await sandbox.idle()
    sandbox.clock.move(61)
    return group, operator


async def claimed(sandbox: Sandbox, group: Group, operator: Phone) -> tuple[Phone, int]:
    """Somebody whose case the operator has taken, and its topic."""
    teen = sandbox.person("Teen", language_code="ru")
    teen.write("начало")
    code = await code_of(teen) if await _receipted(teen) else ""
    sandbox.clock.move(46)
    card = await group.sees(code)
    await press(operator, "🙋", chat=group, message_id=card.message_id)
    await until(lambda: any(code in topic.name for topic in group.topics.values()))
    topic = group.topic_named(code)
    await group.sees("▎ начало", topic=topic)
    await sandbox.idle()
    return teen, topic


async def _receipted(teen: Phone) -> bool:
    return bool(await until(lambda: len(teen.chat) > 1))
