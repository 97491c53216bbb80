"""What operators may not write does not reach a person, and supervisors can read it; what of hers is covered, only its
claimer can uncover."""

import pytest

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, SAID
from tests.flow.test_aside import lose, taken
from tests.flow.test_desk_relay import marked, replies
from tests.region import Regional, on_shift, said_in
from tests.town import Town, heard, labels, press, texts, until

ASKING = "Пришли своё фото, пожалуйста"
REWORDED = "Расскажи, что видно на фото"
PHONE = "+7 701 123 45 67"
COVERED = SAID.text("covered.phone", "ru")
TWICE = SAID.text("held.twice", "ru", code="|", region="|").split("|")[-1]
KEPT = SAID.text("secret.kept", "ru", adult=True)
NUMBER = SAID.text("secret.phone", "ru", adult=True)
UNCOVER = SAID.text("button.uncover", "ru")
NEVER = SAID.text("claimed", "ru", adult=True, alias="|").split("\n")[1]


async def why(place: Town, message_id: int) -> str:
    """What stands under an operator's message that did not go."""
    assert await marked(place, message_id) == "🤷"
    return (await until(lambda: replies(place, message_id)))[0]


def under(group: Group, topic: int, part: str) -> Shown:
    """The message of the bot in a topic that has this in it."""
    return next(shown for shown in reversed(group.messages(topic)) if part in shown.text and shown.sender == "Senim")


async def test_what_nobody_may_ask_for_does_not_go_and_the_second_time_supervisors_hear_of_it(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed(PLAIN, language="Русский")
        await teen.sees(NEVER)
        held = place.operator.write(ASKING, chat=national, topic=topic)
        assert await why(place, held) == SAID.text("held.photo", "ru", words="Пришли своё фото")
        went = place.operator.write(REWORDED, chat=national, topic=topic)
        await teen.sees(REWORDED)
        assert not [text for text in heard(place.admin) if TWICE in text]
        linked = place.operator.write("или https://t.me/evil и @evil_one", chat=national, topic=topic)
        reason = await why(place, linked)
        assert "https[:]//t[.]me/evil" in reason
        told = await place.admin.sees(TWICE)
        assert code in told.text
        assert "evil" not in told.text
        place.operator.edit(linked, "скинь код из смс", chat=national)
        await until(lambda: len(replies(place, linked)) > 1)
        assert replies(place, linked)[1] == SAID.text("line.edit_not_sent", "ru")
        place.operator.edit(went, "скинь код из смс", chat=national)  # she would read it in the place of the other
        (reason,) = await until(lambda: replies(place, went))
        assert reason == SAID.text("held.code", "ru", words="скинь код")
        for kind in ("voice", "photo", "document"):
            sent = place.operator.send(kind, chat=national, topic=topic, caption="@evil_one")
            assert await why(place, sent) == SAID.text(f"undelivered.off_{kind}", "ru")
        place.operator.write("// @evil_one пусть останется у нас", chat=national, topic=topic)

        place.operator.write("/said", chat=national, topic=topic)  # she is no supervisor
        await national.sees(SAID.text("shift.supervisors_only", "ru"))
        national.owner.write(f"/said {code.lower()}", chat=national, topic=national.topic_named("Смена"))
        shown = await said_in(national, topic, SAID.text("answers.head", "ru", code=code))
        assert f"▎ {ASKING}" in shown.text
        assert shown.text.count(SAID.text("answers.held", "ru")) == 3
        assert shown.text.index(ASKING) < shown.text.index(REWORDED) < shown.text.index("t[.]me/evil")
        national.owner.write("/said", chat=national, topic=topic)
        await until(lambda: sum(f"▎ {ASKING}" in one.text for one in national.messages(topic)) == 2)

        national.delete_topic(topic)
        teen.write("вы тут?")

        def both_sides() -> Shown | None:
            shown = (one for one in national.messages() if one.thread_id != topic)
            return next((one for one in shown if f"▎ {REWORDED}" in one.text), None)

        history = await until(both_sides)
        assert ASKING not in history.text
        await place.settled()
    assert not [text for text in texts(teen.chat) if "evil" in text or ASKING in text or "смс" in text]
    rows = await place.rows("SELECT what, detail FROM audit ORDER BY seq")
    assert [tuple(row) for row in rows] == [
        *[("held_back", rule) for rule in ("photo", "link", "code")], ("answers_read", ""), ("answers_read", ""),
    ]  # fmt: skip
    assert [row["n"] for row in await place.rows("SELECT COUNT(*) AS n FROM message WHERE direction = 'held'")] == [3]


@pytest.mark.usefixtures("quick")
async def test_nor_does_it_from_a_private_talk_where_her_number_can_be_uncovered(regional: Regional) -> None:
    place = regional.place
    async with place.hurried():
        operator = await on_shift(place, regional.group)
        teen, code = await regional.case("слово", "Красная", red=True)
        teen.write(f"мой номер {PHONE}")
        await regional.group.sees(COVERED)
        await lose(regional, teen)
        await taken(operator, code)
        talk = await operator.sees(f"▎ мой номер {COVERED}")
        assert await press(operator, UNCOVER, message_id=talk.message_id) == SAID.text(
            "toast.uncovered", "ru", values=PHONE
        )
        operator.write("напиши мне в ватсап")
        await operator.sees(SAID.text("held.messenger", "ru", words="напиши мне в ватсап"))
        operator.write("я рядом")
        await teen.sees("я рядом")
        teen.write("сестра: 87017654321")
        heard_of = await operator.sees(f"▎ сестра: {COVERED}")
        assert await press(operator, UNCOVER, message_id=heard_of.message_id) == SAID.text(
            "toast.uncovered", "ru", values="87017654321"
        )
        await place.settled()
    assert not [text for text in texts(teen.chat) if "ватсап" in text]
    assert not {KEPT, NUMBER} & {*texts(teen.chat)}  # in danger her number may be what saves her


async def test_what_of_hers_is_covered_only_the_claimer_uncovers_and_she_is_told_once(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code = await place.case(f"{PLAIN}. Мой номер {PHONE}", language="Русский")
        await teen.sees(NUMBER)
        teen.write(f"ещё раз {PHONE}")
        await place.move(46)
        card = await national.sees(f"Мой номер {COVERED}")
        assert UNCOVER not in "".join(labels(card))
        topic = await place.take(code)
        history = under(national, topic, f"▎ {PLAIN}. Мой номер {COVERED}")
        other = place.sandbox.person("Other")
        national.add(other)
        assert await press(other, UNCOVER, chat=national, message_id=history.message_id) == SAID.text(
            "toast.not_yours_to_see", "ru"
        )
        tap = await press(place.operator, UNCOVER, chat=national, message_id=history.message_id)
        assert tap == SAID.text("toast.uncovered", "ru", values=PHONE)
        answer = next(c for c in reversed(place.sandbox.journal.calls) if c.method == "answerCallbackQuery")
        assert answer.params["show_alert"] is True
        teen.write("пришёл код 4829, позвонила 112, мне 13, 8Б, дом 28, 14:30")
        words = await said_in(national, topic, f"код {SAID.text('covered.code', 'ru')}, позвонила 112")
        assert "мне 13, 8Б, дом 28, 14:30" in words.text
        assert await press(place.operator, UNCOVER, chat=national, message_id=words.message_id) == SAID.text(
            "toast.uncovered", "ru", values="4829"
        )
        teen.edit(next(s.message_id for s in teen.chat if s.mine and "4829" in s.text), "карта 4111 1111 1111 1111")
        await said_in(national, topic, SAID.text("covered.card", "ru"))
        teen.write("просто слова")
        plain = await said_in(national, topic, "▎ просто слова")
        assert plain.buttons == []
        await place.settled()
        assert (texts(teen.chat).count(KEPT), texts(teen.chat).count(NUMBER)) == (1, 1)
        forged = await place.forged(national, history.message_id, other.user, "uc:ТК-00000:0000000000000000")
        assert forged.answer == SAID.text("toast.old_button", "ru")
    shown = "".join(one.text for one in national.messages())
    assert not [secret for secret in (PHONE, "4829", "4111") if secret in shown]
    rows = await place.rows("SELECT what, detail FROM audit ORDER BY seq")
    assert [tuple(row) for row in rows] == [("uncovered", "phone"), ("uncovered", "code")]


async def test_a_number_stays_one_tap_away_when_she_is_in_danger_and_the_reasons_are_shown_without_it(
    place: Town,
) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen: Phone = await place.welcomed("Красная", "Русский")
        teen.write(f"я больше не хочу жить, мамин номер {PHONE}")
        card = await national.sees(f"мамин номер {COVERED}")
        assert "не хочу жить" in card.text.split("▎")[0]
        code = card.text[2:10]
        topic = await place.take(code)
        history = under(national, topic, COVERED)
        assert PHONE in (await press(place.operator, UNCOVER, chat=national, message_id=history.message_id) or "")
        await place.settled()
    assert not {KEPT, NUMBER} & {*texts(teen.chat)}
    assert PHONE not in "".join(one.text for one in national.messages())
