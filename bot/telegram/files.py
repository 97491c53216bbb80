"""Which files of operators go from a desk to persons: the message of `/media`, with a button for each kind."""

from typing import Any

from bot.domain.cases import Case
from bot.domain.desks import Desk
from bot.domain.enclosures import KINDS
from bot.domain.messages import Kind, Post
from bot.telegram.callbacks import FilesSwitch
from bot.telegram.saying import Said
from locales import Catalog
from storage.database import Transaction

FILES_KINDS = frozenset({"files_switch"})
"""Kinds of rows that are made here."""


class FilesSwitches:
    """Makes it in the desk's language, as things are when it goes out."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        self._tx = tx
        self._catalog = catalog
        self._desk = desk

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """A new message, or an edit of the one that was tapped; None when that stands in a group that was lost."""
        if "chat" in post.params and post.params["chat"] != self._desk.chat_id:
            return None
        on = await self._tx.enclosures.on(self._desk.id)
        markup = {"inline_keyboard": [[self._button(kind, on=kind in on)] for kind in KINDS]}
        return Said([self._text("files.ask")], markup, post.params.get("message_id"), quiet=True)

    def _button(self, kind: Kind, *, on: bool) -> dict[str, Any]:
        """Says what is so; the tap names the opposite."""
        label = self._text(f"button.files_{kind}_{'on' if on else 'off'}")
        return {"text": label, "callback_data": FilesSwitch(kind=kind, on=not on).pack()}

    def _text(self, key: str) -> str:
        return self._catalog.text(key, self._desk.language)
