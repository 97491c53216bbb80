"""Language and tone: guessed from what she writes, polite until she says that she is under 18."""

import pytest

from bot.domain.people import KAZAKH_LETTERS, Person, Writer, guess_language


@pytest.mark.parametrize(
    ("text", "code", "language"),
    [
        ("Маған көмек керек", "ru", "kk"),
        ("МАҒАН КӨМЕК", None, "kk"),
        ("Ә", "en", "kk"),
        ("салем, жаман болып тұр", "ru", "kk"),
        ("salem", "kk", "kk"),
        ("привет", "kk", "kk"),
        ("привет", "kk-KZ", "kk"),
        ("Мне плохо", "ru", "ru"),
        ("Мне плохо", None, "ru"),
        ("help", "en", "ru"),
        ("", None, "ru"),
        ("", "", "ru"),
        ("🙂", "kkj", "ru"),
    ],
)
def test_her_letters_come_first_and_her_phones_setting_second(text: str, code: str | None, language: str) -> None:
    assert guess_language(text, code) == language


@pytest.mark.parametrize("letter", sorted(KAZAKH_LETTERS))
def test_each_letter_that_russian_lacks_is_enough(letter: str) -> None:
    assert guess_language(f"а{letter}а", "ru") == "kk"
    assert guess_language(f"А{letter.upper()}А", "ru") == "kk"
    assert len(KAZAKH_LETTERS) == 9


@pytest.mark.parametrize(
    ("writer", "adult"),
    [
        (None, True),
        (Writer.CHILD, False),
        (Writer.ADULT, True),
        (Writer.ABOUT_CHILD, True),
        (Writer.PROFESSIONAL, True),
    ],
)
def test_the_polite_form_holds_until_she_says_that_she_is_a_child(writer: Writer | None, adult: bool) -> None:
    assert Person("key", writer=writer).adult is adult
