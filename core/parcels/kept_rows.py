"""The rows of the file a parcel came from, as the file had them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import ImportBlock, ImportRun, Shipment, ShipmentLine
from core.parcels.importers.kinds import unpack
from core.parcels.importers.own_cells import own_columns, seen_row
from core.parcels.importers.tables import numbered


@dataclass(frozen=True)
class KeptRow:
    """One raw row: its number in the file and its cells by heading. The buyer's name, phone and address are blank, and whoever may not
    see buyers sees no username either.
    """

    row: int
    cells: dict[str, str]


@read(Permission.IMPORT_READ)
def kept_rows(session: Session, shipment_id: int, *, actor: Actor) -> list[KeptRow]:
    """The raw rows of the newest file that told of the parcel, in the file's order; none for one entered by hand.

    Raises `NotFound` where there is no such parcel.
    """
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound(_("There is no such shipment."))
    numbers = sorted(
        number
        for number in session.scalars(
            select(ShipmentLine.source_row).where(
                ShipmentLine.shipment_id == shipment_id, ShipmentLine.source_row.is_not(None)
            )
        )
        if number is not None
    )
    if shipment.import_id is None or not numbers:
        return []
    run = session.get_one(ImportRun, shipment.import_id)
    headings, own = numbered(run.headings), own_columns(run.kind, run.headings)
    found: dict[int, list[object]] = {}
    blocks = select(ImportBlock.body).where(
        ImportBlock.import_id == shipment.import_id,
        ImportBlock.first_row <= numbers[-1],
        ImportBlock.last_row >= numbers[0],
    )
    for body in session.scalars(blocks):
        rows = unpack(body)
        found |= {number: orjson.loads(rows[number]) for number in numbers if number in rows}
    return [
        KeptRow(number, dict(zip(headings, seen_row(_texts(found[number]), own), strict=False)))
        for number in numbers
        if number in found
    ]


def _texts(cells: Sequence[object]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in cells]
