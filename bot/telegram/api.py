"""Bot API calls as JSON over one HTTP session. Only the intake, the sender and the start-up check use it."""

import io
import json
import os
import re
from typing import Any, Protocol
from urllib.parse import quote

import aiohttp
import orjson

TIMEOUT = 20.0
"""Seconds that a call may take."""

UPLOAD = 60.0
"""Seconds that a call with a file may take."""

JSON = {"Content-Type": "application/json"}

LONGEST_NUMBER = 1000
"""Digits."""

_UPDATES = re.compile(rb'\s*(?:\xef\xbb\xbf)?\s*\{\s*"ok"\s*:\s*true\s*,\s*"result"\s*:\s*\[(.*)\]\s*\}\s*', re.DOTALL)
"""An answer with a list, whole from its first byte to its last, whatever stands inside. No error page looks so."""


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
        self.why = why
        self.doubtful = doubtful


class TooLarge(Exception):
    """A file has more bytes than were asked for."""


class File(Protocol):
    """A file that goes with a call: the parameter for it, a name, a type, and its bytes."""

    @property
    def field(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def data(self) -> bytes: ...


def loads(body: bytes) -> Any:
    """JSON as Telegram sends it, and as nobody should: what is no letter becomes a replacement character.

    Raises ValueError for what is no JSON whatever one overlooks.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _lenient(body)


def _lenient(body: bytes) -> Any:
    """What orjson refuses: bytes that are no UTF-8, half surrogate pairs, control characters, numbers of any length."""
    try:
        value = json.loads(body.decode("utf-8-sig", "replace"), parse_int=_number, strict=False)
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode())
    except RecursionError as endless:
        raise ValueError("nested too deeply") from endless


def _number(digits: str) -> int:
    """Python refuses integers of thousands of digits; no field of Telegram's has more than 19."""
    return int(digits) if len(digits) < LONGEST_NUMBER else 0


def _unconnected(broken: aiohttp.ClientConnectorError) -> str:
    """What kept a connection from being made. The error's own text names addresses."""
    if isinstance(broken, aiohttp.ClientConnectorDNSError):
        return "name not found"
    if isinstance(broken, aiohttp.ClientSSLError):
        return "no TLS with it that can be trusted"
    return os.strerror(broken.errno).lower() if broken.errno else "no connection"


def _form(params: dict[str, Any], upload: File) -> aiohttp.FormData:
    """A call with a file: what is no text stands as JSON beside it. aiohttp reads a stream bit by bit, so that a large
    file holds up nobody."""
    form = aiohttp.FormData()
    for name, value in params.items():
        form.add_field(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    form.add_field(upload.field, io.BytesIO(upload.data), filename=upload.name, content_type=upload.mime)
    return form


class Api:
    """A bot's account at a Bot API server."""

    def __init__(self, server: str, token: str) -> None:
        self.server = server.rstrip("/")
        self._prefix = f"{self.server}/bot{token}/"
        self._files = f"{self.server}/file/bot{token}/"
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, params: dict[str, Any] | None = None, timeout: float = TIMEOUT, *, upload: File | None = None
    ) -> Any:  # fmt: skip
        """The `result` of a call. Raises ApiError, or Unreachable for anything that is no answer."""
        if upload is not None:
            return self._result(method, await self._asked(method, _form(params or {}, upload), UPLOAD))
        return self._result(method, await self._body(method, params, timeout))

    async def download(self, path: str, most: int, timeout: float) -> bytes:
        """A file by the path that getFile gave. Raises TooLarge beyond so many bytes, else as `call` does."""
        found = bytearray()
        try:
            async with self._open().get(
                self._files + quote(path), timeout=aiohttp.ClientTimeout(total=timeout), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise ApiError("download", response.status, "a file that does not come")
                async for chunk in response.content.iter_chunked(65536):
                    found += chunk
                    if len(found) > most:
                        raise TooLarge
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as broken:
            raise Unreachable("download", type(broken).__name__, doubtful=False) from None
        return bytes(found)

    async def updates(self, params: dict[str, Any], timeout: float) -> bytes:
        """What stands between the brackets of getUpdates' list, unread: one broken update must not cost the others.

        Raises as `call` does; what does not begin and end like a list of updates is no answer.
        """
        body = await self._body("getUpdates", params, timeout)
        found = _UPDATES.fullmatch(body)
        if found:
            return bytes(found[1])
        result = self._result("getUpdates", body)
        if not isinstance(result, list):
            raise Unreachable("getUpdates", "not a list", doubtful=False)
        return json.dumps(result).encode()[1:-1]

    async def _body(self, method: str, params: dict[str, Any] | None, timeout: float) -> bytes:
        return await self._asked(method, orjson.dumps(params or {}), timeout)

    async def _asked(self, method: str, data: bytes | aiohttp.FormData, timeout: float) -> bytes:
        try:
            async with self._open().post(
                self._prefix + method, data=data, headers=JSON if isinstance(data, bytes) else None,
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as response:  # fmt: skip
                return await response.read()
        except aiohttp.ClientConnectorError as broken:
            raise Unreachable(method, _unconnected(broken), doubtful=False) from None
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as broken:
            raise Unreachable(method, type(broken).__name__, doubtful=True) from None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _result(self, method: str, body: bytes) -> Any:
        try:
            answer = loads(body)
        except ValueError:
            raise Unreachable(method, "an answer that is no JSON", doubtful=True) from None
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
