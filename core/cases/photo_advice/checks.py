"""What there is to say about a picture: its measures and its dates against the numbers of `data/photo_checks.toml`.

Plain values in, plain values out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.foundation.picture_measures import Measures
from core.foundation.pictures import Facts

TABLE = Path(__file__).parents[2] / "data" / "photo_checks.toml"


class AdviceCode(StrEnum):
    """What may be noticed about a file."""

    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    TAKEN_EARLY = "taken_early"
    TAKEN_LATE = "taken_late"
    TAKEN_AHEAD = "taken_ahead"
    EDITED = "edited"
    REUSED = "reused"
    NEARLY_REUSED = "nearly_reused"
    TWICE = "twice"
    NO_LABEL = "no_label"
    NO_OUTER_BOX = "no_outer_box"


class Weight(StrEnum):
    """Whether it should be mended (take it again) or noted (keep it, and be ready to say why)."""

    MEND = "mend"
    NOTE = "note"


@dataclass(frozen=True)
class Check:
    """One row of the table. No `kinds`: for every picture."""

    code: AdviceCode
    weight: Weight
    why: str
    source: str
    kinds: tuple[str, ...]
    numbers: dict[str, Any]

    def made_for(self, kind: str) -> bool:
        """Whether it is made for evidence of that kind."""
        return not self.kinds or kind in self.kinds

    def number(self, name: str, kind: str = "") -> float:
        """One of its numbers; a kind may have its own."""
        return float(self.numbers.get(kind, {}).get(name, self.numbers[name]))


@dataclass(frozen=True)
class Found:
    """Something noticed: its code and what its sentence needs, as plain JSON."""

    code: AdviceCode
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """What a picture is held against: the earliest moment the parcel was handed over, the report of the incident (either may
    be unknown), and now.
    """

    shipped_at: datetime | None
    noticed_at: datetime | None
    now: datetime


@lru_cache(maxsize=1)
def checks() -> dict[AdviceCode, Check]:
    """Every check there is."""
    with TABLE.open("rb") as file:
        rows = tomllib.load(file)
    told = {"weight", "why", "source", "kinds"}
    return {
        code: Check(
            code,
            Weight(rows[code]["weight"]),
            rows[code]["why"],
            rows[code]["source"],
            tuple(rows[code].get("kinds", ())),
            {name: value for name, value in rows[code].items() if name not in told},
        )
        for code in AdviceCode
    }


def check(kind: str, facts: Facts, measures: Measures, setting: Setting) -> list[Found]:
    """What a picture of that evidence kind says by itself and of its dates, the gravest first."""
    found = [*_size(kind, facts), *_light(kind, measures)]
    dark = any(one.code in (AdviceCode.TOO_DARK, AdviceCode.TOO_BRIGHT) for one in found)
    if not dark and _asked(AdviceCode.BLURRED, kind) and measures.sharpness < _n(AdviceCode.BLURRED, "sharpness", kind):
        found.append(Found(AdviceCode.BLURRED))
    return [*found, *_dates(kind, facts, setting), *_edits(kind, facts)]


def _asked(code: AdviceCode, kind: str) -> bool:
    return checks()[code].made_for(kind)


def _n(code: AdviceCode, name: str, kind: str) -> float:
    return checks()[code].number(name, kind)


def _size(kind: str, facts: Facts) -> Iterator[Found]:
    if _asked(AdviceCode.TOO_SMALL, kind):
        least = int(_n(AdviceCode.TOO_SMALL, "least", kind))
        if max(facts.width, facts.height) < least:
            yield Found(AdviceCode.TOO_SMALL, {"width": facts.width, "height": facts.height, "least": least})


def _light(kind: str, measures: Measures) -> Iterator[Found]:
    dark, bright = AdviceCode.TOO_DARK, AdviceCode.TOO_BRIGHT
    if _asked(dark, kind) and (
        measures.brightness < _n(dark, "brightness", kind) and measures.light < _n(dark, "light", kind)
    ):
        yield Found(dark)
    elif _asked(bright, kind) and (
        measures.burnt >= _n(bright, "burnt", kind) and measures.ink < _n(bright, "ink", kind)
    ):
        yield Found(bright)


def _dates(kind: str, facts: Facts, setting: Setting) -> Iterator[Found]:
    """Against shipping, report and now. Only what holds in every zone the camera's clock may have meant is said."""
    span = _taken(facts)
    if span is None:
        return
    first, last, said = span
    if setting.shipped_at is not None and last < setting.shipped_at and _asked(AdviceCode.TAKEN_EARLY, kind):
        yield Found(AdviceCode.TAKEN_EARLY, {"taken": said, "shipped": setting.shipped_at.isoformat()})
    if first > setting.now and _asked(AdviceCode.TAKEN_AHEAD, kind):
        yield Found(AdviceCode.TAKEN_AHEAD, {"taken": said})
    elif setting.noticed_at is not None and first > setting.noticed_at and _asked(AdviceCode.TAKEN_LATE, kind):
        yield Found(AdviceCode.TAKEN_LATE, {"taken": said, "noticed": setting.noticed_at.isoformat()})


def _taken(facts: Facts) -> tuple[datetime, datetime, str] | None:
    """The first and last moment it may have been taken, in UTC, and what the camera said."""
    if facts.taken_at is not None:
        return facts.taken_at, facts.taken_at, facts.taken_text or facts.taken_at.isoformat()
    if facts.taken_text is None:
        return None
    clock = datetime.fromisoformat(facts.taken_text).replace(tzinfo=UTC)
    doubt = timedelta(hours=_n(AdviceCode.TAKEN_EARLY, "doubt_hours", ""))
    return clock - doubt, clock + doubt, facts.taken_text


def _edits(kind: str, facts: Facts) -> Iterator[Found]:
    if facts.edited_text is None or facts.taken_text is None or not _asked(AdviceCode.EDITED, kind):
        return
    later = datetime.fromisoformat(facts.edited_text) - datetime.fromisoformat(facts.taken_text)
    if later > timedelta(minutes=_n(AdviceCode.EDITED, "minutes", kind)):
        params = {"taken": facts.taken_text, "edited": facts.edited_text, "with": facts.edited_with}
        yield Found(AdviceCode.EDITED, params)
