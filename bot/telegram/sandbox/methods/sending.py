"""Methods that put a message into a chat."""

from __future__ import annotations

from typing import Any

from aiogram.methods import (
    CopyMessage,
    ForwardMessage,
    SendAnimation,
    SendAudio,
    SendChatAction,
    SendContact,
    SendDice,
    SendDocument,
    SendLocation,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVenue,
    SendVideo,
    SendVideoNote,
    SendVoice,
)
from aiogram.types import BufferedInputFile, MessageEntity

from bot.telegram.sandbox import access, markup, samples
from bot.telegram.sandbox.content import content
from bot.telegram.sandbox.entities import check_bounds, detect, parse_html, strip
from bot.telegram.sandbox.errors import JSON, bad, strict
from bot.telegram.sandbox.params import given, plain
from bot.telegram.sandbox.world import Chat, Message, World

from .registry import plays

TEXT = 4096
CAPTION = 1024
ACCURACY = 1500
"""Metres: https://core.telegram.org/bots/api#sendlocation."""

ACTIONS = frozenset(
    {
        "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
        "choose_sticker", "find_location", "record_video_note", "upload_video_note", "cancel",
    }
)  # fmt: skip


def formatted(text: str, parse_mode: Any, entities: list[MessageEntity] | None, limit: int, too_long: str) -> JSON:
    """Text and entities as Telegram would store them; ``limit`` is in code points after parsing."""
    mode = given(parse_mode)
    marked: list[JSON] = []
    if mode:
        if str(mode).lower() in ("markdown", "markdownv2"):
            raise strict("only HTML is played here")
        if str(mode).lower() != "html":
            raise bad("unsupported parse_mode")
        text, marked = parse_html(text)
    elif entities:
        marked = [plain(entity) for entity in entities]
        check_bounds(text, marked)
    text, marked = strip(text, marked)
    if len(text) > limit:
        raise bad(too_long)
    taken = [(entity["offset"], entity["offset"] + entity["length"]) for entity in marked]
    found = [
        entity
        for entity in detect(text)
        if all(entity["offset"] >= end or entity["offset"] + entity["length"] <= begin for begin, end in taken)
    ]
    return {"text": text, "entities": sorted(marked + found, key=lambda entity: int(entity["offset"]))}


def text_body(text: str | None, parse_mode: Any, entities: list[MessageEntity] | None) -> JSON:
    """The fields of a text message."""
    body = formatted(text or "", parse_mode, entities, TEXT, "message is too long")
    if not body["text"]:
        raise bad("message text is empty")
    if not body["entities"]:
        del body["entities"]
    return body


def caption_body(text: str | None, parse_mode: Any, entities: list[MessageEntity] | None) -> JSON:
    """The fields of a caption; none at all for an empty one."""
    body = formatted(text or "", parse_mode, entities, CAPTION, "message caption is too long")
    fields: JSON = {"caption": body["text"], "caption_entities": body["entities"]}
    return {key: value for key, value in fields.items() if value}


def put(world: World, call: Any, chat: Chat, body: JSON) -> JSON:
    """Send the bot's message with the parameters that all send methods share, and answer with it."""
    thread_id = call.message_thread_id
    reply = access.reply_target(
        chat, getattr(call, "reply_parameters", None), thread_id,
        getattr(call, "reply_to_message_id", None), getattr(call, "allow_sending_without_reply", None),
    )  # fmt: skip
    thread = access.thread_for(chat, thread_id, reply)
    keyboard = markup.check(getattr(call, "reply_markup", None), chat)
    inline = keyboard is not None and "inline_keyboard" in keyboard
    if keyboard is not None and inline:
        body["reply_markup"] = keyboard
    if given(call.protect_content):
        body["has_protected_content"] = True
    if call.reply_parameters is not None and reply is not None and call.reply_parameters.quote:
        body["quote"] = {"text": call.reply_parameters.quote, "position": 0, "is_manual": True}
    notify = not call.disable_notification
    params = {**call.model_dump(exclude_unset=True, exclude={"reply_markup"}), "reply_markup": keyboard}
    message = world.post(chat, world.bot_id, body, thread=thread, reply=reply, notify=notify, params=params)
    if keyboard is not None and not inline:
        message.had_keyboard = True
        set_keyboard(chat, message, keyboard)
    return message.json()


def set_keyboard(chat: Chat, message: Message, keyboard: JSON) -> None:
    """What a private chat shows under its input field from now on."""
    if "keyboard" in keyboard:
        chat.keyboard, chat.keyboard_from = keyboard, message.id
    elif keyboard.get("remove_keyboard"):
        chat.keyboard, chat.keyboard_from = None, None


@plays(SendMessage)
def send_message(world: World, call: SendMessage) -> JSON:
    chat = access.reach(world, call.chat_id)
    return put(world, call, chat, text_body(call.text, call.parse_mode, call.entities))


def check_photo(data: bytes) -> None:
    """What Telegram takes as a photo; its texts are those of the real server."""
    if len(data) > samples.LARGEST_PHOTO:
        raise bad("file is too big")
    sides = samples.sides(data)
    if sides is None:
        raise bad("IMAGE_PROCESS_FAILED")
    if sum(sides) > samples.SIDES or max(sides) > samples.RATIO * min(sides):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def send_file(world: World, call: Any, kind: str, file: object) -> JSON:
    """A file by upload or by the id of one that the bot has seen. Nothing is fetched from URLs."""
    chat = access.reach(world, call.chat_id)
    body: JSON = {}
    if isinstance(file, BufferedInputFile):
        if not file.data:
            raise bad("file must be non-empty")
        if kind == "photo":
            check_photo(file.data)
        body = content(world.files, kind, {}, data=file.data, name=file.filename)
    else:
        stored = world.files.get(str(file))
        if stored is None:
            raise bad("wrong file identifier/HTTP URL specified")
        if stored.kind != kind:
            raise bad(f"can't use file of type {stored.kind} as {kind}")
        body = content(world.files, kind, {}, stored=stored)
    if hasattr(call, "caption"):
        body.update(caption_body(call.caption, call.parse_mode, call.caption_entities))
    if getattr(call, "has_spoiler", None):
        body["has_media_spoiler"] = True
    if kind == "voice" and call.duration is not None:
        body["voice"]["duration"] = call.duration
    return put(world, call, chat, body)


@plays(SendPhoto)
def send_photo(world: World, call: SendPhoto) -> JSON:
    return send_file(world, call, "photo", call.photo)


@plays(SendVoice)
def send_voice(world: World, call: SendVoice) -> JSON:
    return send_file(world, call, "voice", call.voice)


@plays(SendDocument)
def send_document(world: World, call: SendDocument) -> JSON:
    return send_file(world, call, "document", call.document)


@plays(SendVideo)
def send_video(world: World, call: SendVideo) -> JSON:
    return send_file(world, call, "video", call.video)


@plays(SendVideoNote)
def send_video_note(world: World, call: SendVideoNote) -> JSON:
    return send_file(world, call, "video_note", call.video_note)


@plays(SendAudio)
def send_audio(world: World, call: SendAudio) -> JSON:
    return send_file(world, call, "audio", call.audio)


@plays(SendAnimation)
def send_animation(world: World, call: SendAnimation) -> JSON:
    return send_file(world, call, "animation", call.animation)


@plays(SendSticker)
def send_sticker(world: World, call: SendSticker) -> JSON:
    return send_file(world, call, "sticker", call.sticker)


@plays(SendLocation)
def send_location(world: World, call: SendLocation) -> JSON:
    chat = access.reach(world, call.chat_id)
    if not (-90 <= call.latitude <= 90 and -180 <= call.longitude <= 180):
        raise bad("wrong latitude or longitude specified")
    if call.live_period is not None or call.heading is not None or call.proximity_alert_radius is not None:
        raise strict("only places that stay where they are, are played here")
    values = {"latitude": call.latitude, "longitude": call.longitude}
    if call.horizontal_accuracy is not None:
        if not 0 <= call.horizontal_accuracy <= ACCURACY:
            raise strict(f"horizontal_accuracy is 0 to {ACCURACY} metres (Telegram would cut it)")
        values["horizontal_accuracy"] = call.horizontal_accuracy
    return put(world, call, chat, content(world.files, "location", values))


@plays(SendVenue)
def send_venue(world: World, call: SendVenue) -> JSON:
    chat = access.reach(world, call.chat_id)
    location = {"latitude": call.latitude, "longitude": call.longitude}
    values = {"location": location, "title": call.title, "address": call.address}
    return put(world, call, chat, content(world.files, "venue", values))


@plays(SendContact)
def send_contact(world: World, call: SendContact) -> JSON:
    chat = access.reach(world, call.chat_id)
    values = {"phone_number": call.phone_number, "first_name": call.first_name, "last_name": call.last_name}
    kept = {key: value for key, value in values.items() if value is not None}
    return put(world, call, chat, {"contact": kept})


@plays(SendDice)
def send_dice(world: World, call: SendDice) -> JSON:
    chat = access.reach(world, call.chat_id)
    return put(world, call, chat, content(world.files, "dice", {"emoji": call.emoji or "\N{GAME DIE}"}))


@plays(SendChatAction)
def send_chat_action(world: World, call: SendChatAction) -> bool:
    chat = access.reach(world, call.chat_id)
    if call.action not in ACTIONS:
        raise bad("wrong parameter action in request")
    if call.message_thread_id != 1:
        access.thread_for(chat, call.message_thread_id, None)
    return True


def original(world: World, call: Any, verb: str) -> Message:
    """The message to forward or to copy."""
    message = access.message_in(access.find(world, call.from_chat_id), call.message_id, f"message to {verb}")
    if message.service or message.body.get("has_protected_content"):
        raise bad(f"the message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return message


SHARED = ("from", "date", "reply_markup", "has_protected_content", "edit_date", "quote")


@plays(ForwardMessage)
def forward_message(world: World, call: ForwardMessage) -> JSON:
    """Shows whom it came from: forbidden for a person's words, and therefore to be seen in the journal."""
    chat = access.reach(world, call.chat_id)
    message = original(world, call, "forward")
    body = {key: value for key, value in message.body.items() if key not in SHARED}
    origin = {"type": "user", "date": message.body["date"], "sender_user": message.body["from"]}
    body["forward_origin"] = message.body.get("forward_origin", origin)
    if given(call.protect_content):
        body["has_protected_content"] = True
    thread = access.thread_for(chat, call.message_thread_id, None)
    notify = not call.disable_notification
    return world.post(chat, world.bot_id, body, thread=thread, notify=notify).json()


@plays(CopyMessage)
def copy_message(world: World, call: CopyMessage) -> JSON:
    chat = access.reach(world, call.chat_id)
    message = original(world, call, "copy")
    body = {key: value for key, value in message.body.items() if key not in (*SHARED, "forward_origin")}
    if call.caption is not None and "text" not in body:
        body.pop("caption", None)
        body.pop("caption_entities", None)
        body.update(caption_body(call.caption, call.parse_mode, call.caption_entities))
    return {"message_id": put(world, call, chat, body)["message_id"]}
