"""What comes from Telegram: nothing is lost, nothing acts twice, and what nobody can read stops nobody else."""

import asyncio
import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest
from aiogram.types import Message

import handlers.people.cases
from bot.domain.desks import Desk, Operator
from bot.domain.messages import Incoming
from bot.domain.people import Person
from bot.services.cases import Cases
from bot.services.desk import DeskWork, Said
from bot.services.people import People
from bot.telegram import failures
from bot.telegram.sandbox.phone import Phone
from tests.danger import PLAIN
from tests.town import Town, code_of, press, texts, town, until

UNREAD = "Обновление не прочитано"
BROKEN = "Обновление не обработано"
HUGE = "9" * 300


def whole(teen: Phone, **fields: Any) -> dict[str, Any]:
    """A message in her private chat, as it should be but for `fields`."""
    chat = {"id": teen.id, "type": "private", "first_name": teen.user["first_name"]}
    return {"message_id": 900, "date": 1_790_000_000, "from": teen.user, "chat": chat, **fields}


def unreadable(teen: Phone) -> dict[str, str]:
    """Updates as bytes, by the words in them; the empty ones have none. ID is the number of the update."""

    def text(word: str, **fields: Any) -> str:
        return json.dumps(whole(teen, text=word, **fields), ensure_ascii=False)

    deep = "[" * 400 + "]" * 400
    nobody = f'{{"id":{HUGE},"type":"private"}}'
    return {
        "слово-даты": f'{{"update_id":ID,"message":{text("слово-даты", date="когда-то")}}}',
        "слово-типа": f'{{"update_id":ID,"message":{text("слово-типа", message_id={"a": 1})}}}',
        "слово-чата": '{"update_id":ID,"message":{"text":"слово-чата"}}',
        "слово-правки": '{"update_id":ID,"edited_message":{"text":"слово-правки","chat":7,"from":[]}}',
        "слово-подписи": f'{{"update_id":ID,"message":{json.dumps(whole(teen, caption="слово-подписи", photo=5))}}}',
        "слово-без-номера": f'{{"message":{text("слово-без-номера")}}}',
        "слово-номера": f'{{"update_id":"abc","message":{text("слово-номера")}}}',
        "слово-дробное": f'{{"update_id":1.5,"message":{text("слово-дробное")}}}',
        "слово-огромное": f'{{"update_id":ID,"message":{text("слово-огромное").replace("900", HUGE)}}}',
        "слово-никого": f'{{"update_id":ID,"message":{{"text":"слово-никого","chat":{nobody}}}}}',
        "слово-глубины": f'{{"update_id":ID,"message":{text("слово-глубины", date=[])[:-1]},"x":{deep}}}}}',
        "": '{"update_id":ID,"something_new":{"text":"никто об этом не просил"}}',
        " ": '{"update_id":ID,"message":"строка"}',
        "  ": '{"update_id":ID,"message":["список"]}',
        "   ": '{"update_id":ID,"message":null}',
        "    ": '{"update_id":ID}',
        "     ": "17",
        "      ": "null",
        "       ": '["список"]',
        "        ": f'{{"update_id":{HUGE}}}',
    }


async def test_what_nobody_can_read_is_set_aside_and_a_cry_for_help_in_the_same_batch_arrives(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        strange = await place.welcomed("Странная", "Русский")
        teen = await place.welcomed("Айша", "Русский")
        await place.settled()
    updates = unreadable(strange)
    for raw in updates.values():
        place.push_raw(raw)
    half = json.dumps(whole(strange, text="половина-HALF")).replace("HALF", "\\ud83d слова")
    place.push_raw(f'{{"update_id":ID,"message":{half}}}')
    place.push_raw(f'{{"update_id":ID,"message":{json.dumps(whole(strange, text="длинно " + "ж" * 5_000_000))}}}')
    teen.write("Вопрос про лагерь")
    begun = time.monotonic()
    await code_of(teen)
    assert time.monotonic() - begun < 8
    async with place.hurried():
        await place.settled()
        for _ in range(3):
            await place.move(61)
            await place.settled()
    everything = "\n".join(showing.text for showing in place.sandbox.journal.to(national))
    assert "▎ Вопрос про лагерь" in everything
    words = [word for word in (*updates, "половина-? слова", "длинно жжж") if word.strip()]
    assert [word for word in words if word not in everything] == []
    assert sum(UNREAD in text for text in texts(place.admin.chat)) == 1
    assert any("слова сохранились" in text for text in texts(strange.chat))
    # An hour later the alarm may sound again.
    await place.move(3601)
    place.push_raw('{"update_id":ID,"message":7}')
    await until(lambda: sum(UNREAD in text for text in texts(place.admin.chat)) == 2)


async def test_a_rich_message_nested_five_levels_deep_holds_nobody_up(place: Town) -> None:
    """Each of its texts may be one of 28 models that hold texts again: reading it takes 28 times as long a level."""
    async with place.hurried():
        teen = await place.welcomed("Айша", "Русский")
        await place.settled()
    text: Any = "слово"
    for kind in ("bold", "italic", "underline", "strikethrough", "spoiler"):
        text = {"type": kind, "text": text}
    rich = {"rich_message": {"blocks": [{"type": "paragraph", "text": text}]}}
    begun = time.monotonic()
    place.push_raw(
        f'{{"update_id":ID,"message":{json.dumps(whole(teen, reply_to_message=whole(teen, **rich), **rich))}}}'
    )
    await code_of(teen)
    assert time.monotonic() - begun < 5


async def test_the_words_of_a_rich_message_are_words(place: Town) -> None:
    """In the order in which they stand; of whoever is mentioned only what was typed."""
    assert place.national is not None
    teen = await place.welcomed("Айша", "Русский")
    blocks: list[dict[str, Any]] = [
        {"type": "heading", "size": 1, "text": "Не знаю, как начать"},
        {"type": "paragraph", "text": ["он ", {"type": "bold", "text": "опять"}, " сидит с "]},
        {
            "type": "paragraph",
            "text": {"type": "text_mention", "text": "ним", "user": {"id": 7, "first_name": "Ерлан"}},
        },
        {"type": "list", "items": [{"label": "1", "blocks": [{"type": "paragraph", "text": "дверь белая"}]}]},
        {"type": "photo", "photo": [{"file_id": "x"}], "caption": {"text": "вот отсюда", "credit": "сама"}},
    ]
    place.push_raw(f'{{"update_id":ID,"message":{json.dumps(whole(teen, rich_message={"blocks": blocks}))}}}')
    code = await code_of(teen)
    await place.move(46)
    card = await place.national.sees(code)
    said = " ".join(card.text.split())
    for words in ("Не знаю, как начать", "он опять сидит с", "ним", "дверь белая", "вот отсюда", "сама"):
        assert words in said
    assert "Ерлан" not in place.national.transcript()

    emoji = {"type": "custom_emoji", "custom_emoji_id": "1", "alternative_text": "🆘"}
    cry = whole(teen, rich_message={"blocks": [{"type": "paragraph", "text": emoji}]})
    place.push_raw(f'{{"update_id":ID,"message":{json.dumps(cry)}}}')
    await place.national.sees(f"🔴 {code}")


WRONG_NUMBERS = '{"update_id":100,"message":7},{"update_id":200,"message":8}'
"""Two in one: numbers that are none of Telegram's acknowledge nothing, whichever of them is believed."""


@pytest.mark.parametrize("bad", ['{"message":{"text":"x"}}', '{"update_id":"abc","message":7}', "null", WRONG_NUMBERS])
async def test_an_update_that_cannot_be_acknowledged_does_not_make_the_bot_run_in_circles(
    place: Town, bad: str
) -> None:
    """Without a number no offset goes beyond it, so Telegram gives it again at once until a later update comes."""
    place.push_raw(bad)
    await asyncio.sleep(1.5)
    polls = [call for call in place.sandbox.journal.calls if call.method == "getUpdates"]
    fresh = [call for call in polls if call.result and time.monotonic() - call.monotonic < 1]
    teen = place.teen("Айша", "ru")
    teen.write("Вопрос про лагерь")  # others are heard meanwhile
    await code_of(teen)
    assert len(fresh) < 5


async def test_a_handler_that_raises_is_tried_three_times_while_only_its_lane_waits(
    place: Town, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    national = place.national
    assert national is not None
    tries: list[float] = []
    hear = People.hear

    async def broken(
        self: People, person: Person, incoming: Incoming, language_code: str | None, *read: Any, **more: Any
    ) -> None:
        await hear(self, person, incoming, language_code, *read, **more)
        if "сломайся" in incoming.text:
            now = place.sandbox.clock.time()
            if not tries or now - tries[-1] > 1:  # one try: with all that waits, and then by itself
                tries.append(now)
            raise RuntimeError(f"a secret: {incoming.text}")

    monkeypatch.setattr(People, "hear", broken)
    teen, code = await place.case("раз", name="Одна", language="Русский")
    other = await place.welcomed("Другая", "Русский")
    await place.move(46)
    await place.settled()
    teen.write("сломайся сейчас")
    teen.write("и потом")
    await until(lambda: len(tries) == 1)
    other.write("а я тут")
    await code_of(other)
    await place.move(1)
    assert len(tries) == 1
    await place.move(1.5)
    await until(lambda: len(tries) == 2)
    await place.move(8)
    await place.sandbox.idle()
    assert len(tries) == 2
    await place.move(2.5)
    await until(lambda: len(tries) == 3)
    await place.admin.sees(BROKEN)
    await place.move(61)
    await place.settled()
    card = [shown for shown in national.messages() if code in shown.text][-1]
    assert card.text.split("\n")[-3:] == ["▎ раз", "▎ сломайся сейчас", "▎ и потом"]
    assert sum("слова сохранились" in text for text in texts(teen.chat)) == 1
    assert sum(BROKEN in text for text in texts(place.admin.chat)) == 1
    await place.move(60)
    await place.settled()
    assert len(tries) == 3
    # The log says what broke and where, and nothing of the words.
    assert "RuntimeError in broken" in caplog.text
    assert "secret" not in caplog.text
    assert "сломайся" not in caplog.text


async def test_a_move_that_fails_twice_and_then_goes_well_is_made_once(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    national = place.national
    assert national is not None
    failures = iter([True] * 4)  # a try is one with all that waits, and one by itself
    words = Cases.words

    async def shaky(
        self: Cases, person: Person, incoming: Incoming, language_code: str | None = None, *read: Any, **more: Any
    ) -> None:
        await words(self, person, incoming, language_code, *read, **more)
        if next(failures, False):
            raise RuntimeError

    monkeypatch.setattr(Cases, "words", shaky)
    teen = await place.welcomed("Айша", "Русский")
    teen.write("мне плохо")
    await place.sandbox.idle()
    await place.move(3)
    await place.move(11)
    await teen.sees("Отправлено")
    await place.move(46)
    await national.sees("▎ мне плохо")
    await place.settled()
    assert sum("Отправлено" in text for text in texts(teen.chat)) == 1
    assert "".join(texts(national.messages())).count("мне плохо") == 1
    assert not any(BROKEN in text for text in texts(place.admin.chat))


@pytest.mark.parametrize("how", ["its handler raises", "nobody can read it"])
async def test_an_operator_learns_that_her_answer_did_not_go(
    place: Town, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed("мне плохо", language="Русский")
    said = DeskWork.said

    async def broken(self: DeskWork, desk: Desk, thread_id: int, operator: Operator | None, words: Said) -> None:
        if words.text == "держись":
            raise RuntimeError
        await said(self, desk, thread_id, operator, words)

    if how == "its handler raises":
        monkeypatch.setattr(DeskWork, "said", broken)
        message = place.operator.write("держись", chat=national, topic=topic)
    else:
        message = place.sandbox.world.post(national.chat, place.operator.id, {"text": "держись"}, thread=topic).id
        fields = {"message_id": message, "message_thread_id": topic, "text": "держись", "date": "когда-то"}
        place.sandbox.push({"message": {**whole(place.operator), "chat": national.chat.json(), **fields}})
    await place.sandbox.idle()
    await place.move(3)
    await place.sandbox.idle()
    await place.move(11)
    await until(lambda: any("Обновление" in text for text in texts(place.admin.chat)))
    await place.settled()
    assert not any("держись" in text for text in texts(teen.chat))
    marks = [shown.reactions for shown in national.messages(topic) if shown.message_id == message]
    replies = [shown for shown in national.messages(topic) if shown.reply_to == message]
    assert marks == [["🤷"]]
    assert replies


async def test_an_update_that_comes_twice_acts_once(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await place.claimed("раз", language="Русский")
    number = place.sandbox.world.updates.next_id + 5
    update = {"update_id": number, "message": whole(teen, text="дважды")}
    place.sandbox.push(update)
    place.sandbox.push(update)
    await national.sees("▎ дважды", topic=topic)
    await place.sandbox.idle()
    place.sandbox.push(update)
    teen.write("после")
    await national.sees("▎ после", topic=topic)
    assert sum("дважды" in text for text in texts(national.messages(topic))) == 1

    # Ids that start anew, lower, after a quiet week.
    await place.settled()
    await place.move(8 * 24 * 3600)
    place.sandbox.world.updates.restart(1000)
    teen.write("через неделю")
    await national.sees("▎ через неделю")
    await place.sandbox.idle()
    for number in range(15):
        teen.write(f"снова {number}")
    await until(lambda: any("▎ снова 14" in text for text in texts(national.messages())))
    assert place.sandbox.world.updates.pending == 0
    assert code in "".join(topic.name for topic in national.topics.values())


async def test_a_poll_that_goes_wrong_loses_nothing_and_repeats_nothing(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    national = place.national
    assert national is not None
    monkeypatch.setattr(failures, "BACK_OFF", (0.05,))
    teen, _, topic = await place.claimed("раз", language="Русский")
    faults = place.sandbox.faults
    for number, fault in enumerate(
        (faults.cut_after, faults.cut_before, faults.garbage, faults.no_result, faults.server_error)
    ):
        fault("getUpdates", times=2)
        teen.write(f"слово {number}а")
        teen.write(f"слово {number}б")
        await national.sees(f"▎ слово {number}б", topic=topic)
    faults.flood(1, "getUpdates")
    faults.fail("getUpdates", code=409, description="Conflict: terminated by other getUpdates request")
    await place.move(61)  # the group's minute is used up
    teen.write("последнее")
    await national.sees("▎ последнее", topic=topic)
    said = [text.removeprefix("▎ ") for text in texts(national.messages(topic)) if "▎ слово" in text]
    assert said == [f"слово {number}{letter}" for number in range(5) for letter in "аб"]


async def test_a_handler_that_speaks_to_telegram_itself_fails_loudly_and_nothing_goes_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    words = handlers.people.cases.words

    async def direct(message: Message, **data: Any) -> None:
        if message.text == "прямо":
            await message.answer("тайком")
        await words(message, data["person"], data["incoming"], data["services"], data["assessed"])

    monkeypatch.setattr(handlers.people.cases, "words", direct)
    async with town(tmp_path) as place:
        assert place.national is not None
        teen = await place.welcomed("Айша", "Русский")
        teen.write("прямо")
        for seconds in (0, 3, 11):
            await place.sandbox.idle()
            await place.move(seconds)
        await place.admin.sees(BROKEN)
        await code_of(teen)
        await place.move(46)
        await place.national.sees("▎ прямо")  # her words come through all the same
        assert b"\xd1\x82\xd0\xb0\xd0\xb9\xd0\xba\xd0\xbe\xd0\xbc" not in place.sandbox.journal.bytes()
        assert [
            record for record in caplog.records if record.levelno >= logging.ERROR and "RuntimeError" in record.message
        ]


async def test_a_tap_is_answered_within_two_seconds_and_nobody_waits_for_an_answer_that_hangs(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    national = place.national
    assert national is not None
    teen, code = await place.case("мне плохо", language="Русский")
    await place.move(46)
    card = await national.sees(code)
    claim = DeskWork.claim
    failures = iter([True, True])  # with all that waits, and by itself

    async def shaky(self: DeskWork, desk: Desk, code: str, operator: Operator) -> Any:
        if next(failures, False):
            raise RuntimeError
        return await claim(self, desk, code, operator)

    monkeypatch.setattr(DeskWork, "claim", shaky)
    begun = time.monotonic()
    bare = await place.forged(national, card.message_id, place.operator.user, f"c:{code}")
    assert bare.answer is None  # what was rolled back is not announced
    assert time.monotonic() - begun < 2
    await place.move(2.5)  # the second try takes the case
    await teen.sees("на связи")
    await place.settled()

    begun = time.monotonic()
    assert await press(place.operator, "Закрыть", chat=national, topic=national.topic_named(code)) is None
    assert time.monotonic() - begun < 2

    place.sandbox.faults.hang(30, "answerCallbackQuery", times=None)
    begun, before = time.monotonic(), len(place.sandbox.journal.calls)
    taps = [asyncio.create_task(press(teen, "Пропустить")) for _ in range(3)]
    await until(lambda: any(call.method == "answerCallbackQuery" for call in place.sandbox.journal.calls[before:]))
    teen.write("вы тут?")
    await national.sees("▎ вы тут?", topic=national.topic_named(code))
    assert time.monotonic() - begun < 1.5
    for tap in taps:
        tap.cancel()
    place.sandbox.faults.clear()


async def test_a_cry_for_help_does_not_wait_for_fifty_slow_messages(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the order of things: as many as fit into one commit wait, and she cries while the third is being heard."""
    heard: list[str] = []
    hear = People.hear

    async def slow(self: People, person: Person, incoming: Incoming, *read: Any, **more: Any) -> None:
        heard.append(incoming.text)
        await asyncio.sleep(0.1)
        await hear(self, person, incoming, *read, **more)

    monkeypatch.setattr(People, "hear", slow)
    crowd = [place.teen(f"Айша {number}") for number in range(50)]
    her = place.teen("Она")
    for person in crowd:
        person.write(PLAIN)
    await until(lambda: len(heard) >= 3)
    her.write("🆘")
    await until(lambda: any("112 —" in text for text in texts(her.chat)))
    assert len(heard) < 40
    await until(lambda: len(heard) == 50)
