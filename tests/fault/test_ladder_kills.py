"""kill -9 of the real process before and after every commit that climbs: what nobody has heard of goes out all the
same."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.phone import Phone
from tests.auditor import PATIENCE, RUNGS, Report, Witness
from tests.danger import numbers
from tests.process import Death, Nursery, Process, desk
from tests.region import takeable
from tests.town import heard, press, until

DIES = """
from bot.services.ladders import Ladders
from storage.database import Database
climbs, commits, climbed = Ladders._climb, Database._commit, []
async def climbing(self, case, ladder):
    climbed.append(case.code)
    await climbs(self, case, ladder)
async def dying(self, tx, which):
    if climbed and "{side}" == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    await commits(self, tx, which)
    if climbed:
        os.kill(os.getpid(), signal.SIGKILL)
Ladders._climb, Database._commit = climbing, dying
"""
LOST = """
from bot.services.ladders import Ladders
climb, born = Ladders.climb, []
async def forgetful(self, now):
    born.append(now)
    if not [case for case, ladder in await self._tx.ladders.due(now) if ladder.due_at <= born[0]]:
        await climb(self, now)
Ladders.climb = forgetful
"""
"""What fell due before a start is never looked at."""


class Mortal:
    """The bot as a process that dies of climbing."""

    def __init__(self, sandbox: Sandbox, folder: Path, nursery: Nursery, plant: str, patience: float) -> None:
        self.sandbox = sandbox
        self.process = Process(sandbox, folder)
        self.nursery = nursery
        self.witness = Witness(sandbox, patience=patience)
        self.pid = 0
        self._plant = plant

    async def prepare(self) -> tuple[Group, Phone]:
        """It runs; its desk, and an operator there who is on shift."""
        self.pid = self.nursery.bear(self.process, plant=self._plant + DIES.format(side="before"))
        group, operator = await desk(self.sandbox, self.process)
        self.witness.responsible.add(group.owner.id)
        operator.start()
        await until(lambda: heard(operator))
        operator.write("/shift", chat=group, topic=group.topic_named("Кезек"))
        await operator.sees("🔔")
        await self.sandbox.idle()
        self.sandbox.clock.move(61)
        return group, operator

    async def live(self) -> None:
        """It runs until it is about to climb."""
        polls = self.sandbox.server._poll
        self.pid = self.nursery.bear(self.process, plant=self._plant + DIES.format(side="before"))
        await until(lambda: self.sandbox.server._poll > polls)
        self.witness.back()

    async def dead(self) -> None:
        """It has ended, by SIGKILL."""
        assert await asyncio.to_thread(self.nursery.buried) == -signal.SIGKILL

    async def dies_climbing(self) -> None:
        """The next one climbs when it starts, and dies when that is on the disk."""
        self.nursery.bear(self.process, plant=DIES.format(side="after"))
        await self.dead()

    async def dies_at(self, commit: str) -> None:
        """Before its first commit of this name, and the next one after it."""
        for side in ("before", "after"):
            self.nursery.bear(self.process, dies=Death(commit, side))
            await self.dead()


async def killed(
    sandbox: Sandbox, folder: Path, nursery: Nursery, plant: str = "", patience: float = PATIENCE
) -> Report:  # fmt: skip
    """A red case whose bot dies at every rung, twice; then somebody takes it and is silent, and it dies at that. What
    the auditor says, up to his first complaint."""
    bot = Mortal(sandbox, folder, nursery, plant, patience)
    group, operator = await bot.prepare()
    teen = sandbox.person("Айша", language_code="ru")
    teen.write("🆘")
    code = await numbers(teen, "ru")
    await sandbox.idle()
    begun = sandbox.clock.time()
    for seconds in RUNGS.values():
        bot.witness.gone()
        sandbox.clock.move(seconds - (sandbox.clock.time() - begun) + 1)
        await bot.dead()
        if not plant:
            await bot.dies_climbing()
        await bot.live()
        report = await bot.witness.judged()
        if report.findings:
            os.kill(bot.pid, signal.SIGKILL)
            await bot.dead()
            return report
    await until(lambda: code in takeable(group))
    cards = [s for s in group.messages(group.topic_named("Шұғыл")) if f"🔴 {code}" in s.text and s.text[0] in "🔴↻"]
    card = cards[-1]  # an earlier one, whose call a kill has cut off from its record, stays as it was
    await press(operator, "🙋", chat=group, message_id=card.message_id)
    await until(lambda: "🙋" not in str(next(s for s in group.messages() if s.message_id == card.message_id).buttons))
    await sandbox.idle(timeout=60)
    bot.witness.gone()
    os.kill(bot.pid, signal.SIGKILL)
    await bot.dead()
    sandbox.clock.move(301)
    await bot.dies_at("job.release")
    await bot.live()
    report = await bot.witness.judged()
    os.kill(bot.pid, signal.SIGKILL)
    await bot.dead()
    assert "Traceback" not in bot.process.text()
    return report


async def test_killed_before_and_after_every_commit_that_climbs_it_loses_no_rung(
    tmp_path: Path, nursery: Nursery
) -> None:
    async with Sandbox() as sandbox:
        report = await killed(sandbox, tmp_path, nursery)
    assert report.findings == []
    assert report.judged > 15


@pytest.mark.torture
async def test_the_auditor_sees_a_rung_that_a_kill_has_lost(tmp_path: Path, nursery: Nursery) -> None:
    async with Sandbox() as sandbox:
        report = await killed(sandbox, tmp_path, nursery, LOST, patience=4)
    assert any("(again) did not come" in one for one in report.findings), report.findings
