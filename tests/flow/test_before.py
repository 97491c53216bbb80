"""Whoever wrote before is asked whether operators may see that, and without her yes they do not."""

from bot.telegram.sandbox.phone import Phone
from tests.danger import PLAIN, SAID, card_in
from tests.town import Town, code_in, heard, press, until

BEFORE = "Прежние разговоры: "


async def test_a_card_names_earlier_cases_only_with_her_yes(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, old, topic = await place.claimed(PLAIN, language="Русский")
        assert SAID.text("ask.before", "ru") not in "".join(heard(teen)), "there was nothing before"
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await teen.sees("Разговор завершён")
        await place.settled()
        await place.move(80 * 3600)
        seen = len(heard(teen))
        teen.write(PLAIN)
        new = await until(lambda: next((code_in(text) for text in heard(teen)[seen:] if "разговора: " in text), None))
        assert new != old
        await place.move(46)
        topic = await place.take(new)
        await place.settled()
        assert BEFORE not in card_in(national, topic)
        asked = await teen.sees("Кто пишет?")
        while SAID.text("ask.before", "ru") not in _now(teen, asked.message_id):
            shown = _now(teen, asked.message_id)
            await press(teen, "Пропустить", message_id=asked.message_id)
            await until(lambda shown=shown: _now(teen, asked.message_id) != shown)  # type: ignore[misc]  # as a default
        await press(teen, "Да, можно", message_id=asked.message_id)
        await until(lambda: f"{BEFORE}1 · коды в этой группе: {old}" in card_in(national, topic))
    journal = [
        showing.text for showing in place.sandbox.journal.to(national) if old in showing.text and new in showing.text
    ]
    assert all(BEFORE in text for text in journal)


def _now(teen: Phone, message_id: int) -> str:
    return next(shown.text for shown in teen.chat if shown.message_id == message_id)
