"""Settings, read once from the environment and `.env`. Each missing one is a sentence that says what to do."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from bot.domain.people import Language

TELEGRAM = "https://api.telegram.org"
NEUTRAL_NAME = "Senim"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class BadSetting(Exception):
    """A setting is missing or cannot be used; the text says what to do."""


@dataclass(frozen=True)
class Settings:
    """What a running bot needs; `operator` is the body that runs it, one line in each language."""

    token: str
    keys: Path
    database: Path
    operator: Mapping[Language, str]
    name: str = NEUTRAL_NAME
    telegram_api: str = TELEGRAM
    health_port: int | None = None
    heartbeat: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether the Bot API server is on this machine: only then its clock is followed."""
        return urlsplit(self.telegram_api).hostname in LOOPBACK


def environment() -> dict[str, str]:
    """`.env` of the working folder and the environment over it; token and key ring also as systemd's credentials."""
    found = {name: value for name, value in {**dotenv_values(".env"), **os.environ}.items() if value}
    return {**_credentials(found.get("CREDENTIALS_DIRECTORY")), **found}


def _credentials(folder: str | None) -> dict[str, str]:
    """What systemd put there (LoadCredential): the files `token` and `keys`."""
    if not folder:
        return {}
    token, keys = Path(folder, "token"), Path(folder, "keys")
    found = {"SENIM_KEYS": str(keys)} if keys.is_file() else {}
    try:
        return {**found, "SENIM_TOKEN": token.read_text("ascii").strip()} if token.is_file() else found
    except (OSError, UnicodeDecodeError) as broken:
        raise BadSetting(f"SENIM_TOKEN: {token} cannot be read as a token.") from broken


def read(values: Mapping[str, str]) -> Settings:
    """Raises BadSetting with one sentence for the first setting that is missing or wrong."""
    return Settings(
        token=_needed(values, "SENIM_TOKEN", "put the token that @BotFather gave you there"),
        keys=_file(values, "SENIM_KEYS", "make a key ring with `senim keys new FILE` and name the file there"),
        database=Path(_needed(values, "SENIM_DATABASE", "name the database file there; it is made at the first start")),
        operator=_operator(
            _file(values, "SENIM_OPERATOR", "copy docs/operator.example.toml, say who runs the bot, and name it there")
        ),
        name=values.get("SENIM_NAME", NEUTRAL_NAME),
        telegram_api=values.get("SENIM_TELEGRAM_API", TELEGRAM),
        health_port=port(values),
        heartbeat=_heartbeat(values.get("SENIM_HEARTBEAT_URL")),
    )


def port(values: Mapping[str, str]) -> int | None:
    """Where /health is served on this machine; None: nowhere."""
    text = values.get("SENIM_HEALTH_PORT")
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    if not 1 <= number <= 65535:
        raise BadSetting("SENIM_HEALTH_PORT must be a number from 1 to 65535; without it /health is not served.")
    return number


def _heartbeat(url: str | None) -> str | None:
    """An address outside of this machine only over https, because it holds a secret; so it is in no sentence either."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    if not host or not safe or not url.isprintable() or " " in url:
        raise BadSetting("SENIM_HEARTBEAT_URL must be an https:// address; http:// is taken only on this machine.")
    return url


def _needed(values: Mapping[str, str], name: str, what_to_do: str) -> str:
    if not values.get(name):
        raise BadSetting(f"{name} is not set: {what_to_do}.")
    return values[name]


def _file(values: Mapping[str, str], name: str, what_to_do: str) -> Path:
    path = Path(_needed(values, name, what_to_do))
    if not path.is_file():
        raise BadSetting(f"{name} names {path}, which is no file: {what_to_do}.")
    return path


def _operator(path: Path) -> dict[Language, str]:
    """The body that runs the bot: name, BIN, contact (Law 94-V, art. 8(4)), as one line in each language."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        raise BadSetting(f"SENIM_OPERATOR: {path} cannot be read ({broken}).") from broken
    for field in ("name_kk", "name_ru", "bin", "contact"):
        if not isinstance(found.get(field), str) or not found[field].strip():
            raise BadSetting(f"SENIM_OPERATOR: {path} lacks {field}; docs/operator.example.toml shows how it looks.")
    line = "{name}, {bin}, {contact}"
    return {
        "kk": line.format(name=found["name_kk"], bin=_bin("kk", found["bin"]), contact=found["contact"]),
        "ru": line.format(name=found["name_ru"], bin=_bin("ru", found["bin"]), contact=found["contact"]),
    }


def _bin(language: Language, number: str) -> str:
    """The business identification number under its local name (BSN in Kazakh, BIN in Russian, Cyrillic letters)."""
    if len(number) != 12 or not number.isdigit():
        raise BadSetting("SENIM_OPERATOR: bin must have 12 digits.")
    label = "\u0411\u0421\u041d" if language == "kk" else "\u0411\u0418\u041d"
    return f"{label} {number}"
