"""The page over HTTP on this machine: its files, and a WebSocket with what changes one way and orders the other."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from bot.demo.page.hands import Hands, Impossible
from bot.demo.page.view import Parts, parts
from bot.telegram.sandbox import Sandbox

STATIC = Path(__file__).parent / "static"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
FILES = {path.name: path for path in STATIC.iterdir() if path.suffix in KINDS}
PERIOD = 0.04
"""Seconds between two looks at what has changed: a page hears of everything well within a tenth of a second."""
IDLE = 1.0
LARGEST = 12_000_000
"""Bytes of one order: a photo in base64."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp", b"GIF8": "image/gif"}

log = logging.getLogger(__name__)

JSON = dict[str, Any]
More = Callable[[], Parts]
Own = Callable[[JSON], Awaitable[JSON | None]]


class PortTaken(Exception):
    """Nobody can listen there; the text says why."""


class Page:
    """Serves one page at an address with a token, on 127.0.0.1 only.

    `more` adds parts of the owner's, and `own` carries out orders of the owner's: it answers None for those that it
    does not know.
    """

    def __init__(self, sandbox: Sandbox, hands: Hands, more: More, own: Own) -> None:
        self._sandbox = sandbox
        self._hands = hands
        self._more = more
        self._own = own
        self._token = secrets.token_urlsafe(16)
        self._port = 0
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}/{self._token}/"

    async def start(self, port: int = 0) -> None:
        """Listens; port 0 takes a free one. Raises PortTaken."""
        app = web.Application(client_max_size=LARGEST, middlewares=[self._guard])
        app.router.add_get("/{token}/", self._file)
        app.router.add_get("/{token}/live", self._live)
        app.router.add_get("/{token}/file/{id}", self._picture)
        app.router.add_get("/{token}/{name}", self._file)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
        except (OSError, OverflowError) as taken:
            raise PortTaken(f"port {port} cannot be used: {getattr(taken, 'strerror', None) or taken}") from None
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """No token, another name for this machine (DNS rebinding) or another page's WebSocket: nothing is here."""
        known = secrets.compare_digest(request.match_info.get("token", "").encode(), self._token.encode())
        here = {f"127.0.0.1:{self._port}", f"localhost:{self._port}"}
        origin = request.headers.get("Origin", "").removeprefix("http://")
        if not known or request.host not in here or (origin and origin not in here):
            raise web.HTTPNotFound(
                text="Not here. The whole address stands where the demo was started.\n", headers=HEADERS
            )
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """One of the page's own files, by its name; a name that leads elsewhere is none of them."""
        path = FILES.get(request.match_info.get("name", "index.html"))
        if path is None:
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=KINDS[path.suffix], charset="utf-8")

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        """A photo that somebody sent. Nothing else is ever given to a browser."""
        file = self._sandbox.world.files.get(request.match_info["id"])
        kind = next((kind for start, kind in PICTURES.items() if file and file.data.startswith(start)), None)
        if file is None or kind is None:
            raise web.HTTPNotFound
        return web.Response(body=file.data, content_type=kind)

    async def _live(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(max_msg_size=LARGEST, heartbeat=20)
        await socket.prepare(request)
        telling = asyncio.create_task(self._tell(socket))
        orders: set[asyncio.Task[None]] = set()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    task = asyncio.create_task(self._obey(socket, message.data))
                    orders.add(task)
                    task.add_done_callback(orders.discard)
        finally:
            for task in (telling, *orders):
                task.cancel()
            await asyncio.gather(telling, *orders, return_exceptions=True)
        return socket

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        """All parts at first, and then those that have changed."""
        told: dict[str, bytes] = {}
        with contextlib.suppress(ConnectionError):
            while not socket.closed:
                beat = asyncio.create_task(self._sandbox.world.pulse.wait(IDLE))
                await asyncio.sleep(0)  # from now on nothing that changes is missed
                try:
                    told = await self._told(socket, told)
                    await asyncio.sleep(PERIOD)
                    await beat
                finally:
                    beat.cancel()

    async def _told(self, socket: web.WebSocketResponse, told: dict[str, bytes]) -> dict[str, bytes]:
        """The parts as they are now; sends those that are not as they were told."""
        now = {name: orjson.dumps(part) for name, part in (parts(self._sandbox) | self._more()).items()}
        fresh = [name for name, part in now.items() if told.get(name) != part]
        gone = [name for name in told if name not in now]
        if fresh or gone:
            body = b",".join(orjson.dumps(name) + b":" + now[name] for name in fresh)
            head = b'{"time":%d,"gone":%s,"parts":{' % (self._sandbox.clock.time() * 1000, orjson.dumps(gone))
            await socket.send_str((head + body + b"}}").decode())
        return now

    async def _obey(self, socket: web.WebSocketResponse, text: str) -> None:
        """An order, and its answer under the number that the page gave it."""
        answer: JSON
        number = None
        try:
            order = orjson.loads(text)
            number = order.get("number")
            done = await self._own(order)
            answer = {"done": await self._hands.carry_out(order) if done is None else done}
        except Impossible as wrong:
            answer = {"impossible": str(wrong)}
        except (orjson.JSONDecodeError, AttributeError):
            answer = {"impossible": "no order"}
        except Exception as broken:
            log.exception("an order that broke the page")
            answer = {"impossible": type(broken).__name__}
        with contextlib.suppress(ConnectionError):
            await socket.send_str(orjson.dumps({"answer": number, **answer}).decode())
