"""What is said in danger breaks no rule of docs/safety.md; each rule is proved by a planted sentence."""

import pytest

from locales import LANGUAGES, Catalog, Language, check, danger
from locales.catalog import Forms

PLANTED = {
    "method": {"ru": "Убери таблетки подальше.", "kk": "Пышақты алысқа қой."},
    "diagnosis": {"ru": "Похоже, у тебя депрессия.", "kk": "Сенде депрессия бар шығар."},
    "grade": {"ru": "Уровень риска: высокий риск.", "kk": "Сенің қауіп деңгейің жоғары."},
    "guilt": {"ru": "Подумай о родителях.", "kk": "Ата-анаңды ойла."},
    "unheard": {"ru": "Я тебя не понимаю, напиши иначе.", "kk": "Мен сені түсінбедім."},
    "secrecy": {"ru": "Об этом никто не узнает.", "kk": "Мұны ешкім білмейді."},
    "rescue": {"ru": "Мы тебя спасём.", "kk": "Біз сені құтқарамыз."},
    "survey": {"ru": "Оцени нашу работу по шкале.", "kk": "Жұмысымызды бағалап жібер."},
    "joke": {"ru": "Это шутка!", "kk": "Бұл әзіл ғой."},
    "confront": {"ru": "Поговори с ним и дай отпор.", "kk": "Оның бетіне айт."},
    "questions": {"ru": "Где ты? Кто рядом?", "kk": "Қайдасың? Жаныңда кім бар?"},
}  # fmt: skip


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.fixture(scope="module")
def texts() -> check.Texts:
    return check.read()[0]


def with_planted(texts: check.Texts, planted: str, language: Language, key: str) -> dict[Language, dict[str, Forms]]:
    """The texts of the project, with this one in the place of another."""
    return {one: {**texts[one], **({key: (planted,)} if one == language else {})} for one in LANGUAGES}


def test_no_sentence_breaks_a_rule(texts: check.Texts) -> None:
    assert list(danger.problems(texts)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rule", PLANTED)
def test_a_planted_sentence_is_caught_by_its_rule(texts: check.Texts, rule: str, language: Language) -> None:
    for key in ("unanswered.again", "unanswered.again.adult"):
        found = list(danger.problems(with_planted(texts, PLANTED[rule][language], language, key)))
        assert any(problem.startswith(f"{language}: unanswered.again") and f"({rule}:" in problem for problem in found)


def test_every_rule_has_words_in_both_languages_and_a_planted_sentence() -> None:
    rules = {language: {one.rule for one in danger.forbidden() if one.language == language} for language in LANGUAGES}
    assert rules["kk"] == rules["ru"] == PLANTED.keys() - {"questions"}


def test_a_face_is_a_joke_and_the_urgent_sign_is_none() -> None:
    assert list(danger.broken("ru", "Держись \N{WINKING FACE}")) == ["joke: a face"]
    assert list(danger.broken("kk", "\N{SQUARED SOS} осында")) == []


def test_what_is_secret_is_said_with_its_limit_and_help_only_in_the_operators_name() -> None:
    for language, bare, whole in (
        ("ru", "О чём ты пишешь, мы никому не рассказываем.", " Исключение одно: опасность."),
        ("kk", "Не жазғаныңды ешкімге айтпаймыз.", " Бір ғана жағдай бөлек: қауіп."),
        ("ru", "Помощь едет.", " Так оператор сообщает."),
        ("kk", "Көмек шыққан.", " Оны оператор айтты."),
    ):
        assert list(danger.broken(language, bare))  # type: ignore[arg-type]  # the languages above
        assert list(danger.broken(language, bare + whole)) == []  # type: ignore[arg-type]  # the languages above


def test_a_key_that_is_no_text_is_caught(texts: check.Texts) -> None:
    without = {language: {key: forms for key, forms in texts[language].items()} for language in LANGUAGES}
    del without["ru"]["now.ask"]
    assert list(danger.problems(without)) == ["ru: now.ask of danger.csv is no text"]


MUST_SAY = {
    "kk": ("Рақмет", "дұрыс болды", "бағдарламамын", "адам оқиды", "112", "103", "102", "111", "Қанша күту",
           "жазып отырамыз"),
    "ru": ("Спасибо", "Хорошо, что", "Я программа", "живой человек", "112", "103", "102", "111", "Сколько ждать",
           "будем писать"),
}  # fmt: skip
"""Thanks, "you did right", a program, a person will read, the numbers, how long, and that it stays."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("adult", [False, True])
def test_the_emergency_card_says_what_it_must_and_asks_one_thing(
    catalog: Catalog, language: Language, adult: bool
) -> None:
    question = catalog.text("now.ask", language, adult=adult)
    card = catalog.text("sos.screen", language, adult=adult, code="АВ-12345")
    assert [part for part in MUST_SAY[language] if part not in card] == []
    assert "?" not in card
    for key in ("sos.again", "sos.unreachable"):
        assert f"{catalog.text(key, language, adult=adult, code='АВ-12345')}\n\n{question}".count("?") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_rung_and_end_has_112(texts: check.Texts, language: Language) -> None:
    keys = [key for key in texts[language] if key.startswith(("sos.", "unanswered.", "operator_left", "closed"))]
    assert len(keys) > 20
    assert [key for key in keys if "112" not in texts[language][key][0]] == []
