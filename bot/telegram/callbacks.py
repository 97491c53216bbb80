"""Typed callback data: what a button says when it is tapped. Codes only, never an id."""

from aiogram.filters.callback_data import CallbackData

from bot.domain.blocks import Why
from bot.domain.cases import Field, NotRequest, Result
from bot.domain.ladder import Answer


class Understood(CallbackData, prefix="ok"):
    """The truth was read, in this language and tone."""

    language: str
    adult: bool


class Refuse(CallbackData, prefix="no"):
    """The words that came before the truth are to be erased."""

    code: str


class TakeBack(CallbackData, prefix="tb"):
    """The case is to be withdrawn."""

    code: str


class Unsay(CallbackData, prefix="un"):
    """A single message is to be taken back, by its row; empty: which one?"""

    message: str


class Detail(CallbackData, prefix="d"):
    """An optional answer; an empty value skips the question."""

    code: str
    field: Field
    value: str


class Safe(CallbackData, prefix="sf"):
    """The answer to "are you safe now?"."""

    code: str
    yes: bool


class DangerNow(CallbackData, prefix="da"):
    """The answer to "is there danger right now?"."""

    code: str
    answer: Answer


class Give(CallbackData, prefix="gv"):
    """The answer to "may this place go to those who may come?"; the place by its row."""

    place: str
    yes: bool


class Voice(CallbackData, prefix="vo"):
    """The answer to "may your voice be heard?"."""

    code: str
    yes: bool


class Forget(CallbackData, prefix="f"):
    """The answer to "erase everything?"."""

    sure: bool


class ChooseLanguage(CallbackData, prefix="l"):
    """A language."""

    language: str


class Claim(CallbackData, prefix="c"):
    """An operator takes the case."""

    code: str


class Menu(CallbackData, prefix="m"):
    """A menu under a card: "close", "reasons", "abuse" (with "-" and why), or empty for the card's own buttons."""

    code: str
    menu: str


class Close(CallbackData, prefix="x"):
    """The case ends with this result."""

    code: str
    result: Result


class Reason(CallbackData, prefix="n"):
    """It was no request, and why."""

    code: str
    reason: NotRequest


class Release(CallbackData, prefix="r"):
    """The claimer gives the case back to the queue."""

    code: str


class Danger(CallbackData, prefix="dg"):
    """What an operator says of a danger: "confirm", "lower", "agree" to another's proposal, or "raise" it herself."""

    code: str
    move: str


class Where(CallbackData, prefix="w"):
    """Help is on its way, says the operator: the person is to be asked where she is."""

    code: str


class BlockFor(CallbackData, prefix="bk"):
    """It was abuse: its person is blocked for so many hours."""

    code: str
    why: Why
    hours: int


class BlockMove(CallbackData, prefix="bm"):
    """Of a block that stands: "agree" to what is proposed, or "lift"."""

    code: str
    move: str


class Page(CallbackData, prefix="pg"):
    """Something to read while one waits, by its name."""

    name: str


class Uncover(CallbackData, prefix="uc"):
    """What is covered in a message of the case, by the message's row, is to be shown to the claimer."""

    code: str
    message: str


class Shift(CallbackData, prefix="sh"):
    """Under the duty board: "on", "off", "mine", or "control"."""

    move: str


class Leave(CallbackData, prefix="lv"):
    """Whether whoever has this alias goes off shift and gives her red cases back."""

    alias: str
    go: bool


class HandOver(CallbackData, prefix="ho"):
    """Whoever has this alias gives her red cases to the one with the other alias."""

    alias: str
    heir: str


class Accept(CallbackData, prefix="ac"):
    """Who was asked takes over the red cases of the one with this alias."""

    alias: str


class Remind(CallbackData, prefix="rm"):
    """When to come back to the case: a moment that is offered, "date" (typed), "keep" it after the end, or "off"."""

    code: str
    move: str


class Look(CallbackData, prefix="lk"):
    """A supervisor's second look at an ended red case: "confirm" or "reopen"."""

    code: str
    move: str


class PassTo(CallbackData, prefix="po"):
    """The claimer gives the case to whoever has this alias at the desk, or, without one, to the desk."""

    code: str
    desk: str
    alias: str


class PassAccept(CallbackData, prefix="pa"):
    """Who was asked takes the case over."""

    code: str


class PassConsent(CallbackData, prefix="py"):
    """The person's answer: may another region's desk have her case?"""

    code: str
    yes: bool


class AsideMove(CallbackData, prefix="as"):
    """Under a talk in an operator's private chat: "close" or "release"."""

    code: str
    move: str


class NoReferral(CallbackData, prefix="nr"):
    """Referred, without saying to whom."""

    code: str


class CannedMove(CallbackData, prefix="cn"):
    """A canned reply in a case: "list" from a page on, "show" one, "send" it as its text was seen, or "cancel"."""

    code: str
    move: str
    name: str = ""
    seen: str = ""


class PracticeBegin(CallbackData, prefix="pb"):
    """A practice case of this story begins, in this language."""

    story: str
    language: str


class PracticeMove(CallbackData, prefix="pm"):
    """In a practice case: "take" or "end"."""

    number: int
    move: str


class FilesSwitch(CallbackData, prefix="fs"):
    """Operators' files of this kind are to go from the desk to persons, or not."""

    kind: str
    on: bool


class DeskChoice(CallbackData, prefix="dk"):
    """A desk to connect: a region's code, or the national one."""

    desk: str


class DeskConfirm(CallbackData, prefix="dc"):
    """A desk that was stopped because others may read along may go on."""

    desk: str


class DeskLanguage(CallbackData, prefix="dl"):
    """The language of a desk to connect."""

    desk: str
    language: str
