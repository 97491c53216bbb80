"""Nothing of the person but her words and what she tapped reaches anybody, a log, a file name or the disk.

The bot runs as its own process with every logger at DEBUG and every warning shown. The witnesses are the sandbox's
journal, the process's output and the bytes of its files.
"""

import asyncio
import contextlib
import os
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.telegram.sandbox import DEFAULT_TOKEN, Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from handlers.context import WRITTEN
from tests.danger import SAID
from tests.taint import Marks, filled, filled_model, leaks, message_variants, update_kinds
from tests.town import NATIONAL_RU, code_of, press, until, write_ring

OPERATOR = 'name_kk = "Ұйым"\nname_ru = "Организация"\nbin = "991240000000"\ncontact = "x"\n'
PLAIN_RUN = "import bot.__main__ as m; m.main()"
CHANCE_FORMS = {"big 4", "little 4"}
"""Four random bytes in a megabyte of sealed ones: a hit may be chance, so it must come again with other markers."""


@dataclass
class Seen:
    """What the witnesses saw of one run."""

    marks: Marks
    group: bytes
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


async def desk(sandbox: Sandbox, folder: Path, marks: Marks) -> tuple[Group, Phone]:
    """The national desk and an operator, whose names and ids are markers too."""
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
    return group, operator


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


async def watched(folder: Path, seed: int, code: str = PLAIN_RUN, *, brief: bool = False) -> Seen:
    """One run: she writes everything there is, chooses a region, and an operator takes the case."""
    marks = Marks(random.Random(seed))
    async with Sandbox() as sandbox, process(sandbox, folder, code):
        group, operator = await desk(sandbox, folder, marks)
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
        for update in updates:
            sandbox.push(update)
        await sandbox.idle(timeout=60)
        await press(operator, "🙋", chat=group)
        await until(lambda: any(case in topic.name for topic in group.topics.values()))
        for _ in range(8):  # what she is told goes out a second apart
            await sandbox.idle()
            sandbox.clock.move(61)
        await sandbox.idle()
        assert asked_about(teen) >= 2, "a place and her own number bring a question each"
        # Cases are open and the process is alive: now look at everything.
        files = files_of(folder)
        shown = "\n".join(showing.text or "" for showing in sandbox.journal.to(group))
        return Seen(
            marks=marks,
            group=_told(sandbox, group),
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


def _told(sandbox: Sandbox, group: Group) -> bytes:
    """All that the bot sent to the group; a question to Telegram about a member shows nobody anything."""
    calls = [call for call in sandbox.journal.calls if call.chat_id == group.id and call.method != "getChatMember"]
    return orjson.dumps([[call.method, call.params] for call in calls], default=str)


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
        "import bot.telegram.worker as w, dataclasses as d; old = w.admitted\n"
        "w.admitted = lambda m, **k: d.replace(old(m, **k),"
        " text=m['contact']['phone_number'] if 'contact' in m else str(m.get('text')))",
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
