"""Reading a file without a database, for tests."""

from __future__ import annotations

from core.parcels.carrier_names import CarrierNames, _data
from core.parcels.carriers import fold
from core.parcels.importers.containers import open_file
from core.parcels.importers.kinds import read_rows
from core.parcels.importers.order_kind import OrderKind
from core.parcels.importers.orders import OrderFile, Reader, gather
from core.parcels.importers.recognise import Recognised, market_of, recognised_sheets
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
    return next(recognised_sheets(open_file(data, heading_tables()).sheets, heading_tables(), name))


def understood(data: bytes, market: str | None = None) -> OrderFile:
    """A file's parcels, in the market's own zone."""
    sheets = open_file(data, heading_tables()).sheets
    found = next(recognised_sheets(sheets, heading_tables(), ""))
    rows = read_rows(found, OrderKind.fields)
    given = markets()[market] if market else None
    countries = frozenset(str(cells[-1]).strip().casefold() for cells in rows.cells) - {""}
    of = market_of(found, heading_tables(), given=given, countries=countries)
    return Reader(found, gather(rows), of, of.zone, CARRIERS).read()
