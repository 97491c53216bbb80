"""Canned replies: the first set keeps the rules of docs/safety.md in four voices; which are offered, found, taken."""

from dataclasses import replace

import pytest

from bot.domain.canned import LONGEST, SHOWN, TITLE, VOICES, BadReply, Reply, found, named, parsed, suited
from bot.telegram.canned import COPIED
from locales import check, danger
from storage.reference.canned import replies, voices
from storage.reference.screening import screening

BETRAYING = ("психолог", "полиц", "опек", "қорғаншы", "насил", "зорлық", "суицид", "травл", "буллинг", "әлімжеттік")
PROMISING = {
    "ru": ("никому не", "секрет", "тайн", "обеща", "гаранти", "между нами"),
    "kk": ("ешкімге айт", "құпия", "сыр боп", "уәде", "кепіл"),
}
TYPED = "Лагерь\nсен: қазақша бала\nсіз: қазақша ересек\nты: русский ребёнку\nвы: русский взрослому"


def every() -> list[tuple[Reply, str, bool, str]]:
    return [(one, language, adult, text) for one in replies() for (language, adult), text in one.texts.items()]


def wrong_in(language: str, adult: bool, text: str) -> list[str]:
    """What is wrong with a text that is said in this voice."""
    assert language in ("kk", "ru")
    tone = check.Rules.load().of(language, "informal" if adult else "formal")  # type: ignore[arg-type]  # looked at
    found_words = [*tone & set(check.WORD.findall(text.lower()))]
    found_words += [word for word in (*BETRAYING, *PROMISING[language]) if word in text.lower()]
    return [*found_words, *danger.broken(language, text)]  # type: ignore[arg-type]  # looked at


def test_there_are_thirty_in_both_languages_and_tones() -> None:
    assert len(replies()) == 30
    assert all(set(one.texts) == set(VOICES) for one in replies())
    assert len({text for *_, text in every()}) == 120
    assert len({one.titles["ru"] for one in replies()}) == len({one.titles["kk"] for one in replies()}) == 30


def test_none_breaks_a_rule_of_what_may_be_said_in_danger() -> None:
    wrong = {(one.id, language, adult): bad for one, language, adult, text in every()
             if (bad := wrong_in(language, adult, text))}  # fmt: skip
    assert wrong == {}


def test_none_would_be_held_back_on_its_way_to_a_person() -> None:
    assert screening().held("Скинь фото синяка мне") is not None
    held = {(one.id, language, adult): why for one, language, adult, text in every()
            if (why := screening().held(text))}  # fmt: skip
    assert held == {}


@pytest.mark.parametrize(("language", "adult", "planted"), [
    ("ru", False, "Обещаю, об этом никто не узнает."), ("kk", False, "Бұл арамызда қалады."),
    ("ru", True, "Ты сейчас одна?"), ("kk", False, "Сізге не болды?"), ("ru", False, "Где ты? Кто рядом?"),
    ("ru", False, "Убери таблетки подальше."), ("kk", True, "Психолог сізге жазады."),
])  # fmt: skip
def test_a_planted_sentence_is_caught(language: str, adult: bool, planted: str) -> None:
    assert wrong_in(language, adult, planted)


def test_each_can_be_copied_by_its_button_and_read_at_a_glance() -> None:
    assert max(len(text) for *_, text in every()) <= COPIED <= LONGEST


def test_the_hard_questions_are_asked_directly_and_danger_has_its_number() -> None:
    known = {one.id: one for one in replies()}
    for language, said in (("ru", "убить себя"), ("kk", "өлтіру")):
        for adult in (True, False):
            text = known["suicide_ask"].texts[language, adult]  # type: ignore[index]  # the languages above
            assert said in text
            assert "?" in text
    for id in ("safety", "suicide_now", "suicide_stay", "numbers", "violence_home", "silence", "ending", "minute"):
        assert all("112" in text for text in known[id].texts.values()), id
    assert all("103" in text for text in known["selfharm_ask"].texts.values())


def test_what_suits_the_subject_is_offered_first_then_what_is_urgent() -> None:
    first = [one.id for one in suited(replies(), {"bullying"}, red=False)[:SHOWN]]
    assert {"bullying", "evidence", "adult"} <= set(first)
    urgent = [one.id for one in suited(replies(), set(), red=True)[:SHOWN]]
    assert {"safety", "who_near", "numbers"} <= set(urgent)
    assert [one.id for one in suited(replies(), {"suicide"}, red=True)][:3] == [
        "suicide_ask", "suicide_now", "suicide_stay"
    ]  # fmt: skip
    assert suited(replies(), (), red=False)[0].id == "greeting"
    off = [replace(one, off=True) for one in replies()]
    assert suited(off, (), red=True) == []


def test_a_word_finds_in_either_language_and_a_title_comes_first() -> None:
    assert found(replies(), "ДЫХАНИЕ")[0].id == found(replies(), "тыныс ал")[0].id == "breathing"
    assert found(replies(), "шантаж")[0].id == "extortion"
    assert found(replies(), "нетакогослова") == []
    assert named(replies(), "ПриветстВие ") is named(replies(), "сәлемдесу")


def test_a_typed_reply_needs_its_title_and_all_four_voices() -> None:
    title, texts = parsed(TYPED + "\nи ещё строка", voices())
    assert title == "Лагерь"
    assert texts["kk", False] == "қазақша бала"
    assert texts["ru", True] == "русский взрослому\nи ещё строка"
    for typed, flaw in (
        ("\nсен: а", "missing"), (f"{'х' * (TITLE + 1)}\nсен: а", "title"), ("Лагерь\nпросто слова", "text"),
        (TYPED + "х" * LONGEST, "long"), ("Лагерь\nсен: а\nвы: б", "missing"),
    ):  # fmt: skip
        with pytest.raises(BadReply) as bad:
            parsed(typed if not typed.startswith("\n") else "Лагерь" + typed, voices())
        assert bad.value.flaw == flaw
    assert bad.value.missing == (("kk", True), ("ru", False))
