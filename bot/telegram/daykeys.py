"""Keyboards of an operator's working day: handing over, coming back to a case, a second look."""

from collections.abc import Iterable, Mapping

from aiogram.filters.callback_data import CallbackData

from bot.domain.cases import Case, Status
from bot.domain.desks import NATIONAL, Desk
from bot.domain.people import Language
from bot.telegram.callbacks import Claim, Look, Menu, PassAccept, PassConsent, PassTo, Remind
from bot.telegram.keyboards import Button, Keyboards, Markup, inline
from bot.telegram.saying import alias_name, desk_name
from locales import Catalog


class DayKeys(Keyboards):
    """In one language, in the polite form."""

    def __init__(self, catalog: Catalog, language: Language, *, adult: bool = True) -> None:
        super().__init__(catalog, language, adult=adult)
        self._names, self._speech = catalog, language

    def receivers(self, code: str, here: str, colleagues: list[str], *, national: bool, regions: bool) -> Markup:
        """To whom a case may be given: those on shift by their aliases, the national desk, another region."""
        rows = [[self._to(code, here, alias)] for alias in colleagues]
        if national:
            rows.append([self._button("button.pass_national", PassTo(code=code, desk=NATIONAL, alias=""))])
        if regions:
            rows.append([self._button("button.pass_region", Menu(code=code, menu="regions"))])
        return inline([*rows, self._back(code)])

    def regions(self, code: str, desks: list[Desk]) -> Markup:
        """The desks of other regions."""
        names = {desk.id: desk_name(self._names, desk.id, self._speech) for desk in desks}
        buttons = [_labelled(name, PassTo(code=code, desk=desk, alias="")) for desk, name in names.items()]
        return inline([*(buttons[at : at + 2] for at in range(0, len(buttons), 2)), self._back(code)])

    def pass_accept(self, code: str) -> Markup:
        return inline([[self._button("button.accept", PassAccept(code=code))]])

    def pass_consent(self, code: str) -> Markup:
        """Under the question to the person whether another region's desk may have her case."""
        yes = self._button("button.pass_yes", PassConsent(code=code, yes=True))
        return inline([[yes, self._button("button.pass_no", PassConsent(code=code, yes=False))]])

    def remind(self, code: str, moments: Iterable[str], *, set_already: bool) -> Markup:
        """When to come back to a case; with a date set already, also to drop it."""
        buttons = [self._button(f"button.remind_{move}", Remind(code=code, move=move)) for move in (*moments, "date")]
        rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
        if set_already:
            rows.append([self._button("button.remind_off", Remind(code=code, move="off"))])
        return inline([*rows, self._back(code)])

    def on_control(self, code: str) -> Markup:
        """Under the line that names the date."""
        keep = self._button("button.remind_keep", Remind(code=code, move="keep"))
        return inline([[keep], [self._button("button.remind_off", Remind(code=code, move="off"))]])

    def noted(self, case: Case, link: str | None) -> Markup | None:
        """Under the reminder of a case that nobody has: it can be taken while it waits."""
        take = [[self._button("button.take", Claim(code=case.code))]] if case.status is Status.WAITING else []
        rows = [*take, *self._opens(link)]
        return inline(rows) if rows else None

    def second_look(self, code: str, link: str | None) -> Markup:
        """For a supervisor: the end of a red case was right, or it is open again; and where its topic is."""
        rows = [[self._button(f"button.look_{move}", Look(code=code, move=move))] for move in ("confirm", "reopen")]
        return inline([*rows, *self._opens(link)])

    def found(self, code: str, link: str | None, *, looks: bool) -> Markup | None:
        """Under the answer to a search."""
        if looks:
            return self.second_look(code, link)
        return inline(self._opens(link)) if link else None

    def _opens(self, link: str | None) -> list[list[Button]]:
        return [[{"text": self._text("button.open_topic"), "url": link}]] if link else []

    def links(self, links: Mapping[str, str]) -> Markup:
        """Labels, and where each leads, two in a row."""
        buttons = [{"text": label, "url": link} for label, link in links.items()]
        return inline([buttons[at : at + 2] for at in range(0, len(buttons), 2)])

    def _to(self, code: str, desk: str, alias: str) -> Button:
        label = self._names.text("button.hand_to", self._speech, alias=alias_name(alias, self._speech))
        return _labelled(label, PassTo(code=code, desk=desk, alias=alias))

    def _back(self, code: str) -> list[Button]:
        return [self._button("button.back", Menu(code=code, menu=""))]


def _labelled(text: str, data: CallbackData) -> Button:
    return {"text": text, "callback_data": data.pack()}
