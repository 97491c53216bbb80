"""Practice cases: what their scripts say, how an answer is looked through, and that nothing else knows of them."""

import re
from pathlib import Path

import pytest

from bot.domain.people import Language
from bot.domain.practice import IDLE, WAIT, Practice, met
from bot.domain.urgency import Level
from locales import LANGUAGES, Catalog
from storage.reference.canned import replies
from storage.reference.practice import rules, stories, story

ROOT = Path(__file__).resolve().parents[2]
MAY_KNOW = {
    "bot/domain/practice.py", "bot/jobs.py", "bot/services/__init__.py", "bot/services/delivery.py",
    "bot/services/practice.py", "bot/services/tell.py", "bot/telegram/callbacks.py", "bot/telegram/practice.py",
    "bot/telegram/render.py", "bot/telegram/setup.py",
    "handlers/operators/practice.py", "storage/database.py", "storage/practice.py", "storage/reference/practice.py",
}  # fmt: skip
"""What begins, plays, says and keeps practice cases. Nothing here counts, rings, climbs, or measures a wait."""

TRACE = re.compile(r"\.practice\b|Practi[cs]|practice_|practice:|(FROM|INTO|UPDATE|JOIN) practice|\"practice\"")

GOOD: dict[Language, dict[str, str]] = {
    "ru": {
        "greet": "Привет, я здесь", "feeling": "Похоже, тебе страшно", "open": "Расскажи, что было",
        "next": "Подумаем вместе", "again": "Напиши потом снова", "safety": "Ты в безопасности?",
        "pay": "Не плати ему", "evidence": "Сохрани переписку", "near": "Кто из взрослых рядом?",
        "suicide": "Бывает ли, что тебе не хочется жить?", "numbers": "Звони 112",
    },
    "kk": {
        "greet": "Сәлем, мен осындамын", "feeling": "Саған қорқынышты сияқты", "open": "Айтып берші",
        "next": "Бірге ойланайық", "again": "Кейін қайта жаз", "safety": "Қауіпсіз жердесің бе?",
        "pay": "Оған ақша төлеме", "evidence": "Хаттарды сақта", "near": "Жаныңда ересек адам бар ма?",
        "suicide": "Өмір сүргің келмейтін кез бола ма?", "numbers": "112 нөміріне қоңырау шал",
    },
}  # fmt: skip
BAD: dict[Language, dict[str, str]] = {
    "ru": {"bad_promise": "Обещаю, никому не скажу", "bad_blame": "Успокойся, ерунда"},
    "kk": {"bad_promise": "Уәде беремін", "bad_blame": "Неге сен айтпадың"},
}


def test_there_is_an_ordinary_an_amber_and_a_red_story_in_both_languages() -> None:
    assert [one.level for one in stories()] == [Level.ORDINARY, Level.AMBER, Level.RED]
    for one in stories():
        for language in LANGUAGES:
            turns = [one.line(turn, (), language) for turn in range(9)]
            assert turns[5:].count(None) >= 3
            assert len(set(filter(None, turns))) >= 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_answers_to_what_was_asked(language: Language) -> None:
    red = story("dark")
    assert red.line(2, {"suicide"}, language) != red.line(2, (), language)
    assert red.line(6, {"suicide"}, language) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_is_met_by_a_good_sentence_and_by_no_empty_one(language: Language) -> None:
    words = rules()[language]
    assert words.keys() == {**GOOD[language], **BAD[language]}.keys()
    for rule, sentence in {**GOOD[language], **BAD[language]}.items():
        assert rule in met(sentence, words), rule
    assert met({"ru": "ок", "kk": "жақсы"}[language], words) == set()
    for rule in BAD[language]:
        assert not any(rule in met(sentence, words) for sentence in GOOD[language].values())


def test_no_canned_reply_is_taken_for_what_is_better_not_said() -> None:
    found = {one.id: bad for one in replies() for (language, _), text in one.texts.items()
             if (bad := {rule for rule in met(text, rules()[language]) if rule.startswith("bad_")})}  # fmt: skip
    assert found == {}


def test_every_rule_has_its_words_in_the_debrief() -> None:
    catalog = Catalog.load()
    for rule in rules()["kk"]:
        assert all(catalog.text(f"practice.rule.{rule}", language) for language in LANGUAGES)


def test_a_clock_that_is_set_holds_no_script_and_an_abandoned_one_ends() -> None:
    one = Practice(7, "national", "exam", "ru", 0, 1000 * IDLE, turn_at=1000 * IDLE)
    assert one.speaks(1000 * IDLE)
    assert not one.speaks(1000 * IDLE - WAIT)
    assert one.speaks(1000 * IDLE - WAIT - 1)
    assert not one.idle(1000 * IDLE)
    assert one.idle(1001 * IDLE)
    assert one.idle(998 * IDLE)


def test_nothing_that_counts_or_rings_knows_of_practice() -> None:
    files = [file for part in ("bot", "handlers", "storage") for file in (ROOT / part).rglob("*.py")]
    knows = {file.relative_to(ROOT).as_posix() for file in files if TRACE.search(file.read_text("utf-8"))}
    assert knows == MAY_KNOW


@pytest.mark.parametrize("planted", [
    "tx.practice.open()", "from storage.practice import PracticeTable", "SELECT 1 FROM practice", "services.practice",
    "'practice_card'",
])  # fmt: skip
def test_a_file_that_reads_practice_is_seen(planted: str) -> None:
    assert TRACE.search(planted)
