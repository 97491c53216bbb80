"""Which files of an operator may go to a person, what keeps one from going on its way, and what is read of one."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.cases import Case, Result, Status
from bot.domain.enclosures import KINDS, overtaken, refusal
from bot.domain.media import LARGEST, LARGEST_DOCUMENT, LARGEST_PHOTO, Attached
from bot.domain.messages import Kind
from bot.domain.urgency import Level
from bot.telegram.attached import attached, enclosed
from bot.telegram.raw import role_asked, written_in_topic
from bot.telegram.setup import GROUP_COMMANDS
from locales import LANGUAGES, Catalog

SAID = Catalog.load()
CASE = replace(Case("1", "ТК-48172", "p", Status.CLAIMED, Level.ORDINARY, "kk", 0), desk="KZ-31", claimer="hers")


def of(kind: Kind, size: int = 1000) -> Attached:
    return Attached(kind, "file", "unique", size)


@pytest.mark.parametrize("kind", Kind)
def test_nothing_goes_that_no_supervisor_has_switched_on_and_only_three_kinds_can_be(kind: Kind) -> None:
    assert refusal(kind, of(kind), ()) == (f"off_{kind}" if kind in KINDS else "kind")
    assert refusal(kind, of(kind), [one for one in KINDS if one != kind]) is not None
    assert refusal(kind, of(kind), list(Kind)) == (None if kind in KINDS else "kind")


@pytest.mark.parametrize(
    ("kind", "most"), [(Kind.PHOTO, LARGEST_PHOTO), (Kind.VOICE, LARGEST), (Kind.DOCUMENT, LARGEST_DOCUMENT)]
)
def test_what_is_too_large_or_no_file_is_refused_with_a_reason_of_its_own(kind: Kind, most: int) -> None:
    assert refusal(kind, of(kind, most), KINDS) is None
    assert refusal(kind, of(kind, most + 1), KINDS) == "file_large"
    assert refusal(kind, None, KINDS) == ("not_pdf" if kind is Kind.DOCUMENT else "file_unreadable")


def test_it_goes_only_from_the_hands_of_whoever_has_the_case_while_it_is_open_and_on() -> None:
    assert overtaken(CASE, "hers", Kind.PHOTO, {Kind.PHOTO}) is None
    assert overtaken(CASE, "another", Kind.PHOTO, {Kind.PHOTO}) == "handed"
    assert overtaken(CASE.released(), "hers", Kind.PHOTO, {Kind.PHOTO}) == "handed"
    assert overtaken(CASE.released(), None, Kind.PHOTO, {Kind.PHOTO}) == "handed"
    assert overtaken(CASE.closed(1, Result.HELPED, None), "hers", Kind.PHOTO, {Kind.PHOTO}) == "closed"
    assert overtaken(CASE, "hers", Kind.PHOTO, {Kind.VOICE}) == "off_photo"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_sentence_and_what_is_off_names_the_way(language: Any) -> None:
    on = list(Kind)
    reasons = {refusal(kind, found, on) for kind in Kind for found in (None, of(kind), of(kind, 2**40))}
    off = {refusal(kind, of(kind), ()) for kind in KINDS}
    others = {"closed", "handed", "blocked", "failed", "file_lost", "file_before", "kind_here"}
    for reason in (reasons | off | others) - {None}:
        assert SAID.text(f"undelivered.{reason}", language)
    assert all("/media" in SAID.text(f"undelivered.{reason}", language) for reason in off)
    assert "/media" in SAID.page("help.shift", language)
    assert "/media" in SAID.page("help.topic", language)


def file(**more: Any) -> dict[str, Any]:
    return {"file_id": "f", "file_unique_id": "u", "file_name": "Айгерим.pdf", "file_size": 9, **more}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"document": file(mime_type="application/pdf")}, Attached(Kind.DOCUMENT, "f", "u", 9)),
        ({"document": file(mime_type="application/msword")}, None),
        ({"document": file(mime_type=7)}, None),
        ({"document": file()}, None),
        ({"document": "application/pdf"}, None),
        ({"document": file(mime_type="application/pdf", file_id=7)}, None),
        ({"document": file(mime_type="image/png")}, Attached(Kind.PHOTO, "f", "u", 9)),
        ({"voice": file(duration=3)}, Attached(Kind.VOICE, "f", "u", 9)),
        ({"animation": file(), "document": file(mime_type="application/pdf")}, None),
        ({"text": "words"}, None),
    ],
)  # fmt: skip
def test_of_an_operators_files_a_pdf_is_read_too_and_never_its_name(
    message: dict[str, Any], expected: Attached | None
) -> None:
    assert enclosed(message) == expected


def test_a_persons_pdf_is_still_none() -> None:
    assert attached({"document": file(mime_type="application/pdf")}) is None


def test_the_command_is_asked_of_telegram_and_stands_in_the_menu() -> None:
    chat = {"chat": {"id": -100, "type": "supergroup"}, "from": {"id": 5}}
    assert role_asked({"message": {**chat, "text": "/media"}}) == (-100, 5)
    assert "media" in GROUP_COMMANDS


def test_a_note_under_a_file_that_cannot_be_handled_was_not_for_the_person() -> None:
    message = {"chat": {"id": -100}, "message_thread_id": 7, "message_id": 9, "from": {"id": 5}, "photo": []}
    assert written_in_topic({"message": {**message, "caption": "слова"}}) == (-100, 7, 9)
    assert written_in_topic({"message": {**message, "caption": "// заметка"}}) is None
