"""From a row of the outbox to a call: who it goes to, in whose language, as things stand at this moment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.cases import Case
from bot.domain.desks import Desk
from bot.domain.messages import Post, Row, To
from bot.domain.people import Language
from bot.domain.rescue import Point
from bot.domain.words import units
from bot.telegram.board import SHIFT_KINDS, ShiftTopic
from bot.telegram.canned import CANNED_KINDS, CannedReplies
from bot.telegram.cards import Cards
from bot.telegram.dayposts import DayPosts, of_the_day
from bot.telegram.files import FILES_KINDS, FilesSwitches
from bot.telegram.guide import GUIDE_KINDS, GuidePages
from bot.telegram.house import checked
from bot.telegram.practice import PRACTICE_KINDS, PracticeTopic
from bot.telegram.saying import Identity, Said, Upload, desk_name
from bot.telegram.screens import Screens
from locales import Catalog
from storage.database import Transaction
from storage.outbox import Ready

AGAIN = "\u21bb "
"""Before the text of what may have arrived already."""

TOPIC_NAME = 128

Elsewhere = ShiftTopic | CannedReplies | GuidePages | PracticeTopic | FilesSwitches

MAKERS: tuple[tuple[Collection[str], type[Elsewhere]], ...] = (
    (SHIFT_KINDS, ShiftTopic), (CANNED_KINDS, CannedReplies), (GUIDE_KINDS, GuidePages),
    (PRACTICE_KINDS, PracticeTopic), (FILES_KINDS, FilesSwitches),
)  # fmt: skip
"""What is made elsewhere than on the cards."""


@dataclass(frozen=True)
class Call:
    """One call to Telegram, made at the moment of sending.

    `part` of `parts` for long texts; `topic_of` when the call makes the topic that the row needs and the row itself
    goes afterwards; `thread_id` is the topic that was asked for; `lookup` marks a call that is answered by facts,
    `probe` one that looks whether a desk that was down is back, instead of the row's own call.
    """

    method: str
    params: dict[str, Any] = field(default_factory=dict)
    parts: int = 1
    topic_of: str | None = None
    chat_id: int | None = None
    desk: str | None = None
    lookup: bool = False
    probe: bool = False
    lines: Sequence[tuple[str, str]] = ()
    """Whose lines of a case this message shows (see `Standing`)."""

    upload: Upload | None = None

    @property
    def replies(self) -> bool:
        return "reply_parameters" in self.params

    @property
    def deletes_topic(self) -> bool:
        return self.method == "deleteForumTopic"

    @property
    def only_one(self) -> str | None:
        """Of calls with the same name here only one may be on its way."""
        return f"probe/{self.desk}" if self.probe else self.topic_of

    @property
    def thread_id(self) -> int | None:
        return self.params.get("message_thread_id")


class Renderer:
    """Makes calls out of rows, inside the sender's transaction."""

    def __init__(self, catalog: Catalog, identity: Identity) -> None:
        self.catalog = catalog
        self.identity = identity

    async def call(self, tx: Transaction, ready: Ready) -> Call | None:
        """The call for a row; None when there is nothing to say any more (erased, already over)."""
        row = ready.row
        if row.post.to in (To.PERSON, To.OPERATOR):
            return await self._private(tx, row)
        if row.post.to is To.GROUP:
            return self._group(row)
        return await self._desk(tx, ready)

    async def _private(self, tx: Transaction, row: Row) -> Call | None:
        key = row.post.recipient
        table = tx.people if row.post.to is To.PERSON else tx.operators
        chat_id = await table.address(key)
        said = await Screens(tx, self.catalog, self.identity).make(row.post) if chat_id is not None else None
        if chat_id is None or said is None:
            return None
        return _message(row, said, {"chat_id": chat_id}, protect=row.post.to is To.OPERATOR)

    def _group(self, row: Row) -> Call | None:
        chat_id, post = int(row.post.recipient), row.post
        if post.kind == "leave":
            return Call("leaveChat", {"chat_id": chat_id}, chat_id=chat_id)
        if post.kind == "check":
            return Call("getChat", {"chat_id": chat_id}, chat_id=chat_id, lookup=True)
        language: Language = post.params.get("language") or "ru"
        if post.kind == "report":
            text = self._report(post.params, language)
        else:
            values = dict(post.params["values"])
            if "region" in values:
                values["region"] = desk_name(self.catalog, values["region"], language)
            text = self.catalog.text(post.params["key"], language, **values)
        return _message(row, Said([text]), {"chat_id": chat_id}, protect=True)

    def _report(self, params: Mapping[str, Any], language: Language) -> str:
        """The green and red list after a look at a group; a how-to under each red line."""
        lines = [self.catalog.text("bind.report.head", language), *checked(self.catalog, language, params["green"])]
        if "bound" in params:
            where = desk_name(self.catalog, params["bound"], language)
            lines.insert(0, self.catalog.text("bind.ok", language, region=where))
        else:
            lines.append(self.catalog.text("bind.retry", language))
        return "\n".join(lines)

    async def _desk(self, tx: Transaction, ready: Ready) -> Call | None:
        row, case, desk = ready.row, ready.case, ready.desk
        post = row.post
        if desk is None or (post.to is To.CASE and case is None):
            return None
        if post.kind == "delete_topic":
            return _in_desk(desk, "deleteForumTopic", message_thread_id=post.params["thread_id"])
        if post.kind == "look":
            return Call("getChat", {"chat_id": desk.chat_id}, chat_id=desk.chat_id, desk=desk.id, lookup=True)
        if desk.down or post.kind == "probe":
            params = {"chat_id": desk.chat_id}
            return Call("getChat", params, chat_id=desk.chat_id, desk=desk.id, lookup=True, probe=True)
        cards = Cards(tx, self.catalog, desk)
        if post.kind in ("fixed_name", "fixed_open"):
            return self._fixed(post, desk)
        if post.kind == "administrators":
            params = {"chat_id": desk.chat_id}
            return Call("getChatAdministrators", params, chat_id=desk.chat_id, desk=desk.id, lookup=True)
        if post.kind == "seat":
            user_id = await tx.operators.address(post.params["operator"])
            who = {"chat_id": desk.chat_id, "user_id": user_id}
            return Call("getChatMember", who, chat_id=desk.chat_id, desk=desk.id, lookup=True) if user_id else None
        if post.kind == "board_pin":
            number = post.params["message_id"]
            return _in_desk(desk, "pinChatMessage", message_id=number, disable_notification=True)
        if post.kind == "reaction":
            emoji = [{"type": "emoji", "emoji": post.params["emoji"]}]
            return _in_desk(desk, "setMessageReaction", message_id=post.params["message_id"], reaction=emoji)
        if case is not None and post.kind in ("rename", "close_topic", "reopen_topic", "pin"):
            return self._service(post.kind, post.params, desk, case, cards)
        others = DayPosts if of_the_day(post) else Cards
        maker = next((make for kinds, make in MAKERS if post.kind in kinds), others)
        said = await maker(tx, self.catalog, desk).make(post, case)
        if said is None:
            return None
        if said.edit is not None or said.gone:
            return _message(row, said, {"chat_id": desk.chat_id}, protect=True, desk=desk)
        topic = post.recipient.partition("/")[2]
        thread = case.thread_id if case else await tx.desks.topic(desk.id, topic)
        if thread is None:
            name = cards.topic_name(case) if case else self._name(topic, desk.language)
            return _in_desk(desk, "createForumTopic", row.post.recipient, name=name[:TOPIC_NAME])
        if not said.parts:
            return None
        return _message(row, said, {"chat_id": desk.chat_id, "message_thread_id": thread}, protect=True, desk=desk)

    def _fixed(self, post: Post, desk: Desk) -> Call:
        """One of the desk's own topics is opened again, or gets its name back."""
        number = post.params["thread_id"]
        if post.kind == "fixed_open":
            return _in_desk(desk, "reopenForumTopic", message_thread_id=number)
        name = self._name(post.recipient.partition("/")[2], desk.language)
        return _in_desk(desk, "editForumTopic", message_thread_id=number, name=name[:TOPIC_NAME])

    def _name(self, topic: str, language: Language) -> str:
        """The name of a topic that belongs to no case; a practice case's has a number."""
        kind, _, number = topic.partition(":")
        if number:
            return self.catalog.text(f"topic.{kind}", language, number=number)
        return self.catalog.text(f"topic.{kind}", language)

    def _service(self, kind: str, params: Mapping[str, Any], desk: Desk, case: Case, cards: Cards) -> Call | None:
        """Calls about a case's topic that show no text of ours."""
        if kind == "pin":
            return _in_desk(desk, "pinChatMessage", message_id=params["message_id"], disable_notification=True)
        if case.thread_id is None:
            return None
        if kind == "rename":
            name = cards.topic_name(case)[:TOPIC_NAME]
            return _in_desk(desk, "editForumTopic", message_thread_id=case.thread_id, name=name)
        if case.status.open == (kind == "close_topic"):
            return None  # reopened or closed again since
        method = "closeForumTopic" if kind == "close_topic" else "reopenForumTopic"
        return _in_desk(desk, method, message_thread_id=case.thread_id)


def _called(text: str, name: str, telegram_id: int) -> dict[str, Any]:
    """The entity that calls an operator by her alias; places are UTF-16 units."""
    at = units(text[: text.rindex(name)])
    user = {"id": telegram_id, "is_bot": False, "first_name": name}
    return {"type": "text_mention", "offset": at, "length": units(name), "user": user}


def _in_desk(desk: Desk, method: str, topic_of: str | None = None, **params: Any) -> Call:
    return Call(method, {"chat_id": desk.chat_id, **params}, topic_of=topic_of, chat_id=desk.chat_id, desk=desk.id)


def _message(row: Row, said: Said, address: dict[str, Any], *, protect: bool, desk: Desk | None = None) -> Call | None:
    """The call for one part of a message; plain text always: nothing a person typed is ever parsed."""
    if said.gone:
        return _deletion(said.gone, address, desk)
    if row.part >= len(said.parts):
        return None
    if said.point is not None:
        return _location(said.point, address, desk)
    if said.upload is not None and row.part == 0:
        return _file(row, said, said.upload, address, desk, protect=protect)
    text = (AGAIN if row.again and said.edit is None else "") + said.parts[row.part]
    params: dict[str, Any] = {**address, "text": text, "link_preview_options": {"is_disabled": True}}
    last = row.part == len(said.parts) - 1
    if said.mention and last and said.mention[0] in text:
        params["entities"] = [_called(text, *said.mention)]
    if said.markup and last:
        params["reply_markup"] = said.markup
    chat_id, desk_id = (desk.chat_id, desk.id) if desk else (None, None)
    if said.edit is not None:
        return Call("editMessageText", {**params, "message_id": said.edit}, chat_id=chat_id, desk=desk_id)
    if protect:
        params["protect_content"] = True
    if said.quiet:
        params["disable_notification"] = True
    params |= _reply(row, said)
    lines = said.lines[row.part] if said.lines else ()
    return Call("sendMessage", params, parts=len(said.parts), chat_id=chat_id, desk=desk_id, lines=lines)


def _deletion(gone: Sequence[int], address: dict[str, Any], desk: Desk | None) -> Call:
    """Of one message, which says why when it cannot be; or of several, which does not."""
    chat_id, desk_id = (desk.chat_id, desk.id) if desk else (None, None)
    if len(gone) == 1:
        return Call("deleteMessage", {**address, "message_id": gone[0]}, chat_id=chat_id, desk=desk_id)
    return Call("deleteMessages", {**address, "message_ids": list(gone)}, chat_id=chat_id, desk=desk_id)


def _location(point: Point, address: dict[str, Any], desk: Desk | None) -> Call:
    """A place that she has given, always protected: it is for operators alone."""
    params = {**address, "latitude": point.latitude, "longitude": point.longitude, "protect_content": True}
    if point.accuracy is not None:
        params["horizontal_accuracy"] = point.accuracy
    chat_id, desk_id = (desk.chat_id, desk.id) if desk else (None, None)
    return Call("sendLocation", params, chat_id=chat_id, desk=desk_id)


def _reply(row: Row, said: Said) -> dict[str, Any]:
    """What its first part replies to."""
    if said.reply_to is None or row.part != 0 or row.alone:
        return {}
    return {"reply_parameters": {"message_id": said.reply_to, "allow_sending_without_reply": True}}


def _file(
    row: Row, said: Said, upload: Upload, address: dict[str, Any], desk: Desk | None, *, protect: bool
) -> Call:  # fmt: skip
    """A file that was made clean: its bytes, never what Telegram calls the one that was sent. A photo is covered until
    somebody wants to see it, also on a locked screen."""
    params = {**address, **_reply(row, said)}
    if protect:
        params["protect_content"] = True
    if upload.method != "sendVideoNote":  # which has no caption
        params["caption"] = (AGAIN if row.again else "") + said.parts[0]
    if upload.method == "sendPhoto":
        params["has_spoiler"] = True
    chat_id, desk_id = (desk.chat_id, desk.id) if desk else (None, None)
    return Call(upload.method, params, parts=len(said.parts), chat_id=chat_id, desk=desk_id, upload=upload,
                lines=said.lines[0])  # fmt: skip
