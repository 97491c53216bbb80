"""The page's own words and the tour: complete in three languages, all used, nothing of the bot's made up."""

import json
import re
from typing import Any

import pytest

from bot.demo.page.server import STATIC
from bot.demo.page.tour import people, tour
from locales import Catalog, MissingText
from tests.page.browser import MUST, chromium
from tests.unit.test_architecture import ROOT

LANGUAGES = {"kk", "ru", "en"}
WORDS: dict[str, dict[str, str]] = json.loads((STATIC / "words.json").read_text("utf-8"))
SOURCES = {path.name: path.read_text("utf-8") for path in STATIC.glob("*.js") if path.name != "htm-preact.js"}
SAID = re.compile(r"""say\((?:"([\w.]+)"|`([\w.]+\.)\$\{)""")


def test_every_word_is_there_in_three_languages_with_the_same_values() -> None:
    for key, texts in WORDS.items():
        assert set(texts) == LANGUAGES, key
        assert all(texts.values()), key
        assert len({frozenset(re.findall(r"\{(\w+)\}", text)) for text in texts.values()}) == 1, key


def test_every_word_that_is_said_is_there_and_every_word_is_said() -> None:
    found = [match for source in SOURCES.values() for match in SAID.findall(source)]
    exact, begun = {key for key, _ in found if key}, {start for _, start in found if start}
    assert exact <= set(WORDS), exact - set(WORDS)
    assert all(any(key.startswith(start) for key in WORDS) for start in begun)
    unused = {key for key in WORDS if key not in exact and not key.startswith(tuple(begun))}
    assert unused == set()


def test_no_word_stands_in_the_code() -> None:
    letters = re.compile(r"[а-яәғқңөұүһі]", re.IGNORECASE)
    assert letters.search("сөз")
    assert [name for name, source in SOURCES.items() if letters.search(source)] == []


def test_the_tour_has_each_step_in_three_languages_and_names_real_sentences() -> None:
    steps = tour(Catalog.load())
    assert 8 <= len(steps) <= 24
    for step in steps:
        assert set(step["title"]) == set(step["text"]) == LANGUAGES
        assert all(len(text) < 260 for text in step["text"].values()), step["title"]
        assert step["phone"] in people()
        assert step["done"]["sees"]


def test_a_step_that_names_no_sentence_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    class Empty(Catalog):
        def wordings(self, key: str, *_: Any) -> frozenset[str]:
            raise MissingText(key)

    catalog = Catalog.load()
    monkeypatch.setattr(catalog, "__class__", Empty)
    with pytest.raises(MissingText):
        tour(catalog)


def test_without_chromium_the_browser_tests_are_skipped_with_a_reason_and_fail_where_they_must_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.delenv(MUST, raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install chromium"):
        chromium()
    monkeypatch.setenv(MUST, "must")
    with pytest.raises(pytest.fail.Exception, match="must run here"):
        chromium()
    assert f"export {MUST}=must" in (ROOT / ".ci/run").read_text("utf-8")


def test_the_page_knows_nothing_of_the_bot() -> None:
    """What it shows and does comes from the sandbox alone; who is there and what to try is the owner's."""
    ours = re.compile(r"^\s*(?:from|import) ((?:bot|handlers|storage|locales)[\w.]*)", re.MULTILINE)
    for name in ("view", "hands", "server"):
        source = (ROOT / "bot/demo/page" / f"{name}.py").read_text("utf-8")
        known = {module for module in ours.findall(source)}
        assert known, name
        allowed = ("bot.telegram.sandbox", "bot.demo.page.view", "bot.demo.page.hands")
        assert {module for module in known if not module.startswith(allowed)} == set(), name
