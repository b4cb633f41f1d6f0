"""The rows of the made-up mass on their way into the tables: a sheet per table, written as COPY reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson

from core.demo.load import escape
from core.demo.proofs import Shared
from core.demo.shipments import Parcel
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.money import Money
from core.models.incident import Tier
from core.recovery.caps import Cap, cap_for
from core.recovery.rule_cards import Card

NULL = "\\N"

COLUMNS: dict[str, tuple[str, ...]] = {
    "incident": (
        "id", "reference", "shipment_id", "shop_id", "carrier_id", "market", "type", "stage", "noticed_by", "noticed_at",
        "buyer_said", "state", "tier", "tier_policy_version", "owner_id", "currency", "value_at_risk", "base_currency",
        "base_value", "rate_on", "gross_loss", "recovered", "next_due_at", "next_clock", "cause", "result", "closing_note",
        "closed_at", "registered_at", "registered_by", "touched_at", "search_text", "version",
    ),
    "comment": ("id", "incident_id", "person_id", "at", "text"),
    "contact": (
        "id", "incident_id", "party", "channel", "at", "name", "staff_number", "summary", "promise", "promise_by",
        "promise_due_at", "logged_at", "logged_by",
    ),
    "evidence": (
        "id", "incident_id", "sha256", "name", "kind", "note", "taken_at", "taken_text", "width", "height", "added_at",
        "added_by", "unreadable", "version",
    ),
    "posting": ("id", "incident_id", "at", "on_date", "note", "reverses_id", "person_id"),
    "entry": ("posting_id", "line", "account", "amount", "currency"),
    "claim": (
        "id", "reference", "incident_id", "payer_kind", "payer_name", "channel", "rule_card_id", "zone", "state", "currency",
        "demand", "cap", "cap_text", "note", "event_at", "opens_at", "due_at", "next_due_at", "window_why", "case_number",
        "submitted_at", "submitted_by", "submitted_via", "receipt_id", "approved", "answered_at", "answer_text", "paid",
        "created_at", "created_by", "cap_basis", "denial_code", "surplus", "version",
    ),
    "claim_step": (
        "id", "claim_id", "action", "source", "target", "at", "person_id", "note", "amount", "due_at", "denial_code",
    ),
    "payout": (
        "id", "claim_id", "posting_id", "amount", "currency", "received_amount", "received_currency", "base_amount",
        "base_currency", "paid_on", "reference", "at", "person_id",
    ),
    "clock": (
        "id", "incident_id", "claim_id", "contact_id", "owner_id", "kind", "title", "rule", "rule_version", "zone",
        "event_at", "opens_at", "due_at", "reasoning", "state", "settled_at", "woke_at", "created_at", "version",
    ),
    "audit_event": (
        "id", "at", "person_id", "tag", "subject", "subject_id", "chain", "sequence", "before", "after", "previous", "hash",
    ),
}  # fmt: skip
"""The tables in an order in which each only points to earlier ones, with the columns that are written."""

WITH_IDS = tuple(table for table in COLUMNS if table != "entry")


@dataclass(frozen=True)
class Rates:
    """Conversions to the base currency and between others, at the rates of the one day the demo has."""

    base: str
    per_usd: Mapping[str, Decimal]
    on: date

    def to(self, money: Money, currency: str) -> Money:
        """`money` in another currency. Raises `Invalid` where there is no rate."""
        if money.currency == currency:
            return money
        for one in (money.currency, currency):
            if one not in self.per_usd:
                raise Invalid(
                    _(
                        "There is no exchange rate for {currency} yet. A manager can enter one in Settings.",
                        currency=one,
                    )
                )
        return money.times(self.per_usd[currency] / self.per_usd[money.currency], currency)


@dataclass(frozen=True)
class World:
    """What every case is written under: rates, the value policy, the shared files, carriers' names by id."""

    rates: Rates
    policy: int
    insure_from: Decimal
    claim_from: Decimal
    files: Mapping[tuple[str, int], Shared]
    carriers: Mapping[int, str]

    def tier(self, value: Money) -> Tier:
        """The tier the policy gives a value."""
        base = self.rates.to(value, self.rates.base).amount
        return Tier.ABSORB if base < self.insure_from else Tier.INSURE if base < self.claim_from else Tier.CLAIM

    def cap(self, card: Card, parcel: Parcel, has_invoice: bool) -> Cap:
        """A card's cap for a parcel."""
        return cap_for(
            card.cap, parcel, has_invoice=has_invoice, convert=lambda money: self.rates.to(money, parcel.currency)
        )


class Sheets:
    """Rows on their way: lines of COPY text by table, and the last id given out in each."""

    def __init__(self, start: Mapping[str, int] | None = None) -> None:
        self.last: dict[str, int] = dict.fromkeys(WITH_IDS, 0) | dict(start or {})
        self.lines: dict[str, list[str]] = {table: [] for table in COLUMNS}

    def next(self, table: str) -> int:
        """A new id."""
        self.last[table] += 1
        return self.last[table]

    def add(self, table: str, *values: Any) -> None:
        """A row, its values in COLUMNS' order."""
        self.lines[table].append("\t".join([_TEXTS[type(value)](value) for value in values]))

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """A row by column name; what is not named is null."""
        self.add(table, *(row.get(column) for column in COLUMNS[table]))

    def take(self) -> dict[str, bytes]:
        """What has been written since the last time, by table."""
        found = {table: ("\n".join(lines) + "\n").encode() for table, lines in self.lines.items() if lines}
        self.lines = {table: [] for table in COLUMNS}
        return found


class _Texts(dict[type, Callable[[Any], str]]):
    """How each type of value is written; words of a closed list and numbers made on the first meeting."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        writer: Callable[[Any], str] = (lambda value: value.value) if issubclass(kind, StrEnum) else str
        self[kind] = writer
        return writer


_TEXTS = _Texts(
    {
        type(None): lambda _value: NULL,
        str: escape,
        datetime: datetime.isoformat,
        bytes: lambda value: "\\\\x" + value.hex(),
        dict: lambda value: escape(orjson.dumps(value).decode()),
        list: lambda value: escape(orjson.dumps(value).decode()),
    }
)
