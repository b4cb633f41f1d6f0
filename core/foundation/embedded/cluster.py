"""The database files of a folder, made whole or not at all, and the database in them."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from psycopg import sql

from core.foundation import accounts
from core.foundation.embedded.programs import WINDOWS, environment, program
from core.foundation.embedded.server import USER, Server
from core.foundation.errors import Unavailable
from core.foundation.language import _


def make_cluster(folder: Path, account: accounts.Account | None) -> None:
    """initdb into a folder beside, put in place when whole: an interrupted first start leaves nothing half made."""
    for leftover in folder.glob("cluster.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    new = folder / f"cluster.new-{secrets.token_hex(4)}"
    new.mkdir(mode=0o700)
    password = secrets.token_urlsafe(24)
    handed = new.with_suffix(".password")
    handed.write_text(password, encoding="utf-8")
    os.chmod(handed, 0o600)
    if account:
        os.chown(new, account.uid, account.gid)
        os.chown(handed, account.uid, account.gid)
    command = [str(program("initdb")), "-D", str(new), "-U", USER, "--encoding=UTF8", "--locale=C", "--no-instructions"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", f"--pwfile={handed}"]
    command += ["--auth-local=" + ("scram-sha-256" if WINDOWS else "trust"), "--auth-host=scram-sha-256"]
    options: dict[str, Any] = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    try:
        done = subprocess.run(
            command,
            cwd=new,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
    finally:
        handed.unlink(missing_ok=True)
    if done.returncode:
        shutil.rmtree(new, ignore_errors=True)
        reason = (done.stderr.strip().splitlines() or ["initdb"])[-1]
        raise Unavailable(_("The database in {folder} cannot be made: {reason}", folder=folder, reason=reason))
    secret = folder / "password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    os.replace(new, folder / "cluster")


def create_database(server: Server, name: str) -> None:
    """The database of that name, where there is none yet."""
    with server.connect() as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
