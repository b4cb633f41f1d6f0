"""A backup: one folder with a dump of the database and every file beside it, and the way back into an empty installation.

Works on the embedded database and on a server of the team's own, with the dump programs that come with the embedded
one. The dump is taken first and the files after it, so that every row of the dump finds its file: a file without a row
harms nobody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from core.foundation import embedded
from core.foundation.database import make_engine
from core.foundation.errors import BadConfig, Invalid, NotFound, Unavailable
from core.foundation.language import _

DUMP = "recoup.dump"
FILES = "data"
# The database stands in the dump; the others are on their way or belong to a process.
LEFT_OUT = ("postgres", "incoming")


@dataclass(frozen=True)
class Copied:
    """What a backup or a restore did: bytes of the dump, files copied, files that were there already."""

    dump_bytes: int
    copied: int
    kept: int


def save(url: str, data_dir: Path, into: Path) -> Copied:
    """Back up the database at `url` and the files of `data_dir` into a folder, which may hold an earlier backup.

    People may go on working. Invalid where the folder lies inside the data folder, Unavailable where a program or disk
    fails.
    """
    if into.resolve().is_relative_to(data_dir.resolve()):
        raise Invalid(_("The backup cannot stand inside the data folder {folder}.", folder=data_dir))
    new = into / f"{DUMP}.new"
    try:
        into.mkdir(parents=True, exist_ok=True, mode=0o700)
        _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={new}")
        with new.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(new, into / DUMP)
        copied, kept = _copy(data_dir, into / FILES)
    except OSError as error:
        raise Unavailable(
            _("The backup in {folder} cannot be written: {reason}.", folder=into, reason=error.strerror or error)
        ) from error
    return Copied((into / DUMP).stat().st_size, copied, kept)


def load(url: str, data_dir: Path, source: Path) -> Copied:
    """Bring a backup back into an empty database and its files into the data folder; what is there already is not overwritten.

    NotFound where the folder is no backup, BadConfig where the database is not empty. The database is filled whole or
    not at all.
    """
    dump = source / DUMP
    if not dump.is_file():
        raise NotFound(_("There is no backup in {folder}: {name} is missing.", folder=source, name=DUMP))
    engine = make_engine(url, pooled=False)
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
        ).scalar_one()
    if tables:
        raise BadConfig(_("The database is not empty. Restore into a new RECOUP_DATA_DIR or a new database."))
    copied, kept = _copy(source / FILES, data_dir) if (source / FILES).is_dir() else (0, 0)
    _run("pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(dump))
    return Copied(dump.stat().st_size, copied, kept)


def _run(name: str, url: str, *arguments: str) -> None:
    """A Postgres program on this database. The password goes by environment: arguments can be read by others."""
    address = make_url(url).set(drivername="postgresql")
    environment = dict(os.environ)
    if address.password:
        environment["PGPASSWORD"] = str(address.password)
    target = address.set(password=None).render_as_string()
    done = subprocess.run(
        [str(embedded.program(name)), f"--dbname={target}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [name])[-1]
        raise Unavailable(_("The database could not be copied: {reason}", reason=reason))


def _files(root: Path) -> Iterator[Path]:
    """Every file below, as a path relative to `root`, but for what is left out."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        for name in sorted(names):
            yield (Path(folder) / name).relative_to(root)


def _copy(source: Path, target: Path) -> tuple[int, int]:
    """Copy what is not there yet, each file under another name until it is whole. Evidence never changes, so size decides."""
    copied = kept = 0
    for path in _files(source):
        there, here = target / path, source / path
        try:
            size = here.stat().st_size
        except FileNotFoundError:
            continue
        if there.exists() and there.stat().st_size == size:
            kept += 1
            continue
        there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = there.with_name(f".{there.name}.new")
        shutil.copy2(here, new)
        os.replace(new, there)
        copied += 1
    return copied, kept
