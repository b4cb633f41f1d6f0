"""Reading a file without a database, for tests."""

from __future__ import annotations

from core.parcels.carrier_names import CarrierNames, _data
from core.parcels.carriers import fold
from core.parcels.importers.containers import open_sheets
from core.parcels.importers.orders import OrderFile, Reader, gather
from core.parcels.importers.recognise import Recognised, market_of, recognise
from core.parcels.importers.tables import heading_tables
from core.parcels.markets import markets

CODES = [row["code"] for row in _data()["carrier"]]
CARRIERS = CarrierNames(
    {fold(alias): place for place, row in enumerate(_data()["carrier"]) for alias in (row["name"], *row["aliases"])},
    frozenset(map(fold, _data()["services"])),
    frozenset(map(fold, _data()["unassigned"])),
)
"""The carriers Recoup comes with; a carrier's id is its place in `CODES`."""


def recognised(data: bytes, name: str = "") -> Recognised:
    """The report a file is."""
    return recognise(open_sheets(data)[1], heading_tables(), name)


def understood(data: bytes, market: str | None = None) -> OrderFile:
    """A file's parcels, in the market's own zone."""
    sheets = open_sheets(data)[1]
    found = recognise(sheets, heading_tables(), "")
    gathered = gather(found)
    given = markets()[market] if market else None
    of = market_of(found, heading_tables(), given=given, countries=gathered.countries)
    return Reader(found, gathered, of, of.zone, CARRIERS).read()
