"""kill -9 of the real process while a photo is on its way: it reaches the topic all the same."""

import asyncio
import os
import signal
from pathlib import Path

from bot.telegram.sandbox import Sandbox
from tests.danger import PLAIN, SAID
from tests.process import Nursery, Process, desk
from tests.town import code_of, press, until

DIES = """
import bot.fetching as fetching
from storage.database import Database
record, commits, recorded = fetching._record, Database._commit, []
async def recording(tx, fetched):
    recorded.append(fetched)
    await record(tx, fetched)
async def dying(self, tx, which):
    if which == "fetching.turn" and recorded:
        os.kill(os.getpid(), signal.SIGKILL)
    await commits(self, tx, which)
fetching._record, Database._commit = recording, dying
"""
"""Ends before the commit that keeps the clean photo."""

SENT = """
from bot.telegram.api import Api
call = Api.call
async def sending(self, method, *params, **more):
    found = await call(self, method, *params, **more)
    if method == "sendPhoto":
        os.kill(os.getpid(), signal.SIGKILL)
    return found
Api.call = sending
"""
"""Ends when Telegram has taken the photo, and nobody has written that down."""


async def test_a_photo_outlives_two_kills_and_what_may_have_come_twice_is_marked(
    tmp_path: Path, nursery: Nursery
) -> None:
    async with Sandbox() as sandbox:
        process = Process(sandbox, tmp_path)
        pid = nursery.bear(process, plant=DIES)
        try:
            group, operator = await desk(sandbox, process)
            teen = sandbox.person("Айша", language_code="ru")
            teen.write(PLAIN)
            code = await code_of(teen)
            sandbox.clock.move(61)
            card = await group.sees(code)
            await press(operator, SAID.text("button.take", "ru"), chat=group, message_id=card.message_id)
            topic = await until(lambda: next((one.id for one in group.topics.values() if code in one.name), 0))
            sandbox.clock.move(61)
            teen.send("photo")
            for plant in (SENT, ""):
                assert await asyncio.to_thread(nursery.buried) == -signal.SIGKILL
                pid = nursery.bear(process, plant=plant)

            def photos() -> list[str]:
                return [shown.text.split(" · ")[0] for shown in group.messages(topic) if shown.kind == "photo"]

            await until(lambda: len(photos()) == 2)
            await sandbox.idle()
            assert photos() == ["№1", "↻ №1"]
        finally:
            os.kill(pid, signal.SIGKILL)
            await asyncio.to_thread(nursery.buried)
