"""Keyboards: what Telegram takes and what it refuses."""

from __future__ import annotations

from aiogram.types import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyMarkupUnion,
)

from .errors import JSON, bad, strict
from .params import plain
from .world import Chat

CALLBACK_BYTES = 64
BUTTONS = 100
ROW = 8
ACTIONS = (
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
)  # fmt: skip
ASKS = ("request_contact", "request_location", "request_poll", "request_users", "request_chat", "web_app")
COPY_TEXT = 256


def check(markup: ReplyMarkupUnion | None, chat: Chat) -> JSON | None:
    """The markup as JSON for the message, or the refusal."""
    if markup is None:
        return None
    if isinstance(markup, InlineKeyboardMarkup):
        check_rows([len(row) for row in markup.inline_keyboard])
        for row in markup.inline_keyboard:
            for button in row:
                check_inline(button)
        return plain(markup) if any(markup.inline_keyboard) else None
    if isinstance(markup, ReplyKeyboardMarkup):
        if not any(markup.keyboard):
            raise strict("a reply keyboard without buttons")
        check_rows([len(row) for row in markup.keyboard])
        for keys in markup.keyboard:
            for key in keys:
                check_key(key, chat)
    return plain(markup)


def check_rows(sizes: list[int]) -> None:
    if sum(sizes) > BUTTONS:
        raise bad("reply markup is too long")
    if max(sizes, default=0) > ROW:
        raise strict(f"more than {ROW} buttons in a row (Telegram shows {ROW})")


def check_inline(button: InlineKeyboardButton) -> None:
    """One action to a button: https://core.telegram.org/bots/api#inlinekeyboardbutton."""
    if not button.text.strip():
        raise strict("a button without text (Telegram drops it)")
    chosen = [action for action in ACTIONS if getattr(button, action) is not None]
    if not chosen:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(chosen) > 1:
        raise strict(f"a button with {' and '.join(chosen)}: exactly one is allowed")
    if button.callback_data is not None and not 1 <= len(button.callback_data.encode()) <= CALLBACK_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    if button.url is not None and not button.url.startswith(("http://", "https://", "tg://")):
        raise bad(f"inline keyboard button URL '{button.url}' is invalid: Wrong HTTP URL")
    if button.copy_text is not None and not 1 <= len(button.copy_text.text) <= COPY_TEXT:
        raise bad("BUTTON_COPY_TEXT_INVALID")


def check_key(key: KeyboardButton, chat: Chat) -> None:
    """https://core.telegram.org/bots/api#keyboardbutton; the texts are those of tdlib's ReplyMarkup.cpp."""
    if not key.text.strip():
        raise strict("a button without text (Telegram drops it)")
    if sum(getattr(key, ask) is not None for ask in ASKS) > 1:
        raise strict("a key that asks for two things: at most one is allowed")
    if not chat.is_private:
        if key.request_contact:
            raise bad("phone number can be requested in private chats only")
        if key.request_location:
            raise bad("location can be requested in private chats only")


def labels(markup: JSON | None, kind: str = "inline_keyboard") -> list[list[str]]:
    """The buttons' texts, row by row."""
    return [[button["text"] for button in row] for row in (markup or {}).get(kind, [])]
