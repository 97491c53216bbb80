"""At the start: what BotFather must have switched off, and the words that Telegram shows by itself."""

import logging
from typing import Any

from bot.telegram.api import Api
from locales import LANGUAGES, Catalog, Language

log = logging.getLogger(__name__)

DANGEROUS = {
    "supports_inline_queries": "inline mode: /setinline, then Disable",
    "supports_guest_queries": "guest mode: Bot Settings, Guest Mode, Disable",
    "can_connect_to_business": "business mode: Bot Settings, Business Mode, Turn off",
    "has_main_web_app": "the main web app: Bot Settings, Configure Mini App, Disable",
    "has_topics_enabled": "topics in private chats: Bot Settings, Threaded Mode, Disable",
}
"""getMe flags that must be off, and where in @BotFather: each shows who writes, or takes words past the inbox."""

PRIVATE_COMMANDS = ("start", "til", "del", "forget", "help")
GROUP_COMMANDS = (
    "help", "t", "del", "shift", "my", "case", "plan", "hours", "ladder", "canned", "practice", "media", "said", "keep",
    "check", "bind",
)  # fmt: skip
UNLISTED = ("lang", "sos", "my", "desks", "invite", "coordinator", "check")
"""Commands in private chats that no menu shows."""


class WrongBotSettings(Exception):
    """The bot's account is set up in a way that would betray people; the text says what to switch off where."""


def check(me: dict[str, Any]) -> None:
    """Raises WrongBotSettings for a getMe answer with a dangerous flag."""
    wrong = [where for flag, where in DANGEROUS.items() if me.get(flag)]
    if wrong:
        raise WrongBotSettings("switch off in @BotFather: " + "; ".join(wrong))


class Setup:
    """Commands, description and short description, per language; set only where they differ."""

    def __init__(self, api: Api, catalog: Catalog, name: str) -> None:
        self._api = api
        self._catalog = catalog
        self._name = name

    async def run(self) -> None:
        """Raises ApiError or Unreachable."""
        info = await self._api.call("getWebhookInfo")
        if info.get("url"):
            await self._api.call("deleteWebhook", {})  # updates that wait stay: they may be cries for help
        for code in ("", *LANGUAGES):
            language: Language = next((known for known in LANGUAGES if known == code), "ru")
            where = {"language_code": code} if code else {}
            await self._set("Name", "name", self._name, where)
            await self._set("Description", "description", self._catalog.text("bot.description", language), where)
            short = self._catalog.text("bot.short_description", language)
            await self._set("ShortDescription", "short_description", short, where)
            for scope, names in (("all_private_chats", PRIVATE_COMMANDS), ("all_group_chats", GROUP_COMMANDS)):
                commands = [
                    {"command": name, "description": self._catalog.text(f"command.{name}", language)} for name in names
                ]
                await self._set("Commands", "commands", commands, {**where, "scope": {"type": scope}})

    async def _set(self, what: str, field: str, wanted: Any, where: dict[str, Any]) -> None:
        known = await self._api.call(f"getMy{what}", where)
        if (known if what == "Commands" else known.get(field)) != wanted:
            await self._api.call(f"setMy{what}", {**where, field: wanted})
            log.info("set %s", field)
