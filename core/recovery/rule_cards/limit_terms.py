"""What a payer limits beside its window: a trace to be asked for first, documents or a form that follow later.

`{"kind": LimitKind, "event": ClockEvent, "not_before": [n, unit]?, "within": [n, unit]?, "note"}`. A limit without
both ends is still one: DHL Express wants its trace finished, and says no day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.foundation.calendars import Calendar
from core.foundation.errors import Invalid
from core.foundation.language import N_, _
from core.models.rule import ClockEvent, DayUnit, LimitKind
from core.recovery.windows import Span, WindowRule

MOST_LIMITS = 8

LIMIT_LABELS: dict[LimitKind, str] = {
    LimitKind.TRACE: N_("Trace or inquiry"),
    LimitKind.DOCUMENTS: N_("Documents"),
    LimitKind.FORM: N_("The payer's form"),
}
"""Each kind of further limit, as a heading."""


def check_limits(value: Any) -> list[dict[str, Any]]:
    """Limits as they are stored; `Invalid` where one cannot be understood."""
    if value in (None, "", []):
        return []
    if not isinstance(value, list | tuple) or len(value) > MOST_LIMITS:
        raise _bad()
    return [_checked(one) for one in value]


def limit_rule(limit: Mapping[str, Any], zone: str, calendar: Calendar | None) -> WindowRule:
    """A stored limit as a rule of its own; raises `Invalid` where it contradicts itself."""
    return WindowRule(ClockEvent(limit["event"]), zone, _span(limit, "within"), _span(limit, "not_before"), calendar)


def counts_working_days(limits: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a limit counts working days, so that its card needs a calendar."""
    return any(
        DayUnit(limit[end][1]) is DayUnit.BUSINESS_DAYS
        for limit in limits
        for end in ("not_before", "within")
        if end in limit
    )


def _span(limit: Mapping[str, Any], end: str) -> Span | None:
    return Span(int(limit[end][0]), DayUnit(limit[end][1])) if end in limit else None


def _checked(limit: Any) -> dict[str, Any]:
    if not isinstance(limit, Mapping) or set(limit) - {"kind", "event", "not_before", "within", "note"}:
        raise _bad()
    try:
        kind, event = LimitKind(str(limit.get("kind"))), ClockEvent(str(limit.get("event")))
    except ValueError:
        raise _bad() from None
    note = str(limit.get("note") or "").replace("\x00", "").strip()
    if len(note) > 400:
        raise Invalid(_("This is too long: at most {n} characters.", n=400), "limits")
    ends = {end: _length(limit[end], end) for end in ("not_before", "within") if limit.get(end)}
    if not ends and not note:
        raise Invalid(_("A further limit says from when, until when, or what is wanted."), "limits")
    return {"kind": kind.value, "event": event.value, **ends, "note": note}


def _length(value: Any, end: str) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _bad()
    n, unit = value
    if isinstance(n, bool) or not isinstance(n, int) or not (0 if end == "not_before" else 1) <= n <= 10_000:
        raise Invalid(_("This has to be a whole number of days, hours or months."), "limits")
    try:
        return [n, DayUnit(unit).value]
    except ValueError:
        raise _bad() from None


def _bad() -> Invalid:
    return Invalid(_("This further limit cannot be understood."), "limits")
