"""The stories: what people type and what the narrator says, in data files; the bot's own texts from the catalogue."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locales import Catalog, Language, times

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Story:
    """story.<language>.toml, or a table of it that tells another story with the same signs."""

    language: Language
    data: dict[str, Any]
    catalog: Catalog

    @classmethod
    def load(cls, language: Language, catalog: Catalog) -> "Story":
        return cls(language, tomllib.loads((FOLDER / f"story.{language}.toml").read_text("utf-8")), catalog)

    def part(self, name: str) -> "Story":
        """A story inside this one."""
        return Story(self.language, {**self.data, **self.data[name]}, self.catalog)

    def text(self, key: str, *, adult: bool = True, **values: Any) -> str:
        """A sentence of the bot's or the label of a button."""
        return self.catalog.text(key, self.language, adult=adult, **values)

    def head(self, key: str, *, adult: bool = True, **values: Any) -> str:
        """The first line of a sentence of the bot's: enough to recognise it."""
        return self.text(key, adult=adult, **values).partition("\n")[0]

    def sign(self, key: str, **values: Any) -> str:
        """The narrator's words for what is no message."""
        return str(self.data["signs"][key]).format(**values)

    def passed(self, seconds: float) -> str:
        """A time span in its largest whole units."""
        if seconds < 60:
            return self.sign("seconds", n=round(seconds))
        return times.age(round(seconds / 60), self.language)


def operator_file(stories: list[Story]) -> str:
    """The example of SENIM_OPERATOR: what nobody could take for a real body."""
    first = stories[0].data["operator"]
    lines = {f"name_{story.language}": story.data["operator"]["name"] for story in stories}
    lines |= {"bin": first["bin"], "contact": first["contact"]}
    return "".join(f"{name} = '{value}'\n" for name, value in lines.items())
