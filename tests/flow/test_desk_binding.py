"""How a body gets going: administrators by one-time links, groups that become desks, and groups that do not."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import jobs
from bot.telegram.sandbox.group import BIND_RIGHTS, Group
from tests.town import Town, press, quick_sweeps, texts, town, until

FIXED = ["🔴 Шұғыл · Срочно", "🟡 Кезек · Очередь", "📅 Қабылдау · Записи", "📊 Ауысым · Смена"]


@pytest.fixture(autouse=True)
def sweeps_are_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SWEEPS", quick_sweeps())


def link_in(text: str) -> str:
    """The code of an administrator's link."""
    return text.split("start=a_")[1].split()[0]


async def invited(place: Town) -> str:
    """A fresh administrator's code, got by /invite."""
    before = len(place.admin.chat)
    place.admin.write("/invite")
    shown = await until(lambda: next((s for s in place.admin.chat[before:] if "start=a_" in s.text), None))
    return link_in(shown.text)


async def test_an_administrator_s_link_makes_one_administrator_and_she_may_invite_the_next(tmp_path: Path) -> None:
    async with town(tmp_path, opened=False) as place, place.hurried():
        await place.bot.start()
        link = await until(lambda: next(iter(place.bot.lines), None))
        assert len(place.bot.lines) == 1
        place.admin.start("a_" + link_in(link))
        await place.admin.sees("/desks")

        second = place.sandbox.person("Second")
        place.staff.add(second.id)
        second.start("a_" + await invited(place))
        await second.sees("Подключить группу операторов: /desks")
        second.write("/desks")
        await second.sees("Какой регион подключить?")
        # One button for the national desk, one for each region.
        assert sum(len(row) for row in second.chat[-1].buttons) == 21


@pytest.mark.parametrize("dead", ["used", "old", "made up"])
async def test_a_dead_administrator_s_link_is_explained_and_gives_nothing(place: Town, dead: str) -> None:
    assert place.national is not None
    async with place.hurried():
        code = await invited(place)
        if dead == "used":
            other = place.sandbox.person("Other")
            place.staff.add(other.id)
            other.start("a_" + code)
        elif dead == "old":
            await place.move(601)
        else:
            code = "x" * len(code)
        await place.settled()
        late = place.sandbox.person("Late")
        late.start("a_" + code)
        await late.sees("ссылк")  # it says what is wrong with the link
        assert not any("/invite" in text for text in texts(late.chat))
        late.write("/desks")
        await place.settled()
        await place.move(46)
        await place.settled()
    assert not any("Какой регион" in text for text in texts(late.chat))
    everything = "\n".join(texts(place.national.messages()))
    assert "a_" + code not in everything  # a link is nobody's words
    assert "обновление" not in "\n".join(texts(place.admin.chat)).lower()  # nor is it an alarm


async def test_what_administrators_type_is_words_when_somebody_else_types_it(place: Town) -> None:
    assert place.national is not None
    async with place.hurried():
        for command in ("/desks", "/invite"):
            teen, code = await place.case(command, language="Русский")
            await place.move(46)
            card = await place.national.sees(code)
            assert f"▎ {command}" in card.text
            assert not any("https://t.me" in text or "регион подключить" in text for text in texts(teen.chat))


async def test_the_startgroup_link_and_the_typed_code_both_bind_and_the_four_topics_are_made(place: Town) -> None:
    national = place.national
    assert national is not None
    assert [topic.name for topic in national.topics.values()] == FIXED
    report = next(text for text in texts(national.messages()) if "Проверка группы" in text)
    assert report.count("✅") == 7
    assert "❌" not in report
    assert "Национальный дежурный" in report
    assert any("Группа подключена: Национальный" in text for text in texts(place.admin.chat))

    async with place.hurried():
        code = await place.desk_code("Жамбылская", "Қазақша")
        kazakh = place.sandbox.forum("Жамбыл", owner=place.admin)
        kazakh.add_bot(place.admin)
        await place.settled()
        assert kazakh.chat.bot_status == "administrator"
        assert not place.sandbox.journal.to(kazakh)
        place.admin.write(f"/bind {code}", chat=kazakh)
        report = (await kazakh.sees("✅")).text
        await until(lambda: len(kazakh.topics) == 4)
        assert "Жамбыл облысы" in report  # one language per desk
        assert "Проверка" not in report
        assert [topic.name for topic in kazakh.topics.values()] == FIXED
        await place.admin.sees("Группа подключена: Жамбылская")
        place.admin.write("/desks")
        await until(lambda: any("✅ Жамбылская" in label for row in place.admin.chat[-1].buttons for label in row))


@dataclass(frozen=True)
class Fault:
    """What is wrong with a group: the words of the red line, how it is made so, and how it is mended."""

    red: str
    mend: Callable[[Group], None]
    topics: bool = True
    username: str | None = None
    linked: int | None = None
    rights: Collection[str] = BIND_RIGHTS
    also_red: tuple[str, ...] = field(default=())


def _public_no_more(group: Group) -> None:
    group.chat.username = None


def _unlinked(group: Group) -> None:
    group.chat.linked_chat_id = None


def _all_rights(group: Group) -> None:
    group.set_bot_rights(BIND_RIGHTS)


RIGHTS_LINES = ("управлять темами", "удалять сообщения", "закреплять сообщения")
FAULTS = {
    "Атырауская": Fault("темы включены", lambda group: group.switch_topics(True), topics=False),
    "Абай": Fault("публичной ссылки нет", _public_no_more, username="open_desk"),
    "Акмолинская": Fault("не привязана к каналу", _unlinked, linked=-1001000000001),
    "Актюбинская": Fault("назначен администратором", _all_rights, rights=(), also_red=RIGHTS_LINES),
    "Алматинская": Fault("управлять темами", _all_rights, rights=BIND_RIGHTS - {"can_manage_topics"}),
    "Карагандинская": Fault("удалять сообщения", _all_rights, rights=BIND_RIGHTS - {"can_delete_messages"}),
    "Костанайская": Fault("закреплять сообщения", _all_rights, rights=BIND_RIGHTS - {"can_pin_messages"}),
}


async def test_a_group_that_is_not_fit_gets_the_list_with_a_how_to_and_is_bound_by_the_same_code_once_mended(
    place: Town,
) -> None:
    async with place.hurried():
        for region, fault in FAULTS.items():
            code = await place.desk_code(region)
            group = place.sandbox.forum(
                region, owner=place.admin, topics=fault.topics, username=fault.username, linked_chat_id=fault.linked
            )
            group.add_bot(place.admin, rights=fault.rights, startgroup=code)
            lines = (await group.sees("❌")).text.split("\n")
            red = [number for number, line in enumerate(lines) if line.startswith("❌")]
            assert len(red) == 1 + len(fault.also_red), region
            assert fault.red in lines[red[0]]
            assert all("→" in lines[number + 1] for number in red), "a how-to under each red line"
            assert sum(line.startswith("✅") for line in lines) == 7 - len(red)
            assert "/bind" in lines[-1]
            assert not group.topics
            assert group.chat.bot_status in ("administrator", "member")

            fault.mend(group)
            place.admin.write(f"/bind {code}", chat=group)
            await group.sees("Группа подключена")
            await until(lambda group=group: len(group.topics) == 4)  # type: ignore[misc]  # bound as a default


async def test_a_code_that_is_not_good_here_is_refused_and_explained(place: Town) -> None:
    async with place.hurried():
        code = await place.desk_code("Атырауская")
        group = place.sandbox.forum("Atyrau", owner=place.admin)
        group.add_bot(place.admin)
        place.admin.write(f"/bind {code}", chat=group, anonymous=True)
        await group.sees("Выключите анонимность")
        place.admin.write("/bind nonsense", chat=group)
        wrong = await group.sees("Код неверный")
        place.admin.write("/bind", chat=group)
        await until(lambda: any(s.message_id > wrong.message_id and "Код неверный" in s.text for s in group.messages()))
        assert not group.topics

        twin = await place.desk_code("Атырауская")  # a second code of the same desk, while the first one lives
        place.admin.write(f"/bind {code}", chat=group)
        await group.sees("Группа подключена")
        await until(lambda: len(group.topics) == 4)

        other = place.sandbox.forum("Other", owner=place.admin)
        other.add_bot(place.admin, startgroup=code)
        await other.sees("Код неверный")  # it works once
        place.admin.write(f"/bind {twin}", chat=other)
        assert "Атырауская" in (await other.sees("уже подключён")).text

        # In private the same: the desk is taken; and a desk's own group cannot become another desk.
        place.admin.write("/desks")
        await press(place.admin, "Атырауская")
        await place.admin.sees("уже подключён")
        second = await place.desk_code("Павлодарская")
        place.admin.write(f"/bind {second}", chat=group)
        await group.sees("уже подключ")
        place.admin.write(f"/bind {second}", chat=other)
        await until(lambda: len(other.topics) == 4)
        assert len(group.topics) == 4

        late = await place.desk_code("Костанайская")
        await place.move(15 * 60 + 1)
        third = place.sandbox.forum("Third", owner=place.admin)
        third.add_bot(place.admin, startgroup=late)
        await third.sees("Код неверный")
        assert not third.topics


async def test_a_group_nobody_waits_for_is_left_with_one_polite_line_and_hears_nothing_else(place: Town) -> None:
    stranger = place.sandbox.person("Stranger")
    await place.move(15 * 60 + 1)
    # No code lives: it leaves at once, whether or not it was made an administrator.
    groups = [place.sandbox.forum(name, owner=stranger) for name in ("One", "Two")]
    groups[0].add_bot(stranger)
    groups[1].add_bot(stranger, rights=())
    for group in groups:
        stranger.write("кто это?", chat=group)
        group.create_topic("Topic")
    await place.sandbox.idle()
    # A code lives: it waits for it 15 minutes, in silence.
    await place.desk_code("Атырауская")
    waiting = place.sandbox.forum("Three", owner=stranger)
    waiting.add_bot(stranger)
    stranger.write("кто это?", chat=waiting, topic=waiting.create_topic("Topic"))
    await until(lambda: all(group.chat.bot_status == "left" for group in groups))
    await _only_a_polite_line(place, groups)
    await asyncio.sleep(1)  # the sweep has looked at the third one too
    assert waiting.chat.bot_status == "administrator"
    assert not place.sandbox.journal.to(waiting)
    await place.move(15 * 60)
    await until(lambda: waiting.chat.bot_status == "left")
    await _only_a_polite_line(place, [waiting])


async def _only_a_polite_line(place: Town, groups: list[Group]) -> None:
    await place.settled()
    for group in groups:
        said = [call.method for call in place.sandbox.journal.calls if call.chat_id == group.id]
        assert [method for method in said if method != "getChatMember"] == ["sendMessage", "leaveChat"]
        assert [shown.text for shown in place.sandbox.journal.to(group) if shown.action == "sent"] == [
            "Эта группа не подключена, поэтому бот выходит. Спасибо."
        ]
