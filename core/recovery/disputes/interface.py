"""A return as the platform's interface tells it → what it says of the dispute (inner; no database).

The same code reads what people drop into the screens and what a live connection brings. Moments are unix seconds, as numbers or as
text; what is empty, "-" or 0 says nothing. Words nobody knows stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from core.foundation.language import N_
from core.models.dispute import CompensationStatus, Negotiation, ProofStatus, RequestKind, Solution
from core.parcels.importers.values import Unreadable
from core.recovery.disputes import vocabulary
from core.recovery.disputes.rows import LONGEST
from core.recovery.disputes.statements import told

Word = TypeVar("Word", bound=StrEnum)

MOST_ITEMS = 200
MOST_PICTURES = 60
_NOTHING = frozenset({"", "-", "none", "null", "0"})
_FIRST, _LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_KINDS = {"0": RequestKind.NORMAL, "1": RequestKind.IN_TRANSIT, "2": RequestKind.ON_THE_SPOT}


@dataclass(frozen=True)
class Detail:
    """One return: its number, what is told of it, as of when (None: not said), and the currency of its amounts."""

    return_number: str
    facts: dict[str, Any]
    as_of: datetime | None
    currency: str


def detail_of(raw: Mapping[str, Any]) -> Detail:
    """What one return says. Raises `Unreadable` with a sentence for a moment or an amount that is none."""
    number = text(raw.get("return_sn")).upper()
    if not number:
        raise Unreadable(N_("The row has no return number."))
    proof, pay, talk = (_part(raw, name) for name in ("seller_proof", "seller_compensation", "negotiation"))
    reason, found = text(raw.get("reason")), text(raw.get("reassessed_request_reason"))
    facts = {
        "order_number": text(raw.get("order_sn")).upper(),
        "kind": _KINDS.get(text(raw.get("return_refund_request_type"), zero=True)),
        "validation": vocabulary.validation_of(text(raw.get("validation_type"))),
        "solution": _solution(raw.get("return_solution")),
        "reason": vocabulary.reason_of(reason),
        "reason_text": reason,
        "reassessed": vocabulary.reason_of(found),
        "reassessed_text": found,
        "buyer_said": text(raw.get("text_reason"))[:LONGEST],
        "status": vocabulary.status_of(text(raw.get("status"))),
        "status_text": text(raw.get("status")),
        "amount": amount(raw.get("refund_amount")),
        "requested_at": when(raw.get("create_time")),
        "response_due_at": when(raw.get("due_date")),
        "return_due_at": when(raw.get("return_seller_due_date")),
        "evidence_due_at": when(proof.get("seller_evidence_deadline")),
        "proof_status": _word(ProofStatus, proof.get("seller_proof_status"), raw.get("seller_proof_status")),
        "compensation_due_at": when(pay.get("seller_compensation_due_date")),
        "compensation": amount(pay.get("compensation_amount")),
        "compensation_status": _word(
            CompensationStatus, pay.get("seller_compensation_status"), raw.get("seller_compensation_status")
        ),
        "offer_due_at": when(talk.get("offer_due_date")),
        "negotiation": _word(Negotiation, talk.get("negotiation_status"), raw.get("negotiation_status")),
        "offered": amount(talk.get("latest_offer_amount")),
        "offered_solution": _solution(talk.get("latest_solution")),
        "counter_limit": _count(talk.get("counter_limit")),
        "return_tracking_number": text(raw.get("tracking_number")),
        "return_carrier_text": text(raw.get("reverse_logistic_channel_name")),
        "return_status_text": text(raw.get("reverse_logistic_status")),
        "our_reason": _our_reason(raw),
        "items": [_item(one) for one in _dicts(raw.get("item"))[:MOST_ITEMS]],
        "pictures": _pictures(raw),
    }
    return Detail(number, told(facts), when(raw.get("update_time")), text(raw.get("currency")).upper())


def text(value: Any, *, zero: bool = False) -> str:
    """A value as one line of words; what says nothing is "". `zero`: 0 says something."""
    if value is None or isinstance(value, (dict, list)):
        return ""
    said = " ".join(str(value).replace("\x00", "").split())
    return "" if said.lower() in _NOTHING and not (zero and said == "0") else said[:LONGEST]


def when(value: Any) -> datetime | None:
    """A moment: unix seconds (or milliseconds) as a number or as text, or as ISO 8601 writes it. Raises `Unreadable`."""
    said = text(value)
    if not said or isinstance(value, bool):
        return None
    try:
        found = _moment(said)
    except (ValueError, OverflowError, OSError):
        raise Unreadable(N_("“{text}” is not a moment that can be read."), text=said[:60]) from None
    if not _FIRST <= found < _LAST:
        raise Unreadable(N_("“{text}” is not a moment that can be read."), text=said[:60])
    return found


def _moment(said: str) -> datetime:
    try:
        seconds = float(said)
    except ValueError:
        found = datetime.fromisoformat(said)
        if found.tzinfo is None:
            raise ValueError("a moment without a zone") from None
        return found.astimezone(UTC)
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)


def amount(value: Any) -> Decimal | None:
    """An amount as a number or as text, without its sign: refunds come with either. Raises `Unreadable`."""
    said = text(value, zero=True)
    if not said or isinstance(value, bool):
        return None
    try:
        found = Decimal(said.replace(",", ""))
    except InvalidOperation:
        raise Unreadable(N_("“{text}” is not an amount."), text=said[:60]) from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 15:
        raise Unreadable(N_("“{text}” is not an amount."), text=said[:60])
    return abs(found).quantize(Decimal("0.0001")).normalize() + 0


def _count(value: Any) -> int | None:
    said = text(value, zero=True)
    return min(int(said), 1_000) if said.isdigit() else None


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, dict) else {}


def _dicts(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _solution(value: Any) -> Solution | None:
    said = text(value, zero=True)
    return vocabulary.solution_of(said) if said else None


def _word(kind: Callable[[str], Word], *values: Any) -> Word | None:
    """The first of the values that is a word of `kind`, with or without the prefix the platform's documents give it."""
    for value in values:
        said = text(value).lower().removeprefix("compensation_")
        try:
            return kind(said)
        except ValueError:
            continue
    return None


def _our_reason(raw: Mapping[str, Any]) -> str:
    """What we answered with, where the platform has an answer: the number of our reason, and our words."""
    reasons = raw.get("dispute_reason")
    words = raw.get("dispute_text_reason")
    said = [
        ", ".join(
            one for value in (some if isinstance(some, list) else [some]) if (one := text(value)) and one != "UNKNOWN"
        )
        for some in (reasons, words)
    ]
    number, told_words = said[0], said[1].strip('"')
    return ": ".join(one for one in (number, told_words) if one)[:LONGEST]


def _item(raw: Mapping[str, Any]) -> dict[str, Any]:
    price = amount(raw.get("item_price"))
    return {
        "name": text(raw.get("name")),
        "sku": text(raw.get("variation_sku")) or text(raw.get("item_sku")),
        "variation": text(raw.get("model_name")),
        "quantity": _count(raw.get("amount")),
        "price": None if price is None else format(price, "f"),
    }


def _pictures(raw: Mapping[str, Any]) -> list[str]:
    """Addresses of what the buyer showed, pictures then videos; nothing that is no web address."""
    shown = raw.get("image")
    videos = (one.get("video_url") for one in _dicts(raw.get("buyer_videos")))
    return list(_addresses([*(shown if isinstance(shown, list) else []), *videos]))[:MOST_PICTURES]


def _addresses(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        said = text(value)
        if said.startswith("https://") and len(said) < 1_000:
            yield said


@dataclass(frozen=True)
class Module:
    """One thing the platform wants proof of under one of its reasons."""

    reason: int
    reason_text: str
    number: int
    requirement: str
    required: bool
    samples: tuple[str, ...]


def modules_of(response: Mapping[str, Any]) -> list[Module]:
    """The evidence modules of an answer of `get_return_dispute_reason`, in its order; none where it holds none.

    A reason that asks for no evidence is one module without words, number 0. Raises `Unreadable` for a reason without a number.
    """
    found = []
    for one in _dicts(response.get("dispute_reason_list"))[:100]:
        reason = _count(one.get("dispute_reason"))
        if reason is None:
            raise Unreadable(N_("A reason has no number."))
        words = text(one.get("dispute_requirement"))
        samples = tuple(_addresses(sample.get("url") for sample in _dicts(one.get("sample_evidence"))))[:20]
        modules = _dicts(one.get("evidence_module_list"))[:50]
        for at, module in enumerate(modules, 1):
            number = _count(module.get("module_index")) or at
            asked = text(module.get("requirement"))
            needed = str(module.get("is_required")).lower() in ("true", "1")
            found.append(Module(reason, words, number, asked, needed, samples))
        if not modules:
            found.append(Module(reason, words, 0, "", False, samples))
    return list({(one.reason, one.number): one for one in found}.values())


def solutions_of(response: Mapping[str, Any]) -> dict[str, Any] | None:
    """What an answer of `get_available_solutions` lets us offer: `Solution` → `{"least", "most", "adjustable"}`, amounts as text; only
    what may be offered. None where it is another answer.
    """
    named = {Solution.RETURN_REFUND: "offer_return_refund", Solution.REFUND_ONLY: "offer_refund"}
    if not any(name in response for name in named.values()):
        return None
    found: dict[str, Any] = {}
    for solution, name in named.items():
        one = _part(response, name)
        if str(one.get("eligibility")).lower() not in ("true", "1"):
            continue
        least, most = amount(one.get("min_refund_amount")), amount(one.get("max_refund_amount"))
        found[solution.value] = {
            "least": None if least is None else format(least, "f"),
            "most": None if most is None else format(most, "f"),
            "adjustable": str(one.get("refund_amount_adjustable")).lower() in ("true", "1"),
        }
    return found
