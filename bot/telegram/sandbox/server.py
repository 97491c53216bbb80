"""The Bot API over HTTP."""

from __future__ import annotations

import asyncio
import logging

import orjson
from aiogram.methods import GetUpdates
from aiohttp import web

from . import params
from .callout import CalloutGateway
from .clock import monotonic
from .errors import JSON, Refused
from .faults import Fault, Faults
from .journal import Call, as_chat_id
from .limits import Limits
from .methods import KNOWN, METHODS
from .remote import serve_remote
from .world import World

LONGEST_POLL = 50
"""Seconds: telegram-bot-api's LONG_POLL_MAX_TIMEOUT."""
CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>nginx/1.18.0</center>\r\n</body>\r\n</html>\r\n"
)

log = logging.getLogger(__name__)


class Cut(Exception):
    """The connection ends here without an answer."""


class Server:
    """Takes requests, lets faults and limits speak first, and plays the methods."""

    def __init__(self, world: World, token: str, limits: Limits, faults: Faults, gateway: CalloutGateway) -> None:
        self.world = world
        self.token = token
        self.limits = limits
        self.faults = faults
        self.gateway = gateway
        self.in_flight = 0
        self.polls = 0
        """Calls of getUpdates that wait now."""
        self.unauthorized = 0
        """Calls that were refused because of the token in their address, so far."""
        self.polled_at = 0.0
        self.active_at = monotonic()
        """When the bot last called something other than getUpdates, or acknowledged something."""
        self.stopping = False
        self._poll = 0
        self._runner: web.ServerRunner | None = None

    def heard(self, seconds: float) -> bool:
        """Whether the bot listens, or has listened until so long ago: between two polls it stores what it got."""
        return bool(self.polls) or monotonic() - self.polled_at < seconds

    async def start(self, port: int) -> int:
        """Listen on 127.0.0.1 and return the port."""
        self.stopping = False
        server = web.Server(self.handle, access_log=None, max_field_size=65536)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        address: tuple[str, int] = self._runner.addresses[0]
        return address[1]

    async def stop(self) -> None:
        self.stopping = True
        self.world.pulse.beat()
        runner, self._runner = self._runner, None
        if runner is not None:
            await asyncio.sleep(0)
            await runner.cleanup()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One HTTP request."""
        try:
            if request.path.startswith("/bot"):
                token, _, method = request.path.removeprefix("/bot").partition("/")
                return await self.bot_api(request, token, method)
            if request.path.startswith("/file/bot"):
                token, _, path = request.path.removeprefix("/file/bot").partition("/")
                return self.download(token, path)
            if (request.method, request.path) == ("POST", "/callout"):
                return await self.called_outside(request)
            return await serve_remote(request, self.world, self.faults)
        except Refused as refused:
            return answer(refused.answer(), refused.code)
        except Cut:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)

    def download(self, token: str, path: str) -> web.Response:
        """A file by the path that getFile gave."""
        if self.faults.is_down:
            raise Cut
        file = self.world.files.at(path)
        if token != self.token or file is None:
            return answer({"ok": False, "error_code": 404, "description": "Not Found"}, 404)
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def called_outside(self, request: web.BaseRequest) -> web.Response:
        """A call to the gateway outside of Telegram, which is there while Telegram is down."""
        callout = self.gateway.record(request.headers, await request.read())
        fault = self.faults.take("callout", None)
        if fault is not None:
            spoiled = await self.spoil(fault, None)
            if spoiled is not None:
                return spoiled
        accepted = self.gateway.accept(callout)
        if fault is not None and fault.kind == "cut_after":
            raise Cut
        return answer(accepted)

    async def bot_api(self, request: web.BaseRequest, token: str, method: str) -> web.Response:
        if self.faults.is_down:
            raise Cut
        if token != self.token:
            self.unauthorized += 1
            raise Refused(401, "Unauthorized")
        name = method.lower()
        if name == "getupdates":
            return await self.get_updates(request)
        self.in_flight += 1
        try:
            return await self.called(request, name)
        finally:
            self.in_flight -= 1
            self.active_at = monotonic()
            self.world.pulse.beat()

    async def called(self, request: web.BaseRequest, name: str) -> web.Response:
        """A method other than getUpdates: its record, then faults, limits, rules."""
        played = METHODS.get(name)
        if played is None:
            known = " (the sandbox does not play it)" if name in KNOWN else ""
            raise Refused(404, f"Not Found: method not found{known}")
        raw, uploads = await params.read(request)
        files = [(file.filename or "", file.data) for file in uploads.values()]
        call = self.world.journal.call(played.cls.__api_method__, raw, files)
        try:
            call.params = params.decode(played.cls, raw)
            fault = self.faults.take(call.method, call.chat_id)
            if fault is not None:
                spoiled = await self.spoil(fault, call)
                if spoiled is not None:
                    return spoiled
            parsed = params.parse(played.cls, call.params, uploads)
            self.limits.check(name, as_chat_id(getattr(parsed, "chat_id", None)))
            call.result = played.play(self.world, parsed)
            call.ok = True
        except Refused as refused:
            call.error_code, call.description = refused.code, refused.description
            return answer(refused.answer(), refused.code)
        except Cut:
            raise
        except Exception:
            log.exception("the sandbox failed in %s", call.method)
            call.error_code, call.description = 500, "Internal Server Error: sandbox"
            return answer({"ok": False, "error_code": 500, "description": call.description}, 500)
        if fault is not None and fault.kind == "cut_after":
            call.answered = False
            raise Cut
        return answer({"ok": True, "result": call.result})

    async def spoil(self, fault: Fault, call: Call | None) -> web.Response | None:
        """What the fault answers in the call's place; None when the call goes on."""
        if fault.kind == "hang":
            await self.sleep(fault.seconds)
            if self.faults.is_down or self.stopping:
                raise Cut
        if fault.kind in ("hang", "cut_after"):
            return None
        if call is not None:
            call.answered = fault.kind == "fail"
            call.description = fault.description or fault.kind
        if fault.kind == "cut_before":
            raise Cut
        if fault.kind == "server_error":
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        if fault.kind == "garbage":
            return web.Response(text="<!doctype html><p>It works!", content_type="text/html")
        if fault.kind == "no_result":
            return answer({"ok": True})
        if fault.kind == "empty_result":
            return answer({"ok": True, "result": {}})
        raise Refused(fault.code, fault.description, fault.parameters)

    async def sleep(self, seconds: float) -> None:
        """Real seconds, cut short when everything is stopped or cut."""
        deadline = monotonic() + seconds
        while not (self.stopping or self.faults.is_down) and (left := deadline - monotonic()) > 0:
            await self.world.pulse.wait(left)

    async def get_updates(self, request: web.BaseRequest) -> web.Response:
        """Long polling; a newer poll ends an older one with 409."""
        raw, _ = await params.read(request)
        fault = self.faults.take("getUpdates", None)
        if fault is not None:
            spoiled = await self.spoil(fault, None)
            if spoiled is not None:
                return spoiled
        poll = params.parse(GetUpdates, params.decode(GetUpdates, raw), {})
        assert isinstance(poll, GetUpdates)
        self.polls += 1
        try:
            body = await self.poll(poll, raw)
        finally:
            self.polls -= 1
            self.polled_at = monotonic()
            self.world.pulse.beat()
        if fault is not None and fault.kind == "cut_after":
            raise Cut
        return web.Response(body=body, content_type="application/json")

    async def poll(self, poll: GetUpdates, raw: JSON) -> bytes:
        """The answer's body, as soon as there is something or the time is over."""
        updates = self.world.updates
        self.refuse_beside_webhook()
        self._poll += 1
        mine = self._poll
        self.world.pulse.beat()
        if poll.allowed_updates is not None:
            updates.allow(poll.allowed_updates)
        if poll.offset:
            before = updates.pending
            updates.confirm(poll.offset)
            if updates.pending != before:
                self.active_at = monotonic()
        limit = poll.limit if poll.limit is not None and 1 <= poll.limit <= 100 else 100
        deadline = monotonic() + min(max(poll.timeout or 0, 0), LONGEST_POLL)
        while not (waiting := updates.first(limit)) and (left := deadline - monotonic()) > 0:
            await self.world.pulse.wait(left)
            if self.stopping or self.faults.is_down:
                raise Cut
            if self._poll != mine:
                raise Refused(409, CONFLICT)
            self.refuse_beside_webhook()
        self.note_poll(raw, [update.update_id for update in waiting])
        return b'{"ok":true,"result":[' + b",".join(update.raw for update in waiting) + b"]}"

    def refuse_beside_webhook(self) -> None:
        if self.world.settings.get(("webhook", "url")):
            raise Refused(409, WEBHOOK_ACTIVE)

    def note_poll(self, raw: JSON, ids: list[int]) -> None:
        """Polls that brought something stand in the journal, with the ids they brought."""
        if ids:
            call = self.world.journal.call("getUpdates", raw, [])
            call.ok, call.result = True, ids


def answer(body: JSON, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body), content_type="application/json")
