"""Where she is: nothing of it reaches the operators before her yes, and after it whoever has or takes the case.

The witness is the sandbox's journal: every call that the bot made to the group, refused ones too.
"""

import asyncio
import itertools
import json
from typing import Any

import pytest

from bot.services import Services
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Language
from locales.times import day
from tests.danger import NAMES, PLAIN, SAID, card_in, red_card
from tests.region import Regional, at_national, said_in
from tests.town import Town, heard, labels, press, texts, until

HERE = (51.128207, 71.430411)
THERE = (42.315514, 69.586907)
NUMBER = "+77771234567"
VENUE = {"title": "Мектеп 8", "address": "Абай 12", "foursquare_id": "zq4sq"}
LINE = SAID.text("line.place_given", "ru", at="|").split("|")[0]
NUMBER_LINE = SAID.text("line.number_given", "ru", at="|").split("|")[0]
ON_CARD = SAID.text("card.place", "ru")
WHERE = SAID.text("button.where", "ru")
FOREVER = 0x7FFFFFFF

both_languages = pytest.mark.parametrize("language", LANGUAGES)


def traces(place: Town, group: Group, *points: tuple[float, float]) -> list[Call]:
    """Every call to the group that holds a piece of one of these places, of the number or of the venue's name."""
    needles = [str(degree)[:6] for point in points or (HERE, THERE) for degree in point]
    needles += [NUMBER.lstrip("+"), *VENUE.values()]
    found = []
    for call in place.sandbox.journal.calls:
        if call.chat_id == group.id and call.method != "getChatMember":
            sent = json.dumps([call.method, call.params], ensure_ascii=False, default=str)
            if call.method == "sendLocation" or any(needle in sent for needle in needles):
                found.append(call)
    return found


def points(place: Town, group: Group, topic: int | None = None) -> list[tuple[float, float]]:
    """The places that the bot has shown in a group or in one of its topics."""
    calls = place.sandbox.journal.sent(group.id, topic, method="sendLocation")
    return [(call.params["latitude"], call.params["longitude"]) for call in calls]


async def red(place: Town, language: Language, name: str = "Айша") -> tuple[Phone, str]:
    """Somebody with a red case at the national desk that nobody has taken."""
    assert place.national is not None
    teen = await place.welcomed(name, NAMES[language])
    await press(teen, "🆘")
    await teen.sees("112 —")
    code = await until(lambda: next((text for text in heard(teen) if "112 —" in text), None))
    found = code.split("Код: ")[1][:8]
    teen.write(PLAIN)
    await place.national.sees(found)
    await red_card(place.national, found)
    await place.settled()
    return teen, found


async def red_and_taken(place: Town, language: Language, name: str = "Айша") -> tuple[Phone, str, int]:
    async with place.hurried():
        teen, code = await red(place, language, name)
        topic = await place.take(code)
        await place.settled()
    await place.move(61)
    return teen, code, topic


async def told(teen: Phone, text: str, times: int = 1) -> None:
    await until(lambda: heard(teen).count(text) == times)


async def asked(teen: Phone, language: Language, kind: str = "point") -> Shown:
    """Waits for the newest question about what she has sent."""
    shown = await teen.sees(SAID.text(f"place.ask_{kind}", language))
    assert labels(shown) == [SAID.text("button.give_yes", language), SAID.text("button.give_no", language)]
    return shown


async def says(teen: Phone, language: Language, *, yes: bool, to: Shown | None = None) -> str | None:
    label = SAID.text("button.give_yes" if yes else "button.give_no", language)
    return await press(teen, label, message_id=to.message_id if to else None)


async def audited(place: Town) -> list[str]:
    rows = await place.rows("SELECT what, operator, detail FROM audit ORDER BY seq")
    assert not [row for row in rows if any(mark in str(tuple(row)) for mark in ("51.1", "71.4", NUMBER[1:]))]
    return [row["what"] for row in rows]


@both_languages
async def test_a_place_is_shown_in_the_topic_once_and_only_after_her_yes(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, language)
    # The finder finds a planted one.
    assert not traces(place, national)
    place.sandbox.journal.call("sendMessage", {"chat_id": national.id, "text": f"{HERE[0]}"}, []).ok = False
    assert len(traces(place, national)) == 1
    place.sandbox.journal.calls.pop()

    teen.share_location(*HERE, horizontal_accuracy=35)
    question = await asked(teen, language)
    await place.settled()
    assert SAID.text("kind.location_kept", language) not in heard(teen)
    assert not traces(place, national)
    assert card_in(national, topic).count("📍") == 0
    assert texts(national.messages(topic))[-1] == "▎ [место на карте]"

    await says(teen, language, yes=True)
    await teen.sees(SAID.text("place.given_point", language))
    line = await said_in(national, topic, LINE)
    await until(lambda: points(place, national))
    await place.settled()
    assert points(place, national) == points(place, national, topic) == [HERE]
    (call,) = traces(place, national)
    assert call.params["protect_content"] is True
    assert call.params["horizontal_accuracy"] == 35
    shown = next(s for s in national.messages(topic) if s.kind == "location")
    assert shown.message_id > line.message_id
    await until(lambda: ON_CARD in card_in(national, topic))

    # A second tap, of the same button or of the other, changes nothing; the buttons are gone, the menu is there.
    assert not labels(next(s for s in teen.chat if s.message_id == question.message_id))
    assert any(SAID.text("button.write", language) in row for row in teen.keyboard)
    await place.settled()
    assert points(place, national) == [HERE]
    assert await audited(place) == ["place_asked", "place_given", "place_shown"]


@both_languages
async def test_after_a_no_nothing_went_out_and_the_place_is_erased(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, language)
    teen.share_location(*HERE)
    question = await asked(teen, language)
    await says(teen, language, yes=False)
    await teen.sees(SAID.text("place.refused", language))
    await place.settled()
    assert not labels(next(s for s in teen.chat if s.message_id == question.message_id))
    assert not traces(place, national)
    assert "📍" not in national.transcript(topic)
    assert await audited(place) == ["place_asked", "place_refused"]
    (row,) = await place.rows("SELECT state, body FROM place")
    assert tuple(row) == ("refused", None)


@both_languages
async def test_what_was_given_before_the_claim_is_on_the_card_as_a_mark_and_reaches_whoever_claims(
    place: Town, language: Language
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await red(place, language)
        teen.share_location(*HERE)
        await asked(teen, language)
        await says(teen, language, yes=True)
        await until(lambda: national.messages() and any(ON_CARD in s.text for s in national.messages()))
        await place.settled()
        assert not traces(place, national)
        topic = await place.take(code)
        await until(lambda: points(place, national))
        await place.settled()
    assert points(place, national) == points(place, national, topic) == [HERE]
    history = next(s.text for s in national.messages(topic) if PLAIN in s.text)
    assert LINE in history
    order = [s.kind if s.kind == "location" else s.text for s in national.messages(topic)]
    assert order.index(history) < order.index("location")
    assert sum(text.startswith(LINE) for text in order) == 1
    assert await audited(place) == ["place_asked", "place_given", "place_shown"]
    (row,) = await place.rows("SELECT operator IS NOT NULL AS known FROM audit WHERE what = 'place_shown'")
    assert row["known"]


@both_languages
async def test_her_own_number_goes_as_text_and_somebody_elses_is_kept_back(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, language)
    for times, whose in enumerate((teen.id + 1, None), 1):
        teen.share_contact(NUMBER, first_name="Ержан", user_id=whose)
        await told(teen, SAID.text("place.foreign", language), times)
    await place.settled()
    assert SAID.text("place.ask_number", language) not in heard(teen)

    teen.share_contact(NUMBER, first_name="Ержан", vcard="BEGIN:VCARD zqv")
    await asked(teen, language, "number")
    await place.settled()
    assert not traces(place, national)
    await says(teen, language, yes=True)
    await teen.sees(SAID.text("place.given_number", language))
    line = await said_in(national, topic, NUMBER_LINE)
    await place.settled()
    assert line.text.split("\n")[1] == NUMBER
    assert line.protected
    assert len(traces(place, national)) == 1
    assert SAID.text("card.number", "ru") in card_in(national, topic)
    sent = place.sandbox.journal.bytes(national.id).decode()
    assert "Ержан" not in sent
    assert "zqv" not in sent


async def test_of_a_venue_only_the_point_is_given(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, _ = await red_and_taken(place, "ru")
    fields: dict[str, Any] = {"location": {"latitude": HERE[0], "longitude": HERE[1]}, **VENUE}
    teen.send("venue", **fields)
    await asked(teen, "ru")
    await place.settled()
    assert not traces(place, national)
    await says(teen, "ru", yes=True)
    await until(lambda: points(place, national))
    await place.settled()
    assert points(place, national) == [HERE]
    assert [call.method for call in traces(place, national)] == ["sendLocation"]


async def test_a_live_place_that_moves_says_no_more_than_the_first(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, "ru")
    sent = teen.share_location(*HERE, live_period=FOREVER)
    await asked(teen, "ru")
    await place.settled()
    teen.move(sent, *THERE)
    await place.settled()
    await says(teen, "ru", yes=True)
    await until(lambda: points(place, national))
    teen.move(sent, THERE[0] + 1, THERE[1])
    teen.move(sent, THERE[0] + 2, THERE[1])
    await place.settled()
    assert points(place, national) == [HERE]
    assert len(traces(place, national)) == 1
    assert heard(teen).count(SAID.text("place.ask_point", "ru")) == 1
    assert sum("[место на карте]" in text for text in texts(national.messages(topic))) == 1


async def test_of_several_places_only_the_newest_is_asked_about_and_each_needs_its_own_yes(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, _ = await red_and_taken(place, "ru")
    teen.share_location(*HERE)
    first = await asked(teen, "ru")
    await place.move(2)
    teen.share_location(*THERE)
    second = await until(lambda: next((s for s in teen.chat if labels(s) and s.message_id > first.message_id), None))
    assert await says(teen, "ru", yes=True, to=first) == SAID.text("toast.old_button", "ru")
    await place.settled()
    assert not traces(place, national)
    await says(teen, "ru", yes=True, to=second)
    await until(lambda: points(place, national))
    await place.settled()
    assert points(place, national) == [THERE]
    assert [call.method for call in traces(place, national)] == ["sendLocation"]


async def test_nobody_answers_for_somebody_else(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, _ = await red_and_taken(place, "ru")
    other, _, _ = await red_and_taken(place, "ru", "Другая")
    teen.share_location(*HERE)
    question = await asked(teen, "ru")
    data = teen_data(teen, question, yes=True)
    other.share_location(*THERE)
    await asked(other, "ru")
    push_tap(place, other, data)
    await place.settled()
    assert not traces(place, national)
    push_tap(place, teen, data)
    await until(lambda: points(place, national))
    push_tap(place, teen, data)
    await place.settled()
    assert points(place, national) == [HERE]


def teen_data(teen: Phone, question: Shown, *, yes: bool) -> str:
    body = teen._person.chat.messages[question.message_id].body
    return str(body["reply_markup"]["inline_keyboard"][0][0 if yes else 1]["callback_data"])


TAPS = itertools.count(1)


def push_tap(place: Town, phone: Phone, data: str) -> None:
    """A tap whose data is one's own, under a message of the bot's in her own chat."""
    message = next(m for m in phone._person.chat.messages.values() if m.sender == place.sandbox.world.bot_id)
    query = {"id": f"77{next(TAPS)}", "from": phone.user, "message": message.json(), "chat_instance": "1", "data": data}
    place.sandbox.push({"callback_query": query})


@both_languages
async def test_without_a_red_case_all_is_as_it_was(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed(PLAIN, language=NAMES[language])
        for send, key in ((teen.share_location, "kind.location_kept"), (teen.share_contact, "kind.contact_kept")):
            send()
            await teen.sees(SAID.text(key, language))
        await place.settled()
    assert not [s for s in teen.chat if SAID.text("button.give_yes", language) in labels(s)]
    card = next(s for s in national.messages(topic) if labels(s))
    assert WHERE not in labels(card)
    assert await place.rows("SELECT * FROM place") == []


async def test_a_given_place_goes_with_the_case_to_the_national_desk_when_its_own_is_down(regional: Regional) -> None:
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, code, _ = await regional.claimed(PLAIN, "Айша", red=True)
        await place.settled()
        group.set_bot_rights({"can_pin_messages"})
        teen.share_location(*HERE)
        await asked(teen, "ru")
        await says(teen, "ru", yes=True)
        await at_national(place, code)
        await until(lambda: any(ON_CARD in s.text and code in s.text for s in national.messages()))
        await place.settled()
        assert points(place, national) == []
        assert points(place, group) == []
        there = await place.take(code)
        await until(lambda: points(place, national, there))
        await place.settled()
    assert points(place, national) == [HERE]
    assert LINE in next(s.text for s in national.messages(there) if PLAIN in s.text)
    assert points(place, group) == []


async def test_a_topic_that_was_deleted_is_made_again_with_the_place(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await red_and_taken(place, "ru")
    teen.share_location(*HERE)
    await asked(teen, "ru")
    await says(teen, "ru", yes=True)
    await until(lambda: points(place, national))
    await place.settled()
    async with place.hurried():
        national.delete_topic(topic)
        teen.write("я тут")
        again = await until(
            lambda: next((t for t in national.topics if t != topic and code in national.topics[t].name), None)
        )
        await until(lambda: points(place, national, again))
        await place.settled()
    assert points(place, national, again) == [HERE]


@both_languages
async def test_forgetting_takes_the_place_from_us_and_from_the_group(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, language)
    teen.share_location(*HERE)
    await asked(teen, language)
    await says(teen, language, yes=True)
    await until(lambda: points(place, national))
    await place.move(2)
    teen.share_location(*THERE)
    await told(teen, SAID.text("place.ask_point", language), 2)
    await place.settled()
    teen.write("/forget")
    await press(teen, SAID.text("button.forget_yes", language))
    await until(lambda: national.topics[topic].deleted)
    await place.settled()
    assert not [s for s in national.messages() if s.kind == "location"]
    assert await place.rows("SELECT * FROM place UNION ALL SELECT 1, 2, 3, 4, 5, 6 FROM where_asked") == []
    assert THERE not in points(place, national)


async def swept(place: Town) -> None:
    """The sweeps have looked: they come twice a second."""
    await asyncio.sleep(1.2)
    await place.settled()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("given", [False, True])
async def test_what_was_never_given_is_erased_a_day_after_the_end_of_the_talk(place: Town, given: bool) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, "ru")
    teen.share_location(*HERE)
    await asked(teen, "ru")
    if given:
        await says(teen, "ru", yes=True)
        await until(lambda: points(place, national))
    await place.settled()
    await place.move(61)
    async with place.hurried():
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        await press(place.operator, SAID.text("result.helped", "ru"), chat=national, topic=topic)
        await until(lambda: national.topics[topic].closed)
    await place.move(23 * 3600)
    await swept(place)
    (row,) = await place.rows("SELECT state, body IS NULL AS gone FROM place")
    assert tuple(row) == ("given" if given else "asked", 0)
    await place.bot.start()
    await place.move(2 * 3600)
    await swept(place)
    (row,) = await place.rows("SELECT state, body IS NULL AS gone FROM place")
    assert tuple(row) == (("given", 0) if given else ("dropped", 1))


@both_languages
async def test_the_operator_who_sends_help_asks_once_and_the_menu_comes_back_after_her_answer(
    place: Town, language: Language
) -> None:
    national = place.national
    assert national is not None
    other = place.sandbox.person("Other")
    national.add(other)
    teen, _, topic = await red_and_taken(place, language)
    assert await press(other, WHERE, chat=national, topic=topic) == SAID.text("toast.not_yours_to_ask", "ru")
    assert await press(place.operator, WHERE, chat=national, topic=topic) == SAID.text("toast.where_asked", "ru")
    await teen.sees(SAID.text("where.ask_on_the_way", language))
    assert teen.keyboard[0] == [SAID.text("button.here", language)]
    assert [SAID.text("button.urgent", language)] in teen.keyboard
    assert await press(place.operator, WHERE, chat=national, topic=topic) == SAID.text("toast.where_already", "ru")
    await place.settled()
    assert heard(teen).count(SAID.text("where.ask_on_the_way", language)) == 1
    assert sum("🚑" in s.text for s in national.messages(topic)) == 1

    # The key sends where she is; nothing of it goes out before her yes.
    await teen.tap(SAID.text("button.here", language))
    await asked(teen, language)
    await place.settled()
    assert not points(place, national)
    await says(teen, language, yes=True)
    await until(lambda: points(place, national))
    await until(lambda: any(SAID.text("button.write", language) in row for row in teen.keyboard))
    assert "where_asked" in await audited(place)


@both_languages
async def test_after_an_answer_in_words_the_menu_comes_back_once(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, language)
    await press(place.operator, WHERE, chat=national, topic=topic)
    await teen.sees(SAID.text("where.ask_on_the_way", language))
    await place.move(2)
    teen.write(PLAIN)
    await teen.sees(SAID.text("where.heard", language))
    assert any(SAID.text("button.write", language) in row for row in teen.keyboard)
    teen.write(PLAIN)
    await place.settled()
    assert heard(teen).count(SAID.text("where.heard", language)) == 1


async def test_an_operator_hears_that_somebody_who_has_blocked_the_bot_cannot_be_asked(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, "ru")
    teen.block()
    await national.sees(SAID.text("line.person_blocked", "ru"), topic=topic)
    assert await press(place.operator, WHERE, chat=national, topic=topic) == SAID.text("toast.where_blocked", "ru")
    teen.unblock()
    await national.sees(SAID.text("line.person_unblocked", "ru"), topic=topic)
    assert await press(place.operator, WHERE, chat=national, topic=topic) == SAID.text("toast.where_asked", "ru")


async def test_a_damaged_place_is_alarmed_and_stops_nothing_else(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await red(place, "ru")
        for times, point in enumerate((HERE, THERE), 1):
            teen.share_location(*point)
            await told(teen, SAID.text("place.ask_point", "ru"), times)
            await says(teen, "ru", yes=True)
            await told(teen, SAID.text("place.given_point", "ru"), times)
        await place.settled()
        await place.bot.end()
        async with place.written() as tx:
            await tx.run("UPDATE place SET body = x'00ff' WHERE at = (SELECT MAX(at) FROM place)")
            await tx.run("UPDATE place SET kind = 'nothing' WHERE at = (SELECT MIN(at) FROM place)")
        await place.bot.start()
        topic = await place.take(code)
        await place.admin.sees("не доставлено")
        teen.write("я тут")
        await said_in(national, topic, "▎ я тут")
        await place.settled()
    assert points(place, national) == []
    assert LINE in national.transcript(topic)


async def test_places_that_are_none_are_kept_back_kindly(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, _ = await red_and_taken(place, "ru")
    teen.send("location", latitude=95.0, longitude=10.0)
    await teen.sees(SAID.text("kind.location_kept", "ru"))
    await place.settled()
    assert SAID.text("place.ask_point", "ru") not in heard(teen)
    assert not traces(place, national)


async def test_a_yes_after_the_end_of_the_talk_gives_nothing(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await red_and_taken(place, "ru")
    teen.share_location(*HERE)
    question = await asked(teen, "ru")
    async with place.hurried():
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        await press(place.operator, SAID.text("result.helped", "ru"), chat=national, topic=topic)
        await until(lambda: national.topics[topic].closed)
        assert await says(teen, "ru", yes=True, to=question) == SAID.text("toast.old_button", "ru")
        await place.settled()
    assert not traces(place, national)


async def test_a_talk_that_turned_red_gives_a_place_as_one_that_began_so(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case(PLAIN, language="Русский")
        await press(teen, "🆘")
        await red_card(national, code)
        teen.share_location(*HERE)
        await asked(teen, "ru")
        await says(teen, "ru", yes=True)
        topic = await place.take(code)
        await until(lambda: points(place, national, topic))
        await place.settled()
    assert points(place, national) == [HERE]


async def test_a_place_given_while_the_case_is_back_in_the_queue_goes_into_its_topic_once(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await red_and_taken(place, "ru")
    async with place.hurried():
        await press(place.operator, SAID.text("button.release", "ru"), chat=national, topic=topic)
        await place.settled()
        teen.share_location(*HERE)
        await asked(teen, "ru")
        await says(teen, "ru", yes=True)
        await until(lambda: points(place, national, topic))
        await press(place.operator, "🙋", chat=national, topic=national.topic_named("Срочно"))
        await until(lambda: "в работе" in card_in(national, topic))
        await place.settled()
    assert points(place, national) == [HERE]
    assert code in card_in(national, topic)


@both_languages
async def test_the_bot_asks_where_she_is_once_a_case_and_the_operator_may_once_more(
    place: Town, language: Language
) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await red_and_taken(place, language)
    await place.settled()
    await place.bot.end()
    for _ in range(2):
        async with place.written() as tx:
            case = await tx.cases.with_code(code)
            assert case is not None
            await Services(tx).rescue.ask_where(case)
    await place.bot.start()
    await told(teen, SAID.text("where.ask", language))
    assert teen.keyboard[0] == [SAID.text("button.here", language)]
    await place.settled()
    assert heard(teen).count(SAID.text("where.ask", language)) == 1
    for answer in ("toast.where_asked", "toast.where_already"):
        assert await press(place.operator, WHERE, chat=national, topic=topic) == SAID.text(answer, "ru")
    await told(teen, SAID.text("where.ask_on_the_way", language))
    await place.settled()
    assert heard(teen).count(SAID.text("where.ask", language)) == 1
    assert heard(teen).count(SAID.text("where.ask_on_the_way", language)) == 1


async def test_the_bot_does_not_ask_where_she_is_when_an_operator_has_or_she_has_said_it(place: Town) -> None:
    national = place.national
    assert national is not None
    one, first, topic = await red_and_taken(place, "ru")
    other, second, _ = await red_and_taken(place, "ru", "Другая")
    await press(place.operator, WHERE, chat=national, topic=topic)
    await told(one, SAID.text("where.ask_on_the_way", "ru"))
    other.share_location(*HERE)
    await asked(other, "ru")
    await says(other, "ru", yes=True)
    await until(lambda: points(place, national))
    await place.settled()
    await place.bot.end()
    async with place.written() as tx:
        for code in (first, second):
            case = await tx.cases.with_code(code)
            assert case is not None
            await Services(tx).rescue.ask_where(case)
    await place.bot.start()
    await place.settled()
    assert SAID.text("where.ask", "ru") not in heard(one) + heard(other)


async def test_a_place_that_went_astray_is_seen_to_have_not_arrived_and_goes_with_the_case(regional: Regional) -> None:
    """With topics off it stands in General, where the places of all cases run together. Its line is out before."""
    place, group, national = regional.place, regional.group, regional.place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await regional.claimed(PLAIN, "Айша", red=True)
        teen.share_location(*HERE)
        await asked(teen, "ru")
        await place.settled()
        await place.move(61)
    place.sandbox.faults.server_error("sendLocation", group.id)
    await says(teen, "ru", yes=True)
    await until(lambda: any(call.method == "sendLocation" for call in place.sandbox.journal.calls))
    group.switch_topics(False)
    async with place.hurried():
        await place.admin.sees("темы выключены", timeout=90)
        await at_national(place, code)
        there = await place.take(code)
        await until(lambda: points(place, national, there))
        await place.settled()
    assert points(place, group, topic) == [HERE]  # asked for the topic, it stands in General: once, and nothing more
    assert points(place, national) == [HERE]


async def test_a_place_of_yesterday_says_so_to_whoever_claims_today(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await red(place, "ru")
        teen.share_location(*HERE)
        await asked(teen, "ru")
        await says(teen, "ru", yes=True)
        await told(teen, SAID.text("place.given_point", "ru"))
        await place.settled()
        given_on = day(place.now(), "ru")
        await place.move(24 * 3600)
        topic = await place.take(code)
        await said_in(national, topic, LINE)
        await until(lambda: points(place, national, topic))
    lines = [line for shown in national.messages(topic) for line in shown.text.split("\n") if LINE in line]
    assert lines
    assert all(line.startswith(f"{LINE}{given_on}, ") for line in lines)
