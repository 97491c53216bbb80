"""The card of a case in the queue topic: one for each case, whatever the person types."""

import itertools
import re

import regex

from bot.telegram.sandbox.shown import Shown
from tests.town import Town, code_of, press, texts

EVERY_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
FLAG = "\U0001f1f0\U0001f1ff"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def queue_of(place: Town) -> int:
    assert place.national is not None
    return place.national.topic_named("Кезек")


def cards(place: Town, code: str) -> list[Shown]:
    """Everything in the queue topic that names the case."""
    assert place.national is not None
    return [shown for shown in place.national.messages(queue_of(place)) if code in shown.text]


async def test_a_burst_of_messages_makes_one_card_in_the_queue_topic_and_taps_fill_its_fields(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed("Кира", "Русский")
    for said in ("мне плохо", "никто не знает", "Вопрос про лагерь"):
        teen.write(said)
    code = await code_of(teen)
    await place.move(46)
    await place.national.sees(code, topic=queue_of(place))
    async with place.hurried():
        for answer in ("Мне меньше 18", "Жамбылская", "буллинг", "Чтобы выслушали"):
            await press(teen, answer)
        await teen.sees("Спасибо. Писать можно")
        await place.national.sees("Нужно: Чтобы выслушали", topic=queue_of(place), timeout=90)
        await place.settled()
    (card,) = cards(place, code)
    head, who, need, risk, *quoted = card.text.split("\n")
    assert re.fullmatch(rf"⚪ {code} · ждёт · получено \d\d:\d\d", head) or head.startswith(f"🟡 {code} · ждёт")
    assert who == "Кто: меньше 18 · язык: русский · регион: Жамбылская область"
    assert need.startswith("Нужно: Чтобы выслушали · тема: ")
    assert "травля" in need.lower() or "буллинг" in need.lower()
    assert risk == "Риск: по выбранной теме · оператор ещё не подтвердил"
    assert quoted == ["▎ мне плохо", "▎ никто не знает", "▎ Вопрос про лагерь"]
    assert card.buttons == [["🙋 Взять в работу"], ["🚫 Не обращение"]]
    assert card.protected
    assert "Кира" not in card.text
    # Edits are coalesced: at most one in 15 seconds.
    edits = [shown for shown in place.sandbox.journal.to(place.national) if shown.action == "edited"]
    gaps = [later.at - before.at for before, later in itertools.pairwise(edits)]
    assert all(gap.total_seconds() > 14 for gap in gaps)


FAKE_HEAD = "🔴 ТК-48172 · ждёт · получено 14:32"


async def test_nobody_can_fake_the_head_of_a_card(place: Town) -> None:
    """Every character that some client shows as a line's end, in the queue, in the history and in what follows."""
    assert place.national is not None
    ends = ["\n", "\r", "\r\n", "\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\x1c", "\x1d", "\x1e"]
    fake = "слово" + "".join(f"{end}{FAKE_HEAD}{end}Кто: прокурор" for end in ends)
    teen, code = await place.case(fake, language="Русский")
    await place.move(46)
    card = await place.national.sees(code, topic=queue_of(place))
    assert card.text.count(FAKE_HEAD) == len(ends)
    _all_marked(card.text, after=3)
    topic = await place.take(code)
    teen.write("и ещё" + fake)
    await place.national.sees("▎ и ещё", topic=topic)
    for text in texts([shown for shown in place.national.messages(topic) if "прокурор" in shown.text]):
        lines = EVERY_LINE_END.split(text)
        _all_marked(text, after=0 if lines[0].startswith("▎ ") else 2)


def _all_marked(text: str, *, after: int) -> None:
    """All lines but the first `after` are behind the mark, and so is every head that was typed."""
    lines = EVERY_LINE_END.split(text)
    assert len(lines) > after
    assert [line for line in lines[after:] if not line.startswith("▎ ")] == []
    assert text.split("\n") == lines, "a line's end that some client shows and others don't"


async def test_a_card_shows_700_graphemes_and_says_how_much_more_there_is(place: Town) -> None:
    assert place.national is not None
    teen = await place.welcomed("Кира", "Русский")
    teen.write(FLAG * 500)
    teen.write(FLAG * 300)
    teen.write("третье")
    teen.write("четвёртое")
    code = await code_of(teen)
    await place.move(46)
    card = await place.national.sees(code, topic=queue_of(place))
    lines = card.text.split("\n")
    assert lines[-1] == "+2 сообщения"
    assert lines[-3:-1] == ["▎ " + FLAG * 500, "▎ " + FLAG * 200 + "…"]
    assert "третье" not in card.text
    topic = await place.take(code)
    await place.settled()
    everything = "".join(texts(place.national.messages(topic)))
    assert everything.count(FLAG) == 800
    assert "▎ третье" in everything
    assert "▎ четвёртое" in everything


LONG_GRAPHEMES = {"families": FAMILY * 585, "marks": ("а" + "\u0301" * 20) * 195, "hidden": "\u200b" * 2000 + "помоги"}


async def test_words_of_few_graphemes_and_many_code_points_still_make_a_card(place: Town) -> None:
    """700 graphemes may be more than the 4,096 code points of a message: a card that Telegram refuses is a lost cry."""
    assert place.national is not None
    async with place.hurried():
        for name, words in LONG_GRAPHEMES.items():
            teen, code = await place.case(words, name=name, language="Русский")
            await place.move(46)
            card = await place.national.sees(code, topic=queue_of(place))
            assert regex.findall(r"\X", card.text)[-1] in ("…", "\n", "и"), name
            topic = await place.take(code)
            await place.settled()
            said = "".join(texts(place.national.messages(topic)))
            assert said.count("\U0001f467") >= words.count("\U0001f467")
            assert said.count("\u0301") >= words.count("\u0301")
            teen.block()
            await place.move(61)
