"""A group that others may read is stopped until an administrator confirms; /check says what is not as it has to be."""

import asyncio

import pytest

from bot.telegram.sandbox.group import BIND_RIGHTS, Group
from bot.telegram.sandbox.shown import Shown
from tests.danger import PLAIN, RED, SAID, numbers
from tests.flow.test_plan import lines, typed
from tests.region import Regional, at_national, reached
from tests.town import Town, heard, labels, press, texts, until

pytestmark = pytest.mark.usefixtures("quick")

CONFIRM = SAID.text("button.desk_confirm", "ru")


async def alarm(place: Town, why: str, times: int = 1) -> Shown:
    """The newest alarm to the administrator for this reason."""
    text = SAID.text(f"why.{why}", "ru")

    def newest() -> Shown | None:
        found = [shown for shown in place.admin.chat if text in shown.text and CONFIRM in labels(shown)]
        return found[-1] if len(found) >= times else None

    return await until(newest)


async def stopped(regional: Regional, topic: int, words: str) -> None:
    """Her words do not go into the group; those that are red go to the national desk."""
    place, group = regional.place, regional.group
    await place.settled()
    await asyncio.sleep(1)  # looks come twice a second
    await place.settled()
    assert words not in "\n".join(texts(group.messages(topic)))


async def test_another_bot_stops_the_desk_until_an_administrator_confirms(regional: Regional) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        teen, _, topic = await regional.claimed(PLAIN, "Дана")
        spy = place.sandbox.person("Helper", is_bot=True)
        group.add(spy)
        asked = await alarm(place, "another_bot")
        teen.write("это никто лишний не прочтёт")
        await stopped(regional, topic, "это никто лишний не прочтёт")
        other, code = await place.case("мне нужен совет", name="Ольга", language="Русский")
        assert code
        other.write(RED["ru"])
        await at_national(place, await numbers(other, "ru"))
        regional.operator.write("мы здесь", chat=group, topic=topic)
        await teen.sees("мы здесь")
        await place.move(120)
        await stopped(regional, topic, "это никто лишний не прочтёт")
        assert await press(place.admin, CONFIRM, message_id=asked.message_id) == SAID.text("toast.desk_confirmed", "ru")
        await group.sees("это никто лишний не прочтёт", topic=topic, timeout=40)
        old = SAID.text("toast.old_button", "ru")
        assert await press(place.admin, CONFIRM, message_id=asked.message_id) == old


@pytest.mark.parametrize("why", ["public", "linked"])
async def test_a_public_group_or_one_with_a_channel_goes_on_only_when_that_is_over(
    regional: Regional, why: str
) -> None:
    place, group = regional.place, regional.group
    async with place.hurried():
        teen, _, topic = await regional.claimed(PLAIN, "Дана")
        await place.settled()

        def exposed(on: bool) -> None:
            group.chat.username = "everybody_reads" if on and why == "public" else None
            group.chat.linked_chat_id = -1001234567890 if on and why == "linked" else None

        exposed(True)
        await place.move(601)
        asked = await alarm(place, why)
        teen.write("только для своих")
        await stopped(regional, topic, "только для своих")
        # Confirmed too early: Telegram is asked, and it stays as it is.
        await press(place.admin, CONFIRM, message_id=asked.message_id)
        asked = await alarm(place, why, times=2)
        await stopped(regional, topic, "только для своих")
        exposed(False)
        await place.move(120)
        await stopped(regional, topic, "только для своих")
        await press(place.admin, CONFIRM, message_id=asked.message_id)
        await group.sees("только для своих", topic=topic, timeout=40)


def ticks(text: str) -> dict[str, bool]:
    """The checks of a list by their names in Russian."""
    found = [line for line in text.split("\n") if line[:1] in "✅❌" and line]
    return {line[2:]: line[0] == "✅" for line in found}


def listed(group: Group) -> list[str]:
    return lines(group, SAID.text("check.head", "ru", region="|").split("|")[0])


async def test_check_says_what_is_red_and_how_to_mend_it_and_once_a_day_by_itself(place: Town) -> None:
    national = place.national
    assert national is not None
    head = SAID.text("check.head", "ru", region="|").split("|")[0]
    async with place.hurried():
        await reached(place, place.admin, national)
        before = len(listed(national))
        shown = await typed(national, place.admin, "/check", head)
        assert list(ticks(shown)) == [
            SAID.text(f"bind.check.{check}", "ru")
            for check in ("forum", "private", "unlinked", "admin", "rights_topics", "rights_delete", "rights_pin",
                          "supervisor")
        ]  # fmt: skip
        assert all(ticks(shown).values())
        assert shown.split("\n")[-1] == SAID.text("check.good", "ru")
        national.set_bot_rights(BIND_RIGHTS - {"can_pin_messages"})
        await place.settled()
        shown = await typed(national, place.admin, "/check", head)
        assert [name for name, good in ticks(shown).items() if not good] == [SAID.text("bind.check.rights_pin", "ru")]
        assert SAID.text("bind.howto.rights_pin", "ru") in shown
        await typed(national, place.operator, "/check", SAID.text("shift.supervisors_only", "ru"))
        seen = len(heard(place.admin))
        place.admin.write("/check")
        told = await until(lambda: next((text for text in heard(place.admin)[seen:] if text.startswith(head)), None))
        assert ticks(told) == ticks(shown)
        await place.settled()
        assert len(listed(national)) == before + 2
        # A day later by itself, because something is red; not when all is green.
        await place.move(24 * 3600 + 1)
        await until(lambda: len(listed(national)) == before + 3)
        national.set_bot_rights(BIND_RIGHTS)
        await place.move(24 * 3600 + 1)
        await place.settled()
        await asyncio.sleep(1)
        await place.settled()
        assert len(listed(national)) == before + 3
        # Of a group that is gone the administrator hears that it is.
        national.remove_bot(place.admin)
        await place.settled()
        seen = len(heard(place.admin))
        place.admin.write("/check")
        gone = SAID.text("check.unreachable", "ru")
        await until(lambda: any(gone in text for text in heard(place.admin)[seen:]))
