"""Times as people in Kazakhstan read them: one zone, UTC+5, since 2024-03-01. Moments are milliseconds since 1970."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.units import format_unit

from locales.catalog import Language

ZONE = ZoneInfo("Asia/Almaty")

HOUR = 60
DAY = 24 * HOUR


def clock(at: int) -> str:
    """The time of day, "14:05"."""
    return f"{_local(at):%H:%M}"


def day(at: int, language: Language) -> str:
    """The date with its year, by Babel's own long format: its Kazakh skeletons with full month names are wrong."""
    return format_date(_local(at), "long", locale=language)


def age(minutes: int, language: Language) -> str:
    """How long ago or how long since, in its largest whole units: minutes, then hours with minutes, then days."""
    if minutes >= DAY:
        return _unit(minutes // DAY, "day", language)
    hours, rest = divmod(minutes, HOUR)
    parts = [_unit(hours, "hour", language)] if hours else []
    if rest or not hours:
        parts.append(_unit(rest, "minute", language))
    return " ".join(parts)


def _unit(number: int, unit: str, language: Language) -> str:
    return format_unit(number, f"duration-{unit}", length="short", locale=language)


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZONE)
