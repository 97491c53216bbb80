"""Messages in the sandbox: what may be sent, edited, deleted, pinned, reacted to, and Telegram's words when not."""

from typing import Any

from bot.telegram.sandbox import Sandbox
from tests.unit.test_sandbox_http import Api, one_button, scene, started

HOUR = 3600


@scene()
async def test_texts_have_1_to_4096_characters(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    for empty in ("", "  \n "):
        text = await api.refusal("sendMessage", chat_id=phone.id, text=empty)
        assert text == "Bad Request: message text is empty"
    assert await api.refusal("sendMessage", chat_id=phone.id) == "Bad Request: message text is empty"
    assert len((await api("sendMessage", chat_id=phone.id, text="ә" * 4095 + "😀"))["text"]) == 4096
    text = await api.refusal("sendMessage", chat_id=phone.id, text="ә" * 4097)
    assert text == "Bad Request: message is too long"


@scene()
async def test_captions_have_at_most_1024_characters(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.send("photo", file_id="PHOTO")
    text = await api.refusal("sendPhoto", chat_id=phone.id, photo="PHOTO", caption="x" * 1025)
    assert text == "Bad Request: message caption is too long"
    await api("sendPhoto", chat_id=phone.id, photo="PHOTO", caption="x" * 1024)


@scene()
async def test_white_space_is_cut_and_links_are_found(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sent = await api("sendMessage", chat_id=phone.id, text=" 😀 https://a.kz /help \n")
    assert sent["text"] == "😀 https://a.kz /help"
    assert sent["entities"] == [
        {"type": "url", "offset": 3, "length": 12},
        {"type": "bot_command", "offset": 16, "length": 5},
    ]


@scene()
async def test_html_is_parsed_and_broken_html_refused(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)

    async def html(text: str) -> Any:
        return await api("sendMessage", chat_id=phone.id, text=text, parse_mode="HTML")

    sent = await html("😀 <b>a &amp; <i>b</i></b> &lt;")
    assert sent["text"] == "😀 a & b <"
    assert sent["entities"] == [
        {"type": "bold", "offset": 3, "length": 5},
        {"type": "italic", "offset": 7, "length": 1},
    ]
    for broken, reason in (
        ("a <b>b", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("a </b>", "Unexpected end tag at byte offset 2"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ):
        text = await api.refusal("sendMessage", chat_id=phone.id, text=broken, parse_mode="HTML")
        assert text == f"Bad Request: can't parse entities: {reason}"
    assert "only HTML" in await api.refusal("sendMessage", chat_id=phone.id, text="a", parse_mode="MarkdownV2")
    text = await api.refusal("sendMessage", chat_id=phone.id, text="a", parse_mode="RTF")
    assert text == "Bad Request: unsupported parse_mode"


@scene()
async def test_explicit_entities_lie_inside_the_text(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    bold = {"type": "bold", "offset": 0, "length": 3}
    assert (await api("sendMessage", chat_id=phone.id, text="abc", entities=[bold]))["entities"] == [bold]
    assert "ENTITY_BOUNDS_INVALID" in await api.refusal("sendMessage", chat_id=phone.id, text="ab", entities=[bold])


@scene()
async def test_callback_data_has_1_to_64_bytes(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    await api("sendMessage", chat_id=phone.id, text="x", reply_markup=one_button("ә" * 32))
    for data in ("ә" * 32 + "x", ""):
        text = await api.refusal("sendMessage", chat_id=phone.id, text="x", reply_markup=one_button(data, "A"))
        assert text == "Bad Request: BUTTON_DATA_INVALID"


@scene()
async def test_keyboards_have_a_shape(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    button = {"text": "A", "callback_data": "a"}
    for markup, reason in (
        ("nonsense", "can't parse reply keyboard markup JSON object"),
        ("[]", "can't parse reply keyboard markup JSON object"),
        ({"buttons": []}, "can't parse reply keyboard markup JSON object"),
        ({"inline_keyboard": [[{"text": "A"}]]}, "Text buttons are unallowed in the inline keyboard"),
        ({"inline_keyboard": [[{**button, "url": "https://a.kz"}]]}, "exactly one is allowed"),
        ({"inline_keyboard": [[{**button, "text": " "}]]}, "without text"),
        ({"inline_keyboard": [[{"text": "A", "url": "nowhere"}]]}, "Wrong HTTP URL"),
        ({"inline_keyboard": [[button]] * 101}, "reply markup is too long"),
        ({"inline_keyboard": [[button] * 9]}, "more than 8 buttons in a row"),
        ({"inline_keyboard": [[{"text": "A", "copy_text": {"text": "x" * 257}}]]}, "BUTTON_COPY_TEXT_INVALID"),
        ({"keyboard": []}, "without buttons"),
        ({"keyboard": [[{"text": "A", "request_contact": True, "request_location": True}]]}, "at most one is allowed"),
        ({"keyboard": [[{"text": ""}]]}, "without text"),
    ):
        assert reason in await api.refusal("sendMessage", chat_id=phone.id, text="x", reply_markup=markup), markup


@scene()
async def test_contact_and_place_can_be_asked_for_in_private_only(sandbox: Sandbox, api: Api) -> None:
    owner = started(sandbox)
    group = sandbox.forum("Desk", owner=owner)
    group.add_bot(owner)
    for ask, reason in (("request_contact", "phone number"), ("request_location", "location")):
        markup = {"keyboard": [[{"text": "Give", ask: True}]]}
        await api("sendMessage", chat_id=owner.id, text="x", reply_markup=markup)
        text = await api.refusal("sendMessage", chat_id=group.id, text="x", reply_markup=markup)
        assert text == f"Bad Request: {reason} can be requested in private chats only"


@scene()
async def test_the_same_again_is_not_modified(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sent = await api("sendMessage", chat_id=phone.id, text="one", reply_markup=one_button("a"))
    here = {"chat_id": phone.id, "message_id": sent["message_id"]}
    text = await api.refusal("editMessageText", **here, text="one", reply_markup=one_button("a"))
    assert text.startswith("Bad Request: message is not modified: specified new message content and reply markup")
    edited = await api("editMessageText", **here, text="one")
    assert "reply_markup" not in edited
    assert edited["edit_date"] >= sent["date"]
    assert phone.chat[-1].edited
    text = await api.refusal("editMessageReplyMarkup", **here)
    assert "message is not modified" in text


@scene()
async def test_only_the_bots_own_messages_can_be_edited(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    hers = phone.write("mine")
    change = {"chat_id": phone.id, "text": "new"}
    assert await api.refusal("editMessageText", **change, message_id=hers) == "Bad Request: message can't be edited"
    text = await api.refusal("editMessageText", **change, message_id=999)
    assert text == "Bad Request: message to edit not found"
    text = await api.refusal("editMessageText", **change)
    assert text == "Bad Request: message identifier is not specified"
    keyboard = {"keyboard": [[{"text": "Key"}]]}
    sent = await api("sendMessage", chat_id=phone.id, text="x", reply_markup=keyboard)
    text = await api.refusal("editMessageText", **change, message_id=sent["message_id"])
    assert text == "Bad Request: message can't be edited"


@scene()
async def test_text_and_caption_are_edited_by_their_own_methods(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.send("photo", file_id="PHOTO")
    photo = await api("sendPhoto", chat_id=phone.id, photo="PHOTO", caption="old")
    here = {"chat_id": phone.id, "message_id": photo["message_id"]}
    assert "there is no text in the message to edit" in await api.refusal("editMessageText", **here, text="new")
    assert (await api("editMessageCaption", **here, caption="new"))["caption"] == "new"
    here["message_id"] = (await api("sendMessage", chat_id=phone.id, text="x"))["message_id"]
    assert "there is no caption in the message to edit" in await api.refusal("editMessageCaption", **here, caption="y")


@scene()
async def test_a_bot_deletes_for_48_hours(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    own = (await api("sendMessage", chat_id=phone.id, text="one"))["message_id"]
    hers = phone.write("two")
    sandbox.clock.move(48 * HOUR - 60)
    await api("deleteMessage", chat_id=phone.id, message_id=hers)
    sandbox.clock.move(61)
    text = await api.refusal("deleteMessage", chat_id=phone.id, message_id=own)
    assert text.startswith("Bad Request: message can't be deleted")
    text = await api.refusal("deleteMessage", chat_id=phone.id, message_id=hers)
    assert text == "Bad Request: message to delete not found"
    assert [shown.text for shown in phone.chat] == ["/start", "one"]


@scene()
async def test_others_messages_in_a_group_need_the_right(sandbox: Sandbox, api: Api) -> None:
    owner = started(sandbox)
    group = sandbox.forum("Desk", owner=owner)
    group.add_bot(owner, rights={"can_manage_topics"})
    theirs = owner.write("hello", chat=group)
    text = await api.refusal("deleteMessage", chat_id=group.id, message_id=theirs)
    assert text == "Bad Request: message can't be deleted"
    group.set_bot_rights({"can_delete_messages"})
    await api("deleteMessage", chat_id=group.id, message_id=theirs)


@scene()
async def test_several_are_deleted_and_the_missing_skipped(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    ids = [(await api("sendMessage", chat_id=phone.id, text=text))["message_id"] for text in "ab"]
    assert await api("deleteMessages", chat_id=phone.id, message_ids=[*ids, 999])
    assert [shown.text for shown in phone.chat] == ["/start"]
    text = await api.refusal("deleteMessages", chat_id=phone.id, message_ids=[])
    assert text == "Bad Request: message identifiers are not specified"
    text = await api.refusal("deleteMessages", chat_id=phone.id, message_ids=list(range(1, 102)))
    assert text == "Bad Request: too many message identifiers specified"


@scene()
async def test_pinning_needs_the_right_and_leaves_a_line(sandbox: Sandbox, api: Api) -> None:
    owner = started(sandbox)
    group = sandbox.forum("Desk", owner=owner)
    group.add_bot(owner, rights={"can_manage_topics"})
    card = (await api("sendMessage", chat_id=group.id, text="card"))["message_id"]
    text = await api.refusal("pinChatMessage", chat_id=group.id, message_id=card)
    assert text == "Bad Request: not enough rights to manage pinned messages in the chat"
    group.set_bot_rights({"can_pin_messages"})
    await api("pinChatMessage", chat_id=group.id, message_id=card, disable_notification=True)
    text = await api.refusal("pinChatMessage", chat_id=group.id, message_id=card)
    assert text == "Bad Request: CHAT_NOT_MODIFIED"
    line = group.messages()[-1]
    assert (line.kind, sandbox.journal.shown[-1].notification) == ("pinned_message", False)
    assert "pinned" in {showing.action for showing in sandbox.journal.to(group)}
    assert (await api("getChat", chat_id=group.id))["pinned_message"]["message_id"] == card
    for message_id, reason in (
        (999, "message to pin not found"),
        (line.message_id, "service messages can't be pinned"),
    ):
        assert reason in await api.refusal("pinChatMessage", chat_id=group.id, message_id=message_id)
    await api("unpinChatMessage", chat_id=group.id)
    assert "message to unpin not found" in await api.refusal("unpinChatMessage", chat_id=group.id)


@scene()
async def test_a_bot_may_set_one_of_the_allowed_reactions(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    here: dict[str, Any] = {"chat_id": phone.id, "message_id": phone.write("hi")}
    for emoji in ("✍", "🤷", "🤷‍♂", "👌", "🤝"):
        await api("setMessageReaction", **here, reaction=[{"type": "emoji", "emoji": emoji}])
        assert phone.chat[-1].reactions == [emoji]
    for wrong in ("✅", "✔"):
        text = await api.refusal("setMessageReaction", **here, reaction=[{"type": "emoji", "emoji": wrong}])
        assert text == "Bad Request: REACTION_INVALID"
    two = [{"type": "emoji", "emoji": "👌"}, {"type": "emoji", "emoji": "👀"}]
    assert await api.refusal("setMessageReaction", **here, reaction=two) == "Bad Request: REACTIONS_TOO_MANY"
    await api("setMessageReaction", **here, reaction=[])
    assert phone.chat[-1].reactions == []
    here["message_id"] = 999
    assert await api.refusal("setMessageReaction", **here) == "Bad Request: message to react not found"


@scene()
async def test_replies_name_a_message_that_exists(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    hers = phone.write("question here")
    here = {"chat_id": phone.id, "text": "answer"}
    sent = await api("sendMessage", **here, reply_parameters={"message_id": hers})
    assert sent["reply_to_message"]["message_id"] == hers
    missing = {"message_id": 999}
    text = await api.refusal("sendMessage", **here, reply_parameters=missing)
    assert text == "Bad Request: message to be replied not found"
    sent = await api("sendMessage", **here, reply_parameters={**missing, "allow_sending_without_reply": True})
    assert "reply_to_message" not in sent
    quote = {"message_id": hers, "quote": "question"}
    assert (await api("sendMessage", **here, reply_parameters=quote))["quote"]["text"] == "question"
    elsewhere = {"message_id": hers, "chat_id": phone.id + 1}
    assert "another chat" in await api.refusal("sendMessage", **here, reply_parameters=elsewhere)
    text = await api.refusal("sendMessage", **here, message_thread_id=hers)
    assert text == "Bad Request: message thread not found"
    wrong = {"message_id": hers, "quote": "nowhere"}
    assert "QUOTE_TEXT_INVALID" in await api.refusal("sendMessage", **here, reply_parameters=wrong)


@scene()
async def test_protection_is_recorded_and_stops_copies(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sent = await api("sendMessage", chat_id=phone.id, text="x", protect_content=True)
    assert sent["has_protected_content"] is True
    assert phone.chat[-1].protected
    source = {"chat_id": phone.id, "from_chat_id": phone.id, "message_id": sent["message_id"]}
    assert await api.refusal("copyMessage", **source) == "Bad Request: the message can't be copied"
    assert await api.refusal("forwardMessage", **source) == "Bad Request: the message can't be forwarded"


@scene()
async def test_forwards_and_copies_are_played_so_that_they_can_be_seen(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    hers = phone.write("private words")
    source = {"chat_id": phone.id, "from_chat_id": phone.id, "message_id": hers}
    forwarded = await api("forwardMessage", **source)
    assert forwarded["forward_origin"]["sender_user"]["id"] == phone.id
    assert set(await api("copyMessage", **source)) == {"message_id"}
    assert [call.method for call in sandbox.journal.sent()] == ["forwardMessage", "copyMessage"]


@scene()
async def test_chat_actions_are_checked_but_shown_to_nobody(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    shown = len(sandbox.journal.shown)
    assert await api("sendChatAction", chat_id=phone.id, action="typing")
    assert "wrong parameter action" in await api.refusal("sendChatAction", chat_id=phone.id, action="thinking")
    assert len(sandbox.journal.shown) == shown


@scene()
async def test_the_journal_knows_who_saw_what(sandbox: Sandbox, api: Api) -> None:
    owner, other = started(sandbox, "Owner"), sandbox.person("Other")
    group = sandbox.forum("Desk", owner=owner)
    group.add(other, notify=False)
    group.add_bot(owner)
    await api("sendMessage", chat_id=group.id, text="for all", reply_markup=one_button("a"))
    await api("sendMessage", chat_id=owner.id, text="for one", disable_notification=True)
    await api.raw("sendMessage", chat_id=owner.id, text="x" * 5000 + "tail")
    to_all, to_one = sandbox.journal.to(group)[-1], sandbox.journal.to(owner)[-1]
    assert (to_all.viewers, to_all.notification, to_all.action) == (frozenset({owner.id, other.id}), True, "sent")
    assert (to_all.params["text"], to_all.markup) == ("for all", one_button("a"))
    assert (to_one.viewers, to_one.notification) == (frozenset({owner.id}), False)
    assert len(sandbox.journal.sent(chat_id=group.id)) == 1
    assert [call.ok for call in sandbox.journal.calls] == [True, True, False]
    assert b"tail" in sandbox.journal.bytes()
    assert b"tail" not in sandbox.journal.bytes(group.id)
    assert "әлем".encode() not in sandbox.journal.bytes()
    await api("sendMessage", chat_id=owner.id, text="әлем")
    assert "әлем".encode() in sandbox.journal.bytes()


@scene()
async def test_a_place_is_shown_with_its_accuracy_and_lives_on_no_telephone_of_the_bots(
    sandbox: Sandbox, api: Api
) -> None:
    phone = started(sandbox)
    here = {"chat_id": phone.id, "latitude": 43.2, "longitude": 76.9}
    sent = await api("sendLocation", **here, horizontal_accuracy=30, protect_content=True)
    assert sent["location"] == {"latitude": 43.2, "longitude": 76.9, "horizontal_accuracy": 30}
    assert phone.chat[-1].kind == "location"
    assert phone.chat[-1].protected
    assert "horizontal_accuracy" in await api.refusal("sendLocation", **here, horizontal_accuracy=1501)
    assert "stay where they are" in await api.refusal("sendLocation", **here, live_period=900)
