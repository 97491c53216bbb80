"""The file with the settings: which one is taken, and what is said of one that somebody has saved or typed wrongly."""

from pathlib import Path

import pytest

from bot import config
from bot.config import BadSetting, environment

GOOD = "SENIM_TOKEN=7:AAA\nSENIM_NAME=Көмек\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder, without anything set outside of it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "ETC", tmp_path / "etc")
    for name in (*config.NAMES, "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def refused() -> str:
    """The one sentence that is said; the test fails when nothing is refused, or a value is repeated."""
    with pytest.raises(BadSetting) as said:
        environment()
    sentence = str(said.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", "?"))
    assert "SECRET" not in sentence
    return sentence


class TestSaved:
    """What editors make of the file."""

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_utf_8_works_with_or_without_a_mark_at_its_beginning(self, folder: Path, encoding: str, end: str) -> None:
        (folder / ".env").write_bytes(GOOD.replace("\n", end).encode(encoding))

        found = environment()

        assert (found["SENIM_TOKEN"], found["SENIM_NAME"]) == ("7:AAA", "Көмек")

    @pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-16-le"])
    def test_another_encoding_is_named_as_what_is_wrong(self, folder: Path, encoding: str) -> None:
        (folder / ".env").write_bytes("SENIM_NAME=Помощь\nSENIM_TOKEN=7:SECRET\n".encode(encoding))

        assert refused().startswith(".env is no UTF-8 text: ")


class TestTyped:
    """What hands make of it."""

    @pytest.mark.parametrize(
        "line",
        ["SENIM_TOKEN 7:SECRET", "SENIM_TOKEN: 7:SECRET", "SENIM_TOKEN", "7:SECRET", '"SENIM_TOKEN=7:SECRET"',
         'SENIM_NAME="SECRET', "SENIM_NAME='SECRET' SECRET", "SENIM_TOKEN:7:SECRET=",
         "- SENIM_TOKEN=SECRET", "=SECRET"],
    )  # fmt: skip
    def test_a_line_that_is_no_setting_is_named_by_its_number_and_never_by_what_it_holds(
        self, folder: Path, line: str
    ) -> None:
        (folder / ".env").write_text(f"# mine\nSENIM_TOKEN=7:AAA\n\n\n  {line}\nSENIM_NAME=x\n")

        assert refused() == ".env, line 5: this is no NAME=value. A note begins with #."

    def test_notes_empty_lines_quotes_and_other_programs_names_are_nobodys_mistake(self, folder: Path) -> None:
        (folder / ".env").write_text(
            "\n# SENIM_TOKN=x\nexport SENIM_TOKEN='7:AAA'  # mine\n\nSENIM_NAME=\"a b\"\nSENIM_KEYS=\nPATHS=1\n"
        )

        found = environment()

        assert (found["SENIM_TOKEN"], found["SENIM_NAME"]) == ("7:AAA", "a b")
        assert "SENIM_KEYS" not in found

    @pytest.mark.parametrize("where", ["file", "environment"])
    @pytest.mark.parametrize(
        ("name", "said"),
        [("SENIM_DATABSE", "SENIM_DATABASE"), ("senim_token", "SENIM_TOKEN"),
         ("SENIM_HEARTBEAT", "SENIM_HEARTBEAT_URL"), ("SENIM_XYZZY", ".env.example")],
    )  # fmt: skip
    def test_a_name_that_is_no_setting_is_named_with_the_one_that_is_meant(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, name: str, said: str
    ) -> None:
        if where == "file":
            (folder / ".env").write_text(f"{GOOD}{name}=SECRET\n")
        else:
            monkeypatch.setenv(name, "SECRET")

        assert refused().startswith(f"{name} is no setting: ")
        assert said in refused()


class TestWhich:
    """One file is taken."""

    def test_without_one_here_the_machines_is_taken_and_nothing_of_it_with_one(self, folder: Path) -> None:
        assert not [name for name in environment() if name.startswith("SENIM_")]
        (folder / "etc").mkdir()
        (folder / "etc" / "environment").write_text("SENIM_TOKEN=7:etc\nSENIM_HEARTBEAT_URL=https://a/b\n")
        assert environment()["SENIM_TOKEN"] == "7:etc"

        (folder / ".env").touch()
        assert not [name for name in environment() if name.startswith("SENIM_")]

    def test_the_units_is_taken_before_all_others_and_its_copy_of_the_ring_before_the_rings_name(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        loaded = folder / "loaded"
        loaded.mkdir()
        (loaded / "keys").write_text("a:b\n")
        (loaded / "environment").write_text("SENIM_TOKEN=7:unit\nSENIM_KEYS=/etc/senim/keys\n")
        (folder / ".env").write_text("SENIM_TOKEN=7:here\n")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(loaded))

        found = environment()

        assert (found["SENIM_TOKEN"], found["SENIM_KEYS"]) == ("7:unit", str(loaded / "keys"))

    @pytest.mark.parametrize("name", [".env", "etc/environment"])
    def test_a_folder_in_its_place_is_named_instead_of_passed_over(self, folder: Path, name: str) -> None:
        """Docker makes one when it is told to share a file that is not there."""
        (folder / name).mkdir(parents=True)

        assert f"{name} is a folder: " in refused()
