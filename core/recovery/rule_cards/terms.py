"""What a rule card may say: which of its fields are edited, and what each must look like.

Its cap is read in `cap_terms`, its further limits in `limit_terms`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from core.cases.kinds import kinds
from core.foundation.calendars import CalendarBook, calendar_of
from core.foundation.clock import zone_of
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, PayerKind, ValueBasis
from core.recovery import receivers
from core.recovery.rule_cards import limit_terms
from core.recovery.rule_cards.cap_terms import CAP_CASES, CAP_KINDS, check_cap
from core.recovery.rule_cards.limit_terms import limit_rule
from core.recovery.windows import Span, WindowRule

__all__ = ["CAP_CASES", "CAP_KINDS", "EDITABLE", "IDENTITY", "check_cap", "checked", "read_field", "window_rule"]

EDITABLE = (
    "title",
    "payer_name",
    "carrier_code",
    "service",
    "market",
    "channel",
    "clock_event",
    "not_before",
    "not_before_unit",
    "within",
    "within_unit",
    "calendar",
    "zone",
    "documents",
    "cap",
    "answer_days",
    "answer_unit",
    "appeal_days",
    "appeal_unit",
    "follow_up_days",
    "follow_up_unit",
    "value_basis",
    "receiver",
    "limits",
    "portal",
    "form",
    "source",
    "confidence",
    "checked_on",
    "valid_from",
    "note",
)
"""What a new version may change. Code, payer kind and kind of incident say which rule it is and stay."""

IDENTITY = ("code", "payer_kind", "type")

_CODE = re.compile(r"[A-Z0-9]+(-[A-Z0-9]+)*")
_LONGEST = {"note": 4000, "source": 1000}
_PAIRS = (
    ("not_before", "not_before_unit"),
    ("within", "within_unit"),
    ("answer_days", "answer_unit"),
    ("appeal_days", "appeal_unit"),
    ("follow_up_days", "follow_up_unit"),
)
_PLAIN_DAYS = (("appeal_days", "appeal_unit"), ("follow_up_days", "follow_up_unit"))
"""Pairs whose number alone means calendar days, as cards said it before they had a unit."""


def checked(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The values of a whole card as they are stored, or `Invalid` naming the field that is wrong.

    Words may come as text or as their enum; empty text means none where none is allowed.
    """
    card = {name: read_field(name, values.get(name)) for name in (*IDENTITY, *EDITABLE)}
    for number, unit in _PLAIN_DAYS:
        if card[number] is not None and card[unit] is None:
            card[unit] = DayUnit.CALENDAR_DAYS
    for number, unit in _PAIRS:
        if (card[number] is None) != (card[unit] is None):
            raise Invalid(_("A number of days needs its unit, and a unit its number."), field=number)
    window_rule(card, card["zone"])
    working = any(card[unit] is DayUnit.BUSINESS_DAYS for _number, unit in _PAIRS)
    if not card["calendar"] and (working or limit_terms.counts_working_days(card["limits"])):
        raise Invalid(_("Working days need a calendar: say whose."), field="calendar")
    for limit in card["limits"]:
        limit_rule(limit, card["zone"], calendar_of(card["calendar"]) if card["calendar"] else None)
    if card["checked_on"] > today:
        raise Invalid(_("A rule cannot have been checked on a day to come."), field="checked_on")
    return card


def read_field(name: str, value: Any) -> Any:
    """One field as it is stored; `Invalid` where it cannot be."""
    return _READERS[name](value, name)


def window_rule(card: Mapping[str, Any], zone: str, book: CalendarBook = calendar_of) -> WindowRule:
    """The card's window as a value; raises `Invalid` where it contradicts itself.

    `book` gives the calendar of a code: the shipped one, or the team's (`core.team.calendars.team_calendars`).
    """
    return WindowRule(
        card["clock_event"],
        zone,
        _span(card["within"], card["within_unit"]),
        _span(card["not_before"], card["not_before_unit"]),
        book(card["calendar"]) if card["calendar"] else None,
    )


def _span(n: int | None, unit: DayUnit | None) -> Span | None:
    return Span(n, unit) if n is not None and unit is not None else None


def _text(value: Any, field: str) -> str:
    clean = str(value or "").replace("\x00", "").strip()
    longest = _LONGEST.get(field, 200)
    if len(clean) > longest:
        raise Invalid(_("This is too long: at most {n} characters.", n=longest), field)
    return clean


def _some_text(value: Any, field: str) -> str:
    clean = _text(value, field)
    if not clean:
        raise Invalid(_("This may not be empty."), field)
    return clean


def _maybe_text(value: Any, field: str) -> str | None:
    return _text(value, field) or None


def _receiver(value: Any, field: str) -> str | None:
    code = _maybe_text(value, field)
    return receivers.receiver(code).code if code else None


def _code(value: Any, field: str) -> str:
    clean = _some_text(value, field)
    if not _CODE.fullmatch(clean):
        raise Invalid(_("A code is written in capitals, digits and dashes, like NINJA-VAN-MY-LOST."), field)
    return clean


def _market(value: Any, field: str) -> str | None:
    clean = _text(value, field).upper()
    if clean and not re.fullmatch(r"[A-Z]{2}", clean):
        raise Invalid(_("A market is written with two letters, like SG."), field)
    return clean or None


def _zone(value: Any, field: str) -> str:
    return zone_of(_some_text(value, field)).key


def _calendar(value: Any, field: str) -> str | None:
    clean = _text(value, field)
    return calendar_of(clean).code if clean else None


def _number(value: Any, field: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10_000:
        raise Invalid(_("This has to be a whole number of days, hours or months."), field)
    return value


def _above_zero(value: Any, field: str) -> int | None:
    number = _number(value, field)
    if number == 0:
        raise Invalid(_("This has to be at least one, or empty where it is not known."), field)
    return number


def _day(value: Any, field: str) -> date:
    if type(value) is not date:
        raise Invalid(_("This has to be a date."), field)
    return value


def _documents(value: Any, field: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for row in value or ():
        code, count = row.get("code"), row.get("count", 1)
        if code not in kinds():
            raise Invalid(_("“{code}” is not a kind of evidence.", code=code), field)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 50:
            raise Invalid(_("Between one and fifty of each document."), field)
        if any(one["code"] == code for one in rows):
            raise Invalid(_("Each document is listed once, with its count."), field)
        rows.append({"code": code, "count": count, "note": _text(row.get("note"), field), **_document_more(row, field)})
    return rows


def _document_more(row: Mapping[str, Any], field: str) -> dict[str, Any]:
    """In which formats a document is taken and who can get it, where the card says so."""
    formats = [str(one).strip().lower().lstrip(".") for one in row.get("formats") or ()]
    if any(not re.fullmatch(r"[a-z0-9]{1,8}", one) for one in formats):
        raise Invalid(_("A format is written as a file ending, like pdf or jpg."), field)
    who = _text(row.get("who"), field)
    return {**({"formats": list(dict.fromkeys(formats))} if formats else {}), **({"who": who} if who else {})}


def _word(kind: type[StrEnum]) -> Callable[[Any, str], Any]:
    def read(value: Any, field: str) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            words = ", ".join(word.value for word in kind)
            raise Invalid(_("This has to be one of {words}.", words=words), field) from None

    return read


def _maybe_unit(value: Any, field: str) -> DayUnit | None:
    found: DayUnit | None = _word(DayUnit)(value, field) if value else None
    return found


_READERS: dict[str, Callable[[Any, str], Any]] = {
    "code": _code,
    "payer_kind": _word(PayerKind),
    "type": _word(IncidentType),
    "title": _some_text,
    "payer_name": _some_text,
    "carrier_code": _maybe_text,
    "service": _maybe_text,
    "market": _market,
    "channel": _word(FilingChannel),
    "clock_event": _word(ClockEvent),
    "not_before": _number,
    "not_before_unit": _maybe_unit,
    "within": _above_zero,
    "within_unit": _maybe_unit,
    "calendar": _calendar,
    "zone": _zone,
    "documents": _documents,
    "cap": lambda value, _field: check_cap(value),
    "answer_days": _above_zero,
    "answer_unit": _maybe_unit,
    "appeal_days": _above_zero,
    "appeal_unit": _maybe_unit,
    "follow_up_days": _above_zero,
    "follow_up_unit": _maybe_unit,
    "value_basis": lambda value, field: _word(ValueBasis)(value or ValueBasis.NONE_STATED, field),
    "receiver": _receiver,
    "limits": lambda value, _field: limit_terms.check_limits(value),
    "portal": _maybe_text,
    "form": _maybe_text,
    "source": _some_text,
    "confidence": _word(Confidence),
    "checked_on": _day,
    "valid_from": _day,
    "note": _text,
}
