"""A case's whole story for its screen: the header, then clocks, claims, contacts, evidence, money and history at once.

Everything is columns, no records: the case screen is drawn on every click, and tuples cost a third of entities.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.desk import story_sql
from core.desk.history import sentence
from core.desk.story_sql import Part
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.together import together
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage, Tier
from core.models.ledger import Account
from core.models.rule import FilingChannel, PayerKind
from core.models.shipment import ARRIVED, ShipmentStatus
from core.recovery.claims import cap_basis

HISTORY_ROWS = 40
"""Rows of the history a story carries; `history` gives the rest."""
_HEADER = tuple(column.name for column in story_sql.HEADER.selected_columns)
_CLAIM = tuple(column.name for column in story_sql.CLAIMS.selected_columns)


@dataclass(frozen=True)
class Header:
    """The case and its parcel. `value`, `gross` and `recovered` are in the case's currency, `base` in the team's.

    `silence_ended_at` is when the parcel was taken to have arrived, where the watch had suspected it.
    `groups` are references of the incident groups it belongs to, `parts` what there is of it beside: nothing else need be asked for.
    """

    id: int
    reference: str
    type: IncidentType
    stage: Stage
    state: IncidentState
    tier: Tier
    tier_policy_version: int
    noticed_by: NoticedBy
    noticed_at: datetime
    buyer_said: str
    owner_id: int | None
    owner: str | None
    value: Money
    base: Money
    rate_on: date | None
    gross: Money
    recovered: Money
    next_due_at: datetime | None
    next_clock: str | None
    cause: Cause | None
    result: Result | None
    closing_note: str
    closed_at: datetime | None
    registered_at: datetime
    registered_by: str | None
    touched_at: datetime
    version: int
    market: str
    shop: str
    shop_zone: str
    carrier: str | None
    service: str | None
    shipment_id: int
    order_number: str
    parcel_number: str
    tracking_number: str | None
    first_mile_number: str | None
    last_mile_number: str | None
    shipment_status: ShipmentStatus
    status_text: str | None
    cancel_reason: str | None
    accepted_at: datetime | None
    shipped_at: datetime | None
    last_scan_at: datetime | None
    delivered_at: datetime | None
    silence_ended_at: datetime | None
    groups: tuple[str, ...]
    parts: frozenset[Part]

    @property
    def net(self) -> Money:
        """What the case costs so far."""
        return self.gross - self.recovered

    @property
    def arrived_at(self) -> datetime | None:
        """When a parcel counted as lost was delivered after that was noticed; None of one that was not.

        A delivery before a buyer's word is what the buyer denies. Where only the silence was noticed nobody denies it: the file that
        tells of it may come later than it happened, and may know no day of it.
        """
        if self.type is not IncidentType.LOST:
            return None
        if self.delivered_at is not None and self.delivered_at > self.noticed_at:
            return self.delivered_at
        there = self.delivered_at is not None or self.shipment_status in ARRIVED
        return self.delivered_at or self.silence_ended_at if there and self.noticed_by is NoticedBy.SILENCE else None

    @property
    def open(self) -> bool:
        """Whether the case is still worked on."""
        return self.state is not IncidentState.CLOSED


@dataclass(frozen=True)
class ClockRow:
    """One clock of the case, running, paused or over. `title` is the payer for a claim's clock, the words of a promise,
    the kind of evidence for proof, what is wrong for money. A lasting pause has its reason.
    """

    id: int
    kind: ClockKind
    title: str
    state: ClockState
    claim_id: int | None
    contact_id: int | None
    rule: str
    rule_version: int | None
    zone: str
    event_at: datetime | None
    opens_at: datetime | None
    due_at: datetime | None
    reasoning: list[Any]
    settled_at: datetime | None
    created_at: datetime
    promise_by: Party | None
    paused_at: datetime | None = None
    escalation: int = 0
    pause_reason: PauseReason | None = None


@dataclass(frozen=True)
class ClaimRow:
    """One claim with the rule card version it stands under. `documents` are the card's: `{"code", "count", "note"}`; `asked` is what
    the payer wants to know, while it waits for that.
    """

    id: int
    reference: str
    state: ClaimState
    payer_kind: PayerKind
    payer_name: str
    channel: FilingChannel
    demand: Money
    cap: Money | None
    cap_text: str
    note: str
    event_at: datetime | None
    opens_at: datetime | None
    due_at: datetime | None
    next_due_at: datetime | None
    window_why: list[Any]
    case_number: str | None
    submitted_at: datetime | None
    submitted_by: str | None
    submitted_via: str | None
    receipt_id: int | None
    approved: Money | None
    answered_at: datetime | None
    answer_text: str
    denial_code: str | None
    offered: Money | None
    followed_up_at: datetime | None
    asked: str
    paid: Money
    surplus: Money
    created_at: datetime
    version: int
    rule_card_id: int
    rule_code: str
    rule_version: int
    rule_title: str
    rule_zone: str
    rule_checked_on: date
    rule_retired: bool
    appeal_days: int | None
    documents: list[dict[str, Any]]


@dataclass(frozen=True)
class ContactRow:
    """One talk, with the clock of its promise where it has one. `promise_by` None with a promise means we promised."""

    id: int
    party: Party
    channel: Channel
    at: datetime
    name: str
    staff_number: str
    summary: str
    promise: str
    promise_by: Party | None
    promise_due_at: datetime | None
    logged_at: datetime
    logged_by: str | None
    clock_id: int | None
    clock_state: ClockState | None


@dataclass(frozen=True)
class EvidenceRow:
    """One file put forward in the case, withdrawn ones too, and those whose bytes went with the buyer's data (`removed_at`)."""

    id: int
    name: str
    kind: str
    note: str
    sha256: str
    size: int
    media_type: str
    width: int | None
    height: int | None
    taken_at: datetime | None
    taken_text: str | None
    added_at: datetime
    added_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str | None
    unreadable: str | None
    derived_from: int | None
    removed_at: datetime | None = None


@dataclass(frozen=True)
class MoneyRow:
    """One loss or recovery posting: positive for a loss, negative for a recovery, in the case's currency."""

    posting_id: int
    at: datetime
    on_date: date
    account: Account
    amount: Money
    note: str
    by: str | None
    reverses_id: int | None
    reversed: bool


@dataclass(frozen=True)
class HistoryRow:
    """One change as a sentence in the reader's language. The sentence holds what people wrote: show it as text."""

    sequence: int
    at: datetime
    tag: str
    who: str | None
    sentence: str


@dataclass(frozen=True)
class Story:
    """Everything the case screen shows. Clocks soonest first, contacts and history latest first, the rest in order."""

    header: Header
    clocks: tuple[ClockRow, ...]
    claims: tuple[ClaimRow, ...]
    contacts: tuple[ContactRow, ...]
    evidence: tuple[EvidenceRow, ...]
    money: tuple[MoneyRow, ...]
    history: tuple[HistoryRow, ...]
    more_history: bool


@read(Permission.INCIDENT_READ)
def story(session: Session, reference: str, *, actor: Actor) -> Story:
    """The case with that reference (any letter case). Raises `NotFound`.

    Parts the actor may not see are empty. The history carries its latest `HISTORY_ROWS` rows.
    """
    found = _header(session, reference)
    asked = {
        one: (statement, {"id": found.id})
        for one, (statement, permission) in story_sql.PARTS.items()
        if one in found.parts and actor.may(permission)
    }
    asked[Part.HISTORY] = (story_sql.HISTORY, _page(found.id, HISTORY_ROWS + 1, None))
    rows = dict(zip(asked, together(session, list(asked.values())), strict=True))
    past = [_change(row, actor) for row in rows[Part.HISTORY]]
    return Story(
        header=found,
        clocks=tuple(ClockRow(*row) for row in rows.get(Part.CLOCKS, ())),
        claims=tuple(_claim(row) for row in rows.get(Part.CLAIMS, ())),
        contacts=tuple(ContactRow(*row) for row in rows.get(Part.CONTACTS, ())),
        evidence=tuple(EvidenceRow(*row) for row in rows.get(Part.EVIDENCE, ())),
        money=tuple(_money(row, found.value.currency) for row in rows.get(Part.MONEY, ())),
        history=tuple(past[:HISTORY_ROWS]),
        more_history=len(past) > HISTORY_ROWS,
    )


@read(Permission.INCIDENT_READ)
def header(session: Session, reference: str, *, actor: Actor) -> Header:
    """Only the case and its parcel. Raises `NotFound`."""
    return _header(session, reference)


@read(Permission.INCIDENT_READ)
def history(
    session: Session, incident_id: int, *, actor: Actor, limit: int = 200, before: int | None = None
) -> list[HistoryRow]:
    """The history of a case, latest first; `before` a sequence number for the next page. At most 500 rows at once."""
    return _history(session, incident_id, actor, min(limit, 500), before)


def _header(session: Session, reference: str) -> Header:
    [rows] = together(session, [(story_sql.HEADER, {"reference": reference.strip().upper()})])
    if not rows:
        raise NotFound(_("There is no incident {reference}.", reference=reference.strip().upper()[:40]))
    values = dict(zip(_HEADER, rows[0], strict=True))
    currency, base_currency = values.pop("currency"), values.pop("base_currency")
    for name in ("value", "gross", "recovered"):
        values[name] = Money(values[name], currency)
    values["groups"] = tuple(values["groups"] or ())
    values["parts"] = frozenset(Part(one) for one in values["parts"])
    return Header(**{**values, "base": Money(values["base"], base_currency)})


def _claim(row: Sequence[Any]) -> ClaimRow:
    values = dict(zip(_CLAIM, row, strict=True))
    currency = values.pop("currency")
    values["cap_text"] = cap_basis.tell(values.pop("cap_basis"), values["cap_text"])
    for name in ("demand", "cap", "approved", "offered", "paid", "surplus"):
        amount: Decimal | None = values[name]
        values[name] = None if amount is None else Money(amount, currency)
    return ClaimRow(**values)


def _money(row: Any, currency: str) -> MoneyRow:
    values = list(row)
    values[4] = Money(values[4], currency)
    return MoneyRow(*values)


def _history(session: Session, incident_id: int, actor: Actor, limit: int, before: int | None) -> list[HistoryRow]:
    return [_change(row, actor) for row in session.execute(story_sql.HISTORY, _page(incident_id, limit, before))]


def _page(incident_id: int, limit: int, before: int | None) -> dict[str, int]:
    return {"id": incident_id, "limit": limit, "before": before or 2**31 - 1}


def _change(row: Sequence[Any], actor: Actor) -> HistoryRow:
    sequence, at, tag, who, old, new = row
    return HistoryRow(sequence, at, tag, who, sentence(tag, who, old, new, actor.zone))
