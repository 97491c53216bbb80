"""Open forms: what a screen waits for, in the same transaction as everything else."""

from typing import Any

from storage.statements import Statements, day_key

FORM_LIFE = 30 * 60_000
"""Milliseconds that a screen keeps waiting for a text (DESIGN.md 3)."""


class FormTable:
    """The `form` table. `key` is a keyed digest of who and where; `person` the keyed digest of who."""

    def __init__(self, tx: Statements) -> None:
        self._tx = tx

    async def state(self, key: str) -> str | None:
        row = await self._tx.one(
            "SELECT state FROM form WHERE key = :key AND updated_at > :since", key=key, since=self._tx.now - FORM_LIFE
        )
        return row["state"] if row else None

    async def set_state(self, key: str, person: str, state: str | None) -> None:
        await self._drop_old(key)
        await self._tx.run(
            "INSERT INTO form (key, person, state, updated_at) VALUES (:key, :person, :state, :now)"
            " ON CONFLICT (key) DO UPDATE SET state = :state, updated_at = :now",
            key=key, person=person, state=state, now=self._tx.now,
        )  # fmt: skip
        await self._tx.run("DELETE FROM form WHERE key = :key AND state IS NULL AND data IS NULL", key=key)

    async def data(self, key: str) -> dict[str, Any]:
        row = await self._tx.one(
            "SELECT data, sealed_by FROM form WHERE key = :key AND updated_at > :since AND data IS NOT NULL",
            key=key, since=self._tx.now - FORM_LIFE,
        )  # fmt: skip
        return dict(await self._tx.unseal_json(row["sealed_by"], f"form/{key}/data", row["data"])) if row else {}

    async def set_data(self, key: str, person: str, data: dict[str, Any]) -> None:
        await self._drop_old(key)
        day = day_key(self._tx.now)
        sealed = await self._tx.seal_json(day, f"form/{key}/data", data) if data else None
        await self._tx.run(
            "INSERT INTO form (key, person, data, sealed_by, updated_at) VALUES (:key, :person, :data, :day, :now)"
            " ON CONFLICT (key) DO UPDATE SET data = :data, sealed_by = :day, updated_at = :now",
            key=key, person=person, data=sealed, day=day, now=self._tx.now,
        )  # fmt: skip
        await self._tx.run("DELETE FROM form WHERE key = :key AND state IS NULL AND data IS NULL", key=key)

    async def _drop_old(self, key: str) -> None:
        """A form whose time is over is no part of a new one."""
        await self._tx.run(
            "DELETE FROM form WHERE key = :key AND updated_at <= :before", key=key, before=self._tx.now - FORM_LIFE
        )

    async def forget(self, person: str) -> None:
        await self._tx.run("DELETE FROM form WHERE person = :person", person=person)

    async def sweep(self, now: int) -> None:
        """Drops forms whose time is over."""
        await self._tx.run("DELETE FROM form WHERE updated_at <= :before", before=now - FORM_LIFE)
