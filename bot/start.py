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
    """getMe once. Raises BadSetting for a token that Telegram refuses, and Unreachable with the server's name, which
    may be mistyped, and the kind of trouble; never with the token."""
    try:
        return dict(await api.call("getMe"))
    except ApiError as refused:
        if refused.code in (401, 404):
            raise BadSetting(
                "Telegram does not accept the token in SENIM_TOKEN: copy it once more from @BotFather."
            ) from refused
        kind = f"error {refused.code}"
    except Unreachable as away:
        kind = away.why
    raise Unreachable("Telegram does not answer", f"{urlsplit(api.server).netloc}: {kind}", doubtful=False)
