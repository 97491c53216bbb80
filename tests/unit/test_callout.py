"""The call outside Telegram: what is said, how it is signed, and that the page which says so to others is right."""

import hashlib
import hmac
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.callout import body, signature
from bot.config import BadSetting, read
from storage.callouts import Callout
from tests.shell import ROOT, good

SECRET = "0123456789abcdef-құпия"
CALL = Callout("4f0c9a1be2d35768", "ВН-12345", "KZ-31", "callout", 1_795_687_200_999, 300_400, 3)
SAID = (
    '{"id":"4f0c9a1be2d35768","case":"ВН-12345","region":"KZ-31","rung":"callout","waiting_seconds":300,'
    '"at":"2026-11-26T10:00:00Z"}'
).encode()
TIMESTAMP = "1795687200"
SIGNED = "sha256=" + hmac.digest(SECRET.encode(), TIMESTAMP.encode() + b"." + SAID, hashlib.sha256).hex()


def test_what_is_said_is_the_contracts_and_the_same_in_every_repeat() -> None:
    assert body(CALL) == SAID
    assert body(replace(CALL, tries=9)) == SAID


def test_the_signature_is_the_standard_librarys() -> None:
    assert signature(SECRET, TIMESTAMP, SAID) == SIGNED
    assert re.fullmatch("sha256=[0-9a-f]{64}", SIGNED)


@pytest.mark.parametrize(
    "other", [("another secret, long", TIMESTAMP, SAID), (SECRET, "1795687201", SAID), (SECRET, TIMESTAMP, SAID + b" ")]
)
def test_another_secret_time_or_body_has_another_signature(other: tuple[str, str, bytes]) -> None:
    assert signature(*other) != SIGNED


class TestThePage:
    """docs/callout.md, which somebody builds a gateway from."""

    page = (ROOT / "docs" / "callout.md").read_text("utf-8")

    def test_its_code_takes_what_the_bot_signs_and_nothing_else(self) -> None:
        found: dict[str, Any] = {}
        exec(re.findall(r"```python\n(.+?)```", self.page, re.DOTALL)[0], found)
        genuine = found["genuine"]
        headers = {"X-Senim-Timestamp": TIMESTAMP, "X-Senim-Signature": SIGNED}

        assert genuine(SECRET, headers, SAID, int(TIMESTAMP) + 299)
        assert not genuine(SECRET, headers, SAID, int(TIMESTAMP) + 301)
        assert not genuine(SECRET, headers, SAID, int(TIMESTAMP) - 301)
        assert not genuine(SECRET + "x", headers, SAID, int(TIMESTAMP))
        assert not genuine(SECRET, headers, SAID + b" ", int(TIMESTAMP))

    def test_its_example_is_what_the_bot_says(self) -> None:
        assert SAID.decode() in self.page
        assert f"X-Senim-Timestamp: {TIMESTAMP}" in self.page
        for field in json.loads(SAID):
            assert f"| `{field}` |" in self.page


class TestSettings:
    """Whom to call, and the secret that signs it."""

    URL = "https://sms.example/call"

    def test_both_or_none(self, tmp_path: Path) -> None:
        values = good(tmp_path)
        none = read({**values, "SENIM_CALLOUT_URL": "", "SENIM_CALLOUT_SECRET": ""})
        assert (none.callout_url, none.callout_secret) == (None, None)
        both = read({**values, "SENIM_CALLOUT_URL": self.URL, "SENIM_CALLOUT_SECRET": "x" * 16})
        assert (both.callout_url, both.callout_secret) == (self.URL, "x" * 16)

    @pytest.mark.parametrize(
        ("name", "value", "missing"),
        [("SENIM_CALLOUT_URL", URL, "SENIM_CALLOUT_SECRET"), ("SENIM_CALLOUT_SECRET", "x" * 16, "SENIM_CALLOUT_URL")],
    )
    def test_one_of_them_alone_is_a_sentence_that_names_the_other(
        self, tmp_path: Path, name: str, value: str, missing: str
    ) -> None:
        with pytest.raises(BadSetting, match=rf"^{missing} is not set: .+ both or not at all\.$") as refused:
            read({**good(tmp_path), name: value})
        assert value not in str(refused.value)

    @pytest.mark.parametrize("url", ["http://127.0.0.1:8720/", "http://localhost/a", "http://[::1]:5/"])
    def test_on_this_machine_it_may_be_http(self, tmp_path: Path, url: str) -> None:
        values = {**good(tmp_path), "SENIM_CALLOUT_URL": url, "SENIM_CALLOUT_SECRET": "x" * 16}
        assert read(values).callout_url == url

    @pytest.mark.parametrize(
        "url",
        ["http://sms.example/SECRET", "http://127.0.0.1.evil.kz/SECRET", "http://localhost@evil.kz/SECRET", "SECRET",
         "ftp://127.0.0.1/SECRET", "https:///SECRET", "https://a b/SECRET", "https://a/SECRET\nX: y"],
    )  # fmt: skip
    def test_another_address_is_refused_and_not_repeated(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_CALLOUT_URL must be an https:// address.+\.$") as refused:
            read({**good(tmp_path), "SENIM_CALLOUT_URL": url, "SENIM_CALLOUT_SECRET": "x" * 16})
        assert "SECRET" not in str(refused.value)

    @pytest.mark.parametrize("secret", ["x" * 15, "SECRET", "SECRET-SECRET-SE\n", "SECRET-SECRET-SE\udcff"])
    def test_a_secret_that_is_short_or_cannot_be_written_is_refused_and_not_repeated(
        self, tmp_path: Path, secret: str
    ) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_CALLOUT_SECRET must have at least 16 char.+\.$") as refused:
            read({**good(tmp_path), "SENIM_CALLOUT_URL": self.URL, "SENIM_CALLOUT_SECRET": secret})
        assert "SECRET-" not in str(refused.value)
        assert secret not in str(refused.value).replace("SENIM_CALLOUT_SECRET", "")
