"""`senim backup` of a running bot and `senim restore`, as processes: what was in it goes on, and every red rings."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from tests.process import Process, claimed, desk, files_no_longer_than
from tests.town import code_of, press, told_code, until

AGAIN = "↻ "
PAIRS = 8
"""Messages each way before the backup, and as many while it is made."""


@dataclass
class Place:
    """A sandbox, the bot that is backed up, and the one that is started from the backup."""

    sandbox: Sandbox
    first: Process
    second: Process
    file: Path
    group: Group
    operator: Phone

    @property
    def calls(self) -> list[Call]:
        return self.sandbox.journal.calls

    async def quiet(self) -> None:
        """Everything that waits only for the pace is out."""
        for _ in range(3):
            self.sandbox.clock.move(61)
            await self.sandbox.idle(quiet=0.7, timeout=60)

    async def backed_up(self) -> str:
        code, output = await self.first.says("backup", str(self.file))
        assert code == 0, output
        return output

    async def restored(self) -> str:
        """The first bot is gone, as with its machine; the second starts from the backup. What the command printed."""
        await self.first.end()
        code, output = await self.second.says("restore", str(self.file))
        assert code == 0, output
        polls = self.sandbox.server._poll
        await self.second.start()
        await until(lambda: self.sandbox.server._poll > polls, timeout=60)
        await self.quiet()
        assert "Traceback" not in self.second.text()
        return output

    def cards(self, code: str, since: int) -> list[Call]:
        """What rang for a case in the group since so many calls: new messages of its urgent topic that name it."""
        return [
            call
            for call in self.calls[since:]
            if call.ok and call.method == "sendMessage" and call.chat_id == self.group.id
            and f"🔴 {code}" in call.params["text"] and "⏰" not in call.params["text"]  # no ring for all that waits
            and call.params["message_thread_id"] == self.group.topic_named("Срочно")
        ]  # fmt: skip

    def heard(self, who: Phone, part: str, since: int = 0) -> list[str]:
        return [
            call.params["text"] for call in self.calls[since:]
            if call.ok and call.method == "sendMessage" and call.chat_id == who.id and part in call.params["text"]
        ]  # fmt: skip


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with Sandbox() as sandbox:
        first = Process(sandbox, tmp_path / "a")
        second = Process(sandbox, tmp_path / "b", SENIM_KEYS=str(tmp_path / "a" / "keys"))
        try:
            await first.start()
            group, operator = await desk(sandbox, first)
            yield Place(sandbox, first, second, tmp_path / "senim.backup", group, operator)
        finally:
            await first.end()
            await second.end()


async def red_case(place: Place, name: str) -> tuple[Phone, str]:
    """Somebody who has pressed the urgent button, and the code on the card that rang for her."""
    teen = place.sandbox.person(name, language_code="ru")
    teen.write("🆘 помогите")
    code = await told_code(teen)
    await place.group.sees(f"🔴 {code}", timeout=90)
    return teen, code


async def test_a_backup_in_full_flow_goes_on_elsewhere_with_every_word_and_every_red_rings_again(place: Place) -> None:
    sandbox, group, operator = place.sandbox, place.group, place.operator
    teen, topic = await claimed(sandbox, group, operator)
    taken, taken_code = await red_case(place, "Taken")
    await press(operator, "🙋", chat=group, message_id=(await group.sees(f"🔴 {taken_code}", timeout=90)).message_id)
    await until(lambda: any(taken_code in one.name for one in group.topics.values()), timeout=90)
    _, red_code = await red_case(place, "Red")
    await place.quiet()  # the group's minute is free again
    plain = sandbox.person("Plain", language_code="ru")
    plain.write("мне грустно")
    plain_code = await code_of(plain)
    sandbox.clock.move(46)
    plain_card = await group.sees(plain_code, timeout=90)
    await place.quiet()

    async def talk(numbers: range) -> None:
        for number in numbers:
            teen.write(f"она {number:02d}")
            operator.write(f"ей {number:02d}", chat=group, topic=topic)
            sandbox.clock.move(8)
            await asyncio.sleep(0.25)

    await talk(range(PAIRS))
    await place.quiet()
    assert len(place.heard(teen, "ей ")) == PAIRS

    talking = asyncio.create_task(talk(range(PAIRS, 2 * PAIRS)))
    printed = await place.backed_up()
    await talking
    await place.quiet()
    assert "Open cases: 4, of them red: 2." in printed
    assert "key ring" in printed
    assert place.file.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in place.file.parent.iterdir() if file.is_file()] == ["senim.backup"]
    assert len(place.heard(teen, "ей ")) == 2 * PAIRS  # nobody noticed

    late = sandbox.person("Late", language_code="ru")
    late.write("после копии")
    late_code = await code_of(late)
    sandbox.clock.move(46)
    late_card = await group.sees(late_code, timeout=90)
    group.close_topic(topic)  # as when it was closed after the backup
    await press(operator, "🙋", chat=group, message_id=plain_card.message_id)
    await until(lambda: any(plain_code in one.name for one in group.topics.values()), timeout=90)
    await place.quiet()

    begun = len(place.calls)
    printed = await place.restored()

    # Every red rings once, whether somebody had it or not, and the administrators know.
    assert "of them red: 2" in printed
    assert "erasures" in printed
    for code in (red_code, taken_code):
        assert len(place.cards(code, begun)) == 1, code
    assert "🙋" in str(place.cards(red_code, begun)[0].params["reply_markup"])
    told = [call.params["text"] for call in place.calls[begun:] if "резервной копии" in call.params.get("text", "")]
    assert len(told) == 1
    assert "Открытых срочных разговоров в ней: 2" in told[0]
    assert place.heard(teen, "", begun) == []  # nothing waited for her

    # The talk goes on in the same topic, both ways.
    teen.write("она дальше")
    await group.sees("▎ она дальше", topic=topic, timeout=90)
    operator.write("ей дальше", chat=group, topic=topic)
    await teen.sees("ей дальше", timeout=90)
    taken.write("красная дальше")
    await group.sees("▎ красная дальше", topic=group.topic_named(taken_code), timeout=90)

    # What was taken since waits again, with a button.
    await place.quiet()
    old = group.topic_named(plain_code)
    await press(operator, "🙋", chat=group, message_id=plain_card.message_id)
    fresh = await until(
        lambda: next((t for t, on in group.topics.items() if plain_code in on.name and t != old), None), timeout=90
    )
    await group.sees("▎ мне грустно", topic=fresh, timeout=90)

    # What the bot does not know any more breaks nothing.
    await place.quiet()
    assert await press(operator, "🙋", chat=group, message_id=late_card.message_id)
    late.write("я тут")
    await until(lambda: any("разговора: " in t and late_code not in t for t in place.heard(late, "", begun)))

    # Every word of before is in it: the topic is made anew from the database alone.
    await place.quiet()
    begun = len(place.calls)
    group.delete_topic(topic)
    teen.write("она ещё")
    await place.quiet()
    again = "\n".join(call.params["text"] for call in place.calls[begun:] if call.chat_id == group.id and call.ok
                      and call.method == "sendMessage")  # fmt: skip
    for words in ("она", "ей"):
        shown = [number for number in range(2 * PAIRS) if f"▎ {words} {number:02d}" in again]
        assert shown == [*range(len(shown))]
        assert len(shown) >= PAIRS
        assert f"▎ {words} дальше" in again


async def test_what_waited_in_the_outbox_goes_again_with_its_mark(place: Place) -> None:
    sandbox = place.sandbox
    teen, topic = await claimed(sandbox, place.group, place.operator)
    sandbox.faults.flood(300, "sendMessage", teen.id)  # refused for sure, so that by itself it would not be marked
    place.operator.write("я с вами", chat=place.group, topic=topic)
    await until(lambda: any(call.error_code == 429 for call in place.calls))
    await sandbox.idle()
    await place.backed_up()
    sandbox.clock.move(301)
    await teen.sees("я с вами", timeout=90)

    printed = await place.restored()
    sandbox.clock.move(301)
    await teen.sees(AGAIN, timeout=90)

    assert "possible repeats: 1." in printed
    told = [text.startswith(AGAIN) for text in place.heard(teen, "я с вами")]
    assert told == [False, True]


async def test_a_bot_whose_disk_is_full_says_so_in_one_sentence_and_goes_on(place: Place) -> None:
    teen, topic = await claimed(place.sandbox, place.group, place.operator)
    assert place.first.running is not None
    with files_no_longer_than(8_192, place.first.running.pid):
        code, output = await place.first.says("backup", str(place.file))

    assert code == 2
    (sentence,) = output.splitlines()
    assert "the disk" in sentence
    assert "full" in sentence
    assert list(place.file.parent.glob("senim.backup*")) == []
    place.operator.write("я тут", chat=place.group, topic=topic)
    await teen.sees("я тут", timeout=90)

    missing = place.file.parent / "nowhere" / "b"
    for process, command, file, said in (
        (place.first, "backup", missing, "No such file"),
        (place.first, "backup", Path("keys"), "already"),
        (place.first, "restore", Path("keys"), "in use by a running bot"),
        (place.second, "restore", missing, "is no file"),
    ):
        code, output = await process.says(command, str(file))
        assert code == 2
        (sentence,) = output.splitlines()
        assert said in sentence
    assert "Traceback" not in place.first.text()


async def test_a_bot_that_is_stopped_can_be_backed_up_where_the_command_is_called(place: Place) -> None:
    await place.first.told(signal.SIGTERM)

    code, output = await place.first.says("backup", "here")

    assert code == 0
    assert output.startswith("here: ")
    assert (place.first.folder / "here").stat().st_mode & 0o777 == 0o600
    code, output = await place.second.says("restore", str(place.first.folder / "here"))
    assert code == 0
    with contextlib.suppress(FileNotFoundError):
        (place.second.folder / "senim.db-wal").stat()
        pytest.fail("the restored database was not closed")
