"""Which file of a message is taken, read from updates of any shape."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.media import LARGEST, LARGEST_PHOTO, Attached
from bot.domain.messages import Kind
from bot.telegram.attached import attached
from bot.telegram.screening import admitted


def file(name: str, **more: Any) -> dict[str, Any]:
    return {"file_id": name, "file_unique_id": f"u{name}", **more}


SIZES = [
    file("s", width=90, height=60, file_size=900), file("l", width=2560, height=1707, file_size=900_000),
    file("m", width=800, height=533, file_size=90_000),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"photo": SIZES}, Attached(Kind.PHOTO, "l", "ul", 900_000)),
        ({"photo": SIZES, "media_group_id": "7"}, Attached(Kind.PHOTO, "l", "ul", 900_000, "7")),
        (
            {"photo": [*SIZES, file("huge", width=9000, height=9000), file("heavy", width=3000, height=3000,
                                                                            file_size=LARGEST_PHOTO + 1)]},
            Attached(Kind.PHOTO, "l", "ul", 900_000),
        ),
        ({"document": file("d", mime_type="image/png", file_name="x.png")}, Attached(Kind.PHOTO, "d", "ud")),
        ({"voice": file("v", duration=3, file_size=9)}, Attached(Kind.VOICE, "v", "uv", 9)),
        ({"video_note": file("n", file_size=True)}, Attached(Kind.VIDEO_NOTE, "n", "un")),
        ({"document": file("d", mime_type="application/pdf")}, None),
        ({"document": file("d"), "animation": file("d")}, None),
        ({"video": file("d")}, None),
        ({"audio": file("d")}, None),
        ({"sticker": file("d")}, None),
        ({"text": "words"}, None),
        ({"photo": []}, None),
        ({"photo": {"file_id": "x"}}, None),
        ({"photo": [{"file_id": 7, "file_unique_id": "u"}]}, None),
        ({"voice": file("v" * 600)}, None),
        ({"voice": {"file_id": "v", "file_unique_id": ""}}, None),
    ],
)  # fmt: skip
def test_the_largest_photo_that_is_taken_a_picture_sent_as_a_file_and_voices(
    message: dict[str, Any], expected: Attached | None
) -> None:
    assert attached(message) == expected


def test_what_is_too_large_is_known_by_what_telegram_says() -> None:
    for kind, most in ((Kind.PHOTO, LARGEST_PHOTO), (Kind.VOICE, LARGEST), (Kind.VIDEO_NOTE, LARGEST)):
        assert not Attached(kind, "f", "u", most).too_large
        assert Attached(kind, "f", "u", most + 1).too_large
    assert not Attached(Kind.PHOTO, "f", "u").too_large


def test_a_picture_sent_as_a_file_is_a_photo_among_her_words_too() -> None:
    assert admitted({"document": file("d", mime_type="image/heic")}).kind is Kind.PHOTO
    assert admitted({"document": file("d", mime_type="text/plain")}).kind is Kind.DOCUMENT


JUNK = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inside: (
        some.lists(inside, max_size=3)
        | some.dictionaries(
            some.sampled_from(["file_id", "file_unique_id", "width", "mime_type", "x"]), inside, max_size=4
        )
    ),
    max_leaves=8,
)


@given(some.dictionaries(some.sampled_from(["photo", "voice", "document", "video_note", "media_group_id"]), JUNK))
def test_no_shape_makes_it_raise(message: dict[str, Any]) -> None:
    found = attached(message)
    assert found is None or isinstance(found.file_id, str)
