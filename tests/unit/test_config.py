"""Settings: one sentence that says what to do for each that is missing or cannot be used."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config import NAMES, BadSetting, Settings, environment, read
from tests.shell import OPERATOR, ROOT, good


class TestReading:
    """From names and texts to settings."""

    def test_good_settings_are_read(self, tmp_path: Path) -> None:
        values = good(tmp_path)

        assert read(values) == Settings(
            token="7:AAA", keys=tmp_path / "keys", database=Path("senim.db"),
            operator={"kk": "«Сынақ» ұйымы, БСН 010245678901, a@example.kz, +7 700",
                      "ru": "ОФ «Проба», БИН 010245678901, a@example.kz, +7 700"},
            name="Senim", telegram_api="http://127.0.0.1:9",
        )  # fmt: skip
        assert read({**values, "SENIM_NAME": "Көмек"}).name == "Көмек"
        del values["SENIM_TELEGRAM_API"]
        assert read(values).telegram_api == "https://api.telegram.org"

    @pytest.mark.parametrize("missing", ["SENIM_TOKEN", "SENIM_KEYS", "SENIM_DATABASE", "SENIM_OPERATOR"])
    @pytest.mark.parametrize("how", ["not there", "empty"])
    def test_each_needed_setting_is_asked_for_by_name(self, tmp_path: Path, missing: str, how: str) -> None:
        values = good(tmp_path)
        if how == "empty":
            values[missing] = ""
        else:
            del values[missing]

        with pytest.raises(BadSetting, match=rf"^{missing} is not set: .+\.$") as refused:
            read(values)
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize("name", ["SENIM_KEYS", "SENIM_OPERATOR"])
    @pytest.mark.parametrize("value", ["/nowhere/at/all", "/tmp", ".", "a" * 300])
    def test_a_file_that_is_none_is_named_with_what_to_do(self, tmp_path: Path, name: str, value: str) -> None:
        with pytest.raises(BadSetting, match=rf"^{name} names {re.escape(value)}, which is no file: .+\.$"):
            read({**good(tmp_path), name: value})

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            (lambda text: text.replace("name_kk", "name"), "lacks name_kk"),
            (lambda text: text.replace("ОФ «Проба»", "  "), "lacks name_ru"),
            (lambda text: text.replace("contact", "# contact"), "lacks contact"),
            (lambda text: text.replace('"a@example.kz, +7 700"', "5"), "contact in .+ must stand in quotes"),
            (lambda text: text.replace('"010245678901"', "991240000000"), 'bin in .+ must stand in quotes: bin = "'),
            (lambda text: text.replace('"010245678901"', "010245678901"), "line 3.+Every value stands in quotes"),
            (lambda text: text.replace('bin = "010245678901"', ""), "lacks bin"),
            (lambda text: text.replace("010245678901", "12345"), "12 digits"),
            (lambda text: text.replace("010245678901", "0102456789AB"), "12 digits"),
            (lambda text: text.replace("010245678901", "\u0660102456789\u0661\u0661"), "12 digits"),
            (lambda text: text.replace("010245678901", "123456789012"), "a month"),
            (lambda text: text.replace("010245678901", "000000000000"), "bin in .+ is the example's"),
            (lambda text: text.replace("a@example.kz", "example@example.invalid"), "contact in .+ is the example's"),
            (lambda text: text.replace('"', ""), "line 1.+Every value stands in quotes"),
            (lambda text: "", "lacks name_kk"),
        ],
    )  # fmt: skip
    def test_a_bad_operator_file_is_one_sentence(self, tmp_path: Path, change: Callable[[str], str], said: str) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_text(change(OPERATOR), encoding="utf-8")

        with pytest.raises(BadSetting, match=said) as refused:
            read(values)
        assert str(refused.value).startswith("SENIM_OPERATOR: ")
        assert str(refused.value).endswith(".")
        assert "\n" not in str(refused.value)

    @pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-16-le"])
    def test_an_operator_file_in_another_encoding_is_told_so(self, tmp_path: Path, encoding: str) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_bytes(OPERATOR.encode(encoding, "replace"))

        with pytest.raises(BadSetting, match=r"^SENIM_OPERATOR: .+ is no UTF-8 text: save it as UTF-8 .+\.$"):
            read(values)

    def test_the_example_of_the_docs_is_refused_until_every_field_is_somebodys(self, tmp_path: Path) -> None:
        """Each field in turn: whoever has put in three of four must hear of the fourth."""
        values = good(tmp_path)
        sample = (ROOT / "docs" / "operator.example.toml").read_text("utf-8")
        true = dict(line.split(" = ", 1) for line in OPERATOR.splitlines())
        for field in true:
            filled = "\n".join(
                f"{name} = {true[name]}" if name in true and name != field else line
                for line in sample.splitlines()
                for name in [line.partition(" = ")[0]]
            )
            Path(values["SENIM_OPERATOR"]).write_text(filled, encoding="utf-8")
            with pytest.raises(BadSetting, match=rf"^SENIM_OPERATOR: {field} in .+ is the example's: .+\.$"):
                read(values)

        values["SENIM_OPERATOR"] = str(ROOT / "docs" / "operator.example.toml")
        with pytest.raises(BadSetting, match="is the example's: put in who really runs the bot"):
            read(values)

    @pytest.mark.parametrize("number", ["010245678901", "991240000000", "260140012345", "940740000911", "700612300014"])
    def test_no_true_bin_is_refused_nor_the_number_of_somebody_who_works_alone(
        self, tmp_path: Path, number: str
    ) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_text(OPERATOR.replace("010245678901", number), encoding="utf-8")

        assert number in read(values).operator["ru"]

    def test_an_operator_file_may_begin_with_the_mark_of_a_windows_editor(self, tmp_path: Path) -> None:
        values = good(tmp_path)
        Path(values["SENIM_OPERATOR"]).write_text(OPERATOR, encoding="utf-8-sig")

        assert read(values).operator["kk"].startswith("«Сынақ»")

    @pytest.mark.parametrize(
        "server",
        ["api.telegram.org", "htps://api.telegram.org", "https//api.telegram.org", "https:/api.telegram.org",
         "https://", "https://api.telegram.org/bot", "https://api.telegram.org/?x", "https://api.telegram.org#x",
         "https://api.telegram.org:x", "https://api.telegram.org:99999", "https://me:SECRET@api.telegram.org",
         "https://api telegram.org", "https://api.telegram.org\n", "https://[::1", "file:///etc/passwd"],
    )  # fmt: skip
    def test_a_server_that_is_none_is_refused(self, tmp_path: Path, server: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_TELEGRAM_API must be an address like .+\.$") as refused:
            read({**good(tmp_path), "SENIM_TELEGRAM_API": server})
        assert "SECRET" not in str(refused.value)

    def test_a_servers_last_slash_does_no_harm(self, tmp_path: Path) -> None:
        assert read({**good(tmp_path), "SENIM_TELEGRAM_API": "http://10.0.0.1:8081/"}).telegram_api == (
            "http://10.0.0.1:8081"
        )

    def test_the_environment_wins_over_the_env_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".env").write_text("SENIM_TOKEN=from-file\nSENIM_NAME=from-file\nSENIM_KEYS=\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("SENIM_TOKEN", "from-environment")
        monkeypatch.delenv("SENIM_NAME", raising=False)

        values = environment()

        assert (values["SENIM_TOKEN"], values["SENIM_NAME"]) == ("from-environment", "from-file")
        assert "SENIM_KEYS" not in values

    @pytest.mark.parametrize(
        ("server", "near"),
        [
            ("http://127.0.0.1:8081", True), ("http://localhost:1", True), ("http://[::1]:5", True),
            ("https://api.telegram.org", False), ("http://127.0.0.1.evil.kz", False),
            ("http://10.0.0.1", False),            ("", False),
        ],
    )  # fmt: skip
    def test_only_a_server_on_this_machine_may_move_the_clock(self, tmp_path: Path, server: str, near: bool) -> None:
        assert read({**good(tmp_path), "SENIM_TELEGRAM_API": server}).loopback is near

    def test_health_is_served_on_a_port_or_not_at_all(self, tmp_path: Path) -> None:
        assert read(good(tmp_path)).health_port is None
        assert read({**good(tmp_path), "SENIM_HEALTH_PORT": "8710"}).health_port == 8710

    @pytest.mark.parametrize("port", ["0", "-1", "65536", "x", "80 ", "8_0", "\u0663", "1" * 5000])
    def test_a_port_that_is_none_is_refused(self, tmp_path: Path, port: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_HEALTH_PORT must be a number from 1 to 65535; .+\.$"):
            read({**good(tmp_path), "SENIM_HEALTH_PORT": port})

    @pytest.mark.parametrize(
        "url", ["https://hc.example/ping/1?x=2", "http://127.0.0.1:9/a", "http://localhost/a", "http://[::1]:5/"]
    )
    def test_a_heartbeat_goes_out_over_https_or_stays_on_this_machine(self, tmp_path: Path, url: str) -> None:
        assert read(good(tmp_path)).heartbeat is None
        assert read({**good(tmp_path), "SENIM_HEARTBEAT_URL": url}).heartbeat == url

    @pytest.mark.parametrize(
        "url",
        ["http://hc.example/SECRET", "http://127.0.0.1.evil.kz/SECRET", "http://localhost@evil.kz/SECRET", "SECRET",
         "ftp://127.0.0.1/SECRET", "https:///SECRET", "https://[::1/SECRET", "https://a:SECRET/", "https://a b/SECRET",
         "https://a/SECRET\nX: y", "file:///SECRET"],
    )  # fmt: skip
    def test_another_address_is_refused_and_not_repeated(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(BadSetting, match=r"^SENIM_HEARTBEAT_URL must be an https:// address.+\.$") as refused:
            read({**good(tmp_path), "SENIM_HEARTBEAT_URL": url})
        assert "SECRET" not in str(refused.value)

    def test_every_setting_stands_in_the_example(self) -> None:
        example = (ROOT / ".env.example").read_text()

        assert re.findall(r"^(SENIM_\w+)=", example, re.MULTILINE) == [*NAMES]
