"""The case code: every number has one, every code is read in either script, and nothing else is taken for one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from bot.domain.codes import CYRILLIC, LATIN, POSSIBLE, code_of, read_code

TO_LATIN = str.maketrans(CYRILLIC, LATIN)

numbers = some.integers(0, POSSIBLE - 1)


@given(numbers)
@example(0)
@example(POSSIBLE - 1)
def test_a_code_is_two_letters_and_five_digits(number: int) -> None:
    code = code_of(number)

    assert len(code) == 8
    assert {*code[:2]} <= {*CYRILLIC}
    assert code[2] == "-"
    assert code[3:].isascii()
    assert code[3:].isdigit()


@given(numbers, numbers)
def test_no_two_numbers_have_the_same_code(one: int, other: int) -> None:
    assert (code_of(one) == code_of(other)) == (one == other)


def test_all_letters_are_used_and_there_are_as_many_codes_as_it_says() -> None:
    heads = {code_of(number)[:2] for number in range(0, POSSIBLE, 100_000)}

    assert len(heads) * 100_000 == POSSIBLE == 12_100_000
    assert len(set(CYRILLIC)) == len(set(LATIN)) == 11


@given(
    numbers, some.sampled_from(["-", "", " ", " - ", "\u2010", "\u2013", "\u2014"]), some.booleans(), some.booleans(),
    some.sampled_from(["", " ", "\n", "\t"]),
)  # fmt: skip
def test_a_code_is_read_in_either_script_any_case_and_with_any_dash(
    number: int, dash: str, latin: bool, small: bool, around: str
) -> None:
    typed = code_of(number).replace("-", dash)
    typed = typed.translate(TO_LATIN) if latin else typed
    typed = typed.lower() if small else typed

    assert read_code(f"{around}{typed}{around}") == code_of(number)


def test_the_letters_of_a_code_may_come_from_two_keyboards() -> None:
    assert read_code("Тk 48172") == "ТК-48172"


@pytest.mark.parametrize(
    "text",
    [
        "", "ТК", "48172", "ТК-4817", "ТК-481722", "Т-48172", "ТКМ-48172", "ТЖ-48172", "ТУ-48172", "ТК--48172",
        "ТК-48172 ТК-48173", "ТК-4817x", "мой код ТК-48172", "ТК\n\n-48172x", "DK-48172",
    ],
)  # fmt: skip
def test_what_is_no_code_is_not_read_as_one(text: str) -> None:
    assert read_code(text) is None


def test_digits_of_another_script_are_ours_or_none() -> None:
    assert {read_code(f"ТК-{digits}") for digits in ("٤٨١٧٢", "４８１７２", "४८१७२")} <= {None, "ТК-48172"}


@given(some.text(max_size=12))
def test_whatever_is_typed_is_a_code_or_nothing(text: str) -> None:
    found = read_code(text)
    assert found is None or read_code(found) == found
