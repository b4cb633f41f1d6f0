"""Whether a folder can hold the database of this process: ours, writable, of this Postgres, in use on no other machine."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from core.foundation import accounts, keeper, locks
from core.foundation.embedded.programs import POSTGRES
from core.foundation.errors import BadConfig, Unavailable
from core.foundation.language import _

FOREIGN_S = keeper.BEAT_S * 2 + 2
"""How long a state left by another machine is watched for a beat before it counts as left behind."""

LOOK_S = 0.5


def prepare(folder: Path) -> None:
    """The folder exists, is ours and can be written, or BadConfig says what is wrong."""
    try:
        for part in (folder, folder / "log"):
            part.mkdir(parents=True, exist_ok=True)
        probe = folder / f".written-{secrets.token_hex(4)}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        owner = accounts.owner_if_other(folder)
        if owner:
            raise BadConfig(_other_owner(folder, owner)) from error
        raise BadConfig(
            _(
                "The folder {folder} cannot be written: {reason}. "
                "Make it writable, or set RECOUP_DATA_DIR to one that is.",
                folder=folder,
                reason=error.strerror or error,
            )
        ) from error
    cluster = folder / "cluster"
    owner = accounts.owner_if_other(cluster) if cluster.exists() else None
    if owner and not accounts.is_root():
        raise BadConfig(_other_owner(cluster, owner))


def _other_owner(folder: Path, owner: str) -> str:
    return _(
        "The folder {folder} belongs to the user {owner}. "
        "Run Recoup as that user, or set RECOUP_DATA_DIR to a folder of your own.",
        folder=folder,
        owner=owner,
    )


def refuse_other_version(cluster: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if version != POSTGRES:
        raise BadConfig(
            _(
                "The database in {folder} was made by Postgres {theirs}, and this Recoup brings Postgres {ours}. "
                "Back it up with the Recoup that made it and restore it here, "
                "or set RECOUP_DATA_DIR to another folder.",
                folder=cluster.parent,
                theirs=version,
                ours=POSTGRES,
            )
        )


def refuse_other_machine(folder: Path) -> None:
    """Locks do not reach from one machine to another, so a keeper elsewhere shows by its beat: its state is watched for `FOREIGN_S`."""
    state = keeper.read_state(folder)
    if not state or state.get("machine") == keeper.machine() or state.get("status") == "failed":
        return
    end = time.monotonic() + FOREIGN_S
    while time.monotonic() < end:
        time.sleep(LOOK_S)
        now = keeper.read_state(folder)
        if now and now.get("beat") != state.get("beat"):
            raise BadConfig(
                _(
                    "The folder {folder} is in use by Recoup on the machine {host}. "
                    "Only one machine at a time can use it; "
                    "for several machines set DATABASE_URL to a Postgres server.",
                    folder=folder,
                    host=state.get("host", "?"),
                )
            )


def lock(path: Path, *, shared: bool = False, wait: float) -> locks.FileLock:
    try:
        held = locks.take(path, shared=shared, wait=wait)
    except PermissionError as error:
        raise BadConfig(_other_owner(path, accounts.owner_if_other(path) or "?")) from error
    except OSError as error:
        raise BadConfig(
            _(
                "The disk of {folder} cannot lock files: {reason}. Set RECOUP_DATA_DIR to a folder on a local disk.",
                folder=path.parent,
                reason=error.strerror or error,
            )
        ) from error
    if held is None:
        raise Unavailable(_("Another process has held {path} for too long. Try again, or end that process.", path=path))
    return held
