"""What is said of a list before it is taken: its first rows as understood, where it differs, what it names that nobody knows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from core.foundation.formats import moment as moment_words
from core.foundation.language import N_, _
from core.parcels.importers.kinds import Notice
from core.parcels.tracking_lists.facts import Listed

MOST_STRANGE = 20


def shown(one: Listed, zone: str) -> dict[str, str]:
    """A row as it is understood, label → text in the reader's language."""
    facts = one.facts
    return {
        _("Order number"): one.order,
        _("Tracking number"): facts.get("tracking_number", ""),
        _("First mile"): facts.get("first_mile_number", ""),
        _("Last mile"): facts.get("last_mile_number", ""),
        _("Service"): facts.get("service", ""),
        _("Handed over"): _word(facts.get("shipped_at", ""), zone),
        _("Delivered"): _word(facts.get("delivered_at", ""), zone),
        _("Warehouse or place"): facts.get("origin", ""),
        _("Packed by"): facts.get("packed_by", ""),
    }


def difference(one: Listed, met: Any, name: str, zone: str) -> Notice:
    """That the list says another thing of a parcel than is known, in the column `name`."""
    if name == "carrier_id":
        return N_("{order}: another carrier is known than the list names. What is known stands."), {
            "order": met.order_number
        }
    return (
        N_("{order}: {known} is known, the list says {said}. What is known stands."),
        {
            "order": met.order_number,
            "known": _word(getattr(met, name), zone),
            "said": _word(one.facts[name], zone),
        },
    )


def more_differences(rest: int) -> Notice:
    """That there are `rest` more of them."""
    return N_("And {n} more facts differ from those known."), {"n": rest}


def notices(unknown: int, strange: Collection[str]) -> list[Notice]:
    """Rows that name parcels nobody knows, and carriers nobody knows."""
    said: list[Notice] = []
    if unknown:
        said.append(
            (
                N_("{n} rows name parcels nobody knows. With an order number and a shop they would be entered."),
                {"n": unknown},
            )
        )
    if strange:
        said.append(
            (
                N_("Recoup does not know who carries these: {texts}. Add the spelling to a carrier in Settings."),
                {"texts": "; ".join(sorted(strange)[:MOST_STRANGE])},
            )
        )
    return said


def _word(value: object, zone: str) -> str:
    return moment_words(value, zone, year=True) if isinstance(value, datetime) else str(value)
