"""Whether what buyers were given and what requests came to stands in the books, for `soundness` (inner)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.cases.remedies.words import ACCOUNTS
from core.models import Dispute, Entry, Incident, Posting, Remedy
from core.models.dispute import DisputeState
from core.models.incident import IncidentState
from core.models.ledger import Account
from core.models.remedy import RemedyState
from core.money import giving, postings, refunds


def wrong_outcomes(session: Session) -> list[str]:
    """References of cases whose given remedies, refunds or compensation are not what their postings say, in their order.

    A closed case is left as it was closed: what its requests came to since is not booked in it.
    """
    wrong = _remedies(session) | _payments(session) | _losses(session)
    query = select(Incident.reference).where(Incident.id.in_(wrong)).order_by(Incident.id)
    return list(session.scalars(query)) if wrong else []


def _remedies(session: Session) -> set[int]:
    """What was given stands on its account with its cost; what was taken back does not stand."""
    mirror, found = aliased(Posting), set()
    query = (
        select(
            Remedy.incident_id,
            Remedy.state,
            Remedy.kind,
            Remedy.cost,
            Posting.incident_id,
            Entry.account,
            Entry.amount,
            mirror.id,
        )
        .outerjoin(Posting, Posting.id == Remedy.posting_id)
        .outerjoin(Entry, (Entry.posting_id == Posting.id) & Entry.account.in_(list(ACCOUNTS.values())))
        .outerjoin(mirror, mirror.reverses_id == Posting.id)
        .where(or_(Remedy.state == RemedyState.DONE, Remedy.posting_id.is_not(None)))
    )
    rows: Iterable[Any] = session.execute(query)
    for case, state, kind, cost, at, account, amount, back in rows:
        given = cost if state is RemedyState.DONE else Decimal(0)
        stands = (amount or Decimal(0)) if back is None else Decimal(0)
        same = at is None or (at == case and account is ACCOUNTS[kind])
        if stands != given or not same:
            found.add(case)
    return found


def _payments(session: Session) -> set[int]:
    """Compensation that is booked was paid, to the same case, and stands."""
    mirror, found = aliased(Posting), set()
    query = (
        select(Dispute, Incident, Posting.incident_id, Entry.amount, mirror.id)
        .join(Incident, Incident.id == Dispute.incident_id)
        .join(Posting, Posting.id == Dispute.payment_posting_id)
        .outerjoin(Entry, (Entry.posting_id == Posting.id) & (Entry.account == Account.RECOVERY_PLATFORM))
        .outerjoin(mirror, mirror.reverses_id == Posting.id)
    )
    rows: Iterable[Any] = session.execute(query)
    for dispute, incident, case, amount, back in rows:
        paid = dispute.paid if dispute.state is DisputeState.PAID else None
        worth = refunds.in_case(session, paid or Decimal(0), dispute, incident)
        if case != incident.id or back is not None or worth != -(amount or Decimal(0)):
            found.add(incident.id)
    return found


def _losses(session: Session) -> set[int]:
    """Open cases whose goods and refunds are not levelled, or where a request names a posting that does not stand."""
    asked = exists().where(Dispute.incident_id == Incident.id)
    given = exists().where(Remedy.incident_id == Incident.id, Remedy.state == RemedyState.DONE)
    query = select(Incident).where(or_(asked, given), Incident.state != IncidentState.CLOSED)
    found = set()
    for incident in session.scalars(query.order_by(Incident.id)).all():
        goods = giving.goods_of(session, incident)
        stands = postings.booked(session, incident.id, Account.LOSS_GOODS)
        requests = refunds.shares(session, incident, stands, keep=True)
        if giving.left_of(session, incident, goods).amount != stands or any(
            one.stands != one.beyond for one in requests
        ):
            found.add(incident.id)
    back = aliased(Posting)
    gone = (
        select(Dispute.incident_id)
        .join(Posting, Posting.id == Dispute.refund_posting_id)
        .outerjoin(back, back.reverses_id == Posting.id)
        .where(Dispute.incident_id.is_not(None))
        .group_by(Dispute.incident_id)
        .having(or_(func.bool_or(back.id.is_not(None)), func.bool_or(Posting.incident_id != Dispute.incident_id)))
    )
    return found | {case for case in session.scalars(gone) if case is not None}
