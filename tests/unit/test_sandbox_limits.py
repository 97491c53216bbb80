"""Telegram's limits in the sandbox, on its own clock."""

from bot.telegram.sandbox import Sandbox
from tests.unit.test_sandbox_groups import desk
from tests.unit.test_sandbox_http import Api, scene, started


@scene(limits=True)
async def test_a_group_has_20_calls_a_minute_for_everything(sandbox: Sandbox, api: Api) -> None:
    group, _ = await desk(sandbox, api)
    thread = (await api("createForumTopic", chat_id=group.id, name="one"))["message_thread_id"]
    sent = (await api("sendMessage", chat_id=group.id, text="two"))["message_id"]
    await api("editMessageText", chat_id=group.id, message_id=sent, text="three")
    reaction = [{"type": "emoji", "emoji": "👌"}]
    await api("setMessageReaction", chat_id=group.id, message_id=sent, reaction=reaction)
    await api("pinChatMessage", chat_id=group.id, message_id=sent)
    await api("editForumTopic", chat_id=group.id, message_thread_id=thread, name="six")
    for number in range(7, 21):
        await api("sendMessage", chat_id=group.id, text=str(number))
    status, body = await api.raw("sendMessage", chat_id=group.id, text="too much")
    wait = body["parameters"]["retry_after"]
    assert status == 429
    assert 55 <= wait <= 60
    assert body["description"] == f"Too Many Requests: retry after {wait}"
    sandbox.clock.move(wait)
    await api("sendMessage", chat_id=group.id, text="free again")


@scene(limits=True)
async def test_groups_have_their_minutes_apart(sandbox: Sandbox, api: Api) -> None:
    one, _ = await desk(sandbox, api)
    owner = started(sandbox, "Second")
    two = sandbox.forum("Two", owner=owner)
    two.add_bot(owner)
    for number in range(20):
        await api("sendMessage", chat_id=one.id, text=str(number))
    await api("sendMessage", chat_id=two.id, text="free")


@scene(limits=True)
async def test_a_private_chat_has_one_a_second_after_a_burst_of_three(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    for number in range(3):
        await api("sendMessage", chat_id=phone.id, text=str(number))
    status, body = await api.raw("sendMessage", chat_id=phone.id, text="too much")
    assert (status, body["parameters"]["retry_after"]) == (429, 1)
    sandbox.clock.move(1)
    await api("sendMessage", chat_id=phone.id, text="free")
    assert (await api.raw("sendMessage", chat_id=phone.id, text="too much"))[0] == 429


@scene(limits=True)
async def test_all_chats_together_have_30_a_second(sandbox: Sandbox, api: Api) -> None:
    phones = [started(sandbox) for _ in range(60)]
    statuses = [(await api.raw("sendMessage", chat_id=phone.id, text="x"))[0] for phone in phones]
    assert statuses[:30] == [200] * 30
    assert 429 in statuses
    sandbox.clock.move(1)
    assert (await api.raw("sendMessage", chat_id=started(sandbox).id, text="x"))[0] == 200


@scene(limits=True)
async def test_asking_and_answering_taps_is_free(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    for _ in range(40):
        await api("getChat", chat_id=phone.id)
        assert (await api.raw("answerCallbackQuery", callback_query_id="0"))[0] == 400


@scene(limits=True)
async def test_limits_can_be_switched_off(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    sandbox.limits.on = False
    for number in range(10):
        await api("sendMessage", chat_id=phone.id, text=str(number))
