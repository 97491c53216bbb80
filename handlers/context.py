"""What every handler is given: services over the update's transaction, and who is acting where."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from aiogram import BaseMiddleware, Bot
from aiogram.filters import Command, Filter
from aiogram.types import CallbackQuery, Chat, Message, TelegramObject, Update, User

from bot.domain.people import Language
from bot.services import Services

PRIVATE = "private"

WRITTEN = frozenset({
    "text", "animation", "audio", "document", "paid_media", "photo", "live_photo", "sticker", "story", "video",
    "video_note", "voice", "checklist", "contact", "dice", "game", "poll", "venue", "location", "rich_message",
    "unknown",
})  # fmt: skip
"""Content that somebody sent, and whatever is newer than this list; all else says what happened to a chat."""


class Toast(Protocol):
    """The answer to a tap; shown after the commit, in the language of whoever tapped."""

    language: Language

    def __call__(self, key: str, **values: Any) -> None: ...
    def alert(self, key: str, **values: Any) -> None: ...
    def opens(self, start: str) -> None: ...


def language_of(user: User | None) -> Language:
    """The desk side's language of somebody whom we know only by her phone's setting."""
    return "kk" if user and (user.language_code or "").split("-")[0] == "kk" else "ru"


class Context(BaseMiddleware):
    """Adds `services`, and `person` in a private chat or `desk` and `operator` in a bound group."""

    async def __call__(
        self, handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]], event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:  # fmt: skip
        services = data["services"] = Services(data["tx"])
        chat: Chat | None = data.get("event_chat")
        user: User | None = data.get("event_from_user")
        if chat is not None and user is not None and isinstance(event, Update):
            if chat.type == PRIVATE:
                await self._in_private(services, event, user, data)
            else:
                await self._in_group(services, event, chat, user, data)
        return await handler(event, data)

    async def _in_private(self, services: Services, event: Update, user: User, data: dict[str, Any]) -> None:
        if event.my_chat_member is None:
            person = data["person"] = await services.people.meet(user.id, wrote=event.message is not None)
            data["toast"].language = person.language or language_of(user)

    async def _in_group(
        self, services: Services, event: Update, chat: Chat, user: User, data: dict[str, Any]
    ) -> None:  # fmt: skip
        """The service message that somebody has left is hers, and comes behind her going: it seats her no more."""
        desk = data["desk"] = await services.desk_work.desk_of(chat.id)
        goes = event.message is not None and event.message.left_chat_member is not None
        if desk is not None and not user.is_bot and not goes:
            operator = data["operator"] = await services.desk_work.operator(desk, user.id, language_of(user))
            data["toast"].language = operator.language
            await services.shifts.role(desk, operator, data["member"])


class Slash(Command):
    """A command, looked for only in what begins with a slash: nine of them are asked before any words."""

    async def __call__(self, message: Message, bot: Bot) -> bool | dict[str, Any]:
        if not (message.text or message.caption or "").startswith("/"):
            return False
        return await super().__call__(message, bot)


class InPrivate(Filter):
    """Private chats only."""

    async def __call__(self, event: Message | CallbackQuery) -> bool:
        message = event.message if isinstance(event, CallbackQuery) else event
        return message is not None and message.chat.type == PRIVATE


class InGroup(Filter):
    """Groups only."""

    async def __call__(self, event: Message | CallbackQuery) -> bool:
        message = event.message if isinstance(event, CallbackQuery) else event
        return message is not None and message.chat.type in ("group", "supergroup")


class Written(Filter):
    """Somebody wrote or sent it: no service message. Words are words whatever stands beside them."""

    async def __call__(self, message: Message) -> bool:
        return bool(message.text or message.caption) or message.content_type in WRITTEN
