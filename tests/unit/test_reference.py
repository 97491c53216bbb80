"""The reference files: complete, in both languages, in order; and a bad row is named by file and line."""

import csv
from importlib import resources

import pytest

from bot.domain.people import Language, Writer
from bot.domain.urgency import Level
from storage import reference
from storage.reference import BadReference, Subject

LANGUAGES: tuple[Language, Language] = ("kk", "ru")
SCREENS = [*Writer, None]

CATEGORIES = {
    *("suicide", "selfharm", "violence_home", "violence_other", "sexual", "online", "runaway"),
    *("child_danger", "medical", "bullying", "school", "exam", "family", "divorce"),
    *("mood", "lonely", "love", "grief", "addiction", "pregnancy", "money"),
    *("housing", "legal", "alimony", "parenting", "special_needs", "trafficking", "forced_marriage"),
}


def subjects_text() -> str:
    return resources.files("storage.reference").joinpath("subjects.csv").read_text(encoding="utf-8")


def parse_subjects(text: str) -> tuple[Subject, ...]:
    return reference.parse("subjects.csv", text, reference._subject, lambda subject: subject.key)


def test_there_are_twenty_regions() -> None:
    assert len(reference.regions()) == 20
    assert {region.kind for region in reference.regions()} == {"oblast", "city"}
    assert [region.name_ru for region in reference.regions() if region.kind == "city"] == [
        "город Астана",
        "город Алматы",
        "город Шымкент",
    ]


def test_a_region_is_found_by_its_code() -> None:
    assert reference.region("KZ-10").name("ru") == "область Абай"
    assert reference.region("KZ-10").label("kk") == "Абай облысы"
    with pytest.raises(KeyError):
        reference.region("KZ-ABY")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_regions_have_the_same_button(language: Language) -> None:
    labels = [region.label(language) for region in reference.regions()]

    assert len(set(labels)) == 20
    assert all(0 < len(label) <= 22 for label in labels)


def test_every_agreed_category_is_a_subject_and_there_is_one_for_the_rest() -> None:
    assert {subject.key for subject in reference.subjects()} == CATEGORIES | {"other"}
    assert reference.subjects()[-1] is reference.subject("other")


@pytest.mark.parametrize("writer", SCREENS)
def test_a_screen_shows_eight_subjects_and_the_gravest_first(writer: Writer | None) -> None:
    shown = reference.subjects_for(writer)

    assert len(shown) == 8
    assert shown[0].level is Level.RED
    assert [subject.order_for(writer) for subject in shown] == list(range(1, 9))
    assert "other" not in {subject.key for subject in shown}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("writer", SCREENS)
def test_no_two_subjects_of_a_screen_read_the_same(writer: Writer | None, language: Language) -> None:
    labels = [
        subject.label(language, writer) for subject in (*reference.subjects_for(writer), reference.subject("other"))
    ]

    assert len(set(labels)) == 9
    assert all(labels)


def test_who_has_not_said_who_writes_reads_the_childs_words() -> None:
    assert reference.subjects_for(None) == reference.subjects_for(Writer.CHILD)
    assert reference.subject("suicide").label("kk", None) == "Өмір сүргім келмейді"
    assert reference.subject("suicide").label("ru", Writer.PROFESSIONAL) == "Мысли о самоубийстве"


@pytest.mark.parametrize(
    "key",
    [
        *("suicide", "selfharm", "violence_home", "violence_other", "sexual", "runaway"),
        *("child_danger", "medical", "trafficking", "forced_marriage"),
    ],
)
def test_a_danger_to_life_is_red(key: str) -> None:
    assert reference.subject(key).level is Level.RED


def test_a_subject_that_points_to_a_danger_is_red() -> None:
    dangers = [subject for subject in reference.subjects() if subject.triage_category != "none"]

    assert {subject.level for subject in dangers} == {Level.RED}


def test_aliases_differ_in_both_languages() -> None:
    aliases = reference.aliases()

    assert len(aliases) >= 60
    for language in LANGUAGES:
        assert len({alias.name(language) for alias in aliases}) == len(aliases)
    assert reference.alias("aigul").name("kk") == "Айгүл"


@pytest.mark.parametrize("text", ["сәлем", "привет", "здравствуйте", "добрый день", "salem", "hi", "қайырлы кеш"])
def test_a_greeting_is_known(text: str) -> None:
    assert text in reference.greetings()


@pytest.mark.parametrize(
    "text", ["көмек", "помогите", "help", "sos", "сос", "кеш", "прощай", "қош", "сау бол", "пока", "нет"]
)
def test_a_cry_or_a_farewell_is_no_greeting(text: str) -> None:
    assert len(reference.greetings()) >= 40
    assert text not in reference.greetings()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (",red,suicide,", ",scarlet,suicide,", "subjects.csv, line 2: level is none of: ordinary, amber, red"),
        (",red,suicide,", ",red,sadness,", "subjects.csv, line 2: triage_category is none of: "),
        ("suicide,1,", "suicide,9,", "subjects.csv, line 2: child_order is neither empty nor 1 to 8"),
        ("Не хочется жить", "", "subjects.csv, line 2: ru is empty"),
        ("Не хочется жить,", "", "subjects.csv, line 2: 11 fields, expected 12"),
        ("\nselfharm,", "\nsuicide,", "subjects.csv, line 3: suicide is there twice"),
        ("chi_group", "group", "subjects.csv, line 2: there is no column 'chi_group'"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(old: str, new: str, complaint: str) -> None:
    text = subjects_text()
    assert old in text

    with pytest.raises(BadReference) as raised:
        parse_subjects(text.replace(old, new, 1))

    assert str(raised.value).startswith(complaint)


@pytest.mark.parametrize("file", ["regions.csv", "subjects.csv", "aliases.csv", "greetings.csv"])
def test_a_file_ends_its_lines_plainly_and_holds_no_blank_row(file: str) -> None:
    raw = resources.files("storage.reference").joinpath(file).read_bytes()

    assert b"\r" not in raw
    assert raw.endswith(b"\n")
    assert all(any(fields) for fields in csv.reader(raw.decode("utf-8").splitlines()))
