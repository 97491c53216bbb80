"""A person's screens outside her case: start, language, truth, forgetting, and the persistent keyboard."""

from collections.abc import Mapping

from aiogram import Router
from aiogram.filters import CommandObject, Filter
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message

from bot.domain.desks import DeadLink
from bot.domain.people import Language, Person
from bot.services import Services
from bot.telegram.callbacks import ChooseLanguage, Forget, Understood
from handlers.context import PRIVATE, Slash, Toast, language_of

Labels = Mapping[str, tuple[str, Language]]

SOON = {"button.centre": "centre.soon", "button.book": "book.soon"}
"""What is coming and says so."""

LANGUAGES: tuple[Language, ...] = ("kk", "ru")


class Label(Filter):
    """A text that is exactly a button of a reply keyboard, in either language and tone."""

    async def __call__(self, message: Message, labels: Labels) -> bool | dict[str, object]:
        known = labels.get((message.text or "").strip())
        return {"label": known[0], "spoken": known[1]} if known else False


class InvitedAdministrator(Filter):
    """A start with an administrator's one-time code."""

    async def __call__(self, message: Message, command: CommandObject) -> bool:
        return (command.args or "").startswith("a_")


async def become_administrator(message: Message, command: CommandObject, person: Person, services: Services) -> None:
    assert message.from_user is not None
    code = (command.args or "").removeprefix("a_")
    try:
        await services.binding.become_administrator(code, message.from_user.id, language_of(message.from_user))
    except DeadLink:
        await services.tell.screen(person.key, "admin.link_bad")


async def start(message: Message, person: Person, services: Services) -> None:
    await services.people.start(person)


async def languages(message: Message, person: Person, services: Services) -> None:
    await services.people.ask_language(person)


async def chosen(query: CallbackQuery, callback_data: ChooseLanguage, person: Person, services: Services) -> None:
    language = next((known for known in LANGUAGES if known == callback_data.language), None)
    if language:
        await services.people.choose_language(person, language)


async def understood(
    query: CallbackQuery, callback_data: Understood, person: Person, services: Services, truth: Mapping[str, str]
) -> None:
    language = next(known for known in LANGUAGES if known == callback_data.language)
    digest = truth[f"{language}.{callback_data.adult}"]
    await services.people.understand(person, version=truth["version"], language=language, digest=digest)


async def forget(message: Message, person: Person, services: Services) -> None:
    await services.people.ask_forget(person, language_of(message.from_user))


async def forget_answer(
    query: CallbackQuery, callback_data: Forget, person: Person, services: Services, toast: Toast
) -> None:
    if callback_data.sure:
        await services.people.forget(person)
    else:
        await services.tell.screen(person.key, "forget.kept", keyboard="menu")


async def help_(message: Message, person: Person, services: Services) -> None:
    await services.tell.spoken(person.key, "help", language_of(message.from_user), keyboard="menu")
    await services.guide.private(person.key)


async def label(message: Message, label: str, spoken: Language, person: Person, services: Services) -> None:
    if label.startswith("button.language."):
        await services.people.choose_language(person, spoken)
        return
    person = await services.people.speak(person, spoken)
    if label == "button.write":
        await services.people.write(person)
    else:
        await services.tell.screen(person.key, SOON[label], keyboard="menu")


async def reachable(event: ChatMemberUpdated, services: Services) -> None:
    """She blocked the bot, or let it in again."""
    key = await services.people.key(event.from_user.id)
    if event.new_chat_member.status in ("kicked", "left"):
        await services.people.blocked(key)
        await services.shifts.unreachable(key)
    else:
        await services.people.unblocked(key)
        await services.shifts.reachable_again(key)


class PrivateMembership(Filter):
    """The bot's own membership in a private chat."""

    async def __call__(self, event: ChatMemberUpdated) -> bool:
        return event.chat.type == PRIVATE


def register(router: Router) -> None:
    """Commands and buttons of a person."""
    router.message.register(become_administrator, Slash("start"), InvitedAdministrator())
    router.message.register(start, Slash("start"))
    router.message.register(languages, Slash("til", "lang"))
    router.message.register(forget, Slash("forget"))
    router.message.register(help_, Slash("help"))
    router.message.register(label, Label())
    router.callback_query.register(chosen, ChooseLanguage.filter())
    router.callback_query.register(understood, Understood.filter())
    router.callback_query.register(forget_answer, Forget.filter())
    router.my_chat_member.register(reachable, PrivateMembership())
