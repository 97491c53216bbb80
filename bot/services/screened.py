"""Operators' words before they go to a person: what is held back and who hears of it; and what of hers is covered."""

from dataclasses import dataclass

from bot.domain.cases import Case, NotYours, OldButton
from bot.domain.desks import NATIONAL, Desk, Operator
from bot.domain.masking import SecretKind
from bot.domain.messages import Direction, Incoming, Kind
from bot.domain.screening import Held
from bot.services.tell import Tell
from storage.database import Transaction
from storage.reference.screening import masking, screening

TOLD = 3_600_000
"""Milliseconds between two words to supervisors about the same case."""


IN_WINDOW = 120
"""Characters of what is uncovered that the window has room for beside its own words; what is cut is seen to be."""


@dataclass(frozen=True)
class Shown:
    """What was covered in a message, as she typed it."""

    values: str


class Screened:
    """One way for every path on which an operator's words go to a person, and one for what is covered of hers."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def held(self, case: Case, operator: Operator, text: str, topic_message_id: int | None = None) -> Held | None:
        """Why this text may not go to the person; None when it may. What is held back is kept under the case's key for
        the supervisor, and of the second one in a case supervisors are told. The caller tells the operator."""
        held = screening().held(text)
        if held is None:
            return None
        before = await self._tx.messages.held_back(case.id)
        await self._tx.messages.add(
            case.id, Direction.HELD, Incoming(Kind.TEXT, text), operator=operator.key, topic_message_id=topic_message_id
        )
        await self._tx.audits.add("held_back", case.id, operator.key, held.rule)
        if before and await self._tx.desks.ring(f"held:{case.id}", TOLD):
            await self._tell_supervisors(case, operator)
        return held

    async def _tell_supervisors(self, case: Case, operator: Operator) -> None:
        """In private, by the code: those of the case's desk, and of the desk as whose operator she answers. It is never
        only herself; without anybody else the administrators."""
        keys = [key for desk in dict.fromkeys((case.desk, case.aside)) if desk
                for key in await self._tx.operators.supervisors(desk)]  # fmt: skip
        others = [key for key in dict.fromkeys(keys) if key != operator.key]
        if not others:
            others = [one.key for one in await self._tx.operators.administrators() if one.key != operator.key]
        for key in others:
            await self._tell.operator(key, "held.twice", code=case.code, desk=case.desk)

    async def answers(self, desk: Desk, code: str | None, thread_id: int, operator: Operator) -> None:
        """A supervisor reads what operators have written in a case, also what was held back: in the case's topic, or
        where that is gone or another desk's, in one that goes a day later. The national desk reads of every region's,
        and all, also from before a hand-over: else nobody could any more. `code` None: of the case whose topic this
        is."""
        found = await self._tx.cases.with_code(code) if code else await self._tx.cases.of_topic(desk.id, thread_id)
        if found is None or desk.id not in (found.desk, NATIONAL) or not found.person:
            await self._tell.shift_line(desk.id, "answers.unknown")
            return
        await self._tx.audits.add("answers_read", found.id, operator.key)
        upto = await self._tx.messages.last(found.id)
        if found.desk == desk.id and found.thread_id is not None:
            await self._tell.topic(found, "answers", upto=upto)
        else:
            await self._tell.answers(desk.id, found, upto)

    async def forget(self, now: int) -> None:
        """Topics in which supervisors have read go."""
        for desk, thread in await self._tx.desks.topics_over(now):
            await self._tx.desks.drop_topic(desk, thread)
            await self._tell.topic_over(desk, thread)

    async def uncover(self, code: str, message: str, operator: Operator, desk: Desk | None = None) -> Shown:
        """What is covered in a message of a case, for its claimer alone; recorded. `desk` None: she has the talk in her
        private chat. Raises NotYours, or OldButton when there is nothing to show any more."""
        case = await self._tx.cases.with_code(code)
        if case is None or not case.status.open or (desk.id != case.desk if desk else case.aside is None):
            raise OldButton
        if case.claimer != operator.key:
            raise NotYours
        said = await self._tx.messages.get(message)
        if said is None or said.case != case.id or said.direction is not Direction.FROM_PERSON:
            raise OldButton
        text = said.incoming.text
        secrets = masking().secrets(text)
        if not secrets:
            raise OldButton
        kinds = "|".join(dict.fromkeys(secret.kind for secret in secrets))
        await self._tx.audits.add("uncovered", case.id, operator.key, kinds)
        values = " \u00b7 ".join(text[secret.begin : secret.end] for secret in secrets)
        return Shown(values if len(values) <= IN_WINDOW else values[:IN_WINDOW] + "\u2026")

    async def warn(self, case: Case, incoming: Incoming) -> None:
        """The first time in a case that is not red, when what she wrote should be told to nobody: one kind line. Of a
        telephone number, which she may well mean to give, she reads who can see it."""
        kinds = {secret.kind for secret in masking().secrets(incoming.text)}
        if not kinds:
            return
        what = "secret.phone" if kinds == {SecretKind.PHONE} else "secret.kept"
        now = await self._tx.cases.get(case.id)
        if now is not None and now.person and not now.red and await self._tx.warnings.first(case.id, what):
            await self._tell.screen(now.person, what)
