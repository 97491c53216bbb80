"""Canned replies at the desk: shown before they go, by the claimer alone, in the person's voice; and a desk's own."""

from bot.domain.canned import digest
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from storage.reference.canned import replies
from tests.danger import PLAIN, SAID
from tests.town import Town, heard, labels, press, until

SEND, CANCEL, MORE = "✉️ Отправить", "Отмена", "Ещё"
KNOWN = {one.id: one for one in replies()}
OWN = "Лагерь\nсен: Лагерь: балаға\nсіз: Лагерь: ересекке\nты: Про лагерь, ребёнку\nвы: Про лагерь, взрослому"


async def newest(group: Group, topic: int, part: str) -> Shown:
    """The newest message of the topic with this in it, as it is now."""
    return await until(lambda: next((s for s in reversed(group.messages(topic)) if part in s.text), None))


def to_her(place: Town, teen: Phone, text: str) -> list[str]:
    """Calls by which she was sent this text."""
    calls = place.sandbox.journal.calls
    return [call.method for call in calls if call.chat_id == teen.id and text in str(call.params.get("text", ""))]


async def test_a_reply_is_shown_to_the_claimer_and_goes_as_her_words_in_the_persons_voice(place: Town) -> None:
    national = place.national
    assert national is not None
    other = place.sandbox.person("Other")
    national.add(other)
    async with place.hurried():
        teen, _, topic = await place.claimed("Сұрақ: лагерь туралы")
        await press(teen, "18-ге толған жоқпын")
        assert await press(other, "📝 Шаблон", chat=national, topic=topic) == SAID.text("toast.not_yours_canned", "ru")
        await press(place.operator, "📝 Шаблон", chat=national, topic=topic)
        offered = await newest(national, topic, "Какой шаблон")
        first = labels(offered)
        assert first[0] == KNOWN["greeting"].titles["ru"]
        assert len(first) == 8
        await press(place.operator, MORE, chat=national, message_id=offered.message_id)
        offered = await until(lambda: next((s for s in national.messages(topic) if s.message_id == offered.message_id
                                            and labels(s)[0] != first[0]), None))  # fmt: skip
        assert not {*labels(offered)[:6]} & {*first[:6]}
        text = KNOWN["breathing"].texts["kk", False]
        place.operator.write("/t тыныс ал", chat=national, topic=topic)
        shown = await newest(national, topic, text)
        assert "казахском, на «сен»" in shown.text
        assert to_her(place, teen, text) == []
        (copy,) = [button for row in national.chat.messages[shown.message_id].json()["reply_markup"]["inline_keyboard"]
                   for button in row if "copy_text" in button]  # fmt: skip
        assert copy["copy_text"] == {"text": text}
        assert await press(other, SEND, chat=national, message_id=shown.message_id)
        await place.settled()
        assert to_her(place, teen, text) == []

        await place.move(61)
        assert await press(place.operator, SEND, chat=national, message_id=shown.message_id) == "Отправлено"
        await until(lambda: any(text in one for one in heard(teen)))
        (answer,) = [one for one in heard(teen) if text in one]
        assert answer.endswith(f":\n{text}")
        sent = await newest(national, topic, "📝 Отправлено")
        assert sent.message_id == shown.message_id
        assert labels(sent) == []
        await until(lambda: "👌" in next(s for s in national.messages(topic) if s.text == sent.text).reactions)
        assert to_her(place, teen, text) == ["sendMessage"]

        place.operator.write("/t шантаж", chat=national, topic=topic)
        shown = await newest(national, topic, KNOWN["extortion"].texts["kk", False][:40])
        await press(place.operator, CANCEL, chat=national, message_id=shown.message_id)
        await newest(national, topic, "не отправлен")
        other.write("/t тыныс", chat=national, topic=topic)
        await newest(national, topic, SAID.text("canned.not_yours", "ru"))
        place.operator.write("/\u0442 нетакогослова", chat=national, topic=topic)
        await newest(national, topic, "ничего нет")
        await place.settled()
    assert not any("шантаж" in text or "/t" in text or KNOWN["extortion"].texts["kk", False] in text
                   for text in heard(teen))  # fmt: skip


async def test_a_text_that_is_not_what_she_saw_any_more_is_shown_again(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, code, topic = await place.claimed("Сұрақ: лагерь туралы")
        place.operator.write("/t дыхание", chat=national, topic=topic)
        adult, child = KNOWN["breathing"].texts["kk", True], KNOWN["breathing"].texts["kk", False]
        shown = await newest(national, topic, adult)
        await press(teen, "18-ге толған жоқпын")
        await place.settled()
        changed = await press(place.operator, SEND, chat=national, message_id=shown.message_id)
        assert changed == SAID.text("toast.canned_changed", "ru")
        await newest(national, topic, child)
        assert to_her(place, teen, adult) == to_her(place, teen, child) == []
        await press(place.operator, SEND, chat=national, message_id=shown.message_id)
        await until(lambda: to_her(place, teen, child))
        again = f"cn:{code}:send:breathing:{digest(child)}"
        tap = await place.forged(national, shown.message_id, place.operator.user, again)
        assert tap.answer == SAID.text("toast.old_button", "ru")
        await place.settled()
        assert to_her(place, teen, child) == ["sendMessage"]

        teen.block()
        place.operator.write("/t дыхание", chat=national, topic=topic)
        await newest(national, topic, SAID.text("canned.blocked", "ru"))


async def test_supervisors_add_change_and_switch_off_what_their_desk_has(place: Town) -> None:
    national = place.national
    assert national is not None
    shift = national.topic_named("Смена")
    async with place.hurried():
        teen, _, topic = await place.claimed(PLAIN, language="Русский")
        place.operator.write("/canned", chat=national, topic=shift)
        await newest(national, shift, SAID.text("shift.supervisors_only", "ru"))
        place.admin.write("/canned", chat=national, topic=shift)
        listed = await newest(national, shift, KNOWN["greeting"].titles["ru"])
        assert all(one.titles["ru"] in listed.text for one in replies())
        assert "/canned" in listed.text
        place.admin.write("/canned " + OWN.rsplit("\n", 1)[0], chat=national, topic=shift)
        await newest(national, shift, "не хватает: на русском, на «вы»")
        place.admin.write("/canned " + OWN, chat=national, topic=shift)
        await newest(national, shift, "Сохранено: «Лагерь»")
        place.operator.write("/t лагерь", chat=national, topic=topic)
        shown = await newest(national, topic, "Про лагерь, взрослому")
        place.admin.write("/canned " + OWN.replace("взрослому", "нужен яд"), chat=national, topic=shift)
        await newest(national, shift, "лучше не говорить: яд")
        changed = await press(place.operator, SEND, chat=national, message_id=shown.message_id)
        assert changed == SAID.text("toast.canned_changed", "ru")
        place.admin.write("/canned лагерь -", chat=national, topic=shift)
        await newest(national, shift, "Выключен: «лагерь»")
        assert await press(place.operator, SEND, chat=national, message_id=shown.message_id) == SAID.text(
            "toast.old_button", "ru"
        )
        place.admin.write("/canned приветствие -", chat=national, topic=shift)
        await newest(national, shift, "Выключен: «приветствие»")
        await press(place.operator, "📝 Шаблон", chat=national, topic=topic)
        offered = await newest(national, topic, "Какой шаблон")
        assert not {KNOWN["greeting"].titles["ru"], "Лагерь"} & {*labels(offered)}
        place.admin.write("/canned Лагерь +", chat=national, topic=shift)
        await newest(national, shift, "Снова включён: «Лагерь»")
        place.operator.write("/t лагерь", chat=national, topic=topic)
        await newest(national, topic, "Про лагерь, нужен яд")
        await place.settled()
    assert not any("лагерь," in text for text in heard(teen))
