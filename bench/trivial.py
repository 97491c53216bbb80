"""The least that a client of the sandbox can do, for the sandbox's own ceiling: ten open sockets and ready bytes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import orjson

SOCKETS = 10


class Line:
    """One connection, kept open."""

    def __init__(self, server: str, token: str) -> None:
        address = urlsplit(server)
        self._place = (address.hostname, address.port)
        self._path = f"/bot{token}/"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, params: dict[str, Any]) -> bytes:
        """The body of the answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._place)
        reader, writer = self._streams
        body = orjson.dumps(params)
        head = f"POST {self._path}{method} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = answer.partition(b"content-length:")[2].split(b"\r", 1)[0]
        return await reader.readexactly(int(length))


async def updates(line: Line) -> AsyncIterator[dict[str, Any]]:
    offset = 0
    while True:
        body = await line.call("getUpdates", {"timeout": 25, "offset": offset, "allowed_updates": ["message"]})
        for update in orjson.loads(body)["result"]:
            offset = update["update_id"] + 1
            yield update


async def main(server: str, token: str) -> None:
    queues = [asyncio.Queue[dict[str, Any]]() for _ in range(SOCKETS)]

    async def answer(waiting: asyncio.Queue[dict[str, Any]]) -> None:
        line = Line(server, token)
        while True:
            await line.call("sendMessage", await waiting.get())

    answering = [asyncio.create_task(answer(waiting)) for waiting in queues]
    async for update in updates(Line(server, token)):
        message = update["message"]
        chat = message["chat"]["id"]
        queues[chat % SOCKETS].put_nowait({"chat_id": chat, "text": message["text"]})
    await asyncio.gather(*answering)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
