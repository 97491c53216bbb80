"""Killed between an edit and its mirror: nothing is lost, and what may have arrived already is marked."""

import os
import signal
from pathlib import Path

from bot.telegram.sandbox import Sandbox
from tests.danger import SAID
from tests.process import Nursery, Process, claimed, desk
from tests.town import heard, texts, until

AGAIN = "↻ "


async def test_a_kill_between_an_edit_and_its_mirror_loses_nothing(tmp_path: Path, nursery: Nursery) -> None:
    """Once before any of the calls could be made, once while they were on their way and arrived all the same."""
    async with Sandbox(limits=False) as sandbox:
        process = Process(sandbox, tmp_path)
        pid = nursery.bear(process, unpaced=True)
        group, operator = await desk(sandbox, process)
        teen, topic = await claimed(sandbox, group, operator)
        said = operator.write("приходи в среду 0", chat=group, topic=topic)
        await teen.sees("среду 0")
        hers = teen.write("приду одна 0")
        await group.sees("▎ приду одна 0", topic=topic)
        mirrors = {("editMessageText", teen.id), ("sendMessage", group.id), ("deleteMessage", group.id)}
        for number in (1, 2):
            again = teen.write(f"лишнее {number}")
            await group.sees(f"▎ лишнее {number}", topic=topic)
            await sandbox.idle()
            for method, chat in mirrors:
                if number == 1:
                    sandbox.faults.cut_before(method, chat, times=None)
                else:
                    sandbox.faults.hang(3, method, chat, times=None)
            since = len(sandbox.journal.calls)
            operator.edit(said, f"приходи в среду {number}", chat=group)
            teen.edit(hers, f"приду одна {number}")
            teen.write("/del", reply_to=again)

            def tried(since: int = since) -> bool:
                return mirrors <= {(call.method, call.chat_id) for call in sandbox.journal.calls[since:]}

            await until(tried)
            os.kill(pid, signal.SIGKILL)
            assert nursery.buried() == -signal.SIGKILL
            assert not any(f"среду {number}" in text for text in heard(teen))
            sandbox.faults.clear()
            pid = nursery.bear(process, unpaced=True)
            await teen.sees(f"среду {number}", timeout=60)
            await group.sees(f"▎ приду одна {number}\n", topic=topic, timeout=60)
            await until(lambda number=number: not any(f"лишнее {number}" in text for text in texts(group.messages())))  # type: ignore[misc]  # as a default
            part = f"▎ приду одна {number}\n"
            expected = ([True], [False, True])[number - 1]  # a call that was cut may have arrived, too

            def marks(part: str = part) -> list[bool]:
                return sorted(text.startswith(AGAIN) for text in texts(group.messages(topic)) if part in text)

            await until(lambda marks=marks, expected=expected: marks() == expected)  # type: ignore[misc]  # as defaults
            await sandbox.idle(quiet=0.7, timeout=90)
            assert marks() == expected
            shown = [text for text in texts(group.messages(topic)) if part in text]
            assert all(f"▎ приду одна {number - 1}" in text for text in shown)
            assert sum("среду" in text for text in heard(teen)) == 1
        teen.write("/del", reply_to=hers)
        await group.sees(SAID.text("line.taken_back_look", "ru", at="|").split("|")[1], topic=topic)
