"""Why a window opens and closes when it does, in words.

The reasoning is kept beside clocks and claims as plain data (`why`), and put into the reader's language when it is
shown (`tell`), so that a case opened by one person explains itself to another in another language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from core.foundation import formats
from core.foundation.language import N_, _, _n
from core.models.rule import ClockEvent, DayUnit

if TYPE_CHECKING:
    from core.recovery.windows import Span, Step, Window

EVENTS: dict[ClockEvent, str] = {
    ClockEvent.ACCEPTED: N_("acceptance by the carrier"),
    ClockEvent.SHIPPED: N_("the shipping date"),
    ClockEvent.FIRST_SCAN: N_("the first scan"),
    ClockEvent.LAST_SCAN: N_("the last scan"),
    ClockEvent.EXPECTED: N_("the expected delivery"),
    ClockEvent.DELIVERED: N_("delivery"),
    ClockEvent.STATUS_CHANGED: N_("the last change of status"),
    ClockEvent.CARRIER_NOTICE: N_("the carrier's notice"),
    ClockEvent.TRACE_FINISHED: N_("the end of the carrier's trace"),
    ClockEvent.REPORTED: N_("the report of the incident"),
}
"""Each clock event as it stands in a sentence."""


def event_name(event: ClockEvent) -> str:
    """The event in the reader's language, as it stands in a sentence."""
    return _(EVENTS[event])


def span(n: int, unit: DayUnit, calendar: str | None = None) -> str:
    """A length of time: `30 days`, `14 working days (MY)`, `9 months`, `48 hours`."""
    if unit is DayUnit.HOURS:
        return _n("{n} hour", "{n} hours", n)
    if unit is DayUnit.MONTHS:
        return _n("{n} month", "{n} months", n)
    if unit is DayUnit.CALENDAR_DAYS:
        return _n("{n} day", "{n} days", n)
    said = _n("{n} working day", "{n} working days", n)
    return _("{span} ({calendar})", span=said, calendar=calendar) if calendar else said


def step(of: Step) -> str:
    """One line of the day-by-day reasoning, without its date."""
    kind = of.kind.value
    if kind == "event":
        return _("the day it starts, not counted")
    if kind == "holiday":
        return _("{holiday}, not counted", holiday=of.name or _("holiday"))
    if kind == "weekend":
        return _("weekend, not counted")
    if kind == "added":
        return _("{holiday}, not counted", holiday=of.name or _("day off added by the team"))
    said = _({"hours": N_("hour {n}"), "month": N_("month {n}")}.get(kind, N_("day {n}")), n=formats.number(of.count))
    if of.made_up:
        said = _("{step}, worked although it is {holiday}", step=said, holiday=of.name or _("a weekend"))
    return _("{step}, holidays of that year not announced yet", step=said) if of.unpublished else said


def why(of: Window) -> list[dict[str, Any]]:
    """The reasoning in few lines as JSON can hold it: start, opening, closing, what was skipped, what is uncertain."""
    rule = of.rule
    rows: list[dict[str, Any]] = [
        {"kind": "start", "event": rule.event.value, "at": of.event_at.isoformat(), "zone": rule.zone}
    ]
    if of.stand_in:
        rows.append({"kind": "stand_in", "event": rule.event.value, "used": of.stand_in})
    for kind, length, at in (("opens", rule.not_before, of.opens_at), ("due", rule.within, of.due_at)):
        if length and at:
            rows.append({"kind": kind, **_length(length, rule.calendar), "at": at.isoformat(), "zone": rule.zone})
            rows.extend(_skipped(of, kind) if length.unit is DayUnit.BUSINESS_DAYS else [])
    if of.crossed:
        rows.append({"kind": "crossed"})
    if of.due_at is None:
        rows.append({"kind": "no_end"})
    rows.extend(
        {"kind": "unpublished", "year": year, "calendar": rule.calendar.code if rule.calendar else ""}
        for year in of.unpublished
    )
    return rows


def tell(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The lines of `why` as sentences in the reader's language. A line of a kind not known here is left out."""
    return [said for row in rows if (said := _tell(row))]


def _length(of: Span, calendar: Any) -> dict[str, Any]:
    working = of.unit is DayUnit.BUSINESS_DAYS
    return {"n": of.n, "unit": of.unit.value, "calendar": calendar.code if working and calendar else None}


def _skipped(of: Window, end: str) -> list[dict[str, Any]]:
    steps = [one for one in of.steps if one.end.value == end]
    weekend = sum(one.kind.value == "weekend" for one in steps)
    off = [one.day.isoformat() for one in steps if one.kind.value in ("holiday", "added")]
    return [{"kind": "skipped", "weekend": weekend, "holidays": off}] if weekend or off else []


def _tell(row: Mapping[str, Any]) -> str:
    teller = _TELLERS.get(str(row.get("kind")))
    return teller(row) if teller else ""


def _start(row: Mapping[str, Any]) -> str:
    return _(
        "The clock starts with {event}: {moment} ({zone}).",
        event=event_name(ClockEvent(row["event"])),
        moment=_moment(row),
        zone=row["zone"],
    )


def _stand_in(row: Mapping[str, Any]) -> str:
    return _(
        "{event} is not known; {used} stands in for it.",
        event=_capital(event_name(ClockEvent(row["event"]))),
        used=event_name(ClockEvent(row["used"])),
    )


def _opens(row: Mapping[str, Any]) -> str:
    return _("Not before {span}: opens {moment}.", span=_span(row), moment=_moment(row))


def _due(row: Mapping[str, Any]) -> str:
    return _("Within {span}: closes {moment}.", span=_span(row), moment=_moment(row))


def _skips(row: Mapping[str, Any]) -> str:
    weekend = _n("{n} weekend day", "{n} weekend days", int(row["weekend"]))
    off = [date.fromisoformat(day) for day in row["holidays"]]
    if not off:
        return _("Not counted: {weekend}.", weekend=weekend)
    holidays = _n("{n} day off", "{n} days off", len(off))
    days = formats.listed(formats.day(day) for day in off)
    return _("Not counted: {weekend}, {holidays} ({days}).", weekend=weekend, holidays=holidays, days=days)


def _crossed(row: Mapping[str, Any]) -> str:
    return _("Counted strictly it would close before it opens, so it is open at its end: file before it closes.")


def _no_end(row: Mapping[str, Any]) -> str:
    return _("No closing date is known: file as soon as it is open.")


def _unpublished(row: Mapping[str, Any]) -> str:
    return _(
        "The holidays of {year} ({calendar}) are not announced yet, so the date may still move.",
        year=row["year"],
        calendar=row["calendar"],
    )


def _span(row: Mapping[str, Any]) -> str:
    return span(int(row["n"]), DayUnit(row["unit"]), row.get("calendar"))


def _moment(row: Mapping[str, Any]) -> str:
    return formats.moment(datetime.fromisoformat(row["at"]), row["zone"], year=True)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _dispute_given(row: Mapping[str, Any]) -> str:
    return _("The platform set this moment in the buyer's request.")


def _dispute_fallback(row: Mapping[str, Any]) -> str:
    days = int(row["days"])
    return _n(
        "The request names no moment. In {market} sellers usually have {n} day from the request on: a stopgap, confidence {confidence}"
        " ({source}).",
        "The request names no moment. In {market} sellers usually have {n} days from the request on: a stopgap, confidence {confidence}"
        " ({source}).",
        days,
        market=row["market"],
        confidence=row["confidence"],
        source=row["source"],
    )


_TELLERS = {
    "dispute_given": _dispute_given,
    "dispute_fallback": _dispute_fallback,
    "start": _start,
    "stand_in": _stand_in,
    "opens": _opens,
    "due": _due,
    "skipped": _skips,
    "crossed": _crossed,
    "no_end": _no_end,
    "unpublished": _unpublished,
}
