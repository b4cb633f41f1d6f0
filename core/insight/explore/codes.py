"""A question from the codes of an address or of a saved view. What is not known any more is left out, never refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from core.insight.explore.bands import NO_RATE
from core.insight.explore.keys import NONE, unwritten
from core.insight.explore.questions import CountedBy, Dimension, Measure, Narrow, Question
from core.models.incident import Cause, IncidentState, IncidentType, Result, Stage, Tier

PERIODS = ("30", "90", "365", "730", "month", "last", "all")
"""Days up to today; this month; the month before it; all of it."""
USUAL = "365"

_E = TypeVar("_E", bound=StrEnum)
LONGEST = 200


def period_of(code: str, today: date) -> tuple[date | None, date | None]:
    """The first and the last day of a period as it is today; None: open."""
    this = today.replace(day=1)
    match code:
        case "all":
            return None, None
        case "month":
            return this, today
        case "last":
            last = this - timedelta(days=1)
            return last.replace(day=1), last
        case _:
            days = int(code if code in PERIODS else USUAL)
            return today - timedelta(days=days - 1), today


def question_of(codes: Mapping[str, str], today: date) -> Question:
    """The question of some codes. `since` and `until` count over the period. Raises `Invalid` as `Question` does."""
    first, last = period_of(codes.get("days", USUAL), today)
    narrow = Narrow(
        types=_several(codes, "type", _of(IncidentType)),
        stages=_several(codes, "stage", _of(Stage)),
        states=_several(codes, "state", _of(IncidentState)),
        causes=_several(codes, "cause", lambda code: None if code == NONE else Cause(code)),
        tiers=_several(codes, "tier", _of(Tier)),
        results=_several(codes, "result", _of(Result)),
        owners=_several(codes, "owner", _number),
        carriers=_several(codes, "carrier", _number),
        shops=_several(codes, "shop", _number),
        markets=_several(codes, "market", _market),
        services=_several(codes, "service", unwritten),
        products=_several(codes, "product", unwritten),
        bands=_several(codes, "band", lambda code: NO_RATE if code == NONE else _number(code)),
        since=_day(codes.get("since", "")) or first,
        until=_day(codes.get("until", "")) or last,
    )
    measure = _one(Measure, codes.get("measure", ""), Measure.INCIDENTS)
    rows = _one(Dimension, codes.get("rows", ""), Dimension.MONTH)
    columns = codes.get("columns", "")
    return Question(
        measure,
        rows,
        Dimension(columns) if columns in list(Dimension) else None,
        _one(CountedBy, codes.get("by", ""), CountedBy.REGISTERED),
        narrow,
    )


def _several(codes: Mapping[str, str], name: str, read: Callable[[str], Any]) -> tuple[Any, ...]:
    found = []
    for code in codes.get(name, "").split(","):
        try:
            value = read(code) if code and len(code) <= LONGEST else ...
        except ValueError:
            continue
        if value is not ... and value not in found:
            found.append(value)
    return tuple(found)


def _of(vocabulary: type[_E]) -> Callable[[str], _E]:
    return lambda code: vocabulary(code)


def _one(vocabulary: type[_E], code: str, usual: _E) -> _E:
    return vocabulary(code) if code in list(vocabulary) else usual


def _number(code: str) -> int:
    if not (code.isascii() and code.isdecimal() and len(code) < 10):
        raise ValueError(code)
    return int(code)


def _market(code: str) -> str:
    if len(code) != 2:
        raise ValueError(code)
    return code


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
