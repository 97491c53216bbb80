"""A request's parameters: read from JSON, a form, multipart or the query, parsed by aiogram's own method classes."""

from __future__ import annotations

from functools import cache
from typing import Any, get_args

import orjson
from aiogram.client.default import Default
from aiogram.methods import TelegramMethod
from aiogram.types import BufferedInputFile, InputFile
from aiohttp import web
from pydantic import BaseModel, ValidationError

from .errors import JSON, Refused, bad, strict

Uploads = dict[str, BufferedInputFile]

UNPLAYED = frozenset(
    {
        "business_connection_id", "direct_messages_topic_id", "suggested_post_parameters", "rich_message",
        "ephemeral_message_parameters", "receiver_user_id", "callback_query_id", "inline_message_id",
        "message_effect_id", "allow_paid_broadcast",
    }
)  # fmt: skip
"""Parameters of features that the sandbox does not have; ``callback_query_id`` belongs to answerCallbackQuery too."""

MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "message_id": "message identifier is not specified",
    "user_id": "invalid user_id specified",
    "reply_markup": "can't parse reply keyboard markup JSON object",
    "callback_query_id": "query is too old and response timeout expired or query ID is invalid",
}
"""Texts of telegram-bot-api's Client.cpp for parameters that are missing or cannot be read."""

BIGGEST = 50 * 1024 * 1024
"""Bytes in an upload: https://core.telegram.org/bots/api#sending-files."""
MARKUPS = frozenset({"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"})


async def read(request: web.BaseRequest) -> tuple[JSON, Uploads]:
    """Parameters and uploaded files of a request, the query's first."""
    params: JSON = dict(request.query)
    uploads: Uploads = {}
    if request.method == "POST" and request.can_read_body:
        kind = request.content_type
        if kind == "application/json":
            params.update(parse_body(await request.read()))
        elif kind == "application/x-www-form-urlencoded":
            params.update({key: value for key, value in (await request.post()).items() if isinstance(value, str)})
        elif kind.startswith("multipart/"):
            async for part in await request.clone(client_max_size=BIGGEST).multipart():
                await read_part(part, params, uploads)
    return params, uploads


async def read_part(part: Any, params: JSON, uploads: Uploads) -> None:
    """One part of a multipart body: a file when it has a file name, else a parameter."""
    data = bytes(await part.read())
    if part.filename:
        uploads[part.name] = BufferedInputFile(data, part.filename)
    else:
        params[part.name] = data.decode()


def parse_body(body: bytes) -> JSON:
    if not body.strip():
        return {}
    try:
        params = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad("can't parse JSON object") from None
    if not isinstance(params, dict):
        raise bad("object expected as request body")
    return params


@cache
def structured(cls: type[TelegramMethod[Any]]) -> frozenset[str]:
    """Names of the parameters that travel as JSON inside forms."""
    return frozenset(name for name, field in cls.model_fields.items() if holds_structure(field.annotation))


def holds_structure(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    if getattr(annotation, "__origin__", None) is list:
        return True
    return any(holds_structure(argument) for argument in get_args(annotation))


@cache
def file_fields(cls: type[TelegramMethod[Any]]) -> frozenset[str]:
    """Names of the parameters that may be files."""
    return frozenset(
        name
        for name, field in cls.model_fields.items()
        if field.annotation is InputFile or InputFile in get_args(field.annotation)
    )


def decode(cls: type[TelegramMethod[Any]], raw: JSON) -> JSON:
    """Parameters with the JSON inside strings opened, unknown names and unplayed features refused."""
    params: JSON = {}
    method = cls.__api_method__
    for name, value in raw.items():
        if name not in cls.model_fields:
            raise strict(f"{method} has no parameter {name!r} (Telegram would ignore it)")
        if name in UNPLAYED and not (name == "callback_query_id" and method == "answerCallbackQuery"):
            raise strict(f"{name} is not played here")
        if isinstance(value, str) and name in structured(cls):
            try:
                value = orjson.loads(value)
            except orjson.JSONDecodeError:
                raise bad(MISSING.get(name, f"can't parse {name} JSON object")) from None
        params[name] = value
    return params


def parse(cls: type[TelegramMethod[Any]], params: JSON, uploads: Uploads) -> TelegramMethod[Any]:
    """The method object, or a refusal. The texts never repeat a value."""
    values = dict(params)
    for name in file_fields(cls):
        value = values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            values[name] = uploads.get(value.removeprefix("attach://"), value)
        elif value is None and name in uploads:
            values[name] = uploads[name]
    markup = values.get("reply_markup")
    if isinstance(markup, dict) and not MARKUPS & markup.keys():
        raise bad(MISSING["reply_markup"])
    try:
        method = cls.model_validate(values)
    except ValidationError as error:
        raise refusal(error) from None
    check_nested(method)
    return method


def refusal(error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = [str(part) for part in first["loc"]]
    name = place[0] if place else ""
    if name in MISSING and ((first["type"] == "missing" and len(place) == 1) or name == "reply_markup"):
        return bad(MISSING[name])
    return strict(f"{'.'.join(place)}: {first['msg']}")


def check_nested(model: BaseModel) -> None:
    """Objects inside the parameters must have no field that Telegram does not know."""
    for name in model.model_fields_set:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            refuse_extra(value)
        elif isinstance(value, list):
            check_list(value)


def check_list(values: list[Any]) -> None:
    for value in values:
        if isinstance(value, BaseModel):
            refuse_extra(value)
        elif isinstance(value, list):
            check_list(value)


def refuse_extra(model: BaseModel) -> None:
    if model.model_extra:
        raise strict(f"{type(model).__name__} has no field {next(iter(model.model_extra))!r}")
    check_nested(model)


def given(value: Any) -> Any:
    """A parameter's value; None for aiogram's "as the bot's default" mark."""
    return None if isinstance(value, Default) else value


def plain(model: BaseModel) -> JSON:
    """A nested object as JSON, only what was given."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
