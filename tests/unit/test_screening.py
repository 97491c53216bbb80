"""What operators may not write, on the labelled list and on every disguise; and what of a person's words is covered."""

from dataclasses import replace
from typing import Any

import pytest

from bench.screening.__main__ import PASS, RULES, load, screened, wrong
from bot.domain.cases import Case, Status
from bot.domain.desks import Desk
from bot.domain.masking import SecretKind, is_card, is_iin, masked
from bot.domain.messages import Post, To
from bot.domain.people import Language
from bot.domain.screening import Screening
from bot.domain.urgency import Assessment, Level, Reason
from bot.telegram.cards import Cards
from bot.telegram.findings import Findings
from locales import LANGUAGES, Catalog
from storage.reference import triage
from storage.reference.screening import masking, screening, tables

SENTENCES = load("sentences")
SHOWN = {kind: f"[{kind}]" for kind in SecretKind}


def test_the_list_is_long_and_even_and_nothing_of_it_is_in_what_was_kept_back() -> None:
    kept = load("held_back")
    assert len(SENTENCES) + len(kept) >= 300
    assert len(kept) >= 100
    for rows in (SENTENCES, kept):
        assert {row.rule for row in rows if row.lang == "ru"} == {row.rule for row in rows if row.lang == "kk"}
    assert 2 * sum(row.may_go for row in (*SENTENCES, *kept)) >= len(SENTENCES) + len(kept)
    texts = [row.text.casefold() for row in (*SENTENCES, *kept)]
    assert len(set(texts)) == len(texts)


def test_every_sentence_of_the_list_goes_or_does_not_go_as_it_must() -> None:
    assert list(wrong(SENTENCES, screened(SENTENCES))) == []


def test_the_sentences_that_were_kept_back_are_screened_no_worse_than_the_readme_says() -> None:
    kept = load("held_back")
    pairs = list(zip(kept, screened(kept), strict=True))
    right = sum(not row.may_go and found != PASS for row, found in pairs)
    assert right / sum(found != PASS for _, found in pairs) >= 0.89
    assert right / sum(not row.may_go for row in kept) >= 0.92


@pytest.mark.parametrize("rule", [ask.rule.name for ask in tables().asks])
def test_without_one_of_the_rules_something_gets_through(rule: str) -> None:
    others = replace(tables(), asks=tuple(ask for ask in tables().asks if ask.rule.name != rule))
    less = Screening(others, triage.spellings())
    assert [row for row in SENTENCES if not row.may_go and less.held(row.text) is None]


@pytest.mark.parametrize("cue", sorted(frozenset().union(*(ask.unless for ask in tables().asks)) - {"case_code"}))
def test_every_excuse_lets_something_go_or_is_there_for_a_reason(cue: str) -> None:
    spared = {
        "complaint": "Напиши в поддержку Телеграма, они удалят.", "office": "Оплатите госпошлину в ЦОНе.",
        "talk_code": "Назови код разговора.", "paper": "Напиши ИИН в заявлении.", "kin": "Напиши маме в ватсап.",
        "evidence": "Покажи фото врачу.", "centre": "Давай встретимся в центре.",
    }  # fmt: skip
    assert screening().held(spared[cue]) is None
    without = replace(
        tables(), asks=tuple(replace(ask, unless=ask.unless - {cue}) for ask in tables().asks),
    )  # fmt: skip
    assert Screening(without, triage.spellings()).held(spared[cue]) is not None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("я @aigul_help", "name"), ("я ＠aigul", "name"), ("я @\u200baigul", "name"), ("пиши aigul@mail.kz", "name"),
        ("aigul собака mail точка kz", "name"),
        ("t.me/x", "link"), ("T . ME / x", "link"), ("т.ме/x", "link"), ("t\u200b.me/x", "link"),
        ("t точка me", "link"), ("телеграм (точка) ме", "link"), ("hTTps://Evil.example/x", "link"),
        ("gov.kz.evil.com", "link"), ("https://gov.kz@evil.com", "link"), ("site.рф", "link"),
        ("+7 701 123-45-67", "number"), ("8\u200b701\u200b1234567", "number"), ("87О11234567", "number"),
        ("8 . 7 . 0 . 1 . 1 . 2 . 3 . 4 . 5 . 6 . 7", "number"),
        ("\u0668\u0667\u0660\u0661\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "number"),
        ("восемь 701 сто двадцать три сорок пять 67", "number"),
        ("жеті жүз бір жүз жиырма үш қырық бес алпыс жеті", "number"),
        ("*111#", "number"), ("27-45-91", "number"), ("2745912", "number"),
         ("п р и ш л и фото", "photo"), ("ПРИШЛИ\u200b ФОТО", "photo"), ("prishli foto", "photo"),
        ("сурет жибер", "photo"), ("suret zhiber", "photo"), ("приш\u0301ли фото", "photo"), ("п0кажи ф0то", "photo"),
        ("Скинь фотку, маме не говори", "photo"), ("Не бойся, присылай фото", "photo"),
        ("Не бойся присылай фото", "photo"), ("Он прав, скажет и пусть, пришли мне фото", "photo"),
        ("Пришли фото мне и врачу", "photo"),
        ("Код разговора ТК-48172. Теперь скажи пин-код", "code"), ("Встретимся в центре Алматы", "meeting"),
        ("Скажи маме, а мне напиши в ватсап", "messenger"),
    ],
)  # fmt: skip
def test_no_disguise_gets_through(text: str, rule: str) -> None:
    held = screening().held(text)
    assert held is not None
    assert held.rule == rule
    assert held.words.strip()


@pytest.mark.parametrize(
    "text",
    [
        "Звоните 112, 111, 150, 103, 102, 101 или 1414.", "Завтра в 14:30, кабинет 12.", "25.12.2011",
        "2026-11-28 09:00", "с 10.00-18.00", "2024-2025 учебный год", "1 500 000 тенге", "2745912 тенге",
        "Код ТК-48172, tk-48172",
        "1 2 3 4 5 6 7 8 9 10", "десять девять восемь семь шесть пять четыре три два один", "ул. Абая, 28/3, кв. 145",
        "gov.kz и https://adilet.zan.kz/rus/docs", "Хорошо.Потом.Да", "т.е. и т.д.", "У тебя есть собака Рекс?",
        "Если он напишет «пришли фото», не отвечай.", "Ол «сурет жібер» деді ме?", "Напиши, что он писал в телеграме.",
        "Буду ждать твоего ответа.", "Центр: улица Толе би, 61.", "Орталық Төле би көшесінде.",
        "статьи 110, 131, 132, 133, 134, 135", "",
    ],
)  # fmt: skip
def test_what_an_operator_has_to_say_goes(text: str) -> None:
    assert screening().held(text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_bot_itself_says_to_a_person_would_go(language: Language) -> None:
    said = Catalog.load()
    for key in ("claimed", "secret.kept", "secret.phone", "where.ask", "place.ask_number", "receipt.reopened"):
        for adult in (True, False):
            values: dict[str, Any] = dict.fromkeys(_fields(key), "x")
            text = said.text(key, language, adult=adult, **values)
            assert screening().held(text) is None, text


def _fields(key: str) -> list[str]:
    return {"claimed": ["alias"], "receipt.reopened": ["code"]}.get(key, [])


def test_every_rule_has_its_sentence_in_both_languages() -> None:
    keys = Catalog.load().keys("kk") & Catalog.load().keys("ru")
    assert {f"held.{rule}" for rule in RULES} <= keys
    assert {f"covered.{kind}" for kind in SecretKind} <= keys


IIN = "111225501238"
CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("звоните +7 701 123 45 67 маме", "звоните [phone] маме"), ("8(747)9008070", "[phone]"),
        ("мама 77011234567, папа 7 (701) 765-43-21", "мама [phone], папа [phone]"),
        ("87011234567 87017654321", "[phone] [phone]"), ("8701\u200b1234567", "[phone]"), ("7011234567", "[phone]"),
        ("+49 170 1234567", "[phone]"), (f"ЖСН {IIN}", "ЖСН [iin]"), (f"{IIN} {CARD}", "[iin] [card]"),
        (f"карта {CARD}", "карта [card]"), ("пришёл код 4829", "пришёл код [code]"), ("код: 48-29-11", "код: [code]"),
        ("4829 деген код келді", "[code] деген код келді"), ("СМС келді 123456", "СМС келді [code]"),
        ("kod 4829", "kod [code]"), ("его пароль от карты 1234", "его пароль от карты [code]"),
    ],
)  # fmt: skip
def test_numbers_and_codes_are_covered(text: str, shown: str) -> None:
    assert masked(text, masking().secrets(text), SHOWN) == shown


@pytest.mark.parametrize(
    "text",
    [
        "112", "звонила 111 и 150", "мне 13 лет, 8Б класс, школа 145", "дом 28, кв 145, подъезд 3", "14:30",
        "25.12.2011", "25.12.2011 14:30", "2026-11-28", "2011-2012", "код ТК-48172", "код разговора ТК 48172",
        "150000 тенге",
        "1 500 000", "домофон код 4567", "есік коды 4567", "в 2024 году код", "пью 20 таблеток по 500 мг", "12345",
        "бьет 3 раза в день с 2019 года", "",
    ],
)  # fmt: skip
def test_what_may_save_her_or_tells_of_nobody_stays(text: str) -> None:
    assert masking().secrets(text) == []


def test_an_iin_has_a_day_or_its_check_digit_and_a_card_its_sum() -> None:
    assert is_iin(IIN)
    assert is_iin("111225501230")
    assert is_iin("999999" + "000000") == (sum(9 * weight for weight in range(1, 7)) % 11 == 0)
    assert not is_iin("991399700001")
    assert is_card(CARD.replace(" ", ""))
    assert not is_card("4111111111111112")


def test_texts_of_any_length_are_looked_at_and_never_raise() -> None:
    for text in (
        "1 " * 5000,
        "a." * 3000,
        "@ " * 3000,
        "код 1234 " * 700,
        "\U0001f1f0\U0001f1ff" * 2000,
        "семь " * 1200,
    ):
        screening().held(text)
        secrets = masking().secrets(text)
        assert len(masked(text, secrets, SHOWN)) > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_s_reasons_and_the_words_of_a_quarantined_update_are_covered_too(language: Language) -> None:
    said = Catalog.load()
    before = Assessment(Level.RED, "suicide", (Reason("before", "код 4829, мамин номер +7 701 123 45 67"),))
    told = Findings(said, language).told(before)
    assert said.text("covered.code", language) in told
    assert said.text("covered.phone", language) in told
    assert "4829" not in told


async def test_a_number_that_nobody_could_uncover_stays_and_a_code_does_not() -> None:
    desk = Desk("national", -1001, "ru", 0)
    post = Post(To.DESK, "national/urgent", "rescue", {"text": "код 4829, номер +7 701 123 45 67"})
    said = await Cards(None, Catalog.load(), desk).make(post, None)  # type: ignore[arg-type]  # it reads no row
    assert said is not None
    assert "+7 701 123 45 67" in said.parts[0]
    assert "4829" not in said.parts[0]


async def test_a_row_of_an_older_version_is_shown_and_covered_too() -> None:
    case = Case("1", "ТК-48172", "p", Status.CLAIMED, Level.ORDINARY, "ru", 0)
    post = Post(To.CASE, case.id, "words", {"said": {"kind": "text", "text": "мой номер +7 701 123 45 67"}})
    desk = Desk("national", -1001, "ru", 0)
    said = await Cards(None, Catalog.load(), desk).make(post, case)  # type: ignore[arg-type]  # it reads no row
    assert said is not None
    assert said.parts[0].startswith("▎ мой номер")
    assert "701" not in said.parts[0]
