"""Files of a case: kept until they are fetched and clean, shown in the case's topic, and what she is told of them."""

from dataclasses import replace

from bot.domain.cases import Case, OldButton
from bot.domain.media import MOST, SPOKEN, Attached, Consent, Due, File, FileState
from bot.domain.messages import Incoming, Kind
from bot.domain.people import Person
from bot.services.flood import FREE, Flood
from bot.services.tell import Tell
from bot.services.threads import topic_of
from storage.database import Transaction

LOST_SCREEN = {Kind.PHOTO: "media.photo_lost", Kind.VOICE: "media.voice_lost", Kind.VIDEO_NOTE: "media.voice_lost"}
LOST_LINE = {Kind.PHOTO: "line.photo_lost", Kind.VOICE: "line.voice_lost", Kind.VIDEO_NOTE: "line.voice_lost"}


class Media:
    """Photos, voices and video notes of persons."""

    def __init__(self, tx: Transaction, tell: Tell) -> None:
        self._tx = tx
        self._tell = tell
        self._flood = Flood(tx, tell)

    async def keep(self, case: Case, incoming: Incoming, attached: Attached | None) -> tuple[Incoming, bool]:
        """Keeps a file that came with a message. The message with the file's number, and whether it is to be shown by
        itself: of an album only the first says that there are photos.

        An edit that brings no other file is words alone.
        """
        if attached is None or attached.too_large or (incoming.edited and await self._tx.media.has(case.id, attached)):
            return incoming, True
        consent = await self._tx.media.consent(case.id) if attached.kind in SPOKEN else Consent.YES
        if consent is Consent.NO or await self._tx.media.count(case.id) >= MOST:
            return incoming, True
        state = FileState.DUE if consent is Consent.YES else FileState.ASKED
        file = await self._tx.media.add(case.id, attached, state)
        shown = bool(incoming.text) or not await self._tx.media.follows(file)
        return replace(incoming, number=file.number), shown

    async def belongs(self, case: Case, incoming: Incoming, message: str) -> None:
        """The message is stored, under this id: its file goes where it goes."""
        if incoming.number is not None:
            await self._tx.media.belongs(case.id, incoming.number, message)

    async def tell(self, case: Case, attached: Attached) -> None:
        """What she has to know of a file that she has just sent."""
        if attached.too_large:
            await self._say(case, "media.too_large")
        elif not await self._tx.media.has(case.id, attached) and await self._tx.media.count(case.id) >= MOST:
            await self._say(case, "media.too_many")
        elif attached.kind in SPOKEN:
            await self._ask(case)
        elif not await self._tx.media.told_of_documents(case.id):
            await self._say(case, "media.documents")

    async def _ask(self, case: Case) -> None:
        """Once in a case whether her voice may be heard; afterwards what follows from her answer."""
        consent = await self._tx.media.consent(case.id)
        if consent is None:
            await self._tx.media.set_consent(case.id, Consent.ASKED)
            await self._tx.audits.add("voice_asked", case.id)
            await self._tell.person(case.person or "", "voice", case=case, code=case.code, key="media.voice_ask")
            if case.read:
                await self._tell.line(case, "line.voice_asked")
        elif consent is Consent.ASKED:
            await self._say(case, "media.voice_waits")
        elif consent is Consent.NO:
            await self._tell.person(case.person or "", "voice", case=case, once="media.voice_again", code=case.code,
                                    key="media.voice_again")  # fmt: skip

    async def _say(self, case: Case, key: str) -> None:
        """A sentence to her; of several that wait only the last."""
        if case.person:
            await self._tell.screen(case.person, key, red=case.red, once=key)

    async def answer(self, person: Person, code: str, *, yes: bool) -> tuple[Case, str]:
        """Her answer, and the sentence that follows from it. A no may become a yes, for what she sends from then on.
        Raises OldButton."""
        case = await self._tx.cases.open_of(person.key)
        before = await self._tx.media.consent(case.id) if case is not None and case.code == code else None
        if case is None or before in (None, Consent.YES) or (before is Consent.NO and not yes):
            raise OldButton
        await self._tx.media.set_consent(case.id, Consent.YES if yes else Consent.NO)
        await self._tx.audits.add("voice_given" if yes else "voice_refused", case.id)
        if not yes:
            self._tx.erased = True
            if case.read:
                await self._tell.line(case, "line.voice_refused")
            return case, "media.voice_no"
        return case, "media.voice_yes" if before is Consent.ASKED else "media.voice_from_now"

    async def show_answer(self, person: Person, case: Case, told: str, message_id: int) -> None:
        """What follows, in the place of the question."""
        await self._tell.person(person.key, "voice", case=case, code=case.code, key=told, message_id=message_id)

    async def fetched(self, file: File, body: bytes) -> None:
        """A file is here and clean: into the topic, or it waits for whoever takes the case."""
        case = await self._tx.cases.get(file.case)
        if case is not None and await self._tx.media.ready(file, body):
            await self.follow(case)

    async def not_fetched(self, due: Due, wait: int) -> None:
        """It did not come; it is tried again after so many milliseconds or more, but not for ever."""
        if not await self._tx.media.later(due, wait):
            await self.lost(due.file.id)

    async def lost(self, file: str) -> None:
        """It cannot be fetched, made clean or shown: she hears it, and whoever reads the case."""
        found = await self._tx.media.lose(file)
        case = await self._tx.cases.get(found.case) if found else None
        if found is None or case is None:
            return
        await self._say(case, LOST_SCREEN[found.kind])
        await self.follow(case)

    async def follow(self, case: Case) -> None:
        """Files behind what was said. Not before the card and the history of a topic that is new: these come first, and
        are followed by `show`."""
        if not await self._tx.outbox.under_way(case.id, "topic_card", "history"):
            await self.show(case)

    async def show(self, case: Case) -> None:
        """All that was not shown in the topic that the case has now. Of many at once, and of what came in a flood,
        others wait for none; in a red case it is never behind."""
        if case.thread_id is None:
            return
        for count, file in enumerate(await self._tx.media.unshown(case.id, case.thread_id, topic_of(case))):
            if file.state is FileState.READY:
                many = not case.red and (count >= FREE or await self._flood.much(case, file.message))
                await self._tell.file(case, file.id, many=many)
            else:
                await self._tell.line(case, LOST_LINE[file.kind], number=file.number)

    async def unshowable(self, file: str) -> None:
        """Telegram does not take it."""
        case = await self._tx.cases.get(found.case) if (found := await self._tx.media.lose(file)) else None
        if found is not None and case is not None:
            await self._say(case, LOST_SCREEN[found.kind])
            await self._tell.line(case, LOST_LINE[found.kind], number=found.number)

    async def drop_ungiven(self, now: int) -> None:
        """What got no yes goes a day after the end of the talk."""
        if await self._tx.media.drop_ungiven(now):
            self._tx.erased = True
