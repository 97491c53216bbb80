"""Bot API calls as JSON over one HTTP session. Only the intake, the sender and the start-up check use it."""

import json
from typing import Any

import aiohttp
import orjson

TIMEOUT = 20.0
"""Seconds that a call may take."""

LONGEST_NUMBER = 1000
"""Digits."""


class ApiError(Exception):
    """Telegram refused. The text is Telegram's and holds nothing of a person."""

    def __init__(self, method: str, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(f"{method}: {code} {description}")
        self.method = method
        self.code = code
        self.description = description
        wait = (parameters or {}).get("retry_after")
        self.retry_after = wait if isinstance(wait, int) else 0
        self.migrate_to = (parameters or {}).get("migrate_to_chat_id")


class Unreachable(Exception):
    """No usable answer. `doubtful`: the call may have had its effect all the same."""

    def __init__(self, method: str, why: str, *, doubtful: bool) -> None:
        super().__init__(f"{method}: {why}")
        self.doubtful = doubtful


def loads(body: bytes) -> Any:
    """JSON as Telegram sends it; half of a surrogate pair becomes a replacement character, and nothing is refused."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _lenient(body)


def _lenient(body: bytes) -> Any:
    """What orjson refuses: half surrogate pairs, and numbers of any length. Raises ValueError for what is no JSON."""
    try:
        text = json.dumps(json.loads(body, parse_int=_number), ensure_ascii=False)
        return json.loads(text.encode("utf-8", "replace").decode())
    except RecursionError as endless:
        raise ValueError("nested too deeply") from endless


def _number(digits: str) -> int:
    """Python refuses integers of thousands of digits; no field of Telegram's has more than 19."""
    return int(digits) if len(digits) < LONGEST_NUMBER else 0


class Api:
    """A bot's account at a Bot API server."""

    def __init__(self, server: str, token: str) -> None:
        self.server = server.rstrip("/")
        self._prefix = f"{self.server}/bot{token}/"
        self._session: aiohttp.ClientSession | None = None

    async def call(self, method: str, params: dict[str, Any] | None = None, timeout: float = TIMEOUT) -> Any:
        """The `result` of a call. Raises ApiError, or Unreachable for anything that is no answer."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers={"Content-Type": "application/json"})
        try:
            async with self._session.post(
                self._prefix + method, data=orjson.dumps(params or {}), timeout=aiohttp.ClientTimeout(total=timeout)
            ) as response:
                answer = loads(await response.read())
        except aiohttp.ClientConnectorError:
            raise Unreachable(method, "no connection", doubtful=False) from None
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as broken:
            raise Unreachable(method, type(broken).__name__, doubtful=True) from None
        if not isinstance(answer, dict):
            raise Unreachable(method, "not an answer", doubtful=True)
        if answer.get("ok") is True and "result" in answer:
            return answer["result"]
        if not isinstance(answer.get("error_code"), int):
            raise Unreachable(method, "an answer without a result", doubtful=True)
        parameters = answer.get("parameters")
        raise ApiError(
            method, answer["error_code"], str(answer.get("description", "")),
            parameters if isinstance(parameters, dict) else None,
        )  # fmt: skip

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
