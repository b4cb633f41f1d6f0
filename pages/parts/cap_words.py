"""A rule card's cap in words, as the card writes it: before anybody knows the parcel."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.foundation.formats import apart, listed, number
from core.foundation.language import _
from core.recovery.rule_cards import CAP_CASES


def cap_words(cap: Mapping[str, Any]) -> str:
    """The cap as part of a sentence; not escaped."""
    if not cap:
        return _("not known")
    kind = cap["kind"]
    if kind == "amount":
        return f"{cap['currency']} {number(Decimal(cap['amount']))}"
    if kind == "freight":
        return _("{n} × the freight", n=number(Decimal(cap["times"])))
    if kind == "per_kg":
        return _("{n} {currency} per kg", n=number(Decimal(cap["amount"])), currency=cap["currency"])
    if kind == "share":
        return _("{percent} % of {whole}", percent=number(Decimal(cap["percent"])), whole=cap_words(cap["of"]))
    if kind == "less":
        return _("{whole}, less {deductible}", whole=cap_words(cap["of"]), deductible=_deductible(cap))
    if kind == "cases":
        return apart(f"{_(CAP_CASES[one['when']])}: {cap_words(one['cap'])}" for one in cap["cases"])
    if kind in ("lowest", "highest"):
        parts = listed(cap_words(one) for one in cap["of"])
        said = _("the lowest of: {parts}") if kind == "lowest" else _("the highest of: {parts}")
        return said.format(parts=parts)
    return {
        "value": _("the value of the goods"),
        "declared": _("the declared value"),
        "none": _("This payer pays nothing to this destination."),
    }[kind]


def _deductible(cap: Mapping[str, Any]) -> str:
    """What the payer keeps: a share, an amount, or the larger of both."""
    parts = [_("{percent} %", percent=number(Decimal(cap["percent"])))] if "percent" in cap else []
    if "amount" in cap:
        parts.append(f"{cap['currency']} {number(Decimal(cap['amount']))}")
    return parts[0] if len(parts) == 1 else _("{one} or {other}, the larger", one=parts[0], other=parts[1])
