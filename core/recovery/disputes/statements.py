"""What sources said of a dispute, and what stands by all of it: the last word of each field (pure).

A statement holds only what it told. Files carry no date of their own, so the newer of two is told by what it says, as with parcels:
first the one that knows the request further along, then the one whose source knew a later moment, then the one that came later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.models.dispute import (
    CompensationStatus,
    DisputeStatus,
    Negotiation,
    ProofStatus,
    RequestKind,
    ReturnReason,
    Solution,
    Source,
    Validation,
)

S = DisputeStatus

Facts = Mapping[str, Any]
"""Field of `Dispute` → its value, only for fields that were told."""

PROGRESS: dict[DisputeStatus, int] = {
    S.REQUESTED: 1,
    S.UNKNOWN: 2,
    S.PROCESSING: 2,
    S.ACCEPTED: 3,
    S.JUDGING: 3,
    S.SELLER_DISPUTE: 3,
    S.REFUND_PAID: 4,
    S.CANCELLED: 5,
    S.CLOSED: 5,
}
"""How far along a request is. What may follow on each other in either order stands level."""

TEXTS = (
    "order_number",
    "tracking_number",
    "reason_text",
    "reassessed_text",
    "buyer_said",
    "status_text",
    "return_tracking_number",
    "return_carrier_text",
    "return_status_text",
    "our_reason",
    "our_note",
    "offered_by",
)
MOMENTS = (
    "requested_at",
    "refunded_at",
    "returned_at",
    "response_due_at",
    "return_due_at",
    "evidence_due_at",
    "compensation_due_at",
    "offer_due_at",
)
AMOUNTS = ("amount", "compensation", "offered")
PLAIN = ("items", "pictures", "counter_limit", "solutions")
"""Fields that are as JSON holds them."""
WORDS: dict[str, Callable[[str], Any]] = {
    "kind": RequestKind,
    "validation": Validation,
    "solution": Solution,
    "reason": ReturnReason,
    "reassessed": ReturnReason,
    "status": DisputeStatus,
    "proof_status": ProofStatus,
    "compensation_status": CompensationStatus,
    "negotiation": Negotiation,
    "offered_solution": Solution,
}
FIELDS = (*TEXTS, *MOMENTS, *AMOUNTS, *WORDS, *PLAIN)


@dataclass(frozen=True)
class Statement:
    """What one source said at one time. `id` is 0 while it is not stored yet and then the newest of its equals."""

    id: int
    source: Source
    as_of: datetime
    progress: int
    facts: Facts


def told(facts: Facts) -> dict[str, Any]:
    """Only the fields that say something. Raises ValueError for one that is no field of a dispute."""
    if unknown := facts.keys() - set(FIELDS):
        raise ValueError(f"no fields of a dispute: {sorted(unknown)}")
    return {name: value for name, value in facts.items() if value not in (None, "", [], ())}


def to_json(facts: Facts) -> dict[str, Any]:
    """`facts` as JSON can hold them: moments in UTC, amounts as text."""
    return {name: _plain(value) for name, value in told(facts).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.value if hasattr(value, "value") else value


def from_json(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a stored statement. A field or a word of a newer Recoup is left out."""
    found: dict[str, Any] = {}
    for name, value in raw.items():
        if name in TEXTS or name in PLAIN:
            found[name] = value
        elif name in MOMENTS:
            found[name] = datetime.fromisoformat(value)
        elif name in AMOUNTS:
            found[name] = Decimal(value)
        elif name in WORDS:
            with suppress(ValueError):
                found[name] = WORDS[name](value)
    return found


def in_order(statements: Iterable[Statement]) -> list[Statement]:
    """The statements, the last word last."""
    return sorted(statements, key=lambda one: (one.progress, one.as_of, one.id or float("inf")))


def standing(statements: Iterable[Statement]) -> dict[str, Any]:
    """What stands by all that was said: of each field the last word. A statement that is silent on a field takes nothing away."""
    facts: dict[str, Any] = {}
    for one in in_order(statements):
        facts.update(one.facts)
    return facts


def told_at(statements: Iterable[Statement], names: Collection[str]) -> datetime | None:
    """As of when the last word on one of these fields was said; None where nobody said any."""
    said = [one.as_of for one in in_order(statements) if not one.facts.keys().isdisjoint(names)]
    return said[-1] if said else None


def progress_of(facts: Facts, before: int = 1) -> int:
    """How far along a statement knows the request; one that names no status knows it where it stood `before`."""
    status = facts.get("status")
    return before if status is None else PROGRESS[status]
