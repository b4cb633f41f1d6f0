"""Claim packs: what is sent to a payer, in one click, and how anyone can tell later that it is unchanged."""

from core.recovery.packs.answers import Asked, answer, asked
from core.recovery.packs.build import (
    ADVISED,
    ARCHIVE,
    Preview,
    advised_receiver,
    build_pack,
    get_pack,
    get_part,
    list_packs,
    parts_together,
    preview_pack,
)
from core.recovery.packs.keep import PackFile, PartFile

__all__ = [
    "ADVISED",
    "ARCHIVE",
    "Asked",
    "PackFile",
    "PartFile",
    "Preview",
    "advised_receiver",
    "answer",
    "asked",
    "build_pack",
    "get_pack",
    "get_part",
    "list_packs",
    "parts_together",
    "preview_pack",
]
