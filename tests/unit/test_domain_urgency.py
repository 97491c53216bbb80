"""Level only rises, and the urgent button is heard however it is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.urgency import SOS, Level, is_bare_sos, is_sos
from bot.triage import urgency
from locales import LANGUAGES, Catalog, Language

levels = some.sampled_from(list(Level))


@given(levels, levels)
def test_raising_never_lowers(one: Level, other: Level) -> None:
    raised = one.raised_to(other)

    assert raised.rank == max(one.rank, other.rank)
    assert raised.raised_to(one) is raised
    assert raised is other.raised_to(one)


def test_the_order_is_ordinary_amber_red_and_each_has_its_sign() -> None:
    assert [level.rank for level in (Level.ORDINARY, Level.AMBER, Level.RED)] == [0, 1, 2]
    assert [level.mark for level in (Level.ORDINARY, Level.AMBER, Level.RED)] == ["⚪", "🟡", "🔴"]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("🆘", True),
        (" \n🆘 ", True),
        ("🆘🆘🆘", True),
        ("🆘 🆘", True),
        ("/sos", True),
        ("/SOS", True),
        ("/sos@senim_bot", True),
        ("  /Sos@senim_bot ", True),
        ("🆘 помогите", False),
        ("🆘помогите", False),
        ("🆘 Мені өлтіреді", False),
        ("/sos помогите", False),
        ("/sos\nпомогите", False),
        ("мне плохо 🆘", False),
        ("/sos@senim_bot меня бьют", False),
    ],
)
def test_the_urgent_button_is_heard_with_words_and_without(text: str, bare: bool) -> None:
    assert is_sos(text)
    assert urgency().assess(text).level is Level.RED
    assert is_bare_sos(text) is bare


@pytest.mark.parametrize(
    "text",
    ["sos", "SOS!!!", "сос", "Көмек", "көмек!!", "КӨМЕКТЕСІҢДЕРШІ", "помогите", "Помогите мне...", "komek", "help"],
)
def test_a_cry_for_help_and_nothing_else_counts_as_the_button(text: str) -> None:
    assert urgency().assess(text).level is Level.RED
    assert urgency().assess(text).urgent
    assert not urgency().assess(f"{text} с домашкой по химии, не понимаю тему").urgent


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_button_typed_without_its_sign_are_the_button(language: Language) -> None:
    label = Catalog.load().text("button.urgent", language).removeprefix(SOS)
    assert urgency().assess(label).urgent
    assert urgency().assess(label.casefold().strip() + "!!").urgent


@pytest.mark.parametrize(
    "text",
    ["", " ", "sosed", "/sosed", "/so", "/start", "соседи", "көмек туралы сұрайын дегенім бар еді", "привет /sos"],
)
def test_what_only_looks_like_it_is_not_the_urgent_button(text: str) -> None:
    assert not is_sos(text)
    assert urgency().assess(text).level is not Level.RED


@given(some.text(max_size=20))
def test_whatever_follows_the_sign_it_is_urgent(text: str) -> None:
    assert is_sos(SOS + text)


@given(some.text(some.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_words_behind_the_sign_are_never_taken_for_nothing(words: str) -> None:
    assert not is_bare_sos(f"{SOS} {words}")
    assert not is_bare_sos(f"/sos {words}")
