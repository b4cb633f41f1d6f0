"""Booking what a match says came: approve the claim where its payer said nothing, pay it, and take all of it back.

Where the payer paid without a word, its payment is its answer: the claim is approved for what came, then paid. The doors of claims,
payouts and disputes ask for their own rights; callers hold the cases' locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import WrongState
from core.foundation.formats import amount as written
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim, Payout, PayoutReversal, SettlementLine, SettlementMatch, SettlementShare
from core.models.claim import ClaimState
from core.models.ledger import PayoutBack
from core.models.settlement import MatchWay
from core.recovery import claims, payouts
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.disputes.life import line_let_go, settled_by_line
from core.recovery.settlements.suggesting import GRANTED, UNFILED, still_owed, unit

_ZERO = Decimal(0)


def book(
    session: Session,
    match: SettlementMatch,
    shares: Sequence[SettlementShare],
    *,
    actor: Actor,
    keep_surplus: bool,
    besides: bool,
    now: datetime,
) -> None:
    """Pay every claim and dispute of the match what came to it; a match whose payout stands in the books already books nothing.

    Raises `WrongState` where a claim has moved away from what was suggested or was never filed, or that payout was taken back.
    """
    found = _claims(session, shares)
    for claim in found.values():
        _as_suggested(match, claim, shares)
    if match.payout_id is not None:
        _still_booked(session, match.payout_id)
        return
    for claim in found.values():
        mine = [one for one in shares if one.claim_id == claim.id]
        _pay(session, claim, match, mine, actor, now, keep_surplus=keep_surplus, besides=besides)
    _pay_disputes(session, match, shares, actor, now)


def unbook(session: Session, shares: Sequence[SettlementShare], *, actor: Actor, note: str, now: datetime) -> None:
    """Reverse the payouts a match made as booked in error, and let its disputes go. What was taken back meanwhile stays so."""
    for payout_id in (one.payout_id for one in shares if one.payout_id is not None):
        if _left_of(session, payout_id):
            payouts.reverse_payout(session, payout_id, actor=actor, how=PayoutBack.MISTAKE, note=note, now=now)
    for dispute_id in sorted({one.dispute_id for one in shares if one.dispute_id is not None}):
        reference = _of_dispute(session, shares, dispute_id)
        line_let_go(session, dispute_id, reference=reference, actor=actor, note=note, now=now)


def _claims(session: Session, shares: Sequence[SettlementShare]) -> dict[int, Claim]:
    """The claims in the order of their cases, read afresh under the cases' locks."""
    ids = {one.claim_id for one in shares if one.claim_id is not None}
    query = select(Claim).where(Claim.id.in_(ids)).order_by(Claim.incident_id, Claim.id)
    return {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}


def _as_suggested(match: SettlementMatch, claim: Claim, shares: Sequence[SettlementShare]) -> None:
    """A claim that moved since is no longer what was suggested, and nothing is booked on one that was never filed."""
    if match.payout_id is not None:
        return
    seen = next(one.owed for one in shares if one.claim_id == claim.id)
    if match.way is not MatchWay.HAND and max(still_owed(claim), default=_ZERO) != seen:
        raise WrongState(_("{reference} has moved since this was suggested. Look again.", reference=claim.reference))
    if claim.state in UNFILED:
        raise WrongState(
            _(
                "File {reference} first, under the number the payer gave it: money is booked on filed claims.",
                reference=claim.reference,
            )
        )


def _pay(
    session: Session,
    claim: Claim,
    match: SettlementMatch,
    shares: Sequence[SettlementShare],
    actor: Actor,
    now: datetime,
    *,
    keep_surplus: bool,
    besides: bool,
) -> None:
    """Approve the claim for what came, where nobody had, and book each line as a payout of its own."""
    came = sum((one.amount for one in shares), _ZERO)
    slack = unit(claim.currency)
    _approve(session, claim, came, slack, actor, now)
    over = claim.paid + came - (claim.approved or _ZERO)
    for share in shares:
        line = session.get_one(SettlementLine, share.line_id)
        made = payouts.record_payout(
            session,
            claim.id,
            actor=actor,
            received=Money(share.amount, match.currency),
            paid_on=line.paid_on,
            reference=_reference(line),
            keep_surplus=keep_surplus or _ZERO < over <= slack,
            besides=besides,
            told_by_payer=True,
            now=now,
        )
        share.payout_id = made.id
    session.flush()
    short = (claim.approved or _ZERO) - claim.paid
    if claim.state in GRANTED and _ZERO < short <= slack:
        # Nobody asks a payer for its last cent.
        note = _("Paid but for {amount}.", amount=written(Money(short, claim.currency)))
        claims.record_answer(session, claim.id, ClaimAction.CLOSE, actor=actor, text=note, now=now)


def _pay_disputes(
    session: Session, match: SettlementMatch, shares: Sequence[SettlementShare], actor: Actor, now: datetime
) -> None:
    """The compensation of disputes that have no claim: booked with the dispute, where it has a case."""
    came: dict[int, Decimal] = {}
    for share in shares:
        if share.dispute_id is not None:
            came[share.dispute_id] = came.get(share.dispute_id, _ZERO) + share.amount
    for dispute_id, amount in sorted(came.items()):
        reference = _of_dispute(session, shares, dispute_id)
        money = Money(amount, match.currency)
        settled_by_line(session, dispute_id, money, reference=reference, actor=actor, now=now)


def _approve(session: Session, claim: Claim, came: Decimal, slack: Decimal, actor: Actor, now: datetime) -> None:
    """The payment is the payer's answer, where it gave none: for all of it, or for the part that came."""
    together = claim.paid + came
    whole = together >= claim.demand - slack
    if claim.state in GRANTED or claim.state in (ClaimState.PAID, ClaimState.CLOSED):
        more = together > (claim.approved or _ZERO) and claim.approved != claim.demand
        if not (more and whole and claim.state in CLAIMS.row(ClaimAction.APPROVE).sources):
            return
    said = _("Paid without an answer: the line stands in the platform's files.")
    if claim.state is ClaimState.OFFERED and claim.offered is not None and abs(together - claim.offered) <= slack:
        claims.accept_offer(session, claim.id, actor=actor, text=said, now=now)
    elif whole:
        claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=actor, text=said, now=now)
    else:
        part = Money(together, claim.currency)
        claims.record_answer(
            session, claim.id, ClaimAction.PARTLY_APPROVE, actor=actor, amount=part, text=said, now=now
        )


def _reference(line: SettlementLine) -> str:
    """How the payout is referred to: the list, the order and the line, in no language."""
    return f"{line.source.value} {line.order_number or line.paid_on.isoformat()} #{line.id}"


def _of_dispute(session: Session, shares: Sequence[SettlementShare], dispute_id: int) -> str:
    """How what a match paid a dispute is referred to: by the first of its lines."""
    line = next(one.line_id for one in shares if one.dispute_id == dispute_id)
    return _reference(session.get_one(SettlementLine, line))


def _still_booked(session: Session, payout_id: int) -> None:
    if session.scalar(select(PayoutReversal.id).where(PayoutReversal.payout_id == payout_id).limit(1)) is not None:
        raise WrongState(_("The payout was taken back meanwhile. Look again."))


def _left_of(session: Session, payout_id: int) -> Decimal:
    """What of a payout was not taken back."""
    gone = session.scalars(select(PayoutReversal.amount).where(PayoutReversal.payout_id == payout_id))
    return session.get_one(Payout, payout_id).amount - sum(gone, _ZERO)
