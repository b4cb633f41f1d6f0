"""The buyers' requests of a case for its screen: each as it stands, its moments with their clocks, and what was said of it when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from core.foundation import formats
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.together import together
from core.foundation.transitions import Offer
from core.models import (
    Clock,
    Dispute,
    DisputeModule,
    DisputeStep,
    DisputeVersion,
    Evidence,
    ImportRun,
    Incident,
    Person,
    Shop,
)
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.dispute import DisputeState, DisputeStatus, DueBasis, ReturnReason, Source, StepBy
from core.models.incident import IncidentState
from core.models.rule import Confidence
from core.recovery.disputes.dues import COLUMNS, dues
from core.recovery.disputes.life import facts_in
from core.recovery.disputes.statements import from_json
from core.recovery.disputes.states import BY_LABELS, DISPUTES, action_label
from core.recovery.disputes.vocabulary import response_days
from core.recovery.disputes.words import FACT_LABELS, KIND_LABELS, SOLUTION_LABELS, VALIDATION_LABELS, fact_words


@dataclass(frozen=True)
class DueRow:
    """One moment the platform set, and its clock where it has one. `stopgap`: the market's usual days, not the request's own word, with
    how sure their source is.
    """

    kind: ClockKind
    at: datetime
    stopgap: bool
    clock_id: int | None
    state: ClockState | None
    confidence: Confidence | None = None


@dataclass(frozen=True)
class SaidRow:
    """One statement: when it was taken in, from which file or by whom, and what it told that was not known. Show it as text."""

    at: datetime
    by: str
    told: str


@dataclass(frozen=True)
class StepRow:
    """One move, or a note of the mediation: what it was, by whom, where it led, and exactly what was sent. Show it as text."""

    at: datetime
    by: str
    what: str
    target: DisputeState
    moved: bool
    note: str
    sent: str
    language: str
    exhibits: tuple[Mapping[str, Any], ...]
    receipt: str
    reference: str
    amount: Money | None
    due_at: datetime | None


@dataclass(frozen=True)
class DisputeRow:
    """One request. Words of source and buyer are as they came: show them as text.

    `mine`: it belongs to this case, not only to its parcel. `moments` are all that were told, `dues` those that count.
    `state` is where it stands with us since `state_at`, `offers` the moves from there with the reason where one is off, `counters_left` how
    many counter-offers the platform still takes (None: not known), `modules` how many proofs it says that it wants, `steps` what was
    done, the latest first.
    """

    id: int
    mine: bool
    market: str
    return_number: str
    status: DisputeStatus
    status_text: str
    reason: ReturnReason | None
    reason_text: str
    reassessed: ReturnReason | None
    reassessed_text: str
    buyer_said: str
    asked_for: str
    amount: Money | None
    compensation: Money | None
    currency: str
    requested_at: datetime | None
    return_tracking_number: str
    return_status_text: str
    returned_at: datetime | None
    items: tuple[Mapping[str, Any], ...]
    moments: Mapping[ClockKind, datetime | None]
    dues: tuple[DueRow, ...]
    said: tuple[SaidRow, ...]
    state: DisputeState
    state_at: datetime
    offers: tuple[Offer, ...]
    counters_left: int | None
    offered: Money | None
    refunded: Money | None
    granted: Money | None
    paid: Money | None
    modules: int
    pictures: tuple[str, ...]
    steps: tuple[StepRow, ...]


_modules = (
    select(func.count())
    .where(DisputeModule.dispute_id == Dispute.id, DisputeModule.retired_at.is_(None), DisputeModule.number > 0)
    .correlate(Dispute)
    .scalar_subquery()
)
_clocks = (
    select(func.jsonb_agg(aggregate_order_by(func.jsonb_build_array(Clock.id, Clock.kind, Clock.state), Clock.id)))
    .where(Clock.dispute_id == Dispute.id)
    .correlate(Dispute)
    .scalar_subquery()
)
_REQUESTS = (
    select(Dispute, Shop.market, Incident.state, _modules, _clocks)
    .join(Shop, Shop.id == Dispute.shop_id)
    .outerjoin(Incident, Incident.id == Dispute.incident_id)
    .where(
        or_(
            Dispute.incident_id == bindparam("incident_id"),
            (Dispute.shipment_id == bindparam("shipment_id")) & Dispute.incident_id.is_(None),
        )
    )
    .order_by(Dispute.incident_id.is_(None), Dispute.id.desc())
)
_ids = func.any(bindparam("ids", type_=ARRAY(BigInteger)))
_STEPS = (
    select(
        DisputeStep.dispute_id, DisputeStep.at, DisputeStep.by, Person.name, DisputeStep.action, DisputeStep.source,
        DisputeStep.target, DisputeStep.note, DisputeStep.sent, DisputeStep.language, DisputeStep.exhibits, Evidence.name,
        DisputeStep.reference, DisputeStep.amount, DisputeStep.due_at,
    )
    .outerjoin(Person, Person.id == DisputeStep.person_id)
    .outerjoin(Evidence, Evidence.id == DisputeStep.receipt_id)
    .where(DisputeStep.dispute_id == _ids)
    .order_by(DisputeStep.id.desc())
)  # fmt: skip
_SAID = (
    select(
        DisputeVersion.dispute_id, DisputeVersion.at, DisputeVersion.source, DisputeVersion.facts,
        ImportRun.file_name, Person.name,
    )
    .outerjoin(ImportRun, ImportRun.id == DisputeVersion.import_id)
    .outerjoin(Person, Person.id == DisputeVersion.person_id)
    .where(DisputeVersion.dispute_id == _ids)
    .order_by(DisputeVersion.id)
)  # fmt: skip
"""Built once, so that only their values travel: the case screen is drawn on every click."""


@dataclass(frozen=True)
class _Told:
    """One request as it was read, with the market, the state of its case, what the platform wants, its clocks, and what was said and
    done.
    """

    dispute: Dispute
    market: str
    case: IncidentState | None
    modules: int
    clocks: Sequence[tuple[int, ClockKind, ClockState]]
    said: Sequence[SaidRow]
    steps: Sequence[StepRow]


@read(Permission.DISPUTE_READ)
def disputes_of(session: Session, incident_id: int, shipment_id: int, *, actor: Actor) -> list[DisputeRow]:
    """The requests of a case, the latest first; behind them those of its parcel that belong to no case."""
    found = session.execute(_REQUESTS, {"incident_id": incident_id, "shipment_id": shipment_id}).all()
    if not found:
        return []
    currencies = {dispute.id: dispute.currency for dispute, *_rest in found}
    ids = {"ids": list(currencies)}
    done, told = together(session, ((_STEPS, ids), (_SAID, ids)))
    steps, said = _steps(done, currencies), _said(told, currencies, actor.zone)
    return [
        _row(
            session,
            _Told(
                dispute,
                market,
                case,
                modules,
                [(number, ClockKind(kind), ClockState(state)) for number, kind, state in clocks or ()],
                said.get(dispute.id, ()),
                steps.get(dispute.id, ()),
            ),
            actor,
        )
        for dispute, market, case, modules, clocks in found
    ]


def _steps(rows: Sequence[Sequence[Any]], currencies: Mapping[int, str]) -> dict[int, list[StepRow]]:
    found: dict[int, list[StepRow]] = {}
    for dispute_id, at, by, person, action, source, target, *more in rows:
        note, sent, language, exhibits, receipt, reference, amount, due_at = more
        found.setdefault(dispute_id, []).append(
            StepRow(
                at=at,
                by=(person or "Recoup") if by is StepBy.PERSON else _(BY_LABELS[by]),
                what=_(action_label(action)),
                target=target,
                moved=source is not target,
                note=note,
                sent=sent,
                language=language,
                exhibits=tuple(exhibits),
                receipt=receipt or "",
                reference=reference,
                amount=None if amount is None else Money(amount, currencies[dispute_id]),
                due_at=due_at,
            )
        )
    return found


def _row(session: Session, told: _Told, actor: Actor) -> DisputeRow:
    dispute, mine = told.dispute, told.case is not None

    def money(value: Decimal | None) -> Money | None:
        return None if value is None else Money(value, dispute.currency)

    facts = facts_in(session, dispute, told.case)
    asked = [
        _(SOLUTION_LABELS[dispute.solution]) if dispute.solution else "",
        _(KIND_LABELS[dispute.kind]) if dispute.kind else "",
        _(VALIDATION_LABELS[dispute.validation]) if dispute.validation else "",
    ]
    return DisputeRow(
        id=dispute.id,
        mine=mine,
        market=told.market,
        return_number=dispute.return_number,
        status=dispute.status,
        status_text=dispute.status_text,
        reason=dispute.reason,
        reason_text=dispute.reason_text,
        reassessed=dispute.reassessed,
        reassessed_text=dispute.reassessed_text,
        buyer_said=dispute.buyer_said,
        asked_for=formats.clauses(asked),
        amount=money(dispute.amount),
        compensation=money(dispute.compensation),
        currency=dispute.currency,
        requested_at=dispute.requested_at,
        return_tracking_number=dispute.return_tracking_number,
        return_status_text=dispute.return_status_text,
        returned_at=dispute.returned_at,
        items=tuple(dispute.items),
        moments={kind: getattr(dispute, column) for kind, column in COLUMNS.items()},
        dues=tuple(_dues(dispute, told.market, told.clocks)),
        said=tuple(told.said),
        state=dispute.state,
        state_at=dispute.state_at,
        offers=tuple(DISPUTES.offers(dispute.state, actor, facts)) if mine else (),
        counters_left=facts.counters_left,
        offered=money(dispute.offered),
        refunded=money(dispute.refunded),
        granted=money(dispute.granted),
        paid=money(dispute.paid),
        modules=told.modules,
        pictures=tuple(dispute.pictures),
        steps=tuple(told.steps),
    )


def _dues(dispute: Dispute, market: str, clocks: Sequence[tuple[int, ClockKind, ClockState]]) -> list[DueRow]:
    """The moments that count, and those whose clock was settled."""
    rows = []
    counting = {one.kind for one in dues(dispute, market)}
    for kind, column in COLUMNS.items():
        at = getattr(dispute, column)
        mine = [(number, stands) for number, what, stands in clocks if what is kind]
        last = next((one for one in mine if one[1] in LIVING), mine[-1] if mine else None)
        clock_id, state = last or (None, None)
        over = state in (ClockState.MET, ClockState.MISSED)
        if at is None or not (kind in counting or over):
            continue
        stopgap = kind is ClockKind.DISPUTE_RESPONSE and dispute.response_basis is DueBasis.FALLBACK
        usual = response_days(market, dispute.reason) if stopgap else None
        sure = usual.confidence if usual is not None else None
        rows.append(DueRow(kind, at, stopgap, clock_id, state, sure))
    return sorted(rows, key=lambda one: one.at)


def _said(told: Sequence[Sequence[Any]], currencies: Mapping[int, str], zone: str) -> dict[int, list[SaidRow]]:
    known: dict[int, dict[str, Any]] = {}
    rows: dict[int, list[SaidRow]] = {}
    for dispute_id, at, source, raw, file_name, person in told:
        facts = from_json(raw)
        before = known.setdefault(dispute_id, {})
        news = {name: value for name, value in facts.items() if before.get(name) != value}
        before.update(facts)
        by = file_name if source is Source.IMPORT else (person or _("Recoup"))
        words = _told(news, zone, currencies[dispute_id]) or _("the same as before")
        rows.setdefault(dispute_id, []).insert(0, SaidRow(at, by or "", words))
    return rows


def _told(facts: Mapping[str, Any], zone: str, currency: str) -> str:
    said = [
        f"{_(label)} {fact_words(name, facts[name], zone, currency)}"
        for name, label in FACT_LABELS.items()
        if name in facts
    ]
    return formats.clauses(said)
