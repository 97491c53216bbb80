"""The claimer says that a case is urgent: it is red in every way from then on, and the person is told nothing."""

import pytest

from tests.danger import PLAIN, SAID, card_in
from tests.flow.test_shifts import red_cards
from tests.town import Town, heard, labels, press, until

pytestmark = pytest.mark.usefixtures("quick")


async def test_the_claimer_makes_a_case_red_and_its_silence_rings_for_all(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        other = place.sandbox.person("Other")
        national.add(other)
        teen, code, topic = await place.claimed(PLAIN, language="Русский")
        await place.settled()
        card = next(shown for shown in national.messages(topic) if "🔴 Срочно" in labels(shown))
        assert [label.split()[0] for label in labels(card)] == ["📝", "🔁", "🔴", "⏰", "↩️", "✅"]
        refused = await press(other, "🔴 Срочно", chat=national, message_id=card.message_id)
        assert refused == SAID.text("toast.not_your_danger", "ru")
        before = len(heard(teen))
        teen.write("спасибо")
        await national.sees("▎ спасибо", topic=topic)
        await press(place.operator, "🔴 Срочно", chat=national, message_id=card.message_id)
        await national.sees("🔴 Срочно: так решил оператор", topic=topic)
        await until(lambda: "Риск: срочным сделал оператор · " in card_in(national, topic))
        await until(lambda: national.topics[topic].name.startswith(f"🔴 {code}"))
        shown = await until(lambda: next((s for s in national.messages(topic) if "Риск" in str(labels(s))), None))
        assert [label.split()[0] for label in labels(shown)] == ["📝", "🔁", "🔴", "🚑", "⏰", "↩️", "✅"]
        assert "🔴 Срочно" not in labels(shown)
        await place.settled()
        assert len(heard(teen)) == before
        assert not red_cards(national, code)
    await place.move(5 * 60 + 1)
    await until(lambda: red_cards(national, code))
