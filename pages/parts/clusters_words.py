"""Incident groups in words: what their cases share, and on which figures the alarm rests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from core.cases.words import TYPE_LABELS
from core.foundation import formats
from core.foundation.language import _, _n
from core.insight.clusters import Group, alarm, dimension_name
from core.models.group import Dimension
from core.models.incident import IncidentType


def title(group: Group) -> str:
    """What the group is: its given name, or the dimension with its value."""
    if group.dimension is Dimension.MANUAL:
        return group.name
    return _("{type}: {shared}", type=_(TYPE_LABELS[group.type or IncidentType.LOST]), shared=shared(group))


def shared(group: Group) -> str:
    """What its cases have in common."""
    return _shared(group.dimension, group.key, group.carrier)


def _shared(dimension: Dimension, key: Mapping[str, Any], carrier: str | None) -> str:
    value = str(key.get("value") or "")
    if dimension is Dimension.HANDOVER:
        days = formats.day(date.fromisoformat(key["first"]), year=True)
        if key["last"] != key["first"]:
            days = f"{days} – {formats.day(date.fromisoformat(key['last']), year=True)}"
        who = carrier or _("a carrier")
        if value:
            return _("handed to {carrier} at {place}, {days}", carrier=who, place=value, days=days)
        return _("handed to {carrier}, {days}", carrier=who, days=days)
    if dimension is Dimension.LANE:
        return _("lane {origin} → {market}", origin=value, market=key.get("market") or "")
    return f"{dimension_name(dimension)} {value}"


def evidence(group: Group) -> str:
    """The figures of the alarm, in one or two sentences; nothing for a group made by hand."""
    told = group.numbers
    if not told:
        return ""
    said = _(
        "{events} of {n} parcels, {expected} would be usual. They were noticed within {days} days of shipping.",
        events=formats.number(int(told["events"])),
        n=formats.number(int(told["n"])),
        expected=f"{float(told['expected']):.1f}",
        days=told["horizon"],
    )
    luck = _n(
        "By luck alone about once in {times} such looks, at {n} group of parcels.",
        "By luck alone at most once in {times} such looks, at {n} groups of parcels.",
        int(told["looks"]),
        times=_times(float(told["chance"]) * int(told["looks"])),
    )
    return f"{said} {luck}"


def _times(chance: float) -> str:
    """Once in how many: two leading digits, never more than a million."""
    times = min(1 / chance if chance > 0 else 1e6, 1e6)
    if times >= 1e6:
        return _("a million or more")
    digits = max(len(str(int(times))) - 2, 0)
    return formats.number(round(times, -digits) if digits else int(times))


def also(group: Group) -> str:
    """What else of the same cases raised an alarm; empty where nothing did."""
    if not group.also:
        return ""
    told = formats.listed([_shared(Dimension(one["dimension"]), one, group.carrier) for one in group.also])
    return _("The same cases stand out by: {list}.", list=told)


def promise() -> str:
    """How rarely luck alone raises an alarm."""
    rules = alarm()
    return _(
        "Looked at every day over {days} ship days. Luck alone raises at most {share} alarms in {period} days.",
        days=rules.window_days,
        share=f"{rules.false_alarms:g}",
        period=rules.per_days,
    )
