"""Canned replies: shown to the claimer, sent as words of hers; and what supervisors change for their desk."""

from typing import Any, Literal

from bot.domain.canned import BadReply, Reply, digest, found, named, parsed
from bot.domain.cases import Case, NotYours, OldButton, WrongMove
from bot.domain.desks import Desk, Operator
from bot.domain.people import Person
from bot.services.desk import DeskWork
from bot.services.tell import NOT_SENT, Tell
from storage.database import Transaction
from storage.reference.canned import voices

OFF, ON = "-", "+"
"""Typed behind a title: it is offered no more, or again."""


class CannotWrite(Exception):
    """The person has blocked the bot, or is gone."""


Sent = Literal["sent", "changed", "held"]


class Canned:
    """What an operator does with canned replies. None goes to a person before its claimer has seen it and said so."""

    def __init__(self, tx: Transaction, tell: Tell, desk_work: DeskWork) -> None:
        self._tx = tx
        self._tell = tell
        self._desk_work = desk_work

    async def offer(self, desk: Desk, code: str, operator: Operator, page: int, message_id: int | None) -> None:
        """A list of those that suit the case, `page` from 0 on, in the place of an older one. Raises NotYours or
        WrongMove."""
        case = await self._desk_work.held(desk, code, operator)
        await self._tell.topic(case, "canned_list", page=page, **_instead(desk, message_id))

    async def show(self, desk: Desk, code: str, operator: Operator, name: str, message_id: int | None) -> None:
        """The text as the person would read it now. Raises NotYours, WrongMove, CannotWrite, or OldButton when the
        reply is gone."""
        case = await self._desk_work.held(desk, code, operator)
        await self._show(desk, case, await self._known(desk, name), await self._writes(case), message_id)

    async def send(self, desk: Desk, code: str, operator: Operator, name: str, seen: str, message_id: int) -> Sent:
        """To the person, as the claimer's words. "changed" when language, tone or text are not those that she has seen
        (`seen`, its digest): the new one is shown instead; "held" when it is held back as any of her words may be.
        Raises as `show`; OldButton also for a second tap."""
        case = await self._desk_work.held(desk, code, operator)
        reply, person = await self._known(desk, name), await self._writes(case)
        if await self._tx.messages.has(case.id, message_id):
            raise OldButton
        text = _said(reply, case, person)
        if digest(text) != seen:
            await self._show(desk, case, reply, person, message_id)
            return "changed"
        if not await self._desk_work.answer(desk, code, operator, text, message_id):
            return "held"
        await self._tell.topic(case, "canned_sent", alias=operator.alias, text=text, **_instead(desk, message_id))
        return "sent"

    async def cancel(self, desk: Desk, code: str, operator: Operator, message_id: int) -> None:
        """What was shown becomes a line. Raises NotYours or WrongMove."""
        case = await self._desk_work.held(desk, code, operator)
        await self._tell.topic(case, "canned_none", key="canned.cancelled", **_instead(desk, message_id))

    async def search(self, desk: Desk, thread_id: int, operator: Operator | None, word: str, message_id: int) -> None:
        """`/t word` in a case's topic: what has the word, or the list; by the claimer alone."""
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        try:
            if case is None or operator is None:
                raise NotYours
            case = await self._desk_work.held(desk, case.code, operator)
            person = await self._writes(case)
        except (NotYours, WrongMove, CannotWrite) as refused:
            await self._tell.mark(desk.id, message_id, NOT_SENT)
            if case is not None:
                key = "canned.blocked" if isinstance(refused, CannotWrite) else "canned.not_yours"
                await self._tell.topic(case, "reply", key=key, values={}, message_id=message_id)
            return
        hits = found(await self._tx.canned.of(desk.id), word) if word else []
        if not word:
            await self._tell.topic(case, "canned_list", page=0, **_instead(desk, None))
        elif len(hits) == 1:
            await self._show(desk, case, hits[0], person, None)
        elif hits:
            await self._tell.topic(case, "canned_hits", names=[hit.id for hit in hits])
        else:
            await self._tell.topic(case, "reply", key="canned.nothing", values={}, message_id=message_id)

    async def settle(self, desk: Desk, typed: str) -> None:
        """`/canned` by a supervisor: shows how and which there are, or one; adds, changes, switches off and on."""
        if not typed:
            await self._tell.shift_topic(desk.id, "canned_how")
            return
        replies = await self._tx.canned.of(desk.id)
        if "\n" not in typed:
            await self._one(desk, typed, replies)
            return
        try:
            title, texts = parsed(typed, voices())
        except BadReply as bad:
            missing = [list(voice) for voice in bad.missing]
            await self._tell.shift_topic(desk.id, "canned_bad", flaw=bad.flaw, missing=missing)
            return
        await self._tx.canned.save(desk.id, named(replies, title), title, texts)
        await self._tell.shift_topic(desk.id, "canned_saved", title=title)

    async def _one(self, desk: Desk, typed: str, replies: tuple[Reply, ...]) -> None:
        """A title alone, or with what is to become of it."""
        title, switched = typed, typed.split()[-1] in (OFF, ON)
        reply = named(replies, typed)
        if reply is None and switched:
            title = typed.rsplit(maxsplit=1)[0] if len(typed.split()) > 1 else typed
            reply = named(replies, title)
        else:
            switched = False
        if reply is None:
            await self._tell.shift_line(desk.id, "canned.unknown", title=title)
        elif switched:
            off = typed.split()[-1] == OFF
            await self._tx.canned.switch(desk.id, reply, title, off=off)
            await self._tell.shift_line(desk.id, "canned.off" if off else "canned.on", title=title)
        else:
            await self._tell.shift_topic(desk.id, "canned_one", name=reply.id)

    async def _known(self, desk: Desk, name: str) -> Reply:
        reply = await self._tx.canned.get(desk.id, name)
        if reply is None:
            raise OldButton
        return reply

    async def _writes(self, case: Case) -> Person:
        person = await self._tx.people.get(case.person or "")
        if person is None or person.blocked:
            raise CannotWrite
        return person

    async def _show(self, desk: Desk, case: Case, reply: Reply, person: Person, message_id: int | None) -> None:
        language, text = person.language or case.language, _said(reply, case, person)
        await self._tell.topic(
            case, "canned_shown", name=reply.id, text=text, language=language, adult=person.adult,
            **_instead(desk, message_id),
        )  # fmt: skip


def _instead(desk: Desk, message_id: int | None) -> dict[str, Any]:
    """In the place of this message of the desk's group, or as a new one. In another group, where the case or the desk
    may be by the time it goes out, the number would be some other message's."""
    return {"message_id": message_id, "chat": desk.chat_id}


def _said(reply: Reply, case: Case, person: Person) -> str:
    """In the person's language and tone, as they are now."""
    return reply.texts[person.language or case.language, person.adult]
