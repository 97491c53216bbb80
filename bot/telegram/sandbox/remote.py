"""What other processes may ask of a running sandbox: its clock, its faults, its journal."""

from __future__ import annotations

import orjson
from aiohttp import web

from .errors import JSON, Refused
from .faults import Fault, Faults
from .params import parse_body
from .world import World

LONGEST = 20.0
"""Seconds for which ``GET /clock?besides=`` waits."""


async def serve_remote(request: web.BaseRequest, world: World, faults: Faults) -> web.Response:
    """``GET /clock``, ``POST /clock {"move": s}``, ``POST /faults``, ``GET /journal``; all else is 404. With
    ``besides=OFFSET`` the clock is told as soon as it is another one, or after ``LONGEST``."""
    asked = (request.method, request.path)
    if asked == ("GET", "/clock"):
        if "besides" in request.query:
            besides = float(request.query["besides"])
            await world.pulse.until(lambda: world.clock.offset != besides or None, LONGEST)
        return reply({"offset": world.clock.offset})
    if asked == ("POST", "/clock"):
        world.clock.move(float(parse_body(await request.read())["move"]))
        return reply({"offset": world.clock.offset})
    if asked == ("POST", "/faults"):
        switch(faults, parse_body(await request.read()))
        return reply({"ok": True, "waiting": len(faults.waiting), "down": faults.is_down})
    if asked == ("GET", "/journal"):
        return web.Response(body=world.journal.as_json(), content_type="application/json")
    raise Refused(404, "Not Found")


def switch(faults: Faults, order: JSON) -> None:
    """``{"clear": true}``, ``{"down": bool}`` or the fields of a Fault: ``{"kind": "fail", "code": 400, ...}``."""
    if order.pop("clear", False):
        faults.clear()
    if "down" in order:
        faults.down(bool(order.pop("down")))
    if order:
        try:
            faults.add(Fault(**order))
        except (TypeError, ValueError) as error:
            raise Refused(400, f"Bad Request: {error}") from None


def reply(body: JSON) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json")
