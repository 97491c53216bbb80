"""The files that settings name: one sentence for each that cannot be used, and nothing left behind."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import control, places
from bot.control import AlreadyRunning
from bot.places import NoPlace, check_there, hand_over, key_ring
from storage.sealing import BadKeys
from tests.shell import OPERATOR
from tests.town import write_ring

NOBODY = 65_534
"""A user that every machine has and that owns nothing."""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def refused(database: Path) -> str:
    """What is said of a database that cannot be used; nothing may be left."""
    before = sorted(database.parent.parent.rglob("*"))
    with pytest.raises(NoPlace) as said, control.only_one(database):
        pass
    assert sorted(database.parent.parent.rglob("*")) == before
    sentence = str(said.value)
    assert sentence.startswith(f"SENIM_DATABASE names {database}, ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


class TestDatabase:
    """SENIM_DATABASE."""

    def test_a_folder_is_none_and_the_sentence_shows_a_name_in_it(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()

        assert str(tmp_path / "data" / "senim.db") in refused(tmp_path / "data")

    def test_a_folder_that_is_not_there_is_named_with_how_to_make_it(self, tmp_path: Path) -> None:
        assert f"`install -d -m 700 {tmp_path / 'data'}`" in refused(tmp_path / "data" / "senim.db")

    @pytest.mark.parametrize("below", ["senim.db", "data/senim.db"])
    def test_a_file_in_its_folders_place_is_named_as_what_it_is(self, tmp_path: Path, below: str) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(NoPlace, match=rf", but {tmp_path / 'file'} is a file and no folder: .+\.$"):
            check_there(tmp_path / "file" / below)

    def test_a_name_that_is_too_long_is_one_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(NoPlace, match="too long"), control.only_one(tmp_path / ("a" * 300)):
            pass
        with pytest.raises(NoPlace, match="no database is"):
            check_there(tmp_path / ("a" * 300))

    @pytest.mark.parametrize("content", [b"x", b"somebody's letters" * 500, b"SQLite format 4\0" * 99])
    def test_a_file_that_is_no_database_is_left_as_it_is(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "letters").write_bytes(content)

        assert "which is no database" in refused(tmp_path / "letters")
        assert (tmp_path / "letters").read_bytes() == content

    def test_a_pipe_is_none_and_nobody_waits_for_it(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")

        assert "which is no database" in refused(tmp_path / "pipe")

    def test_what_is_not_there_yet_or_empty_can_become_one_and_a_command_that_needs_one_says_so(
        self, tmp_path: Path
    ) -> None:
        with pytest.raises(NoPlace, match=r"where no database is: the first `senim run` makes it\.$"):
            check_there(tmp_path / "senim.db")
        for _ in range(2):
            with control.only_one(tmp_path / "senim.db"):
                refusing = control.only_one(tmp_path / "senim.db")
                with pytest.raises(
                    AlreadyRunning, match=r"in use by .+: stop that first \(`systemctl stop senim`.+\.$"
                ):
                    refusing.__enter__()
            (tmp_path / "senim.db").touch()
        check_there(tmp_path / "senim.db")

    @as_root
    @pytest.mark.parametrize("name", ["senim.db", "senim.db-wal", "senim.db.lock"])
    def test_what_root_has_left_is_named_with_its_owner_and_how_to_give_it_back(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        (tmp_path / name).touch(mode=0o600)
        os.chown(tmp_path, NOBODY, NOBODY)

        said = as_nobody(tmp_path, lambda: refused(tmp_path / "senim.db"))

        assert f"{tmp_path / name} belongs to root and may not be used by {places.named(NOBODY)}" in said
        assert f"`chown {places.named(NOBODY)} {tmp_path / name}`" in said

    @as_root
    def test_a_folder_of_somebody_else_is_named_with_its_owner(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()

        assert f"{tmp_path / 'data'} belongs to root" in as_nobody(
            tmp_path, lambda: refused(tmp_path / "data" / "senim.db")
        )


def as_nobody(folder: Path, does: Callable[[], str]) -> str:
    """What a function returns that runs as another user, in a process of its own."""
    for above in (folder, *folder.parents):
        if above.owner() == "root" and not above.stat().st_mode & stat.S_IXOTH:
            above.chmod(above.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    reading, writing = os.pipe()
    born = os.fork()
    if not born:
        code = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.write(writing, does().encode())
            code = 0
        except BaseException as broken:
            os.write(writing, repr(broken).encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        said = answer.read()
    assert os.waitstatus_to_exitcode(os.waitpid(born, 0)[1]) == 0, said
    return said


class TestRing:
    """SENIM_KEYS."""

    @pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o601, 0o777])
    def test_one_that_everybody_can_read_is_refused_with_what_to_type(self, tmp_path: Path, mode: int) -> None:
        write_ring(tmp_path / "keys")
        (tmp_path / "keys").chmod(mode)

        with pytest.raises(BadKeys, match=rf"type `chmod 600 {tmp_path / 'keys'}`\.$"):
            key_ring(tmp_path / "keys")

    def test_its_owners_alone_is_taken_in_silence_a_groups_with_a_warning_but_not_from_systemd(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        write_ring(tmp_path / "keys")
        for mode, warnings in ((0o600, 0), (0o400, 0), (0o640, 1), (0o440, 1)):
            caplog.clear()
            (tmp_path / "keys").chmod(mode)
            assert key_ring(tmp_path / "keys").first
            assert [record.levelname for record in caplog.records] == ["WARNING"] * warnings
        caplog.clear()
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        assert key_ring(tmp_path / "keys").first
        assert not caplog.records

    def test_a_wrong_file_that_everybody_can_read_is_called_no_ring(self, tmp_path: Path) -> None:
        (tmp_path / "operator.toml").write_text(OPERATOR)
        (tmp_path / "operator.toml").chmod(0o644)

        with pytest.raises(BadKeys, match=r"operator\.toml is no key ring: .+SENIM_KEYS"):
            key_ring(tmp_path / "operator.toml")

    @as_root
    def test_one_that_this_user_cannot_read_is_named_with_its_owner(self, tmp_path: Path) -> None:
        write_ring(tmp_path / "keys")

        def does() -> str:
            with pytest.raises(BadKeys) as said:
                key_ring(tmp_path / "keys")
            return str(said.value)

        assert "belongs to root and may not be used by" in as_nobody(tmp_path, does)


@as_root
class TestHandOver:
    """What root makes."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A folder of somebody else's."""
        (tmp_path / "data").mkdir()
        os.chown(tmp_path / "data", NOBODY, NOBODY)
        return tmp_path / "data"

    def test_it_belongs_to_whom_the_folder_belongs(self, folder: Path, tmp_path: Path) -> None:
        (folder / "mine").touch(mode=0o600)
        (tmp_path / "roots").touch(mode=0o600)

        assert hand_over(folder / "mine") == places.named(NOBODY)
        assert hand_over(tmp_path / "roots") is None
        assert ((folder / "mine").stat().st_uid, (folder / "mine").stat().st_mode & 0o777) == (NOBODY, 0o600)
        assert (tmp_path / "roots").stat().st_uid == 0

    def test_a_link_that_the_folders_owner_has_put_there_gives_nothing_away(self, folder: Path, tmp_path: Path) -> None:
        secret = tmp_path / "shadow"
        secret.touch(mode=0o600)
        (folder / "soft").symlink_to(secret)
        (folder / "hard").hardlink_to(secret)

        with pytest.raises(OSError, match="symbolic"):
            hand_over(folder / "soft")
        assert hand_over(folder / "hard") is None
        assert secret.stat().st_uid == 0

    def test_the_lock_that_root_makes_is_the_folders_owners(self, folder: Path) -> None:
        with control.only_one(folder / "senim.db"):
            pass

        assert (folder / "senim.db.lock").stat().st_uid == NOBODY
