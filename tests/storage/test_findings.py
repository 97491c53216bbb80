"""Findings when a message is taken back: danger stays, what was in it or read with it loses its words."""

from bot.domain.urgency import Assessment, Level, Reason
from tests.storage.home import MINUTE, START, Home


async def test_only_what_was_found_in_a_message_or_together_with_it_loses_its_words(home: Home) -> None:
    found = {
        0: (Reason("cue", "earlier"),),
        1: (Reason("cue", "taken back"),),
        2: (Reason("cue", "kept"),),
        3: (Reason("before", "taken back kept"), Reason("cue", "together")),
    }
    shown: dict[int, list[tuple[str, str]]] = {}
    async with home.tx() as tx:
        person = await tx.people.meet(101)
        case = await tx.cases.open(person.key, "ru", Level.RED)
    for minute, reasons in found.items():
        home.now = START + minute * MINUTE
        async with home.tx() as tx:
            await tx.findings.add(case.id, Assessment(Level.RED, None, reasons))
    async with home.tx() as tx:
        await tx.findings.without_words(case.id, START + MINUTE, START + 11 * MINUTE)
        while (newest := await tx.findings.newest(case.id, Level.RED)) is not None:
            shown[len(found) - 1 - len(shown)] = [(reason.code, reason.words) for reason in newest.reasons]
            await tx.run("DELETE FROM finding WHERE seq = (SELECT MAX(seq) FROM finding)")
    assert shown == {
        0: [("cue", "earlier")], 1: [("cue", "")], 2: [("cue", "kept")], 3: [("before", ""), ("cue", "")],
    }  # fmt: skip
