"""The sandbox itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .callout import DEFAULT_CALLOUT_SECRET, Callout, CalloutGateway
from .clock import SandboxClock, monotonic
from .errors import JSON
from .faults import Faults
from .group import Group
from .journal import Journal
from .limits import Limits
from .phone import Phone
from .server import Server
from .world import Chat, Person, World

DEFAULT_TOKEN = "7000000001:AAHsandbox-sandbox-sandbox-sandbox0"
NO_FLAGS: Mapping[str, bool] = MappingProxyType({})
FLAGS: Mapping[str, bool] = MappingProxyType(
    {
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_guest_queries": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }
)
"""What getMe says unless told otherwise."""

LOOK = 0.05
"""Real seconds between two looks whether the bot is quiet."""


class Sandbox:
    """A Telegram with one bot, some people and some groups, spoken to over HTTP on 127.0.0.1."""

    def __init__(
        self,
        *,
        token: str = DEFAULT_TOKEN,
        username: str = "senim_bot",
        name: str = "Senim",
        limits: bool = True,
        bot_flags: Mapping[str, bool] = NO_FLAGS,
        callout_secret: str = DEFAULT_CALLOUT_SECRET,
    ) -> None:
        self.token = token
        self.url = ""
        self.clock = SandboxClock()
        self.faults = Faults()
        bot: JSON = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": name, "username": username}
        self.world = World(bot, self.clock, {**FLAGS, **bot_flags})
        self.limits = Limits(self.clock, limits)
        self.gateway = CalloutGateway(self.clock, callout_secret)
        self.server = Server(self.world, token, self.limits, self.faults, self.gateway)
        self.clock.moved = self.faults.changed = self.world.pulse.beat

    @property
    def journal(self) -> Journal:
        return self.world.journal

    @property
    def callouts(self) -> list[Callout]:
        """Every POST to /callout, in order."""
        return self.gateway.calls

    @property
    def callout_url(self) -> str:
        """Where somebody outside Telegram is called."""
        return f"{self.url}/callout"

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one. ``url`` holds from now on."""
        self.url = f"http://127.0.0.1:{await self.server.start(port)}"

    async def stop(self) -> None:
        """Cut every connection and stop listening. May be called again, and ``start`` after it."""
        await self.server.stop()

    async def __aenter__(self) -> Sandbox:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def person(
        self,
        first_name: str = "Aisha",
        *,
        last_name: str | None = None,
        username: str | None = None,
        language_code: str | None = "ru",
        id: int | None = None,
        is_bot: bool = False,
    ) -> Phone:
        """Somebody with Telegram. ``is_bot`` makes another bot, to be added to groups."""
        user_id = self.world.new_user_id() if id is None else id
        assert user_id not in {*self.world.people, self.world.bot_id}, "two accounts with one id"
        user: JSON = {"id": user_id, "is_bot": is_bot, "first_name": first_name}
        optional = {"last_name": last_name, "username": username, "language_code": language_code}
        user.update({key: value for key, value in optional.items() if value is not None})
        person = self.world.people[user_id] = Person(user)
        return Phone(self.world, person)

    def forum(
        self,
        title: str,
        *,
        owner: Phone,
        topics: bool = True,
        username: str | None = None,
        linked_chat_id: int | None = None,
        id: int | None = None,
    ) -> Group:
        """A supergroup with this owner; without the bot, see :meth:`Group.add_bot`."""
        group_id = self.world.new_group_id() if id is None else id
        chat = Chat(group_id, "supergroup", title, username, topics, linked_chat_id, members={owner.id: "creator"})
        chat.last_id = 1  # General's id is 1
        self.world.groups[group_id] = chat
        return Group(self.world, chat, owner)

    def push(self, update: JSON) -> int:
        """Queue any JSON object as an update, whatever kinds the bot asked for; its id, made up when there is none."""
        return self.world.updates.push(update)

    async def idle(self, quiet: float = 0.3, timeout: float = 30) -> None:
        """Wait until every update is acknowledged and the bot has made no call but getUpdates for ``quiet`` seconds.

        Time in which the event loop stood still does not count: a bot in the same loop could make no call.
        AssertionError after ``timeout`` real seconds.
        """
        world, begun = self.world, monotonic()
        since = begun
        while True:
            now = monotonic()
            busy = bool(world.updates.pending or self.server.in_flight)
            since = max(since, self.server.active_at)
            left = since + quiet - now
            if not busy and left <= 0:
                return
            assert now - begun < timeout, (
                f"not idle after {timeout} s: {world.updates.pending} updates not acknowledged, "
                f"{self.server.in_flight} calls under way"
            )
            look = min(timeout + begun - now, timeout if busy else min(left, LOOK))
            await world.pulse.wait(look)
            since += max(0.0, monotonic() - now - look)
