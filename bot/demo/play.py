"""The play: a desk is connected, a teenager writes, an operator answers, all is deleted; and the urgent button."""

import asyncio
from dataclasses import dataclass, field

from bot.demo.scene import Scene, code_in
from bot.demo.stage import NotSeen
from bot.domain.words import QUOTE
from bot.telegram.sandbox import Group, Phone

NOTE = "\N{WRITING HAND}"
TYPING = 45.0
"""Seconds that somebody needs to read and to write."""
THINKING = 3.0
ROUTE = 45.0
"""Seconds that an ordinary case waits for its region."""
HEAD = 40
"""Characters by which a message is recognised."""


@dataclass
class Desk:
    """A connected group, its operators, and who connected it."""

    group: Group
    claimer: Phone
    late: Phone
    admin: Phone


@dataclass
class Case:
    """One conversation in progress."""

    teen: Phone
    desk: Desk
    claimer: Phone
    adult: bool = True
    code: str = ""
    topic: int = 0
    typed: list[str] = field(default_factory=list)


async def invite(scene: Scene, desk: Desk) -> str:
    """The administrator of a desk asks for the one-time link of the next one."""
    titles = scene.story.data["titles"]
    scene.watch.look(desk.admin, desk.group, signs=scene.story.data["signs"])
    scene.screen.columns(titles["inviter"], titles["group_invited"])
    scene.fresh()
    desk.admin.write("/invite")
    link = await scene.seen(desk.admin, "start=a_")
    await scene.settle()
    return link.text


async def connect(scene: Scene, link: str) -> Desk:
    """An administrator by a one-time link, a group by a code, two operators in it."""
    story = scene.story
    people, titles = story.data["people"], story.data["titles"]
    admin = scene.person(people["admin"])
    group = scene.sandbox.forum(story.data["group"], owner=admin)
    scene.watch.look(admin, group, signs=story.data["signs"])
    scene.screen.columns(titles["admin"], titles["group_setup"])
    scene.fresh()
    admin.start(link.split("start=")[1].split()[0])
    await scene.seen(admin, story.head("admin.welcome"))
    await scene.step("setup_desk")
    admin.write("/desks")
    await scene.seen(admin, story.text("admin.desks"))
    await scene.tap(admin, story.data["desk"])
    await scene.move(THINKING)
    await scene.seen(admin, story.text("admin.desk_language", region="").strip(". "))
    await scene.tap(admin, story.text(f"button.language.{story.language}"))
    offered = await scene.seen(admin, "startgroup=")
    await scene.step("setup_group")
    await scene.move(THINKING)
    group.add_bot(admin, startgroup=offered.text.split("startgroup=")[1].split("&")[0])
    await scene.seen(group, story.text("topic.shift"), "topic_created")
    await scene.seen(group, story.text("bind.check.rights_pin"))
    await scene.seen(admin, story.text("admin.desk_bound", region="").strip(" ."))
    claimer, late = scene.person(people["claimer"]), scene.person(people["late"])
    for operator in (claimer, late):
        group.add(operator)
    scene.cast.groups.append(group)
    scene.cast.operators += [admin, claimer, late]
    return Desk(group, claimer, late, admin)


async def arrive(scene: Scene, desk: Desk, claimer: Phone) -> Case:
    """The first screen, in both languages."""
    case = Case(scene.person(**scene.story.data["teen"]), desk, claimer)
    scene.cast.teens.append(case.teen)
    scene.watch.look(case.teen, desk.group, signs=scene.story.data["signs"])
    scene.screen.columns(scene.story.data["titles"]["teen"], scene.story.data["titles"]["group"])
    await scene.step("start")
    case.teen.start()
    await scene.seen(case.teen, scene.story.head("first.welcome"))
    return case


async def converse(scene: Scene, desk: Desk) -> None:
    """From the first screen to /forget."""
    await scene.until(scene.story.data["begins"])
    case = await arrive(scene, desk, desk.claimer)
    await _agree(scene, case)
    await _write(scene, case)
    await _tell_more(scene, case)
    await _claim(scene, case)
    await scene.step("talk")
    await _talk(scene, case, "talk")
    await _note(scene, case)
    await _close(scene, case)
    await _come_back(scene, case)
    await _forget(scene, case)


async def call_for_help(scene: Scene, desk: Desk) -> None:
    """The urgent button on the first screen: a red card at once."""
    story = scene.story
    await scene.until(story.data["begins"])
    case = await arrive(scene, desk, desk.late)
    await scene.step("press")
    await scene.move(THINKING)
    await scene.tap(case.teen, story.text("button.urgent"))
    await scene.seen(case.teen, story.head("sos.screen", code=""))
    card = await scene.seen(desk.group, story.text("card.no_words"))
    await scene.seen(case.teen, story.text("now.ask"))
    case.code = code_in(card)
    await scene.step("claim")
    await scene.move(THINKING)
    await scene.tap(case.claimer, story.text("button.take"), desk.group, message_id=card.message_id)
    await _topic_opened(scene, case, story.text("card.risk.sos", at="").rstrip())
    await scene.step("talk")
    await _talk(scene, case, "talk")
    await _note(scene, case)
    await _close(scene, case)
    await scene.settle()


async def _agree(scene: Scene, case: Case) -> None:
    """Language, the truth, and the button that leads on."""
    story, teen = scene.story, case.teen
    operator = story.data["operator"]["name"]
    await scene.step("language")
    await scene.tap(teen, story.text(f"button.language.{story.language}"))
    await scene.seen(teen, story.catalog.page("truth", story.language, operator="").partition("\n")[0])
    await scene.seen(teen, operator)
    await scene.step("understood")
    await scene.move(TYPING)
    await scene.tap(teen, story.text("button.understood"))
    await scene.seen(teen, story.head("write.prompt"))


async def _write(scene: Scene, case: Case) -> None:
    """Her own words; the first of them open the case."""
    await scene.step("words")
    await scene.move(TYPING)
    for number, words in enumerate(scene.story.data["words"]):
        case.teen.write(words)
        case.typed.append(words)
        if number == 0:
            receipt = await scene.seen(case.teen, scene.story.text("receipt.wait_unknown"))
            case.code = code_in(receipt)
            await scene.seen(case.teen, scene.story.head("ask.writer"))
        await scene.move(THINKING)


async def _tell_more(scene: Scene, case: Case) -> None:
    """The optional taps, in one message; with a region the card is out at once, without one after 45 s."""
    story, teen, group = scene.story, case.teen, case.desk.group
    region, card = story.data["region"], QUOTE + case.typed[0][:HEAD]
    await scene.step("taps")
    await scene.tap(teen, story.text("writer.child"))
    case.adult = False
    await scene.seen(teen, story.text("ask.region", adult=False))
    if region:
        await scene.step("card")
        await _choose(scene, teen, region, "ask.subject")
        await scene.seen(group, card)
        await scene.step("details")
    else:
        await _choose(scene, teen, story.text("button.skip"), "ask.subject")
        await scene.step("card")  # before the subject: one that may mean danger waits for no region
        await scene.pause(ROUTE)
        await scene.seen(group, card)
    await _choose(scene, teen, story.data["subject"], "ask.want")
    await _choose(scene, teen, story.text(story.data["want"]), "ask.done")
    await scene.pause(TYPING)


async def _choose(scene: Scene, teen: Phone, label: str, answer: str) -> None:
    """One optional tap, until the next question stands in the place of the last one."""
    await scene.move(THINKING)
    await scene.tap(teen, label)
    await scene.seen(teen, scene.story.head(answer, adult=False))


async def _claim(scene: Scene, case: Case) -> None:
    """Two at once: one takes it, the other reads who was faster."""
    story, group = scene.story, case.desk.group
    card = next(shown for shown in reversed(group.messages()) if case.code in shown.text)
    await scene.step("claim")
    take = story.text("button.take")
    won, lost = await asyncio.gather(
        scene.tap(case.claimer, take, group, message_id=card.message_id),
        scene.tap(case.desk.late, take, group, message_id=card.message_id),
    )
    late = story.text("toast.taken", alias="").strip()
    if won != story.text("toast.took") or late not in lost:
        raise NotSeen(f"one winner and one {late!r}: {won!r}, {lost!r}")
    await _topic_opened(scene, case, QUOTE + case.typed[0][:HEAD])


async def _topic_opened(scene: Scene, case: Case, text: str) -> None:
    """The case has its own topic with the card and what was said, and the person knows who is there."""
    made = await scene.seen(case.desk.group, case.code, "topic_created")
    case.topic = made.thread_id or 0
    await scene.seen(case.desk.group, text)
    await scene.seen(case.desk.group, "", "pinned")
    await scene.seen(case.teen, scene.story.text("claimed", adult=case.adult, alias="{}").split("{}")[1])


async def _talk(scene: Scene, case: Case, part: str) -> None:
    """Lines of the story, each seen on the other side."""
    for line in scene.story.data[part]:
        await scene.pause(line.get("passes", TYPING))
        scene.fresh()
        text = line["text"].strip()
        if line["who"] == "teen":
            case.teen.write(text)
            case.typed.append(text)
            await scene.seen(case.desk.group, QUOTE + text[:HEAD])
        else:
            case.claimer.write(text, chat=case.desk.group, topic=case.topic)
            await scene.seen(case.teen, text)


async def _note(scene: Scene, case: Case) -> None:
    """A line for colleagues: marked, and not sent."""
    await scene.step("note")
    await scene.move(TYPING)
    note = scene.story.data["note"]
    scene.cast.notes.append(note)
    case.claimer.write(note, chat=case.desk.group, topic=case.topic)
    await scene.seen(case.desk.group, NOTE, "reaction")


async def _close(scene: Scene, case: Case) -> None:
    """With a result, and for a referral to whom."""
    story, group = scene.story, case.desk.group
    await scene.step("close")
    await scene.move(60)
    await scene.tap(case.claimer, story.text("button.close"), group, case.topic)
    await scene.seen(group, case.code, "edited")
    await scene.move(THINKING)
    await scene.tap(case.claimer, story.text(story.data["result"]), group, case.topic)
    if story.data["result"] == "result.referred":
        asked = await scene.seen(group, story.text("close.referred_to"))
        case.claimer.write(story.data["referred_to"], chat=group, topic=case.topic, reply_to=asked.message_id)
    await scene.seen(case.teen, story.head("closed", adult=case.adult, code=case.code))
    await scene.seen(group, case.code, "topic_closed")


async def _come_back(scene: Scene, case: Case) -> None:
    """Within 72 hours: the same case, the same topic, the same operator."""
    await scene.settle()
    await scene.until(scene.story.data["returns"])
    await scene.step("back")
    await _talk(scene, case, "back")


async def _forget(scene: Scene, case: Case) -> None:
    """What goes, what stays, one confirmation; then nothing of her words is left in the group."""
    story, teen, group = scene.story, case.teen, case.desk.group
    await scene.pause(5 * 60)
    await scene.step("forget")
    teen.write("/forget")
    await scene.seen(teen, story.head("forget.ask_open", adult=False, code=case.code))
    await scene.step("forget_yes")
    await scene.move(THINKING)
    await scene.tap(teen, story.text("button.forget_yes", adult=False))
    await scene.seen(teen, story.head("forget.done", adult=False))
    await scene.seen(group, case.code, "topic_deleted")
    await scene.seen(group, story.text("card.line.erased", code=case.code))
    await scene.settle()
    left = sum(any(words in shown.text for words in case.typed) for shown in group.messages())
    scene.screen.aside(story.sign("left_words", n=left), scene.clock)
    if left:
        raise NotSeen("a group without her words after /forget")
