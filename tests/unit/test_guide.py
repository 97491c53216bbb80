"""`/help` in a topic names every button that stands there, with the protocol of a red case and where it is from."""

from dataclasses import replace

import pytest

from bot.domain.cases import Case, Status
from bot.domain.desks import FIXED_TOPICS
from bot.domain.urgency import Level
from bot.domain.words import LIMIT, units
from bot.telegram.keyboards import Keyboards
from locales import LANGUAGES, Catalog, Language

SAID = Catalog.load()
CASE = Case("1", "ТК-48172", "p", Status.WAITING, Level.ORDINARY, "kk", 0)
RED = replace(CASE, urgency=Level.RED)
SOURCES = {"ru": ("ВОЗ", "mhGAP", "67(3)"), "kk": ("ДДСҰ", "mhGAP", "67(3)")}


def page(name: str, language: Language) -> str:
    return SAID.page(f"help.{name}", language)


def signs(*markups: dict[str, object]) -> set[str]:
    """The signs with which the buttons begin: by these they are found again on the page."""
    rows = [row for markup in markups for row in markup["inline_keyboard"]]  # type: ignore[attr-defined]  # as the keyboards are
    return {button["text"].split()[0] for row in rows for button in row}


def unnamed(name: str, language: Language) -> set[str]:
    """Signs of buttons that stand in this topic and not on its page."""
    keyboards = Keyboards(SAID, language)
    standing = {
        "queue": signs(keyboards.queue(CASE, None), keyboards.open_topic("l")),
        "urgent": signs(keyboards.queue(RED, None, mistaken=True), keyboards.takes([RED.code])),
        "shift": signs(keyboards.board()),
        "topic": signs(keyboards.topic(replace(RED, status=Status.CLAIMED), None)),
        "booking": set(),
    }[name]
    return {sign for sign in standing if sign not in page(name, language)}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*FIXED_TOPICS, "topic"])
def test_every_button_of_a_topic_is_on_its_page_and_the_page_fits_one_message(name: str, language: Language) -> None:
    assert unnamed(name, language) == set()
    assert units(f"{page(name, language)}\n\n{page('red', language)}") < LIMIT - 8


def test_a_button_that_is_not_on_the_page_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Catalog.page
    monkeypatch.setattr(Catalog, "page", lambda *asked: told(*asked).replace("🚑", ""))
    assert unnamed("topic", "ru") == {"🚑"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_red_protocol_has_ten_lines_and_its_source(language: Language) -> None:
    head, *lines = page("red", language).split("\n")
    assert head.startswith("🔴")
    assert [line.split(".")[0] for line in lines[:10]] == [str(number) for number in range(1, 11)]
    (source,) = lines[10:]
    assert all(name in source for name in SOURCES[language])
    assert all(number in page("red", language) for number in ("112", "102", "111"))
