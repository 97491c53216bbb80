"""Reference data: the regions, subjects, operators' aliases and greetings that ship with the bot as CSV files.

README.md beside them says where each comes from. A bad row stops the bot at its first use and names file and line.
"""

import csv
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, TypeVar, cast, get_args

from bot.domain.people import Language, Writer
from bot.domain.urgency import Level

TriageCategory = Literal["suicide", "selfharm", "violence", "sexual", "runaway", "medical", "child_danger", "none"]
RegionKind = Literal["oblast", "city"]
Record = TypeVar("Record")

SUBJECTS_A_SCREEN = 8
LABEL_LENGTH = 22
"""What fits half a phone's width: regions are shown two in a row."""


class BadReference(Exception):
    """A reference file holds a row that cannot be used."""


@dataclass(frozen=True, slots=True)
class Region:
    """One of the 20 first-level units. `iso` is ISO 3166-2:KZ after the change of November 2022 (KZ-10 ... KZ-79)."""

    iso: str
    kato: str
    kind: RegionKind
    name_kk: str
    name_ru: str
    label_kk: str
    label_ru: str
    centre_kk: str
    centre_ru: str

    def name(self, language: Language) -> str:
        return self.name_kk if language == "kk" else self.name_ru

    def label(self, language: Language) -> str:
        """The short form for a button, at most 22 characters."""
        return self.label_kk if language == "kk" else self.label_ru


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case may be about. An order is the place on the screen of that writer, None when it is not shown there."""

    key: str
    child_order: int | None
    adult_order: int | None
    about_child_order: int | None
    professional_order: int | None
    level: Level
    triage_category: TriageCategory
    chi_group: str
    ru: str
    kk: str
    ru_adult: str
    kk_adult: str

    def order_for(self, writer: Writer | None) -> int | None:
        """Who has not said who writes gets the child's screen: its words are the simplest and fit everybody."""
        orders = {
            Writer.CHILD: self.child_order,
            Writer.ADULT: self.adult_order,
            Writer.ABOUT_CHILD: self.about_child_order,
            Writer.PROFESSIONAL: self.professional_order,
        }
        return orders[writer or Writer.CHILD]

    def label(self, language: Language, writer: Writer | None) -> str:
        """The child's wording (it speaks in the first person) for a child or who has not said, else the adult's."""
        if writer in (None, Writer.CHILD):
            return self.kk if language == "kk" else self.ru
        return self.kk_adult if language == "kk" else self.ru_adult


@dataclass(frozen=True, slots=True)
class Alias:
    """A first name under which an operator answers. Never declined: it stays in the nominative."""

    id: str
    kk: str
    ru: str

    def name(self, language: Language) -> str:
        return self.kk if language == "kk" else self.ru


@dataclass(frozen=True, slots=True)
class Weekdays:
    """A day of the week, or several under one name. Monday is 0; the first of the names is the short one."""

    days: tuple[int, ...]
    kk: tuple[str, ...]
    ru: tuple[str, ...]

    def short(self, language: Language) -> str:
        return (self.kk if language == "kk" else self.ru)[0]


@cache
def regions() -> tuple[Region, ...]:
    """All 20 regions, in the order of their ISO codes."""
    return records(__name__, "regions.csv", _region, lambda region: region.iso)


@cache
def subjects() -> tuple[Subject, ...]:
    """The one list of subjects, red first. The last one is `other`, which stands on no writer's list of eight."""
    found = records(__name__, "subjects.csv", _subject, lambda subject: subject.key)
    for writer in Writer:
        orders = sorted(order for subject in found if (order := subject.order_for(writer)) is not None)
        if orders != list(range(1, len(orders) + 1)) or len(orders) > SUBJECTS_A_SCREEN:
            raise BadReference(
                f"subjects.csv: the orders for {writer} are {orders}, expected 1, 2, 3 ... up to 8 at most"
            )
    return found


@cache
def aliases() -> tuple[Alias, ...]:
    """The names that an operator chooses from."""
    return records(__name__, "aliases.csv", _alias, lambda alias: alias.id)


@cache
def weekdays() -> tuple[Weekdays, ...]:
    """The seven days from Monday on, and then names for several of them."""
    return records(__name__, "weekdays.csv", _weekdays, lambda found: found.days)


@cache
def greetings() -> frozenset[str]:
    """Whole messages that are only a greeting, folded: casefolded, letters only, words parted by single spaces."""
    found = records(__name__, "greetings.csv", _greeting, lambda text: text)
    return frozenset(found)


@cache
def link_zones() -> tuple[str, ...]:
    """Top-level domains in Cyrillic that Telegram makes links of."""
    return records(__name__, "link_zones.csv", _zone, lambda zone: zone)


@cache
def region(iso: str) -> Region:
    """Raises KeyError for a code that is no region of Kazakhstan."""
    return {region.iso: region for region in regions()}[iso]


@cache
def subject(key: str) -> Subject:
    """Raises KeyError for a key that is not in the list."""
    return {subject.key: subject for subject in subjects()}[key]


@cache
def alias(id: str) -> Alias:
    """Raises KeyError for an id that is not in the list."""
    return {alias.id: alias for alias in aliases()}[id]


@cache
def subjects_for(writer: Writer | None) -> tuple[Subject, ...]:
    """At most eight subjects for one screen, in order. `other` is a row of its own: `subject("other")`."""
    shown = [(order, subject) for subject in subjects() if (order := subject.order_for(writer)) is not None]
    return tuple(subject for _, subject in sorted(shown, key=lambda pair: pair[0]))


class Row:
    """One line of a file: hands out checked fields, so that every complaint names the file and the line."""

    def __init__(self, file: str, line: int, fields: dict[str, str]) -> None:
        self.file, self.line, self.fields = file, line, fields

    def text(self, column: str) -> str:
        value = self.fields[column]
        if not value or value != value.strip():
            raise self.wrong(f"{column} is empty or has blanks around it")
        return value

    def label(self, column: str) -> str:
        if len(self.text(column)) > LABEL_LENGTH:
            raise self.wrong(f"{column} is longer than {LABEL_LENGTH} characters")
        return self.text(column)

    def order(self, column: str) -> int | None:
        value = self.fields[column]
        if value and value not in {str(place) for place in range(1, SUBJECTS_A_SCREEN + 1)}:
            raise self.wrong(f"{column} is neither empty nor 1 to {SUBJECTS_A_SCREEN}")
        return int(value) if value else None

    def number(self, column: str) -> float:
        try:
            return float(self.fields[column])
        except ValueError:
            raise self.wrong(f"{column} is no number") from None

    def one_of(self, column: str, allowed: Iterable[str]) -> str:
        value = self.text(column)
        if value not in allowed:
            raise self.wrong(f"{column} is none of: {', '.join(allowed)}")
        return value

    def wrong(self, what: str) -> BadReference:
        return BadReference(f"{self.file}, line {self.line}: {what}")


def _region(row: Row) -> Region:
    return Region(
        iso=row.text("iso"),
        kato=row.text("kato"),
        kind=cast(RegionKind, row.one_of("kind", get_args(RegionKind))),
        name_kk=row.text("name_kk"),
        name_ru=row.text("name_ru"),
        label_kk=row.label("label_kk"),
        label_ru=row.label("label_ru"),
        centre_kk=row.text("centre_kk"),
        centre_ru=row.text("centre_ru"),
    )


def _subject(row: Row) -> Subject:
    return Subject(
        key=row.text("key"),
        child_order=row.order("child_order"),
        adult_order=row.order("adult_order"),
        about_child_order=row.order("about_child_order"),
        professional_order=row.order("professional_order"),
        level=Level(row.one_of("level", tuple(Level))),
        triage_category=cast(TriageCategory, row.one_of("triage_category", get_args(TriageCategory))),
        chi_group=row.text("chi_group"),
        ru=row.text("ru"),
        kk=row.text("kk"),
        ru_adult=row.text("ru_adult"),
        kk_adult=row.text("kk_adult"),
    )


def _alias(row: Row) -> Alias:
    id = row.text("id")
    if not (id.isascii() and id.isalpha() and id.islower()):
        raise row.wrong("id is not made of small Latin letters")
    return Alias(id=id, kk=row.text("kk"), ru=row.text("ru"))


def _weekdays(row: Row) -> Weekdays:
    days = row.text("days").split()
    if not set(days) <= set("0123456"):
        raise row.wrong("days are not 0 to 6")
    return Weekdays(tuple(int(day) for day in days), tuple(row.text("kk").split("/")), tuple(row.text("ru").split("/")))


def _greeting(row: Row) -> str:
    text = row.text("text")
    row.one_of("lang", ("kk", "ru", "en", "latn"))
    if text != " ".join(text.casefold().split()) or not text.replace(" ", "").isalpha():
        raise row.wrong("text is not folded: small letters only, words parted by single spaces")
    return text


def _zone(row: Row) -> str:
    return row.text("zone")


def records(
    package: str, file: str, make: Callable[[Row], Record], key: Callable[[Record], Hashable]
) -> tuple[Record, ...]:
    """The records of a CSV file of a package; raises BadReference as `parse` does."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8")
    return parse(file, text, make, key)


def parse(file: str, text: str, make: Callable[[Row], Record], key: Callable[[Record], Hashable]) -> tuple[Record, ...]:
    """The records of a CSV text whose first line names the columns. `file` is only for the complaints.

    Raises BadReference for a row with missing or surplus fields, a bad field or a key that was there before.
    """
    found: dict[Hashable, Record] = {}
    for row in _rows(file, text):
        try:
            record = make(row)
        except KeyError as missing:
            raise row.wrong(f"there is no column {missing}") from None
        if key(record) in found:
            raise row.wrong(f"{key(record)} is there twice")
        found[key(record)] = record
    return tuple(found.values())


def _rows(file: str, text: str) -> Iterator[Row]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    columns = next(reader, [])
    for fields in reader:
        if len(fields) != len(columns):
            raise BadReference(f"{file}, line {reader.line_num}: {len(fields)} fields, expected {len(columns)}")
        yield Row(file, reader.line_num, dict(zip(columns, fields, strict=True)))
