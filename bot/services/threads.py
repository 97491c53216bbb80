"""What belongs together in a talk: which message an answer, an edit or a removal is about, and where that stands."""

from collections.abc import Sequence

from bot.domain.cases import Case
from bot.domain.desks import Operator
from bot.domain.messages import CHANGEABLE, Direction, Incoming, Kind, Message, Standing
from bot.domain.words import QUOTE
from bot.services.tell import Tell
from storage.database import Transaction
from storage.threads import FILE, PERSON

NOT_CHANGED = "line.edit_not_sent"

SPOKEN = (Direction.FROM_PERSON, Direction.TO_PERSON)
"""What may be meant: notes and what is said at a hand-over are for operators alone."""


def topic_of(case: Case) -> str:
    """The place of a case's topic (see `storage.threads`)."""
    return f"{case.desk}/{case.thread_id}"


def private_of(operator: str) -> str:
    """The place of an operator's chat with the bot."""
    return f"operator:{operator}"


class Threads:
    """Finds the other side of a message; stores what is said with what it is about."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def heard(self, case: Case, incoming: Incoming) -> str | None:
        """Stores what the person has said, with what she answers, or what she changes by it; returns its id. None for
        an edit after which the words are the same: Telegram tells of those, too."""
        first = await self._changed(case, incoming) if incoming.edited else None
        if first is not None:
            newest = (await self._tx.messages.versions(first.id))[-1]
            same = (newest.incoming.kind, newest.incoming.text) == (incoming.kind, incoming.text)
            if same and incoming.number is None:  # else it has another picture
                return None
            reply: str | None = first.id
        else:
            reply = await self._meant_by_her(case, incoming)
        return await self._tx.messages.add(
            case.id, Direction.FROM_PERSON, incoming, reply_to=reply, edits=first.id if first else None
        )

    async def _changed(self, case: Case, incoming: Incoming) -> Message | None:
        """The message of this case that her edit is of, unless she has taken it back."""
        name = await self._in_chat(case, incoming.message_id)
        found = await self._tx.messages.get(name) if name else None
        hers = found is not None and found.case == case.id and found.direction is Direction.FROM_PERSON
        return found if hers and found is not None and found.gone_at is None else None

    async def _meant_by_her(self, case: Case, incoming: Incoming) -> str | None:
        name = await self._in_chat(case, incoming.reply_to)
        found = await self._tx.messages.get(name) if name else None
        return (found.edits or found.id) if found is not None and found.case == case.id else None

    async def _in_chat(self, case: Case, message_id: int | None) -> str | None:
        if case.person is None or message_id is None:
            return None
        return await self._tx.threads.in_chat(case.person, message_id)

    async def meant(self, case: Case, place: str, message_id: int | None, quote: str) -> tuple[str | None, str]:
        """Which message of the talk an operator answers who replies to this one, and the part of it that she has picked
        out. Where several stand in one and she has picked out nothing, none is meant. A quotation of anything else is
        none: it may be a note that is for operators alone."""
        found = []
        for name in await self._standing(place, message_id) if message_id is not None else ():
            message = await self._tx.messages.get(name)
            if message and message.case == case.id and message.direction in SPOKEN:
                found += [message] if message.gone_at is None else []
        picked = "\n".join(line.removeprefix(QUOTE) for line in quote.split("\n")).strip()
        holding = [message for message in found if picked and picked in message.incoming.text]
        if not holding and len(found) != 1:
            return None, ""
        one = (holding or found)[-1]
        return one.edits or one.id, picked if holding else ""

    async def _standing(self, place: str, message_id: int) -> list[str]:
        """What stands in one message of a place: words, or a file of hers."""
        words = await self._tx.threads.in_message(place, message_id)
        return words or await self._tx.threads.in_message(place + FILE, message_id)

    async def answer(
        self, case: Case, operator: Operator, text: str, place: str, message_id: int, *, reply_to: int | None = None,
        quote: str = "", sent: Incoming | None = None,
    ) -> str:  # fmt: skip
        """Stores what an operator writes to the person, as this message of hers in this place; returns its id. `sent`:
        the kind and length of a file under which she has written it."""
        reply, picked = await self.meant(case, place, reply_to, quote)
        kind, seconds = (sent.kind, sent.seconds) if sent else (Kind.TEXT, None)
        incoming = Incoming(kind, text, seconds=seconds, quote=picked)
        message = await self._tx.messages.add(
            case.id, Direction.TO_PERSON, incoming, operator=operator.key,
            topic_message_id=message_id if place == topic_of(case) else None, reply_to=reply,
        )  # fmt: skip
        await self._tx.threads.add(message, place, message_id)
        return message

    async def fixed(self, case: Case, message_id: int) -> str | None:
        """Why this message of the topic cannot be changed at the person's side any more, as a key of the catalogue;
        None when it can."""
        first = await self._tx.messages.from_topic(case.id, message_id)
        if first is None or self._tx.now - first.at > CHANGEABLE:
            return NOT_CHANGED
        return "line.edit_gone" if first.gone_at is not None else None

    async def reword(self, case: Case, operator: Operator, message_id: int, text: str) -> None:
        """An operator has changed what she wrote to the person, and it is not `fixed`: the copy there is changed, the
        old text is kept."""
        first = await self._tx.messages.from_topic(case.id, message_id)
        if first is None or (await self._tx.messages.versions(first.id))[-1].incoming.text == text:
            return
        incoming = Incoming(Kind.TEXT, text, edited=True, quote=first.incoming.quote)
        message = await self._tx.messages.add(
            case.id, Direction.TO_PERSON, incoming, operator=operator.key, edits=first.id
        )
        await self._tell.person(case.person or "", "reworded", case=case, message=message, alias=operator.alias)

    async def delivered(self, case: Case, message_id: int) -> bool:
        """Whether this message of the topic has gone to the person, and she may still have it."""
        message = await self._tx.messages.from_topic(case.id, message_id)
        return message is not None and message.gone_at is None

    async def stand(self, out: Sequence[Standing]) -> None:
        """Messages are out; what was taken back while they were on their way goes at once."""
        names = set()
        for one in out:
            mine = list(dict.fromkeys(whose for whose, _ in one.lines if whose))
            for name in mine:
                await self._tx.threads.add(name, one.place, one.message_id, again=one.again)
            if len(mine) > 1 and one.case is not None and await self._tx.messages.get(mine[0]):
                await self._tx.threads.join(one.case, one.place, one.message_id, one.lines)
            names |= {name for name in mine if one.place != PERSON}
        for name in await self._tx.messages.gone(names):
            await self.take_down(name)

    async def unquote(self, message: Message) -> None:
        """What was picked out of this one goes from every message that answers it, wherever the bot has shown it."""
        for one in await self._tx.messages.unquote(message):
            for shown in await self._tx.threads.of(one.id):
                typed = one.direction is Direction.TO_PERSON and shown.message_id == one.topic_message_id
                if shown.place == PERSON or typed:
                    continue  # her own chat, or what an operator has typed herself
                lines = await self._tx.threads.lines(shown.place, shown.message_id)
                if lines is not None:
                    kept = [(whose, None if whose == one.id and (line or "").startswith(QUOTE * 2) else line)
                            for whose, line in lines]  # fmt: skip
                    await self._tx.threads.join(one.case, shown.place, shown.message_id, kept)
                await self._tell.take_down(shown.place, shown.message_id, shown.at, left=one.id)

    async def take_down(self, message: str) -> bool:
        """Whatever shows it to operators: a message of its own goes, lines among others become a mark. Whether that is
        all of it for certain: what a stop has left in doubt may stand there twice."""
        found = await self._tx.messages.get(message)
        if found is None:
            return True
        sure = True
        for one in await self._tx.threads.of(message):
            if one.place == PERSON:
                continue
            lines = await self._tx.threads.lines(one.place, one.message_id)
            if lines is not None:
                kept = [(whose, None if whose == message else line) for whose, line in lines]
                await self._tx.threads.join(found.case, one.place, one.message_id, kept)
            await self._tell.take_down(one.place, one.message_id, one.at)
            sure = sure and not one.again
        return sure
