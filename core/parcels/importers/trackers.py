"""JSON of trackers as a table, so that it goes the way of every file: recognised by its headings, previewed, kept row by row.

The rows that are kept have nobody's name or phone in them: people are taken out before they become rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.masking import mask
from core.parcels.importers.sheets import HEAD, Notice, Sheet, TextSheet
from core.parcels.tracking.payloads import read_payload
from core.parcels.tracking.scan import LONGEST_PLACE, Told

HEADINGS = ("Tracking number", "Order number", "Event time", "Event", "Status code", "Location", "Source")
"""English headings of the field table `events`."""


def json_sheets(data: bytes, notices: list[Notice]) -> Iterator[Sheet]:
    """The one sheet of a payload. Adds to `notices` what it says of trackings without scans. Raises `Invalid`, `TooLarge`."""
    payload = read_payload(data)
    if not payload.scans:
        sentence, values = payload.notices[0]
        raise Invalid(_(sentence, **values))
    notices += payload.notices
    rows = (_row(told) for told in payload.scans)
    head: list[list[Any]] = [list(HEADINGS)]
    head += [row for _n, row in zip(range(HEAD - 1), rows, strict=False)]
    yield TextSheet(head, rows)


def _row(told: Told) -> list[Any]:
    numbers = (told.number, told.order)
    return [
        told.number,
        told.order,
        told.when,
        mask(told.text, numbers),
        told.code,
        mask(told.place, numbers)[:LONGEST_PLACE],
        told.source.value,
    ]


__all__ = ["HEADINGS", "json_sheets"]
