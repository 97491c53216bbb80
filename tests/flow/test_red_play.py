"""Whatever happens, in whatever order, nobody in danger meets with silence; and the auditor that says so sees."""

import contextlib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.domain.cases import Case
from bot.domain.ladder import Ladder, Rung
from bot.services.ladders import Ladders
from bot.telegram.sandbox import Call, Showing
from bot.telegram.sandbox.clock import monotonic
from storage.cases import CaseTable
from storage.ladders import LadderTable
from tests.auditor import PATIENCE, Record, Witness, audit
from tests.danger import SAID, numbers
from tests.red_play import played
from tests.region import on_shift, takeable
from tests.town import Town, press, town, until

SHORT = 4.0
"""Seconds of patience where something is expected to be missing."""
STRAY = "though it did not wait for anybody"
KINDS = {
    "cries", "writes", "answers", "time", "takes", "replies", "releases", "shift", "closes", "hook", "desk", "telegram",
    "stops", "waits",
}  # fmt: skip


@pytest.fixture(autouse=True)
def often() -> None:
    """The bot looks as seldom as it does for people: what is played here is the bot as it runs."""


@pytest.mark.parametrize("seed", [22, pytest.param(30, marks=pytest.mark.torture)])
async def test_whatever_happens_a_red_message_is_not_met_with_silence(tmp_path: Path, seed: int) -> None:
    play = await played(tmp_path, seed, steps=22)
    assert play.found == [], "\n".join([*play.found, *play.said])
    assert play.judged > 5


@pytest.mark.torture
async def test_whatever_happens_for_long_a_red_message_is_not_met_with_silence(tmp_path: Path) -> None:
    happened, found, judged = Counter[str](), list[str](), 0
    for seed in range(30):
        folder = tmp_path / str(seed)
        folder.mkdir()
        play = await played(folder, seed, steps=60)
        happened += play.happened
        judged += play.judged
        if play.found:
            found += [f"seed {seed}", *play.found, *play.said]
    print(f"\n{judged} duties kept: {happened}")
    assert not found, "\n".join(found)
    assert not KINDS - happened.keys()


class Over(Exception):
    """The auditor has said what he was expected to say."""


async def story(place: Town, *, patience: float = PATIENCE, expected: str = "", stop: bool = False) -> Record:
    """A red case that is taken and waits again because its claimer is silent, climbs to its incident, and is taken by
    somebody who answers; what the sandbox saw of it, up to where the auditor says what is `expected`. With `stop` the
    bot does not run while time goes by."""
    witness, national = Witness(place.sandbox, place.admin.id, patience=patience), place.national
    assert national is not None
    operator = await on_shift(place, national)
    teen = place.teen(language_code="ru")
    teen.write("🆘")
    code = await numbers(teen, "ru")

    last = monotonic()

    async def passes(seconds: float) -> None:
        nonlocal last
        if stop:
            witness.gone()
            await place.bot.end()
        await place.move(seconds)
        if stop:
            await place.bot.start()
            witness.back()
        found = (await witness.judged()).findings
        assert expected or not found, found
        if expected and any(expected in one for one in found):
            raise Over
        last = monotonic()

    async def takes() -> None:
        """When it is certain that what was due before is late."""
        await until(lambda: monotonic() > last + SHORT)
        async with place.hurried():
            await until(lambda: code in takeable(national))
            card = [s for s in national.messages() if s.text.startswith(f"🔴 {code}") and "🙋" in str(s.buttons)][-1]
            await press(operator, "🙋", chat=national, message_id=card.message_id)
            await until(lambda: code not in takeable(national))
            await place.settled()

    with contextlib.suppress(Over):
        await passes(61)
        await takes()
        last = monotonic()
        await until(lambda: monotonic() > last + SHORT)
        for seconds in (140, 140, 62, 90, 90, 270, 270, 905):
            await passes(seconds)
        await takes()
        operator.write("я здесь", chat=national, topic=national.topic_named(code))
        await teen.sees("я здесь")
        for seconds in (570, 1170):
            await passes(seconds)
        await until(lambda: monotonic() > last + SHORT)
    return witness.record()


def without(part: str) -> Callable[[Record], Record]:
    """The record as if nothing with this part had ever been shown."""

    def planted(record: Record) -> Record:
        return replace(record, shown=[one for one in record.shown if not _is(one, part)])

    return planted


def _is(showing: Showing, part: str) -> bool:
    return showing.by == "bot" and part in showing.text


def no_callout(record: Record) -> Record:
    return replace(record, callouts=[call for call in record.callouts if call.rung != "callout"])


def no_claim(record: Record) -> Record:
    """Nobody ever took it: no toast, no line that somebody has it."""
    calls: list[Call] = [call for call in record.calls if call.method != "answerCallbackQuery"]
    return replace(record, calls=calls, shown=[one for one in record.shown if "в работе:" not in one.text])


def after_claim(record: Record) -> Record:
    """A truth of a rung once more, when somebody has had the case for long."""
    told = [one for one in record.shown if one.by == "bot" and _truth(one.text)]
    last = record.shown[-1]
    stray = replace_showing(told[-1], at=last.at, monotonic=record.end - 0.01)
    return replace(record, shown=[*record.shown, stray])


def too_early(record: Record) -> Record:
    """She hears of the last rung when the first was due."""
    told = [one for one in record.shown if one.by == "bot" and _truth(one.text)]
    early = replace_showing(told[4], at=told[0].at, monotonic=told[0].monotonic)
    return replace(record, shown=[*record.shown, early])


def replace_showing(showing: Showing, **changed: Any) -> Showing:
    return replace(showing, **changed)


def _truth(text: str) -> bool:
    return any(text == SAID.text(f"unanswered.{rung}", "ru") for rung in Rung)


SWALLOWED: dict[str, tuple[Callable[[Record], Record], str]] = {
    "a ring": (without("⏰"), "a ring (again)"),
    "the ring of the last rung": (without("инцидент № 1"), "a ring (incident)"),
    "alerts": (without("Срочное, никто ещё не взял"), "an alert to the first"),
    "the truth": (without("Прошло много времени"), "the truth to her (incident)"),
    "the call outside": (no_callout, "a call outside did not come"),
    "the incident": (without("Инцидент №"), "an incident (incident)"),
    "the numbers": (without("Зовём операторов. Код"), "the numbers to"),
    "the line that she is silent": (without("Человек молчит"), "word that she is silent"),
    "a claim": (no_claim, "did not come"),
    "silence after a claim": (after_claim, STRAY),
    "patience": (too_early, "too early"),
}


async def test_the_auditor_sees_what_is_missing_from_the_record(tmp_path: Path) -> None:
    async with town(tmp_path) as place:
        record = await story(place)
    assert audit(record).findings == []
    assert audit(record).judged > 30
    unseen = []
    for what, (planted, expected) in SWALLOWED.items():
        found = audit(replace(planted(record), patience=SHORT)).findings
        unseen += [] if any(expected in one for one in found) else [(what, found)]
    assert unseen == []


def one_rung_does_nothing(patch: pytest.MonkeyPatch) -> None:
    step = Ladders._step

    async def skipped(self: Ladders, case: Case, ladder: Ladder, rung: Rung, *, fresh: bool) -> Ladder:
        return ladder if rung is Rung.CALLOUT else await step(self, case, ladder, rung, fresh=fresh)

    patch.setattr(Ladders, "_step", skipped)


def a_claim_does_not_stop_it(patch: pytest.MonkeyPatch) -> None:
    waiting = LadderTable._waiting

    async def all_of_them(
        self: LadderTable, which: str, column: str, status: str | None = None, **values: int
    ) -> list[tuple[Case, Ladder]]:
        return await waiting(self, which, column, status if status == "claimed" else None, **values)

    async def nothing(self: Ladders, case: Case) -> None:
        """It goes on."""

    patch.setattr(Ladders, "taken", nothing)
    patch.setattr(LadderTable, "_waiting", all_of_them)


def a_silent_claimer_keeps_it(patch: pytest.MonkeyPatch) -> None:
    async def never(self: CaseTable, now: int) -> list[Case]:
        return []

    patch.setattr(CaseTable, "due_for_release", never)


def a_stop_loses_it(patch: pytest.MonkeyPatch) -> None:
    """What is due is kept in memory alone, and a fresh start knows of nothing."""
    known: set[str] = set()
    began, due = Ladder.began, LadderTable.due

    def remembered(self: Ladder, *args: Any, **more: Any) -> Ladder:
        known.add(self.case)
        return began(self, *args, **more)

    async def those(self: LadderTable, now: int) -> list[tuple[Case, Ladder]]:
        return [(case, ladder) for case, ladder in await due(self, now) if case.id in known]

    patch.setattr(Ladder, "began", remembered)
    patch.setattr(LadderTable, "due", those)
    end = Town.move

    async def moved(self: Town, seconds: float) -> None:
        if self.bot.task is not None and self.bot.task.done():
            known.clear()
        await end(self, seconds)

    patch.setattr(Town, "move", moved)


DEFECTS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    one_rung_does_nothing: "a call outside did not come",
    a_claim_does_not_stop_it: STRAY,
    a_silent_claimer_keeps_it: "back from a silent claimer",
    a_stop_loses_it: "did not come",
}


@pytest.mark.torture
@pytest.mark.parametrize("defect", DEFECTS)
async def test_the_auditor_sees_what_is_wrong_with_the_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: Callable[[pytest.MonkeyPatch], None]
) -> None:
    defect(monkeypatch)
    async with town(tmp_path) as place:
        record = await story(place, patience=SHORT, expected=DEFECTS[defect], stop=defect is a_stop_loses_it)
    found = audit(record).findings
    assert any(DEFECTS[defect] in one for one in found), found
