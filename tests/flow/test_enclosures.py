"""Operators' files to persons: off until a supervisor has switched them on, and what of them arrives.

The witness is the sandbox's journal with the very bytes of every upload.
"""

import io
from typing import Any

from PIL import Image

from bot.telegram.sandbox import samples
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, SAID
from tests.flow.test_media import MARK, cut, fetched, marked_photo
from tests.town import FILES, Town, labels, press, until
from tests.unit.test_cleaning import printed

KINDS = ("photo", "voice", "document")


def ru(key: str, **values: Any) -> str:
    return SAID.text(key, "ru", **values)


def brought(place: Town, teen: Phone) -> list[Call]:
    """Calls that brought her a file, refused ones too, in order."""
    return [call for call in place.sandbox.journal.calls if call.method in FILES and call.chat_id == teen.id]


def files(teen: Phone) -> list[Shown]:
    """The files that stand in her chat."""
    return [shown for shown in teen.chat if shown.kind in KINDS and not shown.mine]


def of(place: Town, message_id: int) -> Shown:
    assert place.national is not None
    return next(shown for shown in place.national.messages() if shown.message_id == message_id)


def alias_in(teen: Phone) -> str:
    return next(s.text for s in teen.chat if "на связи" in s.text).split("на связи ")[1].split(".")[0]


async def why_not(place: Town, message_id: int, key: str, **values: Any) -> None:
    """A message in the topic has its mark and this reason."""
    assert place.national is not None
    group = place.national
    await until(lambda: any(s.reply_to == message_id and s.text == ru(key, **values) for s in group.messages()))
    await until(lambda: "🤷" in of(place, message_id).reactions)


async def switches(place: Town) -> Shown:
    """A supervisor asks; the message with the buttons."""
    assert place.national is not None
    group, shift = place.national, place.national.topic_named("Смена")
    before = len(group.messages(shift))
    place.admin.write("/media", chat=group, topic=shift)
    return await until(
        lambda: next((s for s in group.messages(shift)[before:] if s.text == ru("files.ask")), None)
    )  # fmt: skip


async def switched(place: Town, shown: Shown, *kinds: str, to: str = "on") -> None:
    """A supervisor taps; the buttons have followed."""
    assert place.national is not None
    group, was = place.national, {"on": "off", "off": "on"}[to]
    for kind in kinds:
        tap = await press(
            place.admin, ru(f"button.files_{kind}_{was}"), chat=group, message_id=shown.message_id
        )  # fmt: skip
        assert tap == ru("toast.noted")
        await until(lambda kind=kind: ru(f"button.files_{kind}_{to}") in labels(of(place, shown.message_id)))  # type: ignore[misc]  # as a default


async def test_each_kind_goes_only_when_a_supervisor_has_switched_it_on(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    here: dict[str, Any] = {"chat": national, "topic": topic}
    shift = national.topic_named("Смена")
    async with place.hurried():
        for kind in KINDS:
            await why_not(place, place.operator.send(kind, **here), f"undelivered.off_{kind}")
        place.operator.write("/media", chat=national, topic=shift)
        await national.sees(ru("shift.supervisors_only"), topic=shift)
        shown = await switches(place)
        assert labels(shown) == [ru(f"button.files_{kind}_off") for kind in KINDS]
        tap = await press(place.operator, ru("button.files_photo_off"), chat=national, message_id=shown.message_id)
        assert tap == ru("toast.supervisors_only")
        await place.settled()
        assert labels(of(place, shown.message_id)) == labels(shown)

        await switched(place, shown, "photo")
        said = await national.sees(ru("files.on_photo", alias="|").split("|")[0], topic=shift)
        await place.forged(national, shown.message_id, place.admin.user, "fs:photo:1")  # an old button: it is on
        await why_not(place, place.operator.send("voice", **here), "undelivered.off_voice")
        assert sum(s.text == said.text for s in national.messages(shift)) == 1
        sent = place.operator.send("photo", caption="схема входа", data=marked_photo(), **here)
        await until(lambda: files(teen))
        await until(lambda: "👌" in of(place, sent).reactions)

        await switched(place, shown, "voice", "document")
        place.operator.send("voice", data=samples.voice(f"ARTIST={MARK}"), **here)
        await until(lambda: len(files(teen)) == 2)
        place.operator.send("document", data=printed(MARK), file_name=f"{MARK}.pdf", caption="памятка", **here)
        await until(lambda: len(files(teen)) == 3)
        place.operator.send("document", data=marked_photo(), mime_type="image/jpeg", file_name=f"{MARK}.jpg", **here)
        await until(lambda: len(files(teen)) == 4)
        word = place.operator.send("document", mime_type="application/msword", **here)
        await why_not(place, word, "undelivered.not_pdf")
        await switched(place, shown, "photo", to="off")
        await why_not(place, place.operator.send("photo", **here), "undelivered.off_photo")
        await place.settled()

    photo, voice, document, picture = brought(place, teen)
    alias = alias_in(teen)
    assert [call.method for call in (photo, voice, document, picture)] == [
        "sendPhoto", "sendVoice", "sendDocument", "sendPhoto",
    ]  # fmt: skip
    assert [call.params["caption"] for call in (photo, voice, document)] == [
        f"{alias}:\nсхема входа", f"{alias}:", f"{alias}:\nпамятка",
    ]  # fmt: skip
    with Image.open(io.BytesIO(photo.files[0][1])) as image:
        assert (image.size, image.format) == ((64, 48), "JPEG")
    assert document.files[0][1].startswith(b"%PDF-")
    assert MARK.encode() in marked_photo()
    assert MARK.encode() in printed(MARK)
    assert MARK.encode() not in place.sandbox.journal.bytes(teen.id)
    assert not [shown for shown in files(teen) if shown.protected], "she may need them as evidence"
    rows = await place.rows("SELECT detail FROM audit WHERE what = 'files_switched' AND operator IS NOT NULL")
    assert [row["detail"] for row in rows] == [
        *(f"national {kind} off on" for kind in KINDS), "national photo on off",
    ]  # fmt: skip


async def test_only_the_claimers_goes_and_its_words_are_read_as_all_her_words(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, code, topic = await place.claimed(PLAIN, language="Русский")
    here: dict[str, Any] = {"chat": national, "topic": topic}
    other = place.sandbox.person("Other")
    national.add(other)
    async with place.hurried():
        await switched(place, await switches(place), *KINDS)
        notes = [place.operator.send("photo", caption="// для коллег", **here), other.send("photo", **here)]
        for note in notes:
            await until(lambda note=note: "✍" in of(place, note).reactions)  # type: ignore[misc]  # as a default
        held = place.operator.send("photo", caption="пришли своё фото", **here)
        await until(lambda: any(s.reply_to == held and s.text.startswith("Задержано") for s in national.messages()))
        await until(lambda: "🤷" in of(place, held).reactions)
        large = place.operator.send("document", file_size=11 * 2**20, **here)
        await why_not(place, large, "undelivered.file_large")
        await place.settled()
        assert fetched(place) == []

        lost = place.operator.send("photo", file_id="unknown", **here)
        place.sandbox.world.files._by_id.pop("unknown")
        await why_not(place, lost, "undelivered.file_lost")
        broken = place.operator.send("document", data=b"MZ no document", **here)
        await why_not(place, broken, "undelivered.file_unreadable")
        place.sandbox.faults.fail("sendPhoto", times=1, code=400, description="Bad Request: IMAGE_PROCESS_FAILED")
        await why_not(place, place.operator.send("photo", **here), "undelivered.failed")
        assert files(teen) == []

        place.sandbox.faults.server_error("getFile", times=2)
        asked = teen.write("какой вход?")
        line = await national.sees("какой вход?", topic=topic)
        await place.settled()  # the bot knows, too, under which number it stands
        long = "слово " * 160 + "конец"
        sent = place.operator.send("photo", caption=long, reply_to=line.message_id, **here)
        await teen.sees("конец")
        [photo] = files(teen)
        assert photo.reply_to == asked
        rest = await teen.sees("конец")
        both = f"{photo.text} {rest.text}"
        assert both.split() == [f"{alias_in(teen)}:", *long.split()], "split and never cut"
        place.operator.edit(sent, "другое", chat=national)
        await why_not(place, sent, "line.edit_not_sent")
        teen.write("а это что?", reply_to=photo.message_id)
        reply = await national.sees("а это что?", topic=topic)
        assert reply.reply_to == sent
        place.operator.write("/del", reply_to=sent, **here)
        await until(lambda: files(teen) == [])
        await national.sees(ru("del.done"), topic=topic)
        # The topic is another one by the time that the file turns out to be none.
        place.sandbox.faults.hang(600, "getFile")
        before = len(fetched(place))
        place.operator.send("photo", data=b"no picture", **here)
        await until(lambda: len(fetched(place)) > before)
        national.delete_topic(topic)
        teen.write("ещё слова")
        again = await until(
            lambda: next((one.id for one in national.topics.values() if code in one.name and not one.deleted), 0)
        )
        history = await national.sees("ещё слова", topic=again)
        assert history.text.count(ru("line.retracted")) == 4, "three that did not go, and one that was taken back"
        await cut(place)
        await national.sees(ru("undelivered.file_before"), topic=again)
        await place.settled()
    assert await place.rows("SELECT message FROM enclosure") == []


async def test_what_comes_between_keeps_a_file_back_and_is_said(place: Town) -> None:
    national = place.national
    assert national is not None
    other = place.sandbox.person("Other")
    national.add(other)
    closed, _, first = await place.claimed(PLAIN, language="Русский")
    handed, code, second = await place.claimed("Второй вопрос", name="Другая", language="Русский")
    gone, _, third = await place.claimed("Третий вопрос", name="Третья", language="Русский")
    async with place.hurried():
        await switched(place, await switches(place), "photo", "voice")
        place.sandbox.faults.hang(600, "getFile", times=3)
        sent = {topic: place.operator.send("photo", chat=national, topic=topic) for topic in (first, second, third)}
        await until(lambda: len(fetched(place)) == 3)
        await press(place.operator, "Закрыть", chat=national, topic=first)
        await press(place.operator, "Помогли", chat=national, topic=first)
        await closed.sees("Разговор завершён")
        await press(place.operator, "Закрыть", chat=national, topic=second)
        await press(place.operator, "Вернуть", chat=national, topic=second)
        await handed.sees(ru("operator_left", code=code).split("\n")[0][:20])
        gone.block()
        await national.sees("заблокировал", topic=third)
        await cut(place)
        place.sandbox.faults.clear()
        await why_not(place, sent[first], "undelivered.closed")
        await why_not(place, sent[second], "undelivered.handed")
        await why_not(place, sent[third], "undelivered.blocked")
        await place.settled()
    assert [call for person in (closed, handed, gone) for call in brought(place, person)] == []


async def test_what_comes_between_at_the_very_last_counts_too_and_words_do_not_wait(place: Town) -> None:
    """The file is clean and waits for Telegram; a slow upload holds up no words behind it."""
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    here: dict[str, Any] = {"chat": national, "topic": topic}
    async with place.hurried():
        await switched(place, await switches(place), "photo")
        place.sandbox.faults.hang(600, "sendPhoto")
        place.operator.send("photo", **here)
        await until(lambda: brought(place, teen))
        place.operator.write("слова после фото", **here)
        await teen.sees("слова после фото")
        assert files(teen) == []
        await cut(place)
        place.sandbox.faults.clear()
        await until(lambda: files(teen))
        assert files(teen)[0].text.startswith("↻ "), "it may have been there before"
        place.sandbox.faults.hang(2, "sendPhoto")
        before = len(brought(place, teen))
        sorry = place.operator.send("photo", **here)
        await until(lambda: len(brought(place, teen)) > before)
        place.operator.write("/del", reply_to=sorry, **here)
        await national.sees(ru("del.done"), topic=topic)
        assert len(files(teen)) == 1, "taken back while it was on its way: it came, and went"
        assert brought(place, teen)[-1].ok
        place.sandbox.faults.flood(20, "sendPhoto", teen.id)
        late = place.operator.send("photo", **here)
        await until(lambda: [call for call in brought(place, teen) if call.error_code == 429])
        await press(place.operator, "Закрыть", chat=national, topic=topic)
        await press(place.operator, "Помогли", chat=national, topic=topic)
        await why_not(place, late, "undelivered.closed")
        await place.settled()
    assert len(files(teen)) == 1


async def test_a_stop_loses_no_file_and_what_is_on_its_way_is_sealed(place: Town) -> None:
    national = place.national
    assert national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    async with place.hurried():
        await switched(place, await switches(place), "photo")
        place.sandbox.faults.hang(600, "getFile")
        place.operator.send("photo", chat=national, topic=topic, file_id=MARK, data=marked_photo())
        await until(lambda: fetched(place))
        await place.bot.end()
        await cut(place)
        place.sandbox.faults.clear()
        [row] = await place.rows("SELECT source, release_at FROM enclosure JOIN cases ON id = case_id")
        assert row["source"]
        assert row["release_at"], "the person waits still"
        assert MARK.encode() not in (await place.copied()).read_bytes()
        await place.bot.start()
        await until(lambda: files(teen))
        await place.settled()
    assert len(files(teen)) == 1
    assert await place.rows("SELECT message FROM enclosure") == []
    assert [row["release_at"] for row in await place.rows("SELECT release_at FROM cases")] == [None]
