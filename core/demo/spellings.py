"""Headings the demo team said the meaning of: two that Seller Centre renamed, one of a list of its own."""

from __future__ import annotations

from datetime import timedelta

from core.demo.ground import Ground
from core.parcels import headings

SAID = (
    # days ago, files, language, heading, field
    (41, "orders", "vi", "Mã kiện", "parcel_number"),
    (18, "returns", "en", "Seller To Respond Before", "respond_by"),
    (6, "tracking", "en", "Packing desk", "packed_by"),
)


def say(base: Ground) -> None:
    """As a lead said it in Settings."""
    for days, table, language, heading, field in SAID:
        headings.add_alias(
            base.session,
            actor=base.desk.team.lead,
            table=table,
            language=language,
            heading=heading,
            field=field,
            now=base.now - timedelta(days=days),
        )
