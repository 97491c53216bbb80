"""Keyboards: which buttons stand under what, with their words from the catalogue."""

from typing import Any

from aiogram.filters.callback_data import CallbackData

from bot.domain.blocks import DURATIONS, Why
from bot.domain.cases import NO, YES, Case, Field, NotRequest, Result
from bot.domain.desks import NATIONAL, Desk
from bot.domain.hours import READING
from bot.domain.ladder import Answer
from bot.domain.people import ELSEWHERE, Language, Want, Writer
from bot.domain.urgency import Level
from bot.telegram.callbacks import (
    Accept,
    AsideMove,
    BlockFor,
    BlockMove,
    CannedMove,
    ChooseLanguage,
    Claim,
    Close,
    Danger,
    DangerNow,
    DeskChoice,
    DeskConfirm,
    DeskLanguage,
    Detail,
    Forget,
    Give,
    HandOver,
    Leave,
    Menu,
    NoReferral,
    Page,
    Reason,
    Refuse,
    Release,
    Safe,
    Shift,
    TakeBack,
    Uncover,
    Understood,
    Unsay,
    Voice,
    Where,
)
from locales import LANGUAGES, Catalog
from storage.reference import regions, subjects_for

Markup = dict[str, Any]
Button = dict[str, str]

JUDGED = ("confirm", "lower")
"""What the claimer can say of a danger that was found."""

MENU_KEYS = ("button.urgent", "button.write", "button.centre", "button.book")


class Keyboards:
    """Keyboards in one language and tone."""

    def __init__(self, catalog: Catalog, language: Language, *, adult: bool = True) -> None:
        self._catalog = catalog
        self._language = language
        self._adult = adult

    def first(self) -> Markup:
        """Under the first screen: the urgent button in both languages, and the languages. Texts, so that they
        outlive an outage: Telegram keeps a text for 24 h, a tap for 150 s."""
        urgent = [[self._catalog.text("button.urgent", language)] for language in LANGUAGES]
        return _reply([*urgent, [self._text(f"button.language.{language}") for language in LANGUAGES]])

    def menu(self) -> Markup:
        """The persistent keyboard of a person."""
        urgent, write, centre, book = (self._text(key) for key in MENU_KEYS)
        return _reply([[urgent], [write], [centre, book]])

    def truth(self, code: str | None) -> Markup:
        """Under the truth; with a case already open, "No" erases it."""
        rows = [[self._button("button.understood", Understood(language=self._language, adult=self._adult))]]
        if code:
            rows.append([self._button("button.no_erase", Refuse(code=code))])
        return inline(rows)

    def receipt(self, code: str) -> Markup:
        return inline([[self._button("button.take_back", TakeBack(code=code))]])

    def unsay(self) -> Markup:
        """Under what she reads when she has said something: a single message can be taken back."""
        return inline([[self._button("button.unsay", Unsay(message=""))]])

    def unsay_which(self, messages: list[tuple[str, str]], code: str | None) -> Markup:
        """Her newest messages (id, how it begins); with the case's code, all of it."""
        rows = [[_tap(label, Unsay(message=name))] for name, label in messages]
        return inline([*rows, *([[self._button("button.take_back_all", TakeBack(code=code))]] if code else [])])

    def safe(self, code: str) -> Markup:
        yes = self._button("button.safe_yes", Safe(code=code, yes=True))
        return inline([[yes, self._button("button.safe_no", Safe(code=code, yes=False))]])

    def danger_now(self, code: str) -> Markup:
        """Under the emergency card: is there danger right now?"""
        answers = (Answer.YES, Answer.WRITES, Answer.MISTAKE)
        return inline([[self._button(f"button.now_{one}", DangerNow(code=code, answer=one))] for one in answers])

    def mistake(self, code: str) -> Markup:
        """Under the question after a mistake: is all well?"""
        well = self._button("button.all_well", DangerNow(code=code, answer=Answer.MISTAKE))
        return inline([[well], [self._button("button.need_help", DangerNow(code=code, answer=Answer.YES))]])

    def alarm(self, cases: list[tuple[str, str | None]]) -> Markup:
        """Under a private alert: each case (code, the address of its card) can be taken from there."""
        rows = []
        for code, link in cases:
            row: list[Button] = [_tap(f"{self._text('button.take')} {code}", Claim(code=code))]
            rows.append([*row, {"text": self._text("button.card"), "url": link}] if link else row)
        return inline(rows)

    def give(self, place: str) -> Markup:
        yes = self._button("button.give_yes", Give(place=place, yes=True))
        return inline([[yes, self._button("button.give_no", Give(place=place, yes=False))]])

    def voice(self, code: str, *, again: bool) -> Markup:
        """Under the question about her voice; `again`: after a no, she can only say yes."""
        yes = self._button("button.voice_yes", Voice(code=code, yes=True))
        return inline([[yes]] if again else [[yes], [self._button("button.voice_no", Voice(code=code, yes=False))]])

    def where(self) -> Markup:
        """The location button, which Desktop and Web do not have, above the urgent one."""
        markup = _reply([[self._text("button.urgent")]])
        here = {"text": self._text("button.here"), "request_location": True}
        return {**markup, "keyboard": [[here], *markup["keyboard"]]}

    def forget(self) -> Markup:
        yes = self._button("button.forget_yes", Forget(sure=True))
        return inline([[yes], [self._button("button.forget_no", Forget(sure=False))]])

    def pages(self) -> Markup:
        """What there is to read while one waits."""
        return inline([[self._button(f"button.page_{name}", Page(name=name))] for name in READING])

    def languages(self) -> Markup:
        return inline([[self._language_button(language, ChooseLanguage(language=language)) for language in LANGUAGES]])

    def details(self, step: Field, code: str, writer: Writer | None) -> Markup:
        """The answers to one optional question, and "skip"."""
        if step is Field.REGION:
            labels = {region.iso: region.label(self._language) for region in regions()}
            labels[ELSEWHERE] = self._text("region.elsewhere")
        elif step is Field.SUBJECT:
            labels = {subject.key: subject.label(self._language, writer) for subject in subjects_for(writer)}
        else:
            answers: dict[Field, tuple[str, ...]] = {Field.WRITER: tuple(Writer), Field.BEFORE: (YES, NO)}
            values = answers.get(step, tuple(Want))
            labels = {value: self._text(f"{step}.{value}") for value in values}
        buttons = [_tap(label, Detail(code=code, field=step, value=value)) for value, label in labels.items()]
        width = 2 if step is Field.REGION else 1
        rows = [buttons[at : at + width] for at in range(0, len(buttons), width)]
        return inline([*rows, [self._button("button.skip", Detail(code=code, field=step, value=""))]])

    def desks(self, bound: dict[str, Desk]) -> Markup:
        """Every desk that can be connected; a connected one is marked."""
        names = {NATIONAL: self._text("national")} | {region.iso: region.label(self._language) for region in regions()}
        buttons = [
            _tap(f"\u2705 {name}" if desk in bound else name, DeskChoice(desk=desk)) for desk, name in names.items()
        ]
        return inline([[buttons[0]], *[buttons[at : at + 2] for at in range(1, len(buttons), 2)]])

    def confirm(self, desk: str) -> Markup:
        """Under the alarm that others may read along in a group."""
        return inline([[self._button("button.desk_confirm", DeskConfirm(desk=desk))]])

    def desk_language(self, desk: str) -> Markup:
        return inline(
            [[self._language_button(language, DeskLanguage(desk=desk, language=language)) for language in LANGUAGES]]
        )

    def queue(self, case: Case, menu: str | None, *, mistaken: bool = False) -> Markup:
        """Under a card that nobody has claimed. Whoever ends a red case has to look first, so it has one button; one
        that she herself has called a mistake can be ended by anybody."""
        if menu == "reasons":
            return self._reasons(case)
        if menu and menu.startswith("abuse"):
            return self._blocks(case, menu)
        rows = [[self._button("button.take", Claim(code=case.code))]]
        if case.red and mistaken:
            rows.append([self._button("button.close_mistake", Reason(code=case.code, reason=NotRequest.MISTAKE))])
        if not case.red:
            rows.append([self._button("button.not_request", Menu(code=case.code, menu="reasons"))])
        return inline(rows)

    def open_topic(self, link: str) -> Markup:
        return {"inline_keyboard": [[{"text": self._text("button.open_topic"), "url": link}]]}

    def topic(self, case: Case, menu: str | None) -> Markup:
        """Under the card in the case's own topic."""
        if menu == "reasons":
            return self._reasons(case)
        if menu and menu.startswith("abuse"):
            return self._blocks(case, menu)
        if menu == "close":
            rows = self._results(case.code)
            rows.append([self._button("result.not_request", Menu(code=case.code, menu="reasons"))])
            return inline([*rows, [self._button("button.back", Menu(code=case.code, menu=""))]])
        if menu == "danger":
            moves = [[self._button(f"button.danger_{move}", Danger(code=case.code, move=move))] for move in JUDGED]
            return inline([*moves, [self._button("button.back", Menu(code=case.code, menu=""))]])
        rows = [[self._button("button.canned", CannedMove(code=case.code, move="list"))]]
        rows.append([self._button("button.pass", Menu(code=case.code, menu="give"))])
        if not case.red:
            rows.append([self._button("button.danger_raise", Danger(code=case.code, move="raise"))])
        if case.urgency is not Level.ORDINARY:
            rows.append([self._button("button.danger", Menu(code=case.code, menu="danger"))])
        if case.red:
            rows.append([self._button("button.where", Where(code=case.code))])
        rows.append([self._button("button.remind", Menu(code=case.code, menu="remind"))])
        rows.append([self._button("button.release", Release(code=case.code))])
        return inline([*rows, [self._button("button.close", Menu(code=case.code, menu="close"))]])

    def uncover(self, code: str, messages: list[tuple[str, str]]) -> list[list[Button]]:
        """Rows for what is covered in her messages, each by its row and its time."""
        return [[_tap(f"{self._text('button.uncover')} {at}", Uncover(code=code, message=one))] for one, at in messages]

    def agree(self, code: str) -> Markup:
        return inline([[self._button("button.danger_agree", Danger(code=code, move="agree"))]])

    def take(self, code: str) -> Markup:
        return inline([[self._button("button.take", Claim(code=code))]])

    def here(self, code: str) -> Markup:
        """Under what a claimer reads whose group is lost: she answers in this chat."""
        return inline([[self._button("button.answer_here", Claim(code=code))]])

    def takes(self, codes: list[str]) -> Markup:
        """Under several cases in one message: each has its button."""
        return inline([[_tap(f"{self._text('button.take')} {code}", Claim(code=code))] for code in codes])

    def board(self) -> Markup:
        """Under the duty board."""
        moves = [self._button(f"button.shift_{move}", Shift(move=move)) for move in ("on", "off", "mine", "control")]
        return inline([moves[:2], moves[2:]])

    def leave(self, alias: str, heirs: dict[str, str]) -> Markup:
        """What becomes of her red cases; `heirs` by alias, with their names: to whom she may give them."""
        give = [_tap(self._catalog.text("button.hand_to", self._language, alias=name), HandOver(alias=alias, heir=heir))
                for heir, name in heirs.items()]  # fmt: skip
        go = self._button("button.leave", Leave(alias=alias, go=True))
        return inline([*([one] for one in give), [go], [self._button("button.stay", Leave(alias=alias, go=False))]])

    def accept(self, alias: str) -> Markup:
        return inline([[self._button("button.accept", Accept(alias=alias))]])

    def aside(self, code: str) -> Markup:
        """Under a talk in an operator's private chat."""
        close = self._button("button.close", AsideMove(code=code, move="close"))
        return inline([[close], [self._button("button.release", AsideMove(code=code, move="release"))]])

    def results(self, code: str) -> Markup:
        """What came of a talk that is closed from a private chat."""
        return inline(self._results(code))

    def no_referral(self, code: str) -> Markup:
        return inline([[self._button("button.skip", NoReferral(code=code))]])

    def _results(self, code: str) -> list[list[Button]]:
        results = [result for result in Result if result is not Result.NOT_REQUEST]
        return [[self._button(f"result.{result}", Close(code=code, result=result))] for result in results]

    def _reasons(self, case: Case) -> Markup:
        rows = [[self._button(f"reason.{reason}", Reason(code=case.code, reason=reason))] for reason in NotRequest]
        if not case.red:
            rows.append([self._button("button.block", Menu(code=case.code, menu="abuse"))])
        return inline([*rows, [self._button("button.back", Menu(code=case.code, menu=""))]])

    def _blocks(self, case: Case, menu: str) -> Markup:
        """Why its person is to be blocked, then for how long."""
        why = menu.partition("-")[2]
        if why in tuple(Why):
            rows = [[self._button(f"button.block_{hours}", BlockFor(code=case.code, why=Why(why), hours=hours))]
                    for hours in DURATIONS]  # fmt: skip
        else:
            rows = [[self._button(f"reason.block_{one}", Menu(code=case.code, menu=f"abuse-{one}"))] for one in Why]
        return inline([*rows, [self._button("button.back", Menu(code=case.code, menu="reasons"))]])

    def block(self, code: str, asked: int | None) -> Markup:
        """Under the line about a block: to agree to a longer one, and to lift it."""
        agree = [[self._button(f"button.block_agree_{asked}", BlockMove(code=code, move="agree"))]] if asked else []
        return inline([*agree, [self._button("button.block_lift", BlockMove(code=code, move="lift"))]])

    def _text(self, key: str) -> str:
        return self._catalog.text(key, self._language, adult=self._adult)

    def _button(self, key: str, data: CallbackData) -> Button:
        return _tap(self._text(key), data)

    def _language_button(self, language: Language, data: CallbackData) -> Button:
        return _tap(self._text(f"button.language.{language}"), data)


def menu_labels(catalog: Catalog) -> dict[str, tuple[str, Language]]:
    """What the texts of reply keyboards mean: label to key and language, in both languages and tones."""
    labels: dict[str, tuple[str, Language]] = {}
    for language in LANGUAGES:
        for key in MENU_KEYS:
            for adult in (True, False):
                labels[catalog.text(key, language, adult=adult)] = (key, language)
        labels[catalog.text(f"button.language.{language}", language)] = (f"button.language.{language}", language)
    return labels


def _tap(text: str, data: CallbackData) -> Button:
    return {"text": text, "callback_data": data.pack()}


def inline(rows: list[list[Button]]) -> Markup:
    """Rows of buttons as Telegram takes them."""
    return {"inline_keyboard": rows}


def _reply(rows: list[list[str]]) -> Markup:
    keyboard = [[{"text": text} for text in row] for row in rows]
    return {"keyboard": keyboard, "resize_keyboard": True, "is_persistent": True}
