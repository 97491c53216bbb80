"""The last voice: tells administrators, past the outbox, that nothing can be written down any more.

Everything else is said by the sender, from rows. While the database or the disk fails there are no rows, and somebody
has to know: this is the one message that does not come from the outbox (decision 9).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.domain.people import Language
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.failures import origin
from locales import Catalog
from storage.database import Database, StorageFault, Transaction

log = logging.getLogger(__name__)

LOOK = 2.0
"""Seconds between two looks."""

PATIENCE = 10.0
"""Seconds of failing before administrators are called: a lock passes by itself."""

AGAIN = 3600.0
"""Seconds before they are called once more about the same failure."""

LEARN = 60.0
"""Seconds between two looks at who the administrators are. Their addresses are kept in memory only."""

Recovered = Callable[[Transaction], Awaitable[None]]


class Lifeline:
    """Watches the database. `recovered` tells administrators by the outbox that it works again."""

    def __init__(self, database: Database, api: Api, catalog: Catalog, recovered: Recovered) -> None:
        self._database = database
        self._api = api
        self._catalog = catalog
        self._recovered = recovered
        self._administrators: dict[int, Language] = {}
        self._called: float | None = None
        self._learned = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._look(asyncio.get_running_loop().time())
            except Exception as broken:
                log.error("lifeline: %s", origin(broken))
            await asyncio.sleep(LOOK)

    async def _look(self, now: float) -> None:
        if not self._administrators:  # after a start on a full disk as well: it can be read
            await self._learn(now)
        since = self._database.failing_since
        if since is not None and now - since >= PATIENCE:
            if (self._called is None or now - self._called >= AGAIN) and await self._call():
                self._called = now
        elif since is None and (now - self._learned >= LEARN or self._called):
            await self._learn(now)

    async def _learn(self, now: float) -> None:
        """Whom to call; a write as well when there is something to take back, so that it is true."""
        try:
            async with self._database.transaction("lifeline.learn") as tx:
                if self._called is not None:
                    await self._recovered(tx)
                found: Mapping[int, Language] = await tx.operators.administrators_addresses()
        except StorageFault:
            return
        self._administrators, self._called, self._learned = dict(found), None, now

    async def _call(self) -> bool:
        """Whether anybody was reached; otherwise it is tried again with the next look."""
        reached = False
        log.error("nothing can be written: administrators are called directly")
        for chat_id, language in self._administrators.items():
            text = self._catalog.text("alarm.database", language)
            params = {"chat_id": chat_id, "text": text, "protect_content": True,
                      "link_preview_options": {"is_disabled": True}}  # fmt: skip
            try:
                await self._api.call("sendMessage", params)
                reached = True
            except (ApiError, Unreachable):
                log.error("an administrator could not be called")
        return reached
