"""Operators' files to persons: switched on by a supervisor, kept until they are clean, and sent; or why one is not."""

from bot.domain.cases import Case
from bot.domain.desks import Desk, Operator
from bot.domain.enclosures import KINDS, overtaken, refusal
from bot.domain.media import Attached, Due, File
from bot.domain.messages import Kind, Message
from bot.services.tell import DELIVERED, NOT_SENT, Tell
from bot.services.threads import topic_of
from storage.database import Transaction


class Enclosures:
    """What goes to a person beside words. Off at every desk until a supervisor says otherwise."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def ask(self, desk: Desk) -> None:
        """`/media`: shows what is on and off, with a button each."""
        await self._tell.shift_topic(desk.id, "files_switch")

    async def switch(self, desk: Desk, operator: Operator, kind: Kind, shown: int, *, on: bool) -> bool:
        """A supervisor's tap on that message (`shown`), which names what she wants; whether it changed anything. The
        message shows what is so in any case: another one may have been faster."""
        changed = kind in KINDS and await self._tx.enclosures.switch(desk.id, kind, on=on)
        if changed:
            was, now = ("off", "on") if on else ("on", "off")
            await self._tx.audits.add("files_switched", operator=operator.key, detail=f"{desk.id} {kind} {was} {now}")
            await self._tell.shift_line(desk.id, f"files.{now}_{kind}", alias=operator.alias)
        await self._tell.shift_topic(desk.id, "files_switch", message_id=shown, chat=desk.chat_id)
        return changed

    async def refused(self, case: Case, kind: Kind, attached: Attached | None) -> str | None:
        """Why this file may not go to the person, as a key of the catalogue; None when it may."""
        why = refusal(kind, attached, await self._tx.enclosures.on(case.desk))
        return f"undelivered.{why}" if why else None

    async def keep(self, case: Case, message: str, attached: Attached) -> None:
        """A file that is this message of the case is to be fetched."""
        await self._tx.enclosures.add(case.id, message, attached)

    async def fetched(self, file: File, body: bytes) -> None:
        """It is here and clean: to the person, unless something has come between. Only now the claimer has answered:
        until then the person waits."""
        message = await self._tx.messages.get(file.id)
        case = await self._tx.cases.get(file.case)
        if message is None or case is None or not case.person:
            return
        why = await self._why_not(case, message)
        if why is not None or message.gone_at is not None:
            await self._stays(message, why or "failed")
        elif await self._tx.enclosures.ready(file, body):
            operator = await self._tx.operators.get(message.operator or "")
            await self._tx.cases.save(case.answered(self._tx.now))
            await self._tell.enclosed(case, "enclosure", message.id, alias=operator.alias if operator else "")

    async def not_fetched(self, due: Due, wait: int) -> None:
        """It did not come; it is tried again after so many milliseconds or more, but not for ever."""
        if not await self._tx.enclosures.later(due, wait):
            await self.lost(due.file.id, "file_lost")

    async def lost(self, message: str, why: str) -> None:
        """It can never be fetched or made clean; `why` is the end of a key `undelivered.`."""
        found = await self._tx.messages.get(message)
        if found is not None:
            await self._stays(found, why)

    async def sent(self, message: str) -> None:
        """It is at the person's."""
        await self._tx.enclosures.over(message)
        found = await self._tx.messages.get(message)
        case = await self._tx.cases.get(found.case) if found else None
        if found is None or case is None or found.topic_message_id is None or found.gone_at is not None:
            return
        if await self._here(case, found):
            await self._tell.reaction(case, found.topic_message_id, DELIVERED, optional=True)

    async def stayed(self, message: str) -> None:
        """When it was about to go out there was nothing to send any more."""
        found = await self._tx.messages.get(message)
        case = await self._tx.cases.get(found.case) if found else None
        if found is not None and case is not None:
            await self._stays(found, await self._why_not(case, found) or "failed")

    async def undelivered(self, message: str, why: str) -> None:
        """Telegram will never take it."""
        found = await self._tx.messages.get(message)
        if found is not None:
            await self._stays(found, why)

    async def _why_not(self, case: Case, message: Message) -> str | None:
        person = await self._tx.people.get(case.person or "")
        why = overtaken(case, message.operator, message.incoming.kind, await self._tx.enclosures.on(case.desk))
        return why or ("blocked" if person is None or person.blocked else None)

    async def _stays(self, message: Message, why: str) -> None:
        """It does not go, and a history says that the person does not have it. Its operator reads why, under it; when
        the case has another topic by now, whoever has it. Of what she has taken back herself nothing is said."""
        was_on_its_way = await self._tx.enclosures.over(message.id)
        case = await self._tx.cases.get(message.case)
        if not was_on_its_way or message.gone_at is not None or case is None or not case.person:
            return
        await self._tx.messages.take_back(message)
        if case.thread_id is None and case.claimer is None:
            return  # in the queue of another desk: nobody there has heard of it
        key = f"undelivered.{why}"
        if message.topic_message_id is not None and await self._here(case, message):
            await self._tell.reaction(case, message.topic_message_id, NOT_SENT)
            await self._tell.topic(case, "reply", key=key, values={}, message_id=message.topic_message_id)
        else:
            await self._tell.topic(case, "reply", key="undelivered.file_before", values={})

    async def _here(self, case: Case, message: Message) -> bool:
        """Whether it was written in the topic that the case has now: in another one its number means something else,
        and a history there may show it, too."""
        there = await self._tx.threads.at(message.id, topic_of(case))
        return any(one.message_id == message.topic_message_id for one in there)
