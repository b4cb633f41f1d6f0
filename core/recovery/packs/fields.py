"""The fields of claim forms: what each is called, what the case knows of it, and what has to be asked of a person.

Rows of `data/claim_fields.toml`. A carrier's own form calls them by their codes: `{{tracking_number}}`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.cases import words as case_words
from core.foundation import formats
from core.foundation.language import _, current
from core.foundation.money import Money
from core.recovery.packs import told, words
from core.recovery.packs.facts import PackFacts
from core.recovery.receivers import Receiver

TABLE = Path(__file__).parent.parent.parent / "data" / "claim_fields.toml"
UNION = "email"
"""The receiver whose list stands for one that has none."""

Value = str | Decimal | int | Money


def cell(value: Value) -> str | Decimal | int:
    """A value for a workbook's cell: an amount as a number."""
    return value.amount if isinstance(value, Money) else value


def text(value: Value) -> str:
    """A value inside words: an amount with its currency's decimals and without its name."""
    if isinstance(value, Money):
        return formats.figure(value)
    return value if isinstance(value, str) else formats.number(value)


@dataclass(frozen=True)
class Field:
    """One field. `ask`: a person answers it. `incidents`: only for these kinds; empty: for all."""

    code: str
    section: str
    names: Mapping[str, str]
    ask: bool
    incidents: tuple[str, ...]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names[current()]


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Field]:
    """Code → field, in the order of the claim sheet."""
    return {
        row["code"]: Field(
            row["code"],
            row["section"],
            {"en": row["en"], "zh-CN": row["zh-CN"]},
            row.get("ask", False),
            tuple(row.get("incidents", ())),
        )
        for row in _table()["field"]
    }


def section_names() -> dict[str, str]:
    """Code → name of the sheet's sections in the reader's language, in their order."""
    return {row["code"]: row[current()] for row in _table()["section"]}


def asked(receiver: Receiver | None, incident_type: str) -> list[Field]:
    """The fields a person has to answer for a receiver's form, for this kind of incident."""
    lists = {row["receiver"]: row["asks"] for row in _table()["form"]}
    codes = lists.get(receiver.code if receiver else UNION) or lists[UNION]
    found = [fields()[code] for code in codes]
    return [one for one in found if not one.incidents or incident_type in one.incidents]


def values(facts: PackFacts) -> dict[str, Value]:
    """Every field's value, empty where nobody knows it. What a person answered stands before what the case knows."""
    known = {code: make(facts) for code, make in _KNOWN.items()}
    return {code: facts.answers.get(code) or known.get(code, "") for code in fields()}


def items(facts: PackFacts) -> list[dict[str, Value]]:
    """The rows of the contents: `number`, `sku`, `name`, `variation`, `quantity`, `unit_price`, `subtotal`, `currency`."""
    currency = facts.shipment.currency

    def amount(value: Decimal | None) -> Value:
        return "" if value is None else Money(value, currency)

    return [
        {
            "number": at,
            "sku": line.sku or "",
            "name": line.name,
            "variation": line.variation or "",
            "quantity": line.quantity,
            "unit_price": amount(line.unit_price),
            "subtotal": amount(line.subtotal),
            "currency": currency,
        }
        for at, line in enumerate(facts.lines, start=1)
    ]


ITEM_FIELDS = ("number", "sku", "name", "variation", "quantity", "unit_price", "subtotal", "currency")


def form_rows(facts: PackFacts) -> list[tuple[str, Value | None]]:
    """The claim sheet: label and value by section; a section's own row has None."""
    known = values(facts)
    rows: list[tuple[str, Value | None]] = []
    for code, name in section_names().items():
        rows.append((name, None))
        rows += [(one.name, known[one.code]) for one in fields().values() if one.section == code]
    return rows


def _evidence(*kinds: str) -> Callable[[PackFacts], Value]:
    """The numbers of the exhibits of some kinds."""
    return lambda facts: told.numbers(exhibit for exhibit in facts.exhibits if exhibit.item.kind in kinds)


def _moment(read: Callable[[PackFacts], Any]) -> Callable[[PackFacts], Value]:
    return lambda facts: words.when(facts, read(facts))


def _shipper(facts: PackFacts) -> Value:
    return f"{facts.shop.name} ({facts.shop.platform} {facts.incident.market})"


def _contents(facts: PackFacts) -> Value:
    said = []
    for line in facts.lines:
        name = f"{line.name} ({line.variation})" if line.variation else line.name
        price = words.money(line.unit_price, facts.shipment.currency)
        said.append(f"{formats.number(line.quantity)} × {name}" + (f", {price}" if price else ""))
    return "\n".join(said)


_PHOTOS = ("outer_box_photo", "label_photo", "inner_packaging_photo", "item_photo")

_KNOWN: dict[str, Callable[[PackFacts], Value]] = {
    "our_reference": lambda f: f"{f.claim.reference} / {f.incident.reference}",
    "payer": lambda f: f.claim.payer_name,
    "case_number": lambda f: f.claim.case_number or "",
    "claim_type": lambda f: _(words.CLAIM_TYPES[f.incident.type]),
    "amount": lambda f: Money(f.claim.demand, f.claim.currency),
    "currency": lambda f: f.claim.currency,
    "claimant_role": lambda f: _("Shipper"),
    "claimant_name": lambda f: f.shop.name,
    "channel": lambda f: _(words.CHANNELS[f.claim.channel]),
    "filed_on": _moment(lambda f: f.claim.submitted_at),
    "filed_by": lambda f: f.filed_by or "",
    "carrier": lambda f: f.carrier or "",
    "service": lambda f: f.shipment.service or "",
    "tracking_number": lambda f: f.shipment.tracking_number or "",
    "first_mile_number": lambda f: f.shipment.first_mile_number or "",
    "last_mile_number": lambda f: f.shipment.last_mile_number or "",
    "order_number": lambda f: f.shipment.order_number,
    "parcel_number": lambda f: f.shipment.parcel_number,
    "waybill_copy": _evidence("waybill_copy"),
    "shipped_on": _moment(lambda f: f.shipment.shipped_at),
    "accepted_on": _moment(lambda f: f.shipment.accepted_at),
    "promised_on": _moment(lambda f: f.shipment.expected_at),
    "delivered_on": _moment(lambda f: f.shipment.delivered_at),
    "last_scan_on": _moment(lambda f: f.shipment.last_scan_at),
    "last_state": lambda f: f.shipment.status_text or "",
    "shipper": _shipper,
    "consignee": lambda f: f.shipment.buyer_username or "",
    "contents": _contents,
    "value": lambda f: words.money(f.shipment.value, f.shipment.currency),
    "declared_value": lambda f: words.money(f.shipment.insured, f.shipment.currency),
    "freight": lambda f: words.money(f.shipment.freight, f.shipment.currency),
    "proof_of_value": _evidence("proof_of_value", "order_page"),
    "serial_evidence": _evidence("serial_numbers"),
    "gross_weight": lambda f: "" if f.shipment.weight_kg is None else f.shipment.weight_kg,
    "noticed_on": _moment(lambda f: f.incident.noticed_at),
    "noticed_by": lambda f: _(case_words.NOTICED_LABELS[f.incident.noticed_by]),
    "stage": lambda f: _(case_words.STAGE_LABELS[f.incident.stage]),
    "circumstances": lambda f: "\n".join(filter(None, (f.incident.buyer_said, f.claim.note))),
    "outer_photos": _evidence("outer_box_photo"),
    "label_photos": _evidence("label_photo"),
    "inner_photos": _evidence("inner_packaging_photo"),
    "item_photos": _evidence("item_photo"),
    "photos": _evidence(*_PHOTOS),
    "videos": _evidence("packing_video", "unboxing_video"),
    "inspection_report": _evidence("inspection_report"),
    "refund_proof": _evidence("refund_proof"),
    "answered_on": _moment(lambda f: f.claim.answered_at),
    "approved": lambda f: "" if f.claim.approved is None else Money(f.claim.approved, f.claim.currency),
    "answer_reason": lambda f: f.claim.answer_text,
    "appeal_by": _moment(lambda f: f.appeal_due_at),
    "paid": lambda f: Money(f.claim.paid, f.claim.currency) if f.claim.paid else "",
    "paid_on": lambda f: formats.day(f.last_paid_on, year=True) if f.last_paid_on else "",
}
"""How a field is read from the case. The others are asked."""
