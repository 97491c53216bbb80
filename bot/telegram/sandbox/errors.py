"""Refusals: what Telegram answers instead of a result."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]


class Refused(Exception):
    """A call that Telegram refuses: HTTP status, text and the optional ``parameters`` of the answer."""

    def __init__(self, code: int, description: str, parameters: JSON | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> JSON:
        body: JSON = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return body


def bad(text: str) -> Refused:
    """400 in Telegram's words."""
    return Refused(400, f"Bad Request: {text}")


def strict(text: str) -> Refused:
    """400 where the sandbox is stricter than Telegram, which would ignore or cut silently; the text says so."""
    return Refused(400, f"Bad Request: sandbox: {text}")


def forbidden(text: str) -> Refused:
    """403 in Telegram's words."""
    return Refused(403, f"Forbidden: {text}")


def flood(seconds: int) -> Refused:
    """429, free again after ``seconds`` whole seconds."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
