"""Addresses of files, as the server's own route answers them: behind the sign-in, each asked for by right."""

from __future__ import annotations


def evidence(evidence_id: int) -> str:
    """A piece of evidence as it came in."""
    return f"/files/evidence/{evidence_id}"


def original(evidence_id: int) -> str:
    """The untouched file to take away; noted in the case's history."""
    return f"/files/evidence/{evidence_id}/original"


def shared(evidence_id: int) -> str:
    """The copy for others, without place and device; noted too."""
    return f"/files/evidence/{evidence_id}/shared"


def thumbnail(evidence_id: int) -> str:
    """A small upright picture of it."""
    return f"/files/evidence/{evidence_id}/small"


def pack(pack_id: int) -> str:
    """A claim pack's ZIP."""
    return f"/files/packs/{pack_id}"


def pack_pdf(pack_id: int) -> str:
    """A claim pack's PDF alone."""
    return f"/files/packs/{pack_id}/pdf"


def parts(pack_id: int) -> str:
    """All files made for a pack's receiver, in one ZIP."""
    return f"/files/packs/{pack_id}/parts"


def part(part_id: int) -> str:
    """One file made for a pack's receiver."""
    return f"/files/parts/{part_id}"
