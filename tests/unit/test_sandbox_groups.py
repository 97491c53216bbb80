"""Groups in the sandbox: topics, rights, members, moves, and what the bot is told of them."""

from typing import Any

import pytest

from bot.telegram.sandbox import Group, Phone, Sandbox
from tests.unit.test_sandbox_http import Api, scene, started

COMMAND = {"type": "bot_command", "offset": 0}


async def desk(sandbox: Sandbox, api: Api, **options: Any) -> tuple[Group, Phone]:
    """A forum with the bot in it, nothing waiting, every kind of update asked for."""
    await api("getUpdates", allowed_updates=["message", "edited_message", "callback_query", "my_chat_member",
                                            "chat_member", "message_reaction"])  # fmt: skip
    owner = started(sandbox, "Owner")
    group = sandbox.forum("Desk", owner=owner, **options)
    group.add_bot(owner)
    sandbox.world.updates.drop()
    return group, owner


async def topic(api: Api, group: Group, name: str = "ТК-48172") -> int:
    created = await api("createForumTopic", chat_id=group.id, name=name)
    return int(created["message_thread_id"])


@scene()
async def test_a_topic_is_made_and_its_messages_look_real(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = await topic(api, group)
    assert group.topic_named("48172") == thread
    sent = await api("sendMessage", chat_id=group.id, message_thread_id=thread, text="card")
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread, True)
    assert sent["reply_to_message"]["forum_topic_created"]["name"] == "ТК-48172"
    assert sent["chat"] == {"id": group.id, "type": "supergroup", "title": "Desk", "is_forum": True}
    await api.updates()
    owner.write("answer", chat=group, topic=thread, reply_to=sent["message_id"])
    owner.write("general", chat=group)
    first, second = [update["message"] for update in await api.updates()]
    assert (first["message_thread_id"], first["is_topic_message"]) == (thread, True)
    assert first["reply_to_message"]["text"] == "card"
    assert "reply_to_message" not in first["reply_to_message"]
    assert "message_thread_id" not in second
    assert [shown.text for shown in group.messages(thread)] == ["ТК-48172", "card", "answer"]
    assert group.messages(1)[-1].text == "general"


@scene()
async def test_of_its_own_doings_the_bot_is_told_only_what_leaves_a_line(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api)
    thread = await topic(api, group)
    here = {"chat_id": group.id, "message_thread_id": thread}
    await api("editForumTopic", **here, name="New")
    await api("closeForumTopic", **here)
    await api("reopenForumTopic", **here)
    card = await api("sendMessage", **here, text="card")
    await api("editMessageText", chat_id=group.id, message_id=card["message_id"], text="changed")
    await api("pinChatMessage", chat_id=group.id, message_id=card["message_id"])
    kinds = ["forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"]
    assert [shown.kind for shown in group.messages(thread)] == [*kinds, "text", "pinned_message"]
    lines = [update["message"] for update in await api.updates()]
    assert [kind for line in lines for kind in [*kinds, "pinned_message"] if kind in line] == [*kinds, "pinned_message"]
    assert all(line["from"]["id"] == 7000000001 and line["message_thread_id"] == thread for line in lines)


@scene()
async def test_the_bot_is_told_of_what_people_do_to_topics_but_not_of_deletion(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = group.create_topic("By hand", owner)
    group.rename_topic(thread, "Renamed", owner)
    group.close_topic(thread, owner)
    group.reopen_topic(thread, owner)
    group.delete_topic(thread)
    messages = [update["message"] for update in await api.updates()]
    assert [next(key for key in message if key.startswith("forum")) for message in messages] == [
        "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
    ]  # fmt: skip
    assert all(message["message_thread_id"] == thread for message in messages)
    with pytest.raises(AssertionError, match="no topic named"):
        group.topic_named("Renamed")
    with pytest.raises(AssertionError, match="no topic"):
        group.close_topic(thread)
    with pytest.raises(AssertionError, match="was deleted"):
        owner.write("into the void", chat=group, topic=thread)
    with pytest.raises(AssertionError, match="no topic 999"):
        owner.write("into the void", chat=group, topic=999)


@scene()
async def test_a_deleted_unknown_or_general_topic_is_not_found(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api)
    thread = await topic(api, group)
    group.delete_topic(thread)
    for wrong in (thread, 999, 1):
        text = await api.refusal("sendMessage", chat_id=group.id, message_thread_id=wrong, text="x")
        assert text == "Bad Request: message thread not found"
    text = await api.refusal("editForumTopic", chat_id=group.id, message_thread_id=thread, name="x")
    assert text == "Bad Request: TOPIC_ID_INVALID"
    assert group.messages(thread) == []


@scene()
async def test_the_bot_can_delete_a_topic_with_all_in_it(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = await topic(api, group)
    owner.write("words", chat=group, topic=thread)
    sandbox.clock.move(30 * 86_400)
    group.set_bot_rights({"can_manage_topics"})
    text = await api.refusal("deleteForumTopic", chat_id=group.id, message_thread_id=thread)
    assert text == "Bad Request: not enough rights to delete the topic"
    group.set_bot_rights({"can_delete_messages"})
    await api("deleteForumTopic", chat_id=group.id, message_thread_id=thread)
    assert "words" not in group.transcript()


@scene()
async def test_the_service_message_about_a_topic_cannot_be_deleted(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api)
    thread = await topic(api, group)
    text = await api.refusal("deleteMessage", chat_id=group.id, message_id=thread)
    assert text == "Bad Request: message can't be deleted"


@scene()
async def test_a_closed_topic_stops_only_bots_without_the_right(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = await topic(api, group)
    group.close_topic(thread, owner)
    here = {"chat_id": group.id, "message_thread_id": thread, "text": "x"}
    await api("sendMessage", **here)
    group.set_bot_rights({"can_delete_messages"})
    assert await api.refusal("sendMessage", **here) == "Bad Request: TOPIC_CLOSED"
    member = sandbox.person("Member")
    group.add(member)
    owner.write("administrators may", chat=group, topic=thread)
    with pytest.raises(AssertionError, match="is closed"):
        member.write("members may not", chat=group, topic=thread)


@scene()
async def test_topics_need_rights_a_forum_a_name_and_a_change(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = await topic(api, group, "Name")
    make: dict[str, Any] = {"chat_id": group.id}
    assert "title must be non-empty" in await api.refusal("createForumTopic", **make, name=" ")
    assert "longer than 128" in await api.refusal("createForumTopic", **make, name="x" * 129)
    assert "ICON_COLOR" in await api.refusal("createForumTopic", **make, name="x", icon_color=1)
    assert "DOCUMENT_INVALID" in await api.refusal("createForumTopic", **make, name="x", icon_custom_emoji_id="1")
    here = {"chat_id": group.id, "message_thread_id": thread}
    assert await api.refusal("editForumTopic", **here, name="Name") == "Bad Request: TOPIC_NOT_MODIFIED"
    assert await api.refusal("reopenForumTopic", **here) == "Bad Request: TOPIC_NOT_MODIFIED"
    assert "DOCUMENT_INVALID" in await api.refusal("editForumTopic", **here, icon_custom_emoji_id="1")
    icon = (await api("getForumTopicIconStickers"))[0]["custom_emoji_id"]
    await api("editForumTopic", **here, icon_custom_emoji_id=icon)
    assert group.topics[thread].icon == icon
    by_hand = group.create_topic("By hand", owner)
    group.set_bot_rights({"can_delete_messages"})
    text = await api.refusal("createForumTopic", **make, name="x")
    assert text == "Bad Request: not enough rights to create a topic"
    text = await api.refusal("editForumTopic", chat_id=group.id, message_thread_id=by_hand, name="x")
    assert text == "Bad Request: not enough rights to edit the topic"
    text = await api.refusal("closeForumTopic", chat_id=group.id, message_thread_id=by_hand)
    assert text == "Bad Request: not enough rights to close or open the topic"
    await api("editForumTopic", **here, name="its own")


@scene()
async def test_with_topics_off_the_thread_is_silently_ignored(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = await topic(api, group)
    group.switch_topics(False)
    sent = await api("sendMessage", chat_id=group.id, message_thread_id=thread, text="mixed")
    assert "message_thread_id" not in sent
    assert "is_forum" not in sent["chat"]
    assert await api.refusal("createForumTopic", chat_id=group.id, name="x") == "Bad Request: the chat is not a forum"
    text = await api.refusal("sendMessage", chat_id=group.id, message_thread_id=999, text="x")
    assert text == "Bad Request: message thread not found"
    await api.updates()
    owner.write("also mixed", chat=group, topic=thread)
    assert "message_thread_id" not in (await api.updates())[0]["message"]
    group.switch_topics(True)
    sent = await api("sendMessage", chat_id=group.id, message_thread_id=thread, text="apart")
    assert sent["message_thread_id"] == thread


@scene()
async def test_a_reply_goes_to_its_messages_topic(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread, other = await topic(api, group), await topic(api, group, "Other")
    theirs = owner.write("question", chat=group, topic=thread)
    here = {"chat_id": group.id, "text": "x", "reply_parameters": {"message_id": theirs}}
    assert (await api("sendMessage", **here))["message_thread_id"] == thread
    assert "replied not found" in await api.refusal("sendMessage", **here, message_thread_id=other)


@scene()
async def test_a_reply_in_general_has_a_thread_that_is_no_topic(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    first = owner.write("question", chat=group)
    second = owner.write("answer", chat=group, reply_to=first)
    owner.write("thanks", chat=group, reply_to=second)
    for message in [update["message"] for update in await api.updates()][1:]:
        assert message["message_thread_id"] == first
        assert "is_topic_message" not in message
    text = await api.refusal("sendMessage", chat_id=group.id, message_thread_id=first, text="x")
    assert text == "Bad Request: message thread not found"


@scene()
async def test_adding_the_bot_by_a_startgroup_link(sandbox: Sandbox, api: Api) -> None:
    owner = started(sandbox)
    group = sandbox.forum("Desk", owner=owner)
    assert await api.refusal("getChat", chat_id=group.id) == "Bad Request: chat not found"
    with pytest.raises(AssertionError, match="not in the group"):
        group.set_bot_rights({"can_pin_messages"})
    with pytest.raises(AssertionError, match="no such rights"):
        group.add_bot(owner, rights={"can_fly"})
    group.add_bot(owner, startgroup="CODE")
    change, joined, command = await api.updates()
    changed = change["my_chat_member"]
    assert changed["old_chat_member"]["status"] == "left"
    assert changed["new_chat_member"]["status"] == "administrator"
    assert changed["new_chat_member"]["can_manage_topics"] is True
    assert changed["new_chat_member"]["can_promote_members"] is False
    assert joined["message"]["new_chat_members"][0]["username"] == "senim_bot"
    assert command["message"]["text"] == "/start@senim_bot CODE"
    assert command["message"]["entities"] == [{**COMMAND, "length": 16}]


@scene()
async def test_a_bot_that_is_no_administrator_hears_little(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    group.set_bot_rights(set())
    sent = await api("sendMessage", chat_id=group.id, text="I am here")
    await api.updates()
    owner.write("between us", chat=group)
    owner.write("/bind@senim_bot 1", chat=group)
    owner.write("/bind@other_bot 1", chat=group)
    owner.write("I answer", chat=group, reply_to=sent["message_id"])
    group.add(sandbox.person("New"))
    messages = [update["message"] for update in await api.updates()]
    assert [message.get("text", "service") for message in messages] == ["/bind@senim_bot 1", "I answer", "service"]
    group.set_bot_rights({"can_pin_messages"})
    await api.updates()
    owner.write("all of it", chat=group)
    assert len(await api.updates()) == 1


@scene()
async def test_members_come_go_and_rise_and_an_administrator_is_told(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    other = sandbox.person("Other")
    group.add(other)
    group.promote(other)
    group.demote(other)
    group.remove(other)
    group.add(other)
    group.remove(other, by=owner)
    changes = [update["chat_member"] for update in await api.updates() if "chat_member" in update]
    steps = [(change["old_chat_member"]["status"], change["new_chat_member"]["status"]) for change in changes]
    assert steps == [
        ("left", "member"), ("member", "administrator"), ("administrator", "member"), ("member", "left"),
        ("left", "member"), ("member", "kicked"),
    ]  # fmt: skip
    assert all(change["new_chat_member"]["user"]["id"] == other.id for change in changes)
    with pytest.raises(AssertionError, match="is not in Desk"):
        other.write("let me in", chat=group)


@scene()
async def test_members_can_be_asked_for(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    admin, member, stranger = (sandbox.person(name) for name in ("Admin", "Member", "Stranger"))
    robot = sandbox.person("Robot", is_bot=True)
    group.add(admin, admin=True)
    group.add(member)
    group.add(robot, admin=True)
    for phone, status in ((owner, "creator"), (admin, "administrator"), (member, "member"), (stranger, "left")):
        assert (await api("getChatMember", chat_id=group.id, user_id=phone.id))["status"] == status
    assert await api.refusal("getChatMember", chat_id=group.id, user_id=1) == "Bad Request: PARTICIPANT_ID_INVALID"
    me = await api("getChatMember", chat_id=group.id, user_id=7000000001)
    assert (me["status"], me["can_pin_messages"], me["can_change_info"]) == ("administrator", True, False)
    administrators = await api("getChatAdministrators", chat_id=group.id)
    assert {one["user"]["id"] for one in administrators} == {owner.id, admin.id, 7000000001}
    assert await api("getChatMemberCount", chat_id=group.id) == 5


@scene()
async def test_what_a_group_is(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api, username="desk_kz", linked_chat_id=-1001)
    full = await api("getChat", chat_id="@desk_kz")
    assert (full["id"], full["is_forum"], full["linked_chat_id"], full["username"]) == (
        group.id, True, -1001, "desk_kz",
    )  # fmt: skip


@scene()
async def test_an_anonymous_administrator_is_the_group(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    thread = await topic(api, group)
    await api.updates()
    owner.write("hidden", chat=group, topic=thread, anonymous=True)
    message = (await api.updates())[0]["message"]
    assert (message["from"]["id"], message["from"]["username"]) == (1087968824, "GroupAnonymousBot")
    assert message["sender_chat"]["id"] == group.id
    member = sandbox.person("Member")
    group.add(member)
    with pytest.raises(AssertionError, match="only administrators"):
        member.write("me too", chat=group, anonymous=True)


@scene()
async def test_other_bots_are_not_heard(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api)
    robot = sandbox.person("Robot", is_bot=True)
    group.add(robot)
    robot.write("beep", chat=group)
    found = await api.updates()
    assert [list(update)[1] for update in found] == ["chat_member", "message"]
    assert found[0]["chat_member"]["new_chat_member"]["user"]["is_bot"] is True
    assert "new_chat_members" in found[1]["message"]


@scene()
async def test_edits_are_told(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    message_id = owner.write("first", chat=group)
    owner.edit(message_id, "second /help", chat=group)
    edited = (await api.updates())[1]["edited_message"]
    assert (edited["message_id"], edited["text"]) == (message_id, "second /help")
    assert edited["entities"] == [{"type": "bot_command", "offset": 7, "length": 5}]
    assert edited["edit_date"] >= edited["date"]


@scene()
async def test_reactions_are_told_to_an_administrator_who_asks(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    message_id = owner.write("x", chat=group)
    await api.updates()
    owner.react(message_id, "👍", chat=group)
    update = (await api.updates())[0]["message_reaction"]
    assert update["new_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    group.set_bot_rights(set())
    await api.updates()
    owner.react(message_id, chat=group)
    assert await api.updates() == []


@scene()
async def test_an_upgraded_group_answers_at_its_new_id_only(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api)
    thread = await topic(api, group)
    await api.updates()
    old = group.id
    new = group.upgrade()
    assert group.id == new != old
    status, body = await api.raw("sendMessage", chat_id=old, text="x")
    assert status == 400
    assert body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert body["parameters"] == {"migrate_to_chat_id": new}
    first, second = [update["message"] for update in await api.updates()]
    assert (first["chat"]["id"], first["migrate_to_chat_id"]) == (old, new)
    assert (second["chat"]["id"], second["migrate_from_chat_id"]) == (new, old)
    await api("sendMessage", chat_id=new, message_thread_id=thread, text="still here")


@scene()
async def test_removed_left_deleted_and_never_joined_are_told_apart(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    group.remove_bot(owner)
    update = (await api.updates())[0]["my_chat_member"]
    assert update["new_chat_member"] == {
        "user": update["new_chat_member"]["user"], "status": "kicked", "until_date": 0,
    }  # fmt: skip
    send = {"chat_id": group.id, "text": "x"}
    assert await api.refusal("sendMessage", **send) == "Forbidden: bot was kicked from the supergroup chat"
    group.add_bot(owner)
    await api("leaveChat", chat_id=group.id)
    assert await api.refusal("sendMessage", **send) == "Forbidden: bot is not a member of the supergroup chat"
    group.add_bot(owner)
    group.delete()
    assert await api.refusal("sendMessage", **send) == "Bad Request: chat not found"
    assert await api.refusal("sendMessage", chat_id=-1001, text="x") == "Bad Request: chat not found"


@scene()
async def test_a_group_can_be_waited_for_and_read(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    owner.write("hello", chat=group)
    assert (await group.sees("hel")).sender == "Owner"
    with pytest.raises(AssertionError, match="Owner: hello"):
        await group.sees("goodbye", timeout=0.01)
