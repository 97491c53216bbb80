"""Photos, voices and video notes of a person: what of them reaches her operator, and what she is told.

The witness is the sandbox's journal with the very bytes of every upload.
"""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot import fetching
from bot.telegram.sandbox import samples
from bot.telegram.sandbox.journal import Call
from tests.danger import PLAIN, RED, SAID
from tests.town import Town, code_of, heard, press, texts, until

FILES = ("sendPhoto", "sendVoice", "sendVideoNote")
MARK = "zqAigerimZhambyl"


def files(place: Town) -> list[Call]:
    """Calls that brought a file, refused ones too, in order."""
    return [call for call in place.sandbox.journal.calls if call.method in FILES]


def fetched(place: Town) -> list[Call]:
    return [call for call in place.sandbox.journal.calls if call.method == "getFile"]


async def cut(place: Town) -> None:
    """Whatever hangs at Telegram comes to nothing."""
    place.sandbox.faults.down(True)
    await until(lambda: not place.sandbox.server.in_flight)
    place.sandbox.faults.down(False)


def captions(place: Town, topic: int) -> list[str]:
    """The photos of a topic as they stand there: their captions without the time."""
    assert place.national is not None
    return [shown.text.split(" · ")[0] for shown in place.national.messages(topic) if shown.kind == "photo"]


def marked_photo(width: int = 64, height: int = 48) -> bytes:
    """A JPEG with her name in its EXIF and in a comment."""
    exif = Image.Exif()
    exif[0x013B] = MARK
    made = io.BytesIO()
    image = Image.effect_noise((width, height), 60).convert("RGB")
    image.save(made, "JPEG", exif=exif, comment=MARK, quality=95)
    return made.getvalue()


def said(key: str) -> str:
    return SAID.text(key, "ru")


async def test_a_photo_goes_to_the_topic_as_fresh_pixels_in_order_with_her_words(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    async with place.hurried():
        teen.send("photo", caption="до @zhurgen", data=marked_photo())
        teen.write("после")
        await until(lambda: captions(place, topic) == ["№1"])
        await teen.sees(said("media.documents"))
        teen.send("document", mime_type="image/png", file_name=f"{MARK}.png", data=marked_photo(3000, 2000))
        await until(lambda: captions(place, topic) == ["№1", "№2"])
        await place.settled()
    words = [shown.text for shown in place.national.messages(topic) if shown.text.startswith("▎")]
    assert words == ["▎ №1 [фото] до [@]zhurgen", "▎ после", "▎ №2 [фото]"]
    first, second = files(place)
    for call in (first, second):
        assert call.ok
        assert (call.params["has_spoiler"], call.params["protect_content"]) == ("true", "true")
        assert "photo" not in call.params, "never what Telegram calls the file that she sent"
        assert [name for name, _ in call.files] == ["photo.jpg"]
    with Image.open(io.BytesIO(second.files[0][1])) as image:
        assert (image.size, image.format) == ((2560, 1707), "JPEG")
    assert len(second.files[0][1]) > 2**20, "a large one, too"
    assert MARK.encode() not in place.sandbox.journal.bytes(place.national.id)
    assert heard(teen).count(said("media.documents")) == 1
    assert not [text for text in heard(teen) if text.startswith("Такое мы не передаём")]


async def test_an_album_before_the_claim_waits_and_comes_with_the_history(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed(language="Русский")
    async with place.hurried():
        for number in range(5):
            caption = f"снимок {number}" if number % 2 == 0 else None
            teen.send("photo", caption=caption, media_group_id="77", data=samples.picture(40 + number, 40))
        code = await code_of(teen)
        await teen.sees(said("media.documents"))
        await place.move(46)
        card = await place.national.sees("№5 [фото]")
        assert [line for line in card.text.split("\n") if line.startswith("▎")] == [
            f"▎ №{number + 1} [фото]" + (f" снимок {number}" if number % 2 == 0 else "") for number in range(5)
        ]
        await place.settled()
        assert files(place) == []
        topic = await place.take(code)
        await until(lambda: len(captions(place, topic)) == 5)
        await place.settled()
    assert captions(place, topic) == [f"№{number}" for number in range(1, 6)]
    shown = place.national.messages(topic)
    history = next(place for place, one in enumerate(shown) if "▎ №5 [фото]" in one.text)
    assert history < min(place for place, one in enumerate(shown) if one.kind == "photo")
    widths = [Image.open(io.BytesIO(call.files[0][1])).width for call in files(place)]
    assert widths == [40 + number for number in range(5)]
    assert heard(teen).count(said("media.documents")) == 1
    assert sum(code in text for text in heard(teen)) == 1, "one receipt"
    # An album in a claimed talk: one label, and a line for each that has words.
    async with place.hurried():
        for number in range(3):
            teen.send("photo", caption="подпись" if number == 2 else None, media_group_id="78")
        await until(lambda: captions(place, topic)[-1] == "№8")
    labels = [shown.text for shown in place.national.messages(topic) if shown.text.startswith(("▎ №6", "▎ №7", "▎ №8"))]
    assert labels == ["▎ №6 [фото]", "▎ №8 [фото] подпись"]


async def test_a_voice_is_not_even_fetched_before_her_yes_which_holds_for_the_talk(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    async with place.hurried():
        teen.send("voice", duration=5, data=samples.voice(f"ARTIST={MARK}"))
        asked = await teen.sees(said("media.voice_ask"))
        teen.send("video_note", data=samples.video(samples.box(b"udta", MARK.encode())))
        await teen.sees(said("media.voice_waits"))
        await place.national.sees(said("line.voice_asked"), topic=topic)
        await place.settled()
        assert fetched(place) == []
        assert files(place) == []
        await press(teen, said("button.voice_yes"), message_id=asked.message_id)
        await teen.sees(said("media.voice_yes"))
        await until(lambda: len(files(place)) == 2)
        teen.send("voice")
        await until(lambda: len(files(place)) == 3)
        await place.settled()
    voice, film, again = files(place)
    assert [call.method for call in (voice, film, again)] == ["sendVoice", "sendVideoNote", "sendVoice"]
    assert [call.files[0][0] for call in (voice, film, again)] == ["voice.ogg", "video.mp4", "voice.ogg"]
    assert all(call.ok and call.params["protect_content"] == "true" for call in (voice, film, again))
    assert voice.params["caption"].startswith("№1 ")
    assert MARK.encode() not in place.sandbox.journal.bytes(place.national.id)
    assert heard(teen).count(said("media.voice_ask")) == 0, "the question has become its answer"
    assert "▎ №1 [голосовое, 0:05]" in texts(place.national.messages(topic))


async def test_after_her_no_nothing_is_fetched_until_she_allows_what_comes_then(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    async with place.hurried():
        teen.send("voice")
        await press(teen, said("button.voice_no"))
        await teen.sees(said("media.voice_no"))
        await place.national.sees(said("line.voice_refused"), topic=topic)
        teen.send("voice", duration=7)
        await teen.sees(said("media.voice_again"))
        await place.national.sees("▎ [голосовое, 0:07]", topic=topic)
        await place.settled()
        assert fetched(place) == []
        await press(teen, said("button.voice_yes"))
        await teen.sees(said("media.voice_from_now"))
        teen.send("voice")
        await until(lambda: len(files(place)) == 1)
        await place.settled()
    assert [call.params["caption"].split(" · ")[0] for call in files(place)] == ["№2"]
    [row] = await place.rows("SELECT source, body FROM media WHERE number = 1")
    assert (row["source"], row["body"]) == (None, None)


async def test_what_cannot_be_opened_or_fetched_ends_in_words_to_her_and_a_line(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    lost = said("media.photo_lost")

    def line(number: int) -> str:
        return SAID.text("line.photo_lost", "ru", number=number)

    async with place.hurried():
        teen.send("photo", data=b"no picture at all", caption="смотрите")
        await place.national.sees(line(1), topic=topic)
        await teen.sees(lost)
        # Telegram does not know the file; it comes after two tries; it refuses to show it.
        teen.send("photo", file_id="unknown")
        place.sandbox.world.files._by_id.pop("unknown")
        await place.national.sees(line(2), topic=topic)
        place.sandbox.faults.server_error("getFile", times=2)
        teen.send("photo")
        await until(lambda: captions(place, topic) == ["№3"])
        refusal = "Bad Request: IMAGE_PROCESS_FAILED"
        place.sandbox.faults.fail("sendPhoto", times=1, code=400, description=refusal)
        teen.send("photo")
        await place.national.sees(line(4), topic=topic)
        # What is too large for a bot, and what is no picture, are said at once.
        teen.send("video_note", file_size=21 * 2**20)
        await teen.sees(said("media.too_large"))
        teen.send("document", caption="список")
        await teen.sees(SAID.text("kind.unpassed", "ru", kind="файл"))
        await place.settled()
    assert heard(teen).count(lost) == 3
    assert captions(place, topic) == ["№3"]
    assert "▎ №1 [фото] смотрите" in texts(place.national.messages(topic))


async def test_a_file_that_hangs_holds_up_neither_red_words_nor_other_photos(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that makes a photo clean hangs, then an upload: whatever else is said goes on meanwhile."""
    assert place.national is not None
    hung, go = tmp_path / "hung.py", tmp_path / "go"
    hung.write_text(
        f"import os, sys, time; sys.path.insert(0, {str(fetching.PROGRAM.parent)!r}); import cleaning\n"
        "data = sys.stdin.buffer.read()\n"
        f"while b'HANGS' in data:\n    time.sleep(0.05)\n    if os.path.exists({str(go)!r}): raise SystemExit(3)\n"
        "sys.stdout.buffer.write(cleaning.CLEANERS[sys.argv[1]](data))\n"
    )
    monkeypatch.setattr(fetching, "PROGRAM", hung)
    monkeypatch.setattr(fetching, "CLEANING", 600.0)
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    other, _, beside = await place.claimed("Второй вопрос", name="Другая", language="Русский")
    async with place.hurried():
        teen.send("photo", data=samples.picture() + b"HANGS")
        teen.send("photo")
        other.send("photo")
        await until(lambda: captions(place, beside) == ["№1"])
        teen.write(RED["ru"])
        await teen.sees("112 —")
        await place.national.sees(RED["ru"], topic=topic)
        assert captions(place, topic) == []
        go.touch()
        await until(lambda: captions(place, topic) == ["№2"])
        await place.national.sees(SAID.text("line.photo_lost", "ru", number=1), topic=topic)
        place.sandbox.faults.hang(600, "sendPhoto")
        teen.send("photo")
        await until(lambda: len(files(place)) == 3)
        for words in ("я тут", "ещё слова"):
            teen.write(words)
            await place.national.sees(words, topic=topic)
        assert captions(place, topic) == ["№2"]
        await cut(place)
        await until(lambda: captions(place, topic) == ["№2", "↻ №3"])


async def test_a_topic_that_is_made_again_shows_the_photos_again(place: Town) -> None:
    assert place.national is not None
    teen, code, topic = await place.claimed(PLAIN, language="Русский")
    async with place.hurried():
        for _ in range(2):
            teen.send("photo")
        await until(lambda: captions(place, topic) == ["№1", "№2"])
        await place.settled()
        place.national.delete_topic(topic)
        teen.write("ещё слова")
        topics = place.national.topics
        again = await until(
            lambda: next((one.id for one in topics.values() if code in one.name and not one.deleted), 0)
        )
        await until(lambda: captions(place, again) == ["№1", "№2"])
        await place.settled()
    assert captions(place, again) == ["№1", "№2"]
    assert len(files(place)) == 4


async def test_a_stop_loses_no_photo_what_is_kept_is_sealed_and_forgetting_erases_it(place: Town) -> None:
    assert place.national is not None
    teen, _, topic = await place.claimed(PLAIN, language="Русский")
    async with place.hurried():
        place.sandbox.faults.hang(600, "getFile")
        teen.send("photo", data=marked_photo())
        await place.national.sees("▎ №1 [фото]", topic=topic)
        await until(lambda: fetched(place))
        await place.bot.end()
        await cut(place)
        await place.bot.start()
        await until(lambda: captions(place, topic) == ["№1"])
        await place.settled()
    [row] = await place.rows("SELECT body, source FROM media")
    assert row["source"] is None
    assert row["body"]
    assert MARK.encode() not in row["body"]
    assert b"JFIF" not in row["body"]
    await place.bot.start()
    async with place.hurried():
        teen.write("/forget")
        await press(teen, said("button.forget_yes"))
        await teen.sees(said("forget.done"))
        await place.settled()
    assert await place.rows("SELECT case_id FROM media UNION ALL SELECT case_id FROM media_told") == []
