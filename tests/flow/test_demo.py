"""`senim demo` plays to the end, shows each side what it must, says what failed, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import demo
from bot.demo import stage
from bot.demo.scene import Cast
from bot.demo.screen import DIVIDER, WIDTH, Line, Screen, cells, wrap
from bot.demo.story import Story
from bot.demo.summary import Summary
from bot.telegram.sandbox import Sandbox
from locales import Catalog, Language

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "bot", "demo", "--play")
WITHIN = 180
"""Seconds: a demo takes half a minute on a slow machine of its own, and tests share theirs."""


@dataclass(frozen=True)
class Played:
    """A demo that has ended; `left` and `right` are the columns as running text."""

    code: int
    out: str
    err: str
    left: str
    right: str
    folder: Path


def environment(folder: Path) -> dict[str, str]:
    """With a temporary folder of its own, in which nothing may stay, and the width of a file."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    return {**inherited, "TMPDIR": str(folder), "PYTHONIOENCODING": "utf-8"}


def column(out: str, side: int) -> str:
    rows = [line.split(DIVIDER.rstrip()) for line in out.splitlines() if DIVIDER.rstrip() in line]
    return " ".join(" ".join(row[side].strip(" ┃") for row in rows).split())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        COMMAND, cwd=ROOT, env=environment(folder), capture_output=True, timeout=WITHIN, encoding="utf-8"
    )
    return Played(done.returncode, done.stdout, done.stderr, column(done.stdout, 0), column(done.stdout, 1), folder)


def stories() -> list[Story]:
    catalog = Catalog.load()
    languages: tuple[Language, ...] = ("kk", "ru")
    return [Story.load(language, catalog) for language in languages]


def as_run(text: str) -> str:
    return " ".join(text.split())


def test_the_demo_plays_to_the_end(played: Played) -> None:
    assert (played.code, played.err) == (0, ""), played.out[-3000:]


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.language)
def test_words_and_answers_are_seen_on_both_sides(played: Played, story: Story) -> None:
    typed: list[str] = story.data["words"]
    lines: list[dict[str, Any]] = [*story.data["talk"], *story.data["back"]]
    for text in (*typed, *(line["text"] for line in lines)):
        assert as_run(text) in played.left
        assert as_run(text) in played.right


def test_the_urgent_button_makes_a_red_card(played: Played) -> None:
    story = stories()[0]
    assert f"# {story.text('topic.urgent')} 🔴" in played.right
    assert story.text("card.no_words") in played.right


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.language)
def test_notes_stay_with_the_operators(played: Played, story: Story) -> None:
    assert as_run(story.data["note"]) in played.right
    assert as_run(story.data["note"]) not in played.left


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.language)
def test_the_summary_says_that_nothing_leaked(played: Played, story: Story) -> None:
    for line in story.data["summary"]["lines"]:
        wanted = re.sub(r"\\\{(leaks|names|notes|floods)\\\}", "0", re.escape(line))
        wanted = re.sub(r"\\\{[a-z_]+\\\}", r"[1-9]\\d*", wanted)
        assert re.search(wanted, played.out), line


def test_the_operators_column_never_names_who_writes(played: Played) -> None:
    story = stories()[0]
    for teen in (*(one.data["teen"] for one in stories()), story.data["sos"]["teen"]):
        for mark in teen.values():
            assert mark in played.left
            assert mark not in played.right


def test_it_fits_into_a_hundred_columns(played: Played) -> None:
    assert [line for line in played.out.splitlines() if cells(line) > WIDTH] == []


def test_nothing_is_left_behind(played: Played) -> None:
    assert list(played.folder.iterdir()) == []


def test_both_stories_have_the_same_words_for_signs() -> None:
    kk, ru = stories()
    for table in ("signs", "summary"):
        assert kk.data[table].keys() == ru.data[table].keys()


def test_a_terminal_without_its_letters_is_told_and_shows_the_rest(tmp_path: Path) -> None:
    clean = {**environment(tmp_path), "PYTHONIOENCODING": "ascii"}
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=clean, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="ascii"
    ) as running:
        assert running.stdout is not None
        lines = [running.stdout.readline() for _ in range(60)]
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    assert any("start=a_" in line for line in lines)
    assert err.startswith("senim demo: ascii lacks letters, shown as ?; ")
    assert running.returncode == demo.INTERRUPTED


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_stopped_halfway_it_ends_cleanly(told: signal.Signals, tmp_path: Path) -> None:
    with subprocess.Popen(
        COMMAND, cwd=ROOT, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        while DIVIDER not in running.stdout.readline():
            assert running.poll() is None
        running.send_signal(told)
        _, err = running.communicate(timeout=30)
    assert running.returncode == demo.INTERRUPTED
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(running.pid, 0)


def test_a_step_that_did_not_happen_is_named_with_the_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole: Callable[..., dict[str, str]] = stage._environment
    monkeypatch.setattr(stage, "_environment", lambda *known: {**whole(*known), "SENIM_OPERATOR": ""})

    assert demo.main() == 1

    out = capsys.readouterr().out
    assert "NOT SEEN: the bot printed no link" in out
    assert "SENIM_OPERATOR is not set" in out


async def test_a_leak_is_counted() -> None:
    async with Sandbox() as sandbox:
        admin = sandbox.person("Әкімші")
        teen = sandbox.person("Нұрай", last_name="Ерболқызы", username="nurai_2013")
        group = sandbox.forum("Топ", owner=admin)
        cast = Cast(teens=[teen], groups=[group], operators=[admin], notes=["// ертең сұрау"])
        assert Summary.count(sandbox.journal, cast).clean
        for text in ("НҰРАЙ жазды", "@nurai_2013", f"id {teen.id}", "жай хабар"):
            sandbox.journal.call("sendMessage", {"chat_id": group.id, "text": text}, [])
        for text in ("Әкімші: сәлем", "ертең сұрау"):
            sandbox.journal.call("sendMessage", {"chat_id": teen.id, "text": text}, [])

        counted = Summary.count(sandbox.journal, cast)

    assert (counted.to_groups, counted.leaks) == (4, 3)
    assert (counted.to_persons, counted.names, counted.notes) == (2, 1, 1)
    assert not counted.clean


def test_a_block_never_begins_above_one_that_happened_before(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(sys.stdout, colour=False, width=23)
    screen.show("left", [Line("one"), Line("two")])
    screen.show("right", [Line("three")])
    screen.show("left", [Line("four")])
    screen.flush()

    assert capsys.readouterr().out.splitlines() == [
        "one        │",
        "two        │ three",
        "           │",
        "four       │",
    ]


def test_lines_are_broken_by_what_a_terminal_shows() -> None:
    assert wrap("🆘🆘 🆘", 5) == ["🆘🆘", "🆘"]
    assert wrap("  a bb", 4) == ["  a", "  bb"]
    assert wrap("abcdef", 4) == ["abcd", "ef"]
