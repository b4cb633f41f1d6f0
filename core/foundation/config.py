"""Settings: everything about an installation that its owner decides, read once from the environment or a `.env` file.

Each variable is declared once, below, with its sentence; the README's table is made of the same declarations
(`python -m core config --table`) and a test holds the two together. A wrong value is refused at start with a sentence
that names the variable. Values of secrets are never shown, logged or part of a `repr`.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.numbers import list_currencies
from dotenv import dotenv_values

from core.foundation.database import driver_url
from core.foundation.errors import BadConfig
from core.foundation.language import _

ROOT = Path(__file__).parents[2]
"""The folder that holds app.py: relative paths count from here, wherever a command is started."""

PREFIX = "RECOUP_"
ENV_FILE = "RECOUP_ENV_FILE"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 -- to recognise it, not to bind it
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Wrong(Exception):
    """What a value should have been."""


def _text(value: str) -> str:
    return value


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise _Wrong(_("a whole number from {least} to {most}", least=least, most=most))
        return int(value)

    return parse


def _choice(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in words:
            raise _Wrong(_("one of {words}", words=", ".join(words)))
        return value.lower()

    return parse


def _database(value: str) -> str:
    if not value:
        return ""
    # driver_url's sentences name the variable and keep the value, password and all, to themselves.
    return driver_url(value).render_as_string(hide_password=False)


def _folder(value: str) -> Path:
    return (ROOT / Path(value).expanduser()).resolve()


def _currency(value: str) -> str:
    if value not in list_currencies():
        raise _Wrong(_("a currency code of three capital letters, such as SGD"))
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _Wrong(_("a time zone, such as Asia/Singapore")) from error
    return value


def _address(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z.:\-]+", value):
        raise _Wrong(_("an address of this machine, such as 127.0.0.1 or 0.0.0.0"))
    return value


def _web(value: str) -> str:
    """An http or https address without a slash at its end; nothing stays nothing."""
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _Wrong(_("an address that begins with https://"))
    return value.rstrip("/")


def _safe_web(value: str) -> str:
    """The same, and http only for this machine: what is sent there is secret."""
    found = _web(value)
    if found.startswith("http:") and urlsplit(found).hostname not in LOOPBACK:
        raise _Wrong(_("an address that begins with https://"))
    return found


def _long_secret(value: str) -> str:
    if value and len(value) < 32:
        raise _Wrong(_("at least 32 characters that nobody can guess"))
    return value


def _variable(
    name: str, parse: Callable[[str], Any], default: str, sentence: str, *, shown: str = "", secret: bool = False
) -> Any:
    """One setting. `shown` says in the README what the default means where the value alone does not."""
    about = {"name": name, "parse": parse, "default": default, "sentence": sentence, "shown": shown, "secret": secret}
    return field(repr=not secret, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the owner of this installation decided. Made by `read`; every value has been checked."""

    database_url: str = _variable(
        "DATABASE_URL",
        _database,
        "",
        "The team's own Postgres (15 or newer), such as `postgresql://recoup:…@db.example/recoup`.",
        shown="the embedded database in the data folder",
        secret=True,
    )
    data_dir: Path = _variable(
        "RECOUP_DATA_DIR", _folder, "./data", "Where the embedded database and the evidence files live. Back this up."
    )
    address: str = _variable(
        "RECOUP_ADDRESS",
        _address,
        "127.0.0.1",
        "Which of the machine's addresses answers. Only this machine reaches the default; "
        "set `0.0.0.0` once the first admin exists and a proxy with HTTPS, or a network you trust, stands in front.",
    )
    port: int = _variable("RECOUP_PORT", _whole(1, 65535), "8701", "The port Recoup answers on.")
    public_url: str = _variable(
        "RECOUP_PUBLIC_URL",
        _web,
        "",
        "The address people type, if a proxy stands in front, such as `https://recoup.example`.",
        shown="what the browser asks for",
    )
    secure_cookies: str = _variable(
        "RECOUP_SECURE_COOKIES",
        _choice("auto", "yes", "no"),
        "auto",
        "Whether browsers send the sign-in cookie over HTTPS only. "
        "`auto`: yes if the public address begins with https.",
    )
    base_currency: str = _variable(
        "RECOUP_BASE_CURRENCY", _currency, "SGD", "The currency the team reports in and its value policy is written in."
    )
    zone: str = _variable(
        "RECOUP_ZONE", _zone, "Asia/Singapore", "The time zone of people who have not chosen their own."
    )
    max_upload_mb: int = _variable(
        "RECOUP_MAX_UPLOAD_MB", _whole(1, 2000), "200", "The largest file that can be uploaded, in megabytes."
    )
    redact_days: int = _variable(
        "RECOUP_REDACT_DAYS",
        _whole(0, 3650),
        "0",
        "After how many days `python -m core redact` removes buyers' data, where a shop says nothing else. "
        "0: as core/data/privacy.toml says, 90.",
    )
    session_longest_days: int = _variable(
        "RECOUP_SESSION_DAYS", _whole(1, 400), "30", "After how many days everybody signs in again."
    )
    session_idle_days: int = _variable(
        "RECOUP_SESSION_IDLE_DAYS", _whole(1, 400), "7", "After how many days without a click somebody signs in again."
    )
    lockout_tries: int = _variable(
        "RECOUP_LOCKOUT_TRIES", _whole(3, 100), "6", "How many wrong passwords lock an account for a while."
    )
    lockout_address_tries: int = _variable(
        "RECOUP_LOCKOUT_ADDRESS_TRIES",
        _whole(10, 10_000),
        "60",
        "How many wrong passwords from one network address lock that address for a while.",
    )
    lockout_minutes: int = _variable("RECOUP_LOCKOUT_MINUTES", _whole(1, 1440), "15", "How long that while is.")
    sweep_minutes: int = _variable(
        "RECOUP_SWEEP_MINUTES",
        _whole(0, 1440),
        "5",
        "How often the app looks through all clocks, to wake, escalate and mark what was missed; "
        "0 leaves that to `python -m core sweep` in cron.",
    )
    oidc_issuer: str = _variable(
        "RECOUP_OIDC_ISSUER",
        _safe_web,
        "",
        "Single sign-on: the provider's issuer address.",
        shown="off: passwords only",
    )
    oidc_client_id: str = _variable("RECOUP_OIDC_CLIENT_ID", _text, "", "Single sign-on: the client id it gave you.")
    oidc_client_secret: str = _variable(
        "RECOUP_OIDC_CLIENT_SECRET", _text, "", "Single sign-on: the client secret it gave you.", secret=True
    )
    oidc_name: str = _variable(
        "RECOUP_OIDC_NAME", _text, "Single sign-on", "Single sign-on: what its button on the sign-in page says."
    )
    secret_text: str = _variable(
        "RECOUP_SECRET",
        _long_secret,
        "",
        "Signs short-lived cookies. Set the same one where several processes serve one team.",
        shown="made at the first start and kept in the data folder",
        secret=True,
    )
    log_level: str = _variable(
        "RECOUP_LOG_LEVEL",
        _choice("debug", "info", "warning", "error"),
        "info",
        "How much the log on standard error says.",
    )

    @property
    def https(self) -> bool:
        """Whether people reach Recoup over HTTPS, so that its cookies are for HTTPS only."""
        if self.secure_cookies == "auto":
            return self.public_url.startswith("https:")
        return self.secure_cookies == "yes"

    @cached_property
    def secret(self) -> str:
        """The signing secret: the one that was set, or one of this data folder's own, made on first use."""
        return self.secret_text or _kept_secret(self.data_dir / "secret")


def read(environment: Mapping[str, str]) -> Settings:
    """Settings from variables. An unknown one of Recoup's prefix is refused: a slip must not pass in silence."""
    known = {about.metadata["name"]: about for about in dataclasses.fields(Settings)}
    for name in environment:
        if name.startswith(PREFIX) and name not in known and name != ENV_FILE:
            near = difflib.get_close_matches(name, known, 1)
            hint = " " + _("Did you mean {name}?", name=near[0]) if near else ""
            raise BadConfig(_("{name} is not a setting of Recoup.", name=name) + hint)
    values: dict[str, Any] = {}
    for name, about in known.items():
        given = environment.get(name, "").strip()
        try:
            values[about.name] = about.metadata["parse"](given or about.metadata["default"])
        except _Wrong as wrong:
            if about.metadata["secret"]:
                raise BadConfig(_("{name} has to be {wanted}.", name=name, wanted=wrong)) from None
            raise BadConfig(
                _("{name} has to be {wanted}, not “{given}”.", name=name, wanted=wrong, given=given)
            ) from None
    made = Settings(**values)
    _check_together(made)
    return made


def _check_together(made: Settings) -> None:
    provider = {
        "RECOUP_OIDC_ISSUER": made.oidc_issuer,
        "RECOUP_OIDC_CLIENT_ID": made.oidc_client_id,
        "RECOUP_OIDC_CLIENT_SECRET": made.oidc_client_secret,
    }
    missing = [name for name, value in provider.items() if not value]
    if missing and len(missing) < len(provider):
        raise BadConfig(_("Single sign-on also needs {names}.", names=", ".join(missing)))
    if made.session_idle_days > made.session_longest_days:
        raise BadConfig(_("RECOUP_SESSION_IDLE_DAYS cannot be more than RECOUP_SESSION_DAYS."))


def environment() -> dict[str, str]:
    """The variables in force: those of the `.env` file, and over them those of the process."""
    place = ROOT / (os.environ.get(ENV_FILE) or ".env")
    try:
        written = dotenv_values(place) if place.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(_("The file {file} cannot be read: {reason}.", file=place, reason=error)) from error
    return {name: value for name, value in written.items() if value is not None} | dict(os.environ)


_lock = threading.Lock()
_current: Settings | None = None


def settings() -> Settings:
    """This process's settings, read on first use. BadConfig where a value is wrong."""
    global _current
    if _current is None:
        with _lock:
            if _current is None:
                _current = read(environment())
    return _current


@contextmanager
def override(**changes: Any) -> Iterator[Settings]:
    """Other settings for the length of a block, by field name: for tests."""
    global _current
    before = _current
    _current = dataclasses.replace(settings(), **changes)
    try:
        yield _current
    finally:
        _current = before


def in_force(chosen: Settings) -> dict[str, str]:
    """Variable → value, to be shown: of a secret only whether it is set."""
    shown: dict[str, str] = {}
    for about in dataclasses.fields(Settings):
        value = str(getattr(chosen, about.name))
        shown[about.metadata["name"]] = ("(set)" if value else "") if about.metadata["secret"] else value
    return shown


def table() -> str:
    """The README's table of settings, in Markdown."""
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for about in dataclasses.fields(Settings):
        told = about.metadata
        default = f"`{told['default']}`" if told["default"] else told["shown"] or "nothing"
        rows.append(f"| `{told['name']}` | {default} | {told['sentence']} |")
    return "\n".join(rows) + "\n"


def example() -> str:
    """The text of `.env.example`: every setting with its sentence, none of them set."""
    parts = ["# Copy to .env and take the # off what you want to change. The environment counts over this file.\n"]
    for about in dataclasses.fields(Settings):
        parts.append(f"# {about.metadata['sentence']}\n#{about.metadata['name']}={about.metadata['default']}\n")
    return "\n".join(parts)


def _kept_secret(path: Path) -> str:
    """The secret in the file. Made if missing: whole at once, readable to us alone, one for all who ask."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f".secret-{secrets.token_hex(4)}")
        if not path.exists():
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(new, path)
            except FileExistsError:
                pass
            except OSError:
                os.replace(new, path)
            new.unlink(missing_ok=True)
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadConfig(
            _(
                "The folder {folder} (RECOUP_DATA_DIR) cannot be used: {reason}.",
                folder=path.parent,
                reason=error.strerror or error,
            )
        ) from error
