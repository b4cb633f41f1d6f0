"""The names of a dimension's parts, as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.words import CAUSE_LABELS, STAGE_LABELS, TIER_LABELS, TYPE_LABELS
from core.foundation import formats
from core.foundation.language import _
from core.insight.explore import keys
from core.insight.explore.bands import Bands
from core.insight.explore.keys import NONE, Key
from core.insight.explore.questions import Dimension
from core.models import Carrier, Person, Shop

_TABLES: dict[Dimension, Any] = {Dimension.SHOP: Shop, Dimension.CARRIER: Carrier, Dimension.OWNER: Person}
_WORDS: dict[Dimension, Mapping[Any, str]] = {
    Dimension.TYPE: TYPE_LABELS,
    Dimension.STAGE: STAGE_LABELS,
    Dimension.CAUSE: CAUSE_LABELS,
    Dimension.TIER: TIER_LABELS,
}


def named(session: Session, dimension: Dimension, codes: Sequence[str], bands: Bands) -> tuple[Key, ...]:
    """The keys of some codes, in their order (inner)."""
    stored = _stored(session, dimension, codes)
    return tuple(Key(code, stored.get(code) or _name(dimension, code, bands)) for code in codes)


def _stored(session: Session, dimension: Dimension, codes: Sequence[str]) -> dict[str, str]:
    table = _TABLES.get(dimension)
    if table is None:
        return {}
    rows = session.execute(select(table.id, table.name).where(table.id.in_([int(code) for code in codes])))
    return {str(row.id): row.name for row in rows}


def _name(dimension: Dimension, code: str, bands: Bands) -> str:
    match dimension:
        case Dimension.MONTH:
            return formats.month(keys.span_of(dimension, code)[0])
        case Dimension.WEEK:
            return formats.day(date.fromisoformat(code), year=True)
        case Dimension.CARRIER:
            return _("Carrier not known")
        case Dimension.OWNER:
            return _("no owner")
        case Dimension.SERVICE:
            return keys.unwritten(code) or _("Service not known")
        case Dimension.PRODUCT:
            return keys.unwritten(code) or _("Product not known")
        case Dimension.BAND:
            return band_name(bands, code)
        case Dimension.CAUSE if code == NONE:
            return _("No cause yet")
        case _:
            words = _WORDS.get(dimension, {})
            return _(words[code]) if code in words else code


def band_name(bands: Bands, code: str) -> str:
    """A value band in words: `SGD 20 – 60`."""
    if code == NONE:
        return _("No exchange rate")
    place = int(code)
    low = formats.number(bands.edges[place - 1].normalize()) if place else ""
    high = formats.number(bands.edges[place].normalize()) if place < len(bands.edges) else ""
    if not low:
        return _("under {currency} {high}", currency=bands.currency, high=high)
    if not high:
        return _("{currency} {low} and more", currency=bands.currency, low=low)
    return _("{currency} {low} to {high}", currency=bands.currency, low=low, high=high)
