"""What a search over cases asks of the database: the grams narrow it by the index, the words decide.

Every word of the query has to stand in the case's search text, in any order; Chinese needs no spaces to be found. Whoever may not
see buyers finds a case by its numbers, its carrier and its items alone: what was found by would tell as much as what is shown.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ARRAY, Boolean, Text, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.sql import ColumnElement

from core.foundation.buyers import is_blind
from core.foundation.errors import Invalid
from core.foundation.grams import SPACED_RUN, UNSPACED_RUN, normalise
from core.foundation.language import _
from core.models import Carrier, Claim, Incident, Shipment, ShipmentLine

LONGEST = 200
MOST_WORDS = 8
MOST_GRAMS = 12
"""More grams narrow no further, and each is a list the index has to walk."""

_NFKD: Any = literal_column("NFKD")
_NFKC: Any = literal_column("NFKC")
_REFERENCE = re.compile(r"(inc|cl)-\d{4}-\d{4,}")
_SPACED, _UNSPACED = re.compile(SPACED_RUN), re.compile(UNSPACED_RUN)


def reference(text: str) -> str | None:
    """The reference of a case or a claim, if that is what was typed, as it is stored."""
    typed = normalise(text[:LONGEST])
    return typed.upper() if _REFERENCE.fullmatch(typed) else None


def matches(text: str) -> list[ColumnElement[bool]]:
    """Conditions on `Incident` for a typed query; none for an empty one.

    Raises `Invalid` for a query too short for the index: fewer than three letters or digits, and no Chinese character.
    """
    query = normalise(text[:LONGEST])
    if not query:
        return []
    if named := reference(query):
        if named.startswith("CL-"):
            return [Incident.id.in_(select(Claim.incident_id).where(Claim.reference == named))]
        return [Incident.reference == named]
    wanted = telling_grams(query)
    if not wanted:
        raise Invalid(_("Type at least three letters or digits, or one Chinese character."), "text")
    grams: Any = bindparam(None, wanted, type_=ARRAY(Text))
    words = query.split()[:MOST_WORDS]
    # Statements are kept for everybody; whether this reader sees buyers is only known when one is asked.
    sees = bindparam(None, callable_=lambda: not is_blind(), type_=Boolean)
    public = _public()
    return [
        Incident.search_grams.contains(grams),
        *(Incident.search_text.like(f"%{_escaped(word)}%", escape="\\") for word in words),
        or_(sees, and_(*(public.like(f"%{_escaped(word)}%", escape="\\") for word in words))),
    ]


def _public() -> Any:
    """What anybody may know a case by, folded like the search text: numbers, carrier, items."""
    items = (
        select(func.string_agg(ShipmentLine.name, " "))
        .where(ShipmentLine.shipment_id == Shipment.id)
        .correlate(Shipment)
        .scalar_subquery()
    )
    known = func.concat_ws(
        " ",
        Incident.reference,
        Shipment.order_number,
        Shipment.parcel_number,
        Shipment.tracking_number,
        Shipment.first_mile_number,
        Shipment.last_mile_number,
        Carrier.name,
        items,
    )
    bare = func.regexp_replace(func.normalize(func.lower(known), _NFKD), "[\u0300-\u036f]", "", "g")
    return (
        select(func.replace(func.normalize(bare, _NFKC), "đ", "d"))
        .select_from(Shipment)
        .outerjoin(Carrier, Carrier.id == Shipment.carrier_id)
        .where(Shipment.id == Incident.shipment_id)
        .correlate(Incident)
        .scalar_subquery()
    )


def telling_grams(query: str) -> list[str]:
    """Some of a normalised query's grams, enough to cover it: side by side instead of at every step.

    From the end, because numbers share their beginnings and differ at their ends.
    """
    found: dict[str, None] = {}
    for pattern, size in ((_SPACED, 3), (_UNSPACED, 2)):
        for run in pattern.findall(query):
            for end in range(len(run), 0, -size):
                found[run[max(0, end - size) : max(end, size)]] = None
    return list(found)[:MOST_GRAMS]


def _escaped(word: str) -> str:
    return re.sub(r"([\\%_])", r"\\\1", word)
