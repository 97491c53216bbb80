"""The page's server without a browser: who gets in, what is given out, and that no order does harm."""

import asyncio
import contextlib
import hashlib
import hmac
from typing import Any

import aiohttp
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.demo.page import server
from bot.demo.page.hands import Hands, Impossible
from bot.demo.page.server import Page, PortTaken
from bot.demo.page.view import parts
from bot.telegram.sandbox import Sandbox
from bot.telegram.sandbox.methods.topics import ICONS
from tests.unit.test_architecture import ROOT

ORDERS = (
    "start", "write", "press", "key", "edit", "react", "send", "clear", "block", "deactivate", "member", "bot", "topic",
    "topics", "upgrade", "delete_group", "person", "down", "flood", "gateway", "move", "nonsense",
)  # fmt: skip


async def none_of_its_own(_: dict[str, Any]) -> None:
    return None


class Here:
    """A sandbox with somebody in it, and its page."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.hands = Hands(sandbox)
        self.page = Page(sandbox, self.hands, dict, none_of_its_own)
        self.teen, self.owner = sandbox.person("Нұрай", language_code="kk"), sandbox.person("Зәуре")
        self.group = sandbox.forum("Топ", owner=self.owner)
        self.hands.know(self.teen, self.owner, self.group)


async def here(sandbox: Sandbox) -> Here:
    made = Here(sandbox)
    await made.page.start()
    return made


async def test_only_the_whole_address_on_this_machine_leads_in() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = await here(sandbox)
        address = made.page.address
        try:
            root = address.rsplit("/", 2)[0]
            refused = [
                (f"{root}/", {}), (f"{root}/wrong/", {}), (f"{root}/wrong/live", {}), (f"{root}/wrong/app.js", {}),
                (address, {"Host": "evil.example"}), (address, {"Origin": "http://evil.example"}),
                (f"{address}live", {"Origin": "http://evil.example"}), (f"{address}view.py", {}),
                (f"{address}..%2fview.py", {}), (f"{address}%2e%2e/view.py", {}), (f"{address}types.d.ts", {}),
                (f"{address}..%2f..%2f..%2f..%2ftests%2fpage%2fpackage.json", {}), (f"{root}/%D1%8B/", {}),
                (f"{address}{str(ROOT / 'tests/page/package.json').replace('/', '%2F')}", {}),
                (f"{address}file/none", {}),
            ]  # fmt: skip
            for url, headers in refused:
                async with session.get(url, headers=headers) as answer:
                    assert answer.status == 404, url
            assert address.startswith("http://127.0.0.1:")
            async with session.get(address) as answer:
                assert answer.status == 200
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert answer.headers["Referrer-Policy"] == "no-referrer"
        finally:
            await made.page.stop()


async def test_what_telegram_refuses_by_its_rules_is_counted_and_stands_there_in_its_words() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = Here(sandbox)
        made.teen.start()
        calls = [
            ("sendMessage", {"chat_id": made.teen.id, "text": "x" * 5000}),
            ("sendMessage", {"chat_id": 5, "text": "x"}),
        ]
        calls += [("getChat", {"chat_id": made.teen.id})] * 60
        for method, params in [*calls, ("editMessageText", {"chat_id": made.teen.id, "message_id": 1, "text": "y"})]:
            async with session.post(f"{sandbox.url}/bot{sandbox.token}/{method}", json=params):
                pass
        refused = parts(sandbox)["refused"]
        assert refused["count"] == 3
        assert [one["words"] for one in refused["last"]] == [
            "400 Bad Request: message is too long", "400 Bad Request: chat not found",
            "400 Bad Request: message can't be edited",
        ]  # fmt: skip


async def test_a_call_outside_stands_there_once_however_often_it_was_tried() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = Here(sandbox)
        told = {"id": "a1", "case": "ВН-12345", "region": "KZ-31", "rung": "callout", "waiting_seconds": 312}
        body, stamp = orjson.dumps(told), str(int(sandbox.clock.time()))
        signed = hmac.new(sandbox.gateway.secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        right = {"Idempotency-Key": "a1", "X-Senim-Timestamp": stamp, "X-Senim-Signature": f"sha256={signed}"}
        tries = [(True, right, body), (False, {}, body), (False, {}, b"nobody's"), (False, right, body)]
        stood = []
        for down, headers, sent in tries:
            await made.hands.carry_out({"do": "gateway", "on": down})
            assert parts(sandbox)["trouble"]["gateway"] is down
            with contextlib.suppress(aiohttp.ClientError):
                async with session.post(sandbox.callout_url, data=sent, headers=headers):
                    pass
            (one,) = parts(sandbox)["outside"]["calls"]
            stood.append((one["tries"], one["accepted"], one["minutes"]))
        assert stood == [(1, False, 5), (2, False, 5), (2, False, 5), (3, True, 5)]


async def test_who_joins_or_leaves_and_the_icons_of_topics_are_shown() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = Here(sandbox)
        made.group.add_bot(made.owner)
        for how in ("join", "leave"):
            order = {"do": "member", "phone": made.teen.id, "chat": made.group.id, "who": made.teen.id, "how": how}
            await made.hands.carry_out(order)
            there = {one["id"] for one in parts(sandbox)["groups"]["all"][0]["members"]}
            assert (made.teen.id in there) == (how == "join")
        icon = next(iter(ICONS))
        params = {"chat_id": made.group.id, "name": "Тема", "icon_custom_emoji_id": icon}
        async with session.post(f"{sandbox.url}/bot{sandbox.token}/createForumTopic", json=params):
            pass
        (group,) = parts(sandbox)["groups"]["all"]
        assert [(topic["name"], topic["icon"]) for topic in group["topics"]] == [("Тема", ICONS[icon])]
        kinds = [one["kind"] for one in parts(sandbox)[f"chat/{made.group.id}"]["messages"]]
        assert kinds[-3:] == ["new_chat_members", "left_chat_member", "forum_topic_created"]


async def test_a_port_that_cannot_be_used_is_one_sentence() -> None:
    async with Sandbox() as sandbox:
        made = await here(sandbox)
        taken = int(made.page.address.split(":")[2].split("/")[0])
        try:
            for port in (taken, 99_999):
                other = Page(sandbox, made.hands, dict, none_of_its_own)
                with pytest.raises(PortTaken, match=f"^port {port} cannot be used: "):
                    await other.start(port)
                await other.stop()
        finally:
            await made.page.stop()


async def test_a_browser_gets_pictures_and_nothing_else_that_somebody_sent() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = await here(sandbox)
        try:
            for data, status in ((b"\x89PNG\r\n\x1a\n", 200), (b"<script>alert(1)</script>", 404)):
                made.teen.send("photo", data=data)
                sent = parts(sandbox)[f"chat/{made.teen.id}"]["messages"][-1]
                async with session.get(f"{made.page.address}file/{sent['what']['file']}") as answer:
                    assert answer.status == status
        finally:
            await made.page.stop()


async def test_a_page_hears_everything_at_first_and_then_what_has_changed() -> None:
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = await here(sandbox)
        try:
            async with session.ws_connect(f"{made.page.address}live") as page:
                first = await page.receive_json()
                assert set(first["parts"]) == set(parts(sandbox))
                order = {"number": 7, "do": "write", "phone": made.teen.id, "text": "сәлем"}
                await page.send_bytes(b"\x00")  # no order: passed over
                await page.send_str("{")
                await page.send_str(orjson.dumps(order).decode())
                told = [await page.receive_json() for _ in range(3)]
                assert {"answer": None, "impossible": "no order"} in told
                assert {"answer": 7, "done": {}} in told
                (fresh,) = (one for one in told if "parts" in one)
                assert f"chat/{made.teen.id}" in fresh["parts"]
                assert f"chat/{made.group.id}" not in fresh["parts"]
                assert fresh["parts"][f"chat/{made.teen.id}"]["messages"][-1]["text"] == "сәлем"
        finally:
            await made.page.stop()


async def test_what_changes_while_a_page_is_being_told_is_told_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not only when something else changes after that."""
    monkeypatch.setattr(server, "IDLE", 3600.0)
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        made = await here(sandbox)
        try:
            async with session.ws_connect(f"{made.page.address}live") as page, asyncio.timeout(10):
                await page.receive_json()
                made.teen.write("at once")
                told = await page.receive_json()
                assert told["parts"][f"chat/{made.teen.id}"]["messages"][-1]["text"] == "at once"
        finally:
            await made.page.stop()


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"do": "write", "phone": 1, "text": "x"}, "1"),
        ({"do": "nonsense"}, "nonsense"),
        ({"do": "move", "seconds": -5}, "forward"),
        ({"do": "move", "seconds": 1e9}, "a month"),
        ({"do": "person", "name": " "}, "1 to 64"),
        ({"do": "person", "name": "A", "language": "de"}, "kk, ru or en"),
    ],
)
async def test_what_cannot_be_is_said(order: dict[str, Any], why: str) -> None:
    with pytest.raises(Impossible, match=why):
        await Hands(Sandbox()).carry_out(order)


async def test_what_a_client_would_refuse_is_refused_in_the_sandboxs_words() -> None:
    made = Here(Sandbox())
    orders = [
        ({"do": "write", "phone": made.teen.id, "text": " "}, "1 to 4096 characters"),
        ({"do": "write", "phone": made.teen.id, "chat": made.group.id, "text": "x"}, "not in"),
        ({"do": "press", "phone": made.teen.id, "message": 9, "row": 0, "column": 0}, "no message 9"),
        ({"do": "key", "phone": made.teen.id, "row": 0, "column": 0}, "no such key"),
        ({"do": "topic", "how": "delete", "chat": made.group.id, "topic": 9}, "no topic 9"),
        ({"do": "send", "phone": made.teen.id, "kind": "photo", "data": "%"}, "no base64"),
    ]
    for order, why in orders:
        with pytest.raises(Impossible, match=why):
            await made.hands.carry_out(order)


JUNK = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20) | st.just([1])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    do=st.sampled_from(ORDERS) | JUNK,
    fields=st.dictionaries(
        st.sampled_from(
            ["phone", "chat", "text", "message", "row", "column", "emoji", "kind", "data", "how", "who", "topic", "on",
             "name", "language", "seconds", "right", "reply", "caption", "payload"]
        ),
        JUNK | st.sampled_from(["join", "create", "delete", "add", "right", "photo", "can_pin_messages"]),
        max_size=6,
    ),
    known=st.booleans(),
)  # fmt: skip
def test_no_order_does_harm(do: Any, fields: dict[str, Any], known: bool) -> None:
    async def obey() -> None:
        made = Here(Sandbox())
        order = {**fields, "do": do, **({"phone": made.teen.id, "chat": made.group.id} if known else {})}
        with contextlib.suppress(Impossible):
            await made.hands.carry_out(order)
        orjson.dumps(parts(made.sandbox))

    asyncio.run(obey())
