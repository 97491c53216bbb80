"""What operators make of a danger that a rule has found: one confirms it or lowers amber, two lower red."""

from bot.telegram.sandbox.phone import Phone
from tests.danger import AMBER, GUESS, RED, SAID, card_in, numbers
from tests.town import Town, labels, press, until


async def judge(place: Town, operator: Phone, topic: int, button: str) -> str | None:
    """Opens the menu of danger under the topic's card and taps this button."""
    assert place.national is not None
    await press(operator, SAID.text("button.danger", "ru"), chat=place.national, topic=topic)
    await place.move(2)
    return await press(operator, SAID.text(button, "ru"), chat=place.national, topic=topic)


async def red_and_taken(place: Town) -> tuple[Phone, str, int]:
    assert place.national is not None
    teen = place.teen(language_code="ru")
    teen.write(RED["ru"])
    code = await numbers(teen, "ru")
    topic = await place.take(code)
    await place.settled()
    return teen, code, topic


async def test_the_claimer_confirms_a_danger_and_the_card_names_her(place: Town) -> None:
    assert place.national is not None
    _, _, topic = await red_and_taken(place)
    assert GUESS in place.national.transcript(topic)
    await judge(place, place.operator, topic, "button.danger_confirm")
    await place.move(61)
    line = await place.national.sees("Риск есть, подтверждает", topic=topic)
    alias = line.text.rsplit(" ", 1)[-1]
    await until(lambda: place.national and f"подтверждает {alias}" in card_in(place.national, topic))
    assert GUESS not in place.national.transcript(topic)


async def test_lowering_red_takes_two_people_and_new_red_words_raise_it_again(place: Town) -> None:
    assert place.national is not None
    national = place.national
    second = place.sandbox.person("Second")
    national.add(second)
    teen, code, topic = await red_and_taken(place)
    agree = SAID.text("button.danger_agree", "ru")
    await judge(place, place.operator, topic, "button.danger_lower")
    asked = await national.sees("Нужен второй человек", topic=topic)
    assert labels(asked) == [agree]
    await place.settled()
    assert national.topics[topic].name.startswith("🔴")
    assert "предлагает снять; нужен второй человек" in national.transcript(topic)

    # The proposer is no second person.
    toast = await press(place.operator, agree, chat=national, message_id=asked.message_id)
    assert toast == SAID.text("toast.second_needed", "ru")
    await place.settled()
    assert national.topics[topic].name.startswith("🔴")

    # New red words end the proposal: its button is dead.
    teen.write("не хочу жить, правда")
    await national.sees("правда", topic=topic)
    await place.move(61)
    toast = await press(second, agree, chat=national, message_id=asked.message_id)
    assert toast == SAID.text("toast.old_button", "ru")
    assert national.topics[topic].name.startswith("🔴")

    # Proposed again, and another agrees: ordinary, and hers still.
    await judge(place, place.operator, topic, "button.danger_lower")
    again = await until(
        lambda: next((s for s in reversed(national.messages(topic)) if agree in labels(s) and s != asked), None)
    )
    await place.move(61)
    await press(second, agree, chat=national, message_id=again.message_id)
    await until(lambda: national.topics[topic].name.startswith(code))
    await place.move(61)
    await until(lambda: card_in(national, topic).startswith(f"⚪ {code}"))
    card = card_in(national, topic)
    assert SAID.text("card.risk.lowered", "ru") in card
    assert "в работе" in card
    assert await press(second, agree, chat=national, message_id=again.message_id) == SAID.text("toast.old_button", "ru")

    # And whatever was lowered, the next red words raise.
    await place.move(61)
    teen.write("не хочу жить")
    await until(lambda: national.topics[topic].name.startswith("🔴"))
    await place.move(16)
    await until(lambda: GUESS in card_in(national, topic))


async def test_amber_is_lowered_by_its_claimer_alone_and_by_nobody_else(place: Town) -> None:
    assert place.national is not None
    other = place.sandbox.person("Other")
    place.national.add(other)
    _, code, topic = await place.claimed(AMBER["ru"], language="Русский")
    await place.settled()
    button = SAID.text("button.danger", "ru")
    assert await press(other, button, chat=place.national, topic=topic) == SAID.text("toast.not_your_danger", "ru")
    await judge(place, place.operator, topic, "button.danger_lower")
    await place.move(16)
    await until(lambda: place.national and card_in(place.national, topic).startswith(f"⚪ {code}"))


async def test_nobody_but_the_claimer_judges_from_the_menu_that_she_has_opened(place: Town) -> None:
    assert place.national is not None
    other = place.sandbox.person("Other")
    place.national.add(other)
    _, _, red = await red_and_taken(place)
    _, code, amber = await place.claimed(AMBER["ru"], name="Другая", language="Русский")
    await place.settled()
    for topic in (red, amber):
        await press(place.operator, SAID.text("button.danger", "ru"), chat=place.national, topic=topic)
        for button in ("button.danger_confirm", "button.danger_lower"):
            await place.move(2)
            toast = await press(other, SAID.text(button, "ru"), chat=place.national, topic=topic)
            assert toast == SAID.text("toast.not_your_danger", "ru")
    await place.move(61)
    await place.settled()
    assert place.national.topics[red].name.startswith("🔴")
    assert card_in(place.national, amber).startswith(f"🟡 {code}")
    assert "подтверждает" not in card_in(place.national, red) + card_in(place.national, amber)
