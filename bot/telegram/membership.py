"""Membership is the role: what Telegram says of somebody who taps a button in a forum, kept for 60 seconds."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from bot.domain.desks import Member
from bot.telegram.api import Api, ApiError, Unreachable
from bot.telegram.failures import origin

log = logging.getLogger(__name__)

KEPT = 60.0
"""Seconds that an answer counts (DESIGN.md 4)."""

UNKNOWN_KEPT = 2.0
"""Seconds before Telegram is asked again after it did not answer."""

PATIENCE = 3.0
"""Seconds to wait for the answer: an operator is waiting for her tap."""

MEMBERS = {
    "creator": Member.SUPERVISOR,
    "administrator": Member.SUPERVISOR,
    "member": Member.OPERATOR,
    "restricted": Member.OPERATOR,
}


def member_in(answer: Any) -> Member:
    """What a result of getChatMember says. Bots are no operators."""
    if not isinstance(answer, dict):
        return Member.STRANGER
    user = answer.get("user")
    gone = answer.get("status") == "restricted" and not answer.get("is_member")
    if gone or (isinstance(user, dict) and user.get("is_bot")):
        return Member.STRANGER
    return MEMBERS.get(str(answer.get("status")), Member.STRANGER)


class Membership:
    """Asks outside of any transaction; a tap waits in its lane until the answer is here."""

    def __init__(self, api: Api, monotonic: Callable[[], float], answered: Callable[[], None]) -> None:
        self._api = api
        self._monotonic = monotonic
        self._answered = answered
        self._known: dict[tuple[int, int], tuple[float, Member]] = {}
        self._asking: dict[tuple[int, int], asyncio.Task[None]] = {}

    def of(self, who: tuple[int, int]) -> Member | None:
        """What is known of (chat, user); None means: asked now, come back when `answered` is called."""
        until, member = self._known.get(who, (0.0, Member.UNKNOWN))
        if until > self._monotonic():
            return member
        if who not in self._asking:
            self._asking[who] = asyncio.create_task(self._ask(who))
        return None

    def forget(self, chat_id: int, user_id: int) -> None:
        """Somebody's membership has changed."""
        self._known.pop((chat_id, user_id), None)

    async def _ask(self, who: tuple[int, int]) -> None:
        try:
            params = {"chat_id": who[0], "user_id": who[1]}
            answer = await self._api.call("getChatMember", params, timeout=PATIENCE)
            member, kept = member_in(answer), KEPT
        except ApiError as refused:
            if refused.code == 403 or "chat not found" in refused.description:
                member, kept = Member.LOST, UNKNOWN_KEPT
            elif refused.code == 400 and refused.migrate_to is None:
                member, kept = Member.STRANGER, KEPT
            else:
                member, kept = Member.UNKNOWN, UNKNOWN_KEPT
        except Exception as broken:
            log.warning("membership: %s", "no answer" if isinstance(broken, Unreachable) else origin(broken))
            member, kept = Member.UNKNOWN, UNKNOWN_KEPT
        self._known[who] = (self._monotonic() + kept, member)
        del self._asking[who]
        self._answered()
