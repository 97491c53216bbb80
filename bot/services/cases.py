"""The person's side of a case: words open it, taps describe it, the urgent button raises it, she may take it back."""

from typing import Literal

from bot.domain.cases import BURST, NO, REOPEN_WITHIN, ROUTE_WAIT, YES, Case, Field, Safe, Status, WrongMove
from bot.domain.desks import ANSWERS, NATIONAL
from bot.domain.ladder import Answer
from bot.domain.media import Attached
from bot.domain.messages import Incoming, Kind
from bot.domain.people import ELSEWHERE, Language, Person, Want, Writer, guess_language
from bot.domain.urgency import ORDINARY, Assessment, Level, Reason
from bot.services.blocks import Blocks
from bot.services.dangers import Dangers
from bot.services.flood import Flood
from bot.services.ladders import Ladders
from bot.services.media import LOST_SCREEN, Media
from bot.services.opening import Opening
from bot.services.placing import Placing
from bot.services.screened import Screened
from bot.services.tell import Tell
from bot.services.threads import Threads
from storage.database import Transaction
from storage.reference import region, subject
from storage.statements import case_key

WORDLESS = Assessment(Level.AMBER, None, (Reason("wordless"),))
"""A voice or a picture as the first thing that somebody sends: nobody knows yet what is in it."""

UNSAFE = Assessment(Level.RED, None, (Reason("unsafe"),))
"""She has said that she is not safe now."""

KEPT = {Kind.CONTACT: "kind.contact_kept", Kind.LOCATION: "kind.location_kept"}


class NobodyThere(Exception):
    """No national desk is bound: words are not taken (DESIGN.md 6)."""


class NotOpen(Exception):
    """The button belongs to a case that is not open any more."""


class Cases:
    """What a person does in and with her case."""

    def __init__(
        self,
        tx: Transaction,
        tell: Tell,
        placing: Placing,
        dangers: Dangers,
        ladders: Ladders,
        opening: Opening,
        blocks: Blocks,
        media: Media,
    ) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing
        self._dangers = dangers
        self._ladders = ladders
        self._opening = opening
        self._blocks = blocks
        self._flood = Flood(tx, tell)
        self._threads = Threads(tx, tell)
        self._screened = Screened(tx, tell)
        self._media = media

    async def words(
        self, person: Person, incoming: Incoming, language_code: str | None = None, assessed: Assessment = ORDINARY,
        attached: Attached | None = None,
    ) -> None:  # fmt: skip
        """A person's message: into her open case, the one she closed lately, or a new one. Raises NobodyThere."""
        case = await self._tx.cases.open_of(person.key)
        if case is None and _wordless(incoming):
            assessed = _graver(assessed, WORDLESS)
        if case is None and await self._blocks.stops(person, red=assessed.level is Level.RED):
            return
        if assessed.level is Level.RED:
            await self.red_words(person, incoming, language_code, assessed, attached)
            return
        if case:
            await self._add(case, person, incoming, attached)
            await self._receipt_of_burst(case)
            if case.red:
                await self._ladders.spoke(case)
                await self._ask_region(await self._current(case), person)
        elif reopened := await self._reopen(person):
            await self._add(reopened, person, incoming, attached)
            await self._tell.person(person.key, "screen", case=reopened, key="receipt.reopened", keyboard="menu",
                                    values={"code": reopened.code})  # fmt: skip
            await self._opening.say(reopened)
            case = reopened
        else:
            language = person.language or guess_language(incoming.text, language_code)
            case = await self._open(person, language, assessed.level)
            await self._add(case, person, incoming, attached, fresh=True)
            await self._first_receipt(case, person, assessed)
            assessed = ORDINARY
        await self._dangers.found(case, assessed)
        await self._screened.warn(case, incoming)
        if incoming.kind is not Kind.TEXT:
            await self._tell_unpassed(person, incoming, attached)

    async def sos(
        self, person: Person, words: Incoming | None, language_code: str | None = None, assessed: Assessment = ORDINARY,
        attached: Attached | None = None,
    ) -> None:  # fmt: skip
        """The urgent button, at any moment: a red case at once, the one she closed lately if there is one; the numbers,
        then the rest. Raises NobodyThere."""
        case = await self._tx.cases.open_of(person.key)
        if case is None and await self._blocks.stops(person, red=True):
            return
        first, opened = case is None or not case.red, case is None
        case = case or await self._reopen(person, Level.RED) or await self._opened_red(person, words, language_code)
        case = await self._tx.cases.save(case.called(self._tx.now))
        if words:
            await self._add(case, person, words, attached, fresh=opened)
        if not opened:  # a card that is on its way shows the case as it is then
            await self._dangers.raised(case, Level.RED)
        await self._dangers.noted(case, assessed)
        case = await self._current(case)
        await self._ladders.pressed(case, alone=words is None)
        if case.read:
            await self._tell.line(case, "line.sos" if first else "line.sos_again")
        await self._dangers.numbers(case, first)
        await self._unpassed(person, words, attached)

    async def red_words(
        self, person: Person, words: Incoming, language_code: str | None, assessed: Assessment,
        attached: Attached | None = None,
    ) -> None:  # fmt: skip
        """Words that a rule takes for great danger go the way of the urgent button: a red case at once, the one she
        closed lately if there is one. Raises NobodyThere."""
        case = await self._tx.cases.open_of(person.key)
        fresh = case is None
        case = case or await self._reopen(person, Level.RED) or await self._opened_red(person, words, language_code)
        await self._add(case, person, words, attached, fresh=fresh)
        first = await self._dangers.alarm(case, assessed, fresh=fresh)
        await self._unpassed(person, words, attached)
        if not first:
            await self._ask_region(await self._current(case), person)

    async def danger_now(self, person: Person, code: str, answer: Answer) -> tuple[Case, str]:
        """Her answer to the question of the emergency card; what she is to be told of it (see Ladders.answered). Then
        she is asked where she is. Raises NotOpen."""
        case = await self._tx.cases.open_of(person.key)
        if case is None or case.code != code or not case.red or answer is Answer.ASKED:
            raise NotOpen
        if answer is Answer.YES:
            case = await self._tx.cases.save(case.urged(self._tx.now))
        told = await self._ladders.answered(case, answer)
        if answer is Answer.WRITES:
            await self._ask_region(await self._current(case), person)
        return case, told

    async def show_danger(self, person: Person, case: Case, told: str, message_id: int) -> None:
        """What follows from her answer, with the numbers, in the place of the question."""
        await self._tell.person(person.key, "sos_answer", case=case, code=case.code, told=told, message_id=message_id)

    async def _opened_red(self, person: Person, words: Incoming | None, language_code: str | None) -> Case:
        language = person.language or guess_language(words.text if words else "", language_code)
        return await self._open(person, language, Level.RED)

    async def _unpassed(self, person: Person, words: Incoming | None, attached: Attached | None) -> None:
        if words and words.kind is not Kind.TEXT:
            await self._tell_unpassed(person, words, attached)

    async def _ask_region(self, case: Case, person: Person) -> None:
        """Of a red case's person only where she is, once, when she has answered or written on: the emergency card asks
        one thing."""
        if case.region_asked_at is None and person.region is None:
            await self._tx.cases.save(case.asked_region(self._tx.now))
            await self.ask_details(case, person)

    async def _tell_unpassed(self, person: Person, incoming: Incoming, attached: Attached | None) -> None:
        """Kindly: what becomes of a file, or that this kind is not passed on. A sticker is shown as its emoji; of a
        place or contact in an urgent case `Rescue` speaks."""
        case = await self._tx.cases.open_of(person.key)
        if attached is not None and case is not None:
            await self._media.tell(case, attached)
            return
        if incoming.kind in LOST_SCREEN:  # it came without its file, as after an update that could not be handled
            red = case is not None and case.red
            await self._tell.screen(person.key, LOST_SCREEN[incoming.kind], red=red, once=LOST_SCREEN[incoming.kind])
            return
        if incoming.kind is Kind.STICKER or (incoming.kind in KEPT and case is not None and case.red):
            return
        key = KEPT.get(incoming.kind, "kind.unpassed")
        await self._tell.person(person.key, "unpassed", once=f"unpassed.{key}", sent=incoming.kind, key=key)

    async def tell_nobody(self, person: Person, *, urgent: bool, language: Language | None = None) -> None:
        """Honestly: nobody answers here yet, and who does."""
        if urgent:
            await self._tell.emergency(person.key, "sos.nobody", language=language)
        else:
            await self._tell.person(person.key, "first", nobody=True)

    async def detail(self, person: Person, code: str, field: Field, value: str | None) -> tuple[Case, Field | None]:
        """An optional tap (`value` None: skipped). Returns the case and the next question, None after the last.

        Raises NotOpen for a button of a case that is over, or that was never offered.
        """
        case = await self._tx.cases.open_of(person.key)
        if case is None or case.code != code:
            raise NotOpen
        if value is not None:
            case = await self._described(case, person, field, value)
        steps = await self._steps(case, person, field)
        after = steps[steps.index(field) + 1 :] if field in steps else ()
        return case, next(iter(after), None)

    async def ask_details(self, case: Case, person: Person) -> None:
        """The one message with the optional questions."""
        steps = await self._steps(case, person)
        if steps:
            await self._tell.person(person.key, "details", case=case, step=steps[0], code=case.code)

    async def show_step(self, case: Case, person: Person, step: Field | None, message_id: int) -> None:
        """The next question in the place of the last one."""
        await self._tell.person(person.key, "details", case=case, step=step, code=case.code, message_id=message_id)

    async def take_back(self, person: Person, code: str) -> None:
        """Withdraws a case that nobody has taken yet. A red one stays: operators have been called already."""
        case = await self._tx.cases.open_of(person.key)
        if case is None or case.code != code:
            raise NotOpen
        if case.red:
            await self._tell.screen(person.key, "took_back.urgent", red=True)
        elif case.status is Status.CLAIMED:
            await self._tell.screen(person.key, "took_back.too_late")
        else:
            await self.erase(case, "withdrawn")
            await self._tell.screen(person.key, "took_back.done", keyboard="menu")

    async def refuse(self, person: Person, code: str) -> None:
        """ "No" under the truth that came after her words: they are erased, whoever may have read them.

        Raises NotOpen once she has understood: a mistap a day later must not end a talk.
        """
        case = await self._tx.cases.open_of(person.key)
        if case is None or case.code != code or person.understood:
            raise NotOpen
        if case.red:
            await self._tell.screen(person.key, "took_back.urgent", red=True)
            return
        await self.erase(case, "withdrawn")
        await self._tell.screen(person.key, "truth.erased", keyboard="menu")

    async def edited(self, person: Person, incoming: Incoming, attached: Attached | None = None) -> None:
        """An edited message follows the first as a new one, with the words that stood there before: nothing that was
        said is overwritten. A place that moves says no more than the first."""
        if incoming.kind in KEPT and not incoming.text:
            return
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._add(case, person, incoming, attached)
            await self._screened.warn(case, incoming)
        else:
            await self.words(person, incoming, attached=attached)

    async def safe(self, person: Person, code: str, answer: Safe) -> Case:
        """The answer to "are you safe now?". Raises NotOpen for a button of a case that is over, and for an answer that
        was given: only "no" may follow a "yes"."""
        case = await self._tx.cases.open_of(person.key)
        asked = case is not None and (case.safe is Safe.ASKED or (case.safe is Safe.YES and answer is Safe.NO))
        if case is None or case.code != code or not asked:
            raise NotOpen
        case = await self._tx.cases.save(case.asked_safe(answer))
        if answer is Safe.YES:
            await self._dangers.is_safe(case)
        else:
            await self._dangers.alarm(case, UNSAFE)
            await self._ladders.unsafe(case)  # it is the answer to the question of the emergency card, too
            await self._ask_region(await self._current(case), person)
        return case

    async def show_safe(self, person: Person, case: Case, message_id: int) -> None:
        """What follows from her answer, in the place of the question."""
        await self._tell.person(person.key, "safe", case=case, code=case.code, answer=case.safe, message_id=message_id)

    async def erase(self, case: Case, how: Literal["erased", "withdrawn"]) -> None:
        """The words of a case can never be read again; its cards become one line, its topic goes.

        The bare row stays, so that the code is never used again; it names nobody.
        """
        await self._tx.outbox.drop_case(case.id)
        await self._tell.aside_over(case, "aside.erased")
        await self._tell.queue_line(case, f"card.line.{how}", code=case.code)
        if case.desk is not None and case.thread_id is not None:
            await self._tell.delete_topic(case.desk, case.thread_id)
        for desk, thread in await self._tx.desks.topics_named(f"{ANSWERS}:{case.code}"):
            await self._tx.desks.drop_topic(desk, thread)
            await self._tell.delete_topic(desk, thread)
        await self._tx.messages.erase(case.id)
        await self._tx.threads.erase(case.id)
        await self._tx.media.erase(case.id)
        await self._tx.findings.erase(case.id)
        await self._tx.controls.drop(case.id)
        await self._tell.looked(await self._tx.looks.take(case.id), "look.line.erased", code=case.code)
        await self._ladders.stopped(case)
        await self._tx.blocks.erased(case.code)
        await self._tx.places.erase(case.id)
        await self._tx.drop_key(case_key(case.id))
        await self._tx.cases.save(case.erased(Status(how)))
        self._tx.erased = True

    async def route_due(self, now: int) -> None:
        """Cases whose wait for a region is over go to the national desk."""
        for case in await self._tx.cases.due_for_route(now):
            await self._placing.route(case)

    async def _open(self, person: Person, language: Language, urgency: Level) -> Case:
        if await self._tx.desks.get(NATIONAL) is None:
            raise NobodyThere
        if person.language is None:
            await self._tx.people.set_language(person.key, language)
        waits = urgency is Level.ORDINARY and person.region is None  # what is amber or red waits for nothing
        case = await self._tx.cases.open(
            person.key, language, urgency, writer=person.writer, region=person.region,
            route_at=self._tx.now + ROUTE_WAIT if waits else None,
        )  # fmt: skip
        return case if waits else await self._placing.route(case)

    async def _reopen(self, person: Person, level: Level = Level.ORDINARY) -> Case | None:
        """Her last case, when it was closed lately; a red one rings for all."""
        case = await self._tx.cases.closed_since(person.key, self._tx.now - REOPEN_WITHIN)
        if await self._tx.blocks.standing(person.key):
            return None
        try:
            case = case and case.raised(level, self._tx.now).reopened(self._tx.now)
        except WrongMove:
            case = None
        return await self.again(case) if case is not None else None

    async def again(self, case: Case) -> Case:
        """A closed case is open again: its topic too, and nobody has to look at its end any more."""
        await self._tx.cases.save(case)
        await self._tell.looked(await self._tx.looks.take(case.id), "look.line.again", code=case.code)
        if case.thread_id is not None:
            await self._tell.topic(case, "reopen_topic")
            await self._tell.line(case, "line.reopened")
            await self._tell.topic(case, "rename")
            await self._tell.topic_card_edit(case)
            if not case.red:
                await self._tell.queue_edit(case)
        if case.status is not Status.WAITING:
            return case
        if case.red:  # an edit of the old card would stand before the new one in its lane: it becomes a line for good
            await self._tell.queue_line(case, "card.line.moved", code=case.code)
            case = await self._tx.cases.save(case.without_card())
        return await self._placing.place(case)

    async def _add(
        self, case: Case, person: Person, incoming: Incoming, attached: Attached | None = None, *, fresh: bool = False
    ) -> None:  # fmt: skip
        """Stores a message and shows it to whoever reads the case. `fresh`: its card is on its way and will show it."""
        incoming, shown = await self._media.keep(case, incoming, attached)
        message = await self._threads.heard(case, incoming)
        if message is None:
            return
        await self._media.belongs(case, incoming, message)
        case = await self._tx.cases.awaits(case.awaiting(self._tx.now))
        if shown and (case.thread_id is not None or case.status is Status.CLAIMED):
            await self._flood.show(case, message)
        if case.status is Status.WAITING and case.desk is not None and not fresh:
            await self._tell.card_changed(case)

    async def _first_receipt(self, case: Case, person: Person, assessed: Assessment) -> None:
        """The receipt at once; with it the truth for somebody who wrote before reading it. Then what is asked."""
        await self._tx.cases.save((await self._current(case)).receipted(self._tx.now))
        wait = await self._tx.cases.usual_wait()
        kind = "receipt" if person.understood else "truth"
        opens = await self._opening.closed_until(case)
        await self._tell.person(person.key, kind, case=case, code=case.code, wait=wait, opens=opens)
        await self._dangers.found(case, assessed, fresh=True)
        if person.understood:
            await self.ask_details(case, person)
        if opens is not None:
            await self._opening.read_meanwhile(case, opens)

    async def _receipt_of_burst(self, before: Case) -> None:
        """While nobody has taken the case, the first words after a pause get a short receipt."""
        now = self._tx.now
        if before.status is not Status.WAITING or before.person is None:
            return
        if before.words_at is None or now - before.words_at > BURST:
            await self._tx.cases.save((await self._current(before)).receipted(now))
            await self._tell.screen(before.person, "receipt.more", keyboard="unsay", red=before.red, once="receipt",
                                    code=before.code)  # fmt: skip

    async def _described(self, case: Case, person: Person, field: Field, value: str) -> Case:
        told = _checked(field, value)
        if field is Field.WRITER:
            await self._tx.people.set_writer(person.key, Writer(told))
        elif field is Field.REGION:
            await self._tx.people.set_region(person.key, told)
        case = case.described(**{field: told})
        await self._tx.cases.save(case)
        if case.desk is None:
            if field is Field.REGION:
                case = await self._placing.route(case)
                await self._opening.say(case)
        elif field is Field.REGION and (offered := await self._placing.offer(case)) is not case:
            case = offered
        else:
            case = await self._tell.card_changed(case)
        if field is Field.SUBJECT:
            await self._dangers.chosen(case, subject(told))
        return await self._current(case)

    async def _steps(self, case: Case, person: Person, tapped: Field | None = None) -> tuple[Field, ...]:
        """The questions for this case: of somebody in danger only the region, and never what was known before."""
        known = {Field.WRITER: person.writer, Field.REGION: person.region}
        steps = (Field.REGION,) if case.red else tuple(Field)
        if Field.BEFORE in steps and not await self._tx.cases.earlier(case):
            steps = tuple(step for step in steps if step is not Field.BEFORE)
        return tuple(step for step in steps if step == tapped or known.get(step) is None)

    async def _current(self, case: Case) -> Case:
        return await self._tx.cases.get(case.id) or case


def _checked(field: Field, value: str) -> str:
    """An answer that was really offered; raises NotOpen for anything else."""
    try:
        if field is Field.WRITER:
            return Writer(value)
        if field is Field.WANT:
            return Want(value)
        if field is Field.SUBJECT:
            return subject(value).key
        if field is Field.BEFORE:
            return {YES: YES, NO: NO}[value]
        return value if value == ELSEWHERE else region(value).iso
    except (ValueError, KeyError):
        raise NotOpen from None


def _wordless(incoming: Incoming) -> bool:
    unseen = (Kind.VOICE, Kind.VIDEO_NOTE, Kind.PHOTO, Kind.VIDEO)
    return incoming.kind in unseen and not incoming.text.strip()


def _graver(one: Assessment, other: Assessment) -> Assessment:
    return max(one, other, key=lambda found: found.level.rank)
