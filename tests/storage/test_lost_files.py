"""What is said of a file whose message could not be handled."""

import pytest

from bot.domain.messages import Incoming, Kind
from bot.services import Services
from tests.storage.home import Home


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (Kind.PHOTO, "media.photo_lost"),
        (Kind.VOICE, "media.voice_lost"),
        (Kind.VIDEO_NOTE, "media.voice_lost"),
        (Kind.VIDEO, "kind.unpassed"),
    ],
)
@pytest.mark.parametrize("text", ["", "sos"])
async def test_a_rescued_photo_or_voice_is_lost_and_not_of_a_kind_that_is_never_passed_on(
    home: Home, kind: Kind, key: str, text: str
) -> None:
    async with home.tx() as tx:
        await tx.desks.bind("national", -100, "ru")
        await Services(tx).people.rescue(101, Incoming(kind, text))
        rows = await tx.all("SELECT * FROM outbox WHERE recipient_kind = 'person'")
        said = [await tx.unseal_json(row["sealed_by"], f"outbox/{row['id']}/params", row["params"]) for row in rows]
    about = {one.get("key") for one in said} & {"media.photo_lost", "media.voice_lost", "kind.unpassed"}
    assert about == {key}
