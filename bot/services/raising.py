"""An operator says that a case is urgent, though no rule has found it and the person has not said so."""

from bot.domain.cases import NotYours, OldButton, Status, WrongMove
from bot.domain.desks import Desk, Operator
from bot.domain.urgency import Level
from bot.services.dangers import Dangers
from bot.services.ladders import Ladders
from bot.services.tell import Tell
from storage.database import Transaction


class Raising:
    """The claimer makes her case red. The person is told nothing: she is in a talk, and an operator says what to do."""

    def __init__(self, tx: Transaction, tell: Tell, dangers: Dangers, ladders: Ladders) -> None:
        self._tx = tx
        self._tell = tell
        self._dangers = dangers
        self._ladders = ladders

    async def urgent(self, desk: Desk, code: str, operator: Operator) -> None:
        """From now on it is red in every way, with her judgement on the card; two people lower it again.

        Raises WrongMove, NotYours, OldButton when it is red already.
        """
        case = await self._tx.cases.with_code(code)
        if case is None or case.desk != desk.id or case.status is not Status.CLAIMED:
            raise WrongMove
        if case.claimer != operator.key:
            raise NotYours
        if case.red:
            raise OldButton
        raised = await self._dangers.raised(case, Level.RED)
        await self._tx.cases.confirm_danger(raised.id, operator.key)
        await self._ladders.alarmed(raised)
        await self._tell.line(raised, "line.raised", alias=operator.alias)
        await self._tell.topic_card_edit(raised)
