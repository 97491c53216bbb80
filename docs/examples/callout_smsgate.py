"""Takes Senim's calls (docs/callout.md) and sends each as a text message through SMSGate, an Android telephone.

SMSGate ("SMS Gateway for Android", https://github.com/capcom6/android-sms-gateway) is open source; its Local Server
mode serves HTTP in the network of the telephone, without anybody's cloud. Python 3.11 and nothing else. From the
environment:

    CALLOUT_SECRET     the same as SENIM_CALLOUT_SECRET
    CALLOUT_NUMBERS    who is called: +77010000000,+77020000000
    CALLOUT_STORE      a file that remembers which calls were made: /var/lib/callout/calls.db
    CALLOUT_PORT       where Senim finds this, on 127.0.0.1; 8720 when it is not set
    SMSGATE_URL        http://192.168.1.20:8080, as the app shows it under Local Server
    SMSGATE_USER       the username there
    SMSGATE_PASSWORD   the password there
"""

import base64
import hashlib
import hmac
import json
import os
import re
import sqlite3
import sys
import threading
import time
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

FRESH = 300
"""Seconds that a signature is good for."""
LARGEST = 4096
"""Bytes; a call has less than 200."""
PATIENCE = 4
"""Seconds that the telephone gets for its answer; Senim waits for 5."""
TTL = 3600
"""Seconds after which a message that could not be sent is of no use any more."""
KEPT = 30 * 24 * 3600
"""Seconds that a call is remembered."""


class NoRedirect(HTTPRedirectHandler):
    """Name and password of the telephone go to the telephone only."""

    def redirect_request(self, *_: object) -> None:
        return None


class Calls:
    """Which calls were made, over a restart too."""

    def __init__(self, path: str) -> None:
        self.one_by_one = threading.Lock()
        self._store = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._store.execute("CREATE TABLE IF NOT EXISTS made (id TEXT PRIMARY KEY, at INTEGER NOT NULL)")

    def made(self, call: str) -> bool:
        return bool(self._store.execute("SELECT 1 FROM made WHERE id = ?", (call,)).fetchone())

    def remember(self, call: str, now: int) -> None:
        self._store.execute("INSERT OR IGNORE INTO made VALUES (?, ?)", (call, now))
        self._store.execute("DELETE FROM made WHERE at < ?", (now - KEPT,))


class Phone:
    """SMSGate's Local Server: POST /message with basic authentication, 202 when the message is in its queue.

    A message whose id it knows already is not sent again. Priorities from 100 on pass its own limits and pauses.
    """

    def __init__(self, url: str, user: str, password: str, numbers: list[str]) -> None:
        self._url = f"{url.rstrip('/')}/message"
        self._login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._numbers = numbers
        self._opener = build_opener(NoRedirect, ProxyHandler({}))

    def take(self, call: str, text: str) -> bool:
        """Whether the telephone has taken it."""
        message = {
            "id": call, "textMessage": {"text": text}, "phoneNumbers": self._numbers, "priority": 100, "ttl": TTL,
        }  # fmt: skip
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {self._login}"}
        request = Request(self._url, json.dumps(message).encode(), headers, method="POST")
        try:
            with self._opener.open(request, timeout=PATIENCE) as answered:
                return 200 <= int(answered.status) < 300
        except (URLError, HTTPException, OSError) as trouble:
            print("the telephone:", getattr(trouble, "code", type(trouble).__name__), file=sys.stderr, flush=True)
            return False


def genuine(secret: str, timestamp: str, signature: str, body: bytes, now: float) -> bool:
    """Whether it is signed with our secret, and lately."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={signed}".encode(), signature.encode()):
        return False
    return timestamp.isdecimal() and abs(now - int(timestamp)) <= FRESH


class Handler(BaseHTTPRequestHandler):
    """One POST from Senim: 200 when the telephone has it, now or before; anything else is tried again."""

    secret: str
    calls: Calls
    phone: Phone
    timeout = 10

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isdecimal() and int(length) <= LARGEST):
            self.say(400)
            return
        body = self.rfile.read(int(length))
        named = self.headers.get
        if not genuine(
            self.secret, named("X-Senim-Timestamp", ""), named("X-Senim-Signature", ""), body, time.time()
        ):  # fmt: skip
            self.say(401)
            return
        try:
            told = json.loads(body)
            call, minutes = str(told["id"]), int(told["waiting_seconds"]) // 60
            text = f"Senim: {told['case']}, {told['region']}, {minutes} min. Telegram!"
        except (ValueError, KeyError, TypeError):
            self.say(400)
            return
        self.say(200 if self.taken(call, text) else 502)

    def taken(self, call: str, text: str) -> bool:
        with self.calls.one_by_one:
            if self.calls.made(call):
                return True
            if not self.phone.take(call, text):
                return False
            self.calls.remember(call, int(time.time()))
            return True

    def say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        print(format % args, file=sys.stderr, flush=True)


def main() -> None:
    needed = ("CALLOUT_SECRET", "CALLOUT_NUMBERS", "CALLOUT_STORE", "SMSGATE_URL", "SMSGATE_USER", "SMSGATE_PASSWORD")
    missing = [name for name in needed if not os.environ.get(name)]
    if missing:
        sys.exit(f"{missing[0]} is not set.")
    secret, numbers, store, url, user, password = (os.environ[name] for name in needed)
    to = [number.strip() for number in numbers.split(",") if number.strip()]
    if not to or not all(re.fullmatch(r"\+[1-9][0-9]{7,14}", number) for number in to):
        sys.exit("CALLOUT_NUMBERS must be numbers like +77010000000, with commas between them.")
    Handler.secret, Handler.calls, Handler.phone = secret, Calls(store), Phone(url, user, password, to)
    port = int(os.environ.get("CALLOUT_PORT") or 8720)
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
