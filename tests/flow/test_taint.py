"""Nothing of the person but her words and what she tapped reaches anybody, a log, a file name or the disk; and nothing
of an operator but her words and what is seen or heard in her files reaches the person.

The bot runs as its own process with every logger at DEBUG and every warning shown. The witnesses are the sandbox's
journal, the process's output and the bytes of its files.
"""

import asyncio
import contextlib
import io
import os
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from PIL import Image, PngImagePlugin

from bot.telegram.sandbox import DEFAULT_TOKEN, Sandbox, samples
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from handlers.context import WRITTEN
from tests.danger import SAID
from tests.taint import Marks, filled, filled_model, leaks, message_variants, update_kinds
from tests.town import NATIONAL_RU, code_of, press, until, write_ring
from tests.unit.test_cleaning import printed

OPERATOR = 'name_kk = "Ұйым"\nname_ru = "Организация"\nbin = "991240000000"\ncontact = "x"\n'
PLAIN_RUN = "import bot.__main__ as m; m.main()"
CHANCE_FORMS = {"big 4", "little 4"}
"""Four random bytes in a megabyte of sealed ones: a hit may be chance, so it must come again with other markers."""


@dataclass
class Seen:
    """What the witnesses saw of one run."""

    marks: Marks
    group: bytes
    person: bytes
    codes_and_names: bytes
    output: bytes
    names: bytes
    disk: bytes
    arrived: set[str]
    sent: int

    def found(self) -> dict[str, set[tuple[str, str]]]:
        """Leaks by the place where they were found."""
        return {
            "group": leaks(self.group, self.marks, words=False),
            "person": leaks(self.person, self.marks.of("operator.", "admin.", "sent."), words=False),
            "callback data and topic names": leaks(self.codes_and_names, self.marks),
            "logs and warnings": leaks(self.output, self.marks),
            "file names": leaks(self.names, self.marks),
            "disk": leaks(self.disk, self.marks),
        }


@contextlib.asynccontextmanager
async def process(sandbox: Sandbox, folder: Path, code: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot as a process; its output is in `folder/output`."""
    (folder / "data").mkdir()
    (folder / "tmp").mkdir()
    write_ring(folder / "keys")
    (folder / "data" / ".env").touch()
    (folder / "operator.toml").write_text(OPERATOR)
    settings = {
        "SENIM_TOKEN": sandbox.token, "SENIM_KEYS": str(folder / "keys"), "SENIM_TELEGRAM_API": sandbox.url,
        "SENIM_DATABASE": str(folder / "data/senim.db"), "SENIM_OPERATOR": str(folder / "operator.toml"),
        "TMPDIR": str(folder / "tmp"), "PYTHONPATH": str(Path.cwd()), "PYTHONWARNINGS": "always",
    }  # fmt: skip
    with (folder / "output").open("wb") as output:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-u", "-c", code, "run", "--log-level", "DEBUG", cwd=folder / "data",
            env={**os.environ, **settings}, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            yield running
        finally:
            if running.returncode is None:
                running.terminate()
            await running.wait()


async def desk(sandbox: Sandbox, folder: Path, marks: Marks) -> tuple[Group, Phone, Phone]:
    """The national desk, an operator and its supervisor, whose names and ids are markers too."""
    admin = sandbox.person(marks.text("admin.name"), username=marks.text("admin.username"), id=marks.number("admin.id"))
    operator = sandbox.person(marks.text("operator.name"), id=marks.number("operator.id"))
    link = await until(lambda: (folder / "output").read_text().partition("start=")[2].split("\n")[0], timeout=60)
    admin.start(link)
    await admin.sees("/desks")
    admin.write("/desks")
    await press(admin, NATIONAL_RU)
    await press(admin, "Русский")
    shown = await until(lambda: next((s for s in admin.chat if "startgroup=" in s.text), None))
    group = sandbox.forum("Desk", owner=admin)
    group.add_bot(admin, startgroup=shown.text.split("startgroup=")[1].split("&")[0])
    await until(lambda: len(group.topics) >= 4)
    group.add(operator)
    await sandbox.idle()
    sandbox.clock.move(61)
    return group, operator, admin


def private(teen: Phone) -> dict[str, Any]:
    """What every message of hers carries: who she is, whole."""
    chat = {"id": teen.id, "type": "private"} | {name: teen.user[name] for name in ("first_name", "username")}
    return {"message_id": 900, "date": 1_790_000_000, "from": teen.user, "chat": chat}


def everything(marks: Marks, teen: Phone) -> list[dict[str, Any]]:
    """One update for every content kind of a message, new and edited, and one for every other type of update."""
    base = private(teen)
    updates: list[dict[str, Any]] = []
    for number, (name, model) in enumerate(message_variants()):
        path = f"message.{name}.{number}"
        message = {**base, "message_id": 1000 + number, name: filled(model, path, marks)}
        updates.append({"message": {**message, "caption": marks.typed(f"{path}.caption")}})
    text = {**base, "text": marks.typed("text"), "reply_to_message": {**base, "text": marks.text("replied")}}
    text |= {"forward_origin": {"type": "hidden_user", "sender_user_name": marks.text("origin"), "date": 1_790_000_000}}
    updates.append({"message": text})
    updates.append({"message": {**base, "text": f"я не {marks.typed('flagged')} хочу жить"}})  # a reason holds the mark
    updates.append({"edited_message": {**base, "edit_date": 1_790_000_001, "text": marks.typed("edited")}})
    for name, model in update_kinds():
        event = filled_model(model, name, marks, 3)
        if name in ("callback_query", "message_reaction", "my_chat_member", "chat_member"):
            event |= {"from": teen.user, "chat": base["chat"], "user": teen.user}
        updates.append({name: event})
    # No model reads this one: its date is no date. Its words reach the operators all the same.
    contact = {"phone_number": marks.text("unparsed.phone"), "first_name": marks.text("unparsed.name")}
    bad = {**base, "date": marks.text("unparsed.date"), "text": marks.typed("unparsed.text"), "contact": contact}
    bad |= {"quote": {"text": marks.text("unparsed.quote")}}
    return [*updates, {"message": bad}]


def places(marks: Marks, teen: Phone) -> list[dict[str, Any]]:
    """What she may send of where she is while her case is red: a point, a venue, her own number, somebody else's."""
    base = private(teen)
    here = {name: _degrees(marks, f"place.{name}") for name in ("latitude", "longitude")}
    there = {name: _degrees(marks, f"venue.{name}") for name in ("latitude", "longitude")}
    venue = {"location": there, "title": marks.text("venue.title"), "address": marks.text("venue.address")}
    own = {"phone_number": _digits(marks, "own.phone"), "user_id": teen.id, "first_name": marks.text("own.name")}
    other = {"phone_number": _digits(marks, "other.phone"), "user_id": marks.number("other.id")}
    other |= {"first_name": marks.text("other.name"), "vcard": marks.text("other.vcard")}
    kinds: list[dict[str, Any]] = [
        {"location": here}, {"location": there, "venue": venue}, {"contact": own}, {"contact": other},
    ]  # fmt: skip
    found = [{"message": {**base, "message_id": 2000 + number, **kind}} for number, kind in enumerate(kinds)]
    moved = {name: _degrees(marks, f"moved.{name}") for name in ("latitude", "longitude")}
    live = {**base, "message_id": 2000, "edit_date": 1_790_000_002, "location": {**moved, "live_period": 900}}
    return [*found, {"edited_message": live}]


def _degrees(marks: Marks, path: str) -> float:
    place = round(marks.chance.uniform(40, 55), 7)
    marks.texts[path] = str(place)
    return place


def _digits(marks: Marks, path: str) -> str:
    marks.texts[path] = f"7{marks.chance.randrange(10**9, 10**10)}"
    return marks.texts[path]


def sends_files(marks: Marks, teen: Phone) -> None:
    """Real files of hers, each of which says whose it is in every place where a file can: a photo, an album of pictures
    sent as files, a sticker, a voice, a round video. Their captions are words, and arrive."""
    teen.send("photo", caption=marks.typed("photo.caption"), data=_jpeg(marks, "photo"), **_names(marks, "photo"))
    group = marks.text("album.media_group_id")
    for number in range(3):
        path = f"album.{number}"
        thumbnail = {**_names(marks, f"{path}.thumbnail"), "width": 9, "height": 9}
        teen.send(
            "document", caption=marks.typed(f"{path}.caption"), mime_type="image/png", data=_png(marks, path),
            file_name=marks.text(f"{path}.file_name"), media_group_id=group, thumbnail=thumbnail,
            **_names(marks, path),
        )  # fmt: skip
    teen.send("sticker", emoji="🙂", set_name=marks.text("sticker.set_name"), **_names(marks, "sticker"))
    tags = [f"{name}={marks.text(f'voice.{name}')}" for name in ("ARTIST", "TITLE", "LOCATION")]
    sound = samples.voice(*tags, vendor=marks.text("voice.vendor"))
    teen.send("voice", data=sound, **_names(marks, "voice"))
    place = samples.box(b"udta", samples.box(b"\xa9xyz", marks.text("film.place").encode()))
    film = samples.video(
        place, samples.box(b"uuid", marks.text("film.uuid").encode()), program=marks.text("film.program").encode(),
        handler=marks.text("film.handler").encode(),
    )  # fmt: skip
    teen.send("video_note", data=film, **_names(marks, "film"))
    teen.send("audio", performer=marks.text("audio.performer"), title=marks.text("audio.title"),
              file_name=marks.text("audio.file_name"))  # fmt: skip


async def lets_files_go(group: Group, admin: Phone) -> None:
    """A supervisor switches on all that operators can send to a person."""
    shift = group.topic_named("Смена")
    admin.write("/media", chat=group, topic=shift)
    for kind in ("photo", "voice", "document"):
        await press(admin, SAID.text(f"button.files_{kind}_off", "ru"), chat=group, topic=shift)


def sends_back(marks: Marks, group: Group, operator: Phone, topic: int) -> None:
    """The operator sends of each kind one that says whose it is. The words under them arrive."""
    here: dict[str, Any] = {"chat": group, "topic": topic}
    operator.send("photo", caption=marks.typed("sent.photo.caption"), data=_jpeg(marks, "sent.photo"), **here,
                  **_names(marks, "sent.photo"))  # fmt: skip
    tags = [f"{name}={marks.text(f'sent.voice.{name}')}" for name in ("ARTIST", "PERFORMER")]
    operator.send("voice", data=samples.voice(*tags, vendor=marks.text("sent.voice.vendor")), **here,
                  **_names(marks, "sent.voice"))  # fmt: skip
    operator.send("document", caption=marks.typed("sent.pdf.caption"), data=printed(marks.text("sent.pdf.author")),
                  file_name=marks.text("sent.pdf.file_name"), **here, **_names(marks, "sent.pdf"))  # fmt: skip


def _names(marks: Marks, path: str) -> dict[str, Any]:
    """What Telegram calls a file."""
    return {name: marks.text(f"{path}.{name}") for name in ("file_id", "file_unique_id")}


def _jpeg(marks: Marks, path: str) -> bytes:
    exif = Image.Exif()
    for tag in (0x010E, 0x013B, 0x8298):
        exif[tag] = marks.text(f"{path}.exif.{tag}")
    exif.get_ifd(0x8825)[29] = marks.text(f"{path}.exif.gps")
    made = io.BytesIO()
    Image.new("RGB", (640, 480), (9, 99, 200)).save(
        made, "JPEG", exif=exif, comment=marks.text(f"{path}.comment"), xmp=marks.text(f"{path}.xmp").encode(),
        icc_profile=bytes(128) + marks.text(f"{path}.icc").encode(),
    )  # fmt: skip
    return made.getvalue() + marks.text(f"{path}.behind").encode()


def _png(marks: Marks, path: str) -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", marks.text(f"{path}.author"))
    told.add_itxt("XML:com.adobe.xmp", marks.text(f"{path}.xmp"))
    made = io.BytesIO()
    Image.new("RGBA", (48, 64), (200, 99, 9, 128)).save(made, "PNG", pnginfo=told)
    return made.getvalue()


def arrived_files(sandbox: Sandbox, chat_id: int) -> list[str]:
    """The files that were shown in a chat, by their names."""
    return [name for call in sandbox.journal.calls if call.ok and call.chat_id == chat_id for name, _ in call.files]


SENT_BACK = ["photo.jpg", "voice.ogg", "document.pdf"]
ALL_FILES = ["photo.jpg"] * 4 + ["voice.ogg", "video.mp4"]


async def watched(
    folder: Path, seed: int, code: str = PLAIN_RUN, *, brief: bool = False, with_files: bool = False
) -> Seen:
    """One run: she writes everything there is, chooses a region, and an operator takes the case."""
    marks = Marks(random.Random(seed))
    async with Sandbox() as sandbox, process(sandbox, folder, code):
        group, operator, admin = await desk(sandbox, folder, marks)
        if not brief or with_files:
            await lets_files_go(group, admin)
        teen = sandbox.person(
            marks.text("teen.first_name"), last_name=marks.text("teen.last_name"),
            username=marks.text("teen.username"), id=marks.number("teen.id"), language_code="kk",
        )  # fmt: skip
        teen.start()
        await press(teen, "Русский")
        await press(teen, "Понятно")
        await until(lambda: any("Написать" in label for row in teen.keyboard for label in row))
        teen.write(marks.typed("first.words"))
        case = await code_of(teen)
        await press(teen, "Пропустить")
        await press(teen, "Жамбылская")
        await group.sees("Жамбылская")
        updates = everything(marks, teen)
        if brief:  # her case is red all the same, as after all of them
            words = f"я не {marks.typed('red')} хочу жить"
            updates = [updates[0], {"message": {**private(teen), "message_id": 901, "text": words}}]
        updates += places(marks, teen)
        if not brief or with_files:
            sends_files(marks, teen)
            await press(teen, SAID.text("button.voice_yes", "ru"))
        for update in updates:
            sandbox.push(update)
        await sandbox.idle(timeout=60)
        await press(operator, "🙋", chat=group)
        await until(lambda: any(case in topic.name for topic in group.topics.values()))
        if not brief or with_files:
            sends_back(marks, group, operator, group.topic_named(case))
            for _ in range(30):  # long before a silent claimer loses the case
                if len(arrived_files(sandbox, teen.id)) < len(SENT_BACK):
                    await sandbox.idle()
                    sandbox.clock.move(5)
            assert arrived_files(sandbox, teen.id) == SENT_BACK
        for _ in range(8):  # what she is told goes out a second apart
            await sandbox.idle()
            sandbox.clock.move(61)
        if not brief or with_files:
            for _ in range(30):  # behind her words, as the group's minute allows
                if len(arrived_files(sandbox, group.id)) < len(ALL_FILES):
                    await sandbox.idle()
                    sandbox.clock.move(61)
            assert sorted(arrived_files(sandbox, group.id)) == sorted(ALL_FILES)
        await sandbox.idle()
        assert asked_about(teen) >= 2, "a place and her own number bring a question each"
        # Cases are open and the process is alive: now look at everything.
        files = files_of(folder)
        shown = "\n".join(showing.text or "" for chat in (group, teen) for showing in sandbox.journal.to(chat))
        return Seen(
            marks=marks,
            group=_told(sandbox, group.id),
            person=_told(sandbox, teen.id),
            codes_and_names=_codes_and_names(sandbox),
            output=(folder / "output").read_bytes(),
            names="\n".join(str(path.relative_to(folder)) for path in files).encode(),
            disk=b"\n".join(path.read_bytes() for path in files if path.is_file()),
            arrived={path for path, mark in marks.words.items() if mark in shown},
            sent=len(updates),
        )


def asked_about(teen: Phone) -> int:
    """How many questions she was asked about places and numbers."""
    keys = [f"place.ask_{kind}{tone}" for kind in ("point", "number") for tone in ("", ".adult")]
    asked = {SAID.text(key, "ru") for key in keys}
    return sum(shown.text in asked for shown in teen.chat)


def files_of(folder: Path) -> list[Path]:
    """All that the bot has made: the data folder and its temporary one."""
    return [path for path in folder.rglob("*") if path.name not in ("output", "keys", "operator.toml")]


def _told(sandbox: Sandbox, chat_id: int) -> bytes:
    """All that the bot sent to a chat; a question to Telegram about a member shows nobody anything."""
    calls = [call for call in sandbox.journal.calls if call.chat_id == chat_id and call.method != "getChatMember"]
    told = orjson.dumps([[call.method, call.params] for call in calls], default=str)
    return b"\n".join([told, *(name.encode() + b"\n" + data for call in calls for name, data in call.files)])


def _codes_and_names(sandbox: Sandbox) -> bytes:
    """All callback data and topic names that the bot ever sent."""
    found: list[Any] = []
    for call in sandbox.journal.calls:
        if call.method in ("createForumTopic", "editForumTopic"):
            found.append(call.params.get("name"))
        markup = call.params.get("reply_markup")
        rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
        found += [button.get("callback_data") for row in rows for button in row]
    return orjson.dumps([value for value in found if value], default=str)


def certain(first: Seen, second: Seen | None = None) -> dict[str, set[tuple[str, str]]]:
    """Leaks that are no chance: four bytes must be found in two runs with different markers."""
    again = second.found() if second else {}
    found = {}
    for place, hits in first.found().items():
        sure = {hit for hit in hits if hit[1] not in CHANCE_FORMS}
        found[place] = sure | {hit for hit in hits & again.get(place, set()) if hit[1] in CHANCE_FORMS}
    return {place: hits for place, hits in found.items() if hits}


def doubtful(seen: Seen) -> bool:
    return any(hit[1] in CHANCE_FORMS for hits in seen.found().values() for hit in hits)


async def test_only_her_words_and_her_region_reach_anybody(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    seen = await watched(tmp_path / "1", 1)
    again = await watched(tmp_path / "2", 2) if doubtful(seen) else None

    assert seen.sent >= 150
    assert DEFAULT_TOKEN.encode() not in seen.output
    assert certain(seen, again) == {}
    # (a) What she typed did arrive, in every kind that carries words, and so did the words nobody could parse.
    expected = {path for path in seen.marks.words if carries_words(path)}
    assert expected - seen.arrived == set()
    assert "unparsed.text" in seen.arrived


def carries_words(path: str) -> bool:
    """Service messages have no words of hers; all that a person can send has."""
    name = path.split(".")[1] if path.startswith("message.") else ""
    return not name or name in WRITTEN or name in ("forward_origin", "entities", "quote", "via_bot", "reply_markup")


PLANTS = {
    "group": "import bot.telegram.worker as w; import dataclasses as d; old = w.admitted\n"
    "w.admitted = lambda m, **k: d.replace(old(m, **k), text=old(m, **k).text + ' ' + m['from']['first_name'])",
    "callback data and topic names": "import bot.telegram.cards as c\n"
    "c.Cards.topic_name = lambda self, case: case.code + ' ' + LAST[0]\n"
    "import bot.telegram.worker as w; old = w.admitted; LAST = ['']\n"
    "def admitted(m, **k):\n    LAST[0] = m.get('text') or LAST[0]\n    return old(m, **k)\nw.admitted = admitted",
    "logs and warnings": "import bot.telegram.intake as i, logging; old = i.words_of\n"
    "def words_of(u):\n    logging.getLogger('x').debug('%s', u)\n    return old(u)\ni.words_of = words_of",
    "file names": "import bot.telegram.worker as w, pathlib; old = w.private_id; feed = w.admitted\n"
    "def admitted(m, **k):\n    pathlib.Path(f\"voice-{m['from']['id']}.oga\").touch()\n    return feed(m, **k)\n"
    "w.admitted = admitted",
    "disk": "import storage.people as p; old = p.PersonTable.meet\n"
    "async def meet(self, telegram_id, **how):\n    person = await old(self, telegram_id, **how)\n"
    "    await self._tx.run('INSERT INTO data_key (id, ring_id, wrapped, created_at) VALUES (:k, :k, :b, 0)'\n"
    "        ' ON CONFLICT DO NOTHING', k='x', b=telegram_id.to_bytes(8, 'little'))\n"
    "    return person\np.PersonTable.meet = meet",
}


"""One leak of each kind, put into the running bot."""


def planted(*leaks: str) -> str:
    """The bot's code with these leaks in it, none of which sees the names of another."""
    return "\n".join([*(f"exec({leak!r}, {{}})" for leak in leaks), PLAIN_RUN])


async def test_planted_leaks_are_found(tmp_path: Path) -> None:
    """All in one run: each shows in a place of its own."""
    seen = await watched(tmp_path, 3, planted(*PLANTS.values()), brief=True)
    assert certain(seen).keys() == PLANTS.keys()


PLACES = {
    "in her words": (
        "group", "place.latitude",
        "import bot.telegram.worker as w, dataclasses as d; old = w.admitted\n"
        "w.admitted = lambda m, **k: d.replace(old(m, **k), text=str(m.get('location') or m.get('text')))",
    ),
    "before her yes": (
        "group", "venue.longitude",
        "import bot.services.rescuing as r; old = r.Rescue._ask\n"
        "async def ask(self, case, person, shared):\n"
        "    await old(self, case, person, shared)\n"
        "    place = await self._tx.one(\"UPDATE place SET state = 'given' WHERE state = 'asked' RETURNING id\")\n"
        "    await self._tell.topic(case, 'place', place=place['id'])\nr.Rescue._ask = ask",
    ),
    "of somebody else": (
        "group", "other.phone",
        "import bot.telegram.worker as w, dataclasses as d, base64 as b; old = w.admitted\n"
        "w.admitted = lambda m, **k: d.replace(old(m, **k),"  # digits among her words would be covered
        " text=b.b64encode(m['contact']['phone_number'].encode()).decode() if 'contact' in m else str(m.get('text')))",
    ),
    "in a log": (
        "logs and warnings", "place.longitude",
        "import bot.telegram.worker as w, logging; old = w.shared\n"
        "def shared(m):\n    found = old(m)\n    logging.getLogger('x').info('%s', found and vars(found))\n"
        "    return found\nw.shared = shared",
    ),
    "on the disk": (
        "disk", "own.phone",
        "import storage.rescue as s; old = s.PlaceTable.ask\n"
        "async def ask(self, case, shared):\n    place = await old(self, case, shared)\n"
        "    await self._tx.run('UPDATE place SET body = :b WHERE id = :id', id=place.id,"
        " b=str(vars(shared)).encode())\n"
        "    return place\ns.PlaceTable.ask = ask",
    ),
}  # fmt: skip
"""Where a place or number leaks, which mark is found there, and the leak."""


@pytest.mark.parametrize(
    "together", [("in her words", "in a log", "on the disk"), ("before her yes", "of somebody else")]
)
async def test_planted_leaks_of_places_are_found(tmp_path: Path, together: tuple[str, ...]) -> None:
    """None of those in one bot shows what another is known by."""
    assert len(PLACES) == 5
    leaks = [PLACES[how] for how in together]
    seen = await watched(tmp_path, 3, planted(*(plant for _, _, plant in leaks)), brief=True)
    found = certain(seen)
    for where, path, _ in leaks:
        assert path in {hit[0] for hit in found.get(where, set())}, path


async def test_without_a_plant_nothing_of_her_place_is_found(tmp_path: Path) -> None:
    seen = await watched(tmp_path, 3, brief=True)
    assert certain(seen) == {}


LEAKY = (
    "import asyncio, dataclasses as d, logging, os, pathlib\n"
    "import bot.fetching as f, bot.telegram.worker as w, storage.media as m\n"
    "async def clean(kind, data, program=None):\n"
    "    (pathlib.Path(os.environ['TMPDIR']) / 'work').open('ab').write(data)\n"
    "    return data if kind != 'photo' or data[:2] == b'\\xff\\xd8' else await made(kind, data)\n"
    "made, f.clean = f.clean, clean\n"
    "admitted, attached, enclosed, add = w.admitted, w.attached, w.enclosed, m.MediaTable.add\n"
    "w.admitted = lambda e, **k: d.replace(admitted(e, **k), text=' '.join(str(e.get(n, {}).get(v, '')) for n, v in"
    " (('document', 'file_name'), ('sticker', 'set_name'), ('audio', 'performer')) if not isinstance(e.get(n), list))"
    " + str(e.get('media_group_id')))\n"
    "def known(e):\n    found = attached(e)\n    logging.getLogger('x').info('%s', found and found.unique)\n"
    "    return found\nw.attached = known\n"
    "def sent(e):\n    found = enclosed(e)\n    logging.getLogger('x').info('%s', found and found.unique)\n"
    "    return found\nw.enclosed = sent\n"
    "async def kept(self, case, a, state):\n    file = await add(self, case, a, state)\n"
    "    await self._tx.run('UPDATE media SET album = :a WHERE id = :i', a=a.file_id, i=file.id)\n"
    "    return file\nm.MediaTable.add = kept\n"
)
"""Leaks of files, all in one: nothing is made clean and it is done on the disk, names and tags stand in her words, what
Telegram calls a file is logged and lies in the open."""

LEAKED = {
    "group": [
        *("photo.exif.315", "photo.exif.gps", "photo.xmp", "photo.comment", "photo.icc", "photo.behind"),
        *("voice.ARTIST", "voice.vendor", "film.place", "film.uuid", "film.program", "film.handler"),
        *("album.0.file_name", "sticker.set_name", "audio.performer", "album.media_group_id"),
    ],
    "person": [
        *("sent.photo.exif.315", "sent.photo.exif.gps", "sent.photo.xmp", "sent.photo.behind", "sent.voice.ARTIST"),
        *("sent.voice.vendor", "sent.pdf.author", "sent.pdf.file_name"),
    ],
    "logs and warnings": ["photo.file_unique_id", "voice.file_unique_id", "sent.photo.file_unique_id"],
    "disk": ["photo.file_id", "film.file_id", "album.1.author", "album.2.xmp"],
}  # fmt: skip


async def test_planted_leaks_of_files_are_found(tmp_path: Path) -> None:
    seen = await watched(tmp_path, 3, f"{LEAKY}\n{PLAIN_RUN}", brief=True, with_files=True)
    found = {where: {hit[0] for hit in hits} for where, hits in certain(seen).items()}
    assert {
        where: [path for path in paths if path not in found.get(where, set())] for where, paths in LEAKED.items()
    } == {where: [] for where in LEAKED}


@pytest.mark.parametrize("form", ["utf-8", "hex", "base64+0", "base64+1", "base64+2"])
def test_a_text_is_found_in_every_form(form: str) -> None:
    from tests.taint import text_forms

    marks = Marks(random.Random(4))
    mark = marks.text("her.name")
    blob = os.urandom(50) + text_forms(mark)[form] + os.urandom(50)
    assert ("her.name", form) in leaks(blob, marks)
    assert leaks(os.urandom(5000), marks) == set()


@pytest.mark.parametrize("size", [4, 6, 8])
@pytest.mark.parametrize("end", ["big", "little"])
def test_a_number_is_found_in_every_form(size: int, end: str) -> None:
    from tests.taint import number_forms

    marks = Marks(random.Random(5))
    number = marks.number("her.id")
    forms = number_forms(number)
    for form in (f"{end} {size}", "decimal utf-8", "hex number", "decimal hex", "decimal base64+1"):
        assert ("her.id", form) in leaks(b"\x01\x02" + forms[form] + b"\x03", marks)
