"""What a rule card may say: which of its fields are edited, and what each must look like.

A card's cap is a small structure, so that it can be reckoned and read out: `{"kind": …}` of `CAP_KINDS`, where `of` and
`cases` hold further caps; `{}` means not known. Amounts are decimals written as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from core.cases.kinds import kinds
from core.foundation.calendars import calendar_of
from core.foundation.clock import zone_of
from core.foundation.errors import Invalid
from core.foundation.language import N_, _
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, PayerKind
from core.recovery.windows import Span, WindowRule

CAP_KINDS: dict[str, tuple[str, ...]] = {
    "amount": ("amount", "currency"),
    "value": (),
    "declared": (),
    "freight": ("times",),
    "per_kg": ("amount", "currency"),
    "share": ("percent", "of"),
    "lowest": ("of",),
    "highest": ("of",),
    "cases": ("cases",),
    "none": (),
}
"""Each kind of cap and what it needs beside its kind."""

CAP_CASES: dict[str, str] = {
    "insured": N_("insured"),
    "uninsured": N_("not insured"),
    "with_invoice": N_("with a valid invoice"),
    "without_invoice": N_("without a valid invoice"),
    "from_500g": N_("from 500 g"),
    "under_500g": N_("under 500 g"),
}
"""What a cap may depend on."""

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
_PAIRS = (("not_before", "not_before_unit"), ("within", "within_unit"), ("answer_days", "answer_unit"))


def checked(values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The values of a whole card as they are stored, or `Invalid` naming the field that is wrong.

    Words may come as text or as their enum; empty text means none where none is allowed.
    """
    card = {name: read_field(name, values.get(name)) for name in (*IDENTITY, *EDITABLE)}
    for number, unit in _PAIRS:
        if (card[number] is None) != (card[unit] is None):
            raise Invalid(_("A number of days needs its unit, and a unit its number."), field=number)
    window_rule(card, card["zone"])
    if card["answer_days"] is not None and card["answer_unit"] is DayUnit.BUSINESS_DAYS and not card["calendar"]:
        raise Invalid(_("Working days need a calendar: say whose."), field="calendar")
    if card["checked_on"] > today:
        raise Invalid(_("A rule cannot have been checked on a day to come."), field="checked_on")
    return card


def read_field(name: str, value: Any) -> Any:
    """One field as it is stored; `Invalid` where it cannot be."""
    return _READERS[name](value, name)


def window_rule(card: Mapping[str, Any], zone: str) -> WindowRule:
    """The card's window as a value; raises `Invalid` where it contradicts itself."""
    return WindowRule(
        card["clock_event"],
        zone,
        _span(card["within"], card["within_unit"]),
        _span(card["not_before"], card["not_before_unit"]),
        calendar_of(card["calendar"]) if card["calendar"] else None,
    )


def check_cap(cap: Any) -> dict[str, Any]:
    """A cap as it is stored; `Invalid` where it is none of `CAP_KINDS` or lacks what its kind needs."""
    if cap in (None, {}):
        return {}
    if not isinstance(cap, Mapping) or cap.get("kind") not in CAP_KINDS:
        raise _bad_cap()
    kind = str(cap["kind"])
    if set(cap) != {"kind", *CAP_KINDS[kind]}:
        raise _bad_cap()
    return {"kind": kind, **{name: _CAP_PARTS[name](kind, cap[name]) for name in CAP_KINDS[kind]}}


def _span(n: int | None, unit: DayUnit | None) -> Span | None:
    return Span(n, unit) if n is not None and unit is not None else None


def _bad_cap() -> Invalid:
    return Invalid(_("This limit of the payment cannot be understood."), field="cap")


def _cap_number(_kind: str, value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _bad_cap() from None
    if not number.is_finite() or not 0 < number < Decimal(10) ** 15:
        raise _bad_cap()
    return format(number.normalize(), "f")


def _cap_currency(_kind: str, value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z]{3}", value):
        raise _bad_cap()
    return value


def _cap_of(kind: str, value: Any) -> Any:
    if kind == "share":
        inner = check_cap(value)
        if not inner:
            raise _bad_cap()
        return inner
    if not isinstance(value, list) or len(value) < 2:
        raise _bad_cap()
    return [check_cap(one) or _refuse() for one in value]


def _cap_cases(_kind: str, value: Any) -> Any:
    if not isinstance(value, list) or not value:
        raise _bad_cap()
    for one in value:
        if not isinstance(one, Mapping) or set(one) != {"when", "cap"} or one["when"] not in CAP_CASES:
            raise _bad_cap()
    return [{"when": one["when"], "cap": check_cap(one["cap"]) or _refuse()} for one in value]


def _refuse() -> Any:
    raise _bad_cap()


_CAP_PARTS: dict[str, Callable[[str, Any], Any]] = {
    "amount": _cap_number,
    "times": _cap_number,
    "percent": _cap_number,
    "currency": _cap_currency,
    "of": _cap_of,
    "cases": _cap_cases,
}


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
        rows.append({"code": code, "count": count, "note": _text(row.get("note"), field)})
    return rows


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
    "portal": _maybe_text,
    "form": _maybe_text,
    "source": _some_text,
    "confidence": _word(Confidence),
    "checked_on": _day,
    "valid_from": _day,
    "note": _text,
}
