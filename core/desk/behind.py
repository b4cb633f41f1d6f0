"""The cases behind a figure: the filter of the register that lists exactly those."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from core.desk.register import Filter
from core.insight.explore import (
    ALL,
    NONE,
    TIMES,
    Answer,
    BandChoice,
    CountedBy,
    Dimension,
    Measure,
    Told,
    span_of,
    unwritten,
)
from core.models.incident import Cause, IncidentType, Stage, Tier

_TOLD = {Measure.SUCCESS: Told.DECIDED, Measure.DAYS: Told.PAID, Measure.FIRST: Told.ACTED}
_SINCE = {CountedBy.REGISTERED: ("since", "until"), CountedBy.SHIPPED: ("shipped_since", "shipped_until")}


def behind(answer: Answer, row: str = ALL, column: str = ALL) -> Filter:
    """The cases of a figure, by the codes of its row and column; without them those of the whole answer."""
    question, narrow = answer.question, answer.question.narrow
    first, last = _SINCE[question.day]
    days: dict[str, Any] = {first: narrow.since, last: answer.until}
    found = Filter(
        types=narrow.types,
        stages=narrow.stages,
        states=narrow.states,
        causes=narrow.causes,
        tiers=narrow.tiers,
        results=narrow.results,
        owners=narrow.owners,
        carriers=narrow.carriers,
        shops=narrow.shops,
        markets=narrow.markets,
        services=narrow.services,
        products=narrow.products,
        bands=BandChoice(answer.bands, narrow.bands) if narrow.bands else None,
        told=_TOLD.get(question.measure),
        **days,
    )
    for dimension, code in ((question.rows, row), (question.columns, column)):
        if dimension is not None and code != ALL:
            found = _narrowed(found, dimension, code, answer, first, last)
    return found


def _narrowed(found: Filter, dimension: Dimension, code: str, answer: Answer, first: str, last: str) -> Filter:
    """A filter that also asks for one part of a dimension."""
    if dimension in TIMES:
        since, until = span_of(dimension, code)
        days: dict[str, Any] = {
            first: _later(getattr(found, first), since),
            last: _earlier(getattr(found, last), until),
        }
        return replace(found, **days)
    readers: dict[Dimension, tuple[str, Any]] = {
        Dimension.SHOP: ("shops", int),
        Dimension.MARKET: ("markets", str),
        Dimension.CARRIER: ("carriers", int),
        Dimension.SERVICE: ("services", unwritten),
        Dimension.TYPE: ("types", IncidentType),
        Dimension.STAGE: ("stages", Stage),
        Dimension.CAUSE: ("causes", lambda one: None if one == NONE else Cause(one)),
        Dimension.TIER: ("tiers", Tier),
        Dimension.OWNER: ("owners", int),
        Dimension.PRODUCT: ("products", unwritten),
        Dimension.BAND: ("bands", lambda one: -1 if one == NONE else int(one)),
    }
    name, read = readers[dimension]
    if dimension is Dimension.BAND:
        return replace(found, bands=BandChoice(answer.bands, (read(code),)))
    one: dict[str, Any] = {name: (read(code),)}
    return replace(found, **one)


def _later(one: date | None, other: date) -> date:
    return max(one, other) if one else other


def _earlier(one: date | None, other: date) -> date:
    return min(one, other) if one else other
