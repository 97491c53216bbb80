"""Practice cases as operators see them: every message of one begins with its sign, so that nobody takes it for real."""

from typing import Any

from bot.domain.cases import Case
from bot.domain.desks import Desk
from bot.domain.messages import Post
from bot.domain.people import Writer
from bot.domain.practice import BAD, Practice
from bot.domain.words import quoted
from bot.telegram.callbacks import PracticeBegin, PracticeMove
from bot.telegram.saying import Said, alias_name
from locales import LANGUAGES, Catalog
from storage.database import Transaction
from storage.reference import subject
from storage.reference.practice import rules, stories, story

PRACTICE_KINDS = frozenset({
    "practice_ask", "practice_begun", "practice_card", "practice_card_edit", "practice_head", "practice_says",
    "practice_line", "practice_debrief",
})  # fmt: skip
"""Kinds of rows that are made here."""

SIGN = "\U0001f393"


class PracticeTopic:
    """Makes one message of or about a practice case, in the desk's language; silent always: it never rings."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        self._tx = tx
        self._catalog = catalog
        self._desk = desk

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a row; None when the practice case is gone."""
        if post.kind == "practice_ask":
            return Said([self._text("practice.ask")], {"inline_keyboard": self._choices()}, quiet=True)
        found = await self._tx.practice.get(self._desk.id, post.params["number"])
        if found is None:
            return None
        if post.kind in ("practice_card", "practice_card_edit"):
            return await self._card(found, edit=post.kind == "practice_card_edit")
        if post.kind == "practice_begun":
            if post.params["chat"] != self._desk.chat_id:
                return None
            text = self._text("practice.begun", number=found.id)
            return Said([text], {"inline_keyboard": []}, post.params["message_id"])
        return Said([await self._in_topic(post, found)], self._end(found, post.kind), quiet=True)

    async def _in_topic(self, post: Post, found: Practice) -> str:
        if post.kind == "practice_head":
            alias = alias_name(post.params["alias"], self._desk.language)
            return self._text("practice.head", number=found.id, alias=alias)
        if post.kind == "practice_says":
            return self._says(post.params["text"])
        return self._text(post.params["key"]) if post.kind == "practice_line" else self._debrief(found)

    def _says(self, text: str) -> str:
        return "\n".join(f"{SIGN} {line}" for line in quoted(text))

    async def _card(self, found: Practice, *, edit: bool) -> Said | None:
        """In the queue: until somebody takes it with its first words and a button, then one line."""
        if edit and (found.card_message_id is None or found.card_chat != self._desk.chat_id):
            return None  # not out yet, or in a group that was lost, where its number means something else
        at = found.card_message_id if edit else None
        if found.over_at is not None:
            return Said([self._text("practice.card.over", number=found.id)], {"inline_keyboard": []}, at)
        if found.claimed_at is not None:
            operator = await self._tx.operators.get(found.operator or "")
            alias = alias_name(operator.alias, self._desk.language) if operator else "-"
            return Said([self._text("practice.card.taken", number=found.id, alias=alias)], {"inline_keyboard": []}, at)
        played = story(found.story)
        head = self._text(
            "practice.card.head", number=found.id, level=self._text(f"practice.level.{played.level}"),
            language=self._text(f"language.{found.language}"),
            subject=subject(played.subject).label(self._desk.language, Writer.ADULT),
        )  # fmt: skip
        words = self._says(played.line(0, (), found.language) or "")
        take = self._button("button.practice_take", PracticeMove(number=found.id, move="take").pack())
        return Said([f"{head}\n{words}"], {"inline_keyboard": [[take]]}, at, quiet=True)

    def _end(self, found: Practice, kind: str) -> dict[str, Any] | None:
        """Under the head of its topic."""
        if kind != "practice_head":
            return None
        return {"inline_keyboard": [[
            self._button("button.practice_end", PracticeMove(number=found.id, move="end").pack())
        ]]}  # fmt: skip

    def _debrief(self, found: Practice) -> str:
        """What was said and what was forgotten, by simple rules; friendly, and no mark."""
        lines = [self._text("practice.debrief", number=found.id)]
        if found.answered_at is not None and found.claimed_at is not None:
            seconds = max(0, found.answered_at - found.claimed_at) // 1000
            lines.append(self._text("practice.first", wait=f"{seconds // 60}:{seconds % 60:02d}"))
        wanted = story(found.story).rules
        said = [rule for rule in wanted if rule in found.heard]
        forgotten = [rule for rule in wanted if rule not in found.heard]
        for key, sign, named in (("practice.said", "✅", said), ("practice.forgotten", "▫️", forgotten)):
            if named:
                lines += [self._text(key), *(f"{sign} {self._text(f'practice.rule.{rule}')}" for rule in named)]
        lines += [f"⚠️ {self._text(f'practice.rule.{rule}')}" for rule in rules()[found.language]
                  if rule.startswith(BAD) and rule in found.heard]  # fmt: skip
        return "\n".join([*lines, self._text("practice.thanks")])

    def _choices(self) -> list[list[dict[str, str]]]:
        """A row a story and language."""
        return [
            [{
                "text": f"{one.level.mark} {one.titles[self._desk.language]} · {self._text(f'language.{language}')}",
                "callback_data": PracticeBegin(story=one.id, language=language).pack(),
            }]
            for one in stories()
            for language in LANGUAGES
        ]  # fmt: skip

    def _button(self, key: str, data: str) -> dict[str, str]:
        return {"text": self._text(key), "callback_data": data}

    def _text(self, key: str, /, **values: Any) -> str:
        return self._catalog.text(key, self._desk.language, **values)
