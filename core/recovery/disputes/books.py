"""What a dispute comes to, in the books of its case (inner; the case is locked by the caller).

The refund is booked once: where the goods' loss stands in the books, a refund up to it is that very loss; only what goes beyond is a loss
of its own. Compensation is a recovery from the platform, unless a claim on the platform stands for the same money.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import WrongState
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim, Dispute, Entry, Incident, Posting, Tag
from core.models.claim import ClaimState
from core.models.dispute import DisputeState, DisputeStatus
from core.models.incident import IncidentState
from core.models.ledger import Account, PayoutBack
from core.models.rule import PayerKind
from core.money import ledger, rates

_ZERO = Decimal(0)
_NOTHING_GIVEN = frozenset({DisputeState.WON, DisputeState.WITHDRAWN})
_ALL_GIVEN = frozenset({DisputeState.LOST, DisputeState.CONCEDED})


def refund_of(dispute: Dispute) -> Decimal:
    """What the buyer got of our money, in the dispute's currency: as somebody said, else the amount where the refund is a fact."""
    if dispute.state in _NOTHING_GIVEN:
        return _ZERO
    if dispute.refunded is not None:
        return dispute.refunded
    paid = dispute.refunded_at is not None or dispute.status is DisputeStatus.REFUND_PAID
    return (dispute.amount or _ZERO) if paid or dispute.state in _ALL_GIVEN else _ZERO


def follow(session: Session, dispute: Dispute, incident: Incident, *, actor: Actor, now: datetime) -> None:
    """Bring the books in line with where the dispute stands: what no longer holds is taken back, what holds now is booked.

    A closed case is left as it was closed.
    """
    if incident.state is IncidentState.CLOSED:
        return
    _refund(session, dispute, incident, actor, now)
    _payment(session, dispute, incident, actor, now)


def _refund(session: Session, dispute: Dispute, incident: Incident, actor: Actor, now: datetime) -> None:
    old = session.get(Posting, dispute.refund_posting_id) if dispute.refund_posting_id is not None else None
    stands = _loss_of(session, old) if old is not None else _ZERO
    wanted = _beyond(session, dispute, incident, stands, now)
    if wanted == stands:
        return
    if old is not None:
        note = _("Return {number} came out otherwise.", number=dispute.return_number)
        ledger.take_back(session, incident, old, actor=actor, note=note, now=now)
        dispute.refund_posting_id = None
    if wanted:
        note = _("Refund of return {number}", number=dispute.return_number)
        money = Money(wanted, incident.currency)
        made = ledger.book_loss(session, incident, Account.LOSS_REFUND, money, actor=actor, note=note, now=now)
        dispute.refund_posting_id = made.id
    session.flush()


def _loss_of(session: Session, posting: Posting) -> Decimal:
    query = select(func.sum(Entry.amount)).where(Entry.posting_id == posting.id, Entry.account == Account.LOSS_REFUND)
    return session.scalar(query) or _ZERO


def _beyond(session: Session, dispute: Dispute, incident: Incident, stands: Decimal, now: datetime) -> Decimal:
    """How much of the refund no other booked loss of the case tells already, in the case's currency."""
    refund = _in_case(session, refund_of(dispute), dispute, incident, now)
    if not refund:
        return _ZERO
    booked = (
        ledger.booked(session, incident.id, Account.LOSS_GOODS)
        + ledger.booked(session, incident.id, Account.LOSS_REFUND)
        - stands
    )
    others = session.scalars(select(Dispute).where(Dispute.incident_id == incident.id, Dispute.id != dispute.id))
    used = sum((_in_case(session, refund_of(one), one, incident, now) for one in others), _ZERO)
    return min(refund, max(refund + used - booked, _ZERO))


def _in_case(session: Session, amount: Decimal, dispute: Dispute, incident: Incident, now: datetime) -> Decimal:
    if not amount or dispute.currency == incident.currency:
        return amount
    return rates.convert(session, Money(amount, dispute.currency), incident.currency, now.date()).money.amount


def _payment(session: Session, dispute: Dispute, incident: Incident, actor: Actor, now: datetime) -> None:
    paid = dispute.state is DisputeState.PAID
    if not paid and dispute.payment_posting_id is not None:
        _take_back(session, dispute, incident, dispute.payment_posting_id, actor, now)
    elif paid and dispute.payment_posting_id is None and dispute.paid and not _elsewhere(session, incident):
        worth = Money(_in_case(session, dispute.paid, dispute, incident, now), incident.currency)
        sides = [(Account.BANK, worth), (Account.RECOVERY_PLATFORM, -worth)]
        note = _("Compensation for return {number}", number=dispute.return_number)
        made = ledger.post(
            session, incident, sides, actor=actor, now=now, on_date=local_day(now, actor.zone), note=note
        )
        dispute.payment_posting_id = made.id
        session.flush()
        told = {"amount": worth.amount, "currency": worth.currency, "reference": dispute.return_number}
        audit.record(
            session,
            Tag.PAYOUT_RECORDED,
            actor=actor,
            now=now,
            subject=("posting", made.id),
            chain=incident.id,
            after=told,
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


def _elsewhere(session: Session, incident: Incident) -> bool:
    """Whether a claim on the platform holds this money already. Raises `WrongState` where one waits for it: it is booked there."""
    claim = claimed(session, incident)
    if claim is None:
        return False
    if not claim.paid:
        said = _(
            "{reference} on the platform stands for this money: record the payout there first.",
            reference=claim.reference,
        )
        raise WrongState(said)
    return True
