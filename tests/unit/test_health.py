"""What "well" means: over a real database whose clock the test sets, and real HTTP on this machine."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

import aiohttp
import pytest
from aiohttp import web

from bot.config import BadSetting
from bot.domain.messages import Post, Priority, To
from bot.domain.urgency import Level
from bot.health import Health, Limits, Waits, beat, served
from storage.database import StorageFault
from tests.process import files_no_longer_than
from tests.storage.home import DAY, HOUR, MINUTE, SECOND, Home, home_in
from tests.town import free_port, until

RED = Post(To.DESK, "KZ/urgent", "queue_card", {}, Priority.RED)
ALL = {"polling", "database", "worker", "sender", "red", "unclaimed"}


@dataclass
class Facts:
    """What intake, worker and sender keep, monotonic seconds."""

    heard_at: float | None = None
    turned_at: float | None = None
    refused_at: float | None = None


@dataclass
class Watch:
    """A database, the facts of the three parts in one, and the health over them."""

    home: Home
    facts: Facts
    health: Health

    def fresh(self) -> None:
        self.facts.heard_at = self.facts.turned_at = monotonic()

    async def unwell(self) -> set[str]:
        """What is not well after a look."""
        await self.health.look()
        return self.seen()

    def seen(self) -> set[str]:
        found = {name for name, part in self.health.parts().items() if not part.well}
        assert self.health.well() is not bool(found)
        return found

    async def post(self, post: Post) -> int:
        """Puts a post in the outbox; returns its number."""
        async with self.home.tx() as tx:
            await tx.outbox.add(post)
        return int((await self.home.rows("SELECT MAX(seq) AS seq FROM outbox"))[0]["seq"])

    async def case(self, urgency: Level, person: str) -> str:
        async with self.home.tx() as tx:
            await tx.run(
                "INSERT INTO person (key, address, created_at) VALUES (:key, X'00', :now)", key=person, now=tx.now
            )
            return (await tx.cases.open(person, "ru", urgency)).id


def watching(home: Home, **limits: float) -> Watch:
    assert home.database is not None
    facts = Facts()
    watch = Watch(home, facts, Health(home.database, facts, facts, facts, replace(Limits(), **limits)))
    watch.fresh()
    return watch


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with home_in(tmp_path) as home:
        yield watching(home)


class TestParts:
    """Each part by its own fact."""

    async def test_nothing_is_well_before_it_has_done_something(self, watch: Watch) -> None:
        watch.facts.heard_at = watch.facts.turned_at = None

        assert watch.seen() == ALL
        assert {part.age for part in watch.health.parts().values()} == {None}

    @pytest.mark.parametrize(
        ("fact", "seconds", "parts"),
        [
            ("heard_at", 59, set()), ("heard_at", 61, {"polling"}),
            ("turned_at", 29, set()), ("turned_at", 31, {"worker", "sender"}),
            ("refused_at", 61, set()), ("refused_at", 59, {"sender"}),
        ],
    )  # fmt: skip
    async def test_a_part_is_well_up_to_its_age(self, watch: Watch, fact: str, seconds: int, parts: set[str]) -> None:
        setattr(watch.facts, fact, monotonic() - seconds)

        assert await watch.unwell() == parts

    async def test_a_look_writes_even_at_a_clock_that_stands_still(self, watch: Watch) -> None:
        written = set()
        for _ in range(3):
            await watch.health.look()
            (row,) = await watch.home.rows("SELECT last_at FROM alarm WHERE name = 'health.look'")
            written.add(row["last_at"])
        assert len(written) > 1

    async def test_a_look_that_cannot_write_leaves_the_database_old_and_reading_does_not_help(
        self, tmp_path: Path
    ) -> None:
        async with home_in(tmp_path) as home:
            watch = watching(home, database=0.2)
            assert await watch.unwell() == set()
            with files_no_longer_than(0):
                await home.rows("SELECT * FROM alarm")
                await asyncio.sleep(0.3)
                assert watch.seen() == {"database"}
            assert await watch.unwell() == set()

    async def test_a_write_that_fails_is_seen_at_once_whoever_made_it_until_one_succeeds(self, tmp_path: Path) -> None:
        async with home_in(tmp_path) as home:
            watch = watching(home)
            assert await watch.unwell() == set()
            with files_no_longer_than(0):
                with pytest.raises(StorageFault):
                    await watch.post(RED)
                assert watch.seen() == {"database"}
                assert watch.health.lives()
                await home.rows("SELECT * FROM alarm")
                assert watch.seen() == {"database"}
            await watch.health.look()
            assert watch.seen() == set()

    def test_somebody_is_told_of_a_full_disk_within_seconds_also_while_nobody_writes(self) -> None:
        assert Limits().look <= 5


class TestRed:
    """How long red waits."""

    async def test_red_that_waits_for_a_minute_is_not_well_wherever_it_waits(self, watch: Watch) -> None:
        seq = await watch.post(RED)
        watch.home.now += 59 * SECOND
        assert await watch.unwell() == set()
        watch.home.now += 2 * SECOND
        assert await watch.unwell() == {"red"}
        async with watch.home.tx() as tx:
            await tx.outbox.sending([seq])
        assert await watch.unwell() == {"red"}
        async with watch.home.tx() as tx:
            await tx.outbox.sent(seq)
        assert await watch.unwell() == set()

        async with watch.home.tx() as tx:
            await tx.inbox.add(1, "p:a", True, {})
        watch.home.now += 61 * SECOND
        assert await watch.unwell() == {"red"}
        async with watch.home.tx() as tx:
            await tx.inbox.done((await tx.inbox.take())[0].seq)
        assert await watch.unwell() == set()

    @pytest.mark.parametrize("to", [To.CASE, To.PERSON, To.DESK])
    async def test_red_counts_for_desk_case_and_person(self, watch: Watch, to: To) -> None:
        await watch.post(replace(RED, to=to))
        watch.home.now += HOUR

        assert await watch.unwell() == {"red"}

    async def test_what_is_not_red_or_nobodys_word_may_wait(self, watch: Watch) -> None:
        await watch.post(replace(RED, priority=Priority.TALK))
        await watch.post(replace(RED, to=To.OPERATOR))
        await watch.post(replace(RED, kind="probe"))
        failed = await watch.post(RED)
        async with watch.home.tx() as tx:
            await tx.outbox.fail(failed, "refused")
            await tx.inbox.add(1, "p:a", False, {})
        watch.home.now += HOUR

        assert await watch.unwell() == set()

    async def test_a_red_case_that_nobody_takes_is_well_for_a_quarter_of_an_hour(self, watch: Watch) -> None:
        await watch.case(Level.RED, "a")
        await watch.case(Level.ORDINARY, "b")
        watch.home.now += 14 * MINUTE
        assert await watch.unwell() == set()
        watch.home.now += 2 * MINUTE
        assert await watch.unwell() == {"unclaimed"}
        async with watch.home.tx() as tx:
            await tx.run("UPDATE cases SET status = 'claimed' WHERE urgency = 'red'")
        assert await watch.unwell() == set()

    async def test_a_case_that_is_raised_or_comes_back_waits_since_then_and_at_a_restart_since_its_opening(
        self, watch: Watch
    ) -> None:
        await watch.case(Level.ORDINARY, "a")
        assert await watch.unwell() == set()
        watch.home.now += DAY
        assert await watch.unwell() == set()
        async with watch.home.tx() as tx:
            await tx.run("UPDATE cases SET urgency = 'red'")
        assert await watch.unwell() == set()
        watch.home.now += 16 * MINUTE
        assert await watch.unwell() == {"unclaimed"}

        again = watching(watch.home)
        assert await again.unwell() == {"unclaimed"}


class TestClock:
    """A clock that is set raises no alarm for long, and hides none."""

    @pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
    async def test_a_clock_set_by_a_day_makes_nothing_unwell(self, watch: Watch, jump: int) -> None:
        await watch.case(Level.ORDINARY, "a")
        assert await watch.unwell() == set()
        watch.home.now += jump
        assert await watch.unwell() == set()
        watch.home.now -= jump
        assert await watch.unwell() == set()

    @pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
    async def test_red_on_its_way_while_the_clock_is_set_is_well_again_as_soon_as_it_has_gone(
        self, watch: Watch, jump: int
    ) -> None:
        seq = await watch.post(RED)
        await watch.unwell()
        watch.home.now += jump
        assert await watch.unwell() == ({"red"} if jump > 0 else set())
        async with watch.home.tx() as tx:
            await tx.outbox.sent(seq)
        assert await watch.unwell() == set()
        await watch.post(RED)
        assert await watch.unwell() == set()

    async def test_a_clock_set_back_does_not_make_young_what_has_waited_for_long(self, tmp_path: Path) -> None:
        async with home_in(tmp_path) as home:
            watch = watching(home, red=0.3, unclaimed=0.3)
            await watch.post(RED)
            await watch.case(Level.RED, "a")
            await watch.unwell()
            home.now -= DAY
            await asyncio.sleep(0.5)

            assert await watch.unwell() == {"red", "unclaimed"}

    def test_the_age_is_that_of_the_longest_wait(self) -> None:
        waits = Waits()
        waits.seen({"a": 1_000, "b": 4_000}, 5_000, 0)
        assert (waits.age, waits.count) == (4, 2)
        waits.seen({"b": 4_000}, 5_000, 3)
        assert (waits.age, waits.count) == (3, 1)
        waits.seen({}, 9_000, 9)
        assert (waits.age, waits.count) == (0, 0)


class TestLives:
    """What a restart can mend."""

    async def test_it_lives_whatever_telegram_does(self, watch: Watch) -> None:
        watch.facts.heard_at = watch.facts.refused_at = None
        await watch.post(RED)
        await watch.health.look()
        watch.home.now += HOUR
        await watch.health.look()

        assert not watch.health.well()
        assert watch.health.lives()

    async def test_it_does_not_live_when_worker_or_sender_or_the_database_stand_still(self, tmp_path: Path) -> None:
        async with home_in(tmp_path) as home:
            watch = watching(home, database=0.2)
            assert not watch.health.lives()
            await watch.health.look()
            assert watch.health.lives()
            watch.facts.turned_at = monotonic() - 31
            assert not watch.health.lives()
            watch.fresh()
            async with home.tx("holds everybody up"):
                looking = asyncio.create_task(watch.health.look())
                await asyncio.sleep(0.4)
                assert not watch.health.lives()
            await looking
            assert watch.health.lives()

    async def test_a_disk_that_refuses_is_no_reason_to_start_again(self, tmp_path: Path) -> None:
        async with home_in(tmp_path) as home:
            watch = watching(home, look=0.05)
            await watch.health.look()
            watch.facts.turned_at = monotonic() - 31
            with files_no_longer_than(0):
                running = asyncio.create_task(watch.health.run())
                await until(lambda: watch.health.lives())
            await until(lambda: not watch.health.lives())
            running.cancel()

    async def test_the_state_in_one_line_holds_names_of_parts_and_counts(self, watch: Watch) -> None:
        await watch.post(RED)
        await watch.case(Level.RED, "somebody")
        await watch.health.look()
        assert watch.health.status() == "well; red on the way: 1; red and unclaimed: 1"
        watch.facts.heard_at = None
        assert watch.health.status() == "not well: polling; red on the way: 1; red and unclaimed: 1"


async def raw(port: int, request: str) -> bytes:
    """What comes back for bytes of one's own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.replace("\n", "\r\n").encode())
    answer = await reader.read()
    writer.close()
    return answer


def timeless(answer: bytes) -> bytes:
    """Without ages, which grow by the second."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    return head + gap + re.sub(rb": ?\d+(\.\d+)?(?=[,}\s])", b":0", body)


class TestServed:
    """GET /health, and nothing else."""

    @asynccontextmanager
    async def on(self, watch: Watch) -> AsyncIterator[int]:
        port = free_port()
        async with served(watch.health, port):
            yield port

    async def test_it_says_what_is_well_in_counts_and_seconds_alone(self, watch: Watch) -> None:
        name = await watch.case(Level.RED, "f00d" * 16)
        await watch.post(replace(RED, recipient="KZ-31/urgent"))
        await watch.health.look()
        async with self.on(watch) as port, aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                body = await answer.text()
                assert answer.status == 200
                assert answer.headers["Cache-Control"] == "no-store"
            told = json.loads(body)
            assert told["well"] is True
            assert {*told["parts"]} == ALL
            assert told["parts"]["red"] == {"well": True, "age": 0, "waiting": 1}
            assert {*told["parts"]["polling"]} == {"well", "age"}
            assert told["parts"]["sender"]["refused"] is False
            assert not [secret for secret in (name, "f00d", "KZ-31", str(watch.home.path)) if secret in body]

            watch.facts.heard_at = monotonic() - 100
            async with session.get(f"http://127.0.0.1:{port}/health") as answer:
                assert answer.status == 503
                assert (await answer.json())["well"] is False

    async def test_only_get_and_only_health(self, watch: Watch) -> None:
        async with self.on(watch) as port, aiohttp.ClientSession() as session:
            for method in ("POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"):
                async with session.request(method, f"http://127.0.0.1:{port}/health") as answer:
                    assert answer.status == 405
            for path in ("/", "/health/", "/health/x", "/metrics", "/../health.py", "/health%2f.."):
                async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                    assert answer.status == 404, path

    async def test_no_header_and_no_form_of_the_address_shows_more(self, watch: Watch) -> None:
        await watch.health.look()
        async with self.on(watch) as port:
            end = "Connection: close\n\n"
            usual = timeless(await raw(port, f"GET /health HTTP/1.1\nHost: 127.0.0.1\n{end}"))
            assert b" 200 " in usual.splitlines()[0]
            for request in (
                f"GET /health HTTP/1.1\nHost: senim.db\nX-Forwarded-For: 10.0.0.1\n{end}",
                f"GET http://169.254.169.254/health HTTP/1.1\nHost: 169.254.169.254\n{end}",
            ):
                answer = timeless(await raw(port, request))
                assert answer.partition(b"\r\n\r\n")[2] in (usual.partition(b"\r\n\r\n")[2], b"404: Not Found")
            assert b" 404 " in (await raw(port, f"GET //etc/passwd HTTP/1.1\nHost: x\n{end}")).splitlines()[0]

    async def test_it_listens_on_this_machine_alone_and_only_when_asked(self, watch: Watch) -> None:
        port = free_port()
        async with served(watch.health, None):
            pass
        async with served(watch.health, port):
            with socket.socket() as other:
                other.settimeout(2)
                assert other.connect_ex(("127.0.0.2", port)) != 0

    async def test_a_port_in_use_is_one_sentence(self, watch: Watch) -> None:
        async with self.on(watch) as port:
            with pytest.raises(BadSetting, match=rf"^SENIM_HEALTH_PORT: .*{port}.*in use.*\.$"):
                async with served(watch.health, port):
                    pass


async def test_no_heartbeat_comes_before_the_first_pause_is_over(tmp_path: Path) -> None:
    """A bot that is started over and over again and never lives for long must not look alive."""
    heard = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with home_in(tmp_path) as home:
        watch = watching(home, heartbeat=1)
        await watch.health.look()
        server = await asyncio.start_server(listen, "127.0.0.1", free_port())
        host, port = server.sockets[0].getsockname()
        beating = asyncio.create_task(beat(watch.health, f"http://{host}:{port}/"))
        await asyncio.sleep(0.5)
        assert not heard.is_set()
        async with asyncio.timeout(10):
            await heard.wait()
        beating.cancel()
        server.close()


async def test_a_slow_answer_makes_the_next_heartbeat_no_later(tmp_path: Path) -> None:
    """Whoever listens rings after two silent minutes: the pause is the time between two beats."""
    beats: list[float] = []

    async def answer(_: web.BaseRequest) -> web.Response:
        beats.append(monotonic())
        await asyncio.sleep(0.8)
        return web.Response()

    runner, port = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1), free_port()
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with home_in(tmp_path) as home:
        watch = watching(home, heartbeat=1)
        await watch.health.look()
        beating = asyncio.create_task(beat(watch.health, f"http://127.0.0.1:{port}/"))
        await until(lambda: len(beats) == 3, timeout=20)
        await asyncio.sleep(0.9)  # until it is answered
        beating.cancel()
    await runner.cleanup()
    assert beats[2] - beats[0] < 3


async def test_an_address_where_nobody_listens_is_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The errors of connections name host and port."""
    port = free_port()
    async with home_in(tmp_path) as home:
        watch = watching(home, heartbeat=0.05)
        await watch.health.look()
        with caplog.at_level("DEBUG"):
            beating = asyncio.create_task(beat(watch.health, f"http://127.0.0.1:{port}/SECRET"))
            await until(lambda: "heartbeat: ClientConnectorError" in caplog.messages)
            beating.cancel()
        assert not [line for line in caplog.messages if "SECRET" in line or str(port) in line]
