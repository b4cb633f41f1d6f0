"""Two years of parcels, made in columns: orders with their seasons, channels with their own pace, and what went wrong.

Row i of every column is one parcel, oldest order first; its id in the database is i + 1.

    columns     the columns, and what their codes mean
    ordering    orders and their way, as on every day
    fates       what goes wrong, and with which
    reading     one parcel out of the columns
    numbers     order and tracking numbers, buyers, prices
"""

from core.demo.shipments.columns import CODE, DAY, HOUR, MONTHS, NEVER, STATUSES, TYPES, Column, Parcels
from core.demo.shipments.fates import choose_wrong, let_it_happen
from core.demo.shipments.numbers import (
    LETTERS,
    buyer,
    first_mile,
    freights,
    letters,
    order_number,
    parcel_number,
    tracking,
)
from core.demo.shipments.ordering import make
from core.demo.shipments.reading import Item, Parcel, Reader

__all__ = [
    "CODE",
    "DAY",
    "HOUR",
    "LETTERS",
    "MONTHS",
    "NEVER",
    "STATUSES",
    "TYPES",
    "Column",
    "Item",
    "Parcel",
    "Parcels",
    "Reader",
    "buyer",
    "choose_wrong",
    "first_mile",
    "freights",
    "let_it_happen",
    "letters",
    "make",
    "order_number",
    "parcel_number",
    "tracking",
]
