"""A chat as somebody sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from . import markup
from .world import Message, World

NOT_KINDS = frozenset(
    {"from", "date", "text", "caption", "reply_markup", "entities", "caption_entities", "edit_date", "sender_chat",
     "has_protected_content", "has_media_spoiler", "quote", "via_bot", "forward_origin", "media_group_id", "document",
     "location"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A message on a screen. ``buttons`` are the inline ones row by row, ``keyboard`` the reply keyboard it brought."""

    message_id: int
    mine: bool
    text: str
    buttons: list[list[str]]
    edited: bool
    reactions: list[str]
    thread_id: int | None
    kind: str
    at: datetime
    sender: str
    sender_id: int
    reply_to: int | None
    protected: bool

    def line(self) -> str:
        """For a transcript: who, what, and the buttons in brackets."""
        what = self.text if self.kind == "text" else f"<{self.kind}> {self.text}".rstrip()
        marks = (" (edited)" if self.edited else "") + "".join(f" {{{emoji}}}" for emoji in self.reactions)
        head = f"#{self.message_id} {self.sender}: {what}{marks}"
        return "\n".join([head, *("    " + " ".join(f"[{label}]" for label in row) for row in self.buttons)])


def kind_of(message: Message) -> str:
    """text, voice, photo, ... or the name of a service message."""
    if "text" in message.body:
        return "text"
    kinds = [name for name in message.body if name not in NOT_KINDS]
    return kinds[0] if kinds else next((name for name in ("document", "location") if name in message.body), "unknown")


def look(world: World, message: Message, viewer: int | None = None) -> Shown:
    """The message as it is now."""
    sender = message.body.get("sender_chat") or message.body["from"]
    text = message.text
    for name in ("forum_topic_created", "forum_topic_edited"):
        text = message.body.get(name, {}).get("name", text)
    return Shown(
        message_id=message.id,
        mine=viewer == message.sender,
        text=text,
        buttons=markup.labels(message.body.get("reply_markup")),
        edited=message.edited,
        reactions=[str(r.get("emoji", "?")) for given in message.reactions.values() for r in given],
        thread_id=message.thread,
        kind=kind_of(message),
        at=datetime.fromtimestamp(message.at, UTC),
        sender=str(sender.get("title") or sender.get("first_name")),
        sender_id=int(message.body["from"]["id"]),
        reply_to=message.reply.id if message.reply is not None and not message.reply.deleted else None,
        protected=bool(message.body.get("has_protected_content")),
    )


def transcript(title: str, lines: Iterable[Shown]) -> str:
    """Readable: one line a message."""
    return "\n".join([f"--- {title}", *(shown.line() for shown in lines), "---"])
