"""What people do to topics by hand: close, open, rename; and members who come and go."""

from typing import Any

import pytest

from bot.telegram.sandbox.group import Group
from locales import LANGUAGES, Language
from tests.danger import PLAIN, SAID
from tests.flow.test_plan import lines
from tests.flow.test_practice import begun, taken
from tests.flow.test_shifts import desk_in
from tests.region import marked
from tests.town import Town, heard, labels, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

KEYS = (
    "line.closed_by_hand", "line.topic_opened_again", "line.opened_by_hand", "line.stays_closed", "result.helped",
    "button.close",
)  # fmt: skip
RU = {key: SAID.text(key, "ru") for key in KEYS}


def said(group: Group, topic: int, key: str) -> int:
    return sum(RU[key] in text for text in texts(group.messages(topic)))


async def test_a_topic_closed_by_hand_asks_for_the_outcome_and_opens_again_without_an_answer(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        national.promote(place.operator)
        national.close_topic(topic, by=place.operator)
        asked = await national.sees(RU["line.closed_by_hand"], topic=topic)
        assert RU["result.helped"] in labels(asked)
        await place.settled()
        assert national.topics[topic].closed
    await place.move(15 * 60 + 1)
    await until(lambda: not national.topics[topic].closed)
    await until(lambda: said(national, topic, "line.topic_opened_again") == 1)
    place.operator.write("я здесь", chat=national, topic=topic)
    await teen.sees("я здесь")
    # Answered, it is over and stays closed.
    async with place.hurried():
        national.close_topic(topic, by=place.operator)
        await until(lambda: said(national, topic, "line.closed_by_hand") == 2)
        asked = await national.sees(RU["line.closed_by_hand"], topic=topic)
        await press(place.operator, RU["result.helped"], chat=national, message_id=asked.message_id)
        await teen.sees(SAID.text("closed", "ru", code=code).split("\n")[0])
        await place.settled()
    await place.move(15 * 60 + 1)
    await place.settled()
    assert national.topics[topic].closed
    # Opened by hand, the case is open, too; a late one stays closed.
    async with place.hurried():
        national.reopen_topic(topic, by=place.operator)
        await until(lambda: said(national, topic, "line.opened_by_hand") == 1)
        await until(lambda: not national.topics[topic].name.startswith("✅"))
        place.operator.write("ещё одно", chat=national, topic=topic)
        await teen.sees("ещё одно")
        await press(place.operator, RU["button.close"], chat=national, topic=topic)
        await press(place.operator, RU["result.helped"], chat=national, topic=topic)
        await until(lambda: national.topics[topic].closed)
    await place.move(73 * 3600)
    national.reopen_topic(topic, by=place.operator)
    await until(lambda: said(national, topic, "line.stays_closed") == 1)
    await until(lambda: national.topics[topic].closed)


async def test_names_are_put_back_and_the_desks_own_topics_stay_open(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        _, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        name, urgent = national.topics[topic].name, national.topic_named("Срочно")
        fixed = national.topics[urgent].name
        national.rename_topic(topic, "Дана, 8 класс, Аксу")
        national.rename_topic(urgent, "Курилка")
        national.close_topic(urgent)
        await until(lambda: national.topics[topic].name == name and code in name)
        await until(lambda: national.topics[urgent].name == fixed)
        await until(lambda: not national.topics[urgent].closed)
        card = await begun(place, national, "dark", "ru")
        played = await taken(place.operator, national, card)
        learned = national.topics[played].name
        national.rename_topic(played, "Дана, 8 класс")
        await until(lambda: national.topics[played].name == learned)
        hand = national.create_topic("Обед")
        national.rename_topic(hand, "Ужин")
        national.close_topic(hand)
        await place.settled()
    assert national.topics[hand].name == "Ужин"
    assert national.topics[hand].closed, "what people make is theirs"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_supervisors_read_who_has_come_and_who_is_gone(place: Town, language: Language) -> None:
    async with place.hurried():
        group, operator = await desk_in(place, language)
        joined = SAID.text("member.joined", language)
        await until(lambda: len(lines(group, joined)) == 1)
        group.remove(operator)
        gone = SAID.text("member.left", language, alias="|", codes="-").split("|")[0]
        await until(lambda: len(lines(group, gone)) == 1)
        stranger = place.sandbox.person("Somebody else")
        group.add(stranger)
        await until(lambda: len(lines(group, joined)) == 2)
        group.promote(stranger)
        group.demote(stranger)
        await place.settled()
    assert len(lines(group, joined)) == 2, "who is made an administrator has not come anew"


async def test_while_she_has_blocked_the_bot_nobody_loses_her_case(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
        teen.write("жду ответа")
        await national.sees("жду ответа", topic=topic)
        teen.block()
        await national.sees(SAID.text("line.person_blocked", "ru"), topic=topic)
        await place.settled()
    await place.move(3600)
    await place.settled()
    assert SAID.text("line.release_due", "ru") not in "\n".join(texts(national.messages(topic)))
    teen.unblock()
    await national.sees(SAID.text("line.person_unblocked", "ru"), topic=topic)
    place.operator.write("я на месте", chat=national, topic=topic)
    await teen.sees("я на месте")
    assert code in national.topics[topic].name
    assert marked(place, topic, "🤷") == 0
    assert SAID.text("operator_left", "ru", code=code) not in heard(teen)


async def test_who_sends_what_cannot_be_passed_on_is_told_what_works(place: Town) -> None:
    national = place.national
    assert national is not None
    works = SAID.text("undelivered.kind", "ru")
    teen, _, topic = await place.claimed(PLAIN, name="Дана", language="Русский")
    async with place.hurried():
        await place.settled()
        before = len(heard(teen))
        for number, kind in enumerate(("poll", "paid_media", "dice", "contact"), 1):
            more: dict[str, Any] = {"star_count": 5, "paid_media": []} if kind == "paid_media" else {}
            place.operator.send(kind, chat=national, topic=topic, **more)
            await until(lambda number=number: marked(place, topic, "🤷") == number)  # type: ignore[misc]  # as a default
            await until(lambda number=number: sum(works in s.text for s in national.messages(topic)) == number)  # type: ignore[misc]  # as a default
        await place.settled()
    assert len(heard(teen)) == before
