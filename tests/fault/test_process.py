"""The bot as a process: stopping, being killed, refusing to start, and what it tells Telegram about itself."""

import asyncio
import os
import random
import re
import signal
from pathlib import Path

import pytest

from bot.telegram.sandbox import Sandbox
from bot.telegram.setup import GROUP_COMMANDS
from tests.process import Nursery, Process, claimed, desk, running
from tests.town import texts, until

AGAIN = "↻ "
STOP = 5.0
"""Seconds in which a process is gone after SIGTERM or SIGINT (issue 2)."""


async def test_it_stops_cleanly_within_five_seconds_even_with_a_poll_and_a_send_that_hang(tmp_path: Path) -> None:
    async with Sandbox() as sandbox, running(sandbox, tmp_path) as process:
        await process.start()
        group, operator = await desk(sandbox, process)
        teen, topic = await claimed(sandbox, group, operator)
        calls = sandbox.journal.calls
        for number, signalled in enumerate((signal.SIGTERM, signal.SIGINT)):
            sandbox.faults.hang(30, "sendMessage", teen.id)
            sandbox.faults.hang(30, "answerCallbackQuery", times=None)
            sandbox.faults.hang(30, "getChatMember", times=None)
            operator.write(f"держись {number}", chat=group, topic=topic)
            before = len(calls)
            await until(
                lambda before=before: any(c.chat_id == teen.id and not c.ok for c in calls[before:])  # type: ignore[misc]  # as a default
            )
            tap = asyncio.create_task(operator.tap("Закрыть", chat=group, topic=topic))
            await asyncio.sleep(0.2)
            code, seconds = await process.told(signalled)
            assert code == 0
            assert seconds < STOP
            tap.cancel()
            assert "Traceback" not in process.text()
            assert process.text().rstrip().endswith("stopped")
            assert not process.database.with_name("senim.db-wal").exists()  # the database was closed properly
            # What hung was in doubt: it comes again, marked.
            sandbox.faults.clear()
            await process.start()
            await teen.sees(f"держись {number}", timeout=90)
            sandbox.clock.move(3)
            shown = [text for text in texts(teen.chat) if f"держись {number}" in text]
            assert [text.startswith(AGAIN) for text in shown] == [True]


AWAY = [
    ("down", signal.SIGTERM),
    ("hangs", signal.SIGINT),
]


@pytest.mark.parametrize(("away", "told"), AWAY)
async def test_it_stops_within_five_seconds_also_while_telegram_is_away_at_the_start(
    tmp_path: Path, away: str, told: signal.Signals
) -> None:
    async with Sandbox() as sandbox, running(sandbox, tmp_path) as process:
        if away == "down":
            sandbox.faults.down(True)
        else:
            sandbox.faults.hang(30, "getMe", times=None)
        await process.start()
        if away == "down":
            await until(lambda: "does not answer" in process.text(), timeout=90)
        else:
            await until(lambda: sandbox.journal.calls, timeout=90)
        code, seconds = await process.told(told)
        assert seconds < STOP
        assert code == 0
        assert "Traceback" not in process.text()


KILLS = 11
MESSAGES = 40


async def test_killed_at_any_moment_it_loses_nothing_keeps_the_order_and_marks_every_repeat(
    tmp_path: Path, nursery: Nursery
) -> None:
    """Limits are off here: 40 messages each way at Telegram's pace would take minutes, and what is asked is another
    question. The bot keeps its own pace, so the clock runs."""
    chance = random.Random(26)
    async with Sandbox(limits=False) as sandbox:
        process = Process(sandbox, tmp_path)
        pid = nursery.bear(process)
        group, operator = await desk(sandbox, process)
        teen, topic = await claimed(sandbox, group, operator)
        done = asyncio.Event()

        async def talk() -> None:
            for number in range(MESSAGES):
                teen.write(f"она {number:02d}")
                operator.write(f"ей {number:02d}", chat=group, topic=topic)
                await asyncio.sleep(chance.uniform(0.1, 0.5))

        async def hours() -> None:
            while not done.is_set():
                await asyncio.sleep(0.1)
                sandbox.clock.move(3)

        talking, running_clock = asyncio.create_task(talk()), asyncio.create_task(hours())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.05, 0.9))
            os.kill(pid, signal.SIGKILL)
            assert nursery.buried() == -signal.SIGKILL
            before = sandbox.server._poll
            pid = nursery.bear(process)
            await until(lambda before=before: sandbox.server._poll > before)  # type: ignore[misc]  # as a default
        await talking
        heard = [f"ей {number:02d}" for number in range(MESSAGES)]
        told = [f"▎ она {number:02d}" for number in range(MESSAGES)]

        def arrived() -> tuple[list[str], list[str]]:
            to_her = [s.text.split(":\n")[-1] for s in teen.chat if not s.mine and "ей " in s.text]
            again = [s.text.startswith(AGAIN) for s in teen.chat if not s.mine and "ей " in s.text]
            marks = [AGAIN * flag + text for text, flag in zip(to_her, again, strict=True)]
            here: list[str] = []
            for shown in group.messages(topic):
                once_more = shown.text.startswith(AGAIN) and shown.sender == "Senim"
                lines = [line.removeprefix(AGAIN) for line in shown.text.split("\n") if "▎ она " in line]
                # What has come while no bot ran is said together, and then again together.
                repeated = once_more and lines == [line.removeprefix(AGAIN) for line in here[-len(lines) :]]
                if not repeated or len(lines) < 2:
                    here += [AGAIN * once_more + line for line in lines]
            return marks, here

        def all_here() -> bool:
            return all(
                set(wanted) <= {text.removeprefix(AGAIN) for text in shown}
                for wanted, shown in zip((heard, told), arrived(), strict=True)
            )

        await until(all_here, timeout=60)
        done.set()
        await running_clock
        await sandbox.idle(quiet=0.7, timeout=90)
        for wanted, shown in zip((heard, told), arrived(), strict=True):
            bare = [text.removeprefix(AGAIN) for text in shown]
            assert set(bare) == set(wanted)
            assert [wanted.index(text) for text in bare] == sorted(wanted.index(text) for text in bare)
            repeats = [text for number, text in enumerate(shown) if bare[number] in bare[:number]]
            assert all(text.startswith(AGAIN) for text in repeats)
        assert "Traceback" not in process.text()
        assert sum("на связи" in text for text in texts(teen.chat)) == 1
        os.kill(pid, signal.SIGTERM)
        assert await asyncio.to_thread(nursery.buried) == 0


FLAGS = (
    "supports_inline_queries", "supports_guest_queries", "can_connect_to_business", "has_main_web_app",
    "has_topics_enabled",
)  # fmt: skip


@pytest.mark.parametrize("flag", FLAGS)
async def test_it_refuses_to_run_with_a_setting_that_betrays_people(
    tmp_path: Path, nursery: Nursery, flag: str
) -> None:
    async with Sandbox(bot_flags={flag: True}) as sandbox:
        process = Process(sandbox, tmp_path)
        nursery.bear(process)
        assert await asyncio.to_thread(nursery.buried) == 2
        asking, sentence = process.text().splitlines()
        assert asking.endswith(" who the bot is")
        assert "@BotFather" in sentence
        assert re.search("isable|Turn off", sentence)
        assert [call.method for call in sandbox.journal.calls] == ["getMe"]


async def test_a_token_that_nobody_knows_is_one_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        code, output = await Process(sandbox, tmp_path, SENIM_TOKEN="1:wrong").says("run")
        assert code == 2
        _, sentence = output.splitlines()
        assert "1:wrong" not in output
        assert "SENIM_TOKEN" in sentence
        assert "@BotFather" in sentence


async def test_commands_and_descriptions_are_set_once_for_each_language_and_a_webhook_goes_without_its_updates(
    tmp_path: Path,
) -> None:
    async with Sandbox() as sandbox, running(sandbox, tmp_path) as process:
        sandbox.world.settings["webhook", "url"] = "https://example.org/hook"
        teen = sandbox.person("Teen", language_code="ru")
        teen.write("написано раньше")
        await process.start()
        calls = sandbox.journal.calls
        await until(lambda: sum(call.method == "setMyCommands" for call in calls) >= 6, timeout=90)
        await teen.sees("никто не отвечает")  # what waited behind the webhook is not dropped
        await sandbox.idle()
        hooks = [call for call in calls if call.method == "deleteWebhook"]
        assert [call.params.get("drop_pending_updates", False) for call in hooks] == [False]

        languages = ("", "kk", "ru")
        for method, field in (("setMyDescription", "description"), ("setMyShortDescription", "short_description")):
            said = {call.params.get("language_code", ""): call.params[field] for call in calls if call.method == method}
            assert {"", "kk"} <= set(said), method
            russian = said.get("ru", said[""])  # whose language has no text of its own sees the one for all
            assert set("әғқңөұүһі") & set(said["kk"])
            assert not set("әғқңөұүһі") & set(russian)
            assert all("112" in text and "111" in text for text in said.values())
        commands = {
            (call.params["scope"]["type"], call.params.get("language_code", "")): call.params["commands"]
            for call in calls
            if call.method == "setMyCommands"
        }
        assert set(commands) == {
            (scope, language) for scope in ("all_private_chats", "all_group_chats") for language in languages
        }
        for (scope, _), known in commands.items():
            names = {command["command"] for command in known}
            groups = scope == "all_group_chats"
            assert names == (set(GROUP_COMMANDS) if groups else {"start", "til", "del", "forget", "help"})
        assert all(call.ok for call in calls if call.method.startswith("setMy"))

        # Nothing is set a second time.
        await process.told(signal.SIGTERM)
        before = len(calls)
        await process.start()
        await until(lambda: sum(call.method == "getMyCommands" for call in calls[before:]) >= 6, timeout=90)
        await sandbox.idle()
        assert [call.method for call in calls[before:] if call.method.startswith(("set", "delete"))] == []

        # `senim admin` asks the running bot.
        code, output = await process.says("admin")
        assert code == 0
        admin = sandbox.person("Admin")
        admin.start(re.search(r"start=(a_\S+)", output)[1])  # type: ignore[index]  # it is there
        await admin.sees("/desks")


async def test_a_database_in_a_deep_folder_runs_or_is_refused_with_one_sentence(tmp_path: Path) -> None:
    """A socket's name may have about 100 characters; a folder's name may be longer than that."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    async with Sandbox() as sandbox, running(sandbox, deep) as process:
        started = await process.start()
        await until(lambda: started.returncode is not None or sandbox.server._poll, timeout=90)
        assert "Traceback" not in process.text()
        if started.returncode is None:
            code, output = await process.says("admin")
            assert code == 0
            assert "start=a_" in output
        else:
            assert started.returncode == 2
            assert "SENIM_DATABASE" in process.text()
