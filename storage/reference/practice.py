"""Practice cases: stories, what their scripts say, and the words by which an answer is looked through."""

from collections.abc import Mapping
from functools import cache

from bot.domain.people import Language
from bot.domain.practice import BAD, Line, Story
from bot.domain.urgency import Level
from storage.reference import BadReference, Row, records, subjects

PLACE = "storage.reference"


@cache
def stories() -> tuple[Story, ...]:
    """All stories. Raises BadReference when one has a turn without a line that is always there."""
    found = records(PLACE, "practice_stories.csv", _story, lambda story: story.id)
    for story in found:
        turns = [line.turn for line in story.lines if not line.needs]
        if turns != list(range(len(turns))) or not turns:
            raise BadReference(f"practice_lines.csv: turns of {story.id} are {turns}, expected 0, 1, 2 ...")
    return found


@cache
def story(id: str) -> Story:
    """Raises KeyError for an id that is not in the list."""
    return {story.id: story for story in stories()}[id]


@cache
def rules() -> Mapping[Language, Mapping[str, tuple[str, ...]]]:
    """Beginnings of words by language and rule."""
    found: dict[Language, dict[str, tuple[str, ...]]] = {"kk": {}, "ru": {}}
    for language, rule, word in records(PLACE, "practice_rules.csv", _rule, lambda row: row):
        found[language][rule] = (*found[language].get(rule, ()), word)
    return found


@cache
def _lines() -> tuple[tuple[str, Line], ...]:
    return records(PLACE, "practice_lines.csv", _line, lambda pair: (pair[0], pair[1].turn, pair[1].needs))


def _language(row: Row) -> Language:
    return "kk" if row.one_of("language", ("kk", "ru")) == "kk" else "ru"


def _rule(row: Row) -> tuple[Language, str, str]:
    return _language(row), row.text("rule"), row.text("word")


def _line(row: Row) -> tuple[str, Line]:
    return row.text("story"), Line(int(row.number("turn")), row.fields["needs"],
                                   {"kk": row.text("kk"), "ru": row.text("ru")})  # fmt: skip


def _story(row: Row) -> Story:
    id, wanted = row.text("story"), tuple(row.text("rules").split())
    if not set(wanted) <= rules()["kk"].keys() & rules()["ru"].keys() or any(one.startswith(BAD) for one in wanted):
        raise row.wrong("rules has what is no rule")
    lines = tuple(line for story, line in _lines() if story == id)
    return Story(
        id, Level(row.one_of("level", tuple(Level))), row.one_of("subject", [one.key for one in subjects()]), wanted,
        {"kk": row.text("kk"), "ru": row.text("ru")}, lines,
    )  # fmt: skip
