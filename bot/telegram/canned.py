"""Canned replies as operators see them: lists, the text before it goes, and what supervisors read of them."""

from collections.abc import Sequence
from typing import Any

from bot.domain.canned import SHOWN, Reply, digest, suited
from bot.domain.cases import Case
from bot.domain.desks import Desk
from bot.domain.messages import Post
from bot.domain.words import LIMIT, pack, quoted
from bot.telegram.callbacks import CannedMove
from bot.telegram.keyboards import inline
from bot.telegram.saying import Said, alias_name
from bot.telegram.screening import plain
from locales import Catalog, Language, danger
from storage.database import Transaction
from storage.reference.canned import voices

CANNED_KINDS = frozenset({
    "canned_list", "canned_hits", "canned_shown", "canned_sent", "canned_none", "canned_how", "canned_bad",
    "canned_saved", "canned_one",
})  # fmt: skip
"""Kinds of rows that are made here."""

PART = LIMIT - 8

COPIED = 256
"""Characters that a button for copying holds: https://core.telegram.org/bots/api#copytextbutton. The group's messages
are protected, so they cannot be copied by hand."""

FIELDS = {("kk", False): "kk", ("kk", True): "kk_adult", ("ru", False): "ru", ("ru", True): "ru_adult"}
"""Names by which the sentence on how to add a reply holds the word that marks each voice."""

Markup = dict[str, Any]
Button = dict[str, Any]


class CannedReplies:
    """Makes one message about canned replies, in the desk's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: Desk) -> None:
        self._tx = tx
        self._catalog = catalog
        self._desk = desk

    async def make(self, post: Post, case: Case | None) -> Said | None:
        """The message for a row; None when the case is gone."""
        if case is not None:
            return await self._in_topic(post, case)
        if post.kind == "canned_how":
            return Said(pack(await self._how(), PART), quiet=True)
        if post.kind == "canned_one":
            return await self._one(post.params["name"])
        if post.kind == "canned_saved":
            return await self._saved(post.params["title"])
        return Said([self._bad(post.params)]) if post.kind == "canned_bad" else None

    async def _in_topic(self, post: Post, case: Case) -> Said | None:
        params = post.params
        edit = params.get("message_id")
        if edit is not None and params["chat"] != self._desk.chat_id:
            return None
        if post.kind == "canned_list":
            replies = suited(await self._tx.canned.of(self._desk.id), await self._about(case), red=case.red)
            return self._list(case, replies, params["page"], edit)
        if post.kind == "canned_hits":
            known = {reply.id: reply for reply in await self._tx.canned.of(self._desk.id) if not reply.off}
            hits = [known[name] for name in params["names"] if name in known][:SHOWN]
            rows = [*(self._row(case, reply) for reply in hits), [self._move("button.cancel", case, "cancel")]]
            return Said([self._text("canned.hits", count=len(params["names"]))], inline(rows))
        if post.kind == "canned_shown":
            return await self._shown(case, params)
        if post.kind == "canned_sent":
            head = self._text("canned.sent", alias=alias_name(params["alias"], self._desk.language))
            return Said(["\n".join([head, *quoted(params["text"])])], inline([]), edit)
        return Said([self._text(params["key"])], inline([]), edit)

    async def _about(self, case: Case) -> set[str]:
        """The subject that she chose, and the danger that was found in her words."""
        danger_found = await self._tx.findings.newest(case.id, case.urgency)
        return {name for name in (case.subject, danger_found.category if danger_found else None) if name}

    def _list(self, case: Case, replies: Sequence[Reply], page: int, edit: int | None) -> Said:
        page = page if page * SHOWN < len(replies) else 0
        rows = [self._row(case, reply) for reply in replies[page * SHOWN : (page + 1) * SHOWN]]
        following = page + 1 if (page + 1) * SHOWN < len(replies) else 0
        if len(replies) > SHOWN:
            rows.append([self._move("button.canned_more", case, "list", str(following))])
        rows.append([self._move("button.cancel", case, "cancel")])
        return Said([self._text("canned.list")], inline(rows), edit)

    async def _shown(self, case: Case, params: Any) -> Said:
        text = params["text"]
        voice = self._voice(params["language"], params["adult"])
        fits = len(text) <= COPIED
        hint = self._text("canned.hint" if fits else "canned.hint_long")
        body = "\n".join([self._text("canned.shown", voice=voice), *quoted(text), hint])
        send = CannedMove(code=case.code, move="send", name=params["name"], seen=digest(text))
        rows: list[list[Button]] = [[{"text": self._text("button.canned_send"), "callback_data": send.pack()}]]
        if fits:
            rows.append([{"text": self._text("button.canned_copy"), "copy_text": {"text": text}}])
        rows.append([self._move("button.cancel", case, "cancel")])
        return Said([body], inline(rows), params["message_id"])

    async def _how(self) -> list[str]:
        """Which there are, those that are off marked, and how to change them."""
        lines = [self._text("canned.all")]
        for reply in await self._tx.canned.of(self._desk.id):
            mark = "⚪" if reply.off else "✏️" if reply.own else "•"
            lines.append(f"{mark} {plain(reply.titles[self._desk.language])}")
        marks = {FIELDS[voice]: word for word, voice in voices().items()}
        return [*lines, "", *self._text("canned.how", **marks).split("\n")]

    async def _one(self, name: str) -> Said | None:
        reply = next((one for one in await self._tx.canned.of(self._desk.id) if one.id == name), None)
        if reply is None:
            return None
        lines = [plain(reply.titles[self._desk.language])]
        for voice, text in reply.texts.items():
            lines += [f"{self._voice(*voice)}:", *quoted(plain(text))]
        return Said(pack(lines, PART), quiet=True)

    async def _saved(self, title: str) -> Said:
        """It is kept; words that docs/safety.md forbids are named, because whoever reads it may be in danger."""
        lines = [self._text("canned.saved", title=plain(title))]
        texts = next((one.texts for one in await self._tx.canned.of(self._desk.id) if title in one.titles.values()), {})
        words = [one.word for (language, _), text in texts.items() for one in danger.forbidden()
                 if one.language == language and one.found(text)]  # fmt: skip
        if words:
            lines.append(self._text("canned.look", words=", ".join(dict.fromkeys(words))))
        return Said(["\n".join(lines)])

    def _bad(self, params: Any) -> str:
        if params["flaw"] == "missing":
            names = [self._voice(language, adult) for language, adult in params["missing"]]
            return self._text("canned.flaw.missing", voices=", ".join(names))
        return self._text(f"canned.flaw.{params['flaw']}")

    def _voice(self, language: Language, adult: bool) -> str:
        """A voice by its language and the word by which it speaks to somebody, which says nothing of her age."""
        word = next(word for word, voice in voices().items() if voice == (language, adult))
        return self._text(f"canned.voice.{language}", word=word)

    def _row(self, case: Case, reply: Reply) -> list[Button]:
        data = CannedMove(code=case.code, move="show", name=reply.id)
        return [{"text": plain(reply.titles[self._desk.language]), "callback_data": data.pack()}]

    def _move(self, key: str, case: Case, move: str, name: str = "") -> Button:
        return {"text": self._text(key), "callback_data": CannedMove(code=case.code, move=move, name=name).pack()}

    def _text(self, key: str, /, **values: Any) -> str:
        return self._catalog.text(key, self._desk.language, **values)
