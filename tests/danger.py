"""What the tests of danger in a person's words share: the words, and how the cards are looked at."""

import asyncio
from typing import Any

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Catalog, Language
from tests.town import CODE, Town, code_in, heard, until

SAID = Catalog.load()
PLAIN = "Вопрос про лагерь"
RED = {"kk": "Өмір сүргім келмейді", "ru": "я больше не хочу жить"}
CUE = {"kk": "Өмір сүргім келмейді", "ru": "не хочу жить"}
AMBER = {"kk": "маған өте қиын, не істерімді білмеймін", "ru": "мне очень плохо, не знаю что делать"}
"""`tests/unit/test_triage.py` holds that these have their level, and not by a hair."""

NAMES = {language: SAID.text(f"button.language.{language}", language) for language in LANGUAGES}
GUESS = SAID.text("verdict.guess", "ru")


def first_words(key: str, language: Language, *, adult: bool = True) -> str:
    return SAID.text(key, language, adult=adult, code="|").split("|")[0]


async def numbers(teen: Phone, language: Language, key: str = "sos.screen") -> str:
    """Waits for the emergency card; returns the code on it."""
    start = first_words(key, language)
    return code_in(await until(lambda: next((text for text in heard(teen) if text.startswith(start)), None)))


def numbered(teen: Phone) -> int:
    """How many emergency cards she has had."""
    return sum("112 —" in text for text in heard(teen))


async def red_card(group: Group, code: str) -> Shown:
    """The newest card in the urgent topic; what rings (⏰) names it too."""
    topic = group.topic_named("Срочно")

    def newest() -> Shown | None:
        return next((s for s in reversed(group.messages(topic)) if code in s.text and "⏰" not in s.text), None)

    card = await until(newest)
    assert card.text.startswith(f"🔴 {code}"), card.text
    return card


def card_in(group: Group, topic: int) -> str:
    """The card in a case's own topic, as it is now."""
    return next((s.text for s in group.messages(topic) if s.kind == "text" and CODE.match(s.text[2:])), "")


def private(teen: Phone, number: int) -> dict[str, Any]:
    """A message in her chat with the bot, without content."""
    return {"message_id": number, "date": 1, "from": teen.user, "chat": {"id": teen.id, "type": "private"}}


def mark_of(group: Group, code: str) -> str:
    """The mark on the newest card with this code."""
    return next(shown.text[0] for shown in reversed(group.messages()) if code in shown.text and shown.text[1] == " ")


async def crowd(place: Town, words: str) -> list[Phone]:
    """So many who write that the group's ordinary minute is full."""
    others = [place.teen(f"Т{number}", language_code="ru") for number in range(24)]
    for other in others:
        other.write(words)
    await until(lambda: all(heard(other) for other in others))
    await place.move(46)
    await asyncio.sleep(1.2)
    await place.sandbox.idle()
    return others
