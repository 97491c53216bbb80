"""Settings, read once from the environment and a file. Each missing or wrong one is a sentence that says what to do."""

import difflib
import io
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from bot.domain.people import Language
from bot.places import barred, mode

TELEGRAM = "https://api.telegram.org"
NEUTRAL_NAME = "Senim"
LOOPBACK = ("127.0.0.1", "::1", "localhost")

ETC = Path("/etc/senim")
"""Where a machine that runs the bot for real has its settings, its key ring and who runs it."""

NAMES = (
    "SENIM_TOKEN", "SENIM_KEYS", "SENIM_DATABASE", "SENIM_OPERATOR", "SENIM_NAME", "SENIM_TELEGRAM_API",
    "SENIM_HEALTH_PORT", "SENIM_HEARTBEAT_URL", "SENIM_CALLOUT_URL", "SENIM_CALLOUT_SECRET",
)  # fmt: skip


SECRET_LENGTH = 16
"""Characters that the secret of the call-out has at the least."""

NO_TEXT = "is no UTF-8 text: save it as UTF-8 (Notepad: Save as, Encoding)"


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
    callout_url: str | None = None
    callout_secret: str | None = None

    @property
    def loopback(self) -> bool:
        """Whether the Bot API server is on this machine: only then its clock is followed."""
        return urlsplit(self.telegram_api).hostname in LOOPBACK


def environment() -> dict[str, str]:
    """What is set: the environment, over systemd's credentials, over one file.

    The file is what the unit loads, else `.env` of the working folder, else /etc/senim/environment, so that a command
    typed anywhere on a machine with the unit knows the bot of the unit. Raises BadSetting.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    files = [*([Path(folder, "environment")] if folder else []), Path(".env"), ETC / "environment"]
    file = next((file for file in files if stat.S_ISREG(mode(file)) or stat.S_ISDIR(mode(file))), None)
    found = {**(_written(file) if file else {}), **_credentials(folder), **os.environ}
    for name in found:
        if name.upper().startswith("SENIM_") and name not in NAMES:
            near = difflib.get_close_matches(name.upper(), NAMES, 1, 0.8)
            meant = f"is {near[0]} meant?" if near else ".env.example has the list."
            raise BadSetting(f"{name} is no setting: {meant}")
    return {name: value for name, value in found.items() if value}


def _written(file: Path) -> dict[str, str]:
    """The lines NAME=value of a file. A line may hold a secret, so only its number is told."""
    if stat.S_ISDIR(mode(file)):
        raise BadSetting(f"{file} is a folder: settings are lines NAME=value in a file of this name (.env.example).")
    try:
        text = file.read_bytes().decode("utf-8-sig", "replace").replace("\r\n", "\n")
    except OSError as closed:
        raise BadSetting(f"{file} cannot be read by this user: type the command as root.") from closed
    if {"\0", "\ufffd"} & set(text):  # a zero: UTF-16
        raise BadSetting(f"{file} {NO_TEXT}.")
    for line in parse_stream(io.StringIO(text)):
        comment = not line.error and line.key is None
        if not comment and (line.value is None or not re.fullmatch(r"\w+", line.key or "", re.ASCII)):
            written = line.original.string
            number = line.original.line + written[: len(written) - len(written.lstrip())].count("\n")
            raise BadSetting(f"{file}, line {number}: this is no NAME=value. A note begins with #.")
    return {name: value or "" for name, value in dotenv_values(stream=io.StringIO(text)).items()}


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
    callout_url, callout_secret = _callout(values)
    return Settings(
        token=_needed(values, "SENIM_TOKEN", "put the token that @BotFather gave you there"),
        keys=_file(values, "SENIM_KEYS", "make a key ring with `senim keys new FILE` and name the file there"),
        database=Path(_needed(values, "SENIM_DATABASE", "name the database file there; it is made at the first start")),
        operator=_operator(
            _file(values, "SENIM_OPERATOR", "copy docs/operator.example.toml, say who runs the bot, and name it there")
        ),
        name=values.get("SENIM_NAME", NEUTRAL_NAME),
        telegram_api=_server(values.get("SENIM_TELEGRAM_API") or TELEGRAM),
        health_port=port(values),
        heartbeat=_outside(values, "SENIM_HEARTBEAT_URL"),
        callout_url=callout_url,
        callout_secret=callout_secret,
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


def _server(url: str) -> str:
    """Scheme, host and port of a Bot API server: the rest of an address is the token and the method."""
    parts, server = _address(url), url.rstrip("/")
    if not parts or parts.scheme not in ("http", "https") or "@" in url or server.partition("://")[2] != parts.netloc:
        raise BadSetting(f"SENIM_TELEGRAM_API must be an address like {TELEGRAM}: http or https, a host, and no more.")
    return server


def _outside(values: Mapping[str, str], name: str) -> str | None:
    """An address outside of this machine only over https, because it holds a secret; so it is in no sentence either."""
    url = values.get(name)
    if not url:
        return None
    parts = _address(url)
    if not parts or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise BadSetting(f"{name} must be an https:// address; http:// is taken only on this machine.")
    return url


def _callout(values: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Whom to call outside Telegram, and the secret that signs it: both or none."""
    url, secret = _outside(values, "SENIM_CALLOUT_URL"), values.get("SENIM_CALLOUT_SECRET") or None
    if not url and not secret:
        return None, None
    if not url or not secret:
        missing = "SENIM_CALLOUT_SECRET" if url else "SENIM_CALLOUT_URL"
        raise BadSetting(
            f"{missing} is not set: SENIM_CALLOUT_URL and SENIM_CALLOUT_SECRET are set both or not at all."
        )
    if len(secret) < SECRET_LENGTH or not secret.isprintable():
        raise BadSetting(
            f"SENIM_CALLOUT_SECRET must have at least {SECRET_LENGTH} characters, all of them printable:"
            " `openssl rand -hex 32` makes one."
        )
    return url, secret


def _address(url: str) -> SplitResult | None:
    """The parts of an address with a host; None for what is none."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    return parts if host and url.isprintable() and " " not in url else None


def _needed(values: Mapping[str, str], name: str, what_to_do: str) -> str:
    if not values.get(name):
        raise BadSetting(f"{name} is not set: {what_to_do} (.env.example says in which file).")
    return values[name]


def _file(values: Mapping[str, str], name: str, what_to_do: str) -> Path:
    path = Path(_needed(values, name, what_to_do))
    if why := barred(path):
        raise BadSetting(f"{name} names {path}, but {why}.")
    if not stat.S_ISREG(mode(path)):
        raise BadSetting(f"{name} names {path}, which is no file: {what_to_do}.")
    return path


def _operator(path: Path) -> dict[Language, str]:
    """The body that runs the bot: name, BIN, contact (Law 94-V, art. 8(4)), as one line in each language."""
    example = "docs/operator.example.toml shows how it looks"
    try:
        text = path.read_bytes().decode("utf-8-sig")
        if "\0" in text:  # UTF-16
            raise BadSetting(f"SENIM_OPERATOR: {path} {NO_TEXT}.")
        found = tomllib.loads(text)
    except UnicodeDecodeError as broken:
        raise BadSetting(f"SENIM_OPERATOR: {path} {NO_TEXT}.") from broken
    except OSError as broken:
        raise BadSetting(f"SENIM_OPERATOR: {path} cannot be read: {broken.strerror}.") from broken
    except tomllib.TOMLDecodeError as broken:
        raise BadSetting(f"SENIM_OPERATOR: {path}: {broken}. Every value stands in quotes; {example}.") from broken
    for field in ("name_kk", "name_ru", "bin", "contact"):
        if field in found and not isinstance(found[field], str):
            raise BadSetting(f'SENIM_OPERATOR: {field} in {path} must stand in quotes: {field} = "...".')
        if not found.get(field, "").strip():
            raise BadSetting(f"SENIM_OPERATOR: {path} lacks {field}; {example}.")
        if _sample(found[field]):
            raise BadSetting(f"SENIM_OPERATOR: {field} in {path} is the example's: put in who really runs the bot.")
    line = "{name}, {bin}, {contact}"
    return {
        "kk": line.format(name=found["name_kk"], bin=_bin("kk", found["bin"]), contact=found["contact"]),
        "ru": line.format(name=found["name_ru"], bin=_bin("ru", found["bin"]), contact=found["contact"]),
    }


def _sample(text: str) -> bool:
    """Whether it is a placeholder of docs/operator.example.toml: <...>, zeros, an address that cannot be (RFC 2606)."""
    return bool(re.search(r"<.*>|\.invalid\b", text)) or not text.strip("0 ")


def _bin(language: Language, number: str) -> str:
    """The business identification number under its local name (BSN in Kazakh, BIN in Russian, Cyrillic letters).

    It begins with year and month of the registration (docs/facts.md). Its check digit is not looked at: that must not
    keep a true body from starting.
    """
    if not re.fullmatch(r"\d\d(0[1-9]|1[0-2])\d{8}", number, re.ASCII):
        raise BadSetting("SENIM_OPERATOR: bin must have 12 digits, the third and fourth of them a month (01 to 12).")
    label = "\u0411\u0421\u041d" if language == "kk" else "\u0411\u0418\u041d"
    return f"{label} {number}"
