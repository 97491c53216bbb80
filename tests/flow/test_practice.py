"""A practice case in the real forum: played by a script, counted nowhere, and always behind somebody real."""

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from locales import LANGUAGES, Language
from storage.reference.practice import story
from tests.danger import PLAIN, SAID, red_card
from tests.flow.test_digest import move_to
from tests.region import marked
from tests.town import CODE, Town, heard, labels, press, until
from tests.unit.test_practice import GOOD

pytestmark = pytest.mark.usefixtures("quick")

SIGN = "🎓"
DAY = 24 * 3600


def own(group: Group, topic: int) -> list[Shown]:
    """What the bot has said in a topic."""
    return [s for s in group.messages(topic) if s.sender == "Senim" and s.kind == "text"]


async def begun(place: Town, group: Group, name: str, language: Language) -> Shown:
    """A supervisor begins a practice case; its card in the queue."""
    shift, queue = group.topic_named("Смена"), group.topic_named("Очередь")
    seen = len(own(group, shift))
    place.admin.write("/practice", chat=group, topic=shift)
    asked = await until(lambda: next((s for s in own(group, shift)[seen:] if len(labels(s)) == 6), None))
    choice = f"{story(name).titles['ru']} · {SAID.text(f'language.{language}', 'ru')}"
    refused = await press(place.operator, choice, chat=group, message_id=asked.message_id)
    assert refused == SAID.text("toast.supervisors_only", "ru")
    assert await press(place.admin, choice, chat=group, message_id=asked.message_id) == SAID.text(
        "toast.practice_begun", "ru"
    )
    return await until(lambda: next((s for s in own(group, queue) if s.text.startswith(SIGN) and labels(s)), None))


async def taken(phone: Phone, group: Group, card: Shown) -> int:
    """The operator takes it; its topic."""
    await press(phone, SIGN, chat=group, message_id=card.message_id)
    await until(lambda: any("Учебный" in topic.name for topic in group.topics.values()))
    return group.topic_named("Учебный")


def said_by_script(group: Group, topic: int) -> list[str]:
    return [s.text.removeprefix(f"{SIGN} ▎ ") for s in own(group, topic) if s.text.startswith(f"{SIGN} ▎")]


def calls_since(place: Town, number: int) -> list[Call]:
    return place.sandbox.journal.calls[number:]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_played_to_its_debrief_and_counted_nowhere(place: Town, language: Language) -> None:
    national = place.national
    assert national is not None
    played, good = story("dark"), GOOD[language]
    other = place.sandbox.person("Other")
    national.add(other)
    async with place.hurried():
        place.operator.write("/practice", chat=national, topic=national.topic_named("Смена"))
        await national.sees(SAID.text("shift.supervisors_only", "ru"))
        before = len(place.sandbox.journal.calls)
        card = await begun(place, national, "dark", language)
        assert (played.line(0, (), language) or "?") in card.text
        topic = await taken(place.operator, national, card)
        late = await place.forged(national, card.message_id, other.user, "pm:1:take")
        assert SAID.text("toast.taken", "ru", alias="").strip() in str(late.answer)
        await until(lambda: said_by_script(national, topic) == [played.line(0, (), language)])
        await until(lambda: not next(labels(s) for s in national.messages() if s.message_id == card.message_id))

        place.operator.write("/help", chat=national, topic=topic)
        assert (
            SAID.page("help.topic", "ru")
            not in (await national.sees(SAID.page("help.practice", "ru"), topic=topic)).text
        )
        place.operator.write("// заметка", chat=national, topic=topic)
        other.write(good["suicide"], chat=national, topic=topic)
        await until(lambda: marked(place, topic, "✍") == 2)
        assert len(said_by_script(national, topic)) == 1
        met: set[str] = set()
        for turn, rule in enumerate(("feeling", "suicide", "safety", "near"), 1):
            place.operator.write(good[rule], chat=national, topic=topic)
            met.add(rule)
            wanted = played.line(turn, met, language)
            await until(lambda wanted=wanted: wanted in said_by_script(national, topic))  # type: ignore[misc]  # bound here
        place.operator.write(good["greet"], chat=national, topic=topic)
        await until(lambda: played.line(5, {"greet"}, language) in said_by_script(national, topic))
        place.operator.write({"ru": "Обещаю", "kk": "Уәде беремін"}[language], chat=national, topic=topic)
        debrief = await national.sees(SAID.text("practice.debrief", "ru", number=1), topic=topic)
        for rule in played.rules:
            sign = "▫️" if rule in ("numbers", "again") else "✅"
            assert f"{sign} {SAID.text(f'practice.rule.{rule}', 'ru')}" in debrief.text
        assert f"⚠️ {SAID.text('practice.rule.bad_promise', 'ru')}" in debrief.text
        place.operator.write("// всё", chat=national, topic=topic)
        await place.settled()

        mine = await press(place.operator, "📋", chat=national, topic=national.topic_named("Смена"))
        assert mine == SAID.text("toast.mine_none", "ru")
        board = next(s for s in own(national, national.topic_named("Смена")) if any("📋" in one for one in labels(s)))
        assert "🔴 0" in board.text
        calls = [call for call in calls_since(place, before) if SIGN in str(call.params.get("text", ""))]
        assert len(calls) > 8
        assert {call.chat_id for call in calls} == {national.id}
        for call in calls:
            assert str(call.params["text"]).startswith(SIGN)
            assert call.method == "editMessageText" or call.params["disable_notification"] is True
        assert all(shown.text.startswith(SIGN) for shown in own(national, topic))
        assert not any(CODE.search(shown.text) for shown in own(national, topic))
        assert not [call for call in calls_since(place, before) if call.chat_id not in (national.id, None)]

        await move_to(place, 9, 1)
        await national.sees(SAID.text("digest.nothing", "ru"), topic=national.topic_named("Смена"))
        await place.move(DAY)
        await until(lambda: national.topics[topic].deleted)
    assert place.sandbox.gateway.calls == []
    async with place.written(await place.copied()) as tx:
        for table in ("cases", "message", "finding", "ladder", "callout", "practice"):
            assert await tx.all(f"SELECT 1 FROM {table}") == [], table


async def test_somebody_real_in_danger_goes_before_it(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        card = await begun(place, national, "exam", "ru")
        topic = await taken(place.operator, national, card)
        await until(lambda: len(said_by_script(national, topic)) == 1)
        teen, code = await place.case(PLAIN, language="Русский")
        await press(teen, "🆘")
        real = await red_card(national, code)
        await national.sees(SAID.text("practice.paused", "ru"), topic=topic)
        place.operator.write("Расскажи", chat=national, topic=topic)
        place.admin.write("/practice", chat=national, topic=national.topic_named("Смена"))
        await national.sees(SAID.text("practice.ask", "ru"), topic=national.topic_named("Смена"))
        refused = await press(place.admin, "Перед пробным", chat=national, topic=national.topic_named("Смена"))
        assert refused == SAID.text("toast.practice_red", "ru", code=code)
        await place.settled()
        assert len(said_by_script(national, topic)) == 1
        await press(place.operator, "🙋", chat=national, message_id=real.message_id)
        await national.sees(SAID.text("practice.resumed", "ru"), topic=topic)
        await until(lambda: len(said_by_script(national, topic)) == 2)
        running = await press(place.admin, "Перед пробным", chat=national, topic=national.topic_named("Смена"))
        assert running == SAID.text("toast.practice_running", "ru")
        other = place.sandbox.person("Other")
        national.add(other)
        head = next(s for s in own(national, topic) if labels(s))
        refused = await press(other, SIGN, chat=national, message_id=head.message_id)
        assert refused == SAID.text("toast.practice_not_yours", "ru")
        await press(place.operator, SIGN, chat=national, message_id=head.message_id)
        await national.sees(SAID.text("practice.debrief", "ru", number=1), topic=topic)
        place.operator.write("Это никуда не уйдёт", chat=national, topic=topic)
        await place.settled()
    told = "\n".join(heard(teen))
    assert SIGN not in told
    assert "Расскажи" not in told
    assert "никуда не уйдёт" not in told
