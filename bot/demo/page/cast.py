"""Who is on the page: a teenager, a parent, two operators on shift, an administrator who connects groups; a crowd that
writes when it is asked to; and the bot itself."""

import asyncio
from collections.abc import Iterable
from itertools import cycle, islice

from bot.demo.page.hands import JSON, Hands, Impossible
from bot.demo.page.tour import crowd, people, tour
from bot.demo.page.view import Parts
from bot.demo.scene import CODE
from bot.demo.stage import NotSeen, Stage
from bot.demo.story import Story
from bot.telegram.sandbox import Group, Phone, Shown
from locales import Language
from storage.reference import regions

FRESH = 61.0
"""Seconds after which the group's minute, which connecting it has used up, is whole again."""
DEAF = 3.0
"""Real seconds without a poll after which the page says that the bot hears nothing."""
WITHIN = 20.0
"""Real seconds in which each step of connecting a group must be answered."""
PRESSES = 3
CROWD = 40
"""People who write at once: a group takes sixteen ordinary cards a minute, so two minutes and a half of cards."""
ROUTED = 46.0
"""Seconds after which an ordinary case that has no region has a card in the national group's queue."""


class Show:
    """The owner of the page: prepares the cast, kills and starts the bot, connects groups."""

    def __init__(self, stage: Stage, stories: list[Story], hands: Hands) -> None:
        self._stage = stage
        self._sandbox = stage.sandbox
        self._stories = {story.language: story for story in stories}
        self._hands = hands
        self._state = "starting"
        self._why = ""
        self._connecting = asyncio.Lock()
        self._switching = asyncio.Lock()
        names = people()
        self._admin = self._phone(names["admin"], "kk")
        self._operator = self._phone(names["operator"], "kk")
        self._second = self._phone(names["second"], "kk")
        self._teen = self._phone(names["teen"], "kk")
        self._parent = self._phone(names["parent"], "ru")
        self._groups: list[Group] = []
        self._regions: set[str] = set()
        self._codes: list[str] = []
        self._gathering = asyncio.Lock()
        self._tour = tour(stories[0].catalog)

    def parts(self) -> Parts:
        """What the page shows of the show itself."""
        cast = {
            "teen": self._teen.id,
            "parent": self._parent.id,
            "operator": self._operator.id,
            "second": self._second.id,
            "admin": self._admin.id,
        }
        if self._groups:
            cast["group"] = self._groups[0].id
        named = [{"id": one.iso, "name": {"kk": one.name_kk, "ru": one.name_ru}} for one in regions()]
        shown = {
            "stage": self._state, "why": self._why, "cast": cast, "regions": named,
            "running": self._stage.running, "listening": self._sandbox.server.heard(DEAF), "crowd": self._carded(),
        }  # fmt: skip
        return {"show": shown, "tour": {"steps": self._tour}}

    async def prepare(self) -> None:
        """The first administrator by the printed link, the national group, two operators on shift in it."""
        try:
            link = await self._stage.printed()
            self._admin.start(link.split("start=")[1])
            story = self._stories["kk"]
            await self._sees(self._admin, story.head("admin.welcome"))
            group = await self._connect(story, story.data["desk"], story.data["group"])
            for operator in (self._operator, self._second):
                group.add(operator)
            await self._sees(group, story.text("board.nobody"))
            for operator in (self._operator, self._second):
                await self._begins(operator, group)
            await self._sandbox.idle(quiet=0.1, timeout=WITHIN)
            self._sandbox.clock.move(FRESH)
            self._state = "ready"
        except (NotSeen, AssertionError) as missing:
            self._state, self._why = "failed", f"{missing}\n{self._stage.log[-2000:]}"
        self._sandbox.world.pulse.beat()

    async def carry_out(self, order: JSON) -> JSON | None:
        """Orders about the show; None for all others. Raises Impossible."""
        match order.get("do"):
            case "kill" | "run" as what:
                async with self._switching:
                    if self._stage.running is (what == "run"):
                        raise Impossible("it runs" if what == "run" else "it does not run")
                    await (self._stage.start() if what == "run" else self._stage.kill())
            case "forum":
                return await self._forum(order)
            case "crowd":
                return await self._write_together()
            case _:
                return None
        self._sandbox.world.pulse.beat()
        return {}

    async def _begins(self, operator: Phone, group: Group) -> None:
        """The operator presses the button under the duty board; it opens her chat, and a test arrives there."""
        story, link = self._stories["kk"], None
        for _ in range(PRESSES):  # an answer to a button may be lost, and then a person presses it again
            link = link or await operator.tap(story.text("button.shift_on"), chat=group, timeout=WITHIN / PRESSES)
        if not link or "start=" not in link:
            raise NotSeen(f"a chat that opens, but {link!r}")
        operator.start(link.split("start=")[1])
        await self._sees(operator, story.text("shift.here"))

    async def _write_together(self) -> JSON:
        """More people than a group may have cards of in a minute write something ordinary, and their cards fall due."""
        if self._state != "ready" or self._gathering.locked() or not self._stage.running:
            raise Impossible("the bot is not ready, or they are writing already")
        async with self._gathering:
            numbered = enumerate(islice(cycle(crowd()), CROWD), len(self._codes) + 1)
            people = []
            for number, (name, language, words) in numbered:
                phone = self._sandbox.person(f"{name} {number}", language_code=language)
                self._hands.know(phone)
                phone.write(words)
                people.append(phone)
            pulse, before = self._sandbox.world.pulse, self._carded()["shown"]
            codes = await pulse.until(lambda: _all(map(_code, people)), WITHIN)
            if codes is None:
                raise Impossible("not everybody has heard that it has arrived")
            self._codes += codes
            self._sandbox.clock.move(ROUTED)
            if not await pulse.until(lambda: self._carded()["shown"] > before or None, WITHIN):
                raise Impossible("no card of theirs has come")
            return {}

    def _carded(self) -> dict[str, int]:
        """How many have written together, and of how many the group has seen a card."""
        shown = "\n".join(one.text for one in self._groups[0].messages()) if self._codes else ""
        return {"wrote": len(self._codes), "shown": sum(code in shown for code in self._codes)}

    async def _forum(self, order: JSON) -> JSON:
        """A region's group in a language, connected as an administrator does it, with the operator in it."""
        region = next((one for one in regions() if one.iso == order.get("region")), None)
        language: Language = "kk" if order.get("language") == "kk" else "ru"
        if region is None or self._state != "ready" or self._connecting.locked():
            raise Impossible("no such region, or another group is being connected")
        if region.iso in self._regions:
            raise Impossible("this region is connected already")
        async with self._connecting:
            story = self._stories[language]
            name = region.name_kk if language == "kk" else region.name_ru
            try:
                group = await self._connect(story, region.label_kk, name)
            except (NotSeen, AssertionError) as missing:
                raise Impossible(str(missing).partition("\n")[0]) from None
            self._regions.add(region.iso)
            group.add(self._operator)
            return {"group": group.id}

    async def _connect(self, story: Story, label: str, title: str) -> Group:
        """The administrator asks for a code, makes a forum and adds the bot. Her telephone is Kazakh."""
        admin, hers = self._admin, self._stories["kk"]
        before = len(admin.chat)
        admin.write("/desks")
        await self._taps(label, before)
        await self._taps(hers.text(f"button.language.{story.language}"), before)
        offered = await self._newer("startgroup=", before)
        group = self._sandbox.forum(title, owner=admin)
        self._hands.know(group)
        self._groups.append(group)
        group.add_bot(admin, startgroup=offered.text.split("startgroup=")[1].split("&")[0])
        await self._sees(group, story.text("bind.check.rights_pin"))
        return group

    async def _taps(self, label: str, before: int) -> None:
        """The newest button of this name in what the bot has said since."""

        def found() -> tuple[int, int, int] | None:
            for shown in reversed(self._admin.chat[before:]):
                for row, labels in enumerate(shown.buttons):
                    for column, text in enumerate(labels):
                        if label in text:
                            return shown.message_id, row, column
            return None

        place = await self._sandbox.world.pulse.until(found, WITHIN)
        if place is None:
            raise NotSeen(f"a button {label!r}")
        await self._admin.press(*place)

    async def _newer(self, text: str, before: int) -> Shown:
        def found() -> Shown | None:
            return next((shown for shown in self._admin.chat[before:] if not shown.mine and text in shown.text), None)

        shown = await self._sandbox.world.pulse.until(found, WITHIN)
        if shown is None:
            raise NotSeen(text)
        return shown

    async def _sees(self, where: Phone | Group, text: str) -> None:
        await where.sees(text, timeout=WITHIN)

    def _phone(self, name: str, language: Language) -> Phone:
        phone = self._sandbox.person(name, language_code=language)
        self._hands.know(phone)
        return phone


def _code(phone: Phone) -> str:
    """The code that she was told; empty before."""
    found = (CODE.search(shown.text) for shown in phone.chat if not shown.mine)
    return next((match[0] for match in found if match), "")


def _all(codes: Iterable[str]) -> list[str] | None:
    """These, when none of them is empty."""
    found = list(codes)
    return found if all(found) else None
