"""Desks: bound forums, their topics, one-time codes, strange groups and alarms."""

import contextlib
import sqlite3

import pytest

from bot.domain.desks import BIND_LIFE, LINK_LIFE, DeadLink, Desk, Invitation, Purpose
from tests.storage.home import HOUR, MINUTE, Home

CHAT = -1_001_234_567_890


class TestDesks:
    """The `desk` and `desk_topic` tables."""

    async def test_a_bound_desk_is_found_by_its_id_and_by_its_group(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.bind("KZ-31", CHAT, "kk")
            await tx.desks.bind("national", CHAT - 1, "ru")
            desk = Desk("KZ-31", CHAT, "kk", home.now)

            assert await tx.desks.get("KZ-31") == desk
            assert await tx.desks.of_chat(CHAT) == desk
            assert await tx.desks.get("KZ-75") is None
            assert await tx.desks.of_chat(5) is None
            assert {*await tx.desks.all()} == {"KZ-31", "national"}
            assert not desk.down

    async def test_binding_a_desk_again_moves_it_to_the_new_group_and_brings_it_up(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.bind("KZ-31", CHAT, "kk")
            await tx.desks.set_down("KZ-31", "kicked")
            await tx.desks.bind("KZ-31", CHAT - 1, "ru")
            found = await tx.desks.get("KZ-31")

            assert found is not None
            assert (found.chat_id, found.language, found.down, found.down_why) == (CHAT - 1, "ru", False, None)
            assert await tx.desks.of_chat(CHAT) is None

    async def test_a_group_belongs_to_one_desk(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.bind("KZ-31", CHAT, "kk")
        with pytest.raises(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.desks.bind("KZ-75", CHAT, "kk")

    async def test_a_group_that_became_a_supergroup_keeps_its_desk(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.bind("KZ-31", -55, "kk")
            await tx.desks.move(-55, CHAT)
            found = await tx.desks.of_chat(CHAT)
            assert found is not None
            assert found.id == "KZ-31"
            assert await tx.desks.of_chat(-55) is None
            await tx.desks.move(CHAT, CHAT - 1)
            found = await tx.desks.of_chat(CHAT - 1)
            assert [await tx.desks.of_words(chat) for chat in (-55, CHAT, CHAT - 1, 5)] == [found, found, found, None]
            await tx.desks.bind("KZ-31", CHAT - 2, "kk")  # what is on its way is another group's
            assert await tx.desks.of_words(CHAT) is None

    async def test_a_desk_goes_down_once_and_comes_up_once(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.bind("KZ-31", CHAT, "kk")
            assert not await tx.desks.set_down("KZ-31", None)
            assert await tx.desks.set_down("KZ-31", "kicked")
        home.now += MINUTE
        async with home.tx() as tx:
            assert not await tx.desks.set_down("KZ-31", "no_rights")
            found = await tx.desks.get("KZ-31")
            assert found is not None
            assert (found.down, found.down_since, found.down_why) == (True, home.now - MINUTE, "kicked")
            assert await tx.desks.set_down("KZ-31", None)
            assert not await tx.desks.set_down("KZ-31", None)
            assert await tx.desks.get("KZ-31") == Desk("KZ-31", CHAT, "kk", home.now - MINUTE)
            assert not await tx.desks.set_down("KZ-75", "kicked")

    async def test_topics_are_set_moved_and_dropped_by_desk(self, home: Home) -> None:
        async with home.tx() as tx:
            for desk, chat in (("KZ-31", CHAT), ("KZ-75", CHAT - 1)):
                await tx.desks.bind(desk, chat, "kk")
                await tx.desks.set_topic(desk, "queue", 11)
                await tx.desks.set_topic(desk, "urgent", 12)
            await tx.desks.set_topic("KZ-31", "queue", 21)
            assert await tx.desks.topic("KZ-31", "queue") == 21
            assert await tx.desks.topic("KZ-75", "queue") == 11
            assert await tx.desks.topic("KZ-31", "shift") is None

            await tx.desks.drop_topic("KZ-31", 21)
            assert await tx.desks.topic("KZ-31", "queue") is None
            assert await tx.desks.topic("KZ-31", "urgent") == 12
            await tx.desks.drop_topics("KZ-31")
            assert await tx.desks.topic("KZ-31", "urgent") is None
            assert await tx.desks.topic("KZ-75", "urgent") == 12

    async def test_a_topic_needs_a_desk(self, home: Home) -> None:
        with pytest.raises(sqlite3.IntegrityError):
            async with home.tx() as tx:
                await tx.desks.set_topic("KZ-31", "queue", 11)


class TestInvitations:
    """One-time codes."""

    async def test_a_code_gives_what_it_was_made_for_until_it_is_used(self, home: Home) -> None:
        async with home.tx() as tx:
            code = await tx.desks.invite(Purpose.DESK, "KZ-31", "kk")
            for _ in range(2):
                assert await tx.desks.invitation(code, Purpose.DESK) == Invitation(Purpose.DESK, "KZ-31", "kk")
            await tx.desks.use(code)
            with pytest.raises(DeadLink):
                await tx.desks.invitation(code, Purpose.DESK)

    async def test_a_code_for_one_purpose_does_not_serve_another(self, home: Home) -> None:
        async with home.tx() as tx:
            code = await tx.desks.invite(Purpose.DESK, "KZ-31", "kk")
            with pytest.raises(DeadLink):
                await tx.desks.invitation(code, Purpose.ADMINISTRATOR)

    @pytest.mark.parametrize("code", ["", "a", "А" * 16, "x" * 5_000, "' OR 1=1 --"])
    async def test_a_guess_is_a_dead_link(self, home: Home, code: str) -> None:
        async with home.tx() as tx:
            await tx.desks.invite(Purpose.ADMINISTRATOR)
            with pytest.raises(DeadLink):
                await tx.desks.invitation(code, Purpose.ADMINISTRATOR)

    @pytest.mark.parametrize(("purpose", "life"), [(Purpose.ADMINISTRATOR, LINK_LIFE), (Purpose.DESK, BIND_LIFE)])
    async def test_a_code_dies_when_its_time_is_over(self, home: Home, purpose: Purpose, life: int) -> None:
        async with home.tx() as tx:
            code = await tx.desks.invite(purpose)
        home.now += life - 1
        async with home.tx() as tx:
            assert (await tx.desks.invitation(code, purpose)).purpose is purpose
        home.now += 1
        async with home.tx() as tx:
            with pytest.raises(DeadLink):
                await tx.desks.invitation(code, purpose)

    async def test_the_file_keeps_no_code(self, home: Home) -> None:
        async with home.tx() as tx:
            codes = [await tx.desks.invite(Purpose.ADMINISTRATOR) for _ in range(5)]

        assert len(set(codes)) == 5
        assert all(len(code) >= 16 for code in codes)
        assert not any(code.encode() in home.bytes() for code in codes)

    async def test_a_code_fits_the_payload_of_a_link(self, home: Home) -> None:
        async with home.tx() as tx:
            codes = [f"a_{await tx.desks.invite(Purpose.ADMINISTRATOR)}" for _ in range(50)]
        assert all(len(code) <= 64 and code.replace("_", "").replace("-", "").isalnum() for code in codes)

    async def test_binding_is_awaited_only_while_a_desks_code_lives(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.invite(Purpose.ADMINISTRATOR)
            assert not await tx.desks.awaits_binding()
            await tx.desks.invite(Purpose.DESK, "KZ-31", "kk")
            assert await tx.desks.awaits_binding()
        home.now += BIND_LIFE
        async with home.tx() as tx:
            assert not await tx.desks.awaits_binding()


class TestVisitsAndAlarms:
    """Groups that are not bound yet, and what sounds not too often."""

    async def test_a_strange_group_is_left_once_when_its_time_is_over(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.visit(CHAT, home.now + MINUTE)
            await tx.desks.visit(CHAT, home.now + HOUR)
            assert await tx.desks.due_to_leave(home.now + MINUTE - 1) == []
            assert await tx.desks.due_to_leave(home.now + MINUTE) == [CHAT]
            assert await tx.desks.due_to_leave(home.now + HOUR) == []

    async def test_a_group_that_is_bound_is_not_left(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.desks.visit(CHAT, home.now)
            await tx.desks.bind("KZ-31", CHAT, "kk")
            assert await tx.desks.due_to_leave(home.now + HOUR) == []

    async def test_an_alarm_sounds_once_in_its_time_and_each_for_itself(self, home: Home) -> None:
        async with home.tx() as tx:
            assert await tx.desks.ring("a", HOUR)
            assert not await tx.desks.ring("a", HOUR)
            assert await tx.desks.ring("b", HOUR)
        home.now += HOUR - 1
        async with home.tx() as tx:
            assert not await tx.desks.ring("a", HOUR)
        home.now += 1
        async with home.tx() as tx:
            assert await tx.desks.ring("a", HOUR)
            assert not await tx.desks.ring("a", HOUR)

    async def test_an_alarm_of_a_rolled_back_transaction_has_not_sounded(self, home: Home) -> None:
        with contextlib.suppress(LookupError):
            async with home.tx() as tx:
                assert await tx.desks.ring("a", HOUR)
                raise LookupError
        async with home.tx() as tx:
            assert await tx.desks.ring("a", HOUR)
