"""What return requests cost in the books of their case (inner: the case is locked by the caller).

A buyer is refunded once. A request's refund is what stands as loss of goods, what was booked by hand as a refund, and what was given
as the refund of this very request; only what goes beyond all of that is a loss of its own, booked for the request. A voucher, a new
parcel or a part paid besides is none of that: it comes on top of the refund.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Dispute, Entry, Incident, Posting, Remedy
from core.models.dispute import DisputeState, DisputeStatus
from core.models.ledger import Account
from core.models.remedy import RemedyKind, RemedyState
from core.money import postings, rates

_ZERO = Decimal(0)
_NOTHING_GIVEN = frozenset({DisputeState.WON})
_ALL_GIVEN = frozenset({DisputeState.LOST, DisputeState.CONCEDED})


def refund_of(dispute: Dispute) -> Decimal:
    """What the buyer got of our money, in the dispute's currency: as somebody said, else the amount where the refund is a fact.

    Taking back a demand for compensation takes no refund back.
    """
    if dispute.refunded is not None:
        return dispute.refunded
    if dispute.state in _NOTHING_GIVEN or dispute.status is DisputeStatus.CANCELLED:
        return _ZERO
    paid = dispute.refunded_at is not None or dispute.status is DisputeStatus.REFUND_PAID
    return (dispute.amount or _ZERO) if paid or dispute.state in _ALL_GIVEN else _ZERO


def in_case(session: Session, amount: Decimal, dispute: Dispute, incident: Incident) -> Decimal:
    """An amount of a dispute in its case's currency, at a day that stays the same however often it is asked."""
    if not amount or dispute.currency == incident.currency:
        return amount
    day = (dispute.refunded_at or dispute.created_at).date()
    return rates.convert(session, Money(amount, dispute.currency), incident.currency, day).money.amount


@dataclass(frozen=True)
class Share:
    """One request of a case: its refund, what of it is booked for it, and what should be; all in the case's currency."""

    dispute: Dispute
    refund: Decimal
    stands: Decimal
    beyond: Decimal


def shares(session: Session, incident: Incident, goods: Decimal, *, keep: bool = False) -> list[Share]:
    """What each request of the case should have in the books, where `goods` stands as loss of goods.

    With `keep` the loss does not fall below what came back already: the platform's word cannot be refused for that.
    """
    found = _requests(session, incident.id)
    refunds = [in_case(session, refund_of(one), one, incident) for one in found]
    if not any(refunds) and all(one.refund_posting_id is None for one in found):
        return []
    told = goods + _by_hand(session, incident.id, found) + _same(session, incident.id, found, refunds)
    rest, made = told, []
    for dispute, refund in zip(found, refunds, strict=True):
        covered = min(refund, rest)
        rest -= covered
        made.append(Share(dispute, refund, _stands(session, dispute), refund - covered))
    return _kept(session, incident, goods, made) if keep else made


def book(
    session: Session, incident: Incident, goods: Decimal, *, actor: Actor, now: datetime, keep: bool
) -> list[Posting]:
    """Book what the requests come to anew; the postings that are to be taken back for it, once all else is booked."""
    gone = []
    for one in shares(session, incident, goods, keep=keep):
        if one.beyond == one.stands and (one.beyond or one.dispute.refund_posting_id is None):
            continue
        if one.dispute.refund_posting_id is not None:
            gone.append(session.get_one(Posting, one.dispute.refund_posting_id))
            one.dispute.refund_posting_id = None
        if one.beyond:
            note = _("Refund of return {number}", number=one.dispute.return_number)
            money = Money(one.beyond, incident.currency)
            made = postings.book_loss(session, incident, Account.LOSS_REFUND, money, actor=actor, note=note, now=now)
            one.dispute.refund_posting_id = made.id
    session.flush()
    return gone


def _kept(session: Session, incident: Incident, goods: Decimal, made: Sequence[Share]) -> list[Share]:
    booked = postings.booked(session, incident.id, Account.LOSS_GOODS)
    more = goods - booked + sum((one.beyond - one.stands for one in made), _ZERO)
    short = max(incident.recovered - incident.gross_loss - more, _ZERO)
    found = []
    for one in made:
        held = min(short, max(one.stands - one.beyond, _ZERO))
        short -= held
        found.append(Share(one.dispute, one.refund, one.stands, one.beyond + held))
    return found


def _requests(session: Session, incident_id: int) -> Sequence[Dispute]:
    session.flush()
    query = select(Dispute).where(Dispute.incident_id == incident_id).order_by(Dispute.id)
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _stands(session: Session, dispute: Dispute) -> Decimal:
    if dispute.refund_posting_id is None:
        return _ZERO
    query = select(func.sum(Entry.amount)).where(
        Entry.posting_id == dispute.refund_posting_id, Entry.account == Account.LOSS_REFUND
    )
    return session.scalar(query) or _ZERO


def _by_hand(session: Session, incident_id: int, found: Sequence[Dispute]) -> Decimal:
    """Refunds somebody booked, of no remedy and no request."""
    own = set(session.scalars(select(Remedy.posting_id).where(Remedy.incident_id == incident_id)))
    own |= {one.refund_posting_id for one in found}
    standing = [one.id for one in postings.standing_postings(session, incident_id, Account.LOSS_REFUND)]
    rows = select(func.sum(Entry.amount)).where(
        Entry.posting_id.in_([one for one in standing if one not in own]), Entry.account == Account.LOSS_REFUND
    )
    return session.scalar(rows) or _ZERO


def _same(session: Session, incident_id: int, found: Sequence[Dispute], refunds: Sequence[Decimal]) -> Decimal:
    """The cost of what was given and is these requests' own refund.

    A whole refund is: a parcel is refunded once. A part is, where it was given under the request's number or is exactly a request's
    refund; else it was paid besides.
    """
    query = select(Remedy).where(
        Remedy.incident_id == incident_id,
        Remedy.state == RemedyState.DONE,
        Remedy.kind.in_([RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND]),
    )
    free = Counter(one for one in refunds if one)
    numbers = {one.return_number.casefold() for one in found}
    cost = _ZERO
    for one in session.scalars(query.order_by(Remedy.id)):
        named = one.kind is RemedyKind.REFUND or one.reference.strip().casefold() in numbers
        if named or free[one.amount]:
            cost += one.cost
            free[one.amount] -= 1
    return cost
