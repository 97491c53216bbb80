"""Every row of the table of errors, played over HTTP.

The sandbox answers one call with exactly that text; what follows is judged from its journal and its phones.
"""

import asyncio
from collections.abc import Awaitable

import pytest

from bot.domain.messages import To
from bot.telegram.failures import MINOR, PRIVATE, TABLE, Meaning, Rule
from tests.danger import SAID
from tests.region import Regional, alarms, cards, marked, refused, said_in
from tests.town import Town, heard, press, until

AGAIN = "↻ "


pytestmark = pytest.mark.usefixtures("quick")


CALLS: dict[Meaning, dict[str, str]] = {
    Meaning.VANISHED: {"message to edit not found": "editMessageText"},
    Meaning.DONE: {
        "message is not modified": "editMessageText",
        "message to delete not found": "deleteMessage",
        "message to pin not found": "pinChatMessage",
        "message to react not found": "setMessageReaction",
        "message_id_invalid": "setMessageReaction",
        "query is too old": "answerCallbackQuery",
        "topic_not_modified": "closeForumTopic",
    },
    Meaning.TOO_LATE: {
        "message can't be edited": "editMessageText",
        "message can't be deleted": "deleteMessage",
        "message_delete_forbidden": "deleteMessage",
        "not enough rights": "deleteMessage",
    },
    Meaning.REPLY_GONE: {"message to be replied not found": "sendMessage"},
    Meaning.PERSON_GONE: dict.fromkeys(
        ("bot was blocked by the user", "user is deactivated", "bot can't initiate conversation", "chat not found"),
        "sendMessage",
    ),
    Meaning.TOPIC_GONE: dict.fromkeys(("message thread not found", "topic_deleted", "topic_id_invalid"), "sendMessage"),
    Meaning.RIGHT_MISSING: dict.fromkeys(
        ("not enough rights", "message_delete_forbidden", "chat_admin_required", "need administrator rights"),
        "deleteForumTopic",
    ),
    Meaning.DESK_DOWN: dict.fromkeys(
        (
            "bot was kicked", "bot is not a member", "chat not found", "group chat was deleted", "not enough rights",
            "have no rights", "chat_admin_required", "need administrator rights", "topic_closed", "chat_restricted",
            "chat_write_forbidden", "chat is not a forum", "chat_not_forum",
        ),
        "sendMessage",
    ),
}  # fmt: skip


"""What is played here: meaning, text, and the method that is refused with it."""


TELEGRAM: dict[str, str] = {
    "bot was blocked by the user": "Forbidden: bot was blocked by the user",
    "user is deactivated": "Forbidden: user is deactivated",
    "bot can't initiate conversation": "Forbidden: bot can't initiate conversation with a user",
    "bot was kicked": "Forbidden: bot was kicked from the supergroup chat",
    "bot is not a member": "Forbidden: bot is not a member of the supergroup chat",
    "group chat was deleted": "Forbidden: the group chat was deleted",
    "not enough rights": "Bad Request: not enough rights to send text messages to the chat",
    "have no rights": "Bad Request: have no rights to send a message",
    "need administrator rights": "Bad Request: need administrator rights in the channel chat",
    "chat is not a forum": "Bad Request: the chat is not a forum",
    "message is not modified": "Bad Request: message is not modified: specified new message content and reply markup"
    " are exactly the same as a current content and reply markup of the message",
    "message can't be deleted": "Bad Request: message can't be deleted for everyone",
    "query is too old": "Bad Request: query is too old and response timeout expired or query ID is invalid",
}


"""The whole text where Telegram says more than the row names."""


def as_telegram_says(text: str) -> str:
    """Constants come in capitals, sentences do not."""
    return TELEGRAM.get(text) or f"Bad Request: {text.upper() if '_' in text else text}"


def refuse(place: Town, text: str, method: str, chat: int | None) -> str:
    """The next such call is refused with this row's text; returns what the journal will name it."""
    said = as_telegram_says(text)
    code = 403 if said.startswith("Forbidden") else 400
    place.sandbox.faults.fail(method, chat, code=code, description=said)
    return said


def test_every_row_of_the_table_is_played_here_with_the_call_that_it_is_for() -> None:
    played = {(text, meaning) for meaning, rows in CALLS.items() for text in rows}

    assert played == {(rule.text, rule.meaning) for rule in TABLE}
    assert len(played) == len(TABLE)
    for rule in TABLE:
        assert rule.fits(as_telegram_says(rule.text).lower(), _receiver(rule), CALLS[rule.meaning][rule.text])


def _receiver(rule: Rule) -> To:
    return To.PERSON if rule.to == PRIVATE else To.DESK


async def test_a_person_who_cannot_be_reached_is_told_of_once_and_her_case_goes_on_when_she_writes(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        for number, (text, method) in enumerate(CALLS[Meaning.PERSON_GONE].items()):
            teen, _, topic = await place.claimed("мне плохо", name=f"N{number}", language="Русский")
            await place.settled()
            said = refuse(place, text, method, teen.id)
            place.operator.write("ответ один", chat=national, topic=topic)
            await said_in(national, topic, "человек заблокировал бот")
            await until(lambda topic=topic: marked(place, topic, "🤷") == 1)  # type: ignore[misc]  # as a default
            before = len(place.sandbox.journal.sent(teen.id))
            place.operator.write("ответ два", chat=national, topic=topic)
            await until(lambda topic=topic: marked(place, topic, "🤷") == 2)  # type: ignore[misc]  # as a default
            await place.settled()
            assert len(refused(place, said)) == 1, text
            assert len(place.sandbox.journal.sent(teen.id)) == before, text  # nobody knocks at a closed door

            teen.write("я тут")
            await said_in(national, topic, "▎ я тут")
            place.operator.write("три", chat=national, topic=topic)
            await teen.sees("три")
            assert not [words for words in heard(teen) if "ответ" in words]
    assert alarms(place, "не доставлено") == 0


async def test_a_topic_that_telegram_calls_gone_is_made_again_with_every_word_once(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        for number, (text, method) in enumerate(CALLS[Meaning.TOPIC_GONE].items()):
            teen, code, topic = await place.claimed("раз", name=f"N{number}", language="Русский")
            await place.settled()
            said = refuse(place, text, method, national.id)
            teen.write("два")
            await until(lambda topic=topic, code=code: _newest(place, code) != topic)  # type: ignore[misc]  # as defaults
            again = _newest(place, code)
            await said_in(national, again, "Тему удалили")
            teen.write("три")
            await said_in(national, again, "▎ три")
            await place.settled()
            lines = [line for shown in national.messages(again) for line in shown.text.split("\n") if "▎ " in line]
            assert lines == ["▎ раз", "▎ два", "▎ три"], text
            assert len(refused(place, said)) == 1, text
            await place.move(61)


def _newest(place: Town, code: str) -> int:
    assert place.national is not None
    return place.national.topic_named(code)


async def test_an_edit_in_a_topic_that_is_gone_is_not_tried_without_end(place: Town) -> None:
    """The text names the topic and the call only a message: nothing in it tells which topic to make again."""
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case("раз", language="Русский")
        await place.move(46)
        await national.sees(code)
        await place.settled()
        said = as_telegram_says("topic_deleted")
        place.sandbox.faults.fail("editMessageText", national.id, times=None, code=400, description=said)
        teen.write("два")
        await place.move(16)
        await until(lambda: len([s for s in cards(national, "⚪") if code in s.text]) == 2)
        await place.settled()
        await place.move(31)
        await place.settled()
    assert len([call for call in refused(place, said) if code in call.params["text"]]) == 1, "beside the board"
    assert "▎ два" in cards(national, "⚪")[-1].text


async def test_a_desk_is_down_for_each_reason_and_no_word_is_lost_or_told_twice(regional: Regional) -> None:
    """One call is refused, the look after it finds the group usable: what failed goes again, and only that."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    whys = {rule.text: rule.why for rule in TABLE if rule.meaning is Meaning.DESK_DOWN}
    told = {"kicked": "бот удалён из группы", "not_found": "группа не найдена", "no_rights": "не хватает прав",
            "no_topics": "темы выключены"}  # fmt: skip
    async with place.hurried():
        teen, _, topic = await regional.claimed("начало", "Одна")
        red, code = await regional.case("срочно", "Красная", red=True)
        await place.settled()
        for number, (text, method) in enumerate(CALLS[Meaning.DESK_DOWN].items()):
            await place.move(601)  # one alarm in ten minutes
            await place.settled()
            before, since = alarms(place, told[whys[text]]), len(place.sandbox.journal.calls)
            said = refuse(place, text, method, group.id)
            teen.write(f"слово {number}")
            await until(lambda text=text, before=before: alarms(place, told[whys[text]]) == before + 1)  # type: ignore[misc]  # as defaults
            await said_in(group, topic, f"▎ слово {number}")
            regional.operator.write(f"ответ {number}", chat=group, topic=topic)
            await teen.sees(f"ответ {number}")
            assert len(refused(place, said, since)) == 1, text
            if number == 0:  # what is red does not wait to see whether the group comes back
                await until(lambda: [s for s in cards(national, "🔴") if code in s.text])
                await place.take(code)
                await place.settled()
                red.write("он рядом")
                await national.sees("▎ он рядом")
                await until(lambda: not any("▎ срочно" in s.text for s in group.messages()))
        await place.settled()
        shown = [line.removeprefix(AGAIN) for s in group.messages(topic) for line in s.text.split("\n")]
        assert [line for line in shown if "слово" in line] == [f"▎ слово {number}" for number in range(len(whys))]


async def test_where_there_is_nothing_more_to_do_the_call_is_not_repeated_and_nobody_is_bothered(place: Town) -> None:
    national = place.national
    assert national is not None
    rows = CALLS[Meaning.DONE]
    by_method = {method: [text for text, of in rows.items() if of == method] for method in rows.values()}

    async def played(text: str, act: Awaitable[object]) -> None:
        said = refuse(place, text, rows[text], None if rows[text] == "answerCallbackQuery" else national.id)
        await act
        await until(lambda: refused(place, said))
        await place.settled()
        await place.move(61)
        await place.settled()
        assert len(refused(place, said)) == 1, text

    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        for text in by_method["setMessageReaction"]:
            said = f"ей: {text.replace('_', ' ')}"  # what looks like a name in the net would be held back
            place.operator.write(said, chat=national, topic=topic)
            await played(text, teen.sees(said))
        for text in by_method["editMessageText"]:
            await played(text, press(place.operator, "Закрыть", chat=national, topic=topic))
        teen.write("два")
        await said_in(national, topic, "▎ два")

        other, code = await place.case("и мне", name="Другая", language="Русский")
        await place.move(46)
        (pin,) = by_method["pinChatMessage"]
        await played(pin, place.take(code))
        waits = other.write("жду")
        await said_in(national, national.topic_named(code), "▎ жду")
        await place.settled()
        (gone,) = by_method["deleteMessage"]
        other.write("/del", reply_to=waits)
        await played(gone, other.sees("Убираем это сообщение"))

        (late,) = by_method["answerCallbackQuery"]
        await played(late, place.operator.tap("Закрыть", chat=national, topic=topic, timeout=0.5))
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await teen.sees("Разговор завершён")
        await place.settled()
        assert sum("Разговор завершён" in text for text in heard(teen)) == 1

        (closed,) = by_method["closeForumTopic"]
        there = national.topic_named(code)
        await press(place.operator, "Закрыть", chat=national, topic=there)
        await played(closed, press(place.operator, "Помогли", chat=national, topic=there))
    assert alarms(place, "не доставлено") + alarms(place, "Нет связи") + alarms(place, "не хватает прав") == 0


async def test_what_cannot_be_changed_deleted_or_replied_to_costs_no_word_and_is_said(place: Town) -> None:
    national = place.national
    assert national is not None
    taken = SAID.text("line.taken_back", "ru")
    async with place.hurried():
        teen, _, topic = await place.claimed("раз", language="Русский")
        await place.settled()
        for number, (text, method) in enumerate(CALLS[Meaning.TOO_LATE].items()):
            written = place.operator.write(f"ответ {number}", chat=national, topic=topic)
            answer = await teen.sees(f"ответ {number}")
            hers = teen.write(f"слово {number}")
            shown = await said_in(national, topic, f"▎ слово {number}")
            await place.settled()
            said = refuse(place, text, method, teen.id if method == "editMessageText" else national.id)
            if method == "editMessageText":
                place.operator.edit(written, "исправлено", chat=national)
                await said_in(national, topic, SAID.text("line.edit_not_sent", "ru"))
                assert answer.text in heard(teen)
            else:  # then what stands there is edited away
                teen.write("/del", reply_to=hers)
                await until(lambda shown=shown: _text(place, shown.message_id) == taken)  # type: ignore[misc]  # as a default
            await place.settled()
            assert len(refused(place, said)) == 1, text
            await place.move(61)
        ((text, method),) = CALLS[Meaning.REPLY_GONE].items()
        said = refuse(place, text, method, national.id)
        teen.write("два", reply_to=answer.message_id)
        assert (await said_in(national, topic, "▎ два")).reply_to is None
        await place.settled()
        assert len(refused(place, said)) == 1
    assert alarms(place, "не доставлено") + alarms(place, "Нет связи") == 0


def _text(place: Town, message_id: int) -> str:
    assert place.national is not None
    return next((shown.text for shown in place.national.messages() if shown.message_id == message_id), "")


async def test_a_tap_whose_answer_comes_too_late_moves_a_case_once(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case("раз", language="Русский")
        await place.move(46)
        card = await national.sees(code)
        late = as_telegram_says("query is too old")
        place.sandbox.faults.fail("answerCallbackQuery", times=2, code=400, description=late)
        taps = [place.operator.tap("🙋", chat=national, message_id=card.message_id, timeout=0.5) for _ in range(2)]
        await asyncio.gather(*taps)
        await teen.sees("на связи")
        await said_in(national, national.topic_named(code), "▎ раз")
        await place.settled()
    assert len(refused(place, late)) <= 2
    assert sum("на связи" in text for text in heard(teen)) == 1
    assert len([topic for topic in national.topics.values() if code in topic.name]) == 1


async def test_a_card_that_has_vanished_is_shown_again_with_the_newest_state(place: Town) -> None:
    national = place.national
    assert national is not None
    ((text, method),) = CALLS[Meaning.VANISHED].items()
    async with place.hurried():
        teen, code = await place.case("раз", language="Русский")
        await place.move(46)
        await national.sees(code)
        await place.settled()
        said = refuse(place, text, method, national.id)
        teen.write("два")
        await place.move(16)
        await until(lambda: len([s for s in cards(national, "⚪") if code in s.text]) == 2)
        await place.settled()
        assert "▎ два" in cards(national, "⚪")[-1].text
        assert len(refused(place, said)) == 1
        await press(place.operator, "🙋", chat=national, message_id=cards(national, "⚪")[-1].message_id)
        await said_in(national, await _topic(place, code), "▎ два")


async def _topic(place: Town, code: str) -> int:
    national = place.national
    assert national is not None
    await until(lambda: any(code in topic.name for topic in national.topics.values()))
    return national.topic_named(code)


async def test_without_a_smaller_right_the_desk_works_and_a_forgotten_topic_goes_as_soon_as_it_may(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        stays, _, where = await place.claimed("остаюсь", name="Остаётся", language="Русский")
        for number, (text, method) in enumerate(CALLS[Meaning.RIGHT_MISSING].items()):
            teen, code, topic = await place.claimed("забудьте", name=f"N{number}", language="Русский")
            await place.settled()
            said = as_telegram_says(text) if text != "not enough rights" else "Bad Request: not enough rights to delete"
            forbidden = place.sandbox.faults.fail(method, national.id, times=None, code=400, description=said)
            teen.write("/forget")
            await press(teen, "Да")
            await until(lambda said=said: refused(place, said))  # type: ignore[misc]  # as a default
            stays.write(f"слово {number}")
            await said_in(national, where, f"▎ слово {number}")
            await place.move(62)
            await until(lambda said=said: len(refused(place, said)) >= 2)  # type: ignore[misc]  # as a default
            await place.settled()
            assert len(refused(place, said)) <= 6, text  # once a minute
            assert not national.topics[topic].deleted
            place.sandbox.faults._waiting.remove(forbidden)  # the right is back
            await place.move(62)
            await until(lambda topic=topic: national.topics[topic].deleted)  # type: ignore[misc]  # as a default
            assert code not in "".join(s.text for s in national.messages() if "▎" in s.text)
        for method in sorted(MINOR - {"deleteForumTopic"}):
            place.sandbox.faults.fail(method, national.id, code=400, description="Bad Request: not enough rights")
        _, code, topic = await place.claimed("закрепите", name="Последняя", language="Русский")
        place.operator.write("ответ", chat=national, topic=topic)
        await place.settled()
        await until(lambda: not place.sandbox.faults.waiting)
    assert alarms(place, "Нет связи") == 0
    assert alarms(place, "не хватает прав") == 1
