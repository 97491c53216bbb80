"""The guided tour: its steps are data, the bot's own sentences in them come from the catalogue."""

import re
import tomllib
from pathlib import Path
from typing import Any

from locales import LANGUAGES, Catalog, Language

FILE = Path(__file__).with_name("tour.toml")
PLACE = re.compile(r"\{\w+\}")

READS: dict[str, Language] = {"teen": "kk", "parent": "ru", "operator": "kk", "second": "kk", "admin": "kk"}

JSON = dict[str, Any]


def people() -> dict[str, str]:
    """The names of those who are there."""
    return dict(tomllib.loads(FILE.read_text("utf-8"))["people"])


def crowd() -> list[tuple[str, Language, str]]:
    """Name, language and ordinary words of each who writes when the queue is to be full."""
    found = tomllib.loads(FILE.read_text("utf-8"))["crowd"]
    return [(name, language, words) for language in sorted(LANGUAGES) for name, words in found[language].items()]


def tour(catalog: Catalog) -> list[JSON]:
    """Steps as the page plays them. Raises MissingText when one names a sentence that there is none of."""
    steps: list[JSON] = tomllib.loads(FILE.read_text("utf-8"))["step"]
    for step in steps:
        for order in step["do"]:
            for name in {"tap", "look", "beside", "reply"} & order.keys():
                order[name] = _wordings(catalog, order[name], order["on"])
        done = step["done"]
        done["sees"] = [done["sees"]] if done.pop("words", False) else _wordings(catalog, done["sees"], done["on"])
    return steps


def _wordings(catalog: Catalog, key: str, who: str) -> list[str]:
    """How the sentence may read, in each language and tone, hers first: of its first line the longest piece without a
    placeholder, which is enough to recognise it. She may have chosen another language than her telephone's."""
    found: dict[str, None] = {}
    for language in sorted(LANGUAGES, key=lambda one: one != READS[who]):
        for text in sorted(catalog.wordings(key, [language])):
            found[max(PLACE.split(text.partition("\n")[0]), key=len).strip()] = None
    return list(found)
