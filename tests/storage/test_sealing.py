"""Sealing: a value opens in its own place under its own key, and nowhere else, and not after its key is gone."""

import base64
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.messages import Direction, Incoming, Kind, Post, To
from bot.domain.urgency import Level
from storage.sealing import BadKeys, CannotOpen, KeyRing, new_key_line, seal, unseal
from storage.statements import case_key
from tests.storage.home import HOUR, Home

WORDS = "Мені мектепте ұрады, ешкімге айтпаңызшы"
KEY = bytes(range(32))


def words(text: str = WORDS) -> Incoming:
    return Incoming(Kind.TEXT, text, message_id=5)


class TestSealedValue:
    """One value."""

    @given(some.binary(max_size=300), some.text(max_size=40))
    def test_it_opens_in_its_own_place(self, plain: bytes, place: str) -> None:
        assert unseal(KEY, place, seal(KEY, place, plain)) == plain

    @given(some.text(max_size=40), some.text(max_size=40))
    def test_it_opens_in_no_other_place(self, place: str, other: str) -> None:
        if place != other:
            with pytest.raises(CannotOpen):
                unseal(KEY, other, seal(KEY, place, b"words"))

    @given(some.integers(0, 32), some.integers(1, 255))
    def test_a_changed_byte_is_noticed(self, at: int, by: int) -> None:
        box = bytearray(seal(KEY, "a/b/c", b"words"))
        box[at] ^= by
        with pytest.raises(CannotOpen):
            unseal(KEY, "a/b/c", bytes(box))

    @given(some.binary(max_size=60))
    def test_garbage_cannot_be_opened(self, garbage: bytes) -> None:
        with pytest.raises(CannotOpen):
            unseal(KEY, "a/b/c", garbage)

    def test_the_same_words_never_look_the_same(self) -> None:
        assert len({seal(KEY, "a/b/c", b"words") for _ in range(50)}) == 50

    def test_the_complaint_names_the_table_and_nothing_else(self) -> None:
        with pytest.raises(CannotOpen, match=r"^message$"):
            unseal(KEY, "message/4f21/body", b"x" * 40)


class TestPlaces:
    """Values in rows: whoever may write to the file still cannot move words to where they can be read."""

    async def test_an_address_does_not_open_in_another_persons_row(self, home: Home) -> None:
        async with home.tx() as tx:
            one, other = await tx.people.meet(101), await tx.people.meet(202)
            await tx.run(
                "UPDATE person SET address = (SELECT address FROM person WHERE key = :one) WHERE key = :other",
                one=one.key, other=other.key,
            )  # fmt: skip
        async with home.tx() as tx:
            assert await tx.people.address(one.key) == 101
            with pytest.raises(CannotOpen):
                await tx.people.address(other.key)

    async def test_a_persons_address_does_not_open_as_an_operators(self, home: Home) -> None:
        async with home.tx() as tx:
            person, operator = await tx.people.meet(101), await tx.operators.meet(101, "ru")
            assert person.key == operator.key
            await tx.run("UPDATE operator SET address = (SELECT address FROM person)")
        async with home.tx() as tx:
            with pytest.raises(CannotOpen):
                await tx.operators.address(operator.key)

    async def test_a_message_does_not_open_in_another_row_of_the_same_case(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await tx.cases.open((await tx.people.meet(1)).key, "ru", Level.ORDINARY)
            first = await tx.messages.add(case.id, Direction.FROM_PERSON, words("one"))
            second = await tx.messages.add(case.id, Direction.FROM_PERSON, words("two"))
            await tx.run(
                "UPDATE message SET body = (SELECT body FROM message WHERE id = :first) WHERE id = :second",
                first=first, second=second,
            )  # fmt: skip
        async with home.tx() as tx:
            assert (await tx.messages.get(first)) is not None
            with pytest.raises(CannotOpen):
                await tx.messages.get(second)

    async def test_a_message_does_not_open_in_another_case(self, home: Home) -> None:
        async with home.tx() as tx:
            hers = await tx.cases.open((await tx.people.meet(1)).key, "ru", Level.ORDINARY)
            mine = await tx.cases.open((await tx.people.meet(2)).key, "ru", Level.ORDINARY)
            message = await tx.messages.add(hers.id, Direction.FROM_PERSON, words())
            await tx.run("UPDATE message SET case_id = :mine", mine=mine.id)
        async with home.tx() as tx:
            with pytest.raises(CannotOpen):
                await tx.messages.get(message)

    async def test_an_update_that_was_put_in_another_row_is_nobodys(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.inbox.add(1, "p:one", False, {"message": {"text": WORDS}})
            await tx.inbox.add(2, "p:two", False, {})
            await tx.run("UPDATE inbox SET body = (SELECT body FROM inbox WHERE update_id = 1) WHERE update_id = 2")
        async with home.tx() as tx:
            assert [update.body for update in await tx.inbox.take()] == [{"message": {"text": WORDS}}, None]

    async def test_a_wrapped_key_does_not_open_under_another_name(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.key("case:a", make=True)
            await tx.run("UPDATE data_key SET id = 'case:b' WHERE id = 'case:a'")
        async with home.tx() as tx:
            with pytest.raises(CannotOpen):
                await tx.key("case:b")

    async def test_a_damaged_key_of_the_day_loses_that_day_and_no_other_and_writing_goes_on(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.inbox.add(1, "a", False, {"text": "lost"})
            await tx.outbox.add(Post(To.PERSON, "her", "screen", {}))
            await tx.run("UPDATE data_key SET wrapped = zeroblob(60) WHERE id LIKE 'day:%'")
        await home.reopen()
        async with home.tx() as tx:
            await tx.inbox.add(2, "b", False, {"text": "kept"})
            assert [update.body for update in await tx.inbox.take()] == [None, {"text": "kept"}]
            assert await tx.outbox.ready(5) == []
        async with home.tx() as tx:
            assert [kind for kind, _ in await tx.outbox.unreadable()] == ["screen"]


class TestErasure:
    """What was erased is not in the files any more."""

    async def test_words_and_keys_are_never_in_the_files_in_clear(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(7_123_456_789)
            case = await tx.cases.open(person.key, "kk", Level.RED)
            key = await tx.key(case_key(case.id))
            await tx.messages.add(case.id, Direction.FROM_PERSON, words())
            await tx.outbox.add(Post(To.CASE, case.id, "words", {"text": WORDS}, case=case.id))
            await tx.outbox.add(Post(To.PERSON, person.key, "screen", {"text": WORDS}))
            await tx.inbox.add(1, f"p:{person.key}", True, {"message": {"text": WORDS}})
            await tx.forms.set_data("form", person.key, {"draft": WORDS})
            ring = KeyRing.read(home.keys)

        files = home.bytes()
        assert person.key.encode() in files  # the search would find what is there
        for encoded in (WORDS.encode(), WORDS.encode("utf-16-le"), ascii(WORDS).encode(), b"7123456789"):
            assert encoded not in files
        assert (7_123_456_789).to_bytes(5, "big") not in files
        for secret in (key, *ring._keys.values()):
            assert secret not in files
            assert base64.b64encode(secret) not in files
            assert secret.hex().encode() not in files

    async def test_an_erased_case_leaves_neither_its_key_nor_its_sealed_words(self, home: Home) -> None:
        # Given: a case with words in the file, and in the write-ahead log too
        async with home.tx() as tx:
            case = await tx.cases.open((await tx.people.meet(1)).key, "kk", Level.ORDINARY)
            await tx.messages.add(case.id, Direction.FROM_PERSON, words())
            await tx.outbox.add(Post(To.CASE, case.id, "words", {"text": WORDS}, case=case.id))
        bodies = [row["body"] for row in await home.rows("SELECT body FROM message UNION SELECT params FROM outbox")]
        wrapped = (await home.rows("SELECT wrapped FROM data_key WHERE id = :id", id=case_key(case.id)))[0]["wrapped"]
        assert all(secret in home.bytes() for secret in (*bodies, wrapped))

        # When
        async with home.tx() as tx:
            await tx.messages.erase(case.id)
            await tx.outbox.drop_case(case.id)
            await tx.drop_key(case_key(case.id))
            tx.erased = True

        # Then
        assert len(bodies) == 2
        assert not any(secret in home.bytes() for secret in (*bodies, wrapped))
        assert home.path.with_name("senim.db-wal").stat().st_size == 0

    async def test_words_cannot_be_read_once_their_key_is_dropped_even_by_who_kept_the_rows(self, home: Home) -> None:
        async with home.tx() as tx:
            case = await tx.cases.open((await tx.people.meet(1)).key, "kk", Level.ORDINARY)
            message = await tx.messages.add(case.id, Direction.FROM_PERSON, words())
        async with home.tx() as tx:
            await tx.drop_key(case_key(case.id))
            with pytest.raises(CannotOpen):
                await tx.messages.get(message)
        for _ in range(2):
            async with home.tx() as tx:
                with pytest.raises(CannotOpen):
                    await tx.messages.get(message)
            await home.reopen()

    async def test_a_person_who_left_has_no_address_in_the_files(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(1)
        address = (await home.rows("SELECT address FROM person"))[0]["address"]
        assert address in home.bytes()

        async with home.tx() as tx:
            await tx.people.start_leaving(person.key)
            await tx.people.drop_if_leaving(person.key)
            tx.erased = True

        assert address not in home.bytes()
        assert person.key.encode() not in home.bytes()


class TestRoundTrip:
    """Whatever can be sealed can be read again, or else it would be lost."""

    @pytest.mark.parametrize(
        "value",
        [
            {"text": WORDS, "id": 2**63 - 1, "list": [1, 2.5, None, True]},
            {"text": "\u2028\x00\U0001f468\u200d\U0001f469", "nested": [[[{}]]]},
            {"text": "half of a pair: \ud83d"},
            [2**70, float("inf")],
        ],
    )
    async def test_what_was_sealed_opens_again(self, home: Home, value: object) -> None:
        async with home.tx() as tx:
            box = await tx.seal_json("day:2026-05-01", "inbox/1/body", value)
            opened = await tx.unseal_json("day:2026-05-01", "inbox/1/body", box)
        assert opened == value

    async def test_a_number_beyond_64_bits_stops_nothing(self, home: Home) -> None:
        async with home.tx() as tx:
            await tx.inbox.add(1, "l", False, {"id": 2**70, "text": WORDS})
        async with home.tx() as tx:
            (update,) = await tx.inbox.take()
        assert update.body["text"] == WORDS

    async def test_a_digest_of_half_a_pair_is_still_a_digest(self, home: Home) -> None:
        async with home.tx() as tx:
            assert len(await tx.digest("\ud83d")) == 64


class TestKeyRing:
    """The file of SENIM_KEYS."""

    def test_the_first_key_is_the_one_that_wraps(self, tmp_path: Path) -> None:
        file = tmp_path / "keys"
        lines = [new_key_line(), new_key_line()]
        file.write_text("\n".join(lines))

        assert KeyRing.read(file).first == lines[0].partition(":")[0]

    async def test_after_a_rotation_old_rows_open_and_new_ones_are_under_the_new_key(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(101)
            old = await tx.cases.open(person.key, "ru", Level.ORDINARY)
            message = await tx.messages.add(old.id, Direction.FROM_PERSON, words())
        fresh = new_key_line()
        home.keys.write_text(f"{fresh}\n{home.keys.read_text()}")
        await home.reopen()

        async with home.tx() as tx:
            found = await tx.messages.get(message)
            assert found is not None
            assert found.incoming.text == WORDS
            assert await tx.people.address(person.key) == 101
            assert (await tx.people.meet(101)).key == person.key
            await tx.key("case:new", make=True)
        wraps = {row["id"]: row["ring_id"] for row in await home.rows("SELECT id, ring_id FROM data_key")}
        assert wraps["case:new"] == fresh.partition(":")[0]
        assert wraps[case_key(old.id)] != fresh.partition(":")[0]

    async def test_without_the_old_key_the_database_does_not_open(self, home: Home) -> None:
        await home.close()
        home.keys.write_text(new_key_line())

        with pytest.raises(BadKeys):
            await home.open()

    async def test_a_key_of_the_same_name_that_is_another_one_does_not_open_it(self, home: Home) -> None:
        await home.close()
        name = home.keys.read_text().partition(":")[0]
        home.keys.write_text(f"{name}:{new_key_line().partition(':')[2]}")

        with pytest.raises(BadKeys):
            await home.open()

    async def test_without_the_newest_key_the_database_does_not_open_either(self, home: Home) -> None:
        # Given: a rotation, and a case since then
        before = home.keys.read_text()
        home.keys.write_text(f"{new_key_line()}\n{before}")
        await home.reopen()
        async with home.tx() as tx:
            await tx.cases.open((await tx.people.meet(1)).key, "ru", Level.ORDINARY)
        await home.close()
        # When: somebody starts it with yesterday's copy of the ring
        home.keys.write_text(before)
        # Then: it says so now, not when the first words of that case have to be read
        with pytest.raises(BadKeys):
            await home.open()

    @pytest.mark.parametrize(
        "garble",
        [
            lambda line: line.partition(":")[2],
            lambda line: line.replace(":", ""),
            lambda line: line[:-4],
            lambda line: line + "AAAA",
            lambda line: line.replace("=", "*"),
            lambda line: line.replace("=", ""),
            lambda line: line.replace(":", ": "),
            lambda line: f"{line}\n{line}",
            lambda line: ":" + line.partition(":")[2],
            lambda line: line + "é",
            lambda line: "",
        ],
    )  # fmt: skip
    def test_a_garbled_ring_is_refused_without_quoting_it(self, tmp_path: Path, garble: Callable[[str], str]) -> None:
        file, line = tmp_path / "keys", new_key_line()
        file.write_text(garble(line), encoding="utf-8")

        with pytest.raises(BadKeys) as refused:
            KeyRing.read(file)

        said = str(refused.value) + "".join(traceback.format_exception(refused.value))
        secret = line.partition(":")[2]
        assert not any(secret[at : at + 6] in said for at in range(len(secret) - 6))
        assert base64.b64decode(secret).hex() not in said

    def test_what_is_no_ring_is_named_with_what_to_do(self, tmp_path: Path) -> None:
        file = tmp_path / "operator.toml"
        for content, said in (
            (b'name_kk = "x"\n', r"is no key ring: its entry 1 .+ Name the right file in SENIM_KEYS, or "),
            ('name_kk = "Ұ"\n'.encode(), r"is no key ring: its entry 1 .+ Name the right file in SENIM_KEYS, or "),
            (new_key_line().encode("utf-16"), r"is no key ring, or not saved as UTF-8\. Name the right file"),
            (b"\n", rf"is empty: put your copy .+ `senim keys new {file}`"),
        ):
            file.write_bytes(content)
            with pytest.raises(BadKeys, match=rf"^{file} {said}.*\.$"):
                KeyRing.read(file)

    def test_a_ring_that_an_editor_of_windows_has_saved_is_the_same_ring(self, tmp_path: Path) -> None:
        lines = [new_key_line(), new_key_line()]
        (tmp_path / "keys").write_bytes("\r\n".join([*lines, ""]).encode("utf-8-sig"))

        ring = KeyRing.read(tmp_path / "keys")

        assert ring.first == lines[0].partition(":")[0]
        assert lines[1].partition(":")[0] in ring

    def test_a_ring_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(BadKeys, match="nowhere"):
            KeyRing.read(tmp_path / "nowhere")

    async def test_every_day_has_a_key_of_its_own(self, home: Home) -> None:
        for number in range(4):
            home.now += 12 * HOUR
            async with home.tx() as tx:
                await tx.inbox.add(number, "l", False, {})

        names = await home.rows("SELECT id FROM data_key WHERE id LIKE 'day:%' ORDER BY id")
        assert [row["id"] for row in names] == ["day:2026-05-29", "day:2026-05-30"]
