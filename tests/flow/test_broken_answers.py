"""Answers that stand in no table: codes, half an answer, none, and texts as long as they come."""

import asyncio
import re
from collections.abc import Callable

import pytest

from bot.telegram import failures
from bot.telegram.sandbox.faults import Faults
from bot.telegram.sandbox.phone import Phone
from tests.region import alarms, marked, refused, said_in
from tests.town import Town, heard, press, texts, until

AGAIN = "↻ "


pytestmark = pytest.mark.usefixtures("quick")


async def test_what_telegram_never_takes_is_told_to_whoever_wrote_it_or_to_administrators(place: Town) -> None:
    national = place.national
    assert national is not None
    said = "Bad Request: message is too long"
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        place.sandbox.faults.fail("sendMessage", teen.id, code=400, description=said)
        place.operator.write("длинное", chat=national, topic=topic)
        await said_in(national, topic, "Telegram не принял")
        await until(lambda: marked(place, topic, "🤷") == 1)
        place.operator.write("короткое", chat=national, topic=topic)
        await teen.sees("короткое")

        place.sandbox.faults.fail("sendMessage", national.id, code=400, description=said)
        teen.write("два")
        await place.admin.sees("не доставлено")
        teen.write("три")
        await said_in(national, topic, "▎ три")
        await place.settled()
    assert len(refused(place, said)) == 2
    assert not [text for text in heard(teen) if "длинное" in text]


WORDS = {
    "4096 emoji of two units": "😀" * 4096,
    "4096 letters of Kazakh": "әғқңөұүһі" * 455 + "ә",
    "letters of many code points": ("а" + "\u0301\u0316\u0334" * 5) * 256,
    "families": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466" * 585,
    "one letter without end": "а" + "\u0301" * 4095,
}


async def test_a_message_as_long_as_they_come_arrives_whole_both_ways_whatever_telegram_counts(place: Town) -> None:
    """The sandbox counts code points; whether Telegram counts UTF-16 units is not known, so both are looked at."""
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case("начало", language="Русский")
        first = WORDS["4096 emoji of two units"]
        teen.write(first)  # on a card, and in the history of the claim
        await place.move(46)
        topic = await place.take(code)
        await place.settled()
        assert _whole(texts(national.messages(topic))).count(first) == 1
        for name, words in WORDS.items():
            await place.move(61)
            seen, there = len(heard(teen)), len(national.messages(topic))
            teen.write(words)
            place.operator.write(words, chat=national, topic=topic)
            await until(lambda seen=seen, words=words: words in "".join(_told(heard(teen)[seen:])))  # type: ignore[misc]  # as defaults
            await until(
                lambda there=there, words=words: (
                    words
                    in _whole(  # type: ignore[misc]  # as defaults
                        [s.text for s in national.messages(topic)[there:] if s.sender == "Senim"]
                    )
                )
            )
            await place.settled()
            assert marked(place, topic, "🤷") == 0, name
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Направ", chat=national, topic=topic)
        asked = await said_in(national, topic, "?")
        note = "а" + ("б" + "\u0301" * 12) * 300
        place.operator.write(note, chat=national, topic=topic, reply_to=asked.message_id)
        await teen.sees("Разговор завершён")
        await place.settled()
    sent = [call for call in place.sandbox.journal.calls if call.method in ("sendMessage", "editMessageText")]
    assert [call.description for call in sent if not call.ok] == []
    assert max(len(call.params["text"].encode("utf-16-le")) // 2 for call in sent) <= 4096
    assert alarms(place, "не доставлено") == 0


def _told(said: list[str]) -> list[str]:
    """An operator's words without the line that names the alias."""
    return [text.split(":\n", 1)[-1] for text in said]


def _whole(shown: list[str]) -> str:
    """A person's words without the signs before their lines."""
    return re.sub("\n?▎ ", "", "".join(shown))


async def test_a_chat_that_is_flooded_waits_alone_until_it_may_be_asked_again(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        other, _, elsewhere = await place.claimed("и мне", name="Другая", language="Русский")
        await place.settled()
    place.sandbox.faults.flood(25, "sendMessage", teen.id)
    place.operator.write("первое", chat=national, topic=topic)
    place.operator.write("другой", chat=national, topic=elsewhere)
    await other.sees("другой")
    await place.settled()
    assert len([c for c in place.sandbox.journal.calls if c.error_code == 429]) == 1
    assert not any("первое" in text for text in heard(teen))
    await place.move(26)
    await teen.sees("первое")


def refuses(code: int, description: str) -> Callable[[Faults, int], object]:
    return lambda faults, chat: faults.fail("sendMessage", chat, code=code, description=description)


BROKEN: dict[str, tuple[Callable[[Faults, int], object], bool]] = {
    "500": (refuses(500, "Internal Server Error"), True),
    "502 in HTML": (lambda faults, chat: faults.server_error("sendMessage", chat), True),
    "409": (refuses(409, "Conflict"), False),
    "cut before": (lambda faults, chat: faults.cut_before("sendMessage", chat), True),
    "cut after": (lambda faults, chat: faults.cut_after("sendMessage", chat), True),
    "garbage": (lambda faults, chat: faults.garbage("sendMessage", chat), True),
    "no result": (lambda faults, chat: faults.no_result("sendMessage", chat), True),
}


"""What breaks an answer, and whether the call may have had its effect as far as the bot can tell."""


async def test_an_answer_that_is_none_is_asked_for_again_and_marked_when_it_may_have_arrived(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        for name, (breaks, doubtful) in BROKEN.items():
            await place.move(61)
            breaks(place.sandbox.faults, teen.id)
            place.operator.write(f"ей {name}", chat=national, topic=topic)
            breaks(place.sandbox.faults, national.id)
            teen.write(f"она {name}")
            line = AGAIN * doubtful + f"▎ она {name}"
            await _arrived(teen, f"ей {name}", again=doubtful)
            await until(lambda line=line: line in texts(national.messages(topic)))  # type: ignore[misc]  # as a default
            await place.settled()
            for shown in (heard(teen), [s.text for s in national.messages(topic) if s.sender == "Senim"]):
                found = [text for text in shown if name in text]
                marks = [False, True] if name == "cut after" else [doubtful]
                assert [text.startswith(AGAIN) for text in found] == marks, name
        assert place.sandbox.faults.waiting == ()


async def _arrived(teen: Phone, words: str, *, again: bool) -> None:
    await until(lambda: [text for text in heard(teen) if words in text and text.startswith(AGAIN * again)])


async def test_a_group_that_has_moved_is_followed_at_once(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        old = national.id
        national.upgrade()
        place.sandbox.world.updates.drop()
        teen.write("два")
        await said_in(national, topic, "▎ два")
        await place.settled()
        moved = [c for c in place.sandbox.journal.calls if "upgraded" in (c.description or "")]
        assert [call.chat_id for call in moved] == [old]
        assert texts(national.messages(topic)).count("▎ два") == 1  # nothing had arrived, so nothing is marked


async def test_a_token_that_is_refused_for_a_while_drops_nothing(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    national = place.national
    assert national is not None
    monkeypatch.setattr(failures, "BACK_OFF", (0.3,))  # of real time between two polls, up to 30 s in life
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        good, place.sandbox.server.token = place.sandbox.server.token, "1:revoked"
        place.sandbox.push({"poll": {}})  # ends the poll that waits
        await until(lambda: place.sandbox.server.unauthorized)
        teen.write("два")
        place.operator.write("три", chat=national, topic=topic)
        await place.move(31)
        await asyncio.sleep(1)
        assert "три" not in [text.split("\n")[-1] for text in heard(teen)]
        place.sandbox.server.token = good
        await said_in(national, topic, "▎ два")
        await teen.sees("три")
        await place.settled()
    assert [text.split("\n")[-1] for text in heard(teen)].count("три") == 1
    assert alarms(place, "не доставлено") == 0


@pytest.mark.parametrize("code", [401, 404])
async def test_a_call_that_is_refused_because_of_the_token_is_made_again(
    place: Town, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(failures, "BACK_OFF", (0.3,))
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        said = {401: "Unauthorized", 404: "Not Found"}[code]
        place.sandbox.faults.fail("sendMessage", times=3, code=code, description=said)
        teen.write("два")
        place.operator.write("три", chat=national, topic=topic)
        await said_in(national, topic, "▎ два")
        await teen.sees("три")
        await place.settled()
    assert len(refused(place, said)) == 3
    assert [text for text in texts(national.messages(topic)) if "два" in text] == ["▎ два"]


async def test_a_method_that_this_server_does_not_know_is_not_called_again_and_again(place: Town) -> None:
    national = place.national
    assert national is not None
    said = "Not Found: method not found"
    async with place.hurried():
        teen, code = await place.case("раз", language="Русский")
        await place.move(46)
        place.sandbox.faults.fail("pinChatMessage", times=None, code=404, description=said)
        topic = await place.take(code)
        await place.settled()
        await place.move(61)
        teen.write("два")
        await said_in(national, topic, "▎ два")
        await place.settled()
    assert len(refused(place, said)) == 1
    assert alarms(place, "не доставлено") == 0  # a pin is nothing that anybody misses


async def test_somebody_else_with_this_token_is_told_of_once_and_updates_still_come(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "BACK_OFF", (0.3,))
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        for number in range(3):
            said = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            place.sandbox.faults.fail("getUpdates", times=2, code=409, description=said)
            teen.write(f"два {number}")
            await said_in(national, topic, f"▎ два {number}")
            await until(lambda: not place.sandbox.faults.waiting)
            await place.settled()
        await place.admin.sees("тем же токеном")
        await place.settled()
    assert alarms(place, "тем же токеном") == 1
