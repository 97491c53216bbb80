"""Where a person is, for those who may come to help: asked for, kept sealed, and passed on only after her yes."""

from bot.domain.cases import Case, Status
from bot.domain.desks import Operator
from bot.domain.messages import Incoming, Kind
from bot.domain.people import Person
from bot.domain.rescue import AskedAlready, CannotAsk, Place, PlaceKind, Shared
from bot.services.cases import KEPT, NotOpen
from bot.services.tell import Tell
from storage.database import Transaction

GIVEN_SCREEN = {PlaceKind.POINT: "place.given_point", PlaceKind.NUMBER: "place.given_number"}


class Rescue:
    """Places and numbers of urgent cases."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell

    async def heard(self, person: Person, incoming: Incoming, shared: Shared | None) -> None:
        """Something of hers is in her case. In an urgent one a place or her own number brings the one question; any
        other words end what she was asked about where she is."""
        case = await self._tx.cases.open_of(person.key)
        if case is None or not case.red or incoming.edited:
            return
        if incoming.kind not in KEPT:
            if await self._tx.places.keyboard_back(case.id):
                await self._tell.screen(person.key, "where.heard", keyboard="menu", red=True)
        elif shared is None:
            key = "place.foreign" if incoming.kind is Kind.CONTACT else "kind.location_kept"
            await self._tell.person(
                person.key, "unpassed", case=case, once=f"unpassed.{key}", sent=incoming.kind, key=key
            )
        else:
            await self._ask(case, person, shared)

    async def _ask(self, case: Case, person: Person, shared: Shared) -> None:
        place = await self._tx.places.ask(case.id, shared)
        await self._tx.audits.add("place_asked", case.id, detail=place.kind)
        await self._tell.person(person.key, "place", case=case, once=f"give_{place.kind}", place=place.id,
                                kind=place.kind)  # fmt: skip

    async def answer(self, person: Person, place_id: str, *, yes: bool) -> Place:
        """Her answer. Raises NotOpen when it was answered, is not hers, or is asked about no more."""
        case = await self._tx.cases.open_of(person.key)
        if case is None or (yes and not case.red):
            raise NotOpen
        place = await self._tx.places.answer(place_id, case.id, yes=yes)
        if place is None:
            raise NotOpen
        await self._tx.audits.add("place_given" if yes else "place_refused", case.id, detail=place.kind)
        await self._tx.places.keyboard_back(case.id)
        if yes:
            await self._given(case, place)
        else:
            self._tx.erased = True
        return place

    async def show_answer(self, person: Person, place: Place, message_id: int, *, yes: bool) -> None:
        """The question without its buttons, and what follows from the answer, with the usual keyboard."""
        await self._tell.person(person.key, "place", red=True, place=place.id, kind=place.kind, message_id=message_id)
        key = GIVEN_SCREEN[place.kind] if yes else "place.refused"
        await self._tell.screen(person.key, key, keyboard="menu", red=True)

    async def _given(self, case: Case, place: Place) -> None:
        """Into the topic, when there is one or it is being made; else whoever takes the case gets it."""
        if case.thread_id is not None or case.status is Status.CLAIMED:
            await self._show(case, place)
        if case.desk is not None:
            await self._tell.card_changed(case)

    async def show(self, case: Case) -> None:
        """Into a topic that is new: the newest place and the newest number that she has given."""
        if case.red:
            for place in {place.kind: place for place in await self._tx.places.given(case.id)}.values():
                await self._show(case, place)

    async def _show(self, case: Case, place: Place) -> None:
        """A line and the point; a number stands in its own line."""
        if place.kind is PlaceKind.POINT:
            await self._tell.line(case, "line.place_given", given_at=place.at)
        await self._tell.topic(case, "place", place=place.id)
        await self._tx.audits.add("place_shown", case.id, case.claimer, place.kind)

    async def ask_where(self, case: Case) -> None:
        """The bot itself asks where she is, when nobody has in this case and she has given no place."""
        if case.person is None or not case.status.open or not case.red or await self._tx.places.given(case.id):
            return
        if await self._tx.places.bot_asks(case.id):
            await self._tell.person(case.person, "where", case=case, key="where.ask")

    async def ask_on_the_way(self, case: Case, operator: Operator) -> None:
        """The operator has said that help is on its way: she is asked where she is, once in a case.

        Raises AskedAlready, or CannotAsk when the question would not reach her.
        """
        person = await self._tx.people.get(case.person or "")
        if person is None or person.blocked:
            raise CannotAsk
        if not await self._tx.places.operator_asks(case.id):
            raise AskedAlready
        await self._tx.audits.add("where_asked", case.id, operator.key)
        await self._tell.person(person.key, "where", case=case, key="where.ask_on_the_way")
        await self._tell.line(case, "line.where_asked", alias=operator.alias)

    async def drop_ungiven(self, now: int) -> None:
        """What was never given goes a day after the end of the talk."""
        if await self._tx.places.drop_ungiven(now):
            self._tx.erased = True
