"""The buyers' requests of a case for its screen: each as it stands, its moments with their clocks, and what was said of it when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.foundation import formats
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
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
from core.models.rule import Confidence
from core.recovery.disputes.dues import COLUMNS, dues
from core.recovery.disputes.life import facts_of
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


@read(Permission.DISPUTE_READ)
def disputes_of(session: Session, incident_id: int, shipment_id: int, *, actor: Actor) -> list[DisputeRow]:
    """The requests of a case, the latest first; behind them those of its parcel that belong to no case."""
    theirs = (Dispute.shipment_id == shipment_id) & Dispute.incident_id.is_(None)
    query = (
        select(Dispute, Shop.market)
        .join(Shop, Shop.id == Dispute.shop_id)
        .where(or_(Dispute.incident_id == incident_id, theirs))
        .order_by(Dispute.incident_id.is_(None), Dispute.id.desc())
    )
    found = session.execute(query).all()
    if not found:
        return []
    ids = [dispute.id for dispute, _market in found]
    clocks = _clocks(session, ids)
    said = _said(session, ids, actor.zone, {dispute.id: dispute.currency for dispute, _market in found})
    rest = _Rest(
        _steps(session, {dispute.id: dispute.currency for dispute, _market in found}),
        _modules(session, ids),
        session.get(Incident, incident_id),
        actor,
    )
    return [
        _row(session, dispute, market, incident_id, clocks.get(dispute.id, []), said.get(dispute.id, []), rest)
        for dispute, market in found
    ]


@dataclass(frozen=True)
class _Rest:
    """What the rows are made of beside the requests themselves."""

    steps: Mapping[int, list[StepRow]]
    modules: Mapping[int, int]
    incident: Incident | None
    actor: Actor


def _modules(session: Session, ids: Sequence[int]) -> dict[int, int]:
    query = (
        select(DisputeModule.dispute_id, func.count())
        .where(DisputeModule.dispute_id.in_(ids), DisputeModule.retired_at.is_(None), DisputeModule.number > 0)
        .group_by(DisputeModule.dispute_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _steps(session: Session, currencies: Mapping[int, str]) -> dict[int, list[StepRow]]:
    query = (
        select(DisputeStep, Person.name, Evidence.name)
        .outerjoin(Person, Person.id == DisputeStep.person_id)
        .outerjoin(Evidence, Evidence.id == DisputeStep.receipt_id)
        .where(DisputeStep.dispute_id.in_(list(currencies)))
        .order_by(DisputeStep.id.desc())
    )
    found: dict[int, list[StepRow]] = {}
    for step, person, receipt in session.execute(query):
        money = None if step.amount is None else Money(step.amount, currencies[step.dispute_id])
        found.setdefault(step.dispute_id, []).append(
            StepRow(
                at=step.at,
                by=(person or "Recoup") if step.by is StepBy.PERSON else _(BY_LABELS[step.by]),
                what=_(action_label(step.action)),
                target=step.target,
                moved=step.source is not step.target,
                note=step.note,
                sent=step.sent,
                language=step.language,
                exhibits=tuple(step.exhibits),
                receipt=receipt or "",
                reference=step.reference,
                amount=money,
                due_at=step.due_at,
            )
        )
    return found


def _clocks(session: Session, ids: Sequence[int]) -> dict[int, list[Clock]]:
    held: dict[int, list[Clock]] = {}
    for clock in session.scalars(select(Clock).where(Clock.dispute_id.in_(ids)).order_by(Clock.id)):
        if clock.dispute_id is not None:
            held.setdefault(clock.dispute_id, []).append(clock)
    return held


def _row(
    session: Session,
    dispute: Dispute,
    market: str,
    incident_id: int,
    clocks: Sequence[Clock],
    said: Sequence[SaidRow],
    rest: _Rest,
) -> DisputeRow:
    def money(value: Decimal | None) -> Money | None:
        return None if value is None else Money(value, dispute.currency)

    mine = dispute.incident_id == incident_id
    facts = facts_of(session, dispute, rest.incident if mine else None)
    asked = [
        _(SOLUTION_LABELS[dispute.solution]) if dispute.solution else "",
        _(KIND_LABELS[dispute.kind]) if dispute.kind else "",
        _(VALIDATION_LABELS[dispute.validation]) if dispute.validation else "",
    ]
    return DisputeRow(
        id=dispute.id,
        mine=mine,
        market=market,
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
        dues=tuple(_dues(dispute, market, clocks)),
        said=tuple(said),
        state=dispute.state,
        state_at=dispute.state_at,
        offers=tuple(DISPUTES.offers(dispute.state, rest.actor, facts)) if mine else (),
        counters_left=facts.counters_left,
        offered=money(dispute.offered),
        refunded=money(dispute.refunded),
        granted=money(dispute.granted),
        paid=money(dispute.paid),
        modules=rest.modules.get(dispute.id, 0),
        pictures=tuple(dispute.pictures),
        steps=tuple(rest.steps.get(dispute.id, ())),
    )


def _dues(dispute: Dispute, market: str, clocks: Sequence[Clock]) -> list[DueRow]:
    """The moments that count, and those whose clock was settled."""
    rows = []
    counting = {one.kind for one in dues(dispute, market)}
    for kind, column in COLUMNS.items():
        at = getattr(dispute, column)
        mine = [one for one in clocks if one.kind is kind]
        last = next((one for one in mine if one.state in LIVING), mine[-1] if mine else None)
        over = last is not None and last.state in (ClockState.MET, ClockState.MISSED)
        if at is None or not (kind in counting or over):
            continue
        stopgap = kind is ClockKind.DISPUTE_RESPONSE and dispute.response_basis is DueBasis.FALLBACK
        usual = response_days(market, dispute.reason) if stopgap else None
        sure = usual.confidence if usual is not None else None
        rows.append(DueRow(kind, at, stopgap, last.id if last else None, last.state if last else None, sure))
    return sorted(rows, key=lambda one: one.at)


def _said(session: Session, ids: Sequence[int], zone: str, currencies: Mapping[int, str]) -> dict[int, list[SaidRow]]:
    query = (
        select(
            DisputeVersion.dispute_id, DisputeVersion.at, DisputeVersion.source, DisputeVersion.facts,
            ImportRun.file_name, Person.name,
        )
        .outerjoin(ImportRun, ImportRun.id == DisputeVersion.import_id)
        .outerjoin(Person, Person.id == DisputeVersion.person_id)
        .where(DisputeVersion.dispute_id.in_(ids))
        .order_by(DisputeVersion.id)
    )  # fmt: skip
    known: dict[int, dict[str, Any]] = {}
    rows: dict[int, list[SaidRow]] = {}
    for dispute_id, at, source, raw, file_name, person in session.execute(query):
        facts = from_json(raw)
        before = known.setdefault(dispute_id, {})
        news = {name: value for name, value in facts.items() if before.get(name) != value}
        before.update(facts)
        by = file_name if source is Source.IMPORT else (person or _("Recoup"))
        told = _told(news, zone, currencies[dispute_id])
        rows.setdefault(dispute_id, []).insert(0, SaidRow(at, by or "", told or _("the same as before")))
    return rows


def _told(facts: Mapping[str, Any], zone: str, currency: str) -> str:
    said = [
        f"{_(label)} {fact_words(name, facts[name], zone, currency)}"
        for name, label in FACT_LABELS.items()
        if name in facts
    ]
    return formats.clauses(said)
