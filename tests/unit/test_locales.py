"""The texts are complete and speak as agreed; every check is proved by a planted mistake that it must catch."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from locales import LANGUAGES, Catalog, Language, MalformedText, MissingText, WrongParameters, check, times
from locales.catalog import Forms, read_catalogue

HEADER = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\n"

"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


def made(kk: Mapping[str, str], ru: Mapping[str, str]) -> Catalog:
    texts: dict[Language, dict[str, Forms]] = {
        "kk": {key: (text,) for key, text in kk.items()},
        "ru": {key: (text,) for key, text in ru.items()},
    }
    return Catalog(texts, {"kk": {}, "ru": {}}, {"kk": lambda n: 0, "ru": lambda n: 0})


def planted(kk: Mapping[str, str], ru: Mapping[str, str]) -> check.Texts:
    return {"kk": {key: (text,) for key, text in kk.items()}, "ru": {key: (text,) for key, text in ru.items()}}


# The catalogue itself


def test_the_texts_of_the_project_have_no_problem() -> None:
    assert check.problems() == []


def test_the_check_prints_one_line_a_problem_and_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["check"])
    monkeypatch.setattr(check, "problems", lambda unused: [])
    assert check.main() == 0
    monkeypatch.setattr(check, "problems", lambda unused: ["ru: x is empty", "kk: y is empty"])
    assert check.main() == 1
    assert capsys.readouterr().out.splitlines() == ["ru: x is empty", "kk: y is empty"]


def test_polite_is_the_tone_until_she_says_that_she_is_a_child(catalog: Catalog) -> None:
    def greeted(language: Language, *, adult: bool = True) -> str:
        return catalog.text("claimed", language, adult=adult, alias="Айгүл").split("\n")[0]

    assert greeted("kk") == "Сізге Айгүл жауап береді. Жаза беріңіз."
    assert greeted("kk", adult=False) == "Саған Айгүл жауап береді. Жаза бер."
    assert greeted("ru") == "С вами на связи Айгүл. Можно писать."
    assert greeted("ru", adult=False) == "С тобой на связи Айгүл. Пиши."


def test_one_wording_serves_both_tones_where_they_do_not_differ(catalog: Catalog) -> None:
    assert catalog.text("button.skip", "kk") == catalog.text("button.skip", "kk", adult=False) == "Өткізіп жіберу"


def test_the_answer_18_or_older_is_no_tone(catalog: Catalog) -> None:
    assert catalog.text("writer.adult", "ru", adult=False) == catalog.text("writer.adult", "ru") == "Мне 18 или больше"


@pytest.mark.parametrize(
    ("n", "phrase"),
    [(1, "+1 сообщение"), (3, "+3 сообщения"), (5, "+5 сообщений"), (11, "+11 сообщений"), (22, "+22 сообщения")],
)
def test_russian_counts_in_three_forms(catalog: Catalog, n: int, phrase: str) -> None:
    assert catalog.text("card.more", "ru", n=n) == phrase


@pytest.mark.parametrize("n", [1, 3, 5])
def test_kazakh_counts_in_the_singular(catalog: Catalog, n: int) -> None:
    assert catalog.text("card.more", "kk", n=n) == f"+{n} хабарлама"


def test_a_number_may_go_where_there_is_no_plural(catalog: Catalog) -> None:
    assert catalog.text("line.history", "ru", n=7) == "Сообщения до этого: 7"


def test_a_plural_without_its_number_is_refused(catalog: Catalog) -> None:
    with pytest.raises(WrongParameters, match=r"card\.more.*n"):
        catalog.text("card.more", "ru")


def test_an_unknown_key_is_missing(catalog: Catalog) -> None:
    with pytest.raises(MissingText, match=r"no\.such\.key"):
        catalog.text("no.such.key", "kk")
    with pytest.raises(MissingText, match="nothing"):
        catalog.page("nothing", "ru")
    with pytest.raises(MissingText, match="nothing"):
        catalog.wordings("nothing")


def test_the_other_language_never_stands_in() -> None:
    with pytest.raises(MissingText, match="hello"):
        made({"hello": "Сәлем"}, {}).text("hello", "ru")


def test_a_value_that_is_not_given_is_named() -> None:
    with pytest.raises(WrongParameters, match="hello: missing name"):
        made({}, {"hello": "Привет, {name}"}).text("hello", "ru")


def test_a_value_that_is_not_shown_is_named() -> None:
    with pytest.raises(WrongParameters, match="hello: does not show phone"):
        made({}, {"hello": "Привет"}).text("hello", "ru", phone="1")


def test_values_are_never_read_as_templates() -> None:
    catalog = made({}, {"answer": "{alias}:\n{text}"})
    shown = catalog.text("answer", "ru", alias="{text}", text="{alias} {0} {alias.x} {{")
    assert shown == "{text}:\n{alias} {0} {alias.x} {{"


@pytest.mark.parametrize("text", ["{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{{a}}", "{a", "a}"])
def test_only_plain_names_stand_in_braces(text: str) -> None:
    with pytest.raises(MalformedText):
        made({"hello": text}, {})


def test_a_text_may_show_a_language_and_a_key_of_its_own(catalog: Catalog) -> None:
    line = catalog.text("card.who", "ru", who="меньше 18", language="казахский", region="Абай")
    assert line == "Кто: меньше 18 · язык: казахский · регион: Абай"


def test_a_button_is_known_by_every_wording_it_was_shown_with(catalog: Catalog) -> None:
    book = {"Кездесуге жазылу", "Қабылдауға жазылу", "Записаться на встречу", "Записаться на приём"}
    assert catalog.wordings("button.book") == book


def test_a_page_has_its_tone_language_and_values(catalog: Catalog) -> None:
    pages = {
        catalog.page("truth", language, adult=adult, operator="Қор, БСН 1")
        for language in LANGUAGES
        for adult in (True, False)
    }
    assert len(pages) == 4
    assert all(page.endswith("Қор, БСН 1") for page in pages)
    with pytest.raises(WrongParameters, match="truth: missing operator"):
        catalog.page("truth", "kk")


def test_keys_name_both_tones(catalog: Catalog) -> None:
    assert {"claimed", "claimed.adult"} <= catalog.keys("kk")
    assert catalog.keys("kk") == catalog.keys("ru")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("adult", [True, False])
def test_whoever_is_told_of_danger_is_told_the_numbers(catalog: Catalog, language: Language, adult: bool) -> None:
    for key in ("sos.screen", "sos.again", "sos.nobody"):
        params: dict[str, Any] = {} if key == "sos.nobody" else {"code": "ТК-48172"}
        shown = catalog.text(key, language, adult=adult, **params)
        assert {"112", "103", "102", "111"} <= set(re.findall(r"\d+", shown))
    for key in ("first.nobody", "bot.description"):
        assert {"112", "111"} <= set(re.findall(r"\d+", catalog.text(key, language, adult=adult)))


def test_the_urgent_button_begins_with_its_sign(catalog: Catalog) -> None:
    assert all(wording.startswith("🆘") for wording in catalog.wordings("button.urgent"))


# Each check, with a mistake that it must catch


def test_a_key_of_one_language_only_is_caught() -> None:
    assert list(check.completeness(planted({"a.b": "сөз", "a.c": "сөз"}, {"a.b": "слово"}))) == [
        "ru: a.c is missing, kk has it"
    ]


def test_an_empty_text_is_caught() -> None:
    assert list(check.completeness(planted({"a": "сөз"}, {"a": " \n"}))) == ["ru: a is empty"]


def test_an_empty_plural_form_is_caught(tmp_path: Path) -> None:
    po = tmp_path / "senim.po"
    forms = 'msgid "more"\nmsgid_plural "more"\nmsgstr[0] "слово"\nmsgstr[1] "слова"\n'
    po.write_text(HEADER + forms, encoding="utf-8")
    texts = read_catalogue(po).texts
    assert list(check.completeness({"kk": texts, "ru": texts})) == ["kk: more is empty", "ru: more is empty"]


def test_a_polite_wording_alone_is_caught() -> None:
    texts = planted({"a.adult": "сөз"}, {"a.adult": "слово"})
    assert list(check.completeness(texts)) == ["a.adult has no a beside it"]


def test_a_polite_wording_that_does_not_differ_is_caught() -> None:
    texts = planted({"a": "сөз", "a.adult": "сөз"}, {"a": "слово", "a.adult": "слово"})
    assert list(check.completeness(texts)) == ["a.adult says the same as a in both languages: leave it out"]


@pytest.mark.parametrize(
    ("kk", "ru"),
    [
        ({"a": "{code}"}, {"a": "код"}),
        ({"a": "{code}"}, {"a": "{kod}"}),
        ({"a": "{code}", "a.adult": "сөз"}, {"a": "{code}", "a.adult": "{code}"}),
    ],
)
def test_placeholders_that_differ_are_caught(kk: dict[str, str], ru: dict[str, str]) -> None:
    (problem,) = check.placeholders(planted(kk, ru))
    assert problem.startswith("a: placeholders differ")


def test_a_plural_form_without_its_placeholder_is_caught() -> None:
    texts: check.Texts = {"kk": {"a": ("{n} хат",)}, "ru": {"a": ("{n} слово", "два слова", "{n} слов")}}
    assert len(list(check.placeholders(texts))) == 1


def test_a_stray_brace_is_caught() -> None:
    (problem,) = check.placeholders(planted({"a": "{код}"}, {}))
    assert problem.startswith("kk: a: braces")


def test_a_fuzzy_an_obsolete_and_a_repeated_key_are_caught(tmp_path: Path) -> None:
    po = tmp_path / "senim.po"
    twice = 'msgid "b"\nmsgstr "б"\n\nmsgid "b"\nmsgstr "в"\n\n'
    body = '#, fuzzy\nmsgid "a"\nmsgstr "а"\n\n' + twice + '#~ msgid "c"\n#~ msgstr "г"\n'
    po.write_text(HEADER + body, encoding="utf-8")
    file = read_catalogue(po)
    assert (file.stale, file.repeated) == (("a", "c"), ("b",))


def test_problems_of_the_files_reach_the_report(tmp_path: Path) -> None:
    for language in LANGUAGES:
        (tmp_path / language).mkdir()
        po = HEADER + 'msgid "b"\nmsgstr "б"\n\n#, fuzzy\nmsgid "b"\nmsgstr "б"\n'
        (tmp_path / language / "senim.po").write_text(po, encoding="utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "truth.kk.txt").write_text("сөз\n", encoding="utf-8")
    texts, found = check.read(tmp_path)
    assert "ru: b stands more than once" in found
    assert list(check.completeness(texts)) == ["ru: pages/truth is missing, kk has it"]


@pytest.mark.parametrize(
    ("key", "limit"),
    [
        ("button.urgent", 24),
        ("button.book.adult", 24),
        ("button.take", 40),
        ("writer.child", 40),
        ("toast.taken", 200),
        ("bot.description", 512),
        ("bot.short_description", 120),
        ("command.til", 100),
        ("topic.urgent", 128),
        ("pages/truth.adult", 1100),
    ],
)
def test_a_text_longer_than_its_place_is_caught(key: str, limit: int) -> None:
    assert list(check.lengths(planted({key: "ж" * limit}, {}))) == []
    assert list(check.lengths(planted({key: "ж" * (limit + 1)}, {}))) == [
        f"kk: {key} has {limit + 1} characters, at most {limit} fit"
    ]


def test_signs_that_take_no_place_do_not_count() -> None:
    assert check.length("↩️ й" + "\u0306") == 3


@pytest.mark.parametrize(
    "text",
    ["мeктеп", "kөмек", "cөз", "бiз", "әнə", "подробнее o нас", "c тобой", "Bot"],
)
def test_a_latin_letter_in_a_word_is_caught(text: str) -> None:
    assert len(list(check.letters(planted({"a": text}, {})))) == 1


def test_commands_values_and_telegram_may_be_latin() -> None:
    texts = planted({}, {"a": "{mark} Telegram, /forget: {code}", "b": "/til\n/lang"})
    assert list(check.letters(texts)) == []


@pytest.mark.parametrize("text", ["{name}-ға", "{x}ның", "{code}\u2011ке", "{code}’ке", "{name}ға жаз"])
def test_an_ending_glued_to_a_value_is_caught(text: str) -> None:
    (problem,) = check.letters(planted({"a": text}, {}))
    assert "glued" in problem


def test_values_side_by_side_are_not_glued() -> None:
    assert list(check.letters(planted({"a": "{mark}{code} · {subject}, {x}: {y}."}, {}))) == []


@pytest.fixture(scope="module")
def rules() -> check.Rules:
    return check.Rules.load()


def tones(rules: check.Rules, kk: dict[str, str], ru: dict[str, str]) -> Iterator[str]:
    return check.tone(planted(kk, ru), rules)


def test_the_childs_tone_in_a_polite_text_is_caught(rules: check.Rules) -> None:
    assert list(tones(rules, {"a": "Саған жазамыз"}, {})) == ["kk: a: 'саған' is of the other tone"]
    assert list(tones(rules, {}, {"a": "Ты пишешь", "a.adult": "Мы ответим тебе"})) == [
        "ru: a.adult: 'тебе' is of the other tone"
    ]


def test_the_polite_tone_in_a_childs_text_is_caught(rules: check.Rules) -> None:
    polite = {"a": "Сізге жазамыз", "a.adult": "Сізге жазамыз"}
    assert list(tones(rules, polite, {})) == ["kk: a: 'сізге' is of the other tone"]


def test_a_first_line_that_betrays_the_trouble_is_caught(rules: check.Rules) -> None:
    assert list(tones(rules, {}, {"a": "Вам ответит психолог\nскоро"})) == [
        "ru: a: 'психолог' in the first line, which a notification shows"
    ]
    assert list(tones(rules, {}, {"a": "Вам ответят\nпсихолог или юрист", "card.x": "психолог"})) == []


@pytest.mark.parametrize("text", ["Это анонимно.", "Помощь уже едет", "100 % безопасно"])
def test_a_promise_that_is_not_kept_is_caught(rules: check.Rules, text: str) -> None:
    (problem,) = tones(rules, {}, {"a": text})
    assert problem.endswith("is never said")


# Keys and the code

TEXTS = planted(
    {"button.take": "", "kind.photo": "", "home": "", "bot.name": "", "toast.x": "", "toast.x.adult": ""}, {}
)


def asked(source: str, *, unused: bool = False) -> list[str]:
    return list(check.usage(TEXTS, check.literals_of(source, "bot/x.py"), unused=unused))


def test_a_key_that_does_not_exist_is_caught() -> None:
    assert asked("say('button.give')") == ["bot/x.py:1: no text 'button.give'"]


def test_a_key_built_at_run_time_must_be_announced() -> None:
    assert asked("say(f'button.{name}')\nsay('button.' + name)") == [
        "bot/x.py:1: keys that begin with 'button.' are not in DYNAMIC of locales/check.py",
        "bot/x.py:2: keys that begin with 'button.' are not in DYNAMIC of locales/check.py",
    ]
    assert asked("say(f'kind.{name}')") == []


def test_other_dotted_names_are_left_alone() -> None:
    assert asked("log('bot.intake'); open('x.csv'); say(f'{a}.b')\n'A sentence with button.give in it.'") == []


def test_an_unused_key_is_named_on_demand() -> None:
    assert asked("say('button.take', 'home')", unused=True) == ["bot.name is not used", "toast.x is not used"]
    assert asked("say('button.take')") == []


def test_the_code_of_the_project_is_read() -> None:
    assert {quoted.value for quoted in check.code_literals(Path(check.__file__).parents[1])} >= {"sos.screen"}


# Times

NOON = 1_793_869_500_000
"""2026-11-05 09:05:00 UTC."""


def plain(text: str) -> str:
    """With ordinary spaces: Babel keeps numbers and units together by unbreakable ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_the_whole_country_lives_at_utc_plus_5() -> None:
    assert times.clock(NOON) == "14:05"
    assert times.clock(NOON + 10 * 3_600_000) == "00:05"


def test_dates_are_in_the_persons_language_and_day() -> None:
    assert plain(times.day(NOON, "ru")) == "5 ноября 2026 г."
    assert plain(times.day(NOON, "kk")) == "2026 ж. 5 қараша"
    assert plain(times.day(NOON + 10 * 3_600_000, "ru")) == "6 ноября 2026 г."


@pytest.mark.parametrize(
    ("minutes", "kk", "ru"),
    [
        (0, "0 мин", "0 мин"),
        (5, "5 мин", "5 мин"),
        (60, "1 сағ", "1 ч"),
        (125, "2 сағ 5 мин", "2 ч 5 мин"),
        (2 * 1440 + 3, "2 күн", "2 дн."),
    ],
)
def test_an_age_is_short(minutes: int, kk: str, ru: str) -> None:
    spoken = tuple(plain(times.age(minutes, language)) for language in LANGUAGES)
    assert spoken == (kk, ru)
