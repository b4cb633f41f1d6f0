"""The most a payer pays: a rule card's cap, worked out for one shipment, with the sentence that explains it.

A cap is a small tree of rows (JSON): `amount`, `value` (the goods), `declared` (insured or declared value), `freight`
× times,
`per_kg`, `share` of another, `less` a deductible, `lowest` and `highest` of several, `cases` (the first whose `when` holds), `none`. What
cannot be worked out because a fact is missing (the freight, the weight) is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.formats import amount, number
from core.foundation.language import _
from core.foundation.money import Money
from core.models import Evidence, Incident, RuleCard, Shipment
from core.money import rates
from core.recovery.rule_cards.cap_terms import CAP_CASES

SDR = "XDR"


@dataclass(frozen=True)
class Cap:
    """The limit in the shipment's currency (None: there is none, or it cannot be worked out) and why, as a sentence."""

    limit: Money | None
    sentence: str


@dataclass(frozen=True)
class _Facts:
    """What caps look at. `convert` brings an amount into the shipment's currency."""

    shipment: Shipment
    has_invoice: bool
    convert: Callable[[Money], Money]


Found = tuple[Money | None, str]

WHEN: dict[str, Callable[[_Facts], bool]] = {
    "insured": lambda facts: bool(facts.shipment.insured),
    "uninsured": lambda facts: not facts.shipment.insured,
    "with_invoice": lambda facts: facts.has_invoice,
    "without_invoice": lambda facts: not facts.has_invoice,
    "under_500g": lambda facts: facts.shipment.weight_kg is not None and facts.shipment.weight_kg < Decimal("0.5"),
    "from_500g": lambda facts: facts.shipment.weight_kg is not None and facts.shipment.weight_kg >= Decimal("0.5"),
}


def cap_of(session: Session, card: RuleCard, shipment: Shipment, *, now: datetime) -> Cap:
    """The card's cap for this shipment, at today's rates where the card is in another currency (inner)."""
    if not card.cap:
        return Cap(None, _("No cap is known."))
    has_invoice = session.scalar(
        select(
            exists().where(
                Evidence.incident_id == Incident.id,
                Incident.shipment_id == shipment.id,
                Evidence.kind == "proof_of_value",
                Evidence.withdrawn_at.is_(None),
            )
        )
    )

    def convert(money: Money) -> Money:
        return rates.convert(session, money, shipment.currency, now.date()).money

    return cap_for(card.cap, shipment, has_invoice=bool(has_invoice), convert=convert)


def cap_for(cap: Mapping[str, Any], shipment: Any, *, has_invoice: bool, convert: Callable[[Money], Money]) -> Cap:
    """A cap worked out for a parcel (its row, or anything with its columns) whose case has an invoice or not (inner)."""
    if not cap:
        return Cap(None, _("No cap is known."))
    try:
        limit, sentence = _work_out(cap, _Facts(shipment, has_invoice, convert))
    except Invalid as no_rate:
        return Cap(None, no_rate.message)
    return Cap(limit, sentence)


def _work_out(row: Mapping[str, Any], facts: _Facts) -> Found:
    return _KINDS[row["kind"]](row, facts)


def _amount(row: Mapping[str, Any], facts: _Facts) -> Found:
    own = Money(Decimal(row["amount"]), row["currency"])
    return facts.convert(own), amount(own)


def _value(_row: Mapping[str, Any], facts: _Facts) -> Found:
    return Money(facts.shipment.value, facts.shipment.currency), _("the value of the goods")


def _declared(_row: Mapping[str, Any], facts: _Facts) -> Found:
    worth = facts.shipment.insured or facts.shipment.value
    return Money(worth, facts.shipment.currency), _("the declared value")


def _freight(row: Mapping[str, Any], facts: _Facts) -> Found:
    said = _("{n} × the freight", n=number(Decimal(row["times"])))
    if facts.shipment.freight is None:
        return None, _("{cap} (the freight is not known)", cap=said)
    return Money(facts.shipment.freight * Decimal(row["times"]), facts.shipment.currency), said


def _per_kg(row: Mapping[str, Any], facts: _Facts) -> Found:
    per_kg = Decimal(row["amount"])
    said = _(
        "{n} {currency} per kg", n=number(per_kg), currency=_("SDR") if row["currency"] == SDR else row["currency"]
    )
    if facts.shipment.weight_kg is None:
        return None, _("{cap} (the weight is not known)", cap=said)
    return facts.convert(Money(per_kg * facts.shipment.weight_kg, row["currency"])), said


def _share(row: Mapping[str, Any], facts: _Facts) -> Found:
    of, said = _work_out(row["of"], facts)
    percent = Decimal(row["percent"])
    sentence = _("{percent} % of {whole}", percent=number(percent), whole=said)
    return (None if of is None else of.times(percent / 100)), sentence


def _less(row: Mapping[str, Any], facts: _Facts) -> Found:
    """What is left after the payer kept its deductible: the larger of a share and an amount."""
    of, said = _work_out(row["of"], facts)
    kept, parts = [], []
    if "percent" in row:
        parts.append(_("{percent} %", percent=number(Decimal(row["percent"]))))
        kept += [] if of is None else [of.times(Decimal(row["percent"]) / 100)]
    if "amount" in row:
        own = Money(Decimal(row["amount"]), row["currency"])
        parts.append(amount(own))
        kept += [] if of is None else [facts.convert(own)]
    words = parts[0] if len(parts) == 1 else _("{one} or {other}, the larger", one=parts[0], other=parts[1])
    sentence = _("{whole}, less {deductible}", whole=said, deductible=words)
    if of is None:
        return None, sentence
    return max(of - max(kept), Money(Decimal(0), of.currency)), sentence


def _pick(row: Mapping[str, Any], facts: _Facts, choose: Callable[[list[Money]], Money], sentence: str) -> Found:
    found = [_work_out(one, facts) for one in row["of"]]
    known = [limit for limit, _said in found if limit is not None]
    said = sentence.format(parts=_(", ").join(words for _limit, words in found))
    # The lowest is at most what is known of it; the highest may well be the part nobody knows.
    told = known if choose is min or len(known) == len(found) else []
    return (choose(told) if told else None), said


def _lowest(row: Mapping[str, Any], facts: _Facts) -> Found:
    return _pick(row, facts, min, _("the lowest of: {parts}"))


def _highest(row: Mapping[str, Any], facts: _Facts) -> Found:
    return _pick(row, facts, max, _("the highest of: {parts}"))


def _cases(row: Mapping[str, Any], facts: _Facts) -> Found:
    for one in row["cases"]:
        if WHEN[one["when"]](facts):
            limit, said = _work_out(one["cap"], facts)
            return limit, _("{cap} ({condition})", cap=said, condition=_(CAP_CASES[one["when"]]))
    return None, _("No case of this cap fits what is known of the parcel.")


def _none(_row: Mapping[str, Any], facts: _Facts) -> Found:
    return Money.zero(facts.shipment.currency), _("This payer pays nothing to this destination.")


_KINDS: dict[str, Callable[[Mapping[str, Any], _Facts], Found]] = {
    "amount": _amount,
    "value": _value,
    "declared": _declared,
    "freight": _freight,
    "per_kg": _per_kg,
    "share": _share,
    "less": _less,
    "lowest": _lowest,
    "highest": _highest,
    "cases": _cases,
    "none": _none,
}
