"""Whether the whole record still holds: every case's chain, the books against the sums on the cases, every stored file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core.cases import proof
from core.desk.outcomes import wrong_outcomes
from core.foundation import audit
from core.foundation.audit import AuditEvent, Break
from core.foundation.files import Store
from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Clock, ClockPause, Entry, Incident, Payout, PayoutReversal, Posting, StoredFile
from core.models.clock import ClockState
from core.models.ledger import Account
from core.money import ledger


@dataclass(frozen=True)
class Soundness:
    """What was looked at, and what does not hold. Every list empty means sound.

    `chains` names the case, the place and what is wrong there; `books` cases whose sums differ from their postings;
    `clocks` references of cases and claims whose next moment is not their soonest running clock; `payments` references of
    claims whose amounts are not the sum of their payouts, and of cases that owe payers something else than their books
    say; `files` (hash, `missing` or `changed`); `pauses` references of cases with a clock whose hold is not the sum of its
    pauses, or whose lasting pause is missing or should not be there; `outcomes` references of cases whose given remedies, refunds or
    compensation are not what their postings say.
    """

    cases: int
    events: int
    stored: int
    chains: tuple[Break, ...]
    books: tuple[ledger.Imbalance, ...]
    clocks: tuple[str, ...]
    payments: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    pauses: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        broken = (self.chains, self.books, self.clocks, self.payments, self.files, self.pauses, self.outcomes)
        return not any(broken)


@read(Permission.AUDIT_READ)
def soundness(session: Session, store: Store, *, actor: Actor, with_files: bool = True) -> Soundness:
    """Look through everything that is kept. Reads every file again unless told not to: minutes for a large store."""
    breaks = []
    seen = proof.all_witnesses(session)
    for chain in audit.chains(session):
        breaks += audit.breaks(session, chain, seen.get(chain, ()))
        session.expunge_all()
    hashes = session.scalars(select(StoredFile.sha256).where(StoredFile.removed_at.is_(None))).all()
    bad = [(sha, fault) for sha in hashes if (fault := store.verify(sha))] if with_files else []
    return Soundness(
        cases=session.scalar(select(func.count()).select_from(Incident)) or 0,
        events=session.scalar(select(func.count()).select_from(AuditEvent)) or 0,
        stored=len(hashes),
        chains=tuple(breaks),
        books=tuple(ledger.imbalances(session, actor=actor)),
        clocks=tuple(_wrong_moments(session)),
        payments=tuple(_wrong_payments(session)),
        files=tuple(bad),
        pauses=tuple(_wrong_pauses(session)),
        outcomes=tuple(wrong_outcomes(session)),
    )


def _wrong_moments(session: Session) -> list[str]:
    soonest = (
        select(Clock.incident_id, func.min(func.coalesce(Clock.due_at, Clock.opens_at)).label("at"))
        .where(Clock.state == ClockState.RUNNING)
        .group_by(Clock.incident_id)
        .subquery()
    )
    wrong = (
        select(Incident.reference)
        .outerjoin(soonest, soonest.c.incident_id == Incident.id)
        .where(Incident.next_due_at.is_distinct_from(soonest.c.at))
        .order_by(Incident.id)
    )
    of_claims = (
        select(Clock.claim_id, func.min(func.coalesce(Clock.due_at, Clock.opens_at)).label("at"))
        .where(Clock.state == ClockState.RUNNING, Clock.claim_id.is_not(None))
        .group_by(Clock.claim_id)
        .subquery()
    )
    wrong_claims = (
        select(Claim.reference)
        .outerjoin(of_claims, of_claims.c.claim_id == Claim.id)
        .where(Claim.next_due_at.is_distinct_from(of_claims.c.at))
        .order_by(Claim.id)
    )
    return [*session.scalars(wrong), *session.scalars(wrong_claims)]


def _wrong_pauses(session: Session) -> list[str]:
    """A clock is held for exactly its finished pauses, and paused since exactly its one lasting pause began."""
    length = func.sum(ClockPause.until_at - ClockPause.from_at).label("length")
    lasting = func.max(ClockPause.from_at).filter(ClockPause.until_at.is_(None)).label("since")
    sums = select(ClockPause.clock_id, length, lasting).group_by(ClockPause.clock_id).subquery()
    wrong = (
        select(Incident.reference)
        .select_from(Clock)
        .join(Incident, Incident.id == Clock.incident_id)
        .outerjoin(sums, sums.c.clock_id == Clock.id)
        .where(
            or_(
                Clock.held.is_distinct_from(func.coalesce(sums.c.length, timedelta(0))),
                Clock.paused_at.is_distinct_from(sums.c.since),
            )
        )
    )
    return list(session.scalars(wrong.distinct().order_by(Incident.reference)))


def _wrong_payments(session: Session) -> list[str]:
    """Claims whose paid and owed-back amounts are not their payouts less what was taken back, and cases whose owed-back
    amounts are not what the books say.
    """
    paid = select(Payout.claim_id, func.sum(Payout.amount).label("sum")).group_by(Payout.claim_id).subquery()
    back = (
        select(Payout.claim_id, func.sum(PayoutReversal.amount).label("sum"))
        .join(PayoutReversal, PayoutReversal.payout_id == Payout.id)
        .group_by(Payout.claim_id)
        .subquery()
    )
    wrong = (
        select(Claim.reference)
        .outerjoin(paid, paid.c.claim_id == Claim.id)
        .outerjoin(back, back.c.claim_id == Claim.id)
        .where(Claim.paid + Claim.surplus != func.coalesce(paid.c.sum, 0) - func.coalesce(back.c.sum, 0))
        .order_by(Claim.id)
    )
    held = select(Claim.incident_id, func.sum(Claim.surplus).label("sum")).group_by(Claim.incident_id).subquery()
    booked = (
        select(Posting.incident_id, func.sum(Entry.amount).label("sum"))
        .join(Entry, Entry.posting_id == Posting.id)
        .where(Entry.account == Account.PAYER_CREDIT)
        .group_by(Posting.incident_id)
        .subquery()
    )
    wrong_cases = (
        select(Incident.reference)
        .outerjoin(held, held.c.incident_id == Incident.id)
        .outerjoin(booked, booked.c.incident_id == Incident.id)
        .where(func.coalesce(held.c.sum, 0) != -func.coalesce(booked.c.sum, 0))
        .order_by(Incident.id)
    )
    return [*session.scalars(wrong), *session.scalars(wrong_cases)]
