"""What a rule card's cap may say: the most a payer pays, as a small structure that can be reckoned and read out.

`{"kind": …}` of `CAP_KINDS`, where `of` and `cases` hold further caps; `{}` means not known. Amounts are decimals
written as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from core.foundation.errors import Invalid
from core.foundation.language import N_, _

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
    "less": ("of",),
    "none": (),
}
"""Each kind of cap and what it needs beside its kind. `less` needs `percent`, or `amount` with `currency`, or both: the
larger of the two is what the payer keeps."""

CAP_CASES: dict[str, str] = {
    "insured": N_("insured"),
    "uninsured": N_("not insured"),
    "with_invoice": N_("with a valid invoice"),
    "without_invoice": N_("without a valid invoice"),
    "from_500g": N_("from 500 g"),
    "under_500g": N_("under 500 g"),
}
"""What a cap may depend on."""


def check_cap(cap: Any) -> dict[str, Any]:
    """A cap as it is stored; `Invalid` where it is none of `CAP_KINDS` or lacks what its kind needs."""
    if cap in (None, {}):
        return {}
    if not isinstance(cap, Mapping) or cap.get("kind") not in CAP_KINDS:
        raise _bad_cap()
    kind = str(cap["kind"])
    parts = (*CAP_KINDS[kind], *(_deductible(cap) if kind == "less" else ()))
    if set(cap) != {"kind", *parts}:
        raise _bad_cap()
    return {"kind": kind, **{name: _CAP_PARTS[name](kind, cap[name]) for name in parts}}


def _deductible(cap: Mapping[str, Any]) -> tuple[str, ...]:
    """What a deductible is written in: a share of the whole, a fixed amount, or both."""
    percent = ("percent",) if "percent" in cap else ()
    amount = ("amount", "currency") if "amount" in cap or "currency" in cap else ()
    if not percent and not amount:
        raise _bad_cap()
    return (*percent, *amount)


def _bad_cap() -> Invalid:
    return Invalid(_("This limit of the payment cannot be understood."), field="cap")


def _cap_percent(_kind: str, value: Any) -> str:
    number = _cap_number(_kind, value)
    if Decimal(number) > 100:
        raise _bad_cap()
    return number


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
    if kind in ("share", "less"):
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
    "percent": _cap_percent,
    "currency": _cap_currency,
    "of": _cap_of,
    "cases": _cap_cases,
}
