"""Who is called outside Telegram: the gateway's side of docs/callout.md, as strict as one should be."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from .clock import SandboxClock
from .errors import JSON, Refused

DEFAULT_CALLOUT_SECRET = "sandbox-callout-secret"
FRESH = 300
"""Seconds that a signature is good for, before and after its timestamp."""


@dataclass(slots=True)
class Callout:
    """One POST to /callout, whatever came of it; `id` and what comes after it up to `waiting` are empty when
    it could not be read."""

    at: datetime
    body: bytes
    headers: Mapping[str, str]
    """Names are in small letters."""
    id: str = ""
    case: str = ""
    region: str = ""
    rung: str = ""
    waiting: int = 0
    """Seconds that the case had waited when the call was decided on."""
    accepted: bool = False
    repeat: bool = False
    """Accepted before, under the same id: nobody is called a second time."""


class CalloutGateway:
    """Takes calls, checks who signed them and when, and keeps a record."""

    def __init__(self, clock: SandboxClock, secret: str) -> None:
        self.secret = secret
        self.calls: list[Callout] = []
        self._clock = clock

    def record(self, headers: Mapping[str, str], body: bytes) -> Callout:
        """The record of a POST that has come in; nothing is accepted yet."""
        named = {name.lower(): value for name, value in headers.items()}
        callout = Callout(self._clock.now(), body, named)
        told = _read(body)
        callout.id, callout.case, callout.region, callout.rung = (
            str(told.get(name, "")) for name in ("id", "case", "region", "rung")
        )
        waiting = told.get("waiting_seconds")
        callout.waiting = waiting if isinstance(waiting, int) else 0
        self.calls.append(callout)
        return callout

    def accept(self, callout: Callout) -> JSON:
        """Somebody is called, once for each id. Raises Refused: 401 for a wrong or old signature, 400 for no call."""
        timestamp = callout.headers.get("x-senim-timestamp", "")
        signed = hmac.new(self.secret.encode(), timestamp.encode() + b"." + callout.body, hashlib.sha256)
        expected = f"sha256={signed.hexdigest()}".encode()
        if not hmac.compare_digest(expected, callout.headers.get("x-senim-signature", "").encode()):
            raise Refused(401, "Unauthorized: signature")
        if not (timestamp.isascii() and timestamp.isdigit() and abs(self._clock.time() - int(timestamp)) <= FRESH):
            raise Refused(401, "Unauthorized: timestamp")
        if not callout.id or callout.headers.get("idempotency-key") != callout.id:
            raise Refused(400, "Bad Request: id")
        callout.repeat = any(call.accepted and call.id == callout.id for call in self.calls)
        callout.accepted = True
        return {"ok": True, "repeat": callout.repeat}


def _read(body: bytes) -> JSON:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
