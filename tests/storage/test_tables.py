"""The tables: strict, and nothing that must be sealed is in clear."""

from bot.domain.messages import Direction, Incoming, Kind, Post, To
from bot.domain.urgency import Assessment, Level, Reason
from storage.sealing import NONCE_BYTES
from tests.storage.home import Home

TAG_BYTES = 16
WORDS = "менің сөзім"
FOUND = Assessment(Level.RED, "suicide", (Reason("cue", WORDS),))


class TestTables:
    """Every table, whoever adds it."""

    async def test_every_table_is_strict(self, home: Home) -> None:
        tables = await home.rows("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        named = {row["name"]: row["strict"] for row in tables if not row["name"].startswith("sqlite_")}

        assert len(named) >= 14
        assert [name for name, strict in named.items() if not strict] == []

    async def test_every_column_for_an_address_or_words_holds_bytes(self, home: Home) -> None:
        columns = await home.rows(
            "SELECT t.name AS tab, c.name AS col, c.type AS type FROM pragma_table_list t, pragma_table_info(t.name) c"
            " WHERE t.schema = 'main'"
        )
        sealed = [
            row
            for row in columns
            if row["col"] in ("address", "body", "params", "data", "wrapped", "assessed", "reasons", "source")
        ]

        assert {f"{row['tab']}.{row['col']}" for row in sealed} == {
            "person.address", "operator.address", "message.body", "inbox.body", "outbox.params", "form.data",
            "data_key.wrapped", "inbox.assessed", "finding.reasons", "place.body", "joined.body",
            "media.source", "media.body", "enclosure.source", "enclosure.body",
        }  # fmt: skip
        assert {row["type"] for row in sealed} == {"BLOB"}

    async def test_what_is_sealed_is_neither_words_nor_json_nor_numbers(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(101)
            await tx.operators.meet(202, "ru")
            case = await tx.cases.open(person.key, "kk", Level.ORDINARY)
            await tx.messages.add(case.id, Direction.FROM_PERSON, Incoming(Kind.TEXT, WORDS))
            await tx.outbox.add(Post(To.CASE, case.id, "words", {"text": WORDS}, case=case.id))
            await tx.outbox.add(Post(To.PERSON, person.key, "screen", {"text": WORDS}))
            await tx.inbox.add(1, f"p:{person.key}", False, {"text": WORDS}, FOUND)
            await tx.findings.add(case.id, FOUND)
            await tx.forms.set_data("f", person.key, {"text": WORDS})

        found = await home.rows(
            "SELECT address AS box FROM person UNION ALL SELECT address FROM operator"
            " UNION ALL SELECT body FROM message UNION ALL SELECT params FROM outbox"
            " UNION ALL SELECT body FROM inbox UNION ALL SELECT data FROM form"
            " UNION ALL SELECT assessed FROM inbox UNION ALL SELECT reasons FROM finding"
        )
        boxes = [row["box"] for row in found]
        assert len(boxes) == 9
        for box in boxes:
            assert len(box) >= NONCE_BYTES + TAG_BYTES
            assert WORDS.encode() not in box
        assert len({box[:NONCE_BYTES] for box in boxes}) == 9

    async def test_no_column_but_the_sealed_ones_holds_the_id_of_a_person(self, home: Home) -> None:
        async with home.tx() as tx:
            person = await tx.people.meet(7_123_456_789)
            await tx.operators.meet(7_987_654_321, "ru")
            await tx.people.record_consent(person.key, version="1", language="kk", digest="d")
            await tx.cases.open(person.key, "kk", Level.ORDINARY)
            await tx.outbox.add(Post(To.PERSON, person.key, "screen"))
            await tx.forms.set_state(await tx.digest("7123456789:7123456789"), person.key, "s")
        tables = await home.rows("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        for table in tables:
            for row in await home.rows(f"SELECT * FROM {table['name']}"):
                clear = " ".join(str(value) for value in row.values() if not isinstance(value, bytes))
                assert "7123456789" not in clear
                assert "7987654321" not in clear
