"""What the fields of a rule card are called, and how their values are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.cases.kinds import kind_name
from core.foundation.formats import apart, clauses, day, listed
from core.foundation.language import N_, _
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, LimitKind, ValueBasis
from core.recovery.rule_cards import EDITABLE, LIMIT_LABELS, Card
from core.recovery.window_words import event_name, span
from pages.parts.badges import Colour
from pages.parts.cap_words import cap_words

UNITS: dict[DayUnit, str] = {
    DayUnit.CALENDAR_DAYS: N_("calendar days"),
    DayUnit.BUSINESS_DAYS: N_("working days"),
    DayUnit.MONTHS: N_("months"),
    DayUnit.HOURS: N_("hours"),
}
CHANNELS: dict[FilingChannel, str] = {
    FilingChannel.DIRECT: N_("directly with the payer"),
    FilingChannel.PLATFORM: N_("through the platform"),
    FilingChannel.FORWARDER: N_("through the forwarder"),
}
CONFIDENCE: dict[Confidence, tuple[str, Colour]] = {
    Confidence.HIGH: (N_("official source"), "green"),
    Confidence.MEDIUM: (N_("second-hand source"), "gray"),
    Confidence.LOW: (N_("single unofficial source"), "orange"),
}
BASES: dict[ValueBasis, str] = {
    ValueBasis.NONE_STATED: N_("none stated"),
    ValueBasis.DECLARED: N_("the declared value"),
    ValueBasis.TRANSACTION: N_("the price the buyer paid"),
    ValueBasis.COST: N_("what the goods cost"),
    ValueBasis.INVOICE: N_("the invoice"),
}
LABELS: dict[str, str] = {
    "title": N_("Title"),
    "payer_name": N_("Payer"),
    "carrier_code": N_("Carrier"),
    "service": N_("Service"),
    "market": N_("Market"),
    "channel": N_("Filed"),
    "clock_event": N_("Counted from"),
    "not_before": N_("Not before"),
    "not_before_unit": N_("Unit of “Not before”"),
    "within": N_("Within"),
    "within_unit": N_("Unit of “Within”"),
    "calendar": N_("Calendar of working days"),
    "zone": N_("Time zone"),
    "documents": N_("Documents"),
    "cap": N_("Cap"),
    "answer_days": N_("Answers within"),
    "answer_unit": N_("Unit of “Answers within”"),
    "appeal_days": N_("Time for an appeal"),
    "appeal_unit": N_("Unit of “Time for an appeal”"),
    "follow_up_days": N_("Ask again after"),
    "follow_up_unit": N_("Unit of “Ask again after”"),
    "value_basis": N_("Value reckoned with"),
    "receiver": N_("Receiver of the pack"),
    "limits": N_("Further limits"),
    "portal": N_("Portal"),
    "form": N_("Form"),
    "source": N_("Source"),
    "confidence": N_("Confidence"),
    "checked_on": N_("Checked on"),
    "valid_from": N_("Valid from"),
    "note": N_("Note"),
}


def labels() -> dict[str, str]:
    """Every field's name in the reader's language."""
    return {name: _(words) for name, words in LABELS.items()}


def documents_words(rows: list[dict[str, Any]]) -> str:
    """The documents in one line: what, how many, in which formats, from whom. Not escaped."""
    return listed(_document(row) for row in rows)


def limits_words(limits: list[dict[str, Any]]) -> str:
    """The further limits in one line. Not escaped."""
    return apart(limit_words(one) for one in limits)


def limit_words(limit: Mapping[str, Any]) -> str:
    """One further limit: what it is about, from when, until when, from what on."""
    ends = [
        _("not before {span}", span=_length(limit["not_before"])) if "not_before" in limit else "",
        _("within {span}", span=_length(limit["within"])) if "within" in limit else "",
    ]
    said = clauses(ends)
    kind, event = _(LIMIT_LABELS[LimitKind(limit["kind"])]), event_name(ClockEvent(limit["event"]))
    if not said:
        return _("{what}: {note}", what=kind, note=limit.get("note", ""))
    return _("{what}: {when} of {event}", what=kind, when=said, event=event)


def differences(old: Card, new: Card) -> list[tuple[str, str, str]]:
    """What one version says otherwise than another: field, before, after. Not escaped."""
    before, after = old.values(), new.values()
    return [
        (_(LABELS[name]), told(name, before[name]), told(name, after[name]))
        for name in EDITABLE
        if before[name] != after[name]
    ]


def told(name: str, value: Any) -> str:
    """A field's value in words; a dash where there is none. Not escaped."""
    if value in (None, "", [], {}):
        return "—"
    return _TOLD.get(name, str)(value)


def _document(row: Mapping[str, Any]) -> str:
    count = int(row.get("count", 1))
    more = [listed(one.upper() for one in row.get("formats", ())), str(row.get("who", ""))]
    said = kind_name(row["code"]) + (f" × {count}" if count > 1 else "")
    inside = apart(more)
    return f"{said} ({inside})" if inside else said


def _length(value: Any) -> str:
    return span(int(value[0]), DayUnit(value[1]))


def _unit(value: Any) -> str:
    return _(UNITS[DayUnit(value)])


_TOLD: dict[str, Callable[[Any], str]] = {
    "channel": lambda value: _(CHANNELS[value]),
    "clock_event": event_name,
    "not_before_unit": _unit,
    "within_unit": _unit,
    "answer_unit": _unit,
    "appeal_unit": _unit,
    "follow_up_unit": _unit,
    "documents": documents_words,
    "cap": cap_words,
    "value_basis": lambda value: _(BASES[value]),
    "limits": limits_words,
    "confidence": lambda value: _(CONFIDENCE[value][0]),
    "checked_on": lambda value: day(value, year=True),
    "valid_from": lambda value: day(value, year=True),
}
