"""The catalogues kk/senim.po and ru/senim.po and the longer texts of pages/, read once and filled in by name."""

import functools
import gettext
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from babel.messages.pofile import read_po

Language = Literal["kk", "ru"]
LANGUAGES: tuple[Language, ...] = ("kk", "ru")

ADULT = ".adult"
"""The end of a key whose text is the polite wording."""

FOLDER = Path(__file__).parent
FIELD = re.compile(r"\{([a-z_]+)\}")
MSGID = re.compile(r'^msgid "(.+)"$', re.MULTILINE)

Forms = tuple[str, ...]
"""The plural forms of a text; one form when it has no plural."""


class MissingText(LookupError):
    """No text has this key in this language; the other language never stands in for it."""


class WrongParameters(TypeError):
    """A text was given a value that it does not show, or not given one that it shows."""


class MalformedText(ValueError):
    """A brace that is not a plain {name}."""


@dataclass(frozen=True)
class PoFile:
    """What a .po file holds: its texts, its plural rule, and the keys that should not be there in this state."""

    texts: Mapping[str, Forms]
    plural: Callable[[int], int]
    stale: tuple[str, ...] = ()
    """Keys marked fuzzy or obsolete."""
    repeated: tuple[str, ...] = ()
    """Keys that stand more than once (read_po keeps one of them without a word)."""


def read_catalogue(path: Path) -> PoFile:
    """Reads a .po file with its header's plural rule."""
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    texts: dict[str, Forms] = {}
    fuzzy: list[str] = []
    for message in catalogue:
        key = message.id[0] if isinstance(message.id, list | tuple) else message.id
        if key:
            texts[key] = (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)
            fuzzy += [key] if message.fuzzy else []
    counted = Counter(MSGID.findall(path.read_text(encoding="utf-8")))
    return PoFile(
        texts,
        gettext.c2py(catalogue.plural_expr),
        (*fuzzy, *(str(key) for key in catalogue.obsolete)),
        tuple(key for key, times in counted.items() if times > 1),
    )


def read_pages(folder: Path, language: Language) -> dict[str, Forms]:
    """The pages of a language: `truth.kk.txt` is "truth", `truth.adult.kk.txt` is "truth.adult"."""
    end = f".{language}.txt"
    pages = sorted(folder.glob(f"*{end}"))
    return {page.name.removesuffix(end): (page.read_text(encoding="utf-8").strip(),) for page in pages}


def fields(text: str) -> frozenset[str]:
    """The names in braces. Raises MalformedText for any other brace."""
    if set(FIELD.sub("", text)) & set("{}"):
        raise MalformedText(f"braces are for plain names, like {{code}}: {text!r}")
    return frozenset(FIELD.findall(text))


class Catalog:
    """The texts of both languages. A key has the child's wording, `<key>.adult` the polite one where it differs."""

    def __init__(
        self,
        texts: Mapping[Language, Mapping[str, Forms]],
        pages: Mapping[Language, Mapping[str, Forms]],
        plurals: Mapping[Language, Callable[[int], int]],
    ) -> None:
        for forms in (forms for found in (*texts.values(), *pages.values()) for forms in found.values()):
            for form in forms:
                fields(form)
        self._texts = texts
        self._pages = pages
        self._plurals = plurals

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Catalog":
        """Reads everything, once in the life of a process. Raises MalformedText."""
        return _loaded(folder)

    def text(
        self, key: str, language: Language, /, *, adult: bool = True, n: int | None = None, **params: object
    ) -> str:
        """The text of a key; `n` chooses the plural form and may be shown as {n}.

        Key and language go by position, so that a text may show a {language} of its own.
        Raises MissingText and WrongParameters.
        """
        forms = _found(self._texts[language], key, language, adult)
        if n is None:
            if len(forms) > 1:
                raise WrongParameters(f"{key}: needs n to choose a plural form")
            return _filled(key, forms[0], params)
        form = forms[self._plurals[language](n)] if len(forms) > 1 else forms[0]
        return _filled(key, form, {**params, "n": n}, spare=("n",))

    def page(self, name: str, language: Language, /, *, adult: bool = True, **params: object) -> str:
        """A longer text from pages/. Raises MissingText and WrongParameters."""
        return _filled(name, _found(self._pages[language], name, language, adult)[0], params)

    def keys(self, language: Language) -> frozenset[str]:
        """All keys, the polite ones (`<key>.adult`) among them."""
        return frozenset(self._texts[language])

    def wordings(self, key: str, languages: Iterable[Language] = LANGUAGES) -> frozenset[str]:
        """A key in these languages and both tones: a keyboard that was shown earlier sends its words of that time."""
        found = [self._texts[language].get(key + end, ()) for language in languages for end in ("", ADULT)]
        if not any(found):
            raise MissingText(key)
        return frozenset(form for forms in found for form in forms)


@functools.cache
def _loaded(folder: Path) -> Catalog:
    files = {language: read_catalogue(folder / language / "senim.po") for language in LANGUAGES}
    return Catalog(
        {language: file.texts for language, file in files.items()},
        {language: read_pages(folder / "pages", language) for language in LANGUAGES},
        {language: file.plural for language, file in files.items()},
    )


def _found(texts: Mapping[str, Forms], key: str, language: Language, adult: bool) -> Forms:
    forms = (texts.get(key + ADULT) if adult else None) or texts.get(key)
    if forms is None:
        raise MissingText(f"{key} ({language})")
    return forms


def _filled(key: str, text: str, params: Mapping[str, object], spare: Iterable[str] = ()) -> str:
    """One pass: a brace inside a value stays a brace."""
    wanted = fields(text)
    if missing := sorted(wanted - params.keys()):
        raise WrongParameters(f"{key}: missing {', '.join(missing)}")
    if unused := sorted(params.keys() - wanted - set(spare)):
        raise WrongParameters(f"{key}: does not show {', '.join(unused)}")
    return FIELD.sub(lambda field: str(params[field[1]]), text)
