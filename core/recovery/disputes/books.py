"""What a dispute comes to, in the books of its case (inner; the case is locked by the caller).

What it costs is booked with all else that the buyer got (`core.money.refunds`). Compensation is a recovery from the platform, unless a
claim on the platform stands for the same money.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import WrongState
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim, Dispute, Entry, Incident, Posting, Tag
from core.models.claim import ClaimState
from core.models.dispute import DisputeState
from core.models.incident import IncidentState
from core.models.ledger import Account, PayoutBack
from core.models.rule import PayerKind
from core.money import giving, ledger, refunds


def follow(
    session: Session, dispute: Dispute, incident: Incident, *, actor: Actor, now: datetime, told: bool = False
) -> None:
    """Bring the books in line with where the dispute stands: what no longer holds is taken back, what holds now is booked.

    `told`: the platform or the time says so, which cannot be refused; the loss then stays at least what came back already. A closed
    case is left as it was closed.
    """
    if incident.state is IncidentState.CLOSED:
        return
    note = _("Return {number} came out otherwise.", number=dispute.return_number)
    giving.follow(session, incident, actor=actor, note=note, now=now, keep=told)
    _payment(session, dispute, incident, actor, now, told=told)


def _payment(
    session: Session, dispute: Dispute, incident: Incident, actor: Actor, now: datetime, *, told: bool
) -> None:
    paid = dispute.state is DisputeState.PAID
    if not paid and dispute.payment_posting_id is not None:
        _take_back(session, dispute, incident, dispute.payment_posting_id, actor, now)
    elif paid and dispute.payment_posting_id is None and dispute.paid and not _elsewhere(session, incident, told=told):
        worth = Money(refunds.in_case(session, dispute.paid, dispute, incident), incident.currency)
        sides = [(Account.BANK, worth), (Account.RECOVERY_PLATFORM, -worth)]
        note = _("Compensation for return {number}", number=dispute.return_number)
        made = ledger.post(
            session, incident, sides, actor=actor, now=now, on_date=local_day(now, actor.zone), note=note
        )
        dispute.payment_posting_id = made.id
        session.flush()
        trail = {"amount": worth.amount, "currency": worth.currency, "reference": dispute.return_number}
        audit.record(
            session,
            Tag.PAYOUT_RECORDED,
            actor=actor,
            now=now,
            subject=("posting", made.id),
            chain=incident.id,
            after=trail,
        )


def _take_back(
    session: Session, dispute: Dispute, incident: Incident, posting_id: int, actor: Actor, now: datetime
) -> None:
    """The mirror of a booked compensation."""
    posting = session.get_one(Posting, posting_id)
    entries = session.scalars(select(Entry).where(Entry.posting_id == posting_id).order_by(Entry.line)).all()
    sides = [(one.account, Money(-one.amount, one.currency)) for one in entries]
    note = _("Compensation for return {number}", number=dispute.return_number)
    day = local_day(now, actor.zone)
    mirror = ledger.post(session, incident, sides, actor=actor, now=now, on_date=day, note=note, reverses=posting)
    dispute.payment_posting_id = None
    session.flush()
    audit.record(
        session,
        Tag.PAYOUT_REVERSED,
        actor=actor,
        now=now,
        subject=("posting", mirror.id),
        chain=incident.id,
        after={
            "amount": entries[0].amount,
            "currency": incident.currency,
            "reference": dispute.return_number,
            "how": PayoutBack.MISTAKE,
            "note": note,
        },
    )


def claimed(session: Session, incident: Incident) -> Claim | None:
    """The filed claim on the platform that stands for the same money (inner)."""
    query = select(Claim).where(
        Claim.incident_id == incident.id,
        Claim.payer_kind == PayerKind.PLATFORM,
        Claim.state.not_in([ClaimState.WITHDRAWN, ClaimState.EXPIRED, ClaimState.DRAFT, ClaimState.READY]),
    )
    return session.scalars(query.order_by(Claim.id)).first()


def _elsewhere(session: Session, incident: Incident, *, told: bool) -> bool:
    """Whether a claim on the platform holds this money already. Raises `WrongState` where one waits for it: it is booked there."""
    claim = claimed(session, incident)
    if claim is None:
        return False
    if not claim.paid and not told:
        said = _(
            "{reference} on the platform stands for this money: record the payout there first.",
            reference=claim.reference,
        )
        raise WrongState(said)
    return True
