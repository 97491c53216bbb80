"""The person's side of a case: words open it, taps describe it, the urgent button raises it, she may take it back."""

from typing import Literal

from bot.domain.cases import BURST, REOPEN_WITHIN, ROUTE_WAIT, Case, Field, Status, WrongMove
from bot.domain.desks import NATIONAL
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.people import ELSEWHERE, Language, Person, Want, Writer, guess_language
from bot.domain.urgency import Level
from bot.services.placing import Placing
from bot.services.tell import Tell
from storage.database import Transaction
from storage.reference import region, subject
from storage.statements import case_key

KEPT = {Kind.CONTACT: "kind.contact_kept", Kind.LOCATION: "kind.location_kept"}


class NobodyThere(Exception):
    """No national desk is bound: words are not taken (DESIGN.md 6)."""


class NotOpen(Exception):
    """The button belongs to a case that is not open any more."""


class Cases:
    """What a person does in and with her case."""

    def __init__(self, tx: Transaction, tell: Tell, placing: Placing) -> None:
        self._tx = tx
        self._tell = tell
        self._placing = placing

    async def words(self, person: Person, incoming: Incoming, language_code: str | None = None) -> None:
        """A person's message: into her open case, the one she closed lately, or a new one. Raises NobodyThere."""
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._add(case, person, incoming)
            await self._receipt_of_burst(case)
        elif reopened := await self._reopen(person):
            await self._add(reopened, person, incoming)
            await self._tell.person(person.key, "screen", case=reopened, key="receipt.reopened", keyboard="menu",
                                    values={"code": reopened.code})  # fmt: skip
        else:
            language = person.language or guess_language(incoming.text, language_code)
            case = await self._open(person, language, Level.ORDINARY)
            await self._add(case, person, incoming)
            await self._first_receipt(case, person)
        if incoming.kind is not Kind.TEXT:
            await self._tell_unpassed(person, incoming)

    async def sos(self, person: Person, words: Incoming | None, language_code: str | None = None) -> None:
        """The urgent button, at any moment: a red case at once, the numbers, then the rest. Raises NobodyThere."""
        case = await self._tx.cases.open_of(person.key)
        language = person.language or guess_language(words.text if words else "", language_code)
        first = case is None or not case.red
        opened = case is None
        case = case or await self._open(person, language, Level.RED)
        case = await self._tx.cases.save(case.called(self._tx.now))
        if words:
            await self._add(case, person, words)
        if not opened:  # a card that is on its way shows the case as it is then
            await self._raise(case, Level.RED)
        case = await self._current(case)
        if case.thread_id is not None:
            await self._tell.line(case, "line.sos" if first else "line.sos_again")
        await self._tell.emergency(person.key, await self._urgent_screen(first), case)
        if words and words.kind is not Kind.TEXT:
            await self._tell_unpassed(person, words)
        if first and person.region is None:
            await self.ask_details(case, person)

    async def _urgent_screen(self, first: bool) -> str:
        """Which emergency card is true now: operators cannot be called while the national group is unreachable."""
        national = await self._tx.desks.get(NATIONAL)
        if national is not None and national.down:
            return "sos.unreachable"
        return "sos.screen" if first else "sos.again"

    async def _tell_unpassed(self, person: Person, incoming: Incoming) -> None:
        """Kindly: this kind is not passed on yet."""
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
        steps = self._steps(case, person, field)
        after = steps[steps.index(field) + 1 :] if field in steps else ()
        return case, next(iter(after), None)

    async def ask_details(self, case: Case, person: Person) -> None:
        """The one message with the optional questions."""
        steps = self._steps(case, person)
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

    async def edited(self, person: Person, incoming: Incoming) -> None:
        """An edited message follows the first as a new one: nothing that was said is overwritten."""
        case = await self._tx.cases.open_of(person.key)
        if case:
            await self._add(case, person, incoming)
        else:
            await self.words(person, incoming)

    async def erase(self, case: Case, how: Literal["erased", "withdrawn"]) -> None:
        """The words of a case can never be read again; its cards become one line, its topic goes.

        The bare row stays, so that the code is never used again; it names nobody.
        """
        await self._tx.outbox.drop_case(case.id)
        await self._tell.queue_line(case, f"card.line.{how}", code=case.code)
        if case.desk is not None and case.thread_id is not None:
            await self._tell.delete_topic(case.desk, case.thread_id)
        await self._tx.messages.erase(case.id)
        await self._tx.drop_key(case_key(case.id))
        await self._tx.cases.save(case.erased(Status(how)))
        self._tx.erased = True

    async def route_due(self, now: int) -> None:
        """Cases whose wait for a region is over go to the national desk."""
        for case in await self._tx.cases.due_for_route(now):
            await self._route(case)

    async def _open(self, person: Person, language: Language, urgency: Level) -> Case:
        if await self._tx.desks.get(NATIONAL) is None:
            raise NobodyThere
        if person.language is None:
            await self._tx.people.set_language(person.key, language)
        waits = urgency is Level.ORDINARY and person.region is None
        case = await self._tx.cases.open(
            person.key, language, urgency, writer=person.writer, region=person.region,
            route_at=self._tx.now + ROUTE_WAIT if waits else None,
        )  # fmt: skip
        return case if waits else await self._route(case)

    async def _reopen(self, person: Person) -> Case | None:
        case = await self._tx.cases.closed_since(person.key, self._tx.now - REOPEN_WITHIN)
        try:
            case = case and case.reopened(self._tx.now)
        except WrongMove:
            case = None
        if case is None:
            return None
        await self._tx.cases.save(case)
        if case.thread_id is not None:
            await self._tell.topic(case, "reopen_topic")
            await self._tell.line(case, "line.reopened")
            await self._tell.topic(case, "rename")
            await self._tell.topic_card_edit(case)
            await self._tell.queue_edit(case)
        return await self._placing.place(case) if case.status is Status.WAITING else case

    async def _add(self, case: Case, person: Person, incoming: Incoming) -> None:
        """Stores a message and shows it to whoever reads the case."""
        await self._tx.messages.add(case.id, Direction.FROM_PERSON, incoming)
        case = await self._tx.cases.awaits(case.awaiting(self._tx.now))
        if case.thread_id is not None or case.status is Status.CLAIMED:
            await self._tell.topic(case, "words", said=vars(incoming))
        if case.status is Status.WAITING and case.desk is not None:
            await self._tell.card_changed(case)

    async def _first_receipt(self, case: Case, person: Person) -> None:
        """The receipt at once; with it the truth for somebody who wrote before reading it."""
        await self._tx.cases.save((await self._current(case)).receipted(self._tx.now))
        wait = await self._tx.cases.usual_wait()
        kind = "receipt" if person.understood else "truth"
        await self._tell.person(person.key, kind, case=case, code=case.code, wait=wait)
        if person.understood:
            await self.ask_details(case, person)

    async def _receipt_of_burst(self, before: Case) -> None:
        """While nobody has taken the case, the first words after a pause get a short receipt."""
        now = self._tx.now
        if before.status is not Status.WAITING or before.person is None:
            return
        if before.words_at is None or now - before.words_at > BURST:
            await self._tx.cases.save((await self._current(before)).receipted(now))
            await self._tell.screen(before.person, "receipt.more", red=before.red, once="receipt", code=before.code)

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
                case = await self._route(case)
        else:
            case = await self._tell.card_changed(case)
        if field is Field.SUBJECT:
            await self._raise(case, subject(told).level)
            if subject(told).level is Level.RED and not case.red:
                await self._tell.emergency(person.key, "sos.screen", await self._current(case))
        return await self._current(case)

    def _steps(self, case: Case, person: Person, tapped: Field | None = None) -> tuple[Field, ...]:
        """The questions for this case: of somebody in danger only the region, and never what was known before."""
        known = {Field.WRITER: person.writer, Field.REGION: person.region}
        steps = (Field.REGION,) if case.red else tuple(Field)
        return tuple(step for step in steps if step == tapped or known.get(step) is None)

    async def _route(self, case: Case) -> Case:
        """To the region's desk when it is there and up, else to the national one; then the card goes out."""
        desk = None
        if case.region and case.region != ELSEWHERE:
            desk = await self._tx.desks.get(case.region)
        target = desk.id if desk and not desk.down else NATIONAL
        case = await self._tx.cases.save((await self._current(case)).routed(target))
        return await self._placing.place(case)

    async def _raise(self, case: Case, level: Level) -> None:
        """Raises a case; a red one leaves the ordinary queue for the urgent topic at once, claimed or not."""
        raised = (await self._current(case)).raised(level)
        if raised.urgency is case.urgency and case.desk is not None:
            if raised.status is Status.WAITING:
                await self._tell.card_changed(raised)
            return
        await self._tx.cases.save(raised)
        if not raised.red:
            return
        if raised.desk is None:
            await self._route(raised)
            return
        await self._tell.queue_line(case, "card.line.moved", code=case.code)
        raised = await self._placing.place(await self._tx.cases.save(raised.without_card()))
        if raised.thread_id is not None:
            await self._tell.topic(raised, "rename")
            await self._tell.topic_card_edit(raised)

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
        return value if value == ELSEWHERE else region(value).iso
    except (ValueError, KeyError):
        raise NotOpen from None
