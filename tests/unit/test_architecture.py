"""What the code must not do: arrows that point back, calls that show who writes, words and clocks in the wrong room.

`violations(path, source)` is the whole checker; every rule is proved by a small offending source that it must catch.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKED = ("bot", "handlers", "storage", "locales")

# A module belongs to the room with the longest prefix that fits.
ROOMS = {
    "bot": "bot",
    "bot.app": "app",
    "bot.__main__": "app",
    "bot.commands": "app",
    "bot.backup": "app",
    "bot.demo": "app",
    "bot.config": "config",
    "bot.control": "control",
    "bot.places": "places",
    "bot.start": "app",
    "bot.callout": "callout",
    "bot.cleaning": "cleaning",
    "bot.fetching": "fetching",
    "bot.health": "health",
    "bot.systemd": "systemd",
    "bot.triage": "triage",
    "bot.domain": "domain",
    "bot.services": "services",
    "bot.telegram": "telegram",
    "bot.telegram.callbacks": "callbacks",
    "bot.telegram.sandbox": "sandbox",
    "bot.telegram.models": "models",
    "bot.jobs": "jobs",
    "handlers": "handlers",
    "storage": "storage",
    "locales": "locales",
    "tests": "tests",
    "bench": "bench",
}

PRODUCT = {
    *("bot", "config", "control", "places", "health", "systemd", "domain", "services", "telegram", "callbacks"),
    "models",
    *("jobs", "handlers", "triage", "callout", "fetching"),
    *("storage", "locales"),
}

# From a room one may import the room itself and these. A room that is not a key here may import nothing of ours.
ARROWS = {
    "app": PRODUCT | {"sandbox"},
    "config": {"domain", "places"},
    "control": {"places"},
    "places": {"storage"},
    "callout": {"services", "storage"},
    "fetching": {"services", "telegram", "storage", "domain"},
    "health": {"config", "storage"},
    "systemd": {"config", "health", "places"},
    "triage": {"storage", "domain"},
    "services": {"storage", "domain"},
    "storage": {"domain"},
    "telegram": {"callbacks", "storage", "domain", "locales"},
    "callbacks": {"domain"},
    "jobs": {"services", "domain"},
    "handlers": {"services", "callbacks", "domain"},
    "sandbox": {"models"},
}

DATABASE = {"sqlite3", "aiosqlite"}
MAY_IMPORT_AIOGRAM = {"app", "telegram", "callbacks", "sandbox", "handlers", "models"}
OUTSIDE_WORLD = {"aiogram", "aiohttp", "apscheduler", *DATABASE}

FORBIDDEN = {
    **dict.fromkeys(
        (
            *("forward_message", "forward_messages", "copy_message", "copy_messages"),
            *("ForwardMessage", "ForwardMessages", "CopyMessage", "CopyMessages"),
            *("forwardMessage", "forwardMessages", "copyMessage", "copyMessages", "send_copy", "copy_to"),
        ),
        "it can show operators who writes",
    ),
    "drop_pending_updates": "it throws away cries for help",
    **dict.fromkeys(
        ("start_polling", "run_polling", "SimpleRequestHandler"), "it acknowledges updates before they are on disk"
    ),
    **dict.fromkeys(("feed_raw_update", "feed_webhook_update"), "it logs the words of a handler's exception"),
    **dict.fromkeys(("SkipHandler", "CancelHandler"), "what the handler had written would stay in the transaction"),
    "ErrorEvent": "an error handler swallows the exception and half a move would be committed",
    "MagicFilter": "every magic filter costs a thread hop",
    "wait_for": "on Python 3.11 it can swallow a cancellation, and a part that does not end stops nothing",
}

NOW = {"now", "utcnow", "today", "time", "time_ns"}
THE_OTHER_SIDE = "bot/telegram/sandbox/"
"""The sandbox plays Telegram, so it answers also what the bot must never ask, and it has a clock of its own."""
MAY_ASK_THE_CLOCK = ("bot/app.py", THE_OTHER_SIDE)

OBSERVERS = {
    *("message", "edited_message", "callback_query", "my_chat_member", "chat_member", "message_reaction"),
    *("channel_post", "inline_query", "poll", "poll_answer", "chat_join_request"),
}

SQL = re.compile(
    r"\s*(select\b.+\bfrom|insert\s+(or\s+\w+\s+)?into|update\s+\w+\s+set|delete\s+from|with\s+\w+(\s*\(.*?\))?\s+as\s*\("
    r"|(create|drop|alter)\s+(unique\s+)?(table|index|view|trigger)|begin\s+immediate|pragma\s+\w+|savepoint\s+\w+)\b",
    re.IGNORECASE | re.DOTALL,
)
CYRILLIC = re.compile(r"[\u0400-\u052f]")


def violations(path: str, source: str) -> list[str]:
    """Everything that a file of ours does against the rules. `path` is relative to the repository, with slashes."""
    tree = ast.parse(source, path)
    found = [
        *_imports(path, tree),
        *_forbidden_names(path, tree),
        *_error_handlers(tree),
        *_clocks(path, tree),
        *_threads(path, tree),
        *_sql(path, tree),
        *_cyrillic(path, source),
    ]
    return [f"{path}:{line}: {what}" for line, what in sorted(set(found))]


Found = Iterator[tuple[int, str]]


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _room(module: str) -> str | None:
    """The room of a module or of a name in it; None for what is not ours."""
    if module == "bot.demo" or module.startswith("bot.demo_"):
        return "app"
    parts = module.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((ROOMS[prefix] for prefix in prefixes if prefix in ROOMS), None)


def _imported(path: str, tree: ast.Module) -> Found:
    """Full names of what is imported: a module, or a name with its module in front."""
    package = _module(path).split(".")
    if not path.endswith("/__init__.py"):
        package = package[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def _imports(path: str, tree: ast.Module) -> Found:
    here = _room(_module(path))
    for line, name in _imported(path, tree):
        there, top = _room(name), name.split(".")[0]
        if there not in (None, here) and there not in ARROWS.get(here or "", set()):
            yield line, f"{here} must not import {name} ({there})"
        if here == "bot" and there == "bot" and name != "bot":
            yield line, f"{name} has no room in the design"
        if here == "domain" and top in OUTSIDE_WORLD:
            yield line, f"domain is pure and must not import {top}"
        if top in DATABASE and here != "storage":
            yield line, f"only storage may know {top}"
        if top == "aiogram" and here not in MAY_IMPORT_AIOGRAM:
            yield line, f"{here} must not import aiogram"
        if name in ("aiogram.F", "aiogram.utils.magic_filter.F") or top == "magic_filter":
            yield line, "magic filters (F) run in a thread each: write an async Filter"


def _forbidden_names(path: str, tree: ast.Module) -> Found:
    if path.startswith(THE_OTHER_SIDE):
        return
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Name):
            names = [node.id]
        elif isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.alias):
            names = [node.name.split(".")[-1]]
        elif isinstance(node, ast.keyword) and node.arg:
            names = [node.arg]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value]
        yield from ((node.lineno, f"{name}: {FORBIDDEN[name]}") for name in names if name in FORBIDDEN)  # type: ignore[attr-defined]  # all five kinds of node have a line
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "forward":
            yield node.lineno, "forward: it can show operators who writes"


def _error_handlers(tree: ast.Module) -> Found:
    why = "an error handler swallows the exception and half a move would be committed"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("register", "middleware", "outer_middleware"):
            if isinstance(node.value, ast.Attribute) and node.value.attr in ("error", "errors"):
                yield node.lineno, why
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Attribute) and called.attr in ("error", "errors"):
                    yield decorator.lineno, why


def _clocks(path: str, tree: ast.Module) -> Found:
    if path.startswith(MAY_ASK_THE_CLOCK):
        return
    for line, name in _imported(path, tree):
        if name == "random" or name.startswith("random."):
            yield line, "random belongs to app.py: what it gives is an argument"
        if name in ("time.time", "time.time_ns"):
            yield line, "time is an argument: only app.py asks the clock"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in NOW:
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner in ("datetime", "date", "time"):
                yield node.lineno, f"{owner}.{node.attr}: time is an argument, only app.py asks the clock"


def _is_protocol(node: ast.AST) -> bool:
    """A class that only describes a shape: nothing of it is ever called."""
    return isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Protocol" for b in node.bases)


def _threads(path: str, tree: ast.Module) -> Found:
    """aiogram runs a plain function in a thread: slow, and outside the transaction."""
    if not path.startswith("handlers/"):
        return
    plain = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    shapes = {id(part) for node in ast.walk(tree) if _is_protocol(node) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in shapes:
            continue
        if isinstance(node, ast.Call) and _observer(node.func):
            for argument in [*node.args, *(keyword.value for keyword in node.keywords)]:
                if isinstance(argument, ast.Lambda):
                    yield argument.lineno, "a lambda as filter or handler runs in a thread: write an async Filter"
                if isinstance(argument, ast.Name) and argument.id in plain:
                    yield argument.lineno, f"{argument.id} is not async and would run in a thread"
        elif isinstance(node, ast.FunctionDef) and (
            node.name == "__call__" or any(_observer(_called(decorator)) for decorator in node.decorator_list)
        ):
            yield node.lineno, f"{node.name} is not async and would run in a thread"


def _called(decorator: ast.expr) -> ast.expr:
    return decorator.func if isinstance(decorator, ast.Call) else decorator


def _observer(called: ast.expr) -> bool:
    """`router.message` or `router.message.register`, for any kind of update."""
    if isinstance(called, ast.Attribute) and called.attr in ("register", "filter"):
        called = called.value
    return isinstance(called, ast.Attribute) and called.attr in OBSERVERS


def _sql(path: str, tree: ast.Module) -> Found:
    if path.startswith("storage/"):
        return
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in docstrings:
            continue
        if isinstance(node.value, str) and SQL.match(node.value):
            yield node.lineno, "SQL belongs to storage/"


def _cyrillic(path: str, source: str) -> Found:
    if path.startswith("tests/"):
        return
    for line, text in enumerate(source.splitlines(), 1):
        if CYRILLIC.search(text):
            yield line, "texts belong to locales/, not into the code"


def ours() -> list[str]:
    return sorted(file.relative_to(ROOT).as_posix() for part in CHECKED for file in (ROOT / part).rglob("*.py"))


@pytest.mark.parametrize("path", ours())
def test_a_file_of_ours_keeps_the_rules(path: str) -> None:
    assert violations(path, (ROOT / path).read_text(encoding="utf-8")) == []


def test_every_part_is_looked_at() -> None:
    assert {path.split("/")[0] for path in ours()} >= {"bot", "storage"}


PLANTED = {
    "domain imports a service": ("bot/domain/case.py", "from bot.services.desk import Desk"),
    "domain imports storage relatively": ("bot/domain/case.py", "from ...storage import database"),
    "domain imports aiogram": ("bot/domain/case.py", "from aiogram.types import Message"),
    "domain imports the database": ("bot/domain/case.py", "import aiosqlite"),
    "services import handlers": ("bot/services/desk.py", "import handlers.people"),
    "services import telegram": ("bot/services/desk.py", "from bot.telegram import render"),
    "services import aiogram": ("bot/services/desk.py", "from aiogram import Bot"),
    "services import locales": ("bot/services/desk.py", "import locales"),
    "storage imports services": ("storage/cases.py", "from bot.services import desk"),
    "storage imports aiogram": ("storage/fsm.py", "from aiogram.fsm.storage.base import BaseStorage"),
    "handlers import storage": ("handlers/people/start.py", "from storage.cases import Cases"),
    "handlers import the sender": ("handlers/people/start.py", "from bot.telegram.sender import Sender"),
    "handlers import the sender from its package": ("handlers/people/start.py", "from bot.telegram import sender"),
    "callbacks import the sender": ("bot/telegram/callbacks.py", "from . import sender"),
    "telegram imports services": ("bot/telegram/intake.py", "from bot.services import desk"),
    "telegram imports handlers": ("bot/telegram/intake.py", "from handlers import people"),
    "telegram imports the sandbox": ("bot/telegram/intake.py", "from bot.telegram.sandbox import server"),
    "telegram imports the sandbox relatively": ("bot/telegram/intake.py", "from .sandbox import server"),
    "the sandbox imports the sender": ("bot/telegram/sandbox/server.py", "from bot.telegram import sender"),
    "the sandbox imports domain": ("bot/telegram/sandbox/server.py", "from bot.domain import people"),
    "health imports the sender": ("bot/health.py", "from bot.telegram.sender import Sender"),
    "systemd imports storage": ("bot/systemd.py", "from storage.database import Database"),
    "jobs import storage": ("bot/jobs.py", "from storage import database"),
    "somebody imports the application": ("bot/services/desk.py", "from bot.app import build"),
    "locales import domain": ("locales/check.py", "from bot.domain import people"),
    "an import inside a function": ("bot/domain/case.py", "def late():\n    import storage.cases"),
    "the application imports the database": ("bot/app.py", "import sqlite3"),
    "a handler imports the database": ("handlers/people/start.py", "import sqlite3"),
    "forwarding": ("bot/telegram/sender.py", "async def f(bot):\n    await bot.forward_message(1, 2, 3)"),
    "forwarding several": ("bot/telegram/sender.py", "async def f(bot):\n    await bot.forward_messages(1, 2, [3])"),
    "forwarding by a message": ("handlers/people/start.py", "async def f(message):\n    await message.forward(1)"),
    "copying": ("bot/telegram/sender.py", "async def f(bot):\n    await bot.copy_message(1, 2, 3)"),
    "copying several": ("bot/telegram/sender.py", "async def f(bot):\n    await bot.copy_messages(1, 2, [3])"),
    "copying by a message": ("handlers/people/start.py", "async def f(message):\n    await message.send_copy(1)"),
    "copying by the method's class": ("bot/telegram/sender.py", "from aiogram.methods import CopyMessage"),
    "forwarding by the method's class": ("bot/telegram/sender.py", "x = methods.ForwardMessage"),
    "forwarding by the method's name": ("bot/telegram/sender.py", "method = 'forwardMessage'"),
    "dropping updates": ("bot/telegram/intake.py", "f(drop_pending_updates=True)"),
    "aiogram's polling": ("bot/app.py", "dispatcher.start_polling(bot)"),
    "aiogram's web server": ("bot/app.py", "from aiogram.webhook.aiohttp_server import SimpleRequestHandler"),
    "feeding raw updates": ("bot/telegram/worker.py", "dispatcher.feed_raw_update(bot, {})"),
    "skipping a handler": ("handlers/people/start.py", "from aiogram.dispatcher.event.bases import SkipHandler"),
    "an error handler by decorator": ("handlers/errors.py", "@router.errors()\nasync def f(event): ..."),
    "an error handler by its other name": ("handlers/errors.py", "@router.error\nasync def f(event): ..."),
    "an error handler registered": ("bot/app.py", "dispatcher.errors.register(f)"),
    "waiting deaf to a stop": ("bot/callout.py", "async def f(event):\n    await asyncio.wait_for(event.wait(), 1)"),
    "the clock": ("bot/services/desk.py", "from datetime import datetime\nx = datetime.now()"),
    "the clock by its module": ("bot/services/desk.py", "import datetime\nx = datetime.datetime.now(None)"),
    "the old clock": ("storage/cases.py", "import time\nx = time.time()"),
    "the old clock by name": ("storage/cases.py", "from time import time"),
    "today": ("bot/domain/case.py", "import datetime\nx = datetime.date.today()"),
    "chance": ("bot/domain/codes.py", "import random"),
    "chance by name": ("bot/domain/codes.py", "from random import choice"),
    "a magic filter": ("handlers/people/start.py", "from aiogram import F, Router"),
    "a magic filter from its package": ("handlers/people/start.py", "from magic_filter import F"),
    "a lambda as filter": ("handlers/people/start.py", "router.message.register(f, lambda message: True)"),
    "a lambda in a decorator": (
        "handlers/people/start.py",
        "@router.message(lambda message: True)\nasync def f(message): ...",
    ),
    "a lambda on a whole router": ("handlers/people/start.py", "router.message.filter(lambda message: True)"),
    "a plain handler by decorator": ("handlers/people/start.py", "@router.callback_query()\ndef f(query): ..."),
    "a plain handler registered": ("handlers/people/start.py", "def f(query): ...\nrouter.message.register(f)"),
    "a plain filter": ("handlers/filters.py", "class Private(Filter):\n    def __call__(self, message): ..."),
    "a query": ("bot/services/desk.py", "x = 'SELECT code FROM cases WHERE id = :id'"),
    "a query in small letters": ("handlers/people/start.py", "x = f'delete from {table}'"),
    "an update": ("bot/telegram/sender.py", "x = '''\n    UPDATE outbox SET state = 1\n'''"),
    "a pragma": ("bot/app.py", "x = 'PRAGMA journal_mode = WAL'"),
    "a text in the code": ("bot/services/desk.py", "x = 'Привет'"),
    "a text in a comment": ("storage/cases.py", "# сәлем\nx = 1"),
}


@pytest.mark.parametrize(("path", "source"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_caught(path: str, source: str) -> None:
    assert violations(path, source) != []


ALLOWED = {
    "handlers import callback data": (
        "handlers/operators/cases.py",
        "from bot.telegram.callbacks import ClaimCase\nfrom bot.services.desk import Desk\nfrom bot.domain import case",
    ),
    "render imports what it shows": (
        "bot/telegram/render.py",
        "import locales\nfrom storage.reference import regions\nfrom bot.domain import case\nfrom . import callbacks",
    ),
    "the application sees every part": (
        "bot/app.py",
        "import datetime, handlers, locales, storage\nfrom aiogram import Dispatcher\nx = datetime.datetime.now()",
    ),
    "the demo sees the sandbox": ("bot/demo.py", "from bot.telegram.sandbox import server"),
    "a demo of several files too": ("bot/demo/script.py", "from bot.telegram.sandbox import server"),
    "the sandbox knows what Telegram can do": (
        "bot/telegram/sandbox/methods.py",
        "from aiogram.methods import CopyMessage, ForwardMessage",
    ),
    "the sandbox has a clock": ("bot/telegram/sandbox/clock.py", "import time\nx = time.time()"),
    "a message that mentions a command": ("bot/telegram/render.py", "x = 'update of the card'\ny = 'select a region'"),
    "a docstring about SQL": ("bot/services/desk.py", '"""SELECT what FROM where stands in storage."""'),
    "an async handler": (
        "handlers/people/start.py",
        "class Private(Filter):\n    async def __call__(self, message): ...\n"
        "async def f(message): ...\nrouter.message.register(f, Private())",
    ),
    "a logger's error": ("bot/telegram/sender.py", "log.error('send_failed')"),
    "a case that is forwarded in time": ("bot/domain/case.py", "def moved(case): return case.forwarded"),
}


@pytest.mark.parametrize(("path", "source"), ALLOWED.values(), ids=ALLOWED)
def test_what_the_design_allows_is_not_caught(path: str, source: str) -> None:
    assert violations(path, source) == []


def test_a_violation_names_file_and_line() -> None:
    found = violations("bot/domain/case.py", "x = 1\nimport random\n")

    assert found == ["bot/domain/case.py:2: random belongs to app.py: what it gives is an argument"]
