"""Rich messages: every text that a person can put into one is among her words, and nothing else of it."""

from typing import Any

import aiogram.types
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.telegram.raw import readable
from bot.telegram.screening import words_of

SEEN = {("RichBlockMathematicalExpression", "expression"), ("RichTextMathematicalExpression", "expression")}
SEEN |= {("RichTextCustomEmoji", "alternative_text")}
"""Plain strings that everybody in the chat sees; the others are names, languages and addresses behind a text."""


def texts() -> list[tuple[str, str]]:
    """Each field of Telegram's models, as aiogram has them, that holds a text."""
    found = set(SEEN)
    for name in dir(aiogram.types):
        model = getattr(aiogram.types, name)
        for field, info in getattr(model, "model_fields", {}).items() if name.startswith("Rich") else ():
            if "RichTextUnion" in str(info.annotation) or "rich_text_bold" in str(info.annotation):
                found.add((name, field))
    return sorted(found)


def said(*blocks: Any) -> str:
    return "".join(words_of(readable({"message": {"rich_message": {"blocks": list(blocks)}}})))


def test_there_are_texts_to_look_for() -> None:
    assert len(texts()) > 20


@pytest.mark.parametrize(("model", "field"), texts())
def test_every_text_of_every_model_is_words(model: str, field: str) -> None:
    bold = {"type": "bold", "text": "слово"}
    for text in ("слово", bold, ["сло", {"type": "italic", "text": "во"}]):
        if (model, field) in SEEN and text != "слово":
            continue
        part: dict[str, Any] = {"type": "x", field: text}
        if model.startswith("RichText"):
            part = {"type": "paragraph", "text": ["а ", part, " б"]}
            assert said(part) == "а слово б"
        elif model == "RichBlockCaption":
            assert said({"type": "photo", "photo": [], "caption": {field: text}}) == "слово"
        elif model == "RichBlockTableCell":
            assert said({"type": "table", "cells": [[part, part]]}) == "слово\nслово"
        else:
            assert said(part) == "слово"


def test_what_stands_apart_stays_apart() -> None:
    items = [{"label": "•", "blocks": [{"type": "paragraph", "text": text}]} for text in ("он пьёт", "и бьёт")]
    quote = {"type": "block_quotation", "blocks": [{"type": "paragraph", "text": "сказал"}], "credit": "отчим"}
    assert said({"type": "list", "items": items}, quote) == "он пьёт\nи бьёт\nсказал\nотчим"


def test_nothing_of_whoever_is_named_and_no_address_is_among_the_words() -> None:
    user = {"id": 7, "first_name": "Ерлан", "username": "erlan"}
    text = [
        {"type": "text_mention", "text": "он", "user": user},
        {"type": "url", "text": " тут", "url": "https://example.kz/erlan"},
        {"type": "custom_emoji", "alternative_text": "🆘", "custom_emoji_id": "900"},
    ]
    assert said({"type": "paragraph", "text": text}) == "он тут🆘"
    photo = {"type": "photo", "photo": [{"file_id": "AgAC"}], "caption": {"text": "фото"}}
    assert said(photo) == "фото"


def test_words_beside_a_rich_message_stay_and_one_without_words_stays_what_it_is() -> None:
    rich = {"blocks": [{"type": "divider"}]}
    assert readable({"message": {"rich_message": rich}}) == {"message": {"rich_message": {"blocks": []}}}
    both = {"text": "слова", "rich_message": {"blocks": [{"type": "paragraph", "text": "другие"}]}}
    assert readable(both)["text"] == "слова"


shapes: some.SearchStrategy[Any] = some.recursive(
    some.none() | some.integers() | some.text(max_size=4),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(
            some.sampled_from(["rich_message", "blocks", "text", "caption", "type", "x"]), inner, max_size=4
        )
    ),
    max_leaves=25,
)


@given(shapes)
def test_no_shape_makes_it_raise_and_reading_twice_changes_nothing(value: Any) -> None:
    once = readable(value)
    assert readable(once) == once


def test_what_is_nested_without_end_ends() -> None:
    text: Any = "слово"
    for _ in range(900):
        text = {"type": "bold", "text": text}
    assert said({"type": "paragraph", "text": text}) == ""
