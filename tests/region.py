"""A second desk beside the national one: what flow tests of a desk that fails need."""

from bot.telegram.sandbox.group import Group
from bot.telegram.sandbox.journal import Call
from bot.telegram.sandbox.phone import Phone
from bot.telegram.sandbox.shown import Shown
from tests.town import CODE, Town, heard, press, texts, until

REGION = "Жамбылская"
UNHEARD = "группа сейчас не принимает сообщения"
"""What somebody reads in private whose group is not told what an urgent person writes."""


class Regional:
    """A second desk with an operator of its own, and people from that region."""

    def __init__(self, place: Town, group: Group, operator: Phone) -> None:
        self.place = place
        self.group = group
        self.operator = operator

    async def case(self, words: str, name: str, *, red: bool = False) -> tuple[Phone, str]:
        """Somebody from the region; her card is at the region's desk."""
        teen, code = await self.place.case(words, name=name, language="Русский")
        await press(teen, "Пропустить")
        await press(teen, REGION)
        await self.group.sees(code)
        if red:
            await press(teen, "🆘")
            await teen.sees("112 —")
            await until(lambda: any(s.text.startswith(f"🔴 {code}") for s in self.group.messages()))
        return teen, code

    async def claimed(self, words: str, name: str, *, red: bool = False) -> tuple[Phone, str, int]:
        teen, code = await self.case(words, name, red=red)
        return teen, code, await self.place.take(code, self.operator, self.group)

    @property
    def general(self) -> list[str]:
        """What the bot has said in General."""
        found = [s.text for s in self.group.messages(1) if s.kind == "text" and s.sender == "Senim"]
        return [text for text in found if "Проверка группы" not in text]


def floods(place: Town) -> list[tuple[str, int | None, str | None]]:
    """Calls that Telegram's limits refused: method, chat and what it said."""
    calls = place.sandbox.journal.calls
    return [(call.method, call.chat_id, call.description) for call in calls if call.error_code == 429]


def alarms(place: Town, part: str) -> int:
    return sum(part in text for text in texts(place.admin.chat))


async def said_in(group: Group, topic: int, part: str) -> Shown:
    return await group.sees(part, topic=topic, timeout=60)


def cards(group: Group, mark: str) -> list[Shown]:
    """Cards in a group whose text begins so, with buttons: what can be taken."""
    return [shown for shown in group.messages() if shown.text.startswith(mark) and shown.buttons]


def takeable(group: Group) -> set[str]:
    """Codes of cases that can be taken in a group: cards of their own, or several in one message. What has rung (⏰)
    stays as it was."""
    cards = [shown for shown in group.messages() if not shown.text.startswith("⏰")]
    offered = [(shown, label) for shown in cards for row in shown.buttons for label in row if "🙋" in label]
    return {(CODE.findall(label) or CODE.findall(shown.text))[0] for shown, label in offered}


async def reached(place: Town, operator: Phone, group: Group) -> None:
    """An operator who has a private chat with the bot and has done something at this desk."""
    place.both.add(operator.id)
    operator.start()
    await until(lambda: heard(operator))
    operator.write("// смена", chat=group, topic=group.topic_named("Кезек"))
    await place.sandbox.idle()


async def on_shift(place: Town, group: Group, name: str = "Дежурная") -> Phone:
    """Somebody of this desk who is there and can be called: with nobody there red goes to others at once."""
    operator = place.sandbox.person(name)
    group.add(operator)
    await reached(place, operator, group)
    before = len(heard(operator))
    operator.write("/shift", chat=group, topic=group.topic_named("Кезек"))
    await until(lambda: len(heard(operator)) > before)
    await place.settled()
    await place.move(61)
    return operator


async def at_national(place: Town, code: str) -> None:
    """A red card with this code stands in the urgent topic of the national desk."""
    national = place.national
    assert national is not None
    urgent = national.topic_named("Срочно")
    await until(lambda: any(code in shown.text and shown.thread_id == urgent for shown in cards(national, "🔴")))


def refused(place: Town, said: str, since: int = 0) -> list[Call]:
    """Calls that were refused with this text."""
    return [call for call in place.sandbox.journal.calls[since:] if call.description == said]


def marked(place: Town, topic: int, emoji: str) -> int:
    """How many messages of a topic of the national desk have this mark."""
    assert place.national is not None
    return sum(emoji in shown.reactions for shown in place.national.messages(topic))
