"""A person's way in: the first screen, the language, the truth and its consent, and being forgotten."""

import logging
import string
from dataclasses import replace

from bot.domain.desks import NATIONAL
from bot.domain.media import Attached
from bot.domain.messages import Incoming, Kind
from bot.domain.people import Language, Person, guess_language
from bot.domain.rescue import Shared
from bot.domain.urgency import ORDINARY, Assessment, Level, is_sos
from bot.services.blocks import Blocks
from bot.services.cases import KEPT, Cases, NobodyThere
from bot.services.rescuing import Rescue
from bot.services.tell import Tell
from storage.database import StorageFault, Transaction
from storage.reference import greetings

log = logging.getLogger(__name__)

FAREWELL_LIFE = 10 * 60_000
"""Milliseconds after /forget at which the address goes even when the farewell could not be delivered."""

MARKS = 3
"""Longest text that counts as a single mark, in characters."""


def is_only_greeting(text: str) -> bool:
    """Whether a text is a greeting and no more, or a single mark. An emoji is not a mark: it may be all she can say."""
    folded = "".join(" " if letter in string.punctuation else letter for letter in text.casefold())
    if " ".join(folded.split()) in greetings():
        return True
    return 0 < len(text.strip()) <= MARKS and all(mark in string.punctuation for mark in text.strip())


class People:
    """Screens of a person outside her case."""

    def __init__(self, tx: Transaction, tell: Tell, cases: Cases, rescue: Rescue, blocks: Blocks) -> None:
        self._tx = tx
        self._tell = tell
        self._cases = cases
        self._rescue = rescue
        self._blocks = blocks

    async def meet(self, telegram_id: int, *, wrote: bool) -> Person:
        """The person who has just done something in her private chat. Only somebody who `wrote` is back after /forget:
        a tap on an old button cancels no farewell."""
        return await self._tx.people.meet(telegram_id, stays=wrote)

    async def key(self, telegram_id: int) -> str:
        """The key of a Telegram user, without making a row."""
        return await self._tx.lookup(telegram_id)

    async def speak(self, person: Person, language: Language) -> Person:
        """A language that follows from what she tapped, when she has not chosen one yet."""
        if person.language is not None:
            return person
        await self._tx.people.set_language(person.key, language)
        return replace(person, language=language)

    async def hear(
        self, person: Person, incoming: Incoming, language_code: str | None, assessed: Assessment = ORDINARY,
        shared: Shared | None = None, attached: Attached | None = None,
    ) -> None:  # fmt: skip
        """Anything she sends. Greetings and single marks get the menu when no talk is open; all else is words."""
        calm = assessed.level is Level.ORDINARY
        greeting = calm and incoming.kind is Kind.TEXT and is_only_greeting(incoming.text)
        before = await self._tx.cases.open_of(person.key)
        if greeting and before is None:
            await self.start(person)
            return
        try:
            await self._cases.words(person, incoming, language_code, assessed, attached)
            if incoming.kind in KEPT or (before is not None and before.red):
                await self._rescue.heard(person, incoming, shared)
        except NobodyThere:
            urgent = assessed.level is Level.RED
            language = guess_language(incoming.text, language_code) if urgent else None
            await self._cases.tell_nobody(person, urgent=urgent, language=language)

    async def call_for_help(
        self, person: Person, words: Incoming | None, language_code: str | None, assessed: Assessment = ORDINARY,
        shared: Shared | None = None, attached: Attached | None = None,
    ) -> None:  # fmt: skip
        """The urgent button, in any state."""
        try:
            await self._cases.sos(person, words, language_code, assessed, attached)
            if words is not None and words.kind in KEPT:
                await self._rescue.heard(person, words, shared)
        except NobodyThere:
            language = guess_language(words.text if words else "", language_code)
            await self._cases.tell_nobody(person, urgent=True, language=language)

    async def rescue(
        self, telegram_id: int | None, incoming: Incoming, assessed: Assessment = ORDINARY
    ) -> None:  # fmt: skip
        """Her update could not be handled, but there is something in it: operators get it all the same."""
        if telegram_id is not None:
            person = await self._tx.people.meet(telegram_id)
            try:
                async with self._tx.savepoint():
                    if is_sos(incoming.text):
                        await self._cases.sos(person, incoming, assessed=assessed)
                    else:
                        await self._cases.words(person, incoming, assessed=assessed)
                    if incoming.kind in KEPT:
                        await self._rescue.heard(person, incoming, None)
                    await self._tell.screen(person.key, "error.retry", once="error")
                return
            except NobodyThere:
                urgent = is_sos(incoming.text) or assessed.level is Level.RED
                await self._cases.tell_nobody(person, urgent=urgent)
                return
            except StorageFault:
                raise
            except Exception as broken:
                log.error("rescue: %s", type(broken).__name__)
        if incoming.text and await self.anybody_there():
            await self._tell.national("rescue", text=incoming.text)

    async def anybody_there(self) -> bool:
        """Whether a living person can answer: a national desk is bound (DESIGN.md 6)."""
        return await self._tx.desks.get(NATIONAL) is not None

    async def start(self, person: Person) -> None:
        """The first screen to whoever has not read the truth; the menu to whoever has."""
        if person.understood and person.language and await self.anybody_there():
            await self.menu(person)
        else:
            await self._tell.person(person.key, "first", nobody=not await self.anybody_there())

    async def menu(self, person: Person) -> None:
        """Where she is and what she can do, with the keyboard."""
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._tell.screen(person.key, "home.open", keyboard="menu", code=case.code)
        else:
            await self._tell.screen(person.key, "home", keyboard="menu")

    async def ask_language(self, person: Person) -> None:
        """Both languages to choose from."""
        await self._tell.person(person.key, "languages")

    async def choose_language(self, person: Person, language: Language) -> None:
        """Changes the language at any time; before the truth was read it comes next."""
        await self._tx.people.set_language(person.key, language)
        await self._tx.cases.speak(person.key, language)
        case = await self._tx.cases.open_of(person.key)
        if case and case.desk is not None:
            await self._tell.card_changed(case)
        if person.understood:
            await self._tell.screen(person.key, "language.changed", keyboard="menu")
        elif await self.anybody_there():
            await self._tell.person(person.key, "truth")
        else:
            await self._tell.person(person.key, "first", nobody=True)

    async def understand(self, person: Person, *, version: str, language: Language, digest: str) -> None:
        """She has read the truth in this very wording: her consent is recorded, she is asked for her own words."""
        if not person.understood:
            await self._tx.people.record_consent(person.key, version=version, language=language, digest=digest)
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._tell.screen(person.key, "write.prompt_open", keyboard="menu", code=case.code)
            if not person.understood:
                await self._cases.ask_details(case, person)
        else:
            await self._tell.screen(person.key, "write.prompt", keyboard="menu")

    async def write(self, person: Person) -> None:
        """The "write to us" button. An operator who presses it writes for herself from here on."""
        await self._tx.asides.resume(person.key)
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._tell.screen(person.key, "write.prompt_open", keyboard="menu", code=case.code)
        elif not await self.anybody_there() or not person.understood:
            await self.start(person)
        elif not await self._blocks.answer(person):
            await self._tell.screen(person.key, "write.prompt", keyboard="menu")

    async def ask_forget(self, person: Person, language: Language) -> None:
        """One confirmation, which says what goes and what stays; in this language when she has chosen none."""
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._tell.screen(person.key, "forget.ask_open", keyboard="forget", code=case.code)
        else:
            await self._tell.spoken(person.key, "forget.ask", language, keyboard="forget")

    async def forget(self, person: Person) -> None:
        """Drops her case keys and what of hers lies under day keys; the row and address follow the farewell."""
        for case in await self._tx.cases.all_of(person.key):
            await self._cases.erase(case, "erased")
        await self._tx.outbox.drop_person(person.key)
        await self._tx.pacing.forget(f"person:{person.key}")
        await self._tx.forms.forget(person.key)
        await self._tx.inbox.forget(f"p:{person.key}")
        await self._tell.person(person.key, "farewell")
        await self._tx.people.start_leaving(person.key)
        self._tx.erased = True

    async def blocked(self, key: str) -> None:
        """She has blocked the bot, or her account is gone: the case's topic is told once."""
        person = await self._tx.people.get(key)
        if person is None or person.blocked:
            return
        await self._tx.people.set_blocked(key, True)
        case = await self._tx.cases.open_of(key)
        if case and not case.red and case.release_at is not None:  # nobody loses a case because she cannot be reached
            case = await self._tx.cases.save(replace(case, release_at=None))
        if case and case.read:
            await self._tell.line(case, "line.person_blocked")

    async def unblocked(self, key: str) -> None:
        """She is back: the case goes on."""
        person = await self._tx.people.get(key)
        if person is None or not person.blocked:
            return
        await self._tx.people.set_blocked(key, False)
        case = await self._tx.cases.open_of(key)
        if case and case.read:
            await self._tell.line(case, "line.person_unblocked")
