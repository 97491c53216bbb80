"""Files that an operator sends to a person: which may go at all, and what keeps one from going on its way."""

from collections.abc import Collection

from bot.domain.cases import Case
from bot.domain.media import Attached
from bot.domain.messages import Kind

KINDS = (Kind.PHOTO, Kind.VOICE, Kind.DOCUMENT)
"""What a supervisor may switch on for a desk. Nothing else that an operator can send ever goes."""


def refusal(kind: Kind, attached: Attached | None, on: Collection[Kind]) -> str | None:
    """Why a file may not go from a desk where these kinds are on, as the end of a key `undelivered.`; None when it may.
    Of documents only a PDF is `attached`, and a picture that was sent as one is a photo."""
    if kind not in KINDS:
        return "kind"
    if kind not in on:
        return f"off_{kind}"
    if attached is None:
        return "not_pdf" if kind is Kind.DOCUMENT else "file_unreadable"
    return "file_large" if attached.too_large else None


def overtaken(case: Case, operator: str | None, kind: Kind, on: Collection[Kind]) -> str | None:
    """What has happened since this operator sent a file, so that it does not go any more, as the end of a key
    `undelivered.`; None when it goes."""
    if not case.status.open:
        return "closed"
    if case.claimer is None or case.claimer != operator:
        return "handed"
    return None if kind in on else f"off_{kind}"
