"""Canned replies of a desk and practice cases: their tables, and numbers of messages that mean nothing elsewhere."""

from dataclasses import replace

from bot.domain.canned import Voice
from bot.domain.desks import Desk
from bot.domain.messages import Post, To
from bot.domain.practice import KEPT
from bot.domain.urgency import Level
from bot.services import Services
from bot.telegram.canned import CannedReplies
from bot.telegram.practice import PracticeTopic
from locales import Catalog
from storage.database import Transaction
from storage.reference.canned import replies
from tests.storage.home import Home

OLD, NEW = -1001, -1002
TEXTS: dict[Voice, str] = {("kk", False): "а", ("kk", True): "ә", ("ru", False): "б", ("ru", True): "в"}


async def desk(tx: Transaction, name: str = "KZ-31", chat: int = OLD) -> Desk:
    await tx.desks.bind(name, chat, "kk")
    found = await tx.desks.get(name)
    assert found is not None
    return found


async def test_a_desk_has_its_own_replies_and_another_does_not(home: Home) -> None:
    async with home.tx() as tx:
        await desk(tx)
        await desk(tx, "KZ-10", NEW)
        await tx.canned.save("KZ-31", None, "Лагерь", TEXTS)
        first, *rest = await tx.canned.of("KZ-31")
        assert (first.own, first.titles["ru"], first.texts) == (True, "Лагерь", TEXTS)
        assert tuple(rest) == await tx.canned.of("KZ-10") == replies()
        await tx.canned.save("KZ-31", first, "ЛАГЕРЬ", {**TEXTS, ("ru", True): "г"})
        (own,) = [one for one in await tx.canned.of("KZ-31") if one.own]
        assert (own.id, own.texts["ru", True]) == (first.id, "г")
        await tx.canned.switch("KZ-31", own, "Лагерь", off=True)
        await tx.canned.switch("KZ-31", rest[0], "x", off=True)
        assert await tx.canned.get("KZ-31", own.id) is None
        assert await tx.canned.get("KZ-31", rest[0].id) is None
        assert await tx.canned.get("KZ-10", rest[0].id) is not None
        await tx.canned.save("KZ-31", rest[0], "x", TEXTS)
        changed = await tx.canned.get("KZ-31", rest[0].id)
        assert changed is not None
        assert (changed.texts, changed.about, changed.titles) == (TEXTS, rest[0].about, rest[0].titles)


async def test_a_desk_has_one_practice_case_with_one_winner_and_nothing_stays_of_it(home: Home) -> None:
    async with home.tx() as tx:
        await desk(tx)
        await desk(tx, "KZ-10", NEW)
        one, two = await tx.operators.meet(1, "ru"), await tx.operators.meet(2, "ru")
        begun = await tx.practice.begin("KZ-31", "exam", "kk")
        assert begun is not None
        assert await tx.practice.begin("KZ-31", "exam", "kk") is None
        assert await tx.practice.begin("KZ-10", "exam", "kk") is not None
        assert await tx.practice.get("KZ-10", begun.id) is None
        assert await tx.practice.take(begun.id, one.key) is not None
        assert await tx.practice.take(begun.id, two.key) is None
        await tx.practice.answered(begun, {"greet", "safety"}, tx.now + 5)
        await tx.practice.answered(begun, {"greet", "safety"}, tx.now + 9)
        kept = await tx.practice.get("KZ-31", begun.id)
        assert kept is not None
        assert (kept.turn_at, kept.heard, kept.operator) == (tx.now + 5, frozenset({"greet", "safety"}), one.key)
        assert await tx.practice.end(begun.id)
        assert not await tx.practice.end(begun.id)
        assert await tx.practice.forget(tx.now + KEPT - 1) == []
        assert [gone.id for gone in await tx.practice.forget(tx.now + KEPT)] == [begun.id]
        again = await tx.practice.begin("KZ-31", "exam", "kk")
        assert again is not None
        assert again.id > begun.id


async def test_a_story_that_is_gone_stops_no_other_desks_practice(home: Home) -> None:
    async with home.tx() as tx:
        await desk(tx)
        await desk(tx, "KZ-10", NEW)
        operator = await tx.operators.meet(1, "ru")
        begun = [await tx.practice.begin(desk, "exam", "kk") for desk in ("KZ-31", "KZ-10")]
        for one in begun:
            assert one is not None
            taken = await tx.practice.take(one.id, operator.key)
            assert taken is not None
            await tx.practice.answered(taken, (), tx.now)
        await tx.run("UPDATE practice SET story = 'gone' WHERE desk = 'KZ-31'")
        await Services(tx).practice.play(tx.now)
    rows = await home.rows("SELECT turn_at IS NULL AS spoken FROM practice ORDER BY id")
    assert [row["spoken"] for row in rows] == [0, 1]


async def test_a_message_of_one_group_is_never_edited_in_another(home: Home) -> None:
    catalog = Catalog.load()
    async with home.tx() as tx:
        here = await desk(tx)
        there = replace(here, chat_id=NEW)
        person = await tx.people.meet(1)
        case = (await tx.cases.open(person.key, "kk", Level.RED)).routed(here.id)
        for kind, more in (
            ("canned_list", {"page": 0}), ("canned_none", {"key": "canned.cancelled"}),
            ("canned_sent", {"alias": "asel", "text": "а"}),
            ("canned_shown", {"name": "safety", "text": "а", "language": "kk", "adult": True}),
        ):  # fmt: skip
            post = Post(To.CASE, case.id, kind, {**more, "message_id": 7, "chat": OLD}, case=case.id)
            said = await CannedReplies(tx, catalog, here).make(post, case)
            assert said is not None
            assert said.edit == 7
            assert await CannedReplies(tx, catalog, there).make(post, case) is None, kind
        begun = await tx.practice.begin(here.id, "exam", "kk")
        assert begun is not None
        await tx.practice.set_card(begun.id, 8)
        for kind, values in (("practice_card_edit", {}), ("practice_begun", {"message_id": 9, "chat": OLD})):
            post = Post(To.DESK, f"{here.id}/queue", kind, {"number": begun.id, **values})
            said = await PracticeTopic(tx, catalog, here).make(post, None)
            assert said is not None
            assert said.edit in (8, 9)
            assert await PracticeTopic(tx, catalog, there).make(post, None) is None, kind
