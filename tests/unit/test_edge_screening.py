"""What passes to the operators: her words as plain text, or the name of what she sent; nothing else of hers."""

import json
from dataclasses import asdict, replace

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.messages import Incoming, Kind
from bot.domain.rescue import Number, Point, Shared
from bot.telegram.screening import admitted, plain, shared, words_of

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "❤\ufe0f"


@pytest.mark.parametrize(
    "text",
    [
        "t.me/joinchat/AAAA", "T.ME/x", "telegram.me/x", "http://evil.kz", "HTTPS://evil.kz/?a=1", "evil.kz", "a.b.co",
        "www.evil.com", "пример.рф", "ПРИМЕР.РФ", "сайт.қаз", "пример.бел", "пример.укр", "пример.срб",
        "xn--e1afmkfd.xn--p1ai", "evil-site.org", "evil.xyz:8080/x", "(evil.com)", "evil.com.", "mail@evil.com",
        "vk.com/id1",
    ],
)  # fmt: skip
def test_a_link_cannot_be_tapped(text: str) -> None:
    shown = plain(f"смотри {text} там")

    assert linkified(shown) == []


def test_every_cyrillic_zone_that_telegram_makes_a_link_is_cut() -> None:
    zones = ["дети", "ком", "москва", "онлайн", "орг", "рус", "сайт", "бел", "мкд", "мон", "рф", "срб", "укр", "қаз"]

    assert [zone for zone in zones if linkified(plain(f"пример.{zone}"))] == []


def test_an_address_of_numbers_cannot_be_tapped_either() -> None:
    assert linkified(plain("1.2.3.4")) == []
    assert linkified(plain("http://1.2.3.4/x")) == []


@pytest.mark.parametrize("text", ["tg://resolve?domain=x", "ton://transfer", "TG://x"])
def test_a_link_into_the_app_cannot_be_tapped(text: str) -> None:
    assert "[:]//" in plain(text)


@pytest.mark.parametrize("text", ["@username", "@aisha_2009", "пиши @бота", "a@b", "@@name", "/start@somebot"])
def test_a_mention_cannot_be_tapped(text: str) -> None:
    assert not regex.search(r"@\w", plain(text))


@pytest.mark.parametrize(
    "text",
    [
        "Мне плохо.Помогите", "Мне плохо...Помогите", "я не знаю.что делать", "Ол ұрды.Мен қорқамын",
        "в 10.30 и в 12.45", "т.е. и т.д.", "10.05.2026", "3.14", "Что?!Нет.", "а:б//в", "1) да 2) нет", "…", ":// ",
        "@ ", "a @ b",
        f"{FAMILY} {HEART} \U0001f1f0\U0001f1ff \U0001f44b\U0001f3fd", "и\u0306", "строка\nстрока\tещё",
        "«кавычки» — тире",
    ],
)  # fmt: skip
def test_ordinary_words_are_passed_as_they_are(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "character",
    [
        "\u202e", "\u202d", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u200c", "\u2060", "\ufeff",
        "\u00ad", "\u180e", "\u3164", "\u2800", "\uffa0", "\x00", "\x1b", "\x7f", "\x08", "\ue000", "\ud83d",
        "\U000e0041", "\U000f0000",
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_shown(character: str) -> None:
    assert plain(f"а{character}б") == f"а⟨U+{ord(character):04X}⟩б"


def test_what_unicode_says_to_ignore_is_shown_too() -> None:
    ignored = "\u034f\u17b4\u180b\ufe00\u2065\U000e0100\U000e0002"

    assert [hex(ord(character)) for character in ignored if character in plain(f"а{character}б")] == []


@given(some.text())
def test_nothing_that_turns_the_direction_or_hides_passes(text: str) -> None:
    shown = plain(text)

    assert not regex.search(r"[\p{Cf}--[\u200d]]", shown, regex.V1)
    assert not regex.search(r"[\u115f\u1160\u2800\u3164\uffa0]", shown)


@given(some.text(some.sampled_from("abя.@:/-1 ә🆘\u200d\n"), max_size=40))
def test_whatever_is_typed_no_latin_link_and_no_mention_is_left(text: str) -> None:
    shown = plain(text)

    assert linkified(shown) == []
    assert not regex.search(r"(?<!\[)@\w", shown)


@given(some.text(some.characters(categories=["L", "Nd", "Zs"], exclude_characters="ㅤᅟᅠﾠ"), max_size=60))
def test_letters_digits_and_spaces_are_never_touched(text: str) -> None:
    assert plain(text) == text


def linkified(text: str) -> list[str]:
    """Roughly what Telegram would make a link (tdlib, find_urls and is_common_tld): a dot between host and zone."""
    zones = "рф|қаз|бел|укр|срб|онлайн|сайт|рус|дети|москва|орг|ком|мон|мкд|[a-z]{2,}"
    found = regex.findall(rf"[\w-]\.(?:{zones})(?!\w)|(?<![\d.])(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\d.])", text.lower())
    return [*found, *regex.findall(r"[a-z]://", text.lower())]


SECRET = "SECRET"


def maximal(**content: object) -> dict[str, object]:
    """A message in which every field that tells of her is marked."""
    someone = {
        "id": 7_123_456_789, "is_bot": False, "first_name": SECRET, "last_name": SECRET, "username": SECRET,
        "language_code": "ru", "is_premium": True,
    }  # fmt: skip
    chat = {"id": 7_123_456_789, "type": "private", "first_name": SECRET, "username": SECRET}
    return {
        "message_id": 55, "date": 1, "from": someone, "chat": chat, "sender_chat": chat, "via_bot": someone,
        "forward_origin": {"type": "user", "sender_user": someone, "date": 1}, "forward_from": someone,
        "forward_sender_name": SECRET, "author_signature": SECRET, "sender_business_bot": someone,
        "reply_to_message": {"message_id": 1, "from": someone, "chat": chat, "text": SECRET},
        "external_reply": {"origin": {"type": "user", "sender_user": someone}},
        "quote": {"text": SECRET, "position": 0},
        "story": {"chat": chat, "id": 1}, "link_preview_options": {"url": SECRET}, "effect_id": SECRET,
        "entities": [{"type": "text_mention", "offset": 0, "length": 1, "user": someone},
                     {"type": "text_link", "offset": 0, "length": 1, "url": SECRET}],
        "caption_entities": [{"type": "text_mention", "offset": 0, "length": 1, "user": someone}],
        "reply_markup": {"inline_keyboard": [[{"text": SECRET, "url": SECRET}]]}, **content,
    }  # fmt: skip


FILE = {
    "file_id": SECRET, "file_unique_id": SECRET, "file_name": SECRET, "mime_type": SECRET, "file_size": 9,
    "duration": 12,
    "performer": SECRET, "title": SECRET, "thumbnail": {"file_id": SECRET}, "width": 640, "height": 480, "length": 240,
}  # fmt: skip

CONTENTS: list[tuple[dict[str, object], Incoming]] = [
    ({"text": "сөз"}, Incoming(Kind.TEXT, "сөз", 55)),
    ({"voice": FILE, "caption": "сөз"}, Incoming(Kind.VOICE, "сөз", 55, seconds=12)),
    ({"video_note": FILE}, Incoming(Kind.VIDEO_NOTE, "", 55, seconds=12)),
    ({"photo": [FILE, FILE], "caption": "сөз"}, Incoming(Kind.PHOTO, "сөз", 55)),
    ({"video": FILE}, Incoming(Kind.VIDEO, "", 55, seconds=12)),
    ({"animation": FILE, "document": FILE}, Incoming(Kind.ANIMATION, "", 55, seconds=12)),
    ({"document": {**FILE, "duration": None}}, Incoming(Kind.DOCUMENT, "", 55)),
    ({"audio": FILE}, Incoming(Kind.AUDIO, "", 55, seconds=12)),
    (
        {"sticker": {"emoji": "😢", "set_name": SECRET, "file_id": SECRET, "custom_emoji_id": SECRET}},
        Incoming(Kind.STICKER, "", 55, emoji="😢"),
    ),
    ({"location": {"latitude": 43.238949, "longitude": 76.889709}}, Incoming(Kind.LOCATION, "", 55)),
    (
        {"venue": {"location": {"latitude": 43.2}, "title": SECRET, "address": SECRET}, "location": {"latitude": 43.2}},
        Incoming(Kind.LOCATION, "", 55),
    ),
    (
        {"contact": {"phone_number": SECRET, "first_name": SECRET, "user_id": 7_123_456_789, "vcard": SECRET}},
        Incoming(Kind.CONTACT, "", 55),
    ),
    ({"poll": {"id": SECRET, "question": SECRET, "options": [{"text": SECRET}]}}, Incoming(Kind.POLL, "", 55)),
    ({"dice": {"emoji": "🎲", "value": 6}}, Incoming(Kind.OTHER, "", 55)),
    ({"users_shared": {"users": [{"user_id": 7_123_456_789, "first_name": SECRET}]}}, Incoming(Kind.OTHER, "", 55)),
    ({"something_of_2027": {"name": SECRET}}, Incoming(Kind.OTHER, "", 55)),
    ({}, Incoming(Kind.OTHER, "", 55)),
]


@pytest.mark.parametrize(("content", "passes"), CONTENTS)
def test_of_a_message_only_words_kind_length_and_emoji_pass(content: dict[str, object], passes: Incoming) -> None:
    found = admitted(maximal(**content))

    assert found == replace(passes, reply_to=1)
    told = json.dumps(asdict(found), ensure_ascii=False)
    assert SECRET not in told
    assert "7123456789" not in told
    assert "43.2" not in told


def test_of_a_quotation_only_what_was_picked_out_by_hand_of_a_message_in_this_chat_passes() -> None:
    replied = {"reply_to_message": {"message_id": 1, "text": "мы рядом, пиши"}}
    picked = {"text": "мы рядом", "position": 0, "is_manual": True}
    said = {"message_id": 2, "text": "спасибо"}

    assert admitted({**said, **replied, "quote": picked}).quote == "мы рядом"
    assert admitted({**said, **replied, "quote": {**picked, "is_manual": False}}).quote == ""
    assert admitted({**said, **replied, "quote": {**picked, "text": "чужое"}}).quote == ""
    assert admitted({**said, "external_reply": {}, "quote": picked}).quote == ""


@pytest.mark.parametrize(
    "message",
    [
        {"text": 5}, {"text": None, "caption": ["x"]}, {"voice": "x"}, {"voice": {"duration": "long"}},
        {"sticker": None},
        {"sticker": {"emoji": {"a": 1}}}, {"photo": {}}, {"location": []},
    ],
)  # fmt: skip
def test_a_message_of_any_shape_is_survived(message: dict[str, object]) -> None:
    found = admitted(message)

    assert found.text == ""
    assert found.seconds is None
    assert found.emoji is None


json_like = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ["text", "caption", "voice", "sticker", "photo", "quote", "message_id", "location", "contact"]


@given(some.dictionaries(some.sampled_from(FIELDS), json_like))
def test_no_garbage_makes_it_raise(message: dict[str, object]) -> None:
    found = admitted(message)

    assert isinstance(found.text, str)
    assert isinstance(words_of({"message": message, "edited_message": message}), list)


@pytest.mark.parametrize("field", ["message", "edited_message"])
def test_every_text_of_hers_is_assessed_quoted_words_too(field: str) -> None:
    update = {"update_id": 1, field: {"text": "a", "caption": "b", "quote": {"text": "c"}, "from": {"first_name": "d"}}}

    assert words_of(update) == ["a", "b", "c"]


@pytest.mark.parametrize("update", [{}, {"message": None}, {"message": []}, {"message": {"quote": "x", "text": 5}}])
def test_where_there_are_no_words_there_is_nothing_to_assess(update: dict[str, object]) -> None:
    assert words_of(update) == []


def test_an_edit_is_called_one() -> None:
    assert admitted({"text": "a"}, edited=True).edited


HERE = {"latitude": 43.238949, "longitude": 76.889709}
OWN = {"phone_number": "77010000000", "user_id": 7_123_456_789, "first_name": SECRET, "vcard": SECRET}
SENT: list[tuple[dict[str, object], Shared | None]] = [
    ({"location": HERE}, Point(43.238949, 76.889709)),
    ({"location": {**HERE, "horizontal_accuracy": 12.5, "live_period": 900}}, Point(43.238949, 76.889709, 12.5)),
    ({"location": {**HERE, "horizontal_accuracy": 1501}}, Point(43.238949, 76.889709)),
    ({"location": {"latitude": -90, "longitude": 180}}, Point(-90.0, 180.0)),
    ({"location": HERE, "venue": {"location": HERE, "title": SECRET, "address": SECRET}}, Point(43.238949, 76.889709)),
    ({"contact": OWN}, Number("+77010000000")),
    ({"contact": {**OWN, "phone_number": "+77010000000"}}, Number("+77010000000")),
    ({"contact": {**OWN, "user_id": 7_123_456_788}}, None),
    ({"contact": {**OWN, "user_id": None}}, None),
    ({"contact": {**OWN, "user_id": "7123456789"}}, None),
    ({"contact": {**OWN, "user_id": True}}, None),
    ({"contact": {**OWN, "phone_number": "+7701000000\n"}}, None),
    ({"contact": {**OWN, "phone_number": "٧٧٠١٠٠٠٠٠٠٠"}}, None),
    ({"contact": {**OWN, "phone_number": SECRET}}, None),
    ({"contact": {**OWN, "phone_number": 77010000000}}, None),
    ({"contact": SECRET}, None),
    ({"location": {"latitude": 90.1, "longitude": 0}}, None),
    ({"location": {"latitude": 0, "longitude": -180.1}}, None),
    ({"location": {"latitude": float("nan"), "longitude": 0}}, None),
    ({"location": {"latitude": "43.2", "longitude": 76.8}}, None),
    ({"location": {"latitude": True, "longitude": 76.8}}, None),
    ({"location": {"latitude": 43.2}}, None),
    ({"location": []}, None),
    ({"text": "43.238949, 76.889709"}, None),
    ({"voice": FILE, "location": HERE}, None),
]


@pytest.mark.parametrize(("content", "found"), SENT)
def test_of_a_place_only_the_point_and_of_a_contact_only_her_own_number_is_held_apart(
    content: dict[str, object], found: Shared | None
) -> None:
    message = {"message_id": 5, "from": {"id": 7_123_456_789, "first_name": SECRET}, **content}

    assert shared(message) == found
    told = json.dumps(asdict(admitted(message)), ensure_ascii=False)
    assert "43.2" not in told.replace("43.238949, 76.889709", "")
    assert "7701" not in told


def test_a_place_and_a_number_are_not_printed() -> None:
    """What holds them may come into a log or a traceback."""
    printed = repr([Point(43.238949, 76.889709, 12.5), Number("+77010000000")])

    assert not [mark for mark in ("43", "76", "12.5", "7701") if mark in printed]
