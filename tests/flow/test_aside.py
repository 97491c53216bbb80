"""A desk whose group is lost: its operators take and answer urgent cases in their private chats; nobody else does."""

import json

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, SAID, numbers
from tests.region import REGION, Regional, at_national, on_shift, reached, said_in
from tests.town import Town, heard, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

URGENT = SAID.text("alert.head", "ru")
MINE = SAID.text("aside.opened", "ru")
NOT_SENT = SAID.text("aside.not_sent", "ru", why="|").split("|")[0]
OVER = "вернулся в очередь"


async def alerted(operator: Phone, code: str) -> Shown:
    """The newest alert that names this case."""

    def newest() -> Shown | None:
        return next((s for s in reversed(operator.chat) if URGENT in s.text and code in s.text), None)

    return await until(newest)


async def taken(operator: Phone, code: str) -> str | None:
    """She takes it from the alert; the toast."""
    alert = await alerted(operator, code)
    return await press(operator, f"🙋 Взять в работу {code}", message_id=alert.message_id)


async def forged(place: Town, phone: Phone, code: str) -> str | None:
    """A tap in her own chat that takes this case, under a message that never had such a button; the toast."""
    shown = phone.chat[-1]
    message = {"message_id": shown.message_id, "date": 1, "chat": {"id": phone.id, "type": "private"}, "text": "x"}
    query = {"id": "77", "from": phone.user, "message": message, "chat_instance": "1", "data": f"c:{code}"}
    before = len(place.sandbox.journal.calls)
    place.sandbox.push({"callback_query": query})

    def answer() -> str | None:
        for call in place.sandbox.journal.calls[before:]:
            if call.method == "answerCallbackQuery" and call.params.get("callback_query_id") == "77":
                return str(call.params.get("text"))
        return None

    return await until(answer)


async def red_here(place: Town, name: str) -> tuple[Phone, str]:
    """Somebody of the region who becomes red; her card is wherever it goes."""
    teen, _ = await place.case(PLAIN, name=name, language="Русский")
    await press(teen, "Пропустить")
    await press(teen, REGION)
    await press(teen, "🆘")
    return teen, await numbers(teen, "ru")


async def lose(regional: Regional, teen: Phone) -> None:
    """The region's group is deleted; the bot learns it by her words."""
    regional.group.delete()
    teen.write("он близко")
    await regional.place.admin.sees("группа не найдена")


async def in_topic(group: Group, code: str, words: str) -> None:
    await until(lambda: any(code in topic.name for topic in group.topics.values()))
    await said_in(group, group.topic_named(code), words)


async def test_an_operator_whose_group_is_gone_takes_a_case_in_private_reads_it_answers_it_and_ends_it(
    regional: Regional,
) -> None:
    place, national = regional.place, regional.place.national
    assert national is not None
    async with place.hurried():
        operator = await on_shift(place, regional.group)
        teen, code = await regional.case("секретное", "Красная", red=True)
        await lose(regional, teen)
        alert = await operator.sees(SAID.text("alert.here", "ru"))
        assert code in alert.text
        assert not [text for text in heard(operator) if "секретное" in text]
        assert await taken(operator, code) == SAID.text("toast.took_aside", "ru")
        talk = await operator.sees(MINE)
        assert talk.text.startswith(f"🔴 {code}\n")
        assert talk.text.index("▎ секретное") < talk.text.index("▎ он близко")
        operator.write("я рядом **тут**, если станет хуже: 🆘")
        await teen.sees("я рядом **тут**")
        await in_topic(national, code, "▎ я рядом **тут**")
        teen.write("спасибо")
        await operator.sees("▎ спасибо")
        await said_in(national, national.topic_named(code), "▎ спасибо")
        teen.share_location(42.9, 71.36)
        asked = await teen.sees(SAID.text("place.ask_point", "ru", adult=True))
        await press(teen, "Да", message_id=asked.message_id)
        await operator.sees("42.900000, 71.360000")
        operator.send("photo")
        await operator.sees(NOT_SENT)
        operator.write("// между нами")
        await operator.sees(SAID.text("aside.note", "ru"))
        calls = [call for call in place.sandbox.journal.sent(operator.id) if code in call.params["text"]]
        assert all(call.params["protect_content"] is True for call in calls)
        assert str(teen.id) not in json.dumps([call.params for call in calls])
        await press(operator, "Закрыть", message_id=talk.message_id)
        await press(operator, "Помогли")
        await teen.sees("Разговор завершён")
        await until(lambda: not [text for text in heard(operator) if "▎" in text or "42.9" in text])
        operator.write("это уже не ей")
        over = SAID.text("aside.over", "ru")
        assert SAID.text("button.write", "ru") in over
        await operator.sees(over)
        await press(operator, SAID.text("button.write", "ru"))
        before = len(heard(operator))
        operator.write(PLAIN)
        await until(lambda: len(heard(operator)) > before + 1)  # for herself: as anybody who writes
        await place.settled()
    assert over not in heard(operator)[before:]
    assert not [text for text in heard(teen) if "между нами" in text or "не ей" in text]


async def test_of_two_talks_she_names_the_one_by_a_reply_and_gives_one_back(regional: Regional) -> None:
    place, national = regional.place, regional.place.national
    assert national is not None
    async with place.hurried():
        operator = await on_shift(place, regional.group)
        first, one = await regional.case("раз", "Одна", red=True)
        await lose(regional, first)
        await taken(operator, one)
        await operator.sees(f"🔴 {one}\n{MINE}")
        await place.settled()
        await place.move(61)  # whatever was to be said of the first is said
        await place.settled()
        second, two = await red_here(place, "Другая")  # red only now, when the group is lost already
        await at_national(place, two)
        await taken(operator, two)
        talk = await operator.sees(f"🔴 {two}\n{MINE}")
        operator.write("кому это")
        which = await operator.sees("непонятно, кому")
        assert one in which.text
        assert two in which.text
        operator.write("только тебе", reply_to=talk.message_id)
        await second.sees("только тебе")
        own = next(s for s in operator.chat if s.text.startswith(f"🔴 {one}\n{MINE}"))
        await press(operator, "Вернуть в очередь", message_id=own.message_id)
        await operator.sees(f"{one}: разговор {OVER}")
        await until(lambda: not [text for text in heard(operator) if one in text and "▎" in text])
        await at_national(place, one)
        operator.write("ещё тебе")  # one talk is left: nothing to choose
        await second.sees("ещё тебе")
        await place.settled()
        assert [text for text in heard(operator) if two in text and "▎" in text]
        second.write("/forget")  # what she has said goes from this chat, too
        await press(second, SAID.text("button.forget_yes", "ru"))
        await operator.sees(SAID.text("aside.erased", "ru", code=two))
        await until(lambda: not [text for text in heard(operator) if "▎" in text])
    assert not [text for text in heard(first) if "тебе" in text or "кому это" in text]


async def test_who_was_removed_while_the_bot_was_out_reads_no_more_when_it_is_back(regional: Regional) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        operator = await on_shift(place, group)
        teen, code = await red_here(place, "Красная")
        group.remove_bot(place.admin)
        teen.write("он близко")
        await place.admin.sees("Нет связи")
        assert await taken(operator, code) == SAID.text("toast.took_aside", "ru")
        await operator.sees("▎ он близко")
        group.remove(operator)  # nobody tells the bot
        group.add_bot(place.admin)
        await operator.sees(OVER)
        teen.write("этого ей не прочесть")
        await at_national(place, code)
        operator.write("не хочу жить")  # to her, too late, or of herself: it goes nowhere without a word, and is a case
        await operator.sees(SAID.text("aside.hers", "ru"))
        own = await numbers(operator, "ru")
        assert own != code
        await at_national(place, own)
        await place.settled()
    assert not [call for call in place.sandbox.journal.sent(operator.id) if "не прочесть" in call.params["text"]]


@pytest.mark.parametrize("who", ["stranger", "left", "long ago", "removed"])
async def test_nobody_takes_a_case_in_private_who_is_no_operator_of_the_lost_desk(regional: Regional, who: str) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        somebody = place.sandbox.person("Somebody")
        if who == "stranger":
            somebody.start()
            await until(lambda: heard(somebody))
        elif who == "removed":
            somebody = await on_shift(place, group)
        else:
            group.add(somebody)
            await reached(place, somebody, group)
        if who == "left":
            group.remove(somebody)
        if who == "long ago":
            await place.move(25 * 3600)
        teen, code = await regional.case("секретное", "Красная", red=True)
        if who == "removed":  # and the update about it is lost; topics are off, so Telegram can still be asked
            place.sandbox.world.groups[group.id].members[somebody.id] = "left"
            group.switch_topics(False)
            teen.write("он близко")
            await place.admin.sees("темы выключены")
        else:
            await lose(regional, teen)
        await at_national(place, code)
        assert await forged(place, somebody, code) == SAID.text("toast.not_member", "ru")
        await place.settled()
    assert not [text for text in heard(somebody) if "▎" in text]


async def test_an_operator_whose_group_works_is_told_where_the_case_is(regional: Regional) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        await reached(place, regional.operator, group)
        teen, code = await regional.case("слово", "Красная")
        await place.settled()
    await place.move(61)
    place.sandbox.faults.flood(120, "sendMessage", group.id)
    await press(teen, "🆘")
    await at_national(place, code)
    assert await taken(regional.operator, code) == SAID.text("toast.at_national", "ru")
    assert not [text for text in heard(regional.operator) if "▎" in text]


@pytest.mark.parametrize("when", ["before she takes it", "afterwards"])
async def test_while_the_national_group_is_lost_its_operators_answer_in_private_until_they_are_silent(
    place: Town, when: str
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        operator = await on_shift(place, national)
        teen = await place.welcomed("Одна", "Русский")
        if when == "afterwards":
            teen.write("🆘 секретное")
            code = await numbers(teen, "ru")
            await place.take(code, operator)
        national.remove_bot(place.admin)
        await place.admin.sees("Нет связи")
        if when == "afterwards":
            took = await press(operator, SAID.text("button.answer_here", "ru"))
        else:
            teen.write("🆘 секретное")
            code = await numbers(teen, "ru", "sos.unreachable")
            took = await taken(operator, code)
        assert took == SAID.text("toast.took_aside", "ru")
        await operator.sees("▎ 🆘 секретное")
        operator.write("я рядом")
        await teen.sees("я рядом")
        teen.write("🆘")
        await operator.sees(SAID.text("line.sos_again", "ru"))
        teen.write("где вы")
        await operator.sees("▎ где вы")
        await place.settled()
    await place.move(5 * 60 + 1)  # she does not answer: the case is nobody's, and its words go from her chat
    await operator.sees(f"{code}: разговор {OVER}")
    async with place.hurried():
        await until(lambda: not [text for text in heard(operator) if "▎" in text])
        operator.write(PLAIN)
        await place.settled()
    assert PLAIN not in "".join(texts(teen.chat))
