"""Sealing: AES-256-GCM under data keys, which are rows wrapped by the key ring."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12

MAKE_ONE = "Name the right file in SENIM_KEYS, or make a ring with `senim keys new FILE`."


class BadKeys(Exception):
    """The key ring is missing, unreadable or not the one this database was written with."""


class CannotOpen(Exception):
    """A sealed value does not open: another key, another place, or damaged bytes."""


def new_key_line() -> str:
    """A fresh `id:key` line for a key ring file."""
    return f"{secrets.token_hex(4)}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}"


def seal(key: bytes, place: str, plain: bytes) -> bytes:
    """Nonce and ciphertext; `place` (table/row/column) is authenticated, so a value cannot be moved to another row."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, place: str, sealed: bytes) -> bytes:
    """The plain bytes; raises CannotOpen."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError) as broken:
        raise CannotOpen(place.split("/", 1)[0]) from broken


class KeyRing:
    """The keys of the `SENIM_KEYS` file: the first wraps, all unwrap."""

    def __init__(self, keys: dict[str, bytes], place: str = "the key ring") -> None:
        if not keys:
            raise BadKeys(
                f"{place} is empty: put your copy of the ring there, or remove it and type `senim keys new {place}`."
            )
        self._keys = keys
        self._place = place
        self.first = next(iter(keys))

    @classmethod
    def read(cls, path: Path) -> "KeyRing":
        """Reads `id:key` lines (key: 32 bytes in base64); raises BadKeys with what is wrong, never with a key."""
        try:
            lines = path.read_text("utf-8-sig").split()  # editors of Windows put a mark before it
        except OSError as broken:
            raise BadKeys(f"{path} cannot be read: {broken.strerror}.") from broken
        except UnicodeDecodeError as broken:
            raise BadKeys(f"{path} is no key ring, or not saved as UTF-8. {MAKE_ONE}") from broken
        keys: dict[str, bytes] = {}
        for number, line in enumerate(lines, 1):
            name, _, text = line.partition(":")
            try:
                key = base64.b64decode(text, validate=True)
            except ValueError:
                key = b""
            if not name or not name.isascii() or len(key) != KEY_BYTES or name in keys:
                raise BadKeys(
                    f"{path} is no key ring: its entry {number} is no id:key, with 32 bytes in base64 and each id once."
                    f" {MAKE_ONE}"
                )
            keys[name] = key
        return cls(keys, str(path))

    def foreign(self) -> str:
        """What is said when the database was written with another ring."""
        return (
            f"{self._place} is not the key ring that this database was written with:"
            " put the copy of that ring there, or name its file in SENIM_KEYS."
        )

    def __contains__(self, ring_id: str) -> bool:
        return ring_id in self._keys

    def wrap(self, name: str, key: bytes) -> tuple[str, bytes]:
        """The ring key's id, and `key` sealed for the data key row `name`."""
        return self.first, seal(self._keys[self.first], f"data_key/{name}/wrapped", key)

    def unwrap(self, name: str, ring_id: str, wrapped: bytes) -> bytes:
        """Raises BadKeys when the ring key is not here, or not the one that wrapped it."""
        try:
            return unseal(self._keys[ring_id], f"data_key/{name}/wrapped", wrapped)
        except (KeyError, CannotOpen) as missing:
            raise BadKeys(self.foreign()) from missing
