"""The cells of a file's rows that are the buyer's own, beside those that are never kept: the username, what the buyer wrote."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from core.foundation.buyers import hide, is_blind, shown
from core.parcels.importers.tables import fold, heading_tables

OWN_FIELDS = frozenset({"buyer_username", "return_note"})


def own_columns(kind: str, headings: Sequence[str]) -> frozenset[int]:
    """Their places in the rows of a file with these headings, read by the field table `kind`."""
    table = heading_tables().tables.get(kind)
    if table is None:
        return frozenset()
    meant = {key: field for by_key in table.columns.values() for key, field in by_key.items()}
    return frozenset(at for at, heading in enumerate(headings) if meant.get(table.key(fold(heading))) in OWN_FIELDS)


def seen_row(cells: Sequence[str], own: Collection[int]) -> tuple[str, ...]:
    """A raw row as whoever asks just now may see it: without its buyer, where the read is blind."""
    if not is_blind():
        return tuple(cells)
    return tuple(hide(cell) if at in own else shown(cell) for at, cell in enumerate(cells))


__all__ = ["OWN_FIELDS", "own_columns", "seen_row"]
