"""The names of all commits, read from the source: what the crash tests stop the process at, one by one."""

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.jobs import SWEEPS

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "handlers", "storage")
JOB = "job."
MIGRATE = "migrate"
RESTORE = "restore.prepare"
"""Only `senim restore` makes it; tests/fault/test_backup_files.py ends the command there."""
COMMITTER = ("storage/database.py", "_commit")


def names() -> list[str]:
    """Every commit of the bot by its name, sweeps one by one, and the migrations'."""
    found = {name for path in sources() for _, name in transactions(path.read_text("utf-8")) if name}
    jobs = {f"{JOB}{sweep.name}" for sweep in SWEEPS}
    return sorted((found - {JOB}) | jobs | {MIGRATE})


def sources() -> Iterator[Path]:
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def transactions(source: str) -> Iterator[tuple[int, str | None]]:
    """Line and name of each transaction that is begun; "job." stands for all sweeps, None for one without a name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "transaction":
            yield node.lineno, _name(node)


def _name(call: ast.Call) -> str | None:
    if len(call.args) != 1 or call.keywords:
        return None
    (name,) = call.args
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return name.value or None
    if isinstance(name, ast.JoinedStr) and isinstance(name.values[0], ast.Constant) and name.values[0].value == JOB:
        return JOB
    return None


def bare_commits(path: str, source: str) -> Iterator[int]:
    """Lines that commit past the one place where a commit has its name."""
    tree = ast.parse(source)
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and (path, function.name) == COMMITTER:
            allowed = {id(node) for node in ast.walk(function)}
            break
    else:
        allowed = set()
    documented = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in allowed or id(node) in documented:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "COMMIT" in node.value.upper().split():
            yield node.lineno
        if isinstance(node, ast.Attribute) and node.attr == "commit":
            yield node.lineno
