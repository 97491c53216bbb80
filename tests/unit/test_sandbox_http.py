"""The sandbox's HTTP side: tokens, parameters, polling, other processes; and the tools of the other sandbox tests."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import aiohttp
import orjson
import pytest

from bot.telegram.sandbox import Phone, Sandbox, samples


class Api:
    """A bare Bot API client."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.http = aiohttp.ClientSession()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()

    async def raw(self, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
        url = f"{self.sandbox.url}/bot{self.sandbox.token}/{method}"
        async with self.http.post(url, json=params) as response:
            body: dict[str, Any] = orjson.loads(await response.read())
            return response.status, body

    async def __call__(self, method: str, **params: Any) -> Any:
        """The result."""
        _, body = await self.raw(method, **params)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        """The text of the refusal."""
        status, body = await self.raw(method, **params)
        assert not body["ok"], body
        assert body["error_code"] == status
        return str(body["description"])

    async def updates(self, **params: Any) -> list[dict[str, Any]]:
        """Fetch and acknowledge what waits."""
        found: list[dict[str, Any]] = await self("getUpdates", **params)
        if found:
            await self("getUpdates", offset=found[-1]["update_id"] + 1)
        return found


Scene = Callable[[Sandbox, Api], Awaitable[None]]


def scene(**options: Any) -> Callable[[Scene], Callable[[], None]]:
    """Make a test of a coroutine that plays in a fresh sandbox, limits off unless asked for."""

    def make(test: Scene) -> Callable[[], None]:
        async def main() -> None:
            async with Sandbox(**{"limits": False, **options}) as sandbox, Api(sandbox) as api:
                await test(sandbox, api)

        def run() -> None:
            asyncio.run(main())

        run.__name__ = getattr(test, "__name__", "scene")
        run.__doc__ = test.__doc__
        return run

    return make


def started(sandbox: Sandbox, name: str = "Айша") -> Phone:
    """Somebody who has pressed Start; the update about it is forgotten."""
    phone = sandbox.person(name)
    phone.start()
    sandbox.world.updates.drop()
    return phone


@scene()
async def test_a_wrong_token_is_unauthorized(sandbox: Sandbox, api: Api) -> None:
    async with api.http.get(f"{sandbox.url}/bot1:wrong/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


@scene()
async def test_unknown_and_unplayed_methods_are_not_found(sandbox: Sandbox, api: Api) -> None:
    assert (await api.raw("getHome"))[0] == 404
    assert "does not play" in await api.refusal("sendInvoice")


@scene()
async def test_method_names_ignore_case_and_get_works(sandbox: Sandbox, api: Api) -> None:
    async with api.http.get(f"{sandbox.url}/bot{sandbox.token}/GETME") as response:
        assert (await response.json())["result"]["username"] == "senim_bot"


@scene()
async def test_parameters_come_as_json_form_multipart_and_query(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
    markup = orjson.dumps({"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}).decode()
    fields = {"chat_id": str(phone.id), "text": "hello", "reply_markup": markup, "disable_notification": "true"}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    for request in (
        api.http.post(url, data=fields),
        api.http.post(url, data=multipart),
        api.http.get(url, params=fields),
        api.http.post(url, json={**fields, "chat_id": phone.id, "reply_markup": orjson.loads(markup)}),
    ):
        async with request as response:
            assert response.status == 200, await response.text()
    assert [shown.buttons for shown in phone.chat[1:]] == [[["A"]]] * 4
    assert all(call.params["reply_markup"] == orjson.loads(markup) for call in sandbox.journal.calls)
    assert not any(showing.notification for showing in sandbox.journal.to(phone))


@scene()
async def test_a_big_file_comes_by_multipart_and_can_be_fetched(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    picture = samples.picture() + bytes(3_000_000)
    form = aiohttp.FormData({"chat_id": str(phone.id), "photo": "attach://p", "caption": "look"})
    form.add_field("p", io.BytesIO(picture), filename="a.jpg", content_type="image/jpeg")
    async with api.http.post(f"{sandbox.url}/bot{sandbox.token}/sendPhoto", data=form) as response:
        sent = (await response.json())["result"]
    assert sent["caption"] == "look"
    file = await api("getFile", file_id=sent["photo"][-1]["file_id"])
    async with api.http.get(f"{sandbox.url}/file/bot{sandbox.token}/{file['file_path']}") as response:
        assert await response.read() == picture
    assert picture in sandbox.journal.bytes()
    assert phone.chat[-1].kind == "photo"
    assert [(size["width"], size["height"]) for size in sent["photo"]] == [(90, 68), (640, 480)]


@scene()
async def test_only_what_telegram_takes_as_a_photo_is_one(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    refused = {
        "PHOTO_INVALID_DIMENSIONS": [samples.picture(9000, 1001), samples.picture(2100, 100)],
        "IMAGE_PROCESS_FAILED": [b"\xff\xd8" + bytes(3000), b"GIF89a"],
        "file is too big": [samples.picture() + bytes(samples.LARGEST_PHOTO)],
    }
    for text, pictures in refused.items():
        for picture in pictures:
            form = aiohttp.FormData({"chat_id": str(phone.id), "has_spoiler": "true"})
            form.add_field("photo", io.BytesIO(picture), filename="a.jpg", content_type="image/jpeg")
            async with api.http.post(f"{sandbox.url}/bot{sandbox.token}/sendPhoto", data=form) as response:
                assert (await response.json())["description"] == f"Bad Request: {text}"
    assert [shown.kind for shown in phone.chat if not shown.mine] == []
    phone.send("document", file_id="LARGE", data=bytes(samples.LARGEST_DOWNLOAD + 1))
    assert await api.refusal("getFile", file_id="LARGE") == "Bad Request: file is too big"


@scene()
async def test_a_file_of_a_person_is_known_by_its_id(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.send("voice", data=b"OggS", file_id="VOICE", duration=3)
    assert (await api.updates())[0]["message"]["voice"]["file_id"] == "VOICE"
    assert (await api("sendVoice", chat_id=phone.id, voice="VOICE"))["voice"]["file_id"] == "VOICE"
    assert "wrong file identifier" in await api.refusal("sendVoice", chat_id=phone.id, voice="OTHER")
    assert "can't use file of type voice" in await api.refusal("sendPhoto", chat_id=phone.id, photo="VOICE")
    assert await api.refusal("getFile", file_id="OTHER") == "Bad Request: invalid file_id"


@scene()
async def test_what_telegram_would_ignore_is_refused_and_says_so(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    here = {"chat_id": phone.id, "text": "x"}
    assert "sandbox: sendMessage has no parameter 'txt'" in await api.refusal("sendMessage", **here, txt="y")
    assert "not played" in await api.refusal("sendMessage", **here, business_connection_id="1")
    keyboard = {"inline_keyboard": [[{"text": "A", "callback_data": "a", "colour": "red"}]]}
    assert "has no field 'colour'" in await api.refusal("sendMessage", **here, reply_markup=keyboard)
    assert "message_thread_id" in await api.refusal("sendMessage", **here, message_thread_id="one")


@scene()
async def test_what_is_no_json_object_is_refused(sandbox: Sandbox, api: Api) -> None:
    url, json = f"{sandbox.url}/bot{sandbox.token}/getMe", {"Content-Type": "application/json"}
    for body, reason in (("{", "can't parse JSON object"), ("[]", "object expected as request body")):
        async with api.http.post(url, data=body, headers=json) as response:
            assert (await response.json())["description"] == f"Bad Request: {reason}"


@scene()
async def test_files_have_a_content_and_places_are_on_earth(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    form = aiohttp.FormData({"chat_id": str(phone.id)})
    form.add_field("document", b"", filename="empty.txt")
    async with api.http.post(f"{sandbox.url}/bot{sandbox.token}/sendDocument", data=form) as response:
        assert (await response.json())["description"] == "Bad Request: file must be non-empty"
    assert "latitude" in await api.refusal("sendLocation", chat_id=phone.id, latitude=91, longitude=0)


@scene()
async def test_refusals_never_repeat_the_words(sandbox: Sandbox, api: Api) -> None:
    assert "secret" not in await api.refusal("sendMessage", chat_id=1, text=["secret"])


@scene()
async def test_updates_stay_until_a_later_offset(sandbox: Sandbox, api: Api) -> None:
    phone = sandbox.person()
    for text in ("one", "two", "three"):
        phone.write(text)
    first = await api("getUpdates", limit=2)
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    assert await api("getUpdates", limit=2) == first
    rest = await api("getUpdates", offset=first[-1]["update_id"] + 1)
    assert [update["message"]["text"] for update in rest] == ["three"]
    assert rest[0]["update_id"] == first[0]["update_id"] + 2
    assert await api("getUpdates", offset=rest[-1]["update_id"] + 1) == []


@scene()
async def test_a_negative_offset_keeps_only_the_last(sandbox: Sandbox, api: Api) -> None:
    phone = sandbox.person()
    for text in ("one", "two", "three"):
        phone.write(text)
    assert [update["message"]["text"] for update in await api("getUpdates", offset=-1)] == ["three"]
    assert [update["message"]["text"] for update in await api("getUpdates")] == ["three"]


@scene()
async def test_an_offset_far_in_the_future_confirms_nothing(sandbox: Sandbox, api: Api) -> None:
    sandbox.person().write("here")
    assert len(await api("getUpdates", offset=sandbox.world.updates.next_id + 11)) == 1
    assert len(await api("getUpdates", offset=sandbox.world.updates.next_id + 10)) == 0


@scene()
async def test_ids_can_start_anew(sandbox: Sandbox, api: Api) -> None:
    sandbox.world.updates.restart(5)
    sandbox.person().write("here")
    assert [update["update_id"] for update in await api("getUpdates", offset=900_000_000)] == [5]


@scene()
async def test_a_long_poll_answers_as_soon_as_something_happens(sandbox: Sandbox, api: Api) -> None:
    poll = asyncio.create_task(api("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    begun = time.monotonic()
    sandbox.person().write("hello")
    assert len(await poll) == 1
    assert time.monotonic() - begun < 0.5


@scene()
async def test_a_second_poll_ends_the_first(sandbox: Sandbox, api: Api) -> None:
    first = asyncio.create_task(api.raw("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(api("getUpdates", timeout=1))
    status, body = await first
    assert status == 409
    assert body["description"].startswith("Conflict: terminated by other getUpdates request;")
    assert await second == []


@scene()
async def test_kinds_of_updates_are_remembered_and_three_come_only_when_named(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    message_id = phone.write("hi")
    phone.react(message_id, "👍")
    assert [list(update)[1] for update in await api.updates()] == ["message"]
    await api("getUpdates", allowed_updates=["message_reaction"])
    phone.write("again")
    phone.react(message_id)
    found = await api.updates()
    assert [list(update)[1] for update in found] == ["message_reaction"]
    assert found[0]["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    await api("getUpdates", allowed_updates=[])
    phone.write("third")
    assert [list(update)[1] for update in await api.updates()] == ["message"]


@scene()
async def test_updates_grow_too_old(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    await api("sendMessage", chat_id=phone.id, text="?", reply_markup=one_button("a"))
    await phone.tap("a", timeout=0)
    phone.write("words")
    sandbox.clock.move(151)
    assert [list(update)[1] for update in await api("getUpdates")] == ["message"]
    sandbox.clock.move(24 * 3600)
    assert await api("getUpdates") == []
    assert sandbox.world.updates.dropped == 2


def one_button(data: str, text: str | None = None) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text or data, "callback_data": data}]]}


@scene()
async def test_any_json_can_be_pushed(sandbox: Sandbox, api: Api) -> None:
    own = sandbox.push({"update_id": 7, "message": {"nonsense": True}})
    made = sandbox.push({"hologram": 1})
    found = await api("getUpdates")
    assert found == [{"update_id": 7, "message": {"nonsense": True}}, {"update_id": made, "hologram": 1}]
    assert own == 7


@scene()
async def test_a_webhook_stops_polling_and_can_drop_what_waits(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    assert "HTTPS URL" in await api.refusal("setWebhook", url="http://x.kz")
    poll = asyncio.create_task(api.raw("getUpdates", timeout=30))
    await asyncio.sleep(0.05)
    await api("setWebhook", url="https://x.kz/hook")
    assert (await poll)[0] == 409
    assert "webhook is active" in await api.refusal("getUpdates")
    phone.write("waiting")
    info = await api("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("https://x.kz/hook", 1)
    await api("deleteWebhook")
    assert len(await api("getUpdates")) == 1
    await api("deleteWebhook", drop_pending_updates=True)
    assert await api("getUpdates") == []


@scene()
async def test_other_processes_see_the_clock_the_journal_and_the_faults(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    async with api.http.get(f"{sandbox.url}/clock") as response:
        assert await response.json() == {"offset": 0.0}
    async with api.http.post(f"{sandbox.url}/clock", json={"move": 60}) as response:
        assert await response.json() == {"offset": 60.0}
    assert sandbox.clock.offset == 60
    asking = asyncio.create_task(api.http.get(f"{sandbox.url}/clock?besides=60.0"))
    phone.write("something else changes")
    assert not (await asyncio.wait({asking}, timeout=0.3))[0]
    sandbox.clock.move(1)
    async with await asking as response:
        assert await response.json() == {"offset": 61.0}
    async with api.http.get(f"{sandbox.url}/clock?besides=60.0") as response:
        assert await response.json() == {"offset": 61.0}
    async with api.http.post(f"{sandbox.url}/faults", json={"kind": "fail", "code": 400, "description": "No"}) as made:
        assert (await made.json())["waiting"] == 1
    async with api.http.post(f"{sandbox.url}/faults", json={"kind": "boredom"}) as made:
        assert made.status == 400
    assert await api.refusal("getMe") == "No"
    await api("sendMessage", chat_id=phone.id, text="hello")
    async with api.http.get(f"{sandbox.url}/journal") as response:
        journal = await response.json()
    assert [call["method"] for call in journal["calls"]] == ["getMe", "sendMessage"]
    assert journal["shown"][-1]["viewers"] == [phone.id]
    async with api.http.get(f"{sandbox.url}/elsewhere") as response:
        assert response.status == 404


def test_stopping_is_quick_beside_an_open_poll_and_may_be_repeated() -> None:
    async def main() -> None:
        sandbox = Sandbox()
        await sandbox.start()
        async with Api(sandbox) as api:
            poll = asyncio.create_task(api("getUpdates", timeout=50))
            await asyncio.sleep(0.05)
            begun = time.monotonic()
            await sandbox.stop()
            await sandbox.stop()
            assert time.monotonic() - begun < 1
            assert isinstance((await asyncio.gather(poll, return_exceptions=True))[0], aiohttp.ClientError)
            await sandbox.start()
            assert (await api("getMe"))["id"] == 7000000001
            await sandbox.stop()

    asyncio.run(main())


@scene()
async def test_idle_waits_for_acknowledgement_and_then_for_quiet(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)
    phone.write("hello")

    async def bot() -> None:
        await asyncio.sleep(0.1)
        await api.updates()
        await asyncio.sleep(0.1)
        await api("sendMessage", chat_id=phone.id, text="answer")

    task = asyncio.create_task(bot())
    await sandbox.idle(quiet=0.2)
    assert phone.chat[-1].text == "answer"
    await task


@scene()
async def test_while_the_loop_stands_still_nobody_is_quiet(sandbox: Sandbox, api: Api) -> None:
    phone = started(sandbox)

    async def bot() -> None:
        await asyncio.sleep(0.1)
        time.sleep(0.6)  # noqa: ASYNC251 - a busy machine
        await asyncio.sleep(0.1)
        await api("sendMessage", chat_id=phone.id, text="answer")

    task = asyncio.create_task(bot())
    await sandbox.idle(quiet=0.4)
    assert phone.chat[-1].text == "answer"
    await task


@scene()
async def test_idle_gives_up_aloud(sandbox: Sandbox, api: Api) -> None:
    started(sandbox).write("nobody listens")
    with pytest.raises(AssertionError, match="1 updates not acknowledged"):
        await sandbox.idle(timeout=0.1)
