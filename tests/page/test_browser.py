"""The page in a real Chromium: each side types and taps, the others see it, and trouble on purpose loses nothing.

What arrived is also counted from the sandbox's journal: the page is under test, too.
"""

import pytest
from axe_playwright_python.async_playwright import Axe

from bot.domain.ladder import Rung
from locales import Catalog
from tests.page.browser import DESK, POCKET, Screen, screen
from tests.town import CODE, until

TEEN, PARENT, OPERATOR, MORE = 0, 1, 2, 3
SAID = Catalog.load()


def told(on: Screen, text: str) -> int:
    """How many times the bot has sent this, by the journal."""
    return sum(text in str(call.params.get("text")) for call in on.stage.sandbox.journal.sent(method="sendMessage"))


async def arrives(on: Screen, who: int, language: str, understood: str) -> None:
    """From Start to the words."""
    await on.phone(who).locator(".start").click()
    await on.taps(who, language)
    await on.taps(who, understood)


async def talk(on: Screen, words: str) -> None:
    """The teenager has written this, and the operator has taken it."""
    await arrives(on, TEEN, "Қазақша", "Түсінікті")
    await on.says(TEEN, words)
    await taken(on, words)


async def taken(on: Screen, words: str) -> None:
    """The operator takes the newest card in the queue, and is in its topic."""
    await on.page.get_by_role("button", name="+1 min").click()  # an ordinary case without a region waits 45 s
    await on.opens("Кезек")
    await on.sees(OPERATOR, words)
    await on.taps(OPERATOR, "🙋")
    await on.phone(OPERATOR).locator(".toast").wait_for()
    await on.opens_case()
    await on.sees(OPERATOR, words)


@pytest.mark.parametrize("width", [1280, 390])
async def test_no_button_moves_from_under_a_finger_when_the_bot_is_killed(width: int) -> None:
    """In English its state "has been stopped" is the longest, and wrapped a line."""
    async with screen({"width": width, "height": 800}) as on:
        button = on.page.get_by_role("button", name="Trouble")
        before = await button.bounding_box()
        await on.switches("killed")
        await on.state("killed")
        assert await button.bounding_box() == before


@pytest.mark.parametrize(
    ("who", "language", "understood", "said", "more", "answer"),
    [
        (TEEN, "Қазақша", "Түсінікті", "мені мазақ қылып жүр", "ешкім жоқта жаздым", "Оқыдым, мен осындамын"),
        (PARENT, "Русский", "Понятно", "сын не ходит в школу", "пока никого не было", "Прочитал, я здесь"),
    ],
)
async def test_a_conversation_there_and_back_through_a_killed_bot(
    who: int, language: str, understood: str, said: str, more: str, answer: str
) -> None:
    async with screen() as on:
        await arrives(on, who, language, understood)
        await on.says(who, said)
        await on.sees(who, "112")
        await taken(on, said)

        await on.says(OPERATOR, answer)
        await on.sees(who, answer)
        await on.says(who, f"{said}, әлі")
        await on.sees(OPERATOR, f"{said}, әлі")

        await on.switches("killed")
        await on.state("killed")
        await on.says(who, more)
        await on.says(OPERATOR, f"{answer} 2")
        await on.page.wait_for_timeout(700)
        assert (told(on, more), told(on, f"{answer} 2")) == (0, 0)
        await on.switches("killed")
        await on.state("running")
        await on.sees(OPERATOR, more)
        await on.sees(who, f"{answer} 2")
        assert (told(on, more), told(on, f"{answer} 2")) == (1, 1)

        await on.page.get_by_role("button", name="+1 h").click()  # the claimer has left nobody waiting
        await on.says(who, "тағы")
        await on.sees(OPERATOR, "тағы")


async def test_telegram_may_be_down_or_say_wait_and_a_topic_or_all_of_them_may_go() -> None:
    async with screen() as on:
        await talk(on, "бірінші хат")

        await on.switches("down")
        await on.state("down")
        await on.says(TEEN, "желі жоқта")
        await on.page.wait_for_timeout(400)
        assert told(on, "желі жоқта") == 0
        await on.switches("down")
        await on.sees(OPERATOR, "желі жоқта")

        await on.switches("flood")
        await on.says(TEEN, "тасқын кезінде")
        await on.page.get_by_role("button", name="Refused").click()
        await on.page.locator(".refusals", has_text="Too Many Requests: retry after 5").wait_for()
        await on.page.get_by_role("button", name="Refused").click()
        await on.switches("flood")
        await on.page.get_by_role("button", name="+1 min").click()
        await on.sees(OPERATOR, "тасқын кезінде")

        await on.page.get_by_role("button", name="+1 min").click()
        await on.switches("topic")
        await on.says(TEEN, "тақырып өшкен соң")
        await until(lambda: told(on, "тақырып өшкен соң") >= 1, 15)
        await on.opens_case()
        await on.sees(OPERATOR, "бірінші хат")
        await on.sees(OPERATOR, "тақырып өшкен соң")

        await on.switches("topics")
        await on.phone(OPERATOR).locator(".topics").wait_for(state="detached")


async def test_a_telephone_shows_what_is_sent_edited_answered_and_pinned() -> None:
    async with screen() as on:
        await talk(on, "сурет жіберем")
        teen, operator = on.phone(TEEN), on.phone(OPERATOR)
        await operator.locator(".pinned").wait_for()
        await operator.locator(".happened", has_text="pinned").wait_for()

        for kind, shown in (
            ("Photo", "img.photo"), ("Voice message", ".voice"), ("Location", ".place"), ("Sticker", ".sticker"),
            ("Contact", ".place"),
        ):  # fmt: skip
            await teen.get_by_role("button", name="Attach").click()
            await teen.locator(".menu button", has_text=kind).click()
            await teen.locator(f".mine {shown}").last.wait_for()
        assert await teen.locator("img.photo").evaluate("image => image.naturalWidth") == 320

        await on.page.get_by_role("button", name="+1 min").click()  # the group's twenty calls a minute are used up
        await on.says(OPERATOR, "естідім сені")
        await operator.locator(".mine .reactions", has_text="👌").wait_for()  # it has reached her
        await on.says(OPERATOR, "// өзімізге")
        await operator.locator(".mine .reactions", has_text="✍").wait_for()
        assert told(on, "өзімізге") == 0

        await on.words(TEEN, "сурет жіберем").locator(".more").click()
        await teen.get_by_role("button", name="Edit").click()
        await on.says(TEEN, "сурет жіберемін")
        await teen.locator(".mine .foot", has_text="edited").wait_for()
        await on.words(TEEN, "естідім сені").locator(".more").click()
        await teen.get_by_role("button", name="React 🙏").click()
        await teen.locator(".theirs .reactions", has_text="🙏").wait_for()
        await on.words(TEEN, "естідім сені").locator(".more").click()
        await teen.get_by_role("button", name="Reply").click()
        await on.page.keyboard.type("рахмет")  # the line is ready, and stays the same while the page changes
        await on.page.keyboard.press("Enter")
        await teen.locator(".mine .quoted", has_text="естідім сені").wait_for()


async def test_a_telephone_shows_what_is_unread_locks_blocks_and_leaves() -> None:
    async with screen() as on:
        await talk(on, "оқылмаған")
        teen, operator = on.phone(TEEN), on.phone(OPERATOR)
        await on.opens("Кезек")
        await on.says(TEEN, "тағы бір")
        await operator.locator(".topics em").first.wait_for()  # not read yet

        await teen.get_by_role("button", name="Lock the screen").click()
        await on.opens_case()
        await on.says(OPERATOR, "құлыптаулы экранға")
        await teen.locator(".locked li", has_text="құлыптаулы экранға").wait_for()
        await teen.get_by_role("button", name="Unlock").click()

        await teen.get_by_role("button", name="Menu").click()
        await teen.locator(".menu button", has_text="blocked").click()
        await teen.locator(".start").wait_for()
        await on.says(OPERATOR, "естисің бе")
        await operator.locator(".theirs", has_text="бұғаттаған").last.wait_for()  # her answer has not arrived, and why
        assert told(on, "естисің бе") == 0
        await teen.locator(".start").click()

        await operator.get_by_role("button", name="Menu").click()
        await operator.locator(".menu button", has_text="In the group:").click()
        await operator.locator(".chats").wait_for(state="detached")


async def test_more_people_and_a_second_regions_group() -> None:
    async with screen() as on:
        add = on.page.get_by_role("button", name="People, groups")
        await add.click()
        await on.page.get_by_label("A new person's name").fill("Айша")
        await on.page.get_by_role("button", name="Add somebody").click()
        await on.phone(MORE).locator(".start").wait_for()
        assert "Айша" in str(await on.phone(MORE).locator("select option:checked").text_content())
        assert "Нұрай" in str(await on.phone(TEEN).locator("select option:checked").text_content())
        await on.phone(MORE).get_by_role("button", name="Put this phone away").click()
        await on.phone(MORE).wait_for(state="detached")

        await add.click()
        await on.page.locator(".forms form").last.locator("select").first.select_option("KZ-31")
        await on.page.locator(".forms form").last.locator("select[aria-label='Language']").select_option("ru")
        await on.page.get_by_role("button", name="Connect the region's group").click()
        await on.phone(OPERATOR).locator(".chat", has_text="Жамбыл").wait_for(timeout=20_000)

        await add.click()
        await on.page.locator(".forms form").last.locator("select").first.select_option("KZ-31")
        await on.page.get_by_role("button", name="Connect the region's group").click()
        await on.page.locator(".forms .failed", has_text="connected already").wait_for()


async def test_a_telephone_follows_its_group_and_leaves_what_is_gone() -> None:
    async with screen() as on:
        await talk(on, "топ көшсе де")
        operator = on.phone(OPERATOR)
        await operator.get_by_role("button", name="Menu").click()
        await operator.locator(".menu button", has_text="new id").click()
        await operator.locator(".topics [aria-current='true']", has_text=CODE).wait_for()
        await on.says(OPERATOR, "көшіп келдік")
        await on.sees(TEEN, "көшіп келдік")

        await on.switches("topic")
        await operator.locator(".topics [aria-current='true']", has_text="General").wait_for()
        await operator.get_by_role("button", name="Menu").click()
        await operator.locator(".menu button", has_text="Delete the group").click()
        await operator.locator(".topics").wait_for(state="detached")
        assert await operator.locator(".message", has_text="көшіп келдік").count() == 0


async def test_the_tour_follows_who_plays_it_by_hand_and_in_the_other_language() -> None:
    async with screen() as on:
        tour = on.page.locator(".tour")
        forth, show = tour.locator(".buttons button").nth(2), tour.locator(".buttons button").nth(1)

        async def ticked() -> None:
            await tour.locator("b", has_text="✓").wait_for(timeout=25_000)
            await forth.click()

        await on.phone(TEEN).locator(".start").click()
        await ticked()
        await on.taps(TEEN, "Русский")  # though her telephone is Kazakh
        await on.taps(TEEN, "Понятно")
        await ticked()
        await on.says(TEEN, "меня не зовут играть")
        await ticked()
        await show.click()
        await ticked()
        await show.click()
        await ticked()
        await on.opens_case()
        await on.says(OPERATOR, "Привет! Я прочитал.")
        await ticked()
        await on.page.reload()
        await on.page.locator(".tour[data-step='7']").wait_for()  # it goes on where it was
        assert await on.phone(TEEN).locator(".topics em, .chats em").count() == 0


async def test_every_step_of_the_tour_does_what_it_says_in_each_language() -> None:
    """The last of them is the ladder: a Kazakh cry overtakes a full queue, and she is told once what each rung does."""
    async with screen(language="de") as on:  # whose browser speaks none of the three reads Kazakh
        tour = on.page.locator(".tour")
        forth, show = tour.locator(".buttons button").nth(2), tour.locator(".buttons button").nth(1)
        steps = on.show.parts()["tour"]["steps"]
        for number, step in enumerate(steps, 1):
            await on.page.locator(f".tour[data-step='{number}']").wait_for()
            for language in ("ru", "en", "kk"):
                await on.page.locator(f".languages [lang='{language}']").click()
                await tour.locator("b", has_text=step["title"][language]).wait_for()
                await tour.locator("p", has_text=step["text"][language]).wait_for()
            assert "✓" not in str(await tour.locator("b").text_content())
            await show.click()
            await tour.locator("b", has_text="✓").wait_for(timeout=60_000)
            await on.page.locator(".tour .buttons button:nth-child(2):enabled").wait_for(timeout=60_000)
            if step["title"]["en"].startswith("🆘 overtakes"):
                crowd = on.show.parts()["show"]["crowd"]
                assert 0 < crowd["shown"] < crowd["wrote"] == 40  # her card is there, most of theirs are not
                await on.page.locator(".state.crowd").wait_for()
            if number < len(steps):
                await forth.click()
        teen = on.show.parts()["show"]["cast"]["teen"]
        heard = [str(call.params.get("text")) for call in on.stage.sandbox.journal.sent(chat_id=teen)]
        assert [heard.count(SAID.text(f"unanswered.{rung}", "kk", adult=True)) for rung in Rung] == [1] * len(Rung)
        assert [(one.rung, one.accepted) for one in on.stage.sandbox.callouts] == [
            ("callout", True),
            ("incident", True),
        ]
        assert await on.page.locator(".call .taken").count() == 2


async def test_the_shift_button_opens_a_private_chat_and_a_gateway_that_is_down_is_tried_again() -> None:
    async with screen() as on:
        await on.opens("Ауысым")
        await on.taps(OPERATOR, "⚪")
        await on.phone(OPERATOR).locator(".toast").wait_for()
        await on.taps(OPERATOR, "🟢")
        await on.phone(OPERATOR).locator(".chat[aria-current='true']", has_text="Senim").wait_for()
        await on.sees(OPERATOR, SAID.text("shift.here", "kk"))

        await on.switches("gateway")
        await on.phone(TEEN).locator(".start").click()
        await on.taps(TEEN, "🆘 Шұғыл")
        await on.sees(TEEN, SAID.text("now.ask", "kk"))
        await on.page.get_by_role("button", name="+5 min").click()
        await on.sees(TEEN, SAID.text("unanswered.callout", "kk", adult=True).partition("\n")[0])
        await on.page.locator(".call .failed", has_text="not accepted").wait_for()
        await on.switches("gateway")
        await on.page.get_by_role("button", name="+1 min").click()
        await on.page.locator(".call .taken").wait_for(timeout=20_000)
        assert await on.page.locator(".call").count() == 1


@pytest.mark.parametrize("size", [DESK, POCKET], ids=["1280", "390"])
async def test_everybody_can_read_and_reach_it(size: dict[str, int]) -> None:
    """WCAG 2.2 AA by axe, on the screens that matter; nothing is wider than the screen."""
    async with screen(size=size, strict=False) as on:  # type: ignore[arg-type]  # parametrize knows no TypedDict
        found: list[str] = []

        async def judged(where: str) -> None:
            report = await Axe().run(on.page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            found.extend(
                f"{where}: {one['id']} {one['nodes'][0]['html'][:90]}" for one in report.response["violations"]
            )
            wide = await on.page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
            found.extend([f"{where}: {wide} px too wide"] if wide > 0 else [])

        await on.page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<p class=planted>planted</p>')")
        await on.page.add_style_tag(
            content=".planted { position: fixed; inset: 0 auto auto 0; z-index: 9; background: #fff; color: #999 }"
        )
        await judged("planted")
        assert len(found) == 1, found
        assert "color-contrast" in found.pop()
        await on.page.evaluate("() => document.querySelector('.planted').remove()")

        await judged("before Start")
        if size is DESK:
            await arrives(on, TEEN, "Қазақша", "Түсінікті")
            await on.says(TEEN, "оқы")
            await judged("talk")
            await on.phone(TEEN).get_by_role("button", name="Menu").click()
        await on.page.get_by_role("button", name="Trouble").click()
        await judged("menus")
        await on.page.get_by_role("button", name="People, groups").click()
        await judged("forms")
        await on.phone(TEEN).get_by_role("button", name="Lock the screen").click()
        await judged("locked")
        on.stage.sandbox.gateway.record(
            {}, b'{"id":"1","case":"\xd0\x92\xd0\x9d-12345","region":"KZ-31","rung":"callout"}'
        )
        on.stage.sandbox.world.pulse.beat()
        if size is POCKET:
            await on.page.locator(".tabs button", has_text="Outside").click()
        await on.page.locator(".call").wait_for()
        await judged("outside")
        assert found == []


async def test_it_is_played_without_a_mouse() -> None:
    async with screen() as on:
        keyboard = on.page.keyboard
        await on.page.keyboard.press("Tab")
        for _ in range(60):
            at = await on.page.evaluate("() => document.activeElement.className")
            if at == "start":
                break
            await keyboard.press("Tab")
        else:
            raise AssertionError("Start was never reached")
        await keyboard.press("Enter")
        await on.sees(TEEN, "Сәлеметсіз бе!")
        label = ""
        for _ in range(60):
            label = await on.page.evaluate("() => document.activeElement.textContent")
            if label == "Қазақша":
                break
            await keyboard.press("Tab")
        assert label == "Қазақша"
        await keyboard.press("Space")
        await on.phone(TEEN).locator(".inline", has_text="Түсінікті").wait_for()
