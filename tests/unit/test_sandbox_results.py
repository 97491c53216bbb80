"""Everything the sandbox answers and sends is JSON that aiogram's own models read without a field left over."""

from typing import Any, get_args

import pytest
from aiogram.types import Update
from pydantic import BaseModel, TypeAdapter

from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.content import OTHERS, SHAPES
from bot.telegram.sandbox.methods import METHODS
from tests.unit.test_sandbox_groups import desk
from tests.unit.test_sandbox_http import Api, one_button, scene

COMMANDS = [{"command": "help", "description": "Help"}]
KINDS = ["photo", *SHAPES, *OTHERS]


def leftovers(value: object) -> list[str]:
    """Names of fields that no model knows."""
    if isinstance(value, list):
        return [name for one in value for name in leftovers(one)]
    if not isinstance(value, BaseModel):
        return []
    inside = [name for field in type(value).model_fields for name in leftovers(getattr(value, field))]
    return [*(value.model_extra or {}), *inside]


def build(returned: Any) -> None:
    """An adapter takes only types that are built, and aiogram's are built when they are used."""
    if isinstance(returned, type) and issubclass(returned, BaseModel):
        returned.model_rebuild()
    for part in get_args(returned):
        build(part)


@scene()
async def test_every_method_answers_what_it_returns(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    played: set[str] = set()

    async def call(method: str, **params: Any) -> Any:
        result = await api(method, **params)
        cls = METHODS[method.lower()].cls
        build(cls.__returning__)
        parsed = TypeAdapter[Any](cls.__returning__).validate_python(result)
        assert leftovers(parsed) == [], method
        played.add(method.lower())
        return result

    private, here = {"chat_id": owner.id}, {"chat_id": group.id}
    for kind in ("photo", *SHAPES):
        owner.send(kind, file_id=kind.upper())
        name = "send" + "".join(part.title() for part in kind.split("_"))
        photo = await call(name, **private, **{kind: kind.upper()})
    await call("getFile", file_id="VOICE")
    await call("sendLocation", **private, latitude=43.2, longitude=76.9)
    await call("sendVenue", **private, latitude=43.2, longitude=76.9, title="School", address="Street")
    await call("sendContact", **private, phone_number="111", first_name="Line")
    await call("sendDice", **private)
    await call("sendChatAction", **private, action="typing")
    topic = await call("createForumTopic", **here, name="Topic", icon_custom_emoji_id="5312536423851630001")
    thread = {**here, "message_thread_id": topic["message_thread_id"]}
    sent = await call("sendMessage", **thread, text="a <b>card</b>", parse_mode="HTML", reply_markup=one_button("a"))
    one = {**here, "message_id": sent["message_id"]}
    await call("editMessageText", **one, text="b")
    await call("editMessageReplyMarkup", **one, reply_markup=one_button("b"))
    photo = await call("sendPhoto", **private, photo="PHOTO")
    await call("editMessageCaption", **private, message_id=photo["message_id"], caption="c")
    await call("setMessageReaction", **one, reaction=[{"type": "emoji", "emoji": "👌"}])
    await call("pinChatMessage", **one)
    for method in ("getChat", "getChatAdministrators", "getChatMemberCount"):
        await call(method, **here)
    await call("getChat", **private)
    for user_id in (owner.id, 7000000001):
        await call("getChatMember", **here, user_id=user_id)
    await call("getChatMember", **private, user_id=owner.id)
    await call("unpinChatMessage", **one)
    await call("forwardMessage", **private, from_chat_id=group.id, message_id=sent["message_id"])
    await call("copyMessage", **private, from_chat_id=group.id, message_id=sent["message_id"])
    await owner.tap("b", chat=group, timeout=0)
    query = [update for update in await api.updates() if "callback_query" in update][-1]["callback_query"]
    await call("answerCallbackQuery", callback_query_id=query["id"], text="ok")
    await call("deleteMessage", **one)
    await call("deleteMessages", **private, message_ids=[1, 2])
    await call("editForumTopic", **thread, name="Other")
    for method in ("closeForumTopic", "reopenForumTopic", "deleteForumTopic"):
        await call(method, **thread)
    for method in ("getForumTopicIconStickers", "getMe", "getWebhookInfo", "deleteWebhook"):
        await call(method)
    await call("setWebhook", url="")
    await call("setMyCommands", commands=COMMANDS)
    for method in ("getMyCommands", "deleteMyCommands", "getMyName", "getMyDescription", "getMyShortDescription"):
        await call(method)
    await call("setMyName", name="Senim")
    await call("setMyDescription", description="112")
    await call("setMyShortDescription", short_description="112")
    await call("setMyDefaultAdministratorRights")
    await call("getMyDefaultAdministratorRights")
    await call("setChatMenuButton", menu_button={"type": "commands"})
    await call("getChatMenuButton")
    group.set_bot_rights({"can_invite_users"})
    await call("exportChatInviteLink", **here)
    await call("leaveChat", **here)
    assert set(METHODS) == played


@scene()
async def test_every_kind_of_message_is_an_update_that_aiogram_reads(sandbox: Sandbox, api: Api) -> None:
    group, owner = await desk(sandbox, api)
    origin = {"type": "hidden_user", "sender_user_name": "Somebody", "date": 1}
    for kind in KINDS:
        for chat in (None, group):
            owner.send(kind, chat=chat, caption="words /help", forward_origin=origin, media_group_id="1")
    owner.edit(owner.write("x", chat=group), "y", chat=group)
    owner.react(owner.write("x"), "👍")
    owner.write("anonymous", chat=group, anonymous=True)
    group.add(sandbox.person("Other"))
    group.rename_topic(group.create_topic("New"), "Newer")
    group.upgrade()
    owner.block()
    found = await api.updates()
    assert len(found) > 2 * len(KINDS) + 9
    for update in found:
        assert leftovers(Update.model_validate(update)) == []
    for kind, update in zip(KINDS, found[::2], strict=False):
        assert kind in update["message"]
        assert update["message"]["forward_origin"] == origin


@scene()
async def test_contents_can_be_overridden(sandbox: Sandbox, api: Api) -> None:
    phone = sandbox.person()
    phone.send("sticker", emoji="🔥", set_name="MARK", file_id="ID1", file_unique_id="ID2")
    phone.send("contact", phone_number="+7 700", user_id=5, vcard="V")
    phone.send("hologram", anything=1)
    sticker, contact, unknown = [update["message"] for update in await api.updates()]
    assert (sticker["sticker"]["set_name"], sticker["sticker"]["file_unique_id"]) == ("MARK", "ID2")
    assert contact["contact"] == {"phone_number": "+7 700", "first_name": "Aisha", "user_id": 5, "vcard": "V"}
    assert unknown["hologram"] == {"anything": 1}
    assert [shown.kind for shown in phone.chat] == ["sticker", "contact", "hologram"]


@scene(bot_flags={"supports_inline_queries": True})
async def test_what_the_bot_is_can_be_set(sandbox: Sandbox, api: Api) -> None:
    me = await api("getMe")
    assert (me["supports_inline_queries"], me["supports_guest_queries"]) == (True, False)
    assert me["can_read_all_group_messages"] is True


@scene()
async def test_commands_are_kept_by_scope_and_language(sandbox: Sandbox, api: Api) -> None:
    scope = {"type": "all_private_chats"}
    await api("setMyCommands", commands=COMMANDS, scope=scope, language_code="kk")
    assert await api("getMyCommands", scope=scope, language_code="kk") == COMMANDS
    assert await api("getMyCommands", scope=scope) == []
    await api("deleteMyCommands", scope=scope, language_code="kk")
    assert await api("getMyCommands", scope=scope, language_code="kk") == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ({"command": "Help", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "", "description": "x"}, "command must be non-empty"),
        ({"command": "a" * 33, "description": "x"}, "command length must not exceed 32"),
        ({"command": "a", "description": ""}, "command description must be non-empty"),
        ({"command": "a", "description": "x" * 257}, "command description length must not exceed 256"),
    ],
)
def test_commands_are_checked(command: dict[str, str], reason: str) -> None:
    @scene()
    async def play(sandbox: Sandbox, api: Api) -> None:
        assert await api.refusal("setMyCommands", commands=[command]) == f"Bad Request: {reason}"

    play()


@scene()
async def test_there_are_at_most_100_commands(sandbox: Sandbox, api: Api) -> None:
    assert "BOT_COMMANDS_TOO_MUCH" in await api.refusal("setMyCommands", commands=COMMANDS * 101)


@scene()
async def test_descriptions_have_their_lengths_and_languages(sandbox: Sandbox, api: Api) -> None:
    assert "too long" in await api.refusal("setMyDescription", description="ә" * 513)
    assert "too long" in await api.refusal("setMyShortDescription", short_description="ә" * 121)
    assert "language code" in await api.refusal("setMyName", name="x", language_code="kaz")
    await api("setMyDescription", description="ә" * 512)
    await api("setMyDescription", description="қазақша", language_code="kk")
    assert (await api("getMyDescription", language_code="kk"))["description"] == "қазақша"
    assert len((await api("getMyDescription", language_code="ru"))["description"]) == 512
    assert await api("getMyName") == {"name": "Senim"}
