"""The canned replies that ship with the bot (`replies.csv`), and how a typed one names its voices (`voices.csv`)."""

from functools import cache

from bot.domain.canned import RED, TITLE, Reply, Voice
from bot.domain.people import Language
from storage.reference import Row, records, subjects

DANGERS = ("violence",)
"""What a danger may be called that is no subject."""


@cache
def replies() -> tuple[Reply, ...]:
    """All that ship, in the order in which they are offered."""
    return records("storage.reference", "replies.csv", _reply, lambda reply: reply.id)


@cache
def voices() -> dict[str, Voice]:
    """Voices by the word that marks them: the pronoun by which somebody is spoken to."""
    return dict(records("storage.reference", "voices.csv", _voice, lambda pair: pair[0]))


def _reply(row: Row) -> Reply:
    id = row.text("id")
    if not (id.isascii() and id.replace("_", "").isalpha() and id.islower()):
        raise row.wrong("id is not made of small Latin letters")
    about = row.fields["about"].split()
    known = {*(subject.key for subject in subjects()), *DANGERS, RED}
    if not set(about) <= known:
        raise row.wrong(f"about has what is no subject: {', '.join(sorted(set(about) - known))}")
    titles: dict[Language, str] = {"kk": row.text("title_kk"), "ru": row.text("title_ru")}
    if max(map(len, titles.values())) > TITLE:
        raise row.wrong(f"a title is longer than {TITLE} characters")
    texts: dict[Voice, str] = {
        ("kk", False): row.text("kk"), ("kk", True): row.text("kk_adult"),
        ("ru", False): row.text("ru"), ("ru", True): row.text("ru_adult"),
    }  # fmt: skip
    return Reply(id, titles, texts, frozenset(about))


def _voice(row: Row) -> tuple[str, Voice]:
    language: Language = "kk" if row.one_of("language", ("kk", "ru")) == "kk" else "ru"
    return row.text("word"), (language, row.one_of("adult", ("yes", "no")) == "yes")
