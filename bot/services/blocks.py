"""Abuse: somebody is blocked for a while, hears until when, and what is urgent of hers comes through all the same."""

from dataclasses import replace

from bot.domain.blocks import ALONE, DURATIONS, HOUR, TOLD_GAP, Block, Why
from bot.domain.cases import OldButton, SecondNeeded, WrongMove
from bot.domain.desks import Desk, Operator
from bot.domain.people import Person
from bot.services.tell import Tell
from storage.database import Transaction


class Blocks:
    """Blocks of persons. Nothing here holds back a red case, but that another came from her within the hour."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def begin(self, desk: Desk, code: str, operator: Operator, why: Why, hours: int) -> None:
        """The person of this case is blocked from now on: for a day at most by one operator, and longer when a second
        one agrees. Whoever calls this ends the case. Raises WrongMove for a case that is urgent, over, or not here."""
        case = await self._tx.cases.with_code(code)
        if case is None or case.desk != desk.id or case.red or not case.status.open or case.person is None:
            raise WrongMove
        if hours not in DURATIONS:
            raise OldButton
        now = self._tx.now
        asked = hours if hours > ALONE else None
        until = now + min(hours, ALONE) * HOUR
        block = Block(case.person, code, desk.id, why, operator.key, now, until, asked)
        await self._tx.blocks.begin(block)
        await self._tx.audits.add("blocked", case.id, operator.key, why)
        await self._show(block, alias=operator.alias)

    async def agree(self, desk: Desk, code: str, operator: Operator, message_id: int) -> None:
        """Somebody else agrees that it is longer. Raises SecondNeeded, or OldButton when nothing is proposed here."""
        block = await self._here(desk, code)
        if block.asked is not None and block.operator == operator.key:
            raise SecondNeeded
        agreed = await self._tx.blocks.agree(code, operator.key)
        if agreed is None:
            raise OldButton
        await self._tx.audits.add("block_agreed", None, operator.key, code)
        await self._show(agreed, alias=await self._alias(agreed), second=operator.alias, edit=message_id)
        if await self._tx.cases.open_of(agreed.person) is not None:  # there all that she writes arrives
            agreed = replace(agreed, case_at=None)
        await self._tell.blocked(agreed, "blocked.longer", once="blocked")

    async def lift(self, desk: Desk, code: str, operator: Operator, message_id: int) -> None:
        """She may write again. Raises OldButton when it is over already."""
        block = await self._here(desk, code)
        await self._tx.blocks.lift(code)
        await self._tx.audits.add("block_lifted", None, operator.key, code)
        await self._tell.shift_line(desk.id, "block.lifted", edit=message_id, code=code, alias=operator.alias)
        await self._tell.screen(block.person, "blocked.lifted", keyboard="menu")

    async def stops(self, person: Person, *, red: bool) -> bool:
        """Whether what she has written, and what would open a case, goes no further; then she was told so. Something
        urgent goes on, once an hour."""
        block = await self._tx.blocks.standing(person.key)
        if block is None:
            return False
        if not red:
            await self.answer(person)
            return True
        if block.lets_urgent(self._tx.now):
            await self._tx.blocks.made_case(person.key)
            return False
        values = {"when": block.urgent_from(self._tx.now)}
        await self._tell.person(person.key, "screen", red=True, ahead=True, key="blocked.urgent", keyboard="menu",
                                values=values, once="blocked")  # fmt: skip
        return True

    async def answer(self, person: Person) -> bool:
        """Whether she is blocked; then she reads until when, and what reaches us all the same, once a minute."""
        block = await self._tx.blocks.standing(person.key)
        if block is not None and await self._tx.desks.ring(f"blocked:{block.code}", TOLD_GAP):
            await self._tell.blocked(block, "blocked.words", once="blocked")
        return block is not None

    async def _here(self, desk: Desk, code: str) -> Block:
        block = await self._tx.blocks.of_case(code)
        if block is None or block.desk != desk.id:
            raise OldButton
        return block

    async def _alias(self, block: Block) -> str:
        operator = await self._tx.operators.get(block.operator) if block.operator else None
        return operator.alias if operator else ""

    async def _show(self, block: Block, *, alias: str, second: str | None = None, edit: int | None = None) -> None:
        """In the shift topic, with the buttons to agree and to lift."""
        shown = {"code": block.code, "why": block.why, "until": block.until, "asked": block.asked}
        await self._tell.shift_topic(block.desk, "block", alias=alias, second=second, edit=edit, **shown)
