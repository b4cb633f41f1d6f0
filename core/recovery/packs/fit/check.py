"""The last look before anything is stored: do the parts keep every limit that stands in the receiver's data?"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.recovery.packs.fit.pieces import Part
from core.recovery.receivers import Receiver, megabytes

_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]*")
_BEGINS = {
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "pdf": b"%PDF-",
    "zip": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
    "docx": b"PK\x03\x04",
}


def check(receiver: Receiver, parts: Sequence[Part]) -> None:
    """Raises `Invalid` naming the first part that breaks a limit, and the limit."""
    sendings: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        _one(receiver, part)
        sendings[part.sending].append(part)
    if receiver.sendings and len(sendings) > receiver.sendings:
        raise _broken(receiver, "", _("sent in {n} goes", n=len(sendings)))
    if len({part.file_name.casefold() for part in parts}) != len(parts):
        raise _broken(receiver, "", _("two files of one name"))
    for go in sendings.values():
        total = sum(len(part.data) for part in go)
        if receiver.total_max and total > receiver.total_max:
            raise _broken(receiver, go[0].file_name, _("{size} in all", size=megabytes(total)))
        if receiver.count_max and len(go) > receiver.count_max:
            raise _broken(receiver, go[0].file_name, _("{n} files", n=len(go)))
        if receiver.module_max:
            for module, count in Counter(part.module for part in go).items():
                if count > receiver.module_max:
                    raise _broken(receiver, receiver.module_name(module), _("{n} files", n=count))


def _one(receiver: Receiver, part: Part) -> None:
    ending = part.file_name.rpartition(".")[2]
    film = part.media_type.startswith("video/")
    allowed = receiver.video.types if film and receiver.video else () if film else receiver.types
    if ending not in allowed or not part.data.startswith(_BEGINS.get(ending, b"")):
        raise _broken(receiver, part.file_name, ending.upper())
    most = receiver.video.max if film and receiver.video else receiver.file_max
    if not 0 < len(part.data) <= most:
        raise _broken(receiver, part.file_name, megabytes(len(part.data)))
    if len(part.file_name) > receiver.name_max or not _NAME.fullmatch(part.file_name):
        raise _broken(receiver, part.file_name, _("its name"))


def _broken(receiver: Receiver, name: str, what: str) -> Invalid:
    return Invalid(
        _(
            "“{name}” breaks a limit of {receiver}: {what}. Nothing was stored; choose another receiver or withdraw files.",
            name=name,
            receiver=receiver.name,
            what=what,
        )
    )
