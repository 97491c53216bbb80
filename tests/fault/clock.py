"""The clock of the machine on which the bot runs, set apart from Telegram's and everybody else's."""

from datetime import datetime, timedelta, tzinfo

import apscheduler.executors.base
import apscheduler.schedulers.base
import pytest

from bot import app


class Shifted(datetime):
    """The machine's clock, set back or forth."""

    by = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # what it gives is a plain datetime
        return datetime.now(tz) + cls.by


def follow_the_shifted_clock(patch: pytest.MonkeyPatch) -> None:
    """Whoever asks what time it is asks `Shifted`, which goes right again afterwards."""
    patch.setattr(Shifted, "by", timedelta())
    for module in (app, apscheduler.schedulers.base, apscheduler.executors.base):
        patch.setattr(module, "datetime", Shifted)
