"""Files by their ids."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file and what it was sent as; ``path`` is what getFile gives."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    data: bytes

    @property
    def path(self) -> str:
        return f"{self.kind}/{self.unique_id}_{self.name}"


class Files:
    """Every file that somebody sent, the bot too."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(
        self, kind: str, name: str, data: bytes, file_id: str | None = None, unique_id: str | None = None
    ) -> StoredFile:
        file = StoredFile(file_id or identifier(54), unique_id or identifier(11), kind, name, data)
        self._by_id[file.file_id] = file
        self._by_path[file.path] = file
        return file

    def get(self, file_id: str) -> StoredFile | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        return self._by_path.get(path)


def identifier(size: int) -> str:
    """Random characters as in Telegram's file ids."""
    return "AgAC" + base64.urlsafe_b64encode(random.randbytes(size)).decode().rstrip("=")
