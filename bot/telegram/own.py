"""Single messages in the person's chat: an operator's words, new and changed, and which of hers she takes back."""

from typing import Any, Protocol

from bot.domain.enclosures import overtaken
from bot.domain.messages import DELETABLE, Direction, Kind, Message, Post
from bot.domain.people import Language
from bot.domain.words import LIMIT, graphemes, head, quoted, split
from bot.telegram.keyboards import Keyboards
from bot.telegram.saying import UPLOADS, Said, Upload, alias_name, told
from locales import times
from storage.database import Transaction
from storage.threads import PERSON

OWN = ("answer", "enclosure", "unsay", "reworded", "retracted")
"""The kinds of rows that are made here."""

CAPTION = 1024
"""UTF-16 units under a file: https://core.telegram.org/bots/api#sendphoto, counted as in a text."""

ROOM = 80
"""UTF-16 units kept free in a part for the alias line and the sign of a repeat."""

LABEL = 24
"""Graphemes of a message on its button."""


class Voice(Protocol):
    """The catalogue in her language and tone."""

    language: Language
    keyboards: Keyboards

    def text(self, key: str, /, n: int | None = None, **values: Any) -> str: ...


class OwnMessages:
    """Makes what changes or removes single messages of a person's chat, and asks which one."""

    def __init__(self, tx: Transaction, voice: Voice) -> None:
        self._tx = tx
        self._voice = voice

    async def make(self, post: Post) -> Said | None:
        """The message for a row; None when there is nothing to change or to remove."""
        if post.kind == "unsay":
            return await self._which(post)
        if post.kind == "answer":
            return await self._answer(post)
        if post.kind == "enclosure":
            return await self._enclosed(post)
        return await (self._reworded(post) if post.kind == "reworded" else self._retracted(post))

    async def _answer(self, post: Post) -> Said | None:
        """An operator's words under the alias; text of any length, split and never cut."""
        message = await self._tx.messages.get(post.params["message"])
        if message is None or message.gone_at is not None:
            return None
        parts = [[(message.id, part)] for part in self._worded(message, post.params["alias"])]
        return told(parts, reply_to=await self._target(message))

    async def _enclosed(self, post: Post) -> Said | None:
        """A file of an operator's under the alias and her words, never cut; None when it does not go any more."""
        message = await self._tx.messages.get(post.params["message"])
        case = await self._tx.cases.get(message.case) if message is not None and message.gone_at is None else None
        if message is None or case is None:
            return None
        kind = message.incoming.kind
        if overtaken(case, message.operator, kind, await self._tx.enclosures.on(case.desk)):
            return None
        body = await self._tx.enclosures.open(message.id, case.id)
        if body is None:
            return None
        parts = self._worded(message, post.params["alias"], CAPTION)
        lines = [[(message.id, part)] for part in parts]
        return Said(parts, reply_to=await self._target(message), upload=Upload(*UPLOADS[kind], body), lines=lines)

    def _worded(self, message: Message, alias: str, most: int = LIMIT) -> list[str]:
        """In as many parts as they need, the first with at most so many UTF-16 units; what was picked out of hers
        stands first."""
        picked = [f"{line}\n" for line in quoted(message.incoming.quote)] if message.incoming.quote else []
        whole = "".join([*picked, message.incoming.text])
        first = split(whole, most - ROOM)[0]
        rest = split(whole[len(first) :], LIMIT - ROOM) if len(first) < len(whole) else []
        said = self._voice.text("answer", alias=alias_name(alias, self._voice.language), text=first)
        return [said.rstrip("\n"), *rest]

    async def _target(self, message: Message) -> int | None:
        """The message of her chat that an answer replies to: hers, or one that was written to her."""
        target = await self._tx.messages.get(message.reply_to) if message.reply_to else None
        if target is None or target.gone_at is not None:
            return None
        if target.direction is Direction.FROM_PERSON:
            return target.incoming.message_id
        there = await self._tx.threads.at(target.id, PERSON)
        return there[0].message_id if there else None

    async def _which(self, post: Post) -> Said:
        """Her newest messages as buttons: when, and how it begins now."""
        offered = []
        for name in post.params["names"]:
            versions = await self._tx.messages.versions(name)
            if versions and versions[-1].gone_at is None:
                offered.append((name, f"{times.clock(versions[0].at)} \u00b7 {self._begins(versions[-1])}"))
        if not offered:  # taken back meanwhile
            return Said([self._voice.text("unsay.nothing")])
        return Said([self._voice.text("unsay.which")], self._voice.keyboards.unsay_which(offered, post.params["code"]))

    def _begins(self, message: Message) -> str:
        incoming = message.incoming
        words = " ".join(incoming.text.split())
        if not words:
            named = incoming.kind if incoming.kind is not Kind.TEXT else Kind.OTHER
            return self._voice.text(f"kindname.{named}")
        short = split(head(words, LABEL), 2 * LABEL)[0]  # a grapheme may be of any length
        return short if graphemes(short) == graphemes(words) else f"{short}\u2026"

    async def _reworded(self, post: Post) -> Said | None:
        """The newest wording in the place of the old one. Long ones, in parts, cannot be changed."""
        message = await self._tx.messages.get(post.params["message"])
        if message is None or message.edits is None or message.gone_at is not None:
            return None
        there = await self._tx.threads.at(message.edits, PERSON)
        parts = self._worded(message, post.params["alias"])
        return Said(parts, edit=there[0].message_id) if len(there) == len(parts) == 1 else None

    async def _retracted(self, post: Post) -> Said | None:
        """All parts of what an operator wrote go; None when there are none, or one is too old."""
        there = await self._tx.threads.at(post.params["message"], PERSON)
        late = any(self._tx.now - one.at > DELETABLE for one in there)
        return Said([], gone=[one.message_id for one in there]) if there and not late else None
