"""Single messages are taken back: a person's from the desk, an operator's from the person's chat."""

from bot.domain.cases import REOPEN_WITHIN, Case, Status
from bot.domain.desks import Desk, Operator
from bot.domain.messages import DELETABLE, Direction, Kind, Message
from bot.domain.people import Person
from bot.services.cases import Cases, NotOpen
from bot.services.dangers import TOGETHER_WITHIN
from bot.services.desk import Said
from bot.services.tell import NOT_SENT, Tell
from bot.services.threads import Threads
from storage.database import Transaction
from storage.threads import PERSON

OFFERED = 8
"""How many of her newest messages she can choose from; an older one by replying to it."""


class TakingBack:
    """ "Take back my message" of the person, and `/del` of an operator."""

    def __init__(self, tx: Transaction, tell: Tell, cases: Cases, threads: Threads) -> None:
        self._tx = tx
        self._tell = tell
        self._cases = cases
        self._threads = threads

    async def offer(self, person: Person) -> None:
        """Her newest messages to choose from; with a case that nobody has taken, all of it, too."""
        newest = await self._tx.messages.newest_of_person(person.key, self._tx.now - REOPEN_WITHIN, OFFERED)
        if not newest:
            await self._tell.screen(person.key, "unsay.nothing")
            return
        case = await self._tx.cases.open_of(person.key)
        whole = case is not None and case.status is Status.WAITING and not case.red
        names = [message.id for message in newest]
        await self._tell.person(person.key, "unsay", case=case, names=names, code=case.code if case and whole else None)

    async def by_reply(self, person: Person, message_id: int) -> None:
        """The message that she has replied to."""
        name = await self._tx.threads.in_chat(person.key, message_id)
        message = await self._tx.messages.get(name) if name else None
        if message is None or message.direction is not Direction.FROM_PERSON:
            await self._tell.screen(person.key, "unsay.not_hers" if message else "unsay.unknown")
        elif message.gone_at is not None:
            await self._tell.screen(person.key, "unsay.already")
        else:
            await self._taken_back(person, message)

    async def by_choice(self, person: Person, name: str) -> None:
        """One of those that were offered. Raises NotOpen when it is not hers, or taken back already."""
        message = await self._tx.messages.get(name)
        case = await self._tx.cases.get(message.case) if message else None
        if message is None or case is None or case.person != person.key or message.gone_at is not None:
            raise NotOpen
        if message.direction is not Direction.FROM_PERSON:
            raise NotOpen
        await self._taken_back(person, message)

    async def _taken_back(self, person: Person, message: Message) -> None:
        """The words are erased, with every wording that they had, here and on whatever shows them. What was found in
        them stays found, without a word: nothing that she does lowers a case. When nothing is left of a case that
        nobody has taken, it is taken back as a whole."""
        sure = True
        for one in await self._tx.messages.versions(message.id):
            await self._tx.messages.take_back(one)
            await self._tx.media.take_back(one.id)
            await self._tx.findings.without_words(one.case, one.at, one.at + TOGETHER_WITHIN)
            sure = await self._threads.take_down(one.id) and sure
            await self._threads.unquote(one)
        self._tx.erased = True
        case = await self._tx.cases.get(message.case)
        if case is None:
            return
        unread = case.status is Status.WAITING and case.taken_at is None and not case.red
        if unread and not await self._tx.messages.words_left(case.id):
            await self._cases.erase(case, "withdrawn")
            await self._tell.screen(person.key, "took_back.done", keyboard="menu")
            return
        await self._shown_anew(case, message, sure=sure)
        now = await self._tx.cases.open_of(person.key)
        urgent = now is not None and now.red
        await self._tell.screen(person.key, "unsay.done_urgent" if urgent else "unsay.done", red=urgent)

    async def _shown_anew(self, case: Case, message: Message, *, sure: bool) -> None:
        """Cards without her words, soon; whoever reads the case is told why something is not there any more, and to
        look for what may stand there twice."""
        if case.desk is not None and case.status is Status.WAITING:
            await self._tell.queue_edit(case, soon=True)
        if case.thread_id is not None:
            await self._tell.topic_card_edit(case, soon=True)
        if case.read:
            key = "line.taken_back_at" if sure else "line.taken_back_look"
            await self._tell.line(case, key, said_at=message.at)

    async def retract(self, desk: Desk, thread_id: int, operator: Operator | None, said: Said) -> None:
        """`/del`: what this operator wrote goes from the person's chat; here it stays, and for the supervisor, sealed.
        What cannot be is told to her."""
        case = await self._tx.cases.of_topic(desk.id, thread_id)
        if case is None or not case.person:
            return
        why = "undelivered.anonymous"
        if operator is not None and not said.anonymous:
            message = await self._tx.messages.from_topic(case.id, said.reply_to) if said.reply_to else None
            if message is not None and (why := await self._why_not(message, operator) or "") == "":
                for one in await self._tx.messages.versions(message.id):
                    await self._tx.messages.take_back(one)
                if message.incoming.kind is Kind.TEXT:
                    await self._tell.person(case.person, "retracted", case=case, message=message.id)
                else:
                    await self._tell.enclosed(case, "retracted", message.id)
                return
            why = why if message is not None else "del.not_yours"
        await self._tell.reaction(case, said.message_id, NOT_SENT)
        await self._tell.topic(case, "reply", key=why, values={}, message_id=said.message_id)

    async def _why_not(self, message: Message, operator: Operator) -> str | None:
        if message.operator != operator.key:
            return "del.not_yours"
        if message.gone_at is not None:
            return "del.already"
        copies = await self._tx.threads.at(message.id, PERSON)
        return "del.too_late" if any(self._tx.now - copy.at > DELETABLE for copy in copies) else None
