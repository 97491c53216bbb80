"""A person's case: the urgent button, her words, the optional taps, taking back."""

from collections.abc import Mapping
from dataclasses import replace

from aiogram import Router
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from bot.domain.cases import Safe as Answer
from bot.domain.media import Attached
from bot.domain.messages import Incoming, Kind
from bot.domain.people import Language, Person
from bot.domain.rescue import Shared
from bot.domain.urgency import Assessment, Level, is_bare_sos, is_sos
from bot.services import Services
from bot.services.cases import NotOpen
from bot.telegram.callbacks import DangerNow, Detail, Give, Refuse, Safe, TakeBack
from handlers.context import Toast, Written

Labels = Mapping[str, tuple[str, Language]]


class Urgent(Filter):
    """The urgent button in either language, its sign in a text, the command, or a cry for help and nothing else."""

    async def __call__(self, message: Message, assessed: Assessment) -> bool:
        return is_sos(message.text or message.caption or "") or assessed.urgent


class Flagged(Filter):
    """Words in which danger was read are for an operator, whatever screen is open and whatever they begin with."""

    async def __call__(self, message: Message, assessed: Assessment) -> bool:
        return assessed.level is not Level.ORDINARY


class Plain(Filter):
    """Words that can be nothing else: a text that is no command, no button and no call for help."""

    async def __call__(self, message: Message, labels: Labels, assessed: Assessment) -> bool:
        text = message.text or ""
        known = text.startswith("/") or text.strip() in labels
        return bool(text) and not known and not is_sos(text) and not assessed.urgent


async def urgent(
    message: Message, person: Person, incoming: Incoming, services: Services, labels: Labels, assessed: Assessment,
    shared: Shared | None = None, attached: Attached | None = None,
) -> None:  # fmt: skip
    text = incoming.text.strip()
    known = labels.get(text)
    if known:
        person = await services.people.speak(person, known[1])
    bare = incoming.kind is Kind.TEXT and (known is not None or is_bare_sos(text))
    code = message.from_user.language_code if message.from_user else None
    words = None if bare else replace(incoming, edited=message.edit_date is not None)
    await services.people.call_for_help(person, words, code, assessed, shared, attached)


async def words(
    message: Message, person: Person, incoming: Incoming, services: Services, assessed: Assessment,
    shared: Shared | None = None, attached: Attached | None = None,
) -> None:  # fmt: skip
    code = message.from_user.language_code if message.from_user else None
    await services.people.hear(person, incoming, code, assessed, shared, attached)


async def edited(
    message: Message, person: Person, incoming: Incoming, services: Services, attached: Attached | None = None
) -> None:  # fmt: skip
    await services.cases.edited(person, replace(incoming, edited=True), attached)


async def detail(query: CallbackQuery, callback_data: Detail, person: Person, services: Services, toast: Toast) -> None:
    try:
        case, step = await services.cases.detail(
            person, callback_data.code, callback_data.field, callback_data.value or None
        )
    except NotOpen:
        toast("toast.old_button")
        return
    if query.message is not None:
        await services.cases.show_step(case, person, step, query.message.message_id)


async def take_back(
    query: CallbackQuery, callback_data: TakeBack, person: Person, services: Services, toast: Toast
) -> None:
    try:
        await services.cases.take_back(person, callback_data.code)
    except NotOpen:
        toast("toast.old_button")


async def refuse(query: CallbackQuery, callback_data: Refuse, person: Person, services: Services, toast: Toast) -> None:
    try:
        await services.cases.refuse(person, callback_data.code)
    except NotOpen:
        toast("toast.old_button")


async def safe(query: CallbackQuery, callback_data: Safe, person: Person, services: Services, toast: Toast) -> None:
    try:
        case = await services.cases.safe(person, callback_data.code, Answer.YES if callback_data.yes else Answer.NO)
    except NotOpen:
        toast("toast.old_button")
        return
    if query.message is not None:
        await services.cases.show_safe(person, case, query.message.message_id)


async def danger_now(
    query: CallbackQuery, callback_data: DangerNow, person: Person, services: Services, toast: Toast
) -> None:
    try:
        case, told = await services.cases.danger_now(person, callback_data.code, callback_data.answer)
    except NotOpen:
        toast("toast.old_button")
        return
    if query.message is not None:
        await services.cases.show_danger(person, case, told, query.message.message_id)
    if told == "yes":
        await services.rescue.ask_where(case)


async def give(query: CallbackQuery, callback_data: Give, person: Person, services: Services, toast: Toast) -> None:
    yes = callback_data.yes
    try:
        place = await services.rescue.answer(person, callback_data.place, yes=yes)
    except NotOpen:
        toast("toast.old_button")
        return
    if query.message is not None:
        await services.rescue.show_answer(person, place, query.message.message_id, yes=yes)


async def old_button(query: CallbackQuery, toast: Toast) -> None:
    toast("toast.old_button")


def register_first(router: Router) -> None:
    """Before every other screen, whatever is open. Nearly all that is ever sent are plain words: to ask every other
    screen about them costs as much as to handle them. A screen that expects a text has to stand before them."""
    router.message.register(words, Plain())
    router.message.register(urgent, Urgent())
    router.edited_message.register(urgent, Urgent())
    router.message.register(words, Flagged())
    router.edited_message.register(words, Flagged())


def register(router: Router) -> None:
    """After every other screen: what no screen could use is words to an operator."""
    router.callback_query.register(detail, Detail.filter())
    router.callback_query.register(take_back, TakeBack.filter())
    router.callback_query.register(refuse, Refuse.filter())
    router.callback_query.register(safe, Safe.filter())
    router.callback_query.register(danger_now, DangerNow.filter())

    router.callback_query.register(give, Give.filter())
    router.callback_query.register(old_button)
    router.message.register(words, Written())
    router.edited_message.register(edited, Written())
