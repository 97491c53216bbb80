"""Typed callback data: what a button says when it is tapped. Codes only, never an id."""

from aiogram.filters.callback_data import CallbackData

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
    """A menu under a card: "close", "reasons", or empty for the card's own buttons."""

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
    """What an operator says of a danger that was found: "confirm", "lower", or "agree" to another's proposal."""

    code: str
    move: str


class Where(CallbackData, prefix="w"):
    """Help is on its way, says the operator: the person is to be asked where she is."""

    code: str


class Shift(CallbackData, prefix="sh"):
    """Under the duty board: "on", "off", or "mine"."""

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


class AsideMove(CallbackData, prefix="as"):
    """Under a talk in an operator's private chat: "close" or "release"."""

    code: str
    move: str


class NoReferral(CallbackData, prefix="nr"):
    """Referred, without saying to whom."""

    code: str


class DeskChoice(CallbackData, prefix="dk"):
    """A desk to connect: a region's code, or the national one."""

    desk: str


class DeskLanguage(CallbackData, prefix="dl"):
    """The language of a desk to connect."""

    desk: str
    language: str
