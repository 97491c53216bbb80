"""What has to be thrown away in time."""

from bot.services.people import FAREWELL_LIFE
from storage.database import Transaction


class Upkeep:
    """Sweeps over everything that must not stay."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def forget_left(self, now: int) -> None:
        """Addresses of people who asked to be forgotten and could not be told."""
        if await self._tx.people.drop_left(now - FAREWELL_LIFE):
            self._tx.erased = True

    async def sweep(self, now: int) -> None:
        """Old update ids, quarantined bodies, forms, failed rows, calls that are over, presses, blocks that are
        over, keys of days that seal nothing any more."""
        await self._tx.forms.sweep(now)
        await self._tx.outbox.sweep(now)
        await self._tx.callouts.sweep(now)
        await self._tx.ladders.sweep(now)
        await self._tx.blocks.sweep(now)
        await self._tx.inbox.sweep(now)
