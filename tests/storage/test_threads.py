"""Which message an answer, an edit or a removal is about, in the database alone: services over a real one."""

from bot.domain.cases import Case
from bot.domain.desks import NATIONAL
from bot.domain.messages import Direction, Incoming, Kind, Standing
from bot.domain.people import Person
from bot.domain.urgency import Assessment, Level, Reason
from bot.services import Services
from storage.database import Transaction
from tests.storage.home import MINUTE, Home

TOPIC = f"{NATIONAL}/7"
BEFORE = Assessment(Level.RED, "suicide", (Reason("before", "прежние слова"), Reason("cue", "слова")))


async def opened(tx: Transaction, *texts: str) -> tuple[Person, Case, list[str]]:
    """Somebody with a case in a topic, and what she wrote in it: numbers 1, 2, …"""
    await tx.desks.bind(NATIONAL, -1, "ru")
    person = await tx.people.meet(1)
    case = await tx.cases.open(person.key, "ru", Level.ORDINARY, desk=NATIONAL)
    case = await tx.cases.save(case.with_topic(7))
    threads = Services(tx).threads
    names = [await threads.heard(case, Incoming(Kind.TEXT, text, number)) for number, text in enumerate(texts, 1)]
    return person, case, [name for name in names if name]


async def test_of_several_in_one_message_the_one_is_meant_whose_words_were_picked_out(home: Home) -> None:
    async with home.tx() as tx:
        _, case, names = await opened(tx, "про лагерь", "про бассейн")
        note = await tx.messages.add(case.id, Direction.NOTE, Incoming(Kind.TEXT, "мать просила молчать"))
        lines = [(name, "▎ …") for name in [*names, note]]
        threads = Services(tx).threads
        await threads.stand([Standing(case.id, TOPIC, 40, lines), Standing(case.id, TOPIC, 41, lines[1:2])])

        assert await threads.meant(case, TOPIC, 40, "▎ про бассейн") == (names[1], "про бассейн")
        assert await threads.meant(case, TOPIC, 40, "просила молчать") == (None, "")
        assert await threads.meant(case, TOPIC, 40, "") == (None, "")
        assert await threads.meant(case, TOPIC, 41, "про лагерь") == (names[1], "")
        assert await threads.meant(case, f"{NATIONAL}/8", 41, "") == (None, "")
        edit = await threads.heard(case, Incoming(Kind.TEXT, "про море", 2, edited=True))
        await threads.stand([Standing(case.id, TOPIC, 42, [(edit or "", "▎ …")])])
        assert await threads.meant(case, TOPIC, 42, "море") == (names[1], "море")

        await tx.cases.lose_topics(NATIONAL)
        assert await threads.meant(case, TOPIC, 41, "") == (None, "")


async def test_an_edit_of_what_is_taken_back_is_a_message_of_its_own(home: Home) -> None:
    async with home.tx() as tx:
        person, case, (first, _) = await opened(tx, "про лагерь", "про бассейн")
        services = Services(tx)
        changed = await services.threads.heard(case, Incoming(Kind.TEXT, "про море", 1, edited=True))
        assert await services.threads.heard(case, Incoming(Kind.TEXT, "про море", 1, edited=True)) is None
        edit = await tx.messages.get(changed or "")
        assert edit is not None
        assert (edit.edits, edit.reply_to) == (first, first)

        await services.taking_back.by_reply(person, 1)
        left = [message.incoming.text for message in await tx.messages.from_person(case.id)]
        assert left == ["", "про бассейн", ""]
        name = await services.threads.heard(case, Incoming(Kind.TEXT, "про горы", 1, edited=True))
        again = await tx.messages.get(name or "")
        assert again is not None
        assert again.edits is None
        await services.taking_back.by_reply(person, 1)  # that one now
        assert await tx.messages.words_left(case.id)


async def test_what_was_read_together_with_words_that_are_taken_back_keeps_no_word(home: Home) -> None:
    async with home.tx() as tx:
        person, case, _ = await opened(tx, "прежние слова", "ещё")
        services = Services(tx)
        await services.dangers.noted(case, BEFORE)
        await tx.cases.save(case.raised(Level.RED, tx.now))
        await services.taking_back.by_reply(person, 1)

    async def newest() -> tuple[Reason, ...]:
        async with home.tx() as tx:
            found = await tx.findings.newest(case.id, Level.RED)
        assert found is not None
        assert found.category == "suicide"
        return found.reasons

    bare = (Reason("before"), Reason("cue"))
    assert await newest() == bare
    for minutes, kept in ((9, bare), (11, BEFORE.reasons)):
        home.now += minutes * MINUTE
        async with home.tx() as tx:  # the recogniser remembers her words for ten minutes
            await Services(tx).dangers.noted(case, BEFORE)
        assert await newest() == kept
