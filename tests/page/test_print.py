"""The pages for a wall: each prints on one A4 side."""

import re
import subprocess
from pathlib import Path

import pytest

from locales import LANGUAGES
from tests.page.browser import QUIET, chromium

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "print"
ROLES = ("operator", "supervisor", "administrator", "coordinator")
MAIN = re.compile(r"<main>.*</main>", re.DOTALL)
SHEET = re.compile(rb"/Type\s*/Page\b(?!s)")
NAMES = [f"{role}.{language}.html" for role in ROLES for language in LANGUAGES]


def body(name: str) -> str:
    found = MAIN.search((FOLDER / name).read_text("utf-8"))
    assert found
    return found[0]


def sheets(folder: Path, bodies: list[str]) -> int:
    """How many sides these print on, each beginning on a side of its own."""
    style = (FOLDER / "page.css").read_text("utf-8")
    page = folder / "all.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><style>{style}</style>{"".join(bodies)}', "utf-8")
    printed = folder / "all.pdf"
    subprocess.run(
        [chromium(), "--headless", *QUIET, f"--user-data-dir={folder}/profile", "--no-pdf-header-footer",
         f"--print-to-pdf={printed}", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return len(SHEET.findall(printed.read_bytes()))


def test_every_role_has_a_page_in_both_languages_with_the_same_parts() -> None:
    assert sorted(file.name for file in FOLDER.glob("*.html")) == sorted(NAMES)
    for role in ROLES:
        parts = [[body(f"{role}.{language}.html").count(tag) for tag in ("<h2>", "<li>")] for language in LANGUAGES]
        assert parts[0] == parts[1], role


def test_each_prints_on_one_side_of_a4_and_one_that_is_too_long_is_seen(tmp_path: Path) -> None:
    bodies = [body(name) for name in NAMES]
    long = bodies[0].replace("</main>", "<p>Тағы бір жол</p>" * 25 + "</main>")
    assert sheets(tmp_path, [*bodies, long]) == len(NAMES) + 2


@pytest.mark.parametrize("name", NAMES)
def test_a_page_needs_nothing_from_elsewhere(name: str) -> None:
    text = (FOLDER / name).read_text("utf-8")
    assert re.findall(r'(?:href|src)="([^"]+)"', text) == ["page.css"]
    assert "http" not in text
