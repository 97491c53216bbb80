"""Files of a case: sealed, fetched in order, and gone with what was never allowed."""

import asyncio
from typing import Any, cast

import pytest

from bot.domain.media import Attached, Consent, Due, FileState
from bot.domain.messages import Direction, Incoming, Kind, Post, Priority, To
from bot.domain.urgency import Level
from bot.fetching import Fetcher
from storage.database import Transaction
from storage.media import BACK_OFF, KEEP_UNGIVEN
from storage.sealing import CannotOpen
from storage.statements import case_key
from tests.storage.home import HOUR, SECOND, Home

NAME = "AgACAgIAAxkBAAzqSecretFile"
BYTES = b"\xff\xd8\xff\xe0 the clean picture"


async def a_case(tx: Transaction, telegram_id: int = 101, level: Level = Level.ORDINARY) -> str:
    person = await tx.people.meet(telegram_id)
    return (await tx.cases.open(person.key, "kk", level, desk="national")).id


def sent(number: int = 0, kind: Kind = Kind.PHOTO, album: str | None = None) -> Attached:
    return Attached(kind, f"{NAME}{number}", f"unique{number}", 1000, album)


def numbers(found: list[Due]) -> list[int]:
    return [due.file.number for due in found]


class TestMedia:
    """The `media` and `media_told` tables."""

    async def test_a_file_is_sealed_until_it_is_here_and_afterwards_and_opens_for_its_case_alone(
        self, home: Home
    ) -> None:
        async with home.tx() as tx:
            case, other = await a_case(tx), await a_case(tx, 102)
            file = await tx.media.add(case, sent(album="album77"), FileState.DUE)
            await tx.media.add(other, sent(1), FileState.DUE)
        assert NAME.encode() not in home.bytes()
        assert b"album77" not in home.bytes()
        async with home.tx() as tx:
            [due] = [one for one in await tx.media.due(9) if one.file.case == case]
            assert (due.file, due.attached) == (file, sent(album="album77"))
            assert await tx.media.ready(file, BYTES)
            assert not await tx.media.ready(file, BYTES)
            assert await tx.media.open(file.id, other) is None
            found = await tx.media.open(file.id, case)
            assert found is not None
            assert found[1] == BYTES
        assert BYTES not in home.bytes()
        [row] = await home.rows("SELECT source FROM media WHERE id = :id", id=file.id)
        assert row["source"] is None
        async with home.tx() as tx:
            await tx.drop_key(case_key(case))
        async with home.tx() as tx:
            with pytest.raises(CannotOpen):
                await tx.media.open(file.id, case)

    async def test_of_each_case_the_next_one_is_due_of_red_ones_first_and_a_failing_one_holds_up_none(
        self, home: Home
    ) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            for number in range(3):
                await tx.media.add(case, sent(number), FileState.DUE)
        home.now += SECOND
        async with home.tx() as tx:
            red = await a_case(tx, 102, Level.RED)
            await tx.media.add(red, sent(7), FileState.DUE)
            found = await tx.media.due(9)
            assert [due.file.case for due in found] == [red, case]
            assert numbers(found) == [1, 1]
            assert await tx.media.later(found[1])
            assert numbers(await tx.media.due(9)) == [1, 2]
        home.now += BACK_OFF[0]
        async with home.tx() as tx:
            again = [due for due in await tx.media.due(9) if due.file.case == case]
            assert [(due.file.number, due.tries) for due in again] == [(2, 0), (1, 1)]
        home.now -= 10 * HOUR
        async with home.tx() as tx:
            assert len(await tx.media.due(9)) == 3, "a clock that is set back holds none"

    async def test_a_file_is_tried_for_about_an_hour_and_then_lost_once(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            file = await tx.media.add(case, sent(), FileState.DUE)
        begun, tries = home.now, 0
        while True:
            async with home.tx() as tx:
                found = await tx.media.due(9)
                if found and not await tx.media.later(found[0]):
                    break
                tries += len(found)
            home.now += SECOND
        assert tries == len(BACK_OFF)
        assert 40 * 60 * SECOND < home.now - begun < 60 * 60 * SECOND
        async with home.tx() as tx:
            assert await tx.media.lose(file.id) is not None
            assert await tx.media.lose(file.id) is None
            assert await tx.media.due(9) == []

    async def test_a_topic_is_shown_each_file_once_and_a_new_topic_all_again(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            files = [await tx.media.add(case, sent(number), FileState.DUE) for number in range(4)]
            await tx.media.ready(files[2], BYTES)
            await tx.media.ready(files[0], BYTES)
            await tx.media.lose(files[1].id)
            for topic in (50, 51):
                place = f"national/{topic}"
                assert [file.number for file in await tx.media.unshown(case, topic, place)] == [1, 2, 3]
                assert await tx.media.unshown(case, topic, place) == []
            await tx.media.ready(files[3], BYTES)
            assert [file.number for file in await tx.media.unshown(case, 51, "national/51")] == [4]

    async def test_no_file_comes_before_the_words_that_name_it(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            names = []
            for number in range(3):
                file = await tx.media.add(case, sent(number), FileState.DUE)
                said = await tx.messages.add(case, Direction.FROM_PERSON, Incoming(Kind.PHOTO, number=file.number))
                await tx.media.belongs(case, file.number, said)
                await tx.media.ready(file, BYTES)
                names.append(said)
            await tx.outbox.add(Post(To.CASE, case, "flood", {"messages": names[1:]}, case=case))
            assert await tx.media.unshown(case, 50, "national/50") == []
            await tx.threads.add(names[0], "national/49", 7)
            await tx.threads.add(names[1], "national/50", 8)
            assert [file.number for file in await tx.media.unshown(case, 50, "national/50")] == [1, 2]
            [row] = await tx.all("SELECT seq FROM outbox")
            await tx.outbox.sent(row["seq"])
            assert [file.number for file in await tx.media.unshown(case, 50, "national/50")] == [3]

    async def test_of_an_album_all_but_the_first_follow_another(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            albums = ("a", "a", None, None, "b", "a")
            files = [await tx.media.add(case, sent(n, album=album), FileState.DUE) for n, album in enumerate(albums)]
            assert [await tx.media.follows(file) for file in files] == [False, True, False, False, False, False]
            assert await tx.media.has(case, sent(3))
            assert not await tx.media.has(case, sent(99))

    async def test_a_voice_waits_for_a_yes_goes_with_a_no_and_a_day_after_the_end(self, home: Home) -> None:
        async with home.tx() as tx:
            cases = [await a_case(tx, 101 + number) for number in range(3)]
            for case in cases:
                assert await tx.media.consent(case) is None
                await tx.media.set_consent(case, Consent.ASKED)
                await tx.media.add(case, sent(kind=Kind.VOICE), FileState.ASKED)
            assert await tx.media.due(9) == []
            await tx.media.set_consent(cases[0], Consent.YES)
            await tx.media.set_consent(cases[1], Consent.NO)
            assert [due.file.case for due in await tx.media.due(9)] == [cases[0]]
            assert [await tx.media.consent(case) for case in cases] == [Consent.YES, Consent.NO, Consent.ASKED]
            assert not await tx.media.told_of_documents(cases[0])
            assert await tx.media.told_of_documents(cases[0])
            assert await tx.media.consent(cases[0]) is Consent.YES
            await tx.run("UPDATE cases SET status = 'closed', closed_at = :now", now=home.now)
            assert not await tx.media.drop_ungiven(home.now + KEEP_UNGIVEN - 1)
            assert await tx.media.drop_ungiven(home.now + KEEP_UNGIVEN)
        left = await home.rows("SELECT case_id FROM media WHERE source IS NOT NULL")
        assert [row["case_id"] for row in left] == [cases[0]]

    async def test_a_row_that_does_not_open_is_lost_and_that_is_said_to_her_and_in_the_topic(self, home: Home) -> None:
        async with home.tx() as tx:
            case, other = await a_case(tx), await a_case(tx, 102)
            found = await tx.cases.get(case)
            assert found is not None
            await tx.cases.save(found.with_topic(50))
            await tx.media.add(case, sent(), FileState.DUE)
            await tx.run("UPDATE media SET source = x'00' WHERE case_id = :case", case=case)
            await tx.media.add(other, sent(), FileState.DUE)
            known = {due.file.case: due.attached for due in await tx.media.due(9)}
            assert known == {case: None, other: sent()}
            await tx.media.erase(other)
        assert home.database is not None
        recorded = asyncio.Event()
        fetching = asyncio.create_task(Fetcher(home.database, cast(Any, None), recorded.set).run())

        async def told() -> set[Any]:
            async with home.tx() as tx:
                return {ready.row.post.params.get("key") for ready in await tx.outbox.ready(9)}

        async with asyncio.timeout(30):
            await recorded.wait()
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        assert await told() == {"media.photo_lost", "line.photo_lost"}
        [row] = await home.rows("SELECT state FROM media WHERE case_id = :case", case=case)
        assert row["state"] == "lost"


class TestItsRows:
    """What shows a file waits for nobody, and nobody waits for it."""

    async def test_a_case_that_turns_red_lifts_its_words_and_not_its_files(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await a_case(tx)
            for kind, lane in (("words", ""), ("media", f"media:{case}")):
                await tx.outbox.add(Post(To.CASE, case, kind, {"file": "f"}, Priority.TALK, lane, case))
            await tx.outbox.lift(case, None)
        rows = await home.rows("SELECT kind, priority FROM outbox ORDER BY seq")
        assert [(row["kind"], row["priority"]) for row in rows] == [("words", 0), ("media", 1)]

    async def test_while_a_file_is_on_its_way_to_a_group_the_next_one_waits_and_words_do_not(self, home: Home) -> None:
        async with home.tx() as tx:
            cases = [await a_case(tx, 101 + number) for number in range(2)]
            for case in cases:
                await tx.outbox.add(Post(To.CASE, case, "media", {"file": "f"}, lane=f"media:{case}", case=case))
                await tx.outbox.add(Post(To.CASE, case, "words", {}, case=case))
            kinds = [ready.row.post.kind for ready in await tx.outbox.ready(9)]
            assert kinds == ["media", "words", "media", "words"]
            kinds = [ready.row.post.kind for ready in await tx.outbox.ready(9, uploading={"desk:national"})]
            assert kinds == ["words", "words"]
            assert await tx.outbox.under_way(cases[0], "media")
            assert not await tx.outbox.under_way(cases[0], "history")
