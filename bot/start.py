"""The start: Telegram is asked who the bot is, before anything is opened, for as long as it takes."""

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import urlsplit

from bot import systemd
from bot.config import BadSetting
from bot.telegram.api import Api, ApiError, Unreachable

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two questions."""


async def introduce(api: Api, stop: asyncio.Event) -> dict[str, Any] | None:
    """Who the bot is, however long Telegram is away; None when stopped before. Raises BadSetting as `ask_who` does."""
    log.info("asking %s who the bot is", _host(api))
    while not stop.is_set():
        asking = asyncio.ensure_future(ask_who(api))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([asking, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not asking.done():
            asking.cancel()
            return None
        try:
            return asking.result()
        except Unreachable as away:
            log.warning("%s; it is asked again", away)
            systemd.notify(f"STATUS={away}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAUSE):
                await stop.wait()
    return None


async def ask_who(api: Api) -> dict[str, Any]:
    """getMe once. Raises BadSetting for a token that Telegram refuses or an answer that is no bot, and Unreachable with
    the server's name, which may be mistyped, and the kind of trouble; never with the token."""
    try:
        return _bot(await api.call("getMe"), api)
    except ApiError as refused:
        if refused.code in (401, 404):
            raise BadSetting(
                "Telegram does not accept the token in SENIM_TOKEN: copy it once more from @BotFather."
            ) from refused
        kind = f"error {refused.code}"
    except Unreachable as away:
        kind = away.why
    raise Unreachable("Telegram does not answer", f"{_host(api)}: {kind}", doubtful=False)


def _bot(answer: Any, api: Api) -> dict[str, Any]:
    """The answer, when it has what the bot is built with. Else something that is no Bot API server has answered."""
    fields = {"id": int, "username": str, "first_name": str}
    if isinstance(answer, dict) and all(
        type(answer.get(name)) is kind and answer[name] for name, kind in fields.items()
    ):
        return answer
    raise BadSetting(
        f"{_host(api)} answers getMe with something that is no bot: is SENIM_TELEGRAM_API a Bot API server's address?"
    )


def _host(api: Api) -> str:
    return urlsplit(api.server).netloc
