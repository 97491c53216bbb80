"""`/help` at the desk and in private."""

from tests.danger import PLAIN, SAID
from tests.region import reached
from tests.town import Town, heard, until


async def test_every_topic_answers_help_in_the_desks_language_and_private_chats_know_operators(place: Town) -> None:
    national = place.national
    assert national is not None
    async with place.hurried():
        teen, _, topic = await place.claimed(PLAIN, language="Русский")
        where = {name: national.topic_named(part) for name, part in
                 (("queue", "Очередь"), ("urgent", "Срочно"), ("shift", "Смена"), ("booking", "Записи"))}  # fmt: skip
        where["topic"] = topic
        for thread in where.values():
            place.operator.write("/help", chat=national, topic=thread)
        for name, thread in where.items():
            shown = await national.sees(SAID.page(f"help.{name}", "ru"), topic=thread)
            assert SAID.page("help.red", "ru") in shown.text
        before = len(national.messages(where["shift"]))
        place.operator.write("/help", chat=national)
        await until(lambda: len(national.messages(where["shift"])) > before)
        await reached(place, place.operator, national)
        place.operator.write("/help")
        await place.operator.sees(SAID.text("help.operator", "ru"))
        place.both.add(place.admin.id)
        place.admin.write("/help")
        await place.admin.sees(SAID.text("help.administrator", "ru"))
        teen.write("/help")
        await teen.sees(SAID.text("help", "ru").split("\n")[0])
        await place.settled()
    assert not any("/shift" in text or "/desks" in text for text in heard(teen))
    assert not any(SAID.text("help.administrator", "ru") == text for text in heard(place.operator))
