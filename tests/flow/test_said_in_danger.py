"""While her case is red a person reads what stands in locales/danger.csv, and an operator's words; nothing else.

The witness is the sandbox's journal: every text, button and toast that reached her.
"""

import asyncio
import urllib.parse
import urllib.request

from bot.telegram.sandbox.phone import Phone
from tests.danger import AMBER, PLAIN, RED, SAID, numbers, red_card
from tests.region import on_shift
from tests.spoken import foreign, said_to
from tests.town import Town, press, until

ANSWERS = ("я с вами", "мен осындамын")


async def tap(teen: Phone, key: str, language: str = "ru") -> None:
    await press(teen, SAID.text(key, language))  # type: ignore[arg-type]  # "kk" or "ru"


async def planted(place: Town, person: Phone, text: str) -> None:
    """What a bot would do that says something of its own."""
    options = '{"is_disabled": true}'
    body = urllib.parse.urlencode({"chat_id": person.id, "text": text, "link_preview_options": options}).encode()
    url = f"{place.sandbox.url}/bot{place.sandbox.token}/sendMessage"
    await asyncio.to_thread(lambda: urllib.request.urlopen(url, body, timeout=20).close())


async def test_the_ladder_a_claim_a_silence_and_the_end_say_nothing_else(place: Town, quick: None) -> None:
    """The urgent button before consent, in Kazakh; nobody takes the case for long."""
    national = place.national
    assert national is not None
    await on_shift(place, national)
    teen = place.teen(language_code="kk")
    teen.write("🆘")
    code = await numbers(teen, "kk")
    for minutes in (1, 2, 2, 5, 5):
        await place.move(minutes * 60 + 1)
        await place.settled()
    await teen.sees(SAID.text("unanswered.incident", "kk"))
    teen.write("мен қорқып тұрмын")
    await tap(teen, "button.now_writes", "kk")
    teen.start()
    await teen.sees(SAID.text("first.welcome", "kk"))
    async with place.hurried():
        topic = await place.take(code)
        place.operator.write(ANSWERS[1], chat=national, topic=topic)
        await teen.sees(ANSWERS[1])
        await place.settled()
    await place.move(10 * 60 + 1)
    await teen.sees(SAID.text("unanswered.soft", "kk"))
    async with place.hurried():
        await press(place.operator, SAID.text("button.release", "ru"), chat=national, topic=topic)
        await teen.sees(SAID.text("operator_left", "kk", code=code))
        await until(lambda: any(code in s.text and s.buttons for s in national.messages()))
        card = await red_card(national, code)
        await press(place.operator, "🙋", chat=national, message_id=card.message_id)
        await place.settled()
        await press(place.operator, SAID.text("button.close", "ru"), chat=national, topic=topic)
        await place.settled()
        await press(place.operator, SAID.text("result.helped", "ru"), chat=national, topic=topic)
        await teen.sees(SAID.text("closed", "kk", code=code))
        await place.settled()
    assert foreign(place, teen, ANSWERS) == []
    assert len(list(said_to(place, teen))) > 40


async def test_words_answers_places_and_mistakes_say_nothing_else_and_what_is_planted_is_found(place: Town) -> None:
    national = place.national
    assert national is not None
    await on_shift(place, national)
    said = place.sandbox.journal.calls
    people = {name: place.teen(name, language_code="ru") for name in ("Слова", "Ошибка", "Кнопка")}
    # Red words; "yes", a place, a photo, her commands and menus.
    people["Слова"].write(RED["ru"])
    await numbers(people["Слова"], "ru")
    await tap(people["Слова"], "button.now_yes")
    await people["Слова"].sees(SAID.text("where.ask", "ru"))
    people["Слова"].share_location()
    await tap(people["Слова"], "button.give_yes")
    await people["Слова"].sees(SAID.text("place.given_point", "ru"))
    people["Слова"].share_contact("+77011234567", user_id=1)
    people["Слова"].send("photo")
    for words in ("/help", "/lang", "/forget", SAID.text("button.centre", "ru"), "🆘", "ещё слова"):
        people["Слова"].write(words)
    await people["Слова"].sees(SAID.text("forget.ask_open", "ru", code="|").split("|")[0])
    await tap(people["Слова"], "button.forget_no")
    # The button by mistake, and asked once more.
    people["Ошибка"].write("🆘")
    await numbers(people["Ошибка"], "ru")
    await tap(people["Ошибка"], "button.now_mistake")
    await people["Ошибка"].sees(SAID.text("now.told.mistake", "ru"))
    # With words; a reply that does not count any more.
    people["Кнопка"].write("🆘 не хочу жить")
    await numbers(people["Кнопка"], "ru")
    await tap(people["Кнопка"], "button.now_mistake")
    await people["Кнопка"].sees(SAID.text("now.told.late", "ru"))
    # Amber words, and not safe: from that answer on.
    amber = await place.welcomed("Не знает", "Русский")
    amber.write(AMBER["ru"])
    await amber.sees(SAID.text("safe.ask", "ru"))
    await amber.sees(SAID.text("ask.writer", "ru"))
    since = len(said)
    await tap(amber, "button.safe_no")
    await numbers(amber, "ru")
    await tap(amber, "button.take_back")
    await amber.sees(SAID.text("took_back.urgent", "ru"))
    # Amber words, and red ones at once: what was on its way is not asked any more.
    sudden = await place.welcomed("Вдруг", "Русский")
    sudden.write(AMBER["ru"])
    sudden.write(RED["ru"])
    await numbers(sudden, "ru")
    await place.move(10 * 60 + 1)
    await people["Ошибка"].sees(SAID.text("mistake.ask", "ru"))
    await tap(people["Ошибка"], "button.all_well")
    await place.settled()
    assert [(name, text) for name, person in people.items() for text in foreign(place, person)] == []
    assert foreign(place, amber, since=since) == []
    assert SAID.text("ask.writer", "ru") not in said_to(place, sudden)
    # What the bot says to somebody who is in no danger is found; so is a sentence that stands nowhere.
    other, code = await place.case(PLAIN, name="Другая", language="Русский")
    assert [text for text in foreign(place, other) if code in text]
    await tap(other, "button.take_back")
    await other.sees(SAID.text("took_back.done", "ru"))
    assert await press(other, SAID.text("button.take_back", "ru")) == SAID.text("toast.old_button", "ru")
    assert SAID.text("toast.old_button", "ru") in said_to(place, other)
    sentence = SAID.text("now.ask", "ru") + " Помощь уже близко."
    await planted(place, people["Кнопка"], sentence)
    assert foreign(place, people["Кнопка"]) == [sentence]
