"""What persons and operators read in private: sentences of the catalogue in their language and tone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.domain.cases import Case, Field
from bot.domain.desks import NATIONAL, SECOND_WAY
from bot.domain.ladder import Answer
from bot.domain.messages import Post, To
from bot.domain.people import ELSEWHERE, Language, Person
from bot.domain.plan import day_of
from bot.domain.rescue import PlaceKind
from bot.telegram.aside import ASIDE, PrivateTalk
from bot.telegram.daykeys import DayKeys
from bot.telegram.daylists import LISTS, DayLists
from bot.telegram.house import check_list
from bot.telegram.keyboards import Keyboards
from bot.telegram.own import OWN, OwnMessages
from bot.telegram.saying import Identity, Said, alias_name, desk_name, group_link
from locales import LANGUAGES, Catalog, times
from storage.database import Transaction

MINUTE = 60_000
ASK_GIVE = {PlaceKind.POINT: "place.ask_point", PlaceKind.NUMBER: "place.ask_number"}

ALERT_CODES = 8
"""How many codes one alert names (DESIGN.md 5)."""


class Screens:
    """Makes one private message."""

    def __init__(self, tx: Transaction, catalog: Catalog, identity: Identity) -> None:
        self._tx = tx
        self._catalog = catalog
        self._identity = identity

    async def make(self, post: Post) -> Said | None:
        """The message for a post to a person or an operator; None when it is about something erased."""
        if post.to is To.OPERATOR:
            return await self._to_operator(post)
        person = await self._tx.people.get(post.recipient)
        if person is None:
            return None
        if post.kind == "first":
            return self._first(nobody=post.params["nobody"])
        if post.kind == "languages":
            return self._languages()
        voice = _Voice(self._catalog, person.language or post.params.get("language") or "ru", adult=person.adult)
        if post.kind == "sos":
            return await self._sos(post, voice)
        if post.kind in OWN:
            return await OwnMessages(self._tx, voice).make(post)
        if post.kind == "closed_hours":
            return await self._closed_hours(post.params, voice)
        if post.kind in ("receipt", "truth"):
            post = await self._while_ordinary(post)
        if post.kind == "details":
            return await self._details(post.params, person, voice)
        return self._screen(post, person, voice)

    def _screen(self, post: Post, person: Person, voice: "_Voice") -> Said:
        params = post.params
        if post.kind == "truth":
            return self._truth(params, voice)
        if post.kind == "receipt":
            wait = _wait(params, self._tx.now, voice)
            text = voice.text("receipt.opened", code=params["code"], wait=wait)
            return Said([text], voice.keyboards.receipt(params["code"]))
        if post.kind == "safe":
            return self._safe(params, voice)
        if post.kind == "sos_answer":
            return self._answered(params, voice)
        if post.kind == "mistake":
            return Said([voice.text("mistake.ask")], voice.keyboards.mistake(params["code"]))

        if post.kind == "place":
            return self._place(params, voice)
        if post.kind == "page":
            return Said([voice.page(params["name"])], voice.keyboards.pages())
        if post.kind == "voice":
            return self._heard(params, voice)
        if post.kind == "where":
            return Said([voice.text(params["key"])], voice.keyboards.where())
        if post.kind in ("pass_ask", "pass_told"):
            return self._passed_on(params, voice)
        if post.kind == "unpassed":
            named = params["key"] == "kind.unpassed"
            values = {"kind": voice.text(f"kindname.{params['sent']}")} if named else {}
            return Said([voice.text(params["key"], n=None, **values)])
        if post.kind == "claimed":
            text = voice.text("claimed", alias=alias_name(params["alias"], voice.language))
            return Said([text], voice.keyboards.unsay())
        if post.kind == "farewell":
            return Said([voice.text("forget.done")], {"remove_keyboard": True})
        said: dict[str, Any] = dict(params["values"])
        for moment in ("when", "again"):  # epoch milliseconds
            if moment in said:
                said[moment] = f"{times.day(said[moment], voice.language)}, {times.clock(said[moment])}"
        if "why" in said:
            said["why"] = voice.text(said["why"])
        if "desk" in said:
            said["region"] = desk_name(self._catalog, said.pop("desk"), voice.language)
        return Said([voice.text(params["key"], **said)], voice.keyboard(params["keyboard"]))

    def _passed_on(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """May another region's desk have her case? Once answered, what follows, in its place."""
        if "yes" in params:
            text = voice.text("pass.told_yes" if params["yes"] else "pass.told_no")
            return Said([text], {"inline_keyboard": []}, edit=params["message_id"])
        region = desk_name(self._catalog, params["desk"], voice.language)
        return Said([voice.text("pass.ask", region=region)], voice.day_keys.pass_consent(params["code"]))

    def _first(self, *, nobody: bool) -> Said:
        """Both languages on one screen, Kazakh first, in the polite form."""
        key = "first.nobody" if nobody else "first.welcome"
        blocks = [self._catalog.text(key, language) for language in LANGUAGES]
        return Said(["\n\n".join(blocks)], Keyboards(self._catalog, "kk").first())

    def _languages(self) -> Said:
        asked = [self._catalog.text("language.ask", language) for language in LANGUAGES]
        return Said(["\n".join(asked)], Keyboards(self._catalog, "kk").languages())

    def _truth(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """The one screen of truth; behind it, when words came first, their receipt."""
        text = voice.page("truth", operator=self._identity.operator[voice.language])
        code = params.get("code")
        if code:
            receipt = voice.text("receipt.opened", code=code, wait=_wait(params, self._tx.now, voice))
            text = "\n\n".join([receipt, voice.text("truth.kept"), text])
        return Said([text], voice.keyboards.truth(code))

    def _place(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """The one question about what she has sent; once answered, without its buttons."""
        text = voice.text(ASK_GIVE[params["kind"]])
        if "message_id" in params:
            return Said([text], {"inline_keyboard": []}, edit=params["message_id"])
        return Said([text], voice.keyboards.give(params["place"]))

    def _heard(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """Whether her voice may be heard, or in its place what follows from the answer."""
        if "message_id" in params:
            return Said([voice.text(params["key"])], {"inline_keyboard": []}, edit=params["message_id"])
        again = params["key"] == "media.voice_again"
        return Said([voice.text(params["key"])], voice.keyboards.voice(params["code"], again=again))

    async def _details(self, params: Mapping[str, Any], person: Person, voice: "_Voice") -> Said | None:
        """An optional question. One that was on its way when the case turned red is not asked any more, but for the
        region."""
        step, edit = params["step"], params.get("message_id")
        if step is None:
            return Said([voice.text("ask.done")], edit=edit)
        case = await self._tx.cases.with_code(params["code"])
        if edit is None and step != Field.REGION and case is not None and case.red:
            return None
        markup = voice.keyboards.details(Field(step), params["code"], person.writer)
        return Said([voice.text(f"ask.{step}")], markup, edit=edit)

    async def _closed_hours(self, params: Mapping[str, Any], voice: "_Voice") -> Said | None:
        """When her desk opens, and what to read until then; nothing any more once the case is red."""
        case = await self._tx.cases.with_code(params["code"])
        if case is None or case.red or not case.status.open:
            return None
        lines = [voice.text("hours.read")]
        if params["opens"] is not None:
            lines.insert(0, _opens(params["opens"], self._tx.now, voice))
        return Said(["\n".join(lines)], voice.keyboards.pages())

    async def _while_ordinary(self, post: Post) -> Post:
        """A receipt that was on its way when the case turned red does not say when the desk opens: red waits for no
        hour."""
        if post.params.get("opens") is None:
            return post
        case = await self._tx.cases.with_code(post.params["code"])
        red = case is not None and case.red
        return replace(post, params={**post.params, "opens": None}) if red else post

    async def _sos(self, post: Post, voice: "_Voice") -> Said | None:
        """The emergency card, and under it the one question while it is not answered."""
        code = post.params["code"]
        case = await self._tx.cases.with_code(code)
        ladder = await self._tx.ladders.of(case.id) if case else None
        text = voice.text(post.params["key"], code=code)
        if ladder is not None and ladder.answer not in (None, Answer.ASKED):
            return Said([text], voice.keyboard("menu"))
        return Said([f"{text}\n\n{voice.text('now.ask')}"], voice.keyboards.danger_now(code))

    def _answered(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """In the place of the emergency card: what follows from her answer, and the numbers again."""
        told = voice.text(f"now.told.{params['told']}")
        text = voice.text("now.numbers", told=told, code=params["code"])
        return Said([text], {"inline_keyboard": []}, edit=params["message_id"])

    def _safe(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """The question, or in its place what follows from the answer."""
        if "answer" in params:
            return Said([voice.text(f"safe.{params['answer']}")], {"inline_keyboard": []}, edit=params["message_id"])
        return Said([voice.text("safe.ask")], voice.keyboards.safe(params["code"]))

    async def _to_operator(self, post: Post) -> Said | None:
        operator = await self._tx.operators.get(post.recipient)
        if operator is None:
            return None
        voice = _Voice(self._catalog, operator.language, adult=True)
        if post.kind == "alert":
            return await self._alert(post.params["desk"], voice)
        if post.kind.startswith(ASIDE):
            return await self._aside(post, operator.language)
        if post.kind == "check_list":
            return Said([check_list(self._catalog, operator.language, post.params["desk"], post.params["green"])])
        if post.kind in LISTS:
            return await DayLists(self._tx, self._catalog, operator.language).make(post)
        if post.kind == "took":
            return await self._took(post.params["case"], voice)
        params, values = post.params, dict(post.params["values"])
        if "code" in values and params["key"] in ("admin.invite", "admin.coordinator", "admin.desk_link"):
            values |= self._links(params["key"], values["code"])
        if params["key"] in ("admin.invite", "admin.coordinator"):
            values.pop("code", None)
        if "desk" in values:
            values["region"] = desk_name(self._catalog, values.pop("desk"), operator.language)
        if "apart" in values:  # minutes
            values["apart"] = times.age(values["apart"], operator.language)
        if "why" in values:
            values["why"] = voice.text(values["why"])
        if "made_at" in values:
            made_at = values.pop("made_at")
            values |= {"day": times.day(made_at, operator.language), "at": times.clock(made_at)}
        markup = voice.keyboard(params["keyboard"])
        if params["keyboard"] == "desks":
            markup = voice.keyboards.desks(await self._tx.desks.all())
        elif (params["keyboard"] or "").startswith("here:"):
            markup = voice.keyboards.here(params["keyboard"].partition(":")[2])
        elif (params["keyboard"] or "").startswith("confirm:"):
            markup = voice.keyboards.confirm(params["keyboard"].partition(":")[2])
        elif (params["keyboard"] or "").startswith("shift:"):
            markup = await self._shift_topic(params["keyboard"].partition(":")[2], voice)
        elif (params["keyboard"] or "").startswith("desk_language:"):
            markup = voice.keyboards.desk_language(params["keyboard"].partition(":")[2])
        return Said([voice.text(params["key"], **values)], markup, quiet=params.get("quiet", False))

    async def _aside(self, post: Post, language: Language) -> Said | None:
        """Something of a talk that she has in this chat. The desk lends only its group, which nothing here names."""
        case = await self._tx.cases.get(post.case) if post.case else None
        desk = await self._tx.desks.get(NATIONAL)
        if desk is None:
            return None
        return await PrivateTalk(self._tx, self._catalog, replace(desk, language=language)).make(post, case)

    async def _alert(self, desk: str, voice: "_Voice") -> Said | None:
        """Codes, regions and minutes of the urgent cases that nobody has taken, as things stand now; no words. Each can
        be taken from here. The national desk sees what it was called to, a region's operators their own."""
        cases = await self._tx.cases.unclaimed_reds(desk)
        if not cases:
            return None
        own = await self._tx.desks.get(desk)
        lost = own is not None and own.down
        lines, buttons, unreachable = [voice.text("alert.head")], [], False
        for case in cases[:ALERT_CODES]:
            where = desk_name(self._catalog, _region(case.region), voice.language)
            ladder = await self._tx.ladders.of(case.id)
            minutes = max(0, self._tx.now - (ladder.since if ladder else case.opened_at)) // MINUTE
            key = "alert.mistaken" if ladder is not None and ladder.mistaken else "alert.case"
            lines.append(voice.text(key, mark=case.urgency.mark, code=case.code, region=where, minutes=minutes))
            group = await self._tx.desks.get(case.desk or "")
            open_to_her = group is not None and not group.down and not lost
            unreachable = unreachable or await self._unreachable(desk, case.desk or "")
            buttons.append((case.code, await self._card(case) if open_to_her else None))
        if len(cases) > ALERT_CODES:
            lines.append(voice.text("alert.more", count=len(cases) - ALERT_CODES))
        if unreachable:
            lines.append(voice.text("alert.where"))
        if lost:
            lines.append(voice.text("alert.here"))
        return Said(["\n".join(lines)], voice.keyboards.alarm(buttons))

    async def _unreachable(self, own: str, desk: str) -> bool:
        """Whether the operator's own group, or the one where the case is, takes no messages now."""
        holds = await self._tx.pacing.holds()
        for name in dict.fromkeys((own, desk)):
            group = await self._tx.desks.get(name)
            if group is None or group.down or holds.get(f"desk:{name}", 0) * 1000 > SECOND_WAY:
                return True
        return False

    async def _card(self, case: Case) -> str | None:
        """The address of a case's card, or of the urgent topic while it is not out."""
        desk = await self._tx.desks.get(case.desk or "")
        thread = await self._tx.desks.topic(desk.id, "urgent") if desk else None
        if desk is None or thread is None:
            return None
        return group_link(desk.chat_id, thread, case.queue_message_id)

    async def _shift_topic(self, desk_id: str, voice: "_Voice") -> Mapping[str, Any] | None:
        desk, thread = await self._tx.desks.get(desk_id), await self._tx.desks.topic(desk_id, "shift")
        return voice.keyboards.open_topic(group_link(desk.chat_id, thread)) if desk and thread else None

    async def _took(self, case_id: str, voice: "_Voice") -> Said | None:
        """Where the topic of a case is that was taken in private."""
        case = await self._tx.cases.get(case_id)
        desk = await self._tx.desks.get(case.desk or "") if case else None
        if case is None or desk is None or case.thread_id is None:
            return None
        link = group_link(desk.chat_id, case.thread_id)
        return Said([voice.text("alert.took", code=case.code)], voice.keyboards.open_topic(link))

    def _links(self, key: str, code: str) -> dict[str, Any]:
        start = f"https://t.me/{self._identity.username}"
        if key == "admin.invite":
            return {"link": f"{start}?start=a_{code}", "minutes": 10}
        if key == "admin.coordinator":
            return {"link": f"{start}?start=k_{code}", "minutes": 10}
        rights = "manage_topics+delete_messages+pin_messages"
        return {"link": f"{start}?startgroup={code}&admin={rights}", "minutes": 15}


def _region(region: str | None) -> str:
    return NATIONAL if region in (None, ELSEWHERE) else str(region)


class _Voice:
    """The catalogue in one language and tone."""

    def __init__(self, catalog: Catalog, language: Language, *, adult: bool) -> None:
        self.language = language
        self.keyboards = Keyboards(catalog, language, adult=adult)
        self.day_keys = DayKeys(catalog, language, adult=adult)
        self._catalog = catalog
        self._adult = adult

    def text(self, key: str, /, n: int | None = None, **values: Any) -> str:
        return self._catalog.text(key, self.language, adult=self._adult, n=n, **values)

    def page(self, name: str, **values: Any) -> str:
        return self._catalog.page(name, self.language, adult=self._adult, **values)

    def keyboard(self, name: str | None) -> Mapping[str, Any] | None:
        if name == "menu":
            return self.keyboards.menu()
        if name == "unsay":
            return self.keyboards.unsay()
        return self.keyboards.forget() if name == "forget" else None


def _opens(at: int, now: int, voice: _Voice) -> str:
    """When a desk answers again, with the day itself."""
    clock = times.clock(at)
    days = day_of(at) - day_of(now)
    if days == 0:
        return voice.text("receipt.opens_today", at=clock)
    key = "receipt.opens_tomorrow" if days == 1 else "receipt.opens_later"
    return voice.text(key, day=times.day(at, voice.language), at=clock)


def _wait(params: Mapping[str, Any], now: int, voice: _Voice) -> str:
    """When the desk opens; or the honest estimate: the median of seven days, or that it is not known yet."""
    milliseconds, opens = params["wait"], params.get("opens")
    if opens is not None and opens > now:
        return _opens(opens, now, voice)
    if milliseconds is None:
        return voice.text("receipt.wait_unknown")
    minutes = max(1, round(milliseconds / MINUTE))
    if minutes >= 90:
        return voice.text("receipt.wait_hours", n=round(minutes / 60))
    return voice.text("receipt.wait", n=minutes)
