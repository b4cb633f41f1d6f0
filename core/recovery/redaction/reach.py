"""Which rows of the database belong to a parcel: along the keys between tables, from whatever table has a column of a buyer (inner)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Table

from core.foundation.buyers import BuyerDigest, BuyerFacts, BuyerName, BuyerWords
from core.foundation.database import Base

ENDS = {"incident": "incidents", "dispute": "disputes", "shipment": "shipments"}
"""Tables a way ends at, and the parameter that holds their ids."""

ROADS = ("claim", "evidence", "contact", "clock", "posting", "payout", "pack", "remedy", "message")
"""Tables a way leads through before any other."""

NO_ROAD = frozenset(
    {"person", "import_run", "shop", "carrier", "rule_card", "stored_file", "settlement_match", "incident_group"}
)
"""Tables that belong to no one parcel."""

MEMBERS = {
    "incident_group": "id in (select group_id from group_member where incident_id = any(:incidents))",
}
"""Tables whose rows speak of several cases: they lose the buyer of any of them, as a comment does."""

OF_CHAIN = frozenset({"audit_event"})
"""Reached by the case's chain, and told in it: `parcel` does that."""

TYPES = (BuyerName, BuyerWords, BuyerFacts, BuyerDigest)


@dataclass(frozen=True)
class Reach:
    """One table: its columns of a buyer, its key, and the condition that picks the rows of a parcel."""

    table: Table
    columns: tuple[Column[Any], ...]
    where: str

    @property
    def key(self) -> tuple[str, ...]:
        """The names of its key's columns."""
        return tuple(column.name for column in self.table.primary_key.columns)


@cache
def reached() -> tuple[Reach, ...]:
    """Every table with a column of a buyer whose rows can be told by parcel."""
    found = []
    for table in Base.metadata.sorted_tables:
        columns = tuple(column for column in table.columns if isinstance(column.type, TYPES))
        if columns and table.name not in OF_CHAIN and (where := way(table)) is not None:
            found.append(Reach(table, columns, where))
    return tuple(found)


@cache
def unreached() -> tuple[str, ...]:
    """Tables with a column of a buyer that no way leads to a parcel from."""
    known = {one.table.name for one in reached()} | OF_CHAIN
    return tuple(
        table.name
        for table in Base.metadata.sorted_tables
        if table.name not in known and any(isinstance(column.type, TYPES) for column in table.columns)
    )


@cache
def holding_files() -> tuple[tuple[str, str, str], ...]:
    """Table, column with the hash of a stored file, and the condition for a parcel's rows; evidence is not among them."""
    return tuple(
        (table.name, name, where)
        for table in Base.metadata.sorted_tables
        if table.name != "evidence"
        for name, other in _keys(table)
        if other.table.name == "stored_file" and (where := way(table)) is not None
    )


def way(table: Table, seen: frozenset[str] = frozenset()) -> str | None:
    """SQL on `table`'s own columns for the rows of `:incidents`, `:disputes` and `:shipments`; None where no key leads there."""
    if table.name in ENDS:
        return f"id = any(:{ENDS[table.name]})"
    if table.name in MEMBERS:
        return MEMBERS[table.name]
    straight = [f"{name} = any(:{ENDS[other.table.name]})" for name, other in _keys(table) if other.table.name in ENDS]
    if straight:
        return f"({' or '.join(straight)})"
    others = [(name, other) for name, other in _keys(table) if other.table.name not in NO_ROAD | seen | {table.name}]
    for name, other in sorted(others, key=lambda one: _rank(one[1].table.name)):
        if (inner := way(other.table, seen | {table.name})) is not None:
            return f"{name} in (select {other.name} from {other.table.name} where {inner})"  # noqa: S608 -- our own names
    return None


def _rank(name: str) -> int:
    return ROADS.index(name) if name in ROADS else len(ROADS)


def _keys(table: Table) -> Iterator[tuple[str, Column[Any]]]:
    """Its own columns that are keys of other tables by a single column, with those columns."""
    for key in table.foreign_key_constraints:
        if len(key.elements) == 1:
            yield key.elements[0].parent.name, key.elements[0].column
