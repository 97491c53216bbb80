"""What the bot says of itself: commands, name, descriptions, menu button, default rights."""

from __future__ import annotations

import re
from typing import Any

from aiogram.methods import (
    DeleteMyCommands,
    GetChatMenuButton,
    GetMyCommands,
    GetMyDefaultAdministratorRights,
    GetMyDescription,
    GetMyName,
    GetMyShortDescription,
    SetChatMenuButton,
    SetMyCommands,
    SetMyDefaultAdministratorRights,
    SetMyDescription,
    SetMyName,
    SetMyShortDescription,
)
from pydantic import BaseModel

from bot.telegram.sandbox import access
from bot.telegram.sandbox.errors import JSON, bad
from bot.telegram.sandbox.members import RIGHTS
from bot.telegram.sandbox.params import plain
from bot.telegram.sandbox.world import World

from .registry import plays

COMMAND = re.compile(r"[a-z0-9_]+")
COMMANDS = 100
LANGUAGE = re.compile(r"[a-z]{2}")
TEXTS = {"name": 64, "description": 512, "short_description": 120}
"""Longest texts: https://core.telegram.org/bots/api#setmyname and its neighbours."""


def language(code: str | None) -> str:
    if code and not LANGUAGE.fullmatch(code):
        raise bad("invalid language code specified")
    return code or ""


def scope_key(world: World, scope: Any) -> tuple[str, ...]:
    """A command scope as a key; chat scopes must name a chat that the bot knows."""
    if scope is None:
        return ("default",)
    if getattr(scope, "chat_id", None) is not None:
        access.find(world, scope.chat_id)
    return (scope.type, str(getattr(scope, "chat_id", "")), str(getattr(scope, "user_id", "")))


@plays(SetMyCommands)
def set_my_commands(world: World, call: SetMyCommands) -> bool:
    """Texts of tdlib's BotCommand.cpp."""
    if len(call.commands) > COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in call.commands:
        name = command.command.removeprefix("/")
        if not name:
            raise bad("command must be non-empty")
        if len(name) > 32:
            raise bad("command length must not exceed 32")
        if not COMMAND.fullmatch(name):
            raise bad("BOT_COMMAND_INVALID")
        if not command.description.strip():
            raise bad("command description must be non-empty")
        if len(command.description) > 256:
            raise bad("command description length must not exceed 256")
    key = ("commands", *scope_key(world, call.scope), language(call.language_code))
    world.settings[key] = [plain(command) for command in call.commands]
    return True


@plays(GetMyCommands)
def get_my_commands(world: World, call: GetMyCommands) -> list[JSON]:
    key = ("commands", *scope_key(world, call.scope), language(call.language_code))
    found: list[JSON] = world.settings.get(key, [])
    return found


@plays(DeleteMyCommands)
def delete_my_commands(world: World, call: DeleteMyCommands) -> bool:
    world.settings.pop(("commands", *scope_key(world, call.scope), language(call.language_code)), None)
    return True


def store_text(world: World, kind: str, text: str | None, code: str | None) -> bool:
    """Store or, when empty, remove a text for a language."""
    text = (text or "").strip()
    if len(text) > TEXTS[kind]:
        raise bad(f"bot {kind.replace('_', ' ')} is too long")
    world.settings[kind, language(code)] = text
    return True


def stored_text(world: World, kind: str, code: str | None, default: str = "") -> JSON:
    """The text for a language, else the one for all."""
    texts = (world.settings.get((kind, language(code))), world.settings.get((kind, "")), default)
    return {kind: next((text for text in texts if text), "")}


@plays(SetMyName)
def set_my_name(world: World, call: SetMyName) -> bool:
    return store_text(world, "name", call.name, call.language_code)


@plays(GetMyName)
def get_my_name(world: World, call: GetMyName) -> JSON:
    return stored_text(world, "name", call.language_code, world.bot["first_name"])


@plays(SetMyDescription)
def set_my_description(world: World, call: SetMyDescription) -> bool:
    return store_text(world, "description", call.description, call.language_code)


@plays(GetMyDescription)
def get_my_description(world: World, call: GetMyDescription) -> JSON:
    return stored_text(world, "description", call.language_code)


@plays(SetMyShortDescription)
def set_my_short_description(world: World, call: SetMyShortDescription) -> bool:
    return store_text(world, "short_description", call.short_description, call.language_code)


@plays(GetMyShortDescription)
def get_my_short_description(world: World, call: GetMyShortDescription) -> JSON:
    return stored_text(world, "short_description", call.language_code)


@plays(SetMyDefaultAdministratorRights)
def set_my_default_administrator_rights(world: World, call: SetMyDefaultAdministratorRights) -> bool:
    world.settings["rights", str(bool(call.for_channels))] = plain(call.rights) if call.rights else {}
    return True


@plays(GetMyDefaultAdministratorRights)
def get_my_default_administrator_rights(world: World, call: GetMyDefaultAdministratorRights) -> JSON:
    stored: JSON = world.settings.get(("rights", str(bool(call.for_channels))), {})
    return {"is_anonymous": False, **dict.fromkeys(RIGHTS, False), **stored}


def of_private(world: World, chat_id: int | None) -> str:
    if chat_id is None:
        return ""
    if not access.find(world, chat_id).is_private:
        raise bad("invalid chat_id specified")
    return str(chat_id)


@plays(SetChatMenuButton)
def set_chat_menu_button(world: World, call: SetChatMenuButton) -> bool:
    button: JSON = plain(call.menu_button) if isinstance(call.menu_button, BaseModel) else {}
    world.settings["menu", of_private(world, call.chat_id)] = {"type": "default", **button}
    return True


@plays(GetChatMenuButton)
def get_chat_menu_button(world: World, call: GetChatMenuButton) -> JSON:
    default: JSON = {"type": "default"} if call.chat_id is not None else {"type": "commands"}
    stored: JSON = world.settings.get(("menu", of_private(world, call.chat_id)), default)
    return stored
