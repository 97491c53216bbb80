"""The files that settings name: whether this user can use them, whose they are, and what root leaves for the bot."""

import logging
import os
import pwd
import stat
from pathlib import Path

from storage.backup import leftovers
from storage.sealing import BadKeys, KeyRing

log = logging.getLogger(__name__)

SQLITE = b"SQLite format 3\0"
"""The first bytes of every SQLite file (sqlite.org/fileformat.html, 1.3)."""


class NoPlace(Exception):
    """A file or folder that a setting names is not there, or this user may not use it; the text says what to do."""


def named(uid: int) -> str:
    """A user's name, or the number where the machine has no name for it."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def mode(path: Path) -> int:
    """Kind and rights as stat tells them; 0 for what is not there, or lies where this user may not look."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def barred(path: Path, wanted: int = os.R_OK) -> str | None:
    """Whose it is, when this user may not use what is there, or not look whether it is; else None."""
    there = next(place for place in (path, *path.parents) if mode(place))
    if os.access(there, wanted if there == path else os.X_OK) or (there != path and not there.is_dir()):
        return None
    return f"{there} belongs to {named(there.stat().st_uid)} and may not be used by {named(os.geteuid())}"


def closed(path: Path) -> Path | None:
    """What keeps a user to whom nothing belongs from a file or folder: a folder on the way there that others may not
    enter, or itself. None when nothing does, or when it is not there yet."""
    for way in (path.absolute(), path.resolve()):
        for place in (*reversed(way.parents), way):
            rights = mode(place)
            if rights and not rights & (stat.S_IXOTH if stat.S_ISDIR(rights) else stat.S_IROTH):
                return place
    return None


def check_database(path: Path) -> None:
    """Raises NoPlace where no database can be used or made; nothing is left there.

    To be called before this process opens it: closing a file drops the locks that SQLite has on it.
    """
    name, folder = f"SENIM_DATABASE names {path}", path.absolute().parent
    if stat.S_ISDIR(mode(path)):
        raise NoPlace(f"{name}, which is a folder: name a file in it, such as {path / 'senim.db'}.")
    is_folder = stat.S_ISDIR(mode(folder))
    if (is_folder or not mode(folder)) and (why := barred(folder, os.R_OK | os.W_OK | os.X_OK)):
        raise NoPlace(f"{name}, but {why}: the bot must be able to write there.")
    for place in (folder, *folder.parents):
        if mode(place) and not stat.S_ISDIR(mode(place)):
            raise NoPlace(f"{name}, but {place} is a file and no folder: name a file in a folder.")
    if not is_folder:
        raise NoPlace(f"{name}, but its folder is not there: `install -d -m 700 {folder}` makes it.")
    for file in (path, *leftovers(path), Path(f"{path}.lock")):
        if why := barred(file, os.R_OK | os.W_OK):
            raise NoPlace(f"{name}, but {why}: as root, `chown {named(os.geteuid())} {file}`.")
    if mode(path) and not _begins_like_one(path):
        raise NoPlace(f"{name}, which is no database: name another file, or one that is not there yet.")


def _begins_like_one(path: Path) -> bool:
    """An empty file becomes a database."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(SQLITE)) in (b"", SQLITE)


def check_there(database: Path) -> None:
    """Raises NoPlace: a command must not make a fresh database, which would know nobody."""
    check_database(database)
    if not mode(database):
        raise NoPlace(f"SENIM_DATABASE names {database}, where no database is: the first `senim run` makes it.")


def make_database(path: Path) -> None:
    """An empty file (0600) where nothing is yet; `senim run` as root leaves it to the bot's user too."""
    if not path.exists():
        path.touch(mode=0o600)
        hand_over(path)


def key_ring(path: Path) -> KeyRing:
    """The ring of SENIM_KEYS. Raises BadKeys, also when everybody on the machine may read it.

    Its group is only warned of: a group of its own for the ring can be somebody's will, and for systemd's credentials
    the group's bits are the mask of an access list.
    """
    rights = mode(path)
    if why := barred(path):
        raise BadKeys(f"{path} cannot be read: {why}.")
    ring = KeyRing.read(path)  # before its rights: a wrong file is not to be made secret
    if rights & stat.S_IRWXO:
        raise BadKeys(f"{path} opens every word and can be read by everybody on this machine: type `chmod 600 {path}`.")
    if rights & stat.S_IRWXG and str(path.parent) != os.environ.get("CREDENTIALS_DIRECTORY"):
        log.warning("the key ring can be read by its group: `chmod 600` unless that is meant")
    return ring


def hand_over(path: Path) -> str | None:
    """What root has made belongs to whom its folder belongs, so that the bot's own user can open it.

    Returns the new owner's name. Only a file of root's with this one name: the folder is its owner's, who may have put
    a link to somebody else's file there. Not to be called while SQLite has the file open.
    """
    owner = path.absolute().parent.stat()
    if os.geteuid() or not owner.st_uid:
        return None
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid:
            return None
        os.fchown(file, owner.st_uid, owner.st_gid)
    finally:
        os.close(file)
    return named(owner.st_uid)
