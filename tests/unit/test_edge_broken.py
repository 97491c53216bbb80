"""Updates that are no JSON, or more than any JSON should be: told apart, acknowledged, and read for words."""

import json
from typing import Any

import pytest
import regex
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.messages import Kind
from bot.domain.words import graphemes, head, split
from bot.telegram.api import Api, Unreachable, loads
from bot.telegram.intake import growing
from bot.telegram.raw import group_lane, nowhere, number_of, private_id, shallow, updates_in
from bot.telegram.screening import EMOJI, LONGEST, admitted, plain, shortened, words_of
from storage.statements import DEEPEST, _deeper, _dumps

GOOD = b'{"update_id":7,"message":{"text":"good"}}'
BROKEN = {
    "cut": b'{"update_id":5,"message":{"text":"wo',
    "cut before its end": b'{"update_id":5,"message":{"text":"wo"}',
    "one bracket more": b'{"update_id":5,"message":{"text":"wo"}}}',
    "no escape": b'{"update_id":5,"message":{"text":"wo\\x"}}',
    "no value": b'{"update_id":5,"message":{"text":"wo"},"x":}',
    "nested without end": b'{"update_id":5,"message":{"text":"wo"},"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


class TestUpdatesIn:
    """One answer's updates."""

    @pytest.mark.parametrize("how", BROKEN)
    def test_a_broken_update_costs_no_other_and_is_acknowledged_with_its_words(self, how: str) -> None:
        first, broken, last = updates_in(GOOD.replace(b"7", b"4") + b"," + BROKEN[how] + b"," + GOOD)

        assert (first["update_id"], number_of(broken), last["update_id"]) == (4, 5, 7)
        assert isinstance(broken, str)
        assert [words[:2] for words in words_of(broken)] == ["wo"]

    @pytest.mark.parametrize("odd", [b"17", b"null", b'"x"', b"[" + GOOD + b"]", b'{"message":{}}'])
    def test_what_stands_beside_a_broken_one_without_a_number_is_read(self, odd: bytes) -> None:
        found = updates_in(GOOD + b"," + odd + b"," + BROKEN["cut"] + b"," + GOOD)

        assert found == [json.loads(GOOD), json.loads(odd), BROKEN["cut"].decode(), json.loads(GOOD)]

    @pytest.mark.parametrize("said", [',{"update_id":9}', '"},{"update_id":9,"x":"'])
    def test_nobody_can_write_an_update_into_her_words(self, said: str) -> None:
        own = {"update_id": 6, "message": {"text": said}}
        found = updates_in(json.dumps(own).encode() + b"," + BROKEN["cut"])

        assert found == [own, BROKEN["cut"].decode()]

    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            (b'{"update_id":5,"message":{"text":"a\xff\xc3\x28b"}}', "a\ufffd\ufffd(b"),
            (b'{"update_id":5,"message":{"text":"a\x00\nb"}}', "a\x00\nb"),
            (b'\xef\xbb\xbf{"update_id":5,"message":{"text":"ab"}}', "ab"),
            (b'{"update_id":5,"message":{"text":"a\\ud83db"}}', "a?b"),
            (b'{"update_id":5,"message":{"text":"x","text":"ab"}}', "ab"),
            (b'{"update_id":5,"x":1e999,"y":NaN,"message":{"text":"ab"}}', "ab"),
        ],
    )
    def test_odd_bytes_are_read(self, raw: bytes, text: str) -> None:
        (first, *_, last) = updates_in(raw + b"," + GOOD)

        assert first["message"]["text"] == text
        assert last == json.loads(GOOD)

    @given(some.binary(max_size=60))
    def test_no_bytes_make_it_raise_and_the_good_ones_after_them_are_there(self, odd: bytes) -> None:
        assert updates_in(odd + b"," + GOOD)[-1] == json.loads(GOOD)
        updates_in(odd)


def test_what_is_too_deep_to_be_read_again_is_not_stored_and_its_upper_levels_are() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]
    update = {"update_id": 5, "message": {"text": "words", "x": deep, "y": 2**70}}
    with pytest.raises(RecursionError):
        _dumps(update)

    kept = loads(_dumps(shallow(update)))

    assert kept["message"]["text"] == "words"
    assert not _deeper(kept, DEEPEST)


def test_what_is_too_deep_and_too_long_is_stored_small_enough_for_the_worker_to_open_again_and_again() -> None:
    deep: Any = "x"
    for _ in range(900):
        deep = [deep]

    kept = _dumps(shallow({"update_id": 5, "message": {"text": "words", "x": [deep] * 10_000}}))

    assert len(kept) < 100_000
    assert loads(kept)["message"]["text"] == "words"


@pytest.mark.parametrize("number", [-5, 0, 2**53, 2**70, 1.5, "5", None, True, [5]])
def test_a_number_that_would_acknowledge_others_is_none(number: object) -> None:
    """A negative offset makes Telegram forget all but the last updates."""
    assert number_of({"update_id": number}) is None
    assert number_of({"update_id": 5}) == 5
    assert number_of('{"update_id":5,"mess') == 5
    assert number_of("{") is None


@pytest.mark.parametrize(
    ("numbers", "believed"),
    [
        ([], []), ([5], [5]), ([4, 5, 9], [4, 5, 9]), ([4, 9, 5, 6], [4, 5, 6]), ([4, 5, 2], [4, 5]),
        ([4, 2**50, 5, 6], [4, 5, 6]), ([5, 5, 6], [5, 6]),
    ],
)  # fmt: skip
def test_a_number_that_breaks_the_order_is_not_believed(numbers: list[int], believed: list[int]) -> None:
    assert growing(numbers) == believed


def test_the_raw_text_of_a_groups_update_is_no_persons() -> None:
    raw = '{"update_id":5,"message":{"chat":{"id":-100123,"type":"supergroup"},"text":"wo'
    assert group_lane(raw) == "g:raw"
    assert private_id(raw) is None
    assert words_of('{"callback_query":{"message":{"text":"a button of ours"') == []


def test_a_chat_of_a_kind_that_nobody_knows_is_hers_and_no_handlers() -> None:
    message = {"chat": {"id": 5, "type": "new"}, "from": {"id": 5}}
    assert nowhere({"message": message})
    assert private_id({"message": message}) == 5
    assert not any(nowhere({"message": {"chat": {"type": kind}}}) for kind in ("private", "supergroup", None, 7))


def test_a_text_beyond_all_lengths_is_shortened_and_its_call_for_help_is_not_lost() -> None:
    assert shortened("x" * LONGEST) == "x" * LONGEST
    assert shortened("x" * (LONGEST + 1)) == "x" * LONGEST + "…"
    assert shortened("x" * LONGEST + " 🆘").startswith("🆘 xxx")


def test_of_numbers_and_emoji_only_what_can_be_true_passes() -> None:
    odd = admitted({"voice": {"duration": -5}, "message_id": [[]]})
    assert (odd.kind, odd.seconds, odd.message_id) == (Kind.VOICE, None, None)
    assert admitted({"video": {"duration": 2**70}}).seconds is None
    assert len(admitted({"sticker": {"emoji": "x" * 1_000_000}}).emoji or "") == EMOJI
    assert admitted({"text": "", "caption": "words"}).text == "words"


def test_of_many_hidden_characters_in_a_row_the_first_are_shown_and_the_number_of_the_others() -> None:
    hidden = "\u200b"
    assert plain(f"а{hidden * 4_000}б") == f"а{'⟨U+200B⟩' * 3}⟨+3997⟩б"
    assert plain(f"а{hidden * 4}б") == f"а{'⟨U+200B⟩' * 4}б"
    assert plain(f"{hidden} {hidden} {hidden} {hidden} {hidden} {hidden}").count("U+200B") == 6


HUGE = {
    "flags": "\U0001f1f0", "invisible": "\u200b", "one letter with marks": "\u0301", "families": "\U0001f468\u200d",
    "lines": "\n", "dots": "a.", "mentions": "@a", "numbers": "1.", "conjuncts": "\u0915\u094d",
}  # fmt: skip


@pytest.mark.parametrize("what", HUGE)
@pytest.mark.parametrize("work", [plain, graphemes, split, lambda text: head(text, 700)])
def test_work_on_a_text_grows_with_its_length_and_not_faster(what: str, work: Any) -> None:
    """Compared by ratio, so that a slow machine does not matter: four times the length in four, not sixteen."""
    from time import process_time

    def seconds(times: int) -> float:
        begun = process_time()
        work(HUGE[what] * times)
        return process_time() - begun

    short = min(seconds(10_000) for _ in range(3))
    assert min(seconds(40_000) for _ in range(2)) < 9 * short + 0.1


@given(some.text(some.sampled_from("\U0001f1f0\U0001f1ffaж\u200d\u0301\u0903\ufe0f\u1100\u1161\u0600\r\n\U0001f468")))
def test_graphemes_are_those_of_unicode(text: str) -> None:
    assert graphemes(text) == len(regex.findall(r"\X", text))
    assert "".join(split(text, 3)) == text


async def answered(body: bytes) -> bytes:
    """What the edge makes of this answer to getUpdates."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body)

    runner = web.ServerRunner(web.Server(handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    api = Api(f"http://127.0.0.1:{runner.addresses[0][1]}", "1:x")
    try:
        return await api.updates({}, timeout=10)
    finally:
        await api.close()
        await runner.cleanup()


async def test_what_is_between_the_brackets_is_given_as_it_came() -> None:
    assert await answered(b'{"ok":true,"result":[{"a]}]}') == b'{"a]}'
    assert await answered(b'\xef\xbb\xbf { "ok": true, "result": [] }\n') == b""
    assert json.loads(b"[" + await answered(b'{"result":[{"update_id":5}],"ok":true}') + b"]") == [{"update_id": 5}]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>502</html>", b'{"ok":true}', b'{"ok":true,"result":[{"update_id":5', b'{"ok":true,"result":7}',
        b"\xff", b"[]",
    ],
)  # fmt: skip
async def test_what_is_no_answer_stays_unreachable(body: bytes) -> None:
    with pytest.raises(Unreachable):
        await answered(body)
