"""What operators read in the shift topic about the rules of the house: when the desk answers, who is blocked,
and what of the group is not as it has to be."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.domain.hours import Span, date_of, day_number
from bot.domain.messages import Post
from bot.domain.plan import DAY_MINUTES, day_of
from bot.domain.words import head
from bot.telegram.keyboards import Keyboards
from bot.telegram.saying import Said, alias_name, desk_name
from bot.telegram.screening import plain
from locales import Catalog, Language, times
from storage.database import Transaction
from storage.reference import weekdays
from storage.reference.holidays import days_off

HOUSE_KINDS = frozenset({"hours", "bad_hours", "block", "check_list"})
"""Kinds of rows that are made here."""

LINE_SHOWN = 200
"""Graphemes of a line that could not be used."""

NEXT_DAYS_OFF = 5
"""How many of the country's days off are named."""

DAYS_SHOWN = 60
"""How many days of its own a table shows."""

NAMED = ("day", "time")
"""Flaws whose sentence names the word."""


class House:
    """Makes one message in the desk's language."""

    def __init__(self, tx: Transaction, catalog: Catalog, desk: str, language: Language) -> None:
        self._tx = tx
        self._catalog = catalog
        self._desk = desk
        self._language = language

    async def make(self, post: Post) -> Said:
        if post.kind == "bad_hours":
            return Said([self._bad_hours(post.params)])
        if post.kind == "check_list":
            return Said([check_list(self._catalog, self._language, self._desk, post.params["green"])])
        if post.kind == "block":
            return self._block(post.params)
        return Said(["\n".join(await self._hours(saved=post.params["saved"]))], quiet=True)

    async def _hours(self, *, saved: bool) -> list[str]:
        """The table as it may be typed again, with how to change it."""
        hours = await self._tx.hours.of(self._desk)
        lines = [self._text("hours.saved")] if saved else []
        lines += [self._text("hours.always")] if hours.always else [self._text("hours.head"), *self._week(hours.week)]
        own: dict[tuple[Span, ...], list[str]] = {}
        today = day_of(self._tx.now)
        for day in sorted(day for day in hours.days if day >= today)[:DAYS_SHOWN]:
            own.setdefault(hours.days[day], []).append(f"{date_of(day):%d.%m.%Y}")
        for spans, dates in own.items():
            lines += [f"{', '.join(dates)} {_span(span)}".rstrip() for span in spans or (None,)]
        if any(end <= start for days in (hours.week, hours.days) for spans in days.values() for start, end in spans):
            lines.append(self._text("hours.overnight"))
        if not hours.always:
            lines.append(self._text("hours.days_off", days=", ".join(self._next_days_off(today))))
        return lines if saved else [*lines, "", *self._text("hours.how").split("\n")]

    def _week(self, week: Any) -> list[str]:
        """A line for all days that have the same hours."""
        days: dict[Span, list[int]] = {}
        for weekday in sorted(week):
            for span in week[weekday]:
                days.setdefault(span, []).append(weekday)
        lines = sorted((tuple(which), span) for span, which in days.items())
        return [f"{self._days(which)} {_span(span)}" for which, span in lines]

    def _days(self, which: tuple[int, ...]) -> str:
        short = [weekdays()[day].short(self._language) for day in which]
        straight = len(which) > 2 and which[-1] - which[0] == len(which) - 1
        return f"{short[0]}-{short[-1]}" if straight else ", ".join(short)

    def _next_days_off(self, today: int) -> Iterable[str]:
        year = date_of(today).year
        ahead = sorted(day for days in (days_off(year), days_off(year + 1)) for day in days if day_number(day) >= today)
        return [f"{day:%d.%m}" for day in ahead[:NEXT_DAYS_OFF]]

    def _block(self, params: Any) -> Said:
        """Who was blocked, by the code of the case, until when and why; and what is proposed."""
        day, clock = times.day(params["until"], self._language), times.clock(params["until"])
        alias = alias_name(params["alias"], self._language) if params["alias"] else "-"
        why = self._text(f"reason.block_{params['why']}")
        lines = [self._text("block.line", code=params["code"], until=f"{day}, {clock}", why=why, alias=alias)]
        if params["asked"] is not None:
            lines.append(self._text("block.ask", days=params["asked"] // 24))
        if params["second"] is not None:
            lines.append(self._text("block.agreed", alias=alias_name(params["second"], self._language)))
        keyboards = Keyboards(self._catalog, self._language)
        return Said(["\n".join(lines)], keyboards.block(params["code"], params["asked"]), params["edit"])

    def _bad_hours(self, params: Any) -> str:
        word = head(plain(params["word"]), LINE_SHOWN)
        why = self._text(f"hours.flaw.{params['flaw']}", **({"word": word} if params["flaw"] in NAMED else {}))
        return self._text("hours.bad", number=params["number"], line=head(plain(params["line"]), LINE_SHOWN), why=why)

    def _text(self, key: str, /, **values: Any) -> str:
        return self._catalog.text(key, self._language, **values)


def checked(catalog: Catalog, language: Language, green: Mapping[str, bool]) -> list[str]:
    """A line for each check, and a how-to under each red one."""
    lines = []
    for check, good in green.items():
        lines.append(f"{'✅' if good else '❌'} {catalog.text(f'bind.check.{check}', language)}")
        if not good:
            lines.append(f"     {catalog.text(f'bind.howto.{check}', language)}")
    return lines


def check_list(catalog: Catalog, language: Language, desk: str, green: Mapping[str, bool] | None) -> str:
    """What a look at a desk's group has found; None: Telegram knows no such group, or the bot is not in it."""
    head_line = catalog.text("check.head", language, region=desk_name(catalog, desk, language))
    if green is None:
        return "\n".join([head_line, catalog.text("check.unreachable", language)])
    verdict = catalog.text("check.good" if all(green.values()) else "check.bad", language)
    return "\n".join([head_line, *checked(catalog, language, green), verdict])


def _span(span: Span | None) -> str:
    return "" if span is None else f"{_time(span[0])}-{_time(span[1])}"


def _time(minute: int) -> str:
    return "24:00" if minute == DAY_MINUTES else f"{minute // 60:02d}:{minute % 60:02d}"
