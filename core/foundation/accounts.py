"""Whose the embedded database's files are, on systems with Unix accounts.

Postgres does not run as root. Run by root, Recoup gives it an account of its own and lets that account, and no other,
walk through the folders on the way to the data and the programs, by an access-control entry where the disk knows them.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from core.foundation.errors import BadConfig
from core.foundation.language import _

NAME = "recoup"
ACL = "system.posix_acl_access"
OWNER, NAMED_USER, GROUP, NAMED_GROUP, MASK, OTHER = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NO_ID = 0xFFFFFFFF

logger = logging.getLogger("recoup")


@dataclass(frozen=True)
class Account:
    """A system account that is not root."""

    uid: int
    gid: int


def is_root() -> bool:
    """Whether this process is the superuser of a Unix system."""
    return sys.platform != "win32" and os.geteuid() == 0


def owner_if_other(path: Path) -> str | None:
    """The name of the account the path (or the nearest folder above that exists) belongs to, if it is not ours."""
    if sys.platform == "win32":
        return None
    import pwd

    for place in (path, *path.parents):
        try:
            uid = place.stat().st_uid
        except FileNotFoundError:
            continue
        except OSError:
            return None
        if uid == os.geteuid():
            return None
        try:
            return pwd.getpwuid(uid).pw_name
        except KeyError:
            return str(uid)
    return None


def for_server(cluster: Path) -> Account | None:
    """The account the server runs as: None for our own. Root's is the files' owner, or `recoup`, or else nobody."""
    if sys.platform == "win32" or not is_root():
        return None
    import pwd

    if cluster.exists() and (found := cluster.stat()).st_uid != 0:
        return Account(found.st_uid, found.st_gid)
    for name in (NAME, "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            if name != NAME or not _make(name):
                continue
            entry = pwd.getpwnam(name)
        return Account(entry.pw_uid, entry.pw_gid)
    raise BadConfig(_("Postgres does not run as root. Run Recoup as an ordinary user, or set DATABASE_URL."))


def _make(name: str) -> bool:
    """Make a system account; False where this system has no way that we know."""
    for command in (
        ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "--user-group", name],
        ["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin", name],
    ):
        if shutil.which(command[0]):
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
            if done.returncode == 0:
                logger.info("made the system account %s for the embedded database", name)
                return True
    return False


def own(account: Account, cluster: Path) -> None:
    """Give the cluster to the account, where a copy or a restore left it to root."""
    if cluster.stat().st_uid == account.uid:
        return
    for folder, folders, files in os.walk(cluster):
        for name in (".", *folders, *files):
            os.chown(Path(folder) / name, account.uid, account.gid, follow_symlinks=False)


def let_in(account: Account, folder: Path, programs: Path) -> None:
    """The account can walk to the folder and run the programs. Changes only what stands in the way."""
    for place in (folder, *folder.parents, *programs.parents):
        _let_through(account, place)
    package = programs.parents[1]
    # Wheels for Linux carry the libraries they link in a folder beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    for place in (programs.parent, *programs.parent.rglob("*"), libraries, *libraries.glob("*")):
        if not place.exists():
            continue
        mode = place.lstat().st_mode
        wanted = 0o444 | (0o111 if stat.S_ISDIR(mode) or mode & stat.S_IXUSR else 0)
        if not stat.S_ISLNK(mode) and mode & wanted != wanted:
            place.chmod(stat.S_IMODE(mode) | wanted)


def _let_through(account: Account, folder: Path) -> None:
    found = folder.stat()
    if found.st_uid == account.uid:
        reachable = bool(found.st_mode & stat.S_IXUSR)
    elif found.st_gid == account.gid:
        reachable = bool(found.st_mode & stat.S_IXGRP)
    else:
        reachable = bool(found.st_mode & stat.S_IXOTH)
    if reachable or _walk_entry(account.uid, folder, found.st_mode):
        return
    folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
    logger.warning(
        "%s may now be walked through by every account, so that the embedded database can reach its files", folder
    )


def _walk_entry(uid: int, folder: Path, mode: int) -> bool:
    """Add "this user may walk through" to the folder's access-control list; False where the disk has none."""
    if sys.platform != "linux":
        return False
    try:
        entries = _read_acl(folder, mode)
        if entries.get((NAMED_USER, uid), 0) & 1 and entries.get((MASK, NO_ID), 7) & 1:
            return True
        entries[NAMED_USER, uid] = entries.get((NAMED_USER, uid), 0) | 1
        entries[MASK, NO_ID] = entries.get((MASK, NO_ID), entries.get((GROUP, NO_ID), 0)) | 1
        packed = b"".join(struct.pack("<HHI", tag, rights, who) for (tag, who), rights in sorted(entries.items()))
        os.setxattr(folder, ACL, struct.pack("<I", 2) + packed)
    except OSError:
        return False
    return True


def _read_acl(folder: Path, mode: int) -> dict[tuple[int, int], int]:
    """(tag, id) → rights. A folder without a list has the one its mode says."""
    if sys.platform != "linux":
        return {}
    try:
        raw = os.getxattr(folder, ACL)[4:]
    except OSError as error:
        import errno

        if error.errno != errno.ENODATA:
            raise
        return {(OWNER, NO_ID): mode >> 6 & 7, (GROUP, NO_ID): mode >> 3 & 7, (OTHER, NO_ID): mode & 7}
    return {(tag, who): rights for tag, rights, who in struct.iter_unpack("<HHI", raw)}
