"""A row of the outbox that does not open any more: nobody is forgotten over it."""

from pathlib import Path

import pytest

from bot import jobs
from tests.town import quick_sweeps, texts, town


async def test_a_card_whose_row_is_damaged_is_made_again_and_administrators_hear_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())
    async with town(tmp_path) as place:
        assert place.national is not None
        await place.settled()
        # Given: her card waits when the bot stops, and its row is damaged on the disk
        place.sandbox.faults.server_error("sendMessage", place.national.id, times=None)
        teen, code = await place.case("помогите", language="Русский")
        await place.move(46)
        await place.settled()
        await place.bot.end()
        async with place.written() as tx:
            await tx.run("UPDATE outbox SET params = x'00ff00ff' WHERE kind = 'queue_card'")
        place.sandbox.faults.clear()
        await place.move(61)
        # When
        await place.bot.start()
        # Then
        await place.admin.sees("не доставлено", timeout=15)
        async with place.hurried():
            card = await place.national.sees(code, timeout=15)
            assert "▎ помогите" in card.text
            teen.write("я ещё тут")
            await place.national.sees("▎ я ещё тут", timeout=15)
            await place.settled()
        assert sum("не доставлено" in text for text in texts(place.admin.chat)) == 1
