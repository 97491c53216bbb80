"""Open forms for aiogram: its state storage over the update's own transaction, without an id in clear."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from aiogram import BaseMiddleware
from aiogram.fsm.middleware import FSMContextMiddleware
from aiogram.fsm.state import State
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.types import TelegramObject

from storage.database import Transaction

current: ContextVar[Transaction] = ContextVar("current")
"""The transaction of the update that is being handled; set by the worker alone."""


class OpenForm(BaseMiddleware):
    """Gives handlers and filters `state`. aiogram's own middleware also reads it from the database for every update;
    here only a filter that needs it does."""

    def __init__(self, forms: FSMContextMiddleware) -> None:
        self._forms = forms

    async def __call__(
        self, handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:  # fmt: skip
        data["state"] = self._forms.resolve_event_context(data["bot"], data)
        return await handler(event, data)


class FormStorage(BaseStorage):
    """State and data of forms in the `form` table."""

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        tx = current.get()
        name = state.state if isinstance(state, State) else state
        await tx.forms.set_state(await _name(tx, key), await tx.lookup(key.user_id), name)

    async def get_state(self, key: StorageKey) -> str | None:
        tx = current.get()
        return await tx.forms.state(await _name(tx, key))

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        tx = current.get()
        await tx.forms.set_data(await _name(tx, key), await tx.lookup(key.user_id), dict(data))

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        tx = current.get()
        return await tx.forms.data(await _name(tx, key))

    async def close(self) -> None:
        """Nothing to close: the database is not ours."""


async def _name(tx: Transaction, key: StorageKey) -> str:
    return await tx.digest(f"{key.chat_id}:{key.user_id}:{key.thread_id}:{key.destiny}")
