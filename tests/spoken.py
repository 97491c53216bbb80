"""Whether what reached a person is made of what alone may be said in danger: locales/danger.csv, as patterns."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from bot.telegram.sandbox.phone import Phone
from locales import LANGUAGES, check, danger
from locales.catalog import ADULT, FIELD
from storage.reference import aliases, regions
from tests.town import CODE, OPERATOR, Town

ALIAS = "|".join(re.escape(alias.name(language)) for alias in aliases() for language in LANGUAGES) + "(?: [0-9]+)?"
BETWEEN = r"\n{1,2}"
"""What stands between two texts in one message."""


@cache
def entries() -> Mapping[str, tuple[str, ...]]:
    """The wordings of every entry, in both languages and tones."""
    texts, _ = check.read()
    return {
        key: tuple(
            {form for language in LANGUAGES for end in ("", ADULT) for form in texts[language].get(key + end, ())}
        )
        for key in danger.spoken()
    }


@cache
def values() -> Mapping[str, str]:
    """What a placeholder may hold, as a pattern; an operator's words are looked at apart."""
    kinds = [form for key, forms in entries().items() if key.startswith("kindname.") for form in forms]
    told = [form for key, forms in entries().items() if key.startswith("now.told.") for form in forms]
    whys = [form for key, forms in entries().items() if key.startswith("blocked.why.") for form in forms]
    return {
        "code": CODE.pattern,
        "why": "|".join(map(re.escape, whys)),
        "alias": ALIAS,
        "kind": "|".join(map(re.escape, kinds)),
        "told": "|".join(map(re.escape, told)),
        "again": r"[^\n]{1,30}, [0-9]{2}:[0-9]{2}",
        "when": r"[^\n]{1,30}, [0-9]{2}:[0-9]{2}",
        "region": "|".join(re.escape(region.name(language)) for region in regions() for language in LANGUAGES),
        "operator": "|".join(map(re.escape, OPERATOR.values())),
    }


@cache
def pattern() -> re.Pattern[str]:
    """One message: an entry, or several."""
    found = "|".join(filled(form) for key, forms in entries().items() if key != "answer" for form in forms)
    return re.compile(f"(?:{found})(?:{BETWEEN}(?:{found}))*")


def filled(form: str) -> str:
    """A wording as a pattern, its placeholders filled."""
    parts = FIELD.split(form)
    return "".join(f"(?:{values()[part]})" if at % 2 else re.escape(part) for at, part in enumerate(parts))


def foreign(place: Town, person: Phone, words: Iterable[str] = (), since: int = 0) -> list[str]:
    """Every text, button and toast that reached her, from this call of the journal on, and is neither made of the
    entries nor one of the operators' `words` under an alias."""
    answers = {f"{alias.name(language)}:\n{said}" for alias in aliases() for language in LANGUAGES for said in words}
    places = {region.label(language) for region in regions() for language in LANGUAGES}
    known = answers | places
    return [text for text in said_to(place, person, since) if text not in known and not pattern().fullmatch(text)]


def said_to(place: Town, person: Phone, since: int = 0) -> Iterator[str]:
    """What the journal has of it: messages and edits, what they carry beside text, their buttons, toasts."""
    for call in place.sandbox.journal.calls[since:]:
        if call.method == "answerCallbackQuery":
            tap = place.sandbox.world.taps.get(str(call.params["callback_query_id"]))
            if tap is not None and tap.person == person.id and call.params.get("text"):
                yield str(call.params["text"])
        elif call.chat_id == person.id:
            yield str(call.params.get("text") or call.params.get("caption") or f"<{call.method}>")
            yield from buttons(call.params.get("reply_markup") or {})


def buttons(markup: Mapping[str, Any]) -> Iterator[str]:
    for row in (*markup.get("inline_keyboard", ()), *markup.get("keyboard", ())):
        for button in row:
            yield button if isinstance(button, str) else str(button["text"])
