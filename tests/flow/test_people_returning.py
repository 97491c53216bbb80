"""Coming back: within three days, later, after "not a request", and after blocking the bot."""

from bot.telegram.sandbox.phone import Phone
from locales import Catalog
from tests.town import Town, heard, labels, press, texts, told_code, until

SAID = Catalog.load()
HOUR = 3600


async def hears(teen: Phone, text: str) -> None:
    await until(lambda: text in heard(teen))


async def closed(place: Town, teen: Phone, code: str, topic: int) -> None:
    """The operator closes the case, and everything about it has been said."""
    await press(place.operator, "Закрыть", chat=place.national, topic=topic)
    await press(place.operator, "Помогли", chat=place.national, topic=topic)
    await hears(teen, SAID.text("closed", "ru", code=code))
    await until(lambda: place.national is not None and place.national.topics[topic].closed)


async def test_within_72_hours_the_same_case_and_topic_go_on(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed("Раз", language="Русский")
    await closed(place, teen, code, topic)
    await place.move(71 * HOUR)
    teen.write("Два")
    await hears(teen, SAID.text("receipt.reopened", "ru", code=code))
    await place.national.sees(SAID.text("line.reopened", "ru"), topic=topic)
    await place.national.sees("▎ Два", topic=topic)
    await until(lambda: place.national is not None and not place.national.topics[topic].closed)
    place.operator.write("Снова с вами", chat=place.national, topic=topic)
    await teen.sees("Снова с вами")
    await place.move(2)
    teen.write("Спасибо")
    await place.national.sees("▎ Спасибо", topic=topic)
    assert len([one for one in place.national.topics.values() if code in one.name and not one.deleted]) == 1


async def test_a_case_that_goes_on_can_be_closed_again(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed("Раз", language="Русский")
    await closed(place, teen, code, topic)
    await place.move(61)
    teen.write("Два")
    await place.national.sees("▎ Два", topic=topic)
    await press(place.operator, "Закрыть", chat=place.national, topic=topic, timeout=2)
    await press(place.operator, "Помогли", chat=place.national, topic=topic)
    await until(lambda: heard(teen).count(SAID.text("closed", "ru", code=code)) == 2)


async def test_after_72_hours_a_new_case_begins_with_a_new_code(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed("Раз", language="Русский")
    await closed(place, teen, code, topic)
    await place.move(72 * HOUR)
    before = len(heard(teen))
    teen.write("Два")
    new = await told_code(teen, before)
    assert new != code
    await place.move(46)
    card = await place.national.sees("▎ Два")
    assert card.text.startswith(f"⚪ {new}")
    assert code not in card.text
    assert place.national.topics[topic].closed
    assert "▎ Два" not in "\n".join(texts(place.national.messages(topic)))


async def test_after_not_a_request_her_next_words_put_the_card_up_again(place: Town) -> None:
    assert place.national is not None
    teen, code = await place.case("аааа", language="Русский")
    await place.move(46)
    card = await place.national.sees("▎ аааа")
    await press(place.operator, "🚫", chat=place.national, message_id=card.message_id)
    await press(place.operator, "Проверка", chat=place.national, message_id=card.message_id)
    line = SAID.text("card.line.not_request", "ru", code=code, kind="Проверка")
    await place.national.sees(line)
    await hears(teen, SAID.text("closed", "ru", code=code))
    await place.move(2)
    teen.write("нет, мне правда плохо")
    await hears(teen, SAID.text("receipt.reopened", "ru", code=code))
    again = await place.national.sees("▎ нет, мне правда плохо")
    await place.sandbox.idle()
    assert "▎ аааа" in again.text
    assert again.message_id != card.message_id
    about = [shown for shown in place.national.messages() if code in shown.text]
    assert [shown.text for shown in about][:-1] == [line]
    assert labels(about[-1])[0] == SAID.text("button.take", "ru")
    topic = await place.take(code)
    assert "▎ нет, мне правда плохо" in place.national.transcript(topic)


async def test_who_blocks_the_bot_is_missed_and_who_lets_it_in_again_goes_on(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed("Слова", language="Русский")
    teen.block()
    await place.national.sees(SAID.text("line.person_blocked", "ru"), topic=topic)
    answer = place.operator.write("Вы здесь?", chat=place.national, topic=topic)
    why = SAID.text("undelivered.blocked", "ru")
    reply = await place.national.sees(why, topic=topic)
    assert reply.reply_to == answer
    await until(lambda: place.national and "🤷" in marks(place, answer))
    assert "Вы здесь?" not in "".join(heard(teen))
    teen.unblock()
    await place.national.sees(SAID.text("line.person_unblocked", "ru"), topic=topic)
    await place.move(2)
    teen.write("я тут")
    await place.national.sees("▎ я тут", topic=topic)
    place.operator.write("Хорошо, что вы вернулись", chat=place.national, topic=topic)
    await teen.sees("Хорошо, что вы вернулись")
    await place.sandbox.idle()
    lines = texts(place.national.messages(topic))
    assert lines.count(SAID.text("line.person_blocked", "ru")) == 1
    assert lines.count(SAID.text("line.person_unblocked", "ru")) == 1


async def test_an_account_that_is_gone_is_noticed_by_the_first_answer_that_cannot_be_delivered(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed("Слова", language="Русский")
    teen.deactivate()
    answer = place.operator.write("Вы здесь?", chat=place.national, topic=topic)
    await place.national.sees(SAID.text("line.person_blocked", "ru"), topic=topic)
    reply = await place.national.sees(SAID.text("undelivered.blocked", "ru"), topic=topic)
    assert reply.reply_to == answer
    await until(lambda: "🤷" in marks(place, answer))


async def test_who_blocked_the_bot_while_waiting_comes_back_to_the_same_case(place: Town) -> None:
    assert place.national is not None
    teen, code = await place.case("Слова", language="Русский")
    teen.block()
    await place.move(46)
    topic = await place.take(code)
    teen.start()
    await hears(teen, SAID.text("home.open", "ru", code=code))
    teen.write("вернулась")
    await place.national.sees("▎ вернулась", topic=topic)


def marks(place: Town, message_id: int) -> list[str]:
    """The reactions under a message of the group."""
    assert place.national is not None
    return next(shown.reactions for shown in place.national.messages() if shown.message_id == message_id)
