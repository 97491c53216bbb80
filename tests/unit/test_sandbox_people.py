"""People in the sandbox: what a phone shows, types and taps, and who can be written to."""

import asyncio
from typing import Any

import pytest

from bot.telegram.sandbox import Sandbox
from tests.unit.test_sandbox_http import Api, one_button, scene, started


@scene()
async def test_start_is_a_command_with_its_payload(sandbox: Sandbox, api: Api) -> None:
    phone = sandbox.person("Айша", last_name="Серік", username="aisha", language_code="kk")
    phone.start("s_42")
    message = (await api.updates())[0]["message"]
    assert message["text"] == "/start s_42"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["from"] == {
        "id": phone.id, "is_bot": False, "first_name": "Айша", "last_name": "Серік", "username": "aisha",
        "language_code": "kk",
    }  # fmt: skip
    assert message["chat"]["type"] == "private"
    assert 5_000_000_000 <= phone.id <= 8_000_000_000
    with pytest.raises(AssertionError, match="payload"):
        phone.start("no spaces")


@scene()
async def test_entities_of_typed_words_are_found(sandbox: Sandbox, api: Api) -> None:
    started(sandbox).write("@friend https://t.me/x +7 701 123 45 67 #сәлем")
    entities = (await api.updates())[0]["message"]["entities"]
    assert [entity["type"] for entity in entities] == ["mention", "url", "phone_number", "hashtag"]


@scene()
async def test_a_bot_cannot_write_first(sandbox: Sandbox, api: Api) -> None:
    phone, owner = sandbox.person(), started(sandbox, "Owner")
    send = {"chat_id": phone.id, "text": "hello"}
    assert await api.refusal("sendMessage", **send) == "Bad Request: chat not found"
    group = sandbox.forum("Desk", owner=owner)
    group.add_bot(owner)
    group.add(phone)
    text = await api.refusal("sendMessage", **send)
    assert text == "Forbidden: bot can't initiate conversation with a user"
    phone.start()
    await api("sendMessage", **send)
    text = await api.refusal("sendMessage", chat_id=7000000001, text="me")
    assert text == "Forbidden: bot can't send messages to bots"
    for nobody in ("@nobody", 1):
        assert await api.refusal("sendMessage", chat_id=nobody, text="x") == "Bad Request: chat not found"
    assert await api.refusal("sendMessage", text="x") == "Bad Request: chat_id is empty"
    assert await api.refusal("editMessageText", text="x", message_id=1) == "Bad Request: chat_id is empty"


@scene()
async def test_blocking_is_told_and_stops_the_bot(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.block()
    update = (await api.updates())[0]["my_chat_member"]
    assert (update["old_chat_member"]["status"], update["new_chat_member"]["status"]) == ("member", "kicked")
    send = {"chat_id": phone.id, "text": "hello"}
    assert await api.refusal("sendMessage", **send) == "Forbidden: bot was blocked by the user"
    with pytest.raises(AssertionError, match="blocked"):
        phone.write("hello")
    phone.unblock()
    assert (await api.updates())[0]["my_chat_member"]["new_chat_member"]["status"] == "member"
    await api("sendMessage", **send)
    phone.block()
    phone.start()
    assert [list(update)[1] for update in await api.updates()] == ["my_chat_member", "my_chat_member", "message"]


@scene()
async def test_a_deleted_account_is_deactivated(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.deactivate()
    assert await api.refusal("sendMessage", chat_id=phone.id, text="x") == "Forbidden: user is deactivated"
    assert await api.updates() == []


@scene()
async def test_a_chat_cleared_on_one_side_stays_on_the_other(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sent = await api("sendMessage", chat_id=phone.id, text="before")
    phone.delete_chat()
    assert phone.chat == []
    assert await api.updates() == []
    await api("editMessageText", chat_id=phone.id, message_id=sent["message_id"], text="still editable")
    await api("sendMessage", chat_id=phone.id, text="after")
    assert [shown.text for shown in phone.chat] == ["after"]


@scene()
async def test_a_tap_is_a_query_and_its_answer_a_toast(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    await api("sendMessage", chat_id=phone.id, text="old", reply_markup=one_button("old", "Take"))
    await api("sendMessage", chat_id=phone.id, text="new", reply_markup=one_button("new", "🙋 Take it"))
    tap = asyncio.create_task(phone.tap("Take"))
    query = (await api.updates(timeout=5))[0]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["text"]) == ("new", phone.id, "new")
    assert query["message"]["reply_markup"] == one_button("new", "🙋 Take it")
    await api("answerCallbackQuery", callback_query_id=query["id"], text="Taken", show_alert=True)
    assert await tap == "Taken"
    toast = sandbox.journal.shown[-1]
    assert (toast.action, toast.text, toast.viewers) == ("toast", "Taken", frozenset({phone.id}))
    text = await api.refusal("answerCallbackQuery", callback_query_id=query["id"])
    assert text.startswith("Bad Request: query is too old and response timeout expired or query ID is invalid")


@scene()
async def test_a_tap_is_answered_within_150_seconds_and_briefly(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sent = await api("sendMessage", chat_id=phone.id, text="x", reply_markup=one_button("a"))
    assert await phone.tap("a", message_id=sent["message_id"], timeout=0) is None
    query = (await api.updates())[0]["callback_query"]
    text = await api.refusal("answerCallbackQuery", callback_query_id=query["id"], text="x" * 201)
    assert text == "Bad Request: MESSAGE_TOO_LONG"
    sandbox.clock.move(151)
    text = await api.refusal("answerCallbackQuery", callback_query_id=query["id"])
    assert text.startswith("Bad Request: query is too old")


@scene()
async def test_an_answer_may_open_the_bots_own_start_link_and_no_other_address(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    await api("sendMessage", chat_id=phone.id, text="?", reply_markup=one_button("x", "Take"))
    tap = asyncio.create_task(phone.tap("Take"))
    query = (await api.updates(timeout=5))[0]["callback_query"]
    for url in ("https://t.me/another_bot?start=x", "https://example.org", "https://t.me/senim"):
        assert "URL_INVALID" in await api.refusal("answerCallbackQuery", callback_query_id=query["id"], url=url)
    link = f"https://t.me/{sandbox.world.bot['username']}?start=s_1"
    await api("answerCallbackQuery", callback_query_id=query["id"], url=link)
    assert await tap == link


@scene()
async def test_an_empty_answer_is_no_toast(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    await api("sendMessage", chat_id=phone.id, text="x", reply_markup=one_button("a"))
    tap = asyncio.create_task(phone.tap("a"))
    query = (await api.updates(timeout=5))[0]["callback_query"]
    await api("answerCallbackQuery", callback_query_id=query["id"])
    assert await tap is None
    assert sandbox.journal.shown[-1].action == "sent"


@scene()
async def test_links_are_returned_and_missing_buttons_are_told_with_the_transcript(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    link = {"inline_keyboard": [[{"text": "Open", "url": "https://a.kz"}]]}
    await api("sendMessage", chat_id=phone.id, text="x", reply_markup=link)
    assert await phone.tap("Open") == "https://a.kz"
    with pytest.raises(AssertionError, match=r"no button 'Close'(.|\n)*\[Open\]"):
        await phone.tap("Close")


@scene()
async def test_keys_type_their_text_and_stay_until_removed(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    keys: dict[str, Any] = {"keyboard": [[{"text": "🆘 Help"}, {"text": "Write"}], [{"text": "Find"}]]}
    await api("sendMessage", chat_id=phone.id, text="menu", reply_markup=keys)
    assert phone.keyboard == [["🆘 Help", "Write"], ["Find"]]
    await api("sendMessage", chat_id=phone.id, text="inline", reply_markup=one_button("a"))
    await phone.tap("Help")
    assert (await api.updates())[0]["message"]["text"] == "🆘 Help"
    assert phone.keyboard
    await api("sendMessage", chat_id=phone.id, text="gone", reply_markup={"remove_keyboard": True})
    assert phone.keyboard == []
    once = {"keyboard": [[{"text": "Once"}]], "one_time_keyboard": True}
    await api("sendMessage", chat_id=phone.id, text="once", reply_markup=once)
    await phone.tap("Once")
    assert phone.keyboard == []


@scene()
async def test_a_keyboard_goes_with_its_message(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sent = await api("sendMessage", chat_id=phone.id, text="menu", reply_markup={"keyboard": [[{"text": "A"}]]})
    await api("deleteMessage", chat_id=phone.id, message_id=sent["message_id"])
    assert phone.keyboard == []


@scene()
async def test_keys_that_ask_give_a_contact_or_a_place(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    keys = [[{"text": "Number", "request_contact": True}, {"text": "Place", "request_location": True}]]
    await api("sendMessage", chat_id=phone.id, text="?", reply_markup={"keyboard": keys})
    await phone.tap("Number")
    await phone.tap("Place")
    contact, place = [update["message"] for update in await api.updates()]
    assert contact["contact"]["user_id"] == phone.id
    assert set(place["location"]) == {"latitude", "longitude"}


@scene()
async def test_seeing_waits_for_others_words(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.write("hello there")
    seeing = asyncio.create_task(phone.sees("hello"))
    await asyncio.sleep(0.02)
    assert not seeing.done()
    sent = await api("sendMessage", chat_id=phone.id, text="hell")
    await api("editMessageText", chat_id=phone.id, message_id=sent["message_id"], text="hello, Айша")
    assert (await seeing).text == "hello, Айша"
    with pytest.raises(AssertionError, match="Senim: hello, Айша"):
        await phone.sees("bye", timeout=0.01)


@scene()
async def test_a_transcript_can_be_read(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    voice = phone.send("voice")
    await api("setMessageReaction", chat_id=phone.id, message_id=voice, reaction=[{"type": "emoji", "emoji": "👀"}])
    await api("sendMessage", chat_id=phone.id, text="heard", reply_markup=one_button("a", "More"))
    assert phone.transcript().splitlines() == [
        "--- Айша sees Senim", "#1 Айша: /start", "#2 Айша: <voice> {👀}", "#3 Senim: heard", "    [More]", "---",
    ]  # fmt: skip


@scene()
async def test_group_buttons_are_for_members(sandbox: Sandbox, api: Api) -> None:
    owner, stranger = started(sandbox, "Owner"), sandbox.person("Stranger")
    group = sandbox.forum("Desk", owner=owner)
    group.add_bot(owner)
    await api("sendMessage", chat_id=group.id, text="card", reply_markup=one_button("take", "Take"))
    await api.updates()
    await owner.tap("Take", chat=group, timeout=0)
    assert (await api.updates())[0]["callback_query"]["message"]["chat"]["id"] == group.id
    with pytest.raises(AssertionError, match="is not in Desk"):
        await stranger.tap("Take", chat=group)
    assert (await owner.sees("card", chat=group)).buttons == [["Take"]]


@scene()
async def test_a_private_chat_is_no_group(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox, "Айша")
    here = {"chat_id": phone.id}
    full = await api("getChat", **here)
    assert (full["type"], full["first_name"]) == ("private", "Айша")
    assert "permissions" not in full
    assert await api("getChatMemberCount", **here) == 2
    assert (await api("getChatMember", **here, user_id=phone.id))["status"] == "member"
    for method, reason in (
        ("getChatAdministrators", "there are no administrators in the private chat"),
        ("exportChatInviteLink", "can't invite members to a private chat"),
        ("leaveChat", "chat member status can't be changed in private chats"),
        ("createForumTopic", "the chat is not a forum"),
    ):
        params = {"name": "x"} if method == "createForumTopic" else {}
        assert await api.refusal(method, **here, **params) == f"Bad Request: {reason}"
    button = {"menu_button": {"type": "commands"}}
    await api("setChatMenuButton", **here, **button)
    assert await api("getChatMenuButton", **here) == {"type": "commands"}
    group = sandbox.forum("Desk", owner=phone)
    group.add_bot(phone)
    text = await api.refusal("setChatMenuButton", chat_id=group.id, **button)
    assert text == "Bad Request: invalid chat_id specified"
    text = await api.refusal("exportChatInviteLink", chat_id=group.id)
    assert text == "Bad Request: not enough rights to manage chat invite link"


@scene()
async def test_a_phone_refuses_what_a_client_would_not_do(sandbox: Sandbox, api: Api) -> None:
    phone, stranger = started(sandbox), sandbox.person("Stranger")
    theirs = (await api("sendMessage", chat_id=phone.id, text="x"))["message_id"]
    for text in (" ", "x" * 4097):
        with pytest.raises(AssertionError, match="1 to 4096 characters"):
            phone.write(text)
    with pytest.raises(AssertionError, match="one's own messages"):
        phone.edit(theirs, "y")
    with pytest.raises(AssertionError, match="no message 999"):
        phone.edit(999, "y")
    with pytest.raises(AssertionError, match="two accounts with one id"):
        sandbox.person(id=phone.id)
    group = sandbox.forum("Desk", owner=phone)
    phone.write("only for members", chat=group)
    assert "only for members" not in stranger.transcript(group)
    group.delete()
    with pytest.raises(AssertionError, match="Desk was deleted"):
        phone.write("hello?", chat=group)
    phone.deactivate()
    with pytest.raises(AssertionError, match="account is deleted"):
        phone.write("hello?")


@scene()
async def test_a_live_place_moves_by_edits_and_one_that_is_not_does_not(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    live, still = phone.share_location(43.2, 76.9, live_period=900), phone.share_location(43.2, 76.9)
    own, other = phone.share_contact(), phone.share_contact("+77020000000", user_id=1)
    await api.updates()
    phone.move(live, 43.3, 76.8)
    (update,) = await api.updates()
    moved = update["edited_message"]
    assert (moved["message_id"], moved["location"]["latitude"], moved["location"]["live_period"]) == (live, 43.3, 900)
    with pytest.raises(AssertionError, match="only a live location"):
        phone.move(still, 43.3, 76.8)
    said = [sandbox.world.people[phone.id].chat.messages[one].body["contact"]["user_id"] for one in (own, other)]
    assert said == [phone.id, 1]
