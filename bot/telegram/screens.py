"""What persons and operators read in private: sentences of the catalogue in their language and tone."""

from collections.abc import Mapping
from typing import Any

from bot.domain.cases import Field
from bot.domain.desks import NATIONAL
from bot.domain.messages import Post, To
from bot.domain.people import ELSEWHERE, Language, Person
from bot.domain.words import LIMIT, split
from bot.telegram.keyboards import Keyboards
from bot.telegram.saying import Identity, Said, alias_name, desk_name
from locales import LANGUAGES, Catalog, times
from storage.database import Transaction

MINUTE = 60_000
ALERT_CODES = 8
"""How many codes one alert names (DESIGN.md 5)."""

ROOM = 80
"""UTF-16 units kept free in a part for the alias line and the sign of a repeat."""


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
        if post.kind == "answer":
            return await self._answer(post, voice)
        return self._screen(post, person, voice)

    def _screen(self, post: Post, person: Person, voice: "_Voice") -> Said:
        params = post.params
        if post.kind == "truth":
            return self._truth(params, voice)
        if post.kind == "receipt":
            wait = _wait(params["wait"], voice)
            text = voice.text("receipt.opened", code=params["code"], wait=wait)
            return Said([text], voice.keyboards.receipt(params["code"]))
        if post.kind == "details":
            return self._details(params, person, voice)
        if post.kind == "safe":
            return self._safe(params, voice)
        if post.kind == "unpassed":
            named = params["key"] == "kind.unpassed"
            values = {"kind": voice.text(f"kindname.{params['sent']}")} if named else {}
            return Said([voice.text(params["key"], n=None, **values)])
        if post.kind == "claimed":
            return Said([voice.text("claimed", alias=alias_name(params["alias"], voice.language))])
        if post.kind == "farewell":
            return Said([voice.text("forget.done")], {"remove_keyboard": True})
        return Said([voice.text(params["key"], **params["values"])], voice.keyboard(params["keyboard"]))

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
            receipt = voice.text("receipt.opened", code=code, wait=_wait(params["wait"], voice))
            text = "\n\n".join([receipt, voice.text("truth.kept"), text])
        return Said([text], voice.keyboards.truth(code))

    def _details(self, params: Mapping[str, Any], person: Person, voice: "_Voice") -> Said:
        step, edit = params["step"], params.get("message_id")
        if step is None:
            return Said([voice.text("ask.done")], edit=edit)
        markup = voice.keyboards.details(Field(step), params["code"], person.writer)
        return Said([voice.text(f"ask.{step}")], markup, edit=edit)

    def _safe(self, params: Mapping[str, Any], voice: "_Voice") -> Said:
        """The question, or in its place what follows from the answer."""
        if "answer" in params:
            return Said([voice.text(f"safe.{params['answer']}")], {"inline_keyboard": []}, edit=params["message_id"])
        return Said([voice.text("safe.ask")], voice.keyboards.safe(params["code"]))

    async def _answer(self, post: Post, voice: "_Voice") -> Said | None:
        """An operator's words under the alias; text of any length, split and never cut."""
        message = await self._tx.messages.get(post.params["message"])
        if message is None:
            return None
        alias = alias_name(post.params["alias"], voice.language)
        first, *rest = split(message.incoming.text, LIMIT - ROOM)
        return Said([voice.text("answer", alias=alias, text=first), *rest])

    async def _to_operator(self, post: Post) -> Said | None:
        operator = await self._tx.operators.get(post.recipient)
        if operator is None:
            return None
        voice = _Voice(self._catalog, operator.language, adult=True)
        if post.kind == "alert":
            return await self._alert(post.params["desk"], voice)
        params, values = post.params, dict(post.params["values"])
        if "code" in values and params["key"] in ("admin.invite", "admin.coordinator", "admin.desk_link"):
            values |= self._links(params["key"], values["code"])
        if params["key"] in ("admin.invite", "admin.coordinator"):
            values.pop("code", None)
        if "desk" in values:
            values["region"] = desk_name(self._catalog, values.pop("desk"), operator.language)
        if "why" in values:
            values["why"] = voice.text(values["why"])
        if "made_at" in values:
            made_at = values.pop("made_at")
            values |= {"day": times.day(made_at, operator.language), "at": times.clock(made_at)}
        markup = voice.keyboard(params["keyboard"])
        if params["keyboard"] == "desks":
            markup = voice.keyboards.desks(await self._tx.desks.all())
        elif (params["keyboard"] or "").startswith("desk_language:"):
            markup = voice.keyboards.desk_language(params["keyboard"].partition(":")[2])
        return Said([voice.text(params["key"], **values)], markup, quiet=params.get("quiet", False))

    async def _alert(self, desk: str, voice: "_Voice") -> Said | None:
        """Codes, regions and times of the urgent cases that nobody has taken, as things stand now; no words.
        Administrators and the national desk see all, a region's operators their own."""
        cases = await self._tx.cases.unclaimed_reds(None if desk == NATIONAL else desk)
        if not cases:
            return None
        lines = [voice.text("alert.head")]
        for case in cases[:ALERT_CODES]:
            where = desk_name(self._catalog, _region(case.region), voice.language)
            lines.append(voice.text("alert.case", code=case.code, region=where, at=times.clock(case.opened_at)))
        if len(cases) > ALERT_CODES:
            lines.append(voice.text("alert.more", count=len(cases) - ALERT_CODES))
        lines.append(voice.text("alert.where"))
        return Said(["\n".join(lines)])

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
        self._catalog = catalog
        self._adult = adult

    def text(self, key: str, /, n: int | None = None, **values: Any) -> str:
        return self._catalog.text(key, self.language, adult=self._adult, n=n, **values)

    def page(self, name: str, **values: Any) -> str:
        return self._catalog.page(name, self.language, adult=self._adult, **values)

    def keyboard(self, name: str | None) -> Mapping[str, Any] | None:
        if name == "menu":
            return self.keyboards.menu()
        return self.keyboards.forget() if name == "forget" else None


def _wait(milliseconds: int | None, voice: _Voice) -> str:
    """The honest estimate: the median of seven days, or that it is not known yet."""
    if milliseconds is None:
        return voice.text("receipt.wait_unknown")
    minutes = max(1, round(milliseconds / MINUTE))
    if minutes >= 90:
        return voice.text("receipt.wait_hours", n=round(minutes / 60))
    return voice.text("receipt.wait", n=minutes)
