"""What `/help` shows in a topic: the page about it, and the protocol of a red case."""

from bot.domain.cases import Case
from bot.domain.desks import Desk
from bot.domain.messages import Post
from bot.domain.words import LIMIT, pack
from bot.telegram.saying import Said
from locales import Catalog
from storage.database import Transaction

GUIDE_KINDS = frozenset({"guide"})
"""Kinds of rows that are made here."""

PART = LIMIT - 8


class GuidePages:
    """Makes one page, in the desk's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        self._catalog = catalog
        self._desk = desk

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a row."""
        pages = [self._catalog.page(f"help.{name}", self._desk.language) for name in (post.params["page"], "red")]
        return Said(pack("\n\n".join(pages).split("\n"), PART), quiet=True)
