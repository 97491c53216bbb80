"""Practice cases: begun by a supervisor, taken and answered like real ones, and played by a script."""

from functools import partial

from bot.domain.cases import AlreadyClaimed, NotYours, WrongMove
from bot.domain.desks import Desk, Member, Operator
from bot.domain.people import Language
from bot.domain.practice import WAIT, Practice, RedWaits, Running, met
from bot.services.desk import NOTE, Said
from bot.services.tell import Tell
from storage.database import Transaction
from storage.reference.practice import rules, stories, story


class Practising:
    """Nothing here touches a case, a person, a shift or a ladder: only the table of practice cases, and posts to the
    desk's group that wait for all else."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def ask(self, desk: Desk) -> None:
        """Which story, in which language."""
        await self._tell.shift_topic(desk.id, "practice_ask")

    async def begin(self, desk: Desk, name: str, language: Language, asked: int) -> None:
        """Puts a card in the queue. Raises WrongMove for a story that is gone, Running or RedWaits."""
        if name not in {story.id for story in stories()}:
            raise WrongMove
        await self._nobody_waits(desk)
        begun = await self._tx.practice.begin(desk.id, name, language)
        if begun is None:
            raise Running
        await self._tell.practice(begun, "queue", "practice_card")
        await self._tell.practice(begun, "shift", "practice_begun", message_id=asked, chat=desk.chat_id)

    async def take(self, desk: Desk, number: int, operator: Operator) -> None:
        """One winner. Raises AlreadyClaimed, WrongMove when it is over, or RedWaits."""
        await self._nobody_waits(desk)
        found = await self._known(desk, number)
        taken = await self._tx.practice.take(number, operator.key)
        if taken is None:
            winner = await self._tx.operators.get(found.operator or "")
            raise AlreadyClaimed(winner.alias if winner else "") if found.over_at is None else WrongMove
        await self._tell.practice(taken, "queue", "practice_card_edit")
        await self._tell.practice(taken, taken.topic, "practice_head", alias=operator.alias)
        await self._say(taken, 0)

    async def of_topic(self, desk: Desk, thread_id: int) -> Practice | None:
        """The practice case whose topic this is."""
        return await self._tx.practice.of_topic(desk.id, thread_id)

    async def said(self, desk: Desk, practice: Practice, operator: Operator | None, said: Said) -> None:
        """Words in its topic: the claimer's are looked through and forgotten, all else is a note."""
        if practice.over_at is not None or said.edited:
            return
        if operator is None or operator.key != practice.operator or said.internal or said.text is None:
            await self._tell.mark(desk.id, said.message_id, NOTE)
            return
        heard = practice.heard | met(said.text, rules()["kk"]) | met(said.text, rules()["ru"])
        await self._tx.practice.answered(practice, heard, self._tx.now + WAIT)

    async def end(self, desk: Desk, number: int, operator: Operator, member: Member) -> None:
        """By its claimer or a supervisor. Raises NotYours, or WrongMove when it is over."""
        found = await self._known(desk, number)
        if operator.key != found.operator and member is not Member.SUPERVISOR:
            raise NotYours
        if not await self._end(found):
            raise WrongMove

    async def play(self, now: int) -> None:
        """The script's turns; it rests while somebody real in danger waits for the desk."""
        for one in await self._tx.practice.open():
            await self._tx.alone("a practice case cannot go on", partial(self._play, one, now))

    async def _play(self, one: Practice, now: int) -> None:
        waits = bool(await self._tx.cases.unclaimed_reds(one.desk))
        if waits != one.paused:
            await self._tx.practice.pause(one.id, paused=waits)
            if one.operator is not None:
                key = "practice.paused" if waits else "practice.resumed"
                await self._tell.practice(one, one.topic, "practice_line", key=key)
        elif not waits and (one.idle(now) or (one.speaks(now) and not await self._say(one, one.turn + 1))):
            await self._end(one)

    async def forget(self, now: int) -> None:
        """A day after the end nothing of it stays, its topic neither."""
        for gone in await self._tx.practice.forget(now):
            thread = await self._tx.desks.topic(gone.desk, gone.topic)
            if thread is not None:
                await self._tx.desks.drop_topic(gone.desk, thread)
                await self._tell.delete_topic(gone.desk, thread)

    async def _say(self, practice: Practice, turn: int) -> bool:
        """What the script says at this turn; False when the story is over."""
        text = story(practice.story).line(turn, practice.heard, practice.language)
        if text is None:
            return False
        await self._tx.practice.spoke(practice.id, turn)
        await self._tell.practice(practice, practice.topic, "practice_says", text=text)
        return True

    async def _end(self, practice: Practice) -> bool:
        if not await self._tx.practice.end(practice.id):
            return False
        await self._tell.practice(practice, "queue", "practice_card_edit")
        if practice.claimed_at is not None:
            await self._tell.practice(practice, practice.topic, "practice_debrief")
        return True

    async def _known(self, desk: Desk, number: int) -> Practice:
        found = await self._tx.practice.get(desk.id, number)
        if found is None:
            raise WrongMove
        return found

    async def _nobody_waits(self, desk: Desk) -> None:
        reds = await self._tx.cases.unclaimed_reds(desk.id)
        if reds:
            raise RedWaits(reds[0].code)
