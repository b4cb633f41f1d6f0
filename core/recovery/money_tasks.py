"""Settling what is not as it should be with a claim's money, and the parcel that arrived after all.

A task about money is a clock of kind MONEY whose title is its code. Each code can be settled in some ways; a way that moves
money or the claim does so through the same verbs as everywhere, with their rights and refusals.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, and_, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents import reopened, touch
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Claim, Clock, Incident, RuleCard, Shipment
from core.models.claim import ENDED, ClaimState
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.incident import IncidentState, IncidentType, NoticedBy
from core.models.ledger import PayoutBack
from core.models.shipment import ARRIVED
from core.money import ledger
from core.recovery import claims, payouts
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.claims import money
from core.recovery.claims.pieces import refresh
from core.recovery.payouts import payout_lines


class MoneyWay(StrEnum):
    """How a task about money is settled."""

    ASKED = "asked"
    GIVEN_UP = "given_up"
    RETURNED = "returned"
    TOLD = "told"
    KEPT = "kept"
    WITHDRAWN = "withdrawn"


W = MoneyWay

WAY_LABELS: dict[MoneyWay, str] = {
    W.ASKED: N_("Asked the payer; wait for the money"),
    W.GIVEN_UP: N_("Given up: close the claim"),
    W.RETURNED: N_("Gave the money back"),
    W.TOLD: N_("Told the payer; nothing more to do"),
    W.KEPT: N_("The payer lets us keep it"),
    W.WITHDRAWN: N_("Withdraw the claim"),
}
WAYS: dict[str, tuple[MoneyWay, ...]] = {
    money.UNPAID: (W.ASKED, W.GIVEN_UP),
    money.SHORT_PAID: (W.ASKED, W.GIVEN_UP),
    money.PAYOUT_REVERSED: (W.ASKED, W.GIVEN_UP),
    money.PAID_TWICE: (W.RETURNED, W.KEPT),
    money.ARRIVED_LATER: (W.RETURNED, W.TOLD, W.KEPT, W.WITHDRAWN),
    money.PAID_ELSEWHERE: (W.WITHDRAWN, W.TOLD),
}
"""The ways each code can be settled in, the usual one first."""


def ways_for(code: str, claim_state: ClaimState, *, paid: bool, held: bool) -> tuple[MoneyWay, ...]:
    """The ways that are open for a task on a claim in that state: money can only be given back where some came, a claim
    only withdrawn where the table lets it.
    """

    def open_to(way: MoneyWay) -> bool:
        if way is W.RETURNED:
            return held if code == money.PAID_TWICE else paid or held
        if way is W.KEPT:
            return paid or held
        if way is W.WITHDRAWN:
            return claim_state in CLAIMS.row(ClaimAction.WITHDRAW).sources and not paid and not held
        if way is W.GIVEN_UP:
            return claim_state in CLAIMS.row(ClaimAction.CLOSE).sources
        return True

    return tuple(way for way in WAYS.get(code, ()) if open_to(way))


@verb(Permission.PAYOUT_RECORD)
def resolve_money_task(
    session: Session, clock_id: int, *, actor: Actor, how: MoneyWay, note: str = "", now: datetime
) -> Clock:
    """Settle a task about money in one of the ways of its code.

    RETURNED books the money as given back (needs `payout:reverse`), WITHDRAWN withdraws the claim (`claim:withdraw`),
    GIVEN_UP closes it, ASKED awaits the payment anew. Raises `NotFound`, `WrongState` when it is settled already,
    `Invalid` for a way its code does not have or without the words the way needs.
    """
    clock, claim, incident, card = _locked(session, clock_id)
    why = checked(note, ledger.LONGEST_NOTE, "note")
    ways = ways_for(clock.title, claim.state, paid=bool(claim.paid), held=bool(claim.surplus))
    if how not in ways:
        raise Invalid(_("This cannot be settled that way. Choose one of those offered."), "how")
    if how is not W.ASKED and not why:
        raise Invalid(_("Say in a few words what was agreed."), "note")
    clocks.settle(session, incident, clock, ClockState.MET, actor=actor, now=now)
    refresh(session, claim)
    if how is W.ASKED:
        if not clocks.living(session, incident.id, claim_id=claim.id, kinds=(ClockKind.PAYMENT,)):
            claims.await_payment(session, incident, claim, card, None, actor, now)
    elif how is W.GIVEN_UP:
        claims.record_answer(session, claim.id, ClaimAction.CLOSE, actor=actor, text=why, now=now)
    elif how is W.RETURNED:
        _give_back(session, claim, only_surplus=clock.title == money.PAID_TWICE, actor=actor, note=why, now=now)
    elif how is W.WITHDRAWN:
        claims.withdraw(session, claim.id, actor=actor, reason=why, now=now)
    claims.step(
        session,
        claim,
        f"settle_{clock.title}",
        claim.state,
        actor=actor,
        now=now,
        note=f"{how.value}: {why}" if why else how,
    )
    touch(session, incident, now)
    return clock


def _locked(session: Session, clock_id: int) -> tuple[Clock, Claim, Incident, RuleCard]:
    clock = session.get(Clock, clock_id)
    if clock is None or clock.kind is not ClockKind.MONEY or clock.claim_id is None:
        raise NotFound(_("There is no such task."))
    claim, incident, card = claims.locked(session, clock.claim_id)
    session.refresh(clock)
    if clock.state not in LIVING:
        raise WrongState(_("This task is settled already."))
    return clock, claim, incident, card


def _give_back(session: Session, claim: Claim, *, only_surplus: bool, actor: Actor, note: str, now: datetime) -> None:
    """Give the payer back what is too much, or everything it paid: the last payouts first."""
    rest = Money(claim.surplus if only_surplus else claim.surplus + claim.paid, claim.currency)
    for line in reversed(payout_lines(session, claim.id, actor=actor)):
        part = min(rest, line.left)
        if not part:
            continue
        payouts.reverse_payout(
            session, line.payout.id, actor=actor, how=PayoutBack.RETURNED, amount=part, note=note, now=now
        )
        rest = rest - part


@verb(Permission.CLAIM_ANSWER)
def parcel_arrived(session: Session, incident_id: int, *, actor: Actor, at: datetime, now: datetime) -> list[Clock]:
    """A parcel that was lost has been delivered after all, at `at`: a task for every payer that was asked or has paid.

    Once per claim, however often it is reported. A closed case is reopened where money came back for it. Returns the
    tasks that were started; none for a case of another kind, or where no payer was written to. Raises `NotFound`.
    """
    incident = ledger.lock_incident(session, incident_id)
    return _arrived(session, incident, at, actor, now)


def follow_arrivals(session: Session, shipment_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Lost ones of these parcels that were delivered after they had been reported: the same tasks; how many (inner).

    A delivery before the report is what the buyer denies, and no arrival; but where only the silence was noticed, nobody denies it.
    """
    if not shipment_ids:
        return 0
    session.flush()
    query = (
        select(Incident.id, func.coalesce(Shipment.delivered_at, Shipment.completed_at, now).label("at"))
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(
            Shipment.id == any_(literal(list(shipment_ids), ARRAY(BigInteger))),
            Incident.type == IncidentType.LOST,
            or_(
                Shipment.delivered_at > Incident.noticed_at,
                and_(
                    Incident.noticed_by == NoticedBy.SILENCE,
                    or_(Shipment.delivered_at.is_not(None), Shipment.status.in_(ARRIVED)),
                ),
            ),
        )
        .order_by(Incident.id)
    )
    return sum(
        len(_arrived(session, ledger.lock_incident(session, incident_id), at, actor, now))
        for incident_id, at in session.execute(query).all()
    )


def arrivals_taken_away(session: Session, shipment_ids: Collection[int]) -> list[str]:
    """References of the cases that were told of an arrival which these parcels no longer have (inner)."""
    return list(
        session.scalars(
            select(Incident.reference)
            .join(Shipment, Shipment.id == Incident.shipment_id)
            .join(Clock, Clock.incident_id == Incident.id)
            .where(
                Shipment.id == any_(literal(list(shipment_ids), ARRAY(BigInteger))),
                Shipment.delivered_at.is_(None),
                Shipment.status.not_in(ARRIVED),
                Clock.kind == ClockKind.MONEY,
                Clock.title == money.ARRIVED_LATER,
            )
            .distinct()
            .order_by(Incident.reference)
        )
    )


def _arrived(session: Session, incident: Incident, at: datetime, actor: Actor, now: datetime) -> list[Clock]:
    if incident.type is not IncidentType.LOST:
        return []
    concerned = [one for one in _concerned(session, incident) if not _told(session, one)]
    if not concerned:
        return []
    if incident.state is IncidentState.CLOSED:
        when = local_day(at, actor.zone).isoformat()
        reopened(session, incident, actor=actor, reason=_("The parcel arrived after all ({day}).", day=when), now=now)
    started = []
    for claim in concerned:
        card = session.get_one(RuleCard, claim.rule_card_id)
        started.append(money.start_task(session, incident, claim, card, money.ARRIVED_LATER, actor, now))
    touch(session, incident, now)
    return started


def _concerned(session: Session, incident: Incident) -> list[Claim]:
    """Claims a payer has, or has paid. In a closed case only money that came back is a reason to open it again."""
    found = session.scalars(
        select(Claim).where(Claim.incident_id == incident.id).with_for_update().order_by(Claim.id)
    ).all()
    unfiled = (ClaimState.DRAFT, ClaimState.READY)
    return [
        one
        for one in found
        if one.paid
        or one.surplus
        or (one.state not in ENDED and one.state not in unfiled and one.state is not ClaimState.REJECTED)
    ]


def _told(session: Session, claim: Claim) -> bool:
    return (
        session.scalar(
            select(Clock.id).where(
                Clock.claim_id == claim.id, Clock.kind == ClockKind.MONEY, Clock.title == money.ARRIVED_LATER
            )
        )
        is not None
    )


@read(Permission.CLOCK_SWEEP)
def late_payments(session: Session, *, actor: Actor, now: datetime, most: int = 200) -> list[int]:
    """Clocks of payments that are still owed after their date, the oldest first; at most so many at once, the next sweep finds the rest."""
    query = (
        select(Clock.id)
        .join(Claim, Claim.id == Clock.claim_id)
        .where(
            Clock.kind == ClockKind.PAYMENT,
            Clock.state == ClockState.RUNNING,
            Clock.due_at < now,
            Claim.state.in_(CLAIMS.row(ClaimAction.PAY).sources),
            Claim.paid < Claim.approved,
        )
    )
    return list(session.scalars(query.order_by(Clock.due_at, Clock.id).limit(most)))


@verb(Permission.CLOCK_SWEEP)
def chase_payment(session: Session, clock_id: int, *, actor: Actor, now: datetime) -> Clock | None:
    """Settle a late payment's clock as missed and start the task to chase it; None where it is not late any more."""
    clock = session.get(Clock, clock_id)
    if clock is None:
        return None
    incident = ledger.lock_incident(session, clock.incident_id)
    session.refresh(clock)
    if clock.kind is not ClockKind.PAYMENT or clock.state is not ClockState.RUNNING:
        return None
    if clock.due_at is None or clock.due_at >= now:
        return None
    clocks.settle(session, incident, clock, ClockState.MISSED, actor=actor, now=now)
    return payment_missed(session, clock, actor=actor, now=now)


def payment_missed(session: Session, clock: Clock, *, actor: Actor, now: datetime) -> Clock | None:
    """A payment's date has passed (inner, for the sweep; the case is locked): the task to chase it, if it is still owed."""
    if clock.kind is not ClockKind.PAYMENT or clock.claim_id is None:
        return None
    claim, incident, card = claims.locked(session, clock.claim_id)
    refresh(session, claim)
    if claim.state not in CLAIMS.row(ClaimAction.PAY).sources or not claim.paid < (claim.approved or 0):
        return None
    code = money.SHORT_PAID if claim.paid else money.UNPAID
    return money.start_task(session, incident, claim, card, code, actor, now)
