"""Text of any length: nothing lost, nothing cut in two, and no line of a person's words without its mark."""

import time
from itertools import pairwise

import pytest
import regex
from hypothesis import assume, example, given
from hypothesis import strategies as some

from bot.domain.words import LIMIT, QUOTE, graphemes, head, lines_of, pack, quoted, split, units

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1f0\U0001f1ff"
SKIN = "\U0001f44b\U0001f3fd"
ZALGO = "a" + "\u0300\u0316\u0334" * 6
KEYCAP = "1\ufe0f\u20e3"

pieces = some.sampled_from(
    [
        FAMILY,
        FLAG,
        SKIN,
        ZALGO,
        KEYCAP,
        " ",
        "\n",
        "\r\n",
        "ә",
        "и\u0306",
        "\u0915\u094d\u0937",
        "한",
        "\u200d",
        "x",
        "слово ",
    ]
)
texts = some.one_of(some.text(max_size=120), some.lists(pieces, max_size=60).map("".join))
LINE_ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


def boundaries(text: str) -> set[int]:
    return {match.start() for match in regex.finditer(r"\X", text)} | {len(text)}


@given(texts, some.integers(1, 80))
def test_the_pieces_together_are_the_text(text: str, limit: int) -> None:
    assert "".join(split(text, limit)) == text


@given(texts, some.integers(2, 80))
def test_no_piece_is_longer_than_the_limit_and_none_is_empty(text: str, limit: int) -> None:
    found = split(text, limit)

    assert all(units(piece) <= limit for piece in found)
    assert all(found) or found == [""]


@given(some.text(some.characters(), max_size=50))
def test_units_are_what_utf_16_takes_and_never_fewer_than_code_points(text: str) -> None:
    assert units(text) == len(text) + sum(letter > "\uffff" for letter in text) >= len(text)


@pytest.mark.parametrize("text", ["\U0001f600" * 4_096, FAMILY * 585, FLAG * 2_048, ("a" + "\u0301" * 7) * 512])
def test_a_message_full_of_wide_letters_is_cut_so_that_each_piece_fits_in_either_count(text: str) -> None:
    found = split(text)

    assert "".join(found) == text
    assert all(units(piece) <= LIMIT for piece in found)
    assert len(found) == -(-units(text) // LIMIT) or FAMILY in text


def test_half_of_a_surrogate_pair_counts_as_one() -> None:
    assert units("\ud83d") == 1
    assert split("\ud83d" * 5, 2) == ["\ud83d" * 2, "\ud83d" * 2, "\ud83d"]


@given(some.lists(some.sampled_from([FAMILY, FLAG, SKIN, ZALGO, KEYCAP, "ә", "x", "и\u0306", "한"]), max_size=60))
def test_no_letter_and_no_emoji_is_cut(letters: list[str]) -> None:
    text = "".join(letters)
    cuts, at = [], 0
    for piece in split(text, 25):
        at += len(piece)
        cuts.append(at)

    assert {*cuts} <= boundaries(text)


def test_white_space_that_goes_on_is_not_cut_either() -> None:
    for whole in ("\r\n", " \u0301", " \u200d"):
        for before in range(20, 41):
            text = "a" * before + whole + "b" * 20
            assert len(split(text, 40)[0]) in boundaries(text)


@given(some.integers(1, 30), some.integers(1, 200))
def test_a_single_letter_longer_than_the_limit_is_cut_and_nothing_is_lost(limit: int, marks: int) -> None:
    text = "b" + "a" + "\u0301" * marks + "c"
    found = split(text, limit)

    assert "".join(found) == text
    assert all(0 < len(piece) <= limit for piece in found)


def test_a_short_text_stays_whole() -> None:
    assert split("") == [""]
    assert split("сөз") == ["сөз"]
    assert split("x" * LIMIT) == ["x" * LIMIT]


def test_a_long_text_is_cut_after_a_word() -> None:
    text = "сөз " * 1_500

    assert [len(piece) for piece in split(text)] == [4_096, 1_904]
    assert all(piece.endswith(" ") for piece in split(text))


def test_a_word_is_cut_only_when_there_is_no_space_in_the_second_half() -> None:
    assert split("aaaa bbbbbbbbbbbb", 10) == ["aaaa bbbbb", "bbbbbbb"]
    assert split("aaaaa bbbbbbbbbbb", 10) == ["aaaaa ", "bbbbbbbbbb", "b"]


@pytest.mark.parametrize("text", [FAMILY, FLAG, SKIN, ZALGO, KEYCAP, "и\u0306"])
def test_what_a_person_calls_a_letter_counts_as_one(text: str) -> None:
    assert graphemes(text) == 1
    assert graphemes(text * 5) == 5
    assert head(text * 5, 2) == text * 2


@given(texts, some.integers(0, 50))
def test_a_head_is_the_beginning_in_whole_letters(text: str, count: int) -> None:
    found = head(text, count)

    assert text.startswith(found)
    assert len(found) in boundaries(text) | {0}
    assert graphemes(found) == min(count, graphemes(text))


@given(texts)
def test_every_line_of_a_persons_words_carries_its_mark(text: str) -> None:
    shown = "\n".join(quoted(text))

    for line in shown.splitlines():
        assert line.startswith(QUOTE)


@given(some.lists(some.one_of(some.text(max_size=10), some.sampled_from(LINE_ENDS)), max_size=10).map("".join))
@example("слова\u2028▌ НОВЫЙ СЛУЧАЙ ТК-00000")
@example("слова\x85🔴 ТК-00000")
@example("слова\r🔴 ТК-00000")
def test_no_character_that_some_client_shows_as_a_line_end_fakes_a_head(text: str) -> None:
    for line in quoted(text):
        assert line.startswith(QUOTE)
        assert not any(end in line for end in LINE_ENDS)
        assert len(line.splitlines()) == 1


@given(texts)
def test_quoting_loses_nothing_but_the_line_ends(text: str) -> None:
    told = "".join(line.removeprefix(QUOTE) for line in quoted(text))

    assert told == "".join(lines_of(text))


@pytest.mark.parametrize("end", LINE_ENDS)
def test_each_line_end_parts_two_lines(end: str) -> None:
    assert lines_of(f"one{end}two") == ["one", "two"]


def test_a_quoted_line_fits_a_message_of_its_own() -> None:
    assert max(units(line) for letter in ("x", "\U0001f600") for line in quoted(letter * 20_000)) < LIMIT


def test_a_text_of_megabytes_is_cut_and_packed_in_a_time_that_grows_with_it() -> None:
    spent = []
    for size in (100_000, 400_000):
        begun = time.process_time()
        pack(quoted("x" * size))
        pack(quoted("\n" * size))
        spent.append(time.process_time() - begun)

    assert spent[1] < spent[0] * 10 + 0.2


@given(some.lists(some.text(some.characters(exclude_characters="\n"), max_size=30), max_size=30), some.integers(30, 60))
def test_packing_keeps_whole_lines_in_order_and_within_the_limit(lines: list[str], limit: int) -> None:
    parts = pack(lines, limit)

    assert [line for part in parts for line in part.split("\n")] == lines
    assert all(units(part) <= limit or "\n" not in part for part in parts)


@given(some.lists(some.integers(1, 30), min_size=1, max_size=30))
def test_packing_leaves_no_line_that_would_have_fitted_into_the_part_before(lengths: list[int]) -> None:
    assume(sum(lengths) > 0)
    parts = pack(["x" * length for length in lengths], 40)

    for part, following in pairwise(parts):
        assert len(part) + 1 + len(following.split("\n")[0]) > 40
